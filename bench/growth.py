"""What one more ballot costs when many are stored already."""

from concurrent.futures import Executor
from functools import partial

from bench import load
from bench.set_up import STRATA, Production

BALLOTS_STORED = (1_000, 10_000, 100_000, 1_000_000)
_CAST = 48
CODES = len(BALLOTS_STORED) * _CAST
_FILL = f"""
INSERT INTO ballot (receipt, campaign, stratum, spent, sealed)
SELECT sha256(('receipt' || at)::bytea), 'autumn', 's' || mod(at, {STRATA}),
       sha256(('spent' || at)::bytea), sha256('one'::bytea) || sha256('two'::bytea)
FROM generate_series((SELECT count(*) FROM ballot) + 1, %s) AS at
"""  # noqa: S608 - a constant


def curve(production: Production, pool: Executor) -> dict[str, dict[str, float]]:
    """Fill an empty box in steps, and measure the casting at each."""
    with production.clusters["answers"].connect() as connection:
        connection.execute("TRUNCATE ballot, pool")
    return {str(ballots): _step(production, pool, ballots) for ballots in BALLOTS_STORED}


def _step(production: Production, pool: Executor, number: int) -> dict[str, float]:
    with production.clusters["answers"].connect() as connection:
        connection.execute(_FILL.encode(), [number])
        connection.execute("VACUUM ANALYZE ballot")
    visit = partial(load.prepare, production.survey)
    ballots = load.collect(pool, visit, production.draw(_CAST), 8)
    before = sum(production.cpu().values())
    run = load.timed(pool, partial(load.cast, production.survey), ballots, 8)
    seconds = sum(production.cpu().values()) - before
    return {
        "p50_ms": round(run.percentile(50), 1),
        "cpu_ms": round(seconds * 1e3 / len(ballots), 1),
    }
