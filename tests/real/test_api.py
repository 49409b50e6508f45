"""California schools: strata, clusters, finite populations and calibration, as R survey estimates them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studies import Estimated, Figure, assert_figures, golden, report

pytestmark = pytest.mark.real

RTOL = 1e-9  # same formula, same data: only the order of addition differs
CALIBRATED_RTOL = 1e-8  # R stops iterating when margins are met to a relative 1e-8 or so


@pytest.fixture(scope="module")
def expected(shared: Path) -> Any:
    return golden(shared, "survey_api")


@pytest.fixture(scope="module")
def api(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Estimated:
    return Estimated.of("api", shared, tmp_path_factory.mktemp("api"))


def interval(measure: str, estimand: str, limits: list[float], **key: str) -> Iterator[Figure]:
    for column, limit in zip(("conf_low", "conf_high"), limits, strict=True):
        yield Figure(measure, estimand, column, limit, **key)


def estimate(measure: str, estimand: str, r: dict[str, Any], name: str, **key: str) -> Iterator[Figure]:
    """Estimate, error, t interval and df of one variable of a golden block."""
    yield Figure(measure, estimand, "estimate", r["est"][name], **key)
    yield Figure(measure, estimand, "std_error", r["se"][name], **key)
    yield Figure(measure, estimand, "df", r["df"], **key)
    yield from interval(measure, estimand, r["ci_t"][name], **key)


@pytest.mark.parametrize("wave", ["strat", "clus1"])
def test_means_and_totals_with_t_intervals_equal_r(api, expected, wave):
    r = expected[wave]
    figures = [f for name in ("api00", "api99", "enroll") for f in estimate(name, "mean", r["mean"], name)]
    figures += estimate("enroll", "total", r["total_enroll"], "enroll")
    figures += estimate("api00", "mean", r["domain_E"], "api00", by="stype", by_level="E")
    report(wave, assert_figures(api.wave(wave), figures, RTOL))


@pytest.mark.parametrize("wave", ["strat", "clus1"])
def test_deff_is_against_sampling_with_replacement(api, expected, wave):
    figures = [Figure("api00", "mean", "deff", expected[wave]["mean_api00_deff_replace"])]
    assert_figures(api.wave(wave), figures, RTOL)


@pytest.mark.parametrize("wave", ["strat", "clus1"])
def test_domains_equal_svyby(api, expected, wave):
    r = expected[wave]
    figures = []
    for row in r["by_stype"]:
        key = {"by": "stype", "by_level": row["stype"]}
        figures += [Figure("api00", "mean", "estimate", row["api00"], **key)]
        figures += [Figure("api00", "mean", "std_error", row["se"], **key)]
    for row in r["by_stype_prop_schwide"]:
        key = {"by": "stype", "by_level": row["stype"], "level": "Yes"}
        name = 'I(sch.wide == "Yes")TRUE'
        figures += [Figure("schwide", "proportion", "estimate", row[name], **key)]
        figures += [Figure("schwide", "proportion", "std_error", row[f"se.{name}"], **key)]
    report(f"{wave} domains", assert_figures(api.wave(wave), figures, RTOL))


@pytest.mark.parametrize("wave", ["strat", "clus1"])
def test_two_way_domains_equal_svyby(api, expected, wave):
    table = api.wave(wave)
    figures = []
    for row in expected[wave]["by_stype_schwide"]:
        key = {"by": "stype", "by_level": row["stype"], "by2": "schwide", "by2_level": row["sch.wide"]}
        figures += [Figure("api00", "mean", "estimate", row["api00"], **key)]
        figures += [Figure("api00", "mean", "std_error", row["se"], **key)]
    report(f"{wave} two-way domains", assert_figures(table, figures, RTOL))


@pytest.mark.parametrize("wave", ["strat", "clus1"])
def test_logit_interval_of_a_share_equals_xlogit(api, expected, wave):
    r = expected[wave]["ciprop_schwide"]["xlogit"]
    figures = [Figure("schwide", "proportion", "estimate", r["est"], level="Yes")]
    figures += interval("schwide", "proportion", r["ci"], level="Yes")
    assert_figures(api.wave(wave), figures, RTOL)


@pytest.mark.parametrize("wave", ["strat", "clus1"])
def test_quantiles_follow_the_school_rule_with_woodruff_intervals(api, expected, wave):
    r = expected[wave]["quantile"]["school"]
    figures = []
    for p, estimand, level in (("0.25", "quantile", "0.25"), ("0.5", "median", ""), ("0.75", "quantile", "0.75")):
        figures += [Figure("api00", estimand, "estimate", r[p]["quantile"], level=level)]
        figures += [Figure("api00", estimand, "std_error", r[p]["se"], level=level)]
        figures += interval("api00", estimand, [r[p]["ci.2.5"], r[p]["ci.97.5"]], level=level)
    report(f"{wave} quantiles", assert_figures(api.wave(wave), figures, RTOL))


def test_shares_of_clusters_equal_r(api, expected):
    r = expected["clus1"]["prop_stype"]
    figures = []
    for name, share in r["est"].items():
        level = name.removeprefix("stype")
        figures += [Figure("stype", "proportion", "estimate", share, level=level)]
        figures += [Figure("stype", "proportion", "std_error", r["se"][name], level=level)]
    assert_figures(api.wave("clus1"), figures, RTOL)


@pytest.mark.parametrize(
    ("wave", "block"), [("raked", "rake"), ("raked_no_fpc", "rake_nofpc"), ("poststratified", "poststrat")]
)
def test_errors_know_that_weights_were_calibrated(api, expected, wave, block):
    r = expected["weighting_clus1"][block]
    figures = [Figure("api00", "mean", "estimate", r["mean"]["est"]["api00"])]
    figures += [Figure("api00", "mean", "std_error", r["mean"]["se"]["api00"])]
    if "total" in r:
        figures += [Figure("enroll", "total", "estimate", r["total"]["est"]["enroll"])]
        figures += [Figure("enroll", "total", "std_error", r["total"]["se"]["enroll"])]
    report(wave, assert_figures(api.wave(wave), figures, CALIBRATED_RTOL))
