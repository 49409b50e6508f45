"""ANALYSES: what can be estimated of a wave. OVER_WAVES: what can be estimated of several. One line an analysis.

Knowing what there is costs nothing: a module is imported when its analysis runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from survey.errors import Problem, SchemaError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from survey.analyse.inference import Inference
    from survey.analyse.waves import Waves
    from survey.core.study import StudySpec

#: What an analysis is given: the `Inference` of a wave, or `Waves`.
Subject = TypeVar("Subject")


def on_demand(function: str) -> Callable[[Any], pd.DataFrame]:
    """A function of one of this package's modules, imported when it is called: a study pays for what it asks for."""

    def run(subject: Any) -> pd.DataFrame:
        module, name = function.split(".")
        found: pd.DataFrame = getattr(import_module(f"survey.analyse.{module}"), name)(subject)
        return found

    return run


@dataclass(frozen=True)
class Analysis(Generic[Subject]):
    """One entry of the catalogue: the question it answers, how, on what assumptions, and where that is described."""

    name: str
    question: str
    method: str
    assumptions: str
    source: str
    run: Callable[[Subject], pd.DataFrame]
    needs_rows: bool = False


_ENTRIES: tuple[Analysis[Inference], ...] = (
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
    Analysis(
        "reliability",
        "Do the questions of an indicator hang together?",
        "alpha with Feldt's interval, omega, ordinal and weighted alpha, item-rest correlations; complete cases",
        "complete cases stand for all; alpha: items measure alike; omega: one factor",
        "Cronbach 1951; Feldt 1965; McDonald 1999; R psych: alpha; lavaan: cfa",
        on_demand("reliability.reliability"),
        needs_rows=True,
    ),
    Analysis(
        "validity",
        "Does each question belong to its indicator?",
        "item-total correlation (r hitung) with r tabel at n - 2, beside the item-rest correlation; unweighted",
        "r tabel: a simple random sample and items unrelated in the population, neither of which holds here",
        "Nunnally and Bernstein 1994, ch. 8; tables of the product-moment correlation",
        on_demand("validity.validity"),
        needs_rows=True,
    ),
    Analysis(
        "factor",
        "How many things do the questions of an indicator measure?",
        "polychoric correlations, KMO, parallel analysis, exploratory and ordinal confirmatory factors; facets",
        "a normal variable behind each ordinal answer; complete cases, taken for a simple random sample",
        "Olsson 1979; Horn 1965; Muthén 1984; Satorra 2000; R lavaan: cfa(estimator = WLSMV), lavTestLRT; psych: fa",
        on_demand("factor.factor"),
        needs_rows=True,
    ),
    Analysis(
        "invariance",
        "Does an indicator measure the same thing in every group?",
        "configural, metric, scalar and strict models of ordinal items over groups; change of CFI and RMSEA",
        "one factor; complete cases of 200 and more a group, taken for independent",
        "Wu and Estabrook 2016; Chen 2007; R lavaan: cfa(estimator = WLSMV, group)",
        on_demand("invariance.invariance"),
        needs_rows=True,
    ),
    Analysis(
        "dif",
        "Do people who judge alike answer a question differently, by the group they are of?",
        "ordinal logistic regression on score, group and their product; change of Nagelkerke's R²",
        "the items without differences tell the score; complete cases of 200 and more a group, taken for independent",
        "Zumbo 1999; Jodoin and Gierl 2001; R MASS: polr",
        on_demand("dif.dif"),
        needs_rows=True,
    ),
    Analysis(
        "labels",
        "What is the mean called under each rule in use?",
        "verbal labels by equal intervals, TCR, SKM/IKM and the middle, for the mean and its interval",
        "scale steps count alike; which rule is in force is a convention, not a finding",
        "PermenPANRB 14/2017; Kep. Menpan 25/2004; core/label_rules.yaml",
        on_demand("labels.labels"),
    ),
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
    Analysis(
        "open_answers",
        "What do those speak of who wrote something?",
        "shares of open answers with words of a declared list, by theme; logit intervals",
        "a word stands for its theme whatever is said of it; who wrote nothing is not in the base",
        "Krippendorff 2018, ch. 10; R survey: svyciprop",
        on_demand("open_answers.open_answers"),
        needs_rows=True,
    ),
    Analysis(
        "joint",
        "Do interviews and numbers confirm each other, add to each other or contradict each other?",
        "numbers beside codes and published statements, meta-inference by a declared rule; frequencies of codes; "
        "kappa and Krippendorff's alpha with a bootstrap over passages",
        "directions were declared before; interviews show what is said, not how many say it; passages are independent",
        "Fetters, Curry and Creswell 2013; Cohen 1960; Fleiss 1971; Krippendorff 2011",
        on_demand("joint.joint"),
    ),
    Analysis(
        "scorecard",
        "How ready is the city on each dimension, for whom, and how far is that from what is aimed at?",
        "mean of each dimension's measures in points of 100, by group; gap to target; nothing averaged over dimensions",
        "the design is as declared; scale steps count alike; one frame of dimensions, never two together",
        "docs/methods.md, Targets, scorecard, maturity; R survey: svymean",
        on_demand("scorecard.scorecard"),
    ),
    Analysis(
        "stakeholders",
        "Where do stakeholders see the same city differently?",
        "scores of dimensions and indicators by stakeholder and their differences, one family",
        "each stakeholder's respondents were drawn as declared; their populations differ, and so may their samples",
        "Särndal, Swensson and Wretman 1992, §5.6; R survey: svyby, svycontrast",
        on_demand("stakeholders.stakeholders"),
    ),
    Analysis(
        "maturity",
        "Which cell of readiness and performance is the city in, and how sure is that?",
        "two scores against declared cuts; PSU bootstrap of the linearised scores gives the cells' probabilities",
        "the rule is the study's; probabilities are of the sample's chance, not of the rule being right",
        "Rao and Wu 1988; docs/methods.md, Targets, scorecard, maturity",
        on_demand("maturity.maturity"),
    ),
    Analysis(
        "targets",
        "How far is the wave from each target, at what pace would it be reached, and what sample would see it?",
        "gap and needed yearly pace with the estimate's error; sample size for power 0.8",
        "the design is as declared; the horizon ends with its year; the next wave has this one's design effect",
        "docs/methods.md, Targets, scorecard, maturity",
        on_demand("targets.of_wave"),
    ),
    Analysis(
        "claims",
        "Does what has been published about residents hold?",
        "two one-sided tests within declared bounds; intersection-union of directions with Holm beside; ranking of "
        "means of the same respondents; words of means under every label rule; power at the error found",
        "the measure means what the statement says; a share's bounds are the study's choice",
        "Schuirmann 1987; Berger 1982; Holm 1979; docs/methods.md, Claims",
        on_demand("claims.claims"),
    ),
    Analysis(
        "propositions",
        "Does the survey bear out what a theory predicts?",
        "one-sided t tests of a mean, of a gap of two groups, or of the difference of two such gaps",
        "the prediction follows from the theory; a rival explanation may predict the same",
        "Binder 1983; Holm 1979; docs/methods.md, Propositions",
        on_demand("propositions.propositions"),
        needs_rows=True,
    ),
    Analysis(
        "barriers",
        "Which obstacles weigh most, for users and others, and why do people stay away?",
        "means, top two, don't know; joint Wald test of item means by PSU totals; Friedman and Kendall's W, unweighted",
        "the items share one scale; Friedman: complete cases, taken for a simple random sample",
        "Korn and Graubard 1990; Friedman 1937; Kendall and Babington Smith 1939; R: friedman.test",
        on_demand("barriers.barriers"),
        needs_rows=True,
    ),
)

_OVER_WAVES: tuple[Analysis[Waves], ...] = (
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

ANALYSES: Mapping[str, Analysis[Inference]] = {entry.name: entry for entry in _ENTRIES}
OVER_WAVES: Mapping[str, Analysis[Waves]] = {entry.name: entry for entry in _OVER_WAVES}
NAMES = (*ANALYSES, *OVER_WAVES)


def selected(study: StudySpec) -> tuple[Analysis[Inference], ...]:
    """The analyses of a wave that a study asks for, in the catalogue's order; unknown names are refused together."""
    if unknown := [name for name in study.analyses or () if name not in NAMES]:
        raise SchemaError(unknown_name("analysis", name, NAMES, "study.yaml") for name in unknown)
    return tuple(entry for entry in _ENTRIES if study.analyses is None or entry.name in study.analyses)


def over_waves(study: StudySpec) -> tuple[Analysis[Waves], ...]:
    """The analyses over waves that a study asks for; none where it has one wave."""
    if len(study.waves) < 2:
        return ()
    return tuple(entry for entry in _OVER_WAVES if study.analyses is None or entry.name in study.analyses)


def countable(study: StudySpec) -> tuple[Analysis[Inference], ...]:
    """Of the analyses a study asks for those that need no respondents' rows.

    Raises
    ------
    SchemaError
        If the study names one that does.
    """
    chosen = selected(study)
    if study.analyses is not None and (named := [entry.name for entry in chosen if entry.needs_rows]):
        hint = "Leave it out, or set engine: memory; `survey analyses` says which need rows."
        raise SchemaError(
            Problem("study.yaml", None, "analyses", f"{name}, which needs the respondents' rows", "counts", hint)
            for name in named
        )
    return tuple(entry for entry in chosen if not entry.needs_rows)
