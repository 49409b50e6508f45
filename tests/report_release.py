"""A fabricated release for the tests of the report: numbers from a seed, names of a small citizen survey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from survey.core import estimates
from survey.core.estimates import Release
from survey.core.expression import parse
from survey.core.instrument import Check, Indicator, Instrument, Module
from survey.core.missing import MissingKind
from survey.core.questions import Level, Question, ResponseScale
from survey.core.release import ReleasePolicy
from survey.core.sampling import CalibrationSpec, DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.variables import Derived
from survey.core.words import Words


def both(id: str, en: str) -> Words:
    return Words({"id": id, "en": en})


AGREE = ResponseScale(
    tuple(
        Level(k, both(*words))
        for k, words in enumerate(
            [
                ("Sangat tidak setuju", "Strongly disagree"),
                ("Tidak setuju", "Disagree"),
                ("Netral", "Neutral"),
                ("Setuju", "Agree"),
                ("Sangat setuju", "Strongly agree"),
            ],
            start=1,
        )
    ),
    ordinal=True,
)
INDICATORS = {
    "sosialisasi": ("Sosialisasi", "Socialization"),
    "akses": ("Kemudahan akses", "Ease of access"),
    "keterhubungan": ("Keterhubungan", "Connectivity"),
    "aspirasi": ("Kemudahan aspirasi", "Ease of expressing aspirations"),
    "transparansi": ("Transparansi", "Transparency"),
    "penanggapan": ("Penanggapan", "Responsiveness"),
}
WORDING = [
    ("Pemerintah kota menjelaskan layanan digitalnya dengan bahasa yang mudah dipahami.",
     "The city explains its digital services in language that is easy to understand."),
    ("Informasi tentang layanan digital kota sampai ke lingkungan (RT/RW) saya.",
     "Information on the city's digital services reaches my neighbourhood (RT/RW)."),
    ("Saya tahu harus bertanya ke mana.", "I know where to ask."),
    ("Ada pelatihan atau pendampingan bagi warga yang belum bisa memakai layanan digital, juga di luar jam kerja.",
     "There is training or help for residents who cannot yet use digital services, also outside office hours."),
    ("Saya jarang sekali mendapat informasi.", "I very rarely get information."),
]  # fmt: skip
SEX = ResponseScale((Level(1, both("Laki-laki", "Male")), Level(2, both("Perempuan", "Female"))), ordinal=False)
DISTRICTS = ResponseScale(
    tuple(
        Level(f"36.74.0{k}", Words.plain(name))
        for k, name in enumerate(
            ["Serpong", "Serpong Utara", "Pondok Aren", "Ciputat", "Ciputat Timur", "Pamulang", "Setu"], start=1
        )
    ),
    ordinal=False,
)
AGES = ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"]


def instrument() -> Instrument:
    """Six indicators of five items, three groups, one number, one question of several answers."""
    items = [
        Question(f"{name[:2]}{k}", both(*text), both(*text), "ordinal", AGREE, reverse=k == 5, module="E")
        for name in INDICATORS
        for k, text in enumerate(WORDING, start=1)
    ]
    devices = ResponseScale(
        (Level("hp", both("HP pintar", "Smartphone")), Level("pc", both("Komputer", "Computer"))), ordinal=False
    )
    others = [
        Question("jk", both("Jenis kelamin", "Sex"), both("Jenis kelamin", "Sex"), "nominal", SEX, module="B"),
        Question(
            "kec", both("Kecamatan", "District"), both("Kecamatan", "District"), "nominal", DISTRICTS, role="geography"
        ),
        Question(
            "biaya",
            both("Berapa biaya internet?", "What do you pay for internet?"),
            both("Biaya", "Cost"),
            "number",
            unit="Rp",
        ),
        Question(
            "alat", both("Perangkat yang dipakai", "Devices you use"), both("Perangkat", "Devices"), "multi", devices
        ),
    ]
    ages = tuple(Level(a, Words.plain(a.replace("-", "–"))) for a in AGES)
    return Instrument(
        questions=(*others, *items),
        indicators=tuple(
            Indicator(n, both(*w), tuple(f"{n[:2]}{k}" for k in range(1, 6)), 3) for n, w in INDICATORS.items()
        ),
        derived=(Derived("umur_kel", both("Kelompok umur", "Age group"), "ordinal", parse("umur"), levels=ages),),
        missing=(MissingKind(-8, "dont_know", both("Tidak tahu", "Don't know")),),
        checks=(Check("K03", "warning", parse("biaya <= 3000000")),),
        modules=(
            Module("B", both("Karakteristik responden", "Respondents"), ("jk", "kec", "biaya", "alat")),
            Module("E", both("Enam indikator", "Six indicators"), tuple(q.name for q in items)),
        ),
        languages=("id", "en"),
    )


def study(sampling: str = "probability", synthetic: bool = True) -> StudySpec:
    design = DesignSpec(
        sampling=sampling,  # type: ignore[arg-type]
        method=both("Sampel acak bertahap: RT di dalam kecamatan", "A multistage random sample of neighbourhoods"),
        calibrate=CalibrationSpec((("kec", "jk"), ("umur_kel",))),
    )
    wave = WaveSpec(
        "2025",
        "responses.csv",
        both("Gelombang 2", "Wave 2"),
        design,
        (date(2025, 8, 1), date(2025, 9, 12)),
        synthetic=synthetic,
    )
    return StudySpec(
        "demo", both("Persepsi Warga dan Kesenjangan Digital", "Citizen Perception and the Digital Divide"),
        ("id", "en"), "instrument.yaml", (wave,), design, groups=("jk", "umur_kel", "kec"), cross=(("umur_kel", "jk"),),
    )  # fmt: skip


def release(sampling: str = "probability", synthetic: bool = True, seed: int = 5) -> Release:
    """A release with estimates of every kind, some of them withheld, imprecise or not estimable."""
    spec, asked = study(sampling, synthetic), instrument()
    table = estimates.table(pd.DataFrame(list(_rows(spec, asked, np.random.default_rng(seed)))))
    if sampling == "nonprobability":
        for column in ("std_error", "conf_low", "conf_high", "df", "deff"):
            table[column] = float("nan")
    hidden = (table["by_level"] == "36.74.07") & (table["measure"].isin(["penanggapan", "alat"]))
    table.loc[hidden, ["estimate", "std_error", "conf_low", "conf_high", "deff", "df", "weighted_n"]] = float("nan")
    table.loc[hidden, ["n", "n_level"]] = pd.NA
    table.loc[hidden, "status"] = "suppressed"
    suppressed = table.loc[hidden, list(estimates.KEY)].assign(rule="min_n")
    return Release(spec.waves[0], asked, spec, ReleasePolicy(), estimates.check(table), suppressed, facts())


def with_texts(made: Release, **words: str) -> Release:
    """The release with texts of the study replaced: a hostile title or label."""
    spec = replace(made.study, title=Words.plain(words.get("title", "x")))
    first, *rest = made.instrument.questions
    label = Words.plain(words.get("label", "x"))
    levels = tuple(replace(v, label=label) for v in first.levels)
    first = replace(first, label=label, text=label, scale=ResponseScale(levels, False))
    indicators = tuple(replace(i, label=label) for i in made.instrument.indicators)
    items = [replace(q, label=label) if q.module == "E" else q for q in rest]
    return replace(
        made, study=spec, instrument=replace(made.instrument, questions=(first, *items), indicators=indicators)
    )


def facts() -> dict[str, pd.DataFrame]:
    margins = pd.DataFrame(
        {
            "margin": ["jk", "jk"], "dim1": ["jk", "jk"], "level1": ["1", "2"], "dim2": [None, None], "level2": [None, None],
            "n": [960, 1040], "unweighted": [0.48, 0.52], "weighted": [0.47, 0.53], "calibrated": [0.501, 0.499], "used": [True, True], "target": [0.501, 0.499],
            "basis": ["penduduk 18+"] * 2, "source": ["BPS 2024"] * 2, "status": ["sourced"] * 2,
        }
    )  # fmt: skip
    return {
        "cleaning": pd.DataFrame(
            {
                "rule": ["records", "removed_duplicate", "kept", "cells_kept", "cells_out_of_range"],
                "n": [2011, 11, 2000, 9000, 17],
            }
        ),
        "quality": pd.DataFrame(
            {
                "check": ["K03", "dont_know"],
                "severity": ["warning", "info"],
                "item": ["", "so1"],
                "n": [12, 90],
                "share": [0.006, 0.045],
            }
        ),
        "margins": margins,
        "weights": pd.DataFrame(
            {"name": ["n", "sum", "kish_deff", "effective_n"], "value": [2000, 1058127, 1.31, 1526.7]}
        ),
        "source": pd.DataFrame(
            {"file": ["responses.csv"], "format": ["csv"], "sha256": ["ab" * 32], "decisions": ["encoding utf-8"]}
        ),
    }


def _rows(spec: StudySpec, asked: Instrument, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    domains: list[dict[str, Any]] = [{}]
    for group in spec.groups:
        domains += [{"by": group, "by_level": v.key} for v in asked.variable(group).levels]
    for one, two in spec.cross:
        domains += [
            {"by": one, "by_level": a.key, "by2": two, "by2_level": b.key}
            for a in asked.variable(one).levels
            for b in asked.variable(two).levels
        ]
    for domain in domains:
        size = int(
            2000
            / max(1, len([d for d in domains if d.get("by") == domain.get("by") and d.get("by2") == domain.get("by2")]))
        )
        for place, indicator in enumerate(asked.indicators):
            mean = 2.2 + 0.25 * place + rng.normal(0, 0.15)
            yield _row(domain, "indicators", "mean", indicator.name, mean, 1.1 / size**0.5, size, df=133.0, deff=1.3)
            yield _row(domain, "indicators", "score100", indicator.name, (mean - 1) * 25, 27 / size**0.5, size)
            yield _row(domain, "indicators", "top2", indicator.name, 0.1 + 0.05 * place, 0.4 / size**0.5, size)
            yield _row(domain, "dont_know", "proportion", indicator.name, rng.uniform(0.1, 0.6), 0.5 / size**0.5, size)
        for variable in asked.variables:
            yield from _described(domain, variable, size, rng)


def _described(domain: dict[str, Any], variable: Any, size: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    if variable.levels:
        shares = rng.dirichlet([3, 5, 3, 4, 2][: len(variable.levels)] or [1]) if len(variable.levels) <= 5 else None
        shares = np.full(len(variable.levels), 1 / len(variable.levels)) if shares is None else shares
        for level, share in zip(variable.levels, shares, strict=True):
            row = _row(domain, "describe", "proportion", variable.name, float(share), 0.4 / size**0.5, size)
            yield row | {"level": level.key, "n_level": round(size * float(share))}
    if variable.numeric:
        value = 152_300.0 if variable.name == "biaya" else 2.9
        yield _row(domain, "describe", "mean", variable.name, value, value / size**0.5, size)
        yield _row(domain, "describe", "median", variable.name, value, value / size**0.5, size)
    if not variable.derived:
        yield _row(domain, "dont_know", "proportion", variable.name, rng.uniform(0.02, 0.5), 0.02, size)


def _row(
    domain: dict[str, Any], analysis: str, estimand: str, measure: str, value: float, error: float, n: int, **more: Any
) -> dict[str, Any]:
    wide = estimand in ("mean", "proportion") and error * 1.96 > 0.2 and value < 10
    return {
        "wave": "2025", "analysis": analysis, "measure": measure, "estimand": estimand, **domain,
        "estimate": value, "std_error": error, "conf_low": value - 1.96 * error, "conf_high": value + 1.96 * error,
        "conf_level": 0.95, "n": n, "weighted_n": 500.0 * n, "status": "imprecise" if wide else "ok", **more,
    }  # fmt: skip
