"""A respondent in Python: everything a client does, over real HTTP.

This module is also the specification of a client. With one invitation code it

1. reads the published manifest (`find_campaigns`);
2. asks the issuer which stratum the code belongs to, which consumes nothing (`locate`): a link
   names it, and needs no such question;
3. blinds a message, spends the code on a signature of it, unblinds the signature and verifies it
   under the key *in the manifest* (`obtain_credential`);
4. seals the answers (`seal_ballot`), casts them, compares the receipt with its own, and verifies
   the box's signature on it (`cast`).

What gets lost on the way is sent again, byte for byte: both sites then answer as they did
before, so a lost reply or a killed server costs neither the code nor the ballot.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from questionnaires import CODES, Questionnaire, encode
from survey_app.crypto import blind_rsa, signatures
from survey_app.crypto.credentials import (
    SERIAL_BYTES,
    credential_message,
    find_code,
    normalize_code,
    spent_hash,
    verify_code,
)
from survey_app.crypto.encoding import from_text, to_text
from survey_app.crypto.receipts import receipt as receipt_of
from survey_app.crypto.receipts import signed_content
from survey_app.documents.design_rules import check_design
from survey_app.documents.manifest import KeyedStratum, PublishedManifest, parse
from survey_app.errors import N_, ManifestError, SurveyError
from survey_app.language import ENGLISH, in_words
from survey_app.respondent.http import RefusedError, StrangeReplyError, Wire

Row = Mapping[str, str | None]
"""One line of a file of rows: ``code``, and an answer (text, may be empty) by item."""

_CELLS: dict[str, int | None] = {"": None, **{str(code): code for code in CODES}}


class RowsError(SurveyError):
    """The rows cannot be played at all, or one of them cannot."""

    code = "rows"


class NoSurveyError(SurveyError):
    """There is no survey at an address."""

    code = "no_survey"
    sentence = N_("There is no survey at %(address)s.")


class DishonestServerError(SurveyError):
    """A server's answer does not fit what was asked of it: the answers are not entrusted to it."""

    code = "dishonest_server"


@dataclass(frozen=True)
class PublishedCampaign:
    """A campaign as a client knows it: its page's address (with a slash) and its manifest."""

    page: str
    manifest: PublishedManifest

    @property
    def issuer(self) -> str:
        """Where this campaign's credentials are signed."""
        site = urljoin(self.page, self.manifest.issuer).rstrip("/")
        return f"{site}/{self.manifest.campaign}"


@dataclass(frozen=True)
class Credential:
    """The right to one answer in one stratum; nothing ties it to the code that bought it."""

    message: bytes
    signature: bytes


@dataclass(frozen=True)
class SignedBallot:
    """Sealed answers with the right to give them."""

    edition: int
    stratum: str
    credential: Credential
    sealed: bytes

    @property
    def fields(self) -> dict[str, str]:
        """The ballot as it is posted."""
        return {
            "stratum": self.stratum,
            "message": to_text(self.credential.message),
            "signature": to_text(self.credential.signature),
            "sealed": to_text(self.sealed),
        }

    @property
    def receipt(self) -> bytes:
        """The receipt that an honest server gives for it."""
        return receipt_of(self.edition, self.credential.message, self.sealed)


@dataclass(frozen=True)
class Outcome:
    """What became of one row: a receipt, or the sentence that says why there is none."""

    code: str
    receipt: str = ""
    error: str = ""


def play(
    base: str,
    rows: Sequence[Row],
    *,
    campaign: str | None = None,
    concurrency: int = 1,
    patience: float = 60,
    locale: str = ENGLISH,
    on_progress: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Let every row answer, some at a time; the outcomes come in the order of the rows.

    Parameters
    ----------
    base
        The server's root, or a campaign's page; may carry the fragment of an invitation link.
    campaign
        Only this campaign; otherwise each code is looked up among those that are open.
    patience
        Seconds for which a server that is down is asked again.
    on_progress
        Called with each outcome, in the order of the rows, while others are still under way.

    Raises
    ------
    SurveyError
        No survey is found at ``base``, or the rows lack the columns of every questionnaire.
    """
    wire = Wire(patience, concurrency, locale)
    campaigns = find_campaigns(wire, base, campaign)
    check_columns(rows, campaigns)
    outcomes = []
    with ThreadPoolExecutor(concurrency) as respondents:
        for outcome in respondents.map(partial(_outcome, wire, campaigns, locale), rows):
            on_progress(outcome)
            outcomes.append(outcome)
    return outcomes


def find_campaigns(wire: Wire, base: str, name: str | None = None) -> list[PublishedCampaign]:
    """Read the manifests of one campaign, or of all that take ballots now.

    Raises
    ------
    SurveyError
        There is no survey at this address.
    """
    address, fragment = urldefrag(base)
    address = address.rstrip("/")
    _, digest, _ = (*fragment.split("."), "", "", "")[:3]
    for site in (f"{address}/respond", address):
        content = wire.get(f"{site}/campaigns.json")
        if content is not None:
            names = [name] if name else _names(content, site)
            campaigns = [
                _read(wire, f"{site}/{quote(campaign, safe='')}/", campaign, digest)
                for campaign in names
            ]
            break
    else:
        own = urlsplit(address).path.rpartition("/")[2]
        campaigns = [_read(wire, f"{address}/", name or own, digest)]
    if not campaigns:
        raise NoSurveyError(N_("No survey at %(address)s takes answers now."), address=address)
    return campaigns


def check_columns(rows: Sequence[Row], campaigns: Sequence[PublishedCampaign]) -> None:
    """Refuse rows that could answer none of the questionnaires.

    Raises
    ------
    RowsError
        There is no column ``code``, or every questionnaire lacks a column.
    """
    columns = {name for row in rows for name in row}
    if "code" not in columns:
        raise RowsError(N_("The rows have no column “code”."))
    questionnaires = [
        set(q.text.codes) for c in campaigns for q in c.manifest.questionnaires.values()
    ]
    absent_columns = min((items - columns for items in questionnaires), key=len)
    if absent_columns:
        raise RowsError(
            N_("The rows lack items of every questionnaire; of the nearest one, %(columns)s."),
            columns=", ".join(sorted(absent_columns)),
        )


def answer(wire: Wire, campaigns: Sequence[PublishedCampaign], row: Row) -> bytes:
    """Answer as one respondent does, and return the receipt.

    Raises
    ------
    SurveyError
        The row is faulty, or the code or the ballot is refused. A faulty row spends no code.
    """
    code = _code(row)
    campaign, stratum = locate(wire, campaigns, code)
    questionnaire = campaign.manifest.questions(stratum)
    answers = encode(questionnaire, _answers(questionnaire, row))
    credential = obtain_credential(wire, campaign, stratum, code)
    return cast(wire, campaign, seal_ballot(campaign.manifest, stratum, credential, answers))


def locate(
    wire: Wire, campaigns: Sequence[PublishedCampaign], code: str
) -> tuple[PublishedCampaign, KeyedStratum]:
    """Find the campaign and the stratum that a code belongs to.

    Raises
    ------
    RefusedError
        It is unknown in all of them.
    """
    *first_campaigns, last = campaigns
    for campaign in first_campaigns:
        with suppress(RefusedError, RowsError):
            return campaign, _stratum(wire, campaign, code)
    return last, _stratum(wire, last, code)


def obtain_credential(
    wire: Wire, campaign: PublishedCampaign, stratum: KeyedStratum, code: str
) -> Credential:
    """Spend a code on a blind signature (RFC 9474, section 4).

    Raises
    ------
    RefusedError
        The code is unknown or spent.
    DishonestServerError
        The signature does not verify under the manifest's key: it could tag the respondent.
    """
    serial = secrets.token_bytes(SERIAL_BYTES)
    manifest = campaign.manifest
    content = credential_message(manifest.edition, manifest.campaign, stratum.id, serial)
    state = blind_rsa.blind(stratum.key, blind_rsa.prepare(content))
    request = {"code": code, "stratum": stratum.id, "blinded": to_text(state.blinded)}
    reply = wire.post(f"{campaign.issuer}/credentials", request, "signature")
    try:
        signature = blind_rsa.finalize(stratum.key, state, from_text(reply["signature"]))
    except ValueError:
        raise DishonestServerError(
            N_("The issuer's signature does not fit the key in the manifest.")
        ) from None
    return Credential(state.message, signature)


def seal_ballot(
    manifest: PublishedManifest, stratum: KeyedStratum, credential: Credential, answers: bytes
) -> SignedBallot:
    """Seal the answers (RFC 9180, section 6.1) for this campaign, stratum and credential only."""
    number = spent_hash(manifest.edition, credential.message)
    sealed = manifest.seals(stratum).seal(number, answers)
    return SignedBallot(manifest.edition, stratum.id, credential, sealed)


def cast(wire: Wire, campaign: PublishedCampaign, ballot: SignedBallot) -> bytes:
    """Cast a ballot and return its receipt.

    Raises
    ------
    RefusedError
        The ballot is refused.
    DishonestServerError
        The receipt is not that of this ballot, or the box has not signed it.
    """
    reply = wire.post(f"{campaign.page}ballots", ballot.fields, "receipt")
    if reply["receipt"] != ballot.receipt.hex():
        raise DishonestServerError(N_("The receipt is not that of the answers sent."))
    _check_signed(campaign.manifest, ballot.receipt, reply.get("signature", ""))
    return ballot.receipt


def _check_signed(manifest: PublishedManifest, receipt: bytes, signature: str) -> None:
    if manifest.receipts_key is None:
        return
    content = signed_content(manifest.root, receipt)
    try:
        signatures.verify(manifest.receipts_key, from_text(signature), content)
    except ValueError:
        raise DishonestServerError(N_("The receipt is not signed by the box.")) from None


def _outcome(wire: Wire, campaigns: Sequence[PublishedCampaign], locale: str, row: Row) -> Outcome:
    code = row.get("code") or ""
    try:
        return Outcome(code, receipt=answer(wire, campaigns, row).hex())
    except SurveyError as error:
        return Outcome(code, error=in_words(error, locale))


def _read(wire: Wire, page: str, name: str, digest: str) -> PublishedCampaign:
    document = wire.get(f"{page}manifest.json")
    if document is None:
        raise NoSurveyError(address=page)
    manifest = parse(PublishedManifest, document)
    if manifest.campaign != name or digest not in ("", manifest.digest):
        raise ManifestError(reason=N_("it is not the one of this invitation"))
    if manifest.edition == 2:
        check_design(manifest.strata)
    return PublishedCampaign(page, manifest)


def _stratum(wire: Wire, campaign: PublishedCampaign, code: str) -> KeyedStratum:
    _check_code(campaign.manifest, code)
    reply = wire.post(f"{campaign.issuer}/stratum", {"code": code}, "stratum")
    stratum = campaign.manifest.stratum(reply["stratum"])
    if stratum is None:
        raise DishonestServerError(N_("The issuer names a stratum that the manifest lacks."))
    return stratum


def _check_code(manifest: PublishedManifest, code: str) -> None:
    """Find a slip of typing, and a foreign manifest, before anything is sent."""
    try:
        verify_code(normalize_code(code), manifest.root)
    except ValueError:
        raise RowsError(
            N_("A character of the code is wrong, or it is the code of another survey.")
        ) from None


def _names(content: bytes, site: str) -> list[str]:
    try:
        return [str(entry["campaign"]) for entry in json.loads(content)["campaigns"]]
    except (ValueError, KeyError, TypeError):
        raise StrangeReplyError(address=f"{site}/campaigns.json", status=200) from None


def _code(row: Row) -> str:
    try:
        return find_code(row.get("code") or "")
    except ValueError:
        raise RowsError(N_("This is not an invitation code.")) from None


def _answers(questionnaire: Questionnaire, row: Row) -> dict[str, int | None]:
    return {item: _answer(item, row.get(item)) for item in questionnaire.codes}


def _answer(item: str, cell: str | None) -> int | None:
    if cell is None:
        raise RowsError(N_("The row has no cell for “%(item)s”."), item=item)
    if cell.strip() not in _CELLS:
        raise RowsError(
            N_("“%(cell)s” is not an answer to “%(item)s”: 1, 0, 8, 9 or nothing is."),
            cell=cell.strip(),
            item=item,
        )
    return _CELLS[cell.strip()]
