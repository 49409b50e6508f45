"""The two files of a study read together: every problem of either, and between them, at once."""

from __future__ import annotations

from survey.core.instrument import Instrument
from survey.core.schema import agreement, areas, instrument, study
from survey.core.schema.scales import Reader
from survey.core.schema.validate import Findings
from survey.core.study import StudySpec
from survey.core.yamltext import Document
from survey.errors import SchemaError

INSTRUMENT_FILE = "instrument.yaml"


def load(text: str, file: str, read: Reader) -> tuple[StudySpec, Instrument]:
    """The study and its instrument; see `core.schema.load`."""
    spec, findings = study.attempt(text, file)
    asked = _instrument(spec, findings.document, read)
    if spec is not None and asked.made is not None:
        agreement.compare(spec, asked, findings)
        spec = areas.with_totals(spec, asked.made, read, findings)
    if problems := [*findings.in_order(), *asked.findings.in_order()]:
        raise SchemaError(problems)
    assert spec is not None
    assert asked.made is not None
    return spec, asked.made


def _instrument(spec: StudySpec | None, document: Document, read: Reader) -> instrument.Attempt:
    """The instrument that study.yaml names; where that cannot be read, the one of the usual name if it is there."""
    named = document.data.get("instrument")
    file = named if isinstance(named, str) else INSTRUMENT_FILE
    languages = spec.languages if spec else study.declared_languages(document)
    try:
        text = read(file)
    except SchemaError as error:
        return instrument.Attempt(Findings(Document(file, {}, {}), list(error.problems) if named == file else []))
    return instrument.attempt(text, file, languages, read, spec.min_valid if spec else 0.5)
