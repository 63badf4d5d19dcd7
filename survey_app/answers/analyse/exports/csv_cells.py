"""Cells of CSV files: text that no spreadsheet computes, numbers as they are."""

from survey_app.documents.spreadsheets import harmless

Cell = str | int | float | None


def harmless_cell(cell: Cell) -> Cell:
    """Keep a spreadsheet from reading text as a formula; numbers are untouched."""
    return harmless(cell) if isinstance(cell, str) else cell
