"""Numbers that people read, rounded by GB/T 8170-2008, *Rules of rounding off*.

A number is rounded once, from its full value; five with nothing behind it goes to the even digit.
"""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

NOTHING = "–"
ALMOST = 0.01
"""A probability nearer to 0 or 1 than this is not written as a number."""

LEAST_P = 0.001
"""A p-value below this is not written as a number."""


def rounded(value: float, digits: int) -> str:
    """Write a number with so many decimals, from the shortest decimal that is this float."""
    step = Decimal(1).scaleb(-digits)
    decimal = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_EVEN)
    return _signed(decimal)


def shown_alike(value: float, digits: int) -> float:
    """Give a number that a spreadsheet, which rounds a bare five up, shows as `rounded` does.

    It is the number itself but for a bare five. A spreadsheet knows 15 digits of it.
    """
    step = Decimal(1).scaleb(-digits)
    ours = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_EVEN)
    theirs = Decimal(f"{value:.15g}").quantize(step, rounding=ROUND_HALF_UP)
    return value if ours == theirs else float(ours)


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share in percent; a dash for none."""
    if share is None:
        return NOTHING
    hundred = Decimal(repr(float(share))).scaleb(2)
    step = Decimal(1).scaleb(-digits)
    return _signed(hundred.quantize(step, rounding=ROUND_HALF_EVEN)) + "%"


def probability(share: float, *, is_known: bool = False) -> str:
    """Write a probability in percent; 0% and 100% only where it is known, as after a census."""
    if is_known:
        return percent(share, 0)
    if share < ALMOST:
        return f"< {short_percent(ALMOST)}"
    if share > 1 - ALMOST:
        return f"> {short_percent(1 - ALMOST)}"
    return percent(share, 0)


def points(share: float | None) -> str:
    """Write a difference of shares in percentage points, without a unit; a dash for none."""
    return percent(share).removesuffix("%")


def p_value(p: float | None) -> str:
    """Write a p-value; a dash for none."""
    if p is None:
        return NOTHING
    return f"< {LEAST_P}" if p < LEAST_P else rounded(p, 3)


def short_percent(share: float) -> str:
    """Write a chosen share, as a level or a threshold, in percent with the digits it has."""
    return f"{Decimal(repr(float(share))).scaleb(2).normalize():f}%"


def _signed(number: Decimal) -> str:
    """Write a number with a true minus, and zero without any."""
    return f"{number + 0:f}".replace("-", "−")
