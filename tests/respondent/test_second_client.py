"""A client written from docs/protocol.md alone gets from a code to a receipt, and so may others."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from questionnaires import load
from survey_app import errors
from survey_app.answers.respond.api import OPERATIONS as RESPOND
from survey_app.crypto.encoding import from_text
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.issue.api import OPERATIONS as ISSUE
from tests.installation import ROOT, Installation, stratum
from tests.respondent import vectors

CLIENT = Path(__file__).with_name("second_client.mjs")
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
NAME = "elsewhere"
ANSWERS = dict.fromkeys(load("external").codes, 0) | {"dealings": 1, "attention": 1}
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
    installation.campaign(NAME, [stratum("north", sample=12)])
    installation.start()
    yield installation, [row["link"] for row in installation.invitations(NAME)]
    installation.stop()


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
    sheets = [json.dumps(ANSWERS | {"banquet": int(i < 3)}) for i in range(10)]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(output_of, ["answer"] * 10, answering, sheets))
    again = node("answer", answering[0], sheets[0])
    installation.close_and_open(NAME)
    page = answering[0].partition("#")[0]
    checks = [output_of("check", page, outcome["receipt"]) for outcome in outcomes[:2]]
    stranger = node("check", page, "0" * 64)

    assert {outcome["stratum"] for outcome in outcomes} == {"north"}
    assert "409 code_refused" in again.stderr
    assert [check["ballots"] for check in checks] == [10, 10]
    assert "not in the list" in stranger.stderr
    banquet = [row for row in installation.rates(NAME) if row["item"] == "banquet"]
    assert {(row["valid"], row["yes"]) for row in banquet} == {("10", "3")}


def test_the_second_client_refuses_a_survey_that_its_link_does_not_name(box):
    _, links = box
    link, _, _ = links[0].rpartition(".")

    process = node("answer", f"{link}.{'A' * 43}", "{}")

    assert process.returncode == 1
    assert "not the one of the link" in process.stderr


def test_the_page_lists_every_step_of_the_vectors():
    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE, flags=re.MULTILINE)

    assert [name for name in listed if name in vectors.STEPS] == list(vectors.read())


def test_the_page_names_every_tag_that_the_program_hashes_or_signs():
    code = "".join(path.read_text("utf-8") for path in (ROOT / "survey_app").rglob("*.py"))

    tags = set(re.findall(r'b"([a-z ]+/v\d+/?)', code))

    assert {"credential/v1", "ballot/v1", "receipt/v1"} <= tags
    assert tags <= set(re.findall(r"`([a-z ]+/v\d+/?)`", PAGE))


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
        path.replace("/ID/", "/{campaign}/"): (verb, int(status), fields(body), fields(answer))
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
    return {field for part in [schema, *inner] for field in part["properties"]}


def test_the_lengths_on_the_page_are_those_of_the_vectors():
    published = vectors.read()
    message = from_text(published["message"]["output"]["message"])
    sheet = from_text(published["sheet"]["output"]["sheet"])
    sealed = from_text(published["sealing"]["output"]["sealed"])

    assert "| message | 77 + campaign + stratum |" in PAGE
    assert len(message) == 77 + len("example") + len("north")
    assert "| sealed | 81 + sheet |" in PAGE
    assert len(sealed) == 81 + len(sheet)
