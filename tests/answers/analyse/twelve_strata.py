"""A campaign of twelve strata with long names, a census, a post without a yes and small ones."""

from datetime import date

import numpy as np

from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.documents.design import CampaignDesign, Kind, Names, Period, Stratum
from tests.answers.analyse.boxes import box, filled_sheet
from tests.sites import design

_UNITS = {
    "east": Names(zh="东部分局行政审批与执法监督科", en="East branch, approvals and enforcement"),
    "west": Names(zh="西部分局行政审批与执法监督科", en="West branch, approvals and enforcement"),
    "head": Names(zh="局机关", en="Headquarters"),
}
_POSTS = {
    "approval": Names(zh="建设工程消防设计审查验收", en="Approval of fire safety in construction"),
    "inspect": Names(zh="消防监督检查", en="Fire safety inspection"),
    "invest": Names(zh="火灾事故调查", en="Fire investigation"),
    "buying": Names(zh="装备物资采购", en="Procurement of equipment"),
    "service": Names(zh="消防技术服务机构管理", en="Supervision of service companies"),
    "staff": Names(zh="干部人事", en="Personnel"),
    "money": Names(zh="财务与资产管理", en="Finance and assets"),
    "archive": Names(zh="档案管理", en="Records"),
}
# Unit, post, business?, persons, asked, valid sheets, those with a contact.
_STRATA = (
    ("east", "approval", True, 620, 260, 214, 17),
    ("west", "approval", True, 480, 220, 181, 22),
    ("east", "inspect", True, 900, 300, 247, 11),
    ("west", "inspect", True, 760, 260, 205, 8),
    ("head", "invest", True, 400, 180, 152, 0),
    ("head", "buying", True, 110, 110, 110, 23),
    ("east", "service", True, 90, 40, 13, 7),
    ("west", "service", True, 150, 60, 41, 9),
    ("head", "staff", False, 230, 120, 96, 3),
    ("east", "money", False, 140, 80, 61, 4),
    ("west", "money", False, 130, 80, 58, 2),
    ("head", "archive", False, 60, 40, 26, 1),
)


def twelve_strata(
    year: int = 2025, campaign: str = "long-names"
) -> tuple[CampaignDesign[Stratum], OpenedBox]:
    """The design, and its box after the opening; every year's sheets are others."""
    strata = [
        Stratum(
            id=f"{unit}-{post}",
            unit=_UNITS[unit],
            post_category=_POSTS[post],
            kind=Kind.BUSINESS if is_business else Kind.NON_BUSINESS,
            population=population,
            sample=sample,
        )
        for unit, post, is_business, population, sample, _, _ in _STRATA
    ]
    plan = design(
        campaign,
        strata=strata,
        title=Names(zh="消防救援机构领导岗位廉政风险问卷调查", en="Integrity survey of posts"),
        reference_period=Period(start=date(year, 1, 1), end=date(year, 12, 31)),
        window=Period(start=date(year + 1, 3, 1), end=date(year + 1, 4, 15)),
    )
    chance = np.random.default_rng(year)
    sheets = {
        f"{unit}-{post}": list(_sheets(chance, plan, f"{unit}-{post}", valid, yes))
        for unit, post, _, _, _, valid, yes in _STRATA
    }
    return plan, box(sheets, plan)


def _sheets(chance, plan, stratum, valid, yes):
    items = plan.questions(plan.stratum(stratum)).items
    for at in range(valid):
        yes_items = (
            chance.choice(len(items), chance.integers(1, 3), replace=False) if at < yes else ()
        )
        answers = {items[item].code: 1 for item in yes_items}
        if at % 19 == 18:
            answers[items[0].code] = 8
        if at % 6 == 5 and at >= yes:
            answers[plan.questions(plan.stratum(stratum)).screening.code] = 0
        yield filled_sheet(plan, stratum, **answers)
