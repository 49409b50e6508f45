"""The file of area totals that `areas.covariates` names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

from survey.core.instrument import Instrument
from survey.core.models import AreasSpec
from survey.core.schema.scales import Reader
from survey.core.schema.validate import Findings, one_of
from survey.core.study import StudySpec
from survey.core.yamltext import Path
from survey.errors import Problem, SurveyError

_PATH: Path = ("areas", "covariates")
#: Areas that a message names.
_LISTED = 8


def with_totals(study: StudySpec, instrument: Instrument, read: Reader, findings: Findings) -> StudySpec:
    """The study with the numbers of its areas' file, which must hold one for every area and covariate."""
    spec = study.areas
    if spec is None or spec.covariates is None or not instrument.has(spec.by):
        return study
    rows = _rows(spec, read, findings)
    columns = tuple(c for c in (rows[0] if rows else {}) if c not in (spec.by, spec.within))
    if not rows or not _shaped(spec, rows, columns, findings):
        return study
    known = [level.key for level in instrument.variable(spec.by).levels]
    totals: dict[str, tuple[float, ...]] = {}
    for line, row in enumerate(rows, start=2):
        code = row[spec.by]
        if code in totals or code not in known:
            expected = one_of(code, known) if code not in known else ("each area once", "")
            _refuse(spec, line, spec.by, repr(code), *expected, findings)
        totals[code] = tuple(_number(spec, line, name, row[name], findings) for name in columns)
    if missing := [code for code in known if code not in totals]:
        named = ", ".join(missing[:_LISTED]) + (" …" if len(missing) > _LISTED else "")
        findings.add(_PATH, f"{spec.covariates} without {named}", f"a row for every code of {spec.by!r}")
    return replace(study, areas=replace(spec, columns=columns, totals=totals))


def _rows(spec: AreasSpec, read: Reader, findings: Findings) -> list[dict[str, str]]:
    try:
        text = read(str(spec.covariates)).removeprefix("\ufeff")
    except (OSError, UnicodeError, SurveyError):
        findings.add(_PATH, f"{spec.covariates} cannot be read", "a CSV in UTF-8")
        return []
    rows = csv.DictReader(io.StringIO(text, newline=""), restval="")
    return [{k.strip(): (v or "").strip() for k, v in row.items() if k} for row in rows]


def _shaped(
    spec: AreasSpec, rows: list[Mapping[str, str]] | list[dict[str, str]], columns: tuple[str, ...], findings: Findings
) -> bool:
    if spec.by not in rows[0]:
        findings.add(_PATH, f"no column {spec.by!r} in {spec.covariates}", *one_of(spec.by, list(rows[0])))
        return False
    if not columns:
        findings.add(_PATH, f"{spec.covariates} with no column of numbers", f"a covariate beside {spec.by!r}")
    return bool(columns)


def _number(spec: AreasSpec, line: int, column: str, written: str, findings: Findings) -> float:
    try:
        number = float(written)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        _refuse(spec, line, column, repr(written), "a plain number", "", findings)
    return number


def _refuse(spec: AreasSpec, line: int, column: str, found: str, expected: str, hint: str, findings: Findings) -> None:
    findings.problems.append(Problem(str(spec.covariates), line, column, found, expected, hint))
