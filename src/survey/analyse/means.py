"""Design-based mean of a number that an analysis makes for each respondent, rather than finds in the wave."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference, evaluate
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.products import Grouping
from survey.stats.tallied import Tally
from survey.stats.tally import column_tally


def mean_of(inf: Inference, y: Floats, groupings: Sequence[Grouping], span: float) -> tuple[Evaluated, Tally]:
    """Mean of `y`, (n,), NaN where it has no value, over the domains of `groupings`, and its tally.

    Parameters
    ----------
    span : width of the scale of `y`, for the precision flag
    """
    known = np.isfinite(y)
    centre = float(y[known].mean()) if known.any() else 0.0
    apart = np.where(known, y - centre, 0.0)
    columns = np.column_stack([np.ones(len(y)), apart, apart**2])
    tally = column_tally(columns, known, groupings, inf.sampling)
    return evaluate(inf, tally, partial(influence.column_mean, centre=centre), "mean", span), tally
