"""What was issued, came back, and was valid: by stratum, by kind, and over all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import stats
from survey_app.answers.analyse.estimates.counts import CountedBox, StratumCounts
from survey_app.answers.analyse.estimates.opened_box import SealedStratum
from survey_app.documents.design import Kind
from survey_app.documents.results import Quality, Scope, domain_id


def table(counts: CountedBox) -> Iterator[Quality]:
    """Give a line for each stratum, opened or sealed, then for each kind, then over all."""
    box = counts.box
    opened_strata = [stratum for kind in counts.kinds for stratum in kind.strata]
    for stratum in opened_strata:
        yield _line(domain_id(Scope.STRATUM, stratum.pile.kind, stratum.pile.name), [stratum], [])
    for sealed in box.sealed:
        yield _line(domain_id(Scope.STRATUM, sealed.stratum.kind, sealed.stratum.id), [], [sealed])
    kinds = [kind for kind in Kind if kind in {stratum.kind for stratum in box.manifest.strata}]
    for kind in kinds:
        yield _line(
            domain_id(Scope.KIND, kind, kind),
            [stratum for stratum in opened_strata if stratum.pile.kind == kind],
            [sealed for sealed in box.sealed if sealed.stratum.kind == kind],
        )
    yield _line("", opened_strata, box.sealed)


def _line(domain: str, strata: Sequence[StratumCounts], sealed: Sequence[SealedStratum]) -> Quality:
    issued = sum(stratum.pile.issued for stratum in strata) + sum(
        box.stratum.sample for box in sealed
    )
    ballots = sum(stratum.pile.ballots for stratum in strata) + sum(box.ballots for box in sealed)
    valid = sum(stratum.valid for stratum in strata)
    # Cards beyond the sample may have been used, so ballots may be more than issued.
    rates = stats.response_rates(
        stats.Dispositions.of(
            ["all"], [valid], partial=[ballots - valid], not_contacted=[max(issued - ballots, 0)]
        )
    )
    return Quality(
        domain=domain,
        issued=issued,
        ballots=ballots,
        opened=sum(len(stratum.pile.sheets) for stratum in strata),
        valid=valid,
        refused=_sum(stratum.pile.refusals for stratum in strata),
        invalid=_sum(stratum.invalid for stratum in strata),
        flagged=_sum(stratum.flagged for stratum in strata),
        excluded=sum(stratum.excluded for stratum in strata),
        returned=float(rates.rr2[0]),
        usable=valid / ballots if ballots else None,
        response=float(rates.rr1[0]),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for reasons in counts:
        total.update(reasons)
    return dict(sorted(total.items()))
