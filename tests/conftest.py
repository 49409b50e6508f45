"""What every test may ask for."""

import os
from collections.abc import Iterator
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


@pytest.fixture
def third_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A language whose catalogue a translator has just added to the package."""
    import pseudo_language
    from survey.report import locale
    from test_report_language import messages

    pseudo_language.drop_in(messages(), tmp_path / "locales")
    monkeypatch.setattr(locale, "files", lambda package: tmp_path)
    for cached in (locale.translator, locale.catalogue):
        cached.cache_clear()
    yield pseudo_language.LANGUAGE
    for cached in (locale.translator, locale.catalogue):
        cached.cache_clear()
