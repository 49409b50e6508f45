"""Respondents leave for how they answered only by a rule of the study, audited, counted and printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import survey
from measurement_study import DONT_KNOW, answers, frame, write
from survey.core.wave import Wave
from survey.errors import InputError, SchemaError
from survey.writing.encode import from_tables_json

DURATION = {"name": "minutes", "type": "number", "role": "duration", "text": "Length"}
SECRET = {"name": "who", "type": "text", "role": "identifier", "text": "Name"}
HASTY = {"rule": "minutes < 10", "reason": {"en": "Too short to be an interview"}}
N = 200


def hurried() -> pd.DataFrame:
    """200 interviews of 30 minutes; five of 8, of which two tick one column, as do three others."""
    items = answers(N)
    items[:, :2] = [1, 5]  # nobody else does
    minutes = np.full(N, 30.0)
    minutes[:5] = 8
    items[3:8] = 4
    return frame(items, minutes=minutes, w=np.linspace(1, 3, N))


def study(folder: Path, data: pd.DataFrame, **keys: Any) -> survey.Study:
    return survey.load(write(folder, data, questions=[DURATION], **keys))


def prepared(folder: Path, data: pd.DataFrame, **keys: Any) -> tuple[Wave, pd.DataFrame, dict[str, int]]:
    """The wave, its audit, the counts of the cleaning."""
    made = study(folder, data, **keys)
    made.prepare()
    return made.wave("w"), pd.read_parquet(folder / "data/processed/w/audit.parquet"), counted(folder)


def counted(folder: Path) -> dict[str, int]:
    facts = from_tables_json((folder / "data/processed/w/facts.json").read_bytes())
    return dict(zip(facts["cleaning"]["rule"], facts["cleaning"]["n"].astype(int), strict=True))


def test_without_a_rule_nobody_leaves(tmp_path: Path) -> None:
    wave, audit, counts = prepared(tmp_path, hurried())
    assert len(wave.frame) == N
    assert not audit["rule"].eq("excluded").any()
    assert "removed_excluded" not in counts


def test_a_rule_is_audited_and_counted(tmp_path: Path) -> None:
    wave, audit, counts = prepared(tmp_path, hurried(), exclude=[HASTY])
    gone = audit[audit["rule"].eq("excluded")]
    assert gone["row"].tolist() == [2, 3, 4, 5, 6]
    assert gone["raw"].isna().all()
    assert len(wave.frame) == counts["kept"] == N - 5
    assert (counts["records"], counts["removed_excluded"], counts["excluded:1"]) == (N, 5, 5)


def test_respondents_leave_before_weights_are_calibrated(tmp_path: Path) -> None:
    data = hurried().assign(sex=np.tile([1, 2], N // 2))
    sex = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "Man", 2: "Woman"}}
    margins = "margin,dim1,kategori1,dim2,kategori2,jumlah,status\nsex,sex,1,,,300,resmi\nsex,sex,2,,,700,resmi\n"
    folder = write(
        tmp_path, data, questions=[DURATION, sex], exclude=[HASTY], margins="margins.csv",
        design={"weight": "w", "calibrate": {"to": ["sex"]}},
    )  # fmt: skip
    (folder / "margins.csv").write_text(margins)
    wave = survey.load(folder).wave("w")
    weight = pd.Series(wave.design.weight).groupby(wave.frame["sex"].to_numpy()).sum()
    assert weight.to_list() == pytest.approx([300, 700])
    assert wave.design.n == N - 5


def test_flags_find_what_the_analysis_of_quality_counts(tmp_path: Path) -> None:
    flags = [{"flag": "speeder", "reason": "Too fast"}, {"flag": "straightliner", "reason": "One column"}]
    _, audit, counts = prepared(tmp_path, hurried(), exclude=flags)
    assert audit.loc[audit["rule"].eq("excluded"), "row"].tolist() == list(range(2, 10))
    # Two are both: the first rule that applies counts them.
    assert (counts["excluded:1"], counts["excluded:2"], counts["removed_excluded"]) == (5, 3, 8)


def test_for_whom_a_rule_is_unknown_stays(tmp_path: Path) -> None:
    data = hurried()
    data.loc[0, "i1"] = DONT_KNOW
    rule = {"rule": "i1 < 2 and minutes < 10", "reason": "Example"}
    _, audit, _ = prepared(tmp_path, data, exclude=[rule])
    assert audit.loc[audit["rule"].eq("excluded"), "row"].tolist() == [3, 4]


def test_a_change_of_the_rule_makes_the_wave_anew(tmp_path: Path) -> None:
    study(tmp_path, hurried(), exclude=[HASTY]).prepare()
    made = study(tmp_path, hurried(), exclude=[HASTY | {"rule": "minutes < 1"}])
    assert len(made.wave("w").frame) == N
    assert made.status()[0].state == "out of date"


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_a_wave_in_parts_leaves_out_the_same(tmp_path: Path, engine: str) -> None:
    rules = [HASTY, {"flag": "straightliner", "reason": "One column"}]
    study(tmp_path, hurried(), exclude=rules, engine=engine, analyses=["indicators"]).prepare()
    counts = counted(tmp_path)
    assert (counts["excluded:1"], counts["excluded:2"], counts["kept"]) == (5, 3, N - 8)


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_rules_that_leave_nobody_are_refused(tmp_path: Path, engine: str) -> None:
    everybody = [{"rule": "minutes > 0", "reason": "Wrong way round"}]
    with pytest.raises(InputError, match=r"all 200 respondents of data\.csv left out by: minutes > 0"):
        study(tmp_path, hurried(), exclude=everybody, engine=engine, analyses=["indicators"]).prepare()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"rule": "minuts < 10", "reason": "x"}, "no question, indicator or derived variable named 'minuts'"),
        ({"rule": "minuts < 10", "reason": "x"}, "Did you mean 'minutes'"),
        ({"rule": "minutes <", "reason": "x"}, "expected"),
        ({"rule": "minutes + 1", "reason": "x"}, "an expression that yields a number"),
        ({"rule": "minutes", "reason": "x"}, "a name alone, 'minutes'"),
        ({"rule": "__import__('os')", "reason": "x"}, "exclude"),
        ({"rule": "who == 'Budi'", "reason": "x"}, "the identifier 'who', which is never read"),
        ({"flag": "spedeer", "reason": "x"}, "speeder"),
        ({"rule": "minutes < 10"}, "reason"),
        ({"rule": "minutes < 10", "reason": {}}, "reason"),
        ({"rule": "minutes < 10", "flag": "speeder", "reason": "x"}, "both or neither of `rule` and `flag`"),
        ({"reason": "x"}, "both or neither of `rule` and `flag`"),
        ({"rule": "minutes < 10", "reason": "x", "drop": True}, "drop"),
        ("minutes < 10", "exclude"),
    ],
)
def test_a_bad_rule_is_refused_with_the_reason(tmp_path: Path, rule: Any, said: str) -> None:
    folder = write(tmp_path, hurried().assign(who="x"), questions=[DURATION, SECRET], exclude=[rule])
    with pytest.raises(SchemaError) as error:
        survey.load(folder)
    assert said in str(error.value)
    assert "exclude" in str(error.value)


def test_flags_without_grounds_are_refused(tmp_path: Path) -> None:
    flags = [{"flag": "speeder", "reason": "x"}, {"flag": "straightliner", "reason": "x"}]
    folder = write(tmp_path, frame(answers(50, k=2)), exclude=flags)
    with pytest.raises(SchemaError) as error:
        survey.load(folder)
    assert "speeder without a length of the interview" in str(error.value)
    assert "straightliner without a scale that items share" in str(error.value)


def test_speeders_of_a_wave_in_parts_are_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = write(
        tmp_path, hurried(), questions=[DURATION], engine="duckdb", exclude=[{"flag": "speeder", "reason": "x"}]
    )
    with pytest.raises(SchemaError, match="Write a rule with a number of minutes"):
        survey.load(folder)


def test_the_report_prints_who_was_left_out_and_why(tmp_path: Path) -> None:
    made = study(tmp_path, hurried(), exclude=[HASTY])
    made.run()
    page = (tmp_path / "reports" / "w" / "report.en.html").read_text()
    assert "Too short to be an interview" in page
    assert "Respondents left out by a rule of the study" in page
    assert "Nobody is left out for how they answered" not in page
