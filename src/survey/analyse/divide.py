"""Who is left behind: the ladder of access, the funnels of services, ratings by use, measures of the gap."""

from __future__ import annotations

import pandas as pd

from survey.analyse.funnel import funnels
from survey.analyse.gap_measures import gap_measures
from survey.analyse.gaps import gaps
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.ladder import ladder
from survey.analyse.user_status import user_status
from survey.core import estimates

NOTHING = "The questionnaire declares no ladder, funnels or gaps, and the wave holds no indicator."


def divide(inf: Inference) -> pd.DataFrame:
    """Rows of `ladder`, `funnels`, `user_status` and `gaps`; see each.

    A ladder or funnels that the questionnaire does not declare are one row that says so.

    Raises
    ------
    NotApplicable
        Where none of the four has anything to show.
    """
    declared = inf.instrument.divide
    measured = next(gap_measures(inf), None) is not None
    if not (declared.ladder or declared.funnels or measured):
        raise NotApplicable(NOTHING)
    return estimates.concat([*ladder(inf), *funnels(inf), *user_status(inf), *gaps(inf)])
