"""Disclosure control under attack: by one who tries every world with the very code that releases."""

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from stats import Design
from stats.attack import Reader, Target
from stats.disclosure import FLAT, SMALLEST, STEPS, Fact, Form, Groups, Table, protect, targets

CITY, COUNTY, ISLAND = range(3)


def table(answers, others, populations, members, *, together=None, valid=None, **options):
    """Two columns: any contact, and the one item."""
    dealings = np.array(answers)
    asked = dealings if valid is None else dealings * np.array(valid)
    strata = len(populations)
    rows = np.array(members, bool)
    return Table(
        Design(
            [str(at) for at in range(strata)],
            populations,
            np.array(others) + np.bincount(np.arange(len(answers)) % strata, asked, strata),
        ),
        np.array(others),
        np.arange(len(answers)) % strata,
        np.column_stack([asked, asked]),
        rows,
        np.zeros((len(rows), 2), np.int64),
        np.arange(strata) if together is None else np.array(together),
        np.zeros(len(rows), bool),
        np.zeros(len(rows), bool),
        **options,
    )


def groups(answers, yes, strata):
    both = np.column_stack([answers, answers])
    return Groups(np.arange(len(answers)) % strata, both, np.column_stack([yes, yes]))


def published(shown, respondents):
    """All numbers that a release gives, as a reader compares them."""
    numbers = [*(figure.round(9).tobytes() for figure in shown.figures(respondents.yes))]
    forms = shown.bins(respondents.yes).form
    for domain in np.flatnonzero((forms != Form.HIDDEN).any(axis=1)):
        yes = shown.spread(domain, respondents.yes)
        limits = shown.limits(domain, np.arange(2), yes, yes[:, [0, 0]])
        numbers.append(limits[:, forms[domain] != Form.HIDDEN].tobytes())
    return tuple(numbers), forms.tobytes(), shown.steps.tobytes()


THREE = dict(
    answers=[12, 11, 6],
    others=[8, 5, 3],
    populations=[90, 60, 40],
    members=[[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
)


def test_one_who_tries_every_world_with_this_code_is_left_three_numbers():
    """Worlds that give the same release, protection and all, hold three numbers of the island's."""
    layout = table(**THREE)
    worlds = defaultdict(set)
    for yes in itertools.product(range(13), range(0, 12, 3), range(7)):
        respondents = groups(THREE["answers"], yes, 3)
        shown = protect(respondents, layout, costs=[8, 1, 1, 1]).table
        worlds[published(shown, respondents)].add(yes)

    left = [len({yes[ISLAND] for yes in alike}) for alike in worlds.values()]
    assert min(left) >= 3
    assert len(worlds) > 20
