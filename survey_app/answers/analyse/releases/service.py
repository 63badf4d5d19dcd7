"""Releases: numbered documents that do not change, made by one person and checked by another.

A document is JSON: the campaign, the release's number, the options, what became of every cell, the
results as they may be seen, and the version of the code that computed them. Whoever has the opened
box can compute it again, byte by byte.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

import stats
from stats.disclosure import Fate
from survey_app.accounts import acting, audit
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.analyse.estimates.compute import Options, Results, from_json, to_json
from survey_app.answers.analyse.releases.disclosure import Earlier, Outcome, Released, release
from survey_app.answers.store.models import Audit, Release
from survey_app.answers.store.queries import find_campaign
from survey_app.config import VERSION
from survey_app.documents.results import Weighting
from survey_app.errors import N_, InputError, NotFoundError, SurveyError

FORMAT = 1
_OUTCOMES = TypeAdapter(tuple[Outcome, ...])
_CODE = (Path(stats.__file__).parent, Path(__file__).parents[1])


@dataclass(frozen=True)
class Document:
    """A release as its document says it."""

    campaign: str
    number: int
    version: str
    options: Options
    outcomes: tuple[Outcome, ...]
    exposed: tuple[str, ...]
    results: Results

    @property
    def hidden(self) -> list[Outcome]:
        """The cells that are not shown in full."""
        return [one for one in self.outcomes if one.fate != Fate.SHOWN]


@cache
def version() -> str:
    """Name the code that computes results: its number, and a digest of its lines."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:16]}"


def preview(session: Session, campaign: str, options: Options) -> Released:
    """Show what the next release would be; nothing is written."""
    return _compute(session, campaign, options, listed(session, campaign))


def make(session: Session, campaign: str, options: Options) -> Release:
    """Make the next release; it is seen by others once another person has signed it.

    Raises
    ------
    InputError
        The options cannot be released.
    """
    before = listed(session, campaign)
    found = _compute(session, campaign, options, before)
    number = len(before) + 1
    document = _written(campaign, number, options, found)
    made = Release(
        campaign=campaign,
        number=number,
        document=document,
        digest=hashlib.sha256(document).digest(),
        maker=acting().name,
        checker=None,
    )
    session.add(made)
    audit.record(session, Audit, "release", campaign, f"{number} {made.digest.hex()}")
    return made


def sign(session: Session, campaign: str, number: int) -> None:
    """Sign a release as its checker.

    Raises
    ------
    SurveyError
        It is signed already, or whoever signs has made it.
    """
    found = get(session, campaign, number)
    if found.checker is not None:
        raise SurveyError(N_("This release is signed already."))
    if found.maker == acting().name:
        raise SurveyError(N_("Whoever made a release cannot sign it: another person checks it."))
    found.checker = acting().name
    audit.record(session, Audit, "sign", campaign, f"{number} {found.digest.hex()}")


def get(session: Session, campaign: str, number: int) -> Release:
    """Find a release.

    Raises
    ------
    NotFoundError
        There is none of this number.
    """
    find_campaign(session, campaign)
    found = session.get(Release, (campaign, number))
    if found is None:
        raise NotFoundError(campaign=f"{campaign}/{number}")
    return found


def listed(session: Session, campaign: str) -> Sequence[Release]:
    """List a campaign's releases, the first first."""
    find_campaign(session, campaign)
    query = select(Release).where(Release.campaign == campaign).order_by(Release.number)
    return session.scalars(query).all()


def check(session: Session, document: bytes) -> Document:
    """Compute a release's document again from the opened box, and compare.

    Raises
    ------
    InputError
        It is no such document, or not what this box and this code give.
    """
    said = read(document)
    before = listed(session, said.campaign)[: said.number - 1]
    if len(before) != said.number - 1:
        raise InputError(N_("The releases before this one are not in this store."))
    found = _compute(session, said.campaign, said.options, before)
    if _written(said.campaign, said.number, said.options, found) == document:
        return said
    if said.version != version():
        raise InputError(
            N_("The document was computed by version %(theirs)s, and this is %(ours)s."),
            theirs=said.version,
            ours=version(),
        )
    raise InputError(N_("The document is not what this box gives."))


def read(document: bytes) -> Document:
    """Read a document.

    Raises
    ------
    InputError
        It is none.
    """
    try:
        said = json.loads(document)
        return Document(
            campaign=str(said["campaign"]),
            number=int(said["number"]),
            version=str(said["version"]),
            options=Options.model_validate(said["options"]),
            outcomes=_OUTCOMES.validate_python(said["cells"]),
            exposed=tuple(map(str, said["exposed"])),
            results=from_json(json.dumps(said["results"]).encode()),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(N_("This is not the document of a release.")) from None


def _compute(
    session: Session, campaign: str, options: Options, before: Sequence[Release]
) -> Released:
    if options.weighting != Weighting.STRATA:
        raise InputError(
            N_("A release is weighted by stratum: disclosure control knows no other weights.")
        )
    earlier = [_earlier(one.document) for one in before]
    return release(opened_box(session, campaign), options, earlier)


def _earlier(document: bytes) -> Earlier:
    said = read(document)
    return Earlier(said.options, said.outcomes)


def _written(campaign: str, number: int, options: Options, found: Released) -> bytes:
    document = {
        "format": FORMAT,
        "campaign": campaign,
        "number": number,
        "version": version(),
        "options": options.model_dump(mode="json"),
        "cells": [asdict(one) for one in found.outcomes],
        "exposed": list(found.exposed),
        "results": json.loads(to_json(found.results)),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
