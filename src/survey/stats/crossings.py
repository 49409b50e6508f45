"""How many respondents of each domain are at each level, for several groupings in one pass over them.

Respondents who are in the same domain of every grouping are counted together; a grouping's own counts
are a margin of that table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from survey.stats.arrays import Floats, Ints, crossing
from survey.stats.products import Grouping

#: Cells of a crossing, with those that nobody is in.
CELLS = 2**16


@dataclass(frozen=True, slots=True)
class Crossing:
    """Respondents by their domains in some groupings.

    Attributes
    ----------
    pattern : (n,) int, which domains they are in; membership : (D, patterns) 1 where a domain is among them
    """

    pattern: Ints = field(repr=False)
    membership: Floats = field(repr=False)

    @classmethod
    def all_of(cls, groupings: Sequence[Grouping]) -> Iterator[Crossing]:
        """The groupings, in order, in as few crossings as cells allow."""
        together: list[Grouping] = []
        for g in groupings:
            if together and np.prod([t.size + 1.0 for t in (*together, g)]) > min(CELLS, len(g.code)):
                yield cls._of(together)
                together = []
            together.append(g)
        if together:
            yield cls._of(together)

    @classmethod
    def _of(cls, groupings: Sequence[Grouping]) -> Crossing:
        pattern, held = crossing([g.code for g in groupings], [g.size for g in groupings])
        domains = [np.equal(code, np.arange(g.size)[:, None]) for code, g in zip(held.T, groupings, strict=True)]
        return cls(pattern, np.concatenate(domains).astype(np.float64))

    def count(self, variable: Grouping) -> Floats:
        """Respondents at each level of a variable, (D, K), over the domains of all groupings."""
        levels = variable.size + 1
        cell = self.pattern * levels
        cell += variable.code
        cell += 1
        table = np.bincount(cell, minlength=self.membership.shape[1] * levels).reshape(-1, levels)
        found: Floats = self.membership @ table[:, 1:].astype(np.float64)
        return found
