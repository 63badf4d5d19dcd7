"""The wording of letters: its places, which are checked and filled, and the letter made of it."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr

from survey_app.config import SiteSettings
from survey_app.crypto.credentials import new_code
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.language import CHINESE, ENGLISH

LINK, CODE = "{link}", "{code}"
OF_SURVEY = ("title", "unit", "address", "last_day", "organiser", "contact", "check_code")
"""The places for what the survey says, as attributes of `Notice`."""
IN_SUBJECT = ("title", "unit", "last_day", "organiser", "contact")
LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000
_PLACE = re.compile(r"\{([^{}\n]{1,40})\}")
_LIKE_PLACE = re.compile(r"[{｛]([^{}｛｝\n]{1,40})[}｝]")
_FULL_WIDTH = re.compile(r"[{｛]\s*([A-Za-z_]+)\s*[}｝]")
_LINK_PLACE = re.compile(r"[ \t]*<?\{link\}>?(?:[ \t]*[.。,，;；]?[ \t]*(?=\r?$))?", re.MULTILINE)
_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_REHEARSAL = (
    "【演练】这是演练：其中的一切都不计入结果。\n"
    "[Rehearsal] This is a rehearsal: nothing in it counts.\n\n"
)
_TEST = (
    "【测试信】这封信只用来试看：其中的链接和邀请码不能用来作答。\n"
    "[Test letter] This letter is a test: its link and its code do not work.\n\n"
)
_THANKS = "如果您已经作答，谢谢您！\nIf you have already answered, thank you.\n"


@dataclass(frozen=True)
class Wording:
    """A letter's subject and text.

    ``{link}`` and ``{code}`` are the places for each person's own, ``{unit}`` for the stratum's,
    the others of `OF_SURVEY` for what the survey says.
    """

    subject: str
    body: str

    @classmethod
    def typed(cls, subject: str, body: str) -> "Wording":
        """Read what was typed: braces may be full-width, and names of places in capitals."""
        return cls(_with_plain_braces(subject.strip()), _with_plain_braces(body))


@dataclass(frozen=True)
class Sender:
    """Who a letter says it is from."""

    address: str
    name: str = ""
    reply_to: str = ""

    @classmethod
    def of(cls, settings: SiteSettings, manifest: PublishedManifest, wording: Wording) -> "Sender":
        """Name the survey's organiser, in the letter's language, unless the settings have a name.

        Replies go to the address that the settings name, or that the survey's contact holds.
        """
        name, address = parseaddr(settings.mail_from)
        chinese = _CHINESE.search(wording.body) is not None
        if not name and manifest.organiser is not None:
            name = manifest.organiser.zh if chinese else manifest.organiser.en
        contact = manifest.contact
        in_contact = _ADDRESS.search(f"{contact.zh} {contact.en}") if contact else None
        reply_to = settings.mail_reply_to or (in_contact[0] if in_contact else "")
        return cls(address, " ".join(name.split()), reply_to)


def check_subject(subject: str) -> None:
    """Refuse a subject that no letter can have.

    Raises
    ------
    SurveyError
        It is empty, too long, no single line, or has a place that is none there.
    """
    if not subject.strip() or not subject.isprintable():
        raise SurveyError(N_("A letter needs a subject of one line, and a text."))
    if len(subject) > LONGEST_SUBJECT:
        raise SurveyError(N_("The subject or the text of the letter is too long."))
    _check_places(subject, IN_SUBJECT)


def check_body(body: str, *, invites: bool) -> None:
    """Refuse a text that cannot go out as it is.

    Raises
    ------
    SurveyError
        It is empty, too long, lacks the link, or has a place that is none.
    """
    if not body.strip():
        raise SurveyError(N_("A letter needs a subject of one line, and a text."))
    if len(body) > LONGEST_BODY:
        raise SurveyError(N_("The subject or the text of the letter is too long."))
    if invites and LINK not in body:
        raise SurveyError(N_("The text must contain {link}, the place for each person's own link."))
    if not invites and (LINK in body or CODE in body):
        raise SurveyError(N_("A reminder has no {link} and no {code}: they are not stored."))
    _check_places(body, ("link", "code", *OF_SURVEY))


def reminder(wording: Wording) -> Wording:
    """Add thanks to a reminder: it goes to those who have answered, too."""
    return Wording(wording.subject, f"{wording.body.rstrip()}\n\n{_THANKS}")


def as_test(wording: Wording) -> Wording:
    """Say of a letter that its link and code do not work."""
    return Wording(f"【测试 Test】{wording.subject}", _TEST + wording.body)


def filled(wording: Wording, notice: Callable[[str], Notice]) -> Wording:
    """Put in what the survey says, each time in the language of the line.

    ``notice`` gives it in a language. A line with a place for which there is nothing is left out,
    unless the link or the code stands in it.
    """
    by_language = {locale: notice(locale) for locale in (CHINESE, ENGLISH)}
    lines = []
    language = CHINESE if _CHINESE.search(wording.body) else ENGLISH
    subject = _put_in(wording.subject, by_language[_language(wording.subject) or language])
    for line in wording.body.splitlines():
        language = _language(line) or language
        lines.append(_filled_line(line, by_language[language]))
    body = "\n".join(line for line in lines if line is not None)
    rehearsal = by_language[CHINESE].rehearsal
    return Wording(" ".join(subject.split()), _REHEARSAL + body if rehearsal else body)


def sample_link(manifest: PublishedManifest, respond_url: str, stratum: str) -> str:
    """Compose a link like a person's own, whose code was never given to anyone."""
    return manifest.link(respond_url, manifest.printed_code(new_code()), stratum)


def text_of(wording: Wording, link: str) -> str:
    """Write the text of one person's letter: the link stands in a line of its own."""
    code = link.partition("#")[2].partition(".")[0]
    return _with_link(wording.body.replace(CODE, code), link)


def message_of(wording: Wording, sender: Sender, address: str, link: str) -> EmailMessage:
    """Write one person's letter.

    Raises
    ------
    ValueError
        The address is none that a letter can be sent to.
    """
    message = EmailMessage()
    message["From"] = Address(sender.name, addr_spec=sender.address)
    message["To"] = _addressee(address)
    if sender.reply_to:
        message["Reply-To"] = sender.reply_to
    message["Subject"] = wording.subject
    message["Message-ID"] = make_msgid(domain=sender.address.rpartition("@")[2] or None)
    message["Date"] = datetime.now(UTC)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text_of(wording, link), cte="base64")  # a soft break would cut the link
    return message


def _addressee(address: str) -> Address:
    address.encode("ascii")  # few mail servers take another
    try:
        return Address(addr_spec=address)
    except MessageError as error:
        raise ValueError(address) from error


def _with_plain_braces(text: str) -> str:
    places = {"link", "code", *OF_SURVEY}
    return _FULL_WIDTH.sub(
        lambda place: f"{{{place[1].lower()}}}" if place[1].lower() in places else place[0], text
    )


def _check_places(text: str, places: Collection[str]) -> None:
    unknown = set(_LIKE_PLACE.findall(text)) - set(places)
    if unknown:
        raise SurveyError(N_("The letter cannot fill “%(place)s”."), place=f"{{{min(unknown)}}}")


def _language(line: str) -> str | None:
    """Tell which language a line is in; None if it has no letters but in places."""
    text = _PLACE.sub("", line)
    if _CHINESE.search(text):
        return CHINESE
    return ENGLISH if _LATIN.search(text) else None


def _filled_line(line: str, notice: Notice) -> str | None:
    texts = {name: getattr(notice, name) for name in OF_SURVEY}
    personal = LINK in line or CODE in line
    if not personal and not all(texts.get(name, name) for name in _PLACE.findall(line)):
        return None
    return _put_in(line, notice)


def _put_in(line: str, notice: Notice) -> str:
    texts = {name: getattr(notice, name) for name in OF_SURVEY}
    return _PLACE.sub(lambda place: texts.get(place[1], place[0]), line)


def _with_link(body: str, link: str) -> str:
    """Put the link on a line of its own in angle brackets (RFC 3986, appendix C), wherever it was.

    What else stands in the line is taken for a part of the link by some mail programs.
    """

    def alone(place: re.Match[str]) -> str:
        before, after = body[: place.start()], body[place.end() :]
        start = "" if before.endswith("\n") or not before else "\n"
        end = "" if after.startswith(("\r", "\n")) or not after else "\n"
        return f"{start}<{link}>{end}"

    return _LINK_PLACE.sub(alone, body)
