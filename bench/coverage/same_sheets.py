"""Two items of the same sheets: how they go together, and samples of overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.coverage.estimates import Estimates, categories, estimated, with_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.coverage.designs import Setting
    from stats.arrays import Floats


@dataclass(frozen=True, eq=False)
class Items:
    """A population with two items.

    Attributes
    ----------
    first, second : Setting
        Of the same strata and samples.
    overlap : ndarray, shape (H,)
        Persons who would say yes to overlap.
    """

    first: Setting
    second: Setting
    overlap: NDArray[np.int64]

    @property
    def rates(self) -> Floats:
        """The true rates."""
        return np.array([self.first.rate, self.second.rate])

    def draw(self, rng: np.random.Generator, draws: int) -> tuple[Floats, Floats, Floats]:
        """Draw the yes to the first, to the second and to both, shape (H, draws) each."""
        persons, sheets = self.first.population, self.first.sample
        gift, fee, overlap = self.first.positive, self.second.positive, self.overlap
        shape = (draws, len(persons))
        first = rng.hypergeometric(gift, persons - gift, sheets, shape)
        common = rng.hypergeometric(overlap, gift - overlap, first, shape)
        rest = persons - gift - fee + overlap
        alone = rng.hypergeometric(fee - overlap, rest, sheets - first, shape)
        return first.T.astype(float), (common + alone).T.astype(float), common.T.astype(float)

    def estimates(self, draws: int, rng: np.random.Generator) -> Estimates:
        """Estimate both rates of each sample, with the correlation of their errors."""
        first, second, overlap = self.draw(rng, draws)
        columns = [estimated(self.first, first), estimated(self.second, second)]
        part, sheets = self.first.part, self.first.sample[:, None]
        products = (overlap - first * second / sheets) * sheets / np.maximum(sheets - 1, 1)
        unit = part.weight**2 * part.unsampled * products
        covariance = unit.sum(axis=0) / self.first.population.sum() ** 2
        product = np.sqrt(columns[0][3] * columns[1][3])
        common = np.divide(covariance, product, out=np.zeros(draws), where=product > 0)
        correlation = np.broadcast_to(np.eye(2), (draws, 2, 2)).copy()
        correlation[:, 0, 1] = correlation[:, 1, 0] = np.clip(common, -1, 1)
        df = int(self.first.sample.sum()) - len(sheets)
        return Estimates.joined(columns, correlation, df)


def items(number: int, seed: int) -> list[tuple[Items, bool]]:
    """Draw pairs of items, from independent ones to those that go together; half of one rate."""
    rng = np.random.default_rng([seed, 5])
    couples = []
    for at, setting in enumerate(list(categories(2 * number, seed + 5))[:number]):
        second = setting
        if not at % 2:
            second = with_rate(setting, setting.rate * rng.uniform(0.2, 1))
        likeness = rng.uniform()
        apart = setting.positive * second.positive / setting.population
        most = np.minimum(setting.positive, second.positive)
        least = np.maximum(setting.positive + second.positive - setting.population, 0)
        overlap = np.clip(np.rint(apart + likeness * (most - apart)), least, most).astype(np.int64)
        couples.append((Items(setting, second, overlap), bool(at % 2)))
    return couples
