"""Ranks of areas that hold together, and small areas by a model that shows no more than it may."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey
from measurement_study import inference, write
from survey.analyse import disclosure, running, small_areas
from survey.analyse.areas import NO_AREAS, NO_PROBABILITY, areas
from survey.analyse.indicators import indicators
from survey.analyse.inference import NotApplicable
from survey.errors import SchemaError
from survey.report.blocks import figures
from survey.report.page import page
from survey.report.sections import areas as sections_areas
from survey.stats.ranks_of_areas import joint_ranks

DISTRICTS, WARDS = 4, 8  # 32 wards, 8 a district
EXACT = 1e-9  # the same sums in another analysis


def study(
    folder: Path, sizes: list[int] | None = None, gap: float = 0.4, blocks: int = 3, seed: int = 8, **keys
) -> Path:
    """Wards in districts; `sizes` respondents in each, in `blocks` blocks of a ward; wards differ by `gap`."""
    rng = np.random.default_rng(seed)
    sizes = sizes or [18] * (DISTRICTS * WARDS)
    ward = np.repeat(np.arange(len(sizes)), sizes)
    block = ward * blocks + np.concatenate([np.arange(n) % blocks for n in sizes])
    effect = gap * rng.normal(size=len(sizes))
    own = 3 + effect[ward] + (ward // WARDS) * 0.3 + rng.normal(size=len(ward))
    latent = own[:, None] + rng.normal(size=(len(ward), 3))
    items = np.clip(np.round(latent), 1, 5).astype(int)
    data = pd.DataFrame(items, columns=["i1", "i2", "i3"])
    data = data.assign(
        resp=[f"r{j}" for j in range(len(data))],
        district=[f"d{w // WARDS}" for w in ward],
        ward=[f"d{w // WARDS}.{w % WARDS}" for w in ward],
        block=block,
        weight=rng.uniform(1, 2, len(data)).round(3),
    )
    codes = {f"d{d}": f"District {d}" for d in range(DISTRICTS)}
    wards = {f"d{d}.{w}": f"Ward {d}.{w}" for d in range(DISTRICTS) for w in range(WARDS)}
    places = [
        {"name": "district", "type": "nominal", "role": "geography", "text": "District", "codes": codes},
        {"name": "ward", "type": "nominal", "role": "geography", "text": "Ward", "codes": wards},
    ]
    design = {"weight": "weight", "stratum": "district", "psu": "block"}
    return write(folder, data, questions=places, **{"groups": ["district"], "design": design} | keys)


def small(table: pd.DataFrame, estimand: str) -> pd.DataFrame:
    return table[table["by"].eq("ward") & table["estimand"].eq(estimand)].set_index("by_level")


WITH_WARDS = {"by": "ward", "within": "district"}


@pytest.fixture(scope="module")
def modelled(tmp_path_factory):
    sizes = [18] * 32
    sizes[3], sizes[10], sizes[17], sizes[31] = 0, 7, 3, 12
    return areas(inference(study(tmp_path_factory.mktemp("areas"), sizes, areas=WITH_WARDS)))


def test_ranks_of_areas_far_apart_are_certain_and_of_equal_areas_unknown():
    deviation = np.random.default_rng(1).normal(size=(2000, 4)) * 0.1
    apart = joint_ranks(np.array([4.0, 1, 3, 2]), deviation, np.full(4, 20.0), 0.95)
    assert apart.rank.tolist() == apart.low.tolist() == apart.high.tolist() == [1, 4, 2, 3]
    alike = joint_ranks(np.array([2.0, 2.01, 2.02, 2.0]), deviation, np.full(4, 20.0), 0.95)
    assert alike.low.tolist() == [1] * 4
    assert alike.high.tolist() == [4] * 4
    assert alike.rank.tolist() == [3, 2, 1, 3]


def test_few_sampling_units_widen_the_rank_intervals():
    estimate, deviation = np.array([0.0, 0.45]), np.random.default_rng(1).normal(size=(2000, 2)) * 0.15
    told = [joint_ranks(estimate, deviation, np.full(2, df), 0.95).high[1] for df in (50.0, 1.0)]
    assert told == [1, 2]


def test_joint_rank_intervals_hold_every_true_rank_in_95_of_100_samples():
    rng, truth, held = np.random.default_rng(3), np.array([0.0, 0, 0.1, 0.3, 0.5]), 0
    draws, se = 800, 0.15
    best = 1 + (truth[None] > truth[:, None]).sum(axis=1)
    worst = len(truth) - (truth[None] < truth[:, None]).sum(axis=1)
    deviation = rng.normal(size=(1000, 5)) * se
    for _ in range(draws):
        found = joint_ranks(truth + se * rng.normal(size=5), deviation, np.full(5, 1e6), 0.95)
        held += bool((found.low <= best).all() and (found.high >= worst).all())
    assert held / draws >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / draws)


def test_an_area_of_a_group_has_the_indicators_mean_and_a_joint_rank(tmp_path):
    inf = inference(study(tmp_path))
    table, means = areas(inf), indicators(inf)
    keys = ["measure", "by", "by_level"]
    own = table[table["estimand"].eq("mean")].set_index(keys)
    other = means[means["estimand"].eq("mean") & means["by"].eq("district")].set_index(keys).loc[own.index]
    for column in ("estimate", "std_error", "conf_low", "df", "n"):
        np.testing.assert_allclose(own[column].astype(float), other[column].astype(float), rtol=EXACT)
    rank = table[table["estimand"].eq("rank")]
    order = own["estimate"].rank(ascending=False).to_numpy()
    assert rank["estimate"].tolist() == order.tolist()
    assert (rank["conf_low"] <= rank["estimate"]).all()
    assert (rank["conf_high"] >= rank["estimate"]).all()
    assert set(rank["unit"]) == {"rank of 4"}
    assert rank["conf_high"].iloc[-1] < 4 or rank["conf_low"].iloc[0] > 1  # d0 and d3 are 0.9 apart


def test_ranks_need_no_sampling_units_of_more_than_one_person(tmp_path):
    table = areas(inference(study(tmp_path, design={"weight": "weight", "stratum": "district"})))
    rank = table[table["estimand"].eq("rank")]
    assert rank["method"].str.contains("normal draws").all()
    assert rank["status"].eq("ok").all()


def test_replicate_weights_carry_ranks_but_no_small_areas(tmp_path):
    design = {"weight": "weight", "stratum": "district", "psu": "block", "replicates": {"type": "jkn"}}
    table = areas(inference(study(tmp_path, areas=WITH_WARDS, design=design)))
    linearised = areas(inference(study(tmp_path / "without")))
    for estimand in ("mean", "rank"):
        own, other = (t[t["estimand"].eq(estimand)] for t in (table, linearised))
        np.testing.assert_allclose(own["estimate"], other["estimate"], rtol=EXACT)
    assert table.loc[table["by"].eq("ward"), "note"].tolist() == [small_areas.NO_UNITS]


def test_small_areas_have_a_value_its_error_and_how_much_is_lent(modelled):
    eblup, lent = small(modelled, "eblup"), small(modelled, "shrinkage")
    assert eblup.index.equals(lent.index)
    assert lent["estimate"].between(0.01, 0.99).all()
    assert (eblup["conf_low"] < eblup["estimate"]).all()
    assert (eblup["std_error"] > 0).all()
    variance = modelled[modelled["estimand"].eq("area_variance")].iloc[0]
    assert variance["estimate"] > 0
    assert variance["deff"] >= 1


def test_an_area_with_fewer_than_ten_has_a_third_and_nowhere_a_value(modelled):
    few = ["d0.3", "d1.2", "d2.1"]
    rows = modelled[modelled["by_level"].isin(few)]
    assert set(rows["estimand"]) == {"rank_class"}
    assert rows["n"].isna().all()
    assert rows["std_error"].isna().all()
    assert rows["estimate"].isin([1, 2, 3]).all()
    notes = rows.set_index("by_level")["note"]
    assert notes["d1.2"] == small_areas.THIRD_ONLY
    assert notes["d0.3"] == notes["d2.1"] == small_areas.SYNTHETIC


def test_a_hidden_area_takes_the_next_smallest_of_its_larger_area_with_it(modelled):
    shown = small(modelled, "eblup").index
    assert sum(ward.startswith("d1") for ward in shown) == 6  # d1.2 is hidden, and one more
    assert sum(ward.startswith("d2") for ward in shown) == 6
    assert "d3.7" in shown  # twelve people, and nobody hidden beside them


def test_nothing_hidden_comes_back_in_the_released_table(modelled, tmp_path):
    folder = study(tmp_path, areas=WITH_WARDS)
    made = survey.load(folder)
    released = disclosure.protect(modelled, made.spec, made.spec.waves[0], made.instrument, {}).estimates
    rows = released[released["by_level"].isin(["d1.2", "d2.1"])]
    assert set(rows["estimand"]) == {"rank_class"}
    assert rows["n"].isna().all()


def test_areas_that_do_not_differ_are_said_not_to_and_get_no_third(tmp_path):
    table = areas(inference(study(tmp_path, gap=0.0, seed=1, areas=WITH_WARDS)))
    variance = table[table["estimand"].eq("area_variance")].iloc[0]
    assert variance["estimate"] == 0
    assert variance["note"] == small_areas.NO_DIFFERENCE
    assert small(table, "rank_class")["status"].eq("not_estimable").all()
    assert small(table, "shrinkage")["estimate"].eq(1).all()


def test_covariates_of_a_file_take_the_place_of_the_larger_areas(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"d{d}.{w},{rng.integers(10, 90)},{rng.normal():.3f}" for d in range(DISTRICTS) for w in range(WARDS)]
    folder = tmp_path / "with"
    folder.mkdir()
    (folder / "totals.csv").write_text("\n".join(["ward,poor,density", *lines]), encoding="utf-8")
    own = areas(inference(study(folder, areas=WITH_WARDS | {"covariates": "totals.csv"})))
    without = areas(inference(study(tmp_path / "without", areas=WITH_WARDS)))
    assert not np.allclose(small(own, "eblup")["estimate"], small(without, "eblup")["estimate"])


@pytest.mark.parametrize(
    ("keys", "note"),
    [
        ({"sizes": [18] * 12 + [0] * 20}, small_areas.FEW_AREAS),
        ({"blocks": 1}, small_areas.AREA_IS_UNIT),
    ],
)
def test_a_model_that_the_data_cannot_carry_is_refused_with_the_reason(tmp_path, keys, note):
    design = {"weight": "weight", "stratum": "district", "psu": "block", "lonely_psu": "certainty"}
    table = areas(inference(study(tmp_path, areas=WITH_WARDS, design=design, **keys)))
    row = table[table["by"].eq("ward")]
    assert len(row) == 1
    assert row.iloc[0]["status"] == "not_estimable"
    assert row.iloc[0]["note"] == note


def test_as_many_covariates_as_areas_are_refused(tmp_path):
    header = ",".join(["ward", *(f"x{j}" for j in range(31))])
    lines = [f"d{w // WARDS}.{w % WARDS}," + ",".join(str((w * j) % 37) for j in range(1, 32)) for w in range(32)]
    (tmp_path / "totals.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    table = areas(inference(study(tmp_path, areas=WITH_WARDS | {"covariates": "totals.csv"})))
    assert small_areas.MANY_COVARIATES in set(table["note"].dropna())


def test_areas_need_a_geography_and_a_probability_sample(tmp_path):
    with pytest.raises(NotApplicable, match=NO_AREAS):
        areas(inference(study(tmp_path / "a", groups=[])))
    with pytest.raises(NotApplicable, match=NO_PROBABILITY):
        areas(inference(study(tmp_path / "b", design={"sampling": "nonprobability"})))


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ({"by": "wards", "within": "district"}, "no question, indicator or derived variable named 'wards'"),
        ({"by": "ward", "within": "block"}, "named 'block'"),
        ({"by": "ward", "in": "district"}, "in"),
        (WITH_WARDS | {"covariates": "none.csv"}, "none.csv cannot be read"),
    ],
)
def test_areas_that_study_yaml_names_wrongly_are_refused(tmp_path, key, found):
    with pytest.raises(SchemaError, match=found):
        survey.load(study(tmp_path, areas=key))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wards,poor\nd0.0,3\n", "no column 'ward' in totals.csv"),
        ("ward\nd0.0\n", "no column of numbers"),
        ("ward,poor\nd0.0,3\n", "totals.csv without d0.1"),
        ("ward,poor\nd0.0,many\n", "'many'"),
        ("ward,poor\nd0.9,4\n", "'d0.9'"),
        ("ward,poor\nd0.0,3\nd0.0,4\n", "each area once"),
    ],
)
def test_a_file_of_area_totals_that_is_wrong_is_refused(tmp_path, text, found):
    (tmp_path / "totals.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=found):
        survey.load(study(tmp_path, areas=WITH_WARDS | {"covariates": "totals.csv"}))


PLACED = {"d0": [1, 0], "d1": [0, 1], "d2": [1, 1], "d3": [2, 1]}


def test_a_map_puts_each_area_where_the_study_says(tmp_path):
    loaded = survey.load(study(tmp_path, tiles={"district": PLACED}, analyses=["areas", "indicators"]))
    wave = loaded.wave("w")
    estimated = running.estimate(wave, loaded.spec)
    release = disclosure.protect(estimated.table, loaded.spec, loaded.spec.wave("w"), loaded.instrument, facts={})
    drawn = []
    section = tiled(page(release, "en"), drawn)
    assert drawn == [((1, 0), (0, 1), (1, 1), (2, 1))]
    assert [f.name for f in figures((section,))] == ["areas-district"]


def tiled(sheet, drawn):
    """The section of areas; positions of each map are added to `drawn`."""
    kept = sections_areas.tile_maps
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections_areas, "tile_maps", lambda *a: (drawn.append(a[2]), kept(*a))[1])
        return sections_areas.areas(sheet)


@pytest.mark.parametrize(
    ("tiles", "column", "found", "said"),
    [
        ({"distrik": PLACED}, "tiles.distrik", "no question with answers named 'distrik'", "district"),
        ({"district": PLACED | {"d9": [3, 3]}}, "tiles.district.d9", "no answer 'd9' of 'district'", "d0"),
        ({"district": {"d0": [0, 0]}}, "tiles.district", "no tile for d1, d2, d3", "a tile for every code"),
        ({"district": PLACED | {"d3": [1, 0]}}, "tiles.district.d3", "the tile of 'd0'", "of its own"),
        ({"district": PLACED | {"d3": [1]}}, "tiles.district.d3", "a list of 1", "2 or more"),
    ],
)
def test_tiles_that_are_no_map_are_refused(tmp_path, tiles, column, found, said):
    with pytest.raises(SchemaError) as refused:
        survey.load(study(tmp_path, tiles=tiles))
    problem = refused.value.problems[0]
    assert problem.column == column
    assert found in problem.found
    assert said in f"{problem.expected} {problem.hint}"
