"""The questionnaires: the two that are shipped, and how a faulty one is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import questionnaires
from questionnaires import BLANK, CODES, Code, QuestionnaireError, decode, encode, load
from questionnaires.model import parse

EXTERNAL, INTERNAL = load("external"), load("internal")
BEFORE = Path(__file__).with_name("release-0.1.0")
"""The questionnaires of release 0.1.0, which do not name the unit."""
SHIPPED = pytest.mark.parametrize("shipped", [EXTERNAL, INTERNAL], ids=["external", "internal"])
ANSWERS = st.one_of(st.none(), st.sampled_from(CODES))

Edit = Callable[[dict[str, Any]], Any]


def content() -> dict[str, Any]:
    """A small questionnaire as YAML gives it."""
    return {
        "title": text(),
        "introduction": text(),
        "screening": item("dealings"),
        "items": [item("gift"), item("banquet")],
        "attention": {**item("attention"), "expect": 0},
    }


def item(code: str) -> dict[str, Any]:
    return {"code": code, "label": text(), "text": text()}


def text() -> dict[str, str]:
    return {"zh": "文字", "en": "words"}


def edited(edit: Edit) -> dict[str, Any]:
    copy = content()
    edit(copy)
    return copy


def test_the_external_questionnaire_asks_the_six_contacts():
    assert {item.code: item.label.zh for item in EXTERNAL.items} == {
        "red_envelope": "收受红包",
        "banquet": "接受宴请",
        "favour_asked": "替人说情",
        "kickback": "收受回扣",
        "gifted_shares": "入“干股”",
        "side_job": "兼职拿钱",
    }


def test_the_internal_questionnaire_asks_the_four_contacts():
    assert {item.code: item.label.zh for item in INTERNAL.items} == {
        "post_trading": "买官卖官",
        "embezzlement": "贪污",
        "bribery": "行贿",
        "off_book_fund": "设“小金库”",
    }


@SHIPPED
def test_a_shipped_questionnaire_screens_first_and_checks_attention_last(shipped):
    assert shipped.asked[0] == shipped.screening
    assert shipped.asked[-1] == shipped.attention


@SHIPPED
def test_a_shipped_questionnaire_names_unit_and_posts_where_it_says_who_is_asked_about(shipped):
    for text in (shipped.introduction, shipped.screening.text):
        assert "{unit}从事“{post_category}”的人员" in text.zh
        assert "the people of {unit} who do “{post_category}”" in text.en


@SHIPPED
def test_every_item_of_a_shipped_questionnaire_can_be_answered_by_have_or_have_not(shipped):
    for item in (shipped.screening, *shipped.items):
        assert "有没有" in item.text.zh
        assert item.text.zh.endswith("？")
    assert all("亲身遇到过" in item.text.zh for item in shipped.items)


@SHIPPED
def test_who_answers_no_to_everything_fails_the_reading_check(shipped):
    assert shipped.attention.expect == Code.REFUSED
    assert "“不想答”" in shipped.attention.text.zh
    assert "“Rather not say”" in shipped.attention.text.en


@SHIPPED
def test_a_shipped_questionnaire_takes_two_or_three_minutes(shipped):
    """At a slow reader's 270 characters or 200 words a minute, and 4 s for each choice."""
    texts = [shipped.introduction, *(item.text for item in shipped.asked)]
    reading = {
        "zh": sum(len(text.zh) for text in texts) / 270,
        "en": sum(len(text.en.split()) for text in texts) / 200,
    }

    assert min(reading.values()) + len(shipped.asked) * 4 / 60 > 1
    assert max(reading.values()) + len(shipped.asked) * 4 / 60 < 3


@pytest.mark.parametrize(("shipped", "most"), [(EXTERNAL, 3350), (INTERNAL, 2450)])
def test_a_shipped_questionnaire_leaves_room_on_the_page(shipped, most):
    assert len(shipped.canonical()) < most


@SHIPPED
def test_a_shipped_questionnaire_prints_the_reference_period_in_both_languages(shipped):
    for text in (shipped.introduction.zh, shipped.introduction.en):
        assert "{start}" in text
        assert "{end}" in text


@SHIPPED
def test_the_english_of_a_shipped_questionnaire_holds_no_chinese_and_the_chinese_some(shipped):
    for item in shipped.asked:
        for text in (item.label, item.text):
            assert any("\u4e00" <= character <= "\u9fff" for character in text.zh)
            assert not any("\u4e00" <= character <= "\u9fff" for character in text.en)


def test_the_answers_are_yes_no_not_clear_and_rather_not():
    assert {code.name: int(code) for code in Code} == {
        "NO": 0,
        "YES": 1,
        "UNKNOWN": 8,
        "REFUSED": 9,
    }


def test_everything_the_package_offers_is_there():
    assert all(hasattr(questionnaires, name) for name in questionnaires.__all__)


@SHIPPED
@given(data=st.data())
def test_answers_that_were_encoded_decode(shipped, data):
    answers = {code: data.draw(ANSWERS) for code in shipped.codes}

    sheet = encode(shipped, answers)

    assert decode(shipped, sheet) == answers
    assert len(sheet) == len(shipped.codes)


def test_the_bytes_of_a_sheet_stand_in_the_order_of_the_questions():
    answers = dict(zip(INTERNAL.codes, [1, 0, 8, 9, None, 0], strict=True))

    assert encode(INTERNAL, answers) == bytes([1, 0, 8, 9, BLANK, 0])


def test_an_item_that_was_not_answered_stays_blank():
    assert encode(INTERNAL, {}) == bytes([BLANK] * 6)


@pytest.mark.parametrize("answer", [2, 7, 10, 255, -1])
def test_an_unknown_answer_is_not_encoded(answer):
    with pytest.raises(ValueError, match="bribery"):
        encode(INTERNAL, {"bribery": answer})


@given(sheet=st.binary(max_size=12))
def test_whatever_decodes_is_a_sheet_of_known_answers(sheet):
    try:
        answers = decode(INTERNAL, sheet)
    except ValueError:
        assert len(sheet) != 6 or not set(sheet) <= {*CODES, BLANK}
    else:
        assert encode(INTERNAL, answers) == sheet


@pytest.mark.parametrize("sheet", [bytes(5), bytes(7), b"", bytes([0, 0, 0, 0, 0, 7])])
def test_a_sheet_of_another_length_or_with_an_unknown_answer_is_refused(sheet):
    with pytest.raises(ValueError, match=r"length|unknown"):
        decode(INTERNAL, sheet)


FAULTS: dict[str, tuple[Edit, str, str]] = {
    "no English": (lambda c: c["items"][1]["text"].pop("en"), "banquet", "en"),
    "empty Chinese": (lambda c: c["items"][0]["label"].update(zh=" "), "gift", "zh"),
    "no text": (lambda c: c["screening"].pop("text"), "dealings", "text"),
    "no title": (lambda c: c.pop("title"), "the whole", "title"),
    "no items": (lambda c: c.update(items=[]), "the whole", "items"),
    "no code": (lambda c: c["items"][1].pop("code"), "item 2", "code"),
    "a code with a space": (lambda c: c["items"][1].update(code="a b"), "a b", "code"),
    "an unknown field": (lambda c: c["items"][0].update(open_text="?"), "gift", "open_text"),
    "an unknown answer": (lambda c: c["attention"].update(expect=7), "attention", "expect"),
    "an unknown placeholder": (
        lambda c: c["items"][0]["text"].update(zh="{name}？"),
        "gift",
        "zh",
    ),
    "an open brace": (lambda c: c["items"][0]["text"].update(zh="{start"), "gift", "zh"),
    "a title of one language": (lambda c: c.update(title="title"), "the whole", "title"),
}


@pytest.mark.parametrize(("edit", "item", "field"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_file_item_and_field(edit, item, field):
    with pytest.raises(QuestionnaireError) as refusal:
        parse(edited(edit), "own.yaml")

    assert str(refusal.value).startswith(f"own.yaml, {item}, field '{field}': ")


@pytest.mark.parametrize("code", ["gift", "dealings", "code", "stratum", "any"])
def test_a_code_that_is_taken_is_refused(code):
    with pytest.raises(QuestionnaireError, match=f"the code '{code}' is taken"):
        parse(edited(lambda c: c["items"][1].update(code=code)), "own.yaml")


@pytest.mark.parametrize("nothing", [None, [], "text", 1])
def test_what_is_no_questionnaire_at_all_is_refused(nothing):
    with pytest.raises(QuestionnaireError, match=r"own\.yaml"):
        parse(nothing, "own.yaml")


def test_an_attention_item_may_be_left_out():
    assert parse(edited(lambda c: c.pop("attention")), "own.yaml").codes == (
        "dealings",
        "gift",
        "banquet",
    )


def test_a_file_of_ones_own_is_read_from_its_folder(tmp_path):
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(content()), encoding="utf-8")

    assert load("own.yaml", tmp_path) == parse(content(), "own.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(QuestionnaireError, match=r"missing\.yaml"):
        load("missing.yaml", tmp_path)


def test_a_file_that_is_not_yaml_is_refused_with_its_line(tmp_path):
    (tmp_path / "own.yaml").write_text("title:\n  zh: [open\n", encoding="utf-8")

    with pytest.raises(QuestionnaireError, match=r"own\.yaml.*line 3.*not YAML"):
        load("own.yaml", tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "own.yaml").write_bytes("title: 标题".encode("gb18030"))

    with pytest.raises(QuestionnaireError, match="UTF-8"):
        load("own.yaml", tmp_path)


def test_the_digest_does_not_depend_on_how_the_file_is_written(tmp_path):
    (tmp_path / "flow.yaml").write_text(
        "# a comment\n" + yaml.safe_dump(content(), default_flow_style=True, sort_keys=True)
    )
    (tmp_path / "block.yaml").write_text(
        yaml.safe_dump(content(), allow_unicode=True, sort_keys=False), encoding="utf-8"
    )

    assert load("flow.yaml", tmp_path).digest == load("block.yaml", tmp_path).digest


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["items"][0]["text"].update(en="other words"),
        lambda c: c["items"].reverse(),
        lambda c: c["items"][0].update(code="present"),
        lambda c: c["attention"].update(expect=1),
        lambda c: c.pop("attention"),
    ],
    ids=["wording", "order", "code", "expectation", "attention"],
)
def test_the_digest_changes_with_anything_that_is_asked(edit):
    assert parse(edited(edit), "own.yaml").digest != parse(content(), "own.yaml").digest


@pytest.mark.parametrize(
    ("file", "digest"),
    [
        ("external.yaml", "22a900ff35c05cc5853e4c31f89565b88e4f0b7680bea2f0124011b7417774f6"),
        ("internal.yaml", "4ab4c7b5d60b5ea6d4c4eb60da235d63674a19852d74332d82258f7ab8bfaa0e"),
    ],
)
def test_a_questionnaire_of_the_first_release_keeps_its_digest(file, digest):
    assert load(file, BEFORE).digest == digest


def test_a_sentence_may_name_unit_posts_and_period():
    places = "{unit}, {post_category}, {start}, {end}"

    questionnaire = parse(edited(lambda c: c["items"][0]["text"].update(en=places)), "own.yaml")

    assert questionnaire.items[0].text.en == places
