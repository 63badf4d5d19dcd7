"""The options of the tables, as the page's address gives them, and the results under them."""

from dataclasses import dataclass, fields

from flask import request
from pydantic import TypeAdapter, ValidationError

from survey_app.answers.analyse.box.reading import campaign_before, opened_box
from survey_app.answers.analyse.estimates.compute import comparison_of, results_of, wave_of
from survey_app.answers.analyse.estimates.contrasts import Comparison, Question
from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.answers.analyse.estimates.waves import Wave, in_order
from survey_app.answers.analyse.exports import pictures
from survey_app.documents.results import Options, Results
from survey_app.errors import N_, InputError
from survey_app.storage.database import Database
from survey_app.web.languages import chinese

QUESTION_FIELDS = tuple(field.name for field in fields(Question))
"""The parts of an address that say what is compared."""
_QUESTION = TypeAdapter(Question)
_WITH_WAVES = {"compare", "pictures_page", "picture", "posts", "files", "file"}


@dataclass(frozen=True)
class Tables:
    """What the pages ask: results of a campaign under the options of the request."""

    database: Database

    def opened(self, campaign: str) -> OpenedBox:
        """Read a campaign's opened box."""
        with self.database.read() as session:
            return opened_box(session, campaign)

    def of(self, campaign: str) -> Results:
        """Estimate under the options of the request."""
        return results_of(self.opened(campaign), chosen_options())

    def waves(self, results: Results) -> list[Wave]:
        """Give this campaign and those chosen as further waves, in order of time.

        Raises
        ------
        InputError
            Rehearsals are among surveys: what is answered in one counts nowhere else.
        """
        names = dict.fromkeys([results.campaign, *request.args.getlist("wave")])
        boxes = [self.opened(name) for name in names]
        if len({box.manifest.rehearsal for box in boxes}) > 1:
            raise InputError(N_("A rehearsal is not compared with a survey: it counts nowhere."))
        return in_order([wave_of(box, results.options) for box in boxes])

    def comparison(self, campaign: str, question: Question) -> Comparison:
        """Compare what the address asks for.

        Raises
        ------
        InputError
            Items are to be compared under weights for nonresponse.
        """
        try:
            return comparison_of(self.opened(campaign), chosen_options(), question)
        except ValueError:
            raise InputError(
                N_("Items are compared with each other under weights by stratum only.")
            ) from None

    def with_earlier(self, results: Results) -> list[Wave]:
        """Give the waves that were chosen, or this one and the one before it, if there is one."""
        waves = self.waves(results)
        if request.args.get("wave"):
            return waves
        manifest = self.opened(results.campaign).manifest
        with self.database.read() as session:
            before = campaign_before(session, manifest)
        if before is None:
            return waves
        return in_order([*waves, wave_of(self.opened(before), results.options)])

    def subject(self, campaign: str) -> pictures.Subject:
        """Give what pictures are of."""
        results = self.of(campaign)
        return pictures.Subject(results, self.waves(results), chinese())


def chosen_options() -> Options:
    """Read the options from the page's address.

    Raises
    ------
    InputError
        One of them does not exist.
    """
    parameters = {
        name: request.args[name] for name in Options.model_fields if request.args.get(name)
    }
    try:
        return Options.model_validate(parameters)
    except ValidationError:
        raise InputError(N_("There is no such option for these tables.")) from None


def chosen_question() -> Question:
    """Read what is to be compared from the page's address.

    Raises
    ------
    InputError
        There is no such comparison.
    """
    parameters = {name: request.args[name] for name in QUESTION_FIELDS if request.args.get(name)}
    try:
        return _QUESTION.validate_python(parameters)
    except ValidationError:
        raise InputError(N_("There is no such comparison.")) from None


def kept_options(page: str) -> dict[str, str | list[str]]:
    """Carry the options of this request over to another page."""
    if page == "box":
        return {}
    options: dict[str, str | list[str]] = {
        name: request.args[name] for name in Options.model_fields if name in request.args
    }
    waves = request.args.getlist("wave")
    return options | ({"wave": waves} if waves and page in _WITH_WAVES else {})
