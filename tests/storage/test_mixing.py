"""Rows mixed as they are written: no order of arrival, nothing lost, nothing else moved."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from survey_app.answers.store.models import AnswersBase, Ballot, Box, Campaign
from survey_app.storage.database import lock
from survey_app.storage.mixing import POOL, mix, shuffle
from tests.storage.ballots import linked, lying, put


def versions(cluster, where):
    """The transaction and place of each row, as PostgreSQL keeps them."""
    query = f"SELECT sealed, xmin::text, ctid::text FROM ballot WHERE {where}"
    with cluster.connect() as connection:
        return set(connection.execute(query.encode()).fetchall())


def test_every_write_leaves_the_latest_rows_in_one_transaction(store, cluster):
    for number in range(3 * POOL):
        put(store, number)

    with cluster.connect() as connection:
        query = "SELECT count(*) FROM ballot GROUP BY xmin::text"
        sizes = Counter(size for (size,) in connection.execute(query))
    assert sizes == {POOL + 1: 1, 1: 2 * POOL - 1}


def test_as_many_rows_are_pending_as_the_pool_holds(store, cluster):
    counts = []
    for number in range(POOL + 3):
        put(store, number)
        with cluster.connect() as connection:
            query = "SELECT count(*) FROM ballot WHERE pending"
            counts.append(connection.execute(query).fetchone()[0])

    assert counts == [min(number, POOL) for number in range(1, POOL + 4)]


def test_neither_transactions_nor_places_tell_the_order_of_arrival(store, cluster):
    for number in range(150):
        put(store, number)

    for order in ("age(xmin) DESC, ctid", "ctid", "receipt"):
        assert linked(lying(cluster, order)) < 2 / POOL + 3 * (0.1 * 0.9 / 150) ** 0.5


def test_the_newest_row_lies_anywhere_among_the_latest(store, cluster):
    places = set()
    for number in range(60):
        put(store, number)
        places.add(lying(cluster, "age(xmin) DESC, ctid")[-POOL - 1 :].index(number))

    assert len(places) > POOL / 2


def test_writers_at_once_lose_nothing_and_wait_for_none_for_ever(store, cluster):
    strata = ["north", "south", "office"]
    rows = [(number, random.choice(strata)) for number in range(200)]

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda row: put(store, *row), rows))

    assert sorted(lying(cluster, "receipt")) == list(range(200))


def test_only_the_stratum_that_is_written_to_is_rewritten(store, cluster):
    with cluster.connect() as connection:
        connection.execute("INSERT INTO campaign VALUES ('autumn', 'collecting', '')")
    for number in range(10):
        put(store, number, "south")
        put(store, number, "north", "autumn")
    elsewhere = "campaign = 'autumn' OR stratum <> 'north'"
    before = versions(cluster, elsewhere)

    for number in range(10, 20):
        put(store, number)

    assert len(before) == 20
    assert versions(cluster, elsewhere) == before


def test_a_write_that_is_rolled_back_leaves_the_rows_as_they_were(store, cluster):
    for number in range(5):
        put(store, number)
    before = versions(cluster, "true")

    with store.begin() as session:
        lock(session, "spring", "north")
        session.add(Ballot(receipt=bytes(32), spent=bytes(32), campaign="spring", stratum="north"))
        mix(session, Ballot, bytes(32), "spring", "north")
        session.rollback()

    assert versions(cluster, "true") == before


def test_what_a_row_holds_is_not_changed_by_mixing(store, cluster):
    query = b"SELECT receipt, spent, campaign, stratum, sealed FROM ballot ORDER BY sealed LIMIT 1"
    put(store, 0)
    with cluster.connect() as connection:
        before = connection.execute(query).fetchone()
        for number in range(1, 2 * POOL):
            put(store, number)

        assert connection.execute(query).fetchone() == before


def test_shuffling_leaves_the_rows_of_a_campaign_in_one_transaction_and_no_order(store, cluster):
    with cluster.connect() as connection:
        connection.execute("INSERT INTO campaign VALUES ('autumn', 'collecting', '')")
    for number in range(60):
        put(store, number, random.choice(["north", "south"]))
    put(store, 99, "north", "autumn")
    of_autumn = versions(cluster, "campaign = 'autumn'")

    with store.begin() as session:
        shuffle(session, Ballot, "spring")

    mixed = versions(cluster, "campaign = 'spring'")
    assert len(mixed) == 60
    assert len({transaction for _, transaction, _ in mixed}) == 1
    order = [number for number in lying(cluster, "ctid") if number != 99]
    assert sorted(order) == list(range(60))
    assert linked(order) < 0.2
    assert versions(cluster, "campaign = 'autumn'") == of_autumn
    with store.read() as session:
        pending = select(Ballot.sealed).where(Ballot.campaign == "spring", Ballot.pending)
        assert session.scalars(pending).all() == []


def test_on_sqlite_the_random_key_is_the_order_and_no_row_is_pending():
    engine = create_engine("sqlite://")
    AnswersBase.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Campaign(campaign="spring", box=Box.COLLECTING, published=b""))
        session.flush()
        receipts = [bytes([number]) * 32 for number in random.sample(range(256), 30)]
        for receipt in receipts:
            row = {"receipt": receipt, "spent": receipt, "campaign": "spring", "sealed": b"x"}
            session.add(Ballot(**row, stratum="north"))
            mix(session, Ballot, receipt, "spring", "north")
        shuffle(session, Ballot, "spring")
        session.flush()

        ballots = session.query(Ballot).all()

        assert [ballot.receipt for ballot in ballots] == sorted(receipts)
        assert not any(ballot.pending for ballot in ballots)
    engine.dispose()
