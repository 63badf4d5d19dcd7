"""The public site of a side runs under an account that cannot read what only the staff's may."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from survey_app import create_app
from survey_app.config import Settings
from survey_app.sides import SIDES
from survey_app.web.internal_port import readiness_of
from tests import processes
from tests.clusters import NOBODY, Cluster
from tests.conftest import urls_of
from tests.installation import Installation

OF_BOTH_SITES = {"identity/codes.key", "identity/issuer.key", "answers/receipts.key"}
OF_STAFF = {
    *(
        f"identity/manage/{name}.key"
        for name in ("closing", "roster", "session", "totp", "lockout")
    ),
    *(f"answers/analyse/{name}.key" for name in ("session", "totp", "lockout", "releases")),
}


@pytest.fixture
def installation(clusters: dict[str, Cluster]) -> Iterator[Installation]:
    """Both sides as their units prepare them: the folder of each lets a group in."""
    place = Path(tempfile.mkdtemp(prefix="folders-"))  # pytest's own folders let nobody in
    place.chmod(0o711)
    for cluster in clusters.values():
        cluster.drop_others()
        cluster.empty()
    own = Installation(place / "installation", urls=urls_of(clusters))
    for side in SIDES:
        (own.instance / side).mkdir(mode=0o750, parents=True)
        if NOBODY:
            shutil.chown(own.instance / side, group=_group_of(NOBODY))
    own.prepare_apart()
    yield own
    shutil.rmtree(place)


def test_the_public_site_s_account_reads_its_secrets_and_no_other(
    installation: Installation,
) -> None:
    files = {
        str(path.relative_to(installation.instance)): path
        for path in installation.instance.rglob("*.key")
    }
    assert files.keys() == OF_BOTH_SITES | OF_STAFF

    readable = {name for name, path in files.items() if _public_account_reads(path)}

    assert readable == OF_BOTH_SITES


@pytest.mark.parametrize("site", ["issue", "respond"])
def test_the_public_site_works_under_that_account(installation: Installation, site: str) -> None:
    options = {
        name.removeprefix("SURVEY_").lower(): url
        for name, url in installation.urls.items()
        if "PUBLIC" in name
    }

    ready = {"store": True, "migrations": True, "keys": True}
    assert _as_public_account(_ready, site, installation.instance, options) == ready


def _public_account_reads(path: Path) -> bool:
    """Try it; an account that is no other's judges by the modes on the way."""
    if NOBODY:
        return bool(_as_public_account(_reads, path))
    return all(part.stat().st_mode & 0o040 for part in (path, path.parent))


def _ready(site: str, instance: Path, options: dict[str, Any]) -> dict[str, bool]:
    settings = Settings(instance=instance, **options).of(site)
    create_app(site, settings).extensions["store"].engine.dispose()
    return readiness_of(settings)


def _reads(path: Path) -> bool:
    try:
        path.read_bytes()
    except PermissionError:
        return False
    return True


def _as_public_account(function: Callable[..., Any], *arguments: object) -> Any:
    """Call a function in a process of that account; without NOBODY the tests' own is no other."""
    receiver, sender = processes.LOADER.Pipe(duplex=False)
    process = processes.LOADER.Process(target=_run, args=(sender, function, arguments))
    process.start()
    sender.close()
    result = receiver.recv()
    process.join()
    return result


def _run(sender: Connection, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    if NOBODY:
        os.setgroups([])
        os.setgid(_group_of(NOBODY))
        os.setuid(pwd.getpwnam(NOBODY).pw_uid)
    sender.send(function(*arguments))


def _group_of(name: str) -> int:
    return pwd.getpwnam(name).pw_gid
