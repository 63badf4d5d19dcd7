"""Rates under weights for nonresponse: weighting classes, or raking to known margins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import stats
from stats.intervals import Estimates, clopper_pearson, nchs
from stats.presentation import presentation
from stats.rates import Tally
from survey_app.documents.results import ANY, Rate, Scope, Weighting
from survey_app.errors import N_, EstimateError, SurveyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from survey_app.documents.results import Denominator, Options

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weighted:
    """A sample of H strata with a weight for the sheets of each.

    Attributes
    ----------
    weight
        Persons for whom one sheet stands, shape (H,).
    issued
        Persons asked, shape (H,).
    fitted
        The raked weights; None with weighting classes.
    """

    design: stats.Design
    counts: stats.Counts
    options: Options
    cells: stats.Cells
    weight: Array
    issued: Array
    fitted: stats.Weights | None

    @classmethod
    def of(
        cls,
        design: stats.Design,
        counts: stats.Counts,
        issued: Mapping[str, int],
        options: Options,
    ) -> Weighted:
        """Make the weights.

        Raises
        ------
        EstimateError
            They cannot be made from these sheets.
        """
        asked = np.array([issued[name] for name in design.stratum], float)
        classes = options.weighting == Weighting.CLASSES
        if classes and not options.fpc:
            raise EstimateError(
                N_("Weighting classes are only there with the finite population correction.")
            )
        try:
            cells = stats.Cells.of(
                dict(zip(design.stratum, design.population.tolist(), strict=True)),
                design.stratum,
                design.groups,
                design.respondents,
            )
            fitted = None if classes else stats.rake(cells, _margins(design))
        except (stats.DesignError, stats.WeightingError) as error:
            raise _refusal(error) from None
        weight = fitted.weight if fitted else _class_weight(design, asked)
        return cls(design, counts, options, cells, weight, asked, fitted)

    def rates(self, scope: Scope, denominator: Denominator) -> Iterator[tuple[str, Rate]]:
        """Estimate the items of every domain of a scope; gives domain's key (empty: all), rate."""
        among = stats.Denominator(denominator)
        tally = Tally.of(self.counts, None, among, any_contact=True)
        labels = np.array(self.design.labels(None if scope == Scope.KIND else str(scope)))
        for key in dict.fromkeys(labels.tolist()):
            for at, item in enumerate(tally.items):
                yield key, self._rate(tally, at, labels == key, item, denominator)

    def _rate(
        self,
        tally: Tally,
        at: int,
        inside: NDArray[np.bool_],
        item: str,
        denominator: Denominator,
    ) -> Rate:
        yes, no, unknown, refused, inapplicable = (
            np.where(inside, column[:, at], 0)
            for column in (tally.yes, tally.no, tally.unknown, tally.refused, tally.inapplicable)
        )
        open_ = unknown + refused
        if item == ANY:  # who leaves it undetermined counts as no
            no = no + open_
        if not (yes + no).any():
            return Rate("", item, denominator)
        try:
            found = self._estimate(yes, no)
        except stats.NoVarianceError:  # a rate whose error is unknown is not shown
            return Rate("", item, denominator, n=int((yes + no).sum()), yes=int(yes.sum()))
        everyone = float(self.weight @ (yes + no + (0 if item == ANY else open_)))
        shown = _presentation(found, int(yes.sum()))
        return Rate(
            domain="",
            item=item,
            denominator=denominator,
            n=found.n,
            yes=int(yes.sum()),
            undetermined=int(open_.sum()),
            inapplicable=int(inapplicable.sum()),
            rate=found.rate,
            se=found.se,
            low=found.low,
            high=found.high,
            df=found.df,
            deff=found.deff,
            lower=float(self.weight @ yes) / everyone,
            upper=float(self.weight @ (yes + open_)) / everyone,
            population=found.population,
            total=found.total,
            total_se=found.total_se,
            decision=shown.decision,
            reason=shown.reason,
            footnote=shown.footnote,
        )

    def _estimate(self, yes: Array, no: Array) -> stats.WeightedRate:
        interval, level = self.options.method, self.options.level
        try:
            if self.fitted:
                return stats.weighted_rate(
                    self.fitted, yes, no, interval=interval, level=level, fpc=self.options.fpc
                )
            return stats.weighting_class_rate(
                self.cells,
                issued=self.issued,
                classes=self.design.groups[Scope.CATEGORY],
                yes=yes,
                no=no,
                interval=interval,
                level=level,
            )
        except stats.NoVarianceError:
            raise
        except (stats.DesignError, stats.WeightingError) as error:
            raise _refusal(error) from None


def _margins(design: stats.Design) -> dict[str, dict[str, float]]:
    """Sum the populations of units, and of post categories."""
    margins: dict[str, dict[str, float]] = {}
    for variable in (Scope.UNIT, Scope.CATEGORY):
        totals = margins.setdefault(str(variable), {})
        for label, persons in zip(design.groups[variable], design.population, strict=True):
            totals[label] = totals.get(label, 0.0) + float(persons)
    return margins


def _class_weight(design: stats.Design, issued: Array) -> Array:
    """Weight sheets up to the issued of their post category, these to the stratum's persons."""
    _, place = np.unique(design.groups[Scope.CATEGORY], return_inverse=True)
    response = np.bincount(place, design.respondents) / np.bincount(place, issued)
    return np.asarray(design.population / issued / response[place], float)


def _presentation(found: stats.WeightedRate, yes: int) -> stats.Presentation:
    """Judge a weighted rate by the NCHS standard."""
    plain = found.rate in {0, 1} or not found.se
    rate, size = np.array([found.rate]), np.array([float(found.n)])
    df = max(found.df, 1)
    of = Estimates(rate, np.array([found.se**2]), size, np.array([float(df)]))
    low, high = clopper_pearson(rate, size, 0.95) if plain else nchs(of, 0.95)
    effective = found.n if plain else min(found.n, float(of.effective_size[0]))
    return presentation(
        found.rate,
        answers=found.n,
        yes=yes,
        df=found.df,
        effective_size=effective,
        width=float(high[0] - low[0]),
    )


def _refusal(error: stats.DesignError | stats.WeightingError) -> EstimateError:
    reason = SurveyError(error.sentence, **error.values)
    if isinstance(error, stats.DesignError):
        what = SurveyError(error.reason, **error.values)
        reason = SurveyError(N_("the design %(reason)s"), reason=what)
        if error.stratum:
            named = N_("stratum “%(stratum)s” %(reason)s")
            reason = SurveyError(named, stratum=error.stratum, reason=what)
    return EstimateError(
        N_("This weighting cannot be made from these sheets: %(reason)s"), reason=reason
    )
