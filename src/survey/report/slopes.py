"""Small multiples of a measure over waves: points with intervals, joined where the waves may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from survey.report.figures import BAND, BLUE, LINE, SOFT, WIDTH, Axis, Dot, canvas, place, svg, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS = 3
HIGH = 1.75  # inches of one chart


@dataclass(frozen=True, slots=True)
class Course:
    """One measure over waves.

    Attributes
    ----------
    points : one a wave, None where the wave has no such measure
    joined : whether each point may be compared with the one before; the first entry has no meaning
    """

    title: str
    points: tuple[Dot | None, ...]
    joined: tuple[bool, ...]


def slopes(waves: Sequence[str], charts: Sequence[Course], axis: Axis) -> bytes:
    """A chart a measure, waves from left to right, all on one value axis."""
    rows = ceil(len(charts) / ACROSS)
    left, gap, top = 0.5, 0.35, 0.45
    wide = (WIDTH - left - 0.1 - gap * (ACROSS - 1)) / ACROSS
    with canvas(rows * (HIGH + top) + 0.1) as figure:
        height = rows * (HIGH + top) + 0.1
        for k, chart in enumerate(charts):
            row, column = divmod(k, ACROSS)
            start, under = left + column * (wide + gap), height - (row + 1) * (HIGH + top) + 0.3
            axes = place(figure, start, under, WIDTH - start - wide, height - under - HIGH + 0.3)
            _frame(axes, waves, axis, column == 0)
            _course(axes, chart)
            axes.text(0, 1.03, wrapped(chart.title, 28, 2), transform=axes.transAxes, va="bottom", weight="bold",
                      fontsize=7.5)  # fmt: skip
        return svg(figure)


def _frame(axes: Axes, waves: Sequence[str], axis: Axis, labelled: bool) -> None:
    axes.set_xlim(-0.4, len(waves) - 0.6)
    axes.set_ylim(axis.low, axis.high)
    axes.hlines([at for at, _ in axis.ticks], -0.4, len(waves) - 0.6, color=LINE, linewidth=0.8, zorder=0)
    for at, label in axis.ticks if labelled else ():
        axes.text(-0.5, at, label, ha="right", va="center", color=SOFT, fontsize=7.5)
    for x, name in enumerate(waves):
        axes.annotate(name, (x, 0), (0, -5), xycoords=("data", "axes fraction"), textcoords="offset points",
                      ha="center", va="top", color=SOFT, fontsize=7.5)  # fmt: skip


def _course(axes: Axes, chart: Course) -> None:
    found = [(x, p) for x, p in enumerate(chart.points) if p is not None and p.value is not None]
    for x, point in found:
        if point.low is not None and point.high is not None:
            axes.vlines(x, point.low, point.high, color=BAND, linewidth=3.2)
        face = BLUE if point.firm else "white"
        (dot,) = axes.plot([x], [point.value or 0.0], marker="o", markersize=4.5, color=BLUE, linestyle="none")
        dot.set_markerfacecolor(face)
        axes.text(x + 0.1, point.value or 0.0, point.text, va="bottom", fontsize=7)
    for (a, first), (b, second) in pairwise(found):
        if b == a + 1 and chart.joined[b]:
            axes.plot([a, b], [first.value or 0.0, second.value or 0.0], color=BLUE, linewidth=1, zorder=1)
