"""What study.yaml and instrument.yaml say of each other."""

from __future__ import annotations

from collections.abc import Iterator

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.schema.validate import Findings, one_of
from survey.core.study import StudySpec
from survey.core.yamltext import Document, Path
from survey.core.yamltext import load as load_yaml
from survey.errors import Problem


def check(study: StudySpec, instrument: Instrument, file: str, text: str) -> list[Problem]:
    """Problems of names and codes; see `core.schema.check_study`."""
    findings = Findings(load_yaml(text, file) if text else Document(file, {}, {}))
    variables = {v.name: v for v in instrument.variables}
    for path, name in _groupings(study):
        if name not in variables:
            _unknown(name, list(variables), path, findings)
        elif not variables[name].levels or variables[name].type == "multi":
            found = f"{name!r} of type {variables[name].type}"
            findings.add(path, found, "a question or derived variable that puts each respondent into one group")
    measures = [*variables, *(i.name for i in instrument.indicators)]
    for path, name in _measures(study):
        if name not in measures:
            _unknown(name, measures, path, findings)
    codes = {level.key: v.name for v in variables.values() for level in v.levels}
    for wave in study.waves:
        if wave.name in codes:
            found = f"the wave name {wave.name!r}, which is a code of {codes[wave.name]!r}"
            findings.add(("waves", _key(findings, wave.name)), found, "a name that no code has", "Such as a year.")
    return findings.problems


def _groupings(study: StudySpec) -> Iterator[tuple[Path, str]]:
    for i, name in enumerate(study.groups):
        yield ("groups", i), name
    for i, pair in enumerate(study.cross):
        for j, name in enumerate(pair):
            yield ("cross", i, j), name
    seen = set()
    for path, design in [(("design",), study.design), *((("waves", w.name, "design"), w.design) for w in study.waves)]:
        if design.calibrate is not None and design.calibrate not in seen:
            seen.add(design.calibrate)
            for i, margin in enumerate(design.calibrate.to):
                for name in margin:
                    yield (*path, "calibrate", "to", i), name


def _measures(study: StudySpec) -> Iterator[tuple[Path, str]]:
    for i, target in enumerate(study.targets):
        yield ("targets", i, "measure"), target.measure
    for i, claim in enumerate(study.claims):
        key = "measure" if len(claim.measures) == 1 else "measures"
        for name in claim.measures:
            yield ("claims", i, key), name


def _unknown(name: str, known: list[str], path: Path, findings: Findings) -> None:
    findings.add(path, f"no question, indicator or derived variable named {name!r}", *one_of(name, known))


def _key(findings: Findings, wave: str) -> str | int | float:
    """The wave's key as the file has it: a year without quotes is a number there."""
    waves = findings.document.data.get("waves") or {}
    return next((key for key in waves if code_text(key) == wave), wave)
