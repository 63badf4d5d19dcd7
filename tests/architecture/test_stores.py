"""What the two stores have in common, and what the answers store has no column for."""

import re
from itertools import combinations

from sqlalchemy import Boolean, DateTime, Integer, LargeBinary, String

from survey_app import composition
from survey_app.answers.store.models import AnswersBase
from survey_app.identity.store.models import IdentityBase
from survey_app.sides import SIDES

SAME_NAME = {"audit", "campaign", "lockout", "pool", "staff"}
"""Each side has its own table of this name; nothing is shared but the name."""

PASSED_BY_RESPONDENTS = {"identity": IdentityBase, "answers": AnswersBase}
"""The sides on which a moment, or an order, could tell who came when."""

LOG = {"audit"}
"""What staff did has minutes; nothing else has."""

NUMBERED = {"audit", "card", "named_list", "pool", "release"}
"""What staff did has an order; nothing else has: cards have numbers before they are handed out, and
the parts of a pool are filled by chance."""

ANSWERS = {
    "audit": {
        *("entry", "minute", "account", "origin", "action", "campaign", "detail"),
        *("previous", "digest"),
    },
    "ballot": {"receipt", "campaign", "stratum", "spent", "sealed", "copied"},
    "campaign": {"campaign", "box", "published", "merkle_root", "extension"},
    "key_destruction": {"campaign", "key", "account", "day"},
    "lockout": {"place", "state"},
    "opening": {"campaign", "stratum", "outcome", "sheets"},
    "pool": {"campaign", "stratum", "part", "records"},
    "script": {"campaign", "file", "content"},
    "computation": {"content", "campaign", "options", "state", "protected", "problem"},
    "release": {
        *("campaign", "number", "document", "digest", "maker", "checker"),
        *("state", "decided_by", "reason", "signature"),
    },
    "sheets": {"campaign", "stratum", "answers"},
    "stripped": {"campaign", "stratum", "sealed"},
    "staff": {
        *("username", "password", "active", "fs_uniquifier"),
        *("role", "totp", "totp_used", "provisional", "made_by"),
    },
    "token": {"digest", "label", "scope", "last_day"},
}
TELLING = re.compile(
    r"person|name|phone|mail|address|agent|code|invit|user|time|date|moment|created|updated|order|seq",
)


def test_the_stores_share_no_table():
    for side, other_side in combinations(SIDES, 2):
        tables = [composition(side).staff().metadata.tables for side in (side, other_side)]

        assert not {*tables[0].values()} & {*tables[1].values()}
        assert tables[0].keys() & tables[1].keys() == SAME_NAME


def test_the_answers_store_has_these_columns_and_no_other():
    actual = {
        table.name: {column.name for column in table.columns}
        for table in AnswersBase.metadata.tables.values()
    }

    assert actual == ANSWERS


def test_no_column_about_answers_names_a_person_or_a_moment():
    for table in AnswersBase.metadata.tables.values():
        if table.name not in LOG | {"staff"}:
            assert not [c.name for c in table.columns if TELLING.search(c.name)], table.name


def test_no_store_that_respondents_reach_has_a_column_of_time_or_one_that_counts_up():
    for base in PASSED_BY_RESPONDENTS.values():
        for table in base.metadata.tables.values():
            for column in table.columns:
                assert isinstance(column.type, String | LargeBinary | Integer | Boolean)
                assert not isinstance(column.type, DateTime)
                counts = column.primary_key and isinstance(column.type, Integer)
                assert not counts or table.name in NUMBERED, column
