"""Agreement of coders: printed examples, R, and what no coefficient can say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from survey.stats.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha, percent_agreement

PRINTED = 5e-4  # three digits are printed
EXACT = 1e-12  # the same formula on the same counts
CASES = json.loads((Path(__file__).parent / "reference" / "agreement.json").read_text(encoding="utf-8"))
GAP = np.nan

#: Krippendorff (2011), "Any metric, any number of observers, missing data": 4 observers, 12 units.
RELIABILITY_DATA = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
        [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
    ]
).T

#: Fleiss' kappa of 10 subjects and 14 raters as worked out in encyclopaedias (0.210).
FOURTEEN_RATERS = """
0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7
"""


def ratings_of(table: list[list[int]]) -> np.ndarray:
    """Two coders' judgements with these counts."""
    counts = np.array(table)
    pairs = [(i, j) for i in range(len(counts)) for j in range(len(counts)) for _ in range(counts[i, j])]
    return np.array(pairs, dtype=float)


@pytest.mark.parametrize(("metric", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_equals_krippendorffs_example(metric, printed):
    found = krippendorff_alpha(RELIABILITY_DATA, metric)
    assert found.estimate == pytest.approx(printed, abs=PRINTED)
    assert found.units == 11  # one unit was judged by one observer alone


def test_alpha_of_two_coders_equals_krippendorffs_binary_example():
    """Krippendorff (2011), section A: ten units, alpha 0.095."""
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    found = krippendorff_alpha(np.array([first, second], dtype=float).T)
    assert found.estimate == pytest.approx(0.095, abs=PRINTED)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_kappa_and_its_error_equal_r(case):
    found = cohen_kappa(ratings_of(case["table"]))
    assert found.estimate == pytest.approx(case["kappa"], abs=EXACT)
    assert found.std_error == pytest.approx(case["std_error"], abs=EXACT)
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]), abs=EXACT)


def test_fleiss_kappa_equals_the_worked_example():
    rows = [[int(c) for c in row.split()] for row in FOURTEEN_RATERS.strip().split("|")]
    judged = np.array([np.repeat(range(5), row) for row in rows], dtype=float)
    assert fleiss_kappa(judged) == pytest.approx(0.210, abs=PRINTED)


def test_fleiss_kappa_equals_statsmodels():
    from statsmodels.stats.inter_rater import fleiss_kappa as theirs

    judged = np.random.default_rng(3).integers(0, 3, (40, 4)).astype(float)
    counts = (judged[:, :, None] == np.arange(3)).sum(axis=1)
    assert fleiss_kappa(judged) == pytest.approx(theirs(counts), abs=EXACT)


def test_percent_agreement_counts_pairs_of_coders():
    assert percent_agreement(np.array([[1, 1, 1], [1, 0, 0], [0, GAP, GAP]])) == pytest.approx((6 + 2) / 12)


def test_chance_agreement_is_zero_on_average():
    judged = np.random.default_rng(1).integers(0, 2, (4000, 2)).astype(float)
    assert abs(krippendorff_alpha(judged).estimate) < 0.05
    assert abs(cohen_kappa(judged).estimate) < 0.05


def test_the_interval_holds_the_estimate_and_hangs_on_the_seed_alone():
    def once():
        return krippendorff_alpha(RELIABILITY_DATA, "nominal", random=np.random.default_rng(7))

    found = once()
    assert found.low < found.estimate < found.high
    assert found == once()


@pytest.mark.slow
def test_the_bootstrap_interval_covers_the_agreement_it_estimates():
    """60 passages of two coders who copy the truth with probability 0.8; 0.95 ± 4 errors of 300 studies, less a
    little for a percentile interval."""
    rng = np.random.default_rng(11)

    def study(n):
        truth, copies = rng.integers(0, 2, n), rng.random((n, 2)) < 0.8
        return np.where(copies, truth[:, None], rng.integers(0, 2, (n, 2))).astype(float)

    true = krippendorff_alpha(study(400_000)).estimate
    found = [krippendorff_alpha(study(60), random=rng, samples=400) for _ in range(300)]
    assert np.mean([f.low <= true <= f.high for f in found]) == pytest.approx(0.94, abs=0.05)


def test_no_variation_has_no_coefficient():
    alike = np.ones((8, 2))
    assert np.isnan(krippendorff_alpha(alike, random=np.random.default_rng(1)).estimate)
    assert np.isnan(cohen_kappa(alike).estimate)
    assert np.isnan(fleiss_kappa(alike))


def test_units_of_one_coder_say_nothing():
    alone = np.array([[1, GAP], [GAP, 0]])
    assert np.isnan(percent_agreement(alone))
    assert krippendorff_alpha(alone).units == cohen_kappa(alone).units == 0


def test_a_code_that_most_samples_lack_has_no_interval():
    rare = np.zeros((30, 2))
    rare[0] = 1
    found = krippendorff_alpha(rare, random=np.random.default_rng(1))
    assert found.estimate == 1
    assert np.isnan(found.low)


def test_ratings_are_whole_numbers():
    with pytest.raises(ValueError, match="whole numbers"):
        krippendorff_alpha(np.array([[0.5, 1]]))
