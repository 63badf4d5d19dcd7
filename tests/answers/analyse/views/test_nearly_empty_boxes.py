"""Boxes with next to nothing in them: every page and file says so, and none says NaN or None."""

import io
import re
import zipfile

import pytest

from survey_app.answers.analyse.exports import pictures
from survey_app.answers.analyse.views.files import FILES
from tests.sites import csrf_token, design, open_box, serving, sign_in

ITEMS = {"red_envelope", "banquet"}
BOXES: dict[str, dict[str, list[set[str]]]] = {
    "empty": {},
    "one respondent": {"north": [set()]},
    "one in each stratum": {"north": [ITEMS], "south": [set()], "office": [set()]},
    "no one met anything": {"north": [set()] * 12, "south": [set()] * 11, "office": [set()] * 12},
    "one category only": {"office": [set()] * 15},
}
STRANGE = re.compile(r"(?<![\w.-])(?:-?nan|NaN|None|-?inf|Infinity|undefined)(?![\w-])")
OPTIONS = ("", "&weighting=classes", "&weighting=raked", "&method=xlogit", "&validity=strict-1")


@pytest.fixture(scope="module", params=BOXES)
def statistician(request, tmp_path_factory):
    with serving("analyse", tmp_path_factory.mktemp("degenerate")) as site:
        open_box(site, design(), BOXES[request.param])
        client = site.test_client()
        sign_in(client)
        yield client


def addresses(client):
    """Every page and file of the results, but the print of one of them, and a release of them."""
    token = csrf_token(client.get("/spring/releases").text)
    answer = client.post("/spring/releases", data={"csrf_token": token})
    assert answer.status_code in (302, 400)
    yield from answer.headers.get_all("Location")
    yield from (f"/spring/files/{name}" for name in FILES if name != "report.pdf")
    yield from (f"/spring/pictures/{name}.svg" for name in pictures.NAMES)
    for rule in client.application.url_map.iter_rules():
        is_page = "GET" in rule.methods and rule.arguments == {"campaign"}
        if (
            is_page
            and rule.endpoint.startswith("analyse.")
            and rule.endpoint != "analyse.key_of_box"
        ):
            yield rule.rule.replace("<campaign>", "spring")


def read(reply):
    """All text of a page, or of the parts of an office file."""
    if reply.data[:2] == b"PK":
        parts = zipfile.ZipFile(io.BytesIO(reply.data))
        return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    return reply.data.decode("utf-8", "replace")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_says_what_no_reader_understands(statistician, language):
    for address in addresses(statistician):
        for options in OPTIONS:
            reply = statistician.get(f"{address}?lang={language}{options}")
            assert reply.status_code in (200, 400, 401, 404), (address, options)
            assert STRANGE.findall(read(reply)) == [], (address, options)
