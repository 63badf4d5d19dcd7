"""Whether planned widths are kept as surely as planned, and changes shown as often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.runs import markdown, spread
from stats import Design, Interval, Method, assured_allocation, assured_size, sample_size
from stats.comparison import reach
from stats.confidence import continuous, limits
from stats.linearisation import Partition, ratio
from stats.planning import PlanError
from stats.power import PlannedRate, power, size_for_change
from stats.precision import Aim

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS: Final = 4000
_SEED: Final = 6363
_PLANS: Final = 60


@dataclass(frozen=True, eq=False)
class PlannedSurvey:
    """A survey to be planned: one stratum or several, as narrow as asked."""

    population: NDArray[np.int64]
    rate: NDArray[np.float64]
    margin: float
    method: Method
    draws: int


def table(draws: int | None) -> str:
    """Simulate the samples of random plans."""
    several = draws or DRAWS
    rng = np.random.default_rng(_SEED)
    alone = [_plan(rng, 1, several) for _ in range(_PLANS)]
    strata = [_plan(rng, int(rng.integers(2, 21)), several) for _ in range(_PLANS)]
    changes = [_plan(rng, 1 if at % 2 else 5, several) for at in range(_PLANS)]
    rows = [
        _row("width, one stratum", spread(_kept_alone, alone, _SEED)),
        _row("the same by the normal interval", spread(_kept_by_normal, alone, _SEED)),
        _row("width, 2 to 20 strata", spread(_kept_in_strata, strata, _SEED)),
        _row("change shown, 1 and 5 strata", spread(_shown, changes, _SEED)),
    ]
    header = ("plan", "plans", "planned, mean", "simulated, mean", "least", "greatest difference")
    return markdown(header, rows)


def _plan(rng: np.random.Generator, strata: int, draws: int) -> PlannedSurvey:
    population = np.rint(np.exp(rng.uniform(np.log(60), np.log(3000), strata))).astype(np.int64)
    common = np.exp(rng.uniform(np.log(0.02), np.log(0.4)))
    rate = np.clip(common * rng.uniform(0.3, 1.7, strata), 0.005, 0.6)
    overall = float(rate @ population / population.sum())
    margin = float(rng.uniform(0.2, 0.8) * np.sqrt(overall * (1 - overall)) * 0.3)
    return PlannedSurvey(population, rate, margin, rng.choice(list(Method)), draws)


def _row(name: str, pairs: list[tuple[float, float] | None]) -> tuple[str, ...]:
    reached = np.array([pair for pair in pairs if pair is not None])
    planned, simulated = reached.T
    figures = planned.mean(), simulated.mean(), simulated.min(), np.abs(planned - simulated).max()
    return name, str(len(reached)), *(f"{figure:.3f}" for figure in figures)


def _kept_alone(plan: PlannedSurvey, rng: np.random.Generator) -> tuple[float, float] | None:
    try:
        size = assured_size(int(plan.population[0]), Aim(plan.margin), rate=float(plan.rate[0]))
    except PlanError:
        return None
    return size.assurance, _kept(plan, np.array([size.respondents]), rng)


def _kept_by_normal(plan: PlannedSurvey, rng: np.random.Generator) -> tuple[float, float] | None:
    size = sample_size(int(plan.population[0]), margin=plan.margin, rate=float(plan.rate[0]))
    return 0.8, _kept(plan, np.array([size.respondents]), rng)


def _kept_in_strata(plan: PlannedSurvey, rng: np.random.Generator) -> tuple[float, float] | None:
    names = [str(at) for at in range(len(plan.population))]
    try:
        allocation = assured_allocation(
            names, plan.population, Aim(plan.margin), plan.method, rate=plan.rate, minimum=10
        )
    except PlanError:
        return None
    return allocation.precision[""].assurance, _kept(plan, allocation.respondents, rng)


def _kept(plan: PlannedSurvey, sizes: NDArray[np.int64], rng: np.random.Generator) -> float:
    part, yes, answers = _draw(plan.population, sizes, plan.rate, plan.draws, rng)
    low, high = limits(part, ratio(part, yes, answers), Interval.DEFAULT, 0.95)
    return float(((high - low) / 2 <= plan.margin + 1e-12).mean())


def _shown(plan: PlannedSurvey, rng: np.random.Generator) -> tuple[float, float] | None:
    """Plan a change by one stratum's size, and draw pairs of waves of that size in all strata."""
    overall = float(plan.rate @ plan.population / plan.population.sum())
    persons, after = int(plan.population.sum()), overall * float(rng.uniform(0.3, 0.7))
    try:
        total = size_for_change(persons, overall, after)
    except PlanError:
        return None
    sizes = np.clip(np.rint(total * plan.population / persons), 2, plan.population).astype(np.int64)
    before = PlannedRate(plan.population, sizes, plan.rate)
    planned = power(before, before.at(after))
    sides = []
    for rates in (plan.rate, plan.rate * after / overall):
        part, yes, answers = _draw(plan.population, sizes, rates, plan.draws, rng)
        ratios = ratio(part, yes, answers)
        low, high = continuous(part, ratios, 0.95)
        sides.append((ratios.rate[0], (ratios.rate - low)[0], (high - ratios.rate)[0]))
    (first, below, _), (second, _, above) = sides
    distance = np.stack([below, above], axis=-1)
    down, _ = reach(np.array([1.0, -1.0]), distance, distance, np.eye(2))
    return planned, float((first - second - down > 0).mean())


def _draw(
    population: NDArray[np.int64],
    sizes: NDArray[np.int64],
    rate: NDArray[np.float64],
    draws: int,
    rng: np.random.Generator,
) -> tuple[Partition, NDArray[np.float64], NDArray[np.float64]]:
    # Whole persons, so that their sum is rounded only once.
    persons = np.rint(np.cumsum(population * rate)).astype(np.int64)
    positive = np.clip(persons - np.append(0, persons[:-1]), 0, population)
    columns = positive[:, None], (population - positive)[:, None], sizes[:, None]
    yes = rng.hypergeometric(*columns, (len(sizes), draws)).astype(float)
    names = [str(at) for at in range(len(sizes))]
    part = Partition.of(Design(names, population, sizes), None, fpc=True)
    return part, yes, np.broadcast_to(sizes[:, None], yes.shape).astype(float)
