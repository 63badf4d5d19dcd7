"""What published confidence limits tell of a rate: the library's estimator, turned round.

Of one or two strata every count of yes is tried; where there are more, only `Worlds` uses limits.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

import stats
from tests.attack.knowledge import Integers, Knowledge, Mask
from tests.attack.programs import SLACK, Floats
from tests.attack.published import Range, Statement

MOST_VECTORS = 5_000
_BATCH = 500


def sharpened(knowledge: Knowledge, statement: Statement) -> Statement:
    """Narrow the range of a rate by its limits and its error."""
    blocks = statement.blocks
    most = most_yes(knowledge, statement)
    if not 0 < np.prod(most + 1) <= MOST_VECTORS or len(blocks) > 2 or not blocks:
        return statement
    vectors = np.array(list(product(*(range(count + 1) for count in most))), np.int64)
    weight = np.array([block.weight for block in blocks])
    shares = vectors @ weight / answers(knowledge, statement)
    low, high = statement.rate
    near = (shares >= low - SLACK) & (shares <= high + SLACK)
    vectors, shares = vectors[near], shares[near]
    agreeing = shares[have_limits(knowledge, statement, vectors)]
    if not len(agreeing):
        raise ValueError(f"No count of yes has the limits of {statement}.")
    return replace(
        statement, rate=(max(low, float(agreeing.min())), min(high, float(agreeing.max())))
    )


def most_yes(knowledge: Knowledge, statement: Statement) -> Integers:
    """Give the most yes that each block can have."""
    item = knowledge.items.index(statement.item)
    members = [knowledge.members(block.strata, statement.preset) for block in statement.blocks]
    return np.array([knowledge.most[rows, item].sum() for rows in members], np.int64)


def without_dealings(knowledge: Knowledge, statement: Statement) -> Integers:
    """Count each block's valid respondents without dealings."""
    return np.array(
        [
            sum(knowledge.bystanders(stratum, statement.preset) for stratum in block.strata)
            for block in statement.blocks
        ],
        np.int64,
    )


def answers(knowledge: Knowledge, statement: Statement) -> float:
    """Give the weighted answers that the rate divides by."""
    sheets = most_yes(knowledge, statement)
    if statement.denominator == "valid":
        sheets = sheets + without_dealings(knowledge, statement)
    return float(sheets @ np.array([block.weight for block in statement.blocks]))


def have_limits(knowledge: Knowledge, statement: Statement, vectors: Integers) -> Mask:
    """Say which vectors of yes, a number for each block, have the limits that were published."""
    is_whole = all(block.is_whole for block in statement.blocks)
    is_told = statement.limits is not None or statement.error is not None
    if not (len(vectors) and is_whole and is_told):
        return np.ones(len(vectors), bool)
    batches = (vectors[at : at + _BATCH] for at in range(0, len(vectors), _BATCH))
    return np.concatenate([_as_published(knowledge, statement, batch) for batch in batches])


def _as_published(knowledge: Knowledge, statement: Statement, vectors: Integers) -> Mask:
    estimates = _estimates(knowledge, statement, vectors)
    agrees = np.ones(len(vectors), bool)
    if statement.limits is not None:
        low, high = (_column(estimates, name) for name in ("low", "high"))
        agrees &= _within(low, statement.limits[0]) & _within(high, statement.limits[1])
    if statement.error is not None:
        agrees &= _within(_column(estimates, "se"), statement.error)
    return agrees


def _column(estimates: Sequence[stats.Rate], name: str) -> Floats:
    return np.array([getattr(rate, name) for rate in estimates], float)


def _within(numbers: Floats, least_and_most: Range) -> Mask:
    least, most = least_and_most
    agrees: Mask = (numbers >= least - SLACK) & (numbers <= most + SLACK)
    return agrees


def _estimates(
    knowledge: Knowledge, statement: Statement, vectors: Integers
) -> Sequence[stats.Rate]:
    """Estimate a domain in many worlds at once, each written as an item."""
    blocks = statement.blocks
    design = stats.Design(
        [f"block {at}" for at in range(len(blocks))],
        [block.population for block in blocks],
        [block.valid for block in blocks],
        lonely=stats.Lonely.ADJUST,
    )
    others = without_dealings(knowledge, statement)[:, None]
    nothing = np.zeros_like(vectors.T)
    none = np.zeros(len(blocks), np.int64)
    counts = stats.Counts(
        tuple(str(at) for at in range(len(vectors))),
        yes=vectors.T,
        no=most_yes(knowledge, statement)[:, None] - vectors.T,
        unknown=nothing,
        refused=nothing,
        inapplicable=np.broadcast_to(others, vectors.T.shape),
        any_yes=none,
        any_no=none,
        any_undetermined=none,
        any_inapplicable=none,
    )
    return stats.rates(
        design,
        counts,
        any_contact=False,
        denominator=stats.Denominator(statement.denominator),
        level=statement.level,
        fpc=statement.fpc,
    )
