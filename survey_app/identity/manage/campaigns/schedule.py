"""Days that are hardly meant: asked about before anything is fixed."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from survey_app.documents.design import CampaignDesign, Period, Stratum
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.campaigns.draft import Draft

FIELDS = ("window", "latest_end", "reference")
_YEAR = timedelta(366)
_TWO_YEARS = timedelta(731)


class DoubtfulDaysError(SurveyError):
    """Days that someone must say are meant; ``field`` names those in question."""

    code = "doubtful_days"

    def __init__(self, field: str, sentence: str, **days: date) -> None:
        super().__init__(sentence, **days)
        self.field = field


class PastDaysError(SurveyError):
    """Days on which no one can answer any more."""

    code = "past_days"
    sentence = N_("No one could answer any more: the last day, %(day)s, is over.")
    field = "window"


class Schedule(NamedTuple):
    """The days of a campaign, as far as they are set."""

    window: Period | None
    latest_end: date | None
    reference_period: Period | None

    @classmethod
    def of(cls, plan: Draft | CampaignDesign[Stratum]) -> "Schedule":
        """Take the days of a draft or a design."""
        return cls(plan.window, plan.latest_end, plan.reference_period)


def check(schedule: Schedule, today: date, *, meant: Collection[str] = ()) -> None:
    """Refuse days that are over, and ask about those that are hardly meant.

    Parameters
    ----------
    schedule : Schedule
    today : date
    meant : collection of str
        The fields whose days someone said are meant.

    Raises
    ------
    PastDaysError
        The days for answers are over.
    DoubtfulDaysError
        The first that is in question.
    """
    check_ahead(schedule, today)
    for doubt in doubts(schedule, today):
        if doubt.field not in meant:
            raise doubt


def check_ahead(schedule: Schedule, today: date) -> None:
    """Refuse days for answers that are over.

    Raises
    ------
    PastDaysError
        They are, and could not be extended to a later day either.
    """
    if schedule.window is None:
        return
    latest = schedule.latest_end or schedule.window.end
    if latest < today:
        raise PastDaysError(day=latest)


def doubts(schedule: Schedule, today: date) -> Iterator[DoubtfulDaysError]:
    """List what is hardly meant."""
    if schedule.window is not None:
        yield from _of_window(schedule.window, schedule.latest_end, today)
    if schedule.reference_period is not None:
        first_answer = schedule.window.start if schedule.window else today
        yield from _of_reference(schedule.reference_period, first_answer)


def _of_window(window: Period, latest_end: date | None, today: date) -> Iterator[DoubtfulDaysError]:
    if window.end < today:
        yield DoubtfulDaysError("window", N_("The last day, %(day)s, is over."), day=window.end)
    if window.end - window.start >= _YEAR:
        sentence = N_("From %(start)s to %(end)s answers would be taken for more than a year.")
        yield DoubtfulDaysError("window", sentence, start=window.start, end=window.end)
    if window.start - today >= _YEAR:
        sentence = N_("The first day, %(day)s, is more than a year away.")
        yield DoubtfulDaysError("window", sentence, day=window.start)
    if latest_end is not None and latest_end - window.end >= _YEAR:
        sentence = N_("The latest last day, %(day)s, is more than a year after the last day.")
        yield DoubtfulDaysError("latest_end", sentence, day=latest_end)


def _of_reference(reference: Period, first_answer: date) -> Iterator[DoubtfulDaysError]:
    if reference.end >= first_answer:
        sentence = N_(
            "The reference period lasts until %(day)s and would not be over when the first answers "
            "come."
        )
        yield DoubtfulDaysError("reference", sentence, day=reference.end)
    if reference.end - reference.start >= _TWO_YEARS:
        sentence = N_("The reference period from %(start)s to %(end)s is longer than two years.")
        yield DoubtfulDaysError("reference", sentence, start=reference.start, end=reference.end)
    if first_answer - reference.end >= _YEAR:
        sentence = N_(
            "The reference period was over on %(day)s, more than a year before the first answers."
        )
        yield DoubtfulDaysError("reference", sentence, day=reference.end)
