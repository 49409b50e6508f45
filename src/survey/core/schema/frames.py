"""frames of instrument.yaml → `Frame`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.roadmap import Dimension, Frame
from survey.core.schema.roadmap_shape import FrameShape
from survey.core.schema.validate import Findings, one_of
from survey.core.variables import Variable
from survey.core.words import Words
from survey.core.yamltext import Path

SCORED = "an indicator, a scale or number whose ends are known, or a yes/no variable"


def frames(
    shapes: Mapping[Any, FrameShape], made: Instrument, declared: Collection[str], findings: Findings
) -> tuple[Frame, ...]:
    """The frames of an instrument; what contradicts the questionnaire is noted as a problem.

    Parameters
    ----------
    declared : names that the file declares, also those with a problem of their own
    """
    keys = {code_text(key): [code_text(d) for d in shape.dimensions] for key, shape in shapes.items()}
    return tuple(_frame(code_text(key), shape, keys, made, declared, findings) for key, shape in shapes.items())


def _frame(
    name: str,
    shape: FrameShape,
    keys: Mapping[str, list[str]],
    made: Instrument,
    declared: Collection[str],
    findings: Findings,
) -> Frame:
    dimensions = []
    for key, dimension in shape.dimensions.items():
        own, path = code_text(key), ("frames", name, "dimensions", key)
        if own in declared:
            findings.add(path, f"the dimension {own!r}, which is a variable", "a name that no variable has")
        listed = path if isinstance(findings.value(path), list) else (*path, "measures")
        for i, measure in enumerate(dimension.measures):
            _scored(measure, (*listed, i), made, declared, findings)
        dimensions.append(Dimension(own, Words(dimension.words) or Words.plain(own), tuple(dimension.measures)))
    crosswalk = {code_text(k): {code_text(d): tuple(v) for d, v in rows.items()} for k, rows in shape.crosswalk.items()}
    _check_crosswalk(name, crosswalk, keys, findings)
    return Frame(name, Words(shape.words) or Words.plain(name), tuple(dimensions), crosswalk)


def _check_crosswalk(
    name: str, crosswalk: Mapping[str, Mapping[str, tuple[str, ...]]], keys: Mapping[str, list[str]], findings: Findings
) -> None:
    others = [key for key in keys if key != name]
    for other, rows in crosswalk.items():
        path: Path = ("frames", name, "crosswalk", other)
        if other not in others:
            findings.add(path, f"no other frame named {other!r}", *one_of(other, others))
            continue
        for own, answers in rows.items():
            if own not in keys[name]:
                findings.add((*path, own), f"no dimension {own!r} of {name!r}", *one_of(own, keys[name]))
            for i, theirs in enumerate(answers):
                if theirs not in keys[other]:
                    at = (*path, own, i)
                    findings.add(at, f"no dimension {theirs!r} of {other!r}", *one_of(theirs, keys[other]))


def _scored(name: str, path: Path, made: Instrument, declared: Collection[str], findings: Findings) -> None:
    if name not in declared:
        found = f"no question, indicator or derived variable named {name!r}"
        findings.add(path, found, *one_of(name, declared))
    elif made.has(name) and not has_ends(made.variable(name)):
        findings.add(path, f"{name!r} of type {made.variable(name).type}", SCORED)


def has_ends(variable: Variable) -> bool:
    """Whether a variable's mean can be told in points of 100."""
    if variable.type in ("integer", "number"):
        return variable.minimum is not None and variable.maximum is not None
    numbers = [level.value for level in variable.levels]
    return variable.type != "multi" and len(numbers) > 1 and (variable.numeric or numbers in ([0.0, 1.0],))
