"""Pictures of results as SVG with real text, and the table that says the same of each.

Nothing of matplotlib's global state is used once this module is read: pictures are drawn by
several threads at once.
"""

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from survey_app.answers.analyse.estimates.waves import Wave, changes
from survey_app.answers.analyse.exports import fonts
from survey_app.answers.analyse.exports.numbers import percent, short_percent
from survey_app.answers.analyse.exports.rate_words import share
from survey_app.answers.analyse.exports.reliability import warning
from survey_app.documents.design import Names
from survey_app.documents.results import ANY, Rate, Results, Scope
from survey_app.errors import N_

COLOURS = {"business": "#1d5c8a", "non-business": "#8a5a1d"}
_LEVEL_COLOURS = ("#4f7f3a", "#b58a00", "#c2571a", "#9b1c31")
_INCH = 0.36
"""Height of one line of a picture."""

mpl.rcParams.update(
    {
        "svg.fonttype": "none",  # text stays text: it can be read, searched and spoken
        "svg.hashsalt": "survey",  # the same picture gives the same bytes
        "font.family": [*fonts.CHINESE, "DejaVu Sans"],
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": False,
    }
)
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
fonts.register(fontManager)

_MARKERS = "osD^vP*Xhp"
FOREST, HEAT, FUNNEL, TREND = "forest", "items", "funnel", "waves"
NAMES = (FOREST, HEAT, FUNNEL, TREND)
TITLES = {
    FOREST: N_("Corruption-contact rate by post category"),
    HEAT: N_("Items by post category"),
    FUNNEL: N_("From issued to valid"),
    TREND: N_("Waves"),
}


@dataclass(frozen=True)
class Subject:
    """What a picture is of, and in which language."""

    results: Results
    waves: Sequence[Wave]
    chinese: bool

    def word(self, chinese: str, english: str) -> str:
        """Choose one of two words."""
        return chinese if self.chinese else english

    def name(self, names: Names) -> str:
        """Give a name in the picture's language."""
        return names.zh if self.chinese else names.en


@dataclass(frozen=True)
class PictureTable:
    """What stands beside a picture: the same, in rows."""

    head: list[str]
    rows: list[list[str]]


def draw(picture: str, subject: Subject) -> bytes:
    """Draw one of `NAMES` as SVG.

    Raises
    ------
    NoChineseFontError
        There is no font to draw Chinese with.
    """
    fonts.require(fontManager)
    figure = _DRAWINGS[picture](subject)
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    language = subject.word("zh-CN", "en")
    return file.getvalue().replace(b"<svg ", f'<svg lang="{language}" '.encode(), 1)


def raster(picture: str, subject: Subject, dpi: int = 200) -> bytes:
    """Draw one of `NAMES` as PNG, for documents that take no SVG.

    Raises
    ------
    NoChineseFontError
        There is no font to draw Chinese with.
    """
    fonts.require(fontManager)
    file = io.BytesIO()
    _DRAWINGS[picture](subject).savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()


def table(picture: str, subject: Subject) -> PictureTable:
    """Say in a table what a picture shows."""
    return _TABLES[picture](subject)


def pictures_of(subject: Subject) -> list[str]:
    """Name the pictures there are something to draw for."""
    if not any(rate.rate is not None for rate in subject.results.rates):
        return [FUNNEL]
    return [name for name in NAMES if name != TREND or len(subject.waves) > 1]


def _figure(lines: float, width: float = 8.0) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, 1.2 + _INCH * lines), layout="constrained")
    return figure, figure.add_subplot()


def _percent_axis(axes: Axes, most: float) -> None:
    axes.set_xlim(0, min(1.0, most * 1.08 + 0.01))
    axes.xaxis.set_major_formatter(lambda share, _: percent(share, 0 if most > 0.1 else 1))
    axes.grid(visible=True, axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _share(rate: Rate | None, subject: Subject) -> str:
    """Write a rate, as “at least” where undetermined sheets are a no in it."""
    return percent(None) if rate is None else subject.name(share(rate))


def _forest(subject: Subject) -> Figure:
    results = subject.results
    domains = [
        domain
        for domain in results.of(Scope.CATEGORY)
        for rate in [results.rate(domain.id)]
        if rate.is_shown
    ]
    figure, axes = _figure(max(len(domains), 1))
    for at, domain in enumerate(domains):
        rate = results.rate(domain.id)
        colour = COLOURS[domain.kind]
        axes.plot([rate.low or 0, rate.high or 0], [at, at], color=colour, linewidth=1.6)
        filling = "white" if warning(rate) else colour
        axes.plot([rate.rate or 0], [at], "s", color=colour, markerfacecolor=filling, markersize=6)
        axes.annotate(
            _share(rate, subject),
            (rate.high or 0, at),
            (5, 0),
            textcoords="offset points",
            va="center",
        )
    most = max([*(results.rate(domain.id).high or 0 for domain in domains), results.thresholds[-1]])
    for threshold, colour in zip(results.thresholds, _LEVEL_COLOURS[1:], strict=True):
        axes.axvline(threshold, color=colour, linestyle=":", linewidth=1)
    axes.set_yticks(range(len(domains)), [subject.name(domain.name) for domain in domains])
    axes.set_ylim(len(domains) - 0.5, -0.5)
    _percent_axis(axes, most * 1.1)
    level = short_percent(results.options.level)
    axes.set_xlabel(
        subject.word(
            f"腐败接触率，{level} 区间；空心为需复核或不可靠；虚线为风险阈值",
            f"Rate of any contact with {level} interval; hollow: not reliable; "
            "dotted: thresholds of risk",
        )
    )
    return figure


def _forest_table(subject: Subject) -> PictureTable:
    results = subject.results
    head = subject.word("岗位类别,接触率,区间下限,区间上限,n", "Post category,Rate,Low,High,n")
    rows = []
    for domain in results.of(Scope.CATEGORY):
        rate = results.rate(domain.id)
        shares = _share(rate, subject), percent(rate.low), percent(rate.high)
        rows.append([subject.name(domain.name), *shares, str(rate.n)])
    return PictureTable(head.split(","), rows)


def _heat(subject: Subject) -> Figure:
    results = subject.results
    kinds = [kind for kind in results.kinds if results.of(Scope.CATEGORY, kind)]
    heights = [len(results.of(Scope.CATEGORY, kind)) + 1.5 for kind in kinds] or [1]
    figure = Figure(figsize=(8.0, 1.0 + _INCH * 1.2 * sum(heights)), layout="constrained")
    most = max([rate.rate or 0 for rate in results.rates if rate.item != ANY] or [0]) or 1.0
    all_axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for kind, axes in zip(kinds, all_axes, strict=True):
        domains = results.of(Scope.CATEGORY, kind)
        items = [item for item in results.items_of(kind) if item.code != ANY]
        cells = [[results.rate(domain.id, item.code).rate for item in items] for domain in domains]
        shares = np.array([[share or 0.0 for share in row] for row in cells])
        axes.imshow(shares, cmap="YlOrRd", vmin=0, vmax=most, aspect="auto")
        for y, row in enumerate(cells):
            for x, share in enumerate(row):
                colour = "white" if (share or 0) > 0.6 * most else "black"
                axes.text(x, y, percent(share), ha="center", va="center", color=colour, fontsize=9)
        axes.set_xticks(range(len(items)), [_wrapped(subject.name(i.label)) for i in items])
        axes.set_yticks(range(len(domains)), [subject.name(domain.name) for domain in domains])
        axes.tick_params(length=0)
    return figure


def _wrapped(label: str) -> str:
    """Break a label of several words, so that neighbours do not touch."""
    return label.replace(" ", "\n", 1)


def _heat_table(subject: Subject) -> PictureTable:
    results = subject.results
    head = subject.word("岗位类别,题目,接触率,n", "Post category,Item,Rate,n").split(",")
    rows = []
    for domain in results.of(Scope.CATEGORY):
        for item in results.items_of(domain.kind)[1:]:
            rate = results.rate(domain.id, item.code)
            names = [subject.name(domain.name), subject.name(item.label)]
            rows.append([*names, percent(rate.rate), str(rate.n)])
    return PictureTable(head, rows)


def _funnel_steps(subject: Subject) -> list[tuple[str, int]]:
    total = subject.results.quality[-1]
    words = subject.word("发放,回收,开箱,有效", "Issued,Returned,Opened,Valid").split(",")
    counts = (total.issued, total.ballots, total.opened, total.valid)
    return list(zip(words, counts, strict=True))


def _funnel(subject: Subject) -> Figure:
    steps = _funnel_steps(subject)
    figure, axes = _figure(len(steps))
    first = max(steps[0][1], steps[1][1], 1)
    for at, (_, number) in enumerate(steps):
        axes.barh(at, number, left=(first - number) / 2, color="#1d3d35", height=0.7)
        share = f"{number:,} ({percent(number / first, 0)})"
        axes.text(first * 1.02, at, share, ha="left", va="center")
    axes.set_yticks(range(len(steps)), [word for word, _ in steps])
    axes.set_ylim(len(steps) - 0.5, -0.5)
    axes.set_xlim(0, first * 1.25)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0)
    return figure


def _funnel_table(subject: Subject) -> PictureTable:
    steps = _funnel_steps(subject)
    first = steps[0][1]
    head = subject.word("步骤,份数,占发放", "Step,Sheets,Of issued").split(",")
    return PictureTable(
        head, [[word, str(n), percent(n / first if first else None)] for word, n in steps]
    )


def _trend(subject: Subject) -> Figure:
    categories = changes(subject.waves)
    figure, axes = _figure(9)
    places = range(len(subject.waves))
    for number, change in enumerate(categories):
        points = [
            (at + 0.04 * (number - len(categories) / 2), rate, bool(items))
            for at, rate, items in zip(places, change.rates, change.other_items, strict=True)
            if rate and rate.rate is not None
        ]
        style = {"marker": _MARKERS[number % len(_MARKERS)], "color": f"C{number}"}
        same = [(at, rate) for at, rate, is_alone in points if not is_alone]
        _with_intervals(axes, same, linewidth=1.2, label=subject.name(change.name), **style)
        for at, rate, is_alone in points:
            if is_alone:
                _with_intervals(axes, [(at, rate)], markerfacecolor="white", **style)
    axes.set_xticks(places, [str(wave.results.reference_period.end) for wave in subject.waves])
    axes.yaxis.set_major_formatter(lambda share, _: percent(share, 0))
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, axis="y", color="#dddddd", linewidth=0.6)
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def _with_intervals(axes: Axes, points: Sequence[tuple[float, Rate]], **style: Any) -> None:  # noqa: ANN401
    shares = [rate.rate or 0 for _, rate in points]
    intervals = [(rate.low or 0, rate.high or 0) for _, rate in points]
    below = [share - low for share, (low, _) in zip(shares, intervals, strict=True)]
    above = [high - share for share, (_, high) in zip(shares, intervals, strict=True)]
    axes.errorbar([at for at, _ in points], shares, yerr=[below, above], capsize=2, **style)


def _trend_table(subject: Subject) -> PictureTable:
    ends = [str(wave.results.reference_period.end) for wave in subject.waves]
    mark = subject.word("（题目不同）", " (other items)")
    rows = [
        [
            subject.name(change.name),
            *(
                _share(rate, subject) + (mark if items else "")
                for rate, items in zip(change.rates, change.other_items, strict=True)
            ),
        ]
        for change in changes(subject.waves)
    ]
    return PictureTable([subject.word("岗位类别", "Post category"), *ends], rows)


_DRAWINGS: dict[str, Callable[[Subject], Figure]] = {
    FOREST: _forest,
    HEAT: _heat,
    FUNNEL: _funnel,
    TREND: _trend,
}
_TABLES: dict[str, Callable[[Subject], PictureTable]] = {
    FOREST: _forest_table,
    HEAT: _heat_table,
    FUNNEL: _funnel_table,
    TREND: _trend_table,
}
