"""Charts of released numbers as SVG: dots with intervals, small multiples, a heat map.

They take labels and numbers, never a release, and give the same bytes for the same arguments.
Matplotlib alone draws them; it is imported when the first chart is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, LINE, BLUE, AMBER = "#1d2733", "#55606c", "#d5dae0", "#12436d", "#b45309"
WIDTH = 7.6  # inches; a page shows it at about 100 px an inch
STYLE = {
    "svg.hashsalt": "survey", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 8.5,
    "text.color": INK, "axes.labelcolor": SOFT, "axes.edgecolor": LINE, "xtick.color": SOFT, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False, "axes.linewidth": 0.8,
    "xtick.major.size": 0, "ytick.major.size": 0, "axes.axisbelow": True,
    # A label is text: a dollar sign in it is no formula.
    "text.parse_math": False, "axes.unicode_minus": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """A value axis: its range, its ticks with their labels, its title, a line to compare with."""

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


@contextmanager
def canvas(height: float) -> Iterator[Figure]:
    """An empty figure of the page's width and of `height` inches, in the house style."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasSVG(figure)
        yield figure


def svg(figure: Figure) -> bytes:
    """The figure as SVG without date, creator or anything else that changes between runs."""
    out = BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def place(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Axes whose edges lie so many inches from the edges of the figure."""
    width, height = figure.get_size_inches()
    return figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height))


def wrapped(label: str, width: int, lines: int = 3) -> str:
    """The label on at most `lines` lines of `width` characters."""
    found = wrap(label, width) or [""]
    return "\n".join(
        found
        if len(found) <= lines
        else [*found[: lines - 1], shorten(" ".join(found[lines - 1 :]), width, placeholder=" …")]
    )


def dots(labels: Sequence[str], points: Sequence[Dot], axis: Axis) -> bytes:
    """Points with intervals, one row a label, the value written at the right."""
    names = [wrapped(label, 30) for label in labels]
    height = 0.75 + sum(_row_height(name) for name in names)
    with canvas(height) as figure:
        axes = place(figure, 2.3, 0.55, 1.75, 0.1)
        _value_axis(axes, axis)
        _row_labels(axes, names)
        for y, point in enumerate(points):
            _draw(axes, point, y, axis)
            if point.value is not None:
                axes.annotate(
                    point.text, (1.02, y), xycoords=("axes fraction", "data"), va="center", annotation_clip=False
                )
        return svg(figure)


def panels(labels: Sequence[str], titles: Sequence[str], columns: Sequence[Sequence[Dot | None]], axis: Axis) -> bytes:
    """Small multiples: one panel a title over the same labelled rows; a row of None is a heading."""
    headings = {y for y in range(len(labels)) if all(column[y] is None for column in columns)}
    names = [wrapped(label, 34 if y in headings else 26, 2) for y, label in enumerate(labels)]
    tops = [wrapped(title, max(10, 66 // len(titles)), 3) for title in titles]
    with canvas(1.2 + 0.205 * len(names)) as figure:
        left, gap = 1.75, 0.12
        wide = (WIDTH - left - 0.1 - gap * (len(titles) - 1)) / len(titles)
        for k, (title, column) in enumerate(zip(tops, columns, strict=True)):
            start = left + k * (wide + gap)
            axes = place(figure, start, 0.5, WIDTH - start - wide, 0.6)
            _value_axis(axes, axis)
            axes.set_title(title, fontsize=8.5, color=INK, weight="bold", loc="left", pad=5)
            _row_labels(axes, names if k == 0 else [""] * len(names), headings)
            for y, point in enumerate(column):
                if point is not None:
                    _draw(axes, point, y, axis, small=True)
        figure.text((left) / WIDTH, 0.12 / figure.get_figheight(), axis.title, color=SOFT)
        return svg(figure)


def heat(
    labels: Sequence[str],
    titles: Sequence[str],
    values: Sequence[Sequence[float | None]],
    texts: Sequence[Sequence[str]],
) -> bytes:
    """A heat map in cividis with its numbers written in; a row without texts is a heading."""
    import numpy as np

    grid = np.array([[np.nan if v is None else v for v in row] for row in values], dtype=float)
    headings = {y for y, row in enumerate(texts) if not any(row)}
    tops = [wrapped(title, max(10, 70 // len(titles)), 3) for title in titles]
    highest = float(np.nanmax(grid)) if np.isfinite(grid).any() else 1.0
    with canvas(0.85 + 0.22 * len(labels)) as figure:
        axes = place(figure, 1.9, 0.1, 0.1, 0.65)
        shades = axes.imshow(grid, cmap="cividis", vmin=0, vmax=max(highest, 1e-9), aspect="auto", interpolation="none")
        _row_labels(axes, [wrapped(label, 30, 1) for label in labels], headings)
        axes.set_xticks(range(len(titles)), tops, color=INK, weight="bold")
        axes.xaxis.tick_top()
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks(np.arange(len(titles) - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(len(labels) - 1) + 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
        axes.tick_params(which="minor", length=0)
        for y, row in enumerate(texts):
            for x, text in enumerate(row):
                shade = shades.cmap(shades.norm(grid[y, x])) if np.isfinite(grid[y, x]) else (1.0, 1.0, 1.0)
                axes.text(x, y, text, ha="center", va="center", color=on(shade), fontsize=8)
        return svg(figure)


def on(background: Sequence[float]) -> str:
    """The text colour, dark or white, that contrasts more with a background (WCAG relative luminance)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in background[:3])
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return INK if (luminance + 0.05) / 0.07 > 1.05 / (luminance + 0.05) else "#ffffff"


def _row_height(name: str) -> float:
    return 0.16 + 0.155 * (name.count("\n") + 1)


def _row_labels(axes: Axes, names: Sequence[str], headings: set[int] | frozenset[int] = frozenset()) -> None:
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    for y, text in enumerate(axes.get_yticklabels()):
        if y in headings:
            text.set_weight("bold")


def _value_axis(axes: Axes, axis: Axis) -> None:
    span = (axis.high - axis.low) * 0.02
    axes.set_xlim(axis.low - span, axis.high + span)
    axes.set_xticks([at for at, _ in axis.ticks], [label for _, label in axis.ticks])
    axes.grid(axis="x", color=LINE, linewidth=0.7)


def _draw(axes: Axes, point: Dot, y: int, axis: Axis, small: bool = False) -> None:
    if point.value is None:
        axes.text(axis.low, y, point.text, va="center", color=SOFT, fontsize=7.5)
        return
    if point.low is not None and point.high is not None:
        axes.plot([point.low, point.high], [y, y], color=BLUE, linewidth=1.4 if small else 2.2, solid_capstyle="butt")
    size, face = (4.0 if small else 7.0), (BLUE if point.firm else "white")
    axes.plot([point.value], [y], marker="o", markersize=size, color=BLUE, markerfacecolor=face, linestyle="none")


Formatter = Callable[[float], str]
