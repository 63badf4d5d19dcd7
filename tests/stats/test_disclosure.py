"""Disclosure control under attack: by linear programming, by subtraction, by every whole number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from stats.disclosure import COARSE, SMALLEST, Cell, Fate, Groups, ShownCell, protect


def groups(*counts, any_item=None):
    """One item; each group as (answered, yes)."""
    table = np.array(counts)
    return Groups(table[:, :1], table[:, 1:2], any_item)


def cell(name, *members, of=None, item=0, cost=1.0, weight=1.0):
    row = np.zeros(of)
    row[list(members)] = weight
    return Cell(name, item, row, cost)


def tables(count, *, cost=4.0):
    """Each group, and all of them together at a higher cost."""
    return [
        *(cell(f"group {number}", number, of=count) for number in range(count)),
        cell("all", *range(count), of=count, cost=cost),
    ]


def fates(protection):
    return {fact.cell.name: fact.fate for fact in protection.cells}


def attacked(respondents, facts, members, item=0):
    """An attacker of his own: whole numbers, written down row by row, solved as an integer program.

    Returns the least and the most yes of the groups in ``members``.
    """
    size = respondents.answers.size
    items = respondents.answers.shape[1]
    rows, low, high = [], [], []
    for fact in facts:
        row = np.zeros(size)
        row[fact.cell.item :: items] = fact.cell.weight
        total = row @ respondents.answers.ravel()
        rows.append(row)
        low.append(fact.low * total - 1e-7)
        high.append(fact.high * total + 1e-7)
    aim = np.zeros(size)
    aim[item::items] = members
    bounds = Bounds(np.zeros(size), respondents.answers.ravel())
    yes = []
    for sign in (1, -1):
        constraint = LinearConstraint(np.array(rows), low, high) if rows else ()
        solution = milp(
            sign * aim, constraints=constraint, integrality=np.ones(size), bounds=bounds
        )
        assert solution.success
        yes.append(sign * solution.fun)
    return round(yes[0]), round(yes[1])


def test_small_cells_go_and_with_them_what_would_give_them_back():
    protection = protect(groups((40, 8), (30, 3), (6, 2)), tables(3))

    fate_of = fates(protection)
    assert fate_of["group 2"] is Fate.SMALL
    assert fate_of["all"] is Fate.SHOWN
    assert sorted([fate_of["group 0"], fate_of["group 1"]]) == [Fate.COMPLEMENTARY, Fate.SHOWN]
    assert fate_of["group 1"] is Fate.COMPLEMENTARY  # of equal cost the smaller goes


def test_two_small_cells_protect_each_other():
    fate_of = fates(protect(groups((40, 8), (7, 3), (6, 2)), tables(3)))

    assert list(fate_of.values()) == [Fate.SHOWN, Fate.SMALL, Fate.SMALL, Fate.SHOWN]


def test_two_small_cells_that_all_say_yes_do_not():
    fate_of = fates(protect(groups((40, 8), (7, 7), (6, 6)), tables(3)))

    assert list(fate_of.values()).count(Fate.COMPLEMENTARY) == 1


def test_nothing_goes_where_nothing_is_small():
    fate_of = fates(protect(groups((40, 8), (30, 3), (10, 2)), tables(3)))

    assert set(fate_of.values()) == {Fate.SHOWN}


@pytest.mark.parametrize(("yes", "low", "high"), [(0, 0.0, 0.1), (40, 0.9, 1.0)])
def test_none_and_all_are_shown_as_bounds(yes, low, high):
    (fact,) = protect(groups((40, yes)), [cell("only", 0, of=1)]).cells

    assert fact.fate is Fate.BOUND
    assert (fact.low, fact.high) == (low, high)


def test_a_bound_on_all_leaves_the_small_cell_in_it_open():
    respondents = groups((34, 0), (6, 0))
    protection = protect(respondents, tables(2))

    least, most = attacked(respondents, protection.cells, [0, 1])
    assert (least, most) == (0, 4)


@pytest.mark.parametrize("inner", [33, 40])
def test_a_later_release_is_not_subtracted_from_an_earlier_one(inner):
    """Seven sheets were left out by the second release's rule of validity."""
    respondents = groups((inner, 9), (7, 2))
    wide = cell("all", 0, 1, of=2)
    (first,) = protect(respondents, [wide]).cells
    later = protect(respondents, [cell("valid", 0, of=2)], [first])

    assert first.fate is Fate.SHOWN
    assert fates(later) == {"valid": Fate.COMPLEMENTARY}
    assert later.exposed == ()


def test_what_earlier_releases_expose_is_told_and_costs_nothing_more():
    respondents = groups((33, 9), (7, 2), (30, 5))
    earlier = [
        ShownCell(cell("all", 0, 1, of=3), Fate.SHOWN, 11 / 40, 11 / 40),
        ShownCell(cell("most", 0, of=3), Fate.SHOWN, 9 / 33, 9 / 33),
    ]
    later = protect(respondents, [cell("others", 2, of=3)], earlier)

    assert fates(later) == {"others": Fate.SHOWN}
    assert later.exposed == ("all without most",)


def test_a_small_group_that_is_new_is_named():
    """All but one unit and one group: the later cell is refused, and the statistician told."""
    respondents = groups((1, 0), (10, 1), (1, 0), (1, 1), (11, 1))
    units = [cell("unit 0", 2, 4, of=5, cost=2.0), cell("unit 1", 1, 3, of=5, cost=2.0)]
    first = protect(respondents, [*tables(5), *units])
    later = protect(respondents, [cell("later", 0, 3, of=5)], first.cells)

    assert first.exposed == ()
    assert bounded(respondents, first.cells, np.array([1, 0, 0, 1, 0])) == pytest.approx((1, 1))
    assert fates(later) == {"later": Fate.SMALL}
    assert later.exposed == ("later",)


def test_any_contact_does_not_give_an_item_away():
    """With one other item, any contact is that item: showing it would show the small group."""
    answers = np.array([[40, 40], [6, 6]])
    yes = np.array([[8, 8], [2, 2]])
    respondents = Groups(answers, yes, any_item=1)
    cells = [
        cell("item all", 0, 1, of=2, item=0),
        cell("any 0", 0, of=2, item=1),
        cell("item 0", 0, of=2, item=0),
        cell("any all", 0, 1, of=2, item=1),
    ]
    fate_of = fates(protect(respondents, cells))

    assert Fate.COMPLEMENTARY in fate_of.values()
    assert not {"item all", "any 0"} <= {k for k, v in fate_of.items() if v is Fate.SHOWN}


def test_rounding_is_part_of_what_is_shown():
    (fact,) = protect(groups((37, 5)), [cell("only", 0, of=1)], precision=0.001).cells

    assert fact.low < 5 / 37 < fact.high
    assert fact.high - fact.low == pytest.approx(0.001)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="more yes"):
        groups((5, 6))
    with pytest.raises(ValueError, match="one shape"):
        Groups(np.ones((2, 2), int), np.ones((2, 1), int))


def test_bounds_have_coarse_steps():
    for size in (10, 15, 29, 30, 60, 299, 301, 5000):
        (fact,) = protect(groups((size, 0)), [cell("only", 0, of=1)]).cells
        assert fact.high in COARSE
        assert fact.high * size >= 3


COUNTS = st.integers(1, 40).flatmap(
    lambda answers: st.tuples(st.just(answers), st.integers(0, answers))
)


@settings(max_examples=25)
@given(st.lists(COUNTS, min_size=2, max_size=6), st.data())
def test_no_attacker_finds_a_small_cell(table, data):
    """Strata, the units they make up, and everybody; then a release with fewer valid sheets."""
    respondents = groups(*table)
    size = len(table)
    units = [data.draw(st.integers(0, 2)) for _ in table]
    cells = [
        *tables(size),
        *(
            cell(f"unit {unit}", *(g for g in range(size) if units[g] == unit), of=size, cost=2.0)
            for unit in sorted(set(units))
        ),
    ]
    first = protect(respondents, cells)
    part = [g for g in range(size) if data.draw(st.booleans())]
    again = [cell("later", *part, of=size)] if part else []
    second = protect(respondents, again, first.cells)

    assert first.exposed == ()
    for facts in (first.cells, (*first.cells, *second.cells)):
        for fact in facts:
            members = fact.cell.members
            answers = int(respondents.answers[members, 0].sum())
            if 0 < answers < SMALLEST:
                least, most = bounded(respondents, facts, members)
                assert least <= respondents.yes[members, 0].sum() <= most
                if fact.cell.name not in second.exposed:
                    assert most - least > 1 - 1e-5
                else:  # a new group: the first release alone gives it away
                    assert (least, most) == pytest.approx(
                        bounded(respondents, first.cells, members)
                    )


def bounded(respondents, facts, members):
    """Bound a group's yes by relaxing the attacker's own program."""
    items = respondents.answers.shape[1]
    size = respondents.answers.size
    rows = [np.repeat(fact.cell.weight, items) for fact in facts]
    totals = np.array([row @ respondents.answers.ravel() for row in rows])
    low = np.array([fact.low for fact in facts]) * totals
    high = np.array([fact.high for fact in facts]) * totals
    bounds = Bounds(np.zeros(size), respondents.answers.ravel())
    constraint = LinearConstraint(np.array(rows), low - 1e-9, high + 1e-9)
    aim = np.asarray(members, float)
    least, most = (milp(sign * aim, constraints=constraint, bounds=bounds) for sign in (1, -1))
    assert least.success
    assert most.success
    return least.fun, -most.fun


@pytest.mark.parametrize("seed", range(5))
def test_whole_numbers_help_the_attacker_of_a_simple_sample_little(seed):
    """Where all weights are one, the bounds of the integer program are those we allow for."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 30, 5)
    respondents = groups(*((n, rng.integers(0, n + 1)) for n in sizes))
    facts = protect(respondents, tables(5)).cells

    for number in range(5):
        if sizes[number] < SMALLEST:
            least, most = attacked(respondents, facts, np.arange(5) == number)
            assert most > least
