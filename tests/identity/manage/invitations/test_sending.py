"""Letters go out through a real SMTP server, each once, whatever breaks in between."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import mailing, sending
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.jobs import queue
from survey_app.identity.store.models import Job, Letter, LetterState
from tests.identity.manage.conftest import load, publish
from tests.identity.manage.invitations.test_mailing import of, queue_letters
from tests.identity.manage.post import (
    SENDER,
    WORDING,
    come_due,
    counts,
    failed_letters,
    link,
    send,
    text_of,
)
from tests.manifests import CLOSING_PRIVATE

PORT = 8238
"""Where no mail server listens."""
on_one_engine = pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
"""For what the mail server does, which no engine changes."""


@pytest.fixture
def queued(store, keys):
    return queue_letters(store, keys)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(sending, "_RECONNECTING", (0, 0, 0))


@pytest.fixture
def worker(site, server, monkeypatch):
    """The site's own worker, with a mail server, and letters in its queue."""
    worker, store = site.extensions["worker"], site.extensions["store"]
    settings = replace(worker._settings, smtp_url=SecretStr(server), mail_from=SENDER.address)
    monkeypatch.setattr(worker, "_settings", settings)
    publish(store)
    keys = Keys.of(settings)
    load(store, keys)
    with store.begin() as session:
        task = {"subject": "{title}", "body": "主办：{organiser}\n{link}\n{unit}邀请码 {code}"}
        mailing.queue_invitations(session, keys, of(session), "j" * 32, ["north"], link)
        queue.add(session, keys.roster, "spring", queue.MAIL, task, total=30, name="j" * 32)
    return worker


def job(store):
    with store.read() as session:
        return queue.progress(session, "spring", "j" * 32)


def test_everybody_drawn_gets_one_letter_with_a_link_of_their_own(
    store, keys, queued, post, server
):
    send(store, keys, queued, server)
    send(store, keys, queued, server)

    assert len(set(post.addresses)) == len(post.addresses) == 30
    assert {letter["Subject"] for letter in post.read()} == {"问卷 Survey"}
    texts = [text_of(letter) for letter in post.read()]
    assert len({text.split("#")[1].split()[0] for text in texts}) == 30
    assert all("您好\n.\n<https" in text for text in texts)
    with store.read() as session:
        assert session.scalar(select(Letter)) is None


@on_one_engine
def test_a_letter_has_its_date_its_name_and_no_line_break_in_its_link(
    store, keys, queued, post, server
):
    send(store, keys, queued, server)

    for letter in post.read():
        assert abs(letter["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)
        assert letter["Content-Transfer-Encoding"] == "base64"
        assert letter["From"].addresses[0].display_name == SENDER.name
    assert len({letter["Message-ID"] for letter in post.read()}) == 30


def test_letters_go_out_of_the_queue_with_what_their_survey_says(worker, post):
    worker.work()

    letter = post.read()[0]
    code = text_of(letter).split("#")[1].split(">")[0]
    assert text_of(letter) == (
        f"主办：某市某局\n<https://x.example/#{code}>\nnorth 单位邀请码 {code}\n"
    )
    assert letter["Subject"] == "春季调查"
    assert letter["From"].addresses[0].display_name == "某市某局"


@on_one_engine
@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("at_mail", "451 try later"),
        ("at_rcpt", "450 4.2.0 Greylisted"),
        ("at_rcpt", "452 too many"),
        ("at_data", "451 busy"),
        ("at_data", "421 too many letters"),
    ],
)
def test_what_is_refused_for_now_is_tried_again_by_itself(worker, store, post, step, reply):
    usual_reply = getattr(post, step)
    setattr(post, step, lambda _: reply)
    worker.work()
    assert post.letters == []
    assert job(store).state == "waiting"
    assert job(store).next_try is not None

    setattr(post, step, usual_reply)
    worker.work()
    assert post.letters == []  # its time has not come
    assert come_due(store) == {5}
    worker.work()

    assert len(set(post.addresses)) == len(post.addresses) == 30
    assert (job(store).state, job(store).finished_steps) == ("done", 30)


@on_one_engine
def test_a_server_that_takes_a_few_letters_at_a_time_gets_them_all(
    store, keys, queued, post, server
):
    taken_in_a_row = [0]

    def take_five(_address):
        taken_in_a_row[0] = (taken_in_a_row[0] + 1) % 6
        return "250 OK" if taken_in_a_row[0] else "421 enough for now"

    post.at_rcpt = take_five
    send(store, keys, queued, server)

    assert len(set(post.addresses)) == len(post.addresses) == 30


def test_a_letter_refused_for_a_day_is_refused_for_good(worker, store, post):
    post.at_rcpt = lambda address: "450 later" if address < "p2" else "250 OK"

    pauses = []
    while worker.work() or job(store).state == "waiting":
        pauses += come_due(store)

    assert pauses == [5, 15, 30, 60, 120, 240, 480, 490]
    assert sum(pauses) == 24 * 60
    listed = failed_letters(store, Keys.of(worker._settings))
    assert len(listed) + len(post.letters) == 30
    assert {letter.state for letter in listed} == {LetterState.REFUSED}
    assert all(letter.reply == "450 later" for letter in listed)


@on_one_engine
def test_a_server_that_is_away_is_tried_for_a_day_and_then_work_has_failed(
    worker, store, monkeypatch
):
    away = replace(worker._settings, smtp_url=SecretStr(f"smtp://127.0.0.1:{PORT}"))
    monkeypatch.setattr(worker, "_settings", away)
    pauses = []
    while worker.work() or job(store).state == "waiting":
        pauses += come_due_job(store)

    assert pauses == [5, 15, 30, 60, 120, 240, 480, 490]
    assert "does not answer" in str(job(store).problem)
    assert job(store).letters.unsent == 30  # not one was given up
    with store.begin() as session:
        queue.dismiss(session, away.secret("roster"), "spring", "j" * 32)
    assert len(failed_letters(store, Keys.of(away))) == 30
    with store.read() as session:
        assert queue.of_campaign(session, "spring") == []


def come_due_job(store):
    pause = job(store).next_try - datetime.now(UTC)
    with store.begin() as session:
        session.execute(update(Job).values(next_try=0))
    return [round(pause.total_seconds() / 60)]


@on_one_engine
@pytest.mark.parametrize("reply", ["550 you may not", "554 never"])
def test_a_server_that_refuses_the_sender_gives_no_letter_up(worker, store, post, reply):
    post.at_mail = lambda _: reply
    worker.work()
    assert reply in str(job(store).problem)
    assert job(store).letters.unsent == 30

    post.at_mail = lambda _: "250 OK"
    with store.begin() as session:
        queue.retry(session, "spring", "j" * 32)
    worker.work()

    assert len(set(post.addresses)) == len(post.addresses) == 30


@on_one_engine
def test_an_address_that_is_none_keeps_no_other_letter_waiting(store, keys, post, server):
    roster = "stratum,person,email\n" + "\n".join(
        f"north,p{i},{'p3@example..org' if i == 3 else f'p{i}@example.org'}" for i in range(30)
    )
    name = queue_letters(store, keys, roster.encode())

    send(store, keys, name, server)

    assert len(post.letters) == 29
    assert [letter.address for letter in failed_letters(store, keys)] == ["p3@example..org"]


def test_no_letter_goes_out_after_the_close(worker, store, post):
    with store.begin() as session:
        service.close(session, "spring", CLOSING_PRIVATE)

    worker.work()

    assert post.letters == []
    with store.read() as session:
        assert queue.of_campaign(session, "spring") == []
        assert session.scalar(select(Letter)) is None


def test_a_connection_lost_in_the_middle_sends_nothing_twice(store, keys, queued, post, server):
    post.hang_up_at = 7

    send(store, keys, queued, server)

    assert len(set(post.addresses)) == len(post.addresses) == 30
    assert counts(store, queued) == mailing.LetterCounts(0, 0, 0, doubtful=1)
    assert [letter.state for letter in failed_letters(store, keys)] == [LetterState.DOUBTFUL]


def test_two_workers_at_once_send_nothing_twice(worker, post):
    workers = [threading.Thread(target=worker.work) for _ in range(2)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()

    assert len(set(post.addresses)) == len(post.addresses) == 30


@on_one_engine
def test_a_worker_that_watches_sends_without_being_asked(worker, post, monkeypatch):
    monkeypatch.setattr(type(worker), "PULSE", 0.05)
    last_letter = threading.Event()
    post.at, post.strike = 30, last_letter.set

    worker.watch()

    assert last_letter.wait(30)
    worker.stop()


def test_a_test_letter_goes_out_at_once_and_is_refused_in_words(post, server):
    sending.send_test(server, SENDER, WORDING, "me@example.org", "https://x.example/#c.d.s")
    assert post.addresses == ["me@example.org"]

    post.at_rcpt = lambda _: "550 no such person"
    with pytest.raises(SurveyError, match="550 no such person"):
        sending.send_test(server, SENDER, WORDING, "me@example.org", "l")
    with pytest.raises(SurveyError, match="not an address"):
        sending.send_test(server, SENDER, WORDING, "no address", "l")
    with pytest.raises(SurveyError, match="ConnectionRefused"):
        sending.send_test(f"smtp://127.0.0.1:{PORT}", SENDER, WORDING, "me@example.org", "l")
