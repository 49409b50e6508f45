"""A study of 1,200 respondents with every type of measure, under the designs that are counted differently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

RESPONDENTS = 1200
MARGINS = """\
margin,dim1,kategori1,dim2,kategori2,jumlah,status
sex,sex,1,,,52000,official
sex,sex,2,,,48000,official
area by age,area,U,age_group,18-39,30000,official
area by age,area,U,age_group,40+,25000,official
area by age,area,R,age_group,18-39,25000,official
area by age,area,R,age_group,40+,20000,official
"""
RAKE = "calibrate: {to: [[sex], [area, age_group]], method: rake}"
DESIGNS = {
    "units": "stratum: district\n  psu: block\n  weight: w",
    "units raked": f"stratum: district\n  psu: block\n  weight: w\n  {RAKE}",
    "two stages": "psu: [block, house]\n  fpc: [blocks, houses]\n  weight: w",
    "respondents": "weight: w",
    "respondents in strata": "stratum: district\n  fpc: people",
    "respondents raked": f"stratum: district\n  weight: w\n  {RAKE}",
    "no probability sample": "sampling: nonprobability\n  weight: w",
}
STUDY = """\
format: 1
study: scale
title: {{en: Scale}}
languages: [en]
instrument: instrument.yaml
engine: {engine}
waves:
  w1: {{source: {source}}}
design:
  {design}
margins: margins.csv
groups: [sex, area, age_group]
cross: [[area, sex]]
release: {{min_n: 0, min_cell: 0, complementary: false}}
"""
INSTRUMENT = """\
format: 1
scales:
  agree5:
    type: ordinal
    codes: {1: {en: No}, 2: {en: Rather no}, 3: {en: Both}, 4: {en: Rather yes}, 5: {en: Yes}}
questions:
  - {name: resp, type: text, role: id, text: {en: Number}}
  - {name: agrees, type: nominal, role: consent, text: {en: Consent}, codes: {1: {en: Yes}, 2: {en: No}}}
  - {name: sex, type: nominal, text: {en: Sex}, codes: {1: {en: Male}, 2: {en: Female}, 3: {en: Other}}}
  - {name: area, type: nominal, text: {en: Area}, codes: {U: {en: Urban}, R: {en: Rural}}}
  - {name: age, type: integer, text: {en: Age}, min: 18, max: 99}
  - {name: income, type: number, text: {en: Income}, missing: {X: refused}}
  - {name: a1, scale: agree5, text: {en: One}, missing: {8: dont_know}}
  - {name: a2, scale: agree5, text: {en: Two}, missing: {8: dont_know, 9: refused}, reverse: true}
  - {name: a3, scale: agree5, text: {en: Three}, missing: {8: dont_know}, ask_if: age >= 40}
  - {name: uses, type: multi, text: {en: Uses}, separator: ";", codes: {tv: {en: TV}, pc: {en: PC}, hp: {en: Phone}}}
indicators:
  trust: {en: Trust, items: [a1, a2, a3], min_valid: 2}
derived:
  - {name: age_group, from: age, breaks: [18, 40], labels: ["18-39", "40+"]}
  - {name: happy, from: "a1 >= 4", type: binary, en: Happy}
"""


def answers(seed: int = 7) -> pd.DataFrame:
    """Raw answers as a fieldwork file would hold them; every tenth block is in one stratum only."""
    rng = np.random.default_rng(seed)
    n = RESPONDENTS
    block = np.sort(rng.integers(0, 60, n))
    ticked = rng.random((n, 3)) < [0.5, 0.3, 0.8]
    frame = pd.DataFrame(
        {
            "resp": [f"p{i:05}" for i in range(n)],
            "district": block // 15,
            "block": block,
            "house": np.arange(n) // 2,
            "w": np.round(np.exp(rng.normal(0, 0.4, n)) * 80, 3),
            "blocks": 900,
            "houses": 400,
            "people": 30000,
            "agrees": 1,
            "sex": rng.choice([1, 2], n),
            "area": rng.choice(["U", "R"], n, p=[0.6, 0.4]),
            "age": rng.integers(18, 80, n),
            "income": np.round(np.exp(rng.normal(8, 0.6, n)) + 3 * block, 2).astype(object),
            "uses": [";".join(k for k, t in zip(("tv", "pc", "hp"), row, strict=True) if t) for row in ticked],
        }
    )
    frame.loc[rng.random(n) < 0.05, "income"] = "X"
    for name, p in {"a1": 0.1, "a2": 0.05, "a3": 0.2}.items():
        code = np.clip(np.round(rng.normal(3.2, 1.1, n) + (block % 7 - 3) / 5), 1, 5).astype(int)
        frame[name] = np.where(rng.random(n) < p, 8, code)
    frame.loc[rng.random(n) < 0.03, "a2"] = 9
    frame.loc[frame["age"] < 40, "a3"] = pd.NA
    return frame.astype("string")


def troubled() -> pd.DataFrame:
    """The same answers with everything that is found only by looking at the whole file."""
    frame = answers()
    frame.loc[300:499, "agrees"] = "2"  # nobody of one part
    frame.loc[::2, "sex"] = frame["sex"].map({"1": "Male", "2": " female "})
    frame.loc[[5, 700, 1100], "area"] = "suburb"
    frame.loc[::7, "age"] = frame["age"] + ".0"
    return pd.concat([frame, frame.iloc[[3, 640]], frame.iloc[[20]].assign(house="extra")], ignore_index=True)


def write(folder: Path, design: str, engine: str = "memory", parts: int = 0, frame: pd.DataFrame | None = None) -> Path:
    """The study in `folder`, its answers in a CSV file or in `parts` of Parquet."""
    frame = answers() if frame is None else frame
    raw = folder / "data/raw"
    raw.mkdir(parents=True, exist_ok=True)
    if parts:
        for at, rows in enumerate(np.array_split(np.arange(len(frame)), parts)):
            frame.iloc[rows].to_parquet(raw / f"part-{at}.parquet", index=False)
    else:
        frame.to_csv(raw / "w1.csv", index=False)
    source = "data/raw" if parts else "data/raw/w1.csv"
    (folder / "study.yaml").write_text(STUDY.format(design=DESIGNS[design], engine=engine, source=source))
    (folder / "instrument.yaml").write_text(INSTRUMENT)
    (folder / "margins.csv").write_text(MARGINS)
    return folder
