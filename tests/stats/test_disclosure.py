"""Disclosure control under attack: by one who tries every world with the code that releases."""

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from stats import Design
from stats.attack import Reader, Target
from stats.disclosure import FLAT, SMALLEST, STEPS, CellForm, Fact, Groups, ReleaseTable, protect

CITY, COUNTY, ISLAND = range(3)


def table(answers, bystanders, populations, members, *, together=None, valid=None, **options):
    """Two columns: any contact, and the one item."""
    dealings = np.array(answers)
    valid_answers = dealings if valid is None else dealings * np.array(valid)
    strata = len(populations)
    rows = np.array(members, bool)
    return ReleaseTable(
        Design(
            [str(at) for at in range(strata)],
            populations,
            np.array(bystanders)
            + np.bincount(np.arange(len(answers)) % strata, valid_answers, strata),
        ),
        np.array(bystanders),
        np.arange(len(answers)) % strata,
        np.column_stack([valid_answers, valid_answers]),
        rows,
        np.zeros((len(rows), 2), np.int64),
        np.arange(strata) if together is None else np.array(together),
        np.zeros(len(rows), bool),
        np.zeros(len(rows), bool),
        **options,
    )


def groups(answers, yes, strata):
    columns = np.column_stack([answers, answers])
    return Groups(np.arange(len(answers)) % strata, columns, np.column_stack([yes, yes]))


def published(final, respondents):
    """All numbers that a release gives, as a reader compares them."""
    numbers = [*(figure.round(9).tobytes() for figure in final.figures(respondents.yes))]
    forms = final.bins(respondents.yes).form
    for domain in np.flatnonzero((forms != CellForm.HIDDEN).any(axis=1)).tolist():
        yes = final.spread(domain, respondents.yes)
        limits = final.limits(domain, np.arange(2), yes, yes[:, [0, 0]])
        numbers.append(limits[:, forms[domain] != CellForm.HIDDEN].tobytes())
    return tuple(numbers), forms.tobytes(), final.steps.tobytes()


THREE = {
    "answers": [12, 11, 6],
    "bystanders": [8, 5, 3],
    "populations": [90, 60, 40],
    "members": [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
}
PAIR = {
    "answers": [30, 7],
    "bystanders": [18, 2],
    "populations": [420, 40],
    "members": [[1, 1]],
    "together": [0, 0],
}


def classes(layout, answers, steps, costs):
    """Worlds that give the same release, protection and all."""
    worlds = defaultdict(set)
    for yes in itertools.product(*steps):
        respondents = groups(answers, yes, len(answers))
        final = protect(respondents, layout, costs=costs).table
        worlds[published(final, respondents)].add(yes)
    return worlds.values()


@pytest.mark.parametrize(
    ("of", "small", "steps", "costs"),
    [
        (THREE, 2, (range(0, 13, 3), range(0, 12, 3), range(7)), [8, 1, 1, 1]),
        (PAIR, 1, (range(0, 31, 2), range(8)), [32]),
    ],
)
def test_one_who_tries_every_world_with_this_code_is_left_three_numbers(of, small, steps, costs):
    possible = [
        {yes[small] for yes in alike} for alike in classes(table(**of), of["answers"], steps, costs)
    ]

    assert min(map(len, possible)) >= 3
    assert len(possible) > 8


def test_without_protection_he_is_not():
    """The notes' case: nine persons beside forty-eight, known from the rate and its limits."""
    answers = np.array([48, 9])
    layout = table(answers, [0, 0], [420, 40], [[1, 1]])
    worlds = defaultdict(set)
    for yes in itertools.product(range(49), range(10)):
        worlds[published(layout, groups(answers, yes, 2))].add(yes[1])

    assert sum(len(possible) == 1 for possible in worlds.values()) > 0.9 * len(worlds)


def test_small_strata_that_are_taken_together_leave_their_domain_exact():
    respondents = groups(PAIR["answers"], [6, 2], 2)
    final = protect(respondents, table(**PAIR)).table

    assert final.steps.tolist() == [[0, 0]]
    everyone, with_dealings = final.figures(respondents.yes)
    assert everyone[0, 0] == pytest.approx(0.14)  # 8 of 57
    assert with_dealings[0, 0] == pytest.approx(0.216, abs=1e-3)  # 8 of 37


@pytest.mark.parametrize("yes", range(4))
def test_few_yes_are_all_shown_alike(yes):
    respondents = groups(PAIR["answers"], [yes, 0], 2)
    final = protect(respondents, table(**PAIR)).table

    assert final.bins(respondents.yes).form[0, 0] == CellForm.BELOW
    assert final.figures(respondents.yes)[0][0, 0] == pytest.approx(0.1)  # 3 of 57 are 5.3 %


def test_limits_of_a_bound_hold_those_of_all_with_dealings():
    respondents = groups([20], [20], 1)
    final = protect(respondents, table([20], [82], [1664], [[1]])).table
    spread = final.spread(0, respondents.yes)

    assert final.bins(respondents.yes).form[0, 0] == CellForm.ABOVE
    assert final.limits(0, np.arange(2), spread, spread[:, [0, 0]])[3, 0] == 1000  # 100.0 %


def test_a_large_domain_without_contact_is_shown_as_such():
    respondents = groups([40], [0], 1)
    final = protect(respondents, table([40], [12], [400], [[1]])).table

    assert final.bins(respondents.yes).form.tolist() == [[CellForm.ZERO, CellForm.ZERO]]
    assert final.figures(respondents.yes)[0].tolist() == [[0, 0]]


def test_that_none_met_anything_is_kept_back_where_it_would_close_a_sum():
    """All of nine said yes, and so did all others but those of whom none is said to have."""
    answers = [89, 20, 109, 123, 9, 12]
    yes = [89, 0, 109, 123, 9, 12]
    populations = [188, 289, 115, 1728, 23, 31]
    layout = table(
        answers, [0] * 6, populations, [[1] * 6, *np.eye(6)[:4]], together=[0, 1, 2, 3, 4, 4]
    )
    respondents = groups(answers, yes, 6)
    final = protect(respondents, layout, costs=[1000, 1, 1, 1, 1])
    nine = Target("nine", np.arange(6) == 4)

    assert final.exposed == ()
    assert Reader(respondents, [final.table]).exposed([nine]) == []


def test_what_few_can_have_met_is_bounded_by_their_number():
    """Six of thirty had dealings: that no more than a fifth met something is no secret."""
    respondents = groups([6], [5], 1)
    layout = replace(table([6], [24], [200], [[1]]), judged=np.array([True]))
    final = protect(respondents, layout).table

    assert final.steps.tolist() == [[FLAT, FLAT]]
    assert final.figures(respondents.yes)[0][0, 0] == pytest.approx(0.25)


def test_limits_hold_those_of_every_number_shown_alike():
    layout = table(**THREE)
    for yes in itertools.product(range(0, 13, 2), (3, 6), (0, 3)):
        respondents = groups(THREE["answers"], yes, 3)
        final = protect(respondents, layout, costs=[8, 1, 1, 1]).table
        bins = final.bins(respondents.yes)
        weighted = final.weight @ respondents.yes
        assert np.all((bins.low <= weighted) & (weighted <= bins.high))
        for domain in np.flatnonzero(bins.form[:, 0] == CellForm.RATE).tolist():
            spread = final.spread(domain, respondents.yes)
            low, high, *_ = final.limits(domain, np.arange(2), spread, spread[:, [0, 0]])
            rate = weighted[domain, 0] / final.rounding.persons[domain, 0]
            step = STEPS[final.steps[domain, 0]]
            assert low[0] * step <= rate <= high[0] * step


def test_what_an_earlier_release_gives_away_is_named():
    answers = [12, 11, 6]
    respondents = groups(answers, [3, 4, 2], 3)
    layout = table(answers, [8, 5, 3], [90, 60, 40], THREE["members"])
    exact = Fact(0, np.array([0.0, 0.0, 1.0]), 2.0, 2.0)

    assert protect(respondents, layout).exposed == ()
    assert protect(respondents, layout, facts=[exact], names=["all", "a", "b", "c"]).exposed == (
        "c",
    )


def test_a_later_release_adds_nothing_to_what_is_known():
    """At another level of confidence: the limits of both agree with the same three numbers."""
    respondents = groups(THREE["answers"], [3, 4, 2], 3)
    layout = table(**THREE)
    first = protect(respondents, layout, costs=[8, 1, 1, 1]).table
    second = protect(respondents, replace(layout, level=0.9), [first], costs=[8, 1, 1, 1])
    island = Target("island", np.array([False, False, True]))

    assert second.exposed == ()
    assert Reader(respondents, [second.table, first]).exposed([island]) == []


def test_an_attacker_finds_what_nothing_protects():
    """The reader of these tests is one who finds something."""
    respondents = groups(THREE["answers"], [3, 4, 2], 3)
    island = Target("island", np.array([False, False, True]))

    [exposure, _] = Reader(respondents, [table(**THREE)]).exposed([island])
    assert exposure.target.name == "island"


def test_groups_hold_no_more_yes_than_answers():
    with pytest.raises(ValueError, match="more yes than answers"):
        groups([5], [6], 1)
    with pytest.raises(ValueError, match="one shape"):
        Groups(np.arange(2), np.zeros((2, 1), int), np.zeros((1, 2), int))


def test_a_group_of_ten_is_described():
    assert SMALLEST == 10
