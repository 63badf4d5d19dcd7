"""Results as tables: each number in its row and under its head, in both languages."""

import math
from dataclasses import replace

import pytest

from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.rate_words import share
from survey_app.answers.analyse.exports.tables import (
    nonresponse_in_brief,
    tables,
)
from survey_app.answers.analyse.releases.disclosure import protect
from survey_app.documents.design import Kind, Names, Stratum
from survey_app.documents.results import ANY, Options, Rate, Scope
from survey_app.papers.typed_tables import (
    Form,
    speaker,
    widths,
)
from tests.answers.analyse.boxes import box, estimate, filled_sheet, sheet, three, two_by_two
from tests.sites import design

ENGLISH, CHINESE = speaker(chinese=False), speaker(chinese=True)
LOW, HIGH = "Lower confidence limit", "Upper confidence limit"
NUMBER = {Form.COUNT: int, Form.SHARE: float, Form.NUMBER: float, Form.PROBABILITY: float}
NUMBER |= {Form.POINTS: float, Form.P_VALUE: float}


def cells(results, name, say=ENGLISH):
    """The rows of a table as mappings of head to cell."""
    table = next(table for table in tables(results, "0.0.0", say) if table.name == name)
    heads = [say(column.head) for column in table.columns]
    assert len(set(heads)) == len(heads)
    return [dict(zip(heads, row, strict=True)) for row in table.rows]


@pytest.fixture(scope="module")
def four_strata():
    """The four strata whose rates R gives (r_estimates.R)."""
    return estimate(two_by_two())


def test_the_main_table_has_rates_and_what_came_back(four_strata):
    first, second = cells(four_strata, "categories")

    # R 4.2.2, survey 4.1.1, estimates/r_estimates.R; issued 40 + 30, valid 24 + 16
    assert first["Post category"] == "C"
    assert first["Rate"] == pytest.approx(0.275)
    assert first["Standard error (percentage points)"] == pytest.approx(6.4661885375311)
    assert first[LOW] < 0.275 < first[HIGH]
    assert (first["Issued"], first["Returned"], first["Valid"]) == (70, 40, 40)
    assert second["Rate"] == pytest.approx(0.106666666666667)


def test_the_main_table_bounds_the_undetermined_and_tells_those_with_dealings_apart():
    """2 yes, 3 undetermined, 5 no, and 10 without dealings: 2/20, 5/20 and 2/10."""
    without = sheet() | {"dealings": 0}
    north = [sheet(red_envelope=1)] * 2 + [sheet(banquet=9)] * 3 + [sheet()] * 5 + [without] * 10
    row = cells(estimate(three(north, [])), "categories")[0]

    assert row["Rate"] == pytest.approx(0.1)
    assert row["Bounds of the undetermined: highest"] == pytest.approx(0.25)
    assert row["Of those with dealings"] == pytest.approx(0.2)


def test_items_stand_in_the_order_of_the_questionnaire_without_any_contact(four_strata):
    rows = cells(four_strata, "items")

    labels = [item.label.en for item in four_strata.items[1:]]
    assert [row["Item"] for row in rows if row["Post category"] == "C"] == labels
    of_c = {row["Item"]: row["Rate"] for row in rows if row["Post category"] == "C"}
    red_envelope = next(item.label.en for item in four_strata.items if item.code == "red_envelope")
    assert of_c.pop(red_envelope) == pytest.approx(0.275)
    assert set(of_c.values()) == {0}
    assert {row["n"] for row in rows} == {40, 66}


def test_every_stratum_has_each_item_and_any_contact(four_strata):
    rows = cells(four_strata, "strata")

    assert len(rows) == 4 * len(four_strata.items)
    contact = {r["Stratum"]: (r["Rate"], r["n"]) for r in rows if r["Item"].startswith("Any")}
    # yes / valid of TWO_BY_TWO
    assert contact == {
        "ac": (pytest.approx(6 / 24), 24),
        "ad": (pytest.approx(3 / 30), 30),
        "bc": (pytest.approx(5 / 16), 16),
        "bd": (pytest.approx(4 / 36), 36),
    }


def test_returns_are_named_by_category_and_unit_and_end_with_the_total(four_strata):
    rows = cells(four_strata, "quality")

    assert [row["Stratum"] for row in rows[:2]] == ["C · A", "D · A"]
    total = rows[-1]
    assert total["Stratum"] == "Total"
    assert (total["Issued"], total["Returned"], total["Valid"]) == (180, 106, 106)
    assert total["Return rate"] == pytest.approx(106 / 180)
    assert total["Valid of returned"] == 1


def test_a_risk_has_its_level_in_words_and_probabilities_that_add_up(four_strata):
    row = cells(four_strata, "risk")[1]

    assert row["Level of risk"] == "high"
    levels = [row[f"Probability of “{level}”"] for level in ("low", "medium", "elevated", "high")]
    assert levels == pytest.approx(four_strata.risks[1].levels)
    assert sum(levels) == pytest.approx(1)


def test_a_risk_stands_beside_what_it_rests_on(four_strata):
    rate = four_strata.rate(four_strata.risks[1].domain)
    row = cells(four_strata, "risk")[1]

    assert (row["Rate"], row[LOW], row[HIGH]) == (rate.rate, rate.low, rate.high)
    assert (row["n"], row["Reliability"], row["Remark"]) == (66, "Unreliable", "")


@pytest.fixture(scope="module")
def with_undetermined():
    """Two strata: all persons of one answered but for some items, the other was not asked whole."""
    strata = [
        stratum.model_copy(update={"population": population, "sample": 20})
        for stratum, population in zip(design().strata[:2], (20, 200), strict=True)
    ]
    categories = [{"zh": "甲类", "en": "A"}, {"zh": "乙类", "en": "B"}]
    plan = design(
        strata=[
            Stratum.model_validate(stratum.model_dump() | {"post_category": category})
            for stratum, category in zip(strata, categories, strict=True)
        ]
    )
    whole = [filled_sheet(plan, "north", red_envelope=1)] + [filled_sheet(plan, "north")] * 18
    return estimate(
        box(
            {
                "north": [*whole, filled_sheet(plan, "north", red_envelope=1, banquet=8)],
                "south": [filled_sheet(plan, "south", red_envelope=1)] * 2
                + [filled_sheet(plan, "south", banquet=8)] * 3
                + [filled_sheet(plan, "south")] * 15,
            },
            plan,
        )
    )


def test_a_full_count_is_said_in_words_but_not_where_items_were_left_unanswered(with_undetermined):
    first, second = cells(with_undetermined, "categories")
    remarks = {
        (row["Post category"], row["Item"]): row["Remark"]
        for row in cells(with_undetermined, "items")
    }
    banquet, red_envelope = (
        with_undetermined.labels["business", code].en for code in ("banquet", "red_envelope")
    )

    assert (first["Remark"], second["Remark"]) == ("all were asked", "at least")
    assert remarks["A", red_envelope] == "all were asked"
    assert remarks["A", banquet] == remarks["B", red_envelope] == ""
    assert cells(with_undetermined, "categories", CHINESE)[0]["备注"] == "全数调查"


def test_limits_for_the_undetermined_stand_in_the_workbook_and_not_in_the_report(with_undetermined):
    table = next(t for t in tables(with_undetermined, "0", ENGLISH) if t.name == "categories")
    heads = {column.head.en: column.in_report for column in table.columns}
    second = cells(with_undetermined, "categories")[1]

    low, high = (f"{side}, whatever the undetermined say" for side in (LOW, HIGH))
    assert second[low] <= second[LOW] < second[HIGH] < second[high]
    assert not heads[low]
    assert not heads[high]


def test_a_release_has_no_limits_for_the_undetermined(with_undetermined):
    for table in tables(with_undetermined, "0", ENGLISH, release_number=1):
        assert not any("whatever" in column.head.en for column in table.columns)
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_release_has_no_empty_column_of_the_highest_any_contact(with_undetermined):
    tables_of_release = tables(with_undetermined, "0", ENGLISH, release_number=1)
    heads = [{column.head.en for column in table.columns} for table in tables_of_release[:2]]
    highest = "Bounds of the undetermined: highest"

    assert [highest in names for names in heads] == [False, True]


def test_only_a_full_count_is_certain_of_a_level(with_undetermined, four_strata):
    census, sample = cells(with_undetermined, "risk")
    many = cells(four_strata, "risk")[0]
    levels = [f"Probability of “{level}”" for level in ("low", "medium", "elevated", "high")]

    assert [census[level] for level in levels] == [0, 0, 0, 1]
    assert (census["Reliability"], census["Level of risk"]) == ("all were asked", "high")
    assert all(0 < many[level] < 1 for level in levels)
    # 20 answers: no level, only the interval
    assert sample["Level of risk"] == "none: fewer than 30 answers"
    assert {sample[level] for level in levels} == {None}
    assert sample[LOW] < sample["Rate"] < sample[HIGH]


def test_a_released_full_count_is_one_and_a_bound_has_its_most_probable_level():
    plan = design()
    strata = [
        plan.strata[0],
        plan.strata[1].model_copy(
            update={
                "population": 40,
                "sample": 40,
                "post_category": Names(zh="乙类", en="B"),
            }
        ),
        plan.strata[2],
    ]
    plan = design(strata=strata)
    ballot_box = box(
        {
            "north": [filled_sheet(plan, "north", red_envelope=1)] * 2
            + [filled_sheet(plan, "north")] * 28,
            "south": [filled_sheet(plan, "south", red_envelope=1)] * 9
            + [filled_sheet(plan, "south")] * 31,
            "office": [filled_sheet(plan, "office")] * 25,
        },
        plan,
    )
    results = protect(ballot_box, Options(), ()).results
    bound, census, exact = (
        {column.head.en: cell for column, cell in zip(table.columns, row, strict=True)}
        for table in tables(results, "1", ENGLISH, 1)
        if table.name == "risk"
        for row in table.rows
    )

    assert (census["Reliability"], census["Level of risk"]) == ("all were asked", "high")
    assert str(bound["Rate"]).startswith("below ")
    names = [level.en for level in LEVELS.values()]
    chances = [float(bound[f"Probability of “{name}”"] or 0) for name in names]
    assert names[chances.index(max(chances))] == bound["Level of risk"]
    assert exact["Remark"] == "0 of 25"


def test_totals_stand_with_limits_in_persons(four_strata):
    rate = four_strata.rate(four_strata.risks[0].domain)
    row = cells(four_strata, "categories")[0]

    assert row["Total (persons)"] == round(rate.total)
    assert row["Total, lower confidence limit"] == math.floor(rate.low * rate.population)
    assert row["Total, upper confidence limit"] == math.ceil(rate.high * rate.population)
    assert row["Coefficient of variation"] == pytest.approx(rate.se / rate.rate)


def test_every_table_of_rates_says_how_reliable_each_is_beside_it(four_strata):
    for table in tables(four_strata, "0", ENGLISH):
        heads = [column.head.en for column in table.columns]
        if "Rate" in heads:
            assert heads[heads.index("Rate") + 1] == "Reliability"
            assert set(heads) & {LOW, HIGH, "n"} == {LOW, HIGH, "n"}


def test_units_stand_with_every_item(four_strata):
    rows = cells(four_strata, "units")

    assert {row["Unit"] for row in rows} == {"A", "B"}
    assert len(rows) == 2 * len(four_strata.items)


def test_a_hidden_rate_has_a_word_and_no_number(four_strata):
    domain = next(d for d in four_strata.of(Scope.CATEGORY) if d.name.en == "C")
    rates = [
        replace(Rate(*rate.key), hidden=True) if rate.key == (domain.id, ANY, "valid") else rate
        for rate in four_strata.rates
    ]
    release = replace(four_strata, rates=tuple(rates))

    row = cells(release, "categories")[0]
    assert (row["Rate"], row["n"], row[LOW]) == ("– (hidden)", None, None)
    assert cells(release, "categories", CHINESE)[0]["比率"] == "–（隐去）"


@pytest.mark.parametrize(
    ("bound", "english", "chinese"),
    [
        ({"below": 0.02}, "below 2%", "低于 2%"),
        ({"above": 0.985}, "above 98.5%", "高于 98.5%"),
    ],
)
def test_a_bound_stands_in_words_in_the_place_of_the_rate(bound, english, chinese):
    rate = Rate("d", ANY, "valid", n=152, low=0.0, high=0.03, **bound)

    assert (share(rate).en, share(rate).zh) == (english, chinese)


def test_a_difference_stands_with_its_interval_and_both_p_values(four_strata):
    (row,) = cells(four_strata, "differences")

    # R 4.2.2, survey 4.1.1, estimates/r_estimates.R
    assert (row["Post category"], row["Compared with"]) == ("C", "D")
    assert row["Difference (percentage points)"] == pytest.approx(16.8333333333333)
    (pair,) = four_strata.differences
    assert (row[LOW], row[HIGH]) == pytest.approx((100 * pair.low, 100 * pair.high))
    assert row["p"] == row["Adjusted p"] == pair.p


@pytest.mark.parametrize("say", [ENGLISH, CHINESE])
def test_every_cell_holds_what_its_column_says(four_strata, say):
    for table in tables(four_strata, "0.0.0", say):
        assert table.rows
        for row in table.rows:
            for column, cell in zip(table.columns, row, strict=True):
                if cell is None:  # the variation of a rate of 0
                    assert column.head.en in {"Coefficient of variation", "Design effect"}
                    continue
                assert isinstance(cell, NUMBER.get(column.form, str))


def test_both_languages_have_the_same_numbers(four_strata):
    english, chinese = tables(four_strata, "0.0.0", ENGLISH), tables(four_strata, "0.0.0", CHINESE)

    for one_language, second_language in zip(english, chinese, strict=True):
        numbers = [
            [[cell for cell in row if not isinstance(cell, str)] for row in table.rows]
            for table in (one_language, second_language)
        ]
        assert numbers[0] == numbers[1]
    assert chinese[0].rows[0][0] == "C"
    assert CHINESE(chinese[5].columns[2].head) == "风险等级"


def test_what_cannot_be_estimated_is_an_empty_cell():
    row = cells(estimate(three([], [])), "categories")[0]

    assert (row["Rate"], row[LOW], row[HIGH], row["Total (persons)"]) == (None,) * 4
    assert (row["Issued"], row["Returned"], row["Valid"]) == (60, 0, 0)


def test_methods_say_what_alike_answers_of_one_company_do_to_limits(four_strata, results):
    label = "Contacts of one company"
    internal = replace(
        results, items=tuple(item for item in results.items if item.kind is Kind.NON_BUSINESS)
    )

    assert label in [row[0] for row in tables(four_strata, "0.0.0", ENGLISH)[-1].rows]
    assert label not in [row[0] for row in tables(internal, "0.0.0", ENGLISH)[-1].rows]


def test_the_methods_stand_last_and_name_the_version(four_strata):
    last = tables(four_strata, "9.8.7", ENGLISH)[-1]

    assert last.name == "methods"
    assert any("9.8.7" in str(text) for _, text in last.rows)


def test_a_column_is_as_wide_as_its_text_where_a_chinese_character_takes_two():
    unit = {"zh": "市" * 10, "en": "x" * 90}
    first = design().strata[0].model_dump()
    plan = design(strata=[Stratum.model_validate(first | {"unit": unit})])
    results = estimate(box({"north": [filled_sheet(plan, "north")] * 10}, plan))
    strata_table = next(t for t in tables(results, "0.0.0", CHINESE) if t.name == "strata")

    by_head = dict(
        zip(
            [column.head.en for column in strata_table.columns],
            widths(strata_table, CHINESE),
            strict=True,
        )
    )

    assert by_head["Unit"] == 2 * 10 + 2
    assert by_head["Rate"] == 2 * 2 + 2  # the head 比率; numbers ask for no more
    english = next(t for t in tables(results, "0.0.0", ENGLISH) if t.name == "strata")
    assert max(widths(english, ENGLISH)) == 60


def test_nonresponse_stands_beside_the_frame_and_in_no_release(four_strata):
    first = cells(four_strata, "nonresponse")[1]
    # 0: a release that has no number yet
    names = [table.name for n in (0, 1) for table in tables(four_strata, "0.0.0", ENGLISH, n)]

    assert first["Post category"] == "C"
    assert first["1 times"] == pytest.approx(0.275)
    assert first["Times to 2%"] == 0
    assert cells(four_strata, "respondents")[0]["Issued"] == 70
    assert not {"nonresponse", "respondents"} & set(names)


def test_the_report_leaves_out_a_questionnaire_with_a_stratum_of_fewer_than_ten():
    enough = estimate(three([sheet(red_envelope=1)] * 3 + [sheet()] * 9))
    small = estimate(three([sheet(red_envelope=1)] * 3 + [sheet()] * 6))

    kinds = [[row[0] for row in nonresponse_in_brief(r, ENGLISH).rows] for r in (enough, small)]
    assert [len(names) for names in kinds] == [2, 1]
    # a quarter of 12 of 30, and none of 12 of 30
    assert nonresponse_in_brief(enough, ENGLISH).rows[0][1:4] == ("5%", "9%", "12%")
