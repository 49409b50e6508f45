"""How the city stands by its own aims, and by what is said of it, and what keeps people away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.inference import Inference

CITY: tuple[Analysis[Inference], ...] = (
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
