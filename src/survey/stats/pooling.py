"""Estimates of completed data sets put together: Rubin's rules with small-sample degrees of freedom.

Letters as in Rubin: M data sets, Q̄ the mean estimate, Ū the variance within, B the one between.

References
----------
Rubin, D. B. (1987). Multiple imputation for nonresponse in surveys. Wiley, ch. 3.
Barnard, J. and Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation.
Biometrika 86, 948-955.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Floats
from survey.stats.influence import Linearised

#: Below this share the formula of the degrees of freedom divides by next to nothing; R: ``mice``.
LEAST_MISSING = 1e-4
#: Square of the relative error of a mean's last digits.
ROUNDING = 1e-24


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled estimates of any shape.

    Attributes
    ----------
    within, between : Ū and B; `variance`, Ū + (1 + 1/M)·B
    df : Barnard and Rubin's, never more than those of complete data
    missing_information : share of the information that the missing answers would have carried
    """

    estimate: Floats
    within: Floats
    between: Floats
    variance: Floats
    df: Floats
    missing_information: Floats


def pool(estimate: Floats, variance: Floats, df_complete: Floats | float = np.inf) -> Pooled:
    """Rubin's rules over the first axis. R: ``mice::pool.scalar``.

    Parameters
    ----------
    estimate, variance : (M, …) of each completed data set; M ≥ 2
    df_complete : degrees of freedom with nothing missing, such as those of the design
    """
    m = len(estimate)
    if m < 2:
        raise ValueError("pooling needs two completed data sets or more")
    centre, within = estimate.mean(axis=0), variance.mean(axis=0)
    between = np.asarray(estimate.var(axis=0, ddof=1), dtype=np.float64)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num((1 + 1 / m) * between / total)
        ratio = (1 + 1 / m) * between / within
        df = barnard_rubin(share, m, df_complete)
        # Data sets that are equal differ by rounding; nothing was missing, and the formula would not say 0.
        missing = np.where(between > ROUNDING * (within + centre**2), (ratio + 2 / (df + 3)) / (ratio + 1), 0.0)
    return Pooled(centre, within, between, total, df, np.where(np.isinf(ratio), 1.0, missing))


def barnard_rubin(share: Floats, sets: int, df_complete: Floats | float) -> Floats:
    """Degrees of freedom where the missing answers make up `share` of the variance, (1 + 1/M)·B / T."""
    share = np.maximum(share, LEAST_MISSING)
    old = (sets - 1) / share**2
    complete = np.asarray(df_complete, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        small = old * observed / (old + observed)
    return np.asarray(np.where(np.isinf(complete), old, small), dtype=np.float64)


def completed_means(total: Floats, centre: float) -> Linearised:
    """Mean of a number y in each of M completed data sets, (D, M).

    Parameters
    ----------
    total : (D, 1 + 2M) weighted sums of 1, the M columns y − centre, and their squares
    """
    size, m = total[:, :1], (total.shape[1] - 1) // 2
    per = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    mean = total[:, 1 : m + 1] * per
    spread = np.sqrt(np.maximum(total[:, m + 1 :] * per - mean**2, 0))
    value = np.zeros((*total.shape, m))
    value[:, 0, :] = -mean * per
    value[:, 1 : m + 1, :] = np.eye(m) * per[:, :, None]
    return Linearised(np.where(size > 0, mean + centre, np.nan), value, spread)


def completed_columns(y: Floats, centre: float) -> Floats:
    """The columns, (n, 1 + 2M), whose weighted sums `completed_means` reads; of `y`, (n, M), NaN without a value."""
    apart = np.where(np.isfinite(y), y - centre, 0.0)
    return np.column_stack([np.ones(len(y)), apart, apart**2])
