"""The table of strata as a form: its rows as they are typed, and the strata that they mean."""

from collections.abc import Collection, Iterator, Sequence

from flask import request
from pydantic import ValidationError

from survey_app.documents.design import MOST_STRATA, Kind
from survey_app.documents.design_rules import DesignRefusedError
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.campaigns.draft import DraftStratum, check_planned, is_chinese
from survey_app.identity.manage.campaigns.strata_block import (
    FIELDS,
    Row,
    is_turned_by_spreadsheets,
    read_count,
)
from survey_app.web.forms import FieldError, typed_list

_NEEDED = {
    "id": N_("identifier of the stratum: letters a–z, digits and hyphens, at most 40"),
    "unit": N_("unit: 1 to 200 characters"),
    "post_category": N_("post category: 1 to 200 characters"),
    "kind": N_("business or non-business"),
    "population": N_("population: a whole number"),
    "sample": N_("sample: a whole number"),
}
_CELL = {"unit": "unit_zh", "post_category": "category_zh"}
_ROWS_TO_SPARE = 100


def sent_rows() -> list[Row]:
    """Gather the rows that were sent; empty ones are left out.

    Raises
    ------
    InputError
        The columns are not of one length, or too long.
    """
    return _filled([request.form.getlist(name) for name in FIELDS])


def typed_rows() -> list[Row]:
    """Gather the rows of a refused form; there are none if no form was refused."""
    try:
        return _filled([typed_list(name) for name in FIELDS])
    except InputError:
        return []


def _filled(columns: Sequence[Sequence[str]]) -> list[Row]:
    if len({len(column) for column in columns}) != 1:
        raise InputError
    if len(columns[0]) > MOST_STRATA + _ROWS_TO_SPARE:
        raise InputError(N_("A campaign has at most 2000 strata."))
    table = [dict(zip(FIELDS, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return [row for row in table if any(row[name].strip() for name in FIELDS if name != "kind")]


def cells(stratum: DraftStratum) -> Row:
    """Write a stratum as a row; a name that both languages have stands once."""
    return {
        "id": stratum.id,
        **_names("unit", stratum.unit.zh, stratum.unit.en),
        **_names("category", stratum.post_category.zh, stratum.post_category.en),
        "kind": stratum.kind,
        "population": str(stratum.population),
        "sample": str(stratum.sample or ""),
    }


def _names(name: str, chinese: str, english: str) -> Row:
    if chinese == english:
        chinese, english = (chinese, "") if is_chinese(chinese) else ("", english)
    return {f"{name}_zh": chinese, f"{name}_en": english}


def strata(table: Sequence[Row], old_ids: Collection[str]) -> list[DraftStratum]:
    """Read the rows as strata; an empty identifier is generated.

    Parameters
    ----------
    table : sequence of Row
    old_ids : collection of str
        Identifiers that the campaign has already, whatever they look like.

    Raises
    ------
    FieldError
        A row cannot be read, repeats another, or does not hide its persons; names row and field.
    """
    spare_ids = _spare_ids({row["id"].strip().casefold() for row in table})
    read = [_stratum(number, row, spare_ids) for number, row in enumerate(table, 1)]
    _refuse_ids(read, old_ids)
    _refuse_kinds(read)
    try:
        check_planned(read)
    except DesignRefusedError as error:
        raise _blamed(error) from None
    return read


def _spare_ids(typed_ids: Collection[str]) -> Iterator[str]:
    """Generate identifiers that no spreadsheet changes, and that sort as they count."""
    candidates = (f"s{number:02}" for number in range(1, 2 * MOST_STRATA + _ROWS_TO_SPARE))
    return (candidate for candidate in candidates if candidate not in typed_ids)


def _stratum(number: int, row: Row, spare_ids: Iterator[str]) -> DraftStratum:
    chinese_unit, chinese_posts = row["unit_zh"].strip(), row["category_zh"].strip()
    english_unit, english_posts = row["unit_en"].strip(), row["category_en"].strip()
    fields = {
        "id": row["id"].strip().casefold() or next(spare_ids),
        "unit": {"zh": chinese_unit or english_unit, "en": english_unit or chinese_unit},
        "post_category": {
            "zh": chinese_posts or english_posts,
            "en": english_posts or chinese_posts,
        },
        "kind": row["kind"],
        "population": read_count(row["population"]),
        "sample": read_count(row["sample"].strip() or "0"),
    }
    try:
        stratum = DraftStratum.model_validate(fields)
    except ValidationError as error:
        field = str(error.errors(include_input=False)[0]["loc"][0])
        reason = _NEEDED[field]
        sentence = N_("Row %(row)s cannot be read. Needed: %(reason)s.")
        raise _fault(field, number, sentence, reason=reason) from None
    if stratum.sample > stratum.population:
        sentence = N_("Row %(row)s: the sample is larger than the population.")
        raise _fault("sample", number, sentence)
    return stratum


def _refuse_ids(read: Sequence[DraftStratum], old_ids: Collection[str]) -> None:
    row_of: dict[str, int] = {}
    for number, stratum in enumerate(read, 1):
        first = row_of.setdefault(stratum.id, number)
        if first != number:
            sentence = N_("Row %(row)s has the identifier “%(id)s” of row %(other)s.")
            raise _fault("id", number, sentence, id=stratum.id, other=first)
        if stratum.id not in old_ids and is_turned_by_spreadsheets(stratum.id):
            sentence = N_(
                "Row %(row)s: spreadsheets turn the identifier “%(id)s” into a number or a date. "
                "Begin it with another letter, or leave it empty."
            )
            raise _fault("id", number, sentence, id=stratum.id)


def _refuse_kinds(read: Sequence[DraftStratum]) -> None:
    first_of: dict[str, tuple[int, Kind]] = {}
    for number, stratum in enumerate(read, 1):
        first, kind = first_of.setdefault(stratum.post_category.zh, (number, stratum.kind))
        if kind != stratum.kind:
            sentence = N_(
                "Row %(row)s: the post category “%(category)s” is of the other kind in row "
                "%(other)s."
            )
            category = stratum.post_category.zh
            raise _fault("kind", number, sentence, category=category, other=first)


def _blamed(error: DesignRefusedError) -> FieldError:
    _, at, field = error.place
    return _fault(str(field), int(at) + 1, N_("Row %(row)s: %(reason)s"), reason=error)


def _fault(field: str, number: int, sentence: str, **values: object) -> FieldError:
    """Blame a cell; its name in the page has the row's number."""
    error = SurveyError(sentence, row=number, **values)
    return FieldError(f"{_CELL.get(field, field)}-{number}", error)
