"""Columns of the file → base weights and stages of sampling, or every reason why they cannot be.

All problems are collected in the list that the caller passes and raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from survey.core.design import Codes, Floats, Stage
from survey.core.study import DesignSpec
from survey.core.wave import Cleaned
from survey.errors import Problem


def base_weights(cleaned: Cleaned, design: DesignSpec, file: str, problems: list[Problem]) -> Floats:
    """Weights as the file gives them, (n,); 1 where the study names none."""
    n = len(cleaned.frame)
    if design.weight is None:
        return np.ones(n)
    weight = as_number(cleaned.design_columns[design.weight])
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight > 0)))
    if len(bad):
        problems.append(
            Problem(
                file,
                int(cleaned.rows[bad[0]]),
                design.weight,
                f"{len(bad)} of {n} weights that are missing, zero, negative or infinite",
                "a positive number in every row",
                "Leave rows out that were not in the sample with `where`, or correct the weights.",
            )
        )
    return weight


def as_number(column: pd.Series) -> Floats:
    """A column as numbers, (n,) float; NaN where it holds none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    found = pd.to_numeric(column, errors="coerce")
    return found.to_numpy(dtype=float, na_value=np.nan)


def stages_of(cleaned: Cleaned, design: DesignSpec, file: str, problems: list[Problem]) -> tuple[Stage, ...]:
    n, frame = len(cleaned.frame), cleaned.design_columns
    depth = max(len(design.psus), len(design.strata), len(design.fpcs), 1)
    stages: list[Stage] = []
    parent = np.zeros(n, dtype=np.intp)
    for at in range(depth):
        columns = [("stratum", design.strata), ("psu", design.psus), ("fpc", design.fpcs)]
        used = {role: names[at] for role, names in columns if at < len(names)}
        for role in ("stratum", "psu", "fpc"):
            if role in used:
                _refuse_empty(cleaned, frame[used[role]], used[role], role, file, problems)
        stratum = _nested(parent, frame[used["stratum"]] if "stratum" in used else None)
        unit = _nested(stratum, frame[used["psu"]]) if "psu" in used else np.arange(n, dtype=np.intp)
        unit = _in_order_of(stratum, unit)
        size = _population_units(cleaned, used.get("fpc"), stratum, unit, file, problems)
        _refuse_lonely(cleaned, stratum, unit, size, used, design, file, problems) if at == 0 else None
        stages.append(Stage(stratum, unit, size))
        parent = unit
    if not problems:
        _refuse_census(cleaned, stages, design, file, problems)
    return tuple(stages)


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


def _refuse_empty(
    cleaned: Cleaned, column: pd.Series, name: str, role: str, file: str, problems: list[Problem]
) -> None:
    empty = np.flatnonzero(column.isna().to_numpy())
    if len(empty):
        problems.append(
            Problem(
                file,
                int(cleaned.rows[empty[0]]),
                name,
                f"{len(empty)} of {len(column)} rows without a {role}",
                f"a {role} in every row",
                "Complete the column, or leave those rows out with `where`.",
            )
        )


def _population_units(
    cleaned: Cleaned, name: str | None, stratum: Codes, unit: Codes, file: str, problems: list[Problem]
) -> Floats:
    n = len(stratum)
    if name is None:
        return np.full(n, np.inf)
    size = as_number(cleaned.design_columns[name])
    sampled = np.array([len(np.unique(unit[stratum == h])) for h in range(int(stratum.max()) + 1)])[stratum]
    bad = np.flatnonzero(~(size >= sampled))
    if len(bad):
        at = bad[0]
        problems.append(
            Problem(
                file,
                int(cleaned.rows[at]),
                name,
                f"an fpc of {size[at]:g} where the sample holds {sampled[at]} units of the stratum",
                "the number of units in the population, at least the sample's",
                "Give counts, not sampling fractions.",
            )
        )
    uneven = pd.Series(size).groupby(stratum).nunique().gt(1)
    if uneven.any():
        row = int(cleaned.rows[np.flatnonzero(stratum == uneven.idxmax())[0]])
        problems.append(
            Problem(file, row, name, "more than one fpc in a stratum", "one number of units for all rows of a stratum")
        )
    return size


def _refuse_lonely(
    cleaned: Cleaned,
    stratum: Codes,
    unit: Codes,
    size: Floats,
    used: Mapping[str, str],
    design: DesignSpec,
    file: str,
    problems: list[Problem],
) -> None:
    if design.lonely_psu != "fail" or design.sampling != "probability" or not len(unit):
        return
    first = np.unique(unit, return_index=True)[1]
    alone = np.flatnonzero((np.bincount(stratum[first]) == 1)[stratum] & ~(size <= 1))
    if len(alone):
        strata = len(np.unique(stratum[alone]))
        problems.append(
            Problem(
                file,
                int(cleaned.rows[alone[0]]),
                used.get("stratum", used.get("psu")),
                f"{strata} stratum(s) with a single sampling unit",
                "two or more in every stratum (lonely_psu: fail)",
                "Merge strata, or set lonely_psu to adjust, average or certainty.",
            )
        )


def _refuse_census(
    cleaned: Cleaned, stages: Sequence[Stage], design: DesignSpec, file: str, problems: list[Problem]
) -> None:
    if len(stages) > 1 or not np.isfinite(stages[0].size).any():
        return
    stage = stages[0]
    sampled = np.bincount(stage.stratum[np.unique(stage.unit, return_index=True)[1]])[stage.stratum]
    whole = np.flatnonzero(sampled >= stage.size)
    if len(whole):
        problems.append(
            Problem(
                file,
                int(cleaned.rows[whole[0]]),
                design.fpcs[0],
                f"all {sampled[whole[0]]} sampling units of a stratum in the sample, and no further stage",
                "a sample of the units, or a second stage",
                "Declare the next stage in `psu`, or make these units strata.",
            )
        )
