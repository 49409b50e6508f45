"""Maturity: where the city and each group stand by readiness and performance, and how probable each cell is."""

from __future__ import annotations

from functools import partial
from math import prod

import numpy as np
import pandas as pd

from survey.analyse.domains import group_levels
from survey.analyse.evaluation import Evaluated
from survey.analyse.goals import HUNDRED, part_of, together
from survey.analyse.inference import Inference, NotApplicable, evaluate
from survey.analyse.rows import Rows
from survey.core import estimates
from survey.core.counted import Answered, AnyOf
from survey.core.roadmap import AXES, Cell, MaturityRule, Side, measures_of
from survey.stats.arrays import Floats
from survey.stats.composite import Parts, mean_of_means
from survey.stats.placement import Placement, deviations, placed
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator

MEASURE = "maturity"
NO_RULE = "The study declares no rule of maturity."
NO_PROBABILITY = "The probability of a placement needs a probability sample."
NOT_ASKED = "The wave did not ask every measure of the maturity rule."
#: Below this probability no placement is called certain.
CERTAIN = 0.9
#: Bootstrap replicates: a probability near 0.9 is found to 0.007.
REPLICATES = 2000
#: What follows the cell in the note of a placement that is not certain.
OPEN = ", not certain"
PLACED = f"cell of the scores; certain from a probability of {CERTAIN}"
METHOD = "share of PSU bootstrap draws, linearised, that fall into the cell"
EXAMPLE = "example rule"


def maturity(inf: Inference) -> pd.DataFrame:
    """Scores of both axes, the probability of every cell, and the placement, in each domain.

    `score100` (`level` readiness or performance), `cell_probability` (`level` a cell), `placement` (`estimate`
    the probability of the scores' cell; `note` that cell, and ", not certain" where that is below `CERTAIN`).
    """
    rule = inf.study.maturity
    if rule is None:
        raise NotApplicable(NO_RULE)
    if not inf.probability:
        raise NotApplicable(NO_PROBABILITY)
    frame = inf.instrument.frame(inf.study.frame)
    axes = [measures_of(rule.measures(axis), frame) for axis in AXES]
    if not all(inf.respondents.holds(m) for axis in axes for m in axis) or not all(axes):
        raise NotApplicable(NOT_ASKED)
    rows = Rows(inf, "maturity")
    _add(inf, rows, rule, axes)
    table = rows.table()
    return table.assign(method=table["method"] + f"; {EXAMPLE}") if rule.example else table


def _add(inf: Inference, rows: Rows, rule: MaturityRule, axes: list[tuple[str, ...]]) -> None:
    tally, estimators = _scores(inf, axes)
    both = [evaluate(inf, tally, estimator, "mean", 100.0, with_deff=False) for estimator in estimators]
    for axis, found in zip(AXES, both, strict=True):
        rows.add(MEASURE, "score100", found, tally, level=[axis], unit=HUNDRED)
    score = np.column_stack([found.estimate[:, 0] for found in both])
    sizes = [prod(len(group_levels(inf.instrument, name)) for name in by) for by in inf.respondents.breakdowns]
    drawn = deviations(tally, estimators, inf.sampling, sizes, REPLICATES, inf.random("maturity"))
    cells = placed(score, drawn, np.array([rule.cuts[axis] for axis in AXES]))
    known = np.asarray(np.isfinite(score).all(axis=1))
    for cell, sides in rule.cells.items():
        p = np.where(known, cells.probability[:, _above(sides[0]), _above(sides[1])], np.nan)
        found = _plain(p, known, both)
        rows.add(MEASURE, "cell_probability", found, tally, level=[cell], unit="probability", method=METHOD)
    stands = _placement(rule, cells, known, both)
    rows.add(MEASURE, "placement", stands, tally, unit="probability", method=PLACED)


def _scores(inf: Inference, axes: list[tuple[str, ...]]) -> tuple[Tally, tuple[Estimator, Estimator]]:
    """Sums of everything that either axis is made of, and the two scores."""
    measures = tuple(dict.fromkeys(m for axis in axes for m in axis))
    columns, parts = together(inf, measures)
    tally = inf.respondents.columns(columns, AnyOf(tuple(map(Answered, measures))))
    first, second = (_axis(parts, [measures.index(m) for m in axis]) for axis in axes)
    return tally, (first, second)


def _axis(parts: Parts, chosen: list[int]) -> Estimator:
    return partial(mean_of_means, parts=part_of(parts, chosen))


def _above(side: Side) -> int:
    return int(side == "above")


def _plain(value: Floats, known: np.ndarray, both: list[Evaluated]) -> Evaluated:
    """Values without errors of their own; imprecise where a score is."""
    nan = np.full((len(value), 1), np.nan)
    worst = [estimates.STATUS.index(s) for s in np.concatenate([f.status for f in both], axis=1).reshape(-1)]
    status = np.array(estimates.STATUS, dtype=object)[np.array(worst).reshape(-1, 2).max(axis=1)]
    status = np.where(known, status, estimates.NOT_ESTIMABLE).astype(object)
    note = np.where(pd.isna(both[0].note), both[1].note, both[0].note)
    return Evaluated(value[:, None], nan, nan, nan, nan, nan, status[:, None], note, both[0].method)


def _placement(rule: MaturityRule, found: Placement, known: np.ndarray, both: list[Evaluated]) -> Evaluated:
    """Probability of the cell in which each domain's scores lie, the cell and whether it is certain as note."""
    sides: tuple[Side, Side] = ("below", "above")
    cell: list[Cell] = [rule.cell((sides[int(a)], sides[int(b)])) for a, b in found.above]
    first, second = found.above.astype(int).T
    p = found.probability[np.arange(len(cell)), first, second]
    plain = _plain(np.where(known, p, np.nan), known, both)
    firm = (p >= CERTAIN) & (plain.status[:, 0] == estimates.OK)
    said = [name if sure else f"{name}{OPEN}" for name, sure in zip(cell, firm, strict=True)]
    plain.note[:, 0] = np.where(known, np.array(said, dtype=object), plain.note[:, 0])
    return plain
