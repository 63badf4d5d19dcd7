"""What was typed when a session had ended: it waits in the sign-in page, encrypted, and comes back.

Nothing is stored here. The token of each form says, signed, for whose eyes its page was made: a
form is kept for that account alone, under a key that only the server has, and who else signs in
at the same browser gets nothing of it. Files and passwords are not kept.
"""

import hmac
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from secrets import token_hex

from flask import current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict

from survey_app.crypto.at_rest import AtRestError, decrypt, encrypt
from survey_app.web.forms import form_page

FIELD = "kept"
_TOKEN = "csrf_token"  # noqa: S105 - the name of a field
_NOT_KEPT = {FIELD, _TOKEN, "password", "passphrase", "again", "share", "code"} | {
    *("current", "new_password", "repetition")
}


@dataclass(frozen=True)
class KeptForm:
    """A form as it was sent: its address within the site, its fields, and whether it had a file."""

    address: str
    fields: MultiDict[str, str]
    had_file: bool


class KeptForms:
    """The forms of one staff site that wait for their accounts to sign in again."""

    def __init__(self, session_key: bytes) -> None:
        self._key = hmac.digest(session_key, b"kept forms", "sha256")

    def keep(self) -> str:
        """Encrypt the form that was sent; empty if no account's page had it, or no page holds it.

        One that was kept already is passed on as it is.
        """
        owner = owner_of_form()
        if FIELD in request.form:
            return request.form[FIELD]
        if not owner or form_page(request.endpoint) is None:
            return ""
        fields = [pair for pair in request.form.items(multi=True) if pair[0] not in _NOT_KEPT]
        content = json.dumps([address(), fields, bool(request.files)]).encode()
        ciphertext = encrypt(self._key, zlib.compress(content), _place(owner))
        return urlsafe_b64encode(ciphertext).decode()

    def open(self, account: str) -> KeptForm | None:
        """Decrypt the form that waits in this request; None if there is none of this account."""
        try:
            ciphertext = urlsafe_b64decode(request.form.get(FIELD, ""))
            content = zlib.decompress(decrypt(self._key, ciphertext, _place(account)))
        except (AtRestError, ValueError):
            return None
        place, fields, had_file = json.loads(content)
        return KeptForm(place, MultiDict(map(tuple, fields)), had_file)


def address() -> str:
    """Give the address within the site that is asked for."""
    return request.full_path.removesuffix("?")


def mark_forms(account: str) -> None:
    """Let the token of every form of this session say whose page it is on."""
    if _owner(session.get(_TOKEN, "")) != account:
        session[_TOKEN] = f"{account}/{token_hex(20)}"


def owner_of_form() -> str:
    """Tell for whom the page was made that a form was sent from, however long ago; else empty."""
    serializer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        return _owner(serializer.loads(request.form.get(_TOKEN, "")))
    except BadData:
        return ""


def _owner(token: object) -> str:
    return str(token).rpartition("/")[0]


def _place(account: str) -> str:
    return f"kept form/{account}"
