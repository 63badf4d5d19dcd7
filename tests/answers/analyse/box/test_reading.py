"""A box read from the store is the box that an opening left there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from questionnaires import CODES
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.store.models import AnswersBase, Box, Campaign, Opening
from survey_app.errors import NotFoundError, StateError
from tests.answers.analyse.boxes import box, published, sheet, store, three
from tests.sites import design


@pytest.fixture(scope="module")
def memory():
    """An answers store in memory."""
    engine = create_engine("sqlite://")
    AnswersBase.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(memory):
    """A transaction that leaves nothing behind."""
    with Session(memory) as session:
        yield session


def read_back(memory, ballot_box):
    with Session(memory) as session:
        store(session, ballot_box)
        session.flush()
        return opened_box(session, "spring")


def described(ballot_box):
    """What a box holds: of every pile its strata, ballots, refusals and sheets."""
    piles = [
        (
            pile.name,
            [s.id for s in pile.strata],
            pile.ballots,
            dict(pile.refusals),
            pile.sheets.tolist(),
        )
        for pile in ballot_box.piles
    ]
    return ballot_box.manifest, ballot_box.merkle_root, piles, ballot_box.sealed


def test_a_box_is_read_as_it_was_stored(memory):
    ballot_box = three([sheet(red_envelope=1)] * 3 + [sheet()] * 9)

    assert described(read_back(memory, ballot_box)) == described(ballot_box)


def test_piles_stand_in_the_order_of_the_design_and_not_of_the_store(memory):
    ballot_box = box({"office": [sheet("office")], "south": [sheet("south")], "north": [sheet()]})

    assert [pile.name for pile in read_back(memory, ballot_box).piles] == [
        "north",
        "south",
        "office",
    ]


def test_merged_strata_are_one_pile_at_the_place_of_the_first(memory):
    ballot_box = box({"office": [sheet("office")] * 2, "north+south": [sheet()] * 4})

    first, _ = read_back(memory, ballot_box).piles

    assert first.name == "north+south"
    assert [stratum.id for stratum in first.strata] == ["north", "south"]
    assert (first.population, first.issued, len(first.sheets)) == (200, 60, 4)


def test_a_sealed_stratum_has_its_ballots_and_no_pile(memory):
    ballot_box = read_back(
        memory, box({"north": [sheet()] * 11, "south": []}, sealed={"office": 3})
    )

    assert [pile.name for pile in ballot_box.piles] == ["north", "south"]
    assert [(sealed.stratum.id, sealed.ballots) for sealed in ballot_box.sealed] == [("office", 3)]


def test_ballots_that_gave_no_sheet_are_counted_by_their_reason(session):
    store(session, three([sheet()] * 4))
    for outcome, number in (("does not open", 2), ("a code of no answer", 1)):
        session.add(Opening(campaign="spring", stratum="north", outcome=outcome, sheets=number))
    session.flush()

    north = opened_box(session, "spring").piles[0]

    assert (north.ballots, len(north.sheets)) == (7, 4)
    assert north.refusals == {"a code of no answer": 1, "does not open": 2}


def test_a_pile_of_which_no_ballot_opens_has_the_width_of_its_questionnaire(session):
    store(session, box({"north": [], "south": [], "office": []}))
    session.add(Opening(campaign="spring", stratum="north", outcome="does not open", sheets=12))
    session.flush()

    north = opened_box(session, "spring").piles[0]

    assert (north.ballots, north.sheets.shape) == (12, (0, len(sheet())))


@pytest.mark.parametrize("state", [Box.COLLECTING, Box.CLOSED])
def test_a_box_that_was_not_opened_is_not_read(session, state):
    document = published(design()).canonical()
    session.add(Campaign(campaign="spring", box=state, published=document))
    session.flush()

    with pytest.raises(StateError):
        opened_box(session, "spring")


def test_a_campaign_that_is_not_there_is_not_read(session):
    with pytest.raises(NotFoundError):
        opened_box(session, "spring")


answers = st.fixed_dictionaries(dict.fromkeys(sheet(), st.sampled_from([None, *CODES])))
piles = st.lists(answers, max_size=4)


@settings(max_examples=12)
@given(piles, piles, piles, piles)
def test_two_boxes_are_one_only_if_every_sheet_is(memory, north, south, other_north, other_south):
    first, second = three(north, south), three(other_north, other_south)
    same = described(first) == described(second)

    assert (read_back(memory, first) == read_back(memory, second)) == same
    assert read_back(memory, first) == read_back(memory, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (three([sheet()]), three([sheet(banquet=1)])),
        (three([sheet()]), three([], [sheet("south")] * 13)),
        (box({"north+south": [sheet()] * 2}), box({"north": [sheet()], "south": [sheet()]})),
    ],
    ids=["another answer", "a sheet in another stratum", "merged"],
)
def test_another_answer_or_the_same_ones_in_other_piles_are_another_box(memory, first, second):
    assert read_back(memory, first) != read_back(memory, second)


def test_ballots_that_gave_no_sheet_make_another_box(memory):
    ballot_boxes = []
    for outcome in (None, "does not open", "a code of no answer"):
        with Session(memory) as session:
            store(session, three([sheet()]))
            if outcome:
                session.add(Opening(campaign="spring", stratum="north", outcome=outcome, sheets=2))
            session.flush()
            ballot_boxes.append(opened_box(session, "spring"))

    assert len(set(ballot_boxes)) == 3


def test_another_manifest_or_root_is_another_box(memory, session):
    ballot_box = three([sheet()])
    other_root = type(ballot_box)(
        b"", ballot_box.manifest, b"\x01" * 32, ballot_box.piles, ballot_box.sealed
    )
    other_plan = box(
        {"north": [sheet()], "south": [sheet("south")] * 12, "office": [sheet("office")] * 10},
        design(title={"zh": "另", "en": "Other"}),
    )

    for another_box in (other_root, other_plan):
        assert read_back(memory, ballot_box) != read_back(memory, another_box)
