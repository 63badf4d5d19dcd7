"""What ``make run`` does before the server starts: secrets, stores, a demo, and where to go."""

import click

from survey_app import composition
from survey_app.config import Settings
from survey_app.sides import SIDE_OF
from survey_app.storage import doctor
from survey_app.storage.migrations import prepared

_DEMO_SIDES = {"identity", "answers"}
"""The sides that the demo takes."""


@click.command()
@doctor.accept_option
def prepare(accepted_findings: tuple[str, ...]) -> None:
    """Make secrets and stores, load the demo if there is no campaign, and say where to go.

    The demo is loaded where both of its sides are served together.
    """
    settings = Settings()
    site_by_side = {SIDE_OF[site].name: site for site in settings.site_names}
    absences = [
        sentence
        for site in settings.site_names
        for sentence in composition(SIDE_OF[site].name).missing(site)
    ]
    for sentence in dict.fromkeys(absences):
        click.echo(sentence, err=True)
    for site in site_by_side.values():
        prepared(settings.of(site)).engine.dispose()
    for site in settings.site_names:
        settings.of(site).settle()
    if site_by_side.keys() >= _DEMO_SIDES:
        from survey_app.operate import demo  # noqa: PLC0415 - of no use to one side alone

        demo.start(settings, accepted_findings)
