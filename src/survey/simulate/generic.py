"""Synthetic waves of any study, from its instrument alone: a small population, its answers, a sample, its truth.

Everyone has one opinion that the ordinal questions share, so that indicators hang together; groups differ
only by chance. Routing and sampling design are obeyed. For planted gaps make a population of your own, as
`tangsel` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.missing import DONT_KNOW, NOT_APPLICABLE
from survey.core.questions import Question
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.errors import Problem, SchemaError
from survey.simulate.census import true_values
from survey.simulate.population import cut, stream
from survey.simulate.rawfiles import SEPARATOR, csv_bytes, truth_names, write

ADULTS, NEIGHBOURHOODS, STRATA = 20_000, 200, 4
SAMPLE, PER_UNIT = 400, 10
UNKNOWN = 0.04
#: How much of an ordinal answer is the opinion that all share, and how much its indicator's.
SHARED, OWN = 0.5, 0.5
#: Roles that an interview fills in, and personal data, which is never invented.
_FIELDWORK = frozenset({"id", "wave", "consent", "weight", "stratum", "psu", "fpc", "identifier", "open"})


@dataclass(frozen=True)
class Answers:
    """What everyone would answer.

    Attributes
    ----------
    values : question → (adults,) codes, numbers, dates as text or keys joined by ``;``; NA where missing.
    kinds : question → (adults,) negative code of the kind of missing, 0 where answered.
    """

    values: dict[str, pd.Series] = field(default_factory=dict)
    kinds: dict[str, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """Where everyone lives: (adults,) stratum and unit from 0, and the names of the strata."""

    stratum: NDArray[np.intp]
    unit: NDArray[np.intp]
    names: tuple[str, ...]


def wave(study: StudySpec, instrument: Instrument, spec: WaveSpec, seed: int) -> dict[str, bytes]:
    """Files of one wave: the answers at its `source`, and beside them ``truth.csv`` and ``truth.json``.

    Parameters
    ----------
    study : its ``simulate`` may hold ``n``, the respondents wanted (default 400).
    """
    _refuse(study, spec)
    frame = _frame(instrument, spec.design, seed)
    answers = _population(instrument, spec, frame, seed)
    who, weight = _sample(frame, spec.design, int(cast(int, study.simulate.get("n", SAMPLE))), seed, spec.name)
    asked = [q for q in instrument.questions if q.name in answers.values]
    cells = pd.DataFrame({q.name: _texts(answers, q, who) for q in asked}, dtype=object)
    cells = _fieldwork(cells, instrument, spec, frame, who, weight, seed)
    groups = [g for g in study.groups if instrument.has(g) and g in answers.values and instrument.variable(g).levels]
    truth = true_values(instrument, answers.values, answers.kinds, groups)
    facts = {"wave": spec.name, "seed": seed, "population": {"adults": ADULTS}, "planted": [], "absent": []}
    table, notes = truth_names(spec)
    return {
        spec.source: write(cells, instrument, spec),
        table: csv_bytes(truth),
        notes: (json.dumps(facts, indent=1) + "\n").encode(),
    }


def _refuse(study: StudySpec, spec: WaveSpec) -> None:
    problems = [
        Problem("study.yaml", None, f"simulate.{key}", "an unknown key", "n, the respondents wanted")
        for key in study.simulate
        if key != "n"
    ]
    if spec.where is not None:
        problems.append(
            Problem("study.yaml", None, f"waves.{spec.name}.where", "part of a file", "a file for the wave alone")
        )
    if spec.design.replicates is not None:
        problems.append(
            Problem("study.yaml", None, "design.replicates", "replicate weights", "strata and psu, or a weight")
        )
    if problems:
        raise SchemaError(problems)


def _frame(instrument: Instrument, design: DesignSpec, seed: int) -> Frame:
    """Units of 100 adults; strata are the answers of a question where the design names one."""
    names: tuple[str, ...] = ("1",)
    if design.strata:
        name = design.strata[0]
        levels = instrument.question(name).levels if name in {q.name for q in instrument.questions} else ()
        names = tuple(v.key for v in levels) or tuple(str(i + 1) for i in range(STRATA))
    unit = np.repeat(np.arange(NEIGHBOURHOODS), ADULTS // NEIGHBOURHOODS)
    return Frame(unit * len(names) // NEIGHBOURHOODS, unit, names)


def _population(instrument: Instrument, spec: WaveSpec, frame: Frame, seed: int) -> Answers:
    answers = Answers()
    rng = stream(seed, "opini")
    shared = rng.standard_normal(ADULTS) + 0.25 * rng.standard_normal(NEIGHBOURHOODS)[frame.unit]
    own = {i.name: stream(seed, "indikator", i.name).standard_normal(ADULTS) for i in instrument.indicators}
    certain = _certain(instrument, spec.design)
    by_column: dict[str, pd.Series] = {}
    indicator_of = {item: i.name for i in instrument.indicators for item in i.items}
    for q in instrument.questions:
        column = q.column_in(spec.name)
        if q.role in _FIELDWORK or (column is None and not q.columns):
            continue
        if q.name in spec.design.strata[:1]:
            values = pd.Series(np.array([v.code for v in q.levels], dtype=object)[frame.stratum]).infer_objects()
        else:
            opinion = SHARED * shared + OWN * own.get(indicator_of.get(q.name, ""), shared)
            values = _answer(q, -opinion if q.reverse else opinion, spec, stream(seed, spec.name, column or q.name))
        values = by_column.setdefault(column or q.name, values)  # two questions may read one column
        unknown = 0.0 if q.role or q.name in certain or q.type not in ("ordinal", "nominal") else UNKNOWN
        _record(answers, q, values, unknown, instrument, stream(seed, spec.name, column or q.name, "?"))
    return answers


def _certain(instrument: Instrument, design: DesignSpec) -> set[str]:
    """Questions without which a respondent has no place in the design or in a margin of its calibration."""
    names = {*design.columns, *(n for dims in (design.calibrate.to if design.calibrate else ()) for n in dims)}
    for d in reversed(instrument.derived):
        if d.name in names:
            names |= set(d.source.names)
    return names


def _answer(q: Question, opinion: NDArray[np.float64], spec: WaveSpec, rng: np.random.Generator) -> pd.Series:
    """Answers of everyone to one question, before routing."""
    if q.type == "ordinal":
        shares = rng.dirichlet(np.full(len(q.levels), 8.0))
        place = cut((opinion + 0.8 * rng.standard_normal(ADULTS)).astype(np.float32), tuple(shares))
        return pd.Series(np.array([v.code for v in q.levels], dtype=object)[place]).infer_objects()
    if q.type == "nominal":
        drawn = rng.choice(len(q.levels), ADULTS, p=rng.dirichlet(np.full(len(q.levels), 8.0)))
        return pd.Series(np.array([v.code for v in q.levels], dtype=object)[drawn]).infer_objects()
    if q.type in ("integer", "number"):
        low, high = q.minimum if q.minimum is not None else 0.0, q.maximum if q.maximum is not None else 100.0
        return pd.Series(np.rint(low + (high - low) * rng.beta(2.5, 2.5, ADULTS)))
    if q.type == "date":
        return pd.Series([d.isoformat() for d in _days(spec, rng)])
    if q.type == "multi":
        return _ticks(q, rng)
    return pd.Series([f"{q.name}-{k:02d}" for k in rng.integers(1, 31, ADULTS)])


def _ticks(q: Question, rng: np.random.Generator) -> pd.Series:
    alone = [v.key for v in q.levels if v.exclusive]
    keys = [v.key for v in q.levels if not v.exclusive]
    ticked = rng.random((ADULTS, len(keys))) < rng.uniform(0.1, 0.6, len(keys))
    chosen, place = np.unique(ticked, axis=0, return_inverse=True)
    texts = [";".join(k for k, t in zip(keys, row, strict=True) if t) or ";".join(alone[:1]) for row in chosen]
    return pd.Series(np.array(texts, dtype=object)[place.ravel()])


def _record(
    answers: Answers, q: Question, values: pd.Series, unknown: float, instrument: Instrument, rng: np.random.Generator
) -> None:
    """Keep the answers with routing and a share of don't-knows."""
    code = {m.key: m.code for m in instrument.missing}
    kinds = np.zeros(ADULTS, dtype=np.int64)
    if DONT_KNOW in code:
        kinds[rng.random(ADULTS) < unknown] = code[DONT_KNOW]
    if q.ask_if is not None:
        known = {n: s for n, s in answers.values.items() if n in q.ask_if.names}
        if len(known) == len(q.ask_if.names):
            asked = q.ask_if.evaluate(known, ADULTS).fillna(False).to_numpy(bool)
            kinds[~asked] = code.get(NOT_APPLICABLE, -7)
    answers.values[q.name] = values.mask(kinds != 0)
    answers.kinds[q.name] = kinds


def _sample(
    frame: Frame, design: DesignSpec, n: int, seed: int, wave_name: str
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Respondents and their weights: units then ten adults each where the design has units, else adults at once."""
    rng = stream(seed, wave_name, "sampel")
    who, weights = [], []
    for stratum in range(len(frame.names)):
        inside = np.flatnonzero(frame.stratum == stratum)
        wanted = max(round(n * len(inside) / ADULTS), 2)
        if not design.psus:
            who.append(rng.choice(inside, min(wanted, len(inside)), replace=False))
            weights.append(np.full(len(who[-1]), len(inside) / len(who[-1])))
            continue
        units = np.unique(frame.unit[inside])
        for unit in rng.choice(units, min(max(round(wanted / PER_UNIT), 2), len(units)), replace=False):
            adults = inside[frame.unit[inside] == unit]
            who.append(rng.choice(adults, PER_UNIT, replace=False))
            drawn = min(max(round(wanted / PER_UNIT), 2), len(units))
            weights.append(np.full(PER_UNIT, len(units) / drawn * len(adults) / PER_UNIT))
    return np.concatenate(who), np.concatenate(weights)


def _texts(answers: Answers, q: Question, who: NDArray[np.intp]) -> list[str | None]:
    kinds, values = answers.kinds[q.name][who], answers.values[q.name].to_numpy(object)[who]
    shown = [str(k) if k else code_text(v) for k, v in zip(kinds, values, strict=True)]
    if q.type == "multi":
        shown = [text.replace(";", q.separator or SEPARATOR) for text in shown]
    return [text or None for text in shown]


def _fieldwork(
    cells: pd.DataFrame,
    instrument: Instrument,
    spec: WaveSpec,
    frame: Frame,
    who: NDArray[np.intp],
    weight: NDArray[np.float64],
    seed: int,
) -> pd.DataFrame:
    """The same cells with the columns of the design and of the roles that an interview fills in."""
    rng, n = stream(seed, spec.name, "wawancara"), len(who)
    stratum, unit = frame.stratum[who], frame.unit[who]
    number = [f"S{k:05d}" for k in 10_000 + rng.choice(80_000, n, replace=False)]
    roles: dict[str, Sequence[str | None]] = {
        "id": number, "wave": [spec.name] * n, "consent": ["1"] * n, "identifier": [None] * n, "open": [None] * n,
    }  # fmt: skip
    for q in instrument.questions:
        if q.role in roles:
            cells[q.name] = roles[q.role]
    for name, texts in _design_columns(spec.design, frame, stratum, unit, weight).items():
        if name not in cells:
            cells[name] = texts
    return cells.astype(object)


def _design_columns(
    design: DesignSpec, frame: Frame, stratum: NDArray[np.intp], unit: NDArray[np.intp], weight: NDArray[np.float64]
) -> Mapping[str, list[str]]:
    units_in = [len(np.unique(frame.unit[frame.stratum == s])) for s in range(len(frame.names))]
    adults_in = np.bincount(frame.unit)
    found: dict[str, list[str]] = {}
    for stage, names in enumerate((design.strata, design.psus, design.fpcs)):
        texts = [
            [[frame.names[s] for s in stratum], ["1"] * len(stratum)],
            [[str(101 + u) for u in unit], [str(i + 1) for i in range(len(unit))]],
            [[str(units_in[s]) for s in stratum], [str(adults_in[u]) for u in unit]],
        ][stage]
        found |= dict(zip(names, texts, strict=False))
    return found | ({design.weight: [repr(round(float(w), 4)) for w in weight]} if design.weight else {})


def _days(spec: WaveSpec, rng: np.random.Generator) -> list[date]:
    first, last = spec.collected or (date(2025, 8, 1), date(2025, 8, 31))
    return [first + timedelta(days=int(d)) for d in rng.integers(0, (last - first).days + 1, ADULTS)]
