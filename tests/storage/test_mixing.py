"""All rows of a campaign are mixed: no order, nothing lost, nothing else moved."""

import random

from survey_app.answers.store import ballot_pool
from survey_app.answers.store.models import Ballot
from survey_app.storage.mixing import shuffle
from survey_app.storage.pool import MOST
from tests.storage.ballots import linked, lying, put


def versions(cluster, where):
    """The transaction and place of each row, as PostgreSQL keeps them."""
    query = f"SELECT sealed, xmin::text, ctid::text FROM ballot WHERE {where}"
    with cluster.connect() as connection:
        return set(connection.execute(query.encode()).fetchall())


def test_shuffling_leaves_the_rows_of_a_campaign_in_one_transaction_and_no_order(store, cluster):
    with cluster.connect() as connection:
        connection.execute("INSERT INTO campaign VALUES ('autumn', 'collecting', '')")
    for number in range(60):
        put(store, number, random.choice(["north", "south"]))
    for number in range(90, 90 + MOST + 1):
        put(store, number, "north", "autumn")
    of_autumn = versions(cluster, "campaign = 'autumn'")

    with store.begin() as session:
        ballot_pool.empty(session, "spring")
        shuffle(session, Ballot, "spring")

    mixed = versions(cluster, "campaign = 'spring'")
    assert len(mixed) == 60
    assert len({transaction for _, transaction, _ in mixed}) == 1
    order = [number for number in lying(cluster, "ctid") if number < 90]
    assert sorted(order) == list(range(60))
    assert linked(order) < 0.2
    assert versions(cluster, "campaign = 'autumn'") == of_autumn
