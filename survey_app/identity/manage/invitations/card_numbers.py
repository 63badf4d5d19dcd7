"""Cards that name no one, by their numbers: which code each holds, so that one can be replaced."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.identity.store.models import Card
from survey_app.storage.database import insert_many
from survey_app.storage.mixing import table_of


def encrypt_code(key: bytes, place: tuple[str, str, int], code: bytes) -> bytes:
    """Encrypt the HMAC of a card's code; ``place`` is its campaign, stratum and number."""
    return encrypt(key, code, _context(*place))


def decrypt_code(key: bytes, card: Card) -> bytes:
    """Decrypt the HMAC of the code that a card holds."""
    return decrypt(key, card.holds, _context(card.campaign, card.stratum, card.number))


def last_numbers(session: Session, campaign: str) -> dict[str, int]:
    """Give the last number of each stratum that has cards."""
    query = select(Card.stratum, func.max(Card.number)).where(Card.campaign == campaign)
    return dict(session.execute(query.group_by(Card.stratum)).all())


def numbers_after(last: int, number: int) -> Sequence[int]:
    """Give the numbers of new cards: none that a card bore before."""
    return range(last + 1, last + 1 + max(0, number))


def find(session: Session, campaign: str, stratum: str, number: int) -> Card | None:
    """Find a card; none if there is none of this number any more."""
    return session.get(Card, (campaign, stratum, number), populate_existing=True)


def add(session: Session, campaign: str, cards: Iterable[tuple[str, int, bytes]]) -> None:
    """Store which code each new card holds."""
    rows = (
        {"campaign": campaign, "stratum": stratum, "number": number, "holds": holds}
        for stratum, number, holds in cards
    )
    insert_many(session, table_of(Card), rows)


def renew(session: Session, campaign: str, stratum: str, number: int, holds: bytes) -> None:
    """Store that a card holds another code."""
    of_number = update(Card).where(
        Card.campaign == campaign, Card.stratum == stratum, Card.number == number
    )
    session.execute(of_number.values(holds=holds))


def forget(session: Session, campaign: str, strata: Collection[str]) -> None:
    """Forget the cards of strata, all of which are replaced."""
    session.execute(delete(Card).where(Card.campaign == campaign, Card.stratum.in_(strata)))


def _context(campaign: str, stratum: str, number: int) -> str:
    return f"card/{campaign}/{stratum}/{number}"
