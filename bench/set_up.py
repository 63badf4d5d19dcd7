"""The shipped production set-up on loopback, and the floor."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from secrets import token_bytes
from tempfile import TemporaryDirectory

import urllib3
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench import floor
from bench.load import Fields, Survey
from bench.processes import cpu_seconds
from survey_app.crypto.blind_rsa import EXPONENT, MODULUS_BITS
from survey_app.sides import SITES
from tests.clusters import Cluster
from tests.conftest import two_clusters, urls_of
from tests.installation import PATIENCE, Installation, free_port, stratum
from tests.production.proxy import Proxy
from tests.production.service import Service, stop

STRATA = 20
_UNLIMITED = {"rate=300r/s": "rate=1000000r/s"}
"""The shipped limit holds a crowd back to 75 respondents a second: what it protects is measured."""


@dataclass
class Production:
    """nginx before the services of both sides, on two clusters; and unused codes."""

    installation: Installation
    proxy: Proxy
    services: list[Service]
    clusters: dict[str, Cluster]
    codes: list[str]

    @property
    def survey(self) -> Survey:
        """Tell respondents where it is."""
        return Survey(self.proxy.url("answers"), "autumn")

    def draw(self, number: int) -> list[str]:
        """Take codes of any stratum."""
        codes, self.codes = self.codes[:number], self.codes[number:]
        return codes

    def cpu(self) -> dict[str, float]:
        """Give the processor seconds used so far."""
        return {
            "gunicorn": cpu_seconds(_masters(*self.services)),
            "nginx": cpu_seconds(_masters(self.proxy)),
            "postgres": cpu_seconds(_masters(*self.clusters.values())),
        }


@dataclass
class Floor:
    """The floor's service on a cluster of its own."""

    service: Service
    cluster: Cluster
    key: rsa.RSAPrivateKey

    @property
    def base(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.service.port}"

    def cpu(self) -> dict[str, float]:
        """Give the processor seconds used so far."""
        return {
            "gunicorn": cpu_seconds(_masters(self.service)),
            "postgres": cpu_seconds(_masters(self.cluster)),
        }

    def answers(self, number: int) -> list[Fields]:
        """Sign as many answers as are to be posted, of a ballot's size."""
        return [self._answer() for _ in range(number)]

    def _answer(self) -> Fields:
        message, sealed = token_bytes(96), token_bytes(60)
        signature = self.key.sign(message, floor.SCHEME, hashes.SHA384())
        fields = {"message": message, "signature": signature, "sealed": sealed}
        return {"stratum": "s1", **{name: value.hex() for name, value in fields.items()}}


@contextmanager
def production_and_floor(codes: int) -> Iterator[tuple[Production, Floor]]:
    """Start production and floor, and make a campaign with so many codes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        production = stack.enter_context(_production(folder, codes))
        yield production, stack.enter_context(_floor(folder))


def seconds_to_start(production: Production) -> float:
    """Start one more service of the respondents' site, and time it to its first answer."""
    folder = production.installation.folder
    service = Service(folder, "respond", free_port(), free_port())
    start = time.perf_counter()
    service.launch(production.installation.environment)
    try:
        _wait_for(f"http://127.0.0.1:{service.port}/respond/autumn/")
        return time.perf_counter() - start
    finally:
        stop([service])


@contextmanager
def _production(folder: Path, codes: int) -> Iterator[Production]:
    with ExitStack() as stack:
        clusters = stack.enter_context(two_clusters())
        services = [Service(folder, site, free_port(), free_port()) for site in SITES]
        proxy = Proxy(
            folder / "nginx", {service.site: [service.port] for service in services}, _UNLIMITED
        )
        public = {
            "SURVEY_RESPOND_URL": proxy.url("answers", "/respond"),
            "SURVEY_ISSUE_URL": proxy.url("identity", "/issue"),
        }
        os.environ["SSL_CERT_FILE"] = str(proxy.authority)  # whom the visitors' processes trust
        urls = urls_of(clusters) | public
        installation = Installation(folder / "installation", urls=urls, totp="on")
        installation.prepare_apart()
        codes_of_all = _campaign(installation, codes)
        stack.callback(stop, services)
        for service in services:
            service.launch(installation.environment)
        for service in services:
            service.wait()
        stack.callback(proxy.stop)
        proxy.start()
        yield Production(installation, proxy, services, clusters, codes_of_all)


@contextmanager
def _floor(folder: Path) -> Iterator[Floor]:
    with ExitStack() as stack:
        cluster = Cluster()
        stack.callback(cluster.remove)
        _create_table(cluster)
        key = rsa.generate_private_key(EXPONENT, MODULUS_BITS)
        service = Service(folder, "respond", free_port(), 0)
        stack.callback(stop, [service])
        service.spawn(_floor_environment(cluster, key, service.port), "bench.floor:application()")
        _wait_for(f"http://127.0.0.1:{service.port}/")
        yield Floor(service, cluster, key)


def _create_table(cluster: Cluster) -> None:
    with cluster.connect("owner") as connection:
        connection.execute(floor.TABLE)
        connection.execute("GRANT INSERT ON answer TO service")


def _floor_environment(cluster: Cluster, key: rsa.RSAPrivateKey, port: int) -> dict[str, str]:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "SURVEY_SITES": "respond",  # only what gunicorn.conf.py reads of it
        "SURVEY_WORKERS": "2",
        "PORT": str(port),
        "FLOOR_STORE": cluster.service_url,
        "FLOOR_KEY": public.decode(),
    }


def _campaign(installation: Installation, codes: int) -> list[str]:
    """Make a campaign of some strata, and mix its codes: people do not come by strata."""
    sample = -(-codes // STRATA)
    strata = [stratum(f"s{at}", population=2 * sample, sample=sample) for at in range(STRATA)]
    mixed_codes = [
        code for part in installation.campaign("autumn", strata).values() for code in part
    ]
    SystemRandom().shuffle(mixed_codes)
    return mixed_codes


def _masters(*servers: Service | Proxy | Cluster) -> list[int]:
    return [server.server.pid for server in servers if server.server]


def _wait_for(address: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if urllib3.request("GET", address, retries=False).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.01)
    raise TimeoutError(address)
