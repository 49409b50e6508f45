"""ANALYSES: what can be estimated of a wave. OVER_WAVES: what can be estimated of several. One line an analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import pandas as pd

from survey.analyse import describe, indicators, labels, quality, reliability, sensitivity, validity
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.respondents import InMemory
from survey.analyse.waves import Waves
from survey.core import estimates
from survey.core.study import StudySpec
from survey.core.wave import Wave
from survey.errors import Problem, SchemaError, unknown_name

Subject = TypeVar("Subject", Inference, Waves)


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
        describe.describe,
    ),
    Analysis(
        "dont_know",
        "Who cannot answer?",
        "share of don't-know answers among those asked; ratio of weighted sums for indicators",
        "the same; don't know was offered to everyone asked",
        "Särndal, Swensson and Wretman 1992, §5.6; R survey: svyratio",
        indicators.dont_know,
    ),
    Analysis(
        "indicators",
        "How do people judge the city on each indicator?",
        "mean of reverse-scored valid items; score100; top two codes",
        "the same; the items of an indicator share one scale, whose steps count alike",
        "contract of the estimates table; R survey: svymean",
        indicators.indicators,
    ),
    Analysis(
        "dont_know_sensitivity",
        "What if those who did not know had answered?",
        "indicator means with don't-know answers left out, taken as the middle, as the worst and as the best answer",
        "none about those who did not know: worst and best answer bound what they may think",
        "Manski 2003, Partial Identification of Probability Distributions, ch. 1",
        sensitivity.dont_know_sensitivity,
        needs_rows=True,
    ),
    Analysis(
        "quality",
        "How carefully were people asked, and did they answer?",
        "completion, nonresponse, response rates, straight-lining, speed, duplicates, acquiescence, interviewers",
        "each interviewer's respondents are a random part of their units, where interviewer effects are shown",
        "AAPOR 2023, Standard Definitions; Searle, Casella and McCulloch 1992, §5.6",
        quality.quality,
        needs_rows=True,
    ),
    Analysis(
        "reliability",
        "Do the questions of an indicator hang together?",
        "alpha with Feldt's interval, omega, ordinal and weighted alpha, item-rest correlations; complete cases",
        "complete cases stand for all; alpha: items measure alike; omega: one factor",
        "Cronbach 1951; Feldt 1965; McDonald 1999; R psych: alpha; lavaan: cfa",
        reliability.reliability,
        needs_rows=True,
    ),
    Analysis(
        "validity",
        "Does each question belong to its indicator?",
        "item-total correlation (r hitung) with r tabel at n - 2, beside the item-rest correlation; unweighted",
        "r tabel: a simple random sample and items unrelated in the population, neither of which holds here",
        "Nunnally and Bernstein 1994, ch. 8; tables of the product-moment correlation",
        validity.validity,
        needs_rows=True,
    ),
    Analysis(
        "labels",
        "What is the mean called under each rule in use?",
        "verbal labels by equal intervals, TCR, SKM/IKM and the middle, for the mean and its interval",
        "scale steps count alike; which rule is in force is a convention, not a finding",
        "PermenPANRB 14/2017; Kep. Menpan 25/2004; core/label_rules.yaml",
        labels.labels,
    ),
)

_OVER_WAVES: tuple[Analysis[Waves], ...] = ()

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


@dataclass(frozen=True, slots=True)
class Estimated:
    """What came of a wave's analyses.

    Attributes
    ----------
    table : estimates table, analyses in the catalogue's order, before disclosure control
    skipped : analysis, reason; one row an analysis that does not apply to the wave
    """

    table: pd.DataFrame
    skipped: pd.DataFrame


def estimate(wave: Wave, study: StudySpec, progress: Callable[[str], None] | None = None) -> Estimated:
    """All analyses of a wave that the study asks for; `progress` is called with each name before it runs."""
    inf = Inference.within(study, InMemory.of(wave, study.groups, study.cross))
    return run(inf, selected(study), progress)


def run(
    subject: Subject, chosen: Sequence[Analysis[Subject]], progress: Callable[[str], None] | None = None
) -> Estimated:
    """Some analyses of a wave or of several; one that does not apply is skipped with its reason."""
    made, skipped = [], []
    for entry in chosen:
        if progress:
            progress(entry.name)
        try:
            made.append(entry.run(subject))
        except NotApplicable as reason:
            skipped.append((entry.name, str(reason)))
    return Estimated(estimates.concat(made), pd.DataFrame(skipped, columns=["analysis", "reason"], dtype="string"))


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
