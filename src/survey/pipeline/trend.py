"""The trend over waves: a set of its own that rests on every wave's prepared answers and released estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from survey.core.study import StudySpec, WaveSpec
from survey.pipeline import earlier, parts
from survey.pipeline.earlier import Read
from survey.pipeline.stage import ESTIMATE, Files, Progress, Stage, at_once, processed, reports
from survey.pipeline.stages import counted, prepared, read_wave, released, report_in, stored
from survey.writing import fingerprint

if TYPE_CHECKING:
    import pandas as pd

    from survey.analyse.respondents import Respondents
    from survey.study import Study


def stages(study: Study, languages: Sequence[str]) -> tuple[Stage, ...]:
    """What makes the trend: its estimates, then a report a language; nothing where no analysis looks over waves."""
    from survey.analyse import catalogue

    if not catalogue.over_waves(study.spec):
        return ()
    return (_estimate(study.spec), *(report_in(language, _settings) for language in languages))


def _estimate(study: StudySpec) -> Stage:
    needs = tuple(path for wave in study.waves for path in (*prepared(wave), *released(wave)))
    return Stage(ESTIMATE, lambda _: needs, lambda _, __: {}, _settings, at_once(_make))


def _settings(study: Study, _: WaveSpec) -> Mapping[str, str]:
    return {"settings": fingerprint.of_value(fingerprint.plain(study.spec))}


def _make(study: Study, spec: WaveSpec, read: Read, say: Progress) -> Files:
    from survey.analyse import catalogue, disclosure_over_waves, running
    from survey.analyse.inference import Inference
    from survey.analyse.waves import Waves

    tables = {w.name: earlier.table(read, f"{reports(w)}/estimates.parquet") for w in study.spec.waves}
    inferences = tuple(Inference.within(study.spec, _respondents(study, w, read)) for w in study.spec.waves)
    waves = Waves(inferences, tables, study.spec, study.instrument)
    chosen = catalogue.over_waves(study.spec)
    made = running.run(waves, chosen, counted(say, spec, len(chosen)))
    facts = {"skipped": made.skipped, "source": _sources(study.spec, read)}
    release = disclosure_over_waves.protect(made.table, tables, study.spec, study.instrument, facts)
    return stored(release, reports(spec))


def _sources(study: StudySpec, read: Read) -> pd.DataFrame:
    """Files of all waves, as each wave's facts name them."""
    import pandas as pd

    each = [earlier.tables(read, f"{processed(w)}/facts.json").get("source") for w in study.waves]
    return pd.concat([found for found in each if found is not None], ignore_index=True)


def _respondents(study: Study, spec: WaveSpec, read: Read) -> Respondents:
    from survey.analyse.respondents import InMemory

    if spec.engine.in_parts:
        return parts.respondents(study, spec, read, processed(spec))
    return InMemory.of(read_wave(study, spec, read), study.spec.groups, study.spec.cross)
