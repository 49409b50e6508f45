"""Change of an estimate between two waves, with its error: blocks of rows, then their families.

A wave's estimates are evaluated once; a change sets two of them against each other, domain by domain. What
waves share decides its error (`sharing`), what makes them unlike each other blanks it (`comparability`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference, evaluate, variance_method
from survey.analyse.rows import Rows
from survey.analyse.series import Series
from survey.analyse.sharing import first_stage_totals, held_units
from survey.core import estimates
from survey.core.study import StudySpec
from survey.stats import change
from survey.stats.arrays import Floats, Ints
from survey.stats.change import Change, SharedUnits
from survey.stats.interval import wald
from survey.stats.multiplicity import adjusted, bonferroni_level

#: Estimand of a wave → estimand of its change.
CHANGE_OF: Mapping[str, str] = {
    "mean": "difference",
    "proportion": "difference",
    "score100": "difference_score100",
    "top2": "difference_top2",
    "dont_know": "difference_dont_know",
}
NOT_COMPARABLE = "not comparable"
FIXED = "the weights fix this value in both waves"
NO_ERROR_OF_SAMPLE = "nonprobability sample: no standard error"
REPLICATES = "replicate weights do not tell what the waves share: their errors are added"
LEAST_N, LEAST_DF = 30, 8
HUNDRED = "points of 100"

#: A variable and one of its levels; None twice for everyone.
Domain = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Point:
    """A series of one wave with its errors, and where its domains lie.

    Attributes
    ----------
    place : domain, (by, by_level), of everyone and of each group → its position
    """

    inf: Inference = field(repr=False)
    series: Series = field(repr=False)
    found: Evaluated = field(repr=False)
    place: Mapping[Domain, int] = field(repr=False)


def point(inf: Inference, series: Series) -> Point:
    """A wave's series evaluated."""
    ends = series.span
    span = None if ends is None else ends[1] - ends[0]
    found = evaluate(inf, series.tally, series.estimator, series.kind, span, series.with_deff)
    names = inf.names
    place = {
        (by, level): d
        for d, (by, level, by2) in enumerate(zip(names.by, names.by_level, names.by2, strict=True))
        if by2 is None and by != series.measure
    }
    return Point(inf, series, found, place)


def add_wave(rows: Rows, p: Point, hundred: bool) -> None:
    """The wave's own estimates; also in points of 100 where `hundred`."""
    s = p.series
    rows.add(s.measure, s.estimand, p.found, s.tally, level=s.levels, n_level=s.n_level, unit=s.unit)
    if hundred and s.span is not None and s.span[1] > s.span[0]:
        rows.add(s.measure, "score100", _rescaled(p.found, s.span), s.tally, unit=HUNDRED)


def _rescaled(found: Evaluated, span: tuple[float, float]) -> Evaluated:
    factor = 100 / (span[1] - span[0])
    value, low, high = ((x - span[0]) * factor for x in (found.estimate, found.low, found.high))
    error = found.std_error * factor
    return Evaluated(value, error, low, high, found.df, found.deff, found.status, found.note, found.method)


class ChangeRows:
    """Records of changes under construction, block by block."""

    def __init__(self, study: StudySpec) -> None:
        self._study = study
        self._blocks: list[dict[str, Any]] = []

    def add(self, later: Point, earlier: Point, shared: SharedUnits | None, barred: str | None, hundred: bool) -> None:
        """The change of one series in every domain that both waves have.

        Parameters
        ----------
        barred : why the waves cannot be compared; the rows are then without value
        hundred : whether the change is also shown in points of 100
        """
        keys = [k for k in later.place if k in earlier.place]
        at = tuple(np.array([p.place[k] for k in keys], dtype=np.intp) for p in (later, earlier))
        block = _block(later, earlier, keys, at) | _values(later, earlier, at, shared, barred)
        block["estimand"] = CHANGE_OF[later.series.estimand]
        self._blocks.append(block)
        span = later.series.span
        if hundred and span is not None and span[1] > span[0]:
            factor = 100 / (span[1] - span[0])
            scaled = {name: block[name] * factor for name in ("estimate", "std_error")}
            self._blocks.append(block | scaled | {"unit": HUNDRED, "estimand": CHANGE_OF["score100"]})

    def table(self) -> pd.DataFrame:
        """The estimates table of all changes, the tests of one estimand and later wave adjusted together."""
        if not self._blocks:
            return estimates.table({})
        columns = {name: _stacked([b[name] for b in self._blocks], self._lengths()) for name in self._blocks[0]}
        return families(pd.DataFrame(columns), self._study)

    def _lengths(self) -> list[int]:
        return [len(b["estimate"]) for b in self._blocks]


def families(frame: pd.DataFrame, study: StudySpec) -> pd.DataFrame:
    """An estimates table with intervals, p-values and those adjusted, one family an estimand and wave.

    Parameters
    ----------
    frame : columns of the table; of the values estimate, std_error and df
    """
    e, se, df = (frame[c].to_numpy(float) for c in ("estimate", "std_error", "df"))
    tested = Change(e, se, df)
    out = frame.assign(analysis="trend", statistic=tested.statistic, p_value=tested.p_value)
    low, high = wald(e, se, df, study.conf_level)
    out = out.assign(conf_low=low, conf_high=high, conf_level=np.where(np.isfinite(low), study.conf_level, np.nan))
    out[["p_adjusted", "conf_low_adjusted", "conf_high_adjusted"]] = np.nan
    for rows in out.groupby(["wave", "estimand"], sort=False).indices.values():
        family = out.index[rows]
        p = out.loc[family, "p_value"].to_numpy(float)
        level = bonferroni_level(study.conf_level, int(np.isfinite(p).sum()))
        out.loc[family, "p_adjusted"] = adjusted(p, study.adjust)
        wide = np.stack(wald(e[rows], se[rows], df[rows], level), axis=1)
        out.loc[family, ["conf_low_adjusted", "conf_high_adjusted"]] = wide
    return estimates.table(out)


def _stacked(parts: Sequence[Any], lengths: Sequence[int]) -> np.ndarray:
    whole = [np.broadcast_to(np.asarray(part), length) for part, length in zip(parts, lengths, strict=True)]
    return np.concatenate(whole)


def _block(later: Point, earlier: Point, keys: Sequence[Any], at: tuple[Ints, ...]) -> dict[str, Any]:
    """Keys and bases of a block, D domains × m estimates."""
    d, m = len(keys), len(later.series.levels)
    sides = tuple(zip((later.series, earlier.series), at, strict=True))
    n = sum(s.tally.n[i].astype(float) for s, i in sides)
    size = sum(s.tally.size[i] for s, i in sides)
    level = [s.n_level[i].reshape(-1) for s, i in sides if s.n_level is not None]
    text = np.array([[by, value] for by, value in keys], dtype=object).reshape(d, 2)
    return {
        "wave": np.full(d * m, later.inf.respondents.name, dtype=object),
        "contrast": np.full(d * m, contrast(later.inf, earlier.inf), dtype=object),
        "measure": np.full(d * m, later.series.measure, dtype=object),
        "level": np.tile(np.array(later.series.levels, dtype=object), d),
        "by": np.repeat(text[:, 0], m),
        "by_level": np.repeat(text[:, 1], m),
        "unit": np.full(d * m, later.series.unit or None, dtype=object),
        "n": np.repeat(n, m),
        "weighted_n": np.repeat(size, m),
        "n_level": sum(level) if len(level) == 2 else np.full(d * m, np.nan),
    }


def contrast(later: Inference, earlier: Inference) -> str:
    """Name of a comparison of two waves."""
    return f"{later.respondents.name} - {earlier.respondents.name}"


def _values(
    later: Point, earlier: Point, at: tuple[Ints, ...], shared: SharedUnits | None, barred: str | None
) -> dict[str, Any]:
    """Change, error, df, status, note and method of a block."""
    sides = tuple(zip((later, earlier), at, strict=True))
    found = _change(later, earlier, at, shared)
    e, se, df = found.difference, found.std_error, found.df
    first, second = (p.found.note[i] for p, i in sides)
    note = np.where(pd.isna(first), second, first)
    note = np.where(np.all([p.found.std_error[i] == 0 for p, i in sides], axis=0), FIXED, note)
    blank = ~np.isfinite(e)
    if barred is not None:
        blank, note = np.ones_like(blank), np.full(e.shape, f"{NOT_COMPARABLE}: {barred}", dtype=object)
    few = np.minimum(*(p.series.tally.n[i] for p, i in sides))[:, None] < LEAST_N
    status = np.where(few | (df < LEAST_DF), estimates.IMPRECISE, estimates.OK)
    e, se, df = (np.where(blank, np.nan, x).reshape(-1) for x in (e, se, df))
    return {
        "estimate": e,
        "std_error": se,
        "df": df,
        "status": np.where(blank, estimates.NOT_ESTIMABLE, status).reshape(-1),
        "note": note.reshape(-1),
        "method": np.full(e.shape, method(later.inf, earlier.inf, shared), dtype=object),
    }


def _change(later: Point, earlier: Point, at: tuple[Ints, ...], shared: SharedUnits | None) -> Change:
    sides, edges = [], []
    for p, i in zip((later, earlier), at, strict=True):
        e, se, df = p.found.estimate[i], p.found.std_error[i], p.found.df[i]
        # A share of 0 or 1 has no error in its own row; in a change it adds none, but alone it does not make one.
        edge = np.isfinite(e) & np.isnan(se) & np.isfinite(df)
        sides.append((e, np.where(edge, 0.0, se), df))
        edges.append(edge)
    found = change.independent(sides[0], sides[1])
    error, df = found.std_error, found.df
    if shared is not None and np.isfinite(error).any():
        pair = tuple(zip((later, earlier), at, strict=True))
        z, held = [first_stage(p, i) for p, i in pair], [held_units(p.series.tally)[i] for p, i in pair]
        known = np.isfinite(error)
        error = np.where(known, np.sqrt(np.maximum(shared.variance(z[0], z[1]), 0)), np.nan)
        df = np.where(known, shared.df(held[0], held[1])[:, None], np.nan)
    return Change(found.difference, np.where(edges[0] & edges[1], np.nan, error), df)


def first_stage(p: Point, at: Ints) -> Floats:
    """Linearised totals of the first-stage units in some domains, (d, P, m)."""
    lin = p.series.estimator(p.series.tally.total)
    return first_stage_totals(p.series.tally, lin, p.inf.sampling)[at]


def method(later: Inference, earlier: Inference, shared: SharedUnits | None) -> str:
    """How the error of a change comes about."""
    if not (later.probability and earlier.probability):
        return NO_ERROR_OF_SAMPLE
    how = variance_method(later)
    if shared is not None:
        return f"{how}, totals of sampling units paired over the waves, t interval"
    declared = later.study.wave(later.respondents.name).design.overlap
    words = f"{how}, independent waves, t interval"
    return words if declared == "none" else f"{words}; {REPLICATES}"
