"""Weighted sums by part × domain × column as products of matrices.

With G the respondents' membership in D domains, W their weights and X their K columns, the sums of one
part (a sampling unit, a crossing of margins) are GᵀWX over its rows. All domains and all columns of many
variables come from one pass over the rows, a block at a time, so that neither G nor X is ever held whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints

#: Numbers of a block's columns: as many as a processor's cache holds.
BLOCK = 2**20
MIN_ROWS = 256

Rows: TypeAlias = "slice | Ints"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Disjoint domains: (n,) code of each respondent's domain, −1 for none; and how many there are."""

    code: Ints = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Rows by the part they lie in.

    Attributes
    ----------
    order : (n,) int that brings the rows of a part together; None where they already lie so
    first : (parts + 1,) int, where each part starts
    """

    order: Ints | None = field(repr=False)
    first: Ints = field(repr=False)

    @classmethod
    def of(cls, part: Ints, parts: int) -> Partition:
        """From the part of each row, (n,), 0..parts−1."""
        first = np.concatenate([[0], np.cumsum(np.bincount(part, minlength=parts))]).astype(np.intp)
        if (part[1:] >= part[:-1]).all():
            return cls(None, first)
        # Numbers of two bytes are sorted by radix, ten times faster.
        key = part.astype(np.uint16) if parts <= 2**16 else part
        return cls(np.argsort(key, kind="stable"), first)

    @classmethod
    def whole(cls, n: int) -> Partition:
        """All n rows as one part."""
        return cls(None, np.array([0, n], dtype=np.intp))

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def rows(self) -> int:
        """Rows in all parts together."""
        return int(self.first[-1])

    def blocks(self, size: int) -> Iterator[tuple[Rows, list[tuple[int, int, int]]]]:
        """Rows of each block, and the parts in it: which, and from where to where within the block."""
        first, part = self.first.tolist(), 0
        for start in range(0, self.rows, size):
            stop = min(start + size, self.rows)
            pieces = []
            while part < len(self) and first[part] < stop:
                pieces.append((part, max(first[part] - start, 0), min(first[part + 1], stop) - start))
                if first[part + 1] > stop:
                    break
                part += 1
            yield (slice(start, stop) if self.order is None else self.order[start:stop]), pieces


class Columns(Protocol):
    """K numbers of each respondent, made a block at a time."""

    @property
    def size(self) -> int:
        """How many columns, K."""

    def fill(self, rows: Rows, out: Floats) -> None:
        """Write the columns of the rows to `out`, (K, r)."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The indicator of each level of some variables: (n,) codes, −1 without a level, and how many there are."""

    variables: Sequence[Grouping]

    @property
    def size(self) -> int:
        """Levels of all variables."""
        return sum(v.size for v in self.variables)

    def fill(self, rows: Rows, out: Floats) -> None:
        """Write the indicators of the rows."""
        start = 0
        for v in self.variables:
            levels = np.arange(v.size, dtype=v.code.dtype)[:, None]
            np.equal(v.code[rows], levels, out=out[start : start + v.size])
            start += v.size


@dataclass(frozen=True, slots=True)
class Deviations:
    """1, y − centre and (y − centre)² of some numbers, (n,) each; 0 where a number is missing."""

    numbers: Sequence[Floats]
    centres: Sequence[float]

    @property
    def size(self) -> int:
        """Three for each number."""
        return 3 * len(self.numbers)

    def fill(self, rows: Rows, out: Floats) -> None:
        """Write the deviations of the rows."""
        for at, (number, centre) in enumerate(zip(self.numbers, self.centres, strict=True)):
            one, apart, square = out[3 * at : 3 * at + 3]
            np.subtract(number[rows], centre, out=apart)
            np.isfinite(apart, out=one)
            np.copyto(apart, 0.0, where=one == 0)
            np.multiply(apart, apart, out=square)


@dataclass(frozen=True, slots=True)
class Given:
    """1 and given columns, (n, K), of the rows that are `valid`, (n,) bool; 0 elsewhere."""

    columns: Floats
    valid: Bools

    @property
    def size(self) -> int:
        """One more than was given."""
        return 1 + int(self.columns.shape[1])

    def fill(self, rows: Rows, out: Floats) -> None:
        """Write the columns of the rows."""
        out[0] = self.valid[rows]
        out[1:] = np.where(self.valid[rows], self.columns[rows].T, 0.0)


def sums_by_part(parts: Partition, weight: Floats, groupings: Sequence[Grouping], columns: Columns) -> Floats:
    """Weighted sums, (D, parts, K), over the domains of all groupings, in order."""
    membership, k = Levels(groupings), columns.size
    size = min(max(BLOCK // max(k, membership.size), MIN_ROWS), max(parts.rows, 1))
    out = np.zeros((len(parts), membership.size, k))  # a part's sums lie together: they are written once
    domains, values = np.empty((membership.size, size)), np.empty((k, size))
    for rows, pieces in parts.blocks(size):
        w = weight[rows]
        d, x = domains[:, : len(w)], values[:, : len(w)]
        membership.fill(rows, d)
        d *= w
        columns.fill(rows, x)
        for part, start, stop in pieces:
            out[part] += d[:, start:stop] @ x[:, start:stop].T
    return out.transpose(1, 0, 2)
