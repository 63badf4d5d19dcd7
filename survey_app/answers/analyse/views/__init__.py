"""The statistician's pages."""

from flask import Blueprint

from survey_app.accounts.guard import may_open
from survey_app.answers.analyse.views import (
    accepting,
    api,
    boxes,
    files,
    options,
    posts,
    releases,
    results,
    words,
)
from survey_app.config import API, SiteSettings
from survey_app.crypto.encoding import from_text, in_fours
from survey_app.papers.numbers import (
    LEAST_P,
    p_value,
    percent,
    points,
    probability,
    short_percent,
)
from survey_app.storage.database import Database


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("analyse", __name__, template_folder="../templates")

    site.add_app_template_filter(percent)
    site.add_app_template_filter(probability)
    site.add_app_template_filter(points)
    site.add_app_template_filter(short_percent)

    site.add_app_template_filter(p_value)
    site.add_app_template_filter(words.contrast)

    @site.app_template_filter()
    def digits(digest: bytes | str) -> str:
        """Write a digest as people compare it, whether it came as bytes or in base64url."""
        return in_fours(from_text(digest) if isinstance(digest, str) else digest)

    @site.app_template_filter()
    def p_sign(p: float | None) -> str:
        return p_value(p) if p is None or p < LEAST_P else f"= {p_value(p)}"

    site.context_processor(words.form_words)
    site.add_app_template_global(options.kept_options)
    site.add_app_template_global(may_open)
    boxes.add(site, database, settings)
    accepting.add(site, database, settings)
    results.add(site, database)
    posts.add(site, database)
    files.add(site, database, settings)
    releases.add(site, database, settings)
    site.register_blueprint(api.blueprint(database, settings), url_prefix=API)
    return site
