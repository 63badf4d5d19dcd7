"""The questionnaires, in Chinese and English, and the model that reads and checks them."""

from questionnaires.model import (
    BLANK,
    CODES,
    Code,
    Questionnaire,
    QuestionnaireError,
    QuestionnaireItem,
    Text,
    check,
    decode,
    encode,
    load,
)

__all__ = [
    "BLANK",
    "CODES",
    "Code",
    "Questionnaire",
    "QuestionnaireError",
    "QuestionnaireItem",
    "Text",
    "check",
    "decode",
    "encode",
    "load",
]
