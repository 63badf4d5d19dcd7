"""Sheets counted by stratum: every sheet once, by hand and for any sheets there can be."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from questionnaires import CODES
from survey_app.answers.analyse.estimates.counts import count
from survey_app.documents.design import Kind
from tests.answers.analyse.boxes import box, sheet, three

BLANK = dict.fromkeys(sheet(), None)
sheets = st.lists(
    st.fixed_dictionaries(dict.fromkeys(sheet(), st.sampled_from([None, *CODES]))), max_size=12
)


def column(counts, answer, item="red_envelope"):
    """The sheets of each stratum that give an answer to an item."""
    return counts.columns()[answer][:, counts.items.index(item)].tolist()


def test_sheets_are_counted_by_stratum_and_answer():
    ballot_box = three(
        [sheet(red_envelope=1)] * 3 + [sheet(red_envelope=8)] * 2 + [sheet(red_envelope=9)],
        [sheet("south", red_envelope=1)] + [sheet("south")] * 4,
    )

    business = count(ballot_box, "standard-1").kinds[0]

    # north: 3 yes, 2 who do not know, 1 refused; south: 1 yes, 4 no
    assert column(business.counts, "yes") == [3, 1]
    assert column(business.counts, "no") == [0, 4]
    assert column(business.counts, "unknown") == [2, 0]
    assert column(business.counts, "refused") == [1, 0]
    assert [stratum.valid for stratum in business.strata] == [6, 5]


def test_a_blank_item_that_applies_was_refused():
    ballot_box = three([sheet(red_envelope=None)] * 2)

    assert column(count(ballot_box, "standard-1").kinds[0].counts, "refused") == [2, 0]


def test_without_dealings_no_item_applies_whatever_stands_there():
    ballot_box = three([sheet(red_envelope=9) | {"dealings": 0}] * 4 + [sheet(red_envelope=1)])

    counts = count(ballot_box, "standard-1").kinds[0].counts

    assert column(counts, "inapplicable") == [4, 0]
    assert column(counts, "refused") == [0, 0]
    assert column(counts, "yes") == [1, 0]


def test_any_contact_is_yes_by_one_yes_no_by_every_no_and_else_undetermined():
    ballot_box = three([sheet(red_envelope=1, banquet=8), sheet(), sheet(banquet=8), sheet()])

    counts = count(ballot_box, "standard-1").kinds[0].counts

    assert counts.any_yes.tolist() == [1, 0]
    assert counts.any_no.tolist() == [2, 12]
    assert counts.any_undetermined.tolist() == [1, 0]


def test_excluded_sheets_are_in_the_unfiltered_counts_only():
    ballot_box = three([sheet(attention=1, red_envelope=1)] * 3 + [sheet()] * 7)

    north = count(ballot_box, "strict-1").kinds[0]

    assert (north.strata[0].valid, north.strata[0].excluded) == (7, 3)
    assert north.strata[0].flagged == {"all_yes": 0, "contradiction": 0, "attention": 3}
    assert column(north.counts, "yes") == [0, 0]
    assert column(north.unfiltered, "yes") == [3, 0]


def test_an_invalid_sheet_is_in_no_count():
    ballot_box = three([BLANK, sheet(red_envelope=1) | {"dealings": None}, sheet(red_envelope=1)])

    north = count(ballot_box, "standard-1").kinds[0]

    assert north.strata[0].invalid == {"too few answers": 1, "screening not answered": 1}
    assert column(north.counts, "yes") == column(north.unfiltered, "yes") == [1, 0]


def test_a_kind_that_was_not_opened_has_no_counts():
    kinds = count(box({"north": [sheet()] * 10}), "standard-1").kinds

    assert [of_kind.kind for of_kind in kinds] == [Kind.BUSINESS]


def test_a_box_is_counted_once():
    assert count(three([sheet()] * 3), "standard-1") is count(three([sheet()] * 3), "standard-1")


@settings(max_examples=20)
@given(sheets, sheets, st.sampled_from(["standard-1", "strict-1", "attentive-1", "lenient-1"]))
def test_every_sheet_is_valid_excluded_or_invalid_once(north, south, rules):
    business = count(three(north, south), rules).kinds[0]

    for stratum, pile in zip(business.strata, (north, south), strict=True):
        fates = stratum.valid + stratum.excluded + sum(stratum.invalid.values())
        assert fates == len(pile)


@settings(max_examples=20)
@given(sheets, sheets, st.sampled_from(["standard-1", "strict-1", "lenient-1"]))
def test_every_valid_sheet_gives_every_item_one_answer(north, south, rules):
    business = count(three(north, south), rules).kinds[0]

    table = business.counts.columns()
    answers_of_items = ("yes", "no", "unknown", "refused", "inapplicable")
    sheets_answering = np.sum([table[answer] for answer in answers_of_items], axis=0)
    valid = np.array([stratum.valid for stratum in business.strata])
    assert (sheets_answering == valid[:, None]).all()


@settings(max_examples=20)
@given(sheets)
def test_which_stratum_a_sheet_is_of_changes_no_sum(north):
    together = count(three(north, []), "standard-1").kinds[0].counts
    apart = count(three(north[::2], north[1::2]), "standard-1").kinds[0].counts

    for answer, by_stratum in together.columns().items():
        assert by_stratum.sum(axis=0).tolist() == apart.columns()[answer].sum(axis=0).tolist()
