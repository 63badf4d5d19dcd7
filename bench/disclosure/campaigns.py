"""Random campaigns, opened: boxes of sheets without a store, and who is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np

import questionnaires
from questionnaires import BLANK, Code, Questionnaire
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.answers.analyse.estimates.validity import judge
from survey_app.answers.analyse.releases.disclosure import protect
from survey_app.documents.design import CampaignDesign, Kind, Names, Period, Questions, Stratum
from survey_app.documents.release import FORMAT, ReleaseDocument
from survey_app.documents.results import Options
from survey_app.documents.validity import preset, presets
from tests.answers.analyse.boxes import published
from tests.attack.knowledge import ANY, Integers, Knowledge, Part
from tests.sites import design

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from survey_app.documents.manifest import PublishedManifest

KINDS: Final = {Kind.BUSINESS: "external", Kind.NON_BUSINESS: "internal"}
DEALINGS: Final = 1
"""A sheet's screening item says so."""


@dataclass(frozen=True)
class Frame:
    """A stratum as it is planned: where it stands, its persons, and its sheets."""

    unit: str
    category: str
    kind: Kind
    population: int
    sheets: int


def manifest_of(frames: Sequence[Frame], items: int) -> PublishedManifest:
    """Publish strata ``s0``, ``s1`` … that are asked the first items of the questionnaires."""
    strata = [
        Stratum(
            id=f"s{at}",
            unit=Names(zh=frame.unit, en=frame.unit),
            post_category=Names(zh=frame.category, en=frame.category),
            kind=frame.kind,
            population=frame.population,
            sample=frame.sheets,
        )
        for at, frame in enumerate(frames)
    ]
    texts = {kind: Questions.of(_questionnaire(kind, items)) for kind in KINDS}
    return _published(design(strata=strata, questionnaires=texts))


def _published(plan: CampaignDesign[Stratum]) -> PublishedManifest:
    return published(plan)


@cache
def _questionnaire(kind: Kind, items: int) -> Questionnaire:
    whole = questionnaires.load(KINDS[kind])
    return whole.model_copy(update={"items": whole.items[:items]})


def box_of(manifest: PublishedManifest, sheets: Sequence[NDArray[np.uint8]]) -> OpenedBox:
    """Open a box that holds these sheets, stratum by stratum."""
    piles = tuple(
        Pile(stratum.id, (stratum,), len(table), {}, table)
        for stratum, table in zip(manifest.strata, sheets, strict=True)
    )
    content = sha256(manifest.canonical() + b"|".join(table.tobytes() for table in sheets))
    return OpenedBox(content.digest(), manifest, bytes(32), piles, ())


def released(box: OpenedBox, options: Sequence[Options]) -> Iterator[bytes]:
    """Make one release after the other, and give their documents."""
    documents: list[ReleaseDocument] = []
    for number, choice in enumerate(options, start=1):
        protected = protect(box, choice, documents)
        documents.append(
            ReleaseDocument(
                format=FORMAT,
                campaign=box.manifest.campaign,
                number=number,
                version="bench",
                maker="a",
                made_on=date(2026, 1, number),
                options=choice,
                rows=protected.outcomes,
                exposed=protected.exposed,
                results=protected.results,
            )
        )
        yield documents[-1].to_json()


def split(box: OpenedBox, kind: Kind, rules: Iterable[str]) -> tuple[Knowledge, Integers]:
    """Divide a kind's respondents as no table does: what may be known of them, and what they said.

    ``rules`` are the validity presets of the releases. The second is a world of the attack: any contact, each item, and those with a yes or undetermined.
    """
    questionnaire = box.manifest.questionnaires[kind].text
    items = len(questionnaire.items)
    names = sorted(set(rules))
    piles = [pile for pile in box.piles if pile.kind == kind]
    parts: list[Part] = []
    world: list[list[int]] = []
    for pile in piles:
        for dealings, valid, sheets in _alike(questionnaire, pile.sheets, names):
            answers = sheets[:, 1 : 1 + items]
            yes = answers == Code.YES
            decided = yes | (answers == Code.NO) | (not dealings)
            either = yes.any(axis=1) | ~decided.all(axis=1)
            persons = len(sheets)
            counts = (persons, *decided.sum(axis=0).tolist())
            parts.append(Part(pile.name, dealings, valid, persons, counts))
            if dealings:
                each = yes.sum(axis=0).tolist()
                world.append([int(yes.any(axis=1).sum()), *each, int(either.sum())])
    knowledge = Knowledge(
        str(kind),
        (ANY, *(item.code for item in questionnaire.items)),
        {pile.name: pile.population for pile in piles},
        tuple(parts),
    )
    return knowledge, np.array(world, np.int64).reshape(-1, items + 2)


def _alike(
    questionnaire: Questionnaire, sheets: NDArray[np.uint8], names: Sequence[str]
) -> Iterator[tuple[bool, frozenset[str], NDArray[np.uint8]]]:
    """Give the sheets that share dealings and those of the presets that they are valid by."""
    judged = [judge(preset(name), questionnaire, sheets) for name in names]
    marks = np.column_stack([judged[0].dealings, *(judgement.valid for judgement in judged)])
    for row in np.unique(marks[marks[:, 1:].any(axis=1)], axis=0):
        valid = frozenset(name for name, mark in zip(names, row[1:], strict=True) if mark)
        yield bool(row[0]), valid, sheets[(marks == row).all(axis=1)]


@dataclass(frozen=True)
class Campaign:
    """A random campaign and the releases that are made of it."""

    seed: int
    box: OpenedBox
    options: tuple[Options, ...]

    @property
    def rules(self) -> set[str]:
        """The validity presets of its releases."""
        return {options.validity for options in self.options}

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of posts in it."""
        return [kind for kind in Kind if any(pile.kind == kind for pile in self.box.piles)]


def random_campaign(seed: int, most_strata: int = 40) -> Campaign:
    """Draw a campaign: its structure, who answered what, and one to four releases."""
    rng = np.random.default_rng(seed)
    strata = _least_often(rng, most_strata)
    items = int(rng.integers(2, 7))
    frames = list(_frames(rng, strata))
    manifest = manifest_of(frames, items)
    undetermined = rng.choice([0.0, 0.02, 0.05, 0.2])
    careless = rng.choice([0.0, 0.03, 0.15])
    chances = _chances(rng, frames, items)
    dealings = rng.choice([0.1, 0.3, 0.6, 0.9, 1.0], len(frames))
    sheets = [
        _sheets(rng, manifest, frame, chance, share, undetermined, careless)
        for frame, chance, share in zip(frames, chances, dealings, strict=True)
    ]
    return Campaign(seed, box_of(manifest, sheets), tuple(_releases(rng)))


def _least_often(rng: Generator, most: int) -> int:
    """Draw a number of strata, as often few as many."""
    return int(np.exp(rng.uniform(np.log(2), np.log(most + 1))))


def _frames(rng: Generator, strata: int) -> Iterator[Frame]:
    kinds = list(Kind)[: rng.integers(1, 3)]
    categories = int(rng.integers(1, max(2, min(8, strata) + 1)))
    units = -(-strata // categories) + int(rng.integers(0, 3))
    places = rng.permutation(categories * units)[:strata]
    smallest, largest = ((3, 30), (3, 300), (20, 300))[rng.integers(3)]
    for place in sorted(places.tolist()):
        sheets = int(np.exp(rng.uniform(np.log(smallest), np.log(largest + 1))))
        category = place // units
        yield Frame(
            unit=f"U{place % units}",
            category=f"C{category}",
            kind=kinds[category % len(kinds)],
            population=max(20, int(sheets * rng.choice([1.0, 1.2, 2.0, 5.0, 13.0]))),
            sheets=sheets,
        )


def _chances(rng: Generator, frames: Sequence[Frame], items: int) -> list[NDArray[np.float64]]:
    """Draw each stratum's rate of each item: none, some, or all."""
    common = rng.choice([0.0, 0.02, 0.05, 0.15, 0.4, 0.6, 1.0])
    table = []
    for _ in frames:
        own = rng.choice([0.0, common, common, common, 1.0], p=[0.15, 0.3, 0.3, 0.2, 0.05])
        table.append(own * rng.uniform(0.3 if own < 1 else 1.0, 1.0, items))
    return table


def _sheets(
    rng: Generator,
    manifest: PublishedManifest,
    frame: Frame,
    chances: NDArray[np.float64],
    dealings: float,
    undetermined: float,
    careless: float,
) -> NDArray[np.uint8]:
    """Fill sheets in: some of them leave answers open, some pay no attention."""
    questionnaire = manifest.questionnaires[frame.kind].text
    items = len(questionnaire.items)
    sheets = np.zeros((frame.sheets, len(questionnaire.asked)), np.uint8)
    sheets[:, 0] = rng.random(frame.sheets) < dealings
    # Who meets one thing meets others too.
    person = rng.random((frame.sheets, 1))
    answers = np.where(
        rng.random((frame.sheets, items)) < 0.5, person, rng.random((frame.sheets, items))
    )
    yes = (answers < chances[:items]) & (sheets[:, :1] == DEALINGS)
    left_open = rng.random((frame.sheets, items)) < undetermined
    codes = rng.choice([8, 9, BLANK], (frame.sheets, items), p=[0.5, 0.4, 0.1])
    sheets[:, 1 : 1 + items] = np.where(left_open, codes, yes)
    if questionnaire.attention is not None:
        expected = questionnaire.attention.expect
        sheets[:, -1] = np.where(rng.random(frame.sheets) < careless, 0, expected)
    unscreened = rng.random(frame.sheets) < careless / 2
    sheets[unscreened, 0] = BLANK
    contradicting = (rng.random(frame.sheets) < careless / 3) & yes.any(axis=1)
    sheets[contradicting, 0] = 0
    return sheets


def _releases(rng: Generator) -> Iterator[Options]:
    """Draw releases: all of a campaign have the rules of validity of the first."""
    rule = str(rng.choice(list(presets())))
    for _ in range(int(rng.integers(1, 5))):
        yield Options(
            validity=rule, level=float(rng.choice([0.8, 0.9, 0.95, 0.99])), fpc=rng.random() < 0.8
        )
