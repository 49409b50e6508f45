"""A derived variable of instrument.yaml → `Derived`: its type, its levels, what each level holds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from survey.core.codes import code_text
from survey.core.questions import Level
from survey.core.schema.instrument_shape import DerivedShape
from survey.core.schema.scales import Scales
from survey.core.schema.validate import Findings, one_of
from survey.core.variables import Derived, VariableType
from survey.core.words import Words
from survey.core.yamltext import Path

NO_YES = (Level(0, Words({"en": "No", "id": "Tidak"})), Level(1, Words({"en": "Yes", "id": "Ya"})))
NUMBERS = ("integer", "number")
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_BETWEEN = re.compile(rf"({_NUMBER})\s*[-–]\s*({_NUMBER})")
_BEYOND = re.compile(rf"(<=|>=|<|>)\s*({_NUMBER})")
_AT_LEAST = re.compile(rf"({_NUMBER})\s*\+")
_EXACTLY = re.compile(_NUMBER)

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Source:
    """What must be known of a variable to regroup it."""

    type: VariableType
    levels: tuple[Level, ...] = ()


def derived(shape: DerivedShape, known: Mapping[str, Source], scales: Scales, path: Path) -> Derived:
    """The derived variable that `shape` describes; what contradicts itself is noted as a problem.

    Parameters
    ----------
    known : questions, indicators and the derived variables it may read; a name left out has a problem
        of its own already.
    """
    findings = scales.findings
    bare = shape.source.bare
    source = known.get(bare) if bare else None
    levels = scales.levels(shape.codes, (*path, "codes"))
    kind = _type(shape, source)
    members: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, Range] = {}
    regroup = bool(bare and shape.codes and not shape.breaks and kind != "binary")
    if shape.breaks or shape.labels:
        levels = _intervals(shape, levels, source, path, findings)
    elif kind == "binary":
        levels = _binary(shape, levels, source, path, findings)
    elif regroup and source is not None:
        members, ranges = _regrouped(shape, source, path, findings)
    elif bare and source is not None and kind == source.type:
        levels = source.levels
    elif kind in ("ordinal", "nominal", "multi") and not levels and not (bare and source is None):
        findings.add(path, f"type {kind} without codes", "`codes` that name what the expression yields")
    if kind in (*NUMBERS, "date", "text") and levels:
        findings.add((*path, "codes"), f"`codes` on type {kind}", "type ordinal or nominal")
    words = Words(shape.words or shape.label)
    extra = {key: value for key in ("claim", "note", "text", "unit") if (value := getattr(shape, key))}
    return Derived(
        name=shape.name,
        label=words or Words.plain(shape.name),
        type=kind,
        source=shape.source,
        breaks=tuple(shape.breaks),
        levels=levels,
        regroup=regroup,
        members=members,
        ranges=ranges,
        role=shape.role,
        extra=extra,
    )


def _type(shape: DerivedShape, source: Source | None) -> VariableType:
    if shape.type is not None:
        return shape.type
    if shape.breaks or shape.labels:
        return "ordinal"
    if shape.source.bare is not None:
        if not shape.codes:
            return source.type if source else "number"
        return "ordinal" if source and source.type in ("ordinal", *NUMBERS) else "nominal"
    if shape.source.kind == "condition":
        return "binary"
    if shape.codes:
        return "ordinal" if all(isinstance(code, int | float) for code in shape.codes) else "nominal"
    return "text" if shape.source.kind == "text" else "number"


def _intervals(
    shape: DerivedShape, named: tuple[Level, ...], source: Source | None, path: Path, findings: Findings
) -> tuple[Level, ...]:
    """One level an interval, with words from `codes` where it names the label."""
    if len(shape.breaks) != len(shape.labels):
        found = f"{len(shape.breaks)} breaks and {len(shape.labels)} labels"
        findings.add((*path, "breaks"), found, "one label a break; the last interval is open")
    if any(b <= a for a, b in pairwise(shape.breaks)):
        findings.add((*path, "breaks"), "breaks that do not rise", "each break above the one before")
    if len(set(shape.labels)) < len(shape.labels):
        findings.add((*path, "labels"), "a label twice", "labels that differ")
    if shape.source.kind in ("condition", "text") or (source and source.type in ("nominal", "multi", "text", "date")):
        findings.add((*path, "from"), f"`breaks` of {shape.source.text!r}", "a number to be cut")
    words = {level.key: level for level in named}
    for level in named:
        if level.key not in shape.labels:
            expected, hint = one_of(level.key, shape.labels)
            findings.add((*path, "codes", level.code), repr(level.key), expected, hint)
    return tuple(words.get(label, Level(label, Words.plain(label))) for label in shape.labels)


def _binary(
    shape: DerivedShape, named: tuple[Level, ...], source: Source | None, path: Path, findings: Findings
) -> tuple[Level, ...]:
    if shape.source.kind in ("number", "text") or (source and source.type != "binary"):
        findings.add((*path, "from"), repr(shape.source.text), "a condition such as x >= 2")
    words = {level.key: level for level in named}
    for level in named:
        if level.key not in ("0", "1"):
            findings.add((*path, "codes", level.code), repr(level.key), "0 for no and 1 for yes")
    return tuple(Level(no_yes.code, words[no_yes.key].label) if no_yes.key in words else no_yes for no_yes in NO_YES)


def _regrouped(
    shape: DerivedShape, source: Source, path: Path, findings: Findings
) -> tuple[dict[str, tuple[str, ...]], dict[str, Range]]:
    """What each level holds: keys of a coded source, ranges of a number."""
    members: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, Range] = {}
    if not source.levels and source.type not in NUMBERS:
        findings.add((*path, "from"), f"a regrouping of type {source.type}", "a question with codes, or a number")
        return members, ranges
    taken: dict[str, str] = {}
    for code, level in shape.codes.items():
        key, here = code_text(code), (*path, "codes", code)
        wanted = [code_text(c) for c in level.of] or [key]
        if not source.levels:
            if level.of or (span := _range(key)) is None:
                findings.add(here, repr(key), "a number or one range such as 0-2, <=1945 or 65+")
            else:
                ranges[key] = span
            continue
        members[key] = _members(wanted, source.levels, here, findings)
        for member in members[key]:
            if member in taken:
                findings.add(here, f"the code {member} in {taken[member]!r} and in {key!r}", "each code in one level")
            taken[member] = key
    _check_overlap(ranges, path, findings)
    return members, ranges


def _members(wanted: list[str], levels: tuple[Level, ...], path: Path, findings: Findings) -> tuple[str, ...]:
    keys = [level.key for level in levels]
    found: list[str] = []
    for text in wanted:
        if text in keys:
            found.append(text)
            continue
        spans = _ranges(text)
        inside = [v.key for v in levels if v.value is not None and any(a <= v.value <= b for a, b in spans)]
        if not inside:
            expected, hint = one_of(text, keys)
            findings.add(path, f"{text!r} holds no code of the source", expected, hint)
        found += inside
    return tuple(dict.fromkeys(found))


def _ranges(text: str) -> tuple[Range, ...]:
    """Inclusive ranges that a key such as ``0-2`` or ``1,4-6`` names; none if part of it is none."""
    parts = [_range(part.strip()) for part in text.split(",")]
    return tuple(part for part in parts if part is not None) if None not in parts else ()


def _range(text: str) -> Range | None:
    """Inclusive range that ``3``, ``0-2``, ``<=1945`` or ``65+`` names."""
    if _EXACTLY.fullmatch(text):
        return float(text), float(text)
    if match := _BETWEEN.fullmatch(text):
        return float(match[1]), float(match[2])
    if match := _AT_LEAST.fullmatch(text):
        return float(match[1]), math.inf
    if match := _BEYOND.fullmatch(text):
        bound = float(match[2])
        return {
            "<=": (-math.inf, bound),
            "<": (-math.inf, math.nextafter(bound, -math.inf)),
            ">=": (bound, math.inf),
            ">": (math.nextafter(bound, math.inf), math.inf),
        }[match[1]]
    return None


def _check_overlap(ranges: Mapping[str, Range], path: Path, findings: Findings) -> None:
    spans = sorted((low, high, key) for key, (low, high) in ranges.items())
    for low, high, key in spans:
        if low > high:
            findings.add((*path, "codes", key), repr(key), "a range that rises")
    for (_, high, key), (low, _, other) in pairwise(spans):
        if low <= high and key != other:
            findings.add((*path, "codes"), f"{key!r} and {other!r} overlap", "each number in one level")
