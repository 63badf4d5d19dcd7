"""What is printed with cards: which part follows which, and what each says in which language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from survey_app.documents.design import Names
from survey_app.documents.manifest import KeyedStratum, PublishedManifest
from survey_app.errors import N_
from survey_app.identity.manage.invitations import card_face
from survey_app.identity.manage.invitations.list_files import Link, numbered
from survey_app.identity.manage.invitations.list_requests import (
    ListLanguage,
    ListRequest,
    NamePlace,
)
from survey_app.identity.manage.invitations.new_codes import PlainCode
from survey_app.language import CHINESE, ENGLISH
from survey_app.papers.cards import CardSheets, Part, PrintedCard, mark_of
from survey_app.papers.covers import CoverSheet, ListSheet

_LOCALES = {
    ListLanguage.CHINESE: (CHINESE,),
    ListLanguage.ENGLISH: (ENGLISH,),
    ListLanguage.BOTH: (CHINESE, ENGLISH),
}
_MOST_COLUMNS = 4
"""Of the office's own, that a distribution list has room for."""
_NOT_LISTED = frozenset({"stratum", "address"})


@dataclass(frozen=True)
class _Packet:
    """The cards of one stratum."""

    stratum: KeyedStratum
    mark: str
    codes: Sequence[tuple[int, PlainCode]]

    @property
    def has_names(self) -> bool:
        """Whether they are for persons of the roster."""
        return any(plain.person for _, plain in self.codes)

    def name(self, number: int) -> str:
        """Name one card of it."""
        return f"{self.mark} · {number}"


class CardParts:
    """The parts of one print: its campaign's words, in the languages asked for."""

    def __init__(
        self,
        manifest: PublishedManifest,
        last_day: date,
        respond_url: str,
        request: ListRequest,
        headings: Mapping[str, str],
    ) -> None:
        self._manifest, self._request, self._headings = manifest, request, headings
        locales = _LOCALES[request.language]
        self._words = card_face.Words(locales)
        self._face = card_face.face(manifest, last_day, respond_url, locales)

    def parts(self, codes: Sequence[PlainCode], link: Link) -> Iterator[Part]:
        """Order codes by unit and stratum, each stratum with its cover sheet before its cards."""
        packets = self._packets(codes)
        if not self._request.units:
            for packet in packets:
                yield from self._of_packet(packet, link)
            return
        for _, group in groupby(packets, key=lambda packet: packet.stratum.unit):
            of_unit = list(group)
            yield self._unit_sheet(of_unit)
            for packet in of_unit:
                yield from self._of_packet(packet, link)

    def _packets(self, codes: Sequence[PlainCode]) -> list[_Packet]:
        """Gather the codes of each stratum; the strata of a unit stand together."""
        by_stratum: dict[str, list[tuple[int, PlainCode]]] = {}
        for number, plain in numbered(codes):
            by_stratum.setdefault(plain.stratum, []).append((number, plain))
        units = list(dict.fromkeys(_key(stratum.unit) for stratum in self._manifest.strata))
        packets = [
            _Packet(stratum, mark_of(index), by_stratum[stratum.id])
            for index, stratum in enumerate(self._manifest.strata)
            if stratum.id in by_stratum
        ]
        return sorted(packets, key=lambda packet: units.index(_key(packet.stratum.unit)))

    def _of_packet(self, packet: _Packet, link: Link) -> Iterator[Part]:
        yield self._cover(packet)
        if packet.has_names and self._request.names == NamePlace.LIST:
            yield self._distribution(packet)
        yield CardSheets(
            f"{packet.mark}   {self._place(packet)}",
            self._face,
            [self._card(packet, number, plain, link) for number, plain in packet.codes],
            self._request.per_page,
        )

    def _card(self, packet: _Packet, number: int, plain: PlainCode, link: Link) -> PrintedCard:
        strip = self._request.names == NamePlace.STRIP and plain.person
        texts = (plain.person[name] for name in _listed(plain.person)) if strip else ()
        name = " · ".join(text for text in texts if text)
        return PrintedCard(packet.name(number), plain.code, link(plain.code, plain.stratum), name)

    def _cover(self, packet: _Packet) -> CoverSheet:
        first, last = packet.codes[0][0], packet.codes[-1][0]
        number = f"{len(packet.codes)} ({packet.name(first)} – {packet.name(last)})"
        hand_out = (
            N_("Each card is for one person: give it to no other person.")
            if packet.has_names
            else N_("Let each person draw one card. Note down no one's number.")
        )
        notes = [
            *self._words.each(N_("Put these cards into one envelope.")),
            *self._words.each(
                N_(
                    "Hand them out for this unit and post category only: every answer is counted "
                    "there."
                )
            ),
            *self._words.each(hand_out),
        ]
        facts = [*self._place_facts(packet), (self._words.in_one(N_("Number of cards")), number)]
        return self._sheet(self._words.in_one(N_("Cards %(mark)s"), mark=packet.mark), facts, notes)

    def _unit_sheet(self, packets: Sequence[_Packet]) -> CoverSheet:
        unit = self._words.name(packets[0].stratum.unit)
        of_packets = [
            (
                self._words.in_one(N_("Cards %(mark)s"), mark=packet.mark),
                f"{self._words.name(packet.stratum.post_category)}: {len(packet.codes)}",
            )
            for packet in packets
        ]
        total = sum(len(packet.codes) for packet in packets)
        facts = [
            (self._words.in_one(N_("Unit")), unit),
            *of_packets,
            (self._words.in_one(N_("Number of cards")), str(total)),
        ]
        notes = self._words.each(
            N_("Put these packets into one envelope, each in an envelope inside.")
        )
        return self._sheet(self._words.in_one(N_("A unit's envelope")), facts, notes)

    def _distribution(self, packet: _Packet) -> ListSheet:
        listed = _listed(packet.codes[0][1].person)
        rows = [
            [packet.name(number), *(plain.person.get(name, "") for name in listed)]
            for number, plain in packet.codes
        ]
        return ListSheet(
            self._face.rehearsal,
            [
                self._words.in_one(N_("Distribution list %(mark)s"), mark=packet.mark),
                self._place(packet),
            ],
            [self._words.in_one(N_("Card")), *(self._headings.get(name, name) for name in listed)],
            rows,
            self._words.each(
                N_(
                    "Who gets which card. Keep it apart from the cards, and destroy it once they "
                    "are given out."
                )
            ),
        )

    def _sheet(
        self, heading: str, facts: Sequence[tuple[str, str]], notes: Sequence[str]
    ) -> CoverSheet:
        return CoverSheet(self._face.rehearsal, self._face.title, heading, facts, notes)

    def _place(self, packet: _Packet) -> str:
        return " · ".join(value for _, value in self._place_facts(packet))

    def _place_facts(self, packet: _Packet) -> list[tuple[str, str]]:
        unit = self._words.name(packet.stratum.unit)
        post_category = self._words.name(packet.stratum.post_category)
        return [
            (self._words.in_one(N_("Unit")), unit),
            (self._words.in_one(N_("Post category")), post_category),
        ]


def _key(names: Names) -> tuple[str, str]:
    return names.zh, names.en


def _listed(person: Mapping[str, str]) -> list[str]:
    """List the columns by which a person is known to who hands cards out."""
    names = ["person", *(name for name in person if name != "person")]
    return [name for name in names if name not in _NOT_LISTED][:_MOST_COLUMNS]
