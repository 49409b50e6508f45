"""A study of groups, skills and judgements with known gaps, for the tests of models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

STUDY = {
    "format": 1, "study": "gaps", "title": "Gaps", "languages": ["en"], "instrument": "instrument.yaml",
    "waves": {"w": {"source": "data.csv"}},
    "design": {"weight": "weight", "stratum": "district", "psu": "block"},
    "groups": ["sex", "age", "edu"], "seed": 5, "release": {"min_n": 0, "min_cell": 0, "complementary": False},
}  # fmt: skip

INSTRUMENT = {
    "format": 1,
    "scales": {"s": {"type": "ordinal", "codes": {c: f"point {c}" for c in range(1, 8)}}},
    "questions": [
        {"name": "resp", "type": "text", "role": "id", "text": "Case"},
        {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "Man", 2: "Woman"}},
        {"name": "age", "type": "ordinal", "text": "Age", "codes": {1: "young", 2: "middle", 3: "old"}},
        {"name": "edu", "type": "ordinal", "text": "Education", "codes": {"low": "low", "mid": "mid", "high": "high"}},
        {"name": "skill", "type": "number", "text": "Skill"},
        {"name": "user", "type": "nominal", "text": "Uses it", "codes": {0: "No", 1: "Yes"}},
        {"name": "i1", "scale": "s", "text": "First"},
        {"name": "i2", "scale": "s", "text": "Second"},
    ],
    "indicators": {"ease": {"en": "Ease", "items": ["i1", "i2"]}},
}
#: Differences of the population that `answers` draws from: of skill between levels of education, of ease by skill.
SKILL_BY_EDUCATION, EASE_BY_SKILL = 0.8, 0.6


def answers(n: int = 1200, seed: int = 11) -> pd.DataFrame:
    """Education goes with skill and skill with ease; at equal skill and age education tells nothing more."""
    rng = np.random.default_rng(seed)
    block = np.arange(n) // 12
    effect = rng.normal(0, 0.15, block.max() + 1)[block]
    edu, sex, age = rng.integers(0, 3, n), rng.integers(0, 2, n), rng.integers(0, 3, n)
    skill = 3 + SKILL_BY_EDUCATION * (edu - 1) - 0.3 * (age - 1) + rng.normal(0, 0.7, n)
    ease = 4 + EASE_BY_SKILL * (skill - 3) - 0.2 * (age - 1) + effect
    items = np.clip(np.round(ease[:, None] + rng.normal(0, 0.7, (n, 2))), 1, 7).astype(int)
    user = rng.random(n) < 1 / (1 + np.exp(-(skill - 3) + 0.5 * (age - 1)))
    return pd.DataFrame(
        {
            "resp": [f"r{i}" for i in range(n)], "district": 1 + block % 5, "block": 1 + block,
            "weight": np.round(rng.uniform(0.5, 2, n), 3), "sex": sex + 1, "age": age + 1,
            "edu": np.array(["low", "mid", "high"])[edu], "skill": np.round(skill, 3), "user": user.astype(int),
            "i1": items[:, 0], "i2": items[:, 1],
        }
    )  # fmt: skip


def write(folder: Path, data: pd.DataFrame | None = None, **study: Any) -> Path:
    """The study in `folder`, which is made; `study` are keys of study.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (answers() if data is None else data).to_csv(folder / "data.csv", index=False)
    for name, content in (("study", STUDY | study), ("instrument", INSTRUMENT)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return folder
