"""Taking seals off over several machines, by the operator's Dask cluster (``SURVEY_DASK``)."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from survey_app.answers.analyse.box.unsealing import OpenedPart, Part, open_part, private_bytes
from survey_app.crypto import sealing
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, OpeningError

PATIENCE = "10s"


def unseal_on(
    address: str, manifest: PublishedManifest, key: sealing.OpeningKey, parts: Sequence[Part]
) -> Iterator[OpenedPart]:
    """Take a seal off parts of a box on a cluster's workers, in the order in which they end.

    Parameters
    ----------
    address
        The scheduler's: ``tls://host:port``, with the certificates that Dask's own settings name.
        ``tcp://`` is for this very machine only: the key goes to every worker.

    Raises
    ------
    OpeningError
        The cluster cannot be reached, or not safely; the box holds every ballot as before.
    """
    check_address(address)
    try:
        from distributed import Client, as_completed  # noqa: PLC0415 - only this way of opening needs it
    except ModuleNotFoundError:
        raise OpeningError(reason=N_("Dask is not installed here (SURVEY_DASK)")) from None
    try:
        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            futures = client.map(
                open_part,
                parts,
                published=client.scatter(manifest.canonical()),
                private=private_bytes(key),  # with each task: a worker may put data on its disk
                pure=False,
                retries=2,
            )
            for future in as_completed(futures, loop=client.loop):
                yield future.result()
                future.release()
    except OSError:
        raise OpeningError(reason=N_("the Dask cluster cannot be reached (SURVEY_DASK)")) from None


def check_address(address: str) -> None:
    """Refuse to send a key over a network in the clear."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or (parts.scheme == "tcp" and _is_here(parts.hostname or "")):
        return
    raise OpeningError(reason=N_("SURVEY_DASK must be a tls:// address, or tcp:// on this machine"))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
