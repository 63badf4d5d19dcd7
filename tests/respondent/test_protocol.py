"""The reference respondent: whose word it takes, and what it does when a reply is lost."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import urllib3

from questionnaires import load
from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from survey_app.documents.design_rules import DesignRefusedError
from survey_app.errors import ManifestError, SurveyError
from survey_app.language import CHINESE
from survey_app.respondent.http import StrangeReplyError, UnreachableError
from survey_app.respondent.protocol import NoSurveyError, RowsError, find_campaigns, play
from tests.installation import ROOT

EXTERNAL, INTERNAL = load("external").codes, load("internal").codes

Answer = tuple[int, bytes]
Tamper = Callable[[str, bytes, Answer], Answer | None]


class Between:
    """A proxy between client and server, which passes on what it likes: None cuts the line."""

    def __init__(self, origin: str, tamper: Tamper) -> None:
        between = self
        self.seen: list[tuple[str, bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = {"Content-Type": self.headers.get("Content-Type") or ""}
                reply = urllib3.request(
                    self.command, origin + self.path, body=body, headers=kind, retries=False
                )
                between.seen.append((self.path, body))
                answer = tamper(self.path, body, (reply.status, reply.data))
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            do_GET = do_POST = pass_on  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def between(survey) -> Iterator[Callable[[Tamper], Between]]:
    started: list[Between] = []

    def start(tamper: Tamper) -> Between:
        proxy = Between(survey.installation.base, tamper)
        started.append(proxy)
        Thread(target=proxy.server.serve_forever, daemon=True).start()
        return proxy

    yield start
    for proxy in started:
        proxy.server.shutdown()
        proxy.server.server_close()


def row(code, items=EXTERNAL, **answers):
    return {"code": code, **dict.fromkeys(items, "0"), **answers}


def test_each_code_finds_its_survey_and_its_questionnaire(survey, other_survey):
    rows = [
        row(survey.code("south")),
        row(survey.code("staff"), INTERNAL),
        row(other_survey.code("north"), banquet="1", kickback="8", side_job="9", dealings=""),
    ]

    outcomes = play(survey.installation.base, rows, concurrency=3)

    assert [outcome.error for outcome in outcomes] == [""] * 3
    assert len({outcome.receipt for outcome in outcomes}) == 3


@pytest.mark.parametrize(
    "path", ["", "/", "/respond", "/respond/", "/respond/autumn", "/respond/autumn/"]
)
def test_the_address_may_be_the_root_the_site_or_the_page(survey, path):
    (outcome,) = play(survey.installation.base + path, [row(survey.code())], campaign="autumn")

    assert not outcome.error


def test_a_link_of_an_invitation_leads_to_its_survey(survey):
    link = f"{survey.installation.base}/respond/autumn/#0000.{survey.campaign.manifest.digest}"

    (only,) = find_campaigns(survey.wire, link)

    assert only == survey.campaign


def test_a_manifest_that_is_not_the_invitations_is_refused(survey, other_survey):
    link = (
        f"{survey.installation.base}/respond/autumn/#0000.{other_survey.campaign.manifest.digest}"
    )

    with pytest.raises(ManifestError, match="not the one of this invitation"):
        find_campaigns(survey.wire, link)


def test_a_survey_that_would_not_hide_its_persons_gets_no_code(survey, between):
    def shrink(path: str, _: bytes, answer: Answer) -> Answer:
        return answer[0], answer[1].replace(b'"sample":40', b'"sample":4')

    there = between(shrink)

    with pytest.raises(DesignRefusedError, match="“south” has a sample of 4"):
        play(there.base, [row(survey.code("south"))], campaign="autumn")
    assert not [path for path, _ in there.seen if path.startswith("/issue")]


@pytest.mark.parametrize(
    "site", ["/issue/autumn/stratum", "/issue/autumn/credentials", "/respond/autumn/ballots"]
)
@pytest.mark.parametrize("loss", [None, (503, b"")], ids=["cut", "503"])
def test_a_reply_that_is_lost_costs_nothing(survey, between, site, loss):
    losses = iter([loss])
    there = between(lambda path, _, answer: next(losses, answer) if path == site else answer)

    (outcome,) = play(there.base, [row(survey.code())], campaign="autumn")

    assert not outcome.error
    requests = Counter(request for request in there.seen if request[0] == site)
    assert list(requests.values()) == [2], "the very same request, twice"


def test_a_server_that_stays_down_is_given_up_when_patience_ends(survey, between):
    there = between(lambda path, _, answer: None if "ballots" in path else answer)

    (outcome,) = play(there.base, [row(survey.code())], campaign="autumn", patience=0.5)

    assert outcome.error == f"{there.base}/respond/autumn/ballots does not answer."


def test_a_server_that_keeps_failing_is_given_up_when_patience_ends(survey, between):
    there = between(lambda path, _, answer: (500, b"") if "ballots" in path else answer)

    (outcome,) = play(there.base, [row(survey.code())], campaign="autumn", patience=0.5)

    assert "/ballots answers (status 500)" in outcome.error


def test_an_address_without_a_server_is_given_up_when_patience_ends():
    with pytest.raises(UnreachableError):
        play("http://127.0.0.1:9", [row("")], patience=0.2)


def test_an_issuer_that_tags_people_with_a_key_of_their_own_gets_no_answer(survey, between):
    key = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())
    tag = to_text(blind_rsa.blind_sign(key, bytes(255) + b"\2"))
    there = between(
        lambda path, _, answer: (
            (200, b'{"signature":"%s"}' % tag.encode()) if "credentials" in path else answer
        )
    )

    (outcome,) = play(there.base, [row(survey.code())], campaign="autumn")

    assert outcome.error == "The issuer's signature does not fit the key in the manifest."
    assert not any("ballots" in path for path, _ in there.seen)


def test_a_receipt_of_something_else_is_not_taken(survey, between):
    there = between(
        lambda path, _, answer: (
            (201, b'{"receipt":"%s"}' % (b"0" * 64)) if "ballots" in path else answer
        )
    )

    (outcome,) = play(there.base, [row(survey.code())], campaign="autumn")

    assert outcome.error == "The receipt is not that of the answers sent."


@pytest.mark.parametrize(
    "reply",
    [b"", b"[]", b"{}", b"<html>", b'{"stratum":"west"}'],
    ids=lambda reply: reply.decode() or "nothing",
)
def test_a_strange_reply_gets_no_code_spent(survey, between, reply):
    there = between(lambda path, _, answer: (200, reply) if "stratum" in path else answer)

    (outcome,) = play(there.base, [row(survey.codes["north"][0])], campaign="autumn")

    assert "manifest lacks" in outcome.error or "not as this survey's servers" in outcome.error
    assert not any("credentials" in path for path, _ in there.seen)


def test_a_redirect_is_not_followed(survey, between):
    there = between(lambda *_: (302, b""))

    with pytest.raises(StrangeReplyError, match="302"):
        play(there.base, [row(survey.codes["north"][0])])


def test_where_there_is_no_survey_it_says_so(survey):
    with pytest.raises(NoSurveyError, match=r"/respond/nowhere/\.$"):
        play(survey.installation.base, [row("")], campaign="nowhere")
    with pytest.raises(NoSurveyError):
        play(f"{survey.installation.base}/nowhere", [row("")])


def test_a_faulty_answer_spends_no_code(survey):
    code = survey.code()

    (faulty,) = play(survey.installation.base, [row(code, banquet="yes")], campaign="autumn")
    (mended,) = play(survey.installation.base, [row(code, banquet="1")], campaign="autumn")

    assert faulty.error == "“yes” is not an answer to “banquet”: 1, 0, 8, 9 or nothing is."
    assert not mended.error


def test_a_row_may_lack_the_questionnaire_of_its_stratum(survey):
    (outcome,) = play(survey.installation.base, [row(survey.codes["staff"][0])], campaign="autumn")

    assert outcome.error == "The row has no cell for “post_trading”."


def test_sentences_come_in_the_language_asked_for(survey):
    rows = [row("0000-0000-0000-0000"), row("0000"), row(survey.codes["north"][0], banquet="2")]

    outcomes = play(survey.installation.base, rows, campaign="autumn", locale=CHINESE)

    assert all(any("\u4e00" <= c <= "\u9fff" for c in outcome.error) for outcome in outcomes)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([{"banquet": "0"}], "no column “code”"), ([{"code": ""}], "attention, bribery")],
)
def test_rows_that_could_answer_nothing_are_refused_as_a_whole(survey, rows, reason):
    with pytest.raises(RowsError, match=reason):
        play(survey.installation.base, rows, campaign="autumn")


def test_progress_is_told_row_by_row_in_their_order(survey):
    rows = [row(survey.code()), row("0000"), row(survey.code())]
    codes: list[str] = []

    play(
        survey.installation.base,
        rows,
        campaign="autumn",
        concurrency=3,
        on_progress=lambda outcome: codes.append(outcome.code),
    )

    assert codes == [entry["code"] for entry in rows]


def test_the_client_needs_neither_a_store_nor_a_site():
    loaded = "import sys, survey_app.respondent.protocol; print(*sys.modules)"

    modules = subprocess.check_output([sys.executable, "-c", loaded], text=True, cwd=ROOT).split()

    assert "survey_app.respondent.protocol" in modules
    assert not {"flask", "sqlalchemy", "survey_app.storage.database"} & set(modules)


def test_every_refusal_of_the_client_is_one_of_the_surveys():
    for refusal in (NoSurveyError, RowsError, StrangeReplyError, UnreachableError):
        assert issubclass(refusal, SurveyError)
