"""Answers to ordinal items as distinct patterns with their counts, and the tables made of them.

Everything about ordinal items is a function of these counts; a survey of a hundred thousand answers
to five items is at most a few thousand patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints, weighted_sums

#: Rows that are spread into 0/1 columns at once.
BLOCK = 20_000


@dataclass(frozen=True, slots=True)
class Patterns:
    """m distinct patterns of answers to k ordinal items.

    Attributes
    ----------
    level : (m, k) int, from 0; −1 where the answer is missing
    count : (m,) float, respondents with the pattern
    categories : (k,) int, levels of each item
    """

    level: Ints = field(repr=False)
    count: Floats = field(repr=False)
    categories: Ints

    @property
    def n(self) -> float:
        """Respondents."""
        return float(self.count.sum())

    @property
    def complete(self) -> Patterns:
        """The patterns without a missing answer."""
        held = (self.level >= 0).all(axis=1)
        return Patterns(self.level[held], self.count[held], self.categories)

    def items(self, kept: Ints | Bools) -> Patterns:
        """The patterns of some of the items, not made distinct again."""
        return replace(self, level=self.level[:, kept], categories=self.categories[kept])

    def margins(self) -> Floats:
        """(k, K) respondents at each level of each item; K = most categories."""
        k, most = self.level.shape[1], int(self.categories.max())
        cell = np.arange(k) * (most + 1) + self.level + 1
        weight = np.repeat(self.count, k)
        return weighted_sums(cell.ravel(), weight, k * (most + 1)).reshape(k, -1)[:, 1:]

    def tables(self) -> Floats:
        """(k, k, K, K) two-way counts of every two items over the respondents who answered both."""
        k, most = self.level.shape[1], int(self.categories.max())
        found = np.zeros((k * most, k * most))
        for start in range(0, len(self.level), BLOCK):
            rows = slice(start, start + BLOCK)
            shown = (self.level[rows, :, None] == np.arange(most)).reshape(-1, k * most).astype(float)
            found += (shown * self.count[rows, None]).T @ shown
        return np.ascontiguousarray(found.reshape(k, most, k, most).transpose(0, 2, 1, 3))


def patterns(items: Floats, count: Floats | None = None) -> Patterns:
    """Distinct patterns of answers, each item's levels numbered in ascending order of those that occur.

    Parameters
    ----------
    items : (n, k) answers, already reverse-scored; NaN where missing
    count : (n,) respondents of each row; None: one each
    """
    level = np.full(items.shape, -1, dtype=np.intp)
    categories = np.zeros(items.shape[1], dtype=np.intp)
    for j, item in enumerate(items.T):
        valid = np.isfinite(item)
        codes, level[valid, j] = np.unique(item[valid], return_inverse=True)
        categories[j] = len(codes)
    return distinct(level, np.ones(len(items)) if count is None else count, categories)


def distinct(level: Ints, count: Floats, categories: Ints) -> Patterns:
    """Patterns with equal rows of `level`, (n, k), put together and their counts added."""
    narrow = np.ascontiguousarray(level.astype(np.int16))
    keys = narrow.view(np.dtype((np.void, narrow.dtype.itemsize * narrow.shape[1]))).ravel()
    _, first, row = np.unique(keys, return_index=True, return_inverse=True)
    return Patterns(level[first], weighted_sums(row.astype(np.intp), count, len(first)), categories)


def by_group(items: Floats, group: Ints, groups: int) -> list[Patterns]:
    """Patterns of each of `groups` groups, levels numbered over all of them together.

    Parameters
    ----------
    items : as in `patterns`; group : (n,) int, from 0; −1 where the group is not known
    """
    everyone = patterns(np.column_stack([items, group]))
    level, own = everyone.level[:, :-1], np.unique(group)[everyone.level[:, -1]]
    held = [own == g for g in range(groups)]
    return [Patterns(level[at], everyone.count[at], everyone.categories[:-1]) for at in held]
