"""Samples that are asked sensitive questions: sizes, weights and shares of their strata."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats
from stats.devices import DeviceError


@dataclass(frozen=True)
class DeviceSample:
    """Respondents, share of the population and sampling fraction of H strata."""

    respondents: Floats
    weight: Floats
    fraction: Floats

    @classmethod
    def of(
        cls, respondents: ArrayLike, population: ArrayLike | None, *, finite: bool = True
    ) -> "DeviceSample":
        """Take a sample of one stratum, or of several with their populations."""
        sizes = np.atleast_1d(np.asarray(respondents, dtype=np.float64))
        if np.any(sizes < 2):
            raise DeviceError("Every stratum needs at least 2 respondents.")
        if population is None:
            if sizes.size > 1:
                raise DeviceError("Several strata need their populations.")
            return cls(sizes, np.ones(1), np.zeros(1))
        people = np.broadcast_to(np.asarray(population, dtype=np.float64), sizes.shape)
        if finite and np.any(people < sizes):
            raise DeviceError("A stratum has more respondents than persons.")
        return cls(sizes, people / people.sum(), sizes / people)

    @property
    def besselian(self) -> Floats:
        """The factor n / (n - 1), which makes the variance of a sample unbiased."""
        return self.respondents / (self.respondents - 1)

    def share(self, counts: ArrayLike) -> Floats:
        """Return the share of each stratum's respondents that so many are."""
        share = np.atleast_1d(np.asarray(counts, dtype=np.float64)) / self.respondents
        if np.any((share < 0) | (share > 1)):
            raise DeviceError("More answers were yes than there are respondents.")
        return share
