"""Covariates of a regression over a domain: centred, scaled, checked.

Fits run on standardised covariates, so that a birth year beside a dummy costs no digits. What cannot
be fitted is refused here, all columns at once; a problem's `column` is the covariate's index from 0,
to which the caller gives its name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey.errors import DesignError, Problem
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.sampling import Sampling

#: Variance of a standardised column beyond the columns before it, below which it is one of their sums.
COLLINEAR = 1e-12
#: Standard deviation of a constant column over its size: the rounding of its mean.
CONSTANT = 1e-10


@dataclass(frozen=True, slots=True)
class Covariates:
    """Covariates of the r respondents that a regression uses.

    Attributes
    ----------
    used : (n,) bool; rows : (r,) int, which respondents
    weight : (r,) float, their weights over the weights' mean
    z : (r, p) float, weighted mean 0 and variance 1
    centre, scale : (p,) float, of the covariates as given
    design_df : PSUs minus strata that hold one of them; the rank of their replicate weights, less one
    """

    used: Bools = field(repr=False)
    rows: Ints = field(repr=False)
    weight: Floats = field(repr=False)
    z: Floats = field(repr=False)
    centre: Floats
    scale: Floats
    design_df: int

    @property
    def df(self) -> float:
        """Degrees of freedom left by the p slopes. R: ``svyglm(...)$df.residual``."""
        return float(self.design_df - self.z.shape[1])


def covariates(x: Floats, used: Bools, sampling: Sampling) -> Covariates:
    """Standardised covariates of the respondents in `used`, (n,) bool, from (n, p) finite ones.

    Raises
    ------
    DesignError
        Nobody to fit; a column that does not vary or is a sum of columns before it; more slopes
        than the sampling units can tell apart.
    """
    rows = np.flatnonzero(used)
    if not len(rows):
        raise DesignError("no respondent of the domain has an answer and every covariate")
    weight = sampling.weight[rows] / sampling.weight[rows].mean()
    kept = x[rows]
    centre = weight @ kept / len(rows)
    z = kept - centre
    scale = np.sqrt(np.einsum("r,rp,rp->p", weight, z, z) / len(rows))
    constant = scale <= CONSTANT * np.abs(centre)
    z /= np.where(constant, 1.0, scale)
    _refuse_columns((z * weight[:, None]).T @ z / len(rows), constant)
    found = Covariates(used, rows, weight, z, centre, scale, _design_df(used, sampling))
    _refuse_df(found)
    return found


def _design_df(used: Bools, sampling: Sampling) -> int:
    if (r := sampling.replicates) is not None:
        return r.df(np.bincount(r.pattern[used], minlength=len(r.rows)) > 0)
    psus = int(used.sum()) if sampling.elementwise else _distinct(sampling.psu[used])
    return psus - _distinct(sampling.stratum[used])


def _distinct(code: Ints) -> int:
    return int(np.count_nonzero(np.bincount(code)))


def _refuse_columns(correlation: Floats, constant: Bools) -> None:
    rest, problems = correlation.copy(), []
    for j in range(len(rest)):
        if constant[j]:
            problems.append(
                Problem(column=str(j), found="a covariate with one value in the domain", hint="Leave it out.")
            )
        elif rest[j, j] < COLLINEAR:
            problems.append(
                Problem(column=str(j), found="a covariate that the ones before it add up to", hint="Leave one out.")
            )
        else:  # what the columns after this one hold beyond it
            rest -= np.outer(rest[:, j], rest[j]) / rest[j, j]
    if problems:
        raise DesignError(problems)


def _refuse_df(covariates: Covariates) -> None:
    if covariates.df < 1:
        raise DesignError(
            Problem(
                found=f"{covariates.z.shape[1]} covariates and {covariates.design_df} degrees of freedom "
                "(sampling units minus strata with an answer)",
                expected="more degrees of freedom than covariates",
                hint="Leave covariates out or merge their levels.",
            )
        )
