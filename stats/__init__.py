"""Design-based rates of yes/no items under stratified simple random sampling, from counts.

A ``Design`` says how the sheets were drawn, ``count`` reduces them to ``Counts``, and a verb
(``rates``) estimates. Formulas and their sources stand in docs/methodology.md.
"""

from stats.allocation import Allocation, Method, ThinStratum, allocate, thin_strata
from stats.association import Homogeneity, IndependenceTest, homogeneity, rao_scott
from stats.cells import Cells, WeightingError
from stats.clustered_rates import clustered_rates
from stats.clusters import (
    ClusterCounts,
    cluster_effect,
    cluster_effects,
    count_clusters,
    intraclass_correlation,
)
from stats.collapsing import collapse
from stats.comparison import (
    Contrast,
    ContrastMethod,
    difference,
    log_odds_ratio,
    relative,
    standardize,
    trend,
)
from stats.counting import ANY, BLANK, NO, REFUSED, UNKNOWN, YES, AnswerError, Counts, count
from stats.design import Design, DesignError, Lonely
from stats.devices import (
    Device,
    DeviceError,
    crosswise,
    forced_response,
    unrelated_question,
    warner,
)
from stats.exceedance import Exceedance, exceedance, weighted_exceedance
from stats.intervals import Interval
from stats.joint_counts import Joint, count_joint, join_domains
from stats.list_experiment import ListDesignEffect, list_design_effect, list_experiment
from stats.means import Among, Mean, MeanInterval, means
from stats.multiplicity import Adjustment, adjust
from stats.next_wave import NextWave, next_wave
from stats.nonresponse import NonresponseEffect, nonresponse_effect
from stats.planning import (
    PlanError,
    SampleSize,
    detection_probability,
    detection_size,
    sample_size,
    to_issue,
)
from stats.power import PlannedRate, power, size_for_change, visible_change
from stats.precision import (
    Aim,
    AssuredAllocation,
    AssuredSize,
    Extent,
    Precision,
    assured_allocation,
    assured_size,
    planned_precision,
    planned_precisions,
)
from stats.presentation import Decision, Presentation, Reason, reliable_size
from stats.rate_vector import RateVector, independent, joint_rates, published_rates
from stats.rates import ALL, Rate, rates
from stats.representativity import (
    CategoryResponse,
    Representativity,
    VariableResponse,
    representativity,
)
from stats.response import Dispositions, ResponseError, ResponseRates, response_rates
from stats.sensitive import SensitiveRate, bias_corrected_crosswise, sensitive_rate
from stats.tallies import Denominator
from stats.two_devices import (
    TwoSampleRate,
    stochastic_lie_detector,
    unrelated_question_unknown,
)
from stats.values import Values, count_values
from stats.weighted_rates import NoVarianceError, WeightedRate, weighted_rate, weighted_rates
from stats.weighting_classes import ClassWeights, TwoPhase
from stats.weights import Residuals, Weights, rake

__all__ = [
    "ALL",
    "ANY",
    "BLANK",
    "NO",
    "REFUSED",
    "UNKNOWN",
    "YES",
    "Adjustment",
    "Aim",
    "Allocation",
    "Among",
    "AnswerError",
    "AssuredAllocation",
    "AssuredSize",
    "CategoryResponse",
    "Cells",
    "ClassWeights",
    "ClusterCounts",
    "Contrast",
    "ContrastMethod",
    "Counts",
    "Decision",
    "Denominator",
    "Design",
    "DesignError",
    "Device",
    "DeviceError",
    "Dispositions",
    "Exceedance",
    "Extent",
    "Homogeneity",
    "IndependenceTest",
    "Interval",
    "Joint",
    "ListDesignEffect",
    "Lonely",
    "Mean",
    "MeanInterval",
    "Method",
    "NextWave",
    "NoVarianceError",
    "NonresponseEffect",
    "PlanError",
    "PlannedRate",
    "Precision",
    "Presentation",
    "Rate",
    "RateVector",
    "Reason",
    "Representativity",
    "Residuals",
    "ResponseError",
    "ResponseRates",
    "SampleSize",
    "SensitiveRate",
    "ThinStratum",
    "TwoPhase",
    "TwoSampleRate",
    "Values",
    "VariableResponse",
    "WeightedRate",
    "WeightingError",
    "Weights",
    "adjust",
    "allocate",
    "assured_allocation",
    "assured_size",
    "bias_corrected_crosswise",
    "cluster_effect",
    "cluster_effects",
    "clustered_rates",
    "collapse",
    "count",
    "count_clusters",
    "count_joint",
    "count_values",
    "crosswise",
    "detection_probability",
    "detection_size",
    "difference",
    "exceedance",
    "forced_response",
    "homogeneity",
    "independent",
    "intraclass_correlation",
    "join_domains",
    "joint_rates",
    "list_design_effect",
    "list_experiment",
    "log_odds_ratio",
    "means",
    "next_wave",
    "nonresponse_effect",
    "planned_precision",
    "planned_precisions",
    "power",
    "published_rates",
    "rake",
    "rao_scott",
    "rates",
    "relative",
    "reliable_size",
    "representativity",
    "response_rates",
    "sample_size",
    "sensitive_rate",
    "size_for_change",
    "standardize",
    "stochastic_lie_detector",
    "thin_strata",
    "to_issue",
    "trend",
    "unrelated_question",
    "unrelated_question_unknown",
    "visible_change",
    "warner",
    "weighted_exceedance",
    "weighted_rate",
    "weighted_rates",
]
