"""The page docs/stats.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import stats
from reference.docstrings import members, sections, signature, written
from stats import disclosure

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).parents[1] / "docs" / "stats.md"

_HEAD: Final = """\
# The statistics library

`stats` estimates rates of yes/no items from stratified samples, from counts alone. It needs NumPy
and SciPy and knows nothing of the site: it can be used by itself, in Python or by
`python -m stats`. Formulas, their sources and what is compared with R stand in
[methodology.md](methodology.md).

A `Design` says how the sheets were drawn, `count` reduces the sheets to `Counts`, and a verb
(`rates`, `joint_rates`, `rao_scott`) estimates. Results are frozen and their arrays cannot be
written. What cannot be estimated is refused by an error that names the stratum, the sheet or the
category at fault.

This page is made from the docstrings by `make reference`. The tests run its examples, each by
itself after these lines:

```python
import numpy as np
from stats import *
from stats import disclosure
```
"""


@dataclass(frozen=True)
class Subject:
    """A section of the page, and the parts of the library that belong to it."""

    title: str
    methodology: str
    names: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The names in their order."""
        return tuple(self.names.split())


SUBJECTS: Final = (
    Subject("Designs", "rates", "Design Lonely collapse DesignError"),
    Subject("Counts", "rates", "count Counts AnswerError YES NO UNKNOWN REFUSED BLANK ANY"),
    Subject("Rates", "rates", "rates Rate Denominator ALL"),
    Subject(
        "Clusters",
        "clusters",
        "count_clusters ClusterCounts clustered_rates intraclass_correlation cluster_effect "
        "cluster_effects",
    ),
    Subject("Means", "means", "count_values Values means Mean Among MeanInterval"),
    Subject("Risk", "risk", "exceedance Exceedance weighted_exceedance"),
    Subject("Intervals", "intervals", "Interval"),
    Subject("Presentation", "presentation-standard", "Presentation Decision Reason reliable_size"),
    Subject(
        "Comparisons",
        "comparison",
        "count_joint join_domains Joint joint_rates published_rates independent RateVector "
        "difference relative log_odds_ratio standardize trend Contrast ContrastMethod "
        "adjust Adjustment",
    ),
    Subject("Association", "association", "homogeneity Homogeneity rao_scott IndependenceTest"),
    Subject(
        "Response rates",
        "response-rates",
        "response_rates Dispositions ResponseRates ResponseError",
    ),
    Subject(
        "Nonresponse",
        "nonresponse",
        "representativity Representativity VariableResponse CategoryResponse nonresponse_effect "
        "NonresponseEffect",
    ),
    Subject(
        "Weights",
        "post-stratification-and-raking",
        "Cells rake Weights Residuals ClassWeights TwoPhase weighted_rates weighted_rate "
        "WeightedRate WeightingError NoVarianceError",
    ),
    Subject(
        "Planning",
        "sample-size",
        "assured_size AssuredSize Aim Extent planned_precision planned_precisions Precision "
        "assured_allocation AssuredAllocation allocate Allocation Method thin_strata ThinStratum "
        "next_wave NextWave power PlannedRate size_for_change visible_change sample_size "
        "SampleSize to_issue detection_size detection_probability PlanError",
    ),
    Subject(
        "Sensitive questions",
        "sensitive-questions",
        "sensitive_rate SensitiveRate warner crosswise forced_response unrelated_question Device "
        "bias_corrected_crosswise unrelated_question_unknown stochastic_lie_detector TwoSampleRate "
        "list_experiment list_design_effect ListDesignEffect DeviceError",
    ),
    Subject(
        "Disclosure control",
        "disclosure-control",
        "disclosure.protect disclosure.Groups disclosure.ReleaseTable disclosure.Protection "
        "disclosure.targets disclosure.Fact disclosure.CellForm",
    ),
)


def page() -> str:
    """Return the page as it is to be."""
    contents = "\n".join(
        f"- [{subject.title}](#{_anchor(subject.title)}): "
        + ", ".join(f"`{name}`" for name in subject.parts)
        for subject in SUBJECTS
    )
    paragraphs = [_HEAD.rstrip(), contents]
    for subject in SUBJECTS:
        paragraphs += [f"## {subject.title}", _link(subject), *_described(subject)]
    return "\n\n".join(paragraphs) + "\n"


def part(name: str) -> object:
    """Return a part of the library by its name on the page."""
    owner, _, last = name.rpartition(".")
    return getattr(disclosure if owner else stats, last)


def _described(subject: Subject) -> Iterator[str]:
    constants = [name for name in subject.parts if isinstance(part(name), int | str)]
    for name in subject.parts:
        if name not in constants:
            yield from _part(name)
    if constants:
        yield "### Constants"
        yield "\n".join(f"- `{name}` = `{part(name)!r}`" for name in constants)


def _part(name: str) -> Iterator[str]:
    documented = part(name)
    yield f"### `{name}`"
    if not isinstance(documented, type):
        assert callable(documented)  # noqa: S101 - what is no class and no constant
        yield f"```python\n{signature(name, documented)}\n```"
    elif "Parameters" in sections(documented):
        yield f"```python\n{signature(name, documented.__init__)}\n```"  # type: ignore[misc]
    yield from written(documented)
    if isinstance(documented, type) and issubclass(documented, Enum):
        yield members(documented)
    elif isinstance(documented, type) and not issubclass(documented, Exception):
        yield from _methods(name, documented)


def _methods(name: str, owner: type) -> Iterator[str]:
    """Describe the public methods of a class; what needs no explanation in a list."""
    lines = []
    for method, raw in vars(owner).items():
        documented = getattr(owner, method)
        if method.startswith("_") or not (callable(documented) or isinstance(raw, property)):
            continue
        if isinstance(raw, classmethod):
            yield f"#### `{name}.{method}`"
            yield f"```python\n{signature(f'{name}.{method}', documented)}\n```"
            yield from written(documented)
        else:
            call = (
                f".{method}" if isinstance(raw, property) else signature(f".{method}", documented)
            )
            summary = sections(documented)[""].replace("``", "`")
            lines.append(f"- `{call}`: {' '.join(summary.split())}")
    if lines:
        yield "**Methods**"
        yield "\n".join(lines)


def _link(subject: Subject) -> str:
    return f"Formulas and sources: [methodology.md](methodology.md#{subject.methodology})."


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
