"""Columns of the file → base weights and stages of sampling, or every reason why they cannot be.

All problems are collected in the list that the caller passes and raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.design import Codes, Floats, Places, Stage
from survey.core.sampling import DesignSpec
from survey.errors import Problem


class Drawn(Protocol):
    """Respondents as their sampling design sees them; `core.wave.Cleaned` is one."""

    @property
    def design_columns(self) -> pd.DataFrame: ...

    @property
    def rows(self) -> pd.Index: ...


@dataclass(frozen=True, slots=True)
class DesignColumns:
    """The design's columns, as many as can be read, of respondents whose answers are not clean."""

    design_columns: pd.DataFrame = field(repr=False)
    rows: pd.Index = field(repr=False)


def problems_of(drawn: Drawn, design: DesignSpec, file: str) -> list[Problem]:
    """Why weights and stages cannot be made of the columns that are there; what is not there is left out."""
    there, staged = set(drawn.design_columns), {*design.strata, *design.psus, *design.fpcs}
    found: list[Problem] = []
    if len(drawn.rows) and design.weight in there:
        base_weights(drawn, design, file, found)
    if len(drawn.rows) and staged and staged <= there:
        stages_of(drawn, design, file, found)
    return found


def base_weights(drawn: Drawn, design: DesignSpec, file: str, problems: list[Problem]) -> Floats:
    """Weights as the file gives them, (n,); 1 where the study names none."""
    n = len(drawn.rows)
    if design.weight is None:
        return np.ones(n)
    weight = as_number(drawn.design_columns[design.weight])
    if bad := unusable(weight, drawn.rows):
        problems.append(unusable_weights(bad, n, design.weight, file))
    return weight


def unusable(weight: Floats, rows: pd.Index) -> list[int]:
    """Source rows of weights that are missing, zero, negative or infinite."""
    return rows[~(np.isfinite(weight) & (weight > 0))].astype(int).tolist()


def unusable_weights(rows: Sequence[int], n: int, column: str, file: str) -> Problem:
    """The problem of weights in these source rows, of n."""
    return Problem(
        file,
        rows[0],
        column,
        f"{len(rows)} of {n} weights that are missing, zero, negative or infinite",
        "a positive number in every row",
        "Leave rows out that were not in the sample with `where`, or correct the weights.",
    )


def as_number(column: pd.Series) -> Floats:
    """A column as numbers, (n,) float; NaN where it holds none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    found = pd.to_numeric(column, errors="coerce")
    return found.to_numpy(dtype=float, na_value=np.nan)


def stages_of(
    drawn: Drawn, design: DesignSpec, file: str, problems: list[Problem], members: Codes | None = None
) -> tuple[Stage, ...]:
    """Stages of sampling, outermost first; at least one.

    Parameters
    ----------
    members : respondents that each row of `drawn` stands for, where alike ones were taken together
    """
    n, frame = len(drawn.rows), drawn.design_columns
    depth = max(len(design.psus), len(design.strata), len(design.fpcs), 1)
    stages: list[Stage] = []
    parent = np.zeros(n, dtype=np.intp)
    for at in range(depth):
        columns = [("stratum", design.strata), ("psu", design.psus), ("fpc", design.fpcs)]
        used = {role: names[at] for role, names in columns if at < len(names)}
        for role in ("stratum", "psu", "fpc"):
            if role in used:
                _refuse_empty(drawn, frame[used[role]], used[role], role, members, file, problems)
        stratum = _nested(parent, frame[used["stratum"]] if "stratum" in used else None)
        unit = _nested(stratum, frame[used["psu"]]) if "psu" in used else np.arange(n, dtype=np.intp)
        unit = _in_order_of(stratum, unit)
        sampled = _units_by_stratum(stratum, unit, None if "psu" in used else members)[stratum]
        size = _population_units(drawn, used.get("fpc"), stratum, sampled, file, problems)
        if at == 0:
            _refuse_lonely(drawn, stratum, sampled, size, used, design, file, problems)
            of_first = sampled
        stages.append(Stage(stratum, unit, size))
        parent = unit
    if not problems:
        _refuse_census(drawn, stages, of_first, design, file, problems)
    return tuple(stages)


def places_of(drawn: Drawn, design: DesignSpec) -> Places | None:
    """First-stage strata and units by numbers that are the same in every wave; None where none are named."""
    if not design.strata and not design.psus:
        return None
    frame = drawn.design_columns
    whole = pd.Series("", index=frame.index, dtype="string")
    stratum = frame[design.strata[0]].astype("string") if design.strata else whole
    unit = _numbers(stratum + "\0" + frame[design.psus[0]].astype("string")) if design.psus else None
    return Places(_numbers(stratum), unit)


def _numbers(names: pd.Series) -> NDArray[np.int64]:
    """A number a name, the same wherever the name stands; a digest, no secret to who knows the names."""
    codes, each = pd.factorize(names)
    digests = [blake2b(str(name).encode(), digest_size=8).digest() for name in each]
    return np.array([int.from_bytes(d, "big", signed=True) for d in digests], dtype=np.int64)[codes]


def _nested(parent: Codes, column: pd.Series | None) -> Codes:
    if column is None:
        return parent
    keys = pd.factorize(column.astype("string"), sort=True)[0]
    return pd.factorize(pd.MultiIndex.from_arrays([parent, keys]), sort=True)[0].astype(np.intp)


def _in_order_of(stratum: Codes, unit: Codes) -> Codes:
    """The same units with codes that rise with their stratum."""
    first = np.zeros(int(unit.max()) + 1 if len(unit) else 0, dtype=np.intp)
    first[unit] = stratum
    rank = np.empty_like(first)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[unit]


def _units_by_stratum(stratum: Codes, unit: Codes, members: Codes | None) -> Codes:
    """(H,) units of each stratum; where units are respondents, a row stands for `members` of them."""
    first = np.unique(unit, return_index=True)[1]
    return np.bincount(stratum[first], None if members is None else members[first]).astype(np.intp)


def _refuse_empty(
    drawn: Drawn,
    column: pd.Series,
    name: str,
    role: str,
    members: Codes | None,
    file: str,
    problems: list[Problem],
) -> None:
    empty = np.flatnonzero(column.isna().to_numpy())
    counts = np.ones(len(column), dtype=np.intp) if members is None else members
    if len(empty):
        problems.append(
            Problem(
                file,
                int(drawn.rows[empty[0]]),
                name,
                f"{counts[empty].sum()} of {counts.sum()} rows without a {role}",
                f"a {role} in every row",
                "Complete the column, or leave those rows out with `where`.",
            )
        )


def _population_units(
    drawn: Drawn, name: str | None, stratum: Codes, sampled: Codes, file: str, problems: list[Problem]
) -> Floats:
    if name is None:
        return np.full(len(stratum), np.inf)
    size = as_number(drawn.design_columns[name])
    bad = np.flatnonzero(~(size >= sampled))
    if len(bad):
        at = bad[0]
        problems.append(
            Problem(
                file,
                int(drawn.rows[at]),
                name,
                f"an fpc of {size[at]:g} where the sample holds {sampled[at]} units of the stratum",
                "the number of units in the population, at least the sample's",
                "Give counts, not sampling fractions.",
            )
        )
    uneven = pd.Series(size).groupby(stratum).nunique().gt(1)
    if uneven.any():
        row = int(drawn.rows[np.flatnonzero(stratum == uneven.idxmax())[0]])
        problems.append(
            Problem(file, row, name, "more than one fpc in a stratum", "one number of units for all rows of a stratum")
        )
    return size


def _refuse_lonely(
    drawn: Drawn,
    stratum: Codes,
    sampled: Codes,
    size: Floats,
    used: Mapping[str, str],
    design: DesignSpec,
    file: str,
    problems: list[Problem],
) -> None:
    if design.lonely_psu != "fail" or design.sampling != "probability":
        return
    alone = np.flatnonzero((sampled == 1) & ~(size <= 1))
    if len(alone):
        strata = len(np.unique(stratum[alone]))
        problems.append(
            Problem(
                file,
                int(drawn.rows[alone[0]]),
                used.get("stratum", used.get("psu")),
                f"{strata} stratum(s) with a single sampling unit",
                "two or more in every stratum (lonely_psu: fail)",
                "Merge strata, or set lonely_psu to adjust, average or certainty.",
            )
        )


def _refuse_census(
    drawn: Drawn, stages: Sequence[Stage], sampled: Codes, design: DesignSpec, file: str, problems: list[Problem]
) -> None:
    if len(stages) > 1 or not np.isfinite(stages[0].size).any():
        return
    whole = np.flatnonzero(sampled >= stages[0].size)
    if len(whole):
        problems.append(
            Problem(
                file,
                int(drawn.rows[whole[0]]),
                design.fpcs[0],
                f"all {sampled[whole[0]]} sampling units of a stratum in the sample, and no further stage",
                "a sample of the units, or a second stage",
                "Declare the next stage in `psu`, or make these units strata.",
            )
        )
