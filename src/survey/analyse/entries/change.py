"""What changed between waves, and whether the targets are in reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.waves import Waves

CHANGE: tuple[Analysis[Waves], ...] = (
    Analysis(
        "trend",
        "What changed between waves, may they be compared, and how much of it is another make-up of the sample?",
        "differences of means and shares with errors for independent, PSU- or person-sharing waves, one family an "
        "estimand and later wave; comparability; Kitagawa's components; lines with lack of fit",
        "waves share what `overlap` says; the questions mean the same, as far as declared and tested",
        "Kish 1965, §12.4; Kitagawa 1955; R survey: svyby, svycontrast on the stacked design",
        on_demand("trend.trend"),
    ),
    Analysis(
        "targets",
        "Is each target in reach, if the pace observed over the waves goes on?",
        "line through the comparable waves against the needed pace, errors joint; simulated probability from four "
        "waves or with a declared drift, to twice the time observed",
        "waves share what `overlap` says; a straight line; nothing is known of what the city will do",
        "Hedges and Olkin 1985, ch. 8; DerSimonian and Laird 1986; docs/methods.md, Targets, scorecard, maturity",
        on_demand("targets.targets"),
    ),
)
