"""Texts for groups say what a survey says, and hold no person's link or code."""

from functools import partial

from survey_app.crypto.credentials import check_code
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.manage.invitations.group_texts import texts_of
from survey_app.identity.manage.invitations.notice import Notice
from tests.documents.plans import published
from tests.manifests import ABOUT

RESPOND = "https://survey.example.org/respond"


def texts(**changes):
    manifest = PublishedManifest.model_validate(published() | changes)
    return manifest, texts_of(partial(Notice.of, manifest, manifest.window.end, RESPOND))


def test_a_text_for_a_group_says_until_when_and_where_in_both_languages():
    manifest, group_texts = texts(organiser=ABOUT["organiser"], contact=ABOUT["contact"])

    assert len(group_texts) == 3
    for text in group_texts:
        assert "2026年9月30日" in text.chinese
        assert "30 September 2026" in text.english
        assert ABOUT["organiser"]["zh"] in text.chinese
        for words in (text.chinese, text.english):
            assert manifest.page(RESPOND) in words
            assert "{" not in words
            assert "#" not in words
    assert check_code(manifest.root) in group_texts[-1].chinese


def test_what_a_survey_does_not_say_leaves_no_empty_place():
    _, group_texts = texts()

    assert "：\n" not in group_texts[1].chinese
    assert "Asked by" not in group_texts[0].english


def test_a_rehearsals_texts_say_so():
    _, group_texts = texts(rehearsal=True)

    assert all("演练" in text.chinese and "ehearsal" in text.english for text in group_texts)
