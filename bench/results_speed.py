"""Time the results of a box: 100,000 sheets in 20 post categories, and 1,000,000."""

from __future__ import annotations

import re
import resource
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from questionnaires import Questionnaire, QuestionnaireItem, Text, load
from survey_app import create_app
from survey_app.accounts import Actor, acting_as, add_account
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.analyse.estimates import compute, counts
from survey_app.answers.store.models import Box, Campaign, Opening, Sheets, Staff
from survey_app.config import Settings
from survey_app.crypto import sealing
from survey_app.documents.design import Kind, Questions
from survey_app.documents.manifest import PublishedManifest
from survey_app.documents.results import Options
from survey_app.documents.validity import default_rule
from survey_app.storage.database import Database
from survey_app.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable

CATEGORIES: Final = 20
STRATA: Final = 100
ITEMS: Final = 10


def _questionnaire() -> Questionnaire:
    shipped = load("external")
    text = Text(zh="题", en="item")
    items = tuple(QuestionnaireItem(code=f"item{at}", label=text, text=text) for at in range(ITEMS))
    return shipped.model_copy(update={"items": items})


def manifest_of(sheets: int, sealing_key: bytes) -> PublishedManifest:
    """Make a manifest of 100 strata in 20 post categories."""
    modulus = b"\xff" + token_bytes(254) + b"\x01"
    strata = [
        {
            "id": f"s{at}",
            "unit": f"unit {at // CATEGORIES}",
            "post_category": f"category {at % CATEGORIES}",
            "kind": Kind.BUSINESS if at % 2 else Kind.NON_BUSINESS,
            "population": 4 * sheets // STRATA,
            "sample": 2 * sheets // STRATA,
            "key": modulus,
        }
        for at in range(STRATA)
    ]
    year = {"start": date(2025, 1, 1), "end": date(2025, 12, 31)}
    return PublishedManifest.model_validate(
        {
            "campaign": "bench",
            "title": "Bench",
            "reference_period": year,
            "window": year,
            "questionnaires": dict.fromkeys(Kind, Questions.of(_questionnaire())),
            "strata": strata,
            "issuer": "/issue",
            "sealing_key": sealing_key,
            "validity": default_rule(),
            "closing_key": bytes(32),
            "receipts_key": bytes(32),
            "scripts": {},
        }
    )


def _store(folder: str, sheets: int) -> Database:
    """Fill a store with a box as its opening leaves it."""
    database = Database(_url(folder))
    upgrade(database, "answers")
    rng = np.random.default_rng(20261124)
    codes = np.array([0, 1, 8, 9, 255], np.uint8)
    table = rng.choice(codes, (sheets, ITEMS + 2), p=[0.82, 0.1, 0.03, 0.02, 0.03])
    table[:, 0] = 1
    table = table.reshape(STRATA, -1, ITEMS + 2)
    with database.begin() as session:
        key = sealing.public_bytes(sealing.generate_opening_key())
        published = manifest_of(sheets, key).canonical()
        session.add(Campaign(campaign="bench", box=Box.OPENED, published=published))
        session.flush()
        session.add_all(
            Opening(campaign="bench", stratum=f"s{at}", outcome="kept", sheets=sheets // STRATA)
            for at in range(STRATA)
        )
        session.add_all(
            Sheets(campaign="bench", stratum=f"s{at}", answers=table[at].tobytes())
            for at in range(STRATA)
        )
    return database


def _url(folder: str) -> str:
    return f"sqlite:///{Path(folder, 'answers.sqlite')}"


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rendered(folder: str) -> str:
    """Time the results page itself: the first time, and with the results in memory."""
    settings = Settings(instance=Path(folder), totp=False).of("analyse")
    site = create_app("analyse", replace(settings, database_url=_url(folder)))
    password = token_urlsafe(12)
    with site.extensions["store"].begin() as session, acting_as(Actor("bench")):
        add_account(session, Staff, "statistician", password)
    client = site.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    fields = {"csrf_token": token[1] if token else "", "username": "statistician", "code": ""}
    client.post("/login", data=fields | {"password": password})
    times = [_timed(lambda: client.get("/bench/").close()) for _ in range(6)]
    size = len(client.get("/bench/").data)
    site.extensions["store"].engine.dispose()
    return f"page {times[0]:.2f} s, again {sorted(times[1:])[2]:.2f} s, {size / 1024:,.0f} KB"


def page(sheets: int) -> None:
    """Print how long the tables take from the store, from counts, and from memory."""
    with TemporaryDirectory() as folder:
        database = _store(folder, sheets)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with database.read() as session:
            start = time.perf_counter()
            box = opened_box(session, "bench")
            read = time.perf_counter() - start
        options = Options()
        counting = _timed(partial(counts.count, box, options.validity))
        estimated = _timed(partial(compute.results_of, box, options))
        again = _timed(partial(compute.results_of, box, options))
        database.engine.dispose()
        rendering = rendered(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    number = len(compute.results_of(box, options).rates)
    print(
        f"{sheets:,} sheets, {CATEGORIES} categories x {ITEMS} items, {STRATA} strata: "
        f"reading {read:.2f} s, counting {counting:.2f} s, {number} rates {estimated:.2f} s, "
        f"again {again * 1e3:.2f} ms; together {read + counting + estimated:.2f} s; {rendering}; "
        f"peak memory {memory / 2**20:.2f} GiB ({(memory - before) / 2**20:.2f} more than before)"
    )


if __name__ == "__main__":
    page(100_000)
    page(1_000_000)
