"""What follows from fitted latent classes: how surely people belong to them, who does, and what the classes miss.

P is the number of answer patterns, J of items, K of classes; `post` is `LatentClasses.posterior`.

References
----------
Bolck, A., Croon, M. and Hagenaars, J. (2004). Estimating latent structure models with categorical
variables: one-step versus three-step estimators. Political Analysis 12, 3-27.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats
from survey.stats.latent_classes import Answers, LatentClasses

#: A probability or an expected count is taken to be no smaller.
_FLOOR = 1e-12


def entropy(post: Floats, weight: Floats) -> float:
    """How surely respondents belong to one class: 1 if certainly, 0 if not at all; NaN of one class."""
    if post.shape[1] < 2:
        return float("nan")
    doubt = -(post * np.log(np.maximum(post, _FLOOR))).sum(axis=1)
    return float(1 - (weight @ doubt) / (weight.sum() * np.log(post.shape[1])))


def corrected(post: Floats, weight: Floats) -> Floats:
    """Bolck–Croon–Hagenaars scores, (P, K): their mean over any group is the group's share of each class.

    Respondents are put into their most likely class, and the errors of that are taken back by the
    inverse of the classification table. A score may lie outside 0 and 1.
    """
    modal = np.eye(post.shape[1])[post.argmax(axis=1)]
    table = (post * weight[:, None]).T @ modal
    found: Floats = modal @ np.linalg.pinv(table / table.sum(axis=1, keepdims=True))
    return found


def bivariate_residuals(answers: Answers, model: LatentClasses, weight: Floats) -> Floats:
    """(J, J) Pearson's chi² over df of every two items' table against the model's; NaN on the diagonal.

    Above about 4 two items have more in common than their classes.
    """
    post, x = model.posterior(answers) * weight[:, None], answers.chosen
    items = len(answers.categories)
    found = np.full((items, items), np.nan)
    for a in range(items):
        for b in range(a + 1, items):
            both = (answers.level[:, a] >= 0) & (answers.level[:, b] >= 0)
            left, right = answers.item == a, answers.item == b
            seen = (x[both][:, left] * weight[both, None]).T @ x[both][:, right]
            size = post[both].sum(axis=0)
            expected = (model.response[:, left] * size[:, None]).T @ model.response[:, right]
            df = (left.sum() - 1) * (right.sum() - 1)
            chi2 = ((seen - expected) ** 2 / np.maximum(expected, _FLOOR)).sum()
            found[a, b] = found[b, a] = chi2 / df if df else np.nan
    return found
