"""Missing answers filled in several times over by chained equations with predictive mean matching.

Every gap receives an answer that somebody gave, one of the few whose predicted answer is nearest, so
that a filled-in answer is a code of the scale. All chains run side by side as arrays.

References
----------
van Buuren, S. (2018). Flexible imputation of missing data, 2nd ed. Chapman & Hall, §3.4 and §4.5.
Little, R. J. A. (1988). Missing-data adjustments in large surveys. JBES 6, 287-296.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints

#: Answers among which one is drawn; van Buuren 2018, §3.4.3.
DONORS = 5
#: Visits to every item; means of the Tangsel waves settle after two. R: ``mice`` has the same.
ROUNDS = 5
#: Part of its diagonal added to a cross-product, so that predictors which repeat each other do no harm.
RIDGE = 1e-5
#: Data sets below which intervals widen for want of them; White, Royston and Wood 2011.
LEAST_SETS = 20
#: Predictions nearer than this part of their range are equal.
TIE = 1e-9
#: Numbers in one block of chains: few enough to stay in the cache, which halves the time.
BLOCK = 300_000


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to k items, their gaps, and what else predicts them.

    Attributes
    ----------
    given : (n, k) codes as scored, NaN where missing
    gap : (n, k) bool, missing answers to be filled in; the others stay missing
    score : (k,) int, which of the scores, from 0, each item belongs to
    always : (n, f) predictors in every model: strata, weight, groups; no missing
    unit : (n,) int, sampling unit whose other answers predict an item; None: there are no units
    """

    given: Floats = field(repr=False)
    gap: Bools = field(repr=False)
    score: Ints
    always: Floats = field(repr=False)
    unit: Ints | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.gap & np.isfinite(self.given)).any():
            raise ValueError("an answer that was given cannot be a gap")


@dataclass(frozen=True, slots=True)
class Filled:
    """Answers drawn for the gaps.

    Attributes
    ----------
    row, item : (g,) int, where each gap is; value : (M, g) its answers in M completed data sets,
        NaN for an item that nobody answered
    """

    row: Ints = field(repr=False)
    item: Ints = field(repr=False)
    value: Floats = field(repr=False)

    def completed(self, given: Floats, at: int) -> Floats:
        """The answers of data set `at`, (n, k)."""
        out = given.copy()
        out[self.row, self.item] = self.value[at]
        return out


def data_sets(gap: Bools, least: int = LEAST_SETS) -> int:
    """How many data sets are enough: one for each per cent of incomplete respondents, `least` or more.

    White, I. R., Royston, P. and Wood, A. M. (2011). Statistics in Medicine 30, 377-399, §7.3.
    """
    return max(least, int(np.ceil(100 * gap.any(axis=1).mean()))) if len(gap) else least


def impute(answers: Answers, sets: int, random: np.random.Generator, rounds: int = ROUNDS) -> Filled:
    """Answers for every gap in `sets` completed data sets."""
    row, item = np.nonzero(answers.gap)
    size = max(1, BLOCK // max(answers.given.size, 1))
    parts = []
    for start in range(0, sets, size):
        chains = _Chains.begun(answers, min(size, sets - start), random)
        for _ in range(rounds):
            chains.visit(random)
        parts.append(chains.current[:, row, item])
    value = np.concatenate(parts)
    value[:, ~np.asarray(np.isfinite(answers.given).any(axis=0))[item]] = np.nan
    return Filled(row, item, value)


@dataclass(frozen=True, slots=True)
class _Chains:
    """C chains of completed answers, `current`, (C, n, k), and scores, (C, n, s), refilled item after item."""

    answers: Answers
    current: Floats
    scores: Floats
    always: Floats
    visited: Ints

    @classmethod
    def begun(cls, answers: Answers, chains: int, random: np.random.Generator) -> _Chains:
        """Chains whose gaps hold answers drawn at random from those given."""
        known = np.isfinite(answers.given)
        held = known.any(axis=0)
        means = np.where(known, answers.given, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        # A question that did not apply stays without an answer; as a predictor it holds the item's mean.
        current = np.repeat(np.where(known, answers.given, means)[None], chains, axis=0)
        for j in np.flatnonzero(held & answers.gap.any(axis=0)):
            gap = answers.gap[:, j]
            current[:, gap, j] = random.choice(answers.given[known[:, j], j], (chains, int(gap.sum())))
        always = np.column_stack([np.ones(len(answers.given)), answers.always - answers.always.mean(axis=0)])
        visited = np.flatnonzero(held & answers.gap.any(axis=0))
        order = np.argsort(answers.gap[:, visited].sum(axis=0), kind="stable")
        scores = [current[:, :, answers.score == each].mean(axis=2) for each in range(int(answers.score.max()) + 1)]
        return cls(answers, current, np.stack(scores, axis=2), always, visited[order])

    def visit(self, random: np.random.Generator) -> None:
        """One round: a new answer to every gap of every item, those with the fewest gaps first."""
        for j in self.visited:
            gap, known = self.answers.gap[:, j], np.isfinite(self.answers.given[:, j])
            changing, y = self._changing(j), self.answers.given[known, j]
            model = _Model.of(changing[:, known], self.always[known], y)
            drawn = _predicted(model.drawn(y, random), changing[:, gap], self.always[gap])
            self.current[:, gap, j] = y[_donors(model.fitted, drawn, random)]
            mine = self.answers.score[j]
            self.scores[:, :, mine] = self.current[:, :, self.answers.score == mine].mean(axis=2)

    def _changing(self, j: int) -> Floats:
        """(C, n, v) predictors of item j that change: other items of its score, other scores, others of its unit."""
        score, mine = self.answers.score, self.answers.score[j]
        siblings = self.current[:, :, (score == mine) & (np.arange(len(score)) != j)]
        found = [siblings, self.scores[:, :, np.arange(self.scores.shape[2]) != mine]]
        if self.answers.unit is not None:
            found.append(_mean_of_others(self.current[:, :, j], self.answers.unit)[:, :, None])
        return np.concatenate(found, axis=2)


def _mean_of_others(y: Floats, unit: Ints) -> Floats:
    """Mean of `y`, (C, n), over the unit of each respondent without themselves; alone in it: over everyone."""
    chains, units = len(y), int(unit.max()) + 1
    cell = (np.arange(chains)[:, None] * units + unit).ravel()
    sums = np.bincount(cell, y.ravel(), chains * units).reshape(chains, units)[:, unit]
    others = np.bincount(unit, minlength=units)[unit] - 1
    return np.where(others > 0, (sums - y) / np.maximum(others, 1), y.mean(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class _Model:
    """Linear models of C chains on predictors that differ by chain, (C, o, v), and some that do not, (o, f).

    Attributes
    ----------
    beta : (C, v + f, 1) float; root : (C, v + f, v + f) float, Cholesky factor of the cross-product
    fitted : (C, o) float, predictions of those who answered
    """

    beta: Floats
    root: Floats
    fitted: Floats

    @classmethod
    def of(cls, changing: Floats, always: Floats, y: Floats) -> _Model:
        """Least squares with the ridge."""
        c, _, v = changing.shape
        turned, q = changing.transpose(0, 2, 1), v + always.shape[1]
        cross = np.empty((c, q, q))
        cross[:, :v, :v] = np.matmul(turned, changing)
        cross[:, :v, v:] = np.matmul(turned, always)
        cross[:, v:, :v] = cross[:, :v, v:].transpose(0, 2, 1)
        cross[:, v:, v:] = always.T @ always
        size = np.diagonal(cross, axis1=1, axis2=2)
        # A predictor that is 0 for everyone who answered has no ridge of its own.
        cross += np.eye(q) * np.where(size > 0, RIDGE * size, 1.0)[:, :, None]
        right = np.concatenate([np.matmul(turned, y), np.broadcast_to(always.T @ y, (c, q - v))], axis=1)[:, :, None]
        beta = np.linalg.solve(cross, right)
        return cls(beta, np.linalg.cholesky(cross), _predicted(beta, changing, always))

    def drawn(self, y: Floats, random: np.random.Generator) -> Floats:
        """(C, v + f, 1) coefficients from their posterior: the uncertainty of the model goes into the answers."""
        c, q, _ = self.beta.shape
        apart = y - self.fitted
        sigma = np.sqrt(np.einsum("co,co->c", apart, apart) / random.chisquare(max(len(y) - q, 1), c))
        noise = np.linalg.solve(self.root.transpose(0, 2, 1), random.standard_normal((c, q, 1)))
        return np.asarray(self.beta + sigma[:, None, None] * noise)


def _predicted(beta: Floats, changing: Floats, always: Floats) -> Floats:
    """(C, o) predicted answers."""
    v = changing.shape[2]
    return np.asarray(np.matmul(changing, beta[:, :v])[:, :, 0] + beta[:, v:, 0] @ always.T)


def _donors(fitted: Floats, wanted: Floats, random: np.random.Generator) -> Ints:
    """For each gap, (C, m), one of those who answered: drawn from the `DONORS` nearest predictions."""
    known = fitted.shape[1]
    width = min(2 * DONORS, known)
    order = np.argsort(fitted, axis=1, kind="stable")
    ranked = np.take_along_axis(fitted, order, axis=1)
    first = np.clip(_places(ranked, wanted) - DONORS, 0, known - width)
    window = (first[:, :, None] + np.arange(width)).reshape(len(fitted), -1)
    distance = np.abs(np.take_along_axis(ranked, window, axis=1).reshape(*wanted.shape, width) - wanted[:, :, None])
    near = np.argsort(distance, axis=2, kind="stable")[:, :, :DONORS]
    pick = random.integers(0, near.shape[2], wanted.shape)
    chosen = first + np.take_along_axis(near, pick[:, :, None], axis=2)[:, :, 0]
    return np.take_along_axis(order, _redrawn_among_equals(ranked, chosen, random), axis=1)


def _redrawn_among_equals(ranked: Floats, chosen: Ints, random: np.random.Generator) -> Ints:
    """Places drawn anew among equal predictions: where many share one, their order in the file must not choose."""
    value = np.take_along_axis(ranked, chosen, axis=1)
    tie = TIE * np.ptp(ranked, axis=1, keepdims=True)
    low, high = _places(ranked, value - tie), _places(ranked, value + tie, "right")
    found: Ints = low + (random.random(chosen.shape) * (high - low)).astype(np.intp)
    return found


def _places(ranked: Floats, value: Floats, side: Literal["left", "right"] = "left") -> Ints:
    """How many of each row's ascending numbers, (C, o), lie below each value, (C, m); `right` counts equals."""
    return np.stack([np.searchsorted(r, v, side) for r, v in zip(ranked, value, strict=True)])
