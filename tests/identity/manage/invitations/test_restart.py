"""Letters go on after the server was killed, though no page is opened: one is in doubt."""

import os
import signal
import time
from dataclasses import asdict
from functools import partial

from survey_app.config import Settings
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import mailing
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.jobs import queue
from survey_app.storage.database import Database
from tests.identity.manage.conftest import load, publish
from tests.identity.manage.post import WORDING

PATIENCE = 60


def queue_letters(settings):
    store, keys = Database(settings.database_url), Keys.of(settings)
    publish(store, master=settings.secret("issuer"))
    load(store, keys)
    with store.begin() as session:
        manifest = service.published_manifest(session, "spring")
        link = partial(manifest.link, settings.respond_url)
        name = queue.new_name()
        mailing.queue_invitations(session, keys, manifest, name, ["north"], link)
        queue.add(session, keys.roster, "spring", queue.MAIL, asdict(WORDING), name=name)
    store.engine.dispose()
    return name


def doubtful_letters(settings, job):
    store = Database(settings.database_url)
    with store.read() as session:
        number = mailing.letter_counts(session, job).doubtful
    store.engine.dispose()
    return number


def wait_for(number, post):
    end = time.monotonic() + PATIENCE
    while len(post.addresses) < number:
        assert time.monotonic() < end, len(post.addresses)
        time.sleep(0.05)


def test_a_server_that_was_killed_while_it_sent_goes_on_by_itself(installation, post, server):
    installation.urls = {"SURVEY_SMTP_URL": server, "SURVEY_MAIL_FROM": "survey@example.org"}
    installation.prepare_apart()
    settings = Settings(instance=installation.instance).of("manage")
    job = queue_letters(settings)
    post.at, post.strike = 7, lambda: os.killpg(installation.server.pid, signal.SIGKILL)

    installation.serve()
    wait_for(7, post)
    installation.kill()
    assert len(post.addresses) == 7
    installation.serve()
    wait_for(30, post)

    assert len(set(post.addresses)) == len(post.addresses) == 30
    assert doubtful_letters(settings, job) == 1
