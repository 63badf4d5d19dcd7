"""The test vectors of docs/protocol.md, computed by the project's code.

After a change of the protocol ``node tests/respondent/second_client.mjs compute`` writes new ones.
"""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from gmpy2 import mpz

from questionnaires import Questionnaire, encode
from survey_app.crypto import blind_rsa, chunks, credentials, receipts, sealing
from survey_app.crypto.encoding import bind, from_text, to_text
from survey_app.documents.manifest import PublishedManifest
from tests.installation import ROOT

FILE = ROOT / "docs" / "protocol-vectors.json"
BACKUP_INFO = b"backup/v1identity"
BACKUP_MAGIC = b"survey backup 1\n"

Fields = Mapping[str, Any]
Vectors = Mapping[str, Mapping[str, Any]]


def read(path: Path = FILE) -> Vectors:
    vectors: Vectors = json.loads(path.read_text(encoding="utf-8"))
    return vectors


def codes(inputs: Fields, _: Vectors) -> Fields:
    key = from_text(inputs["key"])
    normalized = [credentials.normalize_code(text) for text in inputs["typed"]]
    hashes = [credentials.code_hash(key, inputs["campaign"], code) for code in normalized]
    return {"codes": normalized, "hashes": [to_text(digest) for digest in hashes]}


def manifest(inputs: Fields, _: Vectors) -> Fields:
    published = PublishedManifest.model_validate_json(json.dumps(inputs["content"]))
    (questions,) = published.questionnaires.values()
    return {
        "canonical": published.canonical().decode(),
        "digest": published.digest,
        "questionnaire": questions.text.digest,
    }


def link(inputs: Fields, _: Vectors) -> Fields:
    published = PublishedManifest.model_validate_json(json.dumps(inputs["content"]))
    code = published.printed_code(inputs["code"])
    return {"code": code, "link": published.link(inputs["respond"], code, inputs["stratum"])}


def message(inputs: Fields, _: Vectors) -> Fields:
    content = credentials.credential_message(
        2, inputs["campaign"], inputs["stratum"], from_text(inputs["serial"])
    )
    return {"message": to_text(blind_rsa.prepare(content, from_text(inputs["prefix"])))}


def blinding(inputs: Fields, vectors: Vectors) -> Fields:
    state = blind_rsa.blind(
        modulus(vectors),
        from_text(vectors["message"]["output"]["message"]),
        salt=from_text(inputs["salt"]),
        inverse=int.from_bytes(from_text(inputs["inverse"]), "big"),
    )
    return {"blinded": to_text(state.blinded)}


def signing(inputs: Fields, vectors: Vectors) -> Fields:
    key = blind_rsa.SigningKey.from_der(from_text(inputs["key"]))
    blinded = from_text(vectors["blinding"]["output"]["blinded"])
    return {"signature": to_text(blind_rsa.blind_sign(key, blinded))}


def finalizing(inputs: Fields, vectors: Vectors) -> Fields:
    state = blind_rsa.Blinded(
        from_text(vectors["message"]["output"]["message"]),
        b"",
        mpz(int.from_bytes(from_text(inputs["inverse"]), "big")),
    )
    signature = blind_rsa.finalize(modulus(vectors), state, from_text(inputs["signature"]))
    return {"signature": to_text(signature)}


def sheet(inputs: Fields, vectors: Vectors) -> Fields:
    (questions,) = vectors["manifest"]["input"]["content"]["questionnaires"].values()
    questionnaire = Questionnaire.model_validate(questions["text"])
    return {"sheet": to_text(encode(questionnaire, inputs["answers"]))}


def sealing_step(inputs: Fields, vectors: Vectors) -> Fields:
    """Open what stands there: the library draws its ephemeral keys itself."""
    spent_hash = credentials.spent_hash(2, from_text(vectors["message"]["output"]["message"]))
    info = bind(2, "ballot", inputs["campaign"], inputs["stratum"], spent_hash)
    sealed = vectors["sealing"]["output"]["sealed"]
    plaintext = sealing.open_sealed(private_key(inputs["recipient"]), info, from_text(sealed))
    assert to_text(plaintext) == vectors["sheet"]["output"]["sheet"]
    ephemeral = private_key(inputs["ephemeral"])
    assert from_text(sealed)[: sealing.ENC_BYTES] == sealing.public_bytes(ephemeral)
    return {"spent": to_text(spent_hash), "info": to_text(info), "sealed": sealed}


def ballot(inputs: Fields, vectors: Vectors) -> Fields:
    fields = {
        "stratum": inputs["stratum"],
        "message": vectors["message"]["output"]["message"],
        "signature": vectors["finalizing"]["output"]["signature"],
        "sealed": vectors["sealing"]["output"]["sealed"],
    }
    receipt = receipts.receipt(2, from_text(fields["message"]), from_text(fields["sealed"]))
    return {"body": fields, "receipt": receipt.hex()}


def tree(inputs: Fields, _: Vectors) -> Fields:
    lists = [[bytes.fromhex(receipt) for receipt in leaves] for leaves in inputs["receipts"]]
    return {"roots": [receipts.merkle_root(leaves).hex() for leaves in lists]}


def backup(inputs: Fields, _: Vectors) -> Fields:
    file = io.BytesIO(from_text(inputs["backup"]))
    assert file.read(len(BACKUP_MAGIC)) == BACKUP_MAGIC
    content = b"".join(chunks.read(file, private_key(inputs["recipient"]), BACKUP_INFO))
    return {"lines": [json.loads(line) for line in content.splitlines()]}


STEPS: Mapping[str, Callable[[Fields, Vectors], Fields]] = {
    "codes": codes,
    "manifest": manifest,
    "link": link,
    "message": message,
    "blinding": blinding,
    "signing": signing,
    "finalizing": finalizing,
    "sheet": sheet,
    "sealing": sealing_step,
    "ballot": ballot,
    "tree": tree,
    "backup": backup,
}


def modulus(vectors: Vectors) -> bytes:
    (stratum,) = vectors["manifest"]["input"]["content"]["strata"]
    return from_text(stratum["key"])


def private_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_text(jwk["d"]), "big"), ec.SECP256R1())
