"""Releases made and signed without the pages: computed at once, and not by the worker."""

from datetime import date

from survey_app.accounts import Actor, acting_as
from survey_app.answers.analyse.releases import computations, service
from survey_app.answers.store.models import Release
from survey_app.crypto import signatures
from survey_app.documents.results import Options
from survey_app.storage.database import Database
from tests.sites import NAME

KEY = signatures.side_key(bytes(32), signatures.RELEASES)
CHECKER = "second"
TODAY = date(2026, 4, 2)
STANDARD = Options()


def compute(store: Database, options: Options = STANDARD, campaign: str = "spring") -> None:
    """Compute what the next release would show."""
    with store.read() as session:
        inputs = service.inputs(session, campaign, options)
    protected = inputs.compute()
    with store.begin() as session:
        computations.request(session, inputs)
        computations.keep(session, inputs.content, protected)


def make(
    store: Database, options: Options = STANDARD, maker: str = NAME, campaign: str = "spring"
) -> Release:
    """Compute a release and make it; it waits for its signature."""
    compute(store, options, campaign)
    with acting_as(Actor(maker)), store.begin() as session:
        release = service.make(session, campaign, options, TODAY)
        session.flush()
        session.expunge(release)
    return release


def sign(
    store: Database, number: int = 1, checker: str = CHECKER, campaign: str = "spring"
) -> Release:
    """Sign a release that waits."""
    with acting_as(Actor(checker)), store.begin() as session:
        release = service.sign(session, campaign, number, KEY, TODAY)
        session.flush()
        session.expunge(release)
    return release
