"""What the next release would show: computed once, as long work, and kept by its content.

Its content is all that it follows from: the box, the options, the releases that are known, and the
code that computes. Nothing is computed while a transaction is open.
"""

import hashlib
import logging
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.answers.analyse.releases import code_version
from survey_app.answers.analyse.releases.disclosure import Protected, protect
from survey_app.answers.store.models import Computation, Release
from survey_app.config import SiteSettings
from survey_app.crypto.encoding import framed
from survey_app.documents.release import read
from survey_app.documents.results import Options
from survey_app.errors import N_, SurveyError
from survey_app.logs import where
from survey_app.storage.database import Database
from survey_app.web import long_work

_PROTECTED = TypeAdapter(Protected)
_FAILED = N_(
    "The tables could not be computed, for a reason that the program does not know. "
    "The server's log says where it failed."
)
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """All that a release is computed from; ``releases`` are the documents that others have seen."""

    campaign: str
    box: OpenedBox
    options: Options
    releases: tuple[bytes, ...]

    @classmethod
    def read(
        cls, session: Session, campaign: str, options: Options, before: int | None = None
    ) -> "Inputs":
        """Read them: of the next release, or of the one of a number.

        Raises
        ------
        NotFoundError, StateError
            There is no such campaign, or its box was not opened yet.
        """
        query = select(Release).where(Release.campaign == campaign).order_by(Release.number)
        documents = tuple(
            release.document
            for release in session.scalars(query)
            if release.is_known and (before is None or release.number < before)
        )
        return cls(campaign, opened_box(session, campaign), options, documents)

    @property
    def content(self) -> bytes:
        """A digest of all of it, and of the code that computes."""
        digests = [hashlib.sha256(document).digest() for document in self.releases]
        options = self.options.model_dump_json()
        fields = framed(code_version.version(), self.campaign, self.box.content, options, *digests)
        return hashlib.sha256(fields).digest()

    def compute(self) -> Protected:
        """Decide what is shown: this takes long."""
        return protect(self.box, self.options, [read(document) for document in self.releases])


def find(session: Session, inputs: Inputs) -> Computation | None:
    """Find the computation of these inputs, wherever it stands."""
    return session.get(Computation, inputs.content)


def kept(session: Session, inputs: Inputs) -> Protected | None:
    """Read what was computed from these inputs; None if nothing was yet."""
    row = find(session, inputs)
    return None if row is None or row.protected is None else result_of(row)


def result_of(row: Computation) -> Protected:
    """Read a result that is there."""
    return _PROTECTED.validate_json(row.protected or b"")


def request(session: Session, inputs: Inputs) -> Computation:
    """Ask for the tables; what failed is tried again."""
    row = find(session, inputs)
    if row is None:
        row = Computation(
            content=inputs.content,
            campaign=inputs.campaign,
            options=inputs.options.model_dump_json(),
            state=long_work.STATE_WAITING,
            protected=None,
            problem="",
        )
        session.add(row)
        session.flush()
    elif row.state == long_work.STATE_FAILED:
        row.state, row.problem = long_work.STATE_WAITING, ""
    return row


def keep(session: Session, content: bytes, protected: Protected) -> None:
    """Keep a result, if it is still asked for."""
    _update(
        session,
        content,
        state=long_work.STATE_DONE,
        protected=_PROTECTED.dump_json(protected),
    )


def forget(session: Session, campaign: str) -> None:
    """Delete what was computed for a campaign: with another release known it no longer holds."""
    session.execute(delete(Computation).where(Computation.campaign == campaign))


class ComputationWorker(long_work.LoneWorker):
    """Computes what was asked for."""

    LOCK_FILE = "computations.lock"

    def __init__(self, database: Database, settings: SiteSettings) -> None:
        super().__init__(settings)
        self._database = database

    def _work_off(self) -> None:
        while (row := self._next()) is not None:
            self._run(row)

    def _next(self) -> Computation | None:
        query = select(Computation).where(Computation.state == long_work.STATE_WAITING)
        with self._database.read() as session:
            return session.scalar(query.limit(1))

    def _run(self, row: Computation) -> None:
        try:
            self._compute(row)
        except SurveyError as error:
            self._fail(row, error)
        except Exception as error:  # noqa: BLE001 - the next must be computed, whatever this is
            _LOG.error("A computation failed", extra={"where": where(error)})
            self._fail(row, SurveyError(_FAILED))

    def _compute(self, row: Computation) -> None:
        options = Options.model_validate_json(row.options)
        with self._database.read() as session:
            inputs = Inputs.read(session, row.campaign, options)
        if inputs.content != row.content:  # another release is known by now, or other code runs
            with self._database.begin() as session:
                session.execute(delete(Computation).where(Computation.content == row.content))
            return
        protected = inputs.compute()
        with self._database.begin() as session:
            keep(session, row.content, protected)

    def _fail(self, row: Computation, error: SurveyError) -> None:
        with self._database.begin() as session:
            _update(
                session,
                row.content,
                state=long_work.STATE_FAILED,
                problem=long_work.stored(error),
            )


def _update(session: Session, content: bytes, **values: object) -> None:
    session.execute(update(Computation).where(Computation.content == content).values(**values))
