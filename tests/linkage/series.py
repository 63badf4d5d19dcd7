"""One survey whose stores are copied every hour: live, and by the product's own backups."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from survey_app.crypto import sealing
from tests.linkage.arrivals import OFFICE_MINUTES, Rng, office_days
from tests.linkage.attackers import copies, opening_key
from tests.linkage.backup_copies import Backups
from tests.linkage.measures import Tally
from tests.linkage.simulation import Fieldwork, fieldwork
from tests.linkage.stores import SIDES, Clusters, Places, places

HOUR = 60
CADENCES = {"hourly": 1, "daily": OFFICE_MINUTES // HOUR}
LIVE, BACKUPS = "copies of the live stores", "backups with their keys"
KEY_BEFORE, KEY_AFTER = "opening key, before the close", "opening key and an old copy"
KEEPER = "keeper's key, before the close"
SIZES = "sizes of backups"


@dataclass
class Watch:
    """Everything that was copied of one survey."""

    survey: Fieldwork
    stores: Places
    backups: Mapping[str, Backups]
    live: dict[str, list[set[bytes]]]

    def copy(self) -> None:
        """Copy both sides once more."""
        for side in SIDES:
            self.backups[side].make()
            self.live[side].append(self.stores.copiers[side].present(self._rows(side)))

    def of_backups(self) -> dict[str, list[set[bytes]]]:
        """Read all backups, which their keys open."""
        return {side: self.backups[side].present(self._rows(side)) for side in SIDES}

    def _rows(self, side: str) -> Mapping[bytes, int]:
        survey = self.survey
        return survey.person_of_claim if side == "identity" else survey.cast


def attack_series(
    engine: str, people: int, strata_number: int, clusters: Clusters, rng: Rng
) -> dict[str, Tally]:
    """Hold a survey of ten days, copy it every hour, and try what the copies tell."""
    strata = [f"s{person % strata_number}" for person in rng.permutation(people)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        stores = stack.enter_context(places(engine, clusters))
        keeper = sealing.generate_opening_key()
        survey = stack.enter_context(fieldwork(stores.settings, strata, keeper))
        backups = {
            side: Backups(stores.settings[side], survey.stores[side], folder) for side in SIDES
        }
        watch = Watch(survey, stores, backups, {side: [] for side in SIDES})
        return dict(_attacks(watch, rng))


def _attacks(watch: Watch, rng: Rng) -> Iterator[tuple[str, Tally]]:
    survey = watch.survey
    hour = float(HOUR)
    for event in office_days(len(survey.strata), rng):
        while event.minute > hour:
            watch.copy()
            hour += HOUR
        survey.happen(event)
    sealed = {ballot.sealed for ballot in survey.ballots.values()}
    stolen_copy = watch.stores.copiers["answers"].present(sealed)
    yield KEY_BEFORE, opening_key.by_statisticians(survey, stolen_copy)
    yield KEEPER, opening_key.by_keeper(survey, stolen_copy)
    for kind, contents in ((LIVE, watch.live), (BACKUPS, watch.of_backups())):
        for cadence, hours in CADENCES.items():
            yield f"{cadence} {kind}", _linked(watch, contents, hours, rng)
        yield f"one of the {kind}", _linked(watch, contents, len(contents["answers"]) // 2 + 1, rng)
    yield SIZES, _told_by_sizes(watch)
    survey.close()
    yield KEY_AFTER, opening_key.by_statisticians(survey, stolen_copy)


def _linked(
    watch: Watch, contents: Mapping[str, Sequence[set[bytes]]], hours: int, rng: Rng
) -> Tally:
    """Give what the best attacker learned from every so many copies."""
    survey = watch.survey
    claims, ballots = (contents[side][hours - 1 :: hours] for side in SIDES)
    truth = (survey.person_of_claim, survey.cast)
    attackers = copies.attack(claims, ballots, truth, survey.strata, rng)
    return max(attackers.values(), key=lambda tally: tally.share)


def _told_by_sizes(watch: Watch) -> Tally:
    """Count the ballots and claims that a change of a file's size tells apart."""
    changes = sum(
        size != before
        for side in SIDES
        for before, size in zip(
            watch.backups[side].sizes, watch.backups[side].sizes[1:], strict=False
        )
    )
    return Tally(changes, 0, len(watch.survey.cast) * len(SIDES))
