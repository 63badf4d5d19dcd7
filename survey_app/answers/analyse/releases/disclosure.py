"""What a release shows of results: cells under disclosure control, and numbers rounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from questionnaires import Code
from stats import disclosure
from stats.disclosure import Cell, Fate, Groups, ShownCell
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.answers.analyse.estimates.validity import Mask, judge
from survey_app.documents.design import Kind
from survey_app.documents.release import CellOutcome
from survey_app.documents.results import (
    ANY,
    DENOMINATORS,
    CellKey,
    Difference,
    Options,
    Rate,
    Results,
    Risk,
    Scope,
)
from survey_app.documents.validity import preset

PRECISION = 0.001
"""Shares are released in steps of 0.1 %."""
_COSTS = {Scope.STRATUM: 1.0, Scope.UNIT: 4.0, Scope.KIND: 8.0, Scope.CATEGORY: 32.0}
_ANY_COST, _DEALINGS_COST = 4.0, 0.5


@dataclass(frozen=True)
class Earlier:
    """What an earlier release of the campaign showed, and under which options."""

    options: Options
    outcomes: tuple[CellOutcome, ...]


@dataclass(frozen=True)
class Protected:
    """Results as they may be published, and what became of every cell.

    ``exposed`` names small groups that earlier releases expose by themselves.
    """

    results: Results
    outcomes: tuple[CellOutcome, ...]
    exposed: tuple[str, ...]


def protect(box: OpenedBox, options: Options, earlier: Sequence[Earlier]) -> Protected:
    """Decide what of the results is shown after all that was shown before.

    Parameters
    ----------
    options
        Weighted by stratum: the weights of other choices are not a table's own.
    """
    results = results_of(box, options)
    keys = {str(rate.key): rate.key for rate in results.rates}
    outcomes: list[CellOutcome] = []
    exposed: list[str] = []
    for kind in results.kinds:
        known_options = {options, *(release.options for release in earlier)}
        respondents = Respondents(box, kind, tuple(known_options))
        before = [cell for release in earlier for cell in respondents.shown(release)]
        protection = disclosure.protect(
            respondents.groups, list(respondents.cells(options)), before, precision=PRECISION
        )
        outcomes += [
            CellOutcome(*keys[cell.cell.name], cell.fate, cell.low, cell.high)
            for cell in protection.cells
        ]
        exposed += protection.exposed
    return Protected(_masked(results, outcomes), tuple(outcomes), tuple(exposed))


@dataclass(frozen=True, eq=False)
class Respondents:
    """The sheets of one kind in groups that no table under these options tells apart.

    A group shares its stratum, whether it has dealings, and the presets it is valid by.
    """

    box: OpenedBox
    kind: Kind
    options: tuple[Options, ...]

    @cached_property
    def groups(self) -> Groups:
        """Answers and yes of every group to every item, any contact first."""
        shape = (len(self._traits), 1 + self._answers[0].shape[1])
        answers, yes = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        yes_or_no, affirmed = self._answers
        valid = self._place >= 0
        np.add.at(answers, self._place[valid], np.column_stack([valid, yes_or_no])[valid])
        contact = affirmed.any(axis=1)
        np.add.at(yes, self._place[valid], np.column_stack([contact, affirmed])[valid])
        return Groups(answers, yes, any_item=0)

    def cells(self, options: Options) -> Iterator[Cell]:
        """Give every cell of the tables under these options."""
        results = results_of(self.box, options)
        columns = {item.code: at for at, item in enumerate(results.items_of(self.kind))}
        persons = _persons_per_sheet(results)
        for domain in (domain for domain in results.domains if domain.kind == self.kind):
            for denominator in DENOMINATORS:
                weight = np.array(
                    [
                        persons.get(trait.stratum, 0.0)
                        * (trait.stratum in domain.strata)
                        * (options.validity in trait.valid)
                        * (denominator == "valid" or trait.dealings)
                        for trait in self._traits
                    ]
                )
                for code, column in columns.items():
                    key = CellKey(domain.id, code, denominator)
                    yield Cell(str(key), column, weight, _cost(domain.scope, key))

    def shown(self, earlier: Earlier) -> Iterator[ShownCell]:
        """Give what an earlier release showed, as cells of these groups."""
        outcomes = {str(outcome.key): outcome for outcome in earlier.outcomes}
        for cell in self.cells(earlier.options):
            outcome = outcomes.get(cell.name)
            if outcome and outcome.fate in {Fate.SHOWN, Fate.BOUND}:
                yield ShownCell(cell, outcome.fate, outcome.low, outcome.high)

    @cached_property
    def _piles(self) -> list[Pile]:
        return [pile for pile in self.box.piles if pile.kind == self.kind]

    @cached_property
    def _sheets(self) -> NDArray[np.uint8]:
        return np.concatenate([pile.sheets for pile in self._piles])

    @cached_property
    def _marks(self) -> NDArray[np.int64]:
        """Each sheet's stratum, dealings, and validity by each preset, as a row of numbers."""
        questionnaire = self.box.manifest.questionnaires[self.kind].text
        stratum = np.repeat(np.arange(len(self._piles)), [len(p.sheets) for p in self._piles])
        judged = [judge(preset(name), questionnaire, self._sheets) for name in self._presets]
        valid = [judgement.valid for judgement in judged]
        return np.column_stack([stratum, judged[0].dealings, *valid]).astype(np.int64)

    @cached_property
    def _presets(self) -> list[str]:
        return sorted({options.validity for options in self.options})

    @cached_property
    def _kinds_of_sheet(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        marks = self._marks
        ever = marks[:, 2:].any(axis=1)
        rows, place = np.unique(marks[ever], axis=0, return_inverse=True)
        places = np.full(len(marks), -1)
        places[ever] = place
        return rows, places

    @property
    def _place(self) -> NDArray[np.int64]:
        return self._kinds_of_sheet[1]

    @cached_property
    def _traits(self) -> list["Trait"]:
        return [
            Trait(
                self._piles[stratum].name,
                bool(dealings),
                frozenset(
                    name for name, is_valid in zip(self._presets, valid, strict=True) if is_valid
                ),
            )
            for stratum, dealings, *valid in self._kinds_of_sheet[0].tolist()
        ]

    @cached_property
    def _answers(self) -> tuple[Mask, Mask]:
        """Who answers each item with yes or no, and who with yes; no dealings is no."""
        questionnaire = self.box.manifest.questionnaires[self.kind].text
        items = self._sheets[:, 1 : 1 + len(questionnaire.items)]
        dealings = self._marks[:, 1:2].astype(bool)
        yes = (items == Code.YES) & dealings
        return yes | (items == Code.NO) | ~dealings, yes


@dataclass(frozen=True)
class Trait:
    """What the sheets of one group share."""

    stratum: str
    dealings: bool
    valid: frozenset[str]


def _cost(scope: Scope, key: CellKey) -> float:
    """Give what the loss of a cell would cost."""
    cost = _COSTS[scope] * (_ANY_COST if key.item == ANY else 1)
    return cost * (1 if key.denominator == "valid" else _DEALINGS_COST)


def _persons_per_sheet(results: Results) -> dict[str, float]:
    """Give the persons that a valid sheet of each stratum stands for."""
    joined = {note.subject: note.other for note in results.notes if note.what == "joined"}
    strata = {stratum.key: stratum for stratum in results.of(Scope.STRATUM)}
    persons = {key: stratum.population for key, stratum in strata.items()}
    for small, into in joined.items():
        persons[into] += strata[small].population
    return {key: persons[key] / stratum.valid for key, stratum in strata.items() if stratum.valid}


def _masked(results: Results, outcomes: Sequence[CellOutcome]) -> Results:
    """Keep of the results what is shown; counts of answers go, and shares are rounded."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    domains_shown = {
        domain.id
        for domain in results.domains
        if (key := CellKey(domain.id, ANY, "valid")) in by_key and by_key[key].fate == Fate.SHOWN
    }
    return replace(
        results,
        rates=tuple(_rate(rate, by_key.get(rate.key)) for rate in results.rates),
        unfiltered=(),
        quality=tuple(
            replace(line, refused={}, invalid={}, flagged={}) for line in results.quality
        ),
        differences=tuple(
            _rounded_difference(difference)
            for difference in results.differences
            if {difference.first, difference.second} <= domains_shown
        ),
        associations=(),
        risks=tuple(_rounded_risk(risk) for risk in results.risks if risk.domain in domains_shown),
    )


def _rate(rate: Rate, outcome: CellOutcome | None) -> Rate:
    bare = Rate(*rate.key)
    if outcome is None or outcome.fate in {Fate.SMALL, Fate.COMPLEMENTARY}:
        return bare
    if outcome.fate == Fate.BOUND:
        return replace(bare, n=rate.n, low=outcome.low, high=outcome.high)
    return replace(
        bare,
        n=rate.n,
        rate=_step(rate.rate),
        se=_step(rate.se),
        low=_step(rate.low),
        high=_step(rate.high),
        lower=_step(rate.lower),
        upper=_step(rate.upper),
        decision=rate.decision,
        reason=rate.reason,
        footnote=rate.footnote,
    )


def _rounded_difference(difference: Difference) -> Difference:
    return replace(
        difference,
        estimate=round(difference.estimate, 3),
        se=round(difference.se, 3),
        low=round(difference.low, 3),
        high=round(difference.high, 3),
        p=_step(difference.p),
        adjusted_p=_step(difference.adjusted_p),
    )


def _rounded_risk(risk: Risk) -> Risk:
    medium, severe, high = (round(p, 3) for p in risk.above)
    levels = [round(p, 3) for p in risk.levels]
    return replace(
        risk,
        rate=round(risk.rate, 3),
        above=(medium, severe, high),
        levels=(levels[0], levels[1], levels[2], levels[3]),
        above_at_most=None,
    )


def _step(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
