"""Rates under weights for nonresponse: weighting classes, or raking to known margins."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import stats
from survey_app.documents.results import Scope, Weighting
from survey_app.errors import N_, EstimateError, SurveyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from survey_app.documents.results import Options


def rates(
    design: stats.Design,
    counts: stats.Counts,
    issued: Mapping[str, int],
    options: Options,
    *,
    by: str | None,
    denominator: stats.Denominator,
) -> tuple[stats.Rate, ...]:
    """Estimate the items of every domain under the weights that were chosen.

    Parameters
    ----------
    design
        H strata.
    counts
        Of the same strata.
    issued
        Persons asked, by stratum.

    Raises
    ------
    EstimateError
        The weights cannot be made from these sheets.
    """
    with _refused():
        return stats.weighted_rates(
            _weights(design, issued, options),
            counts,
            by=by,
            denominator=denominator,
            interval=options.method,
            level=options.level,
            fpc=options.fpc,
        )


def exceedances(
    design: stats.Design,
    counts: stats.Counts,
    issued: Mapping[str, int],
    options: Options,
    thresholds: Sequence[float],
) -> tuple[stats.Exceedance, ...]:
    """Say how sure it is that each post category's rate of any contact reaches thresholds.

    Parameters
    ----------
    design, counts, issued, options
        As for `rates`.

    Raises
    ------
    EstimateError
        The weights cannot be made from these sheets.
    """
    with _refused():
        return stats.weighted_exceedance(
            _weights(design, issued, options),
            counts,
            thresholds,
            by=Scope.CATEGORY,
            items=(),
            fpc=options.fpc,
        )


@contextmanager
def _refused() -> Iterator[None]:
    """Refuse in the site's words what the library refuses."""
    try:
        yield
    except (stats.DesignError, stats.WeightingError) as error:
        raise _refusal(error) from None


def _weights(
    design: stats.Design, issued: Mapping[str, int], options: Options
) -> stats.Weights | stats.ClassWeights:
    if options.weighting == Weighting.CLASSES and not options.fpc:
        raise EstimateError(
            N_("Weighting classes are only there with the finite population correction.")
        )
    cells = stats.Cells.of(
        dict(zip(design.stratum, design.population.tolist(), strict=True)),
        design.stratum,
        design.groups,
        design.respondents,
    )
    if options.weighting == Weighting.RAKED:
        return stats.rake(cells, _margins(design))
    issued_by_stratum = [issued[name] for name in design.stratum]
    return stats.ClassWeights.of(
        cells, issued=issued_by_stratum, classes=design.groups[Scope.CATEGORY]
    )


def _margins(design: stats.Design) -> dict[str, dict[str, float]]:
    """Sum the populations of units, and of post categories."""
    margins: dict[str, dict[str, float]] = {}
    for variable in (Scope.UNIT, Scope.CATEGORY):
        totals = margins.setdefault(str(variable), {})
        for label, persons in zip(design.groups[variable], design.population, strict=True):
            totals[label] = totals.get(label, 0.0) + float(persons)
    return margins


def _refusal(error: stats.DesignError | stats.WeightingError) -> EstimateError:
    reason = SurveyError(error.sentence, **error.values)
    if isinstance(error, stats.DesignError):
        fault = SurveyError(error.reason, **error.values)
        reason = SurveyError(N_("the design %(reason)s"), reason=fault)
        if error.stratum:
            sentence = N_("stratum “%(stratum)s” %(reason)s")
            reason = SurveyError(sentence, stratum=error.stratum, reason=fault)
    return EstimateError(
        N_("This weighting cannot be made from these sheets: %(reason)s"), reason=reason
    )
