"""Diverging bars of answers on an ordered scale, don't-know answers apart from them.

Heiberger and Robbins (2014), Journal of Statistical Software 57(5); colours of ColorBrewer's PuOr.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from survey.report.figures import SOFT, WIDTH, Formatter, canvas, column_width, on, place, row_labels, svg, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_LABEL = 0.06  # a narrower bar has no room for its number
LEGEND_COLUMNS = 5
EDGE = "#9aa3ad"  # the middle of the palette is nearly white

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """Answers to one item.

    Attributes
    ----------
    shares : one share of 0–1 a level, of those who gave an opinion; empty when none may be shown.
    aside : share of those asked who did not know, or None.
    text : what stands in the place of bars that may not be shown.
    """

    label: str
    shares: tuple[float, ...]
    aside: float | None
    base: str
    text: str = ""


def likert(
    items: Sequence[Item], levels: Sequence[str], aside: str, base: str, number: Formatter, percent: Formatter
) -> bytes:
    """Bars that diverge from the middle of the scale, one an item; `number` writes the shares inside them."""
    names = [wrapped(item.label, 36) for item in items]
    left, bottom, top = column_width(names), 0.35, 0.3 + 0.24 * ceil(len(levels) / LEGEND_COLUMNS)
    with canvas(bottom + top + sum(0.18 + 0.145 * (name.count("\n") + 1) for name in names)) as figure:
        colours = palette(len(levels))
        _legend(figure, levels, colours)
        bars = place(figure, left, bottom, 1.85, top)
        others = place(figure, WIDTH - 1.65, bottom, 0.75, top)
        for axes in (bars, others):
            row_labels(axes, names, left, drawn=axes is bars)
        _bars(bars, items, colours, number, percent)
        _aside(others, items, aside, percent)
        for text, y in [(base, -0.5), *((item.base, y) for y, item in enumerate(items))]:
            others.text(1.78, y, text, ha="right", va="bottom" if y < 0 else "center", color=SOFT)
        return svg(figure)


def palette(n: int) -> list[Colour]:
    """`n` colours from orange (lowest) to purple (highest); the middle of an odd number is nearly white."""
    import matplotlib

    shades = matplotlib.colormaps["PuOr"]
    places = [0.12 + 0.76 * (k / (n - 1) if n > 1 else 0.5) for k in range(n)]
    return [(float(red), float(green), float(blue)) for red, green, blue, _ in map(shades, places)]


def _bars(axes: Axes, items: Sequence[Item], colours: Sequence[Colour], number: Formatter, percent: Formatter) -> None:
    shown = [(y, item) for y, item in enumerate(items) if item.shares]
    reach = max((max(_below(i.shares), sum(i.shares) - _below(i.shares)) for _, i in shown), default=0.5)
    limit = max(0.5, ceil(10 * reach - 1e-9) / 10)
    starts = [-_below(item.shares) for _, item in shown]
    for k, colour in enumerate(colours):
        shares = [item.shares[k] for _, item in shown]
        axes.barh([y for y, _ in shown], shares, left=starts, height=0.66, color=colour, edgecolor=EDGE, linewidth=0.5)
        for (y, _), start, share in zip(shown, starts, shares, strict=True):
            if share >= SMALLEST_LABEL:
                axes.text(start + share / 2, y, number(share), ha="center", va="center", color=on(colour), fontsize=7.5)
        starts = [start + share for start, share in zip(starts, shares, strict=True)]
    axes.set_xlim(-limit, limit)
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=0)
    for tick in (-0.5, 0.0, 0.5):
        axes.text(tick, len(items) - 0.42, percent(abs(tick)), ha="center", va="top", color=SOFT)
    for y, item in enumerate(items):
        if not item.shares:
            axes.text(-limit, y, item.text, va="center", color=SOFT)


def _below(shares: Sequence[float]) -> float:
    """Share left of the middle: the levels below it, and half of a middle level."""
    half = len(shares) // 2
    return sum(shares[:half]) + (shares[half] / 2 if len(shares) % 2 else 0.0)


def _aside(axes: Axes, items: Sequence[Item], title: str, percent: Formatter) -> None:
    found = [(y, item.aside) for y, item in enumerate(items) if item.aside is not None]
    if found:
        rows, shares = zip(*found, strict=True)
        axes.barh(rows, shares, height=0.66, color="#a8b0b9", edgecolor="#7d8791", linewidth=0.5)
    for y, share in found:
        axes.text(share + 0.03, y, percent(share), va="center", fontsize=7.5)
    axes.set_xlim(0, 1)
    axes.axvline(0, color="#7d8791", linewidth=0.8)
    axes.text(0, -0.5, wrapped(title, 18, 2), va="bottom", color=SOFT)


def _legend(figure: Figure, levels: Sequence[str], colours: Sequence[Colour]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=colour, edgecolor=EDGE, linewidth=0.5, label=wrapped(level, 22, 2))
        for level, colour in zip(levels, colours, strict=True)
    ]
    figure.legend(
        handles=patches,
        ncols=min(LEGEND_COLUMNS, len(levels)),
        loc="upper left",
        bbox_to_anchor=(0.0, 1.0),
        fontsize=8,
        frameon=False,
        handlelength=1,
        handleheight=1,
        columnspacing=1.2,
        borderaxespad=0.2,
    )
