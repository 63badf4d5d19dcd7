"""What a campaign leaves behind at its close: counts by stratum, and all files in one."""

import csv
import io
import zipfile

from sqlalchemy.orm import Session

from survey_app.documents.closing import ClosingStatement
from survey_app.documents.spreadsheets import harmless
from survey_app.errors import StateError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.models import Campaign, Step
from survey_app.identity.store.queries import Claims, count_claims, find_campaign

_HEAD = ("stratum", "unit", "post_category", "population", "sample", "codes", "credentials")
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)


def counts_table(session: Session, campaign: str) -> bytes:
    """Write the counts of the close as a CSV file that spreadsheets read, one row a stratum.

    Raises
    ------
    StateError
        It has not closed: earlier counts would tell who answers, and when.
    """
    row = _closed(session, campaign)
    claims = _claims(session, row)
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(_HEAD)
    for stratum in service.draft_of(row).strata:
        counts = claims.get(stratum.id, Claims(0, 0))
        names = (stratum.id, stratum.unit.zh, stratum.post_category.zh)
        sizes = (stratum.population, stratum.sample, counts.invited, counts.claims)
        table.writerow((*map(harmless, names), *sizes))
    return file.getvalue().encode("utf-8-sig")


def archive(session: Session, campaign: str) -> bytes:
    """Put into one ZIP all that the statisticians need after the close.

    Raises
    ------
    StateError
        It has not closed.
    """
    row = _closed(session, campaign)
    files = {
        "manifest.json": row.published,
        "closing.json": row.closing,
        "extension.json": row.extension,
        "counts.csv": counts_table(session, campaign),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            if content is not None:
                package.writestr(zipfile.ZipInfo(f"{campaign}.{name}", _NO_MOMENT), content)
    return packed.getvalue()


def _closed(session: Session, campaign: str) -> Campaign:
    row = find_campaign(session, campaign)
    if row.step != Step.CLOSED:
        raise StateError(campaign=campaign, state=row.step, needed=Step.CLOSED)
    return row


def _claims(session: Session, row: Campaign) -> dict[str, Claims]:
    """Take the counts that were signed; campaigns of the first release are counted."""
    if row.closing is None:
        return count_claims(session, row.campaign)
    strata = ClosingStatement.read(row.closing).strata
    return {counts.stratum: Claims(counts.invited, counts.credentials) for counts in strata}
