"""What cards and letters say of a survey beside each person's own code."""

from dataclasses import dataclass

from babel.dates import format_date

from survey_app.crypto.credentials import check_code
from survey_app.documents.design import Names
from survey_app.documents.manifest import PublishedManifest
from survey_app.language import CHINESE


@dataclass(frozen=True)
class Notice:
    """A survey's own words in one language; what it does not say is empty."""

    address: str
    """The survey's page, short enough to be typed."""
    last_day: str
    organiser: str
    contact: str
    check_code: str
    rehearsal: bool

    @classmethod
    def of(cls, manifest: PublishedManifest, respond_url: str, locale: str) -> "Notice":
        """Take from the manifest what respondents read before they open the page."""
        chinese = locale == CHINESE

        def text(names: Names | None) -> str:
            return "" if names is None else names.zh if chinese else names.en

        return cls(
            address=manifest.page(respond_url),
            last_day=format_date(manifest.window.end, "long" if chinese else "d MMMM y", locale),
            organiser=text(manifest.organiser),
            contact=text(manifest.contact),
            check_code=check_code(manifest.root),
            rehearsal=manifest.rehearsal,
        )
