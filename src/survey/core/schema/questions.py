"""A question of instrument.yaml → `Question`, with what its module gives every question."""

from __future__ import annotations

import re
from typing import Any

from survey.core.codes import code_text
from survey.core.missing import MissingKind
from survey.core.questions import NO_THEME, Question, QuestionType, ResponseScale
from survey.core.schema import qualitative
from survey.core.schema.missing_shape import DEFAULT_KINDS, MissingKindShape
from survey.core.schema.question_shape import DefaultsShape, QuestionShape
from survey.core.schema.scales import Scales
from survey.core.schema.shape import stated
from survey.core.schema.validate import Findings, one_of
from survey.core.words import Words
from survey.core.yamltext import Path

DEFAULT_WORDS = {
    "blank": {"en": "Blank", "id": "Kosong"},
    "not_applicable": {"en": "Not applicable", "id": "Tidak berlaku"},
    "dont_know": {"en": "Don't know", "id": "Tidak tahu"},
    "refused": {"en": "Refused", "id": "Menolak"},
}
#: Types of questions that state neither type nor codes; they describe the fieldwork or the design.
TYPE_OF_ROLE: dict[str, QuestionType] = {
    "id": "text",
    "wave": "text",
    "interviewer": "text",
    "stratum": "text",
    "psu": "text",
    "open": "text",
    "identifier": "text",
    "weight": "number",
    "fpc": "number",
    "duration": "number",
    "date": "date",
}
CODED = frozenset({"ordinal", "nominal", "multi"})
SCALE_KEYS = ("scale", "codes", "codelist")
_EXTRA = (
    "max_length", "facet", "dimension", "service", "indicator", "claim", "base", "optional", "gate", "intro", "note",
)  # fmt: skip


def missing_kinds(given: dict[Any, MissingKindShape], findings: Findings) -> tuple[MissingKind, ...]:
    """The four kinds of missing, by the study's codes and words where it gives them."""
    made: dict[str, MissingKind] = {}
    for code, shape in given.items():
        path: Path = ("missing", code)
        if not isinstance(code, int) or code >= 0:
            findings.add(path, f"the code {code_text(code)!r}", "a negative whole number, which no answer can be")
        elif shape.key in made:
            findings.add(path, f"the kind {shape.key!r} again", "each kind once")
        else:
            made[shape.key] = MissingKind(code, shape.key, Words(shape.words or DEFAULT_WORDS[shape.key]))
    used = {kind.code for kind in made.values()}
    for default, key in DEFAULT_KINDS.items():
        if key not in made:
            code = default if default not in used else min(used) - 1
            made[key] = MissingKind(code, key, Words(DEFAULT_WORDS[key]))
            used.add(code)
    return tuple(made[key] for key in DEFAULT_WORDS)


def with_defaults(question: QuestionShape, defaults: DefaultsShape) -> QuestionShape:
    """The question with what its module gives every question and it does not state itself.

    A question that states its own codes takes no scale of the module, nor the module's type if its
    own scale has one.
    """
    given = stated(defaults)
    own = stated(question)
    if any(key in own for key in SCALE_KEYS):
        given = {k: v for k, v in given.items() if k not in SCALE_KEYS and not k.startswith("codelist")}
        if "scale" in own and "type" not in own:
            given.pop("type", None)
    if own.get("type") not in (None, *CODED):
        given = {k: v for k, v in given.items() if k not in (*SCALE_KEYS, "synonyms", "reverse")}
    return question.model_copy(update={k: v for k, v in given.items() if k not in own})


def question(shape: QuestionShape, module: str | None, scales: Scales, path: Path) -> Question:
    """The question that `shape` describes; what contradicts itself is noted as a problem."""
    scale = scales.of_question(shape, path)
    kind = _type(shape, scale, scales)
    scale = _ordered(scale, kind) if scale else None
    text = Words(shape.text or shape.label) or Words.plain(shape.name)
    made = Question(
        name=shape.name,
        text=text,
        label=Words(shape.label) if shape.label else text,
        type=kind or "text",
        scale=scale,
        column=shape.column,
        columns={code_text(k): v for k, v in shape.columns.items()},
        selected=shape.selected,
        separator=shape.separator,
        reverse=shape.reverse,
        recode={code_text(w): {code_text(a): code_text(b) for a, b in m.items()} for w, m in shape.recode.items()},
        missing=shape.missing,
        ask_if=shape.ask_if,
        minimum=shape.min,
        maximum=shape.max,
        role=shape.role,
        pdp=shape.pdp.class_ if shape.pdp else None,
        required=shape.required,
        unique=shape.unique,
        pattern=shape.pattern,
        formats=tuple(shape.formats),
        number_format=shape.number_format,
        unit=shape.unit,
        module=module,
        stage=shape.stage,
        changed={code_text(wave): Words(text) for wave, text in shape.changed.items()},
        keywords=qualitative.themes(shape.keywords),
        extra=_extra(shape),
    )
    if kind is None:
        expected = "the key `type`, or a scale that has one"
        if all(getattr(shape, key) is None for key in SCALE_KEYS):
            scales.findings.add(path, "neither `type` nor `scale` nor `codes`", expected)
    else:
        _check(made, shape, path, scales.findings)
    return made


def _type(shape: QuestionShape, scale: ResponseScale | None, scales: Scales) -> QuestionType | None:
    if shape.type is not None:
        return shape.type
    if shape.columns or shape.separator:
        return "multi"
    if scale is not None:
        return "ordinal" if scale.ordinal else "nominal"
    if shape.scale is not None:
        return None
    return TYPE_OF_ROLE.get(shape.role or "")


def _ordered(scale: ResponseScale, kind: QuestionType | None) -> ResponseScale:
    """The scale in the sense of the question: its own type goes before the scale's."""
    ordinal = kind == "ordinal"
    if scale.ordinal == ordinal:
        return scale
    return ResponseScale(scale.levels, ordinal, scale.synonyms, scale.name)


def _extra(shape: QuestionShape) -> dict[str, object]:
    extra: dict[str, object] = {key: value for key in _EXTRA if (value := getattr(shape, key))}
    if shape.pdp and shape.pdp.pasal is not None:
        extra["pasal"] = shape.pdp.pasal
    if shape.pdp and shape.pdp.release is not None:
        extra["release"] = shape.pdp.release
    return extra


def _check(made: Question, shape: QuestionShape, path: Path, findings: Findings) -> None:
    _check_codes(made, shape, path, findings)
    _check_multi(made, path, findings)
    keys = [level.key for level in made.levels]
    for wave, codes in shape.recode.items():
        for source, code in codes.items():
            if keys and code_text(code) not in keys:
                expected, hint = one_of(code_text(code), keys)
                findings.add((*path, "recode", wave, source), f"the code {code_text(code)}", expected, hint)
    if made.minimum is not None and made.maximum is not None and made.minimum > made.maximum:
        findings.add((*path, "min"), f"min {made.minimum:g} above max {made.maximum:g}", "min at most max")
    if made.pattern is not None:
        try:
            re.compile(made.pattern)
        except re.error as error:
            findings.add((*path, "pattern"), repr(made.pattern), f"a regular expression ({error.msg})")
    if made.keywords and made.type != "text":
        findings.add((*path, "keywords"), f"`keywords` on type {made.type}", "type text, or role open")
    if NO_THEME in [theme.name for theme in made.keywords]:
        found = f"a theme named {NO_THEME!r}, which stands for answers without one"
        findings.add((*path, "keywords", NO_THEME), found, "another name")
    if made.role == "consent" and keys and "1" not in keys:
        findings.add(path, "a question of consent without the code 1", "codes among which 1 means yes")


def _check_codes(made: Question, shape: QuestionShape, path: Path, findings: Findings) -> None:
    named = next((key for key in SCALE_KEYS if getattr(shape, key) is not None), None)
    if made.type in CODED and named is None and made.role not in TYPE_OF_ROLE:
        findings.add(path, f"type {made.type} without codes", "`scale`, `codes` or `codelist`")
    if made.type not in CODED and named is not None:
        findings.add((*path, named), f"`{named}` on type {made.type}", "type ordinal, nominal or multi")
    ranged = made.minimum is not None and made.maximum is not None
    if made.reverse and not ranged and any(level.value is None for level in made.levels):
        findings.add((*path, "reverse"), "`reverse` on codes that are text", "codes that are numbers")
    if made.reverse and not made.levels and not ranged and named is None:
        findings.add((*path, "reverse"), "`reverse` without codes", "codes that are numbers, or `min` and `max`")
    recoded = {source for codes in made.recode.values() for source in codes}
    answers = {level.key for level in made.levels} - recoded
    for source in sorted({s for kinds in made.missing.values() for s in kinds} & answers):
        found = f"{source} both in the codes and in `missing`"
        findings.add((*path, "missing"), found, "one meaning a code", "What is in `missing` leaves the base.")


def _check_multi(made: Question, path: Path, findings: Findings) -> None:
    if made.type != "multi":
        for key in ("columns", "separator"):
            if getattr(made, key):
                findings.add((*path, key), f"`{key}` on type {made.type}", "type multi")
        return
    keys = [level.key for level in made.levels]
    for level in made.levels:
        if ";" in level.key:
            findings.add((*path, "codes", level.code), f"the code {level.key!r}", "a code without ;")
    for key in made.columns:
        if keys and key not in keys:
            expected, hint = one_of(key, keys)
            findings.add((*path, "columns", key), f"the code {key!r}", expected, hint)
    if made.columns and made.separator:
        findings.add((*path, "separator"), "`separator` beside `columns`", "one of them")
