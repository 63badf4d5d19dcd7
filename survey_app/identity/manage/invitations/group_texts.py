"""Texts about a survey for all at once: no person's link or code is in them."""

from collections.abc import Callable
from dataclasses import dataclass

from survey_app.errors import N_
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.identity.manage.invitations.wording import Wording, filled
from survey_app.language import CHINESE, ENGLISH, catalogue


@dataclass(frozen=True)
class GroupText:
    """A text that is ready to be copied, in each language."""

    name: str
    """Where it is meant to stand, in words that are to be translated."""
    chinese: str
    english: str


TEXTS = {
    N_("Text message"): N_(
        "Anonymous survey “{title}”, until {last_day}.\n"
        "All who were drawn get a code of their own, on a card or by e-mail.\n"
        "The survey's page: {address}\n"
        "Asked by: {organiser}\n"
        "Contact: {contact}"
    ),
    N_("Group in WeChat, WeCom or DingTalk"): N_(
        "Anonymous survey “{title}”: the last day is {last_day}.\n"
        "All who were drawn get a card or an e-mail with a code of their own. "
        "Each code works once: do not forward it, and do not post it in this group.\n"
        "Scan the QR code on your card, or open {address} in a browser and type your code.\n"
        "If you were not drawn, you need do nothing. "
        "Please do not ask here who was drawn or who has answered, and do not say it.\n"
        "Asked by: {organiser}\n"
        "Contact: {contact}\n"
        "Check code, the same as on the page: {check_code}"
    ),
    N_("Notice board"): N_(
        "Anonymous survey: {title}\n"
        "Until {last_day}\n"
        "The persons asked are drawn by lot. "
        "Each of them gets a card or an e-mail with a code of their own.\n"
        "To answer, scan the QR code on your card, or type this address in a browser: {address}\n"
        "Asked by: {organiser}\n"
        "Contact: {contact}\n"
        "Check code, the same as on the page: {check_code}"
    ),
}


def texts_of(notice: Callable[[str], Notice]) -> list[GroupText]:
    """Fill the texts with what a survey says; ``notice`` gives that in a language."""
    return [
        GroupText(name, _text(text, notice, CHINESE), _text(text, notice, ENGLISH))
        for name, text in TEXTS.items()
    ]


def _text(text: str, notice: Callable[[str], Notice], locale: str) -> str:
    translated = catalogue(locale).gettext(text)
    return filled(Wording("", translated), lambda _: notice(locale)).body
