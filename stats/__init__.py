"""Design-based rates of yes/no items under stratified simple random sampling, from counts.

A ``Design`` says how the sheets were drawn, ``count`` reduces them to ``Counts``, and a verb
(``rates``) estimates. Formulas and their sources stand in docs/methodology.md.
"""

from stats.allocation import Allocation, Method, allocate
from stats.counting import BLANK, NO, REFUSED, UNKNOWN, YES, AnswerError, Counts, count
from stats.design import Design, DesignError, Lonely, collapse
from stats.intervals import Interval
from stats.planning import (
    PlanError,
    SampleSize,
    detection_probability,
    detection_size,
    sample_size,
)
from stats.presentation import Decision, Presentation, Reason
from stats.rates import ALL, ANY, Denominator, Rate, rates
from stats.response import Dispositions, ResponseError, ResponseRates, response_rates
from stats.sensitive import (
    Device,
    DeviceError,
    SensitiveRate,
    TwoSampleRate,
    bias_corrected_crosswise,
    crosswise,
    forced_response,
    sensitive_rate,
    stochastic_lie_detector,
    unrelated_question,
    unrelated_question_unknown,
    warner,
)
from stats.weighting import (
    Cells,
    Residuals,
    TwoPhase,
    WeightedRate,
    WeightingError,
    Weights,
    rake,
    weighted_rate,
    weighting_class_rate,
)

__all__ = [
    "ALL",
    "ANY",
    "BLANK",
    "NO",
    "REFUSED",
    "UNKNOWN",
    "YES",
    "Allocation",
    "AnswerError",
    "Cells",
    "Counts",
    "Decision",
    "Denominator",
    "Design",
    "DesignError",
    "Device",
    "DeviceError",
    "Dispositions",
    "Interval",
    "Lonely",
    "Method",
    "PlanError",
    "Presentation",
    "Rate",
    "Reason",
    "Residuals",
    "ResponseError",
    "ResponseRates",
    "SampleSize",
    "SensitiveRate",
    "TwoPhase",
    "TwoSampleRate",
    "WeightedRate",
    "WeightingError",
    "Weights",
    "allocate",
    "bias_corrected_crosswise",
    "collapse",
    "count",
    "crosswise",
    "detection_probability",
    "detection_size",
    "forced_response",
    "rake",
    "rates",
    "response_rates",
    "sample_size",
    "sensitive_rate",
    "stochastic_lie_detector",
    "unrelated_question",
    "unrelated_question_unknown",
    "warner",
    "weighted_rate",
    "weighting_class_rate",
]
