"""Multilevel analysis of individual heterogeneity (MAIHDA) as an area model of intersectional strata.

The strata of a crossing of groups are areas: their design-weighted means with smoothed sampling
variances meet a model without covariates and one with the groups' main effects. No survey-weighted
mixed model of respondents is needed, and shrinkage knows the design. A is the number of strata.

References
----------
Evans, C. R. et al. (2018). A multilevel approach to modeling health inequalities at the intersection of
multiple social identities. Social Science & Medicine 203, 64-73.
Merlo, J. (2018). Multilevel analysis of individual heterogeneity and discriminatory accuracy (MAIHDA)
within an intersectional framework. Social Science & Medicine 203, 74-80.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey.errors import DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.smallarea import Direct, FayHerriot, fay_herriot

#: Sampling variances below this part of the squared means are rounding: answers do not vary.
ROUNDING = 1e-24


@dataclass(frozen=True, slots=True)
class StrataModel:
    """The two models of the strata that hold an answer.

    Attributes
    ----------
    used : (A,) bool, strata with an answer; the arrays of `null` and `main` run over these
    null, main : without covariates, and with the main effects of the crossed groups
    fitted : main effects' value of each stratum used
    within : variance of answers around their stratum's mean, pooled over the strata
    """

    used: Bools
    null: FayHerriot
    main: FayHerriot
    fitted: Floats = field(repr=False)
    within: float

    @property
    def vpc(self) -> float:
        """Share of the variance of answers that lies between strata."""
        return self.null.sigma2 / (self.null.sigma2 + self.within)

    @property
    def vpc_main(self) -> float:
        """The same share beyond the main effects."""
        return self.main.sigma2 / (self.main.sigma2 + self.within)

    @property
    def pcv(self) -> float:
        """Part of the variance between strata that the main effects take up; NaN where there is none."""
        return 1 - self.main.sigma2 / self.null.sigma2 if self.null.sigma2 > 0 else float("nan")


def strata_model(direct: Direct, levels: Ints) -> StrataModel:
    """Null and main-effects model of intersectional strata.

    Parameters
    ----------
    direct : of the A strata, smoothed as one, see `smallarea.smoothed`
    levels : (A, k) int, level of each stratum in each crossed group

    Raises
    ------
    DesignError
        No more strata than main effects; sampling variances that cannot be had.
    """
    used = direct.n > 0
    variance = direct.variance[used]
    size = float((direct.mean[used] ** 2).max(initial=0.0))
    if not (np.isfinite(variance) & (variance > ROUNDING * size)).all():
        raise DesignError("no stratum holds two sampling units, or answers do not vary within strata")
    x = main_effects(levels[used])
    null = fay_herriot(direct.mean[used], variance, x[:, :1])
    main = fay_herriot(direct.mean[used], variance, x)
    within = float((variance * direct.n[used])[0] / direct.deff)
    return StrataModel(used, null, main, x @ main.beta, within)


def main_effects(levels: Ints) -> Floats:
    """Intercept and dummies of every level that occurs but the first of each group."""
    columns = [np.ones(len(levels))]
    for level in levels.T:
        columns += [(level == k).astype(float) for k in np.unique(level)[1:]]
    return np.column_stack(columns)
