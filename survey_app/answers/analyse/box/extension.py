"""Taking in the issuer's extension: from then on the public pages show the later day."""

from datetime import date

from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.answers.store.models import Audit, Box
from survey_app.answers.store.queries import find_campaign, last_day, lock_campaign, manifest_of
from survey_app.documents.extension import ExtensionStatement
from survey_app.errors import N_, ExtensionError, StateError, SurveyError


def take_in(session: Session, campaign: str, statement: ExtensionStatement) -> date:
    """Take a signed extension in and return the last day; the same one again changes nothing.

    Raises
    ------
    NotFoundError
        There is no such campaign.
    StateError
        Its box is closed.
    ExtensionError
        It is not the issuer's for this campaign, or its day is earlier than the one that stands.
    """
    lock_campaign(session, campaign)
    row = find_campaign(session, campaign)
    if row.box != Box.COLLECTING:
        raise StateError(campaign=campaign, state=row.box, needed=Box.COLLECTING)
    statement.check(manifest_of(row.published))
    current = last_day(row)
    if statement.last_day < current:
        sentence = N_("answers are taken until %(day)s already")
        raise ExtensionError(reason=SurveyError(sentence, day=current))
    if statement.last_day > current:
        row.extension = statement.canonical()
        audit.record(session, Audit, "extend", campaign, statement.last_day.isoformat())
    return statement.last_day
