"""ladder, funnels, user_status and gaps of instrument.yaml → `DivideSpec`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from survey.core.codes import code_text
from survey.core.divide import Amount, DivideSpec, Funnel, FunnelStep, LadderStage
from survey.core.instrument import Instrument
from survey.core.questions import ResponseScale
from survey.core.schema.divide_shape import FunnelShape
from survey.core.schema.instrument_shape import InstrumentShape
from survey.core.schema.validate import Findings, one_of
from survey.core.variables import Variable
from survey.core.words import Words
from survey.core.yamltext import Path

_NEEDED = {"share": "a binary variable, or a question with the codes 0 and 1", "amount": "a number"}


def divide(shape: InstrumentShape, made: Instrument, declared: Collection[str], findings: Findings) -> DivideSpec:
    """What the file declares of the divide; what contradicts the questionnaire is noted as a problem.

    Parameters
    ----------
    declared : names that the file declares, also those with a problem of their own
    """
    variables = {v.name: v for v in made.variables}
    return DivideSpec(
        tuple(_ladder(shape, declared, findings)),
        tuple(_funnels(shape, made, findings)),
        _user_status(shape, variables, declared, findings),
        dict(_gaps(shape, variables, declared, findings)),
    )


def _ladder(shape: InstrumentShape, declared: Collection[str], findings: Findings) -> Iterator[LadderStage]:
    _refuse_repeated([s.stage for s in shape.ladder], "stage", ("ladder",), findings)
    for i, stage in enumerate(shape.ladder):
        for name in stage.passed.names:
            _known(name, declared, ("ladder", i, "passed"), findings)
        yield LadderStage(stage.stage, Words(stage.words) or Words.plain(stage.stage), stage.passed)


def _funnels(shape: InstrumentShape, made: Instrument, findings: Findings) -> Iterator[Funnel]:
    used = {q.scale.name: q.scale for q in made.questions if q.scale is not None and q.scale.name is not None}
    for key, funnel in shape.funnels.items():
        path: Path = ("funnels", key)
        _refuse_repeated([s.step for s in funnel.steps], "step", (*path, "steps"), findings)
        if funnel.scale in used:
            _check_steps(funnel, used[funnel.scale], path, findings)
        elif funnel.scale not in shape.scales:
            expected, hint = one_of(funnel.scale, map(code_text, shape.scales))
            findings.add((*path, "scale"), f"no scale named {funnel.scale!r}", expected, hint)
        else:
            found = f"the scale {funnel.scale!r}, which no question has"
            findings.add((*path, "scale"), found, "a scale of the questions on services")
        steps = [FunnelStep(s.step, Words(s.words) or Words.plain(s.step), code_text(s.least)) for s in funnel.steps]
        yield Funnel(code_text(key), funnel.scale, tuple(steps))


def _check_steps(funnel: FunnelShape, scale: ResponseScale, path: Path, findings: Findings) -> None:
    position, before = {level.key: i for i, level in enumerate(scale.levels)}, -1
    for i, step in enumerate(funnel.steps):
        at, least = (*path, "steps", i, "from"), code_text(step.least)
        if least not in position:
            findings.add(at, f"no code {least!r} on the scale {funnel.scale!r}", *one_of(least, position))
        elif position[least] <= before:
            findings.add(at, f"the code {least!r} again or below the step before", "steps that climb the scale")
        before = max(before, position.get(least, before))


def _user_status(
    shape: InstrumentShape, variables: Mapping[str, Variable], declared: Collection[str], findings: Findings
) -> str | None:
    name, path = shape.user_status, ("user_status",)
    if name is None or not _known(name, declared, path, findings) or name not in variables:
        return name
    if not variables[name].levels or variables[name].type == "multi":
        found = f"{name!r} of type {variables[name].type}"
        findings.add(path, found, "a variable that puts each respondent into one level")
    return name


def _gaps(
    shape: InstrumentShape, variables: Mapping[str, Variable], declared: Collection[str], findings: Findings
) -> Iterator[tuple[str, Amount]]:
    for key, kind in shape.gaps.items():
        name, path = code_text(key), ("gaps", key)
        if _known(name, declared, path, findings) and name in variables:
            v = variables[name]
            fits = _is_share(v) if kind == "share" else v.type in ("integer", "number")
            if not fits:
                findings.add(path, f"{name!r} of type {v.type} as {kind}", _NEEDED[kind])
        yield name, kind


def _is_share(variable: Variable) -> bool:
    return variable.type != "multi" and [level.value for level in variable.levels] == [0, 1]


def _known(name: str, declared: Collection[str], path: Path, findings: Findings) -> bool:
    if name not in declared:
        found = f"no question, indicator or derived variable named {name!r}"
        findings.add(path, found, *one_of(name, declared))
    return name in declared


def _refuse_repeated(names: list[str], kind: str, path: Path, findings: Findings) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            findings.add((*path, i), f"the {kind} {name!r} again", "each name once")
