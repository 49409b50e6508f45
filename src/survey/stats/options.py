"""Questions with several answers against a grouping: each option on its own, and all together.

Respondents may tick several options, so that the options' tables are not independent; their design
covariance says how much.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import NOT_TESTABLE, Test, corrected
from survey.stats.groups import recombined
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.variance import joint_covariance


def of_option(tally: Tally, option: int) -> Tally:
    """The two-level tally, not ticked and ticked, of one option of a tally whose columns are answered, option 1 …"""
    matrix = np.zeros((tally.total.shape[1], 2))
    matrix[0, 0], matrix[1 + option] = 1.0, (-1.0, 1.0)
    return recombined(tally, matrix)


def rao_scott_together(tally: Tally, sampling: Sampling) -> Test:
    """F test that no option of a question depends on the grouping, second-order corrected.

    The options' X² added up, corrected by the design covariance of all of them together, so that
    options which the same people tick count less.

    Parameters
    ----------
    tally : of one grouping; columns answered, option 1, option 2 …

    References
    ----------
    Thomas, D. R. and Decady, Y. J. (2004). Testing for association using multiple response survey data:
    approximate procedures based on the Rao-Scott approach. International Journal of Testing 4, 43-59.
    """
    groups, df2 = np.flatnonzero(tally.total[:, 0] > 0), tally.df_together()
    if len(groups) < 2 or df2 < 1:
        return NOT_TESTABLE
    size = tally.total[groups, 0]
    p = tally.total[groups, 1:] / size[:, None]
    overall = size @ p / size.sum()
    used = np.flatnonzero((overall > 0) & (overall < 1))
    if not len(used):
        return NOT_TESTABLE
    phi2 = (size / size.sum()) @ (p - overall)[:, used] ** 2 / (overall * (1 - overall))[used]
    delta = _options_effect(tally, sampling, groups, used, p, overall)
    return corrected(int(tally.n.sum()) * float(phi2.sum()), delta, df2)


def _options_effect(tally: Tally, sampling: Sampling, groups: Ints, used: Ints, p: Floats, overall: Floats) -> Floats:
    """Generalised design effects of the options' group differences, (m·q, m·q), option by option."""
    g, m = len(groups), len(used)
    c = np.hstack([-np.ones((g - 1, 1)), np.eye(g - 1)])
    size, n = tally.total[groups, 0], float(tally.n.sum())
    # Value of a respondent of group g to the share of option j there: ([ticked] − p) / W_g.
    value = np.zeros((*tally.total.shape, m * (g - 1)))
    for i, j in enumerate(used):
        here = slice(i * (g - 1), (i + 1) * (g - 1))
        value[groups, 0, here] = -(p[:, j] / size)[:, None] * c.T
        value[groups, 1 + j, here] = (1 / size)[:, None] * c.T
    if tally.replicate is not None and sampling.replicates is not None:
        again = np.stack([((t[groups, 1:] / t[groups, :1])[:, used].T @ c.T).ravel() for t in tally.replicate])
        covariance = sampling.replicates.covariance(again, (p[:, used].T @ c.T).ravel())
    else:
        covariance = joint_covariance(tally, value, sampling)
    simple = c @ np.diag(size.sum() / size) @ c.T / n
    working = np.kron(np.diag((overall * (1 - overall))[used]), simple)
    return np.asarray(np.linalg.solve(working, covariance), dtype=np.float64)
