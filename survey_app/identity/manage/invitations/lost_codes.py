"""One lost code: whose it was, and who gets the new one."""

from sqlalchemy.orm import Session

from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, ChangedError, SurveyError
from survey_app.identity.manage.invitations import card_numbers, new_codes
from survey_app.identity.manage.invitations.list_requests import ListForm, ListRequest
from survey_app.identity.manage.invitations.new_codes import Recipients
from survey_app.identity.manage.roster import persons


def request_for(
    session: Session,
    key: bytes,
    manifest: PublishedManifest,
    stratum: str,
    holder: str,
    form: ListForm = ListForm.CARDS,
) -> ListRequest:
    """Compose the request for one new code of a stratum.

    ``holder`` is the person as the roster writes them, or the number of a card in a stratum that
    the roster has no persons of.

    Raises
    ------
    SurveyError
        There is no such stratum, person or card.
    """
    if manifest.stratum(stratum) is None:
        raise SurveyError(N_("There is no stratum “%(stratum)s”."), stratum=stratum[:60])
    campaign = manifest.campaign
    if stratum in persons.named_strata(session, campaign):
        person = _person(session, key, campaign, stratum, holder.strip())
        return ListRequest((stratum,), form, replace=True, persons=(person,))
    number = _card(session, campaign, stratum, holder.strip())
    return ListRequest((stratum,), form, replace=True, card=number)


def recipients(session: Session, campaign: str, request: ListRequest) -> Recipients:
    """Find who gets the new codes of a request for single ones.

    Raises
    ------
    ChangedError
        A person or a card is no longer there.
    """
    if request.card:
        [stratum] = request.strata
        if card_numbers.find(session, campaign, stratum, request.card) is None:
            raise ChangedError
        return Recipients((), {stratum: (request.card,)})
    people = [bytes.fromhex(person) for person in request.persons]
    sample = new_codes.persons_named(session, campaign, people)
    if len(sample) < len(people):
        raise ChangedError
    return Recipients(sample, {})


def _person(session: Session, key: bytes, campaign: str, stratum: str, name: str) -> str:
    for person in new_codes.persons_at(session, campaign, [stratum], new_codes.IN_SAMPLE):
        if persons.fields(key, person)["person"] == name:
            return str(person.person.hex())
    raise SurveyError(N_("No one drawn in this stratum is “%(name)s”."), name=name[:60])


def _card(session: Session, campaign: str, stratum: str, text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if card_numbers.find(session, campaign, stratum, number) is None:
        raise SurveyError(
            N_("There is no card with the number “%(number)s” in this stratum."), number=text[:20]
        )
    return number
