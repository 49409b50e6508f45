"""Charts of shares: the rungs of a ladder with who is left at each, and bars that fill the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.report.figures import (
    BLUE,
    INK,
    SOFT,
    WIDTH,
    Formatter,
    canvas,
    column_width,
    on,
    place,
    row_labels,
    svg,
    wrapped,
)

#: Okabe and Ito's colours that stay apart for every eye and in grey, dark to light.
CLASSES = ("#003f66", "#d55e00", "#56b4e9", "#f0e442", "#009e73", "#cc79a7", "#999999")


@dataclass(frozen=True, slots=True)
class Rung:
    """One stage: the share that reached it with its interval, and words about those who did not."""

    label: str
    share: float | None
    low: float | None
    high: float | None
    text: str
    aside: str


def ladder(rungs: Sequence[Rung], percent: Formatter, aside: str) -> bytes:
    """Bars that shrink from stage to stage, with the interval of each and who was lost written beside it."""
    names = [wrapped(r.label, 30, 2) for r in rungs]
    left, right = column_width(names), 2.35
    with canvas(0.7 + 0.42 * len(rungs)) as figure:
        axes = place(figure, left, 0.35, right, 0.3)
        row_labels(axes, names, left)
        axes.set_xlim(0, 1)
        for tick in (0.0, 0.5, 1.0):
            axes.text(tick, len(rungs) - 0.42, percent(tick), ha="center", va="top", color=SOFT)
        axes.barh(range(len(rungs)), [1.0] * len(rungs), height=0.6, color="#eef1f4")
        axes.barh(range(len(rungs)), [r.share or 0.0 for r in rungs], height=0.6, color=BLUE)
        for y, rung in enumerate(rungs):
            if rung.low is not None and rung.high is not None:
                axes.hlines(y, rung.low, rung.high, color="#e69f00", linewidth=2.2)
            inside = rung.share is not None and rung.share > 0.45
            at = 0.02 if inside or rung.share is None else (rung.high or rung.share) + 0.03
            axes.text(at, y, rung.text, va="center", color="#ffffff" if inside else INK, fontsize=8)
            axes.text(
                1.04, y, wrapped(rung.aside, 36, 2), transform=axes.get_yaxis_transform(), va="center", fontsize=7.5
            )
        axes.text(1.04, -0.5, aside, transform=axes.get_yaxis_transform(), va="bottom", color=SOFT, fontsize=7.5)
        return svg(figure)


def stacked(
    labels: Sequence[str], shares: Sequence[Sequence[float | None]], names: Sequence[str], percent: Formatter
) -> bytes:
    """Bars of 100 %, one a label; a label without shares is a heading. `names` are those of the parts."""
    from matplotlib.patches import Patch

    headings = {y for y, row in enumerate(shares) if not row}
    texts = [wrapped(label, 40 if y in headings else 28, 1) for y, label in enumerate(labels)]
    left, top = column_width([n for y, n in enumerate(texts) if y not in headings]), 0.4
    with canvas(top + 0.15 + 0.24 * len(labels)) as figure:
        axes = place(figure, left, 0.1, 0.15, top)
        row_labels(axes, texts, left, headings)
        axes.set_xlim(0, 1)
        for y, row in enumerate(shares):
            start = 0.0
            for k, share in enumerate(row):
                colour = CLASSES[k % len(CLASSES)]
                axes.barh(y, share or 0.0, left=start, height=0.74, color=colour, edgecolor="white", linewidth=0.8)
                if share is not None and share >= 0.06:
                    axes.text(
                        start + share / 2,
                        y,
                        percent(share),
                        ha="center",
                        va="center",
                        color=on(_rgb(colour)),
                        fontsize=7.5,
                    )
                start += share or 0.0
        patches = [Patch(facecolor=CLASSES[k % len(CLASSES)], label=wrapped(n, 34, 1)) for k, n in enumerate(names)]
        figure.legend(handles=patches, ncols=min(len(names), 4), loc="upper left", bbox_to_anchor=(left / WIDTH, 1.0),
                      fontsize=8, frameon=False, handlelength=1, handleheight=1, borderaxespad=0.2)  # fmt: skip
        return svg(figure)


def _rgb(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
