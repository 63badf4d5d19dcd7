"""The columns of results' tables: their heads, the words of levels, and what is said of both."""

from dataclasses import replace

from stats.nonresponse import FACTORS
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.documents.design import Kind, Names, RiskLevel
from survey_app.papers.typed_tables import Column, Form

LEVELS = {
    RiskLevel.LOW: Names(zh="低", en="low"),
    RiskLevel.MEDIUM: Names(zh="中", en="medium"),
    RiskLevel.SEVERE: Names(zh="较高", en="elevated"),
    RiskLevel.HIGH: Names(zh="高", en="high"),
}
NO_LEVEL = Names(zh="不足 30 份，不定级", en="none: fewer than 30 answers")
QUESTIONNAIRES = {
    Kind.BUSINESS: Names(zh="外部", en="External"),
    Kind.NON_BUSINESS: Names(zh="内部", en="Internal"),
}
RATE = Column(Names(zh="比率", en="Rate"), Form.SHARE)
LOW = Column(Names(zh="置信下限", en="Lower confidence limit"), Form.SHARE)
HIGH = Column(Names(zh="置信上限", en="Upper confidence limit"), Form.SHARE)
RELIABILITY = Column(Names(zh="可靠程度", en="Reliability"), in_report=False)
REASON = Column(
    Names(zh="可靠程度的原因，下次的办法", en="Why, and what to do next time"), in_report=False
)
REMARK = Column(Names(zh="备注", en="Remark"), in_report=False)
N = Column(Names(zh="答卷数 n", en="n"), Form.COUNT)
RATES = (RATE, RELIABILITY, LOW, HIGH, N, REMARK)
LOWEST = Column(
    Names(zh="未定答卷的范围：最低", en="Bounds of the undetermined: lowest"),
    Form.SHARE,
    in_report=False,
)
HIGHEST = Column(
    Names(zh="未定答卷的范围：最高", en="Bounds of the undetermined: highest"),
    Form.SHARE,
    in_report=False,
)
HIGHEST_OF_ANY = replace(HIGHEST, in_report=True)
"""A release does not give it: it would say how many sheets without a yes are undetermined."""
ERRORS = (
    Column(
        Names(zh="标准误（百分点）", en="Standard error (percentage points)"),
        Form.POINTS,
        in_report=False,
    ),
    Column(Names(zh="变异系数", en="Coefficient of variation"), Form.SHARE, in_report=False),
    Column(Names(zh="设计效应", en="Design effect"), Form.NUMBER, in_report=False),
    Column(Names(zh="合计人数", en="Total (persons)"), Form.COUNT, in_report=False),
    Column(
        Names(zh="合计人数置信下限", en="Total, lower confidence limit"),
        Form.COUNT,
        in_report=False,
    ),
    Column(
        Names(zh="合计人数置信上限", en="Total, upper confidence limit"),
        Form.COUNT,
        in_report=False,
    ),
)
OUTER = (
    Column(
        Names(
            zh="置信下限（不论未定答卷怎么答）",
            en="Lower confidence limit, whatever the undetermined say",
        ),
        Form.SHARE,
        in_report=False,
    ),
    Column(
        Names(
            zh="置信上限（不论未定答卷怎么答）",
            en="Upper confidence limit, whatever the undetermined say",
        ),
        Form.SHARE,
        in_report=False,
    ),
)
P_VALUES = (
    Column(Names(zh="p 值", en="p"), Form.P_VALUE),
    Column(Names(zh="校正后 p 值", en="Adjusted p"), Form.P_VALUE),
)
UNRELEASED = (HIGHEST_OF_ANY, *ERRORS, *OUTER)
EQUALLY_LIKELY = both(
    zh="可能性：若事先认为各种接触率同样可能，接触率落在该等级内的概率；未定答卷按“没有”计。"
    "不足 30 份答卷的岗位类别不定级，只列区间；全数调查除外。",
    en="Probability: that the rate lies in the level, if all rates were thought equally likely "
    "beforehand; undetermined sheets count as no. A post category with fewer than 30 answers has "
    "no level, only its interval, unless all persons answered.",
)
MAY_EXCEED = both(
    zh="各题的比率只以能判定该题的答卷为分母，任一接触以全部有效答卷为分母、未定答卷按“没有”计，"
    "所以某题的比率可能高于任一接触。",
    en="An item's rate is of the sheets that answer it; any contact is of all valid sheets, the "
    "undetermined as no: so an item's rate may exceed that of any contact.",
)
CATEGORY = Column(Names(zh="岗位类别", en="Post category"))
QUESTIONNAIRE = Column(Names(zh="问卷", en="Questionnaire"))
UNIT = Column(Names(zh="单位", en="Unit"))
ITEM = Column(Names(zh="题目", en="Item"))

NONRESPONSE = Names(zh="未答复的影响", en="Effect of nonresponse")
TIMES = (
    *(Column(Names(zh=f"{factor:g} 倍", en=f"{factor:g} times"), Form.SHARE) for factor in FACTORS),
    Column(Names(zh="全部有过", en="All of them"), Form.SHARE),
)
