"""From opened sheets to rates: by post category and by stratum, item by item."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

import stats
from questionnaires import BLANK, Code, Questionnaire
from survey_app.analyse.service import KEPT, SEALED
from survey_app.answers.models import Box, Opening, Sheet
from survey_app.answers.queries import ballots_by_stratum, find_campaign, manifest_of
from survey_app.errors import StateError
from survey_app.manifest import Kind, Names, Period, PublishedManifest, Stratum

ANY = Names(zh="任一接触（腐败接触率）", en="Any contact (corruption-contact rate)")

Sheets = NDArray[np.uint8]


@dataclass(frozen=True)
class ResultLine:
    """One rate: a domain, an item, the counts it rests on, and its interval.

    ``rate``, ``se``, ``low``, ``high`` and ``df`` are None where nothing can be estimated.
    ``lower`` and ``upper`` count undetermined sheets as no and as yes; any contact (the share of
    valid sheets with a contact) is estimated with them as no.
    """

    scope: str
    domain: Names
    unit: Names | None
    kind: Kind
    item: str
    label: Names
    invited: int
    ballots: int
    valid: int
    n: int
    rate: float | None
    se: float | None
    low: float | None
    high: float | None
    df: int | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Results:
    """All rates of one campaign, with what was not opened or not readable."""

    campaign: str
    title: Names
    reference_period: Period
    lines: list[ResultLine]
    refused: list[tuple[str, str, int]]
    sealed: list[str]


@dataclass(frozen=True)
class Group:
    """Strata that were opened together: one stratum of the estimation."""

    name: str
    strata: tuple[Stratum, ...]
    ballots: int
    sheets: Sheets

    @property
    def population(self) -> int:
        """Persons in the merged strata."""
        return sum(stratum.population for stratum in self.strata)

    @property
    def sample(self) -> int:
        """Persons invited in the merged strata."""
        return sum(stratum.sample for stratum in self.strata)

    @property
    def valid(self) -> Sheets:
        """The sheets on which anything was answered."""
        valid: Sheets = self.sheets[(self.sheets != BLANK).any(axis=1)]
        return valid

    def names(self, of: str) -> Names:
        """Join the units or post categories of the merged strata, each once."""
        both = [getattr(stratum, of) for stratum in self.strata]
        return Names(
            zh="、".join(dict.fromkeys(name.zh for name in both)),
            en=", ".join(dict.fromkeys(name.en for name in both)),
        )


def results(session: Session, campaign: str) -> Results:
    """Estimate every rate of an opened campaign.

    Raises
    ------
    NotFoundError, StateError
        There is no such campaign, or its box was not opened yet.
    """
    found = find_campaign(session, campaign)
    if found.box != Box.OPENED:
        raise StateError(campaign=campaign, state=found.box, needed=Box.OPENED)
    manifest = manifest_of(found.published)
    outcomes = session.execute(
        select(Opening.stratum, Opening.outcome, Opening.sheets)
        .where(Opening.campaign == campaign)
        .order_by(Opening.stratum, Opening.outcome)
    ).all()
    groups = _groups(session, manifest)
    sealed_strata = {stratum for stratum, outcome, _ in outcomes if outcome == SEALED}
    return Results(
        campaign,
        manifest.title,
        manifest.reference_period,
        [line for category in _categories(groups) for line in _lines(manifest, category)],
        [(s, outcome, n) for s, outcome, n in outcomes if outcome not in {KEPT, SEALED}],
        list(dict.fromkeys(s.post_category.zh for s in manifest.strata if s.id in sealed_strata)),
    )


def _groups(session: Session, manifest: PublishedManifest) -> list[Group]:
    """Read the sheets of every group that was opened, in the design's order."""
    query = select(Sheet.stratum, Sheet.answers).where(Sheet.campaign == manifest.campaign)
    sheets: dict[str, list[bytes]] = {}
    for name, answers in session.execute(query):
        sheets.setdefault(name, []).append(answers)
    ballots = ballots_by_stratum(session, manifest.campaign)
    return [
        _group(manifest, name, ballots, sheets.get(name, []))
        for name in session.scalars(
            select(Opening.stratum)
            .where(Opening.campaign == manifest.campaign, Opening.outcome != SEALED)
            .distinct()
        )
    ]


def _group(
    manifest: PublishedManifest, name: str, ballots: Mapping[str, int], sheets: Sequence[bytes]
) -> Group:
    members = name.split("+")
    strata = tuple(stratum for stratum in manifest.strata if stratum.id in members)
    width = len(manifest.questions(strata[0]).codes)
    table = np.frombuffer(b"".join(sheets), np.uint8).reshape(-1, width)
    return Group(name, strata, sum(ballots.get(member, 0) for member in members), table)


def _categories(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Put the groups of each post category together, business posts first."""

    def category(group: Group) -> tuple[bool, str]:
        stratum = group.strata[0]
        return stratum.kind != Kind.BUSINESS, stratum.post_category.zh

    for _, members in groupby(sorted(groups, key=lambda g: (*category(g), g.name)), category):
        yield list(members)


def _lines(manifest: PublishedManifest, category: list[Group]) -> Iterator[ResultLine]:
    """Estimate one post category as a design of its own: its strata make a whole domain."""
    questionnaire = manifest.questions(category[0].strata[0])
    try:
        design = stats.Design(
            [group.name for group in category],
            [group.population for group in category],
            [len(group.valid) for group in category],
        )
        counts = _count(questionnaire, category)
        overall = _rates(design, counts)
        by_stratum = _rates(design, counts, by="stratum")
    except stats.DesignError:
        return
    for rate in overall:
        yield _line("post_category", category, questionnaire, rate)
    for rate in by_stratum:
        of = [group for group in category if group.name == rate.domain]
        yield _line("stratum", of, questionnaire, rate)


def _rates(design: stats.Design, counts: stats.Counts, by: str | None = None) -> list[stats.Rate]:
    """Estimate each item among its answers, and any contact among *all* valid sheets.

    A sheet with one yes is decided, one without needs every no: leaving the undetermined out would
    favour the yes. So they count as no here, and the upper bound says what if they all were yes.
    """
    most = {rate.domain: rate.upper for rate in stats.rates(design, counts, items=(), by=by)}
    decided = replace(
        counts,
        any_no=counts.any_no + counts.any_undetermined,
        any_undetermined=np.zeros_like(counts.any_undetermined),
    )
    return [
        replace(rate, upper=most[rate.domain]) if rate.item == stats.ANY else rate
        for rate in stats.rates(design, decided, by=by)
    ]


def _count(questionnaire: Questionnaire, category: list[Group]) -> stats.Counts:
    """Count the items proper; one left blank applied all the same, so it counts as refused."""
    items = [item.code for item in questionnaire.items]
    sheets = np.concatenate([group.valid for group in category])[:, 1 : 1 + len(items)]
    stratum = np.repeat(range(len(category)), [len(group.valid) for group in category])
    answers = np.where(sheets == BLANK, Code.REFUSED, sheets).astype(np.int8)
    return stats.count(stratum, answers, items, len(category))


def _line(
    scope: str, groups: list[Group], questionnaire: Questionnaire, rate: stats.Rate
) -> ResultLine:
    labels = {item.code: item.label for item in questionnaire.items}
    label = labels.get(rate.item)
    return ResultLine(
        scope=scope,
        domain=groups[0].names("post_category"),
        unit=groups[0].names("unit") if scope == "stratum" else None,
        kind=groups[0].strata[0].kind,
        item=rate.item,
        label=ANY if label is None else Names(zh=label.zh, en=label.en),
        invited=sum(group.sample for group in groups),
        ballots=sum(group.ballots for group in groups),
        valid=sum(len(group.valid) for group in groups),
        n=rate.n,
        rate=rate.rate,
        se=rate.se,
        low=rate.low,
        high=rate.high,
        df=rate.df if rate.rate is not None else None,
        lower=rate.lower,
        upper=rate.upper,
    )
