"""The turnout that the answers side publishes, read over HTTP like any visitor does."""

import json
from http import HTTPStatus
from urllib.parse import quote

import urllib3

from survey_app.errors import N_, SurveyError

_PATIENCE = urllib3.Timeout(connect=2, read=5)
_LARGEST = 1024 * 1024


class TurnoutError(SurveyError):
    """The answers side does not answer, or not as specified."""

    status = HTTPStatus.BAD_GATEWAY
    code = "no_turnout"
    sentence = N_("The turnout of the answers side cannot be read now.")


def published(respond_url: str, campaign: str) -> dict[str, int | None]:
    """Fetch each stratum's ballots, rounded down to tens; None below ten.

    Raises
    ------
    TurnoutError
        It cannot be read.
    """
    address = f"{respond_url}/{quote(campaign)}/turnout.json"
    try:
        with urllib3.PoolManager(timeout=_PATIENCE, retries=False) as pool:
            answer = pool.request("GET", address, preload_content=False)
            content = answer.read(_LARGEST)
            answer.close()
        if answer.status != 200:
            raise TurnoutError
        return {
            str(row["stratum"]): _count(row["ballots"]) for row in json.loads(content)["strata"]
        }
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError):
        raise TurnoutError from None


def _count(ballots: object) -> int | None:
    return int(ballots) if isinstance(ballots, int) else None
