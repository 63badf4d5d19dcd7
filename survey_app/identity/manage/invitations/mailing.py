"""Invitations and reminders by e-mail: queued encrypted, sent one by one, never twice.

A letter is marked before its content goes out and deleted after the server took it. A letter that
is marked after a crash may have arrived, so it is never sent again.
"""

import json
import os
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from functools import partial
from operator import itemgetter
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.config import SiteSettings
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.invitations import codes
from survey_app.identity.manage.invitations.codes import Keys
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Audit, Letter
from survey_app.language import CHINESE, ENGLISH
from survey_app.storage.database import Database

LINK, CODE = "{link}", "{code}"
OF_SURVEY = ("address", "last_day", "organiser", "contact", "check_code")
"""The places in a letter's text for what its survey says, as attributes of `Notice`."""
_PLACE = re.compile(r"\{([a-z_]+)\}")
_LINK_PLACE = re.compile(r"[ \t]*<?\{link\}>?(?:[ \t]*[.。,，;；]?[ \t]*(?=\r?$))?", re.MULTILINE)
_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")
_REHEARSAL = (
    "【演练】这是演练：其中的一切都不计入结果。\n"
    "[Rehearsal] This is a rehearsal: nothing in it counts.\n\n"
)
_THANKS = "如果您已经作答，谢谢您！\nIf you have already answered, thank you.\n"
_HERE = {"localhost", "127.0.0.1", "::1"}
_PATIENCE = 30
_PAUSES = (0.5, 2, 5, 0)


@dataclass(frozen=True)
class Wording:
    """A letter's subject and text.

    ``{link}`` and ``{code}`` are the places for each person's own, ``{address}`` and the others of
    `OF_SURVEY` for what the survey says.
    """

    subject: str
    body: str


@dataclass(frozen=True)
class MailServer:
    """The address of the mail server, and the sender of the letters."""

    url: str
    sender: str


@dataclass(frozen=True)
class UnsentLetters:
    """How many letters of a job are not sent: queued, in doubt, or refused."""

    queued_letters: int
    doubtful_letters: int
    refused_letters: int


def server_of(settings: SiteSettings) -> MailServer:
    """Get the mail server from the settings.

    Raises
    ------
    SurveyError
        None is set up.
    """
    if settings.smtp_url is None or not settings.mail_from:
        raise SurveyError(N_("No mail server is set up (SURVEY_SMTP_URL and SURVEY_MAIL_FROM)."))
    return MailServer(settings.smtp_url.get_secret_value(), settings.mail_from)


def check_wording(wording: Wording, *, invites: bool) -> None:
    """Refuse a letter that cannot go out as it is.

    Raises
    ------
    SurveyError
        It lacks subject, text or link, has a place that is none, or its subject is no single line.
    """
    subject, body = wording.subject, wording.body
    if not subject.strip() or not body.strip() or not subject.isprintable():
        raise SurveyError(N_("A letter needs a subject of one line, and a text."))
    if len(subject) > 200 or len(body) > 20_000:
        raise SurveyError(N_("The subject or the text of the letter is too long."))
    if invites and LINK not in body:
        raise SurveyError(N_("The text must contain {link}, the place for each person's own link."))
    if not invites and (LINK in body or CODE in body):
        raise SurveyError(N_("A reminder has no {link} and no {code}: they are not stored."))
    unknown = set(_PLACE.findall(body)) - {"link", "code", *OF_SURVEY}
    if unknown:
        raise SurveyError(N_("The letter cannot fill “%(place)s”."), place=f"{{{min(unknown)}}}")


def reminder(wording: Wording) -> Wording:
    """Add thanks to a reminder: it goes to those who have answered, too."""
    return Wording(wording.subject, f"{wording.body.rstrip()}\n\n{_THANKS}")


def filled(wording: Wording, notice: Callable[[str], Notice]) -> Wording:
    """Put in what the survey says, each time in the language of the line.

    ``notice`` gives it in a language. A line with a place for which there is nothing is left out,
    unless the link or the code stands in it.
    """
    by_language = {locale: notice(locale) for locale in (CHINESE, ENGLISH)}
    lines = []
    language = CHINESE if _CHINESE.search(wording.body) else ENGLISH
    for line in wording.body.splitlines():
        language = _language(line) or language
        lines.append(_filled_line(line, by_language[language]))
    body = "\n".join(line for line in lines if line is not None)
    rehearsal = by_language[CHINESE].rehearsal
    return Wording(wording.subject, _REHEARSAL + body if rehearsal else body)


def _language(line: str) -> str | None:
    """Tell which language a line is in; None if it has no letters but in places."""
    text = _PLACE.sub("", line)
    if _CHINESE.search(text):
        return CHINESE
    return ENGLISH if _LATIN.search(text) else None


def _filled_line(line: str, notice: Notice) -> str | None:
    texts = {name: getattr(notice, name) for name in OF_SURVEY}
    personal = LINK in line or CODE in line
    if not personal and not all(texts.get(name, name) for name in _PLACE.findall(line)):
        return None
    return _PLACE.sub(lambda place: texts.get(place[1], place[0]), line)


def queue_invitations(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    job: str,
    strata: Collection[str],
    link: Callable[[str, str], str],
) -> int:
    """Give a code to each person drawn who has an address and no code, in a letter that waits.

    Raises
    ------
    SurveyError
        There is no such person.
    """
    campaign = manifest.campaign
    sample = codes.persons_at(session, campaign, strata, ("drawn",))
    pairs = [(persons.fields(keys.roster, person).get("address"), person) for person in sample]
    addressed = [(address, person) for address, person in pairs if address]
    if not addressed:
        raise SurveyError(N_("No person drawn in these strata has an address and no code yet."))
    first = codes.first_codes(session, keys, manifest, [person for _, person in addressed])
    letters = [
        {"address": address, "link": link(code, person.stratum)}
        for (address, person), code in zip(addressed, first, strict=True)
    ]
    _queue(session, keys, campaign, job, letters)
    audit.record(session, Audit, "mail", campaign, f"{len(letters)}")
    return len(letters)


def queue_reminders(
    session: Session, keys: Keys, campaign: str, job: str, strata: Collection[str]
) -> int:
    """Queue a letter to each person invited in whole strata, whether they answered or not.

    Raises
    ------
    SurveyError
        There is no such person.
    """
    invited = codes.persons_at(session, campaign, strata, ("invited", "mailed"))
    addresses = [persons.fields(keys.roster, person).get("address") for person in invited]
    letters = [{"address": address, "link": ""} for address in addresses if address]
    if not letters:
        raise SurveyError(N_("No person invited in these strata has an address."))
    _queue(session, keys, campaign, job, letters)
    audit.record(session, Audit, "remind", campaign, f"{len(letters)}")
    return len(letters)


def unsent_letters(session: Session, job: str) -> UnsentLetters:
    """Count a job's letters that are not sent."""
    query = select(Letter.state, func.count()).where(Letter.job == job).group_by(Letter.state)
    counts = {row.state: row[1] for row in session.execute(query)}
    return UnsentLetters(
        counts.get("waiting", 0), counts.get("sending", 0), counts.get("refused", 0)
    )


def count_refused(session: Session, campaign: str) -> int:
    """Count a campaign's letters that the mail server refused."""
    query = select(func.count()).where(Letter.campaign == campaign, Letter.state == "refused")
    return session.scalar(query) or 0


def retry_refused(session: Session, job: str) -> None:
    """Queue refused letters again: those have surely not arrived."""
    session.execute(
        update(Letter).where(Letter.job == job, Letter.state == "refused").values(state="waiting")
    )


def send_all(
    database: Database,
    key: bytes,
    job: str,
    wording: Wording,
    server: MailServer,
    on_sent: Callable[[], None],
) -> None:
    """Send a job's waiting letters, reconnecting when a connection breaks.

    Raises
    ------
    SurveyError
        The server cannot be reached; the other letters stay in the queue.
    """
    for pause in _PAUSES:
        try:
            with _connected(server) as smtp:
                send_one = partial(_send, database, key, wording, server.sender, smtp, on_sent)
                while letter := _next(database, job):
                    send_one(letter)
        except (smtplib.SMTPException, OSError):
            time.sleep(pause)
        else:
            database.scrub(Letter)
            return
    raise SurveyError(
        N_("The mail server does not answer as it should. The other letters stay in the queue.")
    )


def _queue(
    session: Session, keys: Keys, campaign: str, job: str, letters: list[dict[str, str]]
) -> None:
    rows: list[dict[str, Any]] = []
    for letter in letters:
        name = os.urandom(16)
        content = encrypt(keys.roster, json.dumps(letter).encode(), f"letter/{name.hex()}")
        rows.append({"letter": name, "campaign": campaign, "job": job, "content": content})
    rows.sort(key=itemgetter("letter"))
    session.execute(insert(Letter).values(state="waiting"), rows)


def _next(database: Database, job: str) -> Letter | None:
    with database.read() as session:
        query = select(Letter).where(Letter.job == job, Letter.state == "waiting").limit(1)
        return session.scalar(query)


def _send(
    database: Database,
    key: bytes,
    wording: Wording,
    sender: str,
    smtp: smtplib.SMTP,
    on_sent: Callable[[], None],
    letter: Letter,
) -> None:
    content = json.loads(decrypt(key, letter.content, f"letter/{letter.letter.hex()}"))
    message = _message(wording, sender, content["address"], content["link"])
    code, _ = smtp.mail(sender)
    if code == 250:
        code, _ = smtp.rcpt(content["address"])
    if code not in {250, 251}:
        smtp.rset()
        if code == 421:
            raise smtplib.SMTPServerDisconnected
        _mark(database, letter.letter, "refused")
        return
    _mark(database, letter.letter, "sending")
    try:
        code, _ = smtp.data(message.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:  # refused before a word of it went out
        code = error.smtp_code
    if code == 250:
        with database.begin() as session:
            session.execute(delete(Letter).where(Letter.letter == letter.letter))
        on_sent()
    else:
        _mark(database, letter.letter, "refused")


def _mark(database: Database, letter: bytes, state: str) -> None:
    with database.begin() as session:
        session.execute(update(Letter).where(Letter.letter == letter).values(state=state))


def _message(wording: Wording, sender: str, address: str, link: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, address, wording.subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message["Date"] = datetime.now(UTC)
    message["Auto-Submitted"] = "auto-generated"
    code = link.partition("#")[2].partition(".")[0]
    body = _with_link(wording.body.replace(CODE, code), link)
    message.set_content(body, cte="base64")  # a soft line break would cut the link
    return message


def _with_link(body: str, link: str) -> str:
    """Put the link on a line of its own in angle brackets (RFC 3986, appendix C), wherever it was.

    What else stands in the line is taken for a part of the link by some mail programs.
    """

    def alone(place: re.Match[str]) -> str:
        before, after = body[: place.start()], body[place.end() :]
        start = "" if before.endswith("\n") or not before else "\n"
        end = "" if after.startswith(("\r", "\n")) or not after else "\n"
        return f"{start}<{link}>{end}"

    return _LINK_PLACE.sub(alone, body)


def _connected(server: MailServer) -> smtplib.SMTP:
    """Connect, over TLS unless the server is on this machine."""
    parts = urlsplit(server.url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=_PATIENCE, context=context
        )
    else:
        smtp = smtplib.SMTP(host, parts.port or 587, timeout=_PATIENCE)
        if host not in _HERE:
            smtp.starttls(context=context)
    smtp.ehlo_or_helo_if_needed()
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
    return smtp
