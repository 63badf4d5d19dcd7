"""What a report is written from, and how it writes days and counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from survey_app.answers.analyse.estimates.waves import Wave
from survey_app.answers.analyse.exports.pictures import Subject
from survey_app.answers.analyse.exports.posts import (
    PostSummary,
    SealedPost,
    sealed_posts,
    summaries,
)
from survey_app.answers.analyse.exports.report.provenance import Provenance, Survey
from survey_app.answers.analyse.exports.tables import (
    tables,
)
from survey_app.documents.design import Names
from survey_app.documents.results import Quality, Results
from survey_app.papers.typed_tables import (
    Say,
    Table,
    speaker,
)
from survey_app.papers.writing import Pen


@dataclass(frozen=True)
class Content:
    """Everything that a report says, and the pen that writes it."""

    pen: Pen
    results: Results
    version: str
    provenance: Provenance
    survey: Survey | None
    waves: Sequence[Wave]

    @property
    def say(self) -> Say:
        """Choose the language of names."""
        return speaker(chinese=self.pen.chinese)

    @cached_property
    def subject(self) -> Subject:
        """What pictures are of."""
        return Subject(self.results, self.waves, self.pen.chinese)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables of results that have rows, by name."""
        laid_out = tables(self.results, self.version, self.say, self.provenance.number)
        return {table.name: table for table in laid_out if table.rows}

    @cached_property
    def posts(self) -> list[PostSummary]:
        """What the results mean for each post category."""
        return summaries(self.results, self.say, self.waves[-2:])

    @cached_property
    def sealed(self) -> list[SealedPost]:
        """The post categories that stay sealed, where the survey is known here."""
        strata = self.survey.manifest.strata if self.survey else ()
        return sealed_posts(self.results, strata, self.say)

    @property
    def total(self) -> Quality:
        """What became of all questionnaires."""
        return self.results.quality[-1]

    @property
    def title(self) -> str:
        """The report's title: the survey's, called a report."""
        name = self.say(self.results.title)
        return self.pen.word(name.removesuffix("报告") + "报告", f"{name}: report")

    @property
    def mark(self) -> str:
        """What every page says of the report's provenance."""
        number = self.provenance.number
        if number is None:
            return self.pen.word("内部·未经披露控制", "Internal, not protected")
        old = ("（所依据的规则已不再适用）", ", by rules that no longer hold")
        flag = old if self.provenance.has_old_rules else ("", "")
        return self.pen.word(f"发布第 {number} 号{flag[0]}", f"Release No. {number}{flag[1]}")

    @property
    def organiser(self) -> str:
        """Who asks; empty where the survey does not say."""
        organiser = self.survey.manifest.organiser if self.survey else None
        return self.say(organiser) if organiser else ""

    def day(self, day: date) -> str:
        """Write a date."""
        english = f"{day.day} {day:%B %Y}"
        return self.pen.word(f"{day.year}年{day.month}月{day.day}日", english)

    def days(self, start: date, end: date) -> str:
        """Write a period."""
        first, last = self.day(start), self.day(end)
        return self.pen.word(f"{first}至{last}", f"{first} to {last}")

    @property
    def reference_period(self) -> str:
        """The time that was asked about."""
        period = self.results.reference_period
        return self.days(period.start, period.end)

    @property
    def fieldwork(self) -> str:
        """The days on which answers were taken; empty where they are not known here."""
        if self.survey is None:
            return ""
        return self.days(self.survey.manifest.window.start, self.survey.last_day)

    def about(self, field: str) -> str:
        """Give a text by which the survey told respondents what it is; empty where it has none."""
        names = getattr(self.survey.manifest, field) if self.survey else None
        return self.say(names) if isinstance(names, Names) else ""

    def listed(self, texts: Sequence[str]) -> str:
        """Join texts as a list in a sentence."""
        return self.pen.word("、", ", ").join(texts)
