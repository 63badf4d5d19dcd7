"""A client written from docs/protocol.md alone gets from a code to a receipt, and so may others."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import urllib3
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from questionnaires import load
from survey_app import errors
from survey_app.answers.respond.api import OPERATIONS as RESPOND
from survey_app.crypto.encoding import from_text, to_text
from survey_app.documents.design import canonical
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.issue.api import OPERATIONS as ISSUE
from tests.installation import ROOT, Installation, stratum
from tests.respondent import vectors

CLIENT = Path(__file__).with_name("second_client.mjs")
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
NAME = "elsewhere"
Change = Callable[[Any], None]
ANSWERS = dict.fromkeys(load("external").codes, 0) | {"dealings": 1, "attention": 9}
NO_NODE = "The second client needs Node 20 or newer (Debian: nodejs); `make programs` installs it."
REFUSALS = {
    errors.InputError,
    errors.NotFoundError,
    errors.StateError,
    errors.CodeRefusedError,
    errors.BallotRefusedError,
    errors.CredentialSpentError,
    errors.ClosedError,
    errors.NotYetOpenError,
    errors.PausedError,
    errors.StoreUnavailableError,
}
"""What the services of the public sites raise."""


def node(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("node")
    assert program, NO_NODE
    command = [program, str(CLIENT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, encoding="utf-8", timeout=120)


def output_of(*arguments: object) -> Any:
    process = node(*arguments)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, list[str]]]:
    """A survey that runs, and the links to it."""
    installation = Installation(tmp_path_factory.mktemp("second") / "installation")
    installation.campaign(NAME, [stratum("north", sample=40), stratum("south", sample=12)])
    installation.start()
    yield (
        installation,
        [row["link"] for row in installation.invitations(NAME) if row["stratum"] == "north"],
    )
    installation.stop()


class Liar:
    """A server in between, which alters one answer of the survey's."""

    def __init__(self, base: str, address: str, change: Change) -> None:
        self.base, self.address, self.change = base, address, change

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        reply = urllib3.request(
            request.method,
            self.base + request.path,
            body=request.get_data() or None,
            headers={"Content-Type": "text/plain"},
            retries=False,
        )
        content = reply.data
        if request.path.endswith(self.address) and reply.status < 400:
            fields = json.loads(content)
            self.change(fields)
            content = canonical(fields)
        return Response(content, reply.status)(environ, start_response)


@contextmanager
def lying(installation: Installation, address: str, change: Change) -> Iterator[str]:
    """The address of such a server."""
    server = make_server("127.0.0.1", 0, Liar(installation.base, address, change), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def put(*place: str | int, value: Any) -> Change:
    """Alter one place of a document."""
    *way, last = place

    def change(fields: Any) -> None:
        for step in way:
            fields = fields[step]
        fields[last] = value(fields[last]) if callable(value) else value

    return change


ZEROS = to_text(bytes(64))
LIES: list[tuple[str, Change, str]] = [
    ("/manifest.json", put("strata", 0, "population", value=999), "not the one of the link"),
    ("/manifest.json", put("risk", "medium", value=0.01), "not the one of the link"),
    ("/manifest.json", put("format", value="survey-manifest/3"), "no manifest"),
    (
        "/north.json",
        put("stratum", value=lambda leaf: leaf.replace('"population":200', '"population":201')),
        "not in the manifest",
    ),
    ("/north.json", put("path", value=lambda path: [*path, "A" * 43]), "too long"),
    ("/north.json", put("path", value=[]), "too short"),
    ("/credentials", put("signature", value=to_text(bytes(256))), "does not fit the key"),
    ("/ballots", put("receipt", value="0" * 64), "not that of this ballot"),
    ("/ballots", put("signature", value=ZEROS), "not signed by the box"),
]
AFTERWARDS: list[tuple[str, Change, str]] = [
    ("/counts.json", put("signature", value=ZEROS), "statement is not signed"),
    ("/counts.json", put("strata", 0, "credentials", value=11), "statement is not signed"),
    ("/counts.json", put("root", value=to_text(bytes(32))), "of another manifest"),
    ("/receipts.json", put("root", value="0" * 64), "root"),
    ("/receipts.json", put("strata", 0, "ballots", value=9), "as many ballots as receipts"),
]


@pytest.mark.parametrize(("address", "change", "sentence"), LIES)
def test_the_second_client_refuses_a_server_that_lies(box, address, change, sentence):
    installation, links = box
    with lying(installation, address, change) as base:
        process = node("answer", links.pop().replace(installation.base, base), json.dumps(ANSWERS))

    assert process.returncode == 1
    assert sentence in process.stderr


def test_the_second_client_sends_no_code_with_a_slip(box):
    _, links = box
    page, _, fragment = links[0].partition("#")
    code = fragment.partition(".")[0]
    slip = ("0" if code[0] != "0" else "1") + code[1:]

    process = node("answer", f"{page}#{slip}", "{}")

    assert process.stderr.startswith("a character of the code is wrong")


@pytest.mark.parametrize("step", vectors.STEPS)
def test_our_code_computes_the_vectors(step):
    published = vectors.read()

    output = vectors.STEPS[step](published[step]["input"], published)

    assert output == published[step]["output"]


def test_a_client_in_another_language_computes_the_vectors():
    assert output_of("compute", vectors.FILE) == vectors.read()


@pytest.mark.parametrize("step", ["blinding", "sealing", "ballot", "backup"])
def test_a_vector_that_was_altered_is_found(step):
    published = json.loads(vectors.FILE.read_text(encoding="utf-8"))
    field = next(iter(published[step]["output"]))
    published[step]["output"][field] = "A"

    assert vectors.STEPS[step](published[step]["input"], published) != published[step]["output"]


def test_ten_ballots_of_the_second_client_are_counted(box):
    installation, links = box
    answering = [links.pop() for _ in range(10)]
    page, _, fragment = answering[-1].partition("#")
    answering[-1] = f"{page}#{fragment.partition('.')[0]}"  # a code that was typed
    sheets = [json.dumps(ANSWERS | {"banquet": int(i < 3)}) for i in range(10)]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(output_of, ["answer"] * 10, answering, sheets))
    again = node("answer", answering[0], sheets[0])
    installation.close_and_open(NAME, "--merge", "south=north")
    checks = [output_of("check", page, outcome["receipt"]) for outcome in outcomes[:2]]
    stranger = node("check", page, "0" * 64)
    for address, change, sentence in AFTERWARDS:
        with lying(installation, address, change) as base:
            lie = node("check", page.replace(installation.base, base), outcomes[0]["receipt"])
        assert sentence in lie.stderr

    assert {outcome["stratum"] for outcome in outcomes} == {"north"}
    assert "409 code_refused" in again.stderr
    assert "not in the list" in stranger.stderr
    banquet = [row for row in installation.rates(NAME) if row["item"] == "banquet"]
    assert {row["yes"] for row in banquet} == {"3"}
    assert {int(row["valid"]) for row in banquet} == {check["ballots"] for check in checks}


def test_the_second_client_refuses_a_survey_that_its_link_does_not_name(box):
    _, links = box
    code, root, stratum = links[0].split(".")[-3:]
    link = links[0].removesuffix(f".{root}.{stratum}")
    assert link.endswith(code)

    process = node("answer", f"{link}.{'A' * 43}.{stratum}", "{}")

    assert process.returncode == 1
    assert "not the one of the link" in process.stderr


def test_the_page_lists_every_step_of_the_vectors():
    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE, flags=re.MULTILINE)

    assert [name for name in listed if name in vectors.STEPS] == list(vectors.read())


def test_the_page_names_every_tag_that_the_program_hashes_or_signs():
    code = "".join(path.read_text("utf-8") for path in (ROOT / "survey_app").rglob("*.py"))

    tags = set(re.findall(r'"([a-z -]+/v\d+/?)"', code))
    tags |= {f"{label}/v2" for label in re.findall(r'bind\([a-z.]+, "([a-z]+)"', code)}

    assert {"credential/v2", "inner/v2", "receipt/v2", "signed-receipt/v2", "closing/v2"} <= tags
    assert tags <= set(re.findall(r"`([a-z -]+/v\d+/?)`", PAGE))


def test_the_page_lists_every_refusal_of_the_public_sites():
    rows = re.findall(r"^\| \d{3}[^|]* \| (`[^|]+) \|", PAGE, flags=re.MULTILINE)
    listed = {code for row in rows for code in re.findall(r"`(\w+)`", row)}

    own = {"bad_request", "not_found", "method_not_allowed", "too_large", "not_json", "failed"}
    assert listed == {refusal.code for refusal in REFUSALS} | own | {"busy"}


@pytest.mark.parametrize(("site", "operations"), [("ISSUE", ISSUE), ("RESPOND", RESPOND)])
def test_the_page_lists_every_address_with_its_fields(site, operations):
    rows = re.findall(
        r"^\| `(GET|POST) (\w+)(/[^`]+)` \|([^|]*)\| (\d+)([^|]*) \|", PAGE, re.MULTILINE
    )
    listed = {
        path.replace("/ID/", "/{campaign}/").replace("STRATUM", "{stratum}"): (
            verb,
            int(status),
            fields(body),
            fields(answer),
        )
        for verb, own, path, body, status, answer in rows
        if own == site
    }

    assert listed == {
        path: (
            "POST" if operation.body else "GET",
            operation.status,
            set(operation.body.model_fields) if operation.body else set(),
            set() if operation.answer is PublishedManifest else names(operation.answer),
        )
        for path, operation in operations.items()
    }


def fields(cell: str) -> set[str]:
    """The names in a cell's JSON."""
    return set(re.findall(r'"(\w+)"', cell)) - {"zh", "en"}


def names(model: Any) -> set[str]:
    """The fields of an answer, and of what its lists hold."""
    schema = model.model_json_schema()
    inner = [part for name, part in schema.get("$defs", {}).items() if name != "Names"]
    return {field for part in [schema, *inner] for field in part.get("properties", ())}


def test_the_lengths_on_the_page_are_those_of_the_vectors():
    published = vectors.read()
    message = from_text(published["message"]["output"]["message"])
    sheet = from_text(published["sheet"]["output"]["sheet"])
    sealed = from_text(published["sealing"]["output"]["sealed"])

    only = from_text(published["sealing"]["output"]["only"])

    assert "| message | 93 + campaign + stratum |" in PAGE
    assert len(message) == 93 + len("example") + len("north")
    assert "| sealed | 81 + sheet, with a keeper 162 + sheet |" in PAGE
    assert len(only) == 81 + len(sheet)
    assert len(sealed) == 162 + len(sheet)
