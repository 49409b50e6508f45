"""The synthetic population, its samples and its truth keep what `data/raw/README.md` says of them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey.errors import SchemaError
from survey.simulate import fieldwork, new_study, perception, simulate, truth
from survey.simulate import sample as sampling
from survey.simulate.population import REGISTER, Population, apportion, populate, stream

ROOT = Path(__file__).parents[1]
PLAN = 0.02  # score points; the population is finite and the scale closed, so a gap is met nearly
ABSENT = 0.02  # the same
ICC = 0.008  # sampling of 54 kelurahan and 3,780 RT effects
WEIGHTS = 0.02  # relative; households differ in adults within an RT, so the sum of weights varies by about 1 %


def kelurahan() -> list[str]:
    with (ROOT / "data/raw/wilayah.csv").open(encoding="utf-8") as file:
        return [r["kode_kemendagri"] for r in csv.DictReader(file) if r["level"] == "kelurahan"]


@pytest.fixture(scope="module")
def population() -> Population:
    return populate(kelurahan(), 3674)


@pytest.fixture(scope="module")
def work(population: Population) -> fieldwork.Fieldwork:
    return fieldwork.enter(population, 2025)


@pytest.fixture(scope="module")
def values(work: fieldwork.Fieldwork) -> pd.DataFrame:
    return truth.values(work)


@pytest.fixture(scope="module")
def facts(work: fieldwork.Fieldwork, values: pd.DataFrame) -> dict[str, Any]:
    return truth.facts(work, values)


def test_population_has_the_announced_size(population):
    assert population.n == 1_058_127
    assert len(population.kelurahan) == 54
    assert len(population.adults_of_rt) == 3_780
    assert population.adults_of_rt.sum() == population.adults_of_household.sum() == population.n
    assert population.adults_of_rt.min() >= 150
    assert population.adults_of_rt.max() <= 500
    assert set(population.adults_of_household) == {1, 2, 3, 4, 5}


def test_kecamatan_are_in_proportion_to_the_register(population):
    shares = np.bincount(population.kec) / population.n
    register = np.array([REGISTER[k] for k in population.kecamatan])
    np.testing.assert_allclose(shares, register / register.sum(), atol=1e-6)


def test_households_lie_within_one_rt(population):
    of_household = population.rt[population.first_adult]
    assert (population.rt == of_household[population.household]).all()


def test_the_old_have_less_schooling_and_the_schooled_more_income(population):
    t = population.traits
    r = np.corrcoef([t["umur"], t["pddk"], t["pdpt"]])
    assert r[0, 1] < -0.3
    assert r[1, 2] > 0.3


def test_apportionment_adds_up_and_follows_the_largest_remainders():
    assert apportion(10, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert apportion(7, np.array([0.5, 0.5])).sum() == 7


@pytest.mark.parametrize(
    ("neighbourhoods", "expected"),
    [(80, [10, 10, 14, 12, 11, 15, 8]), (120, [16, 15, 21, 18, 16, 22, 12])],  # table of the sampling plan
)
def test_rt_are_allocated_by_the_square_root_of_adults(population, neighbourhoods, expected):
    assert sampling.allocation(population, neighbourhoods).tolist() == expected


def test_every_kecamatan_has_its_rt_and_no_rt_more_than_13_respondents(work):
    drawn = fieldwork.draw(work, 120, 5, ["jk"])
    per_kec = drawn.groupby("kec")["rt"].nunique()
    assert per_kec.tolist() == [16, 15, 21, 18, 16, 22, 12]
    assert drawn.groupby("rt").size().max() <= 13


def test_response_is_0_77_and_lower_for_men_and_the_young(population, work):
    assert work.willing.mean() == pytest.approx(0.77, abs=0.005)
    men = population.traits["jk"] == 1
    young = population.traits["umur"] < 25
    assert work.willing[men].mean() < work.willing[~men].mean() - 0.03
    assert work.willing[young].mean() < work.willing[~young].mean() - 0.03


def test_weights_add_up_to_the_population_on_average(work):
    sums = [fieldwork.draw(work, 120, seed, ["jk"])["bobot"].sum() for seed in range(40)]
    assert np.mean(sums) == pytest.approx(1_058_127, rel=WEIGHTS)


def test_weighted_means_are_nearly_unbiased_and_the_negative_twin_is_not(work, population):
    plan = perception.PLANS["aspirasi"]
    score = perception.scores(work.answers, plan)
    shared = perception.trust(population, population.seed)

    def mean_error(willing: np.ndarray) -> float:
        errors = []
        for seed in range(80):
            drawn = sampling.draw(population, 120, willing, stream(seed, "uji"))
            valid = np.isfinite(score[drawn.adult])
            errors.append(np.average(score[drawn.adult][valid], weights=drawn.weight[valid]) - np.nanmean(score))
        return float(np.mean(errors))

    assert abs(mean_error(work.willing)) < 0.02  # before calibration to age and sex
    assert mean_error(sampling.willingness(population, shared)) > 0.05


def test_scores_are_clustered_as_planned(facts):
    for name, found in facts["icc"].items():
        assert found["rt"] == pytest.approx(0.05, abs=ICC), name
        assert found["kelurahan"] == pytest.approx(0.02, abs=ICC), name
        assert found["sd"] == pytest.approx(0.8, abs=0.05), name


def test_planted_gaps_are_true_of_the_population(facts):
    planted = facts["planted"]
    assert {(p["by"], abs(p["planned"])) for p in planted} == {("pddk3", 0.5), ("umur_kel", 0.85), ("pdpt3", 0.45)}
    assert sum(p["by"] == "pdpt3" for p in planted) == 4
    for gap in planted:
        assert gap["true"] == pytest.approx(gap["planned"], abs=PLAN), gap


def test_absent_gaps_are_absent(facts, values):
    absent = facts["absent"]
    assert sum(a["by"] == "jk" for a in absent) == 6
    assert sum(a["by"] == "kec" for a in absent) == 2
    means = values[values["estimand"] == "mean"]
    for a in absent:
        group = means[(means["measure"] == a["measure"]) & (means["by"] == a["by"])]["value"]
        assert group.max() - group.min() < ABSENT, a


def test_without_planted_gaps_no_group_differs(population):
    null = fieldwork.enter(population, 2025, "no_gaps")
    means = truth.values(null).query("estimand == 'mean' and measure in @null.plans")
    for (measure, by), group in means.groupby(["measure", "by"]):
        if by in ("jk", "umur_kel", "pddk3", "kec"):
            assert group["value"].max() - group["value"].min() < ABSENT, (measure, by)


def test_dont_know_rises_with_age(values):
    share = values[(values["estimand"] == "dont_know") & (values["by"] == "umur_kel")]
    for name in perception.PLANS:
        assert share[share["measure"] == name]["value"].is_monotonic_increasing, name


def test_truth_is_a_count_over_the_population(work, values):
    one = values.set_index(["measure", "level", "estimand", "by", "by_level"])["value"]
    a = work.answers
    assert one["sc_tahu", "1", "proportion", "", ""] == pytest.approx((a["sc_tahu"] == 1).mean())
    women = a["jk"] == 2
    known = women & (a["so1"] > 0)
    assert one["so1", "", "mean", "jk", "2"] == pytest.approx(a["so1"][known].mean())
    assert one["so1", "", "dont_know", "jk", "2"] == pytest.approx((a["so1"][women] == -8).mean())


def test_answers_obey_the_routing(work):
    a = work.answers
    assert ((a["dd_konek"] == -7) == (a["dd_inet"] < 2)).all()
    assert ((a["sc_paham"] == -7) == (a["sc_tahu"] == 0)).all()
    assert ((a["ka5"] == -7) == (a["sv_tsc"] < 2)).all()
    assert ((a["pn5"] == -7) == (a["sv_siaran"] < 2)).all()


def test_reversed_items_run_against_their_indicator(work):
    for plan in perception.PLANS.values():
        straight, turned = (work.answers[i] for i in (plan.items[0], plan.reverse))
        both = (straight > 0) & (turned > 0)
        assert np.corrcoef(straight[both], turned[both])[0, 1] < -0.2


def test_waves_are_drawn_independently(population, work):
    other = fieldwork.enter(population, 2023)
    a, b = (fieldwork.draw_people(w, 80, 1).adult for w in (work, other))
    assert len(np.intersect1d(a, b)) < 20


def test_the_same_seed_draws_the_same_sample(work):
    pd.testing.assert_frame_equal(fieldwork.draw(work, 80, 7), fieldwork.draw(work, 80, 7))


def small_study(folder: Path, **changes: str) -> Path:
    for name, content in new_study().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    study = (folder / "study.yaml").read_text(encoding="utf-8")
    for old, new in changes.values():
        study = study.replace(old, new)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    return folder


def test_a_new_study_holds_what_it_needs():
    files = new_study()
    assert {"study.yaml", "instrument.yaml", "data/raw/2025/responses.csv"} <= set(files)
    rows = list(csv.DictReader(io.StringIO(files["data/raw/2025/responses.csv"].decode())))
    assert len(rows) == 300
    assert files == new_study()


def test_any_study_is_simulated_from_its_instrument(tmp_path):
    files = simulate(small_study(tmp_path))
    rows = pd.read_csv(io.BytesIO(files["data/raw/2025/responses.csv"]))
    assert rows["weight"].sum() == pytest.approx(20_000, rel=0.1)
    offline = rows["online"] == 0
    assert rows.loc[offline, "res3"].isna().all()
    told = pd.read_csv(io.BytesIO(files["data/raw/2025/truth.csv"]), keep_default_na=False)
    mean = told.query("measure == 'information' and estimand == 'mean' and by == ''")["value"]
    assert 1 < float(mean.iloc[0]) < 5


VARIED_STUDY = """
format: 1
study: varied
title: Varied
languages: [en]
instrument: instrument.yaml
waves:
  w1: {source: raw/one.csv, synthetic: true, answers: labels}
  w2: {source: raw/two.sav, synthetic: true}
design: {weight: w, stratum: area, psu: [block, house], fpc: [blocks, houses]}
groups: [area]
"""
VARIED_INSTRUMENT = """
format: 1
questions:
  - {name: name, type: text, role: identifier, text: Name}
  - {name: area, type: nominal, codes: {U: Urban, R: Rural}, text: Area}
  - {name: sex, type: nominal, codes: {m: Man, f: Woman}, text: Sex, column: {w1: q2, w2: SEX}}
  - {name: x, type: ordinal, codes: {1: Bad, 2: Fair, 3: Good}, text: X, column: qx}
  - {name: turned, type: ordinal, codes: {1: Bad, 2: Fair, 3: Good}, text: X, column: qx, reverse: true}
  - {name: y, type: number, min: 0, max: 10, text: Y, ask_if: "x >= 2 and sex == 'f'"}
  - {name: m, type: multi, codes: {a: A, b: B}, columns: {a: m_a, b: m_b}, selected: "Y", text: M}
"""


def test_designs_columns_and_words_of_any_instrument_are_obeyed(tmp_path):
    (tmp_path / "study.yaml").write_text(VARIED_STUDY, encoding="utf-8")
    (tmp_path / "instrument.yaml").write_text(VARIED_INSTRUMENT, encoding="utf-8")
    files = simulate(tmp_path)
    assert {"raw/truth_w1.csv", "raw/truth_w2.csv"} <= set(files)  # two waves in one folder
    rows = pd.read_csv(io.BytesIO(files["raw/one.csv"]), dtype=str)
    assert list(rows.columns) == [
        "name",
        "area",
        "q2",
        "qx",
        "y",
        "m_a",
        "m_b",
        "block",
        "house",
        "blocks",
        "houses",
        "w",
    ]
    assert rows["name"].isna().all()  # personal data is never invented
    assert set(rows["area"]) == {"Urban", "Rural"}
    assert set(rows["m_a"].dropna()) == {"Y"}
    asked = rows["qx"].isin(["Fair", "Good"]) & (rows["q2"] == "Woman")
    assert (rows["y"].notna() == asked).all()
    assert rows["w"].astype(float).sum() == pytest.approx(20_000)


@pytest.mark.parametrize("suffix", ["tsv", "xlsx", "sav"])
def test_the_source_names_the_format(tmp_path, suffix):
    folder = small_study(tmp_path, source=("responses.csv", f"responses.{suffix}"))
    content = simulate(folder)[f"data/raw/2025/responses.{suffix}"]
    assert content == simulate(folder)[f"data/raw/2025/responses.{suffix}"]
    assert content[:4] == {"tsv": b"numb", "xlsx": b"PK\x03\x04", "sav": b"$FL2"}[suffix]


def test_collected_answers_are_never_written_over(tmp_path):
    folder = small_study(tmp_path, real=("synthetic: true", "synthetic: false"))
    with pytest.raises(SchemaError, match="never written over"):
        simulate(folder, ["2025"])
    with pytest.raises(SchemaError, match="never written over"):
        simulate(folder)


def test_an_unknown_population_is_refused_with_the_known_ones(tmp_path):
    folder = small_study(tmp_path, who=("simulate: {n: 300}", "simulate: {population: tangsell}"))
    with pytest.raises(SchemaError, match="Did you mean 'tangsel'"):
        simulate(folder)


def test_a_format_that_cannot_be_simulated_is_refused(tmp_path):
    folder = small_study(tmp_path, source=("responses.csv", "responses.parquet"))
    with pytest.raises(SchemaError, match="csv, sav, tsv, xlsx"):
        simulate(folder)


def test_an_unknown_key_of_simulate_is_refused(tmp_path):
    folder = small_study(tmp_path, key=("simulate: {n: 300}", "simulate: {m: 300}"))
    with pytest.raises(SchemaError, match=r"simulate\.m"):
        simulate(folder)


def test_facts_of_the_committed_waves_are_json():
    for wave in ("2021", "2023", "2025"):
        facts = json.loads((ROOT / f"data/raw/{wave}/truth.json").read_text(encoding="utf-8"))
        assert facts["population"]["adults"] == 1_058_127
