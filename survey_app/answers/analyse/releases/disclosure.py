"""What a release shows of results: cells under disclosure control, and numbers rounded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from questionnaires import Code
from stats import disclosure
from stats.disclosure import Cell, Fate, Groups, Shown
from survey_app.answers.analyse.estimates.compute import Options, Results, results_of
from survey_app.answers.analyse.estimates.counts import OpenedBox, Pile
from survey_app.answers.analyse.estimates.validity import judge, preset
from survey_app.documents.manifest import Kind
from survey_app.documents.results import (
    ANY,
    DENOMINATORS,
    Denominator,
    Difference,
    Rate,
    Risk,
    Scope,
)

PRECISION = 0.001
"""Shares are released in steps of 0.1 %."""
_COSTS = {Scope.STRATUM: 1.0, Scope.UNIT: 4.0, Scope.KIND: 8.0, Scope.CATEGORY: 32.0}
_ANY_COST, _DEALINGS_COST = 4.0, 0.5

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """One cell's fate: by domain, item and denominator."""

    domain: str
    item: str
    denominator: Denominator
    fate: Fate
    low: float
    high: float


@dataclass(frozen=True)
class Earlier:
    """What an earlier release of the campaign showed, and under which options."""

    options: Options
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Released:
    """Results as they may be seen by anybody, and what became of every cell.

    ``exposed`` names small groups that earlier releases expose by themselves.
    """

    results: Results
    outcomes: tuple[Outcome, ...]
    exposed: tuple[str, ...]


def release(box: OpenedBox, options: Options, earlier: Sequence[Earlier]) -> Released:
    """Decide what of the results is shown after all that was shown before.

    Parameters
    ----------
    options
        Weighted by stratum: the weights of other choices are not a table's own.
    """
    found = results_of(box, options)
    outcomes: list[Outcome] = []
    exposed: list[str] = []
    for kind in found.kinds:
        respondents = Respondents(box, kind, tuple({options, *(one.options for one in earlier)}))
        before = [shown for one in earlier for shown in respondents.shown(one)]
        protection = disclosure.protect(
            respondents.groups, list(respondents.cells(options)), before, precision=PRECISION
        )
        outcomes += [_outcome(shown) for shown in protection.cells]
        exposed += protection.exposed
    return Released(_masked(found, outcomes), tuple(outcomes), tuple(exposed))


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
        answered, yes = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        said, affirmed = self._answers
        kept = self._place >= 0
        np.add.at(answered, self._place[kept], np.column_stack([kept, said])[kept])
        contact = affirmed.any(axis=1)
        np.add.at(yes, self._place[kept], np.column_stack([contact, affirmed])[kept])
        return Groups(answered, yes, any_item=0)

    def cells(self, options: Options) -> Iterator[Cell]:
        """Give every cell of the tables under these options."""
        found = results_of(self.box, options)
        items = {item.code: at for at, item in enumerate(found.items_of(self.kind))}
        weights = _weights(found)
        for domain in (one for one in found.domains if one.kind == self.kind):
            for denominator in DENOMINATORS:
                row = np.array(
                    [
                        weights.get(trait.stratum, 0.0)
                        * (trait.stratum in domain.strata)
                        * (options.validity in trait.valid)
                        * (denominator == "valid" or trait.dealings)
                        for trait in self._traits
                    ]
                )
                for code, item in items.items():
                    cost = _COSTS[domain.scope] * (_ANY_COST if code == ANY else 1)
                    cost *= 1 if denominator == "valid" else _DEALINGS_COST
                    yield Cell(_name(domain.id, code, denominator), item, row, cost)

    def shown(self, earlier: Earlier) -> Iterator[Shown]:
        """Give what an earlier release showed, as cells of these groups."""
        outcomes = {_name(o.domain, o.item, o.denominator): o for o in earlier.outcomes}
        for cell in self.cells(earlier.options):
            one = outcomes.get(cell.name)
            if one and one.fate in {Fate.SHOWN, Fate.BOUND}:
                yield Shown(cell, one.fate, one.low, one.high)

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
        valid = [one.valid for one in judged]
        return np.column_stack([stratum, judged[0].dealings, *valid]).astype(np.int64)

    @cached_property
    def _presets(self) -> list[str]:
        return sorted({one.validity for one in self.options})

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


def _weights(found: Results) -> dict[str, float]:
    """Give the persons that a valid sheet of each stratum stands for."""
    joined = {note.subject: note.other for note in found.notes if note.what == "joined"}
    strata = {one.key: one for one in found.of(Scope.STRATUM)}
    persons = {key: one.population for key, one in strata.items()}
    for small, into in joined.items():
        persons[into] += strata[small].population
    return {key: persons[key] / one.valid for key, one in strata.items() if one.valid}


def _name(domain: str, item: str, denominator: str) -> str:
    return f"{denominator} {item} {domain}"


def _outcome(shown: Shown) -> Outcome:
    denominator, item, domain = shown.cell.name.split(" ", 2)
    known: dict[str, Denominator] = {name: name for name in DENOMINATORS}
    return Outcome(domain, item, known[denominator], shown.fate, shown.low, shown.high)


def _masked(found: Results, outcomes: Sequence[Outcome]) -> Results:
    """Keep of the results what is shown; counts of answers go, and shares are rounded."""
    fates = {(one.domain, one.item, one.denominator): one for one in outcomes}
    shown = {place for place, one in fates.items() if one.fate == Fate.SHOWN}
    main = {domain for domain, item, among in shown if (item, among) == (ANY, "valid")}
    return replace(
        found,
        rates=tuple(_rate(rate, fates) for rate in found.rates),
        unfiltered=(),
        quality=tuple(replace(line, refused={}, invalid={}, flagged={}) for line in found.quality),
        differences=tuple(
            _rounded_difference(one) for one in found.differences if {one.first, one.second} <= main
        ),
        associations=(),
        risks=tuple(_rounded_risk(one) for one in found.risks if one.domain in main),
    )


def _rate(rate: Rate, fates: Mapping[tuple[str, str, Denominator], Outcome]) -> Rate:
    place = (rate.domain, rate.item, rate.denominator)
    bare = Rate(*place)
    one = fates.get(place)
    if one is None or one.fate in {Fate.SMALL, Fate.COMPLEMENTARY}:
        return bare
    if one.fate == Fate.BOUND:
        return replace(bare, n=rate.n, low=one.low, high=one.high)
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


def _rounded_difference(one: Difference) -> Difference:
    return replace(
        one,
        estimate=round(one.estimate, 3),
        se=round(one.se, 3),
        low=round(one.low, 3),
        high=round(one.high, 3),
        p=_step(one.p),
        adjusted_p=_step(one.adjusted_p),
    )


def _rounded_risk(one: Risk) -> Risk:
    medium, severe, high = (round(p, 3) for p in one.above)
    levels = [round(p, 3) for p in one.levels]
    return replace(
        one,
        rate=round(one.rate, 3),
        above=(medium, severe, high),
        levels=(levels[0], levels[1], levels[2], levels[3]),
    )


def _step(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
