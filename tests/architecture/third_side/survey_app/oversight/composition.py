"""What the side is made of, each part loaded when it is asked for."""
# ruff: noqa: PLC0415


def staff():
    from survey_app.oversight.store.models import Staff

    return Staff


def make_blueprint(site):
    from survey_app.oversight.oversee.views import blueprint

    return {"oversee": blueprint}[site]


def commands(site):
    from survey_app.oversight.oversee.cli import oversee

    return {"oversee": oversee}[site]


def copying():
    from survey_app.storage.copies import Copying, all_rows

    return Copying(lambda session: None, all_rows)


def missing(site):
    return ("There are no binoculars.",)
