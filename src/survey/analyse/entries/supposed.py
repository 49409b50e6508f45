"""What models of areas, types and missing answers add, and whether other choices would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.inference import Inference

SUPPOSED: tuple[Analysis[Inference], ...] = (
    Analysis(
        "areas",
        "Which areas stand higher, how sure is their rank, and what of areas too small to stand alone?",
        "means with joint rank intervals by PSU bootstrap; Fay-Herriot model of small areas with smoothed variances",
        "ranks: the design is as declared; model: area effects are normal, covariates known, errors pooled over areas",
        "Klein, Wright and Wieczorek 2020; Mogstad et al. 2024; Fay and Herriot 1979; Prasad and Rao 1990",
        on_demand("areas.areas"),
        needs_rows=True,
    ),
    Analysis(
        "types",
        "Which types of citizens are there by access, skills and use, and who belongs to them?",
        "latent classes by weighted pseudo-likelihood, number by BIC; PSU bootstrap; three-step profiles of groups",
        "within a class answers are independent; classes describe answers and their number depends on n",
        "Goodman 1974; Patterson, Dayton and Graubard 2002; Bolck, Croon and Hagenaars 2004; R poLCA",
        on_demand("types.types"),
        needs_rows=True,
    ),
    Analysis(
        "imputation",
        "What would the indicators be had everyone answered?",
        "multiple imputation by chained equations, predictive mean matching on codes; Rubin's rules, design df",
        "who left a question out answers like others of the same area, groups and other answers; groups, not crossings",
        "van Buuren 2018, §3.4 and §4.5; Rubin 1987; Barnard and Rubin 1999; R mice: pool.scalar",
        on_demand("imputation.imputation"),
        needs_rows=True,
    ),
    Analysis(
        "robustness",
        "Which headlines depend on how the answers are analysed?",
        "every headline under weights, don't-know, valid-item, mean or median, imputed and leave-one-area-out choices",
        "each choice is one that a careful analyst could have made; they share respondents, so nothing is tested",
        "Steegen et al. 2016; Berger 1982; docs/methods.md, Robustness",
        on_demand("robustness.robustness"),
        needs_rows=True,
    ),
)
