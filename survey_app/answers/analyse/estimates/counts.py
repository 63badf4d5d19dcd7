"""Counts of an opened box by stratum: all that any estimate needs to know of its sheets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

import stats
from questionnaires import BLANK, Code, Questionnaire
from survey_app.answers.analyse.estimates.opened_box import OpenedBox, Pile
from survey_app.answers.analyse.estimates.validity import (
    Judged,
    Mask,
    Sheets,
    judge,
)
from survey_app.documents.design import Kind
from survey_app.documents.manifest import PublishedManifest
from survey_app.documents.validity import Preset, preset


@dataclass(frozen=True, eq=False)
class StratumCounts:
    """One pile's sheets by what the preset says of them."""

    pile: Pile
    invalid: dict[str, int]
    flagged: dict[str, int]
    excluded: int
    valid: int


@dataclass(frozen=True, eq=False)
class KindCounts:
    """The counts of one kind of posts, its strata in the design's order.

    Attributes
    ----------
    counts
        Of the valid sheets; shape (strata, items).
    unfiltered
        Of these and the excluded ones.
    """

    kind: Kind
    questionnaire: Questionnaire
    strata: tuple[StratumCounts, ...]
    counts: stats.Counts
    unfiltered: stats.Counts


@dataclass(frozen=True, eq=False)
class CountedBox:
    """A box counted under one preset."""

    box: OpenedBox
    kinds: tuple[KindCounts, ...]


@lru_cache(maxsize=32)
def count(box: OpenedBox, validity: str) -> CountedBox:
    """Judge and count the sheets of a box.

    Raises
    ------
    InputError
        There is no such preset.
    """
    rules = preset(validity)
    kinds = [kind for kind in Kind if any(pile.kind == kind for pile in box.piles)]
    return CountedBox(
        box,
        tuple(
            _count_kind(rules, kind, box.manifest, [p for p in box.piles if p.kind == kind])
            for kind in kinds
        ),
    )


def _count_kind(
    rules: Preset, kind: Kind, manifest: PublishedManifest, piles: Sequence[Pile]
) -> KindCounts:
    questionnaire = manifest.questionnaires[kind].text
    sheets = np.concatenate([pile.sheets for pile in piles])
    place = np.repeat(np.arange(len(piles)), [len(pile.sheets) for pile in piles])
    judged = judge(rules, questionnaire, sheets)
    answers = _answers(questionnaire, sheets, judged)
    codes = [item.code for item in questionnaire.items]
    counts = stats.count(place, answers, codes, len(piles), within=judged.valid)
    excluded = judged.not_invalid & ~judged.valid
    unfiltered = counts + stats.count(place, answers, codes, len(piles), within=excluded)

    def tally(masks: Mapping[str, Mask]) -> list[dict[str, int]]:
        by_name = {
            name: np.bincount(place[mask], minlength=len(piles)).tolist()
            for name, mask in masks.items()
        }
        return [{name: by_name[name][at] for name in by_name} for at in range(len(piles))]

    invalid, flagged = tally(judged.invalid), tally(judged.flagged)
    sheets_by_fate = tally({"excluded": excluded, "valid": judged.valid})
    strata = tuple(
        StratumCounts(
            pile,
            invalid[at],
            flagged[at],
            sheets_by_fate[at]["excluded"],
            sheets_by_fate[at]["valid"],
        )
        for at, pile in enumerate(piles)
    )
    return KindCounts(kind, questionnaire, strata, counts, unfiltered)


def valid_answers(questionnaire: Questionnaire, pile: Pile, validity: str) -> Sheets:
    """Give the valid sheets of a pile as estimation reads them, of shape (n, items)."""
    judged = judge(preset(validity), questionnaire, pile.sheets)
    return _answers(questionnaire, pile.sheets, judged)[judged.valid]


def _answers(questionnaire: Questionnaire, sheets: Sheets, judged: Judged) -> Sheets:
    """Write answers as estimation reads them.

    Without dealings no item applies; an item that applies and is blank was refused.
    """
    items = sheets[:, 1 : 1 + len(questionnaire.items)]
    codes = np.where(items == BLANK, np.uint8(Code.REFUSED), items)
    codes[~judged.dealings] = np.int8(stats.BLANK).view(np.uint8)
    return codes.view(np.int8)
