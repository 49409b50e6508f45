"""What people answered, overall and in each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.inference import Inference

ANSWERS: tuple[Analysis[Inference], ...] = (
    Analysis(
        "describe",
        "What did people answer, overall and in each group?",
        "weighted shares, means, quantiles and totals; Taylor linearisation, logit and Woodruff intervals",
        "the design is as declared; units of the first stage were drawn with replacement or their fpc is given",
        "Särndal, Swensson and Wretman 1992, ch. 5; Woodruff 1952; R survey: svymean, svyciprop, svyquantile",
        on_demand("describe.describe"),
    ),
    Analysis(
        "dont_know",
        "Who cannot answer?",
        "share of don't-know answers among those asked; ratio of weighted sums for indicators",
        "the same; don't know was offered to everyone asked",
        "Särndal, Swensson and Wretman 1992, §5.6; R survey: svyratio",
        on_demand("indicators.dont_know"),
    ),
    Analysis(
        "indicators",
        "How do people judge the city on each indicator?",
        "mean of reverse-scored valid items; score100; top two codes",
        "the same; the items of an indicator share one scale, whose steps count alike",
        "contract of the estimates table; R survey: svymean",
        on_demand("indicators.indicators"),
    ),
    Analysis(
        "compare",
        "Which groups judge the city differently, by how much, and how sure is that?",
        "working Wald test with Rao-Scott correction (the verdict), Wald and rank tests, differences, effect sizes, "
        "linear trend, equivalence; adjusted over all indicators and groups; unweighted battery by pingouin",
        "the design is as declared; a pair counts as different only if its grouping's test and the pair both hold",
        "Rao and Scott 1984; Lumley and Scott 2013; Holm 1979; Schuirmann 1987; R survey: regTermTest; effectsize",
        on_demand("compare.compare"),
    ),
    Analysis(
        "association",
        "Which answers go with which groups?",
        "Rao-Scott test and Cramér's V of every question and derived variable; options one by one and together; "
        "differences and odds ratios of shares",
        "the design is as declared; association is no cause",
        "Rao and Scott 1984; Thomas and Decady 2004; R survey: svychisq",
        on_demand("associate.association"),
    ),
    Analysis(
        "dont_know_sensitivity",
        "What if those who did not know had answered?",
        "indicator means with don't-know answers left out, taken as the middle, as the worst and as the best answer",
        "none about those who did not know: worst and best answer bound what they may think",
        "Manski 2003, Partial Identification of Probability Distributions, ch. 1",
        on_demand("sensitivity.dont_know_sensitivity"),
        needs_rows=True,
    ),
    Analysis(
        "quality",
        "How carefully were people asked, and did they answer?",
        "completion, nonresponse, response rates, straight-lining, speed, duplicates, acquiescence, interviewers",
        "each interviewer's respondents are a random part of their units, where interviewer effects are shown",
        "AAPOR 2023, Standard Definitions; Searle, Casella and McCulloch 1992, §5.6",
        on_demand("quality.quality"),
        needs_rows=True,
    ),
)
