"""Composition only: each site's application from its parts, and sites mounted side by side."""
# Imports stand where they are needed: a process carries no module of a site that it does not serve,
# and importing a part of this package does not import the rest.
# ruff: noqa: PLC0415

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from flask import Flask

    from survey_app.config import Settings, SiteName, SiteSettings


def create_app(site: "SiteName", settings: "SiteSettings") -> "Flask":
    """Build one site's application on the store of its side."""
    from survey_app.storage.database import Database
    from survey_app.web.application import build

    app, database = build(settings), Database(settings.database_url)
    app.extensions["store"] = database
    if site == "issue":
        from survey_app.identity.issue import views as issue

        app.register_blueprint(issue.blueprint(database, settings))
    elif site == "respond":
        from survey_app.answers.respond import views as respond

        app.register_blueprint(respond.blueprint(database, settings))
    elif site == "manage":
        from survey_app.accounts.flask_login import protect
        from survey_app.identity.manage import views as manage
        from survey_app.identity.store.models import Staff as Manager

        protect(app, database, Manager, settings)
        app.register_blueprint(manage.blueprint(database, settings))
    else:
        from survey_app.accounts.flask_login import protect
        from survey_app.answers.analyse import views as analyse
        from survey_app.answers.store.models import Staff as Statistician

        protect(app, database, Statistician, settings)
        app.register_blueprint(analyse.blueprint(database, settings))
    return app


def mounted(settings: "Settings") -> "WSGIApplication":
    """Mount the sites that this process carries, each under its name."""
    from survey_app.web.application import start_page

    return start_page(
        {f"/{site}": create_app(site, settings.of(site)) for site in settings.site_names}
    )


def served(settings: "Settings") -> "WSGIApplication":
    """Mount the sites and, where there is an internal port, what watches over them."""
    sites = mounted(settings)
    if not settings.internal_port:
        return sites
    from survey_app.web.internal_port import watched

    return watched(sites, settings)
