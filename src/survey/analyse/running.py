"""Analyses run: their estimates in one table, and the reasons of those that do not apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from survey.analyse.analysis import Analysis, Subject
from survey.analyse.catalogue import selected
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.respondents import InMemory
from survey.core import estimates
from survey.core.interviews import Interviews
from survey.core.study import StudySpec
from survey.core.wave import Wave


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


def estimate(
    wave: Wave,
    study: StudySpec,
    progress: Callable[[str], None] | None = None,
    interviews: Interviews | None = None,
) -> Estimated:
    """All analyses of a wave that the study asks for; `progress` is called with each name before it runs."""
    inf = Inference.within(study, InMemory.of(wave, study.groups, study.cross))
    return run(replace(inf, interviews=interviews), selected(study), progress)


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
