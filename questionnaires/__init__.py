"""The questionnaires, in Chinese and English, and the model that reads and checks them."""

from questionnaires.model import (
    BLANK,
    CODES,
    Code,
    Item,
    Questionnaire,
    QuestionnaireError,
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
    "Item",
    "Questionnaire",
    "QuestionnaireError",
    "Text",
    "check",
    "decode",
    "encode",
    "load",
]
