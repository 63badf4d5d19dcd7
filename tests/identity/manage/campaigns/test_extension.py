"""The last day of a campaign under way: only ever later, signed, logged, and not too late."""

from datetime import date

import pytest
from sqlalchemy import select

from survey_app.documents.extension import ExtensionStatement
from survey_app.errors import InputError, StateError
from survey_app.identity.manage.campaigns import extension, overview, service
from survey_app.identity.manage.fieldwork import progress
from survey_app.identity.store.models import Audit
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.conftest import publish
from tests.manifests import CLOSING_PRIVATE
from tests.sites import design

LAST, LATEST = date(2026, 9, 30), date(2026, 10, 15)
WINDOW = {"start": date(2026, 4, 1), "end": LAST}
BEFORE, AFTER = date(2026, 9, 15), date(2026, 10, 3)
"""Days on which the campaign is extended: while it takes answers, and after its planned end."""


def extend(store, day, today=BEFORE):
    with store.begin() as session:
        return extension.extend(session, "spring", day, today, CLOSING_PRIVATE)


def last_day(store, today=BEFORE):
    with store.read() as session:
        return extension.last_day(session, "spring", today)


def test_a_campaign_is_extended_again_and_again_and_each_time_signed(store):
    manifest = publish(store, window=WINDOW, latest_end=LATEST)
    pinned = manifest.canonical()

    for day in (date(2026, 10, 5), LATEST):
        extend(store, day).check(manifest)
        with store.read() as session:
            document = extension.statement(session, "spring")
            assert find_campaign(session, "spring").published == pinned
        assert ExtensionStatement.read(document).last_day == day
        assert last_day(store).current == day
    assert not last_day(store).can_become_later
    with store.read() as session:
        details = session.scalars(select(Audit.detail).where(Audit.action == "extend")).all()
    assert details == ["2026-10-05", "2026-10-15"]


@pytest.mark.parametrize(
    ("day", "today"),
    [
        (date(2026, 9, 29), BEFORE),
        (LAST, BEFORE),
        (date(2026, 10, 5), BEFORE),
        (date(2026, 10, 16), BEFORE),
        (date(2026, 10, 9), date(2026, 10, 10)),
    ],
    ids=["earlier", "as planned", "as extended", "too late", "past"],
)
def test_other_days_are_refused_with_those_that_are_possible(store, day, today):
    publish(store, window=WINDOW, latest_end=LATEST)
    extend(store, date(2026, 10, 5))
    before = last_day(store, today)

    with pytest.raises(InputError, match=f"from {before.earliest} to 2026-10-15") as refusal:
        extend(store, day, today)

    assert refusal.value.status == 400
    assert last_day(store, today) == before


def test_after_the_planned_end_a_campaign_is_extended_from_today_on(store):
    publish(store, window=WINDOW, latest_end=LATEST)

    assert last_day(store, AFTER).earliest == AFTER
    extend(store, AFTER, AFTER)

    assert last_day(store, AFTER).current == AFTER


def test_a_campaign_that_cannot_go_on_longer_is_not_extended(store):
    publish(store, window=WINDOW)
    publish(store, "summer", window=WINDOW, latest_end=LATEST)

    with pytest.raises(StateError, match="latest last day is 2026-09-30"):
        extend(store, date(2026, 10, 1))
    with store.begin() as session, pytest.raises(StateError, match="2026-10-15"):
        extension.extend(session, "summer", LATEST, date(2026, 10, 16), CLOSING_PRIVATE)


def test_only_a_campaign_whose_codes_are_good_is_extended(store):
    with store.begin() as session:
        service.create(session, design(window=WINDOW, latest_end=LATEST))
    with pytest.raises(StateError, match="is draft"):
        extend(store, LATEST)

    publish(store, "summer", window=WINDOW, latest_end=LATEST)
    with store.begin() as session:
        service.close(session, "summer", CLOSING_PRIVATE)
    with store.begin() as session, pytest.raises(StateError, match="is closed"):
        extension.extend(session, "summer", LATEST, BEFORE, CLOSING_PRIVATE)


def test_whatever_speaks_of_the_days_speaks_of_the_later_one(store):
    publish(store, window=WINDOW, latest_end=LATEST)
    extend(store, LATEST)

    with store.read() as session:
        fieldwork = progress.fieldwork(session, "spring", AFTER)
        (campaign,) = overview.all_campaigns(session)
    assert (fieldwork.window.end, fieldwork.days_left) == (LATEST, 13)
    assert campaign.window
    assert campaign.window.end == LATEST
