"""The respondents of one kind of posts as disclosure control sees them: groups and tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from stats.disclosure import FLAT, STEPS, Fact, Groups, ReleaseTable
from survey_app.answers.analyse.estimates.counts import count
from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.answers.analyse.estimates.samples import DrawnStrata, Sample
from survey_app.documents.design import Kind
from survey_app.documents.release import ReleaseDocument
from survey_app.documents.results import ANY, Domain, Options, Scope

Integers = NDArray[np.int64]
NOT_MERGED: Mapping[str, str] = MappingProxyType({})
_NEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Respondents:
    """The valid sheets of one kind, in groups that no release tells apart: by stratum.

    Only sheets with dealings are in a group. All releases of a campaign have one preset: sheets
    that one takes and another leaves out would be told apart by their number alone.
    """

    box: OpenedBox
    kind: Kind
    options: Options

    @cached_property
    def groups(self) -> Groups:
        """Answers and yes of every group to every item, any contact first."""
        counts, dealings = self._strata.counts, self._dealings
        yes, no = ([counts.yes, counts.any_yes], counts.no)
        answers = np.column_stack([dealings, yes[0] + no])
        return Groups(np.arange(len(dealings)), answers, np.column_stack([yes[1], yes[0]]))

    @property
    def _strata(self) -> DrawnStrata:
        [counts] = [k for k in count(self.box, self.options.validity).kinds if k.kind == self.kind]
        strata = Sample.of(counts, self.options).drawn
        if strata is None:
            raise ValueError("no sheet of this kind is valid")
        return strata

    @property
    def _dealings(self) -> Integers:
        """Valid sheets with dealings, by stratum."""
        return self._strata.design.respondents - self._strata.counts.any_inapplicable

    def table(
        self, options: Options, domains: Sequence[Domain], merged: Mapping[str, str] = NOT_MERGED
    ) -> ReleaseTable:
        """Lay out the tables under these options; how they are rounded is not decided yet.

        Parameters
        ----------
        merged
            For each stratum that is taken together with others the name of what they become.
        """
        design = self._strata.design
        labels = [merged.get(name, name) for name in design.stratum]
        members = [[name in domain.strata for name in design.stratum] for domain in domains]
        return ReleaseTable(
            design,
            self._strata.counts.any_inapplicable,
            self.groups.stratum,
            self.groups.answers,
            np.array(members, bool).reshape(len(domains), len(labels)),
            np.zeros((len(domains), self.groups.answers.shape[1]), np.int64),
            np.array([labels.index(label) for label in labels]),
            np.zeros(len(domains), bool),
            np.array([domain.scope == Scope.CATEGORY for domain in domains], bool),
            options.method,
            options.level,
            options.fpc,
            self.box.manifest.risk.rising,
        )

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Count the valid sheets of each stratum of the design, and those with dealings."""
        names, valid = self._strata.design.stratum, self._strata.design.respondents
        pairs = zip(valid.tolist(), self._dealings.tolist(), strict=True)
        return dict(zip(names, pairs, strict=True))

    def shown(self, release: ReleaseDocument) -> ReleaseTable:
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
            holds_small=np.array([row.holds_small for row in rows], bool),
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

    @property
    def _items(self) -> list[str]:
        return [ANY, *self._strata.counts.items]
