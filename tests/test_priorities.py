"""Gap × people: a weighted total with its own error, certain only after adjustment, ranked only where it can be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import measurement_study as made
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.means import mean_of
from survey.analyse.priorities import AHEAD, CERTAIN, NO_GROUPS, NO_INDICATORS, OVERLAP, UNCERTAIN, priorities
from survey.core import estimates
from survey.stats.variance import covariance_of_rows

# The same sums in another order.
SAME = 1e-9

QUESTIONS = [
    {"name": "area", "type": "nominal", "codes": {1: "one", 2: "two", 3: "three"}, "text": "Area"},
    {
        "name": "edu",
        "type": "ordinal",
        "codes": {0: "low", 1: "middle", 2: "high", 3: "none here"},
        "text": "Education",
    },
]


def respondents(n: int = 600, effect: float = 0.8) -> pd.DataFrame:
    """Half of the people have low education and answer `effect` points lower; the area means nothing."""
    rng = np.random.default_rng(3)
    edu, psu = rng.choice(3, n, p=[0.5, 0.3, 0.2]), np.repeat(np.arange(30), n // 30)
    lower = (edu == 0) & (rng.random(n) < effect)
    items = np.clip(made.answers(n, seed=4) - lower[:, None], 1, 5)
    w = np.round(rng.uniform(0.5, 2, n), 2)
    return made.frame(items, edu=edu, area=rng.integers(1, 4, n), w=w, psu=psu, stratum=psu % 3)


def study(folder: Path, data: pd.DataFrame, **spec: object) -> Inference:
    spec = {"design": {"weight": "w", "psu": "psu", "stratum": "stratum"}, "groups": ["edu", "area"]} | spec
    return made.inference(made.write(folder, data, questions=QUESTIONS, **spec))


@pytest.fixture(scope="module")
def inf(tmp_path_factory: pytest.TempPathFactory) -> Inference:
    return study(tmp_path_factory.mktemp("priorities"), respondents())


@pytest.fixture(scope="module")
def table(inf: Inference) -> pd.DataFrame:
    return estimates.check(priorities(inf))


def of(table: pd.DataFrame, estimand: str, by: str = "edu") -> pd.DataFrame:
    return table[table["estimand"].eq(estimand) & table["by"].eq(by)].set_index("by_level")


def test_the_burden_is_the_gap_times_the_people(table):
    gap, people, burden = (of(table, e) for e in ("gap", "people", "burden"))
    held = people.index
    np.testing.assert_allclose(burden["estimate"], gap.loc[held, "estimate"] * people["estimate"], rtol=SAME)
    np.testing.assert_allclose(people["estimate"], people["weighted_n"], rtol=SAME)


def test_burdens_of_groups_that_are_everyone_add_up_to_nothing(table):
    burden = of(table, "burden")["estimate"]
    assert abs(burden.sum()) < SAME * burden.abs().sum()


def test_the_error_of_the_burden_is_that_of_the_total_it_is(inf, table):
    y = (inf.wave.answers("scale").to_numpy(float) - 1) / 4 * 100
    low, w = inf.wave.answers("edu").astype(int).to_numpy() == 0, inf.wave.design.weight
    mean = np.average(y, weights=w)
    z = w * (low * (mean - y) + w[low].sum() * (y - mean) / w.sum())
    error = np.sqrt(covariance_of_rows(z[:, None], inf.sampling, np.ones(len(y), dtype=bool)))[0, 0]
    assert of(table, "burden").loc["0", "std_error"] == pytest.approx(error, rel=SAME)


def test_the_gap_is_the_mean_of_everyone_less_that_of_the_group(inf, table):
    found, _ = mean_of(inf, inf.wave.answers("scale").to_numpy(float), inf.groupings, 4.0)
    everyone, low = found.estimate[0, 0], found.estimate[1, 0]
    assert of(table, "gap").loc["0", "estimate"] == pytest.approx((everyone - low) / 4 * 100, rel=SAME)


def test_only_a_gap_that_survives_adjustment_is_called_certain(table):
    gap = of(table, "gap")
    assert list(gap["note"].iloc[:3]) == [CERTAIN, AHEAD, AHEAD]
    assert gap.loc["0", "p_adjusted"] < 0.05
    assert gap.loc["0", "conf_low_adjusted"] > 0
    assert set(of(table, "gap", "area")["note"]) <= {UNCERTAIN, AHEAD}


def test_where_nothing_differs_no_group_is_certain_or_ranked(tmp_path):
    found = priorities(study(tmp_path, respondents(effect=0.0)))
    assert CERTAIN not in set(found["note"].dropna())
    assert "rank" not in set(found["estimand"])


def test_an_empty_group_is_a_row_with_its_reason(table):
    row = of(table, "gap").loc["3"]
    assert (row["status"], row["n"]) == ("not_estimable", 0)


def test_ranks_are_given_where_intervals_part_and_only_an_interval_where_they_overlap(tmp_path):
    data = respondents(effect=1.0)
    few = (data["edu"] == 1) & (np.arange(len(data)) % 4 == 0)
    data["area"] = np.where(few, 3, np.where(data["edu"] == 0, 1, 2))
    for item in (f"i{j}" for j in range(1, 6)):
        data.loc[few, item] = 1
    ranks = priorities(study(tmp_path, data))
    ranks = ranks[ranks["estimand"].eq("rank")].set_index(["by", "by_level"])
    single = ranks["conf_low"] == ranks["conf_high"]
    assert (ranks["estimate"].notna() == single).all()
    assert (ranks.loc[~single, "note"] == OVERLAP).all()
    assert (ranks.loc[~single, "status"] == "imprecise").all()
    # Low education and area one hold the same people: nothing tells them apart.
    assert not single[("edu", "0")]
    assert not single[("area", "1")]
    assert (ranks["conf_low"] <= ranks["conf_high"]).all()


def test_a_nonprobability_sample_has_burdens_without_errors_or_ranks(tmp_path):
    found = priorities(study(tmp_path, respondents(), design={"sampling": "nonprobability"}))
    assert set(found["estimand"]) == {"gap", "people", "burden"}
    assert found[["std_error", "conf_low", "df", "p_value"]].isna().all(axis=None)
    assert found.loc[found["estimand"].eq("people"), "unit"].eq("respondents").all()


def test_what_cannot_have_priorities_is_skipped_with_the_reason(tmp_path):
    with pytest.raises(NotApplicable, match=NO_GROUPS):
        priorities(study(tmp_path / "groups", respondents(60), groups=[]))
    folder = made.write(tmp_path / "scale", respondents(60), questions=QUESTIONS, groups=["edu"])
    path = folder / "instrument.yaml"
    instrument = yaml.safe_load(path.read_text())
    del instrument["indicators"]
    path.write_text(yaml.safe_dump(instrument, sort_keys=False))
    with pytest.raises(NotApplicable, match=NO_INDICATORS):
        priorities(made.inference(folder))
