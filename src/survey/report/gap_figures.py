"""Charts of differences between groups: dumbbells of two groups each, a map of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.report.figures import (
    AMBER,
    BAND,
    BLUE,
    INK,
    SOFT,
    WIDTH,
    Axis,
    canvas,
    column_width,
    on,
    place,
    row_labels,
    svg,
    value_axis,
    wrapped,
)

NAME_WIDTH = 20  # characters of a group's name beside its dot
SHADES = ("#f1f3f5", "#dbe9e0", "#c9dff0", "#8db4d6", "#3f7cac", "#12436d")


@dataclass(frozen=True, slots=True)
class Ends:
    """Two groups on one line: the values they stand at, their names, and what is written at the right."""

    label: str
    low: float
    high: float
    low_name: str
    high_name: str
    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A cell of a verdict map: its text and its place among `SHADES`."""

    text: str
    shade: int


def dumbbell(lines: Sequence[Ends | str], axis: Axis, title: str) -> bytes:
    """Pairs of groups joined by a line, each named beside its dot; a plain text is a heading."""
    names = [line if isinstance(line, str) else wrapped(line.label, 24, 2) for line in lines]
    headings = {y for y, line in enumerate(lines) if isinstance(line, str)}
    left, right = column_width([n for y, n in enumerate(names) if y not in headings]), 1.55
    with canvas(0.85 + sum(0.26 if y in headings else 0.36 for y in range(len(lines)))) as figure:
        axes = place(figure, left, 0.6, right, 0.25)
        row_labels(axes, names, left, headings)
        value_axis(axes, _widened(axis, lines, WIDTH - left - right), 0.6)
        axes.text(1.03, -0.5, title, transform=axes.get_yaxis_transform(), va="bottom", weight="bold", fontsize=7.5)
        for y, line in enumerate(lines):
            if isinstance(line, str):
                continue
            axes.hlines(y, line.low, line.high, color=BAND, linewidth=3)
            axes.plot(
                [line.low], [y], marker="o", markersize=6.5, color=AMBER, markerfacecolor="white", markeredgewidth=1.8
            )
            axes.plot([line.high], [y], marker="o", markersize=6.5, color=BLUE)
            for at, name, side in ((line.low, line.low_name, -1), (line.high, line.high_name, 1)):
                axes.annotate(
                    wrapped(name, NAME_WIDTH, 2),
                    (at, y),
                    (7 * side, 0),
                    textcoords="offset points",
                    va="center",
                    ha="right" if side < 0 else "left",
                    fontsize=7.5,
                    color=INK,
                )
            axes.text(1.03, y, line.text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        return svg(figure)


def _widened(axis: Axis, lines: Sequence[Ends | str], inches: float) -> Axis:
    """The axis with room for the names on both sides."""
    names = [name for line in lines if isinstance(line, Ends) for name in (line.low_name, line.high_name)]
    longest = max((len(part) for name in names for part in wrapped(name, NAME_WIDTH, 2).split("\n")), default=0)
    room = 0.15 + 0.064 * longest
    more = (axis.high - axis.low) * room / max(inches - 2 * room, 0.5)
    return Axis(axis.low - more, axis.high + more, axis.ticks, axis.title)


def verdict_map(labels: Sequence[str], titles: Sequence[str], tiles: Sequence[Sequence[Tile]]) -> bytes:
    """One tile a row and column, darker the larger the difference that is certain."""
    from matplotlib.patches import Rectangle

    names = [wrapped(label, 26, 2) for label in labels]
    left, top = column_width(names), 0.65
    with canvas(top + 0.1 + 0.46 * len(names)) as figure:
        axes = place(figure, left, 0.05, 0.1, top)
        axes.set_xlim(0, len(titles))
        row_labels(axes, names, left, offset=0.5)
        wide = max(9, round(70 / max(len(titles), 1)))
        for x, title in enumerate(titles):
            axes.text(x + 0.5, -0.12, wrapped(title, wide, 3), ha="center", va="bottom", weight="bold", fontsize=8)
        for y, row in enumerate(tiles):
            for x, tile in enumerate(row):
                shade = SHADES[tile.shade]
                axes.add_patch(Rectangle((x + 0.02, y + 0.04), 0.96, 0.92, facecolor=shade, edgecolor="none"))
                axes.text(x + 0.5, y + 0.5, wrapped(tile.text, wide + 2, 3), ha="center", va="center", fontsize=7.5,
                          color=SOFT if tile.shade == 0 else on(_rgb(shade)))  # fmt: skip
        return svg(figure)


def _rgb(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
