"""Attackers who hold codes and ask the public issuer about them: what tells a code that was used?

Managers hold lists, a mail administrator holds letters, a printer holds cards. None of the
questions here spends a code, so nobody would notice them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from survey_app.crypto.encoding import to_text
from tests.linkage.insiders import Inside, Reply, named_roster
from tests.linkage.measures import Tally

UNFIT = (b"", b"\1" * 32, b"\xff" * 256, b"\1" * 257)
"""Blinded messages that no honest client sends: they cannot be signed."""
ANSWERS = 9
STRATUM = "posted"
Look = tuple[Reply, ...]


@dataclass(frozen=True)
class Learned:
    """What the manager of one campaign learned by asking."""

    from_a_new_list: Tally
    by_polling: Tally
    from_replaced_codes: Tally
    by_spending: Tally


def questions(code: str) -> list[tuple[str, Mapping[str, str]]]:
    """Give every question that spends nothing."""
    bodies = [{"code": code, "blinded": to_text(blinded)} for blinded in UNFIT]
    bodies += [body | {"stratum": STRATUM} for body in bodies]
    return [
        ("stratum", {"code": code}),
        *(("credentials", body) for body in bodies),
    ]


def look(campaign: Inside, code: str) -> Look:
    """Ask every question about a code."""
    return tuple(campaign.post("issue", *question) for question in questions(code))


def told(looks: Sequence[Look], against: Collection[Look]) -> Tally:
    """Count the codes that look as no code of the other kind does."""
    return Tally(sum(view not in against for view in looks), 0, len(looks))


def attack(campaign: Inside) -> Learned:
    """Hand a list out, let some answer while all its codes are polled, and make the list again."""
    installation = campaign.installation
    roster = named_roster(installation.folder, [STRATUM], 24)
    rows = campaign.make_list("first.csv", "--roster", roster)
    first = {row["person"]: row["code"] for row in rows}
    people = list(first)
    unused = look(campaign, first[people[-1]])
    moments = _polled(campaign, first, people[:ANSWERS])
    second = {row["person"]: row["code"] for row in campaign.make_list("second.csv", "--replace")}
    dead = [look(campaign, second[person]) for person in people[:ANSWERS]]
    fresh = [look(campaign, second[person]) for person in people[ANSWERS:]]
    replaced = [look(campaign, first[person]) for person in people[ANSWERS:]]
    spending = _spent(campaign, [first[person] for person in people[:ANSWERS]])
    return Learned(told(dead, fresh), moments, told(replaced, [unused, *fresh]), spending)


def _polled(campaign: Inside, codes: Mapping[str, str], answering: Sequence[str]) -> Tally:
    """Ask about every code after every answer: whose code looks otherwise than before?"""
    looks, right = {person: look(campaign, code) for person, code in codes.items()}, 0
    for person in answering:
        campaign.answer(codes[person], STRATUM)
        again = {holder: look(campaign, code) for holder, code in codes.items()}
        right += [holder for holder in codes if again[holder] != looks[holder]] == [person]
        looks = again
    return Tally(right, 0, len(answering))


def _spent(campaign: Inside, codes: Sequence[str]) -> Tally:
    """Spend codes: this tells, and the person whose code it was notices."""
    body = {"blinded": to_text(b"\1" * 256), "stratum": STRATUM}
    refusals = 0
    for code in codes:
        replies = [
            campaign.post("issue", "credentials", {"code": code} | fields)
            for fields in (body, {"blinded": body["blinded"]})
        ]
        refusals += all(reply.status != 200 for reply in replies)
    return Tally(refusals, 0, len(codes))
