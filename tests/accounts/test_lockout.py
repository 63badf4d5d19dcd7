"""The delay after failures in a row: worked by hand, and never of another name's failures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from survey_app.accounts.lockout import FREE, LONGEST_DELAY, count, delay, forget
from survey_app.answers.store.models import AnswersBase, Lockout
from survey_app.crypto.at_rest import AtRestError
from survey_app.errors import LockedOutError

KEY, NAME, NOW = bytes(range(32)), "zhang", 1_800_000_000.0


@pytest.fixture(scope="module")
def memory():
    """A store in memory."""
    engine = create_engine("sqlite://")
    AnswersBase.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(memory):
    """A transaction that leaves nothing behind."""
    with Session(memory) as session:
        yield session


def fail(session, times, now=NOW, name=NAME):
    """Let a name fail, each time when its delay is just over; give the moment of the last."""
    for number in range(1, times + 1):
        assert count(session, Lockout, KEY, name, now) == number
        last, now = now, math.ceil(now) + delay(number)
    return last


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [  # four are free, then 30 s doubled with each, to an hour at most
        (0, 0),
        (4, 0),
        (5, 30),
        (6, 60),
        (7, 120),
        (8, 240),
        (9, 480),
        (10, 960),
        (11, 1920),
        (12, 3600),
        (13, 3600),
        (10_000_000, 3600),
    ],
)
def test_delays_double_from_the_fifth_failure_up_to_an_hour(failures, seconds):
    assert delay(failures) == seconds


def test_failures_in_a_row_are_counted_and_the_free_ones_bring_no_delay(session):
    assert [count(session, Lockout, KEY, NAME, NOW) for _ in range(FREE + 1)] == [1, 2, 3, 4, 5]
    with pytest.raises(LockedOutError):
        count(session, Lockout, KEY, NAME, NOW)


@pytest.mark.parametrize(
    ("failures", "later", "minutes"), [(5, 0, 1), (6, 0, 1), (7, 0, 2), (7, 61, 1), (12, 0, 60)]
)
def test_the_delay_is_said_in_minutes_rounded_up(session, failures, later, minutes):
    last = fail(session, failures)

    with pytest.raises(LockedOutError, match=rf"{minutes} min"):
        count(session, Lockout, KEY, NAME, last + later)


@pytest.mark.parametrize("failures", [5, 8, 12, 20])
def test_the_delay_is_over_to_the_second(session, failures):
    last = fail(session, failures)

    with pytest.raises(LockedOutError):
        count(session, Lockout, KEY, NAME, last + delay(failures) - 1)
    assert count(session, Lockout, KEY, NAME, last + delay(failures)) == failures + 1


@pytest.mark.parametrize("fraction", [0.001, 0.5, 0.999])
@pytest.mark.parametrize("failures", [5, 11, 12, 13])
def test_no_second_guess_slips_through_within_the_same_second(session, failures, fraction):
    end = fail(session, failures - 1) + delay(failures - 1)
    count(session, Lockout, KEY, NAME, end + fraction)

    with pytest.raises(LockedOutError):
        count(session, Lockout, KEY, NAME, end + fraction)


def test_a_delay_that_began_within_a_second_is_not_cut_by_its_rest(session):
    fail(session, 4)
    count(session, Lockout, KEY, NAME, NOW + 0.5)

    with pytest.raises(LockedOutError):
        count(session, Lockout, KEY, NAME, NOW + 30.4)
    assert count(session, Lockout, KEY, NAME, NOW + 31) == 6


def test_an_attempt_within_the_delay_neither_counts_nor_prolongs_it(session):
    last = fail(session, 5)
    for second in range(30):
        with pytest.raises(LockedOutError):
            count(session, Lockout, KEY, NAME, last + second)

    assert count(session, Lockout, KEY, NAME, last + 30) == 6


def test_a_clock_that_was_ahead_by_more_than_the_longest_delay_shuts_no_name_out(session):
    ahead = fail(session, 12)

    with pytest.raises(LockedOutError):
        count(session, Lockout, KEY, NAME, ahead)
    assert count(session, Lockout, KEY, NAME, ahead - 86400) == 13


def test_a_name_that_signed_in_begins_from_nothing(session):
    fail(session, 9)

    forget(session, Lockout, KEY, NAME)
    session.flush()

    assert count(session, Lockout, KEY, NAME, NOW) == 1
    forget(session, Lockout, KEY, "a name that never failed")


def test_one_name_delays_no_other(session):
    last = fail(session, 12)

    assert count(session, Lockout, KEY, "li", last) == 1
    with pytest.raises(LockedOutError):
        count(session, Lockout, KEY, NAME, last)


def test_the_store_shows_neither_name_nor_count_nor_moment(session):
    fail(session, 6)
    fail(session, 1, name="li")
    session.flush()

    rows = session.query(Lockout).all()

    assert len(rows) == 2
    assert {len(row.place) for row in rows} == {2}
    assert len({len(row.state) for row in rows}) == 1
    for row in rows:
        assert NAME.encode() not in row.place + row.state
        assert (6).to_bytes(4) not in row.state


def test_another_key_finds_another_place(session):
    fail(session, 12)

    assert count(session, Lockout, bytes(32), NAME, NOW) == 1


def test_the_state_of_one_name_is_not_taken_for_anothers(session):
    fail(session, 1, name="li")
    session.flush()
    (free,) = session.query(Lockout)
    state = free.state
    fail(session, 12)
    session.flush()
    (locked,) = (row for row in session.query(Lockout) if row.place != free.place)
    locked.state = state

    with pytest.raises(AtRestError):
        count(session, Lockout, KEY, NAME, NOW)


@given(st.integers(0, 100), st.integers(0, 100))
def test_more_failures_never_bring_a_shorter_delay(fewer, more):
    fewer, more = sorted((fewer, more))

    assert 0 <= delay(fewer) <= delay(more) <= LONGEST_DELAY
