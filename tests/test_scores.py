"""Indicator scores against psych (R) and by hand."""

import json

import numpy as np
import pytest

from survey.stats import scores

RTOL = 1e-12  # means of small whole numbers: only the order of addition differs
PRINTED = 1e-12  # the reference holds 15 digits
NAN = np.nan


def test_the_mean_is_over_valid_items_only():
    items = np.array([[1.0, 2.0, NAN], [5.0, NAN, NAN], [NAN, NAN, NAN]])
    np.testing.assert_allclose(scores.score(items, 1), [1.5, 5.0, NAN], rtol=RTOL)


@pytest.mark.parametrize(("min_valid", "needed"), [(3, 3), (0.5, 3), (0.6, 3), (0.61, 4), (1, 1), (0.2, 1), (5, 5)])
def test_a_count_is_itself_and_a_share_is_rounded_up(min_valid, needed):
    assert scores.valid_needed(5, min_valid) == needed


def test_at_least_half_of_four_is_two():
    items = np.array([[1.0, 2.0, NAN, NAN], [1.0, NAN, NAN, NAN]])
    np.testing.assert_allclose(scores.score(items, 0.5), [1.5, NAN], rtol=RTOL)


def test_no_answers_give_no_score_even_when_none_are_asked_for():
    assert np.isnan(scores.score(np.full((1, 3), NAN), 0)).all()


def test_reversing_twice_changes_nothing_and_swaps_the_ends():
    items = np.array([1.0, 2.0, NAN, 5.0])
    np.testing.assert_array_equal(scores.reverse(items, 1, 5), [5, 4, NAN, 1])
    np.testing.assert_array_equal(scores.reverse(scores.reverse(items, 1, 5), 1, 5), items)


def test_score100_runs_from_the_lowest_to_the_highest_possible_score():
    np.testing.assert_allclose(scores.score100(np.array([1.0, 3.0, 5.0, NAN]), 1, 5), [0, 50, 100, NAN], rtol=RTOL)


@pytest.mark.real
def test_agreeableness_scores_equal_psych(shared):
    want = json.loads((shared / "golden" / "psych_bfi.json").read_text())["agree"]
    file = shared / "data" / "bfi" / "bfi.csv"
    names = file.read_text().splitlines()[0].replace('"', "").split(",")
    answers = np.genfromtxt(file, delimiter=",", skip_header=1, missing_values="NA")
    items = answers[:, [names.index(item) for item in want["items"]]]
    turned = want["items"].index(want["reversed"])
    items[:, turned] = scores.reverse(items[:, turned], 1, 6)
    for min_valid, name in ((1, "score_mean_allowNA"), (5, "score_mean_complete"), (4, "score_mean_min4of5")):
        got = scores.score(items, min_valid)
        assert np.isfinite(got).sum() == want[name]["n"]
        np.testing.assert_allclose(
            [np.nanmean(got), np.nanstd(got, ddof=1)], [want[name]["mean"], want[name]["sd"]], rtol=PRINTED
        )
