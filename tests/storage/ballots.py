"""Ballots in a store, and what lies in it of the order in which they came."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from secrets import token_bytes

from sqlalchemy.orm import Session

from survey_app.answers.store import ballot_pool
from survey_app.answers.store.models import AnswersBase, Box, Campaign, Pool
from survey_app.storage.database import Database, lock
from survey_app.storage.pool import read_all
from tests.clusters import Cluster


@contextmanager
def new_sqlite(file: Path) -> Iterator[Database]:
    """A store of one campaign that collects."""
    database = Database(f"sqlite:///{file}")
    AnswersBase.metadata.create_all(database.engine)
    with database.begin() as session:
        session.add(Campaign(campaign="spring", box=Box.COLLECTING, published=b""))
    yield database
    database.engine.dispose()


def put(
    store: Database,
    number: int,
    stratum: str = "north",
    campaign: str = "spring",
    length: int = 4,
) -> bytes:
    """Write a ballot as the box does, its sealed answers ending in when it came; its receipt."""
    with store.begin() as session:
        return put_in(session, number, stratum, campaign, length)


def put_in(
    session: Session, number: int, stratum: str, campaign: str = "spring", length: int = 4
) -> bytes:
    """Write a ballot within a transaction."""
    receipt, spent_hash = token_bytes(32), token_bytes(32)
    sealed = token_bytes(length - 4) + number.to_bytes(4)
    lock(session, campaign, stratum)
    there = ballot_pool.find_same(session, campaign, stratum, receipt, spent_hash)
    ballot_pool.add(session, there, receipt, spent_hash, sealed)
    return receipt


def those_that_wait(store: Database, campaign: str = "spring") -> list[int]:
    """When the ballots came that wait."""
    with store.read() as session:
        records = chain.from_iterable(read_all(session, Pool, campaign).values())
        return [int.from_bytes(record[-4:]) for record in records]


def lying(cluster: Cluster, order: str) -> list[int]:
    """When the rows of the table came, in the order of what a thief can see of them."""
    query = f"SELECT sealed FROM ballot ORDER BY {order}"
    with cluster.connect() as connection:
        return [int.from_bytes(sealed) for (sealed,) in connection.execute(query.encode())]


def linked(order: Sequence[int]) -> float:
    """The share of rows whose rank in an order is that of their arrival."""
    return sum(rank == came for rank, came in enumerate(order)) / len(order)
