"""Cleaned answers → a `Wave`: base weights, calibration, and the `Design` that remembers both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from survey.core.design import Calibration, Codes, Design, Floats
from survey.core.instrument import Instrument
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import WEIGHT, Cleaned, Wave
from survey.errors import ConvergenceError, DesignError, Problem
from survey.prepare.facts import Counted, WeightSums, margins_table, weights_table
from survey.prepare.margins import Margin
from survey.prepare.replicates import replicate_weights
from survey.prepare.sample import base_weights, places_of, stages_of
from survey.stats.calibrate import calibrate, trim
from survey.stats.replicate import recalibrated


@dataclass(frozen=True)
class Weighted:
    """A wave ready to analyse, and tables about its weights for the report.

    Attributes
    ----------
    facts : ``margins`` (sample beside population, before and after), ``weights``, ``design``.
    """

    wave: Wave
    facts: Mapping[str, pd.DataFrame] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Goal:
    """One margin to meet: category of each respondent, totals in their order, and where from."""

    margin: Margin
    code: Codes = field(repr=False)
    totals: Floats = field(repr=False)


def weigh(
    cleaned: Cleaned, study: StudySpec, spec: WaveSpec, instrument: Instrument, margins: Sequence[Margin], file: str
) -> Weighted:
    """The wave with its design, weights calibrated where the study asks for it.

    Parameters
    ----------
    margins : of `prepare.margins.read`; shown beside the sample, and met by `calibrate`
    file : name of the wave's source, for messages

    Raises
    ------
    DesignError
        A weight that is missing, zero, negative or infinite; units that do not nest; an fpc smaller
        than the sample; a lonely PSU under ``fail``; a margin that cannot be met.
    """
    problems: list[Problem] = []
    base = base_weights(cleaned, spec.design, file, problems)
    stages = stages_of(cleaned, spec.design, file, problems)
    if problems:
        raise DesignError(problems)
    goals = goals_of(cleaned.frame, study, spec, instrument, margins, base)
    weight, calibration, steps = calibrated(base, goals, spec.design)
    if spec.design.trim is not None:
        weight = _trimmed(weight, spec.design.trim)
    replicates = None
    if spec.design.replicates is not None:
        again = partial(_calibrated_again, goals=goals, design=spec.design)
        replicates = replicate_weights(cleaned, spec.design.replicates, stages[0], base, study.seed, again, file)
    design = Design(
        weight,
        stages,
        spec.design.lonely_psu,
        spec.design.overlap,
        weighted=spec.design.weight is not None or bool(goals),
        probability=spec.design.sampling == "probability",
        calibration=calibration,
        replicates=replicates,
        places=places_of(cleaned, spec.design),
    )
    wave = Wave(spec.name, instrument, cleaned.frame.assign(**{WEIGHT: weight}), design)
    return Weighted(wave, _facts(wave, margins, goals, base, steps))


def _facts(
    wave: Wave, margins: Sequence[Margin], goals: Sequence[Goal], base: Floats, steps: int
) -> dict[str, pd.DataFrame]:
    design = wave.design
    sample = Counted(wave.frame, wave.instrument, np.ones(design.n), base, design.weight)
    return {
        "margins": margins_table(sample, margins, [g.margin.name for g in goals]),
        "weights": weights_table(WeightSums.of(design.weight, base), steps, design.n_strata, design.n_psu),
    }


def goals_of(
    frame: pd.DataFrame,
    study: StudySpec,
    spec: WaveSpec,
    instrument: Instrument,
    margins: Sequence[Margin],
    base: Floats,
) -> tuple[Goal, ...]:
    """The margins that the study calibrates to, met by rows of `frame` whose base weights sum to `base`.

    Raises
    ------
    DesignError
        A margin that is not there, has no source, or does not fit the sample.
    """
    if spec.design.calibrate is None:
        return ()
    file = study.margins or "study.yaml"
    problems: list[Problem] = []
    chosen: list[Margin] = []
    for dims in spec.design.calibrate.to:
        margin = _margin_of(dims, margins, file, problems)
        if margin is not None:
            chosen.append(margin)
    if problems:
        raise DesignError(problems)
    total = _population(chosen, study.population, base, file)
    goals = [_goal(frame, instrument, m, total, base, file, problems) for m in chosen]
    if problems:
        raise DesignError(problems)
    return tuple(goals)


def _margin_of(dims: tuple[str, ...], margins: Sequence[Margin], file: str, problems: list[Problem]) -> Margin | None:
    matching = [m for m in margins if set(m.dims) == set(dims)]
    wanted = " × ".join(dims)
    if not matching:
        problems.append(
            Problem(file, None, "calibrate.to", f"no margin of {wanted}", f"rows with dim1, dim2 = {wanted}")
        )
        return None
    usable = [m for m in matching if not m.unsourced and np.isfinite(m.total)]
    if usable:
        return usable[0]
    for m in matching:
        blank = [k for k, v in m.totals.items() if not np.isfinite(v)]
        why = f"margin {m.name!r} is unsourced" if m.unsourced else f"margin {m.name!r} has blank totals"
        row = m.rows[next(k for k in m.totals if k in m.unsourced or k in blank)]
        hint = "Fill it from an official source and say so in `status`, or calibrate to other margins."
        problems.append(Problem(file, row, "jumlah", why, "a number from a named source", hint))
    return None


def _population(chosen: Sequence[Margin], population: float | None, base: Floats, file: str) -> float:
    counts = [m for m in chosen if not m.shares_given]
    if not counts:
        return float(population if population is not None else base.sum())
    first = counts[0].total
    apart = [m for m in counts[1:] if abs(m.total - first) > 1e-9 * first]
    if apart:
        raise DesignError(
            Problem(
                file, next(iter(m.rows.values())), "jumlah",
                f"margin {m.name!r} adds up to {m.total:,.0f}, margin {counts[0].name!r} to {first:,.0f}",
                "one total in all margins of a study",
                "Use margins of one population, or give them as shares.",
            )
            for m in apart
        )  # fmt: skip
    return first


def _goal(
    frame: pd.DataFrame,
    instrument: Instrument,
    margin: Margin,
    total: float,
    base: Floats,
    file: str,
    problems: list[Problem],
) -> Goal:
    keys, code = margin_codes(frame, instrument, margin)
    totals = np.array([margin.totals.get(k, np.nan) for k in keys], float)
    in_sample = np.bincount(code[code >= 0], minlength=len(keys)) > 0
    for at, key in enumerate(keys):
        if in_sample[at] and not totals[at] > 0:
            hint = "Add the row, or merge the category with a neighbour."
            problems.append(
                Problem(file, None, margin.name, f"no total for {' × '.join(key)}", "a total above 0", hint)
            )
        if totals[at] > 0 and not in_sample[at]:
            hint = "Merge it with a neighbour, in the instrument and in the margins."
            problems.append(
                Problem(file, margin.rows[key], margin.name, f"no respondent in {' × '.join(key)}", "one or more", hint)
            )
    totals = np.nan_to_num(totals) * (total / np.nansum(totals))
    return Goal(margin, *_with_unanswered(code, totals, base, total))


def _with_unanswered(code: Codes, totals: Floats, base: Floats, total: float) -> tuple[Codes, Floats]:
    """Respondents without the answer keep their share of the base weights, as a category of their own."""
    unanswered = code < 0
    used = np.unique(code[~unanswered])
    place = np.full(len(totals) + 1, -1, dtype=np.intp)
    place[used] = np.arange(len(used))
    kept = totals[used]
    if not unanswered.any():
        return place[code], kept
    share = base[unanswered].sum() / base.sum()
    return np.where(unanswered, len(used), place[code]), np.append(kept * (1 - share), total * share)


def margin_codes(frame: pd.DataFrame, instrument: Instrument, margin: Margin) -> tuple[list[tuple[str, ...]], Codes]:
    """Categories of a margin's variables, crossed, and the category of each row; −1 without an answer."""
    code = np.zeros(len(frame), dtype=np.intp)
    keys: list[tuple[str, ...]] = [()]
    for dim in margin.dims:
        levels = instrument.variable(dim).levels
        each = frame[dim].cat.codes.to_numpy().astype(np.intp)
        code = np.where((code >= 0) & (each >= 0), code * len(levels) + each, -1)
        keys = [(*k, v.key) for k in keys for v in levels]
    return keys, code


def calibrated(base: Floats, goals: Sequence[Goal], design: DesignSpec) -> tuple[Floats, Calibration | None, int]:
    """Weights that meet the goals, what calibration must remember, and the steps it took."""
    if not goals or design.calibrate is None:
        return base, None, 0
    c = design.calibrate
    if c.method == "poststratify" and len(goals) > 1:
        hint = "Use `method: rake`, or one crossed margin."
        raise DesignError(Problem("study.yaml", None, "calibrate.to", f"{len(goals)} margins", "one", hint))
    if c.method == "logit" and c.bounds is None:
        raise DesignError(Problem("study.yaml", None, "calibrate.bounds", "no bounds", "two numbers, as [0.3, 3.0]"))
    names = [g.margin.name for g in goals]
    try:
        found = calibrate(base, [g.code for g in goals], [g.totals for g in goals], c.method, c.bounds, names)
    except ConvergenceError as error:
        placed = (replace(problem, file="study.yaml", column="calibrate") for problem in error.problems)
        raise DesignError(placed) from error
    sizes = tuple(len(g.totals) for g in goals)
    return found.weight, Calibration(tuple(g.code for g in goals), sizes, base), found.steps


def _trimmed(weight: Floats, limits: tuple[float, float]) -> Floats:
    low, high = limits
    if not low < weight.mean() < high:
        expected = f"two numbers around the mean weight, {weight.mean():.6g}"
        raise DesignError(Problem("study.yaml", None, "design.trim", f"[{low:g}, {high:g}]", expected))
    return trim(weight, low, high)


def _calibrated_again(weight: Floats, goals: Sequence[Goal], design: DesignSpec) -> Floats:
    """Replicate base weights, (n, R), calibrated to the totals of the full sample."""
    if not goals or design.calibrate is None:
        return weight
    c = design.calibrate
    names = [g.margin.name for g in goals]
    return recalibrated(weight, [g.code for g in goals], [g.totals for g in goals], c.method, c.bounds, names)
