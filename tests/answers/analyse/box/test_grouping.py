"""No stratum is opened alone with fewer than ten ballots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.answers.analyse.box.grouping import OpeningGroups
from survey_app.documents.design import SMALLEST_OPENING, Stratum
from survey_app.errors import OpeningError


def strata(**categories):
    common = {"unit": "u", "kind": "business", "population": 50, "sample": 30}
    return [
        Stratum.model_validate({"id": name, "post_category": category, **common})
        for name, category in categories.items()
    ]


THREE = strata(a="x", b="x", c="y")


def test_strata_with_ten_ballots_are_opened_as_they_are():
    groups = OpeningGroups.of(THREE, {"a": 10, "b": 11, "c": 12}, {})

    assert groups.group_of == {"a": "a", "b": "b", "c": "c"}
    assert not groups.sealed


def test_a_small_stratum_is_refused_with_the_merge_that_would_do():
    with pytest.raises(OpeningError, match=r"“a” \(9\)\..*--merge a=b"):
        OpeningGroups.of(THREE, {"a": 9, "b": 11, "c": 12}, {})


def test_all_strata_that_must_be_merged_are_named_at_once():
    with pytest.raises(OpeningError, match=r"“a” \(9\), “b” \(1\)\."):
        OpeningGroups.of(THREE, {"a": 9, "b": 1, "c": 12}, {})


def test_merged_strata_are_opened_as_one():
    groups = OpeningGroups.of(THREE, {"a": 9, "b": 1, "c": 12}, {"b": "a"})

    assert groups.group_of == {"a": "a+b", "b": "a+b", "c": "c"}


def test_more_ballots_than_persons_are_refused():
    assert OpeningGroups.of(THREE, {"a": 50, "b": 11, "c": 12}, {}).group_of
    with pytest.raises(OpeningError, match="“a” has 51 ballots of 50 persons"):
        OpeningGroups.of(THREE, {"a": 51, "b": 11, "c": 12}, {"b": "a"})


def test_a_whole_category_below_ten_stays_sealed():
    groups = OpeningGroups.of(THREE, {"a": 30, "b": 20, "c": 9}, {})

    assert "c" not in groups.group_of
    assert groups.sealed == {"c": 9}


@pytest.mark.parametrize(
    ("merges", "reason"),
    [({"a": "z"}, "no stratum “z”"), ({"a": "c"}, "not of one post category")],
)
def test_an_impossible_merge_is_refused(merges, reason):
    with pytest.raises(OpeningError, match=reason):
        OpeningGroups.of(THREE, {"a": 1, "b": 30, "c": 30}, merges)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 25)),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef")),
)
def test_whatever_is_opened_stands_among_ten_or_more(ballots, merges):
    design = strata(a="x", b="x", c="x", d="y", e="y", f="z")
    try:
        groups = OpeningGroups.of(design, ballots, merges)
    except OpeningError:
        return

    for group in set(groups.group_of.values()):
        assert sum(ballots.get(name, 0) for name in group.split("+")) >= SMALLEST_OPENING
    assert set(groups.group_of) | set(groups.sealed) == set("abcdef")
    assert not set(groups.group_of) & set(groups.sealed)
