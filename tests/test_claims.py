"""Claims: the verdict is what the intervals say, true statements are not contradicted, and nothing hidden comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import survey
from measurement_study import frame, inference, value, write
from survey.analyse.claims import NO_CLAIMS, NO_ESTIMATE, NO_SAMPLE, claims
from survey.analyse.describe import describe
from survey.analyse.disclosure import protect
from survey.analyse.indicators import indicators
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.labels import labels
from survey.core import estimates
from survey.core.labels import label_rules
from survey.errors import SchemaError
from survey.stats.multiplicity import detectable, equivalence_power
from survey.stats.sides import Measured, sides_of_share
from survey.stats.statements import Statement
from survey.stats.verdicts import own_verdicts

RTOL = 1e-10  # the same numbers by another path
DRAWS = 2000
#: 3.7 Monte-Carlo errors of a share of 0.05 in 2,000 draws.
CHANCE = 0.05 + 3.7 * np.sqrt(0.05 * 0.95 / DRAWS)
N = 800
SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "m", 2: "f"}}
UNAWARE = {"name": "unaware", "type": "nominal", "text": "Unaware", "codes": {0: "no", 1: "yes"}}
HEARD = {"name": "heard", "type": "nominal", "text": "Heard", "codes": {0: "no", 1: "yes"}}
C75 = {"id": "C75", "text": "x", "measure": "unaware", "estimand": "proportion", "value": 0.75, "equivalence": 0.05}
LOW = {"id": "LOW", "text": "x", "measures": ["i1", "i2", "i3"], "estimand": "mean", "direction": "below", "value": 3}


def studied(
    folder: Path, *declared: dict[str, Any], share: float = 0.75, shift: float = 0.0, **study: Any
) -> Inference:
    """80 units of ten; a share of each sex is unaware, five items lie around 3 plus `shift`."""
    rng, at = np.random.default_rng(5), np.arange(N)
    unit = rng.normal(size=(80, 1)).repeat(10, axis=0)
    noise = 0.3 * unit + rng.normal(size=(N, 5))
    given = np.clip(np.round(3 + shift + noise), 1, 5).astype(int)
    given[:, 1] = np.clip(given[:, 1] + study.pop("second", 0), 1, 5)
    unaware = (at % 20 < 20 * share).astype(int)
    more = {"sex": study.pop("sex", at // 10 % 2 + 1), "unaware": unaware, "heard": 1 - unaware * (at % 3 > 0)}
    design = study.pop("design", {"stratum": "st", "psu": "psu"})
    table = frame(given, st=at // 200, psu=at // 10, **more)
    spec = {"groups": ["sex"], "design": design, "claims": list(declared)} | study
    return inference(write(folder, table, questions=[SEX, UNAWARE, HEARD], **spec))


def verdict(table: pd.DataFrame, claim: str, estimand: str, level: str | None = None, **by: str) -> Any:
    return value(table, estimand, level, claim, **by)


@pytest.mark.parametrize(("share", "said"), [(0.75, "supported"), (0.55, "contradicted"), (0.7, "undecided")])
def test_a_value_is_supported_inside_its_bounds_and_contradicted_outside(
    tmp_path: Path, share: float, said: str
) -> None:
    inf = studied(tmp_path, C75, share=share, design={})
    table = claims(inf)
    estimates.check(table)
    row, shown = verdict(table, "C75", "proportion"), value(describe(inf), "proportion", "1", "unaware")
    assert row.note == said
    for column in ("estimate", "std_error", "conf_low", "conf_high", "df", "n"):
        assert row[column] == shown[column]
    narrow = verdict(table, "C75", "equivalence")
    assert narrow.conf_level == pytest.approx(0.9)
    assert row.conf_low < narrow.conf_low < narrow.conf_high < row.conf_high
    inside = narrow.conf_low >= 0.70 and narrow.conf_high <= 0.80
    outside = row.conf_high < 0.70 or row.conf_low > 0.80
    assert (inside, outside) == (said == "supported", said == "contradicted")
    assert (narrow.p_value < 0.05) == inside


def test_almost_three_quarters_is_also_tested_from_one_side(tmp_path: Path) -> None:
    row = verdict(claims(studied(tmp_path, C75, share=0.65, design={})), "C75", "one_sided")
    assert row.note == "below"
    assert row.p_value < 0.001
    assert row.estimate == pytest.approx(0.65 - 0.75)


def test_every_reading_has_a_verdict_of_its_own(tmp_path: Path) -> None:
    reading = {"measure": "heard", "answer": 0, "text": "never heard"}
    inf = studied(tmp_path, C75 | {"readings": [reading]}, design={})
    table = claims(inf)
    assert verdict(table, "C75", "proportion").note == "supported"
    row = verdict(table, "C75", "proportion", "heard")
    assert row.note == "contradicted"
    assert row.estimate == value(describe(inf), "proportion", "0", "heard").estimate


def test_every_group_has_a_verdict(tmp_path: Path) -> None:
    table = claims(studied(tmp_path, C75, LOW, shift=-0.4))
    for level, said in (("1", "contradicted"), ("2", "not_testable")):  # all of them; ten of twenty in every unit
        domain = {"by": "sex", "by_level": level}
        assert verdict(table, "C75", "proportion", **domain).note == said
        assert verdict(table, "LOW", "mean", **domain).note == "supported"
        assert verdict(table, "LOW", "mean", "i2", **domain).note == "supported"


def test_the_printed_power_is_that_of_the_plan() -> None:
    for n, power in ((800, 0.53), (1200, 0.79)):  # deff 1.9, the truth being 0.75, bounds of five points
        assert round(equivalence_power(np.sqrt(0.75 * 0.25 * 1.9 / n), 1e9, 0.05), 2) == power


def test_the_power_of_a_claim_is_at_its_own_error(tmp_path: Path) -> None:
    table = claims(studied(tmp_path, C75, LOW, share=0.7, design={}))
    row = verdict(table, "C75", "proportion")
    assert verdict(table, "C75", "power").estimate == equivalence_power(row.std_error, row.df, 0.05)
    mean, reach = verdict(table, "LOW", "mean", "i1"), verdict(table, "LOW", "detectable", "i1")
    assert reach.estimate == pytest.approx(float(detectable(np.array(mean.std_error), np.array(mean.df))))
    assert np.isnan(reach.conf_low)


def test_a_direction_of_several_holds_only_if_each_does(tmp_path: Path) -> None:
    low = claims(studied(tmp_path / "a", LOW, shift=-0.4))
    assert verdict(low, "LOW", "mean").note == "supported"
    mixed = claims(studied(tmp_path / "b", LOW, shift=-0.4, second=1))
    assert [verdict(mixed, "LOW", "mean", i).note for i in ("i1", "i2", "i3")] == [
        "supported", "contradicted", "supported",
    ]  # fmt: skip
    joint = verdict(mixed, "LOW", "mean")
    assert joint.note == "contradicted"
    assert joint.p_value == max(verdict(mixed, "LOW", "mean", i).p_value for i in ("i1", "i2", "i3"))


def test_each_measure_alone_is_adjusted_as_the_claim_says(tmp_path: Path) -> None:
    rows = claims(studied(tmp_path, LOW, LOW | {"id": "FREE", "adjust": "none"}, shift=-0.1))
    p = np.array([verdict(rows, "LOW", "mean", i).p_value for i in ("i1", "i2", "i3")])
    adjusted = np.array([verdict(rows, "LOW", "mean", i).p_adjusted for i in ("i1", "i2", "i3")])
    assert adjusted.min() == pytest.approx(min(3 * p.min(), 1))
    free = [verdict(rows, "FREE", "mean", i).p_adjusted for i in ("i1", "i2", "i3")]
    np.testing.assert_allclose(free, p, rtol=RTOL)


def test_the_largest_must_be_larger_than_every_other(tmp_path: Path) -> None:
    first = {"id": "TOP", "text": "x", "measures": ["i1", "i2", "i3"], "estimand": "mean", "largest": "i2"}
    clear = claims(studied(tmp_path / "a", first, second=1))
    assert verdict(clear, "TOP", "mean").note == "supported"
    difference = verdict(clear, "TOP", "difference", "i3")
    means = [verdict(clear, "TOP", "mean", i).estimate for i in ("i2", "i3")]
    assert difference.estimate == pytest.approx(means[0] - means[1])
    assert difference.p_value <= difference.p_adjusted < 0.05
    assert verdict(clear, "TOP", "mean", by="sex", by_level="1").note == "supported"
    assert verdict(claims(studied(tmp_path / "b", first)), "TOP", "mean").note == "undecided"
    assert verdict(claims(studied(tmp_path / "c", first, second=-1)), "TOP", "mean").note == "contradicted"


def test_a_score_of_poor_is_held_against_every_rule(tmp_path: Path) -> None:
    claim = {"id": "POOR", "text": "x", "measure": "scale", "estimand": "mean", "direction": "below", "value": 3}
    inf = studied(tmp_path, claim | {"word": "poor"}, shift=-0.25)
    table, said = claims(inf), labels(inf)
    assert verdict(table, "POOR", "mean").note == "supported"
    notes = {rule.name: verdict(table, "POOR", "label", rule.name).note for rule in label_rules()}
    assert set(notes.values()) == {"supported", "contradicted"}
    for rule in label_rules():
        first = str(value(said, "label", rule.name).note).split("; ")[0]
        assert (notes[rule.name] == "supported") == (rule.label(first).side == "poor")


def test_what_a_survey_cannot_show_is_shown_beside_the_statement(tmp_path: Path) -> None:
    claim = {"id": "DOM", "text": "x", "measure": "unaware", "estimand": "proportion", "not_testable": "one survey"}
    row = verdict(claims(studied(tmp_path, claim)), "DOM", "proportion")
    assert row.note == "not_testable"
    assert row.estimate == pytest.approx(0.75)
    assert row.conf_low < 0.75 < row.conf_high


def test_without_a_probability_sample_nothing_is_tested(tmp_path: Path) -> None:
    top = {"id": "TOP", "text": "x", "measures": ["i1", "i2"], "estimand": "mean", "largest": "i2"}
    table = claims(studied(tmp_path, C75, LOW, top, design={"sampling": "nonprobability"}))
    assert set(table["note"].dropna()) == {"not_testable"}
    assert table["p_value"].isna().all()
    row = verdict(table, "C75", "proportion")
    assert row.estimate == pytest.approx(0.75)
    assert row.method.endswith(NO_SAMPLE)


def test_what_the_wave_has_no_estimate_of_is_not_testable(tmp_path: Path) -> None:
    row = verdict(claims(studied(tmp_path, C75 | {"estimand": "score100", "value": 75})), "C75", "score100")
    assert (row.note, row.method, row.status) == ("not_testable", NO_ESTIMATE, "not_estimable")


def test_a_study_without_claims_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable) as reason:
        claims(studied(tmp_path))
    assert str(reason.value) == NO_CLAIMS


def test_a_claim_does_not_give_a_hidden_group_back(tmp_path: Path) -> None:
    inf = studied(tmp_path, C75, LOW, sex=np.where(np.arange(N) < 9, 1, 2))
    table = estimates.concat([describe(inf), indicators(inf), claims(inf)])
    shown = protect(table, inf.study, inf.study.waves[0], inf.instrument, {}).estimates
    by_sex = shown[shown["analysis"].eq("claims") & shown["by"].eq("sex").fillna(False)]
    assert len(by_sex)
    assert by_sex["status"].eq("suppressed").all()
    assert by_sex[["estimate", "note", "p_value"]].isna().all(axis=None)


def test_a_group_hidden_for_one_measure_is_hidden_in_the_claim_on_several(tmp_path: Path) -> None:
    inf = studied(tmp_path, LOW)
    table = estimates.concat([describe(inf, ["i2"]), claims(inf)])
    small = table["analysis"].eq("describe") & table["by_level"].eq("1").fillna(False)
    shown = protect(table.assign(n=table["n"].mask(small, 9)), inf.study, inf.study.waves[0], inf.instrument, {})
    rows = shown.estimates[shown.estimates["analysis"].eq("claims") & shown.estimates["by"].notna()]
    hidden = rows["status"].eq("suppressed")
    assert hidden[rows["level"].eq("i2").fillna(True)].all()
    assert not hidden[rows["level"].eq("i1").fillna(False)].any()


def simulated(p: float, units: int = 80, seed: int = 9) -> Measured:
    """Shares of many cluster samples of one population, with the errors that each would print."""
    rng = np.random.default_rng(seed)
    level = np.clip(p + 0.08 * rng.normal(size=(DRAWS, units)), 0, 1)
    share = rng.binomial(10, level) / 10
    se = share.std(axis=1, ddof=1) / np.sqrt(units)
    df, n = np.full(DRAWS, units - 1.0), np.full(DRAWS, 10.0 * units)
    return Measured(share.mean(axis=1), se, df, n, share=True)


def rates(p: float) -> dict[str, float]:
    said = list(Statement(0.75, alpha=0.05, equivalence=0.05).of_one(simulated(p)).words)
    return {word: said.count(word) / DRAWS for word in ("supported", "contradicted", "undecided")}


def test_a_true_claim_is_not_contradicted_and_is_supported_as_often_as_its_power_says() -> None:
    found = rates(0.75)
    assert found["contradicted"] < 0.002
    se = float(np.median(simulated(0.75).std_error))
    assert found["supported"] == pytest.approx(equivalence_power(se, 79, 0.05), abs=0.05)  # the error itself varies


def test_a_claim_at_the_edge_of_its_bounds_is_seldom_supported_and_a_false_one_is_contradicted() -> None:
    assert rates(0.70)["supported"] < CHANCE
    assert rates(0.70)["contradicted"] < CHANCE
    assert rates(0.60)["contradicted"] > 0.95


def test_six_measures_are_seldom_all_supported_when_one_is_at_the_value() -> None:
    rng, truth = np.random.default_rng(4), np.array([3.0, 2.6, 2.6, 2.6, 2.6, 2.6])
    drawn = truth + 0.05 * rng.normal(size=(DRAWS, 6))
    each = [Measured(x, np.full(DRAWS, 0.05), np.full(DRAWS, 1e6), np.full(DRAWS, 800.0)) for x in drawn.T]
    said = list(Statement(3.0, alpha=0.05, direction="below").of_all(each).words)
    assert said.count("supported") / DRAWS < CHANCE
    assert said.count("contradicted") / DRAWS < CHANCE


def test_a_share_of_none_or_all_is_tested_exactly() -> None:
    p, nan, n = np.array([0.0, 1.0]), np.full(2, np.nan), np.array([40.0, 40.0])
    found = sides_of_share(p, nan, np.full(2, 30.0), n, 0.9)
    np.testing.assert_allclose(found.below, [0.1**40, 1.0])
    np.testing.assert_allclose(found.above, [1.0, 0.9**40])


def test_an_interval_that_leaves_a_number_out_and_a_small_p_are_one_statement() -> None:
    drawn = simulated(0.72)
    low, high = drawn.interval(0.9)
    sides = drawn.against(0.75)
    assert ((sides.below < 0.05) == (high < 0.75)).all()
    assert ((sides.above < 0.05) == (low > 0.75)).all()


def test_what_nothing_is_known_of_is_undecided() -> None:
    words, _ = own_verdicts(np.array([np.nan, 0.001]), np.array([np.nan, 0.999]), 0.05)
    assert words == ["undecided", "supported"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"equivalence": None}, "nothing could contradict"),
        ({"value": None}, "no `value`"),
        ({"largest": "unaware"}, "unaware"),
        ({"measure": None, "measures": ["i1", "i2"], "largest": "i3", "estimand": "mean"}, "'i3'"),
        ({"measure": None, "measures": ["i1"], "largest": "i1", "estimand": "mean"}, "one measure"),
        ({"readings": [{"measure": "unaware", "text": "x"}]}, "'unaware' again"),
        ({"readings": [{"measure": "hear", "text": "x"}]}, "no question, indicator or derived variable named 'hear'"),
        ({"readings": [{"measure": "heard", "answer": 3, "text": "x"}]}, "no answer '3' of 'heard'"),
        ({"answer": 7}, "no answer '7' of 'unaware'"),
        ({"measure": "i1"}, "a share of 'i1' without `answer`"),
        ({"word": "bad"}, "poor"),
        ({"equivalnce": 0.1}, "equivalence"),
    ],
)
def test_claims_that_contradict_themselves_or_the_questionnaire_are_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    claim = {k: v for k, v in (C75 | change).items() if v is not None}
    folder = write(tmp_path, frame(np.ones((9, 3), dtype=int)), questions=[UNAWARE, HEARD], claims=[claim])
    with pytest.raises(SchemaError, match=message):
        survey.load(folder)
