"""Letters go out through a real SMTP server, each once, whatever breaks in between."""

import email
import email.policy
import os
import signal
import subprocess
import sys
import threading
import warnings
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pydantic import SecretStr
from sqlalchemy import select

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the server's own library, at its import
    from aiosmtpd.controller import Controller

from survey_app.config import Settings
from survey_app.crypto.credentials import check_code
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import codes, mailing
from survey_app.identity.manage.invitations.codes import Keys
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import UNCLAIMED, Invitation, Letter, Person
from tests.documents.plans import published
from tests.identity.manage.conftest import load, publish, roster_csv
from tests.installation import ROOT
from tests.manifests import ABOUT, CLOSING_PRIVATE

WORDING = mailing.Wording("问卷 Survey", "您好\n.\n{link}\nThank you")


class Post:
    """What arrived; it can refuse an address, or hang up in the middle of a letter."""

    def __init__(self):
        self.letters, self.refused, self.hang_up_at = [], set(), None
        self.at, self.strike = 0, lambda: None

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append((envelope.rcpt_tos, envelope.content))
        if len(self.letters) == self.hang_up_at:
            server.transport.close()
        if len(self.letters) == self.at:
            self.strike()
        return "250 OK"


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def server(post):
    controller = Controller(post, hostname="127.0.0.1", port=8237)
    controller.start()
    yield mailing.MailServer("smtp://127.0.0.1:8237", "survey@example.org")
    controller.stop()


@pytest.fixture
def queued(store, keys):
    return queue_letters(store, keys)


def link(code, _stratum):
    return f"https://x.example/#{code}"


def filled(body, **texts):
    manifest = PublishedManifest.model_validate(published() | texts)
    notice = partial(Notice.of, manifest, manifest.window.end, "https://survey.example.org/respond")
    return mailing.filled(mailing.Wording("s", body), notice).body, check_code(manifest.root)


def letters(post):
    return [
        email.message_from_bytes(content, policy=email.policy.default)
        for _, content in post.letters
    ]


def text_of(letter):
    return letter.get_content().replace("\r", "")


def of(session):
    return service.published_manifest(session, "spring")


def queue_letters(store, keys):
    """Let thirty letters wait."""
    publish(store)
    load(store, keys)
    with store.begin() as session:
        name = queue.new_name()
        number = mailing.queue_invitations(session, keys, of(session), name, ["north"], link)
        queue.add(
            session, keys.roster, "spring", queue.MAIL, asdict(WORDING), total=number, name=name
        )
    assert number == 30
    return name


def send(store, keys, job, server):
    letters = []
    mailing.send_all(store, keys.roster, job, WORDING, server, lambda: letters.append(1))
    return len(letters)


def addresses(post):
    return [to for tos, _ in post.letters for to in tos]


def unsent(store, job):
    with store.read() as session:
        return mailing.unsent_letters(session, job)


def test_everybody_drawn_gets_one_letter_with_a_link_of_their_own(
    store, keys, queued, post, server
):
    assert send(store, keys, queued, server) == 30
    assert send(store, keys, queued, server) == 0

    assert len(set(addresses(post))) == len(addresses(post)) == 30
    assert {letter["Subject"] for letter in letters(post)} == {"问卷 Survey"}
    texts = [text_of(letter) for letter in letters(post)]
    assert len({text.split("#")[1].split()[0] for text in texts}) == 30
    assert all("您好\n.\n<https" in text for text in texts)
    with store.read() as session:
        assert session.scalar(select(Letter)) is None


def test_a_letter_has_its_date_its_name_and_no_line_break_in_its_link(
    store, keys, queued, post, server
):
    send(store, keys, queued, server)

    for letter in letters(post):
        assert abs(letter["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)
        assert letter["Content-Transfer-Encoding"] == "base64"
    assert len({letter["Message-ID"] for letter in letters(post)}) == 30


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Your link: {link}.", "Your link:\n<L>\n"),
        ("点击<{link}>作答", "点击\n<L>\n作答\n"),
        ("您好\r\n  {link}  \r\n谢谢", "您好\n<L>\n谢谢\n"),
        ("{link}", "<L>\n"),
    ],
)
def test_the_link_stands_alone_in_its_line_wherever_the_wording_has_it(body, text):
    letter = mailing._message(mailing.Wording("s", body), "a@example.org", "b@example.org", "L")

    assert text_of(letter) == text


WORDS = """请输入 {address} 和邀请码 {code}，最后一天{last_day}。
主办：{organiser}
咨询：{contact}
校验码 {check_code}
{link}
Asked by {organiser}, until {last_day}."""


def test_a_letter_says_what_its_survey_says_in_the_language_of_the_line():
    body, code = filled(WORDS, organiser=ABOUT["organiser"])

    assert body == (
        "请输入 https://survey.example.org/respond/autumn/ 和邀请码 {code}，"
        "最后一天2026年9月30日。\n"
        f"主办：某市某局\n校验码 {code}\n"
        "{link}\nAsked by A bureau, until 30 September 2026."
    )


def test_a_rehearsals_letter_says_so_and_a_line_with_the_link_is_never_left_out():
    body, _ = filled("{organiser} {link}", rehearsal=True)

    assert "{link}" in body
    assert body.startswith("【演练】")
    assert "[Rehearsal]" in body


@pytest.fixture
def worker(site, server, monkeypatch):
    """The site's own worker, with a mail server, and letters in its queue."""
    worker, store = site.extensions["worker"], site.extensions["store"]
    settings = replace(worker._settings, smtp_url=SecretStr(server.url), mail_from=server.sender)
    monkeypatch.setattr(worker, "_settings", settings)
    publish(store)
    keys = Keys.of(settings)
    load(store, keys)
    with store.begin() as session:
        task = {"subject": "s", "body": "主办：{organiser}\n{link}\n邀请码 {code}"}
        mailing.queue_invitations(session, keys, of(session), "j" * 32, ["north"], link)
        queue.add(session, keys.roster, "spring", queue.MAIL, task, total=30, name="j" * 32)
    return worker


def test_letters_go_out_of_the_queue_with_what_their_survey_says(worker, post):
    worker.work()

    text = text_of(letters(post)[0])
    code = text.split("#")[1].split(">")[0]
    assert text == f"主办：某市某局\n<https://x.example/#{code}>\n邀请码 {code}\n"


def test_no_letter_goes_out_after_the_close(worker, store, post):
    with store.begin() as session:
        service.close(session, "spring", CLOSING_PRIVATE)

    worker.work()

    assert post.letters == []
    with store.read() as session:
        [job] = queue.of_campaign(session, "spring")
    assert "spring" in str(job.problem)
    assert job.letters.queued_letters == 30


def test_a_stratum_with_a_code_that_none_of_its_persons_holds_gets_no_letters(store, keys):
    """Earlier releases let persons be drawn after cards were made."""
    publish(store)
    load(store, keys)
    card = Invitation(code=bytes(32), campaign="spring", stratum="north", claimed_for=UNCLAIMED)
    with store.begin() as session:
        session.add(card)

    with store.begin() as session, pytest.raises(SurveyError, match="has its codes already"):
        mailing.queue_invitations(session, keys, of(session), "job", ["north"], link)


def test_letters_wait_encrypted(store, keys, queued):
    with store.read() as session:
        contents = [bytes(letter.content) for letter in session.scalars(select(Letter))]

    assert len(contents) == 30
    assert not any(b"example.org" in content for content in contents)


def test_a_connection_lost_in_the_middle_sends_nothing_twice(store, keys, queued, post, server):
    post.hang_up_at = 7

    send(store, keys, queued, server)

    assert len(set(addresses(post))) == len(addresses(post)) == 30
    assert unsent(store, queued) == mailing.UnsentLetters(
        queued_letters=0, doubtful_letters=1, refused_letters=0
    )


def test_a_worker_killed_while_it_sends_leaves_one_letter_in_doubt(
    store, site, post, server, tmp_path
):
    """Killed in the middle of a letter; the next worker writes to everybody but that one."""
    settings = Settings(instance=tmp_path).of("manage")
    job = queue_letters(store, Keys.of(settings))
    work = [sys.executable, "-m", "survey_app", "manage", "work"]
    mail = {"SURVEY_SMTP_URL": server.url, "SURVEY_MAIL_FROM": server.sender}
    environment = os.environ | mail | {"SURVEY_INSTANCE": str(tmp_path)}
    with subprocess.Popen(work, env=environment, cwd=ROOT) as worker:
        post.at, post.strike = 7, worker.kill
    assert worker.returncode == -signal.SIGKILL
    assert len(addresses(post)) == 7
    assert unsent(store, job).queued_letters == 23

    subprocess.run(work, env=environment, cwd=ROOT, check=True)

    assert sorted(set(addresses(post))) == sorted(addresses(post))
    assert len(addresses(post)) == 30
    assert unsent(store, job) == mailing.UnsentLetters(0, 1, 0)


def test_a_refused_address_is_counted_and_may_be_tried_again(store, keys, queued, post, server):
    with store.read() as session:
        sample = session.scalars(select(Person).where(Person.step == "mailed")).all()
        post.refused = {persons.fields(keys.roster, sample[0])["address"]}
    send(store, keys, queued, server)
    assert unsent(store, queued).refused_letters == 1

    post.refused = set()
    with store.begin() as session:
        queue.retry(session, "spring", queued)
    send(store, keys, queued, server)

    assert len(set(addresses(post))) == len(addresses(post)) == 30


def test_without_a_server_the_letters_wait(store, keys, queued, monkeypatch):
    monkeypatch.setattr(mailing, "_PAUSES", (0, 0))

    with pytest.raises(SurveyError, match="does not answer"):
        send(store, keys, queued, mailing.MailServer("smtp://127.0.0.1:8238", "a@example.org"))

    assert unsent(store, queued).queued_letters == 30


def test_two_workers_at_once_send_nothing_twice(site, store, keys, queued, post, server):
    workers = [threading.Thread(target=_work, args=(site, store, keys, server)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(set(addresses(post))) == len(addresses(post))


def _work(site, store, keys, server):
    worker = site.extensions["worker"]
    with worker._alone() as alone:
        if alone:
            with store.read() as session:
                job = session.scalar(select(Letter.job).limit(1))
            if job:
                send(store, keys, job, server)


def test_reminders_go_to_whole_strata_and_carry_no_code(store, keys, queued, post, server):
    send(store, keys, queued, server)
    post.letters.clear()
    with store.begin() as session:
        number = mailing.queue_reminders(session, keys, "spring", "r" * 32, ["north"])
    assert number == 30

    mailing.send_all(
        store, keys.roster, "r" * 32, mailing.Wording("s", "thanks"), server, lambda: None
    )

    assert len(set(addresses(post))) == 30
    assert not any(b"#" in content for _, content in post.letters)


def test_no_person_is_invited_by_letter_twice(store, keys, queued):
    with store.begin() as session, pytest.raises(SurveyError, match="No person drawn"):
        mailing.queue_invitations(session, keys, of(session), "x" * 32, ["north"], link)


def test_a_letter_needs_its_link_and_one_line_of_subject():
    for subject, body in (("", "{link}"), ("a\nBcc: b@c.d", "{link}"), ("s", "no link"), ("s", "")):
        with pytest.raises(SurveyError):
            mailing.check_wording(mailing.Wording(subject, body), invites=True)


def test_a_letter_has_no_place_that_cannot_be_filled():
    with pytest.raises(SurveyError, match=r"cannot fill “\{organizer\}”"):
        mailing.check_wording(mailing.Wording("s", "{link} {organizer}"), invites=True)
    with pytest.raises(SurveyError, match=r"no \{link\} and no \{code\}"):
        mailing.check_wording(mailing.Wording("s", "{code}"), invites=False)


def test_a_roster_without_addresses_sends_no_letter(store, keys):
    publish(store)
    load(store, keys, content=roster_csv().replace(b"email", b"note"))

    with store.begin() as session, pytest.raises(SurveyError, match="No person drawn"):
        mailing.queue_invitations(session, keys, of(session), "x" * 32, ["north"], link)
