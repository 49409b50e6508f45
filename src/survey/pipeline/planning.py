"""The plan of a study's next wave, from the last wave whose answers are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.core.study import WaveSpec
from survey.errors import Problem, SurveyError
from survey.pipeline import stages

if TYPE_CHECKING:
    from survey.plan import Basis, Plan
    from survey.study import Study

IN_PARTS = "respondents outside memory"


def planned(
    study: Study, n: float | None = None, psus: float | None = None, margin: float = 0.05, wave: str | None = None
) -> Plan:
    """The plan of a wave of `n` respondents in `psus` sampling units; see `survey.plan.plan`.

    Parameters
    ----------
    wave : which wave it rests on; by default the last whose file is there, or assumptions where none is

    Raises
    ------
    SurveyError
        If the sample could not be drawn, or the wave's answers cannot be read.
    """
    from survey.plan import plan

    _refuse(n, psus, margin)
    spec = study.waves([wave])[0] if wave else _last(study)
    return plan(_basis(study, spec), n, psus, margin, stages.margins(study))


def _refuse(n: float | None, psus: float | None, margin: float) -> None:
    problems = [
        Problem(column=name, found=f"{value:g}", expected="a number of at least 1")
        for name, value in (("--n", n), ("--psus", psus))
        if value is not None and not value >= 1
    ]
    if not 0 < margin < 0.5:
        problems.append(Problem(column="--margin", found=f"{margin:g}", expected="a share between 0 and 0.5"))
    if problems:
        raise SurveyError(problems)


def _last(study: Study) -> WaveSpec | None:
    return next((w for w in reversed(study.spec.waves) if (study.folder / w.source).exists()), None)


def _basis(study: Study, spec: WaveSpec | None) -> Basis:
    from survey.plan import Basis

    if spec is None:
        return Basis.assumed(study.instrument, study.spec)
    if spec.engine.in_parts:
        hint = "Name another wave with --wave, or set engine: memory."
        raise SurveyError(Problem(column=f"waves.{spec.name}", found=IN_PARTS, expected="a wave in memory", hint=hint))
    return Basis.of(study.wave(spec.name), study.spec, [target.measure for target in study.spec.targets])
