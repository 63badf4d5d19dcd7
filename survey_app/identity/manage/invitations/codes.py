"""Codes for a sample: each shown once, and replaced where it was lost and not yet claimed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from random import SystemRandom
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, ChangedError, SurveyError
from survey_app.identity.manage.campaigns.service import check_step
from survey_app.identity.manage.invitations import card_numbers
from survey_app.identity.manage.invitations.new_codes import (
    IN_SAMPLE,
    CodeRecord,
    Keys,
    PlainCode,
    Recipients,
    check_no_letters,
    generate,
    new_pair,
    recipients,
    select_strata,
)
from survey_app.identity.manage.roster import persons
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import (
    UNCLAIMED,
    WITHDRAWN,
    Audit,
    Card,
    Invitation,
    Letter,
    LetterState,
    Person,
    Step,
)
from survey_app.identity.store.queries import count_codes, lock_campaign
from survey_app.storage.database import for_each, insert_many
from survey_app.storage.mixing import shuffle, table_of

FAILED = (LetterState.REFUSED, LetterState.DOUBTFUL, LetterState.UNADDRESSED)
"""What a letter is that did not arrive, and that no manager has dealt with."""
_AT_ONCE = 500
_WITHDRAWING = (
    update(Invitation)
    .where(
        Invitation.campaign == bindparam("of_campaign"),
        Invitation.stratum == bindparam("of_stratum"),
        Invitation.claimed_for == UNCLAIMED,
        Invitation.code.not_in(bindparam("claimed_codes", expanding=True)),
    )
    .values(claimed_for=WITHDRAWN)
    .returning(Invitation.code)
    .execution_options(synchronize_session=False)
)


_WITHDRAWING_SINGLE = (
    update(Invitation)
    .where(
        Invitation.code.in_(bindparam("unclaimed_codes", expanding=True)),
        Invitation.claimed_for == UNCLAIMED,
    )
    .values(claimed_for=WITHDRAWN)
    .returning(Invitation.code)
    .execution_options(synchronize_session=False)
)
_random = SystemRandom()


def check_without_codes(
    session: Session, manifest: PublishedManifest, strata: Collection[str]
) -> None:
    """Refuse to replace codes without permission.

    Raises
    ------
    SurveyError
        Some of the strata have codes.
    """
    existing = count_codes(session, manifest.campaign)
    if existing.keys() & {stratum.id for stratum in select_strata(manifest, strata)}:
        raise SurveyError(N_("These strata have codes. Allow unused ones to be replaced."))


def activate(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    strata: Collection[str],
    records: Sequence[CodeRecord],
) -> None:
    """Activate the new codes of whole strata and withdraw the unclaimed earlier ones.

    A person who has claimed a code keeps it; the new one is withdrawn from the start, and so are
    as many cards as would work beyond the sample. Neither the list nor the issuer reveals which.

    Raises
    ------
    SurveyError
        E-mails with codes wait to be sent, a stratum has codes that the roster's persons do not
        hold, or more codes would work than are to be invited.
    ChangedError
        A person was given a code since these were generated.
    StateError
        The campaign is not published, or has closed.
    """
    campaign = _lock_published(session, manifest)
    selection = [stratum.id for stratum in select_strata(manifest, strata)]
    check_no_letters(session, campaign, selection)
    _check_unchanged(session, campaign, selection, records)
    check_all_held(session, campaign, {record.stratum for record in records if record.person})
    forget_failed_letters(session, campaign, strata=selection)
    replaced = _withdraw_unclaimed(session, campaign, selection)
    card_numbers.forget(session, campaign, selection)
    dead = _surplus(session, manifest, records)
    states = [
        WITHDRAWN if record.code in dead else _state(keys, campaign, record, replaced)
        for record in records
    ]
    _store(session, campaign, records, states)
    _store_holders(session, records, states, "invited")
    _add_cards(session, campaign, records)
    detail = ", ".join(selection) if strata else ""
    audit.record(session, Audit, "invite", campaign, f"{len(records)} {detail}".strip())


def replace_lost(
    session: Session,
    keys: Keys,
    manifest: PublishedManifest,
    records: Sequence[CodeRecord],
    *,
    mailed: bool = False,
) -> None:
    """Activate new codes for single persons or cards, and withdraw theirs that were not claimed.

    A code is new in any case, and dead if the one before was claimed: neither what is returned
    nor the log, nor the step that a person reaches, tells which it is.

    Raises
    ------
    SurveyError
        A person would get a code for whom the sample has no place.
    ChangedError
        A person or a card was given a code since these were generated.
    StateError
        The campaign is not published, or has closed.
    """
    campaign = _lock_published(session, manifest)
    forget_failed_letters(
        session, campaign, of_persons=[record.person for record in records if record.person]
    )
    previous = _previous(session, keys, campaign, records)
    replaced = _withdraw(session, campaign, [code for code in previous if code])
    states = [UNCLAIMED if not code or code in replaced else WITHDRAWN for code in previous]
    _store(session, campaign, records, states)
    holdings = [
        record if state == UNCLAIMED else _encrypted_again(keys, campaign, record, code)
        for record, state, code in zip(records, states, previous, strict=True)
    ]
    _renew_holders(session, campaign, holdings, "mailed" if mailed else "invited")
    strata = ", ".join(sorted({record.stratum for record in records}))
    audit.record(session, Audit, "replace", campaign, f"{len(records)} {strata}")


def hand_out(
    session: Session, keys: Keys, manifest: PublishedManifest, strata: Collection[str] = ()
) -> list[PlainCode]:
    """Generate the codes of some strata (none named: of all) and activate them at once.

    Respondents who claim a code wait meanwhile: long lists are made by `code_lists` instead.
    """
    lock_campaign(session, manifest.campaign)
    to = recipients(session, manifest, strata)
    new = list(generate(keys, manifest, to))
    activate(session, keys, manifest, strata, [record for _, record in new])
    return [plain for plain, _ in new]


def add_cards(
    session: Session, keys: Keys, manifest: PublishedManifest, stratum: str, number: int
) -> list[PlainCode]:
    """Add cards to a stratum without persons, never more than its sample in all.

    Raises
    ------
    SurveyError
        The whole sample of the stratum is invited, or the roster names its persons.
    """
    campaign = _lock_published(session, manifest)
    [planned_stratum] = select_strata(manifest, [stratum])
    free = planned_stratum.sample - count_codes(session, campaign).get(stratum, 0)
    if free < 1 or stratum in persons.named_strata(session, campaign):
        raise SurveyError(N_("The whole sample has been invited already."))
    last = card_numbers.last_numbers(session, campaign).get(stratum, 0)
    numbers = {stratum: card_numbers.numbers_after(last, min(number, free))}
    new = list(generate(keys, manifest, Recipients((), numbers)))
    records = [record for _, record in new]
    _store(session, campaign, records, [UNCLAIMED] * len(new))
    _add_cards(session, campaign, records)
    audit.record(session, Audit, "invite", campaign, f"{len(new)} {stratum}")
    return [plain for plain, _ in new]


def first_codes(
    session: Session, keys: Keys, manifest: PublishedManifest, addressees: Sequence[Row[Any]]
) -> list[str]:
    """Give a code to each person, none of whom has one; they count as mailed.

    Raises
    ------
    SurveyError
        A stratum has codes that the roster's persons do not hold.
    StateError
        The campaign is not published, or has closed.
    """
    campaign = _lock_published(session, manifest)
    check_all_held(session, campaign, {person.stratum for person in addressees})
    new = [(person, *new_pair(keys, manifest)) for person in addressees]
    records = [
        CodeRecord(
            person.stratum,
            digest,
            persons.encrypt_code(keys.roster, campaign, person.person, digest),
            person.person,
        )
        for person, _, digest in new
    ]
    _store(session, campaign, records, [UNCLAIMED] * len(records))
    _store_holders(session, records, [UNCLAIMED] * len(records), "mailed")
    return [code for _, code, _ in new]


def check_all_held(session: Session, campaign: str, strata: Collection[str]) -> None:
    """Refuse strata with codes that no person of the roster holds: more would work than are drawn.

    They were made as cards, or for the persons of a roster that was erased.

    Raises
    ------
    SurveyError
        There is such a code.
    """
    holders = dict(
        session.execute(
            select(Person.stratum, func.count())
            .where(Person.campaign == campaign, Person.holds.is_not(None))
            .group_by(Person.stratum)
        ).all()
    )
    counts = count_codes(session, campaign)
    beyond = [name for name in strata if counts.get(name, 0) > holders.get(name, 0)]
    if beyond:
        raise SurveyError(
            N_("The stratum “%(stratum)s” has its codes already."), stratum=min(beyond)
        )


def forget_failed_letters(
    session: Session,
    campaign: str,
    *,
    strata: Collection[str] = (),
    of_persons: Sequence[bytes] = (),
) -> None:
    """Take persons off the list of those whose letter failed: they get a code in another way."""
    failures = delete(Letter).where(
        Letter.campaign == campaign, Letter.person.is_not(None), Letter.state.in_(FAILED)
    )
    session.execute(failures.where(Letter.stratum.in_(strata)))
    for start in range(0, len(of_persons), _AT_ONCE):
        batch = of_persons[start : start + _AT_ONCE]
        session.execute(failures.where(Letter.person.in_(batch)))


def _lock_published(session: Session, manifest: PublishedManifest) -> str:
    """Lock a campaign, which must be published and not closed; gives its name."""
    lock_campaign(session, manifest.campaign)
    check_step(session, manifest.campaign, Step.PUBLISHED)
    return manifest.campaign


def _store(
    session: Session, campaign: str, records: Sequence[CodeRecord], states: Sequence[bytes]
) -> None:
    """Store new codes' HMACs in their states, sorted: their order must reveal nothing."""
    rows = (
        {"code": code, "campaign": campaign, "stratum": stratum, "claimed_for": state}
        for code, stratum, state in sorted(
            (record.code, record.stratum, state)
            for record, state in zip(records, states, strict=True)
        )
    )
    try:
        insert_many(session, table_of(Invitation), rows)
    except IntegrityError:
        raise SurveyError(
            N_("More codes would work than are to be invited: nothing was made.")
        ) from None


def _store_holders(
    session: Session, records: Sequence[CodeRecord], states: Sequence[bytes], step: str
) -> None:
    """Store which codes persons hold now, encrypted; who has claimed one keeps it.

    All reach the same step: it must not tell who has.
    """
    table = table_of(Person)
    statement = update(table).where(table.c.person == bindparam("holder")).values(step=step)
    pairs = [pair for pair in zip(records, states, strict=True) if pair[0].person]
    good = ((record, state) for record, state in pairs if state == UNCLAIMED)
    dead = ((record, state) for record, state in pairs if state != UNCLAIMED)
    rows = ({"holder": record.person, "code": record.holds} for record, _ in good)
    for_each(session, statement.values(holds=bindparam("code")), rows)
    for_each(session, statement, ({"holder": record.person} for record, _ in dead))


def _add_cards(session: Session, campaign: str, records: Iterable[CodeRecord]) -> None:
    cards = ((r.stratum, r.number, r.holds) for r in records if r.number)
    card_numbers.add(session, campaign, cards)


def _surplus(
    session: Session, manifest: PublishedManifest, records: Iterable[CodeRecord]
) -> set[bytes]:
    """Choose by chance the cards that must not work, if there are more than places are left."""
    counts = count_codes(session, manifest.campaign)
    by_stratum: dict[str, list[bytes]] = {}
    for record in records:
        if record.number:
            by_stratum.setdefault(record.stratum, []).append(record.code)
    dead: set[bytes] = set()
    for stratum in manifest.strata:
        codes = by_stratum.get(stratum.id, [])
        free = max(0, stratum.sample - counts.get(stratum.id, 0))
        dead.update(_random.sample(codes, max(0, len(codes) - free)))
    return dead


def _previous(
    session: Session, keys: Keys, campaign: str, records: Sequence[CodeRecord]
) -> list[bytes]:
    """Look up the codes that single holders have now; empty for a person who has none."""
    _check_no_letters_to(session, campaign, {record.person for record in records if record.person})
    return [
        _of_person(session, keys, record)
        if record.person
        else _of_card(session, keys, campaign, record)
        for record in records
    ]


def _encrypted_again(keys: Keys, campaign: str, record: CodeRecord, code: bytes) -> CodeRecord:
    """Let a holder keep the code that was claimed: what is stored looks new all the same."""
    if record.number:
        place = (campaign, record.stratum, record.number)
        return replace(record, holds=card_numbers.encrypt_code(keys.roster, place, code))
    holds = persons.encrypt_code(keys.roster, campaign, record.person, code)
    return replace(record, holds=holds)


def _renew_holders(
    session: Session, campaign: str, records: Sequence[CodeRecord], step: str
) -> None:
    """Store what single holders hold, and write all of their strata again.

    PostgreSQL keeps which transaction wrote a row: it would tell, without any key, which code was
    made for whom.
    """
    _store_holders(session, records, [UNCLAIMED] * len(records), step)
    for record in records:
        if record.number:
            card_numbers.renew(session, campaign, record.stratum, record.number, record.holds)
    for stratum in sorted({record.stratum for record in records}):
        for model in (Person, Card):
            shuffle(session, model, campaign, stratum)


def _of_person(session: Session, keys: Keys, record: CodeRecord) -> bytes:
    row = session.execute(
        select(Person.campaign, Person.holds).where(Person.person == record.person)
    ).one_or_none()
    if row is None or row.holds != record.previous:
        raise ChangedError
    if row.holds is None:
        return b""
    return persons.decrypt_code(keys.roster, row.campaign, record.person, row.holds)


def _of_card(session: Session, keys: Keys, campaign: str, record: CodeRecord) -> bytes:
    card = card_numbers.find(session, campaign, record.stratum, record.number)
    if card is None:
        raise ChangedError
    return card_numbers.decrypt_code(keys.roster, card)


def _check_unchanged(
    session: Session, campaign: str, strata: Collection[str], records: Sequence[CodeRecord]
) -> None:
    query = select(Person.person, Person.holds).where(
        Person.campaign == campaign, Person.stratum.in_(strata), Person.step.in_(IN_SAMPLE)
    )
    now = {row.person: row.holds for row in session.execute(query)}
    if now != {record.person: record.previous for record in records if record.person}:
        raise ChangedError


def _state(keys: Keys, campaign: str, record: CodeRecord, replaced: Collection[bytes]) -> bytes:
    """Give the state of a new code: it works, unless its person has claimed the previous one."""
    if record.previous is None:
        return UNCLAIMED
    previous = persons.decrypt_code(keys.roster, campaign, record.person, record.previous)
    return UNCLAIMED if previous in replaced else WITHDRAWN


def _check_no_letters_to(session: Session, campaign: str, people: set[bytes]) -> None:
    """Refuse to replace a code that is on its way."""
    on_its_way = Letter.state.in_((LetterState.WAITING, LetterState.SENDING))
    addressees = select(Letter.person).where(Letter.campaign == campaign, on_its_way)
    if people and not people.isdisjoint(session.scalars(addressees)):
        raise SurveyError(N_("The letter with this person's code waits to be sent: see its job."))


def _withdraw_unclaimed(session: Session, campaign: str, strata: Collection[str]) -> set[bytes]:
    """Withdraw the unclaimed codes of strata; returns them.

    Their rows stay, so that the issuer names their stratum as it does of every other code.
    """
    claims = claim_pool.read_all(session, campaign)
    return {
        code
        for stratum in strata
        for code in session.scalars(
            _WITHDRAWING,
            {
                "of_campaign": campaign,
                "of_stratum": stratum,
                "claimed_codes": [*claims.get(stratum, ())],
            },
        )
    }


def _withdraw(session: Session, campaign: str, codes: Collection[bytes]) -> set[bytes]:
    """Withdraw those of some codes that are not claimed; returns them."""
    claims = claim_pool.read_all(session, campaign)
    claimed_codes = {code for of_stratum in claims.values() for code in of_stratum}
    unclaimed = sorted({*codes} - claimed_codes)
    return set(session.scalars(_WITHDRAWING_SINGLE, {"unclaimed_codes": unclaimed}))
