"""R's survey, the Python package svy, NCHS's and exact limits on the same samples."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.designs import Setting, random_settings
from bench.coverage.runs import Absent, markdown
from stats import Interval
from stats.confidence import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stats.arrays import Limits

SEVERAL: Final = 24
ALONE: Final = 12
_DRAWS: Final = 1_000
_SEED: Final = 20261128
_LEVEL: Final = 0.95
_SHEETS: Final = 3_000
_ROUNDING: Final = 1e-9
_HERE: Final = Path(__file__).parent
_SVY: Final = Path(".peers/bin/python")


@dataclass(frozen=True, eq=False)
class JudgedSamples:
    """Samples of one design that all programs are judged on.

    Attributes
    ----------
    setting : Setting
    yes : ndarray, shape (H, K)
        The samples that differ.
    share : ndarray, shape (K,)
        Of all that were drawn.
    """

    setting: Setting
    yes: NDArray[np.float64]
    share: NDArray[np.float64]

    @classmethod
    def of(cls, setting: Setting, draws: int, rng: np.random.Generator) -> JudgedSamples:
        """Draw, and count what was drawn more than once."""
        yes, times = np.unique(setting.draw(rng, draws), axis=1, return_counts=True)
        return cls(setting, yes, times / draws)

    def limits(self, method: Interval) -> Limits:
        """Return the library's own limits."""
        low, high = limits(self.setting.part, self.setting.ratios(self.yes), method, _LEVEL)
        return low[0], high[0]

    def judge(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[float, ...]:
        """Return coverage, mean width and the share without an interval, which covers nothing."""
        rate, bounded = self.setting.rate, np.isfinite(low) & np.isfinite(high)
        covered = bounded & (low <= rate + _ROUNDING) & (high >= rate - _ROUNDING)
        width = np.nan
        if bounded.any():
            width = float(np.average((high - low)[bounded], weights=self.share[bounded]))
        return float(covered @ self.share), width, float(~bounded @ self.share)


def settings() -> Iterator[Setting]:
    """Draw designs of several strata, and then of one, none of too many sheets for the others."""
    designs = [design for design in random_settings(90, _SEED) if design.sample.sum() <= _SHEETS]
    yield from designs[:SEVERAL]
    alone = [
        Setting(setting.allocation, *(column[:1] for column in setting.columns))
        for setting in designs
    ]
    yield from [setting for setting in alone if not setting.is_census and setting.positive[0]][
        :ALONE
    ]


def table(draws: int | None) -> str:
    """Let each program estimate the same samples."""
    _check()
    rng = np.random.default_rng(_SEED)
    samples = [JudgedSamples.of(setting, draws or _DRAWS, rng) for setting in settings()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, samples)
        judged = _ours(samples)
        for program in _run(folder):
            judged |= _theirs(folder, program, samples)
    rows = []
    for place, where in (("several", slice(SEVERAL)), ("one", slice(SEVERAL, None))):
        for (program, method), outcomes in judged.items():
            if place == "one" or method != Interval.EXACT:
                rows.append((place, program, method, *_figures(np.array(outcomes)[where])))
    header = ("strata", "program", "interval", "designs", "least", "below by 2 points", "mean")
    return markdown((*header, "mean width", "no interval"), rows)


def _check() -> None:
    if shutil.which("Rscript") is None or _call("Rscript", "-e", "library(survey)").returncode:
        message = "R with its package survey is not on this machine"
        raise Absent(message)
    if not _SVY.exists():
        message = "svy is not here: python3 -m venv .peers && .peers/bin/pip install svy==0.35.0"
        raise Absent(message)


def _call(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False)


def _write(folder: Path, samples: Sequence[JudgedSamples]) -> None:
    for at, sample in enumerate(samples):
        strata = np.column_stack([sample.setting.population, sample.setting.sample])
        heading = ",".join(f"s{place}" for place in range(len(strata)))
        _save(folder / f"strata-{at}.csv", strata, "population,sheets")
        _save(folder / f"yes-{at}.csv", sample.yes.T, heading)


def _save(path: Path, values: NDArray[np.number], heading: str) -> None:
    np.savetxt(path, values, "%d", ",", header=heading, comments="")


def _run(folder: Path) -> list[str]:
    commands = {
        "R": ["Rscript", str(_HERE / "peers.R"), str(folder)],
        "svy": [str(_SVY), str(_HERE / "peers_svy.py"), str(folder)],
    }
    running = [subprocess.Popen(command) for command in commands.values()]
    for process in running:
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, process.args)
    return list(commands)


def _ours(samples: Sequence[JudgedSamples]) -> dict[tuple[str, str], list[tuple[float, ...]]]:
    judged = {}
    for method in (Interval.DEFAULT, Interval.NCHS, Interval.EXACT):
        judged["stats", str(method)] = [sample.judge(*sample.limits(method)) for sample in samples]
    return judged


def _theirs(
    folder: Path, program: str, samples: Sequence[JudgedSamples]
) -> dict[tuple[str, str], list[tuple[float, ...]]]:
    name = (folder / f"{program}.version").read_text(encoding="utf-8")
    rows = defaultdict(list)
    with (folder / f"{program}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["method"], int(row["design"])].append(
                (_number(row["low"]), _number(row["high"]))
            )
    judged = defaultdict(list)
    for (method, at), pairs in rows.items():
        judged[name, method].append(samples[at].judge(*np.array(pairs).T))
    return judged


def _number(text: str) -> float:
    return float(text) if text not in {"", "NA"} else np.nan


def _figures(outcomes: NDArray[np.float64]) -> tuple[str, ...]:
    covered, width, without = outcomes.T
    return (
        str(len(covered)),
        f"{covered.min():.3f}",
        str((covered < _LEVEL - 0.02).sum()),
        f"{covered.mean():.3f}",
        f"{np.nanmean(width):.4f}",
        f"{without.mean():.1%}",
    )
