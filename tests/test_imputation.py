"""Missing answers: filled in with answers of the scale, honestly, and never where a question did not apply."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, stdtrit

from measurement_study import DONT_KNOW, answers, frame, inference, value, write
from survey.analyse.imputation import NOTHING_MISSING, completed, imputation
from survey.analyse.inference import NotApplicable
from survey.stats.imputation import Answers, data_sets, impute
from survey.stats.pooling import completed_columns, completed_means, pool
from survey.stats.products import Grouping
from survey.stats.sampling import sampling
from survey.stats.tally import column_tally
from survey.stats.variance import estimated

SEEDS = int(os.environ.get("SURVEY_SEEDS", "1000"))
#: How far a coverage of 0.95 may fall by the number of seeds: 3.7 Monte-Carlo errors and half a point.
ROOM = 3.7 * (0.95 * 0.05 / SEEDS) ** 0.5 + 0.005
FAST = 60  # at a true coverage of 95 %, fewer than 51 of 60 have a probability of 0.3 %
CUTS = np.array([-1.2, -0.4, 0.4, 1.2])
TRUTH = 1 + (1 - ndtr(CUTS)).sum()  # mean of a standard normal cut into codes 1 to 5

ROUTED = [{"name": "uses", "type": "integer", "text": "Uses it", "min": 0, "max": 1}]


def missing_at_random(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Two items that go together; who agrees with the first more often leaves out the second."""
    rng = np.random.default_rng([seed, 7])
    first = rng.normal(size=n)
    second = 0.7 * first + np.sqrt(1 - 0.7**2) * rng.normal(size=n)
    given = 1.0 + np.searchsorted(CUTS, np.column_stack([first, second])).reshape(n, 2)
    gap = np.column_stack([np.zeros(n, bool), rng.random(n) < ndtr(0.5 * (given[:, 0] - 3) - 0.5)])
    return np.where(gap, np.nan, given), gap


def coverage(seeds: int) -> tuple[float, float, float]:
    """How often the interval of the second item's mean holds the truth: imputed, complete cases; the mean bias."""
    held = np.zeros((seeds, 2), dtype=bool)
    bias = np.zeros(seeds)
    for seed in range(seeds):
        given, gap = missing_at_random(seed)
        score, nothing = np.array([0, 0]), np.zeros((len(given), 0))
        filled = impute(Answers(given, gap, score, nothing), 20, np.random.default_rng(seed))
        y = np.stack([filled.completed(given, m)[:, 1] for m in range(20)])
        found = pool(y.mean(axis=1), y.var(axis=1, ddof=1) / y.shape[1], y.shape[1] - 1.0)
        known = given[~gap[:, 1], 1]
        for at, (mean, se, df) in enumerate(
            [
                (found.estimate, np.sqrt(found.variance), found.df),
                (known.mean(), known.std(ddof=1) / np.sqrt(len(known)), len(known) - 1),
            ]
        ):
            held[seed, at] = abs(mean - TRUTH) <= stdtrit(df, 0.975) * se
        bias[seed] = found.estimate - TRUTH
    return float(held[:, 0].mean()), float(held[:, 1].mean()), float(bias.mean())


def test_imputed_intervals_cover_where_complete_cases_do_not() -> None:
    imputed, complete, bias = coverage(FAST)
    assert imputed >= 51 / FAST
    assert complete < 0.5
    assert abs(bias) < 0.05


def coverage_in_units(seeds: int) -> float:
    """The same with 40 sampling units of 10, an intraclass correlation of 0.1 and weights of 1 to 3."""
    held = 0
    unit, nothing = np.repeat(np.arange(40), 10), np.zeros(400, dtype=np.intp)
    everyone = [Grouping(nothing, 1)]
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 8])
        first, second = (np.sqrt(0.1) * rng.normal(size=40)[unit] + np.sqrt(0.9) * rng.normal(size=400) for _ in "ab")
        given = 1.0 + np.searchsorted(CUTS, np.column_stack([first, 0.7 * first + np.sqrt(1 - 0.7**2) * second]))
        weight = rng.uniform(1, 3, 400)
        gap = np.column_stack([np.zeros(400, bool), rng.random(400) < ndtr(0.5 * (given[:, 0] - 3) - 0.5)])
        given = np.where(gap, np.nan, given)
        filled = impute(Answers(given, gap, nothing[:2], np.log(weight)[:, None], unit), 20, rng)
        y = np.column_stack([filled.completed(given, m)[:, 1] for m in range(20)])
        design = sampling(weight, [(nothing, unit, np.full(400, np.inf))])
        tally = column_tally(completed_columns(y, 3.0), np.ones(400, bool), everyone, design)
        lin, squared = estimated(tally, partial(completed_means, centre=3.0), design)
        found = pool(lin.estimate[0], squared[0], 39.0)
        held += abs(found.estimate - TRUTH) <= stdtrit(found.df, 0.975) * np.sqrt(found.variance)
    return held / seeds


@pytest.mark.slow
def test_imputed_intervals_cover_under_a_design() -> None:
    assert abs(coverage_in_units(SEEDS) - 0.95) <= ROOM


@pytest.mark.slow
def test_imputed_intervals_cover_ninety_five_per_cent() -> None:
    imputed, complete, _ = coverage(SEEDS)
    assert abs(imputed - 0.95) <= ROOM
    assert complete < 0.5


def test_only_answers_that_were_given_are_filled_in_and_nothing_else_changes() -> None:
    given, gap = missing_at_random(1)
    given[:5, 0] = np.nan  # missing, but not to be filled in
    given[given[:, 1] == 3, 1] = 2  # no one gives a 3
    filled = impute(Answers(given, gap, np.array([0, 0]), np.zeros((300, 0))), 20, np.random.default_rng(1))
    assert set(np.unique(filled.value)) <= {1.0, 2.0, 4.0, 5.0}
    done = filled.completed(given, 3)
    np.testing.assert_array_equal(done[~gap], given[~gap])
    assert np.isnan(done[:5, 0]).all()
    assert np.isfinite(done[gap]).all()


def test_an_item_that_nobody_answered_stays_empty() -> None:
    given, gap = missing_at_random(1)
    given[:, 1], gap[:, 1] = np.nan, True
    filled = impute(Answers(given, gap, np.array([0, 0]), np.zeros((300, 0))), 2, np.random.default_rng(1))
    assert np.isnan(filled.value).all()


def test_an_answer_is_never_a_gap() -> None:
    with pytest.raises(ValueError, match="cannot be a gap"):
        Answers(np.ones((3, 1)), np.ones((3, 1), bool), np.array([0]), np.zeros((3, 0)))


def test_what_a_sampling_unit_shares_is_filled_in() -> None:
    rng = np.random.default_rng(4)
    unit = np.repeat(np.arange(40), 20)
    y = np.round(3 + rng.normal(size=40)[unit] + 0.3 * rng.normal(size=800))[:, None]
    gap = rng.random((800, 1)) < 0.3
    truth, given = y.copy(), np.where(gap, np.nan, y)
    done = [
        impute(Answers(given, gap, np.array([0]), np.zeros((800, 0)), u), 20, np.random.default_rng(1)).value.mean(0)
        for u in (unit, None)
    ]
    shared, ignored = (np.corrcoef(each, truth[gap])[0, 1] for each in done)
    assert shared > 0.8
    assert abs(ignored) < 0.3


def test_as_many_data_sets_as_per_cents_are_incomplete() -> None:
    gap = np.zeros((200, 3), dtype=bool)
    assert data_sets(gap) == 20
    gap[:101, 1] = True
    assert data_sets(gap) == 51


def studied(tmp_path: Path, **study: Any) -> Any:
    """Blank, unknown and routed-past answers; women know less, and who does not use is not asked item 5."""
    items = answers(n=500, loading=0.7).astype(object)
    rng = np.random.default_rng(5)
    sex = np.arange(500) % 2 + 1
    items[rng.random((500, 5)) < 0.04] = None
    unknown = rng.random((500, 5)) < np.where(sex == 2, 0.15, 0.02)[:, None]
    items[unknown] = DONT_KNOW
    items[:40, 4] = None
    uses = np.r_[np.zeros(40, int), np.ones(460, int)]
    sexes = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "m", 2: "f"}}
    block = np.arange(500) // 10
    folder = write(
        tmp_path,
        frame(items, uses=uses, sex=sex, block=block),
        questions=[*ROUTED, sexes],
        groups=["sex"],
        design={"psu": "block"},
        **study,
    )
    text = (folder / "instrument.yaml").read_text().replace("- name: i5\n", "- name: i5\n  ask_if: uses == 1\n")
    (folder / "instrument.yaml").write_text(text)
    return inference(folder)


def test_dont_know_is_filled_in_only_where_the_row_says_so(tmp_path: Path) -> None:
    inf = studied(tmp_path)
    done = completed(inf)
    part = done.items(0)
    plain, all_filled = done.scores(0), done.scores(0, None)
    unknown = done.unknown[:, part].any(axis=1)
    gaps = np.isin(np.arange(500), done.filled.row)
    assert (np.ptp(plain[~gaps & ~unknown], axis=1) == 0).all()
    only_unknown = unknown & ~np.isin(np.arange(500), done.filled.row[~done.unknown[done.filled.row, done.filled.item]])
    assert (np.nan_to_num(np.ptp(plain[only_unknown], axis=1)) == 0).all()
    assert (np.ptp(all_filled[only_unknown], axis=1) > 0).mean() > 0.5


def test_a_question_that_did_not_apply_is_never_filled_in(tmp_path: Path) -> None:
    done = completed(studied(tmp_path))
    assert not ((done.filled.row < 40) & (done.filled.item == 4)).any()
    assert ((done.filled.row >= 40) & (done.filled.item == 4)).any()


def test_the_table_sets_imputed_beside_complete_and_within_its_bounds(tmp_path: Path) -> None:
    table = imputation(studied(tmp_path))
    for by in ({}, {"by": "sex", "by_level": "1"}, {"by": "sex", "by_level": "2"}):
        rows = {
            level: value(table, "mean", level, **by)
            for level in (
                "complete", "imputed", "imputed_with_dont_know", "dont_know_lowest", "dont_know_highest",
            )
        }  # fmt: skip
        assert rows["complete"].n < rows["imputed"].n <= rows["imputed_with_dont_know"].n
        low, high = rows["dont_know_lowest"].estimate, rows["dont_know_highest"].estimate
        assert low < rows["imputed_with_dont_know"].estimate < high
        assert 0 < value(table, "missing_information", "imputed_with_dont_know", **by).estimate < 0.5
        assert rows["imputed"].df < 49
    mean, score100 = (value(table, estimand, "imputed") for estimand in ("mean", "score100"))
    assert score100.estimate == pytest.approx((mean.estimate - 1) * 25)
    assert score100.conf_high == pytest.approx((mean.conf_high - 1) * 25)


def test_the_same_seed_gives_the_same_numbers_and_another_others(tmp_path: Path) -> None:
    first, again, other = (imputation(studied(tmp_path / str(at), seed=seed)) for at, seed in enumerate((3, 3, 4)))
    pd.testing.assert_frame_equal(first, again)
    imputed = first["level"].eq("imputed")
    assert not np.array_equal(first.loc[imputed, "estimate"], other.loc[imputed, "estimate"])


def test_nothing_missing_is_a_reason_not_to_impute(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable) as reason:
        imputation(inference(write(tmp_path, frame(answers(n=60)))))
    assert str(reason.value) == NOTHING_MISSING


def test_without_a_probability_sample_there_are_no_errors(tmp_path: Path) -> None:
    items = answers(n=80).astype(object)
    items[::7, 2] = None
    table = imputation(inference(write(tmp_path, frame(items), design={"sampling": "nonprobability"})))
    assert table["estimate"].notna().all()
    assert table[["std_error", "conf_low", "conf_high", "df", "deff"]].isna().all(axis=None)
    assert set(table["estimand"]) == {"mean", "score100"}
