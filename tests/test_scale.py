"""Counted by DuckDB or Spark from Parquet, every analysis gives what it gives from memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scale_study
from reference_designs import MATRIX, design_spec, weighted
from survey.analyse.catalogue import ANALYSES
from survey.analyse.inference import Inference
from survey.core.estimates import BASE, VALUE
from survey.core.study import EngineSpec, WaveSpec
from survey.core.words import Words
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
    assert_same(ANALYSES[name].run(stored), ANALYSES[name].run(memory))


def test_numbers_with_many_values_are_among_them(both):
    memory, stored = both
    assert memory.respondents.by_value("income") is None
    assert stored.respondents.by_value("income") is None
    assert stored.respondents.by_value("age") is not None


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
