"""A small study on disk, written by the tests that run the whole pipeline."""

from __future__ import annotations

from pathlib import Path

STUDY = """\
format: 1
study: small-study
title: {id: Survei Kecil, en: Small Survey}
languages: [id, en]
instrument: instrument.yaml
waves:
  "2024": {source: data/raw/2024/responses.csv, collected: [2024-08-01, 2024-08-20]}
  "2025": {source: data/raw/2025/responses.csv, label: {id: Gelombang 2, en: Wave 2}, synthetic: true}
design:
  sampling: probability
  method: {id: Sampel acak bertahap., en: A multistage random sample.}
  weight: weight
  stratum: district
  psu: block
groups: [sex]
seed: 7
"""

INSTRUMENT = """\
format: 1
scales:
  agree5:
    type: ordinal
    codes:
      1: {id: Sangat tidak setuju, en: Strongly disagree}
      2: {id: Tidak setuju, en: Disagree}
      3: {id: Netral, en: Neutral}
      4: {id: Setuju, en: Agree}
      5: {id: Sangat setuju, en: Strongly agree}
questions:
  - {name: resp, type: text, role: id, text: {id: Nomor, en: Number}}
  - name: sex
    type: nominal
    text: {id: Jenis kelamin, en: Sex}
    codes: {1: {id: Laki-laki, en: Male}, 2: {id: Perempuan, en: Female}}
  - name: open1
    scale: agree5
    text: {id: Informasi mudah didapat., en: Information is easy to find.}
    missing: {8: dont_know}
  - name: open2
    scale: agree5
    text: {id: Keputusan dijelaskan., en: Decisions are explained.}
    missing: {8: dont_know}
indicators:
  openness: {id: Keterbukaan, en: Openness, items: [open1, open2]}
"""

RESPONDENTS = 96


def rows(shift: int) -> str:
    """A CSV of answers that follow a fixed pattern; `shift` makes waves differ."""
    lines = ["resp,district,block,weight,sex,open1,open2,note"]
    for i in range(RESPONDENTS):
        block = i // 8
        answers = [(i * 7 + block + shift) % 5 + 1, (i * 3 + 2 * block + shift) % 5 + 1]
        first = 8 if i % 17 == 3 else answers[0]
        lines.append(f"r{i:03},{block // 4 + 1},{block + 1},{1 + (i % 3) / 2},{i % 2 + 1},{first},{answers[1]},x")
    return "\n".join(lines) + "\n"


def write(folder: Path) -> Path:
    """The study in `folder`, which is made."""
    for name, text in {
        "study.yaml": STUDY,
        "instrument.yaml": INSTRUMENT,
        "data/raw/2024/responses.csv": rows(0),
        "data/raw/2025/responses.csv": rows(2),
    }.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder
