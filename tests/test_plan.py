"""The planner: printed sample sizes, power against R and by simulation, and a plan that says what it rests on."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import small_study
from survey.analyse.compare import compare
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.core.design import Design, Stage
from survey.core.schema import load_instrument
from survey.core.study import StudySpec, Target, WaveSpec
from survey.core.wave import Wave
from survey.core.words import Words
from survey.errors import SurveyError
from survey.pipeline.planning import planned
from survey.plan import Basis, Size, detectable_gap, plan, text
from survey.plan.allocation import whole_numbers
from survey.stats.clusters import clustering, likeness, mixing
from survey.stats.power import (
    Announcement,
    announced,
    cochran,
    design_effect,
    krejcie_morgan,
    margin_of_share,
    noncentrality,
    slovin,
    t_power,
)
from survey.study import Study

SEEDS = int(os.environ.get("SURVEY_SEEDS", "1000"))
#: Power by quadrature over 256 classes of the estimated error.
QUADRATURE = 3e-4
#: Printed to two decimals.
PRINTED = 0.005

#: Shrout and Fleiss (1979), table 2: six targets, four judges.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)

INSTRUMENT = """\
format: 1
questions:
  - {name: sex, type: nominal, text: Sex, codes: {1: Male, 2: Female}}
  - {name: area, type: nominal, text: Area, codes: {1: A, 2: B, 3: C}}
  - {name: a1, type: ordinal, text: a1, codes: {1: one, 2: two, 3: three, 4: four, 5: five}}
  - {name: b1, type: ordinal, text: b1, codes: {1: one, 2: two, 3: three, 4: four, 5: five}}
indicators:
  openness: {en: Openness, items: [a1]}
  access: {en: Access, items: [b1]}
"""


@pytest.mark.parametrize(("population", "printed"), [(10_000, 370), (20_000, 377), (50_000, 381), (1_000_000, 384)])
def test_krejcie_and_morgan_give_their_table(population, printed):
    assert round(krejcie_morgan(population)) == printed


def test_slovin_and_cochran_give_their_printed_sizes():
    assert slovin(1_058_127, 0.05) == pytest.approx(399.85, abs=PRINTED)
    assert slovin(1_058_127, 0.10) == pytest.approx(99.99, abs=PRINTED)
    assert round(krejcie_morgan(1_058_127), 2) == 383.96
    assert cochran(0.05) == pytest.approx(384.15, abs=PRINTED)
    assert cochran(0.05, population=1e12) == pytest.approx(cochran(0.05), rel=1e-6)


@pytest.mark.parametrize(("n", "deff", "printed"), [(100, 1, 9.8), (400, 1.5, 6.0), (57, 1.5, 15.9), (26, 1.5, 23.5)])
def test_margins_of_error_are_those_of_the_domain_table(n, deff, printed):
    assert 100 * margin_of_share(n / deff, 1e9) == pytest.approx(printed, abs=0.05)


@pytest.mark.parametrize(
    ("delta", "n", "power"),
    # R 4.2.2: power.t.test(n, delta, strict = TRUE)$power
    [(0.5, 64, 0.8014596), (0.2, 20, 0.0945673), (1.0, 5, 0.2862955)],
)
def test_power_of_t_equals_r(delta, n, power):
    assert t_power(delta * np.sqrt(n / 2), 2 * n - 2, 0.05) == pytest.approx(power, abs=QUADRATURE)


def test_the_intraclass_correlation_is_that_of_shrout_and_fleiss():
    target = np.repeat(np.arange(6), 4)
    found = likeness(JUDGES.ravel(), target, np.zeros(24, dtype=np.intp))
    assert found.icc == pytest.approx(0.17, abs=PRINTED)
    assert found.high == pytest.approx(0.72, abs=PRINTED)
    assert found.low == 0  # −0.13 in print; a negative likeness is none


def test_the_error_of_a_mean_is_kish_times_one_plus_take_less_one_times_icc():
    unit = np.repeat(np.arange(40), 10)
    found = clustering(mixing(np.zeros(400, dtype=np.intp), 1, unit, unit // 20), 40, 10)
    squared = 1.3 / 400 + 0.05 * 1.3 * found.mean[0]
    assert squared == pytest.approx(design_effect(1.3, 10, 0.05) / 400)
    assert found.df[0] == 40 - 2


def test_groups_that_share_their_units_lose_nothing_to_clustering():
    unit = np.repeat(np.arange(40), 10)
    half = np.tile([0, 1], 200)
    apart = (unit >= 20).astype(np.intp)
    assert clustering(mixing(half, 2, unit, 0 * unit), 40, 10).difference[0, 1] == pytest.approx(0, abs=1e-12)
    by_unit = clustering(mixing(apart, 2, unit, 0 * unit), 40, 10)
    assert by_unit.difference[0, 1] == pytest.approx(2 * 9 / 200)
    assert by_unit.df_pair[0, 1] == 39


@pytest.mark.parametrize("df", [15.0, 73.0])
def test_both_tests_reject_as_often_as_computed(df):
    test = Announcement(alpha=0.001, df=df, groups=7, alpha_omnibus=0.002, df_omnibus=df)
    for power in (0.5, 0.95):
        nc = noncentrality(test, power)
        assert announced(nc, test) == pytest.approx(power, abs=1e-4)
        # 200,000 draws: five Monte-Carlo errors at most are 0.006.
        assert _drawn(nc, test, 200_000) == pytest.approx(power, abs=0.006)


def _drawn(nc: float, test: Announcement, draws: int) -> float:
    from scipy.stats import f, t

    rng = np.random.default_rng(5)
    z, others = rng.normal(nc, 1, draws), rng.chisquare(test.groups - 2, draws)
    scale = rng.chisquare(test.df, draws) / test.df
    span = test.groups - 1
    pair = z**2 / scale > t.ppf(1 - test.alpha / 2, test.df) ** 2
    omnibus = (z**2 + others) / span / scale > f.ppf(1 - test.alpha_omnibus, span, span * test.df_omnibus)
    return float((pair & omnibus).mean())


def sample(psus: int, take: int, seed: int, gap: float = 0.0) -> Wave:
    """A wave of two strata: scores of spread 0.8, a tenth of whose variance lies between units; `gap` between men and women."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(psus), take)
    n = len(unit)
    sex, area = rng.integers(0, 2, n), np.searchsorted([0.3, 0.7], rng.random(n))
    scores = [
        np.round(3 + 0.8 * (np.sqrt(0.1) * rng.normal(size=psus)[unit] + np.sqrt(0.9) * rng.normal(size=n)), 1)
        for _ in range(2)
    ]
    scores[0] = np.round(scores[0] + gap * sex, 2)
    frame = pd.DataFrame(
        {
            "sex": pd.Categorical.from_codes(sex, categories=[1, 2]),
            "area": pd.Categorical.from_codes(area, categories=[1, 2, 3]),
            "openness": scores[0],
            "access": scores[1],
        }
    )
    stage = Stage((unit >= psus // 2).astype(np.intp), unit, np.full(n, np.inf))
    weight = np.where(rng.random(n) < 0.5, 1.0, 2.0)
    return Wave(
        "w", load_instrument(INSTRUMENT, "instrument.yaml", ("en",), lambda _: ""), frame, Design(weight, (stage,))
    )


def study(**more) -> StudySpec:
    spec = StudySpec("s", Words.plain("s"), ("en",), "instrument.yaml", (), groups=("sex", "area"), **more)
    return replace(spec, waves=(WaveSpec("w", "w.csv", Words.plain("w"), spec.design),))


@pytest.mark.slow
@pytest.mark.parametrize("power", [0.5, 0.95])
def test_a_planned_gap_is_announced_as_often_as_planned(power):
    spec = study()
    size = Size(800, 80)
    gap = detectable_gap(Basis.of(sample(1500, 10, 1), spec), size, "openness", "sex", ("1", "2"), power)
    seen = sum(_announced(sample(80, 10, 100 + seed, gap), spec) for seed in range(SEEDS)) / SEEDS
    # Monte-Carlo error, and rounding of scores and of the planner's spread.
    assert seen == pytest.approx(power, abs=4 * np.sqrt(power * (1 - power) / SEEDS) + 0.015)


def _announced(wave: Wave, spec: StudySpec) -> bool:
    table = compare(Inference.within(spec, InMemory.of(wave, spec.groups)))
    here = table[(table["measure"] == "openness") & (table["by"] == "sex")].set_index("estimand")["p_adjusted"]
    return bool(here["design_ws"] < 0.05 and here["difference"] < 0.05)


@pytest.fixture(scope="module")
def basis() -> Basis:
    targets = (Target("openness", "score100", {"short": 2027, "long": 2030}, (55, 60), True),)
    return Basis.of(sample(80, 10, 3), study(targets=targets, population=100_000))


def test_a_larger_sample_sees_smaller_gaps(basis):
    gaps = [detectable_gap(basis, basis.planned(n), "openness", "sex", ("1", "2")) for n in (400, 800, 3200)]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] == pytest.approx(gaps[1] / 2, rel=0.05)
    assert detectable_gap(basis, basis.size, "openness", "sex", ("1", "2"), 0.80) < gaps[1]


def test_fewer_units_of_the_same_sample_see_less_of_groups(basis):
    spread, packed = plan(basis, 800, 160), plan(basis, 800, 20)
    margins = [p.table("groups")["margin at .5"].to_numpy() for p in (spread, packed)]
    assert (margins[0] < margins[1]).all()
    assert packed.table("design")["df"].iloc[0] == 18


def test_a_plan_answers_every_question(basis):
    made = plan(basis)
    names = [part.name for part in made.parts]
    assert names == ["sample_sizes", "design", "likeness", "groups", "comparisons", "targets"]
    found = made.table("comparisons")
    assert len(found) == 2 * (1 + 3)
    assert (found["gap_80"] < found["gap_95"]).all()
    assert found["power"].between(0, 1).all()
    target = made.table("targets")
    assert list(target["year"]) == [2027, 2030]
    assert target["power"].is_monotonic_increasing
    assert (target["example"] == "example").all()


def test_the_family_shrinks_the_level_and_no_adjustment_leaves_it(basis):
    strict = detectable_gap(basis, basis.size, "openness", "sex", ("1", "2"))
    loose = replace(basis, study=replace(basis.study, adjust="none"))
    assert detectable_gap(loose, loose.size, "openness", "sex", ("1", "2")) < strict


def test_the_power_at_the_detectable_gap_is_the_power_asked_for(basis):
    gap = detectable_gap(basis, basis.size, "openness", "area", ("1", "3"), 0.95)
    declared = replace(basis, study=replace(basis.study, smallest_effect={"openness": gap}))
    rows = plan(declared).table("comparisons").set_index(["measure", "by", "contrast"])
    assert rows.loc[("openness", "area", "1 - 3"), "power"] == pytest.approx(0.95, abs=1e-3)


def test_a_sample_without_probabilities_gets_sizes_and_no_margin(basis):
    made = plan(replace(basis, probability=False))
    assert [part.name for part in made.parts] == ["sample_sizes", "no_margin"]
    assert "no margin of error" in made.parts[1].notes[0]


@pytest.mark.parametrize(("n", "psus"), [(800, 3), (10, 40)])
def test_a_sample_that_cannot_be_drawn_is_refused(basis, n, psus):
    with pytest.raises(SurveyError, match="sampling units"):
        plan(basis, n, psus)


def test_unknown_names_are_refused_with_the_nearest(basis):
    with pytest.raises(SurveyError, match="'openness'"):
        detectable_gap(basis, basis.size, "opennes", "sex", ("1", "2"))
    with pytest.raises(SurveyError, match="no group of sex named '3'"):
        detectable_gap(basis, basis.size, "openness", "sex", ("1", "3"))


def test_whole_numbers_keep_the_total():
    found = whole_numbers(np.array([3.0, 2.0, 2.0]), 10)
    assert found.sum() == 10
    assert list(found) == [4, 3, 3]


@pytest.fixture
def folder(tmp_path) -> Path:
    return small_study.write(tmp_path / "s")


def test_without_answers_the_plan_says_what_it_assumes(folder):
    shutil.rmtree(folder / "data")
    made = planned(Study.load(folder), n=500)
    said = " ".join(text.lines(made))
    assert made.basis.wave is None
    assert "No wave has answers yet" in said
    assert made.table("design")["icc"].iloc[0] == 0.05
    assert "targets" not in [part.name for part in made.parts]


def test_a_plan_in_json_is_the_plan_in_words(folder):
    made = planned(Study.load(folder))
    document = text.plain(made)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["n"] == 96
    assert set(document["tables"]) == {part.name for part in made.parts}
    assert made.basis.wave == "2025"


@pytest.mark.parametrize(
    ("options", "said"), [({"n": 0}, "--n"), ({"margin": 0.7}, "--margin"), ({"psus": -1}, "--psus")]
)
def test_impossible_numbers_are_refused(folder, options, said):
    with pytest.raises(SurveyError, match=said):
        planned(Study.load(folder), **options)


def test_the_tangsel_plan_allocates_over_kecamatan_and_names_rare_experience():
    root = Path(__file__).parents[1]
    made = planned(Study.load(root), n=1200)
    strata = made.table("allocation")
    assert strata["proportional"].iloc[-1] == 1200
    assert strata["proportional"].iloc[:-1].sum() == strata["equal"].iloc[:-1].sum() == 1200
    few = made.table("second_frame").set_index("measure")
    assert few.loc["sv_siaran", "in the sample"] < 30
    assert any("reported apart" in note for part in made.parts for note in part.notes)
