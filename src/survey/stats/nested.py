"""Whether a factor model of ordinal items loses by saying more: the difference of two nested models' χ².

The difference of two corrected statistics is no χ². The uncorrected ones are subtracted, and their
difference is scaled and shifted to the mean and variance that it has where the narrower model holds.

References
----------
Satorra, A. (2000). Scaled and adjusted restricted tests in multi-sample analysis of moment structures.
In: Innovations in multivariate statistical analysis. Kluwer.
Asparouhov, T. and Muthén, B. (2006). Robust chi square difference testing with mean and variance adjusted
test statistics. Mplus web notes 10.
Cheung, G. W. and Rensvold, R. B. (2002). Evaluating goodness-of-fit indexes for testing measurement invariance.
Structural Equation Modeling 9, 233-255.
Hu, L. and Bentler, P. M. (1999). Cutoff criteria for fit indexes in covariance structure analysis.
Structural Equation Modeling 6, 1-55.
Rönkkö, M. and Cho, E. (2022). An updated guideline for assessing discriminant validity.
Organizational Research Methods 25, 6-47.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from survey.stats.arrays import Bools, Floats
from survey.stats.fit import ChiSquare
from survey.stats.ordinal_cfa import one_group
from survey.stats.ordinal_model import Layout, OrdinalFit, fitted, slopes
from survey.stats.polychoric import OrdinalMoments

Decision = Literal["supported", "contradicted", "undecided"]

#: Singular values below this part of the largest are 0.
RANK = 1e-10


@dataclass(frozen=True, slots=True)
class Rule:
    """When one score is fair.

    Contradicted: the test of the difference rejects at `p_value`, one factor costs at least `delta_cfi` of CFI (Cheung
    and Rensvold) and some two factors correlate below `correlation`, their interval too (Rönkkö and Cho). Supported:
    otherwise, where one factor fits (`cfi`, `srmr`: Hu and Bentler) and either the test does not reject or no two
    factors correlate below `correlation`. Undecided: everything between.
    """

    p_value: float = 0.05
    delta_cfi: float = 0.010
    correlation: float = 0.90
    cfi: float = 0.95
    srmr: float = 0.08


RULE = Rule()


@dataclass(frozen=True, slots=True)
class Nested:
    """A model of several factors beside the one that says that they are one, and the test between them.

    Attributes
    ----------
    std_error : (m, m) float, of the factor correlations; 0 on the diagonal
    """

    several: OrdinalFit
    one: OrdinalFit
    std_error: Floats
    difference: ChiSquare

    @property
    def converged(self) -> bool:
        """Whether both models have an optimum."""
        return self.several.converged and self.one.converged

    @property
    def delta_cfi(self) -> float:
        """CFI that several factors gain."""
        return self.several.fit.cfi - self.one.fit.cfi


def one_against_several(moments: OrdinalMoments, pattern: Bools) -> Nested:
    """The (p, m) pattern with correlated factors, all its items on one factor, and what that costs.

    R: ``lavaan::lavTestLRT``, WLSMV. NaN where one of the two has no optimum.
    """
    used: Bools = np.logical_or.reduce(pattern, axis=1, keepdims=True)
    wide, narrow = one_group(moments, pattern), one_group(moments, used)
    several, one = fitted([moments], wide), fitted([moments], narrow)
    error = factor_errors(several)
    df = one.uncorrected.df - several.uncorrected.df
    if not (several.converged and one.converged and df > 0):
        return Nested(several, one, error, ChiSquare(float("nan"), df))
    plain = one.uncorrected.statistic - several.uncorrected.statistic
    first, second = _traces(moments, (wide, several.parameter), (narrow, one.parameter))
    factor = np.sqrt(df / second)
    return Nested(several, one, error, ChiSquare(float(plain * factor + df - factor * first), df))


def factor_errors(model: OrdinalFit) -> Floats:
    """(m, m) standard errors of the factor correlations of one group's model."""
    m = model.factor_correlation.shape[1]
    if not model.converged:
        return np.full((m, m), np.nan)
    first, second = np.triu_indices(m, 1)
    found = np.zeros((m, m))
    # Loadings come first among the parameters, then the correlations; thresholds, if any, last.
    start = int((model.loading[0] != 0).sum())
    found[first, second] = found[second, first] = model.std_error[start : start + len(first)]
    return found


def one_score(found: Nested, conf_level: float, rule: Rule = RULE) -> Decision | None:
    """What the data say to one score of all items; None where a model has no optimum."""
    if not found.converged:
        return None
    first, second = np.triu_indices(len(found.std_error), 1)
    correlation = found.several.factor_correlation[0][first, second]
    upper = correlation + ndtri((1 + conf_level) / 2) * found.std_error[first, second]
    rejected = found.difference.p_value < rule.p_value
    if rejected and found.delta_cfi >= rule.delta_cfi and upper.min() < rule.correlation:
        return "contradicted"
    fits = found.one.fit.cfi >= rule.cfi and found.one.fit.srmr <= rule.srmr
    return "supported" if fits and (not rejected or correlation.min() >= rule.correlation) else "undecided"


def _traces(moments: OrdinalMoments, wide: tuple[Layout, Floats], narrow: tuple[Layout, Floats]) -> tuple[float, float]:
    """Traces of UΓ and of its square, U being the restrictions' part of the weights: Satorra's letters."""
    slope, inner = slopes(*wide, moments)[0], slopes(*narrow, moments)[0]
    restriction = _complement(np.linalg.lstsq(slope, inner)[0])
    weighted = slope / np.diagonal(moments.covariance)[:, None]
    inverse = np.linalg.pinv(slope.T @ weighted, hermitian=True)
    across = restriction.T @ inverse
    held = across.T @ np.linalg.pinv(across @ restriction, hermitian=True) @ across
    product = held @ (weighted.T @ moments.covariance @ weighted)
    return float(np.trace(product)), float((product * product.T).sum())


def _complement(span: Floats) -> Floats:
    """Axes at right angles to all columns of `span`."""
    left, size, _ = np.linalg.svd(span)
    found: Floats = left[:, int((size > RANK * size[0]).sum()) :]
    return found
