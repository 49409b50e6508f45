"""What every test may ask for."""

import os
from pathlib import Path

import pytest

# As in the command line: one thread, so that sums have one order and two test processes do not fight for the cores.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the real data sets and their expected values; the test is skipped without it."""
    folder = Path(os.environ.get("SURVEY_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("shared real data not found")
    return folder.resolve()
