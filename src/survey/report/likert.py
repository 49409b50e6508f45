"""Diverging bars of answers on an ordered scale, don't-know answers apart from them.

Heiberger and Robbins (2014), Journal of Statistical Software 57(5); colours of ColorBrewer's PuOr.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from survey.report.figures import INK, SOFT, WIDTH, Formatter, canvas, on, place, svg, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_LABEL = 0.06  # a narrower bar has no room for its number


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


def likert(items: Sequence[Item], levels: Sequence[str], aside: str, base: str, percent: Formatter) -> bytes:
    """Bars that diverge from the middle of the scale, one an item."""
    names = [wrapped(item.label, 40) for item in items]
    rows = sum(0.2 + 0.15 * (name.count("\n") + 1) for name in names)
    with canvas(1.15 + rows) as figure:
        colours = palette(len(levels))
        _legend(figure, levels, colours)
        bars = place(figure, 2.85, 0.4, 1.75, 0.72)
        others = place(figure, WIDTH - 1.6, 0.4, 0.72, 0.72)
        for axes in (bars, others):
            axes.set_ylim(len(items) - 0.5, -0.5)
        bars.set_yticks(range(len(items)), names)
        _bars(bars, items, colours, percent)
        _aside(others, items, aside, percent)
        for y, item in enumerate(items):
            others.annotate(item.base, (1, y), (34, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                            ha="right", va="center", color=SOFT, annotation_clip=False)  # fmt: skip
        others.annotate(
            base, (1, 1), (34, 5), xycoords="axes fraction", textcoords="offset points", ha="right", color=SOFT
        )
        return svg(figure)


def palette(n: int) -> list[tuple[float, ...]]:
    """`n` colours from orange (lowest) to purple (highest); the middle of an odd number is nearly white."""
    import matplotlib

    shades = matplotlib.colormaps["PuOr"]
    return [tuple(shades(0.12 + 0.76 * (k / (n - 1) if n > 1 else 0.5))[:3]) for k in range(n)]


def _bars(axes: Axes, items: Sequence[Item], colours: Sequence[tuple[float, ...]], percent: Formatter) -> None:
    reach = max((max(_below(i.shares), sum(i.shares) - _below(i.shares)) for i in items if i.shares), default=0.5)
    limit = max(0.5, ceil(10 * reach - 1e-9) / 10)
    for y, item in enumerate(items):
        if not item.shares:
            axes.text(-limit, y, item.text, va="center", color=SOFT)
            continue
        left = -_below(item.shares)
        for share, colour in zip(item.shares, colours, strict=True):
            axes.barh(y, share, left=left, height=0.66, color=colour, edgecolor="#9aa3ad", linewidth=0.5)
            if share >= SMALLEST_LABEL:
                axes.text(left + share / 2, y, percent(share), ha="center", va="center", color=on(colour), fontsize=7.5)
            left += share
    ticks = [k / 4 * limit for k in range(-4, 5, 2)] if limit < 0.6 else [-0.5, 0, 0.5]
    axes.set_xlim(-limit, limit)
    axes.set_xticks(ticks, [percent(abs(t)) for t in ticks])
    axes.axvline(0, color=INK, linewidth=0.7)


def _below(shares: Sequence[float]) -> float:
    """Share left of the middle: the levels below it, and half of a middle level."""
    half = len(shares) // 2
    return sum(shares[:half]) + (shares[half] / 2 if len(shares) % 2 else 0.0)


def _aside(axes: Axes, items: Sequence[Item], title: str, percent: Formatter) -> None:
    for y, item in enumerate(items):
        if item.aside is not None:
            axes.barh(y, item.aside, height=0.66, color="#a8b0b9", edgecolor="#7d8791", linewidth=0.5)
            axes.text(item.aside + 0.03, y, percent(item.aside), va="center", fontsize=7.5)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color="#7d8791", linewidth=0.8)
    axes.set_title(wrapped(title, 18, 2), fontsize=8, color=SOFT, loc="left", pad=5)


def _legend(figure: Figure, levels: Sequence[str], colours: Sequence[tuple[float, ...]]) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=colour, edgecolor="#9aa3ad", linewidth=0.5, label=wrapped(level, 22, 2))
        for level, colour in zip(levels, colours, strict=True)
    ]
    figure.legend(handles=patches, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=min(5, len(levels)), fontsize=8,
                  frameon=False, handlelength=1, handleheight=1, columnspacing=1.2, borderaxespad=0.2)  # fmt: skip
