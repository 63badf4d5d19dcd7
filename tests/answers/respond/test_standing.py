"""Where a campaign stands, as its page is told."""

from datetime import date

import pytest

from survey_app.answers.respond import service
from survey_app.documents.manifest import PublishedManifest
from tests.documents.plans import edited, published

MANIFEST = PublishedManifest.model_validate(
    edited(
        published(),
        lambda fields: fields.update(
            window={"start": "2026-04-01", "end": "2026-09-30"}, latest_end="2026-10-15"
        ),
    )
)


@pytest.mark.parametrize(
    ("today", "last_day", "phase"),
    [
        ("2026-03-31", "2026-09-30", "early"),
        ("2026-04-01", "2026-09-30", ""),
        ("2026-09-30", "2026-09-30", ""),
        ("2026-10-01", "2026-09-30", "after"),
        ("2026-10-01", "2026-10-05", ""),
        ("2026-10-15", "2026-10-05", "after"),
        ("2026-10-16", "2026-10-15", "late"),
    ],
)
def test_a_page_is_told_on_which_side_of_the_days_it_is(today, last_day, phase):
    standing = service.Standing(collecting=True, last_day=date.fromisoformat(last_day))

    assert service.phase(MANIFEST, standing, date.fromisoformat(today)) == phase


def test_a_closed_box_is_late_on_any_day():
    standing = service.Standing(collecting=False, last_day=date(2026, 9, 30))

    assert service.phase(MANIFEST, standing, date(2026, 4, 1)) == "late"
