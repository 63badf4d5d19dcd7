"""Devices that hide each answer to a sensitive question."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats


class DeviceError(ValueError):
    """The device carries no information, or the counts cannot have come from it."""


@dataclass(frozen=True)
class Device:
    """A device by which a person whose true answer is y says yes with chance ``base + slope y``.

    Attributes
    ----------
    name : str
    base, slope : float

    Raises
    ------
    DeviceError
        The chances lie outside 0 to 1, or do not depend on the true answer.

    Examples
    --------
    >>> die = Device("die", base=1 / 6, slope=2 / 3)
    >>> round(float(die.yes(0.3)), 4)
    0.3667
    """

    name: str
    base: float
    slope: float

    def __post_init__(self) -> None:
        if not (self.slope and 0 <= self.base <= 1 and 0 <= self.base + self.slope <= 1):
            raise DeviceError(
                f"These probabilities make no {self.name} device that tells anything."
            )

    def yes(self, rate: ArrayLike) -> Floats:
        """Return the chance of a yes where ``rate`` of the persons would truly say yes."""
        return np.asarray(self.base + self.slope * np.asarray(rate), dtype=np.float64)

    def noise(self, rate: ArrayLike) -> Floats:
        """Return the variance the device adds to one person's answer, averaged over persons."""
        never, always = self.base, self.base + self.slope
        ends = np.array([never * (1 - never), always * (1 - always)]) / self.slope**2
        return np.asarray(ends[0] + (ends[1] - ends[0]) * np.asarray(rate), dtype=np.float64)


def warner(p: float) -> Device:
    """Ask for the statement with chance ``p``, for its contrary otherwise.

    References
    ----------
    .. [1] S. L. Warner, "Randomized response", *J. Am. Stat. Assoc.* 60 (1965), 63-69.

    Examples
    --------
    >>> warner(0.75)
    Device(name='Warner', base=0.25, slope=0.5)
    """
    return Device("Warner", 1 - p, 2 * p - 1)


def crosswise(p: float) -> Device:
    """Ask whether both or neither hold: the statement, and one that holds with chance ``p``.

    References
    ----------
    .. [1] J.-W. Yu, G.-L. Tian and M.-L. Tang, "Two new models for survey sampling with sensitive
       characteristic", *Metrika* 67 (2008), 251-263.

    Examples
    --------
    >>> crosswise(0.25)
    Device(name='crosswise', base=0.75, slope=-0.5)
    """
    return Device("crosswise", 1 - p, 2 * p - 1)


def forced_response(truth: float, yes: float) -> Device:
    """Ask for the truth with chance ``truth``, for a yes with chance ``yes``, for a no otherwise.

    References
    ----------
    .. [1] G. Blair, K. Imai and Y.-Y. Zhou, "Design and analysis of the randomized response
       technique", *J. Am. Stat. Assoc.* 110 (2015), 1304-1319, sec. 2.

    Examples
    --------
    >>> device = forced_response(truth=0.75, yes=0.125)
    >>> device.base, device.slope
    (0.125, 0.75)
    """
    return Device("forced response", yes, truth)


def unrelated_question(p: float, prevalence: float) -> Device:
    """Ask the question with chance ``p``, an unrelated one of known ``prevalence`` otherwise.

    References
    ----------
    .. [1] B. G. Greenberg et al., "The unrelated question randomized response model", *J. Am.
       Stat. Assoc.* 64 (1969), 520-539.

    Examples
    --------
    >>> device = unrelated_question(0.75, prevalence=0.5)
    >>> device.base, device.slope
    (0.125, 0.75)
    """
    return Device("unrelated question", (1 - p) * prevalence, p)
