"""How well a factor model reproduces the moments it was fitted to: the indices that reports print.

References
----------
Bentler, P. M. (1990). Comparative fit indexes in structural models. Psychological Bulletin 107, 238-246.
Steiger, J. H. (1990). Structural model evaluation and modification. Multivariate Behavioral Research 25, 173-180.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, chndtr, chndtrinc

#: Level of the interval that is printed beside RMSEA: its bounds are the tests of close and of poor fit at 5 %.
RMSEA_LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A test statistic that is chi-square with `df` degrees of freedom where the model holds."""

    statistic: float
    df: int

    @property
    def excess(self) -> float:
        """Statistic beyond its expectation, not below 0."""
        return max(self.statistic - self.df, 0.0)

    @property
    def p_value(self) -> float:
        """Upper tail; NaN for a model without degrees of freedom."""
        return float(chdtrc(self.df, self.statistic)) if self.df > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Fit:
    """Fit of one model; NaN where it is not defined.

    Attributes
    ----------
    chi2 : of the model against any moments; robust where the estimator is
    cfi, tli : against the model of unrelated items
    rmsea, rmsea_low, rmsea_high : misfit a degree of freedom and its 90 % interval; a saturated model has 0
    srmr : root mean square residual correlation
    """

    chi2: ChiSquare
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmr: float


def fit(model: ChiSquare, unrelated: ChiSquare, size: float, srmr: float, groups: int = 1) -> Fit:
    """Indices of a model from its test and that of unrelated items.

    Parameters
    ----------
    size : respondents by which the discrepancy was multiplied to give the statistic
    groups : RMSEA is multiplied by its root (Steiger 1998)
    """
    worst = max(unrelated.excess, model.excess)
    cfi = 1 - model.excess / worst if worst > 0 else 1.0
    per_df = np.sqrt(groups / (size * model.df)) if model.df > 0 else 0.0
    low, high = _noncentrality(model)
    return Fit(
        model,
        cfi,
        _tucker_lewis(model, unrelated),
        float(per_df * np.sqrt(model.excess)),
        float(per_df * np.sqrt(low)),
        float(per_df * np.sqrt(high)),
        srmr,
    )


def _tucker_lewis(model: ChiSquare, unrelated: ChiSquare) -> float:
    if not model.df or unrelated.statistic == unrelated.df:
        return 1.0 if not model.df else float("nan")
    own = (model.statistic - model.df) / model.df
    return 1 - own / ((unrelated.statistic - unrelated.df) / unrelated.df)


def _noncentrality(model: ChiSquare) -> tuple[float, float]:
    """Interval of the noncentrality parameter; NaN where the statistic is, 0 for a saturated model."""
    if not model.df:
        return 0.0, 0.0
    x, df, tail = model.statistic, model.df, (1 - RMSEA_LEVEL) / 2
    low, high = (float(chndtrinc(x, df, p)) if chndtr(x, df, 0.0) > p else 0.0 for p in (1 - tail, tail))
    return (low, high) if np.isfinite(x) else (float("nan"), float("nan"))
