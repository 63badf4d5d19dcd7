"""The console's pages: the whole way of a campaign, and what each of them refuses."""

import io
import re
from html import unescape

import pytest

from survey_app.accounts import add_account, audit
from survey_app.crypto.credentials import check_code
from survey_app.documents.manifest import Manifest, PublishedManifest, parse
from survey_app.identity.manage.campaigns import overview, service
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import Audit, Invitation, Staff
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.conftest import POINT, load, publish, roster_csv, words_of
from tests.identity.manage.roster.test_spreadsheet import archive, workbook
from tests.installation import ROOT
from tests.manifests import ABOUT, of_answers
from tests.sites import NAME, PASSWORD, csrf_token, design, quick_hash, sign_in

HEAD = "/campaigns/spring"
STRATA = ["north", "south", "office"]
ROW = {
    "id": "north",
    "unit_zh": "北",
    "unit_en": "North",
    "category_zh": "检查",
    "category_en": "Inspection",
    "kind": "business",
    "population": "100",
    "sample": "",
}
SOUTH = ROW | {"id": "south", "unit_zh": "南", "unit_en": "South"}


class Manager:
    """A manager's browser, as far as forms go."""

    def __init__(self, site, name=NAME):
        self.site, self.client, self.worker = site, site.test_client(), site.extensions["worker"]
        sign_in(self.client, name)
        self.client.get("/?lang=en")

    def get(self, path):
        return self.client.get(path)

    def post(self, path, **fields):
        fields["csrf_token"] = csrf_token(self.client.get("/").text)
        answer = self.client.post(path, data=fields)
        answer.request.environ["wsgi.input"].close()  # a large body lies in a file
        self.worker.wait()
        return answer

    def version(self):
        match = re.search(r'name="version"\s+value="([^"]+)"', self.get(HEAD).text)
        assert match
        return match[1]

    def save_strata(self, rows, **more):
        return self.send_strata("strata", rows, **more)

    def send_strata(self, action, rows, **more):
        columns = {name: [row[name] for row in rows] for name in ROW}
        return self.post(f"{HEAD}/{action}", version=self.version(), **columns, **more)

    def second(self):
        """Another manager, whose account is made when first asked for."""
        with self.site.extensions["store"].begin() as session, quick_hash():
            add_account(session, Staff, "second", PASSWORD)
        return Manager(self.site, "second")

    def codes(self, **fields):
        """Have codes made, with a second manager where there are names, fetch and confirm them."""
        work = self.post(f"{HEAD}/codes", **fields)
        assert work.status_code == 302, work.text
        if work.location.endswith("/invitations"):
            work = self.second().confirm_list()
        codes = work.location.replace("/work/", "/codes/")
        fetched = self.post(codes)
        assert self.post(f"{codes}/destroy", kept="on").status_code == 302
        return fetched

    def confirm_list(self):
        """Confirm the list with names that another manager asked for."""
        page = self.get(f"{HEAD}/invitations").text
        match = re.search(r'action="([^"]+/lists/\d+/confirm)"', page)
        assert match
        return self.post(match[1])

    def upload(self, path, content, name="people.csv"):
        return self.post(path, file=(io.BytesIO(content), name))


@pytest.fixture
def manager(site):
    return Manager(site)


def make_draft(manager):
    answer = manager.post("/new", campaign="spring", title_zh="春", title_en="Spring")
    assert answer.location == HEAD
    answer = manager.post(
        HEAD,
        version=manager.version(),
        title_zh="春",
        title_en="Spring",
        **{f"{name}_{lang}": text for name, texts in ABOUT.items() for lang, text in texts.items()},
        window_start="2026-04-01",
        window_end="2099-12-31",
        window_meant="on",
    )
    assert answer.status_code == 302


def test_a_campaign_goes_the_whole_way_in_the_pages(manager, store):
    make_draft(manager)
    assert manager.save_strata([ROW, SOUTH]).status_code == 302
    aim = {"aim": "margin", "margin": "10", "response": "80", "method": "proportional"}
    plan = manager.get(f"{HEAD}/plan?aim=margin&margin=10&response=80&method=proportional").text
    assert "Take these sizes" in plan
    assert manager.post(f"{HEAD}/plan", version=manager.version(), **aim).location == HEAD
    assert manager.upload(f"{HEAD}/roster", roster_csv(100)).status_code == 302
    assert "Persons: 100. Faults: 0." in manager.get(f"{HEAD}/roster").text
    work = manager.post(f"{HEAD}/roster/draw", seed="public-lottery-17").location
    assert manager.get(work).location == f"{HEAD}/roster"
    assert "public-lottery-17" in manager.get(f"{HEAD}/roster").text

    work = manager.post(f"{HEAD}/fix").location
    assert manager.get(f"{work}/progress.json").json["state"] == "done"
    document = manager.get(f"{HEAD}/manifest.json").data
    manifest = parse(Manifest, document).model_dump(mode="json") | of_answers(POINT)
    published = PublishedManifest.model_validate(manifest).canonical()
    assert manager.upload(f"{HEAD}/publish", published).location == HEAD
    north = manager.codes(form="csv", stratum=["north"])
    cards = words_of(manager.codes(form="cards", per_page="8", stratum=["south"]).data)
    with store.read() as session:
        [campaign] = overview.all_campaigns(session)
    assert [s.invited for s in campaign.strata] == [s.sample for s in campaign.strata]
    assert north.text.count("/respond/spring/#") == campaign.strata[0].sample
    code = check_code(PublishedManifest.model_validate_json(published).root)
    for text in (code, "31 December 2099", "A bureau", "Telephone 000"):
        assert cards.count(text) == campaign.strata[1].sample, text
    assert code in manager.get(HEAD).text
    assert "&lt;10" in manager.get(f"{HEAD}/fieldwork").text

    assert manager.post(f"{HEAD}/close", typed="another").status_code == 400
    assert manager.post(f"{HEAD}/close", typed="spring").location == HEAD
    assert manager.post(f"{HEAD}/roster/erase").status_code == 302
    assert "done" in manager.get(HEAD).text


def test_a_list_replaces_codes_only_when_told_to(manager, store, keys, site):
    publish(store)
    assert manager.codes(form="xlsx", stratum=STRATA).data.startswith(b"PK")

    refusal = manager.post(f"{HEAD}/codes", form="csv", stratum=STRATA)
    assert refusal.status_code == 400
    with store.read() as session:
        assert session.query(Invitation).count() == 90
    assert manager.codes(form="csv", stratum=STRATA, replace="on").status_code == 200
    assert manager.post(f"{HEAD}/codes", form="csv").status_code == 400


def test_a_next_wave_keeps_the_strata_and_is_planned_again(manager, store):
    with store.begin() as session:
        service.create(session, design(latest_end="2099-12-31"))

    assert manager.post("/new/wave", earlier="spring", campaign="autumn").status_code == 302
    with store.read() as session:
        wave = service.draft_of(find_campaign(session, "autumn"))
    assert [s.sample for s in wave.strata] == [0, 0, 0]
    assert wave.window is None
    assert wave.latest_end is None
    assert wave.results == design().results


def test_a_design_is_not_fixed_before_respondents_are_told_what_they_take_part_in(manager, store):
    with store.begin() as session:
        service.create(session, design(report_channel=None))

    page = manager.get(HEAD).text
    assert page.count("Missing: without it the design cannot be fixed.") == 1
    refusal = manager.post(f"{HEAD}/fix")
    assert refusal.status_code == 409
    assert "Respondents must be told where wrongdoing is reported" in refusal.text


def test_two_managers_who_edit_at_once_overwrite_nothing(manager):
    make_draft(manager)
    version = manager.version()
    columns = {name: [value] for name, value in ROW.items()}

    first = manager.post(f"{HEAD}/strata", version=version, **columns)
    second = manager.post(f"{HEAD}/strata", version=version, **columns | {"id": ["south"]})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "This campaign was changed since you loaded the page" in second.text


def test_two_managers_who_fix_the_design_at_once_fix_it_once(manager, store):
    with store.begin() as session:
        service.create(session, design())

    first, second = manager.post(f"{HEAD}/fix"), manager.post(f"{HEAD}/fix")

    assert first.status_code == 302
    assert second.status_code == 409


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unit_zh": "x" * 300}, "Row 1 cannot be read"),
        ({"id": "Nörd"}, "Row 1 cannot be read"),
        ({"population": "many"}, "Row 1 cannot be read"),
        ({"population": "9" * 30}, "Row 1 cannot be read"),
        ({"kind": "other"}, "Row 1 cannot be read"),
    ],
)
def test_a_row_that_cannot_be_read_comes_back_as_it_was_typed(manager, change, sentence):
    make_draft(manager)

    answer = manager.save_strata([ROW | change])

    assert answer.status_code == 400
    assert sentence in answer.text
    assert "检查" in answer.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unit_zh": "北"}, "“north” and “south” have the same unit and post category"),
        ({"unit_en": "north"}, "“north” and “south” have the same unit and post category"),
        ({"sample": "9"}, "“south” has a sample of 9, fewer than 10: raise the sample"),
    ],
)
def test_strata_that_hide_too_few_persons_are_not_saved_and_come_back(manager, change, sentence):
    make_draft(manager)

    answer = manager.save_strata([ROW, SOUTH | change])

    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'value="south"' in answer.text
    assert "north" not in manager.get(f"{HEAD}/strata").text


def test_a_draft_of_an_earlier_release_shows_what_is_wrong_and_is_not_fixed(manager, store):
    small = design().strata[0].model_copy(update={"sample": 5})
    with store.begin() as session:
        service.create(session, design().model_copy(update={"strata": (small,)}))

    sentence = "“north” has a sample of 5, fewer than 10"
    assert sentence in manager.get(HEAD).text
    refusal = manager.post(f"{HEAD}/fix")
    assert refusal.status_code == 409
    assert sentence in refusal.text


def test_a_small_stratum_is_refused_with_a_proposal(manager):
    make_draft(manager)
    manager.save_strata([ROW | {"population": "12", "sample": "3"}, SOUTH])

    assert "Merge “North · Inspection” (12) into “South · Inspection”" in (
        manager.get(f"{HEAD}/strata").text
    )
    plan = manager.get(f"{HEAD}/plan?aim=budget&budget=30&response=100&method=power")
    assert plan.status_code == 400
    assert "merge it with another first" in plan.text
    assert manager.post(f"{HEAD}/fix").status_code == 409

    table = [ROW | {"population": "12", "sample": "3"}, SOUTH | {"population": "150"}]
    manager.send_strata("merge", table, merge="north>south")
    strata = manager.get(f"{HEAD}/strata").text
    assert "162" in strata
    assert "South, North" in strata


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("people.pdf", b"%PDF-1.4\0"),
        ("people.xlsx", archive({"xl/worksheets/sheet1.xml": b" " * (300 * 1024 * 1024)})),
        ("people.xlsx", workbook([["stratum", "person"], ["north", "=1+1"]])),
        ("people.csv", b"stratum," + b",".join(b"c%d" % i for i in range(1_000_000))),
        ("../../etc/people.csv", b""),
    ],
)
def test_a_file_that_is_no_roster_leaves_nothing_behind(manager, store, name, content):
    with store.begin() as session:
        service.create(session, design())

    answer = manager.upload(f"{HEAD}/roster", content, name)

    assert answer.status_code == 400
    assert "people." in answer.text
    assert "Say which column" not in manager.get(f"{HEAD}/roster").text


def test_too_large_an_upload_and_a_missing_one_are_refused(manager, store):
    with store.begin() as session:
        service.create(session, design())

    for path, size, sentence in (
        (f"{HEAD}/roster", 33, "larger than the 32 MB that"),
        ("/new/file", 2, "larger than the 1 MB that"),
    ):
        answer = manager.upload(path, bytes(size * 1024 * 1024))
        assert answer.status_code == 413
        assert sentence in answer.text
    assert manager.post(f"{HEAD}/roster").status_code == 400


def test_a_formula_for_a_name_is_only_text_in_the_list(manager, store, site):
    publish(store)
    content = b'stratum,person,name\nnorth,1,"=HYPERLINK(""http://x"",""y"")"\n'
    keys = service_keys(site)
    load(store, keys, content=content)

    text = manager.codes(form="csv", stratum=["north"]).text

    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text


def service_keys(site):
    return Keys.of(site.extensions["sign_in"].settings)


def test_a_script_for_a_title_is_only_text_on_every_page(manager, store):
    with store.begin() as session:
        service.create(session, design(title="<script>alert(1)</script>"))

    for page in ("", "/strata", "/plan", "/roster", "/invitations", "/questions"):
        text = manager.get(HEAD + page).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"campaign": "New Campaign", "title_zh": "x"},
        {"campaign": "login", "title_zh": "x"},
        {"campaign": "spring", "title_zh": ""},
        {"campaign": "spring", "title_zh": "x" * 201},
        {},
    ],
)
def test_a_campaign_needs_a_plain_name_and_a_title(manager, fields):
    answer = manager.post("/new", **fields)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_an_uploaded_file_reads_no_file_of_this_computer(manager):
    text = b"campaign: a\nquestionnaires: {business: ../../etc/passwd}\nstrata: []\n"

    answer = manager.upload("/new/file", text, "a.yaml")

    assert answer.status_code == 400
    assert "external" in answer.text


def test_letters_need_a_mail_server(manager, store):
    publish(store)

    answer = manager.post(f"{HEAD}/mail", subject="s", body="{link}", stratum=["north"])

    assert answer.status_code == 400
    assert "SURVEY_SMTP_URL" in answer.text


def test_the_log_names_what_the_first_release_called_opening(manager, store):
    with store.begin() as session:
        audit.record(session, Audit, "open", "spring")
        audit.record(session, Audit, "fix", "autumn")

    page = unescape(manager.get("/log").text)

    assert "<td>fixed the campaign's design (first release)</td>" in page
    assert "<td>fixed the campaign's design</td>" in page
    with store.read() as session:
        assert audit.verify(session, Audit).entries >= 2


def test_work_of_another_campaign_is_not_shown(manager, store):
    with store.begin() as session:
        service.create(session, design())
        service.create(session, design("autumn"))
    work = manager.post(f"{HEAD}/fix").location

    assert manager.get(work).location == HEAD
    assert manager.get(work.replace("spring", "autumn")).status_code == 404


def test_the_turnout_that_cannot_be_read_is_one_sentence(manager, store):
    publish(store)

    answer = manager.get(f"{HEAD}/turnout.json")

    assert answer.status_code == 502
    assert "turnout" in answer.text


def test_the_rate_that_is_expected_makes_the_margin(manager, store):
    with store.begin() as session:
        service.create(session, design())
    plan = f"{HEAD}/plan?aim=budget&budget=60&response=100&method=proportional"

    half, tenth = (manager.get(f"{plan}&rate={rate}") for rate in (50, 10))

    assert (half.status_code, tenth.status_code) == (200, 200)
    assert half.text != tenth.text
    assert manager.get(f"{plan}&rate=100").status_code == 400
    assert manager.get(f"{plan}&rate=x").status_code == 400


def test_what_cannot_be_read_of_a_plan_is_said_beside_its_field_and_all_is_kept(manager, store):
    with store.begin() as session:
        service.create(session, design())
    plan = f"{HEAD}/plan?aim=margin&margin=7&response=61&method=power&rate=9"

    answer = manager.get(f"{plan}&contacts=many")

    assert answer.status_code == 400
    assert re.search(r'id="contacts-problem">[^<]*such as 2.5: “many”', answer.text)
    for name, value in (("margin", "7"), ("response", "61"), ("rate", "9"), ("contacts", "many")):
        assert re.search(rf'name="{name}"[^>]*value="{value}"', answer.text, re.DOTALL)
    assert "below 100" in manager.get(plan.replace("margin=7", "margin=100")).text


def test_days_that_are_hardly_meant_are_stored_once_somebody_says_so(manager):
    make_draft(manager)
    days = {"window_start": "2026-05-01", "window_end": "2097-12-31", "title_zh": "春"}

    question = manager.post(HEAD, version=manager.version(), **days)
    meant = manager.post(HEAD, version=manager.version(), window_meant="on", **days)
    again = manager.post(HEAD, version=manager.version(), **days | {"title_zh": "夏"})

    assert question.status_code == 400
    assert 'name="window_meant"' in question.text
    assert 'value="2097-12-31"' in question.text
    assert (meant.status_code, again.status_code) == (
        302,
        302,
    )  # known days are not asked about again


def test_a_campaign_whose_days_went_by_is_not_fixed(manager, store):
    over = design().model_copy(update={"window": design().reference_period})
    with store.begin() as session:
        service.create(session, over)

    assert "Set days for answers that are not over" in manager.get(HEAD).text
    assert manager.post(f"{HEAD}/fix").status_code == 400


def test_a_campaign_file_with_days_that_are_hardly_meant_is_asked_about(manager):
    text = (ROOT / "survey_app/operate/demo.yaml").read_text(encoding="utf-8")
    text = re.sub("(?m)^window:.*", "window: {start: 2026-01-01, end: 2099-01-31}", text)

    question = manager.upload("/new/file", text.encode(), "plan.yaml")
    file = io.BytesIO(text.encode()), "plan.yaml"
    answer = manager.post("/new/file", file=file, file_meant="on")

    assert (question.status_code, answer.status_code) == (400, 302)
    assert "for more than a year" in question.text
    assert 'name="file_meant"' in question.text


SIXTY = "单位\t岗位\t性质\t人数\n" + "".join(
    f"第{at}大队\t{posts}\t{kind}\t{100 + at}人\n"
    for at in range(30)
    for posts, kind in (("检查", "业务"), ("人事", "非业务"))
)


def test_sixty_strata_are_pasted_in_one_go_and_shown_before_they_are_saved(manager, store):
    make_draft(manager)

    page = manager.send_strata("strata/block", [], pasted=SIXTY)
    with store.read() as session:
        assert not service.draft_of(find_campaign(session, "spring")).strata
    rows = [ROW | dict(zip(ROW, cells, strict=True)) for cells in rows_of(page.text)]
    answer = manager.save_strata(rows)

    assert "Not saved yet" in page.text
    assert answer.status_code == 302
    with store.read() as session:
        strata = service.draft_of(find_campaign(session, "spring")).strata
    assert [stratum.id for stratum in strata[:2]] == ["s01", "s02"]
    assert (len(strata), strata[59].unit.en, strata[59].population) == (60, "第29大队", 129)


def rows_of(page):
    """Read the cells of the table of strata, row by row."""
    values = [
        unescape(text or kind)
        for text, kind in re.findall(
            r'<input class="form-control form-control-sm[^>]*?value="([^"]*)"'
            r'|<option value="([^"]*)"\s+selected',
            page,
        )
    ]
    return [values[at : at + len(ROW)] for at in range(0, len(values), len(ROW))]


@pytest.mark.parametrize(
    "file",
    [
        ("strata.csv", SIXTY.replace("\t", ",").encode()),
        ("no_header.csv", SIXTY.partition("\n")[2].replace("\t", ";").encode()),
        ("strata.xlsx", None),
    ],
)
def test_strata_come_from_a_file_after_what_is_typed(manager, file):
    make_draft(manager)
    name, content = file
    content = content or workbook([line.split("\t") for line in SIXTY.splitlines()])

    page = manager.send_strata("strata/block", [ROW], file=(io.BytesIO(content), name))

    assert len(rows_of(page.text)) == 61


def test_a_file_comes_after_a_table_that_is_longer_than_a_piece_of_the_form(manager):
    make_draft(manager)
    rows = [ROW | {"id": "", "unit_zh": f"第{at}大队"} for at in range(400)]
    file = io.BytesIO("单位,岗位,人数\n甲,乙,40".encode()), "more.csv"

    page = manager.send_strata("strata/block", rows, file=file)

    assert page.text.count('name="unit_zh"') == 401


def test_what_was_pasted_in_vain_comes_back_with_the_rows_that_were_typed(manager):
    make_draft(manager)

    answer = manager.send_strata("strata/block", [ROW], pasted="nothing\tof use")

    assert answer.status_code == 400
    assert "The columns are not recognised" in answer.text
    assert "nothing\tof use" in answer.text
    assert 'value="North"' in answer.text


def test_twenty_rows_are_added_to_what_is_typed(manager):
    make_draft(manager)

    assert len(rows_of(manager.send_strata("strata/rows", [ROW]).text)) == 21


@pytest.mark.parametrize(
    ("change", "cell", "sentence"),
    [
        ({"id": "1-2"}, "id-2", "Row 2: spreadsheets turn the identifier “1-2”"),
        ({"id": "007"}, "id-2", "into a number or a date"),
        ({"id": "mar-1"}, "id-2", "into a number or a date"),
        ({"id": "sept2"}, "id-2", "into a number or a date"),
        ({"id": "NORTH"}, "id-2", "Row 2 has the identifier “north” of row 1"),
        ({"unit_zh": "北"}, "unit_zh-2", "Row 2: The strata “north” and “south” have the same"),
        ({"sample": "101"}, "sample-2", "Row 2: the sample is larger than the population"),
        ({"kind": "non-business"}, "kind-2", "“检查” is of the other kind in row 1"),
        ({"kind": ""}, "kind-2", "Row 2 cannot be read. Needed: business or non-business"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_its_cell_is_marked(manager, change, cell, sentence):
    make_draft(manager)

    answer = manager.save_strata([ROW, SOUTH | change])

    assert answer.status_code == 400
    assert re.search(rf'id="{cell}-problem">[^<]*{re.escape(sentence)}', answer.text)


def test_identifiers_that_a_campaign_has_already_stay(manager, store):
    [old] = [s.model_copy(update={"id": "007"}) for s in design().strata[:1]]
    with store.begin() as session:
        service.create(session, design().model_copy(update={"strata": (old,)}))

    assert manager.save_strata([ROW | {"id": "007"}]).status_code == 302


def test_titles_and_names_in_one_language_are_enough(manager, store):
    manager.post("/new", campaign="spring", title_en="Spring")
    assert manager.post("/new", campaign="autumn").status_code == 400

    english = {"unit_zh": "", "category_zh": ""}
    assert manager.save_strata([ROW | english, SOUTH | english]).status_code == 302
    with store.read() as session:
        draft = service.draft_of(find_campaign(session, "spring"))
    assert (draft.title.zh, draft.strata[1].unit.zh) == ("Spring", "South")
    assert rows_of(manager.get(f"{HEAD}/strata").text)[1][1:3] == ["", "South"]


def test_fixed_strata_are_read_as_text(manager, store):
    publish(store)

    page = manager.get(f"{HEAD}/strata").text

    assert "All strata" in page
    assert 'name="unit_zh"' not in page


def test_what_a_sample_was_planned_by_is_kept_and_everybody_can_be_invited(manager, store):
    make_draft(manager)
    manager.save_strata([ROW, SOUTH | {"category_zh": "人事", "category_en": "Staff"}])
    choice = {
        "aim": "everybody",
        "response": "７１",
        "rate": "40",
        "rate-2": "3",
        "method": "power",
    }

    planned = manager.get(f"{HEAD}/plan?" + "&".join(f"{k}={v}" for k, v in choice.items())).text
    manager.post(f"{HEAD}/plan", version=manager.version(), **choice)
    with store.read() as session:
        strata = service.draft_of(find_campaign(session, "spring")).strata

    assert "Everybody is invited (200 persons)" in planned
    assert [stratum.sample for stratum in strata] == [100, 100]
    manager.post("/new/wave", earlier="spring", campaign="autumn")
    for page in (manager.get(f"{place}/plan").text for place in ("/campaigns/autumn", HEAD)):
        for name, value in (("response", "７１"), ("rate", "40"), ("rate-2", "3")):
            assert re.search(rf'name="{name}"[^>]*value="{value}"', page, re.DOTALL)
    assert re.search(r'value="everybody"\s+checked', page)
    assert re.search(r'value="power"\s+selected', page)


def test_a_plan_that_misses_the_margin_names_the_category_and_offers_all_of_it(manager):
    make_draft(manager)
    manager.save_strata([ROW | {"population": "120"}])

    page = manager.get(f"{HEAD}/plan?aim=margin&margin=5&response=60").text

    assert "“Inspection” (120 persons) cannot be known to within ±5" in page
    assert "gives ±7.5" in page
    assert "Take these sizes" in page


def test_a_way_to_share_out_without_effect_is_refused_beside_its_field(manager, store):
    with store.begin() as session:
        service.create(session, design())
    plan = f"{HEAD}/plan?aim=budget&budget=60&response=100&method=neyman"

    assert 'id="method-problem"' in manager.get(plan).text
    assert manager.get(f"{plan}&rate-1=20").status_code == 200
    assert 'id="budget-problem"' in manager.get(plan.replace("budget=60", "budget=9000")).text
