"""Several answers of the same respondents, compared by rank within each respondent. Unweighted."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import gammaincc

from survey.stats.arrays import Floats


@dataclass(frozen=True, slots=True)
class Friedman:
    """Friedman's test of k answers and Kendall's coefficient of concordance.

    Attributes
    ----------
    statistic : chi-squared, corrected for ties; df : k − 1
    concordance : Kendall's W, from 0 (respondents order the answers in every way) to 1 (all alike)
    mean_rank : (k,) float
    n : respondents
    """

    statistic: float
    df: int
    p_value: float
    concordance: float
    mean_rank: Floats
    n: int


def friedman(y: Floats) -> Friedman | None:
    """Friedman's test over the columns of `y`, (n, k), without missing values; None where nobody tells them apart.

    R: ``friedman.test``; its statistic over n(k − 1) is W with the correction for ties.

    References
    ----------
    Friedman, M. (1937). The use of ranks to avoid the assumption of normality. JASA 32, 675-701.
    Kendall, M. G. and Babington Smith, B. (1939). The problem of m rankings. Annals of Mathematical
    Statistics 10, 275-287.
    """
    n, k = y.shape
    if n == 0 or k < 2:
        return None
    alike = (y[:, :, None] == y[:, None, :]).sum(axis=2)
    rank = (y[:, :, None] > y[:, None, :]).sum(axis=2) + (alike + 1) / 2
    # Over the members of a tie of t answers, t² − 1 adds up to its t³ − t.
    ties = float((alike**2 - 1).sum())
    spread = n * k * (k + 1) - ties / (k - 1)
    if spread <= 0:
        return None
    statistic = 12 * float(((rank.sum(axis=0) - n * (k + 1) / 2) ** 2).sum()) / spread
    p = float(gammaincc((k - 1) / 2, statistic / 2))
    return Friedman(statistic, k - 1, p, statistic / (n * (k - 1)), rank.mean(axis=0), n)
