"""Anyone checks a receipt and the counts in their own browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route

from survey_app.respondent.protocol import SignedBallot
from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address
from tests.public import Survey

OpenedSurvey = tuple[Survey, SignedBallot, SignedBallot]
Change = Callable[[dict[str, Any]], None]
CONTACT = {"zh": "电话 000-0000", "en": "telephone 000-0000"}
OTHER_SURVEY = "Z" * 43
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ENGINEERS_WORDS = {
    "中文": ("Merkle", "根", "凭证", "指纹", "清单", "哈希"),
    "English": ("Merkle", "root", "credential", "fingerprint", "hash"),
}
WITHOUT_ED25519 = """crypto.subtle.importKey = async () => {
  throw new DOMException('', 'NotSupportedError');
};"""
OF_2020 = """for (const [of, ...names] of [
  [window, 'structuredClone'], [Object, 'hasOwn'], [AbortSignal, 'timeout', 'any'],
  [Element.prototype, 'replaceChildren'], [Promise, 'any', 'withResolvers'],
  [Array.prototype, 'at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with'],
  [String.prototype, "at", "replaceAll"], [crypto.__proto__, "subtle", "randomUUID"],
]) for (const name of names) { delete of[name]; if (name in of) throw Error(name); }"""
SLICES_HELD_BACK = """let now = 0;
performance.now = () => (now += 1000);
const { setTimeout } = window;
const waiting = [];
window.setTimeout = (work) => { waiting.push(work); };
window.goOn = () => {
  window.setTimeout = setTimeout;
  for (const work of waiting) work();
};"""
"""Every slice of the root's computation takes too long, and the next does not begin."""


def _open(phone: Phone, survey: Survey) -> None:
    phone.open(address(survey, "receipts"), "check")


def _check(phone: Phone, text: str) -> str:
    """Check what is typed; what the page says to it, or to the field at fault."""
    phone.page.fill("#mine", text)
    phone.press("#check button")
    phone.page.wait_for_selector("#verdict:not(:empty), #wrong:not(:empty)")
    return phone.text("#verdict") + phone.text("#wrong")


def _grouped(digits: str, size: int = 4) -> list[str]:
    return [digits[start : start + size] for start in range(0, len(digits), size)]


def _saved(survey: Survey, receipt: str, signature: str, digest: str = "") -> str:
    """A receipt as the survey's page keeps and copies it."""
    manifest = survey.campaign.manifest
    lines = [
        f"{manifest.title.zh} {manifest.title.en}",
        f"回执号 Receipt number: {' '.join(_grouped(receipt[:16]))}",
        f"完整回执 Whole receipt: {receipt}",
        f"签名 Signature: {signature}",
        f"问卷 Survey: {digest or manifest.digest}",
        f"查验 Check: {address(survey, 'receipts')}",
        f"最后一天 Last day: {manifest.window.end}",
    ]
    return "\n".join([*lines, ""])


def _signed(opened_survey: OpenedSurvey) -> tuple[str, str]:
    """A receipt that the box has signed, and the signature."""
    survey, ballot, _ = opened_survey
    reply = survey.cast(ballot).json()
    return reply["receipt"], reply["signature"]


def _alter(phone: Phone, document: str, change: Change) -> None:
    """Let a side publish something else."""

    def answer(route: Route) -> None:
        content = route.fetch().json()
        change(content)
        route.fulfill(body=json.dumps(content), content_type="application/json")

    phone.page.route(f"**/{document}", answer)


def _alter_manifest(phone: Phone, **fields: object) -> None:
    """Let the page's manifest say something else."""

    def answer(route: Route) -> None:
        reply = route.fetch()
        before, _, rest = reply.text().partition('id="manifest"')
        attributes, _, document = rest.partition(">")
        manifest, _, after = document.partition("</script>")
        content = json.dumps(json.loads(manifest) | fields)
        body = f'{before}id="manifest"{attributes}>{content}</script>{after}'
        route.fulfill(response=reply, body=body)

    phone.page.route("**/receipts", answer)


def _drop(receipt: str) -> Change:
    return lambda content: content["receipts"].remove(receipt)


def test_a_receipt_is_found_however_it_is_written(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    receipt, signature = _signed(opened_survey)
    survey = opened_survey[0]
    number, fours, eights = receipt[:16], _grouped(receipt[:16]), _grouped(receipt, 8)
    copy = _saved(survey, receipt, signature)
    _open(phone, survey)

    for text in (
        number,
        " ".join(fours),
        "-".join(fours).upper(),
        " – ".join(fours),
        "".join(chr(ord(digit) + 0xFEE0) for digit in number),
        number.replace("0", "o").replace("1", "l"),
        number.upper().replace("0", "O").replace("1", "I"),
        receipt,
        receipt[:37],
        f"  {receipt[:32].upper()}\n{receipt[32:]} ",
        " ".join(eights),
        " ".join(f"{place}. {group}" for place, group in enumerate(fours, 1)),
        "\n".join(f"{place}、{group}" for place, group in enumerate(eights, 1)),
        "".join(f"{sign}{group}" for sign, group in zip("①②③④", fours, strict=True)),
        f"我的回执号是{' '.join(fours)}，12月31日以后查",
        copy,
        copy.replace("\n", " "),
        copy.replace("\n", "\r\n"),
    ):
        assert _check(phone, text).startswith("在答卷箱里"), text
        assert receipt in phone.text("#verdict code").replace(" ", ""), text
    assert {request.method for request in phone.requests} == {"GET"}
    assert not [request for request in phone.requests if number in request.url]
    assert phone.faults == []


def test_what_is_no_receipt_is_told_at_the_field(phone: Phone, opened_survey: OpenedSurvey) -> None:
    _open(phone, opened_survey[0])

    for text, sentence in {
        "": "请输入",
        "a1b2 c3d4 e5f6 071": "读到 15 位",
        "1. a1b2 2. c3d4 3. e5f6": "读到 12 位",
        "0" * 65: "读到 65 位",
        "a1b2 c3d4 e5f6 071g": "没有“g”",
        "GDZK-H4KB-V4EA-57FY-K5VM": "像是邀请码",
        f"{'a' * 64}\n{'b' * 64}": "一次只查一张",
        "没有": "没有找到回执号",
    }.items():
        assert sentence in _check(phone, text), text
        assert phone.page.get_attribute("#mine", "aria-invalid") == "true"
        assert phone.page.evaluate("document.activeElement.id") == "mine"
    assert phone.page.get_attribute("#wrong", "role") == "alert"


def test_a_fault_that_was_mended_is_no_longer_told(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    _open(phone, survey)
    _check(phone, "a1b2")
    _check(phone, ballot.receipt.hex())

    assert phone.text("#wrong") == ""
    assert phone.page.get_attribute("#mine", "aria-invalid") is None


def test_digits_that_two_receipts_share_find_neither(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    receipt = ballot.receipt.hex()
    twin = receipt[:20] + "".join(f"{15 - int(digit, 16):x}" for digit in receipt[20:])
    _alter(phone, "receipts.json", lambda content: content["receipts"].append(twin))
    _open(phone, survey)

    assert "不止一张" in _check(phone, receipt[:16])
    assert "在答卷箱里" not in phone.text("#verdict")
    assert "在答卷箱里" in _check(phone, receipt)


def test_a_receipt_that_stands_twice_in_the_list_is_found_and_does_not_fit(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    receipt = ballot.receipt.hex()
    _alter(phone, "receipts.json", lambda content: content["receipts"].append(receipt))
    _open(phone, survey)

    assert "在答卷箱里" in _check(phone, receipt)
    assert phone.page.locator("#sums .bad").count() == 1


def test_in_the_box_is_not_called_counted(phone: Phone, opened_survey: OpenedSurvey) -> None:
    survey, ballot, _ = opened_survey
    _open(phone, survey)

    sentence = _check(phone, ballot.receipt.hex())
    assert "还不等于“计入结果”" in sentence
    assert "其余的题至少答了 80%" in sentence
    phone.page.get_by_role("button", name="English").tap()
    assert "is not yet “counted”" in phone.text("#verdict")


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"share": 0.5}, "其余的题至少答了 50%"),
        ({"share": 0, "screening": False}, "至少答了一题，答卷才计入"),
        ({"exclude": ["contradiction"]}, "没有自相矛盾"),
        ({"answered": [0, 1]}, "答卷才计入比率。"),
        (None, "空着的题太多的答卷不计入"),
    ],
)
def test_the_rule_in_the_manifest_says_what_is_counted(
    phone: Phone, opened_survey: OpenedSurvey, rule: dict[str, Any] | None, sentence: str
) -> None:
    survey, ballot, _ = opened_survey
    validity = survey.campaign.manifest.validity
    assert validity
    _alter_manifest(phone, validity=rule and validity.model_dump() | rule)
    _open(phone, survey)

    assert sentence in _check(phone, ballot.receipt.hex())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"contact": CONTACT}, f"联系人：{CONTACT['zh']}"),
        ({"contact": None, "organiser": CONTACT}, f"单位：{CONTACT['zh']}"),
        ({"contact": None, "organiser": None}, "请告诉主办调查的单位，或者监督它的部门"),
    ],
)
def test_a_missing_number_asks_for_the_signed_receipt_and_names_whom_to_tell(
    phone: Phone, opened_survey: OpenedSurvey, fields: dict[str, Any], sentence: str
) -> None:
    survey, _, late = opened_survey
    _alter_manifest(phone, **fields)
    _open(phone, survey)

    reply = _check(phone, late.receipt.hex()[:16])
    assert reply.startswith("不在列表里。请逐位核对")
    assert "连同签名贴进来" in reply
    assert sentence in reply


def test_a_missing_signed_receipt_is_a_proof_and_names_whom_to_tell(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    receipt, signature = _signed(opened_survey)
    _alter(phone, "receipts.json", _drop(receipt))
    _alter_manifest(phone, contact=CONTACT)
    _open(phone, opened_survey[0])

    sentence = _check(phone, _saved(opened_survey[0], receipt, signature))
    assert "签名是真的" in sentence
    assert "就是证据" in sentence
    assert CONTACT["zh"] in sentence


def test_a_signature_of_another_receipt_proves_nothing(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, _, late = opened_survey
    _, signature = _signed(opened_survey)
    _open(phone, survey)

    sentence = _check(phone, _saved(survey, late.receipt.hex(), signature))
    assert "签名也与回执不符" in sentence
    assert "证据" not in sentence


def test_a_browser_that_verifies_no_signature_says_so(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    receipt, signature = _signed(opened_survey)
    phone.page.add_init_script(WITHOUT_ED25519)
    _alter(phone, "receipts.json", _drop(receipt))
    _open(phone, opened_survey[0])

    assert "本浏览器不会查验签名" in _check(phone, _saved(opened_survey[0], receipt, signature))


def test_a_receipt_of_another_survey_is_told_as_such(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, _, late = opened_survey
    _open(phone, survey)
    text = _saved(survey, late.receipt.hex(), "Z" * 86, OTHER_SURVEY)

    assert "另一次调查" in _check(phone, text)


def test_a_slip_after_the_number_is_no_missing_receipt(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    receipt = ballot.receipt.hex()
    wrong = receipt[:40] + f"{15 - int(receipt[40], 16):x}" + receipt[41:]
    _open(phone, survey)

    sentence = _check(phone, wrong)
    assert "多半是抄错了" in sentence
    assert receipt in sentence.replace(" ", "")


def test_a_receipt_is_found_before_the_root_is_computed(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    phone.page.add_init_script(SLICES_HELD_BACK)
    _open(phone, survey)

    assert "在答卷箱里" in _check(phone, ballot.receipt.hex())
    assert phone.page.text_content("#root") == ""
    phone.page.evaluate("goOn()")
    phone.page.wait_for_selector("#root:not(:empty)", state="attached")
    assert phone.page.text_content("#root") == survey.get("respond", "receipts.json").json()["root"]


def test_root_and_counts_are_computed_again(phone: Phone, opened_survey: OpenedSurvey) -> None:
    survey, _, _ = opened_survey
    _open(phone, survey)
    phone.page.wait_for_selector("#strata .good")
    phone.page.locator("summary").tap()

    assert phone.text("#root") == survey.get("respond", "receipts.json").json()["root"]
    assert "与公布的根相同" in phone.text("#root-verdict")
    assert phone.text("#sums") == "共 11 份答卷，11 张回执。"
    cells = phone.page.locator("#strata td").all_inner_texts()
    assert cells[1:] == ["12", "11", "相符"]


def _drop_one(content: dict[str, Any]) -> None:
    content["receipts"].pop()


def _other_root(content: dict[str, Any]) -> None:
    content["root"] = "0" * 64


def _more_ballots(content: dict[str, Any]) -> None:
    content["strata"][0]["ballots"] = 999


def _root_given(content: dict[str, Any]) -> None:
    content["receipts_root"] = "0" * 64


@pytest.mark.parametrize(
    ("document", "change", "target"),
    [
        ("receipts.json", _drop_one, "#root-verdict"),
        ("receipts.json", _drop_one, "#sums"),
        ("receipts.json", _other_root, "#root-verdict"),
        ("receipts.json", _more_ballots, "#strata"),
        ("counts.json", _root_given, "#other-root"),
    ],
)
def test_a_list_that_was_tampered_with_does_not_fit(
    phone: Phone, opened_survey: OpenedSurvey, document: str, change: Change, target: str
) -> None:
    _alter(phone, document, change)
    _open(phone, opened_survey[0])

    phone.page.wait_for_selector(f"{target} .bad", state="visible")


def test_without_the_issuer_a_receipt_is_found_all_the_same(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    phone.page.route("**/counts.json", lambda route: route.abort())
    _open(phone, survey)

    assert "在答卷箱里" in _check(phone, ballot.receipt.hex())
    phone.page.wait_for_selector("#counts-state .bad")
    assert "只列出答卷数" in phone.text("#counts-state")
    assert phone.page.locator("#strata td").all_inner_texts() == ["—", "—", "11", "缺一方"]
    assert phone.page.text_content("#root-verdict .good")
    assert not phone.page.is_visible("#asking")


def test_an_issuer_that_never_answers_holds_nothing_up(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    phone.page.route("**/counts.json", lambda _: None)
    _open(phone, survey)

    assert "在答卷箱里" in _check(phone, ballot.receipt.hex())
    phone.page.wait_for_selector("#root-verdict .good", state="attached")
    assert phone.page.locator("#strata td").all_inner_texts() == ["—", "—", "11", "缺一方"]


def test_without_the_box_codes_are_counted_and_asked_for_all_the_same(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, _, _ = opened_survey
    phone.page.route("**/receipts.json", lambda route: route.abort())
    phone.open(address(survey, "receipts"), "counts")

    assert "暂时读不到" in phone.text("#state")
    assert not phone.page.is_visible("#check")
    assert phone.page.locator("#strata td").all_inner_texts()[1:] == ["12", "—", "缺一方"]
    phone.page.fill("#code", survey.codes["north"][0])
    phone.press("#asking button")
    phone.page.wait_for_selector("#use:not(:empty)")
    phone.page.unroute("**/receipts.json")
    phone.press("#again", "check")
    assert phone.page.text_content("#state") == ""
    assert not phone.page.is_visible("#again")


def test_before_the_close_the_last_day_is_named(phone: Phone, survey: Survey) -> None:
    phone.page.goto(address(survey, "receipts"))
    end = survey.campaign.manifest.window.end
    phone.page.get_by_text(f"最后一天是{end.year}年{end.month}月{end.day}日").wait_for()
    phone.page.get_by_role("button", name="English").tap()

    sentence = phone.text("#state")
    assert "has not closed" in sentence
    assert f"{end.strftime('%B')} {end.day}, {end.year}" in sentence
    assert not phone.page.is_visible("#check")
    assert not phone.page.is_visible("#again")


@pytest.mark.parametrize("language", ENGINEERS_WORDS)
def test_engineers_words_stand_in_the_folded_part_alone(
    phone: Phone, opened_survey: OpenedSurvey, language: str
) -> None:
    _open(phone, opened_survey[0])
    phone.page.wait_for_selector("#strata .good")
    phone.page.get_by_role("button", name=language).tap()
    assert "RFC 9162" in (phone.page.text_content("details") or "")

    phone.page.evaluate("document.querySelector('details').remove()")
    main = phone.text("main")
    assert [word for word in ENGINEERS_WORDS[language] if word in main] == []


def test_more_codes_than_people_are_explained(phone: Phone, opened_survey: OpenedSurvey) -> None:
    phone.open(address(opened_survey[0], "receipts"), "counts")

    assert "最多会比打算请的人数多九个" in phone.text("#counts")


def test_whether_a_code_was_used_is_asked_with_a_whole_link(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, _, _ = opened_survey
    phone.open(address(survey, "receipts"), "asking")
    code = survey.codes["north"][0]
    phone.page.fill("#code", f"{address(survey)}#{code}.{survey.campaign.manifest.digest}.north")
    phone.press("#asking button")
    phone.page.wait_for_selector("#use:not(:empty)")

    assert phone.text("#use") == "没有用过。"
    (question,) = [request for request in phone.requests if request.method != "GET"]
    assert question.url.endswith(f"/issue/{survey.name}/used")
    assert question.post_data_json == {"code": code.replace("-", "")}


def test_a_code_that_does_not_exist_is_told_at_the_field(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    phone.open(address(opened_survey[0], "receipts"), "asking")

    for code, sentence in {
        "": "现在是 0 个",
        "GDZK-H4KB-V4EA-57FY": "现在是 16 个",
        "GDZK-H4KB-V4EA-57FY-K5VM": "有字符输错了",
    }.items():
        phone.page.fill("#code", code)
        phone.press("#asking button")
        phone.page.get_by_text(sentence).wait_for()
        assert phone.page.get_attribute("#code", "aria-invalid") == "true"
        assert phone.page.evaluate("document.activeElement.id") == "code"
    assert phone.post_bodies("used") == []


def test_a_browser_of_2020_finds_a_receipt(phone: Phone, opened_survey: OpenedSurvey) -> None:
    survey, ballot, _ = opened_survey
    phone.page.add_init_script(OF_2020)
    _open(phone, survey)

    assert "在答卷箱里" in _check(phone, ballot.receipt.hex())
    phone.page.wait_for_selector("#root-verdict .good", state="attached")
    assert phone.faults == []


@pytest.mark.parametrize("scripts", [False, True])
def test_where_the_script_does_not_run_a_sentence_says_what_to_do(
    phones: Phones, opened_survey: OpenedSurvey, *, scripts: bool
) -> None:
    phone = phones(scripts=scripts)
    if scripts:
        phone.page.add_init_script("delete JSON.parse")
    phone.page.goto(address(opened_survey[0], "receipts"))
    phone.page.wait_for_selector(".late", state="visible")

    sentence = phone.text("#state")
    assert "在浏览器打开" in sentence
    assert "JavaScript" in sentence
    assert "recent browser" in sentence


@pytest.mark.parametrize("language", ["中文", "English"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_axe_finds_nothing_in_any_state(
    phones: Phones, opened_survey: OpenedSurvey, language: str, width: int, scheme: Any
) -> None:
    survey, ballot, late = opened_survey
    phone = phones(width)
    phone.page.emulate_media(color_scheme=scheme)
    _open(phone, survey)
    phone.page.wait_for_selector("#strata .good")
    phone.page.get_by_role("button", name=language).tap()
    phone.page.evaluate("document.querySelector('details').open = true")

    for text in ("", "a1b2", late.receipt.hex(), ballot.receipt.hex()):
        _check(phone, text)
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        violations = Axe().run(phone.page, options=options).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in violations] == []
        phone.check_width()
