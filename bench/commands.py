"""Whole processes of the command line on a simulated wave of about 2,000 respondents and 81 questions.

Usage: commands.py FOLDER, to make the study alone.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path
from typing import Any

from measure import Run, median_of, run

ROOT = Path(__file__).resolve().parent.parent
WAVE = "2025"
#: RT drawn, 13 households each, so that about 2,000 answer.
NEIGHBOURHOODS = 200
ANALYSES = ["describe", "dont_know", "indicators"]


def timed(folder: Path, times: int) -> dict[str, Run]:
    """Median runs of ``--help``, ``estimate`` and ``run``."""
    study = folder / "study"
    run([sys.executable, __file__, str(study)])
    out = folder / "commands"
    survey = str(Path(sys.executable).with_name("survey"))

    def nothing() -> None:
        shutil.rmtree(out, ignore_errors=True)

    def no_reports() -> None:
        shutil.rmtree(out / "reports", ignore_errors=True)

    whole = median_of([survey, "run", str(study), "--out", str(out)], times, nothing)
    estimate = median_of([survey, "estimate", str(study), "--out", str(out)], times, no_reports)
    return {"--help": median_of([survey, "--help"], times), "estimate": estimate, "run": whole}


def make_study(folder: Path) -> None:
    """The Tangerang Selatan study with one wave, drawn anew."""
    import yaml

    from survey.core import yamltext
    from survey.simulate import simulate

    shutil.rmtree(folder, ignore_errors=True)
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    shutil.copy(ROOT / "instrument.yaml", folder)
    for path in (ROOT / "data" / "raw").glob("*.csv"):
        shutil.copy(path, raw)
    # The package's own reader: to PyYAML's the key `on` is a truth value.
    study: dict[Any, Any] = dict(yamltext.load((ROOT / "study.yaml").read_text(encoding="utf-8"), "study.yaml").data)
    wave = {key: value for key, value in study["waves"][WAVE].items() if key != "format"}
    study["waves"] = {WAVE: wave | {"source": f"data/raw/{WAVE}/responses.csv"}}
    study["analyses"] = ANALYSES
    study["simulate"] = study["simulate"] | {"neighbourhoods": {WAVE: NEIGHBOURHOODS}}
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for name, content in simulate(folder).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def respondents(folder: Path) -> int:
    """Records of the drawn wave."""
    with (folder / "study" / "data" / "raw" / WAVE / "responses.csv").open(encoding="utf-8", newline="") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1


if __name__ == "__main__":
    make_study(Path(sys.argv[1]))
