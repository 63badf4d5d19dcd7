"""Surveys that are robbed: while they collect, after the close, after the opening."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_app.crypto import sealing
from tests.linkage.arrivals import OFFICE_MINUTES, Rng, Timetable
from tests.linkage.attackers import likelihood, ranks
from tests.linkage.limits import Limit, chance, exceeds, not_promised, pool
from tests.linkage.measures import Attacker, Side, Tally, Theft
from tests.linkage.simulation import Fieldwork, fieldwork, owned
from tests.linkage.stores import SIDES, Clusters, Places, places

DURING, AFTER_CLOSE = "during collection", "after the close"
STRIPPED = "receipts, after the keeper"
AFTER_OPENING, RECEIPTS = "after the opening", "receipts, after the opening"
LIMITS: dict[str, Limit] = {
    DURING: pool,
    AFTER_CLOSE: chance,
    STRIPPED: chance,
    AFTER_OPENING: chance,
    RECEIPTS: chance,
}
ROUNDS = 3
Result = dict[tuple[str, Attacker], Tally]


@dataclass(frozen=True)
class Setting:
    """One kind of survey: so many people answer, in so many strata."""

    engine: str
    timetable: Timetable
    strata: int
    people: int
    weakness: str = ""


def attack_stores(setting: Setting, clusters: Clusters, rng: Rng, surveys: int) -> Result:
    """Hold some surveys and run every attacker at every moment."""
    robberies = [rob(setting, clusters, rng) for _ in range(surveys)]
    results: Result = {}
    for moment in dict.fromkeys(moment for thefts in robberies for moment in thefts):
        thefts = [thefts[moment] for thefts in robberies if moment in thefts]
        tallies = [ranks.attack(theft, rng) for theft in thefts]
        for attackers in (*tallies, likelihood.attack(thefts, rng)):
            for attacker, tally in attackers.items():
                key = (moment, attacker)
                results[key] = results.get(key, Tally()) + tally
    return results


def rob(setting: Setting, clusters: Clusters, rng: Rng) -> dict[str, Theft]:
    """Hold one survey, and copy both stores at every moment."""
    strata = [f"s{person % setting.strata}" for person in rng.permutation(setting.people)]
    with (
        places(setting.engine, clusters, setting.weakness) as stores,
        fieldwork(stores.settings, strata, sealing.generate_opening_key()) as survey,
    ):
        _answer(setting, stores, survey, rng)
        return dict(_thefts(setting, stores, survey))


def _answer(setting: Setting, stores: Places, survey: Fieldwork, rng: Rng) -> None:
    logged = -1.0
    for event in setting.timetable(setting.people, rng):
        while event.minute > logged + OFFICE_MINUTES / 4:
            logged = max(logged, 0) + OFFICE_MINUTES / 4
            survey.log(logged)
        if setting.weakness == "timestamp":
            _tell_the_time(stores, event.minute)
        survey.happen(event)


def _thefts(setting: Setting, stores: Places, survey: Fieldwork) -> Iterator[tuple[str, Theft]]:
    turns = list(survey.cast.values())
    claims, ballots = _copied(stores, survey)
    yield DURING, Theft(claims, ballots, survey.strata, turns)
    survey.close()
    claims, ballots = _copied(stores, survey)
    yield AFTER_CLOSE, Theft(claims, ballots, survey.strata, turns)
    if setting.people >= 10 * setting.strata:
        survey.strip()
        stripped = survey.stripped_ballots()
        sealed = Side(stores.copiers["answers"].take(stripped), stripped)
        yield STRIPPED, Theft(_copied(stores, survey)[1], sealed, survey.strata, turns)
        survey.open()
        sheets = Side(stores.copiers["answers"].take(survey.sheets), survey.sheets)
        yield AFTER_OPENING, Theft(claims, sheets, survey.strata, turns)
        yield RECEIPTS, Theft(_copied(stores, survey)[1], sheets, survey.strata, turns)


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


def limit_of(moment: str, attacker: Attacker) -> Limit:
    """The limit that holds: none is promised for the files of a PostgreSQL that still collects."""
    files = moment == DURING and not attacker.on_rows
    return not_promised if files else LIMITS[moment]


def over_the_limit(results: Result) -> Result:
    """Keep the attackers who learned more than is promised."""
    return {
        (moment, attacker): tally
        for (moment, attacker), tally in results.items()
        if exceeds(limit_of(moment, attacker), tally)
    }


def measured(setting: Setting, clusters: Clusters, rng: Rng, surveys: int) -> tuple[Result, Result]:
    """Hold some surveys; returns all tallies, and those that exceed their limit.

    Of a thousand harmless attackers some exceed three standard errors: those are measured
    again on fresh surveys, twice at most, and only who exceeds every time is reported. Of the
    others the last figure stands. Where all is too much to be luck, nothing is measured again.
    """
    results = attack_stores(setting, clusters, rng, surveys)
    beyond = over_the_limit(results)
    for _ in range(ROUNDS - 1):
        if not all(tally.is_certain for tally in beyond.values()):
            fresh = attack_stores(setting, clusters, rng, surveys)
            results |= {key: fresh.get(key, Tally()) for key in beyond}
            beyond = over_the_limit({key: results[key] for key in beyond})
    return results, beyond


def best(results: Result) -> Iterator[tuple[str, str, Attacker, Tally]]:
    """Give the attacker who learned most, by moment and kind of trace."""
    attackers: dict[tuple[str, str], tuple[Attacker, Tally]] = {}
    for (moment, attacker), tally in results.items():
        key = (moment, attacker.kind if attacker.on_rows else f"{attacker.kind} (files)")
        if key not in attackers or tally.share > attackers[key][1].share:
            attackers[key] = (attacker, tally)
    for (moment, kind), (attacker, tally) in attackers.items():
        yield moment, kind, attacker, tally


def caught(results: Result, evidence: Sequence[str]) -> Tally | None:
    """Give what the best attacker learned from a weakness, if it is more than is promised."""
    beyond = [
        tally
        for (_, attacker), tally in over_the_limit(results).items()
        if {attacker.kind, attacker.pairing} & set(evidence)
    ]
    return max(beyond, key=lambda tally: tally.share, default=None)
