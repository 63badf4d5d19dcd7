"""What the results mean for each post category, for those who read no tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.estimates.waves import Wave
from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.posts import (
    QUESTIONNAIRES,
    PostSummary,
    SealedPost,
    by_rate,
    overview,
    sealed_posts,
    summaries,
)
from survey_app.answers.analyse.exports.reliability import FEWEST
from survey_app.answers.analyse.releases import service
from survey_app.answers.analyse.views.options import Tables
from survey_app.answers.analyse.views.words import RELEASE_STATES
from survey_app.answers.store.models import Release
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.documents.design import Kind, RiskLevel, Stratum
from survey_app.documents.release import ReleaseDocument, read
from survey_app.documents.results import Rate, Results
from survey_app.papers.typed_tables import (
    speaker,
)
from survey_app.storage.database import Database
from survey_app.web.languages import chinese

_STEPS = 20
"""The scale of the bars ends at a multiple of 5 %."""


@dataclass(frozen=True)
class Bar:
    """A rate on the scale that all bars of a page share, in percent of the bar's width.

    ``goes_on`` is whether the interval ends beyond the scale.
    """

    low: float
    high: float
    value: float | None
    goes_on: bool


@dataclass(frozen=True)
class Scale:
    """What the bars of a page share: where they end, and where the thresholds lie."""

    end: float
    thresholds: tuple[float, ...]

    @classmethod
    def of(cls, results: Results, posts: Sequence[PostSummary]) -> "Scale":
        """Make room for all intervals but those of few answers, which would press the others."""
        highs = [post.rate.high or 0 for post in posts if post.rate.n >= FEWEST]
        most = max([*highs, 1.2 * results.thresholds[-1]])
        end = min(1.0, math.ceil(most * _STEPS) / _STEPS)
        return cls(end, tuple(100 * threshold / end for threshold in results.thresholds))

    def bar(self, post: PostSummary) -> Bar | None:
        """Draw a rate that has limits."""
        rate = post.rate
        if rate.low is None or rate.high is None:
            return None
        value = None if post.is_few else _value(rate)
        return Bar(
            low=self._place(rate.low),
            high=self._place(rate.high),
            value=None if value is None else self._place(value),
            goes_on=rate.high > self.end,
        )

    def _place(self, share: float) -> float:
        return round(100 * min(share, self.end) / self.end, 2)


def _value(rate: Rate) -> float | None:
    """Give where the dot stands; a bound has one at the end of the scale, if it reaches there."""
    if rate.rate is not None:
        return rate.rate
    if rate.above is not None:
        return 1.0 if rate.high == 1 else None
    return None if rate.low else 0.0


@dataclass(frozen=True)
class QuestionnairePosts:
    """The post categories that one questionnaire judges."""

    title: str
    posts: Sequence[PostSummary]
    sealed: Sequence[SealedPost]


def add(site: Blueprint, database: Database) -> None:
    """Put the pages on the site."""
    tables = Tables(database)

    @site.get("/<campaign>/posts")
    @open_to("statistician", "checker")
    def posts(campaign: str) -> ResponseReturnValue:
        """Say what the results mean for each post category."""
        results = tables.of(campaign)
        strata = tables.opened(campaign).manifest.strata
        return _page(results, strata, waves=_with_wave_before(tables, results))

    @site.get("/<campaign>/releases/<int:number>/posts")
    @open_to("statistician", "checker")
    def posts_of_release(campaign: str, number: int) -> ResponseReturnValue:
        """Say the same of a release, of nothing but what it shows."""
        with database.read() as session:
            release = service.get(session, campaign, number)
            strata = manifest_of(find_campaign(session, campaign).published).strata
        document = read(release.document)
        return _page(document.results, strata, release=release, document=document)


def _page(
    results: Results,
    strata: Sequence[Stratum],
    *,
    waves: Sequence[Wave] = (),
    release: Release | None = None,
    document: ReleaseDocument | None = None,
) -> str:
    say = speaker(chinese=chinese())
    posts = summaries(results, say, waves)
    scale = Scale.of(results, posts)
    is_by_rate = request.args.get("sort") == "rate"
    sequence = by_rate(posts) if is_by_rate else posts
    sealed = sealed_posts(results, strata, say)
    return render_template(
        "analyse/posts.html",
        results=results,
        release=release,
        document=document,
        states=RELEASE_STATES,
        overview=overview(posts, say, sealed),
        questionnaires=[
            QuestionnairePosts(
                say(QUESTIONNAIRES[kind]),
                [post for post in sequence if post.domain.kind == kind],
                [post for post in sealed if post.kind == kind],
            )
            for kind in Kind
        ],
        has_posts=bool(posts or sealed),
        before=waves[0].results if len(waves) > 1 else None,
        scale=scale,
        level_names=[say(LEVELS[level]) for level in RiskLevel][1:],
        by_rate=is_by_rate,
        fewest=FEWEST,
    )


def _with_wave_before(tables: Tables, results: Results) -> list[Wave]:
    """Give the wave before and this one: the last of those chosen, or of all that were opened."""
    waves = tables.with_earlier(results)
    at = [wave.results.campaign for wave in waves].index(results.campaign)
    return waves[max(at - 1, 0) : at + 1]
