"""Latent classes against poLCA's printed carcinoma example, and against classes that are known."""

from __future__ import annotations

import numpy as np
import pytest

from survey.stats.class_membership import bivariate_residuals, corrected, entropy
from survey.stats.latent_classes import latent_classes, patterns, resampled

PRINTED = 2e-4  # poLCA prints four decimals; both stop when a step gains next to nothing
STARTS = 50

#: Seven pathologists on 118 slides, 2 where carcinoma was seen (Agresti 2002, table 13.1).
CARCINOMA = {
    "1111111": 34, "1111211": 2, "1211111": 6, "1211112": 1, "1211211": 4, "1211212": 5, "2111111": 2, "2121212": 1,
    "2211111": 2, "2211112": 1, "2211211": 2, "2211212": 7, "2211222": 1, "2212112": 1, "2212212": 2, "2212222": 3,
    "2221212": 13, "2221222": 5, "2222212": 10, "2222222": 16,
}  # fmt: skip
#: poLCA 1.4.1: log-likelihood, BIC.
POLCA = {1: (-524.4648, 1082.324), 2: (-317.2568, 706.0739), 3: (-293.705, 697.1357), 4: (-289.2858, 726.4629)}


def carcinoma():
    level = np.array([[int(answer) - 1 for answer in slide] for slide in CARCINOMA])
    answers = patterns(level, np.full(7, 2))
    return answers, answers.weight(np.array([*CARCINOMA.values()], float))


def fitted(classes: int, seed: int = 1):
    answers, weight = carcinoma()
    return answers, weight, latent_classes(answers, weight, classes, STARTS, np.random.default_rng(seed))


def known(n: int = 3000, seed: int = 2):
    """Answers of two classes, 70 : 30, to six items that say 1 with 0.85 and 0.15; and each one's class."""
    rng = np.random.default_rng(seed)
    own = (rng.random(n) < 0.3).astype(int)
    level = (rng.random((n, 6)) < np.array([0.85, 0.15])[own][:, None]).astype(int)
    return patterns(level, np.full(6, 2)), own


@pytest.mark.parametrize("classes", POLCA)
def test_the_carcinoma_example_equals_polca(classes):
    answers, _, model = fitted(classes)
    likelihood, bic = POLCA[classes]
    assert model.log_likelihood == pytest.approx(likelihood, abs=PRINTED)
    assert model.bic(answers, 118) == pytest.approx(bic, abs=1e-3)


def test_the_three_classes_of_carcinoma_are_those_that_polca_prints():
    answers, weight, model = fitted(3)
    np.testing.assert_allclose(model.share, [0.4447, 0.3736, 0.1817], atol=1e-4)
    np.testing.assert_allclose(model.response[2, 1::2], [0.5128, 1, 0, 0.0576, 0.7506, 0, 0.6307], atol=1e-3)
    modal = np.bincount(model.posterior(answers).argmax(axis=1), weight) / 118
    np.testing.assert_allclose(modal, [0.4322, 0.3729, 0.1949], atol=5e-5)


def test_answers_of_a_class_sum_to_one_over_each_item_and_classes_go_from_the_largest():
    answers, _, model = fitted(4)
    np.testing.assert_allclose(np.add.reduceat(model.response, np.arange(0, 14, 2), axis=1), 1, atol=1e-9)
    assert (np.diff(model.share) <= 0).all()
    assert answers.parameters(4) == 31


def test_the_same_seed_gives_the_same_model_and_another_seed_the_same_maximum():
    first, again, other = (fitted(3, seed)[2] for seed in (1, 1, 9))
    np.testing.assert_array_equal(first.response, again.response)
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=PRINTED)


def test_a_weight_of_two_is_the_respondent_twice():
    answers, _ = known(300)
    rng = np.random.default_rng(0)
    double = rng.integers(1, 3, 300)
    twice = patterns(np.repeat(answers.level[answers.of], double, axis=0), answers.categories)
    weighted = latent_classes(answers, answers.weight(double.astype(float)), 2, 10, np.random.default_rng(1))
    repeated = latent_classes(twice, twice.weight(np.ones(double.sum())), 2, 10, np.random.default_rng(1))
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, abs=1e-4)


def test_a_missing_answer_leaves_the_likelihood():
    answers, _ = known(400)
    level = answers.level[answers.of]
    without = patterns(np.column_stack([level, np.full(400, -1)]), np.append(answers.categories, 3))
    whole = latent_classes(answers, answers.weight(np.ones(400)), 2, 10, np.random.default_rng(1))
    part = latent_classes(without, without.weight(np.ones(400)), 2, 10, np.random.default_rng(1))
    assert part.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-4)
    np.testing.assert_allclose(part.share, whole.share, atol=1e-4)


def test_known_classes_are_found_with_their_sizes_answers_and_certainty():
    answers, own = known()
    weight = answers.weight(np.ones(3000))
    model = latent_classes(answers, weight, 2, 20, np.random.default_rng(1))
    assert model.share[0] == pytest.approx(0.7, abs=0.02)
    np.testing.assert_allclose(model.response[:, 1::2], np.array([[0.85], [0.15]]) + np.zeros(6), atol=0.03)
    post = model.posterior(answers)
    assert (post.argmax(axis=1)[answers.of] == own).mean() > 0.95
    assert entropy(post, weight) > 0.8
    assert np.isnan(entropy(post[:, :1], weight))


def test_corrected_scores_give_a_groups_true_shares_where_modal_classes_do_not():
    answers, own = known(20_000)
    rng = np.random.default_rng(4)
    group = rng.random(20_000) < np.where(own == 1, 0.9, 0.1)
    fewer = patterns(answers.level[answers.of][:, :3], np.full(3, 2))  # three items only: many are put wrongly
    weight = fewer.weight(np.ones(20_000))
    model = latent_classes(fewer, weight, 2, 20, np.random.default_rng(1))
    post, truth = model.posterior(fewer), own[group].mean()
    modal = post.argmax(axis=1)[fewer.of][group].mean()
    found = corrected(post, weight)[fewer.of][group, 1].mean()
    assert abs(modal - truth) > 0.03
    assert found == pytest.approx(truth, abs=0.01)  # one standard error of 8,800 people is 0.005


def test_corrected_scores_average_to_the_classes_sizes():
    answers, weight, model = fitted(3)
    np.testing.assert_allclose(weight @ corrected(model.posterior(answers), weight) / 118, model.share, atol=1e-4)


def test_residuals_show_the_two_items_that_share_more_than_their_classes():
    answers, _ = known()
    level = answers.level[answers.of]
    level = np.column_stack([level, np.where(np.arange(3000) % 5 < 4, level[:, 0], 1 - level[:, 0])])
    doubled = patterns(level, np.full(7, 2))
    weight = doubled.weight(np.ones(3000))
    found = bivariate_residuals(doubled, latent_classes(doubled, weight, 2, 10, np.random.default_rng(1)), weight)
    assert np.unravel_index(np.nanargmax(found), found.shape) in {(0, 6), (6, 0)}
    assert np.isnan(np.diag(found)).all()


def test_replicates_have_their_classes_named_as_the_originals():
    answers, _ = known(600)
    weight = answers.weight(np.ones(600))
    model = latent_classes(answers, weight, 2, 10, np.random.default_rng(1))
    drawn = np.random.default_rng(3).multinomial(600, weight / 600, size=60).T.astype(float)
    again = resampled(answers, model, weight, drawn, 1, np.random.default_rng(4))
    np.testing.assert_allclose(again.share.mean(axis=0), model.share, atol=0.01)
    binomial = np.sqrt(0.7 * 0.3 / 600)
    assert binomial * 0.8 < again.share[:, 0].std() < binomial * 2
    assert again.agreement.min() > 0.9
