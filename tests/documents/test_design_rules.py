"""A stratum that would not hide its persons is refused by its name, with what to do."""

import pytest

from survey_app.documents.design import Stratum
from survey_app.documents.design_rules import DesignRefusedError, check_design, check_size
from survey_app.language import CHINESE, in_words
from tests.documents.plans import stratum


def strata(*rows):
    return [Stratum.model_validate(row) for row in rows]


def named(name, unit, category):
    return stratum(name, unit=unit, post_category=category)


NORTH = named("north", {"zh": "北区", "en": "North"}, {"zh": "检查", "en": "Inspection"})


@pytest.mark.parametrize(
    ("unit", "category"),
    [
        ({"zh": "北区", "en": "North"}, {"zh": "检查", "en": "Inspection"}),
        ({"zh": "北区", "en": "Another"}, {"zh": "检查", "en": "Inspection"}),
        ({"zh": "另一", "en": "North"}, {"zh": "检查", "en": "Inspection"}),
        ({"zh": "另一", "en": "NORTH"}, {"zh": "检查", "en": "In\u200bspection"}),
        ({"zh": "北 区", "en": "Another"}, {"zh": "检查", "en": "Inspection"}),
    ],
    ids=["both", "Chinese", "English", "to the eye", "but for a space"],
)
def test_strata_that_read_the_same_in_a_language_are_refused(unit, category):
    with pytest.raises(DesignRefusedError, match="“north” and “copy” have the same unit") as error:
        check_design(strata(NORTH, named("copy", unit, category)))
    assert error.value.place == ("strata", 1, "unit")


def test_one_unit_with_two_post_categories_and_the_reverse_are_two_groups():
    units = ({"zh": "北区", "en": "North"}, {"zh": "南区", "en": "South"})
    categories = ({"zh": "检查", "en": "Inspection"}, {"zh": "采购", "en": "Buying"})
    rows = [named(f"s{at}", units[at % 2], categories[at // 2]) for at in range(4)]

    check_design(strata(*rows))


def test_a_sample_below_ten_is_refused_wherever_it_stands():
    with pytest.raises(DesignRefusedError, match="“south” has a sample of 9, fewer than 10"):
        check_design(strata(NORTH, stratum("south", sample=9)))
    check_size(*strata(stratum("south", sample=10)))


def test_a_population_below_twenty_is_refused_even_where_no_model_has_looked():
    small = Stratum.model_construct(**{**dict(*strata(NORTH)), "population": 19})

    with pytest.raises(DesignRefusedError, match=r"“north” has 19 persons.*merge it"):
        check_size(small)


def test_the_sentence_is_in_chinese_too():
    with pytest.raises(DesignRefusedError) as error:
        check_design(strata(stratum("south", sample=3)))

    assert in_words(error.value, CHINESE) == (
        "“south”层的样本只有 3 人，少于 10 人：请增加样本，或与其他层合并。"
    )
