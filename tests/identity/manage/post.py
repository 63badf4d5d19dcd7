"""A mail server that takes letters, or refuses them as a test asks, and what it took."""

import email
import email.policy
import time

from sqlalchemy import update

from survey_app.identity.manage.invitations import mailing, sending
from survey_app.identity.manage.invitations.wording import Sender, Wording
from survey_app.identity.store.models import Job, Letter

WORDING = Wording("问卷 Survey", "您好\n.\n{link}\nThank you")
SENDER = Sender("survey@example.org", "某局")
OK = "250 OK"


class Post:
    """What arrived; it can refuse an address, or hang up in the middle of a letter."""

    def __init__(self):
        self.letters, self.hang_up_at = [], None
        self.at, self.strike = 0, lambda: None
        self.at_mail, self.at_rcpt, self.at_data = (lambda _: OK for _ in range(3))

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        return self.at_mail(address)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        reply = self.at_rcpt(address)
        if reply == OK:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        reply = self.at_data(envelope.rcpt_tos[0])
        if reply != OK:
            return reply
        self.letters.append((envelope.rcpt_tos, envelope.content))
        if len(self.letters) == self.hang_up_at:
            server.transport.close()
        if len(self.letters) == self.at:
            self.strike()
        return OK

    @property
    def addresses(self):
        return [to for tos, _ in self.letters for to in tos]

    def read(self):
        return [
            email.message_from_bytes(content, policy=email.policy.default)
            for _, content in self.letters
        ]


def send(store, keys, job, server, wording=WORDING):
    letters = sending.Outgoing(store, keys.roster, job, SENDER, lambda _: wording)
    sending.send_due(letters, server)


def counts(store, job):
    with store.read() as session:
        return mailing.letter_counts(session, job)


def failed_letters(store, keys):
    with store.read() as session:
        return mailing.failed_letters(session, keys.roster, "spring")


def come_due(store):
    """Let the moment come at which letters and work that wait are tried next; tells the pauses."""
    with store.begin() as session:
        moments = {letter.next_try for letter in session.query(Letter)} - {0}
        for table in (Letter, Job):
            session.execute(update(table).values(next_try=0))
    return {round((moment - time.time()) / 60) for moment in moments}


def text_of(letter):
    return letter.get_content().replace("\r", "")


def link(code, _stratum):
    return f"https://x.example/#{code}"
