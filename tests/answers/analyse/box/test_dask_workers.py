"""A box is opened by two workers of a Dask cluster, over TLS, and never in the clear."""

import dask
import pytest
from distributed import LocalCluster, Security

from survey_app.answers.analyse.box import dask_workers, opening, unsealing
from survey_app.answers.store.models import Box
from survey_app.errors import OpeningError
from tests.answers.analyse.box.test_opening import state
from tests.answers.analyse.box.test_stripping import make_box
from tests.sites import OVER


@pytest.fixture
def cluster():
    """Two workers, each a process of its own; their certificates stand in Dask's own settings."""
    security = Security.temporary()
    tls = {
        "distributed.comm.tls.ca-file": security.tls_ca_file,
        "distributed.comm.tls.client.cert": security.tls_client_cert,
        "distributed.comm.tls.client.key": security.tls_client_key,
    }
    with (
        dask.config.set(tls),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, security=security
        ) as local,
    ):
        yield local


def test_two_workers_open_a_box(box, cluster, monkeypatch):
    monkeypatch.setattr(unsealing, "_AT_ONCE", 2)
    store, folder, key = box
    progress: list[tuple[int, int]] = []
    assert cluster.scheduler_address.startswith("tls://")
    assert len(cluster.scheduler.workers) == 2

    outcomes = opening.open_box(
        store,
        folder,
        "spring",
        {},
        key,
        OVER,
        lambda *at: progress.append(at),
        cluster=cluster.scheduler_address,
    )

    assert outcomes["kept"] == 36
    assert progress[-1] == (36, 36)
    assert state(store) == Box.OPENED


def test_two_workers_take_both_seals_off(site, tmp_path, cluster):
    box = make_box(site, tmp_path)
    address = cluster.scheduler_address

    box.strip(cluster=address)

    assert box.open(cluster=address)["kept"] == 36


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "localhost:8786", "ws://127.0.0.1:1"])
def test_no_key_goes_over_a_network_in_the_clear(box, address):
    store, folder, key = box

    with pytest.raises(OpeningError, match="tls"):
        opening.open_box(store, folder, "spring", {}, key, OVER, cluster=address)

    assert state(store) == Box.COLLECTING


def test_a_cluster_that_is_away_is_one_sentence_and_loses_nothing(box, monkeypatch):
    monkeypatch.setattr(dask_workers, "PATIENCE", "1s")
    store, folder, key = box

    with pytest.raises(OpeningError, match="reached"):
        opening.open_box(store, folder, "spring", {}, key, OVER, cluster="tcp://127.0.0.1:9")

    assert opening.open_box(store, folder, "spring", {}, key, OVER)["kept"] == 36
