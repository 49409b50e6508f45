"""targets, initiatives and maturity of study.yaml → their records, and what they contradict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.roadmap import AXES, Initiative, MaturityRule, PlanDocument
from survey.core.schema.frames import has_ends
from survey.core.schema.roadmap_shape import InitiativeShape, MaturityShape, TargetShape
from survey.core.schema.validate import Findings, one_of
from survey.core.study import StudySpec, Target
from survey.core.words import Words
from survey.core.yamltext import Path

if TYPE_CHECKING:
    from survey.core.schema.instrument import Attempt

NEVER_MIXED = "Dimensions of two frames are never averaged: the frames share some and would count them twice."


def target(shape: TargetShape) -> Target:
    """The record of one target."""
    falls = len(shape.values) > 1 and shape.values[-1] < shape.values[0]
    horizon = {str(k): v for k, v in shape.horizon.items()}
    direction = shape.direction or ("down" if falls else "up")
    return Target(
        shape.measure,
        shape.estimand,
        horizon,
        tuple(shape.values),
        shape.example,
        shape.level,
        direction,
        shape.drift_sd,
    )


def initiative(shape: InitiativeShape) -> Initiative:
    """The record of one initiative."""
    return Initiative(
        id=shape.id,
        title=Words(shape.title),
        dimension=shape.dimension,
        horizon=code_text(shape.horizon),
        owner=Words(shape.owner),
        indicator=shape.indicator,
        estimand=shape.estimand,
        target=shape.target,
        funding=Words(shape.funding),
        documents=tuple(PlanDocument(Words(d.name), Words(d.reference)) for d in shape.documents),
        example=shape.example,
    )


def maturity(shape: MaturityShape) -> MaturityRule:
    """The record of the maturity rule."""
    cells = {cell: (sides[0], sides[1]) for cell, sides in shape.cells.items()}
    return MaturityRule(tuple(shape.readiness), tuple(shape.performance), dict(shape.cuts), cells, shape.example)


@dataclass
class _Plans:
    """One study's plans against what was asked."""

    study: StudySpec
    asked: Attempt
    findings: Findings
    made: Instrument = field(init=False)

    def __post_init__(self) -> None:
        assert self.asked.made is not None
        self.made = self.asked.made
        self.frame = self.made.frame(self.study.frame)
        self.dimensions = [d.name for d in self.frame.dimensions] if self.frame else []
        self.measures = [*(v.name for v in self.made.variables), *(i.name for i in self.made.indicators)]

    def measure(self, name: str, path: Path, estimand: str) -> None:
        """Note a name that is no measure, or whose estimand is none of it."""
        if name in self.dimensions:
            if estimand != "score100":
                self.findings.add(path, f"{estimand} of the dimension {name!r}", "score100")
        elif name not in self.measures:
            if name not in self.asked.doubtful:
                self.unknown(name, [*self.measures, *self.dimensions], path)
        elif name not in self.asked.doubtful and not _has(self.made, name, estimand):
            self.findings.add(path, f"{estimand} of {name!r}", "an estimand that this measure has")

    def dimension(self, name: str, path: Path) -> None:
        """Note a name that is no dimension of the study's frame."""
        if self.frame is None:
            self.findings.add(path, f"the dimension {name!r}", "a dimension of a frame named in the key `frame`")
        elif name not in self.dimensions:
            self.unknown(name, self.dimensions, path, "dimension")

    def unknown(self, name: str, known: list[str], path: Path, kind: str = "measure or dimension") -> None:
        """Note a name that is not known, or is known of another frame only."""
        other = next((f.name for f in self.made.frames if f.dimension(name)), None)
        if other is not None:
            found = f"{name!r}, a dimension of the frame {other!r}"
            self.findings.add(path, found, f"a dimension of the study's frame, {self.study.frame!r}", NEVER_MIXED)
        else:
            self.findings.add(path, f"no {kind} named {name!r}", *one_of(name, known))


def _has(made: Instrument, name: str, estimand: str) -> bool:
    """Whether a question, derived variable or indicator can be estimated so."""
    if not made.has(name):
        indicator = made.indicator(name)
        if not all(made.has(item) for item in indicator.items):
            return True  # what is wrong with the items is said elsewhere
        ranged = estimand == "score100" and made.item_range(indicator) is not None
        return ranged or estimand in ("mean", "dont_know", "top2")
    variable = made.variable(name)
    fits = {
        "score100": has_ends(variable),
        "mean": variable.numeric,
        "top2": variable.type == "ordinal" and len(variable.levels) > 2,
        "proportion": bool(variable.levels),
        "dont_know": not variable.derived,
    }
    return fits[estimand]


def compare(study: StudySpec, asked: Attempt, findings: Findings) -> None:
    """Add what the plans of study.yaml contradict in the instrument to `findings`."""
    plans = _Plans(study, asked, findings)
    known = [f.name for f in plans.made.frames]
    if study.frame is not None and plans.frame is None and not asked.findings.touches(("frames",)):
        findings.add(("frame",), f"no frame named {study.frame!r} in the instrument", *one_of(study.frame, known))
        return
    _targets(plans)
    for i, entry in enumerate(study.initiatives):
        plans.dimension(entry.dimension, ("initiatives", i, "dimension"))
        plans.measure(entry.indicator, ("initiatives", i, "indicator"), entry.estimand)
    if study.maturity is not None:
        for axis in AXES:
            for i, name in enumerate(study.maturity.measures(axis)):
                plans.measure(name, ("maturity", axis, i), "score100")


def _targets(plans: _Plans) -> None:
    for i, entry in enumerate(plans.study.targets):
        path: Path = ("targets", i)
        plans.measure(entry.measure, (*path, "measure"), entry.estimand)
        if entry.estimand == "proportion" and plans.made.has(entry.measure):
            variable = plans.made.variable(entry.measure)
            keys = [level.key for level in variable.levels]
            if entry.level is None and keys != ["0", "1"]:
                plans.findings.add(path, "a proportion of no answer", "the key `level`", f"One of {', '.join(keys)}.")
            elif entry.level is not None and entry.level not in keys:
                found = f"no answer {entry.level!r} of {entry.measure!r}"
                plans.findings.add((*path, "level"), found, *one_of(entry.level, keys))


def check(
    targets: list[TargetShape], initiatives: list[InitiativeShape], rule: MaturityShape | None, findings: Findings
) -> None:
    """Add what the plans of study.yaml contradict in themselves to `findings`."""
    seen: set[tuple[str, str, str | None]] = set()
    for i, entry in enumerate(targets):
        path: Path = ("targets", i)
        if len(entry.values) != len(entry.horizon):
            found = f"{len(entry.values)} values for {len(entry.horizon)} horizons"
            findings.add((*path, "values"), found, "one value a horizon")
        key = (entry.measure, entry.estimand, entry.level)
        if key in seen:
            findings.add(path, f"a target of {entry.measure!r} again", "one target a measure, estimand and level")
        seen.add(key)
        if entry.level is not None and entry.estimand != "proportion":
            findings.add((*path, "level"), f"a level with {entry.estimand}", "a level with `estimand: proportion` only")
    for i, plan in enumerate(initiatives):
        if plan.id in [other.id for other in initiatives[:i]]:
            findings.add(("initiatives", i), f"the initiative {plan.id!r} again", "each id once")
    if rule is not None:
        for path, found, expected in _broken_rule(rule):
            findings.add(("maturity", *path), found, expected)


def _broken_rule(rule: MaturityShape) -> Iterator[tuple[Path, str, str]]:
    for axis in AXES:
        if axis not in rule.cuts:
            yield ("cuts",), f"no cut of {axis}", "a cut of readiness and one of performance"
    sides = [tuple(s) for s in rule.cells.values()]
    missing = [pair for pair in product(("below", "above"), repeat=2) if pair not in sides]
    if missing:
        yield ("cells",), f"no cell for {' and '.join(map(str, map(list, missing)))}", "a cell for each pair of sides"
    elif len(set(sides)) < len(sides):
        yield ("cells",), "two cells for one pair of sides", "each pair of sides once"
