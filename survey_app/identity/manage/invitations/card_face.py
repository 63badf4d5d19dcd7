"""What a card says to who holds it; docs/claims.yaml has each word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from survey_app.documents.design import Names
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.language import CHINESE, ENGLISH, catalogue
from survey_app.papers.cards import CardFace


@dataclass(frozen=True)
class Words:
    """Sentences and names in some languages."""

    locales: tuple[str, ...]

    def each(self, sentence: str, **values: Sequence[str] | str) -> tuple[str, ...]:
        """Say a sentence in each language; a value is one for all, or one for each."""
        return tuple(
            catalogue(locale).gettext(sentence)
            % {
                name: value if isinstance(value, str) else value[at]
                for name, value in values.items()
            }
            for at, locale in enumerate(self.locales)
        )

    def in_one(self, sentence: str, **values: str) -> str:
        """Say a sentence on one line in all languages."""
        return " · ".join(self.each(sentence, **values))

    def names(self, names: Names) -> tuple[str, ...]:
        """Give a name in each language, once where both have the same."""
        of_locale = {CHINESE: names.zh, ENGLISH: names.en}
        return tuple(dict.fromkeys(of_locale[locale] for locale in self.locales))

    def name(self, names: Names) -> str:
        """Give a name on one line in all languages."""
        return " / ".join(self.names(names))


def face(
    manifest: PublishedManifest, last_day: date, respond_url: str, locales: tuple[str, ...]
) -> CardFace:
    """Compose what all cards of a campaign say."""
    words = Words(locales)
    notices = [Notice.of(manifest, last_day, respond_url, locale) for locale in locales]
    return CardFace(
        rehearsal=rehearsal(manifest, words),
        title=words.names(manifest.heading),
        way=words.each(N_("Scan, or type address and code:")),
        address=notices[0].address,
        last_day=words.each(N_("Last day: %(day)s"), day=[notice.last_day for notice in notices]),
        check_code=words.each(
            N_("Check code, the same as on the page: %(check_code)s"),
            check_code=notices[0].check_code,
        ),
        promise=words.each(
            N_(
                "The code works once. Your answers are sealed on your phone and carry no name; "
                "the page says what is not promised."
            )
        ),
        about=_about(notices, words),
        strip=words.in_one(N_("Tear this strip off when the card is handed over")),
    )


def rehearsal(manifest: PublishedManifest, words: Words) -> str:
    """Say that a campaign is a rehearsal, if it is one."""
    return words.in_one(N_("A rehearsal: nothing in it counts")) if manifest.rehearsal else ""


def _about(notices: Sequence[Notice], words: Words) -> tuple[str, ...]:
    """Say who asks and whom to turn to, as far as the campaign says so."""
    organisers = [notice.organiser for notice in notices]
    contacts = [notice.contact for notice in notices]
    organiser_lines = words.each(N_("Asked by: %(organiser)s"), organiser=organisers)
    contact_lines = words.each(N_("Contact: %(contact)s"), contact=contacts)
    return (
        *(organiser_lines if all(organisers) else ()),
        *(contact_lines if all(contacts) else ()),
    )
