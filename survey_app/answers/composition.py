"""What the answers side is made of, each part loaded when it is asked for."""
# ruff: noqa: PLC0415

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click import Command

    from survey_app.accounts import StaffColumns
    from survey_app.storage.copies import Copying
    from survey_app.web.application import MakeBlueprint


def staff() -> "type[StaffColumns]":
    """Give the accounts of this side, which name its roles, its log and its lockouts."""
    from survey_app.answers.store.models import Staff

    return Staff


def make_blueprint(site: str) -> "MakeBlueprint":
    """Give what builds one of this side's sites."""
    return {"respond": _respond, "analyse": _analyse}[site]()


def commands(site: str) -> "Command":
    """Give the commands of one of this side's sites."""
    return {"analyse": _analyse_commands}[site]()


def copying() -> "Copying":
    """Give how backups hold what respondents write."""
    from survey_app.answers.store import copies
    from survey_app.storage.copies import Copying

    return Copying(copies.mark, copies.rows)


def missing(site: str) -> "Sequence[str]":
    """Name what this machine lacks for a site: pictures and reports need a font."""
    if site != "analyse":
        return ()
    from survey_app.papers import fonts

    return () if fonts.files() else (fonts.NO_CHINESE_FONT,)


def _respond() -> "MakeBlueprint":
    from survey_app.answers.respond.views import blueprint

    return blueprint


def _analyse() -> "MakeBlueprint":
    from survey_app.answers.analyse.views import blueprint

    return blueprint


def _analyse_commands() -> "Command":
    from survey_app.answers.analyse.cli import analyse

    return analyse
