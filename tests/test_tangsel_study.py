"""The Tangerang Selatan study at the root of the repository: its instrument, margins, waves and their truth."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from survey.core.instrument import Instrument
from survey.core.schema import load, load_instrument, load_study
from survey.core.study import StudySpec
from survey.simulate import fieldwork, perception, respondents, simulate, truth
from survey.simulate.habits import EXCLUSIVE, OPTIONS, RATINGS, SERVICES
from survey.simulate.population import populate

ROOT = Path(__file__).parents[1]
ROLES_WITHOUT_ANSWER = {"identifier"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def study() -> StudySpec:
    return load_study(read("study.yaml"), "study.yaml")


@pytest.fixture(scope="module")
def instrument(study: StudySpec) -> Instrument:
    return load_instrument(read("instrument.yaml"), "instrument.yaml", study.languages, read, study.min_valid)


@pytest.fixture(scope="module")
def margins() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data/raw/margins.csv", dtype=str, keep_default_na=False)


def test_the_instrument_has_81_questions_in_two_languages(instrument):
    assert len(instrument.questions) == 81
    for q in instrument.questions:
        assert set(q.text.texts) == {"id", "en"}, q.name
        assert set(q.label.texts) == {"id", "en"}, q.name
        for level in q.levels:
            assert set(level.label.texts) <= {"id", "en", ""}, q.name


def test_every_indicator_has_five_items_of_which_one_is_reversed(instrument):
    assert len(instrument.indicators) == 6
    for indicator in instrument.indicators:
        items = [instrument.question(i) for i in indicator.items]
        assert [q.reverse for q in items].count(True) == 1, indicator.name
        assert len(items) == 5


def test_study_and_instrument_agree(study, instrument):
    assert load(read("study.yaml"), "study.yaml", read) == (study, instrument)


def test_places_are_the_54_kelurahan_of_7_kecamatan(instrument):
    kec, kel = (instrument.question(n).scale for n in ("kec", "kel"))
    assert len(kec.levels) == 7
    assert len(kel.levels) == 54
    assert Counter(v.key[:8] for v in kel.levels) == dict(
        zip([v.key for v in kec.levels], [9, 7, 11, 7, 6, 8, 6], strict=True)
    )
    assert kel.synonyms["Rawa Buntu"] == "36.74.01.1002"


def test_sensitive_questions_are_marked(instrument):
    assert {q.name for q in instrument.questions if q.pdp == "spesifik"} == {"pdpt", "disab", "dd_biaya"}
    assert instrument.variable("pdpt3").pdp == "spesifik"


def test_the_first_margin_of_each_calibration_is_the_synthetic_population(study, margins):
    for dims in study.design.calibrate.to:
        wanted = [*dims, ""][:2]
        first = margins[(margins["dim1"] == wanted[0]) & (margins["dim2"] == wanted[1])].iloc[0]
        rows = margins[margins["margin"] == first["margin"]]
        assert set(rows["status"]) == {"synthetic"}
        assert rows["jumlah"].astype(int).sum() == study.population


def test_margins_without_a_source_are_blank(margins):
    unsourced = margins[margins["status"] == "unsourced"]
    assert len(unsourced) == 13
    assert (unsourced["jumlah"] == "").all()
    assert (margins[margins["status"] != "unsourced"]["jumlah"] != "").all()


def test_registered_residents_by_kecamatan_and_sex_add_up(margins):
    rows = margins[margins["margin"] == "kec_x_jk_register_2024"]
    totals = rows.groupby("kategori2")["jumlah"].apply(lambda s: s.astype(int).sum())
    assert totals.to_dict() == {"1": 729_068, "2": 734_539}  # the decree's two figures


def test_the_generator_knows_the_questions_of_the_instrument(instrument):
    names = {*OPTIONS, *SERVICES, *RATINGS, *(i for p in perception.PLANS.values() for i in p.items)}
    assert all(instrument.has(n) for n in names)
    for name, options in OPTIONS.items():
        keys = [*options, *([EXCLUSIVE[name]] if name in EXCLUSIVE else [])]
        assert keys == [v.key for v in instrument.question(name).levels], name
    for name, plan in perception.PLANS.items():
        assert instrument.indicator(name).items == plan.items
        assert instrument.question(plan.reverse).reverse


def test_margins_and_waves_come_from_the_named_population(study, instrument, margins):
    kelurahan = [v.key for v in instrument.question("kel").levels]
    work = fieldwork.enter(populate(kelurahan, int(study.simulate["seed"])), 2025)
    rows = margins[margins["status"] == "synthetic"]
    counted = [(m, *keys, *[""] * (2 - len(keys)), str(n)) for m, _, keys, n in truth.margins(work)]
    assert list(rows[["margin", "kategori1", "kategori2", "jumlah"]].itertuples(index=False, name=None)) == counted
    spec = study.wave("2025")
    frame = respondents.interview(work, 120, spec.collected, spec.name, study.seed)
    asked = {q.name for q in instrument.questions if q.role not in ROLES_WITHOUT_ANSWER}
    assert asked <= set(frame.columns)
    for q in instrument.questions:
        known = {v.key for v in q.levels} | {str(m.code) for m in instrument.missing}
        if q.type in ("ordinal", "nominal"):
            assert set(frame[q.name].dropna()) <= known, q.name


def test_the_committed_waves_are_what_simulate_makes(study):
    files = simulate(ROOT, ["2021"])
    assert {Path(f).name for f in files} == {"responses.csv", "truth.csv", "truth.json"}
    for name, content in files.items():
        assert content == (ROOT / name).read_bytes(), name


def test_committed_raw_data_stay_small():
    assert sum(p.stat().st_size for p in (ROOT / "data/raw").rglob("*") if p.is_file()) < 2_000_000


def test_raw_files_hold_the_faults_of_real_ones():
    with (ROOT / "data/raw/2021/responses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(r["setuju"] == "0" for r in rows) == 10
    assert len(rows) - len({tuple(r.values()) for r in rows}) == 4
    assert any(r["dd_biaya"].startswith("Rp") for r in rows)
    assert all(r["tgl"][2] == "/" for r in rows)
    assert sum("0800" in r["usul"] or "+62" in r["usul"] for r in rows) >= 3
    names = {"Rawa Buntu", "Paku Alam", "Paku Jaya", "Perigi", "Kranggan", "Sarua", "Sarua Indah"}
    assert names & {r["kel"] for r in rows}


def test_a_fourth_wave_is_one_entry(tmp_path):
    for name in ("study.yaml", "instrument.yaml", "data/raw/wilayah.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    entry = '  "2027": {source: data/raw/2027/responses.csv, synthetic: true, label: {id: 2027, en: 2027}}\n\ndesign:\n'
    text = read("study.yaml").replace("\ndesign:\n", entry, 1)
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    files = simulate(tmp_path, ["2027"])
    assert set(files) == {f"data/raw/2027/{n}" for n in ("responses.csv", "truth.csv", "truth.json")}
    assert files["data/raw/2027/responses.csv"].count(b"\n") > 1_000
