"""What a survey manager uploads in place of the manifest that the statisticians gave back."""

import pytest

from survey_app.errors import ManifestError
from survey_app.identity.manage.campaigns import service
from survey_app.language import in_words
from tests.manifests import ISSUER
from tests.sites import design


@pytest.fixture
def manifest(store):
    """The manifest of a design that was just fixed."""
    plan = design()
    with store.begin() as session:
        service.create(session, plan)
        keys = list(service.make_keys(plan, bytes(32)))
        return service.fix(session, "spring", keys, ISSUER, two_managers=False).canonical()


@pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda own: own, "方案文件无效：这是从本页下载的方案文件，不是统计员交回的那一份。"),
        (lambda own: own[:-9], "方案文件无效：不是方案文件，或文件已损坏。"),
        (lambda own: own.replace(b'"title"', b'"titel"'), "方案文件无效：缺少“title”。"),
    ],
    ids=["our own", "cut short", "a field is missing"],
)
def test_another_file_is_refused_in_chinese(store, manifest, change, sentence):
    with store.begin() as session, pytest.raises(ManifestError) as refusal:
        service.publish(session, "spring", change(manifest))

    assert in_words(refusal.value, "zh_Hans_CN") == sentence
