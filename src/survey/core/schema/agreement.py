"""What study.yaml and instrument.yaml say of each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.schema import qualitative, roadmap, tiles
from survey.core.schema.instrument import Attempt
from survey.core.schema.models import compare_models
from survey.core.schema.statements import compare_statements
from survey.core.schema.validate import Findings, one_of
from survey.core.study import ALL_INDICATORS, StudySpec
from survey.core.yamltext import Path
from survey.core.yamltext import load as load_yaml
from survey.errors import Problem


def compare(study: StudySpec, asked: Attempt, findings: Findings) -> None:
    """Add what contradicts the instrument to the study's `findings`, and waves that are none to the instrument's.

    What is cut out of either file, or in doubt there, is no second problem.
    """
    assert asked.made is not None
    variables = {v.name: v for v in asked.made.variables}
    for path, name in _groupings(study):
        if name in asked.doubtful:
            continue
        if name not in variables:
            _unknown(name, list(variables), path, findings)
        elif not variables[name].levels or variables[name].type == "multi":
            found = f"{name!r} of type {variables[name].type}"
            findings.add(path, found, "a question or derived variable that puts each respondent into one group")
    measures = [*variables, *(i.name for i in asked.made.indicators)]
    for path, name in _measures(study):
        if name not in measures and name not in asked.doubtful:
            _unknown(name, measures, path, findings)
    compare_models(study, asked, findings)
    roadmap.compare(study, asked, findings)
    compare_statements(study, asked, findings)
    qualitative.compare(study, asked.made, asked.doubtful, findings)
    tiles.compare(study, asked.made, findings)
    _compare_exclusions(study, asked, measures, findings)
    indicators = [ALL_INDICATORS, *(i.name for i in asked.made.indicators)]
    for name in study.smallest_effect:
        if name not in indicators and name not in asked.doubtful:
            findings.add(("smallest_effect", name), f"no indicator named {name!r}", *one_of(name, indicators))
    waves = {code_text(key): key for key in findings.document.data["waves"]}
    codes = {level.key: v.name for v in variables.values() for level in v.levels}
    for wave in study.waves:
        if wave.name in codes:
            found = f"the wave name {wave.name!r}, which is a code of {codes[wave.name]!r}"
            findings.add(("waves", waves[wave.name]), found, "a name that no code has", "Such as a year.")
    _check_waves(list(waves), asked)


def _compare_exclusions(study: StudySpec, asked: Attempt, known: list[str], findings: Findings) -> None:
    """Add names that a rule reads and nobody was asked, and flags that the instrument gives no grounds for."""
    assert asked.made is not None
    hidden = {q.name for q in asked.made.by_role("identifier")}
    for i, exclusion in enumerate(study.exclude):
        for name in exclusion.rule.names if exclusion.rule else ():
            if name in hidden:
                found = f"the identifier {name!r}, which is never read"
                findings.add(("exclude", i, "rule"), found, "questions, derived variables and indicators")
            elif name not in known and name not in asked.doubtful:
                _unknown(name, known, ("exclude", i, "rule"), findings)
        if exclusion.flag == "speeder" and not _lengths(asked.made):
            findings.add(
                ("exclude", i, "flag"), "speeder without a length of the interview", "a number of role duration"
            )
        if exclusion.flag == "straightliner" and not _one_scale(asked.made):
            expected = "three items or more of indicators, all on one response scale"
            findings.add(("exclude", i, "flag"), "straightliner without a scale that items share", expected)


def _lengths(instrument: Instrument) -> bool:
    return any(q.type in ("integer", "number") for q in instrument.by_role("duration"))


def _one_scale(instrument: Instrument) -> bool:
    items = dict.fromkeys(item for indicator in instrument.indicators for item in indicator.items)
    scales = {tuple(level.value for level in instrument.question(item).levels) for item in items}
    return len(items) >= 3 and len(scales) == 1 and None not in (numbers := scales.pop()) and len(numbers) > 1


def check_analyses(study: StudySpec, known: Collection[str], file: str, text: str) -> list[Problem]:
    """See `core.schema.check_analyses`."""
    findings = Findings(load_yaml(text, file))
    for i, name in enumerate(study.analyses or ()):
        if name not in known:
            findings.add(("analyses", i), f"no analysis named {name!r}", *one_of(name, known))
    return findings.problems


def _check_waves(known: list[str], asked: Attempt) -> None:
    """Waves that questions name and study.yaml does not, where one of the study's is misspelt.

    Other names are no problem: a questionnaire may serve waves that this study leaves out.
    """
    assert asked.made is not None
    for question in asked.made.questions:
        for key, named in (
            ("column", question.column),
            ("recode", question.recode),
            ("missing", question.missing),
            ("changed", question.changed),
        ):
            unknown = [wave for wave in named if wave and wave not in known]  # "" serves every wave
            for wave in (w for w in unknown if any(_letters(w) == _letters(k) for k in known)):
                path = _path(asked, question.name, key, wave)
                asked.findings.add(path, f"no wave named {wave!r} in the study", *one_of(wave, known))


def _letters(name: str) -> list[str]:
    """What a swap of two digits or another case leaves as it is."""
    return sorted(name.casefold())


def _path(asked: Attempt, question: str, key: str, wave: str) -> Path:
    """Where a question, or its module for all its questions, names a wave."""
    own = asked.paths[question]
    if key not in asked.findings.value(own) and len(own) == 4:
        own = (*own[:2], "defaults")
    # The key as the file has it: a year without quotes is a number there.
    written = next((k for k in asked.findings.value((*own, key)) if code_text(k) == wave), wave)
    return (*own, key, written)


def _groupings(study: StudySpec) -> Iterator[tuple[Path, str]]:
    for i, name in enumerate(study.groups):
        yield ("groups", i), name
    for i, name in enumerate(study.composition):
        yield ("composition", i), name
    if study.areas is not None:
        yield ("areas", "by"), study.areas.by
        yield ("areas", "within"), study.areas.within
    for i, name in enumerate(study.types.items if study.types else ()):
        yield ("types", "items", i), name
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
    for i, claim in enumerate(study.claims):
        key = "measure" if len(claim.measures) == 1 else "measures"
        for name in claim.measures:
            yield ("claims", i, key), name
        for j, reading in enumerate(claim.readings):
            yield ("claims", i, "readings", j, "measure"), reading.measure


def _unknown(name: str, known: list[str], path: Path, findings: Findings) -> None:
    findings.add(path, f"no question, indicator or derived variable named {name!r}", *one_of(name, known))
