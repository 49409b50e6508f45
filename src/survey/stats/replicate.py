"""Replicate weights: made from the design, or supplied, and the variance they carry.

References
----------
Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. JASA 83, 231-241.
Wolter, K. (2007). Introduction to Variance Estimation, 2nd ed. Springer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from survey.errors import DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.calibrate import Method, calibrate

Type = Literal["bootstrap", "jk1", "jkn", "brr", "fay"]
#: Singular values below this part of the largest are zero, as in R's degf of a replicate design.
RANK = 1e-5


@dataclass(frozen=True, slots=True)
class Factors:
    """Multipliers of the weights by PSU.

    Attributes
    ----------
    factor : (R, P) float; scale : of the sum of squares; rscale : (R,) of each replicate
    """

    factor: Floats
    scale: float
    rscale: Floats


@dataclass(frozen=True, slots=True)
class Replicates:
    """Replicate weights of n respondents.

    Attributes
    ----------
    weight : (n, R) float, whole weights
    scale : of the sum of squared deviations; rscale : (R,) of each replicate
    mse : deviations from the full-sample estimate, not from the replicates' mean
    pattern : (n,) int, respondents whose replicate weights are proportional; rows : (C, R) one of each
    """

    weight: Floats = field(repr=False)
    scale: float
    rscale: Floats = field(repr=False)
    mse: bool
    pattern: Ints = field(repr=False)
    rows: Floats = field(repr=False)

    @property
    def size(self) -> int:
        """Number of replicates."""
        return int(self.weight.shape[1])

    def covariance(self, estimates: Floats, full: Floats) -> Floats:
        """Covariance of J statistics, (J, J), from their replicates, (R, J), and full-sample values, (J,)."""
        centre = full if self.mse else estimates.mean(axis=0)
        e = (estimates - centre) * np.sqrt(self.scale * self.rscale)[:, None]
        found: Floats = e.T @ e
        return found

    def variance(self, estimates: Floats, full: Floats) -> Floats:
        """Variance of statistics of any shape from their replicates, (R, …)."""
        centre = full if self.mse else estimates.mean(axis=0)
        weight = (self.scale * self.rscale).reshape((-1,) + (1,) * full.ndim)
        found: Floats = (weight * (estimates - centre) ** 2).sum(axis=0)
        return found

    def df(self, present: Bools) -> int:
        """Rank − 1 of the replicate weights of the patterns that are present, (C,) bool."""
        rows = self.rows[present]
        return int(np.linalg.matrix_rank(rows, rtol=RANK)) - 1 if len(rows) else 0


def replicates(
    weight: Floats, base: Floats, type: Type, scale: float | None, rscale: Floats | None, rho: float, mse: bool
) -> Replicates:
    """Replicate weights with the scale of their type where none is declared.

    Parameters
    ----------
    weight : (n, R) whole replicate weights; base : (n,) the full-sample weight
    """
    count = weight.shape[1]
    rscale = np.ones(count) if rscale is None else rscale
    if scale is None:
        scale = {
            "brr": 1 / count,
            "fay": 1 / (count * (1 - rho) ** 2),
            "jk1": (count - 1) / count,
            "jkn": 1.0,
            "bootstrap": 1 / (count - 1),
        }[type]
    # Respondents of one PSU have proportional rows; rounding only tells apart what is not noise.
    relative = np.round(weight / base[:, None], 9)
    rows, pattern = np.unique(relative, axis=0, return_inverse=True)
    return Replicates(weight, scale, rscale, mse, pattern.reshape(-1), rows)


def made(type: Type, stratum_of_psu: Ints, number: int, rho: float, seed: int) -> Factors:
    """Multipliers of the PSUs' weights for replicates of a type.

    Raises
    ------
    DesignError
        BRR or Fay where a stratum does not have exactly two PSUs; a stratum with one PSU.
    """
    size = np.bincount(stratum_of_psu)
    if (size < 2).any():
        raise DesignError(f"{int((size < 2).sum())} stratum(s) hold one sampling unit: replicates need two or more.")
    if type == "bootstrap":
        return Factors(rao_wu(stratum_of_psu, number, seed), 1 / (number - 1), np.ones(number))
    if type in ("brr", "fay"):
        return _balanced(stratum_of_psu, rho if type == "fay" else 0.0)
    return _jackknife(stratum_of_psu, stratified=type == "jkn")


def rao_wu(stratum_of_psu: Ints, number: int, seed: int | np.random.Generator) -> Floats:
    """Bootstrap multipliers, (R, P): n_h − 1 PSUs drawn of n_h in each stratum, with replacement."""
    rng = np.random.default_rng(seed)
    out = np.zeros((number, len(stratum_of_psu)))
    for h in range(int(stratum_of_psu.max()) + 1):
        of_h = np.flatnonzero(stratum_of_psu == h)
        n = len(of_h)
        out[:, of_h] = rng.multinomial(n - 1, np.full(n, 1 / n), size=number) * (n / (n - 1))
    return out


def _jackknife(stratum_of_psu: Ints, stratified: bool) -> Factors:
    p = len(stratum_of_psu)
    if not stratified:
        return Factors((1 - np.eye(p)) * (p / (p - 1)), (p - 1) / p, np.ones(p))
    n = np.bincount(stratum_of_psu)[stratum_of_psu].astype(float)
    same = stratum_of_psu[:, None] == stratum_of_psu[None, :]
    factor = np.where(same, (n / (n - 1))[None, :], 1.0)
    np.fill_diagonal(factor, 0.0)
    return Factors(factor, 1.0, (n - 1) / n)


def _balanced(stratum_of_psu: Ints, rho: float) -> Factors:
    from scipy.linalg import hadamard  # 30 ms of import that only BRR needs

    size = np.bincount(stratum_of_psu)
    if (size != 2).any():
        raise DesignError(
            f"balanced replicates need two sampling units in every stratum; {int((size != 2).sum())} differ."
        )
    strata = len(size)
    order = 1 << int(np.ceil(np.log2(strata + 1)))
    sign = hadamard(order)[:, 1 : strata + 1].astype(float)
    first = np.zeros(len(stratum_of_psu))
    first[np.unique(stratum_of_psu, return_index=True)[1]] = 1.0
    chosen = np.where(first[None, :] == 1, sign[:, stratum_of_psu], -sign[:, stratum_of_psu])
    factor = 1 + chosen * (1 - rho)
    return Factors(factor, 1 / (order * (1 - rho) ** 2), np.ones(order))


def recalibrated(
    base: Floats,
    margins: Sequence[Ints],
    targets: Sequence[Floats],
    method: Method,
    bounds: tuple[float, float] | None,
    names: Sequence[str],
) -> Floats:
    """Each replicate's base weights, (n, R), calibrated to the same targets.

    A replicate without a respondent in a category leaves that category out of its calibration.
    """
    out = np.zeros_like(base)
    for r in range(base.shape[1]):
        used = np.flatnonzero(base[:, r] > 0)
        codes, goals = [], []
        for code, target in zip(margins, targets, strict=True):
            present, place = np.unique(code[used], return_inverse=True)
            codes.append(place.astype(np.intp))
            goals.append(target[present] * (target.sum() / target[present].sum()))
        out[used, r] = calibrate(base[used, r], codes, goals, method, bounds, names).weight
    return out
