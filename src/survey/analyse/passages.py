"""Passages of interviews and who gave them which code: the table that frequencies and agreement are read from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.core.interviews import Interviews
from survey.stats.arrays import Bools, Floats, Ints


@dataclass(frozen=True)
class Passages:
    """Passages in the order of the documents: spans of any coder that overlap are one passage.

    Attributes
    ----------
    segments : those of the interviews, in their order; unit : (n,) passage of each segment
    document : (units,) number of the document; documents : one row each: document, stage, year
    judged : (units, coders) whether the coder coded that document at all
    given : (units, coders, codes) whether the coder gave the code to a span of the passage
    """

    segments: pd.DataFrame = field(repr=False)
    unit: Ints = field(repr=False)
    document: Ints = field(repr=False)
    documents: pd.DataFrame = field(repr=False)
    codes: tuple[str, ...]
    judged: Bools = field(repr=False)
    given: Bools = field(repr=False)

    @property
    def anywhere(self) -> Bools:
        """Whether any coder gave the code, (units, codes)."""
        return np.asarray(self.given.any(axis=1))

    @property
    def doubly_judged(self) -> Bools:
        """Whether two coders or more read the passage's document, (units,)."""
        return np.asarray(self.judged.sum(axis=1) >= 2)

    @property
    def agreed(self) -> Bools:
        """Whether all who read the document gave the code, (units, codes); one reader agrees with himself."""
        return np.asarray((self.given | ~self.judged[:, :, None]).all(axis=1) & self.given.any(axis=1))

    def ratings(self, code: int) -> Floats:
        """1 given, 0 not, NaN by whom the document was not read, (units, coders)."""
        found: Floats = np.where(self.judged, self.given[:, :, code].astype(float), np.nan)
        return found


def passages(interviews: Interviews) -> Passages:
    """The passages of coded interviews."""
    segments, codes, coders = interviews.segments, interviews.codes, interviews.coders
    document, names = pd.factorize(segments["document"])
    unit = _units(document.astype(np.intp), segments["start"].to_numpy(np.int64), segments["end"].to_numpy(np.int64))
    of_coder = pd.Categorical(segments["coder"], categories=list(coders)).codes
    of_code = pd.Categorical(segments["code"], categories=list(codes)).codes
    size = int(unit.max(initial=-1)) + 1
    of_unit = np.zeros(size, dtype=np.intp)
    of_unit[unit] = document
    given = np.zeros((size, len(coders), len(codes)), dtype=bool)
    given[unit, of_coder, of_code] = True
    read = np.zeros((len(names), len(coders)), dtype=bool)
    read[document, of_coder] = True
    firsts = segments.drop_duplicates("document")[["document", "stage", "year"]].reset_index(drop=True)
    return Passages(segments, unit, of_unit, firsts, codes, read[of_unit], given)


def _units(document: Ints, start: np.ndarray, end: np.ndarray) -> Ints:
    """Number of the group of overlapping spans that each span is in; spans come sorted by document and start."""
    reach = pd.Series(end).groupby(document).cummax().shift(fill_value=0).to_numpy()
    opens = np.diff(document, prepend=-1) != 0
    return np.cumsum(opens | (start >= reach)) - 1
