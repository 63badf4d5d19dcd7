"""Releases: numbered documents that do not change, made by one person and checked by another.

From the opened box, a release can be computed again, byte by byte.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import acting, audit
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.analyse.releases import code_version
from survey_app.answers.analyse.releases.disclosure import Protected, protect
from survey_app.answers.store.models import Audit, Release
from survey_app.answers.store.queries import find_campaign
from survey_app.documents.release import FORMAT, Format, ReleaseDocument, read
from survey_app.documents.results import Options, Weighting
from survey_app.errors import N_, InputError, NotFoundError, SurveyError


class NoReleaseError(NotFoundError):
    """The campaign has no release of this number."""

    sentence = N_("There is no release %(number)s of the campaign “%(campaign)s” here.")


@dataclass(frozen=True)
class Agreement:
    """A release whose numbers this box gives; ``sentence`` says so, for translation.

    ``same_version`` is whether it was computed by the code that computed it again.
    """

    release: ReleaseDocument
    same_version: bool

    @property
    def sentence(self) -> str:
        """The outcome as a sentence, with places for `values`."""
        if self.same_version:
            return N_("Release %(number)s of %(campaign)s is what this box gives, byte by byte.")
        return N_(
            "Release %(number)s of %(campaign)s has the numbers that this box gives. It was "
            "computed by version %(theirs)s of the program, and again by version %(ours)s."
        )

    @property
    def values(self) -> dict[str, object]:
        """What stands in the sentence's places."""
        return {
            "number": self.release.number,
            "campaign": self.release.campaign,
            "theirs": self.release.version,
            "ours": code_version.version(),
        }


def preview(session: Session, campaign: str, options: Options) -> Protected:
    """Show what the next release would be; nothing is written."""
    return _compute(session, campaign, options, list_releases(session, campaign))


def make(session: Session, campaign: str, options: Options) -> Release:
    """Make the next release; it is seen by others once another person has signed it.

    Raises
    ------
    InputError
        The options cannot be released.
    """
    earlier = list_releases(session, campaign)
    number = len(earlier) + 1
    protected = _compute(session, campaign, options, earlier)
    document = _document(
        campaign, number, options, protected, code_version.version(), FORMAT
    ).to_json()
    release = Release(
        campaign=campaign,
        number=number,
        document=document,
        digest=hashlib.sha256(document).digest(),
        maker=acting().name,
        checker=None,
    )
    session.add(release)
    audit.record(session, Audit, "release", campaign, f"{number} {release.digest.hex()}")
    return release


def sign(session: Session, campaign: str, number: int) -> None:
    """Sign a release as its checker.

    Raises
    ------
    SurveyError
        It is signed already, or the signer has made it.
    """
    release = get(session, campaign, number)
    if release.checker is not None:
        raise SurveyError(N_("This release is signed already."))
    if release.maker == acting().name:
        raise SurveyError(N_("The maker of a release cannot sign it: another person checks it."))
    release.checker = acting().name
    audit.record(session, Audit, "sign", campaign, f"{number} {release.digest.hex()}")


def get(session: Session, campaign: str, number: int) -> Release:
    """Find a release.

    Raises
    ------
    NoReleaseError
        There is no release of this number.
    """
    for release in list_releases(session, campaign):
        if release.number == number:
            return release
    raise NoReleaseError(campaign=campaign, number=number)


def list_releases(session: Session, campaign: str) -> Sequence[Release]:
    """List a campaign's releases, the first first."""
    find_campaign(session, campaign)
    query = select(Release).where(Release.campaign == campaign).order_by(Release.number)
    return session.scalars(query).all()


def check(session: Session, document: bytes) -> Agreement:
    """Compare a release with the one that the store keeps, then compute it again from the box.

    The numbers alone do not vouch for it: a document that was never released may hold them.

    Raises
    ------
    NoReleaseError
        The store has no release of this number.
    InputError
        It is no such document, not the release as it was made, or not what this box and this code
        give.
    """
    release = read(document)
    _check_as_made(get(session, release.campaign, release.number), document)
    earlier = list_releases(session, release.campaign)[: release.number - 1]
    protected = _compute(session, release.campaign, release.options, earlier)
    recomputed = _document(
        release.campaign,
        release.number,
        release.options,
        protected,
        release.version,
        release.format,
    )
    same_version = code_version.is_this(release.version)
    if recomputed.to_json() == document:
        return Agreement(release, same_version)
    if same_version:
        raise InputError(N_("The document is not what this box gives."))
    raise InputError(
        N_(
            "This version of the program (%(ours)s) computes other numbers. The release was "
            "computed by version %(theirs)s: only that version can check it."
        ),
        theirs=release.version,
        ours=code_version.version(),
    )


def _check_as_made(release: Release, document: bytes) -> None:
    if hashlib.sha256(document).digest() == release.digest:
        return
    values = {"number": release.number, "campaign": release.campaign}
    fields = _changed_fields(release.document, document)
    if fields:
        raise InputError(
            N_(
                "The file is not release %(number)s of %(campaign)s as it was made. "
                "It differs in: %(fields)s."
            ),
            **values,
            fields=", ".join(fields),
        )
    raise InputError(
        N_(
            "The file is not release %(number)s of %(campaign)s as it was made: "
            "its digest is another."
        ),
        **values,
    )


def _changed_fields(ours: bytes, theirs: bytes) -> list[str]:
    our_fields, their_fields = json.loads(ours), json.loads(theirs)
    return [name for name in our_fields if repr(our_fields[name]) != repr(their_fields[name])]


def _compute(
    session: Session, campaign: str, options: Options, earlier: Sequence[Release]
) -> Protected:
    if options.weighting != Weighting.STRATA:
        raise InputError(
            N_("A release is weighted by stratum: disclosure control knows no other weights.")
        )
    documents = [read(release.document) for release in earlier]
    return protect(opened_box(session, campaign), options, documents)


def _document(
    campaign: str,
    number: int,
    options: Options,
    protected: Protected,
    version: str,
    form: Format,
) -> ReleaseDocument:
    return ReleaseDocument(
        format=form,
        campaign=campaign,
        number=number,
        version=version,
        options=options,
        rows=protected.outcomes,
        exposed=protected.exposed,
        results=protected.results,
    )
