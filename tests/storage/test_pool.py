"""What waits in a pool: nothing is lost, and neither rows nor files tell who came when."""

import random
import re
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from math import comb, log
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from sqlalchemy import select

from survey_app.answers.store import ballot_pool
from survey_app.answers.store.models import Ballot, Pool
from survey_app.answers.store.queries import ballots_by_stratum
from survey_app.storage.database import lock
from survey_app.storage.pool import MOST, PART, STAYING
from tests.storage.ballots import linked, lying, new_sqlite, put, put_in, those_that_wait

LENGTHS = pytest.mark.parametrize("length", [4, 200, 700], ids=["short", "usual", "many parts"])


def those_in_table(box):
    """When the ballots came that have left the pool."""
    with box.read() as session:
        return [int.from_bytes(sealed[-4:]) for sealed in session.scalars(select(Ballot.sealed))]


def parts(box):
    with box.read() as session:
        return session.execute(select(Pool.campaign, Pool.stratum, Pool.part, Pool.records)).all()


@LENGTHS
def test_every_ballot_waits_or_is_stored_and_ten_to_twenty_wait(box, length):
    numbers = []
    for number in range(3 * MOST):
        put(box, number, length=length)
        pool, table = those_that_wait(box), those_in_table(box)
        assert Counter(pool + table) == Counter(range(number + 1))
        numbers.append(len(pool))

    assert numbers[:MOST] == list(range(1, MOST + 1))
    assert set(numbers[MOST:]) == set(range(STAYING, MOST + 1))
    with box.read() as session:
        assert ballots_by_stratum(session, "spring") == {"north": 3 * MOST}


@LENGTHS
def test_a_pool_has_one_size_whatever_waits_in_it(box, length):
    put(box, 0, length=length)
    first = [(part.part, len(part.records)) for part in parts(box)]
    for number in range(MOST + 3):
        put(box, number, length=length)
        assert [(part.part, len(part.records)) for part in parts(box)] == first

    assert {size for _, size in first} == {PART}


def test_a_ballot_and_its_credential_are_known_whether_they_wait_or_not(box):
    receipts = [put(box, number) for number in range(2 * MOST)]
    with box.read() as session:
        spent_hashes = {row.receipt: row.spent for row in session.scalars(select(Ballot))}
        there = ballot_pool.find_same(session, "spring", "north", b"", b"none")
        spent_hashes |= {record[:32]: record[32:64] for record in there.records}

        def known(receipt, number):
            return ballot_pool.find_same(session, "spring", "north", receipt, number).receipts

        assert set(spent_hashes) == set(receipts)
        for receipt in receipts:
            assert known(receipt, bytes(32)) == {receipt}
            assert known(bytes(32), spent_hashes[receipt]) == {receipt}
        assert known(bytes(32), bytes(32)) == set()


def test_writers_at_once_lose_nothing_and_wait_for_none_for_ever(box):
    rows = [(number, random.choice(["north", "south", "office"])) for number in range(150)]

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda row: put(box, *row), rows))

    assert sorted(those_that_wait(box) + those_in_table(box)) == list(range(150))


def test_a_write_that_is_rolled_back_leaves_pool_and_table_as_they_were(box):
    for number in range(MOST):
        put(box, number)
    before = parts(box)

    with suppress(RuntimeError), box.begin() as session:
        lock(session, "spring", "north")
        there = ballot_pool.find_same(session, "spring", "north", bytes(32), bytes(32))
        ballot_pool.add(session, there, bytes(32), bytes(32), bytes(4))
        raise RuntimeError

    assert parts(box) == before
    assert those_in_table(box) == []


def test_a_pool_that_is_emptied_has_stored_all_of_its_campaign_alone(box):
    for number in range(2 * MOST):
        put(box, number, ["north", "south"][number % 2])
    before = parts(box)
    with box.begin() as session:
        ballot_pool.empty(session, "autumn")
    assert parts(box) == before

    with box.begin() as session:
        ballot_pool.empty(session, "spring")

    assert parts(box) == []
    assert sorted(those_in_table(box)) == list(range(2 * MOST))


def test_the_newest_waits_in_any_place_and_leaves_as_likely_as_any(sqlite):
    surveys = range(100, 4100, 100)
    with sqlite.begin() as session:
        for survey in surveys:
            for number in range(MOST + 1):
                put_in(session, survey + number, f"s{survey}")
    order = those_that_wait(sqlite)
    orders = [
        [number - survey for number in order if number // 100 * 100 == survey] for survey in surveys
    ]
    staying = [waits.index(MOST) for waits in orders if MOST in waits]

    assert {len(waits) for waits in orders} == {STAYING}
    assert 4 < len(staying) < 34  # of 40, where 19 are expected: five standard deviations
    assert len(set(staying)) > 3


def likelihoods(pages, ballots):
    """How likely each place in the pages is to hold each arrival, if pages keep the order."""
    return [
        [
            log(comb(came, rank) * comb(ballots - 1 - came, len(page) - 1 - rank) or 1e-9)
            - log(comb(ballots, len(page)))
            for came in range(ballots)
        ]
        for page in pages
        for rank in range(len(page))
    ]


def linked_by_pages(content, receipts):
    """How many a thief links who knows in which order people answered, and has the file."""
    pages = defaultdict(list)
    for came, receipt in enumerate(receipts):
        for place in places(content, receipt):
            pages[place // 4096].append((-place, came))  # cells grow downwards
    arrivals: list[list[int]] = []
    for page in sorted(pages.values(), key=len, reverse=True):
        earlier = set(chain.from_iterable(arrivals))
        arrivals.append([came for _, came in sorted(page) if came not in earlier])
    _, guesses = linear_sum_assignment(-np.array(likelihoods(arrivals, len(receipts))))
    truth = chain.from_iterable(arrivals)
    return sum(guess == came for guess, came in zip(guesses, truth, strict=True))


def places(content, receipt):
    """Where a receipt stands in a file; the end of a page may cut it once."""
    halves = [receipt[:16], receipt[16:]]
    return max(([at.start() for at in re.finditer(re.escape(h), content)] for h in halves), key=len)


@pytest.mark.parametrize("ballots", [5, 10, 20, 40])
def test_the_pages_of_sqlite_do_not_tell_who_came_when(tmp_path, ballots):
    surveys = 120 // ballots
    right = 0
    for survey in range(surveys):
        file = tmp_path / f"{survey}.sqlite"
        with new_sqlite(file) as store:
            receipts = [put(store, number, length=170) for number in range(ballots)]
        right += linked_by_pages(file.read_bytes(), receipts)

    chance = max(1 / ballots, 2 / MOST)
    assert right / (ballots * surveys) <= chance + 3 * (chance / (ballots * surveys)) ** 0.5


def test_what_waits_stands_once_in_the_file_of_sqlite(sqlite):
    file = Path(sqlite.engine.url.database)
    for number in range(3 * MOST):
        put(sqlite, number, length=700)
        content = file.read_bytes()
        with sqlite.read() as session:
            there = ballot_pool.find_same(session, "spring", "north", b"", b"none")
        assert {len(places(content, record[:32])) for record in there.records} == {1}


def test_no_page_of_postgresql_holds_more_than_the_version_before(store, cluster):
    for number in range(5 * MOST):
        put(store, number, ["north", "south"][number % 2], length=150)
    with store.read() as session:
        there = ballot_pool.find_same(session, "spring", "north", b"", b"none")
    with cluster.connect() as connection:
        connection.execute("CHECKPOINT")
        (place,) = connection.execute("SELECT pg_relation_filepath('pool')").fetchone()
    content = (Path(cluster.data) / place).read_bytes()

    assert len(content) == 2 * 2 * 8192  # two strata of two parts
    assert {content.count(record[:32]) for record in there.records} <= {1, 2}


def test_neither_transactions_nor_places_tell_the_order_of_arrival(store, cluster):
    for number in range(150):
        put(store, number)

    for order in ("age(xmin) DESC, ctid", "ctid", "receipt"):
        assert linked(lying(cluster, order)) < 2 / MOST + 3 * (0.1 * 0.9 / 150) ** 0.5


def test_only_the_stratum_that_is_written_to_is_rewritten(store, cluster):
    with cluster.connect() as connection:
        connection.execute("INSERT INTO campaign VALUES ('autumn', 'collecting', '')")
    for number in range(MOST + 5):
        put(store, number, "south")
        put(store, number, "north", "autumn")

    def versions():
        tables = [
            f"SELECT xmin::text, ctid::text FROM {table}"
            " WHERE campaign = 'autumn' OR stratum <> 'north'"
            for table in ("ballot", "pool")
        ]
        with cluster.connect() as connection:
            return [connection.execute(query.encode()).fetchall() for query in tables]

    before = versions()
    for number in range(MOST + 5):
        put(store, number)

    assert [len(rows) for rows in before] == [2 * (MOST + 1 - STAYING), 2]
    assert versions() == before
