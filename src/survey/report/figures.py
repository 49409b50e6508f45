"""Charts of released numbers as SVG: dots with intervals, small multiples, a heat map.

They take labels and numbers, never a release, and give the same bytes for the same arguments.
Matplotlib alone draws them; it is imported when the first chart is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, LINE, BLUE, BAND, AMBER = "#1d2733", "#55606c", "#d5dae0", "#12436d", "#8db4d6", "#b45309"
WIDTH = 7.6  # inches; a page shows it at about 100 px an inch
STYLE: dict[str, object] = {
    "svg.hashsalt": "survey", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 8.5, "text.color": INK,
    # A label is text: a dollar sign in it is no formula.
    "text.parse_math": False,
}  # fmt: skip


Formatter = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Axis:
    """A value axis: its range, its ticks with their labels, its title."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with its interval. Without a value `text` stands in its place; `firm` False draws it hollow."""

    value: float | None
    low: float | None = None
    high: float | None = None
    text: str = ""
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart of small multiples: its title, a point a row (None under a heading), a value to compare with."""

    title: str
    points: tuple[Dot | None, ...]
    reference: float | None = None


@contextmanager
def canvas(height: float) -> Iterator[Figure]:
    """An empty figure of the page's width and of `height` inches, in the house style."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(dict(STYLE)):  # type: ignore[arg-type]
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasSVG(figure)
        yield figure


def svg(figure: Figure) -> bytes:
    """The figure as SVG without date, creator or anything else that changes between runs."""
    out = BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def place(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Bare axes whose edges lie so many inches from the edges of the figure; all that shows is drawn on them."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height))
    axes.set_axis_off()
    return axes


def wrapped(label: str, width: int, lines: int = 3) -> str:
    """The label on at most `lines` lines of `width` characters; longer words stay whole."""
    found = wrap(label, width, break_long_words=False) or [""]
    if len(found) > lines:
        found = [*found[: lines - 1], shorten(" ".join(found[lines - 1 :]), width, placeholder=" …")]
    return "\n".join(found)


def dots(labels: Sequence[str], points: Sequence[Dot], axis: Axis, reference: float | None = None) -> bytes:
    """Points with intervals, one row a label, the value written at the right; a forest with a line at `reference`."""
    names = [wrapped(label, 30) for label in labels]
    left = column_width(names)
    with canvas(0.75 + sum(0.17 + 0.15 * (name.count("\n") + 1) for name in names)) as figure:
        axes = place(figure, left, 0.6, max(1.5, column_width([p.text for p in points])), 0.1)
        row_labels(axes, names, left)
        value_axis(axes, axis, 0.6)
        if reference is not None:
            axes.axvline(reference, color=AMBER, linewidth=1, linestyle=(0, (3, 2)))
        _points(axes, points, axis, 6.0)
        for y, point in enumerate(points):
            if point.value is not None:
                axes.text(1.02, y, point.text, transform=axes.get_yaxis_transform(), va="center")
        return svg(figure)


def panels(labels: Sequence[str], charts: Sequence[Panel], axis: Axis) -> bytes:
    """Small multiples over the same labelled rows; rows without points in any panel are headings."""
    headings = {y for y in range(len(labels)) if all(chart.points[y] is None for chart in charts)}
    room = 36 if len(charts) <= 3 else 26
    names = [wrapped(label, 40 if y in headings else room, 1) for y, label in enumerate(labels)]
    left, gap, bottom, top = column_width([n for y, n in enumerate(names) if y not in headings]), 0.2, 0.55, 0.55
    wide = (WIDTH - left - 0.1 - gap * (len(charts) - 1)) / len(charts)
    with canvas(bottom + top + 0.2 * len(names)) as figure:
        for k, chart in enumerate(charts):
            start = left + k * (wide + gap)
            axes = place(figure, start, bottom, WIDTH - start - wide, top)
            row_labels(axes, names, left, headings, drawn=k == 0)
            value_axis(axes, axis, bottom, titled=k == 0, inside=True)
            if chart.reference is not None:
                axes.axvline(chart.reference, color=AMBER, linewidth=1, linestyle=(0, (3, 2)))
            _points(axes, chart.points, axis, 3.2)
            title = wrapped(chart.title, max(12, 72 // len(charts)), 3)
            axes.text(0, 1.01, title, transform=axes.transAxes, va="bottom", weight="bold", fontsize=7.5)
        return svg(figure)


def heat(
    labels: Sequence[str],
    titles: Sequence[str],
    values: Sequence[Sequence[float | None]],
    texts: Sequence[Sequence[str]],
) -> bytes:
    """A heat map with its numbers written in, darker for more; a row without texts is a heading."""
    import numpy as np

    grid = np.array([[np.nan if v is None else v for v in row] for row in values], dtype=float)
    highest = float(np.nanmax(grid)) if np.isfinite(grid).any() else 1.0
    headings = {y for y, row in enumerate(texts) if not any(row)}
    names = [wrapped(label, 40 if y in headings else 26, 1) for y, label in enumerate(labels)]
    left = column_width([n for y, n in enumerate(names) if y not in headings])
    with canvas(0.65 + 0.22 * len(labels)) as figure:
        axes = place(figure, left, 0.05, 0.1, 0.6)
        shades = axes.pcolormesh(
            grid, cmap="cividis_r", vmin=0, vmax=max(highest, 1e-9), edgecolor="white", linewidth=1.5
        )
        row_labels(axes, names, left, headings, offset=0.5)
        for x, title in enumerate(titles):
            head = wrapped(title, max(12, 72 // len(titles)), 3)
            axes.text(x + 0.5, -0.25, head, ha="center", va="bottom", weight="bold", fontsize=8)
        colours = shades.to_rgba(grid)
        for y, row in enumerate(texts):
            for x, text in enumerate(row):
                shade = colours[y, x] if np.isfinite(grid[y, x]) else (1.0, 1.0, 1.0)
                axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=on(shade), fontsize=8)
        return svg(figure)


def on(background: Iterable[float]) -> str:
    """Black or white, whichever contrasts more with a background: at least 4.5 to 1 (WCAG 2.2, relative luminance)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in tuple(background)[:3])
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def column_width(names: Sequence[str]) -> float:
    """Inches that the longest line of the row labels needs."""
    longest = max((len(line) for name in names for line in name.split("\n")), default=0)
    return min(2.9, 0.2 + 0.071 * longest)


def row_labels(
    axes: Axes,
    names: Sequence[str],
    left: float,
    headings: Collection[int] = frozenset(),
    offset: float = 0.0,
    drawn: bool = True,
) -> None:
    """Labels in a left-aligned column `left` inches wide beside the rows; rows count downwards from 0."""
    axes.set_ylim(len(names) - 0.5 + offset, -0.5 + offset)
    if not drawn:
        return
    edge = -left / (axes.get_position().width * WIDTH)
    for y, name in enumerate(names):
        weight = "bold" if y in headings else "normal"
        axes.text(edge, y + offset, name, transform=axes.get_yaxis_transform(), va="center", weight=weight)


def value_axis(axes: Axes, axis: Axis, bottom: float, titled: bool = True, inside: bool = False) -> None:
    """Grid lines with their labels below, and the title of the axis `bottom` inches under it.

    `inside` keeps the first and the last label within the axis, where another chart stands beside it.
    """
    span = (axis.high - axis.low) * 0.03
    axes.set_xlim(axis.low - span, axis.high + span)
    first, last = sorted(axes.get_ylim())
    axes.vlines([at for at, _ in axis.ticks], first, last, color=LINE, linewidth=0.8, zorder=0)
    sides = ["left", *["center"] * (len(axis.ticks) - 2), "right"] if inside and len(axis.ticks) > 1 else None
    for k, (at, label) in enumerate(axis.ticks):
        axes.annotate(label, (at, 0), (0, -5), xycoords=("data", "axes fraction"), textcoords="offset points",
                      ha=sides[k] if sides else "center", va="top", color=SOFT)  # fmt: skip
    if titled:
        axes.annotate(
            axis.title, (0, 0), (0, -72 * bottom + 8), xycoords="axes fraction", textcoords="offset points", color=SOFT
        )


def _points(axes: Axes, points: Sequence[Dot | None], axis: Axis, size: float) -> None:
    found = [(y, p) for y, p in enumerate(points) if p is not None]
    spans = [(y, p.low, p.high) for y, p in found if p.value is not None and p.low is not None and p.high is not None]
    if spans:
        rows, low, high = zip(*spans, strict=True)
        axes.hlines(rows, low, high, color=BAND, linewidth=0.75 * size)
    for firm, face in ((True, BLUE), (False, "white")):
        drawn = [(p.value, y) for y, p in found if p.value is not None and p.firm is firm]
        if drawn:
            axes.plot(
                *zip(*drawn, strict=True),
                marker="o",
                markersize=size,
                color=BLUE,
                markerfacecolor=face,
                linestyle="none",
            )
    for y, point in found:
        if point.value is None:
            axes.text(axis.low, y, point.text, va="center", color=SOFT, fontsize=7.5)
