"""Questionnaires to copy: those that come with the program, and those of other campaigns."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import questionnaires
from questionnaires import Questionnaire
from survey_app.documents.design import Kind, Names, Questions
from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.campaigns.draft import SHIPPED, Draft
from survey_app.identity.store.models import Campaign
from survey_app.identity.store.queries import find_campaign


@dataclass(frozen=True)
class QuestionSource:
    """A questionnaire that can be copied.

    Attributes
    ----------
    name
        What a form calls it: ``business`` of the program, or ``spring/business`` of a campaign.
    title
        The campaign's title; None of the program's own.
    """

    name: str
    title: Names | None
    kind: Kind
    questionnaire: Questionnaire

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal."""
        return self.questionnaire.digest


def built_in(kind: Kind) -> Questionnaire:
    """Load the questionnaire that comes with the program."""
    return questionnaires.load(SHIPPED[kind])


def sources(session: Session, campaign: str) -> list[QuestionSource]:
    """List what a campaign can copy: the program's own first, then the latest campaigns."""
    rows = session.scalars(
        select(Campaign).where(Campaign.campaign != campaign).order_by(Campaign.campaign.desc())
    )
    return [
        *(QuestionSource(kind, None, kind, built_in(kind)) for kind in Kind),
        *(
            QuestionSource(f"{row.campaign}/{kind}", draft.title, kind, questions.text)
            for row in rows
            for draft in [service.draft_of(row)]
            for kind, questions in draft.questionnaires.items()
        ),
    ]


def copy(session: Session, campaign: str, version: str, kind: Kind, source: str) -> Draft:
    """Put a copy into a draft in place of what it asks.

    Raises
    ------
    InputError
        There is no such questionnaire.
    StateError, ChangedError
        As `service.change`.
    """
    copied_source = next((s for s in sources(session, campaign) if s.name == source), None)
    if copied_source is None:
        raise InputError(N_("Choose a questionnaire."))
    return replace(session, campaign, version, kind, copied_source.questionnaire)


def replace(
    session: Session, campaign: str, version: str, kind: Kind, questionnaire: Questionnaire
) -> Draft:
    """Put a questionnaire into a draft, whose confirmations are void if it is another one.

    Raises
    ------
    StateError, ChangedError
        As `service.change`.
    """
    draft = service.draft_of(find_campaign(session, campaign))
    texts = draft.questionnaires | {kind: Questions.of(questionnaire)}
    return service.change(session, campaign, version, questionnaires=texts)
