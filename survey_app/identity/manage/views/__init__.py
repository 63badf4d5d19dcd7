"""The survey manager's pages, a file for each topic."""

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.config import SiteSettings
from survey_app.identity.manage.campaigns import overview
from survey_app.identity.manage.invitations import code_lists
from survey_app.identity.manage.jobs.worker import Worker
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.roster.spreadsheet import LARGEST_FILE
from survey_app.identity.manage.views import (
    campaigns,
    endings,
    fieldwork,
    invitations,
    jobs,
    letters,
    lifecycle,
    lost_codes,
    new_campaign,
    plans,
    questions,
    rosters,
    strata,
)
from survey_app.identity.manage.views.shared import STEPS, SiteContext
from survey_app.identity.store.models import Staff
from survey_app.storage.database import Database

_LARGEST_TABLE = 4 * 1024 * 1024
_TABLES = ("save_strata", "add_rows", "read_block", "merge", "save_questions")
_LARGE = {
    "manage.upload_roster": LARGEST_FILE + 64 * 1024,
    **dict.fromkeys((f"manage.{view}" for view in _TABLES), _LARGEST_TABLE),
}
_MOST_CELLS = 20_000
_UPLOADS = {
    "manage.create_from_file": 1024 * 1024,
    "manage.publish": 4 * 1024 * 1024,
    "manage.import_questions": 1024 * 1024,
}


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("manage", __name__, template_folder="../templates")
    context = SiteContext(database, settings, Worker(database, settings))

    @site.get("/")
    @open_to(*Staff.ROLES)
    def index() -> ResponseReturnValue:
        """List the campaigns, those in the archive if asked to, and what to do next."""
        shows_archive = "archive" in request.args
        with database.read() as store:
            overviews = overview.all_campaigns(store)
            today = settings.today()
            due = persons.due(store, today) or code_lists.expired(store, today)
        if due:
            context.worker.nudge()
        return render_template(
            "manage/index.html",
            campaigns=[campaign for campaign in overviews if campaign.archived == shows_archive],
            archived=sum(campaign.archived for campaign in overviews),
            shows_archive=shows_archive,
            steps=STEPS,
        )

    for topic in (
        new_campaign,
        campaigns,
        questions,
        strata,
        plans,
        rosters,
        lifecycle,
        endings,
        invitations,
        letters,
        lost_codes,
        fieldwork,
        jobs,
    ):
        topic.add_routes(site, context)
    site.app_url_value_preprocessor(_allow_large)
    site.record(lambda state: state.app.extensions.update(worker=context.worker))
    return site


def _allow_large(endpoint: str | None, _values: object) -> None:
    """Let staff who are signed in send files; the forms' token is read from the body first."""
    largest = (_LARGE | _UPLOADS).get(endpoint or "")
    if largest and "_user_id" in session:
        request.max_content_length = largest
        request.max_form_memory_size = min(largest, _LARGEST_TABLE)
        request.max_form_parts = _MOST_CELLS
