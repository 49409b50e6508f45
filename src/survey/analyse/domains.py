"""Domains: everyone, each level of a group, each cell of a crossing, as codes and as names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.core.wave import Wave
from survey.errors import Problem, SurveyError
from survey.stats.tally import Grouping


@dataclass(frozen=True, slots=True)
class DomainNames:
    """Names of D domains in the estimates table's words; None where a cell of the key is unused."""

    by: np.ndarray
    by_level: np.ndarray
    by2: np.ndarray
    by2_level: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """The four key columns."""
        return {"by": self.by, "by_level": self.by_level, "by2": self.by2, "by2_level": self.by2_level}


def groupings(
    wave: Wave, groups: Sequence[str], cross: Sequence[tuple[str, str]]
) -> tuple[tuple[Grouping, ...], DomainNames]:
    """Everyone, then `groups`, then `cross`, with the names of all their domains in the same order.

    A respondent without an answer to the group is in none of its domains; levels nobody chose are
    domains of nobody.
    """
    everyone = Grouping(np.zeros(len(wave.frame), dtype=np.intp), 1)
    codes: list[Grouping] = [everyone]
    keys: list[tuple[str | None, str | None, str | None, str | None]] = [(None, None, None, None)]
    for name in groups:
        if name not in wave.frame:
            continue
        one, levels = group_codes(wave, name)
        codes.append(one)
        keys += [(name, level, None, None) for level in levels]
    for first, second in cross:
        if first not in wave.frame or second not in wave.frame:
            continue
        (a, a_levels), (b, b_levels) = group_codes(wave, first), group_codes(wave, second)
        both = np.where((a.code >= 0) & (b.code >= 0), a.code * b.size + b.code, -1)
        codes.append(Grouping(both, a.size * b.size))
        keys += [(first, x, second, y) for x in a_levels for y in b_levels]
    columns = np.array(keys, dtype=object).reshape(-1, 4)
    return tuple(codes), DomainNames(*columns.T)


def group_codes(wave: Wave, name: str) -> tuple[Grouping, tuple[str, ...]]:
    """Codes of one group's levels, in the instrument's order, and the levels as text."""
    variable = wave.instrument.variable(name)
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
    code = wave.answers(name).cat.codes.to_numpy().astype(np.intp)
    return Grouping(code, len(variable.levels)), tuple(v.key for v in variable.levels)
