"""``make bench-check``: fail when the service has become slower, measured in floors.

Seconds differ from machine to machine and from day to day; how many times the floor something
takes differs less. What looks worse is measured again, twice at most, and the best is believed.
"""

import json
import os
import sys
from collections.abc import Mapping

from bench import bare_crypto, load, set_up, starts
from bench.service_speed import RESULTS, SHORT, measure, ratios

TOLERANCE = 1.3
_ATTEMPTS = 3


def worse(committed: Mapping[str, float], measured_ratios: Mapping[str, float]) -> dict[str, float]:
    """Give the ratios that are worse than the committed ones by more than 30 %: by what factor.

    Raises
    ------
    KeyError
        A committed ratio was not measured.
    """
    factors = {name: measured_ratios[name] / ratio for name, ratio in committed.items()}
    return {name: factor for name, factor in factors.items() if factor > TOLERANCE}


def comparable(committed: Mapping[str, float], *, same_cores: bool) -> dict[str, float]:
    """Leave out what only compares on as many cores: visitors share them with the servers."""
    return {
        name: ratio
        for name, ratio in committed.items()
        if same_cores or name == "signing" or name.endswith("_cpu")
    }


def check() -> bool:
    """Measure in the short form, and tell whether nothing has become worse."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    same = results["cores"] == os.cpu_count()
    committed = comparable(results["ratios"], same_cores=same)
    best_ratios = {name: float("inf") for name in committed}
    codes = _ATTEMPTS * SHORT.codes
    with set_up.production_and_floor(codes) as (production, floor), load.clients() as pool:
        for _ in range(_ATTEMPTS):
            now = ratios(measure(production, floor, pool, SHORT), bare_crypto.rates())
            now |= starts.ratios()
            best_ratios = {name: min(lowest, now[name]) for name, lowest in best_ratios.items()}
            if not worse(committed, best_ratios):
                break
    _report(committed, best_ratios)
    return not worse(committed, best_ratios)


def _report(committed: Mapping[str, float], best_ratios: Mapping[str, float]) -> None:
    for name, ratio in committed.items():
        print(f"{name}: {best_ratios[name]:.2f} floors, committed {ratio:.2f}")
    for name, factor in worse(committed, best_ratios).items():
        print(f"{name} is worse by {factor - 1:.0%}.")


if __name__ == "__main__":
    sys.exit(0 if check() else 1)
