"""The three stages of a wave: what each reads, what it rests on, what it makes.

A stage reads the bytes of the stage before it, whether they lie on disk or were made a moment ago,
so a run in one go and stage by stage give the same files. A new stage is one `Stage` here.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from survey.core.study import StudySpec, WaveSpec
from survey.errors import Problem, SchemaError, SurveyError
from survey.pipeline import earlier, parts
from survey.pipeline.earlier import Read
from survey.pipeline.stage import ESTIMATE, PREPARE, REPORT, Files, Making, Progress, Stage, at_once, processed, reports
from survey.pipeline.together import Together
from survey.writing import encode, fingerprint

if TYPE_CHECKING:
    import pandas as pd

    from survey.core.estimates import Release
    from survey.core.interviews import Interviews
    from survey.core.wave import Cleaned, Raw, Wave
    from survey.prepare.margins import Margin
    from survey.prepare.weight import Weighted
    from survey.study import Study

Facts = dict[str, "pd.DataFrame"]

KEY_VARIABLE = "SURVEY_KEY"


def stages(languages: tuple[str, ...]) -> tuple[Stage, ...]:
    """Every stage in order; one report a language."""
    return (_PREPARE, _ESTIMATE, *map(report_in, languages))


def report_in(language: str, state: Callable[[Study, WaveSpec], Mapping[str, str]] | None = None) -> Stage:
    """The stage that writes the report in `language`; `state` is what it rests on besides files."""

    def begin(study: Study, spec: WaveSpec, read: Read, _: Progress) -> Making:
        from survey.report import document

        composed = document.compose(release(study, spec, read), language)
        return lambda: {f"{reports(spec)}/{name}": content for name, content in composed.files().items()}

    return Stage(f"{REPORT}.{language}", released, _nothing, state or _study_settings, begin)


def settings(study: StudySpec, spec: WaveSpec) -> object:
    """What study.yaml says about one wave, as plain data; other waves are no part of it."""
    return fingerprint.plain(replace(study, waves=(spec,)))


def key() -> bytes | None:
    """The key of pseudonyms from the environment, or None."""
    return os.environb.get(KEY_VARIABLE.encode()) or None  # bytes: a key need not be text


def read_wave(study: Study, spec: WaveSpec, read: Read) -> Wave:
    """The wave from its prepared files; SurveyError where they are in parts."""
    from survey.prepare import responses

    if spec.engine.in_parts:
        hint = f"Read {processed(spec)}/{parts.INDEX}, or set engine: memory."
        raise SurveyError(Problem("study.yaml", None, "engine", "a wave that is kept in parts", "engine: memory", hint))

    table = earlier.table(read, f"{processed(spec)}/responses.parquet")
    return responses.from_frame(table, spec, study.instrument)


def release(study: Study, spec: WaveSpec, read: Read) -> Release:
    """What may be published about a wave, from its protected files."""
    from survey.analyse import disclosure

    estimates = earlier.table(read, f"{reports(spec)}/estimates.parquet")
    suppressed = earlier.table(read, f"{reports(spec)}/suppressed.csv")
    facts = earlier.tables(read, f"{reports(spec)}/facts.json")
    return disclosure.reopen(estimates, suppressed, facts, study.spec, spec, study.instrument)


def read_raw(study: Study, spec: WaveSpec) -> tuple[Raw, pd.Index | None]:
    """A wave's records as they came, and the source rows that `where` leaves out."""
    from survey.prepare import ingest

    raw = ingest.read(study.folder / spec.source, spec, spec.source)
    return ingest.select(raw, spec.where) if spec.where else (raw, None)


def clean_and_weigh(study: Study, spec: WaveSpec, raw: Raw, left_out: pd.Index | None) -> tuple[Cleaned, Weighted]:
    """A wave's answers cleaned and weighted."""
    from survey.prepare import clean, weight

    cleaned = clean.clean(raw, study.instrument, spec, spec.source, key(), left_out, study.spec.exclude)
    return cleaned, weight.weigh(cleaned, study.spec, spec, study.instrument, margins(study), spec.source)


def margins(study: Study) -> tuple[Margin, ...]:
    """The population margins that the study names; none where it names no file."""
    from survey.prepare import ingest
    from survey.prepare.margins import read

    name = study.spec.margins
    return read(ingest.table(study.folder / name, name), study.instrument) if name else ()


def interviews(study: Study, spec: WaveSpec) -> Facts:
    """The coded interviews that are shown with a wave, as tables; none where there are none."""
    from survey.prepare.interviews import read

    told = study.spec.tells(spec)
    return read(study.folder, told, study.file).facts if told is not None else {}


def _shared(study: Study) -> None:
    """What all waves share beyond the instrument: the margins, and the interviews of one of them."""
    together = Together()
    with together.step():
        margins(study)
    for spec in study.spec.waves:
        with together.step():
            interviews(study, spec)
    together.finish()


def analyses(study: Study) -> None:
    """Refuse analyses that are not in the catalogue, where study.yaml names them."""
    from survey.analyse.catalogue import NAMES
    from survey.core import schema

    if not set(study.spec.analyses or ()) <= set(NAMES):
        raise SchemaError(schema.check_analyses(study.spec, NAMES, study.file, study.read_text(study.file)))


def _prepare(study: Study, spec: WaveSpec, _: Read, __: Progress) -> Files:
    from survey.prepare import responses

    folder = processed(spec)
    if spec.engine.in_parts:
        drafts = parts.drafts(study, spec, margins(study), key())
        files, facts = parts.prepared(drafts, folder)
        facts |= interviews(study, spec)
        return files | {f"{folder}/facts.json": encode.tables_json(_facts(drafts.first, drafts.counts, facts))}
    raw, left_out = read_raw(study, spec)
    cleaned, weighted = clean_and_weigh(study, spec, raw, left_out)
    facts = {"quality": cleaned.quality, **weighted.facts, **interviews(study, spec)}
    return {
        f"{folder}/responses.parquet": encode.parquet(responses.to_frame(weighted.wave)),
        f"{folder}/audit.parquet": encode.parquet(cleaned.audit),
        f"{folder}/audit.csv": encode.csv(cleaned.audit),
        f"{folder}/quality.csv": encode.csv(cleaned.quality),
        f"{folder}/facts.json": encode.tables_json(_facts(raw, cleaned.counts, facts)),
    }


def _facts(raw: Raw, counts: Mapping[str, int], others: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    import pandas as pd

    decisions = "; ".join(f"{name}: {value}" for name, value in raw.decisions.items())
    source = {"file": raw.file, "format": raw.format, "sha256": raw.sha256, "decisions": decisions}
    return {
        "source": pd.DataFrame([source]),
        "cleaning": pd.DataFrame({"rule": list(counts), "n": list(counts.values())}),
        **others,
    }


def _estimate(study: Study, spec: WaveSpec, read: Read, say: Progress) -> Files:
    from survey.analyse import catalogue, disclosure, running

    facts, told = _told(study, earlier.tables(read, f"{processed(spec)}/facts.json"))
    if spec.engine.in_parts:
        made = parts.estimates(study, spec, read, processed(spec), told)
    else:
        progress = counted(say, spec, len(catalogue.selected(study.spec)))
        made = running.estimate(read_wave(study, spec, read), study.spec, progress, told)
    facts |= {"skipped": made.skipped}
    return stored(disclosure.protect(made.table, study.spec, spec, study.instrument, facts), reports(spec))


def counted(say: Progress, spec: WaveSpec, total: int) -> Progress:
    """What says which of `total` analyses is under way."""
    number = count(1)
    return lambda name: say(f"{spec.name}: {name} ({next(number)} of {total})")


def _told(study: Study, facts: Facts) -> tuple[Facts, Interviews | None]:
    """What may be published of the coded interviews in place of their segments, and the interviews."""
    from survey.core.interviews import CODEBOOK, SEGMENTS, Interviews

    told, rules = Interviews.of_facts(facts), study.spec.qualitative
    others = {name: table for name, table in facts.items() if name not in (CODEBOOK, SEGMENTS)}
    if told is None or rules is None or "joint" not in (study.spec.analyses or ("joint",)):
        return others, None
    from survey.analyse import joint

    return others | joint.facts(told, rules, study.instrument), told


def stored(release: Release, folder: str) -> Files:
    """The files of a release below `folder`."""
    return {
        f"{folder}/estimates.parquet": encode.parquet(release.estimates),
        f"{folder}/estimates.csv": encode.csv(release.estimates),
        f"{folder}/suppressed.csv": encode.csv(release.suppressed),
        f"{folder}/facts.json": encode.tables_json(release.facts),
    }


def _prepare_state(study: Study, spec: WaveSpec) -> Mapping[str, str]:
    secret = key()
    whole = study.spec
    relevant = [
        fingerprint.plain(spec),
        whole.margins,
        whole.population,
        whole.min_valid,
        fingerprint.plain(whole.exclude),
        fingerprint.plain(whole.tells(spec)),
    ]
    return {
        "settings": fingerprint.of_value([*relevant, list(study.spec.languages)]),
        # Eight digits tell one key from another and say nothing about it.
        KEY_VARIABLE: hmac.new(secret, b"survey", "sha256").hexdigest()[:8] if secret else "not set",
    }


def _study_settings(study: Study, spec: WaveSpec) -> Mapping[str, str]:
    return {"settings": fingerprint.of_value(settings(study.spec, spec))}


def _prepare_sources(study: Study, spec: WaveSpec) -> Mapping[str, str]:
    told = study.spec.tells(spec)
    named = [*_source_files(study.folder, spec.source), *filter(None, [study.spec.margins])]
    named += told.files if told is not None else ()
    return {name: fingerprint.of_file(study.folder / name) for name in named}


def _source_files(folder: Path, source: str) -> list[str]:
    """The files behind a source: itself, those of a folder, or those a pattern finds."""
    place = folder / source
    if place.is_dir() and not place.is_symlink():
        return sorted(f"{source.rstrip('/')}/{p.name}" for p in place.iterdir() if not p.is_dir())
    if any(sign in source for sign in "*?[") and not place.exists():
        start = Path(source)
        parent = folder / start.parent
        return sorted((start.parent / p.name).as_posix() for p in parent.glob(start.name)) or [source]
    return [source]


def _nothing(_: Study, __: WaveSpec) -> Mapping[str, str]:
    return {}


def prepared(spec: WaveSpec) -> tuple[str, ...]:
    """What `prepare` leaves for the next stage."""
    answers = parts.INDEX if spec.engine.in_parts else "responses.parquet"
    return (f"{processed(spec)}/{answers}", f"{processed(spec)}/facts.json")


def released(spec: WaveSpec) -> tuple[str, ...]:
    """What `estimate` leaves for the next stage."""
    return tuple(f"{reports(spec)}/{name}" for name in ("estimates.parquet", "suppressed.csv", "facts.json"))


_PREPARE = Stage(PREPARE, lambda _: (), _prepare_sources, _prepare_state, at_once(_prepare), _shared)
_ESTIMATE = Stage(ESTIMATE, prepared, _nothing, _study_settings, at_once(_estimate), analyses)
