"""From counts to results: one pure function, the same numbers for the same box and options."""

from functools import lru_cache

from survey_app.answers.analyse.estimates import comparisons, quality
from survey_app.answers.analyse.estimates.contrasts import Comparison, Question, compare
from survey_app.answers.analyse.estimates.counts import CountedBox, count
from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.answers.analyse.estimates.samples import Sample
from survey_app.answers.analyse.estimates.waves import Wave
from survey_app.crypto.encoding import to_text
from survey_app.documents.design import Names
from survey_app.documents.results import ANY, ANY_LABEL, Item, Note, Options, Results, Scope


@lru_cache(maxsize=64)
def results_of(box: OpenedBox, options: Options) -> Results:
    """Count a box and estimate from it; remembered by the content of both."""
    return results(count(box, options.validity), options)


@lru_cache(maxsize=64)
def wave_of(box: OpenedBox, options: Options) -> Wave:
    """Estimate a campaign as one of several waves: its results, and what they compare by."""
    samples = [Sample.of(kind, options) for kind in count(box, options.validity).kinds]
    vectors = (comparisons.vector(sample) for sample in samples)
    return Wave(results_of(box, options), tuple(rates for rates in vectors if rates is not None))


@lru_cache(maxsize=64)
def comparison_of(box: OpenedBox, options: Options, question: Question) -> Comparison:
    """Compare what a page asks for; remembered by the content of all three.

    Raises
    ------
    ValueError
        Items are to be compared under weights for nonresponse.
    """
    samples = [Sample.of(kind, options) for kind in count(box, options.validity).kinds]
    return compare(samples, question)


def results(counts: CountedBox, options: Options) -> Results:
    """Estimate everything that the pages show.

    Raises
    ------
    EstimateError
        The weighting that was chosen cannot be made from these sheets.
    """
    box = counts.box
    samples = [Sample.of(kind, options) for kind in counts.kinds]
    before = [Sample.of(kind, options, unfiltered=True) for kind in counts.kinds]
    domains = tuple(domain for sample in samples for domain in sample.domains)
    rates = tuple(rate for sample in samples for rate in sample.rates())
    return Results(
        campaign=box.manifest.campaign,
        title=box.manifest.heading,
        reference_period=box.manifest.reference_period,
        manifest=box.manifest.digest,
        merkle_root=to_text(box.merkle_root),
        options=options,
        thresholds=box.manifest.risk.rising,
        domains=domains,
        items=tuple(item for sample in samples for item in _items(sample)),
        quality=tuple(quality.table(counts)),
        rates=rates,
        unfiltered=tuple(rate for sample in before for rate in sample.rates([Scope.CATEGORY])),
        differences=tuple(comparisons.differences(samples)),
        associations=tuple(a for sample in samples for a in comparisons.association(sample)),
        risks=tuple(
            risk for sample in samples for risk in comparisons.risks(sample, box.manifest.risk)
        ),
        notes=(*_sealed(box), *(note for sample in samples for note in sample.notes)),
    )


def _items(sample: Sample) -> list[Item]:
    items = sample.kind_counts.questionnaire.items
    labels = [Item(sample.kind, i.code, Names(zh=i.label.zh, en=i.label.en)) for i in items]
    return [Item(sample.kind, ANY, ANY_LABEL), *labels]


def _sealed(box: OpenedBox) -> list[Note]:
    return [Note("sealed", stratum.stratum.id, ballots=stratum.ballots) for stratum in box.sealed]
