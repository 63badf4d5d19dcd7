"""Extending the last day of a campaign under way, up to the latest that its manifest allows."""

from dataclasses import dataclass
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.documents.extension import ExtensionStatement
from survey_app.errors import N_, InputError, StateError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.models import Audit
from survey_app.identity.store.queries import find_campaign, lock_campaign

_A_DAY = timedelta(1)


@dataclass(frozen=True)
class LastDay:
    """The last day of a campaign, and the days that can become it.

    Attributes
    ----------
    planned, current
        As the manifest has it, and as it is now.
    earliest, latest
        The days that it can be extended to; none if the first is after the second.
    """

    planned: date
    current: date
    earliest: date
    latest: date

    @property
    def can_become_later(self) -> bool:
        """Whether there is a day to extend it to."""
        return self.earliest <= self.latest


def last_day(session: Session, campaign: str, today: date) -> LastDay:
    """Give the last day of a campaign whose codes are good.

    Raises
    ------
    StateError
        The campaign is not published, or has closed.
    """
    manifest = service.published_manifest(session, campaign)
    current = service.last_day(session, manifest)
    earliest = max(current + _A_DAY, today)
    return LastDay(manifest.window.end, current, earliest, manifest.latest_day)


def check(session: Session, campaign: str, day: date, today: date) -> LastDay:
    """Refuse a day that the campaign cannot be extended to.

    Raises
    ------
    StateError
        The campaign is not published, has closed, or cannot go on longer.
    InputError
        It can go on longer, but not to this day.
    """
    last = last_day(session, campaign, today)
    if not last.can_become_later:
        raise StateError(
            N_("“%(campaign)s” cannot be extended: its latest last day is %(day)s."),
            campaign=campaign,
            day=last.latest,
        )
    if not last.earliest <= day <= last.latest:
        raise InputError(
            N_("The last day can only become later: choose a day from %(first)s to %(last)s."),
            first=last.earliest,
            last=last.latest,
        )
    return last


def extend(
    session: Session, campaign: str, day: date, today: date, closing_key: Ed25519PrivateKey
) -> ExtensionStatement:
    """Let codes be good until a later day, and sign that day for the answers side.

    Raises
    ------
    StateError, InputError
        As `check`.
    """
    lock_campaign(session, campaign)
    check(session, campaign, day, today)
    manifest = service.published_manifest(session, campaign)
    statement = ExtensionStatement.sign(closing_key, campaign, manifest.root, day)
    find_campaign(session, campaign).extension = statement.canonical()
    audit.record(session, Audit, "extend", campaign, day.isoformat())
    return statement


def statement(session: Session, campaign: str) -> bytes:
    """Give the latest signed extension of a campaign.

    Raises
    ------
    StateError
        It was not extended.
    """
    extension = find_campaign(session, campaign).extension
    if extension is None:
        raise StateError(N_("“%(campaign)s” was not extended."), campaign=campaign)
    return extension
