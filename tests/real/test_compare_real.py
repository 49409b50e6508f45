"""Group comparisons on real answers: Kansas City, ANES 2020 and the personality items against R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from studies import golden, report, study_folder

import survey
from survey.analyse.associate import association
from survey.analyse.compare import compare
from survey.analyse.families import splits
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.stats import contrasts, ranks

pytestmark = pytest.mark.real

RTOL = 1e-8  # R's values were written with 15 digits
RTOL_R = 1e-9  # R's own tests on the same file
INTERVAL = 1e-4  # effectsize searches the noncentrality with a coarse stopping rule
REFERENCE = Path(__file__).parents[1] / "reference"
ITEMS = ("q1_01", "q2_01", "q15_01", "q17_02")
GROUPS = ("age", "gender", "income", "counci", "q37_race")


def inference(name: str, wave: str, shared: Path, into: Path) -> Inference:
    study = survey.load(study_folder(name, shared, into))
    return Inference.within(study.spec, InMemory.of(study.wave(wave), study.spec.groups))


@pytest.fixture(scope="module")
def kansas(shared, tmp_path_factory):
    return inference("kcmo", "1QSEP2021", shared, tmp_path_factory.mktemp("kcmo"))


def test_kansas_citys_kruskal_and_epsilon_squared_equal_r(kansas, shared):
    expected, compared = golden(shared, "kcmo_wave1"), 0
    for split in (s for s in splits(kansas) if s.name in GROUPS):
        for item in ITEMS:
            want = expected[item][f"kruskal_{split.name}"]
            found = ranks.kruskal(kansas.respondents.levels(item, split.at).count)
            assert found.n == want["n"]
            for name, value in (("statistic", "stat"), ("p_value", "p"), ("epsilon2", "epsilon2")):
                assert getattr(found, name) == pytest.approx(want[value], rel=RTOL)
            compared += 1
    report("Kruskal-Wallis of 4 items by 5 groups", compared)


def test_kansas_citys_scores_equal_r_in_the_grid(kansas, shared):
    expected, compared = golden(shared, "kcmo_wave1"), 0
    table = compare(kansas)
    tests = table[table["estimand"].isin(["kruskal", "epsilon2"])].set_index(["measure", "by", "estimand"])
    for name in expected["scales"]:
        for by in GROUPS:
            want = expected[f"idx_{name}"].get(f"kruskal_{by}")
            if want is None:
                continue
            assert tests.loc[(name, by, "kruskal"), "statistic"] == pytest.approx(want["stat"], rel=RTOL)
            assert tests.loc[(name, by, "epsilon2"), "estimate"] == pytest.approx(want["epsilon2"], rel=RTOL)
            compared += 1
    report("Kruskal-Wallis of 6 scores", compared)


@pytest.mark.parametrize("wave", ["csv", "dta"])
def test_anes_association_equals_svychisq(shared, tmp_path, wave):
    expected, compared = golden(shared, "anes2020"), 0
    table = association(inference("anes_2020", wave, shared, tmp_path))
    tests = table[table["estimand"] == "rao_scott"].set_index(["measure", "by"])
    for question in ("TrustGovernment", "TrustPeople", "CampaignInterest", "PartyID"):
        for by in ("AgeGroup", "Education", "Gender", "RaceEth"):
            want = expected[question][f"chisq_{by}"]["F"]
            found = tests.loc[(question, by)]
            assert found["statistic"] == pytest.approx(want["statistic"]["F"], rel=RTOL)
            assert found["df"] == pytest.approx(want["parameter"]["ndf"], rel=RTOL)
            assert found["df2"] == pytest.approx(want["parameter"]["ddf"], rel=RTOL)
            assert np.log10(found["p_value"]) == pytest.approx(np.log10(want["p"]), abs=1e-6)
            compared += 1
    report(f"Rao-Scott, {wave}", compared)


def test_anes_domain_tests_equal_svyglm(shared, tmp_path):
    want = json.loads((REFERENCE / "compare_anes.json").read_text())
    inf = inference("anes_2020", "csv", shared, tmp_path)
    variable = inf.instrument.variable("TrustGovernment")
    score = np.array([level.value for level in variable.levels], float)
    for split in (s for s in splits(inf) if s.name in want):
        tally = inf.respondents.levels("TrustGovernment", split.at)
        means = contrasts.group_means(tally, score, inf.sampling)
        rank = contrasts.group_means(tally, contrasts.rank_scores(tally, np.argsort(score)), inf.sampling)
        for name, found in (
            ("design_ws", contrasts.working_wald(means)),
            ("design_f", contrasts.wald(means)),
            ("design_rank", contrasts.wald(rank)),
        ):
            truth = want[split.name][name]
            for column in ("statistic", "df", "df2"):
                assert getattr(found, column) == pytest.approx(truth[column], rel=RTOL), (split.name, name, column)
    report("design tests of trust by 3 groupings", 9)


def test_the_battery_on_personality_scores_equals_r(shared, tmp_path):
    want = json.loads((REFERENCE / "compare_bfi.json").read_text())
    folder = study_folder("bfi", shared, tmp_path)
    for name in ("study", "instrument"):
        path = folder / f"{name}.yaml"
        text = path.read_text()
        text = text.replace("groups: [gender]", "groups: [education]\ndesign: {sampling: nonprobability}")
        text = text.replace(
            "questions:\n",
            "questions:\n  - {name: education, text: Education, type: ordinal, codes: {1: A, 2: B, 3: C, 4: D, 5: E}}\n",
        )
        path.write_text(text)
    study = survey.load(folder)
    table = compare(Inference.within(study.spec, InMemory.of(study.wave("2010"), study.spec.groups)))
    for name, truth in want.items():
        mine = table[table["measure"] == name].set_index(["estimand", "contrast"])
        pairs = mine[mine.index.get_level_values("contrast").notna()]
        assert mine.xs("kruskal", level=0)["statistic"].iloc[0] == pytest.approx(truth["kruskal"], rel=RTOL_R)
        assert mine.xs("epsilon2", level=0)["estimate"].iloc[0] == pytest.approx(truth["epsilon2"], rel=RTOL_R)
        assert mine.xs("eta2", level=0)["estimate"].iloc[0] == pytest.approx(truth["eta2"], rel=RTOL_R)
        for i, contrast in enumerate(truth["contrast"]):
            for estimand, column, key, tolerance in (
                ("dunn", "statistic", "dunn", RTOL_R),
                ("hedges_g", "estimate", "hedges_g", RTOL_R),
                ("hedges_g", "conf_low", "g_low", INTERVAL),
                ("hedges_g", "conf_high", "g_high", INTERVAL),
                ("cliffs_delta", "estimate", "delta", RTOL_R),
                ("cliffs_delta", "conf_low", "delta_low", RTOL_R),
                ("welch_t", "statistic", "welch_t", RTOL_R),
                ("games_howell", "p_value", "games_howell_p", INTERVAL),
            ):
                found = pairs.loc[(estimand, contrast), column]
                assert found == pytest.approx(truth[key][i], rel=tolerance, abs=1e-8), (name, contrast, estimand)
    report("2 scores by education", len(want) * (3 + 8 * 10))
