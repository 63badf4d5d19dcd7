"""No box is closed before its latest day is over, unless its issuer has closed."""

from datetime import date, timedelta
from typing import Any

import pytest

from survey_app.answers.analyse.box import opening
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.store.models import Box
from survey_app.documents.manifest import FIRST, PublishedManifest
from survey_app.errors import ClosingError, OpeningError
from tests.answers.analyse.box.test_opening import state
from tests.answers.analyse.boxes import published
from tests.manifests import closing_statement
from tests.sites import design

LAST_DAY = date(2026, 9, 30)


def manifest(**changes: Any) -> PublishedManifest:
    window = {"start": date(2026, 4, 1), "end": LAST_DAY}
    return published(design(window=window, **changes))


def of_the_first_edition() -> PublishedManifest:
    fields = manifest().model_dump() | {"format": FIRST}
    for name in PublishedManifest.SECOND_ONLY:
        fields.pop(name, None)
    return PublishedManifest.model_validate(fields)


def test_a_box_is_closed_once_its_latest_day_is_over():
    Grounds(LAST_DAY + timedelta(1)).check(manifest(), {})

    with pytest.raises(ClosingError, match="2026-09-30 is over"):
        Grounds(LAST_DAY).check(manifest(), {})
    with pytest.raises(ClosingError, match="2026-10-15 is over"):
        Grounds(LAST_DAY + timedelta(1)).check(manifest(latest_end=date(2026, 10, 15)), {})


def test_the_issuers_statement_closes_it_earlier():
    statement = closing_statement(manifest(), north=3)

    Grounds(LAST_DAY, statement).check(manifest(), {"north": 3, "south": 30})

    with pytest.raises(ClosingError, match="another manifest"):
        Grounds(LAST_DAY, statement).check(manifest(title="Another"), {})


@pytest.mark.parametrize("today", [LAST_DAY, LAST_DAY + timedelta(1)])
def test_more_ballots_than_credentials_are_refused_by_the_stratum(today):
    grounds = Grounds(today, closing_statement(manifest(), north=3))

    with pytest.raises(ClosingError, match="“north” has 4 ballots"):
        grounds.check(manifest(), {"north": 4})


def test_a_campaign_of_the_first_edition_is_asked_about_once_more():
    Grounds(LAST_DAY + timedelta(1)).check(of_the_first_edition(), {})
    Grounds(LAST_DAY, before_the_last_day=True).check(of_the_first_edition(), {})

    with pytest.raises(OpeningError, match="--before-the-last-day"):
        Grounds(LAST_DAY).check(of_the_first_edition(), {})
    with pytest.raises(ClosingError):  # a statement is what the second edition needs
        Grounds(LAST_DAY, before_the_last_day=True).check(manifest(), {})


def test_a_box_that_is_not_to_be_opened_yet_goes_on_collecting(box):
    store, folder, key = box

    with pytest.raises(ClosingError):
        opening.open_box(store, folder, "spring", {}, key, Grounds(LAST_DAY))

    assert state(store) == Box.COLLECTING
