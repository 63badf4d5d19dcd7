"""A campaign of release 0.1.0 is answered by the page of today."""

import tarfile

from tests.browser.phone import Phone, address, ballots
from tests.installation import Installation
from tests.operate.test_first_release import FOLDER, codes
from tests.public import Survey


def test_links_and_typed_codes_of_the_first_release_lead_to_receipts(
    phone: Phone, installation: Installation
) -> None:
    with tarfile.open(FOLDER / "instance.tar.xz") as archive:
        archive.extractall(installation.folder, filter="data")
    installation.start()
    survey = Survey(installation, "collecting", codes())
    stratum = next(iter(survey.codes))
    before, digest = set(ballots(survey)), survey.campaign.manifest.digest

    phone.open(f"{address(survey)}#{survey.code(stratum)}.{digest}", "welcome")
    receipts = {_send(phone)}
    phone.page.goto("about:blank")
    phone.open(address(survey), "asking")
    phone.page.fill("#code", survey.code(stratum))
    phone.press("#asking .main", "welcome")
    receipts.add(_send(phone))

    assert set(ballots(survey)) - before == receipts
    assert phone.faults == []


def _send(phone: Phone) -> str:
    phone.press("#begin", "questions")
    phone.answer(phone.items()[0], 1)
    phone.press("#check", "review")
    phone.press("#send", "received")
    assert phone.signature() == ""
    return phone.receipt()
