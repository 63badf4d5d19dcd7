"""A client's HTTP to both public sites: pooled, and patient with a server that is down."""

import json
import time

import urllib3

from survey_app.errors import N_, SurveyError

_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0
_TIMEOUT = urllib3.Timeout(connect=5, read=30)


class UnreachableError(SurveyError):
    """The server did not answer within the patience of the client."""

    code = "unreachable"
    sentence = N_("%(address)s does not answer.")


class StrangeReplyError(SurveyError):
    """Something answers at that address that is no server of this survey."""

    code = "strange_reply"
    sentence = N_("%(address)s answers (status %(status)s), but not as this survey's servers do.")


class RefusedError(SurveyError):
    """The server refused the request; the sentence is its reason."""

    code = "refused_by_server"
    sentence = N_("%(sentence)s")


class Wire:
    """Requests to the public sites. Threads may share one."""

    def __init__(self, patience: float, connections: int, locale: str) -> None:
        self._patience = patience
        self._pool = urllib3.PoolManager(
            maxsize=connections,
            timeout=_TIMEOUT,
            headers={"Accept-Language": locale.replace("_", "-")},
        )

    def get(self, address: str) -> bytes | None:
        """Fetch a document; None where there is none."""
        response = self._patiently("GET", address, None)
        if response.status == 404:
            return None
        if response.status != 200:
            raise StrangeReplyError(address=address, status=response.status)
        return response.data

    def post(self, address: str, fields: dict[str, str], expected: str) -> dict[str, str]:
        """Post fields as JSON and return the fields of a reply that has the one expected.

        Raises
        ------
        RefusedError
            With the server's own sentence.
        """
        response = self._patiently("POST", address, fields)
        try:
            reply = json.loads(response.data)
            if response.status >= 400:
                raise RefusedError(sentence=str(reply["message"]))
            str(reply[expected])
            return {name: str(value) for name, value in reply.items()}
        except (ValueError, KeyError, TypeError):
            raise StrangeReplyError(address=address, status=response.status) from None

    def _patiently(
        self, method: str, address: str, fields: dict[str, str] | None
    ) -> urllib3.BaseHTTPResponse:
        """Repeat the very same request until the server answers or patience is at its end."""
        give_up_at, delay = time.monotonic() + self._patience, _FIRST_DELAY
        while True:
            response = self._once(method, address, fields)
            if response is not None and response.status < 500:
                return response
            if time.monotonic() + delay > give_up_at:
                if response is None:
                    raise UnreachableError(address=address)
                _check_paused(response)
                raise StrangeReplyError(address=address, status=response.status)
            time.sleep(delay)
            delay = min(2 * delay, _LONGEST_DELAY)

    def _once(
        self, method: str, address: str, fields: dict[str, str] | None
    ) -> urllib3.BaseHTTPResponse | None:
        try:
            return self._pool.request(method, address, json=fields, retries=False, redirect=False)
        except urllib3.exceptions.LocationValueError:
            raise UnreachableError(address=address) from None
        except urllib3.exceptions.HTTPError:
            return None


def _check_paused(response: urllib3.BaseHTTPResponse) -> None:
    try:
        reply = json.loads(response.data)
    except ValueError:
        return
    if isinstance(reply, dict) and reply.get("error") == "paused":
        raise RefusedError(sentence=str(reply.get("message")))
