"""Latent classes of answers to categorical items by maximum (pseudo-)likelihood, and again for replicates.

Within a class answers to the items are independent. A pattern is one combination of answers; everything
is a function of the patterns' weights, so the cost does not hang on the number of respondents. P is the
number of patterns, J of items, C of all items' categories together, K of classes, S of starts or replicates.

References
----------
Goodman, L. A. (1974). Exploratory latent structure analysis using both identifiable and unidentifiable
models. Biometrika 61, 215-231.
Patterson, B. H., Dayton, C. M. and Graubard, B. I. (2002). Latent class analysis of complex sample survey
data. JASA 97, 721-741.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from survey.stats.arrays import Floats, Ints, weighted_sums

#: Steps that every start is given before the best go on.
SHORT = 20
#: Steps that end a replicate: by then its error is small beside the spread of replicates.
LONG = 40
#: Starts that go on until nothing changes.
KEPT = 4
#: The log-likelihood of a whole sample has converged when a step of EM adds less than this.
TOLERANCE = 1e-6
MAX_STEPS = 600
#: Shares are kept this far from 0, where their logarithm has no value.
_FLOOR = 1e-12


@dataclass(frozen=True)
class Answers:
    """Distinct patterns of answers to J categorical items.

    Attributes
    ----------
    level : (P, J) int, from 0; −1 where the answer is missing, which leaves the likelihood
    of : (n,) int, pattern of each respondent
    categories : (J,) int, of each item
    """

    level: Ints = field(repr=False)
    of: Ints = field(repr=False)
    categories: Ints

    @cached_property
    def item(self) -> Ints:
        """(C,) item of each category."""
        return np.repeat(np.arange(len(self.categories)), self.categories)

    @cached_property
    def chosen(self) -> Floats:
        """(P, C) 1 where the pattern holds the category."""
        code = np.concatenate([np.arange(k) for k in self.categories])
        found: Floats = (self.level[:, self.item] == code).astype(float)
        return found

    def weight(self, weight: Floats) -> Floats:
        """(P,) sums of the respondents' weights, (n,)."""
        return weighted_sums(self.of, weight, len(self.level))

    def parameters(self, classes: int) -> int:
        """Free parameters of a model."""
        return classes - 1 + classes * int((self.categories - 1).sum())


@dataclass(frozen=True, slots=True)
class LatentClasses:
    """A fitted model, its classes from the largest to the smallest.

    Attributes
    ----------
    share : (K,) float, of each class
    response : (K, C) float, probability of each category in each class; sums to 1 over an item
    log_likelihood : of the weights that it was fitted to
    reached : starts, of those that went on to the end, that found this maximum
    """

    share: Floats
    response: Floats = field(repr=False)
    log_likelihood: float
    reached: int = 1

    def posterior(self, answers: Answers) -> Floats:
        """(P, K) probability of each class given a pattern."""
        joint = answers.chosen @ np.log(self.response).T + np.log(self.share)
        joint -= joint.max(axis=1, keepdims=True)
        found: Floats = np.exp(joint)
        found /= found.sum(axis=1, keepdims=True)
        return found

    def bic(self, answers: Answers, n: float) -> float:
        """Schwarz's criterion with n respondents, the effective number where weights were scaled to it."""
        return float(-2 * self.log_likelihood + answers.parameters(len(self.share)) * np.log(n))


def patterns(level: Ints, categories: Ints) -> Answers:
    """The distinct rows of `level`, (n, J), −1 where missing, and which of them each respondent has."""
    narrow = np.ascontiguousarray(level.astype(np.int16))
    keys = narrow.view(np.dtype((np.void, narrow.dtype.itemsize * narrow.shape[1]))).ravel()
    _, first, of = np.unique(keys, return_index=True, return_inverse=True)
    return Answers(level[first].astype(np.intp), of.astype(np.intp), np.asarray(categories, dtype=np.intp))


def latent_classes(
    answers: Answers, weight: Floats, classes: int, starts: int, rng: np.random.Generator
) -> LatentClasses:
    """The model of highest (pseudo-)likelihood over random starts. R: ``poLCA::poLCA`` without weights.

    Parameters
    ----------
    weight : (P,) of the patterns; scaled to the effective number of respondents, so that the
        log-likelihood is comparable between numbers of classes
    """
    fitted = _Batch.random(answers, classes, starts, rng).run(answers, weight[:, None], SHORT)
    best = np.argsort(-fitted.log_likelihood, kind="stable")[:KEPT]
    fitted = fitted.at(best).run(answers, weight[:, None], MAX_STEPS)
    at = int(np.argmax(fitted.log_likelihood))
    top = float(fitted.log_likelihood[at])
    order = np.argsort(-fitted.share[at], kind="stable")
    reached = int((fitted.log_likelihood > top - 1e-3).sum())
    return LatentClasses(fitted.share[at][order], fitted.response[at][order], top, reached)


@dataclass(frozen=True, slots=True)
class Resampled:
    """A model fitted again to R replicates, each one's classes named as the original's.

    Attributes
    ----------
    share : (R, K) float; response : (R, K, C) float
    agreement : (R,) float, share of the weight whose most likely class is the same as in the original
    """

    share: Floats = field(repr=False)
    response: Floats = field(repr=False)
    agreement: Floats


def resampled(
    answers: Answers,
    model: LatentClasses,
    weight: Floats,
    replicate: Floats,
    starts: int,
    rng: np.random.Generator,
) -> Resampled:
    """The model fitted to each replicate's pattern weights, (P, R), from itself and from random `starts`.

    Classes have no names: each replicate's are matched to the original's so that as much weight as
    possible keeps its class.
    """
    own = _Batch.repeated(model, replicate.shape[1])
    best = own.run(answers, replicate, SHORT)
    for _ in range(starts):
        again = _Batch.random(answers, len(model.share), replicate.shape[1], rng).run(answers, replicate, SHORT)
        best = best.better(again)
    best = best.run(answers, replicate, LONG)
    post = model.posterior(answers)
    matched = [_matched(answers, best.one(r), post, weight) for r in range(replicate.shape[1])]
    return Resampled(
        np.stack([m.share for m, _ in matched]),
        np.stack([m.response for m, _ in matched]),
        np.array([agreement for _, agreement in matched]),
    )


def _matched(answers: Answers, other: LatentClasses, post: Floats, weight: Floats) -> tuple[LatentClasses, float]:
    """Another model with its classes in the original's order, and the weight that keeps its class."""
    theirs = other.posterior(answers)
    _, order = linear_sum_assignment(-(post * weight[:, None]).T @ theirs)
    same = post.argmax(axis=1) == theirs[:, order].argmax(axis=1)
    renamed = replace(other, share=other.share[order], response=other.response[order])
    return renamed, float(weight[same].sum() / weight.sum())


@dataclass(frozen=True, slots=True)
class _Batch:
    """S models at once: share (S, K), response (S, K, C), log_likelihood (S,)."""

    share: Floats
    response: Floats
    log_likelihood: Floats

    @classmethod
    def random(cls, answers: Answers, classes: int, starts: int, rng: np.random.Generator) -> _Batch:
        """Random starts: equal classes, random answers."""
        drawn = rng.random((starts, classes, len(answers.item))) + 0.1
        return cls(np.full((starts, classes), 1 / classes), _by_item(answers, drawn), np.full(starts, -np.inf))

    @classmethod
    def repeated(cls, model: LatentClasses, times: int) -> _Batch:
        """One model, several times."""
        return cls(np.tile(model.share, (times, 1)), np.tile(model.response, (times, 1, 1)), np.full(times, -np.inf))

    def at(self, index: Ints) -> _Batch:
        """Some of the models."""
        return _Batch(self.share[index], self.response[index], self.log_likelihood[index])

    def one(self, at: int) -> LatentClasses:
        """One of the models, its classes in no order."""
        return LatentClasses(self.share[at], self.response[at], float(self.log_likelihood[at]))

    def better(self, other: _Batch) -> _Batch:
        """Of each two models the likelier."""
        won = other.log_likelihood > self.log_likelihood
        return _Batch(
            np.where(won[:, None], other.share, self.share),
            np.where(won[:, None, None], other.response, self.response),
            np.where(won, other.log_likelihood, self.log_likelihood),
        )

    def run(self, answers: Answers, weight: Floats, steps: int) -> _Batch:
        """EM of each model until it gains no more, at most `steps` times; weight is (P, 1) or (P, S)."""
        done, now = self.at(np.arange(len(self.share))), self
        tolerance = TOLERANCE * np.maximum(weight.sum(axis=0) / 1000, 1) * np.ones(len(self.share))
        active = np.arange(len(self.share))
        for _ in range(steps):
            after = now._step(answers, weight)
            done.share[active], done.response[active] = after.share, after.response
            done.log_likelihood[active] = after.log_likelihood
            gains = after.log_likelihood - now.log_likelihood >= tolerance[active]
            if not gains.any():
                break
            if not gains.all():
                active, weight = active[gains], weight if weight.shape[1] == 1 else weight[:, gains]
                after = after.at(np.flatnonzero(gains))
            now = after
        return done

    def _step(self, answers: Answers, weight: Floats) -> _Batch:
        """One step of EM; the log-likelihood is that of the models before it."""
        starts, classes, c = self.response.shape
        joint = answers.chosen @ np.log(self.response).reshape(-1, c).T
        joint = joint.reshape(-1, starts, classes) + np.log(self.share)
        top = joint.max(axis=2, keepdims=True)
        np.exp(joint - top, out=joint)
        each = joint.sum(axis=2)
        likelihood = (weight * (np.log(each) + top[..., 0])).sum(axis=0)
        joint *= (weight / each)[..., None]
        size = joint.sum(axis=0)
        counts = (joint.reshape(-1, starts * classes).T @ answers.chosen).reshape(self.response.shape)
        share = np.maximum(size / size.sum(axis=1, keepdims=True), _FLOOR)
        return _Batch(share, _by_item(answers, counts), likelihood)


def _by_item(answers: Answers, counts: Floats) -> Floats:
    """Counts of the categories, (S, K, C), as shares of each item."""
    first = np.cumsum(answers.categories) - answers.categories
    total = np.add.reduceat(counts, first, axis=-1)[..., answers.item]
    even = 1 / answers.categories[answers.item]
    found = np.divide(counts, total, out=np.broadcast_to(even, counts.shape).copy(), where=total > 0)
    return np.maximum(found, _FLOOR)
