"""Time the shipped production set-up, and in the same run the floor."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench import bare_crypto, growth, load, set_up, starts
from bench.load import Fields, Run, timed
from bench.set_up import Floor, Production
from survey_app.config import VERSION

RESULTS = Path(__file__).parent / "results.json"
CONCURRENCIES = (8, 32)
_WARMING = 48
_LIBRARIES = ("flask", "gunicorn", "sqlalchemy", "psycopg", "gmpy2", "cryptography")


@dataclass(frozen=True)
class Plan:
    """How much is measured: visitors in each run, and how often every run is repeated."""

    respondents: int
    ballots: int
    repeats: int

    @property
    def codes(self) -> int:
        """How many codes it takes."""
        codes_a_run = self.respondents + self.ballots
        return self.repeats * len(CONCURRENCIES) * codes_a_run + 2 * _WARMING


LONG = Plan(respondents=200, ballots=400, repeats=3)
SHORT = Plan(respondents=50, ballots=120, repeats=3)


@dataclass(frozen=True)
class Sample:
    """One run, and the processor seconds that the servers used in it."""

    run: Run
    cpu: dict[str, float]

    @property
    def cpu_each(self) -> float:
        """Processor milliseconds for each visitor."""
        return sum(self.cpu.values()) * 1e3 / len(self.run.latencies)


@dataclass(frozen=True)
class Pair:
    """The service and the floor under the same load, one right after the other."""

    work: str
    concurrency: int
    service: Sample
    floor: Sample


def measure(production: Production, floor: Floor, pool: Executor, plan: Plan) -> list[Pair]:
    """Run every load on service and floor by turns, as often as planned."""
    _warm(production, floor, pool)
    return [
        pair
        for _ in range(plan.repeats)
        for concurrency in CONCURRENCIES
        for pair in (
            _respondents(production, floor, pool, plan.respondents, concurrency),
            _ballots(production, floor, pool, plan.ballots, concurrency),
        )
    ]


def ratios(pairs: Sequence[Pair], crypto: dict[str, float]) -> dict[str, float]:
    """Tell how many times the floor everything takes: less is better, 1 is the floor itself."""
    times_the_floor = {"signing": crypto["bare_signing"] / crypto["blind_signing"]}
    for work, concurrency in sorted({(pair.work, pair.concurrency) for pair in pairs}):
        same = [pair for pair in pairs if (pair.work, pair.concurrency) == (work, concurrency)]
        times_the_floor[f"{work}_{concurrency}"] = median(
            pair.floor.run.rate / pair.service.run.rate for pair in same
        )
    for work in sorted({pair.work for pair in pairs}):
        same = [pair for pair in pairs if pair.work == work]
        times_the_floor[f"{work}_cpu"] = median(
            pair.service.cpu_each / pair.floor.cpu_each for pair in same
        )
    return {name: round(ratio, 2) for name, ratio in times_the_floor.items()}


def service_speed() -> None:
    """Print the figures and their ratios to the floor, and write them to ``results.json``."""
    crypto = bare_crypto.rates()
    with (
        set_up.production_and_floor(LONG.codes + growth.CODES) as (production, floor),
        load.clients() as pool,
    ):
        pairs = measure(production, floor, pool, LONG)
        figures = _figures(pairs) | _single(production) | {"crypto_a_second": _rounded(crypto)}
        figures["growth"] = growth.curve(production, pool)
    results = {
        "ratios": ratios(pairs, crypto) | starts.ratios(),
        "figures": figures,
        **_circumstances(),
    }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=2))


def _warm(production: Production, floor: Floor, pool: Executor) -> None:
    """Fill pools and caches on both before anything is timed."""
    timed(pool, partial(load.respond, production.survey), production.draw(_WARMING), 32)
    timed(pool, partial(load.respond_to_floor, floor.base), floor.answers(_WARMING), 32)
    ballots = _prepare_ballots(production, pool, _WARMING)
    timed(pool, partial(load.cast, production.survey), ballots, 32)
    timed(pool, partial(load.post_to_floor, floor.base), floor.answers(_WARMING), 32)


def _respondents(
    production: Production, floor: Floor, pool: Executor, number: int, concurrency: int
) -> Pair:
    codes, answers = production.draw(number), floor.answers(number)
    visit = partial(load.respond, production.survey)
    service = _sample(production.cpu, lambda: timed(pool, visit, codes, concurrency))
    post = partial(load.respond_to_floor, floor.base)
    beside = _sample(floor.cpu, lambda: timed(pool, post, answers, concurrency))
    return Pair("respondents", concurrency, service, beside)


def _ballots(
    production: Production, floor: Floor, pool: Executor, number: int, concurrency: int
) -> Pair:
    ballots, answers = _prepare_ballots(production, pool, number), floor.answers(number)
    visit = partial(load.cast, production.survey)
    service = _sample(production.cpu, lambda: timed(pool, visit, ballots, concurrency))
    post = partial(load.post_to_floor, floor.base)
    beside = _sample(floor.cpu, lambda: timed(pool, post, answers, concurrency))
    return Pair("ballots", concurrency, service, beside)


def _prepare_ballots(production: Production, pool: Executor, number: int) -> list[Fields]:
    visit = partial(load.prepare, production.survey)
    return load.collect(pool, visit, production.draw(number), 8)


def _sample(cpu: Callable[[], dict[str, float]], run: Callable[[], Run]) -> Sample:
    before = cpu()
    timed_run = run()
    return Sample(timed_run, {part: seconds - before[part] for part, seconds in cpu().items()})


def _figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Sum every load up, for service and floor."""
    summaries = {}
    for work, concurrency in sorted({(pair.work, pair.concurrency) for pair in pairs}):
        same = [pair for pair in pairs if (pair.work, pair.concurrency) == (work, concurrency)]
        summaries[f"{work}_{concurrency}"] = {
            "service": _summary([pair.service for pair in same]),
            "floor": _summary([pair.floor for pair in same]),
        }
    return summaries


def _summary(samples: Sequence[Sample]) -> dict[str, Any]:
    latencies = [latency for sample in samples for latency in sample.run.latencies]
    whole = Run(sum(sample.run.seconds for sample in samples), latencies)
    cpu = {
        part: sum(sample.cpu[part] for sample in samples) * 1e3 / len(latencies)
        for part in samples[0].cpu
    }
    return {
        "visitors": len(latencies),
        "a_second": round(median(sample.run.rate for sample in samples), 1),
        **{f"p{percent}_ms": round(whole.percentile(percent), 1) for percent in (50, 95, 99)},
        "cpu_ms": _rounded(cpu | {"together": sum(cpu.values())}),
    }


def _single(production: Production) -> dict[str, Any]:
    """Measure what does not depend on the load."""
    requests, size = load.page_weight(production.survey)
    starts = [set_up.seconds_to_start(production) for _ in range(3)]
    memory = {
        str(service.site): max(service.resident_mebibytes()) for service in production.services
    }
    return {
        "page": {"requests": requests, "bytes": size},
        "start_s": round(median(starts), 2),
        "worker_mebibytes": _rounded(memory),
    }


def _circumstances() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {
            "survey": VERSION,
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}


if __name__ == "__main__":
    service_speed()
