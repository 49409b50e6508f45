"""The synthetic sample of tests/reference under each of its designs, through the package's own types."""

import json
from pathlib import Path

import pandas as pd

from survey.core.instrument import Instrument
from survey.core.questions import Level, Question, ResponseScale
from survey.core.sampling import CalibrationSpec, DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import Cleaned
from survey.core.words import Words
from survey.prepare.margins import Margin
from survey.prepare.weight import Weighted, weigh

MATRIX = json.loads((Path(__file__).parent / "reference" / "design_matrix.json").read_text())
TEXT = Words.plain
LEVELS = {
    "item": (1, 2, 3, 4, 5),
    "yes": (0, 1),
    "g": ("a", "b", "c"),
    "sex": ("f", "m"),
    "age": ("18-34", "35-54", "55+"),
    "stratum": ("A", "B", "C", "D"),
}


def instrument() -> Instrument:
    numbers = [Question(n, TEXT(n), TEXT(n), "number") for n in ("y", "x")]
    coded = [
        Question(
            name,
            TEXT(name),
            TEXT(name),
            "ordinal" if name == "item" else "nominal",
            ResponseScale(tuple(Level(c, TEXT(str(c))) for c in codes), name == "item"),
        )
        for name, codes in LEVELS.items()
    ]
    return Instrument((*numbers, *coded))


def cleaned() -> Cleaned:
    raw = pd.DataFrame(MATRIX["data"])
    frame = pd.DataFrame({"y": pd.to_numeric(raw["y"]), "x": pd.to_numeric(raw["x"])})
    for name, codes in LEVELS.items():
        frame[name] = pd.Categorical(raw[name], categories=list(codes), ordered=name == "item")
    for name in [*frame]:
        frame[name + "__missing"] = None
    empty = pd.DataFrame()
    return Cleaned(frame, raw.astype("string"), pd.RangeIndex(2, len(raw) + 2), empty, empty)


def design_spec(design: dict) -> tuple[DesignSpec, list[Margin]]:
    calibration, margins = None, []
    if design["calibrate"]:
        c = design["calibrate"]
        for at, target in enumerate(c["targets"]):
            totals = {tuple(map(str, k)): v for k, v in zip(target["levels"], target["total"], strict=True)}
            rows = dict.fromkeys(totals, at + 2)
            margins.append(Margin(f"m{at}", tuple(target["dims"]), totals, rows, "synthetic", "", "", ""))
        bounds = tuple(c["bounds"]) if c["bounds"] else None
        calibration = CalibrationSpec(tuple(tuple(t) for t in c["to"]), c["method"], bounds)
    spec = DesignSpec(
        weight=design["weight"],
        strata=tuple(design["stratum"]),
        psus=tuple(design["psu"]),
        fpcs=tuple(design["fpc"]),
        lonely_psu=design["lonely_psu"],
        calibrate=calibration,
    )
    return spec, margins


def weighted(name: str) -> Weighted:
    spec, margins = design_spec(MATRIX["designs"][name])
    wave = WaveSpec("w", "sample.csv", TEXT("w"), spec)
    study = StudySpec("s", TEXT("s"), ("en",), "instrument.yaml", (wave,))
    return weigh(cleaned(), study, wave, instrument(), margins, "sample.csv")
