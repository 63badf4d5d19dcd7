"""Counting: against a count sheet by sheet, over block borders, and what it refuses."""

import itertools

import numpy as np
import pytest

import stats
from stats import ANY, BLANK, NO, REFUSED, UNKNOWN, YES, count

CODES = (NO, YES, UNKNOWN, REFUSED, BLANK)
FIELDS = {NO: "no", YES: "yes", UNKNOWN: "unknown", REFUSED: "refused", BLANK: "inapplicable"}


def contact(answers):
    """Decide any contact of one sheet by its definition."""
    if YES in answers:
        return "any_yes"
    if UNKNOWN in answers or REFUSED in answers:
        return "any_undetermined"
    return "any_no" if NO in answers else "any_inapplicable"


def by_sheet(stratum, answers, strata):
    """Count sheet by sheet."""
    columns = {name: np.zeros((strata, len(answers[0])), int) for name in FIELDS.values()}
    columns |= {
        f"any_{name}": np.zeros(strata, int)
        for name in ("yes", "no", "undetermined", "inapplicable")
    }
    for place, sheet in zip(stratum, answers, strict=True):
        for item, code in enumerate(sheet):
            columns[FIELDS[code]][place, item] += 1
        columns[contact(sheet)][place] += 1
    return columns


def assert_counted(counts, columns):
    for name, column in columns.items():
        assert getattr(counts, name).tolist() == column.tolist(), name


def test_every_sheet_of_three_items_is_counted_as_by_hand():
    """All 125 sheets there are, in two strata."""
    answers = list(itertools.product(CODES, repeat=3))
    stratum = [place % 2 for place in range(len(answers))]

    assert_counted(count(stratum, answers, ["x", "y", "z"], 2), by_sheet(stratum, answers, 2))


def test_sheets_beyond_one_block_are_counted_too():
    sheets = (1 << 16) + 3
    answers = np.random.default_rng(7).choice(CODES, (sheets, 2), p=(0.6, 0.1, 0.1, 0.1, 0.1))
    stratum = np.arange(sheets) % 3
    counts = count(stratum, answers, ["x", "y"], 3)

    for code, name in FIELDS.items():
        for item in range(2):
            expected = np.bincount(stratum[answers[:, item] == code], minlength=3)
            assert getattr(counts, name)[:, item].tolist() == expected.tolist()
    assert (
        sum(
            getattr(counts, f"any_{name}").sum()
            for name in ("yes", "no", "undetermined", "inapplicable")
        )
        == sheets
    )


def test_a_domain_and_the_rest_add_up_to_all():
    answers = list(itertools.product(CODES, repeat=2))
    stratum = [place % 2 for place in range(len(answers))]
    inside = np.arange(len(answers)) % 3 == 0
    whole = count(stratum, answers, ["x", "y"], 2)
    parts = [count(stratum, answers, ["x", "y"], 2, within=part) for part in (inside, ~inside)]

    assert_counted(parts[0] + parts[1], whole.columns())
    with pytest.raises(ValueError, match="different items"):
        whole + count([0], [[1]], ["x"], 2)


def test_counts_of_some_strata_have_none_of_the_others():
    counts = count([0, 1, 1], [[1], [0], [8]], ["x"], 2).within([False, True])

    assert counts.yes.tolist() == [[0], [0]]
    assert (counts.no.tolist(), counts.unknown.tolist()) == ([[0], [1]], [[0], [1]])
    assert (counts.any_yes.tolist(), counts.any_no.tolist()) == ([0, 0], [0, 1])


def test_answers_to_any_contact_take_every_sheet_without_a_yes_as_no():
    counts = count([0] * 4, [[1, 0], [0, 0], [BLANK, BLANK], [8, 0]], ["x", "y"], 1)

    yes, no = counts.answers_to(ANY)
    assert (yes.tolist(), no.tolist()) == ([1], [3])
    assert [column.tolist() for column in counts.answers_to("y")] == [[0], [3]]
    with pytest.raises(ValueError, match="no item 'z' was counted"):
        counts.answers_to("z")


def test_no_sheets_are_counted_as_none():
    counts = count([], np.empty((0, 2)), ["x", "y"], 3)

    assert not any(column.any() for column in counts.columns().values())
    assert counts.yes.shape == (3, 2)


def test_counts_cannot_be_written():
    counts = count([0], [[1]], ["x"], 1)
    for column in counts.columns().values():
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_unknown_codes_and_strata_are_refused_with_their_sheet():
    with pytest.raises(
        stats.AnswerError, match="sheet 2: item 'y' has the unknown code 7"
    ) as error:
        count([0, 0], [[1, 0], [1, 7]], ["x", "y"], 1)
    assert (error.value.sheet, error.value.item) == (1, "y")
    for stratum in (3, -1):
        with pytest.raises(stats.AnswerError, match=f"sheet 1: its stratum {stratum} is none of"):
            count([stratum, 0], [[1], [0]], ["x"], 1)


def test_an_unknown_code_in_a_later_block_is_refused_with_its_sheet():
    answers = np.zeros(((1 << 16) + 5, 1))
    answers[-2] = 5

    with pytest.raises(stats.AnswerError, match=f"sheet {(1 << 16) + 4}:"):
        count(np.zeros(len(answers), int), answers, ["x"], 1)


def test_answers_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 1\) for 2 sheets, 2 items"):
        count([0, 0], [[1], [0]], ["x", "y"], 1)
