"""Prepared and counted in parts, by DuckDB or Spark, a wave gives what it gives from memory."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scale_study
from reference_designs import MATRIX, design_spec, weighted
from survey.analyse.catalogue import ANALYSES
from survey.analyse.inference import Inference, NotApplicable
from survey.core.engine import EngineSpec
from survey.core.estimates import BASE, VALUE
from survey.core.instrument import Instrument
from survey.core.sampling import DesignSpec
from survey.core.study import WaveSpec
from survey.core.words import Words
from survey.errors import SurveyError
from survey.pipeline import parts
from survey.prepare import responses
from survey.scale.respondents import Stored
from survey.study import Study
from survey.writing import encode

# The same formula on sums that are added up in another order.
RTOL, ATOL = 1e-10, 1e-12
GROUPS, CROSS = ("age_group",), (("area", "sex"),)
DUCKDB = EngineSpec("duckdb")


def in_parts(wave, folder: Path, parts: int = 3) -> list[str]:
    """The prepared wave as Parquet files, as `prepare` writes them."""
    frame, paths = responses.to_frame(wave), []
    for at, rows in enumerate(np.array_split(np.arange(len(frame)), parts)):
        paths.append(folder / f"part-{at}.parquet")
        paths[-1].write_bytes(encode.parquet(frame.iloc[rows]))
    return [str(path) for path in paths]


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    rest = [name for name in expected if name not in (*VALUE, *BASE)]
    pd.testing.assert_frame_equal(found[rest], expected[rest])
    for name in (*VALUE, *BASE):
        got, want = (table[name].to_numpy(float, na_value=np.nan) for table in (found, expected))
        np.testing.assert_allclose(got, want, rtol=RTOL, atol=ATOL, err_msg=name)


@pytest.fixture(scope="module", params=scale_study.DESIGNS)
def both(request, tmp_path_factory) -> tuple[Inference, Inference]:
    """One wave as memory and as DuckDB see it."""
    folder = scale_study.write(tmp_path_factory.mktemp("study"), request.param)
    study = Study.load(folder)
    wave = study.wave("w1")
    stored = Stored.of(in_parts(wave, folder), DUCKDB, study.spec.waves[0], wave.instrument, GROUPS, CROSS)
    return Inference.of(wave, GROUPS, CROSS), Inference.about(stored)


COUNTED = [name for name, analysis in ANALYSES.items() if not analysis.needs_rows]


@pytest.mark.parametrize("name", COUNTED)
def test_an_analysis_cannot_tell_where_respondents_lie(both, name):
    memory, stored = both
    try:
        expected = ANALYSES[name].run(memory)
    except NotApplicable as reason:
        with pytest.raises(NotApplicable, match=re.escape(str(reason))):
            ANALYSES[name].run(stored)
    else:
        assert_same(ANALYSES[name].run(stored), expected)


def test_numbers_with_many_values_are_among_them(both):
    memory, stored = both
    assert memory.respondents.by_value("income") is None
    assert stored.respondents.by_value("income") is None
    assert stored.respondents.by_value("age") is not None


@pytest.mark.parametrize("design", scale_study.DESIGNS)
def test_the_order_in_which_a_database_adds_changes_no_bit(design, tmp_path):
    study = Study.load(scale_study.write(tmp_path, design))
    wave = study.wave("w1")
    frame = responses.to_frame(wave)
    found = []
    for at, order in enumerate((np.arange(len(frame)), np.random.default_rng(1).permutation(len(frame)))):
        path = tmp_path / f"{at}.parquet"
        path.write_bytes(encode.parquet(frame.iloc[order]))
        stored = Stored.of([str(path)], DUCKDB, study.spec.waves[0], wave.instrument, GROUPS, CROSS)
        found.append(ANALYSES["describe"].run(Inference.about(stored)))
    assert found[0]["estimate"].notna().any()
    pd.testing.assert_frame_equal(found[0], found[1], check_exact=True)


@pytest.mark.parametrize(
    "design", ["strata_psu_fpc", "two_stage_rake", "two_strata", "lonely_average", "lonely2_adjust"]
)
def test_designs_of_the_matrix_count_alike(design, tmp_path):
    wave = weighted(design).wave
    spec = WaveSpec("w", "sample.csv", Words.plain("w"), design_spec(MATRIX["designs"][design])[0])
    groups, cross = ["g"], [("g", "sex")]
    stored = Stored.of(in_parts(wave, tmp_path), DUCKDB, spec, wave.instrument, groups, cross)
    describe = ANALYSES["describe"].run
    assert_same(describe(Inference.about(stored)), describe(Inference.of(wave, groups, cross)))


@pytest.fixture
def in_small_parts(monkeypatch):
    """Parts of 100 records, so that every rule over a whole column meets several."""
    monkeypatch.setattr(parts, "SIZE", 100)


def prepared(folder: Path, design: str, engine: str, frame: pd.DataFrame, edit=None) -> Path:
    """The study, prepared from three Parquet files."""
    scale_study.write(folder, design, engine, 3, frame)
    for name, (old, new) in (edit or {}).items():
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    Study.load(folder).prepare()
    return folder / "data/processed/w1"


def of_parts(folder: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("part-*.parquet"))], ignore_index=True)


WHERE = {"study.yaml": ("{source: data/raw}", '{source: data/raw, where: "district != 3"}')}


@pytest.mark.parametrize(("design", "edit"), [("units raked", None), ("respondents in strata", WHERE)])
def test_parts_are_cleaned_as_the_whole_is(design, edit, tmp_path, in_small_parts):
    whole = prepared(tmp_path / "memory", design, "memory", scale_study.troubled(), edit)
    split = prepared(tmp_path / "parts", design, "duckdb", scale_study.troubled(), edit)
    expected, found = pd.read_parquet(whole / "responses.parquet"), of_parts(split / "responses")
    # Waves are matched by their sampling units in memory only.
    expected = expected.drop(columns=[c for c in expected if c.startswith("__place_")])
    if design.startswith("respondents"):  # each is their own unit; only the numbers of units differ
        assert found["__psu_1"].is_unique
        expected, found = (t.drop(columns="__psu_1") for t in (expected, found))
    pd.testing.assert_frame_equal(found.astype(expected.dtypes), expected, rtol=RTOL)
    order = ["row", "column", "rule"]
    audits = pd.read_parquet(whole / "audit.parquet"), of_parts(split / "audit")
    expected, found = (table.sort_values(order, ignore_index=True) for table in audits)
    pd.testing.assert_frame_equal(found, expected)
    assert (split / "quality.csv").read_bytes() == (whole / "quality.csv").read_bytes()


SPOILT = {
    "unknown codes": lambda f: f.assign(sex=f["sex"].mask(f.index % 11 == 0, "7")),
    "no number": lambda f: f.assign(age=f["age"].mask(f.index % 9 == 0, "old")),
    "ids in conflict": lambda f: f.assign(resp=f["resp"].where(f.index != 900, "p00002")),
    "rounded ids": lambda f: f.assign(resp=f["resp"].where(f.index % 400 != 1, "1.2E+15")),
    "nobody": lambda f: f.assign(agrees="2"),
    "weights": lambda f: f.assign(w=f["w"].where(f.index % 500 != 7, "0")),
    "units": lambda f: f.assign(block=f["block"].mask(f.index % 400 == 3)),
    "a lonely unit": lambda f: f.assign(district=f["district"].where(f["block"] != "3", "9")),
    "an absent column": lambda f: f.drop(columns="a2"),
    "a category without a target": lambda f: f.assign(sex=f["sex"].where(f.index != 800, "3")),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_parts_are_refused_with_the_words_for_the_whole(spoil, tmp_path, in_small_parts):
    said = []
    for engine in ("memory", "duckdb"):
        with pytest.raises(SurveyError) as refused:
            prepared(tmp_path / engine, "units raked", engine, spoil(scale_study.answers()))
        said.append(refused.value.problems)
        assert not (tmp_path / engine / "data/processed/w1").exists()
    assert said[1] == said[0]


def test_a_run_in_parts_gives_the_estimates_of_a_run_in_memory(tmp_path, in_small_parts):
    for engine in ("memory", "duckdb"):
        prepared(tmp_path / engine, "units raked", engine, scale_study.answers())
        Study.load(tmp_path / engine).estimate()
    expected, found = (pd.read_parquet(tmp_path / e / "reports/w1/estimates.parquet") for e in ("memory", "duckdb"))
    counted = expected["analysis"].isin(COUNTED)
    assert_same(found, expected[counted].reset_index(drop=True))
    assert Study.load(tmp_path / "duckdb").estimate().written == ()
    shutil.copytree(tmp_path / "duckdb", tmp_path / "again", ignore=shutil.ignore_patterns("processed", "reports"))
    Study.load(tmp_path / "again").prepare()
    Study.load(tmp_path / "again").estimate()
    for name in ("estimates.parquet", "manifest.json"):
        assert (tmp_path / "again/reports/w1" / name).read_bytes() == (
            tmp_path / "duckdb/reports/w1" / name
        ).read_bytes()


def test_check_reads_the_parts_and_writes_nothing(tmp_path, in_small_parts):
    study = Study.load(scale_study.write(tmp_path, "units", "duckdb", 3))
    found = study.check()
    assert found.problems == ()
    assert found.counts == {"w1": (scale_study.RESPONDENTS, scale_study.RESPONDENTS)}
    assert not (tmp_path / "data/processed").exists()


NOT_IN_PARTS = {
    "replicates": ("weight: w\n", "weight: w\n  replicates: {type: jk1}\n", "replicate weights of a wave"),
    "trim": ("weight: w\n", "weight: w\n  trim: [20, 300]\n", "trimmed weights of a wave"),
    "rows": ("groups:", "analyses: [describe, reliability]\ngroups:", "reliability, which needs the respondents' rows"),
}


@pytest.mark.parametrize(("old", "new", "said"), NOT_IN_PARTS.values(), ids=NOT_IN_PARTS)
def test_what_needs_memory_says_so(old, new, said, tmp_path):
    folder = scale_study.write(tmp_path, "units", "duckdb", 3)
    (folder / "study.yaml").write_text((folder / "study.yaml").read_text().replace(old, new))
    with pytest.raises(SurveyError, match=said) as refused:
        Study.load(folder).run()
    assert "engine: memory" in refused.value.problems[0].hint


def test_names_that_a_database_takes_for_one_are_refused(tmp_path):
    edit = {
        "instrument.yaml": (
            "{name: income,",
            "{name: Age, column: age, type: integer, text: {en: A}}\n  - {name: income,",
        )
    }
    with pytest.raises(SurveyError, match="'Age' beside one that differs in capitals"):
        prepared(tmp_path, "units", "duckdb", scale_study.answers(), edit)


def test_names_that_a_query_might_use_belong_to_the_instrument(tmp_path):
    folder = scale_study.write(tmp_path, "units raked")
    for old, new in {"sex": "level", "area": "key", "age": "value", "a1": "n", "uses": "place"}.items():
        for file in ("instrument.yaml", "margins.csv", "study.yaml"):
            text = re.sub(rf"(?<!\w){old}(?!\w)", new, (folder / file).read_text())
            (folder / file).write_text(text.replace(f"name: {new},", f"name: {new}, column: {old},"))
    study = Study.load(folder)
    wave, groups = study.wave("w1"), ("level", "key")
    stored = Stored.of(in_parts(wave, folder), DUCKDB, study.spec.waves[0], wave.instrument, groups)
    run = ANALYSES["describe"].run
    assert_same(run(Inference.about(stored)), run(Inference.of(wave, groups)))


def test_a_wave_in_parts_is_not_read_into_memory(tmp_path):
    prepared(tmp_path, "units", "duckdb", scale_study.answers())
    with pytest.raises(SurveyError, match="a wave that is kept in parts"):
        Study.load(tmp_path).wave("w1")


def test_more_units_than_memory_holds_are_refused(tmp_path, monkeypatch):
    folder = prepared(tmp_path, "units", "duckdb", scale_study.answers())
    monkeypatch.setattr("survey.scale.layout.MAX_UNITS", 50)
    study = Study.load(tmp_path)
    paths = sorted(map(str, (folder / "responses").glob("*.parquet")))
    stored = Stored.of(paths, DUCKDB, study.spec.waves[0], study.instrument)
    with pytest.raises(SurveyError, match="60 sampling units of stage 1"):
        _ = stored.sampling


def test_spark_that_is_absent_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark.errors", None)
    with pytest.raises(SurveyError, match="PySpark is not installed") as refused:
        Stored.of(["x.parquet"], EngineSpec("spark"), WaveSpec("w", "s", Words(), DesignSpec()), Instrument(()))
    assert "survey[spark]" in refused.value.problems[0].expected


@pytest.mark.spark
@pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark is not installed: pip install 'survey[spark]'")
@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17")
def test_spark_counts_what_memory_counts(tmp_path):
    scale_study.write(tmp_path, "units raked")
    study = Study.load(tmp_path)
    wave = study.wave("w1")
    spark = EngineSpec("spark", master="local[2]")
    stored = Stored.of(in_parts(wave, tmp_path), spark, study.spec.waves[0], wave.instrument, ("sex",))
    for name, measures in {"describe": ["area", "uses", "income"], "dont_know": ["a1"], "indicators": None}.items():
        run = ANALYSES[name].run
        assert_same(run(Inference.about(stored), measures), run(Inference.of(wave, ("sex",)), measures))
