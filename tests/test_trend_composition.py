"""Kitagawa's components: an identity, a planted change of the make-up, small levels joined by the rule."""

from __future__ import annotations

import numpy as np
import pytest

from survey.stats.composition import cells, components, joined_levels
from trend_study import respondents, study, waves


def sample(seed: int, shares: list[float], rates: list[float], n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.choice(len(shares), n, p=shares)
    return group, np.array(rates)[group] + rng.standard_normal(n)


def test_components_of_one_variable_are_kitagawas():
    codes, y = zip(*(sample(k, s, r) for k, s, r in ((1, [0.5, 0.5], [1, 2]), (2, [0.3, 0.7], [1.5, 2]))), strict=True)
    w = [np.random.default_rng(9).uniform(0.5, 2, 500)[None] for _ in y]
    earlier, later = (cells(y[k], [codes[k]], [2], w[k]) for k in (0, 1))
    found = components(later, earlier, [2])
    share = [np.array([w[k][0][codes[k] == g].sum() for g in (0, 1)]) / w[k].sum() for k in (0, 1)]
    rate = [np.array([np.average(y[k][codes[k] == g], weights=w[k][0][codes[k] == g]) for g in (0, 1)]) for k in (0, 1)]
    # Kitagawa 1955, eq. 2: the difference of shares by the mean rate, and the difference of rates by the mean share.
    assert found.composition[0, 0] == pytest.approx(((share[1] - share[0]) * (rate[0] + rate[1]) / 2).sum())
    assert found.rate[0] == pytest.approx(((rate[1] - rate[0]) * (share[0] + share[1]) / 2).sum())
    assert found.change[0] == pytest.approx(np.average(y[1], weights=w[1][0]) - np.average(y[0], weights=w[0][0]))


def test_a_planted_change_of_the_make_up_is_no_change_of_answers():
    made = {"a": respondents(1, n=2000, old=0.2, by_age=0.8), "b": respondents(2, n=2000, old=0.7, by_age=0.8)}
    table = trend_of(made)
    parts = table[table["measure"].eq("trust") & table["level"].isna()].set_index("estimand")
    assert parts.loc["composition", "conf_high"] < 0
    assert parts.loc["rate", "conf_low"] < 0 < parts.loc["rate", "conf_high"]


def test_a_planted_change_of_answers_is_no_change_of_the_make_up():
    made = {"a": respondents(1, n=2000, by_age=0.8), "b": respondents(2, n=2000, level=3.7, by_age=0.8)}
    parts = trend_of(made)
    parts = parts[parts["measure"].eq("trust") & parts["level"].isna()].set_index("estimand")
    assert parts.loc["rate", "conf_low"] > 0.2
    assert parts.loc["composition", "conf_low"] < 0 < parts.loc["composition", "conf_high"]


def trend_of(made):
    from survey.analyse.trend import trend

    table = trend(waves(made, spec=study(list(made), composition=("age",))))
    return table[table["estimand"].isin(["composition", "rate"])]


@pytest.mark.parametrize(
    ("count", "new"),
    [
        ([[20, 20, 20], [20, 20, 20]], [0, 1, 2]),
        ([[5, 20, 20], [20, 20, 20]], [0, 0, 1]),
        ([[20, 20, 20], [20, 20, 9]], [0, 1, 1]),
        ([[4, 4, 20], [20, 20, 20]], [0, 0, 0]),
        ([[1, 1, 1], [1, 1, 1]], [0, 0, 0]),
    ],
)
def test_a_level_too_small_in_one_sample_joins_its_neighbour(count, new):
    assert joined_levels(np.array(count), 10).tolist() == new
