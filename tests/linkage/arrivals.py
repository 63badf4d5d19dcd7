"""Who answers when: the order of events, simulated without waiting."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator
OFFICE_MINUTES, DAYS = 8 * 60, 10
REMINDED = (0, 5 * OFFICE_MINUTES)
"""When everybody got the invitation, and when the reminder, in minutes of office time."""


@dataclass(frozen=True, order=True)
class Event:
    """A respondent spends a code, or casts the ballot."""

    minute: float
    person: int
    casts: bool


Timetable = Callable[[int, Rng], list[Event]]


def back_to_back(people: int, rng: Rng) -> list[Event]:
    """One after the other, without a pause: the easiest order for an attacker."""
    turns = rng.permutation(people)
    return [
        Event(float(2 * turn + casts), int(person), bool(casts))
        for turn, person in enumerate(turns)
        for casts in (False, True)
    ]


def office_days(people: int, rng: Rng) -> list[Event]:
    """Ten office days; two bursts after mails; lognormal filling time with a median of 9 minutes.

    Half of the people answer in the hours after one of the mails, half at any time.
    """
    anytime = rng.uniform(0, DAYS * OFFICE_MINUTES, people)
    prompted = rng.choice(REMINDED, people) + rng.exponential(180, people)
    begin = np.where(rng.random(people) < 0.5, prompted, anytime)
    end = begin + rng.lognormal(np.log(9), 0.6, people)
    moments = ((begin, False), (end, True))
    return sorted(
        Event(float(minute), person, casts)
        for minutes, casts in moments
        for person, minute in enumerate(minutes)
    )
