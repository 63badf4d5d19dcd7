"""A survey past its planned end is extended under a running server, and answered to the receipt."""

import re
import time
from datetime import timedelta

import pytest

from tests.conftest import AFTER, STAFF, Surveys
from tests.installation import TODAY
from tests.public import Survey

CLOSED = (410, "closed")
TOMORROW = TODAY + timedelta(1)
"""A last day that is ahead also if the tests go on past midnight."""


@pytest.fixture(scope="module")
def survey(surveys: Surveys) -> Survey:
    """A survey whose window has passed, though its latest last day has not."""
    installation = surveys.installation
    codes = installation.campaign("extended", [STAFF], window=AFTER, latest_end=TOMORROW)
    return Survey(installation, "extended", codes)


def test_every_process_takes_codes_to_the_later_day_and_shows_it(survey: Survey) -> None:
    installation, body = survey.installation, {"code": survey.code("staff")}
    survey.check_refused("issue", "stratum", body, CLOSED, "has closed")
    manifest = survey.get("respond", "manifest.json").data

    installation.cli("manage", "extend", "extended", TOMORROW)
    for _ in range(8):
        assert survey.post("issue", "stratum", body).json() == {"stratum": "staff"}
        assert shown_day(survey) == f"{AFTER['end']}"
    installation.cli("analyse", "extend", "extended.extension.json")
    time.sleep(1.1)  # for a second a process shows the day that it knows
    for _ in range(8):
        assert shown_day(survey) == f"{TOMORROW}"

    assert b'"extended"' in (survey.wire.get(f"{installation.base}/respond/campaigns.json") or b"")
    assert survey.cast(survey.ballot(survey.credential("staff"), "staff")).status == 201
    assert survey.get("respond", "manifest.json").data == manifest


def shown_day(survey: Survey) -> str:
    """The last day that the respondents' page shows."""
    match = re.search(r'data-last="([^"]+)"', survey.get("respond", "").data.decode())
    assert match
    return match[1]
