"""Days that are over are refused, and those that are hardly meant are asked about."""

from datetime import date

import pytest

from survey_app.documents.design import Period
from survey_app.identity.manage.campaigns import schedule
from survey_app.identity.manage.campaigns.schedule import Schedule

TODAY = date(2026, 11, 28)
WINDOW, YEAR = ("2026-12-01", "2026-12-31"), ("2025-12-01", "2026-11-30")


def days(window=WINDOW, reference=YEAR, latest_end=None):
    window, reference = (
        ends and Period.model_validate({"start": ends[0], "end": ends[1]})
        for ends in (window, reference)
    )
    return Schedule(window, latest_end and date.fromisoformat(latest_end), reference)


@pytest.mark.parametrize(
    "usual",
    [
        days(),
        days(window=None, reference=None),
        days(window=("2026-11-20", "2026-12-20"), reference=("2025-11-01", "2026-10-31")),
        days(latest_end="2027-02-28"),
        days(window=None, reference=("2025-01-01", "2025-12-31")),
        days(reference=("2024-12-01", "2026-11-30")),
    ],
)
def test_usual_days_are_not_asked_about(usual):
    schedule.check(usual, TODAY)


@pytest.mark.parametrize(
    "window", [("2026-10-01", "2026-10-31"), ("0030-12-01", "0030-12-31"), ("0001-01-01",) * 2]
)
def test_days_on_which_nobody_could_answer_any_more_are_refused_whatever_is_said(window):
    with pytest.raises(schedule.PastDaysError):
        schedule.check(days(window), TODAY, meant=schedule.FIELDS)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"window": ("2026-12-01", "2056-12-31")}, "window", "for more than a year"),
        ({"window": ("2030-12-01", "2030-12-31")}, "window", "more than a year away"),
        (
            {"window": ("2026-11-01", "2026-11-20"), "latest_end": "2026-12-20"},
            "window",
            "2026-11-20, is over",
        ),
        ({"latest_end": "2056-12-31"}, "latest_end", "more than a year after the last day"),
        ({"reference": ("2026-12-25", "2027-01-26")}, "reference", "would not be over"),
        ({"reference": ("2026-01-01", "2027-01-26"), "window": None}, "reference", "not be over"),
        ({"reference": ("2020-12-01", "2026-11-30")}, "reference", "longer than two years"),
        ({"reference": ("2024-01-01", "2024-12-31")}, "reference", "more than a year before"),
    ],
)
def test_days_that_are_hardly_meant_are_asked_about_until_somebody_says_so(
    changes, field, sentence
):
    odd = days(**changes)

    with pytest.raises(schedule.DoubtfulDaysError, match=sentence) as doubt:
        schedule.check(odd, TODAY)
    assert doubt.value.field == field
    schedule.check(odd, TODAY, meant=schedule.FIELDS)
