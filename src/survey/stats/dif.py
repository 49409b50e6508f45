"""Differential item functioning: whether groups with the same score answer one item of it differently.

Three cumulative logits an item: of the matching score, of score and group, of both and their product.
The second against the first is uniform DIF, the third against the second non-uniform. A large sample
makes any difference significant, so an item is judged by how much the group adds to what is explained.

References
----------
Zumbo, B. D. (1999). A handbook on the theory and methods of differential item functioning. Ottawa.
Jodoin, M. G. and Gierl, M. J. (2001). Evaluating type I error and power rates using an effect size measure
with the logistic regression procedure for DIF detection. Applied Measurement in Education 14, 329-349.
McKelvey, R. D. and Zavoina, W. (1975). A statistical model for the analysis of ordinal level dependent
variables. Journal of Mathematical Sociology 4, 103-120.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.errors import SurveyError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.fit import ChiSquare
from survey.stats.ordinal import ordinal
from survey.stats.patterns import Patterns, distinct
from survey.stats.sampling import sampling

#: Least change of Nagelkerke's R² from which DIF is called so (Jodoin and Gierl 2001), in ascending order.
MAGNITUDES: tuple[tuple[str, float], ...] = (("negligible", 0.0), ("moderate", 0.035), ("large", 0.070))
#: Level of the test below which an effect must lie to be more than negligible.
LEVEL = 0.05
#: Purifications of the matching score before it is taken as it is.
MAX_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class ItemDif:
    """DIF of one item over G groups.

    Attributes
    ----------
    uniform, non_uniform, total : likelihood-ratio tests, G − 1, G − 1 and 2(G − 1) df; NaN where not estimable
    r2 : (3,) float, Nagelkerke's R² of the three models; explained : (3,) float, McKelvey and Zavoina's
    magnitude : of the change of Nagelkerke's R² over both, a name in `MAGNITUDES`; None where not estimable
    """

    uniform: ChiSquare
    non_uniform: ChiSquare
    total: ChiSquare
    r2: Floats
    explained: Floats
    magnitude: str | None

    @property
    def delta_r2(self) -> float:
        """What the group adds to Nagelkerke's R², alone and in its product with the score."""
        return float(self.r2[2] - self.r2[0])

    @property
    def found(self) -> bool:
        """Whether the effect is more than negligible."""
        return self.magnitude not in (None, MAGNITUDES[0][0])


@dataclass(frozen=True, slots=True)
class Dif:
    """DIF of k items matched on the sum of those without it.

    Attributes
    ----------
    items : k results
    anchor : (k,) bool, items whose sum, with the item in question, respondents are matched on
    """

    items: tuple[ItemDif, ...]
    anchor: Bools


def dif(groups: Sequence[Patterns], purify: bool = True) -> Dif:
    """DIF of every item over the complete cases of G groups. R: ``MASS::polr``, Zumbo's three models.

    Parameters
    ----------
    groups : patterns of the same reverse-scored items with one numbering of the levels, as `by_group` gives them
    purify : leave items with DIF out of the score that respondents are matched on, until the same ones are left
    """
    everyone, group = _together([g.complete for g in groups])
    anchor = np.ones(everyone.level.shape[1], dtype=bool)
    seen = [anchor]
    for _ in range(MAX_ROUNDS):
        items = tuple(_item(everyone, group, j, anchor) for j in range(len(anchor)))
        clean = ~np.array([item.found for item in items])
        if not purify or not clean.any() or any((clean == before).all() for before in seen):
            break
        seen.append(clean)
        anchor = clean
    return Dif(items, anchor)


def _together(groups: Sequence[Patterns]) -> tuple[Patterns, Ints]:
    """All groups' patterns one below the other, and the group of each."""
    level = np.concatenate([g.level for g in groups])
    count = np.concatenate([g.count for g in groups])
    group = np.repeat(np.arange(len(groups)), [len(g.level) for g in groups])
    return Patterns(level, count, groups[0].categories), group


def _item(everyone: Patterns, group: Ints, j: int, anchor: Bools) -> ItemDif:
    matched = anchor | (np.arange(len(anchor)) == j)
    score = everyone.level[:, matched].sum(axis=1)
    cells = distinct(np.column_stack([everyone.level[:, j], score, group]), everyone.count, everyone.categories[:1])
    answer, own = cells.level[:, 0], cells.level[:, 2]
    size = cells.level[:, 1].astype(float)
    shown = (own[:, None] == np.unique(own)[1:]).astype(float)
    x = np.column_stack([size, shown, shown * size[:, None]])
    df = shown.shape[1]
    try:
        fits = [_explained(answer, x[:, :q], cells.count) for q in (1, 1 + df, 1 + 2 * df)]
    except SurveyError:  # nothing varies, or a group and a score settle the answer
        return _not_estimable(df)
    return _described(np.array(fits), _unexplained(answer, cells.count), everyone.n, df)


def _explained(answer: Ints, x: Floats, count: Floats) -> tuple[float, float]:
    """Log-likelihood of a cumulative logit of cells with counts, and McKelvey and Zavoina's R²."""
    rows = np.arange(len(answer))
    alone = sampling(count, [(np.zeros_like(rows), rows, np.full(len(rows), np.inf))])
    model = ordinal(np.unique(answer, return_inverse=True)[1].astype(float), x, np.ones(len(rows), dtype=bool), alone)
    eta = x @ model.coefficients.estimate[: x.shape[1]]
    spread = float(count @ (eta - count @ eta / count.sum()) ** 2 / count.sum())
    return model.log_likelihood * float(count.mean()), spread / (spread + np.pi**2 / 3)


def _unexplained(answer: Ints, count: Floats) -> float:
    """Log-likelihood of the thresholds alone."""
    size = np.bincount(answer, count)
    return float((size[size > 0] * np.log(size[size > 0] / size.sum())).sum())


def _described(fits: Floats, nothing: float, n: float, df: int) -> ItemDif:
    likelihood, explained = fits.T
    r2 = -np.expm1(2 * (nothing - likelihood) / n) / -np.expm1(2 * nothing / n)
    gain = np.maximum(2 * np.diff(likelihood), 0)
    total = ChiSquare(float(gain.sum()), 2 * df)
    reached = [name for name, least in MAGNITUDES if r2[2] - r2[0] >= least]
    magnitude = reached[-1] if reached and total.p_value < LEVEL else MAGNITUDES[0][0]
    return ItemDif(ChiSquare(float(gain[0]), df), ChiSquare(float(gain[1]), df), total, r2, explained, magnitude)


def _not_estimable(df: int) -> ItemDif:
    none, nothing = float("nan"), np.full(3, np.nan)
    return ItemDif(ChiSquare(none, df), ChiSquare(none, df), ChiSquare(none, 2 * df), nothing, nothing, None)
