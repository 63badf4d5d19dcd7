"""What a release shows of a whole campaign."""

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.answers.analyse.releases.disclosure import protect
from survey_app.answers.analyse.releases.shown_tables import level_of
from survey_app.documents.design import Kind, Names, RiskLevel, Thresholds
from survey_app.documents.release import FORMAT, Fate, ReleaseDocument
from survey_app.documents.results import ANY, Options, Rate, Scope
from survey_app.errors import InputError
from tests.answers.analyse.boxes import published
from tests.sites import design

STRICT = Options(validity="strict-1")


@pytest.fixture(scope="module")
def manifest():
    """Two strata in each of two units: an attacker's design, which is refused today."""
    plan = design()
    more = [
        plan.strata[0].model_copy(update={"id": f"more-{at}", "unit": plan.strata[at].unit})
        for at in (0, 1)
    ]
    wide = plan.model_copy(update={"strata": (*plan.strata[:2], *more, plan.strata[2])})
    return published(wide)


def random_box(manifest, sizes, seed, chance=0.15):
    """A box whose sheets are filled in at random, some of them carelessly."""
    rng = np.random.default_rng(seed)
    piles = []
    for stratum, size in zip(manifest.strata, sizes, strict=True):
        text = manifest.questionnaires[stratum.kind].text
        sheets = rng.choice(
            [1, 0, 8, 9], (size, len(text.asked)), p=[chance, 0.92 - chance, 0.05, 0.03]
        )
        sheets[:, 0] = rng.choice([1, 0], size, p=[0.8, 0.2])
        piles.append(Pile(stratum.id, (stratum,), size, {}, sheets.astype(np.uint8)))
    content = bytes(
        [seed, *sizes, round(100 * chance), len({s.post_category.en for s in manifest.strata})]
    )
    return OpenedBox(content, manifest, bytes(32), tuple(piles), ())


def document(protected, number=1):
    return ReleaseDocument(
        format=FORMAT,
        campaign="spring",
        number=number,
        version="1.0+abc",
        maker="maker",
        made_on=date(2026, 11, 28),
        options=protected.results.options,
        rows=protected.outcomes,
        exposed=protected.exposed,
        results=protected.results,
    )


def numbers(rate):
    """The rate and its limits."""
    assert None not in {rate.rate, rate.low, rate.high}
    return rate.rate, rate.low, rate.high


SMALL = (40, 6, 25, 9, 30)
LARGE = (60, 50, 40, 45, 55)


def test_small_strata_are_shown_as_other_units_of_their_category(manifest):
    protected = protect(random_box(manifest, SMALL, 1), Options(), [])
    fates = {outcome.domain: outcome for outcome in protected.outcomes}
    other_units = next(
        d for d in protected.results.of(Scope.STRATUM) if d.key.startswith("others/")
    )

    assert (other_units.name.zh, other_units.name.en) == ("其他单位", "Other units")
    assert other_units.strata == ("south", "more-1")
    assert other_units.valid == 15
    for small in other_units.strata:
        outcome = fates[f"stratum/business/{small}"]
        assert (outcome.fate, outcome.into) == (Fate.MERGED, other_units.id)
    merged = [note for note in protected.results.notes if note.what == "merged"]
    assert [(note.subject, note.other) for note in merged] == [
        ("south", other_units.id),
        ("more-1", other_units.id),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_every_category_of_ten_sheets_has_a_figure(manifest, seed):
    protected = protect(random_box(manifest, SMALL, seed), Options(), []).results

    for category in protected.of(Scope.CATEGORY):
        assert protected.rate(category.id).is_shown, category.id


def test_what_is_not_merged_is_the_rate_rounded(manifest):
    box = random_box(manifest, LARGE, 2)
    protected, full = protect(box, Options(), []).results, results_of(box, Options())

    for domain in full.of(Scope.CATEGORY):
        figures, rate = numbers(protected.rate(domain.id)), numbers(full.rate(domain.id))
        assert figures[0] == pytest.approx(round(rate[0], 3))
        assert rate[1] - 0.002 < figures[1] <= rate[1]
        assert rate[2] + 0.002 > figures[2] >= rate[2]
        assert protected.rate(domain.id).n == full.rate(domain.id).n


def test_a_release_judges_as_the_console_does(manifest):
    box = random_box(manifest, LARGE, 5)
    protected, full = protect(box, Options(), []).results, results_of(box, Options())
    decisions = [
        (protected.rate(rate.domain, rate.item).decision, rate.decision)
        for rate in full.rates
        if rate.denominator == "valid" and protected.rate(rate.domain, rate.item).rate
    ]

    assert len(decisions) > 30
    assert sum(ours == theirs for ours, theirs in decisions) > 0.9 * len(decisions)


def test_no_count_of_yes_no_error_and_no_answer_by_reason_is_released(manifest):
    protected = protect(random_box(manifest, LARGE, 2), Options(), []).results
    kept_back = {"yes", "inapplicable", "se", "df", "deff", "total", "total_se", "population"}
    empty = {field.name: field.default for field in fields(protected.rates[0])}

    for rate in protected.rates:
        assert all(getattr(rate, name) == empty[name] for name in kept_back)
        assert (rate.outer_low, rate.outer_high) == (None, None)
    assert not protected.unfiltered
    assert not protected.associations
    assert all(not line.flagged and not line.invalid for line in protected.quality)
    assert all((d.se, d.p, d.adjusted_p) == (None, None, None) for d in protected.differences)
    assert all(risk.above_at_most is None for risk in protected.risks)


def test_a_category_without_contact_is_shown_with_its_number(manifest):
    protected = protect(random_box(manifest, LARGE, 3, chance=0.0), Options(), []).results

    for category in protected.of(Scope.CATEGORY):
        rate = protected.rate(category.id, ANY)
        assert numbers(rate)[:2] == (0, 0)
        assert 0 < numbers(rate)[2] < 0.1
        assert rate.n == category.valid


def test_one_or_two_yes_are_shown_as_a_bound(manifest):
    box = random_box(manifest, LARGE, 4, chance=0.0)
    box.piles[4].sheets[0, :2] = 1  # has dealings, and met the first thing asked
    rate = protect(box, Options(), []).results.rate("post_category/non-business/Personnel 类")

    assert (rate.rate, rate.below) == (None, 0.1)
    assert (rate.low or 0) <= 1 / 55 < (rate.high or 0)
    assert rate.n == 55


@pytest.mark.parametrize(
    ("bound", "level"),
    [
        ({"below": 0.02}, RiskLevel.LOW),
        ({"below": 0.1}, RiskLevel.MEDIUM),
        ({"above": 0.6}, RiskLevel.HIGH),
        ({"rate": 0.06}, RiskLevel.SEVERE),
    ],
)
def test_a_bound_has_the_level_of_all_rates_within_or_the_most_probable(bound, level):
    rate = Rate("post_category/business/a", ANY, "valid", **bound)

    assert level_of(rate, (0.3, 0.4, 0.2, 0.1), Thresholds()) == level


def test_a_hidden_cell_has_no_number_at_all(manifest):
    protected = protect(random_box(manifest, SMALL, 1), Options(), []).results
    hidden_rates = [rate for rate in protected.rates if rate.hidden]

    assert hidden_rates
    assert all(
        (rate.n, rate.rate, rate.low, rate.below) == (0, None, None, None) for rate in hidden_rates
    )


def test_the_whole_follows_from_its_categories(manifest):
    """So the total adds nothing to what the categories tell."""
    plan = manifest.strata
    two = manifest.model_copy(
        update={
            "strata": tuple(
                stratum.model_copy(update={"post_category": Names(zh="别", en="Other")})
                if stratum.id.startswith("more")
                else stratum
                for stratum in plan
            )
        }
    )
    box = random_box(two, LARGE, 2)
    protected = protect(box, Options(), []).results
    first, second = (
        numbers(protected.rate(d.id))[0] for d in protected.of(Scope.CATEGORY, Kind.BUSINESS)
    )

    persons = 200, 200
    whole = protected.rate("kind/business/business")
    assert whole.rate == pytest.approx(
        (first * persons[0] + second * persons[1]) / sum(persons), abs=0.0006
    )
    assert whole.n == 195


def test_the_same_is_released_the_same(manifest):
    box = random_box(manifest, SMALL, 0)

    assert protect(box, Options(), []) == protect(box, Options(), [])


def test_a_release_after_another_reckons_with_it(manifest):
    box = random_box(manifest, SMALL, 0)
    first = document(protect(box, Options(), []))
    second = protect(box, Options(level=0.9), [first])

    assert second.exposed == ()
    assert protect(box, Options(), [first]).results.rates == first.results.rates


def test_all_releases_have_the_rules_of_the_first(manifest):
    """Whom a rule adds or leaves out were given away by their number alone."""
    box = random_box(manifest, SMALL, 0)
    first = document(protect(box, Options(), []))

    with pytest.raises(InputError, match="same rules of validity"):
        protect(box, STRICT, [first])
