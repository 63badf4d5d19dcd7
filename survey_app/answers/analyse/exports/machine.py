"""What pictures and reports need of the machine beside Python's packages."""

from survey_app.papers import fonts, pdf


def absences() -> list[str]:
    """Say what is not there, marked for translation, and what is refused for the want of it."""
    absent = [] if fonts.files() else [fonts.NO_CHINESE_FONT]
    return absent if pdf.office() else [*absent, pdf.NO_OFFICE]
