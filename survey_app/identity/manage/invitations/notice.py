"""What cards and letters say of a survey beside each person's own code."""

from dataclasses import dataclass
from datetime import date

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
    title: str = ""
    """Of a rehearsal it says what it is."""
    unit: str = ""
    """The stratum's; empty where the notice is for all."""

    @classmethod
    def of(
        cls,
        manifest: PublishedManifest,
        last_day: date,
        respond_url: str,
        locale: str,
        stratum: str = "",
    ) -> "Notice":
        """Take from the manifest what respondents read before they open the page.

        The last day is the one that it is now.
        """
        of_stratum = manifest.stratum(stratum)
        chinese = locale == CHINESE

        def text(names: Names | None) -> str:
            return "" if names is None else names.zh if chinese else names.en

        return cls(
            address=manifest.page(respond_url),
            last_day=format_date(last_day, "long" if chinese else "d MMMM y", locale),
            organiser=text(manifest.organiser),
            contact=text(manifest.contact),
            check_code=check_code(manifest.root),
            rehearsal=manifest.rehearsal,
            title=text(manifest.heading),
            unit=text(of_stratum.unit) if of_stratum else "",
        )
