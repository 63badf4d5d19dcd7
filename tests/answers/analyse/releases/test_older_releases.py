"""Releases that program 0.1.0 made are still read and checked."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile, SealedStratum
from survey_app.answers.analyse.releases import service
from survey_app.answers.store.models import Release, ReleaseState
from survey_app.crypto import sealing
from survey_app.documents.release import read
from survey_app.documents.results import Options
from survey_app.errors import InputError
from tests.answers.analyse import boxes
from tests.answers.analyse.releases import releasing
from tests.sites import design, questionnaires_of_0_1_0, serving

OLD = Path(__file__).with_name("release-0.1.0.json").read_bytes()
"""Made by program 0.1.0 from the box below."""


@pytest.fixture
def empty_store(tmp_path):
    with serving("analyse", tmp_path) as site:
        yield site.extensions["store"]


@pytest.fixture
def box():
    """Forty, six and twenty-five sheets of three strata, and a stratum that stays sealed."""
    plan = design(questionnaires=questionnaires_of_0_1_0())
    archive = plan.strata[2].model_copy(
        update={
            "id": "archive",
            "unit": plan.strata[2].unit.model_copy(
                update={"zh": "archive 单位", "en": "archive unit"}
            ),
            "post_category": plan.strata[2].post_category.model_copy(
                update={"zh": "Archive 类", "en": "Archive"}
            ),
        }
    )
    wide = plan.model_copy(update={"strata": (*plan.strata, archive)})
    point = sealing.public_bytes(ec.derive_private_key(1, ec.SECP256R1()))
    manifest = boxes.published_in_the_first_edition(wide, point)
    piles = []
    for stratum, size in zip(manifest.strata[:3], (40, 6, 25), strict=True):
        columns = np.arange(len(manifest.questions(stratum).codes))
        rows = np.arange(size)[:, None]
        sheets = ((rows * 7 + columns) % (11 + columns) == 0).astype(np.uint8)
        sheets[:, 0], sheets[:, -1] = 1, 0
        piles.append(Pile(stratum.id, (stratum,), size, {}, sheets))
    return OpenedBox(
        b"", manifest, bytes(32), tuple(piles), (SealedStratum(manifest.strata[3], 3),)
    )


@pytest.fixture
def old_store(empty_store, box):
    """The box, and the release that program 0.1.0 made of it."""
    digest = hashlib.sha256(OLD).digest()
    with empty_store.begin() as session:
        boxes.store(session, box)
        session.add(
            Release(
                campaign="spring",
                number=1,
                document=OLD,
                digest=digest,
                maker="maker",
                checker="checker",
                state=ReleaseState.SIGNED,
                decided_by="checker",
            )
        )
    return empty_store


def test_a_release_of_0_1_0_is_read_and_written_as_it_was_made():
    assert read(OLD).to_json() == OLD


def test_a_release_of_0_1_0_names_the_version_that_can_compute_it_again(old_store):
    with pytest.raises(InputError, match=r"no longer hold, by version 0\.1\.0\+"):
        service.check(old_store, OLD)


def test_an_altered_release_of_0_1_0_is_refused(old_store):
    document = OLD.replace(b'"n":46', b'"n":45', 1)
    assert document != OLD
    with pytest.raises(InputError, match=r"differs in: results\."):
        service.check(old_store, document)


def test_a_release_is_made_after_those_of_0_1_0(old_store):
    second = releasing.make(old_store, Options(level=0.9))

    assert second.number == 2
    assert service.check(old_store, second.document).same_version
