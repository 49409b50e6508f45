"""Domains: everyone, each level of a group, each cell of a crossing, as codes and as names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from survey.core.counted import Breakdown
from survey.core.instrument import Instrument
from survey.core.wave import Wave
from survey.errors import Problem, SurveyError
from survey.stats.products import Grouping


@dataclass(frozen=True, slots=True)
class DomainNames:
    """Names of D domains in the estimates table's words; None where a cell of the key is unused."""

    by: np.ndarray
    by_level: np.ndarray
    by2: np.ndarray
    by2_level: np.ndarray

    @classmethod
    def of(cls, instrument: Instrument, breakdowns: Sequence[Breakdown]) -> DomainNames:
        """Names of all domains of `breakdowns`, in their order; levels nobody chose are among them."""
        keys: list[tuple[str | None, ...]] = []
        for names in breakdowns:
            levels = [group_levels(instrument, name) for name in names]
            for chosen in product(*levels):
                pairs = [part for pair in zip(names, chosen, strict=True) for part in pair]
                keys.append((*pairs, *[None] * (4 - len(pairs))))
        return cls(*np.array(keys, dtype=object).reshape(-1, 4).T)

    def columns(self) -> dict[str, np.ndarray]:
        """The four key columns."""
        return {"by": self.by, "by_level": self.by_level, "by2": self.by2, "by2_level": self.by2_level}

    def part(self, start: int, size: int) -> DomainNames:
        """The names of `size` domains from position `start`."""
        return DomainNames(*(c[start : start + size] for c in self.columns().values()))


def group_levels(instrument: Instrument, name: str) -> tuple[str, ...]:
    """Levels of a group as text, in the instrument's order.

    Raises
    ------
    SurveyError
        If the variable does not put each respondent into one of several levels.
    """
    variable = instrument.variable(name)
    if not variable.levels or variable.type == "multi":
        raise SurveyError(
            Problem(
                file="study.yaml",
                column="groups",
                found=f"{name!r} as a group, of type {variable.type}",
                expected="a question or derived variable with levels, one a respondent",
                hint="Derive one with `breaks` or `codes`.",
            )
        )
    return tuple(v.key for v in variable.levels)


def grouping(wave: Wave, names: Breakdown) -> Grouping:
    """Domain of each respondent; one without an answer to a group is in none of its domains."""
    code, size = np.zeros(len(wave.frame), dtype=np.intp), 1
    for name in names:
        levels = len(group_levels(wave.instrument, name))
        each = wave.answers(name).cat.codes.to_numpy().astype(np.intp)
        code = np.where((code >= 0) & (each >= 0), code * levels + each, -1)
        size *= levels
    return Grouping(code, size)
