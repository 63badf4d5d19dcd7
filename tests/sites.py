"""The four sites on fresh stores, asked without a server; and a campaign taken through them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from secrets import token_bytes
from unittest.mock import patch

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import questionnaires
from survey_app import create_app
from survey_app.accounts import StaffColumns, add_account
from survey_app.answers.analyse.box import opening
from survey_app.answers.analyse.box import service as box
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.store.models import Ballot
from survey_app.answers.store.models import Staff as Statistician
from survey_app.config import Settings
from survey_app.crypto import sealing
from survey_app.crypto.receipts import receipt
from survey_app.documents.design import CampaignDesign, Kind, Period, Questions, Stratum
from survey_app.documents.manifest import Manifest, PublishedManifest
from survey_app.identity.manage.campaigns import service as office
from survey_app.identity.store.models import Staff as Manager
from survey_app.storage.migrations import prepared
from tests.manifests import ABOUT, OF_IDENTITY, RECEIPTS_KEY

OVER = Grounds(date(2100, 1, 1))
"""The last day of every design here is over."""
STAFF: dict[str, type[StaffColumns]] = {"manage": Manager, "analyse": Statistician}
NAME, PASSWORD = "somebody", "correct horse battery"


@contextmanager
def serving(name: str, folder: Path, *, totp: bool = False) -> Iterator[Flask]:
    """One site on its side's store in a folder; a staff site has one account."""
    settings = Settings(instance=folder, totp=totp).of(name)
    site = create_app(name, settings)
    store = site.extensions["store"]
    try:
        prepared(settings).engine.dispose()
        if name in STAFF:
            with quick_hash(), store.begin() as session:
                add_account(session, STAFF[name], NAME, PASSWORD)
        yield site
    finally:
        store.engine.dispose()


@contextmanager
def quick_hash() -> Iterator[None]:
    """Let the account of hundreds of tests have one hash: to compute it is slow on purpose."""
    password_hash = _password_hash()
    with patch.object(PasswordHasher, "hash", lambda _hasher, _password: password_hash):
        yield


@cache
def _password_hash() -> str:
    return PasswordHasher().hash(PASSWORD)


def sign_in(
    client: FlaskClient, name: str = NAME, password: str = PASSWORD, code: str = ""
) -> TestResponse:
    """Fill the sign-in form in."""
    fields = {
        "csrf_token": csrf_token(client.get("/login").text),
        "username": name,
        "password": password,
        "code": code,
    }
    return client.post("/login", data=fields)


def csrf_token(page: str) -> str:
    """Read a form's token off a page."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return token[1]


def questionnaires_of_0_1_0() -> dict[Kind, Questions]:
    """What release 0.1.0 asked."""
    folder = Path(__file__).parent / "questionnaires" / "release-0.1.0"
    return {
        kind: Questions.of(questionnaires.load(file, folder))
        for kind, file in ((Kind.BUSINESS, "external.yaml"), (Kind.NON_BUSINESS, "internal.yaml"))
    }


def design(campaign: str = "spring", **changes: object) -> CampaignDesign[Stratum]:
    """A campaign of two strata in one business category and one of another kind."""
    texts = {
        kind: Questions.of(questionnaires.load(name))
        for kind, name in ((Kind.BUSINESS, "external"), (Kind.NON_BUSINESS, "internal"))
    }
    strata = [
        _stratum("north", "Inspection", Kind.BUSINESS),
        _stratum("south", "Inspection", Kind.BUSINESS),
        _stratum("office", "Personnel", Kind.NON_BUSINESS),
    ]
    fields = {
        "campaign": campaign,
        "title": {"zh": "春季调查", "en": "Spring survey"},
        **ABOUT,
        "reference_period": Period(start=date(2025, 4, 1), end=date(2026, 3, 31)),
        "window": Period(start=date(2026, 4, 1), end=date(2099, 12, 31)),
        "questionnaires": texts,
        "strata": strata,
    }
    return CampaignDesign[Stratum].model_validate(fields | changes)


def _stratum(name: str, category: str, kind: Kind) -> Stratum:
    return Stratum.model_validate(
        {
            "id": name,
            "unit": {"zh": f"{name} 单位", "en": f"{name} unit"},
            "post_category": {"zh": f"{category} 类", "en": category},
            "kind": kind,
            "population": 100,
            "sample": 30,
        }
    )


def accept(
    site: Flask, plan: CampaignDesign[Stratum], keeper: sealing.OpeningKey | None = None
) -> tuple[PublishedManifest, sealing.OpeningKey]:
    """Set a design's ballot box up, with a seal keeper's key or without."""
    key = sealing.generate_opening_key()
    pairs = office.make_keys(plan, token_bytes(32))
    strata = [
        stratum.model_dump() | {"key": pair.modulus}
        for stratum, pair in zip(plan.strata, pairs, strict=True)
    ]
    manifest = Manifest.model_validate(plan.model_dump() | {"strata": strata} | OF_IDENTITY)
    keeper_key = None if keeper is None else sealing.public_bytes(keeper)
    keys = box.BoxKeys(sealing.public_bytes(key), RECEIPTS_KEY, keeper_key)
    with site.extensions["store"].begin() as session:
        return box.accept(session, manifest.canonical(), keys), key


def open_box(
    site: Flask, plan: CampaignDesign[Stratum], sheets: Mapping[str, Sequence[AbstractSet[str]]]
) -> None:
    """Take a design to an opened box; each sheet is the set of its items answered with yes."""
    published, key = accept(site, plan)
    with site.extensions["store"].begin() as session:
        for stratum, answer_sets in sheets.items():
            session.add_all(ballot(published, stratum, yes) for yes in answer_sets)
    store = site.extensions["store"]
    folder = Path(store.engine.url.database).parent
    opening.open_box(store, folder, plan.campaign, {}, key, OVER)


def ballot(published: PublishedManifest, stratum: str, yes: AbstractSet[str]) -> Ballot:
    """A sealed ballot, attentive: yes to some items and the screening item, no to the others."""
    its_stratum = published.stratum(stratum)
    assert its_stratum
    questions = published.questions(its_stratum)
    answers = {code: int(code in yes) for code in questions.codes}
    answers[questions.screening.code] = 1
    if questions.attention:
        answers[questions.attention.code] = questions.attention.expect
    number = token_bytes(32)
    sealed = published.seals(its_stratum).seal(number, questionnaires.encode(questions, answers))
    row = {
        "receipt": receipt(2, number, sealed),
        "campaign": published.campaign,
        "stratum": stratum,
    }
    return Ballot(**row, spent=number, sealed=sealed)
