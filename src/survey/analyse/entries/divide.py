"""Who is left behind, how far, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.inference import Inference

DIVIDE: tuple[Analysis[Inference], ...] = (
    Analysis(
        "divide",
        "Who is left behind on the way to the city's services, and how wide are the gaps?",
        "shares that reach and leave each stage and step; gaps with a bootstrap that picks the groups again; SII, RII, "
        "concentration, Erreygers and Wagstaff indices on mid-ranks; ratios, Gini and Theil of shares and amounts",
        "stages are as declared; ordered groups are ranked by their levels; ratios only where zero means nothing",
        "van Dijk 2005; O'Donnell et al. 2008, ch. 8; Erreygers 2009; Mackenbach and Kunst 1997; Rao and Wu 1988",
        on_demand("divide.divide"),
        needs_rows=True,
    ),
    Analysis(
        "priorities",
        "Where is most missing: which groups are behind, by how much, and how many people are they?",
        "gap to the mean of everyone × people, a weighted total; joint rank intervals by PSU bootstrap",
        "points count alike on every indicator; groups of different groupings share people",
        "Särndal, Swensson and Wretman 1992, ch. 5; Klein, Wright and Wieczorek 2020",
        on_demand("priorities.priorities"),
        needs_rows=True,
    ),
    Analysis(
        "decompose",
        "How much of a gap between two groups goes with what else the groups differ in?",
        "Oaxaca-Blinder, three- and two-fold, pooled with the group's dummy; shares by logit after Yun and Fairlie",
        "complete cases; linear or logit in the covariates; what goes with a covariate need not come from it",
        "Oaxaca 1973; Blinder 1973; Jann 2008; Yun 2004, 2005; Fairlie 2005, 2017",
        on_demand("decompose.decompose"),
        needs_rows=True,
    ),
    Analysis(
        "models",
        "Do groups differ that are alike in everything else that was asked?",
        "linear, logit and proportional-odds regression; joint Wald tests; predicted margins and their differences",
        "complete cases; no interactions; proportional odds, which is tested",
        "Binder 1983; Graubard and Korn 1999; McCullagh 1980; R survey: svyglm; MASS: polr",
        on_demand("models.models"),
        needs_rows=True,
    ),
    Analysis(
        "intersections",
        "Do sex, age and education together tell more than each alone?",
        "MAIHDA as an area model of stratum means: REML, smoothed design variances, shrunken means, VPC, PCV",
        "strata's sampling errors are independent of each other; strata of few people are never shown",
        "Evans et al. 2018; Merlo 2018; Fay and Herriot 1979; Prasad and Rao 1990",
        on_demand("intersections.intersections"),
        needs_rows=True,
    ),
    Analysis(
        "indirect",
        "How much of what goes with education goes with skills, too?",
        "product of least-squares coefficients in a declared order; PSU bootstrap; sensitivity to what is unmeasured",
        "the order is the study's supposition and cannot be tested; nothing unmeasured is common to the last two",
        "Baron and Kenny 1986; Imai, Keele and Yamamoto 2010; Rao and Wu 1988",
        on_demand("indirect.indirect"),
        needs_rows=True,
    ),
)
