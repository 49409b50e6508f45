"""Colours that a colour-blind reader and a grey printer tell apart; the page under axe-core in a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE

import report_release
from survey.report import document, html, likert
from survey.report.blocks import Omitted
from survey.report.page import page

#: CAM02-UCS distance between answers beside one another; ColorBrewer's PuOr of five keeps 18 (see docs of the palette).
APART = 15
#: L* that neighbours differ by in a grey print; the two halves of a diverging scale are alike there, bars lie apart.
GREY = 8
SIGHTS = [None, "deuteranomaly", "protanomaly", "tritanomaly"]


@pytest.mark.parametrize("sight", SIGHTS)
def test_answers_are_told_apart_by_colour_blind_readers(sight: str | None) -> None:
    colours = np.asarray(likert.palette(5))
    if sight:
        space = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
        colours = np.clip(cspace_convert(colours, space, "sRGB1"), 0, 1)
    assert min(deltaE(a, b, input_space="sRGB1") for a, b in combinations(colours, 2)) >= APART


def test_answers_beside_one_another_differ_in_grey_print() -> None:
    lightness = cspace_convert(np.asarray(likert.palette(5)), "sRGB1", "CIELab")[:, 0]
    assert min(abs(a - b) for a, b in pairwise(lightness)) >= GREY


@pytest.fixture(scope="module")
def axe() -> Path:
    """axe.min.js of axe-core, of which $AXE_CORE tells the place."""
    found = Path(os.environ.get("AXE_CORE", "node_modules/axe-core/axe.min.js"))
    lacking = [name for name in ("node", os.environ.get("CHROMIUM", "chromium")) if not shutil.which(name)]
    if lacking or not found.is_file():
        pytest.skip(f"not installed: {', '.join([*lacking, *([] if found.is_file() else ['axe-core'])])}")
    return found.resolve()


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_the_page_never_scrolls_sideways(tmp_path: Path, axe: Path, width: int) -> None:
    sheet = page(report_release.release(), "id")
    parts = [m for m in (section(sheet) for section in document.SECTIONS) if not isinstance(m, Omitted)]
    (tmp_path / "page.html").write_bytes(html.html(sheet, parts))
    command = ["node", Path(__file__).with_name("axe.js"), axe, tmp_path / "page.html", str(width)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    found = json.loads(done.stdout)
    assert found["violations"] == []
    assert found["passes"] > 30
    assert found["wide"] <= 0
    assert found["backwards"] == 0  # the keyboard goes in reading order
    assert found["focusable"] > 20
