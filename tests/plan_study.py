"""Studies of several waves with a roadmap, frames of dimensions and stakeholders, written for the tests of plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import measurement_study
import survey
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.analyse.waves import Waves

DESIGN = {"psu": "block", "stratum": "area", "overlap": "none"}
SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "Male", 2: "Female"}}
FRAMES: Mapping[str, Any] = {
    "near": {"dimensions": {"living": ["i1"], "economy": ["i2", "i3"], "people": []}},
    "far": {
        "dimensions": {"living": ["i1"], "mobility": ["i4"]},
        "crosswalk": {"near": {"living": ["living"], "mobility": []}},
    },
}


def data(means: Sequence[float], n: int = 190, seed: int = 5, blocks: int = 38) -> pd.DataFrame:
    """One wave a mean: n people in blocks of two areas, five items around that mean on 1–5.

    Fewer than 200 answer, so that no model of invariance is fitted.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for at, mean in enumerate(means):
        block = np.arange(n) * blocks // n
        person = mean + rng.normal(0, 0.25, blocks)[block, None] + rng.normal(0, 0.6, (n, 1))
        items = np.clip(np.round(person + rng.normal(0, 0.7, (n, 5))), 1, 5).astype(int)
        part = measurement_study.frame(items, block=block + 1000 * at, area=block % 2, sex=rng.integers(1, 3, n))
        parts.append(part.assign(resp=[f"{at}-{k}" for k in range(n)], wave=str(2020 + at)))
    return pd.concat(parts, ignore_index=True)


def write(
    folder: Path,
    table: pd.DataFrame,
    instrument: Mapping[str, Any] | None = None,
    questions: Sequence[Any] = (),
    **study: Any,
) -> Path:
    """The study of `data`; `instrument` adds keys to instrument.yaml, other arguments keys to study.yaml."""
    waves = {
        name: {"source": "data.csv", "where": f"wave == '{name}'", "collected": [f"{name}-06-01", f"{name}-08-01"]}
        for name in table["wave"].unique()
    }
    keys: dict[str, Any] = {"waves": waves, "design": DESIGN, "groups": ["sex"], "seed": 3}
    measurement_study.write(folder, table, questions=[SEX, *questions], **keys | study)
    if instrument:
        file = folder / "instrument.yaml"
        known = yaml.safe_load(file.read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump(known | dict(instrument), sort_keys=False), encoding="utf-8")
    return folder


def inferences(folder: Path) -> tuple[Inference, ...]:
    """The inference of every wave, over the study's groups."""
    study = survey.load(folder)
    spec = study.spec
    return tuple(Inference.within(spec, InMemory.of(study.wave(w.name), spec.groups, spec.cross)) for w in spec.waves)


def waves(folder: Path) -> Waves:
    """All waves of a study."""
    each = inferences(folder)
    return Waves(each, {}, each[0].study, each[0].instrument)


def row(table: pd.DataFrame, **key: str | None) -> pd.Series:
    """The one row of that key; columns that are not named must be empty where they are part of the key."""
    wanted = {"measure": None, "level": None, "estimand": None, "by": None, "by_level": None, "contrast": None} | key
    rows = table
    for column, value in wanted.items():
        rows = rows[rows[column].isna() if value is None else rows[column].eq(value).fillna(False)]
    assert len(rows) == 1, f"{len(rows)} rows of {key}"
    return rows.iloc[0]
