"""The browser's cryptography: the published vectors, and the server's own functions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from survey_app.crypto import blind_rsa, sealing
from survey_app.crypto.encoding import to_text

VECTORS = Path(__file__).parents[1] / "crypto" / "vectors"
RFC_9474 = json.loads((VECTORS / "rfc9474.json").read_text())
RFC_9180 = json.loads((VECTORS / "rfc9180_a31.json").read_text())

LOAD = """async () => {
  const [bytes, rsa, hpke] = await Promise.all(
    ['bytes', 'blind_rsa', 'sealing'].map((name) => import(`/${name}.js`)));
  Object.assign(window, bytes, rsa, hpke);
}"""
BLIND = """async ({n, message, salt, inverse}) => {
  const given = inverse ? {salt: fromHex(salt), inverse: fromHex(inverse)} : {};
  const state = await blind(fromHex(n), fromHex(message), given);
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, toHex(value)]));
}"""
FINALIZE = """async ({n, message, inverse, signature, salt_length}) => toHex(await finalize(
  fromHex(n), {message: fromHex(message), inverse: fromHex(inverse)}, fromHex(signature),
  salt_length))"""
SEAL = """async ({recipient, info, plaintext, aad, jwk}) => {
  const curve = {name: 'ECDH', namedCurve: 'P-256'};
  const key = (jwk, uses) => crypto.subtle.importKey('jwk', jwk, curve, true, uses);
  const {d, ...point} = jwk || {};
  const ephemeral = jwk && {
    privateKey: await key(jwk, ['deriveBits']), publicKey: await key(point, [])};
  return toHex(await seal(fromHex(recipient), fromHex(info), fromHex(plaintext),
    {aad: fromHex(aad || ''), ephemeral}));
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, static_url: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(static_url)
    page.evaluate(LOAD)
    yield page
    context.close()


def _number(text: str) -> str:
    """Give a number of the RFC's as hexadecimal digits of even count."""
    digits = text.removeprefix("0x")
    return digits.zfill(len(digits) + len(digits) % 2)


@pytest.mark.parametrize("vector", RFC_9474, ids=lambda vector: vector["name"])
def test_blinding_and_finalizing_follow_the_rfc(page: Page, vector: dict[str, Any]) -> None:
    n, message = _number(vector["n"]), _number(vector["input_msg"])
    inverse, salt = _number(vector["inv"]), _number(vector["salt"])

    state = page.evaluate(BLIND, {"n": n, "message": message, "salt": salt, "inverse": inverse})
    signature = page.evaluate(
        FINALIZE,
        {
            "n": n,
            "message": message,
            "inverse": state["inverse"],
            "signature": _number(vector["blind_sig"]),
            "salt_length": len(salt) // 2,
        },
    )

    assert state["blinded"] == _number(vector["blinded_msg"])
    assert signature == _number(vector["sig"])


@pytest.mark.parametrize("vector", RFC_9474[:2], ids=lambda vector: vector["name"])
def test_preparing_puts_the_prefix_first(page: Page, vector: dict[str, Any]) -> None:
    inputs = {"message": _number(vector["msg"]), "prefix": _number(vector["msg_prefix"])}

    result = page.evaluate(
        "({message, prefix}) => toHex(prepare(fromHex(message), fromHex(prefix)))", inputs
    )

    assert result == _number(vector["input_msg"])


def test_a_signature_by_another_key_is_refused(page: Page) -> None:
    published = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())
    tagging = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())
    state = _blinded(page, published, b"one message")
    blinded = int.from_bytes(bytes.fromhex(state["blinded"])) % int(tagging.n)
    answer = blind_rsa.blind_sign(tagging, blinded.to_bytes(blind_rsa.MODULUS_BYTES))

    with pytest.raises(Exception, match="invalid signature"):
        _finalized(page, published, state, answer)


def test_a_signature_of_another_length_is_refused(page: Page) -> None:
    key = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())
    state = _blinded(page, key, b"one message")

    with pytest.raises(Exception, match="unexpected input size"):
        _finalized(page, key, state, b"short")


def test_the_issuer_signs_what_the_browser_blinds(page: Page) -> None:
    key = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())
    message = page.evaluate("(hex) => toHex(prepare(fromHex(hex)))", b"a message".hex())
    state = _blinded(page, key, bytes.fromhex(message))

    answer = blind_rsa.blind_sign(key, bytes.fromhex(state["blinded"]))
    signature = _finalized(page, key, state, answer)

    assert len(message) == 2 * (blind_rsa.PREFIX_BYTES + len(b"a message"))
    blind_rsa.verify(key.modulus, bytes.fromhex(message), signature)


def test_no_two_blindings_are_alike(page: Page) -> None:
    key = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())

    states = [_blinded(page, key, b"one message") for _ in range(5)]

    assert len({state["blinded"] for state in states}) == 5
    assert len({state["inverse"] for state in states}) == 5


def test_sealing_follows_the_rfc(page: Page) -> None:
    encryption = RFC_9180["encryptions"][0]
    sealed = page.evaluate(
        SEAL,
        {
            "recipient": RFC_9180["pkRm"],
            "info": RFC_9180["info"],
            "plaintext": encryption["pt"],
            "aad": encryption["aad"],
            "jwk": _jwk(RFC_9180["skEm"], RFC_9180["enc"]),
        },
    )

    assert sealed == RFC_9180["enc"] + encryption["ct"]


def test_the_statistician_opens_what_the_browser_seals(page: Page) -> None:
    key = sealing.generate_opening_key()
    info = b"a campaign, a stratum"
    answers = bytes([1, 0, 8, 9, 255])

    sealed = page.evaluate(
        SEAL,
        {
            "recipient": sealing.public_bytes(key).hex(),
            "info": info.hex(),
            "plaintext": answers.hex(),
        },
    )

    assert len(sealed) == 2 * sealing.sealed_length(len(answers))
    assert sealing.open_sealed(key, info, bytes.fromhex(sealed)) == answers


def _jwk(private: str, point: str) -> dict[str, str]:
    parts = {"d": private, "x": point[2:66], "y": point[66:]}
    return {
        "kty": "EC",
        "crv": "P-256",
        **{name: to_text(bytes.fromhex(value)) for name, value in parts.items()},
    }


def _blinded(page: Page, key: blind_rsa.SigningKey, message: bytes) -> dict[str, str]:
    inputs = {"n": key.modulus.hex(), "message": message.hex()}
    state: dict[str, str] = page.evaluate(BLIND, inputs)
    return state


def _finalized(
    page: Page, key: blind_rsa.SigningKey, state: dict[str, str], answer: bytes
) -> bytes:
    inputs = {"n": key.modulus.hex(), "signature": answer.hex()}
    return bytes.fromhex(page.evaluate(FINALIZE, {**state, **inputs}))
