"""What must not change an estimate: the unit of the weights, the order of rows, the names of units."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from reference_designs import MATRIX, cleaned, design_spec, instrument
from survey.analyse.describe import describe
from survey.analyse.inference import Inference
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import Cleaned
from survey.core.words import Words
from survey.prepare.weight import weigh

RTOL = 1e-12  # the same sums in another order or unit
SOLVED = 1e-8  # calibration stops within 1e-10 of the margins: other units stop elsewhere

DESIGNS = ["srs", "strata_psu", "strata_psu_fpc", "two_stage", "rake"]
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "df", "deff", "n"]


def table(answers: Cleaned, name: str, scale: float = 1.0) -> pd.DataFrame:
    spec, margins = design_spec(MATRIX["designs"][name])
    margins = [dataclasses.replace(m, totals={k: v * scale for k, v in m.totals.items()}) for m in margins]
    wave = WaveSpec("w", "s.csv", Words.plain("w"), spec)
    study = StudySpec("s", Words.plain("s"), ("en",), "i.yaml", (wave,))
    inf = Inference.of(weigh(answers, study, wave, instrument(), margins, "s.csv").wave, ["g"], [("g", "sex")])
    return describe(inf, ["y", "item", "yes"])


def same(a: pd.DataFrame, b: pd.DataFrame, name: str, skip: str = "") -> None:
    rows = a["estimand"] != skip
    for column in NUMBERS:
        got, want = b.loc[rows, column].astype(float), a.loc[rows, column].astype(float)
        np.testing.assert_allclose(got, want, rtol=SOLVED if name == "rake" else RTOL, atol=1e-9, err_msg=column)


def rows(answers: Cleaned, order: np.ndarray) -> Cleaned:
    def take(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[order].reset_index(drop=True)

    return dataclasses.replace(
        answers,
        frame=take(answers.frame),
        design_columns=take(answers.design_columns),
        rows=pd.Index(np.asarray(answers.rows)[order]),
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_weights_times_a_thousand_change_nothing_but_totals(name):
    many = cleaned()
    scaled = many.design_columns.assign(w=(pd.to_numeric(many.design_columns["w"]) * 1000).astype("string"))
    same(table(cleaned(), name), table(dataclasses.replace(many, design_columns=scaled), name, 1000.0), name, "total")


@pytest.mark.parametrize("name", DESIGNS)
def test_the_order_of_rows_changes_nothing(name):
    order = np.random.default_rng(5).permutation(len(cleaned().frame))
    same(table(cleaned(), name), table(rows(cleaned(), order), name), name)


@pytest.mark.parametrize("name", DESIGNS)
def test_the_names_of_units_change_nothing(name):
    answers = cleaned()
    renamed = answers.design_columns.assign(
        psu="u" + (100 - pd.to_numeric(answers.design_columns["psu"])).astype("string"),
        stratum=answers.design_columns["stratum"].map({"A": "z", "B": "q", "C": "a", "D": "m"}),
    )
    if name == "rake":
        pytest.skip("the stratum is a margin there")
    same(table(answers, name), table(dataclasses.replace(answers, design_columns=renamed), name), name)


@pytest.mark.parametrize("name", DESIGNS)
def test_splitting_and_joining_the_file_changes_nothing(name):
    n = len(cleaned().frame)
    joined = rows(cleaned(), np.concatenate([np.arange(n // 2, n), np.arange(n // 2)]))
    same(table(cleaned(), name), table(joined, name), name)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_share_and_its_complement_have_one_error(name):
    shares = table(cleaned(), name).query("measure == 'yes' and estimand == 'proportion' and status != 'not_estimable'")
    no, yes = shares[shares["level"] == "0"], shares[shares["level"] == "1"]
    inside = yes["estimate"].between(1e-9, 1 - 1e-9).to_numpy()
    np.testing.assert_allclose(no["estimate"] + yes["estimate"].to_numpy(), 1, rtol=RTOL)
    np.testing.assert_allclose(no["std_error"][inside], yes["std_error"][inside], rtol=1e-9)
    np.testing.assert_allclose(1 - no["conf_low"][inside], yes["conf_high"][inside], rtol=1e-9)


@pytest.mark.parametrize("name", ["srs", "strata_psu", "strata_psu_fpc"])
def test_a_domain_is_the_sample_with_zero_weight_outside(name):
    # Rows outside keep their PSU: as many zero rows as there are others, not a smaller sample.
    answers = cleaned()
    inside = answers.frame["g"].eq("b").to_numpy()
    blanked = answers.frame.assign(y=answers.frame["y"].where(inside))
    domain = table(answers, name).query("measure == 'y' and by == 'g' and by_level == 'b' and by2.isna()")
    whole = table(dataclasses.replace(answers, frame=blanked), name).query("measure == 'y' and by.isna()")
    for column in ("estimate", "std_error", "df", "deff"):
        np.testing.assert_allclose(whole[column].astype(float), domain[column].astype(float), rtol=1e-9, err_msg=column)


@pytest.mark.parametrize("name", ["srs", "strata_psu", "rake"])
def test_a_question_that_nobody_answered_is_rows_with_a_reason(name):
    answers = cleaned()
    n_rows = len(answers.frame)
    silent = answers.frame.assign(
        y=np.nan, **{n: pd.Categorical([None] * n_rows, dtype=answers.frame[n].dtype) for n in ("item", "yes")}
    )
    found = table(dataclasses.replace(answers, frame=silent), name)
    assert len(found)
    assert (found["status"] == "not_estimable").all()
    assert (found["note"] == "no answers in this group").all()
    assert found["estimate"].isna().all()
    assert (found["n"] == 0).all()
