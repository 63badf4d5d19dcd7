"""Which sheets are valid: what a rule says of a pile of sheets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from questionnaires import BLANK, Code, Questionnaire
from survey_app.documents.design import Rule

Mask = NDArray[np.bool_]
Sheets = NDArray[np.uint8]

TOO_FEW, NO_SCREENING = "too few answers", "screening not answered"


@dataclass(frozen=True, eq=False)
class Judged:
    """What a preset says of n sheets; every mask has shape (n,).

    Attributes
    ----------
    invalid
        By reason; no sheet has two.
    flagged
        By flag, among the sheets that are not invalid.
    not_invalid
        Without a reason.
    valid
        Not invalid, and without a flag that the preset excludes.
    dealings
        The screening item says so, or an item with a yes does.
    """

    invalid: dict[str, Mask]
    flagged: dict[str, Mask]
    not_invalid: Mask
    valid: Mask
    dealings: Mask


def judge(rules: Rule, questionnaire: Questionnaire, sheets: Sheets) -> Judged:
    """Apply a preset to n sheets of shape (n, items asked)."""
    screening, items = sheets[:, 0], sheets[:, 1 : 1 + len(questionnaire.items)]
    yes = (items == Code.YES).sum(axis=1, dtype=np.uint8)
    dealings = (screening != Code.NO) | (yes > 0)
    few = _too_few(rules, sheets, items, dealings)
    unscreened = ~few & ~np.isin(screening, rules.answered) & rules.screening
    not_invalid = ~(few | unscreened)
    flags: dict[str, Mask] = {
        "all_yes": yes == len(questionnaire.items),
        "contradiction": (screening == Code.NO) & (yes > 0),
        "attention": _inattentive(questionnaire, sheets),
    }
    flagged = {flag: mask & not_invalid for flag, mask in flags.items()}
    excluded = np.zeros_like(not_invalid)
    for flag in rules.exclude:
        excluded |= flagged[flag]
    return Judged(
        {TOO_FEW: few, NO_SCREENING: unscreened},
        flagged,
        not_invalid,
        not_invalid & ~excluded,
        dealings,
    )


def _too_few(rules: Rule, sheets: Sheets, items: Sheets, dealings: Mask) -> Mask:
    """Find the sheets that answer too few applicable items, or nothing at all."""
    number_answered = np.isin(items, rules.answered).sum(axis=1, dtype=np.uint8)
    few = dealings & (number_answered < rules.share * items.shape[1])
    return np.asarray(few | (sheets == BLANK).all(axis=1))


def _inattentive(questionnaire: Questionnaire, sheets: Sheets) -> Mask:
    """Find the sheets that answer the attention item otherwise than it asks; blank is no answer."""
    if questionnaire.attention is None:
        return np.zeros(len(sheets), bool)
    answers = sheets[:, -1]
    return np.asarray((answers != questionnaire.attention.expect) & (answers != BLANK))
