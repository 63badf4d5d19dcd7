"""What was issued, came back, and was valid: by stratum, by kind, and over all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import stats
from survey_app.answers.analyse.estimates.counts import Counted, StratumCounts
from survey_app.answers.analyse.estimates.opened_box import Sealed
from survey_app.documents.design import Kind
from survey_app.documents.results import Quality, Scope, domain_id


def table(counted: Counted) -> Iterator[Quality]:
    """Give a line for each stratum, opened or sealed, then for each kind, then over all."""
    box = counted.box
    opened = [stratum for kind in counted.kinds for stratum in kind.strata]
    for one in opened:
        yield _line(domain_id(Scope.STRATUM, one.pile.kind, one.pile.name), [one], [])
    for left in box.sealed:
        yield _line(domain_id(Scope.STRATUM, left.stratum.kind, left.stratum.id), [], [left])
    kinds = [kind for kind in Kind if kind in {stratum.kind for stratum in box.manifest.strata}]
    for kind in kinds:
        yield _line(
            domain_id(Scope.KIND, kind, kind),
            [one for one in opened if one.pile.kind == kind],
            [left for left in box.sealed if left.stratum.kind == kind],
        )
    yield _line("", opened, box.sealed)


def _line(domain: str, strata: Sequence[StratumCounts], sealed: Sequence[Sealed]) -> Quality:
    issued = sum(one.pile.issued for one in strata) + sum(one.stratum.sample for one in sealed)
    ballots = sum(one.pile.ballots for one in strata) + sum(one.ballots for one in sealed)
    valid = sum(one.valid for one in strata)
    # Cards beyond the sample may have been handed out, so ballots may be more than issued.
    rates = stats.response_rates(
        stats.Dispositions.of(
            ["all"], [valid], partial=[ballots - valid], not_contacted=[max(issued - ballots, 0)]
        )
    )
    return Quality(
        domain=domain,
        issued=issued,
        ballots=ballots,
        opened=sum(len(one.pile.sheets) for one in strata),
        valid=valid,
        refused=_sum(one.pile.refused for one in strata),
        invalid=_sum(one.invalid for one in strata),
        flagged=_sum(one.flagged for one in strata),
        excluded=sum(one.excluded for one in strata),
        returned=float(rates.rr2[0]),
        usable=valid / ballots if ballots else None,
        response=float(rates.rr1[0]),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
