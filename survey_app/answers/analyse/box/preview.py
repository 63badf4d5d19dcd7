"""What a statistician sees of a manifest before accepting it for good."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.answers.store.models import Campaign
from survey_app.answers.store.queries import manifest_of
from survey_app.crypto.encoding import fingerprint
from survey_app.documents.design import Kind
from survey_app.documents.design_rules import check_design
from survey_app.documents.manifest import Manifest, parse


@dataclass(frozen=True)
class KnownQuestions:
    """A questionnaire of the manifest, and the accepted campaigns that asked the very same."""

    kind: Kind
    digest: str
    items: int
    used_in: list[str]


@dataclass(frozen=True)
class Preview:
    """A manifest as it would be accepted.

    ``fingerprints`` are of the strata's keys; ``changes`` names the fields in which it differs from
    the manifest that was accepted for this campaign, if there is one: that one stands.
    """

    manifest: Manifest
    fingerprints: Mapping[str, str]
    questionnaires: list[KnownQuestions]
    is_accepted: bool
    changes: list[str]


def preview(session: Session, document: bytes) -> Preview:
    """Read a manifest without accepting it.

    Raises
    ------
    ManifestError
        It is not a manifest.
    DesignRefusedError
        A stratum of it would not hide its persons.
    """
    manifest = parse(Manifest, document.strip())
    check_design(manifest.strata)
    documents = session.scalars(select(Campaign.published).order_by(Campaign.campaign)).all()
    manifests = [manifest_of(published) for published in documents]
    former = next(
        (earlier for earlier in manifests if earlier.campaign == manifest.campaign),
        None,
    )
    questionnaires = [
        KnownQuestions(
            kind,
            published.digest,
            len(published.text.items),
            [
                earlier.campaign
                for earlier in manifests
                if published in earlier.questionnaires.values()
            ],
        )
        for kind, published in manifest.questionnaires.items()
    ]
    return Preview(
        manifest,
        {stratum.id: fingerprint(stratum.key) for stratum in manifest.strata},
        questionnaires,
        former is not None,
        differences(former.unpublished(), manifest) if former else [],
    )


def differences(old: Manifest, new: Manifest) -> list[str]:
    """Name the fields in which two manifests differ; strata by their ids."""
    fields = [
        name
        for name in type(old).model_fields
        if name != "strata" and getattr(old, name) != getattr(new, name)
    ]
    before, after = ({s.id: s for s in manifest.strata} for manifest in (old, new))
    strata = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return fields + strata
