"""The Tangerang Selatan study: its population, one wave after the other, as the files of `data/raw`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from survey.core.instrument import Instrument
from survey.core.study import StudySpec, WaveSpec
from survey.errors import Problem, SchemaError, nearest
from survey.simulate import interviews, truth
from survey.simulate.faults import plant
from survey.simulate.fieldwork import SCENARIOS, Scenario, enter
from survey.simulate.population import Population, populate, stream
from survey.simulate.rawfiles import csv_bytes, file_format, truth_names, write
from survey.simulate.respondents import interview

#: RT drawn in a wave, unless `simulate: {neighbourhoods: {"2021": 80}}` says otherwise.
NEIGHBOURHOODS = 120
KNOWN = ("population", "seed", "scenario", "neighbourhoods")


def wave(study: StudySpec, instrument: Instrument, spec: WaveSpec, seed: int) -> dict[str, bytes]:
    """Files of one wave: the answers at its `source`, ``truth.csv`` and ``truth.json`` beside them, its interviews."""
    settings = study.simulate
    check_settings(settings)
    kelurahan = tuple(level.key for level in instrument.question("kel").levels)
    people = _population(kelurahan, int(cast(int, settings.get("seed", 1))))
    days = _days(spec)
    work = enter(people, days[0].year, cast(Scenario, settings.get("scenario", "gaps")))
    frame = interview(work, _neighbourhoods(settings, spec.name), days, spec.name, seed)
    frame = plant(frame, instrument, file_format(spec), stream(seed, spec.name, "kesalahan"))
    values = truth.values(work)
    facts = {"wave": spec.name, "seed": seed, **truth.facts(work, values)}
    table, notes = truth_names(spec)
    told = study.tells(spec)
    return (interviews.files(told) if told is not None else {}) | {
        spec.source: write(frame, instrument, spec),
        table: csv_bytes(values),
        notes: (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode(),
    }


def check_settings(settings: Mapping[str, object]) -> None:
    """Raise if `simulate` in study.yaml holds a key or a scenario that does not exist."""
    problems = [
        Problem("study.yaml", None, f"simulate.{k}", "an unknown key", f"one of {', '.join(KNOWN)}", nearest(k, KNOWN))
        for k in settings if k not in KNOWN
    ]  # fmt: skip
    scenario = settings.get("scenario", "gaps")
    if scenario not in SCENARIOS:
        problems.append(
            Problem("study.yaml", None, "simulate.scenario", repr(scenario), f"one of {', '.join(SCENARIOS)}")
        )
    if problems:
        raise SchemaError(problems)


@lru_cache(maxsize=1)
def _population(kelurahan: Sequence[str], seed: int) -> Population:
    return populate(kelurahan, seed)


def _neighbourhoods(settings: Mapping[str, object], wave_name: str) -> int:
    by_wave = cast(Mapping[str, int], settings.get("neighbourhoods") or {})
    return int({str(k): v for k, v in by_wave.items()}.get(wave_name, NEIGHBOURHOODS))


def _days(spec: WaveSpec) -> tuple[date, date]:
    """The fieldwork as declared; else August of the year that the wave's name begins with."""
    if spec.collected is not None:
        return spec.collected
    year = re.match(r"20\d\d", spec.name)
    if year is None:
        raise SchemaError(
            Problem(
                "study.yaml", None, f"waves.{spec.name}.collected", "no dates", "the first and last day of fieldwork"
            )
        )
    return date(int(year[0]), 8, 1), date(int(year[0]), 9, 10)
