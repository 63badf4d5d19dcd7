"""The test vectors of docs/protocol.md, computed by the project's code.

After a change of the protocol ``node tests/respondent/second_client.mjs compute`` writes new ones.
"""

import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gmpy2 import mpz

from questionnaires import Questionnaire, encode
from survey_app.crypto import blind_rsa, chunks, credentials, merkle, receipts, sealing
from survey_app.crypto.encoding import bind, from_text, to_text
from survey_app.crypto.seals import Seals
from survey_app.documents.closing import ClosingStatement, StratumClaims
from survey_app.documents.extension import ExtensionStatement
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
    content = _published(inputs["content"])
    (questions,) = content.questionnaires.values()
    return {
        "header": content.header().decode(),
        "tree": to_text(content.tree_root),
        "root": content.digest,
        "questionnaire": questions.text.digest,
    }


def stratum(inputs: Fields, vectors: Vectors) -> Fields:
    content = published_manifest(vectors)
    proof = content.proofs[content.strata[inputs["index"]].id]
    leaf = proof.stratum.encode()
    assert merkle.root_by(leaf, proof.index, proof.size, proof.path) == content.tree_root
    return proof.model_dump(mode="json")


def link(inputs: Fields, vectors: Vectors) -> Fields:
    content = published_manifest(vectors)
    code = content.printed_code(inputs["code"])
    return {
        "code": code,
        "check_code": credentials.check_code(content.root),
        "link": content.link(inputs["respond"], code, inputs["stratum"]),
    }


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
    output = vectors["sealing"]["output"]
    spent_hash = credentials.spent_hash(2, from_text(vectors["message"]["output"]["message"]))
    names = (inputs["campaign"], inputs["stratum"])
    recipient, keeper = private_key(inputs["recipient"]), private_key(inputs["keeper"])
    both_seals = Seals(2, *names, sealing.public_bytes(recipient), sealing.public_bytes(keeper))
    inner = both_seals.strip(keeper, spent_hash, from_text(output["sealed"]))
    sheet = from_text(vectors["sheet"]["output"]["sheet"])
    assert both_seals.open_inner(recipient, inner) == sheet
    one_seal = Seals(2, *names, both_seals.sealing_key)
    assert one_seal.open(recipient, spent_hash, from_text(output["only"])) == sheet
    for name, own in (("inner", "inner"), ("sealed", "outer"), ("only", "inner")):
        point = sealing.public_bytes(private_key(inputs["ephemeral"][own]))
        assert from_text(output[name])[: sealing.ENC_BYTES] == point
    return {
        "spent": to_text(spent_hash),
        "inner_info": to_text(bind(2, "inner", *names)),
        "outer_info": to_text(bind(2, "outer", *names, spent_hash)),
        "only_info": to_text(bind(2, "ballot", *names, spent_hash)),
        "inner": to_text(inner),
        "sealed": output["sealed"],
        "only": output["only"],
    }


def ballot(inputs: Fields, vectors: Vectors) -> Fields:
    fields = {
        "stratum": inputs["stratum"],
        "message": vectors["message"]["output"]["message"],
        "signature": vectors["finalizing"]["output"]["signature"],
        "sealed": vectors["sealing"]["output"]["sealed"],
    }
    digest = receipts.receipt(2, from_text(fields["message"]), from_text(fields["sealed"]))
    return {"body": fields, "receipt": digest.hex()}


def receipt(inputs: Fields, vectors: Vectors) -> Fields:
    digest = bytes.fromhex(vectors["ballot"]["output"]["receipt"])
    content = receipts.signed_content(published_manifest(vectors).root, digest)
    return {"signature": to_text(signing_key(inputs["key"]).sign(content))}


def closing(inputs: Fields, vectors: Vectors) -> Fields:
    content = published_manifest(vectors)
    strata = [StratumClaims.model_validate(counts) for counts in inputs["strata"]]
    statement = ClosingStatement.sign(
        signing_key(inputs["key"]), content.campaign, content.root, strata
    )
    return statement.model_dump(mode="json")


def extension(inputs: Fields, vectors: Vectors) -> Fields:
    content = published_manifest(vectors)
    statement = ExtensionStatement.sign(
        signing_key(inputs["key"]),
        content.campaign,
        content.root,
        date.fromisoformat(inputs["last_day"]),
    )
    statement.check(content.model_copy(update={"closing_key": from_text(inputs["key"]["x"])}))
    return statement.model_dump(mode="json")


def tree(inputs: Fields, _: Vectors) -> Fields:
    lists = [[bytes.fromhex(digest) for digest in leaves] for leaves in inputs["receipts"]]
    return {"roots": [receipts.merkle_root(leaves).hex() for leaves in lists]}


def first(inputs: Fields, _: Vectors) -> Fields:
    """The hashes of the first edition."""
    names = (inputs["campaign"], inputs["stratum"])
    content = credentials.credential_message(1, *names, from_text(inputs["serial"]))
    whole = blind_rsa.prepare(content, from_text(inputs["prefix"]))
    spent_hash = credentials.spent_hash(1, whole)
    return {
        "message": to_text(whole),
        "spent": to_text(spent_hash),
        "info": to_text(bind(1, "ballot", *names, spent_hash)),
        "receipt": receipts.receipt(1, whole, from_text(inputs["sealed"])).hex(),
    }


def backup(inputs: Fields, _: Vectors) -> Fields:
    file = io.BytesIO(from_text(inputs["backup"]))
    assert file.read(len(BACKUP_MAGIC)) == BACKUP_MAGIC
    content = b"".join(chunks.read(file, private_key(inputs["recipient"]), BACKUP_INFO))
    return {"lines": [json.loads(line) for line in content.splitlines()]}


STEPS: Mapping[str, Callable[[Fields, Vectors], Fields]] = {
    "codes": codes,
    "manifest": manifest,
    "stratum": stratum,
    "link": link,
    "message": message,
    "blinding": blinding,
    "signing": signing,
    "finalizing": finalizing,
    "sheet": sheet,
    "sealing": sealing_step,
    "ballot": ballot,
    "receipt": receipt,
    "closing": closing,
    "extension": extension,
    "tree": tree,
    "first": first,
    "backup": backup,
}


def modulus(vectors: Vectors) -> bytes:
    return published_manifest(vectors).strata[0].key


def published_manifest(vectors: Vectors) -> PublishedManifest:
    return _published(vectors["manifest"]["input"]["content"])


def _published(content: Fields) -> PublishedManifest:
    return PublishedManifest.model_validate_json(json.dumps(content))


def signing_key(jwk: Mapping[str, str]) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(from_text(jwk["d"]))


def private_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_text(jwk["d"]), "big"), ec.SECP256R1())
