"""Bytes as text: one spelling for every value, RFC 4648, section 5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from survey_app.crypto.encoding import Base64, from_text, to_text

FIELD: TypeAdapter[bytes] = TypeAdapter(Base64)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg"),
        (b"\xfb\xff", "-_8"),
    ],
)
def test_the_examples_of_the_rfc_without_padding(data, text):
    assert to_text(data) == text
    assert from_text(text) == data


@given(data=st.binary())
def test_what_was_encoded_decodes(data):
    assert from_text(to_text(data)) == data


@given(text=st.text("ABCabc019-_=+/ \n", max_size=12))
def test_whatever_decodes_is_the_one_spelling_of_its_bytes(text):
    try:
        data = from_text(text)
    except ValueError:
        return

    assert to_text(data) == text


@pytest.mark.parametrize(
    "text",
    ["Zg==", "Zh", "Z", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9v!", "中文", "Zm9vYg=", "A" * 5],
)
def test_another_spelling_or_none_is_refused(text):
    with pytest.raises(ValueError, match="base64url"):
        from_text(text)


def test_a_field_is_text_in_json_and_bytes_in_python():
    assert FIELD.validate_json('"Zm8"') == b"fo"
    assert FIELD.dump_json(b"fo") == b'"Zm8"'


@pytest.mark.parametrize("document", ['"Zg=="', "1", "null", "[]", "{}"])
def test_a_field_refuses_what_is_no_canonical_text(document):
    with pytest.raises(ValidationError):
        FIELD.validate_json(document)
