"""A campaign file becomes a design, or is refused with its line and reason."""

from datetime import date

import pytest

from survey_app.documents.design import Kind
from survey_app.errors import CampaignFileError
from survey_app.identity.manage.campaigns import campaign_file
from survey_app.language import CHINESE, in_words

GOOD = """\
campaign: fire-2026
title: {zh: 调查, en: Survey}
window: {start: 2026-12-01, end: 2026-12-31}
strata:
  - id: north
    unit: 北区
    post_category: 监督检查
    kind: business
    population: 100
    sample: 20
  - id: hr
    unit: 机关
    post_category: {zh: 人事, en: Personnel}
    kind: non-business
    population: 40
    sample: 40
"""


def read(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return campaign_file.read(path)


def refusal(tmp_path, text):
    with pytest.raises(CampaignFileError) as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_a_good_file_gives_a_design_with_the_shipped_questionnaires(tmp_path):
    design = read(tmp_path, GOOD)

    assert design.strata[0].unit.zh == design.strata[0].unit.en == "北区"
    assert design.questionnaires[Kind.BUSINESS].text.items[0].code == ("red_envelope")
    assert design.questionnaires[Kind.NON_BUSINESS].text.items[0].code == "post_trading"


def test_the_reference_period_defaults_to_the_twelve_months_before_the_window(tmp_path):
    period = read(tmp_path, GOOD).reference_period

    assert (period.start, period.end) == (date(2025, 12, 1), date(2026, 11, 30))


def test_a_window_that_opens_on_a_leap_day_has_a_reference_period_too(tmp_path):
    period = read(tmp_path, GOOD.replace("2026-12-01", "2024-02-29")).reference_period

    assert (period.start, period.end) == (date(2023, 3, 1), date(2024, 2, 28))


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    design = read(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert design.campaign == "fire-2026"


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("sample: 20", "sample: 101", 10, "the sample 101 is larger than the population 100"),
        ("population: 100", "population: 19", 9, "the population 19 is below 20"),
        ("sample: 20", "sample: 9", 10, "“north” has a sample of 9, fewer than 10: raise"),
        (
            "unit: 机关\n    post_category: {zh: 人事, en: Personnel}",
            "unit: {zh: 机关, en: 北 区}\n    post_category: {zh: 人事, en: 监督检查}",
            12,
            "“north” and “hr” have the same unit and post category",
        ),
        ("kind: business", "kind: busy", 8, "'business' or 'non-business'"),
        ("id: hr", "id: north", 11, "the stratum id 'north' is used twice"),
        ("kind: non-business", "kind: sideline", 14, "'business' or 'non-business'"),
        ("{zh: 人事, en: Personnel}", "监督检查", 14, "both business and non-business"),
        ("    sample: 20\n", "", 5, "Field required"),
        ("population: 100", "population: many", 9, "valid integer"),
        ("end: 2026-12-31", "end: 2026-11-30", 3, "before it starts"),
        ("id: north", "id: North One", 5, "String should match pattern"),
        (
            "campaign: fire-2026",
            "campaign: fire-2026\nquestionnaires: {business: no.yaml}",
            2,
            "no",
        ),
        ("campaign: fire-2026", "campaign: fire-2026\nquestionnaires: 7", 2, "give one for"),
        ("campaign: fire-2026", "campaign: static", 1, "choose another name"),
        ("title:", "titel:", 1, "title: Field required"),
        ("strata:", "strata: [", 5, "is not YAML"),
    ],
)
def test_an_impossible_design_is_refused_with_line_and_reason(tmp_path, old, new, line, reason):
    sentence = refusal(tmp_path, GOOD.replace(old, new, 1))

    assert sentence.startswith(f"plan.yaml, line {line}: ")
    assert reason in sentence


@pytest.mark.parametrize("content", ["", "- a\n", "just words", b"\xff\xfe\x00", "a: b: c"])
def test_what_is_no_campaign_at_all_is_refused_in_one_sentence(tmp_path, content):
    sentence = refusal(tmp_path, content)

    assert sentence.startswith("plan.yaml, line 1: ")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "不是 UTF-8 文本"),
        ("a: b: c", "不是 YAML"),
        ("- a\n", "不是调查文件：没有字段"),
        ("[" * 100_000, "嵌套过深"),
    ],
)
def test_what_is_no_campaign_is_refused_in_chinese_too(tmp_path, content, reason):
    with pytest.raises(CampaignFileError) as caught:
        read(tmp_path, content)

    assert in_words(caught.value, CHINESE) == f"plan.yaml 第 1 行：{reason}"


def test_a_file_that_is_not_there_is_refused_in_chinese_too(tmp_path):
    with pytest.raises(CampaignFileError) as caught:
        campaign_file.read(tmp_path / "plan.yaml")

    assert in_words(caught.value, CHINESE).endswith("无法读取")
