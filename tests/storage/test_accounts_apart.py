"""The public site of a side has an account of its own, which may do what it needs and no more."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from survey_app import composition, create_app
from survey_app.config import Settings
from survey_app.crypto import blind_rsa
from survey_app.crypto.credentials import credential_message
from survey_app.crypto.encoding import from_text, to_text
from survey_app.documents.manifest import PublishedManifest, parse
from survey_app.respondent.protocol import Credential, seal_ballot
from survey_app.sides import SIDES
from survey_app.storage import doctor, pool
from survey_app.storage.migrations import prepared
from survey_app.web.internal_port import readiness_of
from tests.clusters import Cluster
from tests.conftest import urls_of
from tests.installation import Installation, stratum

STATEMENTS = {
    "SELECT": "SELECT 1 FROM {0}",
    "INSERT": "INSERT INTO {0} DEFAULT VALUES",
    "UPDATE": "UPDATE {0} SET {1} = {1}",
    "DELETE": "DELETE FROM {0}",
    "TRUNCATE": "TRUNCATE {0}",
}
RIGHTS = [
    (side.name, table, right)
    for side in SIDES.values()
    if side.public_site
    for table, rights in side.public_site.rights
    for right in rights
]


@pytest.fixture(scope="module")
def survey(clusters: dict[str, Cluster], tmp_path_factory: pytest.TempPathFactory) -> "Survey":
    """A campaign that collects, and its two public sites under their own accounts."""
    for cluster in clusters.values():
        cluster.drop_others()
        cluster.empty()
    installation = Installation(tmp_path_factory.mktemp("apart") / "i", urls=urls_of(clusters))
    codes = installation.campaign("autumn", [stratum("north", population=400, sample=300)])
    published = (installation.folder / "autumn.published.json").read_bytes()
    return Survey(installation, clusters, codes["north"], parse(PublishedManifest, published))


class Survey:
    """What respondents do, asked of sites in this process that have forgotten nothing yet."""

    def __init__(
        self,
        installation: Installation,
        clusters: Mapping[str, Cluster],
        codes: list[str],
        manifest: PublishedManifest,
    ) -> None:
        self.clusters, self.codes, self.manifest = clusters, codes, manifest
        addresses = {
            name.removeprefix("SURVEY_").lower(): url for name, url in installation.urls.items()
        }
        options: dict[str, Any] = {"instance": installation.instance, "totp": False, **addresses}
        self.settings = Settings(**options)

    @contextmanager
    def site(self, name: str) -> Iterator[FlaskClient]:
        app = create_app(name, self.settings.of(name))
        try:
            yield app.test_client()
        finally:
            app.extensions["store"].engine.dispose()

    def claim(self) -> Credential:
        """Learn a code's stratum, and buy a credential with it."""
        north = self.manifest.strata[0]
        code = self.codes.pop()
        content = credential_message(self.manifest.edition, "autumn", "north", bytes(32))
        state, second = (blind_rsa.blind(north.key, blind_rsa.prepare(content)) for _ in range(2))
        with self.site("issue") as client:
            assert client.post("/autumn/stratum", json={"code": code}).status_code == 200
            body = {"code": code, "stratum": "north", "blinded": to_text(state.blinded)}
            answer = client.post("/autumn/credentials", json=body)
            assert answer.status_code == 200
            body["blinded"] = to_text(second.blinded)
            assert client.post("/autumn/credentials", json=body).status_code == 409
            assert client.get("/autumn/counts.json").status_code == 409
        self.check_ready("issue")
        signed = from_text(json.loads(answer.text)["signature"])
        signature = blind_rsa.finalize(north.key, state, signed)
        return Credential(state.message, signature)

    def cast(self, credential: Credential) -> None:
        """Cast a ballot, and look at all that is published."""
        north = self.manifest.strata[0]
        sheet = bytes(len(self.manifest.questions(north).codes))
        ballot = seal_ballot(self.manifest, north, credential, sheet)
        with self.site("respond") as client:
            assert client.get("/autumn/").status_code == 200
            assert client.post("/autumn/ballots", json=ballot.fields).status_code == 201
            assert client.get("/autumn/turnout.json").status_code == 200
            assert client.get("/autumn/receipts.json").status_code == 409
        self.check_ready("respond")

    def check_ready(self, site: str) -> None:
        assert readiness_of(self.settings.of(site))["migrations"]


def tables_of(side: str) -> list[tuple[str, str]]:
    """Each table of a side with one of its columns."""
    tables = composition(side).staff().metadata.tables.values()
    return [(table.name, next(iter(table.columns)).name) for table in tables]


@pytest.mark.parametrize("side", SIDES)
def test_the_public_account_is_refused_all_that_is_not_listed(survey, side):
    with survey.clusters[side].connect("visitor") as connection:
        for table, column in [*tables_of(side), ("alembic_version", "version_num")]:
            for right, statement in STATEMENTS.items():
                if {(side, table, right), (side, table, f"{right} ({column})")} & {*RIGHTS}:
                    continue
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.format(table, column))


@pytest.mark.parametrize(
    ("side", "statement"),
    [
        ("identity", "UPDATE campaign SET step = 'closed'"),
        ("answers", "UPDATE campaign SET box = 'opened'"),
        ("answers", "UPDATE ballot SET sealed = NULL"),
        ("answers", "DELETE FROM pool"),
        *(
            (side, statement)
            for side in SIDES
            for statement in (
                "CREATE TABLE seen (at timestamptz)",
                "SELECT rewrite_table('audit')",
                "SELECT forget_log()",
                "SELECT pg_read_file('PG_VERSION')",
                "COPY campaign TO PROGRAM 'true'",
                "SET ROLE service",
            )
        ),
    ],
)
def test_the_public_account_has_no_power_over_campaigns_and_server(survey, side, statement):
    with (
        survey.clusters[side].connect("visitor") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


@pytest.mark.parametrize("side", SIDES)
def test_the_right_that_locks_a_campaign_renames_none(survey, side):
    if side == "answers":
        survey.cast(survey.claim())  # there is a ballot in it
    with (
        survey.clusters[side].connect("visitor") as connection,
        pytest.raises(psycopg.errors.ForeignKeyViolation),
    ):
        connection.execute("UPDATE campaign SET campaign = 'other'")


@pytest.mark.parametrize(("side", "table", "right"), RIGHTS)
def test_no_right_is_listed_that_the_public_site_does_not_use(
    survey, side, table, right, monkeypatch
):
    monkeypatch.setattr(pool, "MOST", 2)
    monkeypatch.setattr(pool, "STAYING", 1)

    def respond() -> None:
        for _ in range(3):  # so that some leave the pool
            credential = survey.claim()
            if side == "answers":
                survey.cast(credential)

    with survey.clusters[side].connect("owner") as connection:
        connection.execute("DELETE FROM pool")
        connection.execute(f"REVOKE {right} ON {table} FROM visitor".encode())
        try:
            with pytest.raises(AssertionError):
                respond()
        finally:
            connection.execute(f"GRANT {right} ON {table} TO visitor".encode())
    respond()


@pytest.mark.parametrize("site", ["manage", "analyse"])
def test_the_doctor_names_a_public_account_that_may_do_too_much(survey, site):
    settings = survey.settings.of(site)
    cluster = survey.clusters[settings.side]
    assert doctor.findings(settings) == []
    with cluster.connect("owner") as connection:
        connection.execute(
            "GRANT SELECT ON staff, audit TO visitor; GRANT UPDATE (role) ON staff TO PUBLIC"
        )
        connection.execute("GRANT EXECUTE ON FUNCTION forget_log() TO visitor")
    (finding,) = doctor.findings(settings)
    assert finding.name == "public_rights"
    for excess in ("SELECT on staff", "UPDATE (role) on staff", "EXECUTE on forget_log"):
        assert excess in finding.value

    with cluster.connect("owner") as connection:
        connection.execute("REVOKE UPDATE (role) ON staff FROM PUBLIC")
    prepared(settings).engine.dispose()
    assert doctor.findings(settings) == []


@pytest.mark.parametrize("public_url", [None, "service_url", "owner_url", "nobody"])
def test_the_doctor_names_a_public_site_without_an_account_of_its_own(
    clusters, tmp_path, public_url
):
    cluster = clusters["answers"]
    cluster.empty()
    options: dict[str, Any] = {
        "answers_url": cluster.service_url,
        "answers_owner_url": cluster.owner_url,
        "answers_public_url": public_url
        and getattr(cluster, public_url, "postgresql://nobody@h/d"),
    }
    settings = Settings(instance=tmp_path, **options).of("analyse")
    if public_url != "nobody":
        prepared(settings).engine.dispose()

    names = {finding.name for finding in doctor.findings(settings)}

    expected = {"service_owns_tables", "service_creates"} if public_url == "owner_url" else set()
    assert names >= (expected or {"public_account"})


def test_the_doctor_names_folders_of_the_staff_that_others_enter(survey):
    settings = survey.settings.of("manage")
    settings.settle()
    left_file = settings.shared_folder / "roster.key"
    try:
        settings.folder.chmod(0o750)
        (finding,) = doctor.findings(settings)
        assert (finding.name, finding.value) == ("staff_files", str(settings.folder))

        settings.folder.chmod(0o700)
        settings.shared_folder.chmod(0o750)
        assert doctor.findings(settings) == []
        settings.secret_file("roster").rename(left_file)
        (finding,) = doctor.findings(settings)
        assert (finding.name, finding.value) == ("staff_files", str(left_file))
    finally:
        settings.settle()
        settings.shared_folder.chmod(0o700)

    assert not left_file.exists()
    assert doctor.findings(settings) == []
