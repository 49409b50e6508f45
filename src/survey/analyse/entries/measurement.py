"""Whether the questions measure what they are meant to, and what their means are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.inference import Inference

MEASUREMENT: tuple[Analysis[Inference], ...] = (
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
)
