"""A campaign while it is planned: anything may still be missing, and the list of what is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field, ValidationError

import questionnaires
from survey_app.documents.design import (
    MOST_STRATA,
    SMALLEST_POPULATION,
    BothNames,
    CampaignDesign,
    CampaignHeader,
    Identifier,
    Kind,
    Names,
    Period,
    Questions,
    Stratum,
    Strict,
)
from survey_app.documents.design_rules import DesignRefusedError, check_names, check_size
from survey_app.errors import N_, IncompleteError, SurveyError

SHIPPED = {Kind.BUSINESS: "external", Kind.NON_BUSINESS: "internal"}
_TEXTS = {
    "organiser": (
        N_("Respondents are told who asks."),
        N_("Respondents must be told who asks (organiser)."),
    ),
    "purpose": (
        N_("Respondents are told what the answers are used for."),
        N_("Respondents must be told what the answers are used for (purpose)."),
    ),
    "results": (
        N_("Respondents are told what becomes of the results."),
        N_("Respondents must be told what becomes of the results (results)."),
    ),
    "contact": (
        N_("Respondents are told whom they may ask."),
        N_("Respondents must be told whom they may ask (contact)."),
    ),
    "report_channel": (
        N_("Respondents are told where wrongdoing is reported."),
        N_("Respondents must be told where wrongdoing is reported (report_channel)."),
    ),
}
_PEOPLE = Annotated[int, Field(ge=0, le=100_000_000)]


class DraftStratum(Strict):
    """A stratum as far as it is planned; a sample of 0 is not planned yet."""

    id: Identifier
    unit: BothNames
    post_category: BothNames
    kind: Kind
    population: _PEOPLE
    sample: _PEOPLE = 0


class Draft(CampaignHeader):
    """A design that need not be possible yet."""

    reference_period: Period | None = None
    window: Period | None = None
    questionnaires: dict[Kind, Questions]
    strata: Annotated[tuple[DraftStratum, ...], Field(max_length=MOST_STRATA)] = ()

    def design(self) -> CampaignDesign[Stratum]:
        """Convert the draft to a design that may be fixed.

        Raises
        ------
        IncompleteError
            The draft lacks something, or has something impossible; names the first such thing.
        """
        return self._converted(self.checks())

    def planned_strata(self) -> tuple[Stratum, ...]:
        """Give the strata as they are planned: persons may be drawn before all texts are written.

        Raises
        ------
        IncompleteError
            The plan lacks something, or has something impossible; names the first such thing.
        """
        return self._converted([*self._plan_checks(), self._question_check()]).strata

    def _converted(self, checks: Iterable["Check"]) -> CampaignDesign[Stratum]:
        for check in checks:
            if not check.passed:
                raise IncompleteError(campaign=self.campaign, reason=check.reason)
        try:
            return CampaignDesign[Stratum].model_validate_json(self.canonical())
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise IncompleteError(campaign=self.campaign, reason=reason) from None

    def checks(self) -> list["Check"]:
        """List what a design needs, with what is there and what is missing."""
        return [*self._plan_checks(), self._question_check(), *self._text_checks()]

    def _question_check(self) -> "Check":
        return Check(
            {stratum.kind for stratum in self.strata} <= self.questionnaires.keys(),
            N_("Every kind of posts has its questionnaire."),
            N_("Take a questionnaire for the posts that have none."),
            page="questions",
        )

    def _text_checks(self) -> list["Check"]:
        if self.rehearsal:
            return []
        return [
            Check(bool(getattr(self, name)), *sentences, page="campaign")
            for name, sentences in _TEXTS.items()
        ]

    def _plan_checks(self) -> list["Check"]:
        small = [s for s in self.strata if s.population < SMALLEST_POPULATION]
        unplanned = [s for s in self.strata if not 1 <= s.sample <= s.population]
        refusal = _refusal(self.strata)
        return [
            Check(
                self.window is not None,
                N_("The days on which answers are taken are set."),
                N_("Set the days on which answers are taken."),
                page="campaign",
            ),
            Check(
                self.reference_period is not None,
                N_("The reference period is set."),
                N_("Set the reference period: the days that the questions are about."),
                page="campaign",
            ),
            Check(
                bool(self.strata),
                N_("The strata are entered."),
                N_("Enter the strata."),
                page="strata",
            ),
            Check(
                not small,
                N_("Every stratum has at least 20 persons."),
                N_("Merge every stratum of fewer than 20 persons with another."),
                tuple(small),
                page="strata",
            ),
            Check(
                bool(self.strata) and not unplanned,
                N_("Every stratum has a sample within its population."),
                N_("Give every stratum a sample within its population."),
                tuple(unplanned),
                page="plan",
            ),
            Check(
                refusal is None,
                N_("Every stratum has a name of its own, and a sample of at least 10."),
                N_("Give every stratum a name of its own, and a sample of at least 10."),
                refusal=refusal,
                page="strata",
            ),
        ]


@dataclass(frozen=True)
class Check:
    """One line of a checklist: what is so once it is done, and what is to be done until then.

    ``where`` are the strata that lack it, ``page`` is where it is done, ``day`` what it waits for.
    """

    passed: bool
    fact: str
    task: str
    where: tuple[DraftStratum, ...] = ()
    refusal: DesignRefusedError | None = None
    page: str = ""
    day: date | None = None

    @property
    def sentence(self) -> str:
        """What the checklist says now."""
        return self.fact if self.passed else self.task

    @property
    def reason(self) -> DesignRefusedError | str:
        """What is missing, in a sentence: the stratum that is refused, if one is."""
        return self.refusal or self.task


def check_planned(strata: Sequence[DraftStratum]) -> None:
    """Refuse what no design may have, as far as the strata are planned.

    A sample of 0 is not planned yet, and a stratum below 20 persons is to be merged first.

    Raises
    ------
    DesignRefusedError
        Two strata look alike, or a sample is too small.
    """
    check_names(strata)
    for at, stratum in enumerate(strata):
        if stratum.sample and stratum.population >= SMALLEST_POPULATION:
            check_size(stratum, at)


def _refusal(strata: Sequence[DraftStratum]) -> DesignRefusedError | None:
    try:
        check_planned(strata)
    except DesignRefusedError as refusal:
        return refusal
    return None


@dataclass(frozen=True)
class Merger:
    """A proposal: merge a stratum that is too small with another."""

    small: DraftStratum
    into: DraftStratum | None


def mergers(strata: Sequence[DraftStratum]) -> Iterator[Merger]:
    """Propose for each stratum that is too small the smallest other of its post category."""
    for small in strata:
        if small.population < SMALLEST_POPULATION:
            yield Merger(small, _partner(small, strata))


def _partner(small: DraftStratum, strata: Sequence[DraftStratum]) -> DraftStratum | None:
    def far(stratum: DraftStratum) -> tuple[bool, int]:
        return stratum.unit != small.unit, stratum.population

    same = [s for s in strata if s.id != small.id and s.post_category == small.post_category]
    enough = [s for s in same if s.population + small.population >= SMALLEST_POPULATION]
    return min(enough or same, key=far, default=None)


def is_chinese(text: str) -> bool:
    """Tell whether a name has Chinese characters."""
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def merge_strata(strata: Sequence[DraftStratum], small: str, into: str) -> tuple[DraftStratum, ...]:
    """Merge one stratum into another of its post category: names, persons and samples of both.

    A sample that is not planned yet stays so.

    Raises
    ------
    SurveyError
        They are no two strata of one post category, or their names together are too long.
    """
    by_id = {stratum.id: stratum for stratum in strata}
    source, target = by_id.get(small), by_id.get(into)
    if source is None or target is None or small == into:
        raise SurveyError(N_("There are no such two strata any more: look at the table again."))
    if source.post_category != target.post_category:
        raise SurveyError(N_("Only strata of one post category are merged."))
    merged = target.model_copy(
        update={
            "unit": _both_units(target.unit, source.unit),
            "population": target.population + source.population,
            "sample": target.sample and target.sample + source.sample,
        }
    )
    return tuple(merged if s.id == into else s for s in strata if s.id != small)


def _both_units(first: Names, second: Names) -> Names:
    if first == second:
        return first
    english = f"{first.en}, {second.en}"
    chinese = f"{first.zh}、{second.zh}"
    if first.zh == first.en and second.zh == second.en:  # named in one language only
        chinese = english = chinese if is_chinese(chinese) else english
    try:
        return Names(zh=chinese, en=english)
    except ValidationError:
        raise SurveyError(
            N_("The names of both units are longer than 200 characters together: shorten one.")
        ) from None


def shipped() -> dict[Kind, Questions]:
    """Load the two questionnaires that come with the program."""
    return {kind: Questions.of(questionnaires.load(name)) for kind, name in SHIPPED.items()}


def year_before(first_day: date) -> Period:
    """Compute the default reference period: the twelve months before the window."""
    try:
        start = first_day.replace(year=first_day.year - 1)
    except ValueError:  # the 29th of February
        start = date(first_day.year - 1, 3, 1)
    return Period(start=start, end=date.fromordinal(first_day.toordinal() - 1))
