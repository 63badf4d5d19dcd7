"""A campaign of the identity side at any step, on both engines, without a server."""

import secrets
import subprocess
import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the server's own library, at its import
    from aiosmtpd.controller import Controller

from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.roster import persons, uploads
from tests.identity.manage.post import Post
from tests.installation import free_port
from tests.manifests import ISSUER, of_answers
from tests.sites import design, serving

POINT = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"


@pytest.fixture
def site(tmp_path, own_engine):
    with serving("manage", tmp_path) as site:
        yield site


@pytest.fixture
def store(site):
    return site.extensions["store"]


@pytest.fixture
def keys():
    return Keys(secrets.token_bytes(32), secrets.token_bytes(32))


def publish(store, campaign="spring", master=bytes(32), **changes):
    """Take a design into its fieldwork."""
    plan = design(campaign, **changes)
    keys = list(service.make_keys(plan, master))
    with store.begin() as session:
        service.create(session, plan)
        manifest = service.fix(session, campaign, keys, ISSUER, two_managers=False)
        document = manifest.model_dump(mode="json") | of_answers(POINT)
        published = PublishedManifest.model_validate(document)
        service.publish(session, campaign, published.canonical())
    return published


def roster_csv(persons=40, stratum="north"):
    lines = [f"{stratum},p{i:05},p{i}@example.org,名字{i}" for i in range(persons)]
    return "\n".join(["stratum,person,email,name", *lines]).encode()


def load(store, keys, campaign="spring", content=None, seed="seed"):
    """Store a roster, and draw from it."""
    uploads.upload(store, keys.roster, campaign, content or roster_csv(), "people.csv")
    persons.import_roster(
        store, keys.roster, campaign, seed, lambda rows, total: None, knowingly=True
    )


def words_of(pdf):
    """The text of a PDF; a form feed ends each page."""
    command = ["pdftotext", "-raw", "-", "-"]
    return subprocess.run(command, input=pdf, check=True, capture_output=True).stdout.decode()


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def server(post):
    """The address of a mail server that gives a test's `Post` what it takes."""
    port = free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def on_disk(request, store, own_engine):
    """All that the engine has on disk of this store."""

    def read():
        if own_engine == "sqlite":
            return Path(store.engine.url.database).read_bytes()
        folder = request.getfixturevalue("clusters")["identity"].folder / "data"
        files = (path for path in folder.rglob("*") if path.is_file())
        return b"".join(path.read_bytes() for path in files)

    return read
