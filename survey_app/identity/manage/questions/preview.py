"""What a respondent reads: sentences with the names of a stratum and the days put in."""

import re
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from questionnaires import Text
from survey_app.documents.design import Kind, Names, Period
from survey_app.identity.manage.campaigns.draft import Draft, year_before

LANGUAGES = ("zh", "en")
_DATES = {"zh": "zh_Hans_CN", "en": "en_GB"}
_PLACE = re.compile(r"{(\w+)}")
_UNIT = Names(zh="某某单位", en="Some Unit")
_CATEGORIES = {
    Kind.BUSINESS: Names(zh="行政审批", en="Permits"),
    Kind.NON_BUSINESS: Names(zh="人事管理", en="Personnel"),
}


@dataclass(frozen=True)
class Example:
    """A stratum, of the campaign or made up, in whose words a questionnaire is shown."""

    stratum: str
    unit: Names
    post_category: Names
    period: Period

    def filled(self, text: Text, language: str) -> str:
        """Put the names and days into a sentence, as the respondents' page does."""
        values = {
            "unit": getattr(self.unit, language),
            "post_category": getattr(self.post_category, language),
            "start": _day(self.period.start, language),
            "end": _day(self.period.end, language),
        }
        sentence: str = getattr(text, language)
        return _PLACE.sub(lambda place: values.get(place[1], place[0]), sentence)


def example_of(draft: Draft, kind: Kind, today: date, stratum: str = "") -> Example:
    """Take the named stratum of a kind, else its first, else names that are made up."""
    strata = [s for s in draft.strata if s.kind == kind]
    example = next((s for s in strata if s.id == stratum), strata[0] if strata else None)
    period = draft.reference_period or year_before(draft.window.start if draft.window else today)
    if example is None:
        return Example("", _UNIT, _CATEGORIES[kind], period)
    return Example(example.id, example.unit, example.post_category, period)


def _day(day: date, language: str) -> str:
    return str(format_date(day, "long", locale=_DATES[language]))
