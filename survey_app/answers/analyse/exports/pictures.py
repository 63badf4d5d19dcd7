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
from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.rate_words import share
from survey_app.answers.analyse.exports.reliability import warning
from survey_app.documents.design import Names
from survey_app.documents.results import ANY, Rate, Results, Scope
from survey_app.errors import N_
from survey_app.papers import fonts
from survey_app.papers.numbers import percent, short_percent

COLOURS = {"business": "#1d5c8a", "non-business": "#8a5a1d"}
KINDS = {
    "business": ("业务岗位（外部问卷）", "business posts (external)"),
    "non-business": ("非业务岗位（内部问卷）", "other posts (internal)"),
}
NAN = float("nan")
_HEAT = mpl.colormaps["YlOrRd"].with_extremes(bad="#d9d9d9")
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
    domains = [domain for domain in results.of(Scope.CATEGORY) if results.rate(domain.id).is_shown]
    figure, axes = _figure(max(len(domains), 1) + 0.8)
    for at, domain in enumerate(domains):
        _whisker(axes, at, results.rate(domain.id), COLOURS[domain.kind])
        text = _share(results.rate(domain.id), subject)
        axes.text(1.01, at, text, transform=axes.get_yaxis_transform(), va="center")
    most = max([*(results.rate(domain.id).high or 0 for domain in domains), results.thresholds[-1]])
    _thresholds(axes, subject)
    axes.set_yticks(range(len(domains)), [subject.name(domain.name) for domain in domains])
    axes.set_ylim(len(domains) - 0.5, -0.5)
    _percent_axis(axes, most)
    level = short_percent(results.options.level)
    axes.set_xlabel(
        subject.word(
            f"腐败接触率，{level} 区间；空心为需复核或不可靠",
            f"Rate of any contact with {level} interval; hollow: not reliable",
        )
    )
    for kind in {domain.kind: None for domain in domains}:
        axes.plot([], [], "-s", color=COLOURS[kind], label=subject.word(*KINDS[kind]))
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    return figure


def _whisker(axes: Axes, at: int, rate: Rate, colour: str) -> None:
    """Draw an interval and its rate, or the bound in its place."""
    value = next((v for v in (rate.rate, rate.above) if v is not None), 0)
    axes.plot([rate.low or 0, rate.high or 0], [at, at], color=colour, linewidth=1.6)
    filling = "white" if warning(rate) else colour
    axes.plot([value], [at], "s", color=colour, markerfacecolor=filling, markersize=6)


def _thresholds(axes: Axes, subject: Subject) -> None:
    """Draw where levels of risk begin; lines differ by their dashes too."""
    levels = list(LEVELS.values())[1:]
    styles = zip(_LEVEL_COLOURS[1:], (":", "--", "-."), levels, strict=True)
    for threshold, (colour, dashes, level) in zip(subject.results.thresholds, styles, strict=True):
        axes.axvline(
            threshold,
            color=colour,
            linestyle=dashes,
            linewidth=1,
            label=f"{short_percent(threshold)} {subject.name(level)}",
        )


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
    figure = Figure(figsize=(8.0, 1.6 + _INCH * 1.2 * sum(heights)), layout="constrained")
    all_axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    most = _darkest(results)
    for kind, axes in zip(kinds, all_axes, strict=True):
        domains = results.of(Scope.CATEGORY, kind)
        items = [item for item in results.items_of(kind) if item.code != ANY]
        cells = [[results.rate(domain.id, item.code) for item in items] for domain in domains]
        shares = np.array([[_value(rate) for rate in row] for row in cells], float)
        image = axes.imshow(shares, cmap=_HEAT, vmin=0, vmax=most, aspect="auto")
        for y, row in enumerate(cells):
            for x, rate in enumerate(row):
                _cell(axes, (x, y), rate, subject, is_dark=(rate.rate or 0) > 0.6 * most)
        axes.set_xticks(range(len(items)), [_wrapped(subject.name(i.label)) for i in items])
        axes.set_yticks(range(len(domains)), [subject.name(domain.name) for domain in domains])
        axes.tick_params(length=0)
    if kinds:
        bar = figure.colorbar(
            image, ax=all_axes, location="bottom", shrink=0.4, aspect=40, extend="max"
        )
        bar.ax.xaxis.set_major_formatter(lambda share, _: percent(share, 0 if most > 0.1 else 1))
        bar.set_label(
            subject.word("* 需复核或不可靠；灰色：没有数字", "* not reliable; grey: no number"),
            size=9,
        )
    return figure


def _darkest(results: Results) -> float:
    """Give the highest reliable rate of an item: one of few sheets would pale all others."""
    rates = [rate for rate in results.rates if rate.item != ANY and rate.rate]
    reliable = [rate.rate or 0 for rate in rates if not warning(rate)]
    return max(reliable or [rate.rate or 0 for rate in rates] or [1.0])


def _value(rate: Rate) -> float:
    """Give what a field is coloured by; of no number none, so that it is not taken for 0 %."""
    return next((v for v in (rate.rate, rate.above) if v is not None), 0 if rate.is_shown else NAN)


def _cell(
    axes: Axes, place: tuple[int, int], rate: Rate, subject: Subject, *, is_dark: bool
) -> None:
    axes.text(
        *place,
        _share(rate, subject) + ("*" if warning(rate) else ""),
        ha="center",
        va="center",
        color="white" if is_dark else "black",
        fontsize=9,
    )


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
