"""Surveys that are robbed: twice during collection, after the close, after the opening."""

from collections.abc import Iterator
from dataclasses import dataclass

from survey_app.storage.mixing import POOL
from tests.linkage.arrivals import OFFICE_MINUTES, Rng, Timetable
from tests.linkage.attackers import Attacker, Side, Tally, attack
from tests.linkage.simulation import Field, in_the_field, owned
from tests.linkage.stores import SIDES, Clusters, Places, places

DURING, BETWEEN = "during collection", "between two thefts"
LATE, CLOSED = "between a theft and the close", "after the close"
OPENED, RECEIPTS = "after the opening", "receipts, after the opening"
Result = dict[tuple[str, Attacker], Tally]


@dataclass(frozen=True)
class Setting:
    """One kind of survey."""

    engine: str
    timetable: Timetable
    strata: int
    people: int = 200
    weakness: str = ""


def rob(setting: Setting, clusters: Clusters, rng: Rng) -> Result:
    """Hold one survey and run every attacker at every moment."""
    strata = [f"s{person % setting.strata}" for person in rng.permutation(setting.people)]
    with (
        places(setting.engine, clusters, setting.weakness) as stores,
        in_the_field(stores.settings, strata) as field,
    ):
        return _rob(setting, stores, field, strata, rng)


def _rob(setting: Setting, stores: Places, field: Field, strata: list[str], rng: Rng) -> Result:
    events = setting.timetable(setting.people, rng)
    first, second = (int(len(events) * rng.uniform(*part)) for part in ((0.4, 0.6), (0.7, 0.9)))
    found: Result = {}

    def tried(moment: str, claims: Side, ballots: Side) -> None:
        for attacker, tally in attack(claims, ballots, strata, rng).items():
            key = (moment, attacker)
            found[key] = found.get(key, Tally()) + tally

    logged, known = -1.0, (set[bytes](), set[bytes]())
    for number, event in enumerate(events):
        while event.minute > logged + OFFICE_MINUTES / 4:
            logged = max(logged, 0) + OFFICE_MINUTES / 4
            field.log(logged)
        if setting.weakness == "timestamp":
            _tell_the_time(stores, event.minute)
        field.happen(event)
        if number in (first, second):
            claims, ballots = _stolen(stores, field)
            tried(DURING, claims, ballots)
            if number == second:
                new = (set(claims.truth) - known[0], set(ballots.truth) - known[1])
                tried(BETWEEN, claims.only(new[0]), ballots.only(new[1]))
            known = (set(claims.truth), set(ballots.truth))
    field.close()
    claims, ballots = _stolen(stores, field)
    tried(CLOSED, claims, ballots)
    new = (set(claims.truth) - known[0], set(ballots.truth) - known[1])
    tried(LATE, claims.only(new[0]), ballots.only(new[1]))
    if setting.people >= 20 * setting.strata:
        field.open()
        sheets = Side(stores.thieves["answers"].take(field.sheets), field.sheets)
        tried(OPENED, claims, sheets)
        tried(RECEIPTS, _stolen(stores, field)[1], sheets)
    return found


def _stolen(stores: Places, field: Field) -> tuple[Side, Side]:
    claims, ballots = dict(field.claimed), dict(field.cast)
    return (
        Side(stores.thieves["identity"].take(claims), claims),
        Side(stores.thieves["answers"].take(ballots), ballots),
    )


def _tell_the_time(stores: Places, minute: float) -> None:
    for side in SIDES:
        with owned(stores.settings[side]) as store, store.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE clock SET minute = {minute}")


def allowed(moment: str, tally: Tally) -> float:
    """Give the share that may be linked: chance, and 2/k of the rows that are still pending."""
    return max(2 / POOL, tally.limit) if moment in (DURING, BETWEEN) else tally.limit


def limited(moment: str, attacker: Attacker) -> bool:
    """Whether a limit is promised: not for the files of a PostgreSQL server that still collects."""
    return attacker.on_rows or moment not in (DURING, BETWEEN)


def exceeding(found: Result) -> Result:
    """Keep the attackers who learned more than is promised."""
    return {
        (moment, attacker): tally
        for (moment, attacker), tally in found.items()
        if limited(moment, attacker) and tally.share > allowed(moment, tally) + 1e-9
    }


def measured(setting: Setting, clusters: Clusters, rng: Rng, surveys: int) -> tuple[Result, Result]:
    """Hold some surveys; returns all tallies, and those that exceed their limit.

    Of a thousand harmless attackers some exceed three standard errors: whoever does is measured
    again on fresh surveys, twice at most, and only who exceeds every time is reported.
    """
    found = _several(setting, clusters, rng, surveys)
    beyond = exceeding(found)
    for _ in range(2):
        if beyond and not setting.weakness:
            again = exceeding(_several(setting, clusters, rng, surveys))
            beyond = {key: tally for key, tally in again.items() if key in beyond}
    return found, beyond


def _several(setting: Setting, clusters: Clusters, rng: Rng, surveys: int) -> Result:
    total: Result = {}
    for _ in range(surveys):
        for key, tally in rob(setting, clusters, rng).items():
            total[key] = total.get(key, Tally()) + tally
    return total


def best(found: Result) -> Iterator[tuple[str, str, Attacker, Tally]]:
    """Give the attacker who learned most, by moment and kind of trace."""
    chosen: dict[tuple[str, str], tuple[Attacker, Tally]] = {}
    for (moment, attacker), tally in found.items():
        key = (moment, attacker.kind if attacker.on_rows else f"{attacker.kind} (files)")
        if key not in chosen or tally.share > chosen[key][1].share:
            chosen[key] = (attacker, tally)
    for (moment, kind), (attacker, tally) in chosen.items():
        yield moment, kind, attacker, tally
