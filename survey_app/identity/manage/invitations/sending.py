"""Letters on their way to the mail server: one by one, never twice, and again if refused for now.

A letter is marked before its content goes out and deleted once the server has taken it. One whose
connection broke in between may have arrived: it is in doubt, and never sent again. One that is
refused for now (4xx) is tried again after a pause, for a day in all; then, or if it is refused for
good (5xx), its link is deleted and its person listed.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.policy import SMTP
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app.config import SiteSettings
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.invitations.mailing import read_letter, write_letter
from survey_app.identity.manage.invitations.wording import Sender, Wording, message_of
from survey_app.identity.store.models import Job, Letter, LetterState
from survey_app.storage.database import Database

_MINUTES = (5, 15, 30, 60, 120, 240, 480, 490)
PAUSES = tuple(60 * minutes for minutes in _MINUTES)
"""The seconds between the tries of what is refused for now: a day in all."""
_RECONNECTING = (0.5, 2, 5)
_HERE = {"localhost", "127.0.0.1", "::1"}
_PATIENCE = 30
_LONGEST_REPLY = 300
_DOTS = re.compile(rb"^\.", re.MULTILINE)
_CLOSING = 421
"""The server's reply before it hangs up."""


class MailServerAwayError(SurveyError):
    """The mail server cannot be reached, or takes nothing for now."""

    sentence = N_(
        "The mail server does not answer as it should. The other letters stay in the queue."
    )


@dataclass(frozen=True)
class Reply:
    """What the mail server says to one step."""

    code: int
    text: str = ""

    @classmethod
    def of(cls, reply: tuple[int, bytes]) -> "Reply":
        """Read what smtplib gives."""
        return cls(reply[0], reply[1].decode("utf-8", "replace")[:_LONGEST_REPLY])

    @property
    def accepted(self) -> bool:
        """Whether the step was taken."""
        return self.code // 100 == 2

    @property
    def final(self) -> bool:
        """Whether another try is of no use."""
        return self.code // 100 == 5

    def __str__(self) -> str:
        return f"{self.code} {' '.join(self.text.split())}"


@dataclass(frozen=True)
class Outgoing:
    """The letters of one job, and how they are worded in a stratum."""

    database: Database
    key: bytes
    job: str
    sender: Sender
    wording: Callable[[str], Wording]


def server_url(settings: SiteSettings) -> str:
    """Get the mail server from the settings.

    Raises
    ------
    SurveyError
        None is set up.
    """
    if settings.smtp_url is None or "@" not in parseaddr(settings.mail_from)[1]:
        raise SurveyError(N_("No mail server is set up (SURVEY_SMTP_URL and SURVEY_MAIL_FROM)."))
    return settings.smtp_url.get_secret_value()


def send_due(letters: Outgoing, url: str) -> None:
    """Send the letters of a job whose time has come, reconnecting when a connection breaks.

    Raises
    ------
    MailServerAwayError
        The server cannot be reached now; the other letters stay in the queue.
    SurveyError
        The server will not take letters of this program.
    """
    _doubt_interrupted(letters)
    failures = 0
    while _next_due(letters) is not None:
        connection = _Connection(letters)
        try:
            connection.send_all(url)
        except (smtplib.SMTPException, OSError) as error:
            failures = 1 if connection.settled else failures + 1
            _pause(failures, error)
    letters.database.scrub(Letter)


def send_test(url: str, sender: Sender, wording: Wording, address: str, link: str) -> None:
    """Send one letter at once, outside of every queue.

    Raises
    ------
    SurveyError
        The server did not take it.
    """
    try:
        message = message_of(wording, sender, address, link)
    except ValueError:
        raise SurveyError(N_("This is not an address of e-mail.")) from None
    try:
        with _connected(url) as smtp:
            smtp.sendmail(sender.address, [address], message.as_bytes(policy=SMTP))
    except smtplib.SMTPRecipientsRefused as error:
        reply = Reply.of(error.recipients[address])
        raise SurveyError(_NOT_TAKEN, reply=str(reply)) from None
    except smtplib.SMTPResponseException as error:
        raise SurveyError(_NOT_TAKEN, reply=str(_reply_of(error))) from None
    except (smtplib.SMTPException, OSError) as error:
        raise SurveyError(_NOT_TAKEN, reply=type(error).__name__) from None


_NOT_TAKEN = N_("The mail server did not take the letter: %(reply)s")


def next_try(session: Session, job: str) -> int | None:
    """Tell when the next letter of a job is to be tried; None if none waits."""
    moments = select(func.min(Letter.next_try)).where(
        Letter.job == job, Letter.state == LetterState.WAITING
    )
    return session.scalar(moments)


def _pause(failures: int, error: Exception) -> None:
    """Wait before the next connection, if another is worth it."""
    if isinstance(error, ssl.SSLCertVerificationError | smtplib.SMTPNotSupportedError) or (
        isinstance(error, smtplib.SMTPResponseException) and _reply_of(error).final
    ):
        reply = _reply_of(error) if isinstance(error, smtplib.SMTPResponseException) else error
        raise SurveyError(
            N_("The mail server takes no letters of this program: %(reply)s"), reply=str(reply)
        ) from None
    if failures > len(_RECONNECTING):
        raise MailServerAwayError from None
    time.sleep(_RECONNECTING[failures - 1])


def _reply_of(error: smtplib.SMTPResponseException) -> Reply:
    text = error.smtp_error
    return Reply.of((error.smtp_code, text if isinstance(text, bytes) else text.encode()))


def _next_due(letters: Outgoing) -> Letter | None:
    query = (
        select(Letter)
        .where(
            Letter.job == letters.job,
            Letter.state == LetterState.WAITING,
            Letter.next_try <= int(time.time()),
        )
        .order_by(Letter.next_try)
        .limit(1)
    )
    with letters.database.read() as session:
        return session.scalar(query)


def _doubt_interrupted(letters: Outgoing) -> None:
    """Put in doubt what was going out when the program ended: no other process sends now."""
    query = select(Letter).where(Letter.job == letters.job, Letter.state == LetterState.SENDING)
    with letters.database.read() as session:
        interrupted = session.scalars(query).all()
    for letter in interrupted:
        _give_up(letters, letter, LetterState.DOUBTFUL)


def _give_up(letters: Outgoing, letter: Letter, state: LetterState, reply: str = "") -> None:
    """Delete a letter's link, and keep what its person is looked up by."""
    address = read_letter(letters.key, letter)["address"]
    content = write_letter(letters.key, letter.letter, address=address, reply=reply)
    _change(letters, letter, state=state, content=content)


def _change(letters: Outgoing, letter: Letter, **values: object) -> None:
    with letters.database.begin() as session:
        session.execute(update(Letter).where(Letter.letter == letter.letter).values(**values))


@dataclass
class _Connection:
    """One connection to the mail server, and how many letters it settled."""

    letters: Outgoing
    settled: int = field(default=0, init=False)

    def send_all(self, url: str) -> None:
        """Send what is due until nothing is, or the connection breaks."""
        with _connected(url) as smtp:
            while letter := _next_due(self.letters):
                self._send(smtp, letter)
                self.settled += 1

    def _send(self, smtp: smtplib.SMTP, letter: Letter) -> None:
        content = read_letter(self.letters.key, letter)
        wording, sender = self.letters.wording(letter.stratum), self.letters.sender
        try:
            message = message_of(wording, sender, content["address"], content["link"])
        except ValueError:  # no address at all: the others must not wait for it
            _give_up(self.letters, letter, LetterState.REFUSED)
            return
        reply = self._envelope(smtp, content["address"])
        if reply.code != 354:
            self._refused(letter, reply)
            smtp.rset()
            return
        _change(self.letters, letter, state=LetterState.SENDING)
        try:
            smtp.send(_DOTS.sub(b"..", message.as_bytes(policy=SMTP)) + b".\r\n")
            reply = Reply.of(smtp.getreply())
        except (smtplib.SMTPException, OSError):
            _give_up(self.letters, letter, LetterState.DOUBTFUL)
            raise
        if reply.accepted:
            self._sent(letter)
        else:
            self._refused(letter, reply)

    def _envelope(self, smtp: smtplib.SMTP, address: str) -> Reply:
        """Name sender and addressee; the reply is 354 if the content may follow."""
        reply = Reply.of(smtp.mail(self.letters.sender.address))
        if reply.final:  # it is about the sender: every letter would be refused
            raise smtplib.SMTPResponseException(reply.code, reply.text)
        if reply.accepted:
            reply = Reply.of(smtp.rcpt(address))
        if reply.accepted:
            reply = Reply.of(smtp.docmd("DATA"))
        return reply

    def _refused(self, letter: Letter, reply: Reply) -> None:
        if reply.final:
            _give_up(self.letters, letter, LetterState.REFUSED, str(reply))
            return
        if reply.code == _CLOSING and self.settled:  # it took its fill: the letter is not to blame
            _change(self.letters, letter, state=LetterState.WAITING)
        elif letter.tries == len(PAUSES):
            _give_up(self.letters, letter, LetterState.REFUSED, str(reply))
        else:
            _change(
                self.letters,
                letter,
                state=LetterState.WAITING,
                tries=letter.tries + 1,
                next_try=int(time.time()) + PAUSES[letter.tries],
            )
        if reply.code == _CLOSING or reply.code < 400:
            raise smtplib.SMTPServerDisconnected

    def _sent(self, letter: Letter) -> None:
        with self.letters.database.begin() as session:
            session.execute(delete(Letter).where(Letter.letter == letter.letter))
            session.execute(
                update(Job).where(Job.job == self.letters.job).values(done=Job.done + 1)
            )


@contextmanager
def _connected(url: str) -> Iterator[smtplib.SMTP]:
    smtp = _connect(url)
    try:
        _introduce(smtp, url)
        yield smtp
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=_PATIENCE, context=context)
    return smtplib.SMTP(host, parts.port or 587, timeout=_PATIENCE)


def _introduce(smtp: smtplib.SMTP, url: str) -> None:
    """Turn TLS on, unless the server is on this machine, and sign in."""
    parts = urlsplit(url)
    if parts.scheme != "smtps" and (parts.hostname or "localhost") not in _HERE:
        smtp.starttls(context=ssl.create_default_context())
    smtp.ehlo_or_helo_if_needed()
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
