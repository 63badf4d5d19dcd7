"""What a statistician sees in the browser: boxes, rates, and the file of the rates."""

import csv
import html
import io
import re

import pytest

from survey_app.answers.store.models import Campaign
from tests.answers.analyse import boxes
from tests.answers.analyse.boxes import year
from tests.sites import accept, design, open_box, questionnaires_of_0_1_0, serving, sign_in


@pytest.fixture(scope="module")
def site(engine, tmp_path_factory):
    with serving("analyse", tmp_path_factory.mktemp("installation")) as site:
        yield site


@pytest.fixture
def statistician(site):
    client = site.test_client()
    sign_in(client)
    return client


@pytest.fixture(scope="module")
def plan(site):
    plan = design("opened", title={"zh": "=春季", "en": "=Spring"})
    external = plan.questions(plan.strata[0])
    first = external.items[0].code
    sheets: dict[str, list[set[str]]] = {
        "north": [{first}] * 6 + [set()] * 14,
        "south": [{first}] * 2 + [set()] * 18,
        "office": [set()] * 12,
    }
    open_box(site, plan, sheets)
    return plan


def test_an_empty_list_says_what_to_do_next(site, statistician):
    page = statistician.get("/").text

    assert "还没有答卷箱" in page
    assert "python -m survey_app analyse accept campaign.manifest.json" in page


def test_an_opened_box_leads_to_its_rates(statistician, plan):
    assert 'href="/opened/"' in statistician.get("/").text


def test_rates_are_shown_in_percent_with_what_they_rest_on(statistician, plan):
    page = statistician.get("/opened/?lang=en").text

    table = page.split("Corruption-contact rate by post category", 1)[1]
    row = table.split("Inspection", 1)[1].split("</tr>", 1)[0]
    cells = [cell.split("</td>")[0] for cell in row.split('class="number">')[1:]]
    assert "20.0%" in cells[0]  # (6 + 2) of 40, the strata being of one size
    assert "n = 40" in cells[0]
    assert re.search(r">(Reliable|Unreliable)<", cells[0])
    assert cells[2].strip() == "20.0% – 20.0%"
    assert cells[3].strip() == "40 / 40 / 60"
    assert "Korn–Graubard" in page


@pytest.fixture
def doubtful(site):
    """A box in which three of 20 leave any contact open, and one in which all persons answered."""
    first = design().strata[0]
    strata = [
        first,
        design().strata[2].model_copy(update={"population": 20, "sample": 20}),
    ]
    plan = design("doubtful", strata=strata)
    sheets = [boxes.filled_sheet(plan, "north", red_envelope=1)] * 2
    sheets += [boxes.filled_sheet(plan, "north", red_envelope=8)] * 3
    sheets += [boxes.filled_sheet(plan, "north")] * 15
    ballot_box = boxes.box(
        {"north": sheets, "office": [boxes.filled_sheet(plan, "office")] * 20}, plan
    )
    with site.extensions["store"].begin() as session:
        if session.get(Campaign, "doubtful") is None:
            boxes.store(session, ballot_box)


def risk_rows(page):
    table = page.split("Level of risk", 1)[1].split("</table>", 1)[0]
    rows = [re.sub("<[^>]*>", " ", row) for row in table.split("<tr>")[2:]]
    return [" ".join(html.unescape(row).split()) for row in rows]


def test_few_answers_have_no_level_and_a_full_count_has_one(doubtful, statistician):
    sample, census = risk_rows(statistician.get("/doubtful/?lang=en").text)

    assert sample.startswith("Inspection External none: fewer than 30 answers at least 10.0%")
    assert re.search(r"\d% – \d.*% n = 20 Unreliable – – – fewer than 30 answers. Next", sample)
    assert census == "Personnel Internal Low 0.0% all were asked n = 20 0% 0% 0% –"


def test_a_level_of_risk_stands_beside_its_sample_interval_and_flag(statistician, plan):
    row = risk_rows(statistician.get("/opened/?lang=en").text)[0]

    assert re.match(r"Inspection External High 20.0% [\d.]+% – [\d.]+% n = 40 (Unr|R)eliable", row)


def test_totals_with_limits_and_the_precision_of_a_rate_stand_in_a_fold(statistician, plan):
    page = statistician.get("/opened/?lang=en").text
    fold = page.split("Totals, coefficient of variation, design effect</summary>", 1)[1]
    row = fold.split("Inspection", 1)[1].split("</tr>", 1)[0]
    total = re.sub("<[^>]*>", " ", row.split('class="number">')[1]).split()

    persons = sum(stratum.population for stratum in plan.strata[:2])
    assert int(total[0]) == round(0.2 * persons)
    assert int(total[1]) < int(total[0]) < int(total[3])


@pytest.mark.parametrize("by", ["post-category", "unit"])
def test_items_are_crossed_with_post_categories_and_units(statistician, plan, by):
    page = statistician.get(f"/opened/items/{by}?lang=en").text
    row = page.split('<th scope="row">', 1)[1].split("</tr>", 1)[0]

    items = plan.questions(plan.strata[0]).items
    assert row.count('class="number"') == 1 + len(items)
    assert row.count("n = ") == 1 + len(items)
    assert "What is not reliable: why, and what to do next time" in page
    assert statistician.get("/opened/items/stratum").status_code == 404


def test_an_item_above_any_contact_is_explained(doubtful, statistician):
    """Two of the 17 that answered an item said yes: 11.8 %, and 10 % of all 20."""
    page = statistician.get("/doubtful/items/post-category?lang=zh").text

    assert "Inspection 类：收受红包的比率高于任一接触" in page
    assert page.count("的比率高于任一接触。") == 1


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("subject=unit&measure=ratio&item=red_envelope", "Ratio"),
        ("subject=item&measure=odds", "Odds ratio"),
        ("subject=item&measure=difference", "Difference (percentage points)"),
    ],
)
def test_what_is_compared_is_chosen_on_the_page(statistician, plan, question, head):
    page = statistician.get(f"/opened/compare?lang=en&{question}").text

    table = page.split("Which rates differ?</h2>", 1)[1]
    assert f">{head}</th>" in table
    assert "Confidence limits" in table


def test_a_comparison_that_does_not_exist_is_refused(statistician, plan):
    for query, sentence in (
        ("subject=sheet", "没有这样的比较"),
        ("subject=item&weighting=raked", "只能按层加权"),
    ):
        answer = statistician.get(f"/opened/compare?lang=zh&{query}")
        assert answer.status_code == 400
        assert sentence in answer.text


def test_chinese_pages_have_no_half_width_punctuation_between_chinese(statistician, plan):
    for page in ("", "items/unit", "compare?subject=item", "quality", "nonresponse"):
        text = statistician.get(f"/opened/{page}{'&' if '?' in page else '?'}lang=zh").text
        text = html.unescape(re.sub("<[^>]*>", "", text.split("<main", 1)[1]))
        assert re.findall(r".{6}[\u4e00-\u9fff）”][:;,](?!\d).{0,6}", text) == []


def test_a_probability_is_said_to_rest_on_rates_thought_equally_likely(doubtful, statistician):
    assert "thought equally likely beforehand" in statistician.get("/doubtful/?lang=en").text
    assert "事先认为各种接触率同样可能" in statistician.get("/doubtful/?lang=zh").text


def test_rates_speak_chinese_too(statistician, plan):
    page = statistician.get("/opened/?lang=zh").text

    assert "各岗位类别的腐败接触率" in page
    assert "Inspection 类" in page


def test_the_file_has_full_precision_and_no_formula(statistician, plan):
    answer = statistician.get("/opened/rates.csv")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=opened-rates.csv"
    assert answer.data.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    any_contact = next(
        row for row in rows if row["item"] == "any" and row["scope"] == "post_category"
    )
    assert float(any_contact["rate"]) == pytest.approx(0.2, abs=1e-15)
    assert len(any_contact["se"]) > 12
    assert not [cell for row in rows for cell in row.values() if cell[:1] in {"=", "@", "+"}]


@pytest.mark.parametrize("address", ["/nothing/", "/nothing/rates.csv"])
def test_an_unknown_campaign_is_refused_in_the_reader_s_language(statistician, address):
    answer = statistician.get(address, headers={"Accept-Language": "en"})

    assert answer.status_code == 404
    assert "There is no campaign “nothing” here." in answer.text


def test_a_box_that_collects_shows_no_rate(site, statistician):
    accept(site, design("sealed"))

    answer = statistician.get("/sealed/?lang=zh")

    assert answer.status_code == 409
    assert "目前处于“收集中”状态；此操作须在“已开箱”状态下进行" in answer.text
    assert "python -m survey_app analyse open sealed" in statistician.get("/").text


def test_a_wave_that_asked_other_items_is_shown_and_not_compared(site, statistician, plan):
    first = plan.questions(plan.strata[0]).items[0].code
    before = design("before", reference_period=year(2024), questionnaires=questionnaires_of_0_1_0())
    quiet: dict[str, list[set[str]]] = {"south": [set()] * 12, "office": [set()] * 12}
    open_box(site, before, {"north": [{first}] * 4 + [set()] * 16} | quiet)

    page = statistician.get("/opened/compare?wave=before&lang=en").text

    waves = page.split("Last change", 1)[1]
    business, other = (row.split("</tr>", 1)[0] for row in waves.split('<th scope="row">')[1:3])
    assert "other items: favour_asked, interceding" in business
    assert "other items" not in other
    assert "enters neither change nor trend" in page


def test_a_rehearsal_is_no_wave_of_a_survey(site, statistician, plan):
    quiet: dict[str, list[set[str]]] = {stratum.id: [set()] * 12 for stratum in plan.strata}
    open_box(site, design("tried", rehearsal=True), quiet)

    for page in ("/opened/compare?wave=tried", "/tried/pictures?wave=opened"):
        answer = statistician.get(f"{page}&lang=zh")
        assert answer.status_code == 400
        assert "演练不与正式调查比较" in answer.text


def test_nonresponse_is_supposed_on_a_page_of_its_own(statistician, plan):
    page = statistician.get("/opened/nonresponse?lang=en").text

    assert 'href="/opened/nonresponse"' in statistician.get("/opened/").text
    table = page.split("If those who did not answer were unlike those who did</h2>", 1)[1]
    row = table.split("Inspection", 1)[1].split("</tr>", 1)[0]
    cells = [cell.split("</td>")[0].strip() for cell in row.split('class="number">')[1:]]
    # 20 of 30 answered in both strata, 8 of 40 yes
    assert cells == ["13.3%", "16.7%", "20.0%", "23.3%", "26.7%", "33.3%", "46.7%"]
