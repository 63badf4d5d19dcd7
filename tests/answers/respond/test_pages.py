"""The pages beside the questionnaire: where to go with what one has, and what is promised."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from survey_app.answers.store.models import Box, Campaign
from survey_app.crypto.credentials import check_code
from tests.conftest import AFTER, BEFORE
from tests.installation import NOW_OPEN, TODAY
from tests.public import CHINESE
from tests.sites import accept, design, serving

PERSON = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CODE = "K7QX-2M4P-W9ZD-3FHT-6VNB"
SENTENCE = re.compile(r"<span lang=(zh-CN|en)>(.*?)</span>", re.DOTALL)
ENTRY = re.compile(r"<li><b>.*?</li>", re.DOTALL)
WORDS = ["指纹", "盲签", "凭证", "Merkle", "清单", "入箱", "fingerprint", "blind", "credential"]
"""What a person of 50 need not know."""


@pytest.fixture
def respond(tmp_path):
    with serving("respond", tmp_path) as site:
        yield site


def sentences(page):
    """The sentences of a page, by language; they stand in pairs."""
    pairs = SENTENCE.findall(page)
    assert [lang for lang, _ in pairs] == ["zh-CN", "en"] * (len(pairs) // 2)
    return [text for lang, text in pairs if lang == "zh-CN"], [
        text for lang, text in pairs if lang == "en"
    ]


def set_box(site, campaign, box):
    with site.extensions["store"].begin() as session:
        session.execute(update(Campaign).where(Campaign.campaign == campaign).values(box=box))


def entries(page):
    """What the start page lists, by the last word of each campaign's address."""
    return {
        re.findall(r'href="/([a-z-]+)/receipts"', entry)[0]: entry for entry in ENTRY.findall(page)
    }


def test_the_start_page_lists_every_survey_with_its_days_and_its_check_page(respond):
    for name, window in (("open", NOW_OPEN), ("early", BEFORE), ("late", AFTER)):
        accept(respond, design(name, window=window))
    accept(respond, design("closed", window=NOW_OPEN))
    set_box(respond, "closed", Box.OPENED)

    page = respond.test_client().get("/").text

    entry_of = entries(page)
    assert list(entry_of) == ["open", "early", "closed", "late"]
    assert [name for name in entry_of if f'href="/{name}/"' in entry_of[name]] == ["open"]
    last_day = TODAY + timedelta(days=30)
    assert f"最后一天：{last_day.year}年{last_day.month}月{last_day.day}日" in entry_of["open"]
    assert f"Last day: {last_day.day} {last_day:%B} {last_day.year}" in entry_of["open"]
    assert "第一天：" in entry_of["early"]
    assert "最后一天是" in entry_of["late"]
    assert "Closed before its last day" in entry_of["closed"]


def test_the_start_page_says_what_to_do_with_a_link_a_code_or_a_receipt_alone(respond):
    page = respond.test_client().get("/").text

    chinese, english = sentences(page)
    assert "这里现在没有问卷。" in chinese
    for prefix in ("只有邀请码", "链接打不开", "只有回执"):
        assert [text for text in chinese if text.startswith(prefix)]
    assert not [text for text in english if CHINESE.search(text)]


@pytest.mark.parametrize("path", ["/", "/spring/nothing", f"/spring/%23{CODE}", "/spring/turnout"])
def test_no_page_for_everybody_uses_an_engineers_word(respond, path):
    accept(respond, design())
    chinese, english = sentences(respond.test_client().get(path, headers=PERSON).text)

    assert [word for word in WORDS for text in chinese + english if word in text] == []


@pytest.mark.parametrize(
    "path",
    [
        f"/spring/%23{CODE}.digest.north",
        f"/spring%23{CODE}.digest.north",
        f"/spring/%2523{CODE}.digest.north",
        f"/spring/?from=singlemessage%23{CODE}.digest.north",
        f"/spring/receipts/%23{CODE}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_whose_mark_was_changed_gets_a_page_that_says_so(respond, caplog, path, method):
    accept(respond, design())

    answer = respond.test_client().open(path, method=method, headers=PERSON)

    assert answer.status_code == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Location" not in answer.headers
    assert CODE not in answer.text + str(answer.headers) + caplog.text
    if method == "GET":
        assert 'id="mended" class="button main" href="/spring/"' in " ".join(answer.text.split())
        assert "changed_link.js" in answer.text


def test_a_program_that_asks_for_a_changed_link_is_refused_without_a_redirect(respond):
    accept(respond, design())

    answer = respond.test_client().get(f"/spring%23{CODE}")

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert CODE not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", [f"/nothing/%23{CODE}", f"/%23{CODE}"])
def test_a_changed_link_to_no_survey_leads_to_the_start_page(respond, path):
    answer = respond.test_client().get(path, headers=PERSON)

    assert answer.status_code == 200
    assert CODE not in answer.text
    assert 'id="mended" class="button main" href="/"' in " ".join(answer.text.split())


def refused(site, path, status, method="GET"):
    """See a refusal's page in both languages whatever the browser prefers."""
    client = site.test_client()
    pages = [
        client.open(path, method=method, headers=PERSON | {"Accept-Language": tag})
        for tag in ("zh-CN", "en", "fr")
    ]

    assert {page.status_code for page in pages} == {status}
    assert len({page.text for page in pages}) == 1
    page = pages[0].text
    chinese, english = sentences(page)
    assert all(map(CHINESE.search, chinese))
    assert not any(map(CHINESE.search, english))
    assert "lang=" not in re.sub(r"<(?:html|span|button)[^>]*>", "", page)
    assert 'href="/manage' not in page
    assert 'href="/analyse' not in page
    assert "style-src 'self'" in pages[0].headers["Content-Security-Policy"]
    return page


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/spring/nothing", "GET", 404), ("/spring/ballots", "GET", 405), ("/spring/", "PUT", 405)],
)
def test_a_refusal_leads_to_the_survey_its_check_page_and_the_start(respond, path, method, status):
    accept(respond, design())

    page = refused(respond, path, status, method)

    for address in ("/spring/", "/spring/receipts", "/"):
        assert f'href="{address}"' in page


def test_of_a_survey_that_is_not_here_a_refusal_leads_to_the_start_alone(respond):
    page = refused(respond, "/nothing/turnout", 404)

    assert 'href="/"' in page
    assert "receipts" not in page
    assert "“nothing”" in page


def test_a_failure_and_a_store_that_is_away_have_the_same_page(respond):
    accept(respond, design())
    respond.config["PROPAGATE_EXCEPTIONS"] = False
    respond.test_client().get("/spring/anonymity")

    def fail(*_, **__):
        raise RuntimeError

    def go_away(*_, **__):
        raise OperationalError("", {}, Exception())

    respond.view_functions["respond.turnout_page"] = fail
    assert "never uses a code up" in refused(respond, "/spring/turnout", 500)
    respond.view_functions["respond.index"] = go_away
    assert "never uses a code up" in refused(respond, "/", 503)


def test_the_details_say_who_asks_what_for_until_when_and_that_it_is_no_channel(respond):
    about = {
        "organiser": {"zh": "某市纪委", "en": "Inspection commission"},
        "purpose": {"zh": "改进服务", "en": "Better services"},
        "contact": {"zh": "电话 000", "en": "Telephone 000"},
        "results": {"zh": "在网站公布", "en": "On the website"},
        "report_channel": {"zh": "12345 热线", "en": "The hotline 12345"},
    }
    manifest, _ = accept(respond, design("asked", **about))
    accept(respond, design("spring", rehearsal=True, **dict.fromkeys(about)))
    client = respond.test_client()
    page, silent = client.get("/asked/anonymity").text, client.get("/spring/anonymity").text

    chinese, english = sentences(page)
    assert "主办：某市纪委" in chinese
    assert "Contact: Telephone 000" in english
    assert "最后一天：2099年12月31日" in chinese
    assert "结果怎么用：在网站公布" in chinese
    assert "Where wrongdoing is reported: The hotline 12345" in english
    assert "use the channel that there is" not in page
    assert f"<code>{check_code(manifest.root)}</code>" in page
    assert "这不是举报渠道" in page
    assert "use the channel that there is" in silent
    assert "names no contact" not in page
    assert "names no contact" in silent


def test_each_limit_comes_with_what_one_can_do(respond):
    accept(respond, design())
    page = respond.test_client().get("/spring/anonymity").text

    section = page.split("防不住什么，您能怎么办")[1].split("<h2>")[0]
    limits = re.findall("<li>(.*?)</li>", section, re.DOTALL)
    assert len(limits) >= 10
    assert [limit for limit in limits if limit.count("What you can do: ") != 1] == []


def test_the_details_of_how_a_ballot_travels_come_after_what_everybody_needs(respond):
    accept(respond, design())
    chinese, english = sentences(respond.test_client().get("/spring/anonymity").text)

    first = " ".join(
        [
            *chinese[: chinese.index("两方各知道什么")],
            *english[: english.index("What each side knows")],
        ]
    )
    assert [word for word in WORDS if word in first] == []
    assert not [text for text in [*chinese, *english] if "指纹" in text or "fingerprint" in text]
