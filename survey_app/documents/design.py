"""A campaign as planned: title, periods, thresholds, questionnaires and strata."""

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from questionnaires import Code, Questionnaire
from survey_app.crypto.encoding import to_text
from survey_app.errors import ClosedError, NotYetOpenError

S = TypeVar("S", bound="Stratum")

SMALLEST_POPULATION = 20
MOST_STRATA = 2000
_PAGES = {"accept", "api", "bootstrap", "health", "log", "login", "logout", "shared", "static"}
SMALLEST_OPENING = 10
"""A stratum with fewer ballots than this is opened only merged with another."""


class Kind(StrEnum):
    """Business posts are judged by the external questionnaire, others by the internal one."""

    BUSINESS = "business"
    NON_BUSINESS = "non-business"


def _impossible(sentence: str, *at: str | int) -> PydanticCustomError:
    """Refuse a design, telling a reader of the file where the fault stands."""
    return PydanticCustomError("impossible", sentence.replace("{", "{{"), {"at": at})


class Strict(BaseModel):
    """What is written by hand: nothing unknown in it, nothing changed after."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


def _not_a_page(campaign: str) -> str:
    if campaign in _PAGES:
        raise ValueError(f"'{campaign}' is the address of a page: choose another name")
    return campaign


CampaignId = Annotated[Identifier, AfterValidator(_not_a_page)]


def canonical(content: object) -> bytes:
    """Write a value as JSON in one spelling only: sorted keys, no blanks, UTF-8.

    ``<`` is escaped, so that the same bytes may stand in a page.
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode()


class Document(Strict):
    """Something that is stored, signed or compared by its bytes.

    ``LEFT_OUT`` names the fields that are not written where they say nothing: documents of an
    earlier edition, which had no such field, keep their bytes.
    """

    LEFT_OUT: ClassVar[frozenset[str]] = frozenset()

    def canonical(self) -> bytes:
        """Write the document as bytes that depend on nothing but what it says."""
        return canonical(self.content())

    def content(self) -> dict[str, Any]:
        """Give the document's fields as JSON has them; what is not there leaves no trace."""
        fields = self.model_dump(mode="json")
        return {
            name: value
            for name, value in fields.items()
            if name not in self.LEFT_OUT or value not in (None, False)
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in base64url: what links and cards carry."""
        return to_text(hashlib.sha256(self.canonical()).digest())


class Names(Strict):
    """A name in both languages."""

    zh: Line
    en: Line


def _same_in_both(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


BothNames = Annotated[Names, BeforeValidator(_same_in_both)]
"""A name that may be given once where both languages use the same."""


class Period(Strict):
    """Two dates, both included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise _impossible(f"it ends on {self.end}, before it starts on {self.start}", "end")
        return self


class RiskLevel(StrEnum):
    """How much contact with corruption a post category has, by a campaign's thresholds."""

    LOW = "low"
    MEDIUM = "medium"
    SEVERE = "severe"
    HIGH = "high"


Threshold = Annotated[float, Field(gt=0, lt=1)]


class Thresholds(Strict):
    """The rates of any contact from which a risk is medium, severe and high."""

    medium: Threshold = 0.02
    severe: Threshold = 0.05
    high: Threshold = 0.10

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.medium < self.severe < self.high:
            raise _impossible("the thresholds of risk do not rise from medium to severe to high")
        return self

    @property
    def rising(self) -> tuple[float, float, float]:
        """The three rates in order."""
        return self.medium, self.severe, self.high

    def level(self, rate: float) -> RiskLevel:
        """Give a rate's level; at a threshold it is the higher one."""
        return list(RiskLevel)[sum(rate >= threshold for threshold in self.rising)]


class Stratum(Strict):
    """One stratum of the design: who is asked about which posts, and how many of them."""

    id: Identifier
    unit: BothNames
    post_category: BothNames
    kind: Kind
    population: Annotated[int, Field(strict=True)]
    sample: Annotated[int, Field(strict=True, ge=1)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.population < SMALLEST_POPULATION:
            raise _impossible(
                f"stratum '{self.id}': the population {self.population} is below "
                f"{SMALLEST_POPULATION}: merge the stratum with another",
                "population",
            )
        if self.sample > self.population:
            raise _impossible(
                f"stratum '{self.id}': the sample {self.sample} is larger than "
                f"the population {self.population}",
                "sample",
            )
        return self


class Questions(Strict):
    """A questionnaire with the digest of its canonical form."""

    digest: str
    text: Questionnaire

    @model_validator(mode="after")
    def _unaltered(self) -> Self:
        if self.digest != self.text.digest:
            raise ValueError("the questionnaire's digest does not fit its text")
        return self

    @classmethod
    def of(cls, questionnaire: Questionnaire) -> "Questions":
        """Wrap a questionnaire with its digest."""
        return cls(digest=questionnaire.digest, text=questionnaire)


Flag = Literal["all_yes", "contradiction", "attention"]


class Rule(Strict):
    """When a sheet is valid; `survey_app.documents.validity` says what each field means."""

    preset: Line
    answered: tuple[Code, ...]
    share: Annotated[float, Field(ge=0, le=1)]
    screening: bool
    exclude: tuple[Flag, ...]


class CampaignHeader(Document):
    """What a campaign says of itself, whether its design is complete or not."""

    ABOUT: ClassVar[tuple[str, ...]] = (
        "organiser",
        "purpose",
        "results",
        "contact",
        "report_channel",
    )
    """The texts that tell respondents what they take part in."""
    LEFT_OUT = frozenset({"rehearsal", *ABOUT, "latest_end", "validity"})

    campaign: CampaignId
    title: BothNames
    organiser: BothNames | None = None
    """Who asks."""
    purpose: BothNames | None = None
    """What the answers are used for."""
    results: BothNames | None = None
    """What becomes of the results: who gets them, and where they are published."""
    contact: BothNames | None = None
    """Where a respondent may turn to, by telephone for instance."""
    report_channel: BothNames | None = None
    """Where wrongdoing is reported: the survey takes no reports."""
    latest_end: date | None = None
    """The last day to which the window may be extended; its own last day if none is named."""
    validity: Rule | None = None
    """Which sheets will be valid: `validity.default_rule` if none is named."""
    risk: Thresholds = Thresholds()
    rehearsal: bool = False
    """Nothing that comes of it counts."""


class CampaignDesign(CampaignHeader, Generic[S]):
    """A campaign as planned."""

    reference_period: Period
    window: Period
    questionnaires: dict[Kind, Questions]
    strata: Annotated[tuple[S, ...], Field(min_length=1, max_length=MOST_STRATA)]

    @property
    def heading(self) -> Names:
        """The title as it stands over results and public pages: a rehearsal's says what it is."""
        if not self.rehearsal:
            return self.title
        return Names.model_construct(
            zh=f"【演练】{self.title.zh}", en=f"[Rehearsal] {self.title.en}"
        )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.latest_end is not None and self.latest_end < self.window.end:
            raise _impossible(
                f"the latest last day {self.latest_end} is before the last day {self.window.end}",
                "latest_end",
            )
        ids: set[str] = set()
        kinds: dict[str, Kind] = {}
        for i, stratum in enumerate(self.strata):
            if stratum.id in ids:
                raise _impossible(f"the stratum id '{stratum.id}' is used twice", "strata", i, "id")
            if stratum.kind not in self.questionnaires:
                raise _impossible(f"no questionnaire is named for {stratum.kind} posts")
            category = stratum.post_category.zh
            if kinds.setdefault(category, stratum.kind) != stratum.kind:
                raise _impossible(
                    f"the post category '{category}' is both business and non-business",
                    *("strata", i, "kind"),
                )
            ids.add(stratum.id)
        return self

    @property
    def latest_day(self) -> date:
        """The last day to which the window may be extended."""
        return self.latest_end or self.window.end

    def stratum(self, stratum_id: str) -> S | None:
        """Find a stratum by its id."""
        return next((stratum for stratum in self.strata if stratum.id == stratum_id), None)

    def questions(self, stratum: Stratum) -> Questionnaire:
        """Give the questionnaire a stratum is asked."""
        return self.questionnaires[stratum.kind].text

    def check_days(self, today: date, last_day: date) -> None:
        """Refuse what is done before the window or after the last day; both days are included.

        Raises
        ------
        NotYetOpenError, ClosedError
            Today is before or after it.
        """
        self.check_begun(today)
        if today > last_day:
            raise ClosedError

    def check_begun(self, today: date) -> None:
        """Refuse what is done before the window's first day.

        Raises
        ------
        NotYetOpenError
            Today is before it.
        """
        if today < self.window.start:
            raise NotYetOpenError(opens=self.window.start)
