"""ANES 2020 split by gender as two waves: changes, components and shared units equal R's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from studies import report, study_folder

import survey
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.analyse.trend import trend
from survey.analyse.waves import Waves

pytestmark = pytest.mark.real

RTOL = 1e-8  # R's values were written with 15 digits; differences lose some
TRUTH = json.loads((Path(__file__).parents[1] / "reference" / "trend.json").read_text())
WAVES = """\
waves:
  "2019": {source: "{shared}/data/anes_2020/anes_2020.csv", answers: labels, where: "Gender == 'Male'"}
  "2020": {source: "{shared}/data/anes_2020/anes_2020.csv", answers: labels, where: "Gender == 'Female'"}
design: {weight: Weight, stratum: Stratum, psu: VarUnit, overlap: OVERLAP}
groups: [Education]
composition: COMPOSITION
"""


def compared(shared: Path, into: Path, overlap: str, composition: str = "[Education]") -> pd.DataFrame:
    folder = study_folder("anes_2020", shared, into)
    text = (folder / "study.yaml").read_text()
    head = text[: text.index("waves:")]
    of_waves = WAVES.replace("{shared}", shared.as_posix()).replace("OVERLAP", overlap)
    (folder / "study.yaml").write_text(head + of_waves.replace("COMPOSITION", composition))
    asked = (folder / "instrument.yaml").read_text().replace("derived:", INDICATOR + "derived:")
    asked = re.sub(r"column: \{csv: (\w+), dta: \w+\}", r"column: \1", asked)  # both waves are of the csv
    (folder / "instrument.yaml").write_text(asked)
    study = survey.load(folder)
    waves = [study.wave(name) for name in ("2019", "2020")]
    inferences = tuple(Inference.within(study.spec, InMemory.of(w, study.spec.groups)) for w in waves)
    return trend(Waves(inferences, {}, study.spec, study.instrument))


#: Kitagawa's components are of indicators; one item makes one.
INDICATOR = "indicators:\n  trust: {en: Trust, items: [TrustGovernment], min_valid: 1}\n"


@pytest.mark.parametrize("overlap", ["none", "psu"])
def test_changes_equal_the_stacked_design(shared, tmp_path, overlap):
    table = compared(shared, tmp_path, overlap)
    rows = table[table["estimand"].eq("difference") & table["measure"].eq("TrustGovernment")]
    rows = rows.assign(key=rows["level"].fillna("") + "/" + rows["by_level"].fillna("")).set_index("key")
    cases = [c for c in TRUTH["change"] if c["overlap"] == overlap]
    for case in cases:
        found = rows.loc[f"{case['level']}/{case['by_level']}"]
        for name, value in case["expected"].items():
            assert found[name] == pytest.approx(value, rel=RTOL), (case, name)
    report(f"changes of trust, overlap {overlap}", 3 * len(cases))


@pytest.mark.parametrize(("case", "variables"), [("one", "[Education]"), ("two", "[Education, AgeGroup]")])
def test_components_equal_those_of_regressions_in_r(shared, tmp_path, case, variables):
    table = compared(shared, tmp_path, "psu", variables)
    parts = table[table["measure"].eq("trust") & table["estimand"].isin(["composition", "rate"])]
    parts = parts.assign(key=parts["estimand"] + "/" + parts["level"].fillna("")).set_index("key")
    want = TRUTH["components"][case]
    assert parts.loc["rate/", "estimate"] == pytest.approx(want["rate"], rel=RTOL)
    assert parts.loc["composition/", "estimate"] == pytest.approx(sum(want["composition"].values()), rel=RTOL)
    for name, value in want["composition"].items() if case == "two" else ():
        assert parts.loc[f"composition/{name}", "estimate"] == pytest.approx(value, rel=RTOL)
    low, high = (parts[c].to_numpy(float) for c in ("conf_low", "conf_high"))
    assert ((low <= parts["estimate"]) & (parts["estimate"] <= high)).all()
