"""The ladder, the funnels, ratings by use and measures of the gap, on studies whose answers are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import measurement_study as made
from conftest import ROOT
from survey.analyse.divide import NOTHING, divide
from survey.analyse.gaps import NO_ZERO, ORIGIN, TOO_FEW
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.ladder import NOT_ASKED, NOT_DECLARED
from survey.core import estimates
from survey.errors import SchemaError

# The same sums in another order.
SAME = 1e-12

LADDER = [
    {"stage": "motivational", "passed": "want >= 3", "en": "Motivated"},
    {"stage": "material", "passed": "device == 1", "en": "Has a device"},
    {"stage": "usage", "passed": "want >= 3 and online >= 2", "en": "Uses"},
]
FUNNELS = {
    "services": {
        "scale": "steps",
        "steps": [{"step": "aware", "from": 1}, {"step": "tried", "from": 2}, {"step": "uses_now", "from": 3}],
    }
}
QUESTIONS = [
    {"name": "area", "type": "nominal", "codes": {1: "one", 2: "two", 3: "three"}, "text": "Area"},
    {"name": "edu", "type": "ordinal", "codes": {0: "low", 1: "middle", 2: "high"}, "text": "Education"},
    {"name": "want", "type": "ordinal", "codes": {c: str(c) for c in range(1, 6)}, "text": "Want"},
    {"name": "device", "type": "nominal", "codes": {0: "no", 1: "yes"}, "text": "Device"},
    {"name": "online", "type": "ordinal", "codes": {c: str(c) for c in range(4)}, "text": "Online"},
    {"name": "app", "scale": "steps", "text": "App"},
    {"name": "wifi", "scale": "steps", "text": "Wi-Fi"},
    {"name": "spent", "type": "number", "min": 0, "text": "Spent", "unit": "Rp"},
]
STEPS = {"type": "ordinal", "codes": {0: "unheard", 1: "heard", 2: "tried", 3: "uses"}}
STATUS = {"name": "status", "from": "app", "codes": {"0": "Unaware", "1": "Aware", "2-3": "User"}}
KEYS = {"ladder": LADDER, "funnels": FUNNELS, "user_status": "status", "gaps": {"device": "share", "spent": "amount"}}


def respondents(n: int = 480, seed: int = 5) -> pd.DataFrame:
    """People of 24 PSUs in 4 strata; education moves everything, the area nothing."""
    rng = np.random.default_rng(seed)
    edu, psu = rng.integers(0, 3, n), np.repeat(np.arange(24), n // 24)
    items = np.clip(made.answers(n, seed=seed) + (edu - 1)[:, None], 1, 5)
    items = np.where(rng.random(items.shape) < 0.05, made.DONT_KNOW, items)
    return made.frame(
        items,
        area=rng.integers(1, 4, n),
        edu=edu,
        want=np.clip(rng.integers(1, 5, n) + edu, 1, 5),
        device=(rng.random(n) < 0.4 + 0.25 * edu).astype(int),
        online=np.clip(rng.integers(0, 3, n) + (edu > 0), 0, 3),
        app=np.clip(rng.integers(0, 3, n) + (edu > 1), 0, 3),
        wifi=rng.integers(0, 4, n),
        spent=np.round(rng.gamma(2, 10, n) * (1 + edu), 0),
        w=np.round(rng.uniform(0.5, 2, n), 2),
        psu=psu,
        stratum=psu % 4,
    )


def study(folder: Path, data: pd.DataFrame, keys: dict[str, Any] | None = None, **spec: Any) -> Inference:
    """The inference of a study with further keys of instrument.yaml."""
    spec = {"design": {"weight": "w", "psu": "psu", "stratum": "stratum"}, "groups": ["area", "edu"]} | spec
    made.write(folder, data, questions=QUESTIONS, **spec)
    path = folder / "instrument.yaml"
    instrument = yaml.safe_load(path.read_text()) | (KEYS if keys is None else keys) | {"derived": [STATUS]}
    instrument["scales"]["steps"] = STEPS
    path.write_text(yaml.safe_dump(instrument, sort_keys=False))
    return made.inference(folder)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return respondents()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, data: pd.DataFrame) -> pd.DataFrame:
    return estimates.check(divide(study(tmp_path_factory.mktemp("study"), data)))


def rows(table: pd.DataFrame, **key: str | None) -> pd.DataFrame:
    """Rows of a key; None: the cell is empty."""
    for column, wanted in key.items():
        table = table[table[column].isna() if wanted is None else table[column].eq(wanted).fillna(False)]
    return table


def one(table: pd.DataFrame, **key: str | None) -> pd.Series:
    found = rows(table, **key)
    assert len(found) == 1, f"{len(found)} rows of {key}"
    return found.iloc[0]


def test_each_stage_is_shown_on_its_own_and_after_all_before(table, data):
    w, want, device = data["w"], data["want"] >= 3, data["device"] == 1
    share = {"passed": w[device].sum() / w.sum(), "reached": w[want & device].sum() / w.sum()}
    for estimand, wanted in share.items():
        row = one(table, measure="ladder", level="material", estimand=estimand, by=None)
        assert row["estimate"] == pytest.approx(wanted, rel=SAME)
        assert row["conf_low"] < wanted < row["conf_high"]
    assert (
        one(table, measure="ladder", level="material", estimand="reached", by=None)["n_level"] == (want & device).sum()
    )


def test_who_is_lost_is_counted_among_those_who_reached_the_stage_before(table, data):
    w, before, lost = data["w"], data["want"] >= 3, (data["want"] >= 3) & (data["device"] == 0)
    row = one(table, measure="ladder", level="material", estimand="lost", by=None)
    assert row["population"] == "motivational"
    assert row["estimate"] == pytest.approx(w[lost].sum() / w[before].sum(), rel=SAME)
    assert (row["n"], row["n_level"]) == (before.sum(), lost.sum())


@pytest.mark.parametrize("by", [{"by": None}, {"by": "edu", "by_level": "0"}, {"by": "area", "by_level": "3"}])
def test_losses_multiply_to_the_share_that_reaches_the_top(table, by):
    lost = rows(table, measure="ladder", estimand="lost", **by)["estimate"].to_numpy(float)
    top = one(table, measure="ladder", estimand="reached", level="usage", **by)["estimate"]
    assert np.prod(1 - lost) == pytest.approx(top, rel=SAME)
    reached = rows(table, measure="ladder", estimand="reached", **by)["estimate"].to_numpy(float)
    assert (np.diff(reached) <= 0).all()


def test_an_unknown_stage_leaves_the_base_unless_an_earlier_one_was_missed(tmp_path):
    few = respondents(96).assign(want=2, device=1, online=3).astype({"device": object})
    few.loc[:47, "want"] = 4  # the upper half of the file is motivated
    few.loc[[0, 1, 2, 60], "device"] = ""  # three of them, and one who is not
    row = one(divide(study(tmp_path, few)), measure="ladder", level="material", estimand="reached", by=None)
    assert (row["n"], row["n_level"]) == (93, 45)


def test_funnels_show_each_service_and_its_conversions(table, data):
    w = data["w"]
    for service in ("app", "wifi"):
        for k, (before, step) in enumerate([("aware", "tried"), ("tried", "uses_now")], start=1):
            row = one(table, measure=service, level=step, estimand="conversion", population=before, by=None)
            taken, base = data[service] >= k + 1, data[service] >= k
            assert row["estimate"] == pytest.approx(w[taken].sum() / w[base].sum(), rel=SAME)
            assert (row["n"], row["n_level"]) == (base.sum(), taken.sum())
        reached = rows(table, measure=service, estimand="reached", by=None)
        assert list(reached["level"]) == ["aware", "tried", "uses_now"]


def test_unaware_aware_and_users_are_kept_apart_in_every_indicator(table, data):
    means = rows(table, measure="scale", estimand="mean", by="status")
    assert list(means["by_level"]) == ["0", "1", "2-3"]
    items = data[[f"i{j}" for j in range(1, 6)]].replace(made.DONT_KNOW, np.nan)
    score, unaware = items.mean(axis=1).where(items.notna().sum(axis=1) >= 3), data["app"].eq(0)
    known = unaware & score.notna()
    assert means["estimate"].iloc[0] == pytest.approx(np.average(score[known], weights=data["w"][known]), rel=SAME)
    unknown = one(table, measure="scale", estimand="dont_know", by="status", by_level="0")
    share = np.average(items[unaware].isna().mean(axis=1), weights=data["w"][unaware])
    assert unknown["estimate"] == pytest.approx(share, rel=SAME)


def test_the_three_are_tested_together_and_in_pairs(table):
    for test, pair, value in (
        ("design_ws", "difference", "mean"),
        ("design_ws_dont_know", "difference_dont_know", "dont_know"),
    ):
        assert 0 <= one(table, measure="scale", estimand=test)["p_value"] <= 1
        found = rows(table, measure="scale", estimand=pair).set_index("contrast")
        assert list(found.index) == ["0 - 1", "0 - 2-3", "1 - 2-3"]
        of = rows(table, measure="scale", estimand=value, by="status")["estimate"].to_numpy(float)
        assert found["estimate"].to_numpy(float) == pytest.approx([of[0] - of[1], of[0] - of[2], of[1] - of[2]])
        assert (found["p_adjusted"] >= found["p_value"]).all()


def test_the_gap_names_its_groups_and_stands_beside_its_correction(table):
    gap = one(table, measure="scale", estimand="gap", by="edu")
    assert gap["contrast"] == "2 - 0"
    against = rows(table, measure="scale", estimand="gap_to_population", by="edu").set_index("by_level")["estimate"]
    assert gap["estimate"] == pytest.approx(against["2"] - against["0"])
    assert 0 < gap["conf_low"] < gap["estimate"] < gap["conf_high"]
    chance, corrected = (one(table, measure="scale", estimand=e, by="area") for e in ("gap", "gap_corrected"))
    assert corrected["estimate"] < chance["estimate"]
    assert corrected["conf_low"] == 0
    raw, without = (
        one(table, measure="scale", estimand=f"between_variance{e}", by="area")["estimate"] for e in ("_raw", "")
    )
    assert without < raw


def test_ranks_are_used_only_where_groups_are_ordered(table):
    ranked = {"sii", "rii", "concentration_index", "erreygers", "wagstaff"}
    assert ranked <= set(rows(table, by="edu")["estimand"])
    assert not ranked & set(rows(table, by="area")["estimand"])
    assert one(table, measure="scale", by="edu", estimand="concentration_index")["note"] == ORIGIN


def test_of_a_share_the_indices_hang_together(table):
    found = rows(table, measure="device", by="edu").set_index("estimand")["estimate"]
    mean = one(table, measure="ladder", level="material", estimand="passed", by=None)["estimate"]
    assert found["erreygers"] == pytest.approx(4 * mean * found["concentration_index"])
    assert found["wagstaff"] == pytest.approx(found["concentration_index"] / (1 - mean))
    assert found["rii"] == pytest.approx((mean + found["sii"] / 2) / (mean - found["sii"] / 2))


def test_what_needs_a_true_zero_is_refused_for_scores_and_given_for_amounts(table):
    for estimand, by in (("gini", None), ("theil", None), ("ratio", "area"), ("theil_between", "edu"), ("rii", "edu")):
        refused = one(table, measure="scale", estimand=estimand, by=by)
        assert (refused["status"], refused["note"]) == ("not_estimable", NO_ZERO)
        assert rows(table, measure="spent", estimand=estimand, by=by)["estimate"].notna().all()
    whole = one(table, measure="spent", estimand="theil", by=None)["estimate"]
    parts = [one(table, measure="spent", estimand=f"theil_{p}", by="edu")["estimate"] for p in ("between", "within")]
    assert sum(parts) == pytest.approx(whole)


def test_ratios_have_intervals_of_the_logarithm(table, data):
    row = one(table, measure="spent", estimand="ratio", by="edu", contrast="0 - 2")
    mean = [np.average(data["spent"][data["edu"] == g], weights=data["w"][data["edu"] == g]) for g in (0, 2)]
    assert row["estimate"] == pytest.approx(mean[0] / mean[1])
    assert row["estimate"] ** 2 == pytest.approx(row["conf_low"] * row["conf_high"])
    assert row["conf_low_adjusted"] < row["conf_low"]


def test_a_measure_is_not_crossed_with_a_grouping_made_of_it(tmp_path, data):
    keys = KEYS | {"gaps": {"device": "share"}}
    found = divide(study(tmp_path, data, keys, groups=["device", "edu", "status"]))
    assert set(rows(found, measure="device", estimand="gap")["by"]) == {"edu", "status"}


def test_small_groups_are_no_extremes(tmp_path, data):
    few = data.assign(area=np.where(np.arange(len(data)) < 5, 3, data["area"] % 2 + 1))
    few.loc[:4, [f"i{j}" for j in range(1, 6)]] = 5
    found = divide(study(tmp_path, few))
    assert one(found, measure="scale", estimand="gap", by="area")["contrast"] in ("1 - 2", "2 - 1")
    alone = divide(study(tmp_path / "alone", few.assign(area=1)))
    row = one(alone, measure="scale", estimand="gap", by="area")
    assert (row["status"], row["note"]) == ("not_estimable", TOO_FEW)


def test_a_nonprobability_sample_has_values_and_no_errors(tmp_path, data):
    found = divide(study(tmp_path, data, design={"sampling": "nonprobability"}))
    uncertain = ["std_error", "conf_low", "conf_high", "df", "deff", "p_value"]
    assert found[uncertain].isna().all(axis=None)
    given = found[found["estimate"].notna()]
    assert given["method"].str.contains("nonprobability").all()
    assert {"reached", "lost", "conversion", "mean", "gap", "sii", "gini", "ratio"} <= set(given["estimand"])


def test_parts_that_are_not_declared_say_so_and_the_rest_runs(tmp_path, data):
    found = divide(study(tmp_path, data, {}))
    assert one(found, measure="ladder")["note"] == NOT_DECLARED
    assert one(found, measure="funnels")["status"] == "not_estimable"
    assert one(found, measure="scale", estimand="gap", by="edu")["estimate"] > 0


def test_a_ladder_that_the_wave_did_not_ask_says_so(tmp_path, data):
    inf = study(tmp_path, data)
    held = inf.wave.frame.drop(columns="device")
    object.__setattr__(inf.respondents.wave, "frame", held)
    assert one(divide(inf), measure="ladder")["note"] == NOT_ASKED


def test_a_study_with_nothing_to_show_is_skipped_with_the_reason(tmp_path):
    made.write(tmp_path, made.frame(made.answers(30)))
    path = tmp_path / "instrument.yaml"
    instrument = yaml.safe_load(path.read_text())
    del instrument["indicators"]
    path.write_text(yaml.safe_dump(instrument, sort_keys=False))
    with pytest.raises(NotApplicable, match="declares no ladder, funnels or gaps") as raised:
        divide(made.inference(tmp_path))
    assert str(raised.value) == NOTHING


def test_two_runs_draw_the_same_numbers(tmp_path, data, table):
    pd.testing.assert_frame_equal(divide(study(tmp_path, data)), table)


HOSTILE = {
    "stage_reads_unknown": ({"ladder": [{"stage": "a", "passed": "wnt >= 3"}]}, "ladder.1.passed", "'want'"),
    "stage_twice": ({"ladder": [LADDER[0], LADDER[0]]}, "ladder.2", "each name once"),
    "stage_key": ({"ladder": [{"stage": "a", "pased": "want >= 3"}]}, "ladder.1.pased", "passed"),
    "not_a_condition": ({"ladder": [{"stage": "a", "passed": "want + 1"}]}, "ladder.1.passed", ""),
    "unknown_scale": ({"funnels": {"f": FUNNELS["services"] | {"scale": "stps"}}}, "funnels.f.scale", "'steps'"),
    "unused_scale": ({"funnels": {"f": FUNNELS["services"] | {"scale": "idle"}}}, "funnels.f.scale", "no question has"),
    "unknown_code": (
        {"funnels": {"f": {"scale": "steps", "steps": [{"step": "a", "from": 1}, {"step": "b", "from": 7}]}}},
        "funnels.f.steps.2.from",
        "no code '7'",
    ),
    "steps_that_fall": (
        {"funnels": {"f": {"scale": "steps", "steps": [{"step": "a", "from": 2}, {"step": "b", "from": 1}]}}},
        "funnels.f.steps.2.from",
        "climb the scale",
    ),
    "unknown_status": ({"user_status": "statu"}, "user_status", "'status'"),
    "status_without_levels": ({"user_status": "spent"}, "user_status", "one level"),
    "unknown_gap": ({"gaps": {"devic": "share"}}, "gaps.devic", "'device'"),
    "share_of_a_scale": ({"gaps": {"want": "share"}}, "gaps.want", "binary"),
    "amount_of_a_scale": ({"gaps": {"want": "amount"}}, "gaps.want", "a number"),
    "unknown_kind": ({"gaps": {"want": "amout"}}, "gaps.want", "amount"),
    "unknown_key": ({"lader": LADDER}, "lader", "'ladder'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_contradicts_the_questionnaire_is_refused_with_its_place(name, tmp_path, data):
    keys, column, said = HOSTILE[name]
    with pytest.raises(SchemaError) as raised:
        _load(tmp_path, data, keys)
    places = {p.column: str(p) for p in raised.value.problems}
    assert column in places, places
    assert said in places[column]


def _load(folder: Path, data: pd.DataFrame, keys: dict[str, Any]) -> None:
    made.write(folder, data, questions=QUESTIONS)
    path = folder / "instrument.yaml"
    instrument = yaml.safe_load(path.read_text()) | keys | {"derived": [STATUS]}
    instrument["scales"] |= {"steps": STEPS, "idle": STEPS}
    path.write_text(yaml.safe_dump(instrument, sort_keys=False))
    made.survey.load(folder)


def test_the_ladder_of_the_tangsel_study_begins_with_its_declared_steps():
    instrument = made.survey.load(ROOT).instrument
    stages = [s.name for s in instrument.divide.ladder]
    assert stages == ["motivational", "material", "skills", "usage", "government_services"]
    assert {q.stage for q in instrument.questions if q.stage} <= set(stages)
    wave = made.survey.load(ROOT).wave("2025")
    found = divide(Inference.of(wave))
    for stage, step in (("motivational", "dd_t1"), ("material", "dd_t2"), ("skills", "dd_t3")):
        reached = one(found, measure="ladder", estimand="reached", level=stage, by=None)
        taken = wave.answers(step).astype("float").eq(1)
        assert abs(reached["estimate"] - np.average(taken, weights=wave.design.weight)) < 0.03
    services = rows(found, estimand="reached", by=None, level="aware")["measure"]
    assert list(services) == ["sv_tsc", "sv_siaran", "sv_pay", "sv_wifi", "sv_cctv"]
