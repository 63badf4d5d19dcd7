"""The console at size: 200 strata, a roster of 100,000 rows, and as many invitations."""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from survey_app.crypto.blind_rsa import SigningKey, generate_key
from survey_app.manage import exporting, invitations, people, service
from survey_app.manage.invitations import Keys
from survey_app.manage.service import StratumKey
from survey_app.manifest import PublishedManifest, Stratum
from tests.manage.conftest import POINT
from tests.sites import design, serving, sign_in

STRATA, ROWS, TIMES = 200, 100_000, 30
PAGES = (
    "/",
    "/new",
    *(
        f"/campaigns/spring{page}"
        for page in ("", "/strata", "/plan?aim=margin&margin=5&response=100&method=neyman")
    ),
    *(
        f"/campaigns/spring{page}"
        for page in ("/roster", "/invitations", "/fieldwork", "/questions")
    ),
    "/log",
)


def console() -> None:
    """Print how long import, draw and codes take, and every page's p50 and p95."""
    with TemporaryDirectory() as folder, serving("manage", Path(folder)) as site:
        store, settings = site.extensions["store"], site.extensions["door"].settings
        keys = Keys(settings.secret("codes"), settings.secret("roster"))
        _published(store)
        content = _roster()
        base = _memory()

        def keep() -> None:
            with store.begin() as session:
                people.keep_file(session, keys.roster, "spring", content, "people.csv")

        def codes() -> None:
            with store.begin() as session:
                handed = invitations.hand_out(session, keys, "spring")
                exporting.as_csv(handed.invited, "https://survey.example/#{}".format)

        total = _timed("upload", keep)
        total += _timed(
            "import and draw",
            lambda: people.take_in(store, keys.roster, "spring", "seed", lambda *_: None),
        )
        total += _timed("codes and list", codes)
        print(f"{'together':24} {total:8.2f} s, peak memory {_memory()} MiB (before {base} MiB)")
        client = site.test_client()
        sign_in(client)
        for page in PAGES:
            _page(lambda page=page: client.get(page).status_code, page)  # type: ignore[misc]


def _timed(name: str, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    took = time.perf_counter() - begun
    print(f"{name:24} {took:8.2f} s, peak memory so far {_memory()} MiB")
    return took


def _page(get: Callable[[], int], name: str) -> None:
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        if get() != 200:
            sys.exit(f"{name} does not answer")
        times.append((time.perf_counter() - begun) * 1000)
    cuts = quantiles(times, n=20)
    print(f"{name.split('?', maxsplit=1)[0]:32} p50 {cuts[9]:6.0f} ms   p95 {cuts[18]:6.0f} ms")


def _published(store) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    one = design().strata[0]
    each = ROWS // STRATA
    changes = [
        {"id": f"s{i:03}", "population": each, "sample": each, "post_category": _category(i)}
        for i in range(STRATA)
    ]
    plan = design(strata=[Stratum.model_validate(one.model_dump() | more) for more in changes])
    der = generate_key()
    modulus = SigningKey.from_der(der).modulus
    made = [StratumKey(stratum.id, modulus, b"") for stratum in plan.strata]
    with store.begin() as session:
        service.create(session, plan)
        manifest = service.open_campaign(session, "spring", made, "/issue", two_managers=False)
        document = manifest.model_dump(mode="json") | {"sealing_key": POINT}
        published = PublishedManifest.model_validate(document).canonical()
        service.publish(session, "spring", published)


def _category(number: int) -> dict[str, str]:
    return {"zh": f"类别 {number % 10}", "en": f"Category {number % 10}"}


def _roster() -> bytes:
    lines = [f"s{i % STRATA:03},p{i:06},p{i}@example.org,名字{i},单位{i % 50}" for i in range(ROWS)]
    return "\n".join(["stratum,person,email,name,unit", *lines]).encode()


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
