"""Replicate weights of a wave: columns of the file, or made from strata and units."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from survey.core.design import Floats, ReplicateWeights, Stage
from survey.core.sampling import ReplicateSpec
from survey.core.wave import Cleaned
from survey.errors import DesignError, Problem
from survey.prepare.sample import as_number
from survey.stats.replicate import made


def replicate_weights(
    cleaned: Cleaned,
    spec: ReplicateSpec,
    stage: Stage,
    base: Floats,
    seed: int,
    calibrated: Callable[[Floats], Floats],
    file: str,
) -> ReplicateWeights:
    """Whole replicate weights, each calibrated as the final weight is.

    Parameters
    ----------
    stage : first stage of sampling, from which replicates are made where the file brings none
    base : (n,) weights before calibration
    calibrated : base replicate weights, (n, R) → calibrated ones

    Raises
    ------
    DesignError
        No column matches, a cell is no weight, or `rscales` are not one a replicate.
    """
    if spec.columns is None:
        factors = made(spec.type, _stratum_of_unit(stage), spec.number, spec.rho, seed)
        weight = calibrated(base[:, None] * factors.factor.T[stage.unit])
        return ReplicateWeights(weight, spec.type, factors.scale, tuple(factors.rscale), spec.rho, spec.mse)
    weight = _columns(cleaned, spec, file)
    if not spec.combined:
        weight = weight * base[:, None]
    if spec.rscales and len(spec.rscales) != weight.shape[1]:
        found, expected = f"{len(spec.rscales)} rscales", f"{weight.shape[1]}, one a replicate"
        raise DesignError(Problem("study.yaml", None, "design.replicates.rscales", found, expected))
    return ReplicateWeights(calibrated(weight), spec.type, spec.scale, spec.rscales, spec.rho, spec.mse)


def _stratum_of_unit(stage: Stage) -> np.ndarray:
    out = np.zeros(int(stage.unit.max()) + 1, dtype=np.intp)
    out[stage.unit] = stage.stratum
    return out


def _columns(cleaned: Cleaned, spec: ReplicateSpec, file: str) -> Floats:
    assert spec.columns is not None
    pattern = re.compile(spec.columns)
    names = sorted((str(c) for c in cleaned.design_columns if pattern.fullmatch(str(c))), key=_by_number)
    if len(names) < 2:
        found = f"{len(names)} column(s) that match {spec.columns!r}"
        hint = 'The expression must match whole names, as "repw[0-9]+".'
        raise DesignError(Problem(file, None, "design.replicates.columns", found, "two or more", hint))
    problems, weights = [], []
    for name in names:
        weight = as_number(cleaned.design_columns[name])
        bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
        if len(bad):
            found = f"{len(bad)} replicate weights that are missing, negative or infinite"
            problems.append(Problem(file, int(cleaned.rows[bad[0]]), name, found, "a number, 0 or more, in every row"))
        weights.append(weight)
    if problems:
        raise DesignError(problems)
    return np.column_stack(weights)


def _by_number(name: str) -> tuple[int, str]:
    digits = re.search(r"\d+", name)
    return (int(digits[0]) if digits else 0, name)
