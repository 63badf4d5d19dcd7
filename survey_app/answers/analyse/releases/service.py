"""Releases: numbered documents that do not change, made by one person and checked by another.

::

    waiting ── sign ──> signed ── withdraw ──> withdrawn
       └────── reject ──> rejected

One release of a campaign waits at most. A signed one is known to others for ever, withdrawn or not:
all that come after it reckon with what it shows. One that was rejected uses up nothing but its
number. From the opened box, a release can be computed again, byte by byte.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts import acting, audit
from survey_app.accounts.two_persons import check_two
from survey_app.answers.analyse.releases import code_version, computations
from survey_app.answers.analyse.releases.computations import Inputs
from survey_app.answers.store.models import Audit, Release, ReleaseState, Staff
from survey_app.answers.store.queries import find_campaign, lock_campaign
from survey_app.documents.release import FORMAT, ReleaseDocument, read
from survey_app.documents.results import Options, Weighting
from survey_app.errors import N_, InputError, NotFoundError, SurveyError
from survey_app.storage.database import Database

LONGEST_REASON = 500


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


def inputs(session: Session, campaign: str, options: Options) -> Inputs:
    """Read all that the next release is computed from.

    Raises
    ------
    InputError
        The options cannot be released.
    """
    if options.weighting != Weighting.STRATA:
        raise InputError(
            N_("A release is weighted by stratum: disclosure control knows no other weights.")
        )
    return Inputs.read(session, campaign, options)


def releasable(releases: Sequence[Release], options: Options) -> Options:
    """Give the nearest options that can be released: by stratum, valid as the first one known."""
    first = next((read(release.document) for release in releases if release.is_known), None)
    validity = first.options.validity if first else options.validity
    return options.model_copy(update={"weighting": Weighting.STRATA, "validity": validity})


def make(session: Session, campaign: str, options: Options, today: date) -> Release:
    """Make the next release from the tables that were computed for it; a checker sees it then.

    Raises
    ------
    InputError
        The options cannot be released.
    SurveyError
        A release waits for its signature, or the tables are not computed yet.
    """
    find_campaign(session, campaign)
    lock_campaign(session, campaign)
    if waiting(session, campaign):
        raise SurveyError(N_("A release waits for its signature: at most one does."))
    protected = computations.kept(session, inputs(session, campaign, options))
    if protected is None:
        raise SurveyError(
            N_("These tables are not computed yet. Look at them first, then make the release.")
        )
    document = ReleaseDocument(
        format=FORMAT,
        campaign=campaign,
        number=_last_number(session, campaign) + 1,
        version=code_version.version(),
        maker=acting().name,
        made_on=today,
        options=options,
        rows=protected.outcomes,
        exposed=protected.exposed,
        results=protected.results,
    )
    release = Release(
        campaign=campaign,
        number=document.number,
        document=document.to_json(),
        digest=b"",
        maker=acting().name,
        state=ReleaseState.WAITING,
    )
    release.digest = hashlib.sha256(release.document).digest()
    session.add(release)
    _record(session, "release", release)
    return release


def sign(
    session: Session, campaign: str, number: int, key: Ed25519PrivateKey, today: date
) -> Release:
    """Sign a release as its checker: the name enters the document, the key signs its bytes.

    Raises
    ------
    SurveyError
        It does not wait for a signature, its rules no longer hold, or the signer has made it
        or could be the one who did.
    """
    release = _waiting(session, campaign, number)
    if release.maker == acting().name:
        raise SurveyError(N_("The maker of a release cannot sign it: another person checks it."))
    check_two(session, Staff, release.maker, acting().name)
    document = read(release.document)
    if document.has_old_rules:
        raise SurveyError(
            N_("This release was made by rules that no longer hold: reject it and make another.")
        )
    document = document.model_copy(update={"checker": acting().name, "signed_on": today})
    release.document = document.to_json()
    release.digest = hashlib.sha256(release.document).digest()
    release.signature = key.sign(release.document)
    release.checker = release.decided_by = acting().name
    release.state = ReleaseState.SIGNED
    computations.forget(session, campaign)
    _record(session, "sign", release)
    return release


def reject(session: Session, campaign: str, number: int, reason: str) -> Release:
    """Reject a release as its checker: no one else has seen it, and it uses up nothing.

    Raises
    ------
    SurveyError
        It does not wait for a signature, or there is no reason.
    """
    release = _waiting(session, campaign, number)
    return _end(session, release, ReleaseState.REJECTED, "reject", reason)


def withdraw(session: Session, campaign: str, number: int, reason: str) -> Release:
    """Withdraw a signed release, as its maker or its checker; what it shows stays known.

    Raises
    ------
    SurveyError
        It is not signed, there is no reason, or another account asks.
    """
    release = _locked(session, campaign, number)
    if release.state != ReleaseState.SIGNED:
        raise SurveyError(N_("Only a signed release is withdrawn."))
    if acting().name not in {release.maker, release.checker}:
        raise SurveyError(N_("A release is withdrawn by its maker or its checker."))
    return _end(session, release, ReleaseState.WITHDRAWN, "withdraw", reason)


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


def waiting(session: Session, campaign: str | None = None) -> Sequence[Release]:
    """List the releases that wait for a signature: of a campaign, or of all."""
    query = select(Release).where(Release.state == ReleaseState.WAITING)
    if campaign is not None:
        query = query.where(Release.campaign == campaign)
    return session.scalars(query.order_by(Release.campaign)).all()


def check(database: Database, document: bytes) -> Agreement:
    """Compare a release with the one that the store keeps, then compute it again from the box.

    The numbers alone do not vouch for it: a document that was never released may hold them. What
    came of it is logged.

    Raises
    ------
    NoReleaseError
        The store has no release of this number.
    InputError
        It is no such document, not the release as it was made, made by rules that no longer hold,
        or not what this box and this code give.
    """
    release = read(document)
    with database.read() as session:
        kept_release = get(session, release.campaign, release.number)
    try:
        agreement = _agreement(database, release, document, kept_release)
    except InputError:
        _log_check(database, release, "differs")
        raise
    _log_check(database, release, "agrees")
    return agreement


def _agreement(
    database: Database, release: ReleaseDocument, document: bytes, kept_release: Release
) -> Agreement:
    _check_as_made(kept_release, document)
    if release.has_old_rules:
        raise InputError(
            N_(
                "The release was made by rules that no longer hold, by version %(theirs)s of the "
                "program: only that version can compute it again."
            ),
            theirs=release.version,
        )
    with database.read() as session:
        release_inputs = Inputs.read(
            session, release.campaign, release.options, before=release.number
        )
    protected = release_inputs.compute()
    update = {
        "rows": protected.outcomes,
        "exposed": protected.exposed,
        "results": protected.results,
    }
    same_version = code_version.is_this(release.version)
    if release.model_copy(update=update).to_json() == document:
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


def _log_check(database: Database, release: ReleaseDocument, outcome: str) -> None:
    with database.begin() as session:
        audit.record(session, Audit, "check", release.campaign, f"{release.number} {outcome}")


def record_file(session: Session, campaign: str, name: str) -> None:
    """Log that a file of a release is taken out."""
    audit.record(session, Audit, "take out", campaign, name)


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
    return [name for name in our_fields if repr(our_fields[name]) != repr(their_fields.get(name))]


def _waiting(session: Session, campaign: str, number: int) -> Release:
    release = _locked(session, campaign, number)
    if release.state in {ReleaseState.SIGNED, ReleaseState.WITHDRAWN}:
        raise SurveyError(N_("This release is signed already."))
    if release.state == ReleaseState.REJECTED:
        raise SurveyError(N_("This release was rejected."))
    return release


def _locked(session: Session, campaign: str, number: int) -> Release:
    find_campaign(session, campaign)
    lock_campaign(session, campaign)
    return get(session, campaign, number)


def _end(
    session: Session, release: Release, state: ReleaseState, action: str, reason: str
) -> Release:
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InputError(N_("Give a reason, of up to 500 characters."))
    release.state, release.reason, release.decided_by = state, reason, acting().name
    _record(session, action, release, reason)
    return release


def _last_number(session: Session, campaign: str) -> int:
    query = select(func.max(Release.number)).where(Release.campaign == campaign)
    return session.scalar(query) or 0


def _record(session: Session, action: str, release: Release, more: str = "") -> None:
    detail = f"{release.number} {release.digest.hex()} {more}".rstrip()
    audit.record(session, Audit, action, release.campaign, detail)
