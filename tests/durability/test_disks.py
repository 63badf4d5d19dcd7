"""A disk that is full or read-only: one clear refusal, nothing half written, and on it goes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import urllib3
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from survey_app.respondent.protocol import SignedBallot
from survey_app.storage.database import Database
from tests.clusters import NOBODY, Cluster
from tests.conftest import ENGINES, urls_of
from tests.durability.disks import MEANS, Disk, limited, processes_of, read_only, small_disk
from tests.installation import Installation, stratum
from tests.public import Reply, Survey

STRATA = [stratum("north", unit="North", population=400, sample=200)]
SENTENCES = {
    "en": "The server cannot use its store at the moment. Please try again later.",
    "zh-CN": "服务器暂时无法读写它的库，请稍后再试。",
}
ENOUGH = 60
"""So many more rows do not fit into what is left of a page."""
SEGMENT = 16 * 1024 * 1024
"""The size of a file of PostgreSQL's write-ahead log, which must still fit below the limit."""
FILLER = """
INSERT INTO ballot SELECT decode(md5('a' || i) || md5('b' || i), 'hex'), 'autumn', 'filler',
decode(md5('c' || i) || md5('d' || i), 'hex'), decode(repeat(md5('e' || i), 119), 'hex')
FROM generate_series(1, 9000) AS i
"""

Attempt = Callable[[], Reply]


@contextmanager
def sqlite_that_fills(installation: Installation, means: str) -> Iterator[Disk]:
    with ExitStack() as stack:
        if means == "disk":
            yield stack.enter_context(small_disk(installation.instance, 4))
        else:
            yield limited(
                lambda: processes_of(installation.server.pid) if installation.server else [], 0
            )


@contextmanager
def postgresql_that_fills(installation: Installation, means: str) -> Iterator[Disk]:
    """Two clusters, of which that of the answers gets full."""
    with ExitStack() as stack:
        identity = Cluster()
        stack.callback(identity.remove)
        place = Path(stack.enter_context(TemporaryDirectory(prefix="disk-")))
        place.chmod(0o711)  # the server is not the account that runs the tests
        disk = stack.enter_context(small_disk(place, 160)) if means == "disk" else None
        answers = Cluster(place / "answers")
        stack.callback(answers.remove)
        installation.urls = urls_of({"identity": identity, "answers": answers})
        yield disk or limited(lambda: answers.processes, SEGMENT, account=NOBODY)


FILLING = {"sqlite": sqlite_that_fills, "postgresql": postgresql_that_fills}


@pytest.fixture(params=[(engine, means) for engine in ENGINES for means in MEANS])
def filling(
    request: pytest.FixtureRequest, installation: Installation
) -> Iterator[tuple[Survey, Disk]]:
    """A survey under way, and the disk that makes its disk full."""
    engine, means = request.param
    with FILLING[engine](installation, means) as disk:
        survey = Survey(installation, "autumn", installation.campaign("autumn", STRATA))
        if (engine, means) == ("postgresql", "limit"):
            installation.change("answers", FILLER)
        installation.serve()
        yield survey, disk
        installation.stop()


def receipts(survey: Survey) -> set[str]:
    ballots = survey.installation.ballots("autumn")
    assert set(ballots.values()) <= {1}
    return {receipt for stratum, receipt in ballots if stratum != "filler"}


def until_refused(attempts: Sequence[Attempt]) -> tuple[int, Reply]:
    """Try one after the other: how many were taken, and the first refusal."""
    for number, attempt in enumerate(attempts):
        reply = attempt()
        if reply.status >= 400:
            return number, reply
    raise AssertionError(f"all {len(attempts)} were taken")


def check_refusal(reply: Reply, language: str = "en") -> None:
    assert (reply.status, reply.json()) == (
        503,
        {"error": "store_unavailable", "message": SENTENCES[language]},
    )


def cast_in(survey: Survey, ballot: SignedBallot, language: str) -> Reply:
    return survey.post("respond", "ballots", ballot.fields, language=language)


def test_a_full_disk_refuses_ballots_and_takes_them_when_there_is_room(
    filling: tuple[Survey, Disk],
) -> None:
    survey, disk = filling
    ballots = [survey.ballot(survey.credential()) for _ in range(ENOUGH)]
    acknowledged = {ballots[0].receipt.hex()}
    assert survey.cast(ballots[0]).status == 201

    disk.fill()
    for language in SENTENCES:  # what a refusal gave back may be room for a few more
        attempts = [
            partial(cast_in, survey, cast_ballot, language)
            for cast_ballot in ballots[len(acknowledged) :]
        ]
        number, refusal = until_refused(attempts)
        acknowledged |= {
            cast_ballot.receipt.hex() for cast_ballot in ballots[len(acknowledged) :][:number]
        }
        check_refusal(refusal, language)
    assert receipts(survey) == acknowledged

    disk.clear()
    for ballot in ballots:
        assert survey.cast(ballot).status == 201
    assert receipts(survey) == {cast_ballot.receipt.hex() for cast_ballot in ballots}


@pytest.mark.parametrize("means", MEANS)
def test_a_full_disk_spends_no_code(installation: Installation, means: str) -> None:
    with sqlite_that_fills(installation, means) as disk:
        survey = Survey(installation, "autumn", installation.campaign("autumn", STRATA))
        installation.serve()
        blinded = to_text(blind_rsa.blind(survey.key(), b"a").blinded)
        body = {"code": survey.code(), "stratum": "north", "blinded": blinded}
        before = installation.stored_rows()

        disk.fill()
        check_refusal(survey.post("issue", "credentials", body))
        assert installation.stored_rows() == before

        disk.clear()
        assert survey.post("issue", "credentials", body).status == 200
        installation.stop()


def test_a_folder_that_is_read_only_refuses_and_goes_on_afterwards(
    installation: Installation,
) -> None:
    survey = Survey(installation, "autumn", installation.campaign("autumn", STRATA))
    installation.serve()
    ballot = survey.ballot(survey.credential())
    blinded = to_text(blind_rsa.blind(survey.key(), b"a").blinded)
    body = {"code": survey.code(), "stratum": "north", "blinded": blinded}
    before = installation.stored_rows()

    for round_ in range(2):
        with (
            read_only(installation.instance / "answers"),
            read_only(installation.instance / "identity"),
        ):
            if round_:  # connections opened while the disk was read-only are replaced
                installation.kill()
                installation.serve()
            check_refusal(survey.cast(ballot))
            check_refusal(cast_in(survey, ballot, "zh-CN"), "zh-CN")
            check_refusal(survey.post("issue", "credentials", body))
            code, output, errors = installation.run("manage", "close", "autumn")
            assert (code, output) == (2, ""), errors
            assert SENTENCES["en"] in errors
        assert installation.stored_rows() == before

    assert survey.cast(ballot).json()["receipt"] == ballot.receipt.hex()
    assert survey.post("issue", "credentials", body).status == 200


def test_a_database_that_only_reads_refuses_and_goes_on_afterwards(
    installation: Installation, clusters: dict[str, Cluster]
) -> None:
    for cluster in clusters.values():
        cluster.drop_others()
        cluster.empty()
    installation.urls = urls_of(clusters)
    survey = Survey(installation, "autumn", installation.campaign("autumn", STRATA))
    installation.serve()
    ballot = survey.ballot(survey.credential())
    blinded = to_text(blind_rsa.blind(survey.key(), b"a").blinded)
    body = {"code": survey.code(), "stratum": "north", "blinded": blinded}
    before = installation.stored_rows()

    for cluster in clusters.values():
        cluster.let_only_read()
    try:
        check_refusal(survey.cast(ballot))
        check_refusal(survey.post("issue", "credentials", body))
        assert installation.stored_rows() == before
    finally:
        for cluster in clusters.values():
            cluster.let_write()

    assert survey.cast(ballot).json()["receipt"] == ballot.receipt.hex()
    assert survey.post("issue", "credentials", body).status == 200


@contextmanager
def sqlite_that_only_reads(
    installation: Installation, _request: pytest.FixtureRequest
) -> Iterator[None]:
    with (
        read_only(installation.instance / "answers"),
        read_only(installation.instance / "identity"),
    ):
        yield


@contextmanager
def postgresql_that_only_reads(
    _installation: Installation, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Databases whose new connections only read, and stay so for as long as they are open."""
    clusters: dict[str, Cluster] = request.getfixturevalue("clusters")
    for value in ("on", "off"):
        for cluster in clusters.values():
            with cluster.connect() as connection:
                connection.execute("SET default_transaction_read_only = off")
                setting = f"ALTER DATABASE survey SET default_transaction_read_only = {value}"
                connection.execute(setting.encode())
        if value == "on":
            yield


ONLY_READING = {"sqlite": sqlite_that_only_reads, "postgresql": postgresql_that_only_reads}


@pytest.mark.parametrize("engine", ENGINES)
def test_who_read_while_nothing_could_be_written_turns_no_respondent_away(
    engine: str, installation: Installation, request: pytest.FixtureRequest
) -> None:
    if engine == "postgresql":
        clusters = request.getfixturevalue("clusters")
        for cluster in clusters.values():
            cluster.drop_others()
            cluster.empty()
        installation.urls = urls_of(clusters)
    survey = Survey(installation, "autumn", installation.campaign("autumn", STRATA))
    installation.serve()
    ballots = [survey.ballot(survey.credential()) for _ in range(12)]
    address = f"{installation.base}/respond/autumn/"
    installation.stop()

    with ONLY_READING[engine](installation, request):
        installation.serve()
        with ThreadPoolExecutor(16) as readers:
            pages = list(readers.map(lambda _: urllib3.request("GET", address).status, range(64)))
        assert set(pages) == {200}
        check_refusal(survey.cast(ballots[0]))

    assert [survey.cast(ballot).status for ballot in ballots] == [201] * len(ballots)
    assert survey.credential().signature


def test_a_connection_that_could_not_write_keeps_no_lock(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    store = Database(f"sqlite:///{folder / 'store'}.sqlite")
    with store.begin() as session:
        session.execute(text("CREATE TABLE answer (number INTEGER)"))
    store.engine.dispose()
    insert = text("INSERT INTO answer VALUES (1)")

    with read_only(folder):
        with pytest.raises(OperationalError) as refusal, store.begin() as session:
            session.execute(insert)
        with store.read() as session:
            session.execute(text("SELECT * FROM answer")).all()
    with store.begin() as session:
        session.execute(insert)

    assert refusal.tb is not None, "what was refused is still held"
    store.engine.dispose()
