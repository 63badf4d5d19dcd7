"""Invitations and reminders by e-mail: queued encrypted, and listed by person if one fails.

`survey_app.identity.manage.invitations.sending` takes them to the mail server.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.invitations import codes, new_codes
from survey_app.identity.manage.invitations.codes import FAILED
from survey_app.identity.manage.invitations.new_codes import Keys, Recipients
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Audit, Letter, LetterState, Person

MOST_SHOWN = 200
"""How many failed letters a page lists at once."""
_OWN_COLUMNS = {"stratum", "person", "address"}
_LONGEST_NAME = 120
PersonRow = Row[Any]
Link = Callable[[str, str], str]
"""Composes the link of a code in a stratum."""


@dataclass(frozen=True)
class LetterCounts:
    """How many letters of a job are not sent, by what became of them."""

    unsent: int
    put_off: int
    """How many of the unsent were refused for now."""
    refusals: int
    doubtful: int


@dataclass(frozen=True)
class FailedLetter:
    """A letter that did not arrive, with the person who lacks it: never a code."""

    letter: str
    stratum: str
    person: str
    name: str
    """What else the roster says of the person, in its own columns."""
    address: str
    state: LetterState
    reply: str
    """What the mail server said."""


@dataclass(frozen=True)
class Addressees:
    """Of persons who would get a letter, how many have an address."""

    addressed: int
    unaddressed: int


def read_letter(key: bytes, letter: Letter) -> dict[str, str]:
    """Decrypt a letter's address and link, or what the server said of it."""
    content: dict[str, str] = json.loads(
        decrypt(key, letter.content, _letter_context(letter.letter))
    )
    return content


def write_letter(key: bytes, letter: bytes, **content: str) -> bytes:
    """Encrypt what a letter holds."""
    return encrypt(key, json.dumps(content).encode(), _letter_context(letter))


def queue_invitations(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    job: str,
    strata: Collection[str],
    link: Link,
) -> int:
    """Give a code to each person drawn who has an address and no code, in a letter that waits.

    Those without an address are listed until a manager deals with them.

    Raises
    ------
    SurveyError
        There is no such person.
    """
    campaign = manifest.campaign
    sample = new_codes.persons_at(session, campaign, strata, ("drawn",))
    addresses = _addresses(keys, sample)
    addressed = [person for person in sample if addresses[person.person]]
    if not addressed:
        raise SurveyError(N_("No person drawn in these strata has an address and no code yet."))
    first = codes.first_codes(session, keys, manifest, addressed)
    letters = [
        _Letter(person.stratum, person.person, addresses[person.person], link(code, person.stratum))
        for person, code in zip(addressed, first, strict=True)
    ]
    _list_unaddressed(session, keys, campaign, job, set(sample) - set(addressed))
    _queue(session, keys, campaign, job, letters)
    audit.record(session, Audit, "mail", campaign, f"{len(letters)}")
    return len(letters)


def queue_new_links(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    job: str,
    sample: Sequence[PersonRow],
    link: Link,
) -> int:
    """Give a new code to each of these persons, in a letter that waits; theirs is withdrawn.

    There is a letter whether or not the code before was used.

    Raises
    ------
    SurveyError
        One of them has no address.
    """
    addresses = _addresses(keys, sample)
    if not sample or not all(addresses.values()):
        raise SurveyError(N_("There is no address to write to: replace the code by a card."))
    return _queue_replacing(session, keys, manifest, job, sample, link)


def queue_reminders(
    session: Session, keys: Keys, campaign: str, job: str, strata: Collection[str]
) -> int:
    """Queue a letter to each person invited in whole strata, whether they answered or not.

    Raises
    ------
    SurveyError
        There is no such person.
    """
    invited = new_codes.persons_at(session, campaign, strata, ("invited", "mailed"))
    addresses = _addresses(keys, invited)
    letters = [
        _Letter(person.stratum, None, addresses[person.person])
        for person in invited
        if addresses[person.person]
    ]
    if not letters:
        raise SurveyError(N_("No person invited in these strata has an address."))
    _queue(session, keys, campaign, job, letters)
    audit.record(session, Audit, "remind", campaign, f"{len(letters)}")
    return len(letters)


def write_again(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    job: str,
    letters: Collection[str],
    link: Link,
) -> int:
    """Replace the codes of persons whose letters failed, each in a new letter that waits.

    A person who has claimed a code gets one that does not work, and nothing tells.

    Raises
    ------
    SurveyError
        None of them has an address.
    """
    campaign = manifest.campaign
    sample = persons_of(session, campaign, letters)
    addresses = _addresses(keys, sample)
    addressed = [person for person in sample if addresses[person.person]]
    if not addressed:
        raise SurveyError(N_("Choose at least one person who has an address."))
    number = _queue_replacing(session, keys, manifest, job, addressed, link)
    audit.record(session, Audit, "mail again", campaign, f"{number}")
    return number


def _queue_replacing(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    job: str,
    sample: Sequence[PersonRow],
    link: Link,
) -> int:
    """Give each of these persons a new code, in a letter that waits."""
    addresses = _addresses(keys, sample)
    new = list(new_codes.generate(keys, manifest, Recipients(sample, {})))
    codes.replace_lost(session, keys, manifest, [record for _, record in new], mailed=True)
    letters = [
        _Letter(
            plain.stratum, record.person, addresses[record.person], link(plain.code, plain.stratum)
        )
        for plain, record in new
    ]
    _queue(session, keys, manifest.campaign, job, letters)
    return len(letters)


def dismiss(session: Session, campaign: str, letters: Collection[str]) -> None:
    """Take failed letters off the list: nothing else happens for their persons."""
    listed = persons_of(session, campaign, letters)
    of_persons = [person.person for person in listed]
    codes.forget_failed_letters(session, campaign, of_persons=of_persons)
    audit.record(session, Audit, "dismiss", campaign, f"{len(listed)}")


def give_up_waiting(session: Session, key: bytes, job: str) -> None:
    """List the persons whose letters still wait in a job, and delete those letters' links."""
    query = select(Letter).where(Letter.job == job, Letter.state == LetterState.WAITING)
    for letter in session.scalars(query):
        address = read_letter(key, letter)["address"]
        letter.content = write_letter(key, letter.letter, address=address)
        letter.state = LetterState.REFUSED


def persons_of(session: Session, campaign: str, letters: Collection[str]) -> Sequence[PersonRow]:
    """List the persons of failed letters, which a form names.

    Raises
    ------
    SurveyError
        None of them is still listed.
    """
    names = [bytes.fromhex(name) for name in letters if _is_name(name)]
    columns: tuple[Any, ...] = (
        *(Person.person, Person.campaign, Person.stratum, Person.fields, Person.holds),
    )
    query = (
        select(*columns)
        .join(Letter, Letter.person == Person.person)
        .where(Letter.campaign == campaign, Letter.state.in_(FAILED))
        .distinct()
    )
    rows = [
        row
        for batch in _batches(names)
        for row in session.execute(query.where(Letter.letter.in_(batch)))
    ]
    if not rows:
        raise SurveyError(N_("Choose at least one person of the list."))
    return rows


def failed_letters(session: Session, key: bytes, campaign: str) -> list[FailedLetter]:
    """List letters that did not arrive, by stratum and person; at most as many as a page shows."""
    query = (
        select(Letter, Person)
        .join(Person, Letter.person == Person.person)
        .where(Letter.campaign == campaign, Letter.state.in_(FAILED))
        .limit(MOST_SHOWN)
    )
    listed = [_failed(key, letter, person) for letter, person in session.execute(query)]
    return sorted(listed, key=attrgetter("stratum", "person"))


def number_failed(session: Session, campaign: str) -> int:
    """Count the letters that did not arrive and that no manager has dealt with."""
    query = select(func.count()).where(
        Letter.campaign == campaign, Letter.state.in_(FAILED), Letter.person.is_not(None)
    )
    return session.scalar(query) or 0


def addressees(session: Session, keys: Keys, campaign: str, strata: Collection[str]) -> Addressees:
    """Count who would get a letter, and who has no address."""
    sample = new_codes.persons_at(session, campaign, strata, ("drawn",))
    addressed = sum(map(bool, _addresses(keys, sample).values()))
    return Addressees(addressed, len(sample) - addressed)


def reminded(session: Session, keys: Keys, campaign: str, strata: Collection[str]) -> Addressees:
    """Count who would get a reminder, and which of those invited have no address."""
    sample = new_codes.persons_at(session, campaign, strata, ("invited", "mailed"))
    addressed = sum(map(bool, _addresses(keys, sample).values()))
    return Addressees(addressed, len(sample) - addressed)


def number_drawn(session: Session, campaign: str) -> int:
    """Count the persons drawn who have no code yet."""
    query = select(func.count()).where(Person.campaign == campaign, Person.step == "drawn")
    return session.scalar(query) or 0


def by_job(session: Session, campaign: str, letters: Collection[str]) -> dict[str, list[str]]:
    """Group failed letters by the job that was to send them.

    Raises
    ------
    SurveyError
        None of them is still listed.
    """
    names = [bytes.fromhex(name) for name in letters if _is_name(name)]
    jobs: dict[str, list[str]] = {}
    for batch in _batches(names):
        query = select(Letter.letter, Letter.job).where(
            Letter.campaign == campaign,
            Letter.letter.in_(batch),
            Letter.state.in_((LetterState.REFUSED, LetterState.DOUBTFUL)),
        )
        for name, job in session.execute(query):
            jobs.setdefault(job, []).append(name.hex())
    if not jobs:
        raise SurveyError(N_("Choose at least one person who has an address."))
    return jobs


def letter_counts(session: Session, job: str) -> LetterCounts:
    """Count a job's letters that are not sent."""
    put_off = (Letter.tries > 0) & (Letter.state == LetterState.WAITING)
    query = (
        select(Letter.state, put_off, func.count())
        .where(Letter.job == job)
        .group_by(Letter.state, put_off)
    )
    counts: Counter[str] = Counter()
    for state, refused_before, number in session.execute(query):
        counts[state] += number
        counts["put off"] += number if refused_before else 0
    return LetterCounts(
        counts[LetterState.WAITING] + counts[LetterState.SENDING],
        counts["put off"],
        counts[LetterState.REFUSED],
        counts[LetterState.DOUBTFUL],
    )


def try_now(session: Session, job: str) -> None:
    """Let letters that were refused for now be tried at once."""
    session.execute(update(Letter).where(Letter.job == job).values(next_try=0))


@dataclass(frozen=True)
class _Letter:
    """What is to be queued: an invitation names its person."""

    stratum: str
    person: bytes | None
    address: str
    link: str = ""


def _addresses(keys: Keys, sample: Iterable[PersonRow]) -> dict[bytes, str]:
    return {
        person.person: persons.fields(keys.roster, person).get("address", "").strip()
        for person in sample
    }


def _list_unaddressed(
    session: Session, keys: Keys, campaign: str, job: str, without: Iterable[PersonRow]
) -> None:
    """List the persons who have no address, unless they are on the list."""
    listed = set(session.scalars(select(Letter.person).where(Letter.campaign == campaign)))
    letters = [
        _Letter(person.stratum, person.person, "")
        for person in without
        if person.person not in listed
    ]
    _queue(session, keys, campaign, job, letters, LetterState.UNADDRESSED)


def _queue(
    session: Session,
    keys: Keys,
    campaign: str,
    job: str,
    letters: list[_Letter],
    state: LetterState = LetterState.WAITING,
) -> None:
    rows: list[dict[str, Any]] = []
    for letter in letters:
        name = os.urandom(16)
        content = write_letter(keys.roster, name, address=letter.address, link=letter.link)
        row = {"letter": name, "stratum": letter.stratum, "person": letter.person}
        rows.append({**row, "content": content})
    if rows:
        rows.sort(key=itemgetter("letter"))
        session.execute(insert(Letter).values(campaign=campaign, job=job, state=state), rows)


def _failed(key: bytes, letter: Letter, person: Person) -> FailedLetter:
    row, content = persons.fields(key, person), read_letter(key, letter)
    other_columns = [text for name, text in row.items() if name not in _OWN_COLUMNS and text]
    return FailedLetter(
        letter.letter.hex(),
        person.stratum,
        row["person"],
        " · ".join(other_columns)[:_LONGEST_NAME],
        row.get("address", ""),
        LetterState(letter.state),
        content.get("reply", ""),
    )


def _batches(names: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(names), 500):
        yield names[start : start + 500]


def _is_name(text: str) -> bool:
    return len(text) == 32 and set(text) <= set("0123456789abcdef")


def _letter_context(letter: bytes) -> str:
    return f"letter/{letter.hex()}"
