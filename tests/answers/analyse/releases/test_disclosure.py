"""A release of a whole campaign, attacked with everything it and earlier releases show."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from stats.disclosure import SMALLEST, Fate
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.answers.analyse.releases.disclosure import Earlier, Respondents, protect
from survey_app.documents.design import Kind
from survey_app.documents.results import ANY, DENOMINATORS, Options, Scope
from tests.answers.analyse.boxes import published
from tests.sites import design

STRICT = Options(validity="strict-1")


@pytest.fixture(scope="module")
def manifest():
    """Two strata in each of two units: an attacker's design, which is refused today."""
    plan = design()
    more = [
        plan.strata[0].model_copy(update={"id": f"more-{at}", "unit": plan.strata[at].unit})
        for at in (0, 1)
    ]
    wide = plan.model_copy(update={"strata": (*plan.strata[:2], *more, plan.strata[2])})
    return published(wide)


def random_box(manifest, sizes, seed, chance=0.15):
    """A box whose sheets are filled in at random, some of them carelessly."""
    rng = np.random.default_rng(seed)
    piles = []
    for stratum, size in zip(manifest.strata, sizes, strict=True):
        text = manifest.questionnaires[stratum.kind].text
        sheets = rng.choice(
            [1, 0, 8, 9], (size, len(text.asked)), p=[chance, 0.92 - chance, 0.05, 0.03]
        )
        sheets[:, 0] = rng.choice([1, 0], size, p=[0.8, 0.2])
        piles.append(Pile(stratum.id, (stratum,), size, {}, sheets.astype(np.uint8)))
    return OpenedBox(bytes([seed]), manifest, bytes(32), tuple(piles), ())


def worst(box, kind, releases):
    """Try every small cell of the tables: give the narrowest range an attacker finds."""
    respondents = Respondents(box, kind, tuple({release.options for release in releases}))
    groups = respondents.groups
    cells_shown = [fact for release in releases for fact in respondents.shown(release)]
    items = groups.yes.shape[1]
    size = groups.yes.size
    rows, low, high = [], [], []
    for fact in cells_shown:
        row = np.zeros(size)
        row[fact.cell.item :: items] = fact.cell.weight
        total = row @ groups.answers.ravel()
        rows.append(row)
        low.append(fact.low * total - 1e-9)
        high.append(fact.high * total + 1e-9)
    facts = LinearConstraint(np.array(rows), np.array(low), np.array(high))
    bounds = Bounds(np.zeros(size), groups.answers.ravel())
    narrowest = np.inf
    for release in releases:
        for cell in respondents.cells(release.options):
            members = cell.members
            if not 0 < groups.answers[members, cell.item].sum() < SMALLEST:
                continue
            aim = np.zeros(size)
            aim[cell.item :: items] = members
            solved = [milp(sign * aim, constraints=facts, bounds=bounds) for sign in (1, -1)]
            ends = [float(solution.fun or 0) for solution in solved if solution.success]
            assert len(ends) == 2
            truth = groups.yes[members, cell.item].sum()
            assert ends[0] - 1e-6 <= truth <= -ends[1] + 1e-6
            narrowest = min(narrowest, -ends[1] - ends[0])
    return narrowest


@pytest.mark.parametrize("seed", range(3))
def test_no_small_cell_is_recovered_alone_or_together(manifest, seed):
    box = random_box(manifest, (40, 6, 25, 9, 30), seed)
    first = protect(box, Options(), [])
    before = Earlier(Options(), first.outcomes)
    second = protect(box, STRICT, [before])
    releases = [before, Earlier(STRICT, second.outcomes)]

    for kind in Kind:
        assert worst(box, kind, [before]) > 1 - 1e-5
        assert worst(box, kind, releases) > 1 - 1e-5
    assert first.exposed == second.exposed == ()


def test_without_control_the_same_tables_give_small_cells_away(manifest):
    """The attacker of these tests is one who finds something."""
    box = random_box(manifest, (40, 6, 25, 9, 30), 1)
    results = results_of(box, Options())
    rates = [
        (outcome, results.rate(outcome.domain, outcome.item, outcome.denominator))
        for outcome in protect(box, Options(), []).outcomes
    ]
    naked = tuple(
        replace(outcome, low=rate.rate, high=rate.rate, fate=Fate.SHOWN)
        for outcome, rate in rates
        if rate.rate is not None and rate.n >= SMALLEST
    )

    assert worst(box, Kind.BUSINESS, [Earlier(Options(), naked)]) < 1e-3


def test_what_is_shown_agrees_with_the_results_and_is_rounded(manifest):
    box = random_box(manifest, (60, 50, 40, 45, 55), 2)
    protected = protect(box, Options(), []).results
    full = results_of(box, Options())

    for domain in protected.of(Scope.CATEGORY):
        rate, full_rate = protected.rate(domain.id), full.rate(domain.id)
        assert rate.rate == round(full_rate.rate or 0, 3)
        assert (rate.yes, rate.undetermined, rate.total) == (0, 0, 0.0)
        assert (rate.outer_low, rate.outer_high) == (None, None)
        assert full_rate.outer_low is not None
    assert all(risk.above_at_most is None for risk in protected.risks)
    assert any(rate.is_least for rate in full.rates)
    assert protected.rates != full.rates
    assert not protected.unfiltered
    assert not protected.associations
    assert all(not line.flagged and not line.invalid for line in protected.quality)


def test_a_category_without_contact_is_shown_as_a_bound(manifest):
    box = random_box(manifest, (60, 50, 40, 45, 55), 3, chance=0.0)
    protected = protect(box, Options(), []).results

    for domain in protected.of(Scope.CATEGORY):
        rate = protected.rate(domain.id, ANY)
        assert (rate.rate, rate.low) == (None, 0.0)
        assert 3 / rate.n <= (rate.high or 0) <= 0.1
    assert not protected.risks
    assert not protected.differences


def test_the_same_is_released_the_same(manifest):
    box = random_box(manifest, (40, 6, 25, 9, 30), 0)

    assert protect(box, Options(), []) == protect(box, Options(), [])


@pytest.mark.parametrize("options", [Options(), STRICT])
def test_the_cells_are_the_tables(manifest, options):
    """What the attacker is said to know is what the tables show."""
    box = random_box(manifest, (40, 6, 25, 9, 30), 1)
    results = results_of(box, options)

    for kind in Kind:
        respondents = Respondents(box, kind, (Options(), STRICT))
        groups = respondents.groups
        for cell in respondents.cells(options):
            denominator, item, domain = cell.name.split(" ", 2)
            among = next(value for value in DENOMINATORS if value == denominator)
            rate = results.rate(domain, item, among)
            answers = cell.weight @ groups.answers[:, cell.item]
            assert groups.answers[cell.members, cell.item].sum() == rate.n, cell.name
            if rate.n:
                yes = cell.weight @ groups.yes[:, cell.item]
                assert yes / answers == pytest.approx(rate.rate, abs=1e-12), cell.name
