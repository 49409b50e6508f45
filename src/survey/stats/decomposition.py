"""The Oaxaca–Blinder decomposition of a difference of two groups' means, with its design-based covariance.

Every part is a function of weighted means and least-squares coefficients of three regressions: of
group a, of group b, and of both with the group's own dummy beside the covariates (Jann 2008). Their
linearised values are stacked and carried through the product rule, the covariates being random, so
that the gap's error is that of a difference of domain means.
Letters: J columns of dummies and numbers, among them all levels of a categorical covariate; T terms.

References
----------
Oaxaca, R. (1973). Male-female wage differentials in urban labor markets. Int. Economic Review 14, 693-709.
Blinder, A. (1973). Wage discrimination: reduced form and structural estimates. J. Human Resources 8, 436-455.
Jann, B. (2008). The Blinder-Oaxaca decomposition for linear regression models. Stata Journal 8, 453-479.
Yun, M.-S. (2005). A simple solution to the identification problem in detailed wage decompositions.
Economic Inquiry 43, 766-772.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from survey.errors import DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.sampling import Sampling
from survey.stats.variance import covariance_of_rows

#: Parts that add up to the gap, so that each has a share of it.
TWO_FOLD = ("explained", "unexplained")


@dataclass(frozen=True, slots=True)
class Design:
    """Covariates of the two groups' regressions.

    Attributes
    ----------
    columns : (n, J) float, numbers, and dummies of every level of the categorical covariates
    terms : the columns of each covariate, which is categorical where it has more than one
    """

    columns: Floats = field(repr=False)
    terms: tuple[Ints, ...]

    @property
    def free(self) -> Ints:
        """Columns that enter a regression: all but the first of each categorical covariate."""
        return np.concatenate([t[1:] if len(t) > 1 else t for t in self.terms])

    def normalised(self) -> Floats:
        """From intercept and free coefficients to intercept and J, those of a covariate's levels adding up to 0."""
        free = self.free
        found = np.zeros((1 + self.columns.shape[1], 1 + len(free)))
        found[0, 0] = 1
        found[1 + free, 1 + np.arange(len(free))] = 1
        for term in self.terms:
            if len(term) > 1:
                middle = found[1 + term].mean(axis=0)
                found[1 + term] -= middle
                found[0] += middle
        return found

    def gathered(self) -> Floats:
        """From intercept and J columns to intercept and T terms, (1 + J, 1 + T) of zeros and ones."""
        found = np.zeros((1 + self.columns.shape[1], 1 + len(self.terms)))
        found[0, 0] = 1
        for at, term in enumerate(self.terms):
            found[1 + term, 1 + at] = 1
        return found


@dataclass(frozen=True, slots=True)
class Value:
    """Estimates with the weighted linearised values of the respondents.

    Attributes
    ----------
    estimate : (m,) float; z : (n, m) float
    """

    estimate: Floats
    z: Floats = field(repr=False)

    def __add__(self, other: Value) -> Value:
        return Value(self.estimate + other.estimate, self.z + other.z)

    def __sub__(self, other: Value) -> Value:
        return Value(self.estimate - other.estimate, self.z - other.z)

    def __mul__(self, other: Value) -> Value:
        z = self.z * other.estimate + self.estimate * other.z
        return Value(self.estimate * other.estimate, z)

    def __truediv__(self, other: Value) -> Value:
        ratio = self.estimate / other.estimate
        return Value(ratio, (self.z - ratio * other.z) / other.estimate)

    def through(self, linear: Floats) -> Value:
        """Linear combinations of the estimates, one for each column of `linear`, (m, q)."""
        return Value(self.estimate @ linear, self.z @ linear)

    @property
    def total(self) -> Value:
        """The estimates added up, (1,)."""
        return self.through(np.ones((len(self.estimate), 1)))


@dataclass(frozen=True, slots=True)
class Decomposed:
    """A gap a − b and its parts.

    Attributes
    ----------
    value : part → its m values: the whole first, then one a covariate; with the constant between
        where the part has one; ``gap``, ``mean_a``, ``mean_b`` and shares of the gap have the whole alone
    covariance : part → (m, m) float
    used : (n,) bool, respondents of both groups with an answer and every covariate
    n : of both groups
    """

    value: Mapping[str, Floats]
    covariance: Mapping[str, Floats] = field(repr=False)
    used: Bools = field(repr=False)
    n: tuple[int, int]


def oaxaca(y: Floats, design: Design, group: Ints, sampling: Sampling) -> Decomposed:
    """Two- and three-fold decomposition of the difference of two groups' means, whole and by covariate.

    The three-fold one is seen from group b. `explained` rests on the coefficients common to both groups.
    Where a group has no regression of its own, because it lacks a level, there is no three-fold one and
    `unexplained` has its whole alone.

    Parameters
    ----------
    y : (n,) float, NaN where missing
    group : (n,) int, 0 for group a, 1 for group b, −1 for neither

    Raises
    ------
    DesignError
        A covariate that does not vary, or that others add up to.
    """
    used = (group >= 0) & np.isfinite(y) & np.isfinite(design.columns).all(axis=1)
    x = np.column_stack([np.ones(len(y)), design.columns])
    x, y = np.where(used[:, None], x, 0.0), np.where(used, y, 0.0)
    normal, weight = design.normalised(), sampling.weight
    a, b = (np.where(used & (group == g), weight, 0.0) for g in (0, 1))
    mean_a, mean_b = means(x, a), means(x, b)
    dummied = np.column_stack([_regressors(x, design), np.where(used, group == 0, 0.0)])
    own = np.hstack([normal, np.zeros((len(normal), 1))])  # the group's own coefficient is no part of what is common
    common = _coefficients(y, dummied, a + b).through(own.T)
    apart = mean_a - mean_b
    parts = {"explained": apart * common}
    if all(map(regular, (_cross(_regressors(x, design), w) for w in (a, b)))):
        of_a, of_b = (_coefficients(y, _regressors(x, design), w).through(normal.T) for w in (a, b))
        parts["endowments"], parts["coefficients"] = apart * of_b, mean_b * (of_a - of_b)
        parts["interaction"] = apart * (of_a - of_b)
        parts["unexplained"] = mean_a * (of_a - common) + mean_b * (common - of_b)
    ends = {f"mean_{name}": means(y[:, None], w) for name, w in (("a", a), ("b", b))}
    whole = {"gap": ends["mean_a"] - ends["mean_b"]} | ends
    return decomposed(whole, parts, design, used, group, sampling)


def decomposed(
    whole: Mapping[str, Value],
    parts: Mapping[str, Value],
    design: Design,
    used: Bools,
    group: Ints,
    sampling: Sampling,
) -> Decomposed:
    """Whole values, and parts by column gathered by covariate, with their covariances.

    Where `unexplained` is not among them it is the rest of the gap, as a whole.
    """
    found = dict(whole) | {"unexplained": whole["gap"] - parts["explained"].total}
    for name, by_column in parts.items():
        constant = name in ("coefficients", "unexplained")
        found[name] = by_column.through(with_total(design.gathered(), constant))
    for name in TWO_FOLD:
        first = np.eye(len(found[name].estimate))[:, :1]
        found[f"{name}_share"] = found[name].through(first) / found["gap"]
    covariance = {name: covariance_of_rows(v.z, sampling, used) for name, v in found.items()}
    n = tuple(int((used & (group == g)).sum()) for g in (0, 1))
    return Decomposed({name: v.estimate for name, v in found.items()}, covariance, used, (n[0], n[1]))


def with_total(gathered: Floats, constant: bool) -> Floats:
    """`Design.gathered` with the sum of all columns put first, and without the constant's unless asked."""
    total = gathered.sum(axis=1, keepdims=True)
    return np.hstack([total, gathered if constant else gathered[:, 1:]])


def _regressors(x: Floats, design: Design) -> Floats:
    return x[:, np.concatenate([[0], 1 + design.free])]


def means(x: Floats, weight: Floats) -> Value:
    """Weighted means of columns, (m,)."""
    share = weight / weight.sum()
    mean = share @ x
    return Value(mean, share[:, None] * (x - mean))


def _coefficients(y: Floats, x: Floats, weight: Floats) -> Value:
    """Weighted least squares with linearised values."""
    bread = inverse(_cross(x, weight))
    coefficient = bread @ (x.T @ (weight * y))
    return Value(coefficient, (x * (weight * (y - x @ coefficient))[:, None]) @ bread)


def _cross(x: Floats, weight: Floats) -> Floats:
    return np.asarray((x * weight[:, None]).T @ x, dtype=np.float64)


def regular(cross: Floats) -> bool:
    """Whether a cross-product of regressors has an inverse."""
    size = np.sqrt(np.diagonal(cross))
    return bool((size > 0).all()) and np.linalg.matrix_rank(cross / np.outer(size, size), hermitian=True) == len(size)


def inverse(cross: Floats) -> Floats:
    """Inverse of a cross-product of regressors.

    Raises
    ------
    DesignError
        It is singular.
    """
    if not regular(cross):
        raise DesignError("a covariate, or one of its levels, does not vary, or others add up to it")
    size = np.sqrt(np.diagonal(cross))
    return np.asarray(np.linalg.inv(cross / np.outer(size, size)) / np.outer(size, size), dtype=np.float64)


def terms_of(sizes: Sequence[int]) -> tuple[Ints, ...]:
    """Columns of each covariate, given how many each has, in order."""
    ends = np.cumsum([0, *sizes])
    return tuple(np.arange(start, end) for start, end in pairwise(ends))
