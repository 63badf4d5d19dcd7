"""What reaches the log, from any module or library: no code, address or path, nothing sent."""

import json
import logging
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app import logs
from survey_app.crypto.encoding import to_text

CODE = "K7QX-2M4P-W9ZD-3FHT"
CANARIES = [
    CODE,
    CODE.lower(),
    CODE.replace("-", ""),
    CODE.replace("-", " "),
    "203.0.113.9",
    "2001:db8::8a2e:370:7334",
    "::ffff:203.0.113.9",
    "somebody@example.org",
    "/respond/spring/ballots",
    "https://answers.example/respond/spring/#x",
    "postgresql+psycopg://service:secret@10.0.0.1/answers",
    "c0ffee" * 10 + "beef",  # the name of a test: the same in every process
    to_text(token_bytes(256)),
]
SENTENCES = [
    "%s",
    "it failed for %s",
    "'%s' is not good",
    "from=%s: refused",
    "(%s)",
    "GET %s HTTP/1.1",
]


def log_line(message, *args, **kwargs):
    record = logging.getLogger("canary").makeRecord(
        "canary", logging.ERROR, __file__, 1, message, args, kwargs.pop("exc_info", None), **kwargs
    )
    line = logs.formatter().format(record)
    return line, json.loads(line)


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_filled_into_a_message_is_not_logged(canary, sentence):
    line, values = log_line(sentence, canary)

    assert canary not in line
    assert values["logger"] == "canary"
    assert values["level"] == "error"


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_a_library_has_put_into_its_message_itself_is_masked(canary, sentence):
    line, values = log_line(sentence.replace("%s", canary))

    assert canary not in line
    assert "…" in values["event"]


@given(st.text(min_size=4, max_size=80))
def test_quoted_text_is_masked_whatever_it_is(quotation):
    if not set("'\"“”\n\\") & set(quotation):
        _, values = log_line(f'cannot read "{quotation}"')
        assert values["event"] == "cannot read …"


@pytest.mark.parametrize("canary", CANARIES)
def test_of_an_error_only_type_and_frames_are_logged(canary):
    error = ValueError(canary)
    error.__cause__ = KeyError(canary)
    line, values = log_line("It broke", exc_info=(type(error), error, None))

    assert canary not in line
    assert values["where"].startswith("builtins.ValueError at ")
    assert "because of builtins.KeyError" in values["where"]


@pytest.mark.parametrize("canary", CANARIES)
def test_fields_that_are_not_allowed_are_dropped(canary):
    line, values = log_line("Hello", extra={"path": canary, "client": canary})

    assert canary not in line
    assert set(values) == {"event", "level", "logger"}


def test_ordinary_words_stay():
    _, values = log_line("Worker failed to boot, will try again in a moment.")

    assert values["event"] == "Worker failed to boot, will try again in a moment."
