"""The console at size: 200 strata, a roster of 100,000 rows, and as many invitations."""

import re
import resource
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import quantiles
from tempfile import NamedTemporaryFile, TemporaryDirectory

import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient

from survey_app import create_app
from survey_app.accounts import Actor, acting_as, add_account
from survey_app.config import Settings, SiteSettings
from survey_app.crypto import sealing
from survey_app.crypto.blind_rsa import SigningKey, generate_key
from survey_app.documents.design import BothNames, CampaignDesign, Kind, Period, Stratum
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.campaigns.draft import shipped
from survey_app.identity.manage.campaigns.service import Issuer, StratumKey
from survey_app.identity.manage.invitations import code_lists, named_lists
from survey_app.identity.manage.invitations.list_requests import ListForm, ListRequest
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons as people
from survey_app.identity.manage.roster import uploads
from survey_app.identity.store.models import Staff
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared

STRATA, ROWS, TIMES = 200, 100_000, 30
ABOUT = BothNames(zh="压测", en="A benchmark")
NAME, PASSWORD = "manager", secrets.token_urlsafe(12)
CAMPAIGN = "/campaigns/spring"
PAGES = (
    "/",
    "/new",
    *(
        CAMPAIGN + page
        for page in ("", "/strata", "/plan?aim=margin&margin=5&response=100&method=proportional")
    ),
    *(CAMPAIGN + page for page in ("/roster", "/invitations", "/fieldwork", "/questions")),
    "/log",
)


def console(form: ListForm) -> None:
    """Print how long import, draw and codes take, and every page's p50 and p95.

    The roster comes in this form, and the first list goes out in it.
    """
    with TemporaryDirectory() as folder, _site(Path(folder)) as (site, settings):
        store = site.extensions["store"]
        _published(store)
        content, base = _roster(form), _memory()
        key, total = settings.secret("roster"), 0.0

        def keep() -> None:
            uploads.upload(store, key, "spring", content, f"people.{form}")

        total += _timed("upload", keep)
        on_progress = _ignore_progress
        total += _timed(
            "import and draw",
            lambda: people.import_roster(
                store, key, "spring", "seed", on_progress, _ignore_progress
            ),
        )
        total += _timed(f"codes and list ({form})", lambda: _list(store, settings, form))
        print(f"{'together':24} {total:8.2f} s, peak memory {_memory()} MiB (before {base} MiB)")
        client = site.test_client()
        _sign_in(client)
        for page in PAGES:
            _page(lambda page=page: client.get(page).status_code, page)  # type: ignore[misc]


@contextmanager
def _site(folder: Path) -> Iterator[tuple[Flask, SiteSettings]]:
    settings = Settings(instance=folder, totp=False).of("manage")
    store = prepared(settings)
    with store.begin() as session:
        add_account(session, Staff, NAME, PASSWORD)
    store.engine.dispose()
    site = create_app("manage", settings)
    yield site, settings
    site.extensions["store"].engine.dispose()


def _sign_in(client: FlaskClient) -> None:
    field = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    token = field[1] if field else ""
    fields = {"csrf_token": token, "username": NAME, "password": PASSWORD}
    client.post("/login", data=fields)


def _list(store: Database, settings: SiteSettings, form: ListForm) -> None:
    name, strata = queue.new_name(), tuple(f"s{i:03}" for i in range(STRATA))
    request = ListRequest(strata, form, replace=True)
    with store.begin() as session:
        request = named_lists.ask(session, "spring", request, ROWS)
        with acting_as(Actor("second")):
            named_lists.confirm(session, "spring", request.number)
    code_lists.make(store, settings, "spring", name, request, _ignore_progress, _ignore_progress)
    with store.begin() as session:
        code_lists.fetch(session, settings.secret("roster"), "spring", name)
        code_lists.destroy(session, "spring", name)


def _ignore_progress(*_: object) -> None:
    """Show no progress."""


def _timed(name: str, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    took = time.perf_counter() - start
    print(f"{name:24} {took:8.2f} s, peak memory so far {_memory()} MiB")
    return took


def _page(get: Callable[[], int], name: str) -> None:
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        if get() != 200:
            sys.exit(f"{name} does not answer")
        times.append((time.perf_counter() - start) * 1000)
    cuts = quantiles(times, n=20)
    print(f"{name.split('?', maxsplit=1)[0]:32} p50 {cuts[9]:6.0f} ms   p95 {cuts[18]:6.0f} ms")


def _published(store: Database) -> None:
    persons = ROWS // STRATA
    strata = [_stratum(number, persons) for number in range(STRATA)]
    plan = CampaignDesign[Stratum](
        campaign="spring",
        title=BothNames(zh="春季", en="Spring"),
        organiser=ABOUT,
        purpose=ABOUT,
        results=ABOUT,
        contact=ABOUT,
        report_channel=ABOUT,
        reference_period=Period(start=date(2025, 4, 1), end=date(2026, 3, 31)),
        window=Period(start=date(2026, 4, 1), end=date(2099, 12, 31)),
        questionnaires={Kind.BUSINESS: shipped()[Kind.BUSINESS]},
        strata=tuple(strata),
    )
    modulus = SigningKey.from_der(generate_key()).modulus
    keys = [StratumKey(stratum.id, modulus, b"") for stratum in plan.strata]
    point = sealing.public_bytes(sealing.generate_opening_key())
    with store.begin() as session:
        service.create(session, plan)
        manifest = service.fix(
            session, "spring", keys, Issuer("/issue", bytes(32)), two_managers=False
        )
        published = PublishedManifest(
            **dict(manifest), sealing_key=point, receipts_key=bytes(32), scripts={}
        )
        service.publish(session, "spring", published.canonical())


def _stratum(number: int, persons: int) -> Stratum:
    return Stratum(
        id=f"s{number:03}",
        unit=BothNames(zh=f"单位 {number}", en=f"Unit {number}"),
        post_category=BothNames(zh=f"类别 {number % 10}", en=f"Category {number % 10}"),
        kind=Kind.BUSINESS,
        population=persons,
        sample=persons,
    )


def _roster(form: ListForm) -> bytes:
    rows = [["stratum", "person", "email", "name", "unit"]]
    rows.extend(
        [f"s{i % STRATA:03}", f"p{i:06}", f"p{i}@example.org", f"名字{i}", f"单位{i % 50}"]
        for i in range(ROWS)
    )
    if form == ListForm.CSV:
        return "\n".join(map(",".join, rows)).encode()
    with NamedTemporaryFile(suffix=".xlsx") as file:
        with xlsxwriter.Workbook(file.name, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return file.read()


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    with acting_as(Actor(NAME)):
        console(ListForm(sys.argv[1] if sys.argv[1:] else ListForm.CSV))
