"""Ballots in a PostgreSQL store, and what their rows tell of the order in which they came."""

from collections.abc import Sequence
from secrets import token_bytes

from survey_app.answers.store.models import Ballot
from survey_app.storage.database import Database, lock
from survey_app.storage.mixing import mix
from tests.clusters import Cluster


def put(store: Database, number: int, stratum: str = "north", campaign: str = "spring") -> None:
    """Write a ballot as the box does; its sealed answers hold when it came."""
    with store.begin() as session:
        lock(session, campaign, stratum)
        receipt = token_bytes(32)
        row = {"receipt": receipt, "spent": token_bytes(32), "campaign": campaign}
        session.add(Ballot(**row, stratum=stratum, sealed=number.to_bytes(4)))
        mix(session, Ballot, receipt, campaign, stratum)


def lying(cluster: Cluster, order: str) -> list[int]:
    """When the rows came, in the order of what a thief can see of them."""
    query = f"SELECT sealed FROM ballot ORDER BY {order}"
    with cluster.connect() as connection:
        return [int.from_bytes(sealed) for (sealed,) in connection.execute(query.encode())]


def linked(order: Sequence[int]) -> float:
    """The share of rows whose rank in an order is that of their arrival."""
    return sum(rank == came for rank, came in enumerate(order)) / len(order)
