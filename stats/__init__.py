"""Design-based rates of yes/no items under stratified simple random sampling, from counts.

A ``Design`` says how the sheets were drawn, ``count`` reduces them to ``Counts``, and a verb
(``rates``) estimates. Formulas and their sources stand in docs/methodology.md.
"""

from stats.counting import BLANK, NO, REFUSED, UNKNOWN, YES, AnswerError, Counts, count
from stats.design import Design, DesignError, Lonely, collapse
from stats.intervals import Interval
from stats.presentation import Decision, Presentation, Reason
from stats.rates import ALL, ANY, Denominator, Rate, rates

__all__ = [
    "ALL",
    "ANY",
    "BLANK",
    "NO",
    "REFUSED",
    "UNKNOWN",
    "YES",
    "AnswerError",
    "Counts",
    "Decision",
    "Denominator",
    "Design",
    "DesignError",
    "Interval",
    "Lonely",
    "Presentation",
    "Rate",
    "Reason",
    "collapse",
    "count",
    "rates",
]
