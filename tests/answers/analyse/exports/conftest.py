"""Results that hold everything exports have to write: nonresponse, a joined stratum, odd names."""

import numpy as np
import pytest

from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.documents.design import Kind, Names
from survey_app.documents.results import Options
from tests.sites import accept, design, serving

ODD = Names(zh='=HYPERLINK("x")类', en="+cmd|' /C calc'!A0")
"""A name that a spreadsheet would take for a formula."""


@pytest.fixture(scope="session")
def box(tmp_path_factory):
    """Four strata of 60, 35, 45 and none valid sheets, filled_sheet in at random."""
    plan = design()
    extra = plan.strata[2].model_copy(
        update={
            "id": "archive",
            "unit": Names(zh="档案", en="archive"),
            "population": 40,
            "sample": 20,
        }
    )
    odd = [plan.strata[0].model_copy(update={"unit": ODD}), *plan.strata[1:], extra]
    with serving("analyse", tmp_path_factory.mktemp("exports")) as site:
        manifest, _ = accept(site, plan.model_copy(update={"strata": tuple(odd)}))
    rng = np.random.default_rng(20261124)
    piles = tuple(
        Pile(stratum.id, (stratum,), size, {}, _sheets(rng, stratum.kind, manifest, size))
        for stratum, size in zip(manifest.strata, (60, 35, 45, 0), strict=True)
    )
    return OpenedBox(b"content", manifest, b"\x01" * 32, piles, ())


def _sheets(rng, kind, manifest, size):
    questions = manifest.questionnaires[Kind(kind)].text
    items = questions.asked
    sheets = rng.choice([1, 0, 8, 9], (size, len(items)), p=[0.12, 0.82, 0.03, 0.03])
    sheets[:, 0] = rng.choice([1, 0], size, p=[0.85, 0.15])
    sheets[sheets[:, 0] == 0, 1:] = 0
    if questions.attention:
        sheets[:, -1] = questions.attention.expect
    return sheets.astype(np.uint8)


@pytest.fixture(scope="session")
def results(box):
    """Its results by the default options."""
    return results_of(box, Options())
