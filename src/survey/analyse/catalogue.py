"""ANALYSES: what can be estimated of a wave. OVER_WAVES: what can be estimated of several.

The entries are in `analyse.entries`, a module a theme. Knowing what there is costs nothing: the module of an
analysis is imported when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis
from survey.analyse.entries.answers import ANSWERS
from survey.analyse.entries.change import CHANGE
from survey.analyse.entries.city import CITY
from survey.analyse.entries.divide import DIVIDE
from survey.analyse.entries.measurement import MEASUREMENT
from survey.analyse.entries.supposed import SUPPOSED
from survey.analyse.entries.voices import VOICES
from survey.errors import Problem, SchemaError, unknown_name

if TYPE_CHECKING:
    from survey.analyse.inference import Inference
    from survey.analyse.waves import Waves
    from survey.core.study import StudySpec

_OF_A_WAVE = (*ANSWERS, *MEASUREMENT, *SUPPOSED, *DIVIDE, *VOICES, *CITY)
ANALYSES: Mapping[str, Analysis[Inference]] = {entry.name: entry for entry in _OF_A_WAVE}
OVER_WAVES: Mapping[str, Analysis[Waves]] = {entry.name: entry for entry in CHANGE}
NAMES = (*ANALYSES, *OVER_WAVES)


def selected(study: StudySpec) -> tuple[Analysis[Inference], ...]:
    """The analyses of a wave that a study asks for, in the catalogue's order; unknown names are refused together."""
    if unknown := [name for name in study.analyses or () if name not in NAMES]:
        raise SchemaError(unknown_name("analysis", name, NAMES, "study.yaml") for name in unknown)
    return tuple(entry for entry in ANALYSES.values() if study.analyses is None or entry.name in study.analyses)


def over_waves(study: StudySpec) -> tuple[Analysis[Waves], ...]:
    """The analyses over waves that a study asks for; none where it has one wave."""
    if len(study.waves) < 2:
        return ()
    return tuple(entry for entry in OVER_WAVES.values() if study.analyses is None or entry.name in study.analyses)


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
