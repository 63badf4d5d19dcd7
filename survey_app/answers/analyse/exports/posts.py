"""What the results mean for each post category, in sentences that need no statistics to be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_app.answers.analyse.estimates.waves import Change, Wave, changes
from survey_app.answers.analyse.exports import post_limits, post_rates, post_standing
from survey_app.answers.analyse.exports.reliability import decision
from survey_app.answers.analyse.exports.tables import LEVELS, Say
from survey_app.documents.design import Kind, Names, RiskLevel, Stratum
from survey_app.documents.results import Domain, Rate, Results, Scope

QUESTIONNAIRES = {
    Kind.BUSINESS: Names(
        zh="外部问卷：业务岗位，由被监管单位和业务往来单位的人员作答",
        en="External questionnaire: business posts, answered by people of supervised companies and "
        "business partners",
    ),
    Kind.NON_BUSINESS: Names(
        zh="内部问卷：非业务岗位，由本单位人员作答",
        en="Internal questionnaire: non-business posts, answered by the bureau's own personnel",
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
    rate
        Of any contact among valid sheets.
    sentences
        Two: how many met something, and the level of risk with its probability.
    level
        Empty where there is none; it says so itself if it is not sure.
    reliability
        The flag of the rate; empty where there is none.
    stands_out, cannot_be_said
        Sentences, as many as there is something to say.
    change
        Against the wave before; empty without one.
    """

    domain: Domain
    questionnaire: str
    headline: str
    rate: Rate
    sentences: list[str]
    level: str
    risk: RiskLevel | None
    reliability: str
    stands_out: list[str]
    cannot_be_said: list[str]
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
    flag = decision(post.rate)
    return PostSummary(
        domain=domain,
        questionnaire=say(QUESTIONNAIRES[domain.kind]),
        headline=say(post_rates.headline(post)),
        rate=post.rate,
        sentences=[say(post_rates.how_many(post)), say(post_rates.which_level(post))],
        level=say(post_rates.level_name(post)) if post.level else "",
        risk=post.level,
        reliability=say(flag) if flag and not post.is_census else "",
        stands_out=[say(names) for names in post_standing.stands_out(post)],
        cannot_be_said=[say(names) for names in post_limits.cannot_be_said(post)],
        change=say(post_standing.change_of(change, results)) if change else "",
    )


def sealed_posts(results: Results, strata: Sequence[Stratum], say: Say) -> list[SealedPost]:
    """Name the post categories that stay sealed, by the strata of the design."""
    sealed = {note.subject for note in results.notes if note.what == "sealed"}
    kinds = {s.post_category.zh: s for s in strata if s.id in sealed}
    return [
        SealedPost(s.kind, say(s.post_category), say(post_limits.SEALED)) for s in kinds.values()
    ]


def overview(posts: Sequence[PostSummary], say: Say) -> str:
    """Sum up which post categories have which level, the highest first."""
    parts = [*_by_level(posts, say)]
    without = [post for post in posts if post.risk is None]
    if without:
        parts.append(say(_listed(Names(zh="不评等级", en="No level"), without, say)))
    unsure = sum(1 for post in posts if post.risk and post.level != say(LEVELS[post.risk]))
    count = Names(
        zh=f"共 {len(posts)} 类岗位。" if posts else "没有可评的岗位类别。",
        en=f"{len(posts)} post categories. " if posts else "There is no post category to judge.",
    )
    doubt = Names(
        zh=f"其中 {unsure} 类的等级尚难断定。", en=f" For {unsure} of them the level is not sure."
    )
    listed = say(Names(zh="；".join(parts) + "。", en="; ".join(parts) + "."))
    return say(count) + (listed if parts else "") + (say(doubt) if unsure else "")


def _by_level(posts: Sequence[PostSummary], say: Say) -> Iterator[str]:
    for level in reversed(RiskLevel):
        having = [post for post in posts if post.risk == level]
        if having:
            name = LEVELS[level]
            label = Names(zh=f"风险等级{name.zh}", en=f"Level {name.en.lower()}")
            yield say(_listed(label, having, say))


def _listed(label: Names, posts: Sequence[PostSummary], say: Say) -> Names:
    names = [say(post.domain.name) for post in posts]
    count = len(posts)
    return Names.model_construct(
        zh=f"{label.zh}的 {count} 类：{'、'.join(names)}",
        en=f"{label.en} ({count}): {', '.join(names)}",
    )


def by_rate(posts: Sequence[PostSummary]) -> list[PostSummary]:
    """Sort by the rate, the highest first; those without a rate last, in their order."""
    return sorted(posts, key=lambda post: -_height(post.rate))


def _height(rate: Rate) -> float:
    """Give what a rate is sorted by: of a bound the bound itself."""
    heights = (rate.rate, rate.above, rate.below)
    return next((height for height in heights if height is not None), -1.0)
