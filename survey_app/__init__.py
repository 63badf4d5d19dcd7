"""Composition only: each side from its parts, each site's application, and sites side by side."""
# Imports stand where they are needed: a process carries no module of a site that it does not serve,
# and importing a part of this package does not import the rest.
# ruff: noqa: PLC0415

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from wsgiref.types import WSGIApplication

    from click import Command
    from flask import Flask

    from survey_app.accounts import StaffColumns
    from survey_app.config import Settings, SiteSettings
    from survey_app.storage.copies import Copying
    from survey_app.web.application import MakeBlueprint


class Composition(Protocol):
    """What a side's ``composition.py`` has: its parts, each loaded when it is asked for."""

    def staff(self) -> "type[StaffColumns]":
        """Give the accounts of the side."""

    def make_blueprint(self, site: str) -> "MakeBlueprint":
        """Give what builds a site."""

    def commands(self, site: str) -> "Command":
        """Give a site's commands."""

    def copying(self) -> "Copying":
        """Give how backups hold what respondents write."""

    def missing(self, site: str) -> "Sequence[str]":
        """Name in a sentence each what this machine lacks for a site."""


def _identity() -> Composition:
    from survey_app.identity import composition

    return composition


def _answers() -> Composition:
    from survey_app.answers import composition

    return composition


_COMPOSITIONS = {"identity": _identity, "answers": _answers}


def composition(side: str) -> Composition:
    """Load what one side is made of, and nothing of the others."""
    return _COMPOSITIONS[side]()


def create_app(site: str, settings: "SiteSettings") -> "Flask":
    """Build one site's application on the store of its side."""
    from survey_app.storage.database import Database
    from survey_app.web.application import build

    app, database = build(settings), Database(settings.database_url)
    app.extensions["store"] = database
    parts = composition(settings.side)
    if settings.site.for_staff:
        from survey_app.accounts.flask_login import protect

        protect(app, database, parts.staff(), settings)
    app.register_blueprint(parts.make_blueprint(site)(database, settings))
    return app


def mounted(settings: "Settings") -> "WSGIApplication":
    """Mount the sites that this process carries, each under its name."""
    return _mounted(_applications(settings))


def served(settings: "Settings") -> "WSGIApplication":
    """Mount the sites and, where there is an internal port, what watches over them.

    Long work that waits goes on from now, without any page.
    """
    applications = _applications(settings)
    for app in applications.values():
        if worker := app.extensions.get("worker"):
            worker.watch()
    sites = _mounted(applications)
    if not settings.internal_port:
        return sites
    from survey_app.web.internal_port import watched

    return watched(sites, settings)


def _applications(settings: "Settings") -> "dict[str, Flask]":
    return {site: create_app(site, settings.of(site)) for site in settings.site_names}


def _mounted(applications: "dict[str, Flask]") -> "WSGIApplication":
    from survey_app.web.application import start_page

    return start_page({f"/{site}": app for site, app in applications.items()})
