"""What was issued, came back and was valid: AAPOR's rates, worked by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.answers.analyse.estimates import quality
from survey_app.answers.analyse.estimates.counts import count
from tests.answers.analyse.boxes import PLAN, box, filled_sheet, sheet, three
from tests.sites import design


def lines(ballot_box, validity="standard-1"):
    return {line.domain: line for line in quality.table(count(ballot_box, validity))}


def test_the_lines_are_strata_then_kinds_then_all():
    ballot_box = box(
        {"north": [sheet()] * 12, "office": [sheet("office")] * 12}, sealed={"south": 3}
    )

    assert list(lines(ballot_box)) == [
        "stratum/business/north",
        "stratum/non-business/office",
        "stratum/business/south",
        "kind/business/business",
        "kind/non-business/non-business",
        "",
    ]


def test_returned_is_of_issued_usable_of_returned_and_rr1_of_issued():
    """30 issued, 14 came back, 11 are valid (AAPOR, Standard Definitions, 10th ed.: RR1, RR2)."""
    blank = dict.fromkeys(sheet(), None)
    few = blank | {"dealings": 1, "banquet": 0}
    unscreened = sheet() | {"dealings": None}
    outside = blank | {"dealings": 0}  # without dealings no item applies

    line = lines(three([blank, few, unscreened, outside] + [sheet()] * 10))[
        "stratum/business/north"
    ]

    assert (line.issued, line.ballots, line.opened, line.valid) == (30, 14, 14, 11)
    assert line.invalid == {"screening not answered": 1, "too few answers": 2}
    assert line.returned == pytest.approx(14 / 30)
    assert line.usable == pytest.approx(11 / 14)
    assert line.response == pytest.approx(11 / 30)


def test_flags_are_counted_under_every_preset_and_excluded_under_those_that_say_so():
    items = [item.code for item in PLAN.questions(PLAN.strata[0]).items]
    ballot_box = three(
        [
            sheet(**dict.fromkeys(items, 1)),
            sheet(banquet=1) | {"dealings": 0},
            sheet(attention=1),
            *[sheet()] * 10,
        ]
    )

    standard, strict = (
        lines(ballot_box, rules)["stratum/business/north"] for rules in ("standard-1", "strict-1")
    )

    flagged = {"all_yes": 1, "attention": 1, "contradiction": 1}
    assert standard.flagged == strict.flagged == flagged
    assert (standard.valid, standard.excluded) == (13, 0)
    assert (strict.valid, strict.excluded) == (10, 3)


def test_ballots_of_a_sealed_stratum_came_back_and_gave_no_sheet():
    ballot_box = box({"north": [sheet()] * 20, "south": [sheet()] * 20}, sealed={"office": 3})

    by_domain = lines(ballot_box)
    sealed, kind, total = (
        by_domain[domain]
        for domain in ("stratum/non-business/office", "kind/non-business/non-business", "")
    )

    for line in (sealed, kind):
        assert (line.issued, line.ballots, line.opened, line.valid) == (30, 3, 0, 0)
        assert (line.returned, line.usable, line.response) == (pytest.approx(0.1), 0, 0)
    assert (total.issued, total.ballots, total.opened, total.valid) == (90, 43, 40, 40)


def test_a_share_of_no_ballots_is_none_and_a_return_of_none_is_zero():
    line = lines(three([]))["stratum/business/north"]

    assert (line.returned, line.usable, line.response) == (0, None, 0)


def test_more_ballots_than_were_planned_are_a_return_of_all():
    """Cards beyond the sample were handed out: nobody who was asked is missing."""
    line = lines(three([sheet()] * 36))["stratum/business/north"]

    assert (line.issued, line.ballots) == (30, 36)
    assert (line.returned, line.response) == (1, 1)


def test_merged_strata_are_one_line():
    plan = design()
    ballot_box = box(
        {
            "north+south": [filled_sheet(plan, "north")] * 9,
            "office": [filled_sheet(plan, "office")] * 10,
        },
        plan,
    )

    line = lines(ballot_box)["stratum/business/north+south"]

    assert (line.issued, line.ballots) == (60, 9)
    assert line.returned == pytest.approx(9 / 60)


sizes = st.integers(0, 40)


@settings(max_examples=30)
@given(sizes, sizes, sizes, sizes)
def test_sums_are_those_of_the_strata(north, blank, south, office):
    empty = dict.fromkeys(sheet(), None)
    by_domain = lines(
        three(
            [sheet()] * north + [empty] * blank,
            [sheet("south")] * south,
            [sheet("office")] * office,
        )
    )

    strata = [line for domain, line in by_domain.items() if domain.startswith("stratum/")]
    kinds = [line for domain, line in by_domain.items() if domain.startswith("kind/")]
    for parts in (strata, kinds):
        for name in ("issued", "ballots", "opened", "valid", "excluded"):
            assert sum(getattr(line, name) for line in parts) == getattr(by_domain[""], name)
    assert by_domain[""].invalid["too few answers"] == blank
