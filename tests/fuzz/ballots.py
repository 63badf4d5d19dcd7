"""Fuzzing the way of a posted ballot: ``make fuzz``, with coverage to lead the mutations (atheris).

What is found is added to ``corpus/``, which every test run replays.
"""

import sys
from functools import cache
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from survey_app.answers.respond import service
from survey_app.answers.respond.api import Ballot
from survey_app.crypto import blind_rsa, encoding, sealing
from survey_app.crypto.blind_rsa import SigningKey, generate_key
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import service as office
from tests.manifests import OF_IDENTITY, of_answers
from tests.sites import design

CORPUS = Path(__file__).with_name("corpus")


@cache
def manifest() -> PublishedManifest:
    """A campaign under way, with one key for all its strata."""
    plan = design()
    modulus = SigningKey.from_der(generate_key()).modulus
    keys = [office.StratumKey(stratum.id, modulus, token_bytes(1)) for stratum in plan.strata]
    strata = [
        stratum.model_dump() | {"key": key.modulus}
        for stratum, key in zip(plan.strata, keys, strict=True)
    ]
    point = sealing.public_bytes(sealing.generate_opening_key())
    fields = plan.model_dump() | {"strata": strata} | OF_IDENTITY | of_answers(point)
    return PublishedManifest.model_validate(fields)


def post(content: bytes) -> None:
    """Take a posted ballot as the box does, up to the store; only a refusal is no finding."""
    try:
        ballot = service.Cast(**dict(Ballot.model_validate_json(content)))
        service.verify(manifest(), ballot)
    except (ValidationError, SurveyError):
        return
    raise AssertionError("a ballot without a signature was taken")


def main() -> None:
    """Fuzz until something is found, or for as long as libFuzzer's arguments say."""
    import atheris  # noqa: PLC0415 - only this needs it

    manifest()
    for part in (post, service.verify, blind_rsa.verify, encoding.from_text):
        atheris.instrument_func(part)
    with TemporaryDirectory() as folder:  # new inputs go to the first folder named
        atheris.Setup([*sys.argv, folder, str(CORPUS)], post)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
