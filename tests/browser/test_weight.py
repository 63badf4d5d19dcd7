"""What a phone has to send and to load until it has its receipt, at one stratum and at many."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from survey_app.answers.analyse.box import service as box
from survey_app.config import Settings
from survey_app.crypto import sealing
from survey_app.crypto.credentials import spent_hash
from survey_app.crypto.encoding import from_text
from survey_app.documents.design import CampaignDesign, Names
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.manage.campaigns import service as office
from survey_app.identity.manage.invitations import codes, new_codes
from tests.browser.phone import Phone
from tests.installation import NOW_OPEN, free_port
from tests.sites import design, serving

MOST_BYTES = 40_000
Loads = list[tuple[str, str, int]]
ABOUT = {
    "organiser": Names(zh="某市纪律检查委员会", en="Discipline inspection commission of a city"),
    "purpose": Names(zh="改进窗口服务和监督", en="To improve services and their oversight"),
    "contact": Names(
        zh="电话 000-0000，工作日九点到五点", en="Telephone 000-0000, weekdays 9 to 5"
    ),
}


class Meter:
    """Counts what goes through a site: the browser's own questions (CORS) too."""

    def __init__(self, site: Any, loads: Loads) -> None:
        self.site, self.loads = site, loads

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        content = b"".join(self.site(environ, start_response))
        self.loads.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], len(content)))
        yield content


def _design(strata: int) -> CampaignDesign[Any]:
    """A campaign of so many strata, with everything in its header that may be there."""
    first, *_ = design("spring").strata
    names = [
        {"unit": {"zh": f"第{i}单位", "en": f"Unit {i}"}, "id": f"unit-{i:04}"}
        for i in range(strata)
    ]
    fields = [first.model_dump() | its_names for its_names in names]
    return design("spring", strata=fields, window=NOW_OPEN, **ABOUT)


@dataclass(frozen=True)
class _Published:
    """A campaign under way, a link to it, and the keys of those who open its ballots."""

    manifest: PublishedManifest
    link: str
    statisticians: sealing.OpeningKey
    keeper: sealing.OpeningKey

    def opened(self, ballot: dict[str, Any]) -> bytes:
        """Open a ballot as it was posted, through both seals."""
        stratum = self.manifest.stratum(ballot["stratum"])
        assert stratum
        seals = self.manifest.seals(stratum)
        number = spent_hash(2, from_text(ballot["message"]))
        inner = seals.strip(self.keeper, number, from_text(ballot["sealed"]))
        return seals.open_inner(self.statisticians, inner)


def _publish(folder: Path, plan: CampaignDesign[Any], issuer: str) -> _Published:
    """Take a design through both sides; all strata have one key, for keys take long."""
    settings = Settings(instance=folder)
    manage, analyse = settings.of("manage"), settings.of("analyse")
    master, campaign = manage.secret("issuer"), plan.campaign
    (pair,) = office.make_keys(plan.model_copy(update={"strata": plan.strata[:1]}), master)
    pairs = [replace(pair, stratum=stratum.id) for stratum in plan.strata]
    statisticians, keeper = sealing.generate_opening_key(), sealing.generate_opening_key()
    points = sealing.public_bytes(statisticians), sealing.public_bytes(keeper)
    at = office.Issuer(issuer, office.Issuer.of(manage, campaign).closing_key)
    with serving("manage", folder) as site, site.extensions["store"].begin() as session:
        office.create(session, plan)
        manifest = office.fix(session, campaign, pairs, at, two_managers=False)
        keys = box.BoxKeys.of(analyse, campaign, *points)
        with (
            serving("analyse", folder) as box_site,
            box_site.extensions["store"].begin() as answers,
        ):
            published = box.accept(answers, manifest.canonical(), keys)
        office.publish(session, campaign, published.canonical())
        (first, *_) = codes.hand_out(
            session, new_codes.Keys.of(manage), published, [plan.strata[-1].id]
        )
    link = published.link(settings.of("respond").respond_url, first.code, first.stratum)
    return _Published(published, link, statisticians, keeper)


@contextmanager
def _listening(name: str, folder: Path, port: int, loads: Loads) -> Iterator[None]:
    with serving(name, folder) as site:
        server = make_server("127.0.0.1", port, Meter(site, loads), threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize("strata", [1, 2000])
def test_a_receipt_costs_four_requests_and_40_kb(
    strata: int, tmp_path: Path, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond, issue = free_port(), free_port()
    monkeypatch.setenv("SURVEY_RESPOND_URL", f"http://127.0.0.1:{respond}")
    campaign = _publish(tmp_path, _design(strata), f"http://localhost:{issue}/")
    loads: Loads = []
    with (
        _listening("respond", tmp_path, respond, loads),
        _listening("issue", tmp_path, issue, loads),
    ):
        phone.open(campaign.link, "welcome")
        assert ABOUT["purpose"].zh in phone.text("#about")
        phone.press("#begin", "questions")
        phone.answer("dealings", 1)
        phone.press("#check", "review")
        phone.press("#send", "received")

    assert [f"{method} {path}" for method, path, _ in loads] == [
        "GET /spring/",
        f"GET /spring/strata/unit-{strata - 1:04}.json",
        "POST /spring/credentials",
        "POST /spring/ballots",
    ]
    assert sum(size for _, _, size in loads) <= MOST_BYTES, loads
    (ballot,) = phone.post_bodies("ballots")
    assert campaign.opened(ballot) == bytes([1, *[0xFF] * 7])
    assert phone.faults == []
