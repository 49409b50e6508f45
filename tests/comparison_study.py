"""A study of one score in four groups, with the answers that R's figures in `reference/compare.json` were made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

import survey
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory

TRUTH = json.loads((Path(__file__).parent / "reference" / "compare.json").read_text())
PAIRS = pd.DataFrame(TRUTH["pairs"]).set_index("contrast")
DESIGN = {"weight": "w", "stratum": "stratum", "psu": "psu"}
QUESTIONS = [
    {"name": "y", "type": "number", "text": "Score", "min": 1, "max": 5},
    {"name": "g", "type": "ordinal", "text": "Group", "codes": {k: k.upper() for k in "abcd"}},
    {"name": "x", "type": "ordinal", "text": "Answer", "codes": {k: f"Answer {k}" for k in (1, 2, 3, 4)}},
    {"name": "o1", "type": "nominal", "text": "First", "codes": {0: "No", 1: "Yes"}},
    {"name": "o", "type": "multi", "text": "Options", "columns": {f"o{j}": f"o{j}" for j in (1, 2, 3)},
     "selected": "1", "codes": {f"o{j}": f"Option {j}" for j in (1, 2, 3)}},
]  # fmt: skip
DERIVED = [
    {"name": "half", "from": "g", "codes": {"a": "A", "b": "B", "c": "C", "d": "D"}, "type": "nominal"},
]


def write(folder: Path, data: pd.DataFrame | None = None, **study: Any) -> Path:
    """The study folder; further keys of study.yaml as given."""
    instrument = {
        "format": 1, "questions": QUESTIONS, "derived": DERIVED,
        "indicators": {"score": {"en": "Score", "items": ["y"], "min_valid": 1}},
    }  # fmt: skip
    spec = {
        "format": 1, "study": "four-groups", "title": "Four groups", "languages": ["en"], "instrument": "instrument.yaml",
        "waves": {"w": {"source": "data.csv"}}, "groups": ["g"], "design": DESIGN,
    } | study  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (pd.DataFrame(TRUTH["data"]) if data is None else data).to_csv(folder / "data.csv", index=False)
    for name, content in (("study", spec), ("instrument", instrument)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def inference(folder: Path) -> Inference:
    """The inference of the study's one wave."""
    study = survey.load(folder)
    return Inference.within(study.spec, InMemory.of(study.wave("w"), study.spec.groups, study.spec.cross))


def rows(table: pd.DataFrame, estimand: str, **key: str) -> pd.DataFrame:
    """Rows of one estimand, by contrast."""
    wanted = table["estimand"].eq(estimand)
    for column, value in key.items():
        wanted &= table[column].eq(value).fillna(False)
    return table[wanted].set_index("contrast")
