"""On which days codes are taken, by the clock where the survey is held."""

from datetime import date, datetime, timedelta

import pytest

from survey_app.config import SiteSettings
from tests.identity.manage.conftest import publish
from tests.sites import design, serving

WINDOW = design().window
CODE = {"code": "0" * 20}
READ = "input_unreadable"
"""What this code is answered on days on which codes are looked at."""


@pytest.mark.parametrize(
    ("day", "hour", "code"),
    [
        (WINDOW.start - timedelta(1), 23, "not_yet_open"),
        (WINDOW.start, 0, READ),
        (WINDOW.end, 23, READ),
        (WINDOW.end + timedelta(1), 0, READ),
        (WINDOW.end + timedelta(1), 1, "closed"),
    ],
)
def test_an_hour_more_lengthens_the_last_day_and_delays_no_first(
    tmp_path, monkeypatch, day, hour, code
):
    def today(_settings: SiteSettings, grace: timedelta = timedelta()) -> date:
        return (datetime(day.year, day.month, day.day, hour, 20) - grace).date()  # noqa: DTZ001 - a local clock

    monkeypatch.setattr(SiteSettings, "today", today)
    with serving("issue", tmp_path) as site:
        publish(site.extensions["store"])

        answer = site.test_client().post("/spring/stratum", json=CODE).get_json()
        assert answer["error"] == code
