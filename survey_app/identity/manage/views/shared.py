"""What all of the survey manager's pages share."""

from dataclasses import dataclass
from datetime import date

from flask import request
from flask_babel import get_locale
from sqlalchemy.orm import Session

from survey_app.config import SiteSettings
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.campaigns.draft import Draft
from survey_app.identity.manage.campaigns.strata_block import read_count
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.jobs.worker import Worker
from survey_app.identity.store.models import Step
from survey_app.identity.store.queries import find_campaign
from survey_app.language import in_words
from survey_app.storage.database import Database
from survey_app.web.forms import FieldError

_LONGEST_LINE = 200
STEPS = {
    Step.DRAFT: N_("Draft"),
    Step.FIXED: N_("Fixed, not yet published"),
    Step.PUBLISHED: N_("Fieldwork"),
    Step.CLOSED: N_("Closed"),
}


@dataclass(frozen=True)
class SiteContext:
    """What the pages work with: the store, the settings, and the worker of long jobs."""

    database: Database
    settings: SiteSettings
    worker: Worker

    @property
    def keys(self) -> Keys:
        """The secrets that invitations need."""
        return Keys.of(self.settings)


@dataclass(frozen=True)
class CampaignPage:
    """A campaign as the head of its pages shows it."""

    campaign: str
    step: str
    draft: Draft
    version: str
    has_closing: bool
    """Whether a signed closing statement can be downloaded."""
    has_extension: bool
    """Whether a signed extension of the last day can be downloaded."""
    check_code: str
    """What respondents compare with their cards; empty before the manifest is published."""
    receipts_root: str
    """The recorded root over the receipts, in hexadecimal digits; empty if none is."""
    is_paused: bool
    is_archived: bool

    @property
    def is_draft(self) -> bool:
        """Whether it may still change."""
        return self.step == Step.DRAFT


def page_of(session: Session, campaign: str) -> CampaignPage:
    """Read what the pages of a campaign show at their head."""
    row = find_campaign(session, campaign)
    return CampaignPage(
        row.campaign,
        row.step,
        service.draft_of(row),
        service.version(row),
        row.closing is not None,
        row.extension is not None,
        service.check_code_of(row),
        (row.receipts_root or b"").hex(),
        row.paused,
        row.archived,
    )


def sentence_of(error: SurveyError) -> str:
    """Translate a refusal's sentence for the reader."""
    return in_words(error, str(get_locale()))


def uploaded(field: str = "file") -> tuple[str, bytes]:
    """Read an uploaded file's name and content.

    Raises
    ------
    InputError
        None was chosen.
    """
    file = request.files.get(field)
    if file is None or not file.filename:
        raise InputError(N_("Choose a file first."))
    return file.filename.rpartition("/")[2].rpartition("\\")[2][:100], file.read()


def optional_day(name: str) -> date | None:
    """Read a day that may be left out.

    Raises
    ------
    FieldError
        It is not a date.
    """
    text = request.values.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        error = InputError(N_("“%(text)s” is not a date."), text=text[:40])
        raise FieldError(name, error) from None


def required_day(name: str) -> date:
    """Read a day.

    Raises
    ------
    FieldError
        None was chosen, or it is not a date.
    """
    day = optional_day(name)
    if day is None:
        raise FieldError(name, InputError(N_("Choose a day.")))
    return day


def whole_number(text: str, label: str) -> int:
    """Parse a whole number from a form.

    Raises
    ------
    InputError
        The text is not one.
    """
    number = read_count(text)
    if number is None:
        raise InputError(
            N_("“%(text)s” is not a whole number (%(what)s)."), text=text[:40], what=label
        )
    return number


def percent(text: str, label: str) -> float:
    """Parse a percentage from a form; returns a share.

    Raises
    ------
    InputError
        The text is no percentage above 0 and up to 100.
    """
    try:
        share = float(text.strip().rstrip("%％")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise InputError(
            N_("“%(text)s” is not a percentage above 0 (%(what)s)."), text=text[:40], what=label
        )
    return share


def title() -> dict[str, str]:
    """Read the title's fields; where one is empty it repeats the other.

    Raises
    ------
    FieldError
        Both are empty, or one is too long.
    """
    names = _both("title")
    if not 1 <= max(map(len, names.values())) <= _LONGEST_LINE:
        error = InputError(N_("The title needs 1 to 200 characters."))
        raise FieldError("title_zh", error)
    return names


def optional_text(name: str) -> dict[str, str] | None:
    """Read a text in both languages that may be left out."""
    text = _both(name)
    return text if text["zh"] else None


def _both(name: str) -> dict[str, str]:
    chinese = request.form.get(f"{name}_zh", "").strip()
    english = request.form.get(f"{name}_en", "").strip()
    return {"zh": chinese or english, "en": english or chinese}
