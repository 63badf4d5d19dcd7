"""Every refusal has a code of its own, and the operator's table explains each of them."""

import re
from collections.abc import Iterator
from http import HTTPStatus

from survey_app.answers.analyse import views as analyse
from survey_app.answers.respond import views as respond
from survey_app.errors import SurveyError
from survey_app.identity.issue import views as issue
from survey_app.identity.manage import views as manage
from survey_app.operate import backup
from survey_app.respondent import cli as respondent
from survey_app.storage import doctor
from survey_app.web.refusals import REFUSALS
from tests.installation import ROOT

LOADED = (analyse, backup, doctor, issue, manage, respond, respondent)
"""A refusal's class is known once its module is."""

ROW = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| ([\d, –]+) \|", re.MULTILINE)
NGINX = re.compile(r"return (\d+) '\{\"error\": \"(\w+)\"")


def documented() -> dict[str, set[str]]:
    """The statuses of each code, as the table gives them."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.split("\n## Errors\n")[1].split("\n## ")[0]
    refusals: dict[str, set[str]] = {}
    for codes, statuses in ROW.findall(table):
        names = re.findall(r"`(\w+)`", codes)
        statuses_of = statuses.split(", ") if len(names) > 1 else [statuses.strip()] * len(names)
        statuses_of = statuses_of * len(names) if len(statuses_of) == 1 else statuses_of
        refusals |= {
            name: {status.strip()} for name, status in zip(names, statuses_of, strict=True)
        }
    return refusals


def descend(kind: type[SurveyError]) -> Iterator[type[SurveyError]]:
    yield kind
    for heir in kind.__subclasses__():
        yield from descend(heir)


def raised() -> dict[str, set[str]]:
    """The statuses with which the program answers each code; “–” where no server answers it."""
    codes = {
        kind.code: {_ON_THE_CLIENT.get(kind.code, str(kind.status.value))}
        for kind in descend(SurveyError)
    }
    for status, (code, _) in REFUSALS.items():
        codes.setdefault(code, set()).add(str(HTTPStatus(status).value))
    configuration = (ROOT / "deploy" / "nginx" / "refused.conf").read_text(encoding="utf-8")
    for status, code in NGINX.findall(configuration):
        codes.setdefault(code, set()).add(status)
    return codes


_ON_THE_CLIENT = dict.fromkeys(
    ("unreachable", "strange_reply", "refused_by_server", "dishonest_server", "no_survey", "rows"),
    "–",
)


def test_the_table_and_the_program_agree_on_codes_and_statuses():
    assert documented() == raised()


def test_no_two_refusals_of_the_tree_share_a_code_unless_one_is_the_other_s_kind():
    by_code: dict[str, list[type[SurveyError]]] = {}
    for kind in descend(SurveyError):
        by_code.setdefault(kind.code, []).append(kind)

    for code, kinds in by_code.items():
        first = min(kinds, key=lambda kind: len(kind.__mro__))
        assert all(issubclass(kind, first) for kind in kinds), code
