"""The respondents of one kind of posts as disclosure control sees them: in groups, and in tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from questionnaires import Code, Questionnaire
from stats.disclosure import FLAT, STEPS, Fact, Groups, Table
from survey_app.answers.analyse.estimates.counts import count
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.answers.analyse.estimates.samples import DrawnStrata, Sample
from survey_app.answers.analyse.estimates.validity import judge
from survey_app.documents.design import Kind
from survey_app.documents.release import ReleaseDocument
from survey_app.documents.results import ANY, Domain, Options, Scope
from survey_app.documents.validity import preset

Integers = NDArray[np.int64]
NOT_MERGED: Mapping[str, str] = MappingProxyType({})
_NEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Respondents:
    """The sheets of one kind in groups that no release tells apart.

    A group shares its stratum and the presets it is valid by. Only sheets with dealings are in one.
    """

    box: OpenedBox
    kind: Kind
    presets: tuple[str, ...]

    @cached_property
    def groups(self) -> Groups:
        """Answers and yes of every group to every item, any contact first."""
        dealings = self._dealings
        stratum, answers, yes = (
            self._stratum[dealings],
            self._answers[dealings],
            self._yes[dealings],
        )
        marks = np.column_stack([stratum, self._valid[dealings]]).astype(np.int64)
        rows, place = np.unique(marks, axis=0, return_inverse=True)
        valid = marks[:, 1:].any(axis=1, keepdims=True)
        total, affirmed = np.zeros((2, len(rows), answers.shape[1]), np.int64)
        np.add.at(total, place, answers & valid)
        np.add.at(affirmed, place, yes & valid)
        return Groups(rows[:, 0], total, affirmed)

    @cached_property
    def _group_valid(self) -> NDArray[np.bool_]:
        """By which presets the sheets of each group are valid, (A, P)."""
        marks = np.column_stack([self._stratum, self._valid])[self._dealings].astype(np.int64)
        return np.unique(marks, axis=0)[:, 1:].astype(bool)

    def table(
        self, options: Options, domains: Sequence[Domain], merged: Mapping[str, str] = NOT_MERGED
    ) -> Table:
        """Lay out the tables under these options; how they are rounded is not decided yet.

        Parameters
        ----------
        merged
            For each stratum that is taken together with others the name of what they become.
        """
        drawn = self.drawn(options)
        place = {name: at for at, name in enumerate(drawn.design.stratum)}
        pile_place = [place.get(pile.name, 0) for pile in self._piles]
        at = self.presets.index(options.validity)
        bystanders = np.zeros(len(place), np.int64)
        valid = self._valid[:, at] & ~self._dealings
        np.add.at(bystanders, np.array(pile_place)[self._stratum[valid]], 1)
        members = [[name in domain.strata for name in drawn.design.stratum] for domain in domains]
        labels = [merged.get(name, name) for name in place]
        return Table(
            drawn.design,
            bystanders,
            np.array(pile_place)[self.groups.stratum],
            self.groups.answers * self._group_valid[:, at, None],
            np.array(members, bool).reshape(len(domains), len(place)),
            np.zeros((len(domains), self.groups.answers.shape[1]), np.int64),
            np.array([labels.index(label) for label in labels]),
            np.zeros(len(domains), bool),
            np.array([domain.scope == Scope.CATEGORY for domain in domains], bool),
            options.method,
            options.level,
            options.fpc,
            self.box.manifest.risk.rising,
        )

    def sizes(self, options: Options) -> dict[str, tuple[int, int]]:
        """Count the valid sheets of each stratum of the design, and those with dealings."""
        table = self.table(options, ())
        dealings = np.zeros(len(table.design.stratum), np.int64)
        np.add.at(dealings, table.stratum, table.answers[:, 0])
        pairs = zip(table.bystanders + dealings, dealings, strict=True)
        return {
            name: (int(valid), int(with_dealings))
            for name, (valid, with_dealings) in zip(table.design.stratum, pairs, strict=True)
        }

    def shown(self, release: ReleaseDocument) -> Table:
        """Lay out the tables of a release as it showed them."""
        rows = [row for row in release.rows if row.into is None and self._is_own(row.domain)]
        by_id = release.results.by_id
        domains = [by_id[row.domain] for row in rows]
        merged = {by_id[row.domain].key: row.into for row in release.rows if row.into is not None}
        table = self.table(release.options, domains, merged)
        steps = [
            [release.results.rate(row.domain, item, "valid").step for item in self._items]
            for row in rows
        ]
        return replace(
            table,
            steps=np.array(
                [[FLAT if step is None else STEPS.index(step) for step in line] for line in steps]
            ).reshape(table.steps.shape),
            guarded=np.array([row.guarded for row in rows], bool),
        )

    def facts(self, release: ReleaseDocument) -> Iterator[Fact]:
        """Give what a release by the rules of format 2 showed, as far as it bounds sums of yes."""
        cells = [cell for cell in release.cells if self._is_own(cell.domain)]
        domains = [release.results.by_id[cell.domain] for cell in cells]
        table = self.table(release.options, domains)
        for row, cell in enumerate(cells):
            item = self._items.index(cell.item)
            persons = table.rounding.persons if cell.denominator == "valid" else table.rounding.most
            total = float(persons[row, item])
            if (cell.low, cell.high) != (0.0, 1.0):
                low, high = cell.low * total - _NEAR * total, cell.high * total + _NEAR * total
                yield Fact(item, table.weight[row], low, high)

    def _is_own(self, domain: str) -> bool:
        return domain.split("/")[1] == self.kind

    def drawn(self, options: Options) -> DrawnStrata:
        """Give the strata with valid sheets."""
        [counts] = [k for k in count(self.box, options.validity).kinds if k.kind == self.kind]
        drawn = Sample.of(counts, options).drawn
        if drawn is None:
            raise ValueError("no sheet of this kind is valid")
        return drawn

    @property
    def _items(self) -> list[str]:
        return [ANY, *(item.code for item in self._questionnaire.items)]

    @cached_property
    def _piles(self) -> list[Pile]:
        return [pile for pile in self.box.piles if pile.kind == self.kind]

    @cached_property
    def _sheets(self) -> NDArray[np.uint8]:
        return np.concatenate([pile.sheets for pile in self._piles])

    @cached_property
    def _stratum(self) -> Integers:
        return np.repeat(np.arange(len(self._piles)), [len(p.sheets) for p in self._piles])

    @cached_property
    def _valid(self) -> NDArray[np.bool_]:
        """By which presets each sheet is valid, (n, P)."""
        judged = [judge(preset(name), self._questionnaire, self._sheets) for name in self.presets]
        return np.column_stack([judgement.valid for judgement in judged])

    @cached_property
    def _dealings(self) -> NDArray[np.bool_]:
        return judge(preset(self.presets[0]), self._questionnaire, self._sheets).dealings

    @property
    def _questionnaire(self) -> Questionnaire:
        return self.box.manifest.questionnaires[self.kind].text

    @cached_property
    def _yes(self) -> NDArray[np.bool_]:
        items = self._sheets[:, 1 : 1 + len(self._questionnaire.items)]
        yes = items == Code.YES
        return np.column_stack([yes.any(axis=1), yes])

    @cached_property
    def _answers(self) -> NDArray[np.bool_]:
        items = self._sheets[:, 1 : 1 + len(self._questionnaire.items)]
        determined = (items == Code.YES) | (items == Code.NO)
        return np.column_stack([np.ones(len(items), bool), determined])
