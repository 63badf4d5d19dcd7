"""The shipped set-up on loopback: nginx before five services on two clusters."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from survey_app.sides import SITES
from tests.clusters import Cluster
from tests.conftest import urls_of
from tests.installation import Codes, Installation, free_port, stratum
from tests.production.proxy import Proxy
from tests.production.service import Service, stop

RESPONDENTS = 300
REPLICAS: dict[str, int] = {"respond": 2}
STRATA = [
    stratum("north", population=400, sample=220),
    stratum("south", population=400, sample=100),
]


@dataclass
class Production:
    """Everything that runs, and the codes that were made."""

    installation: Installation
    proxy: Proxy
    services: list[Service]
    clusters: dict[str, Cluster]
    codes: Codes

    def service(self, site: str) -> Service:
        return next(candidate for candidate in self.services if candidate.site == site)


@pytest.fixture(scope="module")
def production(
    clusters: dict[str, Cluster], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    """Both sides, with two replicas of the site that takes the ballots."""
    with ExitStack() as stack:
        for cluster in clusters.values():
            cluster.drop_others()
            cluster.empty()
        folder = tmp_path_factory.mktemp("production")
        sites = [site for site in SITES for _ in range(REPLICAS.get(site, 1))]
        services = [Service(folder, site, free_port(), free_port()) for site in sites]
        upstreams: dict[str, list[int]] = {}
        for service in services:
            upstreams.setdefault(service.site, []).append(service.port)
        proxy = Proxy(folder / "nginx", upstreams)
        public = {
            "SURVEY_RESPOND_URL": proxy.url("answers", "/respond"),
            "SURVEY_ISSUE_URL": proxy.url("identity", "/issue"),
        }
        urls = urls_of(clusters) | public
        installation = Installation(folder / "installation", urls=urls, totp="on")
        installation.prepare_apart()
        codes = installation.campaign("autumn", STRATA)
        stack.callback(stop, services)
        for service in services:
            service.launch(installation.environment)
        for service in services:
            service.wait()
        proxy.start()
        stack.callback(proxy.stop)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("SSL_CERT_FILE", str(proxy.authority))
        yield Production(installation, proxy, services, clusters, codes)
