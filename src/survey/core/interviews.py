"""Coded interviews: a codebook, and the passages to which coders gave its codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

SEGMENT_COLUMNS = ("document", "stage", "year", "code", "coder", "start", "end", "text")
CODEBOOK_COLUMNS = ("code", "frame", "parent", "description", "usable")
#: Names under which both travel from one stage to the next.
SEGMENTS, CODEBOOK = "segments", "codebook"


@dataclass(frozen=True, slots=True)
class CodebookEntry:
    """One code, or a heading over codes.

    Attributes
    ----------
    frame : the outermost heading over it, or itself.
    usable : whether passages can be given it; headings cannot.
    """

    name: str
    frame: str
    parent: str | None = None
    description: str = ""
    usable: bool = True


@dataclass(frozen=True)
class Interviews:
    """Codebook and coded segments.

    Attributes
    ----------
    codebook : columns `CODEBOOK_COLUMNS`, in the codebook's order.
    segments : columns `SEGMENT_COLUMNS`, one row a code that a coder gave to a passage. Positions count
        characters from 0, `end` is the first that no longer belongs to it. `text` holds no personal data
        that the scanner knows, and `coder` is a number.
    """

    codebook: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)

    @classmethod
    def of_facts(cls, facts: Mapping[str, pd.DataFrame]) -> Interviews | None:
        """The interviews among a wave's tables; None where there are none."""
        if SEGMENTS not in facts or CODEBOOK not in facts:
            return None
        return cls(facts[CODEBOOK], facts[SEGMENTS])

    @property
    def facts(self) -> dict[str, pd.DataFrame]:
        """The two tables by name."""
        return {CODEBOOK: self.codebook, SEGMENTS: self.segments}

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes that passages can be given, in the codebook's order."""
        return tuple(self.codebook.loc[self.codebook["usable"].astype(bool), "code"].astype(str))

    @property
    def coders(self) -> tuple[str, ...]:
        """Everybody who coded."""
        return tuple(sorted(self.segments["coder"].astype(str).unique()))
