"""Large files to a key: whole, in order, and to their end, or not read at all."""

import io

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.crypto import chunks, sealing
from survey_app.crypto.chunks import CHUNK
from survey_app.crypto.sealing import SealingError

KEY = sealing.generate_opening_key()
INFO = b"test/v1"
TAG = 16  # bytes of AES-GCM's tag
SEALED_KEY = 65 + 32 + TAG  # a point of P-256, and 32 bytes under HPKE
CONTENT = bytes(range(256)) * (5 * CHUNK // 512)
"""Two chunks and a half."""


def written(*pieces, info=INFO):
    file = io.BytesIO()
    chunks.write(file, KEY.public_key(), info, pieces)
    return file.getvalue()


def read(content, key=KEY, info=INFO):
    return b"".join(chunks.read(io.BytesIO(content), key, info))


FILE = written(CONTENT)
PARTS = [FILE[:SEALED_KEY]] + [
    FILE[at : at + CHUNK + TAG] for at in range(SEALED_KEY, len(FILE), CHUNK + TAG)
]


@pytest.mark.parametrize(
    ("length", "parts"),
    [
        (0, 1),
        (1, 1),
        (CHUNK - 1, 1),
        (CHUNK, 1),
        (CHUNK + 1, 2),
        (2 * CHUNK, 2),
        (2 * CHUNK + 1, 3),
    ],
)
def test_every_length_is_read_back_from_as_few_chunks_as_hold_it(length, parts):
    content = CONTENT[:length]

    file = written(content)

    assert read(file) == content
    assert len(file) == SEALED_KEY + length + parts * TAG


@settings(max_examples=15)
@given(st.lists(st.binary(max_size=200).map(lambda piece: piece * 5000), max_size=6))
def test_in_which_pieces_it_came_does_not_matter(pieces):
    file = written(*pieces)

    assert read(file) == b"".join(pieces)
    assert len(file) == len(written(b"".join(pieces)))


def test_chunks_are_numbered_and_the_last_is_marked():
    """STREAM: the nonce is the number in 11 bytes and whether it is the last."""
    cipher = AESGCM(sealing.open_sealed(KEY, INFO, PARTS[0]))
    nonces = [
        bytes.fromhex("0000000000000000000000 00"),
        bytes.fromhex("0000000000000000000001 00"),
        bytes.fromhex("0000000000000000000002 01"),
    ]

    content = [
        cipher.decrypt(nonce, part, INFO) for nonce, part in zip(nonces, PARTS[1:], strict=True)
    ]

    assert b"".join(content) == CONTENT


@pytest.mark.parametrize(
    "parts",
    [
        [0],
        [0, 1],
        [0, 1, 2],
        [0, 2, 1, 3],
        [0, 1, 3],
        [0, 2, 3],
        [0, 3],
        [0, 1, 1, 2, 3],
        [0, 1, 2, 3, 3],
        [1, 2, 3],
    ],
)
def test_chunks_that_were_cut_off_moved_left_out_or_doubled_are_refused(parts):
    with pytest.raises(SealingError):
        read(b"".join(PARTS[part] for part in parts))


@settings(max_examples=25)
@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_one_altered_byte_anywhere_is_refused(place, change):
    damaged = bytearray(FILE)
    damaged[place] ^= change

    with pytest.raises(SealingError):
        read(bytes(damaged))


@settings(max_examples=15)
@given(st.integers(0, len(FILE) - 1))
def test_a_file_that_ends_early_is_refused(length):
    with pytest.raises(SealingError):
        read(FILE[:length])


def test_a_byte_more_than_was_written_is_refused():
    with pytest.raises(SealingError):
        read(FILE + b"\0")


def test_chunks_of_another_file_are_refused():
    second_file = written(CONTENT)

    with pytest.raises(SealingError):
        read(FILE[: -len(PARTS[-1])] + second_file[-len(PARTS[-1]) :])


def test_another_key_or_purpose_reads_nothing():
    with pytest.raises(SealingError):
        read(FILE, key=sealing.generate_opening_key())
    with pytest.raises(SealingError):
        read(FILE, info=b"test/v2")


def test_what_was_read_before_the_fault_is_given_chunk_by_chunk():
    """The reader of a file that is cut off sees whole chunks only, and then the refusal."""
    reading = chunks.read(io.BytesIO(b"".join(PARTS[:3])), KEY, INFO)

    assert next(reading) == CONTENT[:CHUNK]
    with pytest.raises(SealingError, match="altered, moved or cut off"):
        next(reading)


def test_the_same_content_is_never_the_same_file():
    assert written(CONTENT[:9]) != written(CONTENT[:9])
