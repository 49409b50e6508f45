"""`qualitative` and `documents` of study.yaml, `keywords` of a question → their records, and what they contradict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.qualitative import DocumentsSpec, Link, QualitativeSpec, Relation, Rule
from survey.core.questions import Theme
from survey.core.schema.qualitative_shape import DocumentsShape, LinkShape, QualitativeShape, ThemeShape
from survey.core.schema.validate import Findings, one_of
from survey.core.study import StudySpec
from survey.core.words import Words

MEASURE = "an indicator, a number, a scale whose codes are numbers, or a variable of two levels"


def qualitative(shape: QualitativeShape) -> QualitativeSpec:
    """The coded interviews that `shape` names."""
    return QualitativeSpec(
        coded=shape.coded,
        codebooks=tuple(shape.codebook),
        wave=shape.wave,
        links=tuple(_link(code_text(code), link) for code, link in shape.links.items()),
        quotations=shape.quotations,
        by=shape.by,
    )


def _link(code: str, shape: LinkShape) -> Link:
    measures = tuple(shape.measures)
    return Link(code, measures, shape.says, shape.middle, Words(shape.statement), Words(shape.source))


def documents(shape: DocumentsShape) -> DocumentsSpec:
    """The rules and relations that `shape` lists."""
    return DocumentsSpec(
        launch=shape.launch,
        rules=tuple(Rule(Words(r.title), r.level, r.year, Words(r.source)) for r in shape.rules),
        relations=tuple(
            Relation((Words(r.between[0]), Words(r.between[1])), r.kind, Words(r.about), Words(r.source))
            for r in shape.relations
        ),
    )


def themes(shape: Mapping[Any, ThemeShape]) -> tuple[Theme, ...]:
    """The keyword codebook of an open question."""
    return tuple(
        Theme(name, Words(theme.words) if theme.words else Words.plain(name), tuple(theme.terms))
        for name, theme in ((code_text(key), theme) for key, theme in shape.items())
    )


def check(shape: QualitativeShape, waves: list[str], findings: Findings) -> None:
    """Add what `qualitative` contradicts within study.yaml."""
    path = ("qualitative",)
    if shape.wave is not None and shape.wave not in waves:
        findings.add((*path, "wave"), f"no wave named {shape.wave!r}", *one_of(shape.wave, waves))
    for key, link in shape.links.items():
        if link.statement and not link.source:
            findings.add((*path, "links", key), "a statement without `source`", "who published it, where and when")


def compare(study: StudySpec, instrument: Instrument, doubtful: frozenset[str], findings: Findings) -> None:
    """Add what `qualitative` contradicts in the instrument."""
    spec = study.qualitative
    if spec is None:
        return
    if spec.by is not None and spec.by not in study.groups:
        findings.add(("qualitative", "by"), f"no group named {spec.by!r}", *one_of(spec.by, study.groups))
    written = {code_text(key): key for key in findings.document.data["qualitative"].get("links") or {}}
    indicators = [i.name for i in instrument.indicators]
    known = [*(v.name for v in instrument.variables), *indicators]
    for link in spec.links:
        path = ("qualitative", "links", written[link.code])
        for name in link.measures:
            if name in doubtful or name in indicators:
                continue
            if name not in known:
                found = f"no question, indicator or derived variable named {name!r}"
                findings.add(path, found, *one_of(name, known))
            elif not _measured(instrument, name):
                findings.add(path, f"{name!r}, which has neither a mean nor two levels", MEASURE)


def _measured(instrument: Instrument, name: str) -> bool:
    variable = instrument.variable(name)
    return variable.numeric or (variable.type != "multi" and len(variable.levels) == 2)
