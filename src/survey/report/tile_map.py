"""Areas as tiles of equal size, so that a small area is seen as well as a large one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from survey.report.figures import WIDTH, canvas, on, place, svg, wrapped

ACROSS = 3  # maps beside one another

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Area:
    """A tile: the area's name, its value or None, and what is written below the name."""

    name: str
    value: float | None
    text: str


def grid(n: int) -> tuple[Position, ...]:
    """Column and row of `n` tiles in reading order, about as wide as high."""
    columns = ceil(sqrt(n)) if n else 1
    return tuple((k % columns, k // columns) for k in range(n))


def tile_maps(titles: Sequence[str], maps: Sequence[Sequence[Area]], positions: Sequence[Position]) -> bytes:
    """One map a title, all on one scale of colour: darker is higher."""
    import matplotlib
    from matplotlib.patches import Rectangle

    values = [a.value for areas in maps for a in areas if a.value is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    columns, rows = max(x for x, _ in positions) + 1, max(y for _, y in positions) + 1
    across = min(ACROSS, len(maps))
    wide, gap, head = (WIDTH - 0.15 * (across - 1)) / across, 0.15, 0.32
    tile = 0.6
    block = head + tile * rows + 0.15
    deep = ceil(len(maps) / across)
    shades = matplotlib.colormaps["cividis_r"]
    with canvas(block * deep) as figure:
        for k, (title, areas) in enumerate(zip(titles, maps, strict=True)):
            start, down = (k % across) * (wide + gap), (k // across) * block
            axes = place(figure, start, block * (deep - 1) - down + 0.15, WIDTH - start - wide, down + head)
            axes.set_xlim(0, columns)
            axes.set_ylim(rows, 0)
            axes.text(0, -0.08, wrapped(title, 30, 1), va="bottom", weight="bold", fontsize=8)
            for area, (x, y) in zip(areas, positions, strict=True):
                part = 0.0 if area.value is None or high == low else 0.05 + 0.75 * (area.value - low) / (high - low)
                colour = "#f1f3f5" if area.value is None else shades(part)
                axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor=colour, edgecolor="none"))
                ink = "#000000" if area.value is None else on(shades(part))
                text = "\n".join([wrapped(area.name, 15, 2), area.text])
                axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=ink, fontsize=6.4, linespacing=1.25)
        return svg(figure)
