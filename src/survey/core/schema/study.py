"""study.yaml → `StudySpec`."""

from __future__ import annotations

import re
from typing import Any

from survey.core.codes import code_text
from survey.core.engine import EngineSpec
from survey.core.models import AreasSpec, Decomposition, IndirectSpec, ModelSpec, TypesSpec
from survey.core.release import ReleasePolicy
from survey.core.sampling import CalibrationSpec, DesignSpec, ReplicateSpec
from survey.core.schema import qualitative, roadmap
from survey.core.schema.design_shape import DesignShape
from survey.core.schema.models_shape import DecomposeShape, TypesShape
from survey.core.schema.shape import is_language, stated
from survey.core.schema.statements import check_statements, claim, proposition
from survey.core.schema.study_shape import StudyShape, WaveShape
from survey.core.schema.validate import Findings, validated
from survey.core.study import TREND, Exclusion, StudySpec, WaveSpec
from survey.core.words import Words
from survey.core.yamltext import Document

LATER = "Not in this version."
LATER_FORMATS = frozenset({"kobo", "limesurvey", "google_forms", "qualtrics", "surveymonkey"})
_WAVE_NAME = re.compile(r"[A-Za-z0-9_-]+")


def load(text: str, file: str) -> StudySpec:
    """The study that `text` describes; see `core.schema.load_study`."""
    spec, findings = attempt(text, file)
    findings.refuse_any()
    assert spec is not None
    return spec


def attempt(text: str, file: str) -> tuple[StudySpec | None, Findings]:
    """The study without the parts that are wrong, None if too little is left, and the file's problems."""
    findings = Findings.of(text, file)
    shape = None if findings.problems else validated(StudyShape, findings, declared_languages(findings.document))
    if shape is None:
        return None, findings
    _check(shape, findings)
    return _study(shape), findings


def declared_languages(document: Document) -> tuple[str, ...]:
    """Languages as study.yaml writes them, whatever else is wrong with it."""
    declared = document.data.get("languages")
    return tuple(v for v in declared if isinstance(v, str)) if isinstance(declared, list) else ()


def _check(shape: StudyShape, findings: Findings) -> None:
    _check_languages(shape, findings)
    _check_waves(shape, findings)
    _check_design(shape.design, shape, ("design",), findings)
    roadmap.check(shape.targets, shape.initiatives, shape.maturity, findings)
    check_statements(shape, findings)
    _check_exclude(shape, findings)
    _check_types(shape, findings)
    if shape.qualitative is not None:
        qualitative.check(shape.qualitative, [code_text(key) for key in shape.waves], findings)


def _check_exclude(shape: StudyShape, findings: Findings) -> None:
    for i, exclusion in enumerate(shape.exclude):
        path = ("exclude", i)
        if (exclusion.rule is None) == (exclusion.flag is None):
            findings.add(path, "both or neither of `rule` and `flag`", "one of them")
        if not exclusion.reason:
            findings.add((*path, "reason"), "no reason", "words that the report prints")
        if exclusion.rule is not None and exclusion.rule.bare is not None:
            findings.add((*path, "rule"), f"a name alone, {exclusion.rule.text!r}", "a condition such as x >= 2")
        if exclusion.flag == "speeder" and shape.engine is not None and shape.engine.name != "memory":
            hint = "Write a rule with a number of minutes, or set engine: memory."
            found = f"speeder with engine: {shape.engine.name}"
            findings.add((*path, "flag"), found, "a wave in memory, whose median is known", hint)


def _check_types(shape: StudyShape, findings: Findings) -> None:
    if shape.types is None:
        return
    for i, name in enumerate(shape.types.items):
        if name in shape.types.items[:i]:
            findings.add(("types", "items", i), f"{name!r} again", "each item once")
    if shape.types.classes[0] > shape.types.classes[1]:
        findings.add(("types", "classes"), str(shape.types.classes), "the fewest classes, then the most")


def _check_languages(shape: StudyShape, findings: Findings) -> None:
    for i, language in enumerate(shape.languages):
        if language in shape.languages[:i]:
            findings.add(("languages", i), f"{language!r} again", "each language once")
        elif not is_language(language, ()):
            findings.add(("languages", i), repr(language), "a language code such as id or en")


def _check_waves(shape: StudyShape, findings: Findings) -> None:
    seen: dict[str, str] = {}
    for key, wave in shape.waves.items():
        name, path = code_text(key), ("waves", key)
        if not _WAVE_NAME.fullmatch(name):
            findings.add(path, f"the wave name {name!r}", "letters, digits, - and _")
        if name.casefold() == TREND:
            findings.add(
                path, f"the wave name {name!r}", "another name", "reports/trend is kept for change over waves."
            )
        if name.casefold() in seen:
            findings.add(path, f"the wave name {name!r} beside {seen[name.casefold()]!r}", "names that differ")
        seen[name.casefold()] = name
        if wave.form is not None:
            findings.add((*path, "form"), "`form`", "a file of codes, or of labels that the instrument knows", LATER)
        if wave.format in LATER_FORMATS:
            findings.add((*path, "format"), repr(wave.format), "a plain table, sav, dta or parquet", LATER)
        if wave.collected and wave.collected[0] > wave.collected[1]:
            findings.add((*path, "collected"), "a last day before the first", "the first day, then the last")
        _check_design(wave.design, shape, (*path, "design"), findings)


def _check_design(design: DesignShape, shape: StudyShape, path: tuple[Any, ...], findings: Findings) -> None:
    """What can be known of a design without the data; `path` is where a problem is shown."""
    if calibrate := design.calibrate:
        if shape.margins is None:
            findings.add((*path, "calibrate"), "`calibrate` without `margins`", "a margins file in the key `margins`")
        if calibrate.bounds and not calibrate.bounds[0] < 1 < calibrate.bounds[1]:
            findings.add((*path, "calibrate", "bounds"), str(calibrate.bounds), "one below 1 and one above")
        if calibrate.method == "poststratify" and len(calibrate.to) > 1:
            hint = "Use `method: rake`, or one crossed margin."
            findings.add((*path, "calibrate"), f"poststratify with {len(calibrate.to)} margins", "one margin", hint)
        if calibrate.method == "logit" and calibrate.bounds is None:
            findings.add((*path, "calibrate"), "logit with no bounds", "two numbers in `bounds`, as [0.3, 3.0]")
    if replicates := design.replicates:
        where = (*path, "replicates")
        try:
            re.compile(replicates.columns or "")
        except re.error as error:
            findings.add((*where, "columns"), repr(replicates.columns), f"a regular expression ({error.msg})")
        if replicates.type == "jkn" and replicates.columns and not replicates.rscales:
            findings.add(where, "jkn without `rscales`", "one factor a replicate in the key `rscales`")


def _merged(design: DesignShape, override: DesignShape) -> DesignShape:
    """`design` with the keys that a wave states for itself."""
    return design.model_copy(update=stated(override))


def _study(shape: StudyShape) -> StudySpec:
    return StudySpec(
        study=shape.study,
        title=Words(shape.title),
        languages=tuple(shape.languages),
        instrument=shape.instrument,
        waves=tuple(_wave(code_text(key), wave, shape) for key, wave in shape.waves.items()),
        design=_design(shape.design),
        margins=shape.margins,
        population=shape.population,
        groups=tuple(shape.groups),
        cross=tuple((a, b) for a, b in shape.cross),
        conf_level=shape.conf_level,
        quantile_rule=shape.quantile_rule,
        adjust=shape.adjust,
        method=shape.method,
        smallest_effect={str(k): v for k, v in shape.smallest_effect.items()},
        seed=shape.seed,
        release=ReleasePolicy(**shape.release.model_dump()),
        analyses=None if shape.analyses is None else tuple(shape.analyses),
        min_valid=shape.min_valid,
        targets=tuple(map(roadmap.target, shape.targets)),
        frame=shape.frame,
        initiatives=tuple(map(roadmap.initiative, shape.initiatives)),
        maturity=roadmap.maturity(shape.maturity) if shape.maturity else None,
        claims=tuple(map(claim, shape.claims)),
        propositions=tuple(map(proposition, shape.propositions)),
        exclude=tuple(Exclusion(Words(e.reason), e.rule, e.flag) for e in shape.exclude),
        decompose=tuple(map(_decomposition, shape.decompose)),
        models=tuple(ModelSpec(tuple(m.measure), tuple(m.covariates), m.type) for m in shape.models),
        intersections=tuple(shape.intersections or ()),
        indirect=tuple(IndirectSpec(i.source, i.through, i.target, tuple(i.covariates)) for i in shape.indirect),
        composition=tuple(shape.composition),
        areas=AreasSpec(**shape.areas.model_dump()) if shape.areas else None,
        tiles={name: {code_text(k): (x, y) for k, (x, y) in placed.items()} for name, placed in shape.tiles.items()},
        types=_types(shape.types) if shape.types else None,
        qualitative=qualitative.qualitative(shape.qualitative) if shape.qualitative else None,
        documents=qualitative.documents(shape.documents) if shape.documents else None,
        simulate={str(k): v for k, v in shape.simulate.items()},
    )


def _types(shape: TypesShape) -> TypesSpec:
    fewest, most = shape.classes
    return TypesSpec(tuple(shape.items), (fewest, most))


def _wave(name: str, wave: WaveShape, study: StudyShape) -> WaveSpec:
    return WaveSpec(
        name=name,
        source=wave.source,
        label=Words(wave.label) if wave.label else Words.plain(name),
        design=_design(_merged(study.design, wave.design)),
        collected=(wave.collected[0], wave.collected[1]) if wave.collected else None,
        where=wave.where,
        format=wave.format,
        sheet=wave.sheet,
        encoding=wave.encoding,
        delimiter=wave.delimiter,
        answers=wave.answers,
        synthetic=wave.synthetic,
        engine=EngineSpec(**study.engine.model_dump()) if study.engine else EngineSpec(),
        mode=wave.mode,
    )


def _design(design: DesignShape) -> DesignSpec:
    calibrate, replicates = design.calibrate, design.replicates
    return DesignSpec(
        sampling=design.sampling,
        method=Words(design.method),
        weight=design.weight,
        strata=tuple(design.stratum),
        psus=tuple(design.psu),
        fpcs=tuple(design.fpc),
        lonely_psu=design.lonely_psu,
        overlap=design.overlap,
        overlap_stated="overlap" in design.model_fields_set,
        replicates=ReplicateSpec(**replicates.model_dump() | {"rscales": tuple(replicates.rscales or ())})
        if replicates
        else None,
        calibrate=CalibrationSpec(
            to=tuple(map(tuple, calibrate.to)),
            method=calibrate.method,
            bounds=(calibrate.bounds[0], calibrate.bounds[1]) if calibrate.bounds else None,
        )
        if calibrate
        else None,
        trim=(design.trim[0], design.trim[1]) if design.trim else None,
    )


def _decomposition(shape: DecomposeShape) -> Decomposition:
    groups = (shape.groups[0], shape.groups[1]) if shape.groups else None
    return Decomposition(tuple(shape.measure), shape.by, groups, tuple(shape.covariates))
