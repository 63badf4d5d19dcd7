"""Everything that is tried besides the order of rows: who asks, copies, plans, polls and reads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import urls_of
from tests.installation import Installation, stratum
from tests.linkage.arrivals import Rng
from tests.linkage.attackers import codes, counts, designs, known_ballots, phone
from tests.linkage.insiders import inside, posted
from tests.linkage.limits import (
    Limit,
    every_pool,
    every_tenth,
    not_promised,
    nothing,
    pool,
)
from tests.linkage.measures import Tally
from tests.linkage.results import Line
from tests.linkage.series import (
    BACKUPS,
    KEEPER,
    KEY_AFTER,
    KEY_BEFORE,
    LIVE,
    SIZES,
    attack_series,
)
from tests.linkage.stores import Clusters
from tests.public import Survey

LIST_AGAIN, POLLING = "a list made again", "codes polled"
REPLACED, SPENDING = "replaced codes", "codes spent"
NINE_OF_TEN = "nine known ballots of ten"
STORAGE, HISTORY = "a phone: the page's storage", "a phone: what the browser keeps"
LIMITS: Mapping[str, Limit] = {
    LIST_AGAIN: nothing,
    POLLING: nothing,
    REPLACED: nothing,
    SPENDING: not_promised,
    NINE_OF_TEN: not_promised,
    KEY_BEFORE: nothing,
    KEY_AFTER: nothing,
    KEEPER: nothing,
    SIZES: every_pool,
    **{f"{cadence} {BACKUPS}": pool for cadence in ("hourly", "daily", "one of the")},
    **{f"{cadence} {LIVE}": not_promised for cadence in ("hourly", "daily")},
    f"one of the {LIVE}": not_promised,
    **{f"a plan: {name}": nothing for name in designs.designs()},
    **{f"counts polled: {site}": every_tenth for site in ("issue", "respond", "manage", "analyse")},
    f"{STORAGE}, by a link": nothing,
    f"{STORAGE}, code typed": nothing,
    f"{HISTORY}, by a link": not_promised,
    f"{HISTORY}, code typed": nothing,
}
PEOPLE, STRATA = 131, 8
ANSWERS_POLLED = 22


def lines(engine: str, clusters: Clusters, rng: Rng) -> Iterator[Line]:
    """Try everything on an engine; what no engine changes, on SQLite alone."""
    tallies = dict(_about_codes(engine, clusters))
    for name, tally in tallies.items():
        yield Line.of(name, engine, tally, LIMITS[name])
    for name, tally in attack_series(engine, PEOPLE, STRATA, clusters, rng).items():
        yield Line.of(name, engine, tally, LIMITS[name], strata=STRATA)
    if engine == "sqlite":
        for name, tally in _on_any_engine():
            yield Line.of(name, "", tally, LIMITS[name])


def _about_codes(engine: str, clusters: Clusters) -> Iterator[tuple[str, Tally]]:
    urls = {}
    if engine == "postgresql":
        for cluster in clusters.values():
            cluster.empty()
        urls = urls_of(dict(clusters))
    with TemporaryDirectory() as folder, inside(Path(folder), posted(), urls) as campaign:
        learned = codes.attack(campaign)
    yield LIST_AGAIN, learned.from_a_new_list
    yield POLLING, learned.by_polling
    yield REPLACED, learned.from_replaced_codes
    yield SPENDING, learned.by_spending


def _on_any_engine() -> Iterator[tuple[str, Tally]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for plan, tally in designs.attack(folder / "designs").items():
            yield f"a plan: {plan}", tally
        yield from _counts_polled(folder / "counts")
        yield NINE_OF_TEN, _nine_known(folder / "known")
        yield from _phones(folder)


def _counts_polled(folder: Path) -> Iterator[tuple[str, Tally]]:
    strata = [stratum(name, population=60, sample=30) for name in ("north", "south")]
    with inside(folder, strata) as campaign:
        rows = campaign.make_list("codes.csv")
        north = [row["code"] for row in rows if row["stratum"] == "north"]
        for site, tally in counts.attack(campaign, north[:ANSWERS_POLLED], "north").items():
            yield f"counts polled: {site}", tally


def _nine_known(folder: Path) -> Tally:
    with inside(folder, [stratum("north", population=20, sample=10)]) as campaign:
        rows = campaign.make_list("codes.csv")
        return known_ballots.attack(campaign, [row["code"] for row in rows], "north")


def _phones(folder: Path) -> Iterator[tuple[str, Tally]]:
    with _served(folder / "served") as survey:
        for way, by_link in (("by a link", True), ("code typed", False)):
            remains = phone.attack(survey, folder / way, by_link=by_link)
            yield f"{STORAGE}, {way}", remains.in_storage
            yield f"{HISTORY}, {way}", remains.elsewhere


@contextmanager
def _served(folder: Path) -> Iterator[Survey]:
    """A survey on a server that runs."""
    installation = Installation(folder)
    listed = installation.campaign("autumn", [stratum("north", population=60, sample=20)])
    installation.start()
    try:
        yield Survey(installation, "autumn", listed)
    finally:
        installation.stop()
