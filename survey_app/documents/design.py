"""A campaign as planned: title, periods, thresholds, questionnaires and strata."""

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Generic, Self, TypeVar

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

from questionnaires import Questionnaire
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


class Document(Strict):
    """Something that is stored, signed or compared by its bytes."""

    def canonical(self) -> bytes:
        """Write the document as bytes that depend on nothing but what it says.

        ``<`` is escaped, so that the same bytes may stand in a page.
        """
        content = self.model_dump(mode="json")
        if not content.get("rehearsal"):
            content.pop("rehearsal", None)
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.replace("<", "\\u003c").encode()

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


class CampaignDesign(Document, Generic[S]):
    """A campaign as planned."""

    campaign: CampaignId
    title: BothNames
    reference_period: Period
    window: Period
    risk: Thresholds = Thresholds()
    questionnaires: dict[Kind, Questions]
    strata: Annotated[tuple[S, ...], Field(min_length=1, max_length=MOST_STRATA)]
    rehearsal: bool = False
    """Nothing that comes of it counts."""

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

    def stratum(self, stratum_id: str) -> S | None:
        """Find a stratum by its id."""
        return next((stratum for stratum in self.strata if stratum.id == stratum_id), None)

    def questions(self, stratum: Stratum) -> Questionnaire:
        """Give the questionnaire a stratum is asked."""
        return self.questionnaires[stratum.kind].text

    def check_window(self, today: date) -> None:
        """Refuse what is done outside of the window, whose days are both included.

        Raises
        ------
        NotYetOpenError, ClosedError
            Today is before or after it.
        """
        if today < self.window.start:
            raise NotYetOpenError(opens=self.window.start)
        if today > self.window.end:
            raise ClosedError
