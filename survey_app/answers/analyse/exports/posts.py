"""What the results mean for each post category, in sentences that need no statistics to be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_app.answers.analyse.estimates.waves import Change, Wave, changes
from survey_app.answers.analyse.exports import post_levels, post_limits, post_rates, post_standing
from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.answers.analyse.exports.reliability import decision
from survey_app.documents.design import Kind, Names, RiskLevel, Stratum
from survey_app.documents.results import Domain, Rate, Results, Scope
from survey_app.papers.typed_tables import (
    Say,
)

QUESTIONNAIRES = {
    Kind.BUSINESS: both(
        "外部问卷：业务岗位，由被监管单位和业务往来单位的人员作答",
        "External questionnaire: business posts, answered by people of supervised companies and "
        "business partners",
    ),
    Kind.NON_BUSINESS: both(
        "内部问卷：非业务岗位，由本单位人员作答",
        "Internal questionnaire: non-business posts, answered by the bureau's own personnel",
    ),
}


@dataclass(frozen=True)
class PostSummary:
    """What a post category's results mean, in one language.

    Attributes
    ----------
    questionnaire
        Which questionnaire counts, and who answered it.
    headline
        The rate as so many of a hundred persons, or why there is none.
    rate, in_numbers
        Of any contact among valid sheets: as it stands in the results, and with its limits in
        words; without a rate the words are empty.
    sentences
        Two: how many met something, and the level of risk with its probability.
    level, risk, is_sure
        The level in words, empty where there is none, and as a value; the words say so themselves
        if it is uncertain.
    reliability
        The flag of the rate; empty where there is none.
    stands_out, cannot_be_said
        Sentences, as many as there is something to say.
    dealings, change
        The rate among those with dealings, and against the wave before; empty where there is none.
    """

    domain: Domain
    questionnaire: str
    headline: str
    rate: Rate
    in_numbers: str
    is_few: bool
    sentences: list[str]
    level: str
    risk: RiskLevel | None
    is_sure: bool
    reliability: str
    stands_out: list[str]
    cannot_be_said: list[str]
    dealings: str = ""
    change: str = ""


@dataclass(frozen=True)
class SealedPost:
    """A post category whose ballots were too few to be opened."""

    kind: Kind
    name: str
    sentence: str


def summaries(results: Results, say: Say, waves: Sequence[Wave] = ()) -> list[PostSummary]:
    """Say what the results mean for each post category, in the design's order.

    Parameters
    ----------
    waves
        The wave before and this one, if there is one to compare with; of a release none.
    """
    compared = {(change.kind, change.name.zh): change for change in _changes(waves)}
    return [
        _summary(results, domain, say, compared.get((domain.kind, domain.name.zh)))
        for domain in results.of(Scope.CATEGORY)
    ]


def _changes(waves: Sequence[Wave]) -> list[Change]:
    return changes(waves) if len(waves) > 1 else []


def _summary(results: Results, domain: Domain, say: Say, change: Change | None) -> PostSummary:
    post = post_rates.Post(results, domain)
    flag, dealings = decision(post.rate), post_rates.of_those_with_dealings(post)
    return PostSummary(
        domain=domain,
        questionnaire=say(QUESTIONNAIRES[domain.kind]),
        headline=say(post_rates.headline(post)),
        rate=post.rate,
        in_numbers=say(post_rates.in_numbers(post)) if post.rate.is_shown else "",
        is_few=post.is_few,
        sentences=[say(post_rates.how_many(post)), say(post_levels.which_level(post))],
        level=say(post_levels.level_name(post, post.level)) if post.level else "",
        risk=post.level,
        is_sure=post_levels.is_sure(post),
        reliability=say(flag) if flag and not post.is_census else "",
        stands_out=[say(names) for names in post_standing.stands_out(post)],
        cannot_be_said=[say(names) for names in post_limits.cannot_be_said(post)],
        dealings=say(dealings) if dealings else "",
        change=say(post_standing.change_of(change, results)) if change else "",
    )


def sealed_posts(results: Results, strata: Sequence[Stratum], say: Say) -> list[SealedPost]:
    """Name the post categories that stay sealed, by the strata of the design."""
    sealed = {note.subject for note in results.notes if note.what == "sealed"}
    kinds = {s.post_category.zh: s for s in strata if s.id in sealed}
    return [
        SealedPost(s.kind, say(s.post_category), say(post_limits.SEALED)) for s in kinds.values()
    ]


def overview(
    posts: Sequence[PostSummary], say: Say, sealed: Sequence[SealedPost] = ()
) -> list[str]:
    """Sum up: how many post categories there are, then a line for each level, the highest first."""
    number = len(posts) + len(sealed)
    if not number:
        return []
    unsure = sum(post.risk is not None and not post.is_sure for post in posts)
    doubt = (
        f"，其中 {unsure} 类的等级尚难断定" if unsure else "",
        f"; the level of {unsure} of them is uncertain" if unsure else "",
    )
    noun = "category" if number == 1 else "categories"
    count = both(
        f"共 {number} 类岗位，按风险等级分列如下{doubt[0]}。",
        f"{number} post {noun}, by level of risk{doubt[1]}:",
    )
    return [say(count), *_by_level(posts, sealed, say)]


def _by_level(
    posts: Sequence[PostSummary], sealed: Sequence[SealedPost], say: Say
) -> Iterator[str]:
    for level in (*reversed(RiskLevel), None):
        names = [_named(post, say) for post in posts if post.risk == level]
        names += [post.name for post in sealed if level is None]
        if names:
            label = LEVELS[level] if level else Names(zh="不定级", en="no level")
            line = both(
                f"{label.zh}：{'、'.join(names)}",
                f"{label.en[0].upper()}{label.en[1:]}: {', '.join(names)}",
            )
            yield say(line)


def _named(post: PostSummary, say: Say) -> str:
    name = say(post.domain.name)
    if post.risk is None or post.is_sure:
        return name
    return say(both(f"{name}（尚难断定）", f"{name} (uncertain)"))


def by_rate(posts: Sequence[PostSummary]) -> list[PostSummary]:
    """Sort by the rate, the highest first; those that say none come last, in their order."""
    return sorted(posts, key=lambda post: -_height(post))


def _height(post: PostSummary) -> float:
    """Give what a post category is sorted by: of a bound the bound itself."""
    if post.is_few:
        return -1.0
    heights = (post.rate.rate, post.rate.above, post.rate.below)
    return next((height for height in heights if height is not None), -1.0)
