"""Counts of answers by stratum and item: all that a statistics program needs, and no sheet.

One line says how many valid sheets of a stratum give an answer to an item. Its weight is the
persons that each of these sheets stands for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from survey_app.documents.design import Kind, Names
from survey_app.documents.results import Domain, Rate, Results, Scope

YES, NO, UNDETERMINED, INAPPLICABLE = 1, 0, 8, 7
ANSWERS = {
    YES: Names(zh="有", en="Yes"),
    NO: Names(zh="没有", en="No"),
    UNDETERMINED: Names(
        zh="未定：记不清、不想答或未答（在“任一接触”中计为“没有”）",
        en="Undetermined: can't remember, rather not say or blank (no in any contact)",
    ),
    INAPPLICABLE: Names(zh="没有往来（计为“没有”）", en="No dealings (counts as no)"),
}


@dataclass(frozen=True)
class Line:
    """So many valid sheets of a stratum, with one answer to one item.

    Attributes
    ----------
    population, valid
        Of the stratum, with those that were counted with it.
    """

    stratum: str
    unit: Names
    category: Names
    kind: Kind
    population: int
    valid: int
    item: str
    label: Names
    answer: int
    sheets: int

    @property
    def weight(self) -> float:
        """Persons that one sheet stands for."""
        return self.population / self.valid


VARIABLES = {
    "stratum": Names(zh="层", en="Stratum"),
    "unit": Names(zh="单位", en="Unit"),
    "category": Names(zh="岗位类别", en="Post category"),
    "kind": Names(zh="岗位性质", en="Kind of posts"),
    "population": Names(zh="层的总体人数", en="Population of the stratum"),
    "valid": Names(zh="层的有效答卷数", en="Valid sheets of the stratum"),
    "item": Names(zh="题目编号", en="Item"),
    "label": Names(zh="题目", en="Item's label"),
    "answer": Names(zh="回答", en="Answer"),
    "sheets": Names(zh="答卷数（频数）", en="Sheets (frequency)"),
    "weight": Names(zh="每份答卷代表的人数（权数）", en="Persons a sheet stands for (weight)"),
}
"""Every variable of the exports, and its label."""


def lines(results: Results) -> Iterator[Line]:
    """Give the counts of every stratum with valid sheets; without answers that do not occur."""
    joined = {note.subject: note.other for note in results.notes if note.what == "joined"}
    strata = results.of(Scope.STRATUM)
    extra = {stratum.key: 0 for stratum in strata}
    for stratum in strata:
        if stratum.key in joined:
            extra[joined[stratum.key]] += stratum.population
    for stratum in (stratum for stratum in strata if stratum.valid):
        for item in results.items_of(stratum.kind):
            rate = results.rate(stratum.id, item.code)
            for answer, sheets in _answers(rate, stratum).items():
                if sheets:
                    yield Line(
                        stratum=stratum.key,
                        unit=stratum.name,
                        category=stratum.category or stratum.name,
                        kind=stratum.kind,
                        population=stratum.population + extra[stratum.key],
                        valid=stratum.valid,
                        item=item.code,
                        label=item.label,
                        answer=answer,
                        sheets=sheets,
                    )


def _answers(rate: Rate, stratum: Domain) -> dict[int, int]:
    """Sort a stratum's valid sheets by answer; what any contact takes as no stays undetermined."""
    return {
        YES: rate.yes,
        NO: stratum.valid - rate.yes - rate.inapplicable - rate.undetermined,
        INAPPLICABLE: rate.inapplicable,
        UNDETERMINED: rate.undetermined,
    }
