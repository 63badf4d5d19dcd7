"""The ballot boxes: their list, each one's turnout, its opening, and what came of it."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from logging import Logger

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.box import (
    destruction,
    extension,
    key_file,
    key_shares,
    opening,
    service,
)
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.analyse.box.grouping import OpeningGroups, left_sealed
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.releases import service as releases
from survey_app.answers.analyse.views.words import BOX_STATES, KEY_NAMES, UNOPENED_REASONS
from survey_app.answers.store.models import Box, KeyName, Staff
from survey_app.answers.store.queries import (
    ballots_by_stratum,
    find_campaign,
    manifest_of,
    turnout,
)
from survey_app.config import SiteSettings
from survey_app.crypto import key_files, sealing
from survey_app.documents.closing import ClosingStatement
from survey_app.documents.extension import ExtensionStatement, extended
from survey_app.documents.results import Options
from survey_app.errors import N_, InputError, OpeningError, SurveyError
from survey_app.logs import where
from survey_app.storage.database import Database
from survey_app.web import long_work
from survey_app.web.files import attachment
from survey_app.web.forms import refused_on
from survey_app.web.openapi import JSON

_PROGRESS = N_("%(done)s of %(ballots)s ballots")


def add(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    """Put the pages on the site."""
    _add_extension(site, database)
    _add_end_of_keys(site, database, settings)

    @site.get("/")
    @open_to(*Staff.ROLES)
    def index() -> ResponseReturnValue:
        """List the boxes with their state, and what to do next."""
        with database.read() as session:
            boxes = service.overview(session)
            waiting_releases = releases.waiting(session)
        return render_template(
            "analyse/index.html",
            boxes=boxes,
            waiting=waiting_releases,
            titles={box.campaign: box.title for box in boxes},
            states=BOX_STATES,
            today=settings.today(),
        )

    @site.get("/<campaign>/box")
    @open_to(*Staff.ROLES)
    def box(campaign: str) -> ResponseReturnValue:
        """Show a box: who answered so far, how its opening goes, or what came of it."""
        with database.read() as session:
            row = find_campaign(session, campaign)
            manifest, root, state = manifest_of(row.published), row.merkle_root, row.box
            window = extended(manifest.window, row.extension)
            counts = turnout(session, campaign)
            content = opened_box(session, campaign) if state == Box.OPENED else None
            ballots = ballots_by_stratum(session, campaign) if state == Box.CLOSED else {}
            losses = left_sealed(manifest.strata, ballots) if state == Box.CLOSED else {}
            destructions = destruction.destructions(session, campaign)
            useless_keys = destruction.useless_keys(session, campaign)
        return render_template(
            "analyse/box.html",
            campaign=campaign,
            manifest=manifest,
            window=window,
            state=state,
            states=BOX_STATES,
            root=root,
            counts=counts,
            losses={stratum: number for stratum, number in losses.items() if number},
            reasons=UNOPENED_REASONS,
            quality=results_of(content, Options()).quality if content else None,
            progress=None if state == Box.OPENED else opening.progress(settings.folder, campaign),
            has_key_file=settings.key_file(campaign).exists(),
            useless_keys=useless_keys,
            destructions=destructions,
            key_names=KEY_NAMES,
            today=settings.today(),
            respond_url=settings.respond_url,
        )

    @site.post("/<campaign>/strip")
    @open_to("statistician")
    @refused_on("analyse.box")
    def strip_box(campaign: str) -> ResponseReturnValue:
        """Check the seal keeper's key, close the box, then strip it in a background thread."""
        _check_sure()
        with database.read() as session:
            service.check_strip(session, campaign)
        key = _keeper_key()
        with database.read() as session:
            service.check_strip(session, campaign, key)
        _BackgroundStep(opening.strip_box, database, settings, campaign, key).start(closes=True)
        return redirect(url_for("analyse.box", campaign=campaign))

    @site.post("/<campaign>/open")
    @open_to("statistician")
    @refused_on("analyse.box")
    def open_box(campaign: str) -> ResponseReturnValue:
        """Check the key, close the box if it is not, then open it in a background thread."""
        with database.read() as session:
            manifest = service.check_open(session, campaign)
        _check_sure()
        key, is_old_file = _private_key(settings, campaign)
        with database.read() as session:
            service.check_open(session, campaign, key)
        work = _BackgroundStep(opening.open_box, database, settings, campaign, key)
        work.start(closes=manifest.keeper_key is None)
        form = "old" if is_old_file else None
        return redirect(url_for("analyse.box", campaign=campaign, key_file=form))

    @site.get("/<campaign>/progress.json")
    @open_to(*Staff.ROLES)
    def opening_progress(campaign: str) -> ResponseReturnValue:
        """Tell the page how far the opening has come."""
        with database.read() as session:
            find_campaign(session, campaign)
        running = opening.progress(settings.folder, campaign)
        if running is None:
            return long_work.progress(long_work.STATE_DONE)
        words = gettext(_PROGRESS, done=running.ballots_done, ballots=running.ballots)
        return long_work.progress(
            long_work.STATE_WAITING, running.ballots_done, running.ballots, words
        )

    _add_files(site, database, settings)


def _add_extension(site: Blueprint, database: Database) -> None:
    @site.post("/<campaign>/extend")
    @open_to("statistician")
    @refused_on("analyse.box")
    def extend(campaign: str) -> ResponseReturnValue:
        """Take the issuer's signed extension of the last day in."""
        statement = ExtensionStatement.read(_uploaded("extension"))
        with database.begin() as session:
            extension.take_in(session, campaign, statement)
        flash(gettext("The extension is taken in: respondents' pages show the later day."))
        return redirect(url_for("analyse.box", campaign=campaign))


def _add_end_of_keys(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    @site.post("/<campaign>/destroy-key")
    @open_to("statistician")
    @refused_on("analyse.box")
    def destroy_key(campaign: str) -> ResponseReturnValue:
        """Destroy a key that is of no more use, on the word that no copy is left."""
        if request.form.get("destroyed") != "yes":
            raise InputError(N_("Confirm that no copy of the key is left."))
        with database.begin() as session:
            key, today = _destroyed_key(), settings.today()
            file = settings.key_file(campaign) if key == KeyName.OPENING else None
            destruction.destroy_key(session, campaign, key, today, file)
        flash(gettext("The key is destroyed."))
        return redirect(url_for("analyse.box", campaign=campaign))


def _add_files(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    @site.get("/<campaign>/manifest.json")
    @open_to(*Staff.ROLES)
    def manifest_file(campaign: str) -> ResponseReturnValue:
        """Give the published manifest, to be handed back to the survey managers."""
        with database.read() as session:
            published = find_campaign(session, campaign).published
        return attachment(published, JSON, f"{campaign}.published.json")

    @site.get("/<campaign>/key.txt")
    @open_to("statistician")
    def key_of_box(campaign: str) -> ResponseReturnValue:
        """Give the key file, protected by its passphrase, to be kept elsewhere."""
        with database.read() as session:
            find_campaign(session, campaign)
        path = settings.key_file(campaign)
        if not path.exists():
            raise OpeningError(reason=N_("there is no key file"))
        content = path.read_bytes()
        form = "application/x-pkcs12" if key_files.is_old(content) else "text/plain"
        return attachment(content, form, path.name)


_SHOWN_WITHOUT_WAITING = 1.0
"""Seconds in which a small box is opened before the next page is shown."""


@dataclass(frozen=True)
class _BackgroundStep:
    """One step of an opening, on a thread of its own."""

    step: Callable[..., object]
    database: Database
    settings: SiteSettings
    campaign: str
    key: sealing.OpeningKey

    def start(self, *, closes: bool) -> None:
        """Close the box if this step does, and start."""
        merges, grounds = _merges(), _grounds(self.settings)
        if opening.progress(self.settings.folder, self.campaign) is None:
            if closes:
                groups = opening.close_and_plan(self.database, self.campaign, merges, grounds)
                _check_left_sealed(groups)
            self._in_background(current_app.logger, merges, grounds)

    def _in_background(self, logger: Logger, merges: dict[str, str], grounds: Grounds) -> None:
        """Wait only as long as a small box takes."""

        def work() -> None:
            try:
                self.step(
                    self.database,
                    self.settings.folder,
                    self.campaign,
                    merges,
                    self.key,
                    grounds,
                    cluster=self.settings.dask,
                )
            except SurveyError as error:  # another was faster, or no Dask worker can be reached
                logger.warning("Opening refused", extra={"where": where(error)})
            except Exception as error:  # noqa: BLE001 - a thread's errors are lost otherwise
                logger.error("Unexpected error", extra={"where": where(error)})  # noqa: TRY400

        # the log names who opened the box, so the thread acts for the account of the request
        thread = threading.Thread(target=copy_context().run, args=(work,))
        thread.start()
        thread.join(_SHOWN_WITHOUT_WAITING)


def _check_sure() -> None:
    if request.form.get("sure") != "yes":
        raise OpeningError(N_("Confirm that the box is closed for good."))


def _check_left_sealed(groups: OpeningGroups) -> None:
    """Let no one lose ballots who has not read which."""
    if any(groups.sealed.values()) and request.form.get("leave_sealed") != "yes":
        raise OpeningError(
            N_(
                "The box is closed now, and nothing is opened yet: some of its ballots can never be"
                " opened. Its page names their strata; confirm it there."
            )
        )


def _destroyed_key() -> KeyName:
    try:
        return KeyName(request.form.get("key", KeyName.OPENING))
    except ValueError:
        raise InputError from None


def _grounds(settings: SiteSettings) -> Grounds:
    file = request.files.get("statement")
    content = file.read() if file else b""
    return Grounds(
        settings.today(),
        ClosingStatement.read(content) if content else None,
        before_the_last_day=request.form.get("before_the_last_day") == "yes",
    )


def _keeper_key() -> sealing.OpeningKey:
    """Take the seal keeper's key from the uploaded file, which is kept nowhere."""
    return key_file.recover_from(_uploaded("keeper"), request.form.get("passphrase", ""))


def _uploaded(name: str) -> bytes:
    file = request.files.get(name)
    content = file.read() if file else b""
    if not content:
        raise InputError(N_("Choose a file first."))
    return content


def _merges() -> dict[str, str]:
    """Read which small stratum is opened with which other: fields ``merge:SMALL``."""
    return {
        name.removeprefix("merge:"): into
        for name, into in request.form.items()
        if name.startswith("merge:") and into
    }


def _private_key(settings: SiteSettings, campaign: str) -> tuple[sealing.OpeningKey, bool]:
    """Take the key from its shares, from an uploaded file, or from the server's folder.

    Tells besides whether it came in a file of the old form.
    """
    shares = request.form.getlist("share")
    if any(share.strip() for share in shares):
        return key_shares.combine(shares), False
    passphrase = request.form.get("passphrase", "")
    file = request.files.get("key")
    if file and file.filename:
        content = file.read()
        return key_file.recover_from(content, passphrase), key_files.is_old(content)
    path = settings.key_file(campaign)
    key = key_file.recover(path, passphrase)
    key_files.renew(path, key, passphrase)
    return key, False
