"""The issuer's extension: signed for one manifest, and within the days that it allows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from survey_app.crypto.encoding import to_text
from survey_app.documents.extension import ExtensionStatement, extended
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import ExtensionError
from tests.answers.analyse.boxes import POINT, published, published_in_the_first_edition
from tests.documents.plans import edited
from tests.manifests import closing_statement, extension
from tests.sites import design

LAST, LATER, LATEST = date(2026, 9, 30), date(2026, 10, 5), date(2026, 10, 15)
WINDOW = {"start": date(2026, 4, 1), "end": LAST}


def manifest(**changes: Any) -> PublishedManifest:
    return published(design(window=WINDOW, **({"latest_end": LATEST} | changes)))


def test_an_extension_is_read_as_it_was_written():
    read = ExtensionStatement.read(extension(manifest(), LATER).canonical())

    assert read == extension(manifest(), LATER)
    read.check(manifest())


def test_the_days_go_on_to_the_day_of_the_extension():
    window = manifest().window

    assert extended(window, None) == window
    later = extended(window, extension(manifest(), LATER).canonical())
    assert (later.start, later.end) == (window.start, LATER)


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "the day": lambda fields: fields.update(last_day="2026-10-06"),
    "another root": lambda fields: fields.update(root=to_text(bytes(32))),
    "another campaign": lambda fields: fields.update(campaign="autumn"),
    "no signature": lambda fields: fields.update(signature=""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_extension_that_was_changed_is_refused(change):
    fields = edited(extension(manifest(), LATER).model_dump(mode="json"), change)

    with pytest.raises(ExtensionError):
        ExtensionStatement.model_validate(fields).check(manifest())


@pytest.mark.parametrize("day", [date(2026, 9, 1), LAST, date(2026, 10, 16)])
def test_a_day_that_the_manifest_does_not_allow_is_refused(day):
    with pytest.raises(ExtensionError, match="after 2026-09-30, and 2026-10-15 at the latest"):
        extension(manifest(), day).check(manifest())


def test_without_a_latest_last_day_nothing_is_extended():
    fixed = manifest(latest_end=None)

    with pytest.raises(ExtensionError, match="2026-09-30 at the latest"):
        extension(fixed, LATER).check(fixed)


def test_a_campaign_of_the_first_edition_is_not_extended():
    first = published_in_the_first_edition(design(window=WINDOW), POINT)

    with pytest.raises(ExtensionError, match="first edition"):
        extension(first, LATER).check(first)


def test_what_else_the_issuer_signs_is_no_extension():
    closing = closing_statement(manifest())
    fields = extension(manifest(), LATER).model_dump() | {"signature": closing.signature}

    with pytest.raises(ExtensionError, match="signature"):
        ExtensionStatement.model_validate(fields).check(manifest())
    for document in (b"", b"{}", closing.canonical()):
        with pytest.raises(ExtensionError, match="not an extension"):
            ExtensionStatement.read(document)
