"""The page of leadership post categories: of results, of a release, and where there is nothing."""

import html
import re

import pytest

from tests.answers.analyse import boxes
from tests.answers.analyse.boxes import filled_sheet, year
from tests.answers.analyse.releases import releasing
from tests.sites import design, serving, sign_in

NORTH_YES, NORTH = 20, 60


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two waves, the later with a sealed post, a rehearsal between them, and an empty box."""
    with serving("analyse", tmp_path_factory.mktemp("posts")) as site:
        store = site.extensions["store"]
        with store.begin() as session:
            boxes.store(session, box_of("before", 2023, NORTH_YES))
            boxes.store(session, box_of("now", 2025, NORTH_YES, sealed={"office": 7}))
            boxes.store(session, box_of("tried", 2024, 0, rehearsal=True))
            boxes.store(
                session, boxes.box({"north": [], "south": [], "office": []}, design("empty"))
            )
        releasing.make(store, campaign="now")
        yield site


def box_of(campaign, of_year, yes, sealed=None, **changes):
    plan = design(campaign, reference_period=year(of_year), **changes)
    sheets = {
        "north": [filled_sheet(plan, "north", red_envelope=1)] * yes
        + [filled_sheet(plan, "north")] * (NORTH - yes),
        "south": [filled_sheet(plan, "south")] * 20,
        "office": [filled_sheet(plan, "office")] * 40,
    }
    unsealed = {name: rows for name, rows in sheets.items() if name not in (sealed or {})}
    return boxes.box(unsealed, plan, sealed)


@pytest.fixture
def statistician(site):
    client = site.test_client()
    sign_in(client)
    return client


def text_of(client, address):
    page = client.get(address)
    assert page.status_code == 200
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page.text)).split())


def test_each_post_category_has_a_card_and_a_sealed_one_its_name(statistician):
    page = text_of(statistician, "/now/posts?lang=zh")

    assert "共 2 类岗位，按风险等级分列如下" in page
    assert "高：Inspection 类" in page
    assert "2025年，被监管单位和业务往来单位的人员中估计有 16.7%" in page
    assert "Personnel 类 不定级 这类岗位的密封答卷不足 10 份" in page


def test_unprotected_results_say_that_they_are_internal(statistician):
    assert "内部·未经披露控制" in text_of(statistician, "/now/posts?lang=zh")


def test_the_last_survey_before_is_the_wave_before_and_no_rehearsal_is(statistician):
    page = text_of(statistician, "/now/posts?lang=zh")

    assert "上一期：春季调查（2023年1月1日 – 2023年12月31日）" in page
    assert "与上一期相差 0.0 个百分点" in page
    assert "上一期" not in text_of(statistician, "/before/posts?lang=zh")


def test_bars_have_their_numbers_as_text_and_named_thresholds(statistician):
    page = statistician.get("/now/posts?lang=en").text

    assert re.search(r'role="img"\s+aria-label="16.7% \(95% interval [^"]*, 80 sheets\)"', page)
    assert "from 10%: high" in text_of(statistician, "/now/posts?lang=en")


def test_cards_are_sorted_by_rate_if_asked(statistician):
    page = text_of(statistician, "/now/posts?sort=rate&lang=en")

    assert "Order: as in the design · by rate, the highest first" in page


def test_an_empty_box_says_that_there_is_nothing_to_say(statistician):
    page = text_of(statistician, "/empty/posts?lang=zh")

    assert "没有有效答卷" in page
    assert "等级 低" not in page


def test_a_signed_release_names_its_checker_and_may_be_passed_on(site, statistician):
    releasing.make(site.extensions["store"], campaign="before")
    releasing.sign(site.extensions["store"], campaign="before")

    page = text_of(statistician, "/before/releases/1/posts?lang=zh")
    assert releasing.CHECKER in page
    assert "不得外传" not in page


def test_a_release_is_read_by_the_same_sentences_without_a_wave_before(statistician):
    page = text_of(statistician, "/now/releases/1/posts?lang=zh")

    assert "Inspection 类" in page
    assert "不得外传" in page
    assert "内部·未经披露控制" not in page
    assert "上一期" not in page
