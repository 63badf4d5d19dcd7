"""A statistician's way in a real browser, in both languages: from manifest to signed release."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from questionnaires import load
from tests.installation import NOW_OPEN, PASSPHRASE, Installation, read_csv, stratum, write_csv
from tests.manifests import ABOUT

NAME, CHECKER, PASSWORD = "statistician", "checker", "correct horse battery"
FILES = (
    *("results.xlsx", "report.docx", "counts.csv", "codebook.csv"),
    *("counts.sav", "counts.dta", "r.zip"),
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STRATA = [
    stratum("north", unit="North", post_category="Inspection", sample=30),
    stratum("south", unit="South", post_category="Inspection", sample=30),
    stratum("buying", unit="South", post_category="Buying", sample=10),
    stratum("office", "non-business", unit="North", post_category="Personnel", sample=30),
]
BEYOND = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("box") / "installation")
    password = installation.folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    for name in ("first", "second"):
        design = {
            "campaign": name,
            "title": {"zh": f"调查 {name}", "en": f"Survey {name}"},
            **ABOUT,
            "window": NOW_OPEN,
            "strata": [dict(member) for member in STRATA],
        }
        file = installation.folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(design, allow_unicode=True), encoding="utf-8")
        manifest = f"{name}.manifest.json"
        installation.chain(
            ("manage", "create", file), ("manage", "fix", name, "--output", manifest)
        )
    installation.chain(
        ("analyse", "staff", NAME, "--password-file", password),
        ("analyse", "staff", CHECKER, "--role", "checker", "--password-file", password),
    )
    installation.start()
    yield installation
    installation.stop()


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, rule by rule."""
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    faults = Axe().run(page, options=options).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults]


class Desk:
    """A statistician's browser in one language."""

    def __init__(self, page: Page, base: str, lang: str, name: str) -> None:
        self.page, self.base, self.lang = page, f"{base}/analyse", lang
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        self.go("/login")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", PASSWORD)
        page.locator("main [type=submit]").click()
        expect(page.locator("h1")).to_be_visible()

    def _listen(self, message: object) -> None:
        text = getattr(message, "text", "")
        if "Content Security Policy" in text:
            self.faults.append(text)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.base}{path}?lang={self.lang}")

    def check(self) -> None:
        """See that axe finds nothing, that nothing overflows, and no number is NaN."""
        for width in (1280, 360):
            self.page.set_viewport_size({"width": width, "height": 800})
            assert violations(self.page) == []
            assert not self.page.evaluate(BEYOND)
        assert not re.search(r"\b(nan|inf|None)\b", self.page.locator("main").inner_text())
        self.page.set_viewport_size({"width": 1280, "height": 800})
        assert self.faults == []

    def submit(self, form: str) -> None:
        self.page.locator(f"{form} [type=submit]").click()


@pytest.fixture
def desks(browser: Browser, installation: Installation):
    contexts = []

    def sit(lang: str, name: str = NAME) -> Desk:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        return Desk(contexts[-1].new_page(), installation.base, lang, name)

    yield sit
    for context in contexts:
        context.close()


def preview(desk: Desk, installation: Installation, name: str, keeper: Path | None = None) -> None:
    desk.go("/accept")
    desk.check()
    desk.page.set_input_files("#manifest", installation.folder / f"{name}.manifest.json")
    desk.page.check("#keeper-named" if keeper else "#keeper-none")
    if keeper:
        desk.page.set_input_files("[name=keeper_key]", keeper)
    desk.submit("form:has(#manifest)")
    for member in STRATA:
        expect(desk.page.get_by_role("rowheader", name=member["id"], exact=True)).to_be_visible()
    desk.check()


def publish(desk: Desk, installation: Installation, name: str) -> None:
    """Hand the published manifest back to the other side, and let people answer."""
    with desk.page.expect_download() as download:
        desk.page.locator("a[href$='/manifest.json']").click()
    path = installation.folder / f"{name}.published.json"
    download.value.save_as(path)
    codes = installation.folder / f"{name}.codes.csv"
    installation.chain(
        ("manage", "publish", name, path), ("manage", "invite", name, "--output", codes)
    )
    rng = random.Random(5)
    rows = []
    for row in read_csv(codes):
        kind = "internal" if row["stratum"] == "office" else "external"
        questions = load(kind)
        answers = {item.code: rng.choices("1089", [8, 88, 2, 2])[0] for item in questions.items}
        if row["stratum"] == "buying":
            answers[questions.items[0].code] = "9"  # no answer to it can be shown
        rows.append(
            {"code": row["code"], **answers, questions.screening.code: "1", "attention": "9"}
        )
    source = write_csv(installation.folder / f"{name}.csv", rows)
    arguments = ("--input", source, "--output", installation.folder / f"{name}.receipts.csv")
    installation.cli("respond", "--base", installation.base, "--campaign", name, *arguments)


def look_at_results(desk: Desk, name: str) -> None:
    pages = ("", "posts", "items/unit", "quality", "nonresponse", "compare", "pictures", "box")
    for page in pages:
        desk.go(f"/{name}/{page}")
        desk.check()
    desk.go(f"/{name}/pictures")
    for picture in desk.page.locator("figure img").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    desk.go(f"/{name}/")
    desk.page.locator("summary").first.click()
    desk.page.select_option("#option-weighting", "raked")
    desk.page.select_option("#option-level", "0.9")
    desk.submit("form:has(#option-weighting)")
    note = desk.page.locator("p.small-note", has_text=re.compile("90")).first
    expect(note).to_contain_text("按单位和岗位类别" if desk.lang == "zh" else "Raked to units")
    desk.check()


def open_the_first_by_passphrase(desk: Desk, installation: Installation) -> None:
    preview(desk, installation, "first")
    desk.page.locator("#other-keys summary").click()
    desk.check()
    desk.page.fill("#passphrase", PASSPHRASE)
    desk.page.fill("#again", PASSPHRASE)
    desk.submit("form:has(#again)")
    expect(desk.page.locator("h1")).to_have_text("调查 first")
    desk.check()
    publish(desk, installation, "first")
    installation.cli("manage", "close", "first")
    desk.go("/first/box")
    expect(desk.page.locator("tbody tr").first).to_contain_text("≥ 30")
    statement = installation.folder / "first.closing.json"
    desk.page.set_input_files("#statement", statement)
    desk.page.fill("#passphrase", "not the passphrase")
    desk.page.check("#sure")
    desk.submit("form:has(#sure)")
    expect(desk.page.locator("main")).to_contain_text("口令不正确")
    desk.go("/first/box")
    desk.page.set_input_files("#statement", statement)
    desk.page.fill("#passphrase", PASSPHRASE)
    desk.page.check("#sure")
    desk.submit("form:has(#sure)")
    desk.page.get_by_role("link", name="查看结果").click()
    assert desk.page.locator("html").get_attribute("lang") == "zh-CN"
    look_at_results(desk, "first")
    desk.go("/first/box")
    desk.page.check("#destroyed-opening")
    desk.submit("form:has(#destroyed-opening)")
    expect(desk.page.locator("main")).to_contain_text(f"由 {NAME} 于")
    desk.check()


def open_the_second_by_shares(desk: Desk, installation: Installation) -> None:
    installation.cli("keeper", "make", "keeper.key")
    keeper = installation.folder / "keeper.key"
    preview(desk, installation, "second", keeper.with_name("keeper.key.pem"))
    desk.submit("form[action$='/shares']")
    lists = desk.page.locator("ol.words")
    expect(lists).to_have_count(3)
    shares = [" ".join(words.locator("li").all_inner_texts()) for words in lists.all()]
    assert [len(share.split()) for share in shares] == [33, 33, 33]
    desk.check()
    desk.page.fill("#share-1", shares[2])
    desk.page.fill("#share-2", shares[0])
    desk.submit("form:has(#share-1)")
    expect(desk.page.locator("h1")).to_have_text("Survey second")
    publish(desk, installation, "second")
    installation.cli("manage", "close", "second")
    desk.go("/second/box")
    desk.check()
    desk.page.set_input_files("#statement", installation.folder / "second.closing.json")
    desk.page.set_input_files("#keeper", keeper)
    desk.page.fill("#passphrase", PASSPHRASE)
    desk.page.check("#sure")
    desk.submit("form:has(#sure)")
    expect(desk.page.locator("main")).to_contain_text("seals are off, not opened")
    desk.check()
    desk.page.check("#destroyed-keeper")
    desk.submit("form:has(#destroyed-keeper)")
    desk.page.fill("#share-1", shares[1])
    desk.page.fill("#share-2", shares[2])
    desk.page.check("#sure")
    desk.submit("form:has(#sure)")
    desk.page.get_by_role("link", name="See the rates").click()
    look_at_results(desk, "second")
    desk.go("/second/compare")
    desk.page.check("#wave-first")
    desk.page.get_by_role("button", name="Compare the waves").click()
    expect(desk.page.get_by_role("columnheader", name="Last change")).to_be_visible()
    desk.check()
    preview_again(desk, installation)


def preview_again(desk: Desk, installation: Installation) -> None:
    """A second manifest of the same campaign, with another sample, says so and is not accepted."""
    manifest = json.loads(
        (installation.folder / "second.manifest.json").read_text(encoding="utf-8")
    )
    manifest["strata"][0]["sample"] = 31
    altered_file = installation.folder / "changed.json"
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    altered_file.write_text(text, encoding="utf-8")
    desk.go("/accept")
    desk.page.set_input_files("#manifest", altered_file)
    desk.page.check("#keeper-none")
    desk.submit("form:has(#manifest)")
    expect(desk.page.locator("main")).to_contain_text("This one differs in: north")
    assert desk.page.locator("#again").count() == 0


def release(desk: Desk, checker: Desk, installation: Installation, name: str) -> None:
    """Take every file out; make a release, let it be signed, and compute it again."""
    desk.go(f"/{name}/files")
    desk.check()
    for file in FILES:
        assert save(desk, f"/files/{file}", installation).stat().st_size > 200
    desk.go(f"/{name}/releases")
    desk.check()
    desk.page.check("#sure-make")
    desk.submit("form[method=post][action$='/releases']")
    expect(desk.page.locator(".alert-success")).to_be_visible()
    desk.check()
    assert desk.page.locator("a[href$='release.json']").count() == 0
    checker.go(f"/{name}/releases/1")
    checker.check()
    checker.page.check("#sure-sign")
    checker.submit("form[action$='/signature']")
    checker.page.locator("a[href$='release.json']").wait_for()
    checker.check()
    desk.go(f"/{name}/releases/1")
    for file in ("report.docx", "results.xlsx"):
        assert save(desk, f"/1/{file}", installation).stat().st_size > 200
    document = save(desk, "/1/release.json", installation, exactly=True)
    assert "byte by byte" in installation.cli("analyse", "release-check", document)


def save(desk: Desk, ending: str, installation: Installation, *, exactly: bool = False) -> Path:
    link = f"a[href$='{ending}']" if exactly else f"a[href*='{ending}']"
    with desk.page.expect_download() as download:
        desk.page.locator(link).click()
    path = installation.folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_from_the_manifest_to_a_signed_release_and_to_two_waves(
    desks, installation: Installation
) -> None:
    chinese, english = desks("zh"), desks("en")
    open_the_first_by_passphrase(chinese, installation)
    release(chinese, desks("zh", CHECKER), installation, "first")
    open_the_second_by_shares(english, installation)
    release(english, desks("en", CHECKER), installation, "second")
