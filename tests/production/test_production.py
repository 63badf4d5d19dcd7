"""The shipped set-up under respondents: every answer is counted, and no person is written down."""

import json
from collections import Counter

import pytest
import urllib3

from survey_app.respondent.protocol import play
from tests.conftest import SIDES
from tests.installation import free_port
from tests.production.conftest import RESPONDENTS
from tests.production.proxy import SHIPPED, Proxy
from tests.production.service import Service, stop

CONTENT = json.dumps({"code": "x" * 70_000}).encode()
HEADERS = (
    "Content-Security-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "Cache-Control",
)
SLOW = 40
"""More than the threads of all workers of the respondents' site."""


def fetch(production, side, path, method="GET", **options):
    with urllib3.PoolManager(ca_certs=str(production.proxy.authority)) as pool:
        url = production.proxy.url(side, path)
        return pool.request(method, url, retries=False, redirect=False, **options)


def dawdle(production):
    """Begin to post a ballot, and never come to its end."""
    client = production.proxy.connect("answers")
    lines = ("POST /respond/autumn/ballots HTTP/1.1", "Host: localhost", "Content-Length: 1000")
    client.sendall("\r\n".join((*lines, "Content-Type: application/json", "", "{")).encode())
    return client


@pytest.fixture(scope="module")
def responses(production):
    """Everybody answers among clients that never end, while one replica is reloaded, one killed."""
    page = fetch(production, "answers", "/respond/autumn/manifest.json").json()
    items = {
        item["code"]
        for service in page["questionnaires"].values()
        for item in [
            service["text"]["screening"],
            *service["text"]["items"],
            service["text"]["attention"],
        ]
        if item
    }
    codes = [code for stratum in production.codes.values() for code in stratum]
    rows = [{"code": code, **dict.fromkeys(items, "0")} for code in codes[:RESPONDENTS]]
    slow = [dawdle(production) for _ in range(SLOW)]
    replaced, second_service = [
        service for service in production.services if service.site == "respond"
    ]
    results = []

    def look(outcome):
        results.append(outcome)
        if len(results) == RESPONDENTS // 4:
            replaced.reload()
        if len(results) == RESPONDENTS // 2:
            second_service.kill()

    outcomes = play(
        production.proxy.url("answers"),
        rows,
        campaign="autumn",
        concurrency=8,
        on_progress=look,
    )
    for client in slow:
        client.close()
    return outcomes


def test_everybody_is_counted_though_replicas_change_and_die_and_others_dawdle(
    production, responses
):
    assert [outcome.error for outcome in responses if outcome.error] == []

    ballots = production.installation.ballots("autumn")
    by_stratum = Counter(stratum for stratum, _ in ballots.elements())
    assert by_stratum == {"north": 220, "south": 80}
    assert len({outcome.receipt for outcome in responses}) == RESPONDENTS
    turnout = fetch(production, "answers", "/respond/autumn/turnout.json").json()
    assert {row["stratum"]: row["ballots"] for row in turnout["strata"]} == by_stratum


def test_the_logs_reveal_no_person(production, responses):
    for service in production.services:
        assert service.log.read_text() == f"ready: http://127.0.0.1:{service.port}/\n"
    assert production.proxy.log.read_bytes() == b""
    contents = production.proxy.files()
    contents |= {
        side: (cluster.folder / "log").read_bytes() for side, cluster in production.clusters.items()
    }
    secrets = [code for stratum in production.codes.values() for code in stratum]
    secrets += [code.replace("-", "") for code in secrets]
    secrets += ["/respond/autumn", "/issue/autumn", *(secret.receipt for secret in responses)]
    for name, content in contents.items():
        assert not any(secret.encode() in content for secret in secrets), name


def test_both_sides_speak_http_2_over_tls_and_send_others_there(production):
    for side in SIDES:
        with production.proxy.connect(side, "h2", "http/1.1") as connection:
            assert connection.selected_alpn_protocol() == "h2"
            assert connection.version() == "TLSv1.3"

    plain = f"http://127.0.0.1:{production.proxy.ports['plain']}/respond/"
    reply = urllib3.request("GET", plain, retries=False, redirect=False)
    assert (reply.status, reply.headers["Location"]) == (301, "https://127.0.0.1/respond/")


@pytest.mark.parametrize(
    ("side", "path", "status"),
    [
        ("answers", "/respond/autumn/", 200),
        ("answers", "/respond/nothing/", 404),
        ("answers", "/analyse/login", 200),
        ("identity", "/manage/login", 200),
        ("identity", "/issue/autumn/counts.json", 409),
        ("answers", "/readyz", 404),
        ("answers", "/metrics", 404),
        ("answers", "/issue/autumn/counts.json", 404),
        ("identity", "/respond/autumn/", 404),
    ],
)
def test_every_answer_carries_each_protecting_header_once(production, side, path, status):
    answer = fetch(production, side, path)

    number_of = Counter(name.title() for name, _ in answer.headers.iteritems())
    assert answer.status == status
    assert {name: number_of[name] for name in HEADERS} == dict.fromkeys(HEADERS, 1)
    assert answer.headers["Server"] == "nginx"
    assert "ETag" not in answer.headers


def test_what_the_web_server_refuses_has_the_services_form(production):
    large = {"body": CONTENT, "headers": {"Content-Type": "application/json"}}
    answer = fetch(production, "identity", "/issue/autumn/stratum", "POST", **large)

    assert (answer.status, answer.json()["error"]) == (413, "too_large")


def test_a_roster_of_many_megabytes_reaches_the_service(production):
    large = {"body": bytes(6_000_000), "headers": {"Content-Type": "text/csv"}}
    answer = fetch(production, "identity", "/manage/campaigns/autumn/roster", "POST", **large)

    assert answer.status != 413


def test_without_a_second_factor_nobody_signs_in_through_the_web_server(production, tmp_path):
    alone = Service(tmp_path, "manage", free_port(), free_port())
    proxy = Proxy(tmp_path / "nginx", production.proxy.upstreams | {"manage": [alone.port]})
    environment = production.installation.environment
    for name in ("SURVEY_RESPOND_URL", "SURVEY_ISSUE_URL"):  # with them it would not start
        del environment[name]
    alone.launch(environment | {"SURVEY_TOTP": "off"})
    try:
        alone.wait()
        proxy.start()
        with urllib3.PoolManager(ca_certs=str(proxy.authority)) as pool:
            address, headers = proxy.url("identity", "/manage/login"), {"Host": "localhost"}
            through = pool.request("GET", address, headers=headers, retries=False)
        here = urllib3.request("GET", f"http://127.0.0.1:{alone.port}/manage/login", retries=False)
    finally:
        proxy.stop()
        stop([alone])

    assert (here.status, through.status) == (200, 400)


LINKS = [
    "/respond/autumn/%23K7QX-2M4P.x",
    "/respond/autumn%23K7QX-2M4P.x",
    "/respond/autumn/%2523K7QX-2M4P.x",
    "/respond/autumn/?from=singlemessage%23K7QX-2M4P.x",
    "/respond/autumn/K7QX-2M4P.x",
    "/respond/autumn/anonymity/K7QX-2M4P",
]
PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_a_link_that_a_mail_program_changed_is_written_nowhere(production, link, method):
    answer = fetch(production, "answers", link, method, headers=PERSON)

    assert answer.status in {200, 404, 405}
    assert "Location" not in answer.headers
    assert "K7QX" not in answer.data.decode() + str(answer.headers)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    files = production.proxy.files()
    files |= {service.log.name: service.log.read_bytes() for service in production.services}
    assert [name for name, content in files.items() if b"K7QX" in content] == []


def test_a_person_gets_a_page_of_both_languages_from_the_web_server_too(production):
    answer = fetch(production, "answers", "/nothing/", headers=PERSON)

    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    page = answer.data.decode()
    assert "这个地址没有内容。" in page
    assert "There is nothing at this address." in page
    assert "manage" not in page
    assert "analyse" not in page


def test_a_site_that_is_down_is_busy_in_the_services_form(production):
    production.service("analyse").kill()
    page = fetch(production, "answers", "/analyse/login", headers=PERSON)
    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "never uses a code up" in page.data.decode()

    answer = fetch(production, "answers", "/analyse/login")

    assert (answer.status, answer.json()["error"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "5"


def test_files_are_packed_and_kept_and_pages_are_not_kept(production):
    packed = {"Accept-Encoding": "gzip"}
    page = fetch(production, "answers", "/respond/autumn/", headers=packed)
    details = fetch(production, "answers", "/respond/autumn/anonymity", headers=packed)
    address = details.data.decode().split('src="')[1].split('"')[0]

    script = fetch(production, "answers", address, headers=packed)

    assert page.headers["Content-Encoding"] == script.headers["Content-Encoding"] == "gzip"
    assert page.headers["Cache-Control"] == "no-store"
    assert script.headers["Cache-Control"].endswith("immutable")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    cached = [name for name in production.proxy.files() if name.startswith("cache")]
    assert len(cached) == 1


def test_counts_come_in_twenties_and_name_no_person(production, responses):
    for _ in range(40):  # each of two replicas counts what it was asked
        fetch(production, "answers", "/respond/campaigns.json")

    counts = production.service("respond").ask("/metrics").data.decode()

    samples = [line for line in counts.splitlines() if not line.startswith("#")]
    assert samples
    assert all(float(line.rpartition(" ")[2]) % 20 == 0 for line in samples)
    labels = {label.split("=")[0] for line in samples for label in _labels(line)}
    assert labels == {"le", "outcome", "site"}
    assert not any("sum" in line for line in samples)


def _labels(line):
    return line[line.index("{") + 1 : line.index("}")].split(",")


def test_each_service_says_that_it_lives_and_is_ready(production):
    for site in ("issue", "manage", "respond"):
        service = production.service(site)
        assert service.ask("/healthz").json() == {"alive": True}
        ready = {"store": True, "migrations": True, "keys": True}
        assert service.ask("/readyz").json() == {"ready": True, "sites": {site: ready}}
        assert service.ask(f"/{site}/").status == 404


def test_a_public_worker_stays_under_120_mebibytes(production, responses):
    for site in ("issue", "respond"):
        assert all(size < 120 for size in production.service(site).resident_mebibytes())


def test_a_crowd_beyond_the_limit_is_told_to_come_back(production, tmp_path):
    small = {"rate=300r/s": "rate=1r/m", "burst=300": "burst=3"}
    narrow = Proxy(tmp_path / "nginx", production.proxy.upstreams, small)
    narrow.start()
    try:
        with urllib3.PoolManager(ca_certs=str(narrow.authority)) as pool:
            address = narrow.url("answers", "/respond/")
            answers = [pool.request("GET", address, retries=False) for _ in range(10)]
    finally:
        narrow.stop()

    assert [answer.status for answer in answers] == [200] * 4 + [503] * 6
    assert answers[-1].json()["error"] == "busy"
    assert narrow.log.read_bytes() == b""


def test_nothing_shipped_counts_or_logs_by_address():
    shipped = "".join(path.read_text(encoding="utf-8") for path in SHIPPED.rglob("*.conf"))

    assert "remote_addr" not in shipped
    assert "log_format" not in shipped
    sides = [path.read_text(encoding="utf-8") for path in (SHIPPED / "side").iterdir()]
    assert not any("proxy_set_header" in side for side in sides)
    assert shipped.count("access_log") == shipped.count("access_log off;") == 1
