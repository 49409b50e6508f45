"""Studies of one scale with known properties, written for the tests of measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import survey
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory

DONT_KNOW = 8
WORDS = ("one", "two", "three", "four", "five", "six", "seven")


def answers(n: int = 600, k: int = 5, loading: float = 0.7, seed: int = 3, points: int = 5) -> np.ndarray:
    """Answers 1 … `points` of n people to k items that share one factor; loading 0 makes them unrelated."""
    rng = np.random.default_rng(seed)
    latent = loading * rng.normal(size=(n, 1)) + np.sqrt(1 - loading**2) * rng.normal(size=(n, k))
    middle = (points + 1) / 2
    return np.clip(np.round(middle + latent * points / 5), 1, points).astype(int)


def frame(items: np.ndarray, **more: Sequence[Any] | np.ndarray) -> pd.DataFrame:
    """A file of answers: columns i1 …, further columns as given."""
    table = pd.DataFrame(items, columns=[f"i{j + 1}" for j in range(items.shape[1])])
    return table.assign(resp=[f"r{j}" for j in range(len(items))], **more)


def write(
    folder: Path,
    data: pd.DataFrame,
    reverse: Sequence[str] = (),
    points: int = 5,
    questions: Sequence[Mapping[str, Any]] = (),
    **study: Any,
) -> Path:
    """A study folder whose indicator `scale` holds every column i1, i2 …; 8 is "don't know"."""
    items = [c for c in data.columns if c.startswith("i") and c[1:].isdigit()]
    instrument = {
        "format": 1,
        "scales": {"s": {"type": "ordinal", "codes": {c + 1: WORDS[c] for c in range(points)}}},
        "questions": [
            {"name": "resp", "type": "text", "role": "id", "text": "Case"},
            *({"name": i, "scale": "s", "text": i, "reverse": i in reverse, "missing": {DONT_KNOW: "dont_know"}} for i in items),
            *questions,
        ],
        "indicators": {"scale": {"en": "Scale", "items": items}},
    }  # fmt: skip
    spec = {
        "format": 1, "study": "one-scale", "title": "One scale", "languages": ["en"], "instrument": "instrument.yaml",
        "waves": {"w": {"source": "data.csv"}},
    } | study  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    data.to_csv(folder / "data.csv", index=False)
    for name, content in (("study", spec), ("instrument", instrument)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder


def inference(folder: Path) -> Inference:
    """The inference of the study's one wave, over its groups."""
    study = survey.load(folder)
    return Inference.within(study.spec, InMemory.of(study.wave("w"), study.spec.groups, study.spec.cross))


def value(
    table: pd.DataFrame, estimand: str, level: str | None = None, measure: str | None = "scale", **by: str
) -> Any:
    """The one row of that key, for everyone unless a group is named."""
    rows = table[table["estimand"].eq(estimand)]
    for column, wanted in {
        "measure": measure,
        "level": level,
        "by": by.get("by"),
        "by_level": by.get("by_level"),
    }.items():
        rows = rows[rows[column].isna() if wanted is None else rows[column].eq(wanted).fillna(False)]
    assert len(rows) == 1, f"{len(rows)} rows of {estimand} {level}"
    return rows.iloc[0]
