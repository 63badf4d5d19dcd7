"""Results: found by name, and the same bytes for the same numbers."""

import json
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import stats
from survey_app.documents.design import Kind
from survey_app.documents.results import (
    ANY,
    CellKey,
    Options,
    Rate,
    Results,
    Scope,
    Weighting,
    domain_id,
    from_json,
    to_json,
)
from tests.answers.analyse.boxes import estimate, sheet, three

RESULTS = estimate(three([sheet(red_envelope=1)] * 3 + [sheet(banquet=8)] * 2 + [sheet()] * 7))
CATEGORY = "post_category/business/Inspection 类"
shares = st.none() | st.floats(0, 1)


def test_a_domain_is_named_by_scope_kind_and_key():
    assert domain_id(Scope.CATEGORY, Kind.BUSINESS, "Inspection 类") == CATEGORY
    assert {domain.id for domain in RESULTS.domains} == {
        domain_id(domain.scope, domain.kind, domain.key) for domain in RESULTS.domains
    }


def test_a_cell_is_named_by_denominator_item_and_domain():
    key = CellKey(CATEGORY, "banquet", "dealings")

    assert str(key) == f"dealings banquet {CATEGORY}"


def test_a_rate_is_that_of_any_contact_among_valid_sheets_unless_another_is_named():
    assert RESULTS.rate(CATEGORY).key == CellKey(CATEGORY, ANY, "valid")
    assert RESULTS.rate(CATEGORY, "banquet", "dealings").key == CellKey(
        CATEGORY, "banquet", "dealings"
    )
    with pytest.raises(KeyError):
        RESULTS.rate(CATEGORY, "no such item")


def test_every_cell_is_there_once():
    keys = [rate.key for rate in RESULTS.rates]

    assert len(set(keys)) == len(keys)
    assert all(RESULTS.rate(*key).key == key for key in keys)


def test_domains_are_listed_by_scope_and_kind():
    assert [domain.key for domain in RESULTS.of(Scope.STRATUM)] == ["north", "south", "office"]
    assert [d.key for d in RESULTS.of(Scope.STRATUM, Kind.NON_BUSINESS)] == ["office"]
    assert RESULTS.of(Scope.STRATUM)[0] is RESULTS.by_id["stratum/business/north"]
    assert RESULTS.kinds == [Kind.BUSINESS, Kind.NON_BUSINESS]


def test_items_of_a_kind_begin_with_any_contact_and_have_their_labels():
    items = RESULTS.items_of(Kind.BUSINESS)

    assert items[0].code == ANY
    assert "red_envelope" in [item.code for item in items]
    assert "bribery" not in [item.code for item in items]
    assert all(RESULTS.labels[item.kind, item.code] == item.label for item in RESULTS.items)


def test_results_are_read_back_equal_and_written_alike():
    document = to_json(RESULTS)

    assert from_json(document) == RESULTS
    assert to_json(from_json(document)) == document


def test_fields_are_written_in_the_order_of_their_declaration():
    content = json.loads(to_json(RESULTS))

    assert list(content) == [field.name for field in fields(Results)]
    assert list(content["rates"][0]) == [field.name for field in fields(Rate)]


@settings(max_examples=30)
@given(shares, shares, st.floats(0, 1e9), st.integers(0, 2**40))
def test_no_digit_of_a_number_is_lost(rate, se, total, n):
    first, *rest = RESULTS.rates
    results = replace(RESULTS, rates=(replace(first, rate=rate, se=se, total=total, n=n), *rest))

    assert from_json(to_json(results)) == results


def test_a_number_that_differs_in_its_last_bit_is_another_document():
    """0.1 + 0.2 is 0.30000000000000004 in floats (IEEE 754)."""
    first, *rest = RESULTS.rates
    documents = [
        to_json(replace(RESULTS, rates=(replace(first, rate=rate), *rest)))
        for rate in (0.3, 0.1 + 0.2)
    ]

    assert b"0.30000000000000004" in documents[1]
    assert documents[0] != documents[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("rates"),
        lambda content: content["rates"][0].update(denominator="all"),
        lambda content: content["rates"][0].update(n="many"),
        lambda content: content["options"].update(colour="red"),
        lambda content: content["domains"][0].update(scope="planet"),
    ],
)
def test_what_is_no_result_is_not_read(change):
    content = json.loads(to_json(RESULTS))
    change(content)

    with pytest.raises(ValidationError):
        from_json(json.dumps(content).encode())


def test_nothing_in_results_changes_once_made():
    with pytest.raises(FrozenInstanceError):
        RESULTS.rates[0].rate = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        RESULTS.options.level = 0.5


def test_the_usual_options_are_a_95_percent_interval_of_strata_with_correction():
    options = Options()

    assert (options.level, options.fpc, options.weighting) == (0.95, True, Weighting.STRATA)
    assert (options.validity, options.adjustment) == ("standard-1", stats.Adjustment.HOLM)


@pytest.mark.parametrize(
    ("level", "possible"), [(0.5, True), (0.999, True), (0.49, False), (1, False)]
)
def test_a_level_is_from_one_half_to_999_in_a_thousand(level, possible):
    try:
        Options(level=level)
    except ValidationError:
        assert not possible
    else:
        assert possible
