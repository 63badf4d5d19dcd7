"""The internal port: whether a process lives, whether its sites are ready, and coarse counts.

Gunicorn listens on it beside the public port; what came in there never reaches a site, and what
came in on the public port never gets here.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from survey_app.config import Settings, SiteSettings
from survey_app.sides import SITES
from survey_app.storage.database import Database
from survey_app.storage.migrations import is_current

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

STEP = 20
"""Counts are published in steps of so many, so that two looks do not tell when one person came."""
_OUTCOMES = {2: "answered", 3: "answered", 4: "refused"}
_REQUESTS = Counter("survey_requests", "Requests, in twenties", ["site", "outcome"])
_SECONDS = Histogram(
    "survey_seconds",
    "Seconds to an answer, in twenties of requests",
    ["site"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10),
)


class CoarseCounts(Collector):
    """The counts of all workers, rounded down; a sum would tell of every single request."""

    def collect(self) -> Iterator[Metric]:
        """Read the workers' files."""
        exact = CollectorRegistry()
        MultiProcessCollector(exact)  # type: ignore[no-untyped-call]
        for family in exact.collect():
            coarse = Metric(family.name, family.documentation, family.type)
            for sample in family.samples:
                rounded = sample.value // STEP * STEP
                if rounded and not sample.name.endswith("_sum"):  # a zero would tell of a first one
                    coarse.add_sample(sample.name, sample.labels, rounded)
            yield coarse


def watched(sites: "WSGIApplication", settings: Settings) -> "WSGIApplication":
    """Answer the internal port, and count what the public port answers."""
    inside, counting_sites = _internal(settings), _counted(sites, settings)

    def answer(environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        own = environment["SERVER_PORT"] == str(
            settings.internal_port
        )  # the socket's, not the sender's
        return (inside if own else counting_sites)(environment, start)

    return answer


def _counted(sites: "WSGIApplication", settings: Settings) -> "WSGIApplication":
    def answer(environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        prefix = environment["PATH_INFO"].split("/")[1:2]
        site = next((name for name in settings.site_names if [name] == prefix), "start")
        began = perf_counter()

        def count(status: str, *rest: object) -> object:
            outcome = _OUTCOMES.get(int(status[0]), "failed")
            if outcome == "failed" or not _is_of_a_person(site, environment["REQUEST_METHOD"]):
                _REQUESTS.labels(site, outcome).inc()
                _SECONDS.labels(site).observe(perf_counter() - began)
            return start(status, *rest)  # type: ignore[arg-type]

        return sites(environment, count)  # type: ignore[arg-type]

    return answer


def _is_of_a_person(site: str, method: str) -> bool:
    """Tell whether a request is a claim or a ballot, or tries to be one.

    Those are counted nowhere here, however coarsely: a reader who adds nineteen requests to a
    count in twenties sees the twentieth come.
    """
    return method == "POST" and site in SITES and not SITES[site].for_staff


def _internal(settings: Settings) -> Flask:
    app = Flask("survey_app.web.internal_port", static_folder=None)
    registry = CollectorRegistry()
    registry.register(CoarseCounts())

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        """Tell that this process takes requests."""
        return {"alive": True}

    @app.get("/readyz")
    def readiness() -> ResponseReturnValue:
        """Tell whether each site has its store, the tables it expects, and its keys."""
        sites = {name: readiness_of(settings.of(name)) for name in settings.site_names}
        ready = all(all(checks.values()) for checks in sites.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return {"ready": ready, "sites": sites}, status

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        """Publish the counts to Prometheus."""
        return Response(generate_latest(registry), mimetype="text/plain")

    return app


def readiness_of(site: SiteSettings) -> dict[str, bool]:
    """Look at a site's store over a new connection, and at its secrets as they lie there now."""
    database = Database(site.database_url)
    try:
        with database.engine.connect() as connection:
            store, migrations = True, is_current(connection, site.side)
    except SQLAlchemyError:
        store = migrations = False
    finally:
        database.engine.dispose()
    return {"store": store, "migrations": migrations, "keys": site.has_its_secrets()}
