"""An installation that staff and respondents work with, and what one who belongs to it can try."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from survey_app import create_app
from survey_app.config import Settings
from survey_app.documents.manifest import KeyedStratum
from survey_app.respondent.protocol import (
    PublishedCampaign,
    cast,
    find_campaigns,
    obtain_credential,
    seal_ballot,
)
from tests.installation import Installation, Stratum, read_csv, stratum, write_csv
from tests.linkage.simulation import Direct
from tests.sites import sign_in

NAME, PASSWORD = "somebody", "correct horse battery"
BASE = "https://answers.example"
SITES = ("issue", "respond", "manage", "analyse")
_NOT_THE_SERVERS = {"Date", "Server"}
INVITED = 24


@dataclass(frozen=True)
class Reply:
    """What an outsider sees of a reply, and what the store was asked meanwhile."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    statements: tuple[str, ...]


@dataclass
class Inside:
    """One campaign of an installation: its sites, asked in this process, and its codes."""

    installation: Installation
    campaign: str
    sites: Mapping[str, Flask]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def published(self) -> PublishedCampaign:
        wire = Direct({name: site.test_client() for name, site in self.sites.items()})
        return find_campaigns(wire, BASE, self.campaign)[0]

    def client(self, site: str, *, fresh: bool = False) -> FlaskClient:
        """A visitor of a site; of a staff site, one who has signed in."""
        if fresh or site not in self.clients:
            self.clients[site] = self.sites[site].test_client()
            if site in ("manage", "analyse"):
                assert sign_in(self.clients[site], NAME, PASSWORD).status_code == 302
        return self.clients[site]

    def post(self, site: str, action: str, body: Mapping[str, str]) -> Reply:
        """Post as JSON, and note all that can be seen of the reply."""
        statements: list[str] = []

        def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        engine = self.sites[site].extensions["store"].engine
        event.listen(engine, "before_cursor_execute", listen)
        try:
            reply = self.client(site).post(f"/{self.campaign}/{action}", json=body)
        finally:
            event.remove(engine, "before_cursor_execute", listen)
        return _noted(reply, statements)

    def answer(self, code: str, stratum_id: str, answers: bytes | None = None) -> str:
        """Answer with a code, as the reference client does; gives the receipt."""
        campaign, its_stratum = self.published, self.stratum(stratum_id)
        wire = Direct({name: site.test_client() for name, site in self.sites.items()})
        sheet = answers or bytes(len(campaign.manifest.questions(its_stratum).codes))
        credential = obtain_credential(wire, campaign, its_stratum, code)
        return cast(
            wire, campaign, seal_ballot(campaign.manifest, its_stratum, credential, sheet)
        ).hex()

    def make_list(self, file: str, *options: object) -> list[dict[str, str]]:
        """Make a list of codes by the command, with another manager if it takes one; read it."""
        second = ("--second-manager", NAME, "--password-file", "password.txt")
        invite = ("manage", "invite", self.campaign, *second, *options)
        self.installation.cli(*invite, "--output", file)
        return read_csv(self.installation.folder / file)

    def stratum(self, name: str) -> KeyedStratum:
        """A stratum as the manifest has it."""
        its_stratum = self.published.manifest.stratum(name)
        assert its_stratum
        return its_stratum


def _noted(reply: TestResponse, statements: Sequence[str]) -> Reply:
    headers = tuple(
        (name, value) for name, value in sorted(reply.headers) if name not in _NOT_THE_SERVERS
    )
    return Reply(reply.status_code, reply.data, headers, tuple(statements))


@contextmanager
def inside(
    folder: Path, strata: Sequence[Stratum], urls: Mapping[str, str] | None = None
) -> Iterator[Inside]:
    """Take a campaign to where codes can be made, and open its four sites."""
    installation = Installation(folder / "installation", urls=dict(urls or {}))
    installation.publish("autumn", strata)
    password = installation.folder / "password.txt"
    password.write_text(PASSWORD, encoding="utf-8")
    for side in ("manage", "analyse"):
        installation.cli(side, "staff", NAME, "--password-file", password)
    with ExitStack() as stack:
        yield Inside(installation, "autumn", _open_sites(stack, installation))


def _open_sites(stack: ExitStack, installation: Installation) -> dict[str, Flask]:
    addresses: dict[str, Any] = {
        name.removeprefix("SURVEY_").lower(): url for name, url in installation.urls.items()
    }
    settings = Settings(instance=installation.instance, totp=False, **addresses)
    sites = {name: create_app(name, settings.of(name)) for name in SITES}
    for site in sites.values():
        stack.callback(site.extensions["store"].engine.dispose)
    return sites


def named_roster(folder: Path, strata: Sequence[str], people: int) -> Path:
    """Write a roster with so many persons in each stratum."""
    rows = [
        {"stratum": name, "person": f"{name}-{number}", "name": f"{name} {number}"}
        for name in strata
        for number in range(people)
    ]
    return write_csv(folder / "roster.csv", rows)


def posted(people: int = INVITED) -> list[Stratum]:
    """One stratum, whose persons a roster names."""
    return [stratum("posted", population=60, sample=people)]
