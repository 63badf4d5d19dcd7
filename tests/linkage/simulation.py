"""A survey in the field: the real sites on real stores, and who in truth gave which ballot."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from math import ceil
from unittest.mock import patch

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from questionnaires import CODES
from survey_app import create_app
from survey_app.accounts import audit
from survey_app.answers.analyse.box import contents
from survey_app.answers.analyse.box import service as box
from survey_app.answers.analyse.box.grouping import OpeningGroups
from survey_app.answers.analyse.box.unsealing import parts_of, unseal
from survey_app.answers.store.models import Audit as AnswersLog
from survey_app.config import SiteSettings
from survey_app.crypto import sealing
from survey_app.crypto.at_rest import encrypt
from survey_app.crypto.blind_rsa import SigningKey, generate_key
from survey_app.crypto.credentials import code_hash, normalize_code, spent_hash
from survey_app.crypto.encoding import from_text
from survey_app.documents.design import CampaignDesign, Stratum
from survey_app.documents.manifest import KeyedStratum, PublishedManifest
from survey_app.identity.manage.campaigns import service as office
from survey_app.identity.manage.invitations import codes as invitations
from survey_app.identity.manage.invitations import new_codes
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import Audit as IdentityLog
from survey_app.respondent.http import Wire
from survey_app.respondent.protocol import (
    Credential,
    PublishedCampaign,
    SignedBallot,
    cast,
    obtain_credential,
    seal_ballot,
)
from survey_app.storage.database import Database
from tests.linkage.arrivals import Event
from tests.manifests import CLOSING_PRIVATE, ISSUER
from tests.sites import OVER, design

NAME = "autumn"
INVITED = 1.5
"""How many are invited for each who answers."""
PAGE = f"https://answers.example/respond/{NAME}/"


class Direct(Wire):
    """A respondent's requests to the two public sites, without a network between."""

    def __init__(self, sites: dict[str, FlaskClient]) -> None:
        super().__init__(0, 1, "en")
        self._sites = sites
        self.last: dict[str, str] = {}
        """What was posted last."""

    def get(self, address: str) -> bytes | None:
        """Fetch a document of the site that the address names."""
        site, _, path = address.removeprefix("https://answers.example/").partition("/")
        reply = self._sites[site].get(f"/{path}")
        return reply.data if reply.status_code == 200 else None

    def post(self, address: str, fields: dict[str, str], expected: str) -> dict[str, str]:
        """Post to the site that the address names."""
        site, _, path = address.removeprefix("https://answers.example/").partition("/")
        self.last = fields
        reply = self._sites[site].post(f"/{path}", json=fields)
        assert reply.status_code in (200, 201), reply.text
        content: dict[str, str] = json.loads(reply.data)
        assert expected in content
        return content


@dataclass
class Fieldwork:
    """One campaign under way, event by event; what it records is what an attacker wants to know."""

    settings: dict[str, SiteSettings]
    stores: dict[str, Database]
    """Both stores, as staff have them."""
    wire: Direct
    manifest: PublishedManifest
    opening_key: sealing.OpeningKey
    keeper: sealing.OpeningKey | None
    codes: list[str]
    """By person; so are the strata."""
    strata: list[str]
    person_of_code: dict[bytes, int] = field(default_factory=dict)
    """The person by what stands for them in the identity store."""
    person_of_claim: dict[bytes, int] = field(default_factory=dict)
    """The person by what the store keeps of a claim."""
    cast: dict[bytes, int] = field(default_factory=dict)
    """The person by the receipt, in the exact order in which all answered."""
    sheets: dict[bytes, int] = field(default_factory=dict)
    """The person by the answers, which are unique here."""
    ballots: dict[int, SignedBallot] = field(default_factory=dict)
    """What each person cast."""
    _pending: dict[int, Credential] = field(default_factory=dict)

    def happen(self, event: Event) -> None:
        """Let one event take place, as the reference client does it."""
        if event.casts:
            self._cast(event.person)
        else:
            self._claim(event.person)

    def close(self) -> None:
        """End the campaign on both sides, as the commands do."""
        self._staff("identity", lambda session: office.close(session, NAME, CLOSING_PRIVATE))
        self._vacuum("identity")
        self._staff("answers", lambda session: box.close(session, NAME, OVER))
        self._vacuum("answers")

    def strip(self) -> None:
        """Take the seal keeper's seals off, as the command does."""
        assert self.keeper
        groups = self._groups()
        with self.stores["answers"].read() as session:
            ballots = contents.sealed_ballots(session, NAME, groups)
        parts = list(unseal(self.manifest, self.keeper, parts_of(ballots)))
        self._staff(
            "answers", lambda session: contents.store_stripped(session, NAME, groups, parts)
        )
        self._vacuum("answers")

    def stripped_ballots(self) -> dict[bytes, int]:
        """Give the person by what the keeper's seal held."""
        return {self._inner(ballot): person for person, ballot in self.ballots.items()}

    def open(self) -> None:
        """Open the stripped box, as the command does."""
        with self.stores["answers"].read() as session:
            ballots = contents.stripped_ballots(session, NAME)
        groups = OpeningGroups.of_stripped(ballots)
        parts = list(unseal(self.manifest, self.opening_key, parts_of(ballots)))
        self._staff("answers", lambda session: contents.store_sheets(session, NAME, groups, parts))
        self._vacuum("answers")

    def _groups(self) -> OpeningGroups:
        return OpeningGroups(
            group_of={stratum.id: stratum.id for stratum in self.manifest.strata}, sealed={}
        )

    def _inner(self, ballot: SignedBallot) -> bytes:
        stratum = self.manifest.stratum(ballot.stratum)
        assert stratum
        assert self.keeper
        number = spent_hash(self.manifest.edition, ballot.credential.message)
        return self.manifest.seals(stratum).strip(self.keeper, number, ballot.sealed)

    def log(self, minute: float) -> None:
        """Let staff do something that is logged, on both sides."""
        with patch.object(audit, "datetime") as clock:
            clock.now.return_value.strftime.return_value = log_time(minute)
            self._staff("identity", lambda s: audit.record(s, IdentityLog, "invite", NAME, "0"))
            self._staff("answers", lambda s: audit.record(s, AnswersLog, "export", NAME))

    def _staff(self, side: str, act: Callable[[Session], object]) -> None:
        with self.stores[side].begin() as session:
            act(session)

    def _vacuum(self, side: str) -> None:
        self.stores[side].vacuum()

    def _claim(self, person: int) -> None:
        campaign, stratum = PublishedCampaign(PAGE, self.manifest), self._stratum(person)
        code = self.codes[person]
        self._pending[person] = obtain_credential(self.wire, campaign, stratum, code)
        key = self.settings["identity"].secret("codes")
        self.person_of_code[code_hash(key, NAME, normalize_code(code))] = person
        self.person_of_claim[sha256(from_text(self.wire.last["blinded"])).digest()] = person

    def _cast(self, person: int) -> None:
        campaign, stratum = PublishedCampaign(PAGE, self.manifest), self._stratum(person)
        answers = answers_of(person, len(self.manifest.questions(stratum).codes))
        ballot = seal_ballot(self.manifest, stratum, self._pending.pop(person), answers)
        self.cast[cast(self.wire, campaign, ballot)] = person
        self.ballots[person] = ballot
        self.sheets[answers] = person

    def _stratum(self, person: int) -> KeyedStratum:
        its_stratum = self.manifest.stratum(self.strata[person])
        assert its_stratum
        return its_stratum


@contextmanager
def fieldwork(
    settings: Mapping[str, SiteSettings],
    strata: Sequence[str],
    keeper: sealing.OpeningKey | None = None,
) -> Iterator[Fieldwork]:
    """Take a campaign, on stores that are prepared, to where everybody has a code."""
    plan, master = planned(sorted(set(strata))), settings["identity"].secret("issuer")
    opening_key = sealing.generate_opening_key()
    keys = [_encrypted(stratum.id, number, master) for number, stratum in enumerate(plan.strata)]
    with owned(settings["identity"]) as identity, owned(settings["answers"]) as answers:
        with identity.begin() as session:
            office.create(session, plan)
            manifest = office.fix(session, NAME, keys, ISSUER, two_managers=False)
        with answers.begin() as session:
            public = sealing.public_bytes(opening_key)
            keepers = sealing.public_bytes(keeper) if keeper else None
            box_keys = box.BoxKeys.of(settings["answers"], NAME, public, keepers)
            published = box.accept(session, manifest.canonical(), box_keys)
        with identity.begin() as session:
            office.publish(session, NAME, published.canonical())
            codes = _codes(session, settings["identity"].secret("codes"), published, strata)
    with ExitStack() as stack:
        sites = {
            "issue": create_app("issue", settings["identity"]),
            "respond": create_app("respond", settings["answers"]),
        }
        for site in sites.values():
            stack.callback(site.extensions["store"].engine.dispose)
        stores = {
            side: stack.enter_context(_store_of_sites(settings[side]))
            for side in ("identity", "answers")
        }
        wire = Direct({name: site.test_client() for name, site in sites.items()})
        yield Fieldwork(
            dict(settings), stores, wire, published, opening_key, keeper, codes, list(strata)
        )


def planned(strata: Sequence[str]) -> CampaignDesign[Stratum]:
    """A campaign with these strata, all asked the shorter questionnaire."""
    unit = {"zh": "单位", "en": "Unit"}
    fields = {"kind": "business", "post_category": unit, "population": 1000, "sample": 1000}
    strata_of_plan = [
        Stratum.model_validate({"id": name, "unit": name, **fields}) for name in strata
    ]
    return design(NAME, strata=strata_of_plan)


def log_time(minute: float) -> str:
    """Write a simulated moment as the log does."""
    return f"{datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=minute):%Y-%m-%dT%H:%MZ}"


@contextmanager
def owned(settings: SiteSettings) -> Iterator[Database]:
    """Open a store as the account that owns its tables."""
    with _at(settings.owner_url) as store:
        yield store


@contextmanager
def _store_of_sites(settings: SiteSettings) -> Iterator[Database]:
    """Open a store as the sites of its side do."""
    with _at(settings.database_url) as store:
        yield store


@contextmanager
def _at(url: str) -> Iterator[Database]:
    store = Database(url)
    try:
        yield store
    finally:
        store.engine.dispose()


def answers_of(person: int, items: int) -> bytes:
    """Answers that no other person gives."""
    return bytes(CODES[person // len(CODES) ** item % len(CODES)] for item in range(items))


def _codes(
    session: Session, key: bytes, manifest: PublishedManifest, strata: Sequence[str]
) -> list[str]:
    keys = Keys(key, bytes(32))  # no person is in the store: only who simulates knows them
    invited = {
        name: range(1, ceil(number * INVITED) + 1) for name, number in Counter(strata).items()
    }
    new = list(new_codes.generate(keys, manifest, new_codes.Recipients((), invited)))
    invitations.activate(session, keys, manifest, (), [record for _, record in new])
    codes: dict[str, list[str]] = {}
    for plain, _ in new:
        codes.setdefault(plain.stratum, []).append(plain.code)
    return [codes[stratum].pop() for stratum in strata]


def _encrypted(stratum: str, number: int, master: bytes) -> office.StratumKey:
    der = _signing_key(number)
    modulus = SigningKey.from_der(der).modulus
    return office.StratumKey(stratum, modulus, encrypt(master, der, NAME))


@lru_cache
def _signing_key(_number: int) -> bytes:
    """Make a key once: what keys there are has nothing to do with order."""
    return generate_key()
