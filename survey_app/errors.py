"""The tree of refusals, and its one handler.

A refusal carries a sentence in English with ``%(name)s`` places; readers get it in their language.

SurveyError
├── InputError (400)             what was sent cannot be read
│   ├── CampaignFileError        a campaign file: file, line, reason
│   ├── SpreadsheetError         a table: file, reason
│   │   └── RosterError          a roster: file, line, reason
│   └── ManifestError            a manifest that is not one, or not the expected one
├── NotFoundError (404)          there is no such campaign
├── StateError (409)             the campaign is not at that step
├── IncompleteError (409)        the campaign lacks something that the step needs
├── ChangedError (409)           another person has changed what was being edited
├── CodeRefusedError (409)       the code is unknown or spent
├── BallotRefusedError (403)     the credential is not good here
├── CredentialSpentError (409)   another ballot was cast with it
├── ClosedError (410)            answers are no longer taken
├── NotYetOpenError (403)        the survey has not begun
├── PausedError (503)            no credential is signed for now
├── DesignRefusedError (400)     a stratum would not hide its persons (in documents.design_rules)
├── DoubtfulDaysError (400)      days that someone must confirm (in identity.manage's schedule)
├── PastDaysError (400)          days on which no one could answer any more (likewise)
├── OpeningError (400)           the box does not open this way
├── ClosingError (400)           the issuer's closing statement is not good for this box
├── ExtensionError (400)         an extension of the last day is not good for this campaign
├── EstimateError (409)          these sheets do not give the estimate asked for
├── NoChineseFontError (503)     pictures, reports and cards cannot be drawn (in papers)
├── NoOfficeError (503)          a report cannot be printed here (in analyse)
├── PrintingError (503)          a report was not printed (in analyse)
├── LeakingServerError (400)     a database server that would leak or lose ballots (in doctor)
├── TokenRefusedError (401)      the API token is missing, expired, or lacks this scope
├── SignInRefusedError (403)     name, password or code is wrong
├── CodeWrongError (400)         the first code of an authenticator is wrong
├── LockedOutError (429)         the name has failed to sign in too often
├── AuditError (409)             the log of what staff did was altered
├── UnconfirmedError (409)       a second manager has not confirmed
├── FieldError                   one field of a form is to blame (in web.forms)
├── PassphraseError (400)        a new passphrase is quickly guessed (in passphrase)
└── StoreUnavailableError (503)  the store is away, full or read-only
"""

from http import HTTPStatus


def N_(sentence: str) -> str:  # noqa: N802 - the mark that message extraction looks for
    """Mark a sentence for translation without translating it here."""
    return sentence


class SurveyError(Exception):
    """Something that was asked for is refused; the sentence says why."""

    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    code: str = "refused"
    sentence: str = N_("This cannot be done.")

    def __init__(self, sentence: str | None = None, **values: object) -> None:
        self.sentence = sentence or self.sentence
        self.values = values
        super().__init__(self.sentence % values)


class InputError(SurveyError):
    """What was sent cannot be read."""

    code = "input_unreadable"
    sentence = N_("What was sent cannot be read.")


class CampaignFileError(InputError):
    """A campaign file is not one, or its design is impossible."""

    code = "campaign_file"
    sentence = N_("%(file)s, line %(line)s: %(reason)s")


class SpreadsheetError(InputError):
    """A file is no table that can be read."""

    code = "spreadsheet"
    sentence = N_("%(file)s cannot be read.")


class RosterError(SpreadsheetError):
    """A roster cannot be used."""

    code = "roster"
    sentence = N_("%(file)s, line %(line)s: %(reason)s")


class ManifestError(InputError):
    """A manifest is not one, or not the expected one."""

    code = "manifest"
    sentence = N_("The manifest is not valid: %(reason)s.")


class NotFoundError(SurveyError):
    """There is no such campaign."""

    status = HTTPStatus.NOT_FOUND
    code = "no_campaign"
    sentence = N_("There is no campaign “%(campaign)s” here.")


STATES = (
    N_("draft"),
    N_("fixed"),
    N_("published"),
    N_("collecting"),
    N_("closed"),
    N_("stripped"),
    N_("opened"),
)
"""The words for a campaign's steps on both sides, marked for translation."""


FIGURES = (
    N_("rate"),
    N_("level"),
    N_("deff"),
    N_("population"),
    N_("margin"),
    N_("cv"),
    N_("response"),
    N_("probability"),
    N_("response rate"),
    N_("expected rate"),
    N_("measure of size"),
    N_("minimum"),
    N_("number of respondents"),
    N_("issued sample"),
    N_("respondents"),
    N_("issued"),
    N_("unit"),
    N_("category"),
    N_("stratum"),
    N_("sample"),
    N_("number of invitations"),
)
"""The words that refusals, of the statistics too, put into their sentences."""


class StateError(SurveyError):
    """The campaign is not at the step that this needs."""

    status = HTTPStatus.CONFLICT
    code = "wrong_step"
    sentence = N_("The campaign “%(campaign)s” is %(state)s; this is done when it is %(needed)s.")


class IncompleteError(SurveyError):
    """The campaign lacks something that the step needs."""

    status = HTTPStatus.CONFLICT
    code = "incomplete"
    sentence = N_("The campaign “%(campaign)s” is not complete yet: %(reason)s")


class ChangedError(SurveyError):
    """Another person has changed what was being edited."""

    status = HTTPStatus.CONFLICT
    code = "changed"
    sentence = N_("This campaign was changed since you loaded the page. Look at it again.")


class CodeRefusedError(SurveyError):
    """The code is unknown, or was claimed for another message; which of the two is never told."""

    status = HTTPStatus.CONFLICT
    code = "code_refused"
    sentence = N_("This code is not valid, or has been used already.")


class BallotRefusedError(SurveyError):
    """The credential is not one of this campaign and stratum."""

    status = HTTPStatus.FORBIDDEN
    code = "ballot_refused"
    sentence = N_("The answers came without a valid credential for this survey.")


class CredentialSpentError(SurveyError):
    """Another ballot was cast with this credential."""

    status = HTTPStatus.CONFLICT
    code = "credential_spent"
    sentence = N_("Answers were already received with this credential.")


class ClosedError(SurveyError):
    """Answers are no longer taken."""

    status = HTTPStatus.GONE
    code = "closed"
    sentence = N_("This survey has closed. Thank you for your willingness to take part.")


class PausedError(SurveyError):
    """No credential is signed for now; what was claimed before stays good."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "paused"
    sentence = N_(
        "This survey is paused: codes stay good, and nothing is lost. Please try again later."
    )


class NotYetOpenError(SurveyError):
    """The survey has not begun."""

    status = HTTPStatus.FORBIDDEN
    code = "not_yet_open"
    sentence = N_("This survey starts on %(opens)s.")


class OpeningError(SurveyError):
    """The box does not open this way."""

    code = "opening"
    sentence = N_("The box cannot be opened: %(reason)s.")


class ClosingError(SurveyError):
    """The issuer's closing statement is not one, not the issuer's, or does not fit the box."""

    code = "closing_statement"
    sentence = N_("The closing statement is not valid: %(reason)s.")


class ExtensionError(SurveyError):
    """An extension is not one, not the issuer's, or not one that the manifest allows."""

    code = "extension_statement"
    sentence = N_("The extension is not valid: %(reason)s.")


class EstimateError(SurveyError):
    """These sheets do not give the estimate that was asked for."""

    status = HTTPStatus.CONFLICT
    code = "no_estimate"


class TokenRefusedError(SurveyError):
    """A request to the API has no valid token for this scope."""

    status = HTTPStatus.UNAUTHORIZED
    code = "token_refused"
    sentence = N_(
        "The API token is missing, expired, or lacks this scope: send Authorization: Bearer …"
    )


class SignInRefusedError(SurveyError):
    """Name, password or code is wrong; which of them is never told."""

    status = HTTPStatus.FORBIDDEN
    code = "sign_in_refused"
    sentence = N_("The name or the password is wrong.")


class CodeWrongError(SurveyError):
    """The first code of an authenticator that is being set up is wrong."""

    code = "code_wrong"
    sentence = N_("This is not the code that the app shows now. Check the clock of your phone.")


class LockedOutError(SurveyError):
    """The name has failed to sign in too often; whether it is an account's is never told."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "locked_out"
    sentence = N_("Too many failed attempts. Try again in %(minutes)s min.")


class AuditError(SurveyError):
    """The log of what staff did was altered."""

    status = HTTPStatus.CONFLICT
    code = "log_altered"
    sentence = N_(
        "The log was altered: entry %(entry)s does not follow from what stands before it."
    )


class StoreUnavailableError(SurveyError):
    """The store is away, full or read-only; the log says which."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "store_unavailable"
    sentence = N_("The server cannot use its store at the moment. Please try again later.")


class UnconfirmedError(SurveyError):
    """A second manager has not confirmed the design."""

    status = HTTPStatus.CONFLICT
    code = "unconfirmed"
    sentence = N_(
        "The design of “%(campaign)s” must be confirmed by a second manager: "
        "manage confirm %(campaign)s"
    )
