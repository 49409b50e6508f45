"""Answer levels that are put together, in all groups alike, because a group left one of them empty.

A threshold between two levels can only be compared where both have answers in every group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from survey.stats.arrays import Floats, Ints
from survey.stats.patterns import Patterns, distinct


def merged_levels(count: Floats) -> Ints:
    """New number of each level of one item, (K,), so that every group has answers at every new level.

    A level that a group left empty joins its neighbour towards the middle of the scale.

    Parameters
    ----------
    count : (G, K) answers of each group at each level
    """
    cells = [[a] for a in range(count.shape[1])]
    middle = (count.shape[1] - 1) / 2
    while len(cells) > 1:
        empty = [i for i, cell in enumerate(cells) if (count[:, cell].sum(axis=1) == 0).any()]
        if not empty:
            break
        at = empty[0]
        inward = at + 1 if at == 0 or (at < len(cells) - 1 and np.mean(cells[at]) < middle) else at - 1
        low, high = min(at, inward), max(at, inward)
        cells[low : high + 1] = [cells[low] + cells[high]]
    found = np.zeros(count.shape[1], dtype=np.intp)
    for number, cell in enumerate(cells):
        found[cell] = number
    return found


def merged_alike(groups: Sequence[Patterns]) -> tuple[list[Patterns], list[Ints]]:
    """The groups with merged levels, and the new number of each item's levels, (K,) an item.

    An item that nothing had to be merged for keeps its numbers, 0, 1, 2, …
    """
    margins = np.stack([group.margins() for group in groups])
    categories = groups[0].categories
    mapping = [merged_levels(margins[:, j, : categories[j]]) for j in range(len(categories))]
    left = np.array([m[-1] + 1 for m in mapping], dtype=np.intp)
    return [_renumbered(group, mapping, left) for group in groups], mapping


def _renumbered(group: Patterns, mapping: Sequence[Ints], categories: Ints) -> Patterns:
    level = np.column_stack(
        [np.where(group.level[:, j] >= 0, m[np.maximum(group.level[:, j], 0)], -1) for j, m in enumerate(mapping)]
    )
    if (categories == group.categories).all():
        return replace(group, level=level)
    return distinct(level, group.count, categories)
