"""How every site refuses what it cannot take, and what its log says of an accident."""

import pytest

from survey_app import logs
from tests.sites import serving

CANARY = "ABCD-EFGH-JKMN-PQRS"
JSON = {"Content-Type": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def issue(tmp_path):
    with serving("issue", tmp_path) as site:

        @site.get("/accident/<error>")
        def accident(error):
            raise RuntimeError(f"could not do {error}") from ValueError(error)

        yield site.test_client()


@pytest.fixture
def respond(tmp_path):
    with serving("respond", tmp_path) as site:
        yield site.test_client()


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", JSON, 400, "input_unreadable"),
        (b'{"code": 1}', JSON, 400, "input_unreadable"),
        (b"\xff\xfe", JSON, 400, "input_unreadable"),
        (b"code=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "not_json"),
        (b"{}", {}, 415, "not_json"),
        (b"x" * 65_537, JSON, 413, "too_large"),
        (b"{", {"Content-Type": "text/plain;charset=UTF-8"}, 400, "input_unreadable"),
        (b"x" * 65_537, {"Content-Type": "image/png"}, 415, "not_json"),
    ],
)
def test_a_body_that_will_not_do_is_refused_in_one_sentence(issue, body, headers, status, code):
    answer = issue.post("/nothing/stratum", data=body, headers=headers | {"Accept-Language": "en"})

    assert answer.status_code == status
    assert answer.json["error"] == code
    assert answer.json["message"].endswith(".")


def test_a_body_sent_in_chunks_is_measured_too(issue):
    answer = issue.post(
        "/nothing/stratum",
        data=b" " * 70_000,
        headers=JSON,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    assert answer.status_code == 413


def test_a_bad_field_is_named_in_the_reader_s_language(issue):
    answers = [
        issue.post("/nothing/stratum", json={"cod": CANARY}, headers={"Accept-Language": tag})
        for tag in ("zh-CN,zh;q=0.9", "en-GB", "")
    ]

    messages = [answer.json["message"] for answer in answers]
    assert messages == [
        "字段“code”无法识别。",
        "The field “code” cannot be read.",
        "字段“code”无法识别。",
    ]


def test_a_wrong_method_is_told_the_right_ones(issue):
    answer = issue.get("/nothing/stratum")

    assert answer.status_code == 405
    assert answer.json["error"] == "method_not_allowed"
    assert {"POST", "OPTIONS"} == set(answer.allow)


def test_a_person_gets_a_page_and_a_program_gets_json(respond):
    page = respond.get("/no/such/page", headers=BROWSER)
    document = respond.get("/no/such/page", headers={"Accept": "*/*"})

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "这个地址没有内容。" in page.text
    assert (document.status_code, document.mimetype) == (404, "application/json")
    assert document.json == {"error": "not_found", "message": "这个地址没有内容。"}


def test_the_issuer_is_no_place_for_pages(issue):
    assert issue.get("/no/such/page", headers=BROWSER).mimetype == "application/json"


def test_an_accident_is_logged_without_what_was_sent(issue, caplog):
    issue.application.config["PROPAGATE_EXCEPTIONS"] = False

    answer = issue.get(f"/accident/{CANARY}", environ_base={"REMOTE_ADDR": "203.0.113.9"})

    assert answer.status_code == 500
    assert answer.json["error"] == "failed"
    assert CANARY not in answer.text
    line = logs.formatter().format(caplog.records[-1])
    for secret in (CANARY, "203.0.113.9", "/accident", "could not do"):
        assert secret not in caplog.text + line
    assert '"where": "builtins.RuntimeError at ' in line
    assert "because of builtins.ValueError" in line
    assert "test_application.py" in line
