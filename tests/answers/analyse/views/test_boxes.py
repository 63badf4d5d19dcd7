"""The pages of the box: what they accept, refuse and say, without a browser."""

import io
import json
import re

import pytest
from cryptography.hazmat.primitives import serialization

from survey_app.answers.analyse.box import key_shares, opening, service
from survey_app.answers.store.models import Audit, Campaign
from survey_app.crypto import key_files, sealing
from survey_app.crypto.encoding import fingerprint, from_text, in_fours, to_text
from survey_app.crypto.key_files import Cost
from survey_app.documents.design_rules import DesignRefusedError
from survey_app.documents.manifest import Manifest, PublishedManifest
from tests.answers.analyse.boxes import MODULUS
from tests.manifests import OF_IDENTITY, RECEIPTS_KEY, closing_statement, of_answers
from tests.old_key_files import old_file
from tests.sites import NAME, OVER, accept, ballot, csrf_token, design, open_box, serving, sign_in

PASSPHRASE = "a passphrase for tests only"
POINT = sealing.public_bytes(sealing.generate_opening_key())


@pytest.fixture
def site(tmp_path):
    with serving("analyse", tmp_path) as site:
        yield site


@pytest.fixture
def statistician(site):
    client = site.test_client()
    sign_in(client)
    client.get("/?lang=en")
    return client


def manifest(**changes):
    plan = design(**changes).model_dump()
    plan["strata"] = [stratum | {"key": MODULUS} for stratum in plan["strata"]]
    return Manifest.model_validate(plan | OF_IDENTITY)


def post(client, path, **fields):
    """Fill a form in, with the token of a page."""
    token = csrf_token(client.get("/accept").text)
    return client.post(path, data={"csrf_token": token, **fields})


def upload(content):
    return (io.BytesIO(content), "manifest.json")


def campaigns(site):
    with site.extensions["store"].read() as session:
        return [row.campaign for row in session.query(Campaign)]


def test_a_manifest_is_looked_at_before_anything_is_accepted(site, statistician):
    answer = post(
        statistician, "/accept/preview", keeper="none", manifest=upload(manifest().canonical())
    )

    assert answer.status_code == 200
    assert in_fours(from_text(manifest().digest)) in answer.text
    assert "This campaign is new here" in answer.text
    assert campaigns(site) == []


def test_a_manifest_altered_by_one_byte_is_refused_or_shows_another_digest(site, statistician):
    good = manifest().canonical()
    refusal = post(statistician, "/accept/preview", keeper="none", manifest=upload(good + b"x"))
    altered_content = good.replace(b"Spring survey", b"Spring surveY")
    answer = post(statistician, "/accept/preview", keeper="none", manifest=upload(altered_content))

    assert refusal.status_code == 400
    assert "The manifest is not valid" in refusal.text
    assert manifest().digest not in answer.text


def test_every_altered_byte_of_a_key_or_digest_is_noticed(statistician):
    content = json.loads(manifest().canonical())
    content["questionnaires"]["business"]["digest"] = "0" * 64
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    refusal = post(statistician, "/accept/preview", keeper="none", manifest=upload(text.encode()))

    assert refusal.status_code == 400
    assert "digest does not fit" in refusal.text


def test_no_file_is_refused_in_words(statistician):
    assert "Choose a file first." in post(statistician, "/accept/preview").text


def test_a_manifest_that_would_not_hide_its_persons_is_refused_at_every_step(site, statistician):
    small = manifest(strata=[design().strata[0].model_copy(update={"sample": 5})]).canonical()
    document = {"document": small.decode(), "keeper": "none", "key": "shares"}
    refusals = [
        post(statistician, "/accept/preview", keeper="none", manifest=upload(small)),
        post(statistician, "/accept/shares", **document),
        post(statistician, "/accept", **document),
    ]
    with site.extensions["store"].begin() as session, pytest.raises(DesignRefusedError):
        service.accept(session, small, service.BoxKeys(POINT, RECEIPTS_KEY))

    for refusal in refusals:
        assert refusal.status_code == 400
        assert "“north” has a sample of 5, fewer than 10" in refusal.text
    assert campaigns(site) == []


def test_what_was_accepted_before_the_rule_is_still_opened_and_counted(site, tmp_path):
    key = sealing.generate_opening_key()
    alike = {"unit": design().strata[0].unit, "sample": 5}
    strata = [stratum.model_copy(update=alike) for stratum in design().strata]
    earlier = manifest(strata=strata).model_dump()
    published = PublishedManifest.model_validate(earlier | of_answers(sealing.public_bytes(key)))
    store = site.extensions["store"]
    with store.begin() as session:
        campaign = Campaign(campaign="spring", box="collecting", published=published.canonical())
        session.add(campaign)
        session.flush()
        session.add_all(ballot(published, "north", set()) for _ in range(11))

    outcomes = opening.open_box(store, tmp_path, "spring", {"south": "north"}, key, OVER)

    assert outcomes["kept"] == 11


def test_accepting_makes_the_key_under_its_passphrase(site, statistician, tmp_path):
    document = manifest().canonical().decode()
    fields = {"document": document, "keeper": "none", "key": "passphrase", "passphrase": PASSPHRASE}
    unequal = post(statistician, "/accept", **fields, again="another passphrase")
    short = post(statistician, "/accept", **(fields | {"passphrase": "short", "again": "short"}))
    answer = post(statistician, "/accept", **fields, again=PASSPHRASE)

    assert "not the same" in unequal.text
    assert "This passphrase is quickly guessed" in short.text
    assert answer.location == "/spring/box"
    assert campaigns(site) == ["spring"]
    file = statistician.get("/spring/key.txt")
    assert file.mimetype == "text/plain"
    assert file.data.startswith(b"survey-key/1\n")
    assert "spring.key.txt" in file.headers["Content-Disposition"]
    assert b"sealing_key" in statistician.get("/spring/manifest.json").data


def test_a_second_manifest_for_a_campaign_is_compared_and_refused(site, statistician):
    accept(site, design())
    second = manifest(title="Another").canonical()

    answer = post(statistician, "/accept/preview", keeper="none", manifest=upload(second))
    refusal = post(
        statistician, "/accept", document=second.decode(), keeper="none", key="passphrase"
    )

    assert "it stands. This one differs in: title" in " ".join(answer.text.split())
    assert refusal.status_code == 400
    assert "accepted for the campaign “spring” already" in refusal.text


def test_shares_are_typed_back_before_their_key_is_fixed(site, statistician):
    document = manifest().canonical().decode()
    key = sealing.generate_opening_key()
    words = key_shares.split(key)
    fields = {"document": document, "keeper": "none", "key": "shares", "point": "another"}

    refusal = post(statistician, "/accept", **fields, share=words[:2])

    assert "not those that were shown" in refusal.text
    assert campaigns(site) == []


def full_box(site):
    published, key = accept(site, design())
    with site.extensions["store"].begin() as session:
        for stratum in ("north", "south", "office"):
            session.add_all(ballot(published, stratum, set()) for _ in range(12))
    return key_shares.split(key), published


def ending(published, **credentials):
    """What a form says so that the box may be closed before its last day."""
    statement = closing_statement(published, **credentials).canonical()
    return {"sure": "yes", "statement": (io.BytesIO(statement), "closing.json")}


def test_an_opening_that_is_refused_closes_the_box_before_it_tells_a_number(site, statistician):
    published, key = accept(site, design())
    with site.extensions["store"].begin() as session:
        session.add_all(ballot(published, "north", set()) for _ in range(3))
        session.add_all(ballot(published, "south", set()) for _ in range(12))
    words = key_shares.split(key)[:2]

    def open_with(share=words, **fields):
        return post(statistician, "/spring/open", share=share, **ending(published), **fields)

    no_key, no_words = open_with([]), open_with(["x", "y"])
    another = open_with(key_shares.split(sealing.generate_opening_key())[:2])
    assert "key of another campaign" in another.text
    no_merge = open_with(**{"merge:north": "office"})
    assert "not of one post category" in no_merge.text
    assert "Collecting" in statistician.get("/spring/box").text
    for early in (no_key, no_words, another, no_merge):
        assert early.status_code == 400
        assert "(3)" not in early.text

    refusal = open_with()

    assert "“north” (3)" in refusal.text
    assert "Collecting" not in statistician.get("/spring/box").text


def test_shares_come_first_and_the_proposed_passphrase_is_one_that_is_taken(site, statistician):
    document = manifest().canonical()
    page = post(statistician, "/accept/preview", keeper="none", manifest=upload(document)).text
    (words,) = re.findall(r'id="words">([a-z ]+)<', page)
    fields = {"document": document.decode(), "key": "passphrase", "passphrase": words}
    fields |= {"keeper": "none"}

    answer = post(statistician, "/accept", **fields, again=f" {words}")

    assert page.index("Make three shares") < page.index("Without shares") < page.index("Once more")
    assert answer.location == "/spring/box"
    assert len(words.split()) == 6


def accept_with_file(site, folder):
    """Set a box up whose key lies on the server, in a file that is quickly read."""
    published, key = accept(site, design())
    path = folder / "answers" / "analyse" / "spring.key.txt"
    path.write_bytes(key_files.protect(key, PASSPHRASE, Cost(64, 1, 1)))
    return path, published


def test_the_turnout_is_rounded_down_while_answers_come_in(site, statistician):
    full_box(site)

    rows = statistician.get("/spring/box").text.split("<tbody>")[1].split("</tbody>")[0]

    assert rows.count("≥ 10") == 3
    assert "12" not in rows


def test_anyone_sees_the_turnout_in_the_same_grain(site, tmp_path):
    full_box(site)
    with serving("respond", tmp_path) as respond:
        page = respond.test_client().get("/spring/turnout").text
        no_page = respond.test_client().get("/nothing/turnout")

    rows = page.split("<tbody>")[1].split("</tbody>")[0]
    assert rows.count("≥ 10") == 3
    assert "12" not in rows
    assert no_page.status_code == 404


def test_a_box_of_which_nothing_is_opened_has_its_pages(site, statistician):
    open_box(site, design(), {"north": [set()] * 3, "south": [set()] * 2, "office": []})

    for page in ("", "quality", "compare", "pictures", "box", "rates.csv"):
        assert statistician.get(f"/spring/{page}").status_code == 200
    assert "The box gave no sheet" in statistician.get("/spring/").text
    assert "stays sealed" in statistician.get("/spring/").text
    assert statistician.get("/spring/pictures/funnel.svg").status_code == 200
    assert statistician.get("/spring/pictures/forest.svg").status_code == 404


def test_a_box_opens_with_two_shares(site, statistician):
    words, published = full_box(site)
    unsure = post(statistician, "/spring/open", share=words[:2])
    stranger = key_shares.split(sealing.generate_opening_key())
    wrong = post(statistician, "/spring/open", share=stranger[:2], **ending(published))

    answer = post(statistician, "/spring/open", share=words[1:], **ending(published))

    assert "Confirm that the box is closed" in unsure.text
    assert "key of another campaign" in wrong.text
    assert answer.location == "/spring/box"
    page = statistician.get("/spring/box").text
    assert "36 of 36 ballots gave a sheet." in page
    assert statistician.get("/spring/progress.json").json["state"] == "done"
    again = post(statistician, "/spring/open", share=words[1:], sure="yes")
    assert again.status_code == 409
    with site.extensions["store"].read() as session:
        log = session.query(Audit).order_by(Audit.entry).all()
    entries = [
        (entry.action, entry.account, entry.origin) for entry in log if entry.campaign == "spring"
    ]
    assert entries[1:] == [("close", NAME, "page"), ("open", NAME, "page")]


def test_a_box_with_a_keeper_is_stripped_on_its_page_and_then_opened(site, statistician):
    keeper = sealing.generate_opening_key()
    published, key = accept(site, design(), keeper)
    with site.extensions["store"].begin() as session:
        session.add_all(ballot(published, name, set()) for name in ["north"] * 12 + ["office"] * 3)
    page = statistician.get("/spring/box").text
    assert "/spring/strip" in page
    assert "/spring/open" not in page
    form = {"passphrase": PASSPHRASE, "merge:south": "north"}

    def strip(key, **fields):
        file = (io.BytesIO(key_files.protect(key, PASSPHRASE, Cost(64, 1, 1))), "keeper.key")
        return post(statistician, "/spring/strip", keeper=file, **form, **fields)

    early = strip(keeper, sure="yes")
    assert "only with the issuer" in early.text
    stuffed = strip(keeper, **ending(published, north=11))
    assert "“north” has 12 ballots" in stuffed.text
    wrong = strip(key, **ending(published))
    assert "not the seal keeper" in wrong.text
    assert "Collecting" in statistician.get("/spring/box").text

    unconfirmed = strip(keeper, **ending(published))
    assert "Its page names their strata" in unconfirmed.text
    assert "<li>office: 3</li>" in statistician.get("/spring/box").text
    assert strip(keeper, leave_sealed="yes", **ending(published)).status_code == 302
    assert "seals are off, not opened" in statistician.get("/spring/box").text
    words = key_shares.split(key)
    assert post(statistician, "/spring/open", share=words[:2], sure="yes").status_code == 302
    assert "12 of 15 ballots gave a sheet." in statistician.get("/spring/box").text
    with site.extensions["store"].read() as session:
        log = session.query(Audit).filter_by(campaign="spring").order_by(Audit.entry).all()
    assert [entry.action for entry in log] == ["accept", "close", "strip", "open"]


def test_whether_there_is_a_keeper_must_be_chosen(site, statistician):
    document = manifest().canonical()
    key = sealing.generate_opening_key()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    refusal = post(statistician, "/accept/preview", manifest=upload(document))
    no_file = post(statistician, "/accept/preview", keeper="named", manifest=upload(document))
    preview = post(
        statistician,
        "/accept/preview",
        keeper="named",
        keeper_key=upload(pem),
        manifest=upload(document),
    )

    assert "Choose whether there is a seal keeper." in refusal.text
    assert "Choose a file first." in no_file.text
    assert fingerprint(sealing.public_bytes(key)) in preview.text
    fields = {"document": document.decode(), "key": "public", "keeper": to_text(b"no point")}
    assert "Choose whether" in post(statistician, "/accept", **fields).text
    fields |= {"keeper": to_text(sealing.public_bytes(key)), "public": upload(pem)}
    assert "is used already" in post(statistician, "/accept", **fields).text


def test_a_key_file_of_the_first_release_opens_and_is_told_to_be_old(site, statistician):
    published, key = accept(site, design())
    upload_of_old = (io.BytesIO(old_file(key, PASSPHRASE)), "spring.p12")
    fields = {"key": upload_of_old, "passphrase": PASSPHRASE, **ending(published)}

    answer = post(statistician, "/spring/open", **fields)

    assert answer.location == "/spring/box?key_file=old"
    page = statistician.get(answer.location).text
    assert "That key file is of the old form" in page
    assert "rewrite-key spring.p12" in page


def test_an_old_key_file_on_the_server_is_written_anew_when_it_is_used(
    site, statistician, tmp_path
):
    published, key = accept(site, design())
    path = tmp_path / "answers" / "analyse" / "spring.p12"
    path.write_bytes(old_file(key, PASSPHRASE))
    assert statistician.get("/spring/key.txt").mimetype == "application/x-pkcs12"

    answer = post(statistician, "/spring/open", passphrase=PASSPHRASE, **ending(published))

    assert answer.location == "/spring/box"
    assert path.read_bytes().startswith(b"survey-key/1\n")


def test_the_pages_ask_until_it_is_said_that_the_key_is_destroyed(site, statistician, tmp_path):
    path, published = accept_with_file(site, tmp_path)
    too_early = post(statistician, "/spring/destroy-key", destroyed="yes")
    post(statistician, "/spring/open", passphrase=PASSPHRASE, **ending(published))
    reminders = [statistician.get(page).text for page in ("/", "/spring/box")]
    unsure = post(statistician, "/spring/destroy-key")

    answer = post(statistician, "/spring/destroy-key", destroyed="yes")

    assert "its keys are still needed" in too_early.text
    assert all("Destroy" in page for page in reminders)
    assert "Confirm that no copy" in unsure.text
    assert answer.location == "/spring/box"
    assert "destroy-key" not in statistician.get("/").text
    page = statistician.get("/spring/box").text
    assert f"Destroyed: opening key. {NAME} said so on" in page
    assert "destroy-key" not in page
    assert "said already" in post(statistician, "/spring/destroy-key", destroyed="yes").text
    assert not path.exists()
    with site.extensions["store"].read() as session:
        log = session.query(Audit).order_by(Audit.entry).all()
    assert (log[-1].action, log[-1].account, log[-1].detail) == ("destroy key", NAME, "opening")


def test_a_wrong_passphrase_leaves_the_box_as_it_is(site, statistician, tmp_path):
    accept_with_file(site, tmp_path)

    refusal = post(statistician, "/spring/open", passphrase="wrong one", sure="yes")

    assert refusal.status_code == 400
    assert "the passphrase is wrong" in refusal.text
    assert "Collecting" in statistician.get("/spring/box").text


@pytest.mark.parametrize(
    "query",
    ["level=2", "method=none", "fpc=perhaps", "weighting=x", "validity=x", "adjustment=x"],
)
def test_options_that_there_are_none_of_are_refused(site, statistician, query):
    open_box(site, design(), {"north": [set()] * 10, "south": [set()] * 10, "office": [set()] * 10})

    answer = statistician.get(f"/spring/?{query}")

    assert answer.status_code == 400
    assert "There is no such option" in answer.text or "no validity rules" in answer.text


@pytest.mark.parametrize("page", ["", "quality", "compare", "pictures", "rates.csv"])
def test_every_page_takes_every_weighting(site, statistician, page):
    open_box(site, design(), {"north": [set()] * 10, "south": [set()] * 10, "office": [set()] * 10})

    for weighting in ("strata", "classes", "raked"):
        answer = statistician.get(f"/spring/{page}?weighting={weighting}&validity=strict-1")
        assert answer.status_code == 200
        assert "nan" not in answer.text.lower().split()
    assert statistician.get("/spring/pictures/none.svg").status_code == 404


def test_a_rehearsal_is_named_on_every_page_of_both_sites(site, statistician, tmp_path):
    counts = dict.fromkeys(("north", "south", "office"), [set[str]()] * 12)
    open_box(site, design(rehearsal=True), counts)
    with serving("respond", tmp_path) as respond:
        public = respond.test_client()
        pages = [public.get(f"/spring/{page}").text for page in ("turnout", "receipts")]
        listed = public.get("/campaigns.json").json

    pages += [
        statistician.get(f"/{page}").text
        for page in ("", "spring/box", "spring/", "spring/quality", "spring/releases")
    ]
    assert all("[Rehearsal]" in page for page in pages)
    assert listed == {"campaigns": []}


def test_the_turnout_as_data_has_the_grain_of_the_page(site, tmp_path):
    full_box(site)
    with serving("respond", tmp_path) as respond:
        answer = respond.test_client().get("/spring/turnout.json")

    counts = [{"stratum": name, "ballots": 10} for name in ("north", "south", "office")]
    assert answer.json == {"campaign": "spring", "strata": counts}
