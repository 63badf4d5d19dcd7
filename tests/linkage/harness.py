"""Surveys that are robbed: twice during collection, after the close, after the opening."""

from collections.abc import Iterator
from dataclasses import dataclass

from survey_app.storage.pool import MOST
from tests.linkage.arrivals import OFFICE_MINUTES, Rng, Timetable
from tests.linkage.attackers import Attacker, Side, Tally, attack
from tests.linkage.simulation import Fieldwork, fieldwork, owned
from tests.linkage.stores import SIDES, Clusters, Places, places

DURING, BETWEEN = "during collection", "between two thefts"
LATE, AFTER_CLOSE = "between a theft and the close", "after the close"
AFTER_OPENING, RECEIPTS = "after the opening", "receipts, after the opening"
Result = dict[tuple[str, Attacker], Tally]


@dataclass(frozen=True)
class Setting:
    """One kind of survey."""

    engine: str
    timetable: Timetable
    strata: int
    people: int = 200
    weakness: str = ""


def attack_stores(setting: Setting, clusters: Clusters, rng: Rng) -> Result:
    """Hold one survey and run every attacker at every moment."""
    strata = [f"s{person % setting.strata}" for person in rng.permutation(setting.people)]
    with (
        places(setting.engine, clusters, setting.weakness) as stores,
        fieldwork(stores.settings, strata) as survey,
    ):
        return _attack_stores(setting, stores, survey, strata, rng)


def _attack_stores(
    setting: Setting, stores: Places, survey: Fieldwork, strata: list[str], rng: Rng
) -> Result:
    events = setting.timetable(setting.people, rng)
    first, second = (int(len(events) * rng.uniform(*part)) for part in ((0.4, 0.6), (0.7, 0.9)))
    results: Result = {}

    def record_attack(moment: str, claims: Side, ballots: Side) -> None:
        for attacker, tally in attack(claims, ballots, strata, rng).items():
            key = (moment, attacker)
            results[key] = results.get(key, Tally()) + tally

    logged, identifiers = -1.0, (set[bytes](), set[bytes]())
    for number, event in enumerate(events):
        while event.minute > logged + OFFICE_MINUTES / 4:
            logged = max(logged, 0) + OFFICE_MINUTES / 4
            survey.log(logged)
        if setting.weakness == "timestamp":
            _tell_the_time(stores, event.minute)
        survey.happen(event)
        if number in (first, second):
            claims, ballots = _copied(stores, survey)
            record_attack(DURING, claims, ballots)
            if number == second:
                new = (set(claims.truth) - identifiers[0], set(ballots.truth) - identifiers[1])
                record_attack(BETWEEN, claims.only(new[0]), ballots.only(new[1]))
            identifiers = (set(claims.truth), set(ballots.truth))
    survey.close()
    claims, ballots = _copied(stores, survey)
    record_attack(AFTER_CLOSE, claims, ballots)
    new = (set(claims.truth) - identifiers[0], set(ballots.truth) - identifiers[1])
    record_attack(LATE, claims.only(new[0]), ballots.only(new[1]))
    if setting.people >= 20 * setting.strata:
        survey.open()
        sheets = Side(stores.copiers["answers"].take(survey.sheets), survey.sheets)
        record_attack(AFTER_OPENING, claims, sheets)
        record_attack(RECEIPTS, _copied(stores, survey)[1], sheets)
    return results


def _copied(stores: Places, survey: Fieldwork) -> tuple[Side, Side]:
    claims, ballots = dict(survey.person_of_code), dict(survey.cast)
    return (
        Side(stores.copiers["identity"].take(claims), claims),
        Side(stores.copiers["answers"].take(ballots), ballots),
    )


def _tell_the_time(stores: Places, minute: float) -> None:
    for side in SIDES:
        with owned(stores.settings[side]) as store, store.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE clock SET minute = {minute}")


def largest_share(moment: str, tally: Tally) -> float:
    """Give the share that may be linked: chance, and 2/k of the rows that are still pending."""
    return max(2 / MOST, tally.limit) if moment in (DURING, BETWEEN) else tally.limit


def has_limit(moment: str, attacker: Attacker) -> bool:
    """Whether a limit is promised: not for the files of a PostgreSQL server that still collects."""
    return attacker.on_rows or moment not in (DURING, BETWEEN)


def over_the_limit(results: Result) -> Result:
    """Keep the attackers who learned more than is promised."""
    return {
        (moment, attacker): tally
        for (moment, attacker), tally in results.items()
        if has_limit(moment, attacker) and tally.share > largest_share(moment, tally) + 1e-9
    }


def measured(setting: Setting, clusters: Clusters, rng: Rng, surveys: int) -> tuple[Result, Result]:
    """Hold some surveys; returns all tallies, and those that exceed their limit.

    Of a thousand harmless attackers some exceed three standard errors: those are measured
    again on fresh surveys, twice at most, and only who exceeds every time is reported.
    """
    results = _several(setting, clusters, rng, surveys)
    beyond = over_the_limit(results)
    for _ in range(2):
        if beyond and not setting.weakness:
            again = over_the_limit(_several(setting, clusters, rng, surveys))
            beyond = {key: tally for key, tally in again.items() if key in beyond}
    return results, beyond


def _several(setting: Setting, clusters: Clusters, rng: Rng, surveys: int) -> Result:
    total: Result = {}
    for _ in range(surveys):
        for key, tally in attack_stores(setting, clusters, rng).items():
            total[key] = total.get(key, Tally()) + tally
    return total


def best(results: Result) -> Iterator[tuple[str, str, Attacker, Tally]]:
    """Give the attacker who learned most, by moment and kind of trace."""
    attackers: dict[tuple[str, str], tuple[Attacker, Tally]] = {}
    for (moment, attacker), tally in results.items():
        key = (moment, attacker.kind if attacker.on_rows else f"{attacker.kind} (files)")
        if key not in attackers or tally.share > attackers[key][1].share:
            attackers[key] = (attacker, tally)
    for (moment, kind), (attacker, tally) in attackers.items():
        yield moment, kind, attacker, tally
