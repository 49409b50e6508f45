"""barriers of instrument.yaml → `Barriers`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from survey.core.instrument import Barriers, Instrument
from survey.core.schema.divide_shape import BarriersShape
from survey.core.schema.validate import Findings, one_of
from survey.core.variables import Variable
from survey.core.yamltext import Path


def barriers(
    shape: BarriersShape | None, made: Instrument, declared: Collection[str], findings: Findings
) -> Barriers | None:
    """What the file declares of barriers; what contradicts the questionnaire is noted as a problem.

    Parameters
    ----------
    declared : names that the file declares, also those with a problem of their own
    """
    if shape is None:
        return None
    indicators = [i.name for i in made.indicators]
    known = _Names({v.name: v for v in made.variables}, indicators, declared, findings)
    items = [known.variable(("items", i), name) for i, name in enumerate(shape.items)]
    _one_scale([v for v in items if v is not None], findings)
    for i, name in enumerate(shape.items):
        if name in shape.items[:i]:
            findings.add(("barriers", "items", i), f"{name!r} again", "each item once")
    by = known.variable(("by",), shape.by) if shape.by else None
    if by is not None and (not by.levels or by.type == "multi"):
        expected = "a variable that puts each respondent into one level"
        findings.add(("barriers", "by"), f"{by.name!r} of type {by.type}", expected)
    for name in shape.reasons:
        reason = known.variable(("reasons",), name)
        if reason is not None and not reason.levels:
            expected = "a question with answers to choose from"
            findings.add(("barriers", "reasons"), f"{name!r} of type {reason.type}", expected)
    return Barriers(tuple(shape.items), shape.by, tuple(shape.reasons))


@dataclass(frozen=True, slots=True)
class _Names:
    """What the questionnaire knows of the names that the key holds."""

    variables: Mapping[str, Variable]
    indicators: Collection[str]
    declared: Collection[str]
    findings: Findings

    def variable(self, path: Path, name: str) -> Variable | None:
        """The variable of that name; None where it is unknown, which is a problem, or has one itself."""
        if name not in self.declared:
            found = f"no question or derived variable named {name!r}"
            self.findings.add(("barriers", *path), found, *one_of(name, self.declared))
        elif name in self.indicators:
            self.findings.add(("barriers", *path), f"the indicator {name!r}", "a question or derived variable")
        return self.variables.get(name)


def _one_scale(items: Sequence[Variable], findings: Findings) -> None:
    scales = {tuple(level.value for level in v.levels) for v in items}
    if len(scales) > 1 or any(len(scale) < 2 or None in scale for scale in scales):
        found = "items that do not share one scale of numeric codes"
        findings.add(("barriers", "items"), found, "questions on one ordinal scale")
