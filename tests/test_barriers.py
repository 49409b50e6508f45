"""Barriers: items compared within respondents equal R, and what is hidden of one is hidden of its differences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import rankdata

import survey
from measurement_study import DONT_KNOW, frame, inference, value, write
from survey.analyse.barriers import NO_BARRIERS, barriers
from survey.analyse.describe import describe
from survey.analyse.disclosure import protect
from survey.analyse.inference import Inference, NotApplicable
from survey.core import estimates
from survey.errors import SchemaError
from survey.stats.contrasts import wald
from survey.stats.friedman import friedman
from survey.stats.sampling import sampling
from survey.stats.within import joint_means

RTOL = 1e-9  # the same formulas as R's: only the order of addition differs
TRUTH = json.loads((Path(__file__).parent / "reference" / "friedman.json").read_text())
USER = {"name": "user", "type": "nominal", "text": "User", "codes": {0: "no", 1: "yes"}}
WHY = {
    "name": "why", "type": "multi", "text": "Why not", "separator": " ", "ask_if": "user == 0",
    "codes": {"far": "Too far", "dear": "Too dear"},
}  # fmt: skip


def test_friedman_and_kendall_equal_the_printed_example() -> None:
    bases = TRUTH["bases"]
    found = friedman(np.array(bases["y"]))
    assert found is not None
    got = [found.statistic, found.df, found.p_value, found.concordance]
    np.testing.assert_allclose(got, [bases[k] for k in ("statistic", "df", "p", "w")], rtol=RTOL)
    assert round(found.statistic, 3) == 11.143  # as ?friedman.test prints it


def test_friedman_of_many_ties_equals_r_on_complete_cases() -> None:
    y, r = answers(), TRUTH["survey"]["friedman"]
    complete = np.isfinite(y).all(axis=1)
    found = friedman(y[complete])
    assert found is not None
    assert found.n == TRUTH["survey"]["n_complete"]
    got = [found.statistic, found.df, found.p_value, found.concordance]
    np.testing.assert_allclose(got, [r[k] for k in ("statistic", "df", "p", "w")], rtol=RTOL)
    np.testing.assert_allclose(found.mean_rank, rankdata(y[complete], axis=1).mean(axis=0), rtol=RTOL)


def test_joint_means_and_their_wald_test_equal_r() -> None:
    r = TRUTH["survey"]
    stratum, psu = (np.array(r[k]) - 1 for k in ("stratum", "psu"))
    drawn = sampling(np.array(r["weight"], float), [(stratum, psu, np.full(len(psu), np.inf))], "fail")
    means = joint_means(answers(), drawn, np.ones(len(psu), dtype=bool))
    np.testing.assert_allclose(means.mean, r["mean"], rtol=RTOL)
    np.testing.assert_allclose(means.covariance, r["covariance"], rtol=RTOL, atol=1e-15)
    test = wald(means)
    np.testing.assert_allclose([means.df, test.statistic, test.df2, test.p_value], [r["df"], r["f"], r["df2"], r["p"]],
                               rtol=1e-8)  # fmt: skip


def test_total_agreement_is_1_and_no_opinion_is_no_test() -> None:
    found = friedman(np.tile([1.0, 2.0, 3.0], (9, 1)))
    assert found is not None
    assert found.concordance == pytest.approx(1)
    assert friedman(np.full((5, 3), 2.0)) is None
    assert friedman(np.zeros((0, 3))) is None


def answers() -> np.ndarray:
    return np.array([[np.nan if v is None else v for v in row] for row in TRUTH["survey"]["y"]], dtype=float)


def studied(folder: Path, **more: Any) -> Inference:
    """The survey of the reference as a study; every fifth respondent a user."""
    n = len(answers())
    user = np.where(np.arange(n) % 5 == 0, 1, 0) if "user" not in more else more.pop("user")
    given = np.where(np.isnan(answers()), DONT_KNOW, np.nan_to_num(answers())).astype(int)
    r, why = TRUTH["survey"], np.where(user == 1, "", np.where(np.arange(n) % 3 == 0, "far dear", "dear"))
    table = frame(given, user=user, why=why, w=r["weight"], st=r["stratum"], psu=r["psu"])
    design = {"weight": "w", "stratum": "st", "psu": "psu"}
    write(folder, table, questions=[USER, WHY], design=design, groups=more.pop("groups", []), **more)
    path = folder / "instrument.yaml"
    spec = yaml.safe_load(path.read_text())
    spec["barriers"] = {"items": ["i1", "i2", "i3", "i4"], "by": "user", "reasons": "why"}
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return inference(folder)


def test_the_analysis_says_what_r_says(tmp_path: Path) -> None:
    r, table = TRUTH["survey"], barriers(studied(tmp_path))
    estimates.check(table)
    test = value(table, "design_wald", measure=None)
    np.testing.assert_allclose(
        [test.statistic, test.df, test.df2, test.p_value], [r["f"], 3, r["df2"], r["p"]], rtol=1e-8
    )
    means = [value(table, "mean", measure=f"i{k}").estimate for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(means, r["mean"], rtol=RTOL)
    pair, v = value(table, "difference", "i2 - i4", measure=None), np.array(r["covariance"])
    np.testing.assert_allclose(pair.estimate, r["mean"][1] - r["mean"][3], rtol=RTOL)
    np.testing.assert_allclose(pair.std_error, np.sqrt(v[1, 1] + v[3, 3] - 2 * v[1, 3]), rtol=RTOL)
    assert pair.p_value <= pair.p_adjusted
    rank, w = value(table, "friedman", measure=None), value(table, "kendalls_w", measure=None)
    np.testing.assert_allclose(
        [rank.statistic, w.estimate], [r["friedman"]["statistic"], r["friedman"]["w"]], rtol=RTOL
    )
    assert "unweighted, complete cases" in rank.method
    assert rank.n == r["n_complete"]


def test_items_are_shown_by_user_status_with_who_does_not_know(tmp_path: Path) -> None:
    inf = studied(tmp_path)
    table = barriers(inf)
    plain = describe(Inference.of(inf.wave, ["user"]), ["i1"])
    for level in "01":
        domain = {"by": "user", "by_level": level}
        for estimand in ("mean", "top2"):
            got, want = (value(t, estimand, measure="i1", **domain) for t in (table, plain))
            assert (got.estimate, got.std_error, got.n) == (want.estimate, want.std_error, want.n)
        assert 0 < value(table, "dont_know", measure="i1", **domain).estimate < 0.3
        assert np.isfinite(value(table, "design_wald", measure=None, **domain).p_value)


def test_reasons_of_non_use_are_those_of_the_ones_who_were_asked(tmp_path: Path) -> None:
    table = barriers(studied(tmp_path, groups=["user"]))
    far = value(table, "proportion", "far", measure="why")
    weight = np.array(TRUTH["survey"]["weight"])
    asked, said = np.arange(400) % 5 != 0, np.arange(400) % 3 == 0
    assert far.n == asked.sum()
    assert far.estimate == pytest.approx(weight[asked & said].sum() / weight[asked].sum())


def test_without_a_probability_sample_there_is_no_design_test(tmp_path: Path) -> None:
    inf = studied(tmp_path)
    text = (tmp_path / "study.yaml").read_text().replace("design:", "design:\n  sampling: nonprobability")
    (tmp_path / "study.yaml").write_text(text)
    table = barriers(inference(tmp_path))
    assert not table["estimand"].isin(["design_wald", "difference"]).any()
    assert table["estimand"].eq("friedman").any()
    assert inf.probability


def test_differences_go_with_a_hidden_item(tmp_path: Path) -> None:
    user = np.where(np.arange(400) < 9, 1, 0)
    inf = studied(tmp_path, user=user)
    table = barriers(inf)
    release = protect(table, inf.study, inf.study.waves[0], inf.instrument, {})
    shown = release.estimates[release.estimates["by"].eq("user").fillna(False)]
    assert len(shown)
    assert shown["status"].eq("suppressed").all()
    assert shown[["estimate", "statistic", "n"]].isna().all(axis=None)


def test_a_questionnaire_without_barriers_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable) as reason:
        barriers(inference(write(tmp_path, frame(np.ones((9, 2), dtype=int)))))
    assert str(reason.value) == NO_BARRIERS


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"items": ["i1", "i22"]}, "no question or derived variable named 'i22'"),
        ({"items": ["i1", "i1"]}, "'i1' again"),
        ({"items": ["i1", "scale"]}, "the indicator 'scale'"),
        ({"items": ["i1", "user"]}, "items that do not share one scale"),
        ({"items": ["i1", "i2"], "by": "why"}, "'why' of type multi"),
        ({"items": ["i1", "i2"], "reasons": "resp"}, "'resp' of type text"),
        ({"items": ["i1"]}, "items"),
        ({"item": ["i1", "i2"]}, "items"),
    ],
)
def test_barriers_that_contradict_the_questionnaire_are_refused(
    tmp_path: Path, declared: dict[str, Any], message: str
) -> None:
    studied(tmp_path)
    path = tmp_path / "instrument.yaml"
    spec = yaml.safe_load(path.read_text()) | {"barriers": declared}
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    with pytest.raises(SchemaError, match=message):
        survey.load(tmp_path)


def test_an_item_that_the_wave_did_not_ask_is_left_out(tmp_path: Path) -> None:
    studied(tmp_path)
    path = tmp_path / "instrument.yaml"
    spec = yaml.safe_load(path.read_text())
    next(q for q in spec["questions"] if q["name"] == "i4")["column"] = {"w": None}
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    table = barriers(inference(tmp_path))
    assert set(table["measure"].dropna()) == {"i1", "i2", "i3", "why"}
    assert value(table, "design_wald", measure=None).df == 2
    assert pd.notna(value(table, "friedman", measure=None).p_value)
