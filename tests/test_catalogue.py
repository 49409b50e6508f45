"""The catalogue names functions that exist, and knowing it costs no analysis."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from survey.analyse import catalogue, entries

SOURCE = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(*entries.__path__).glob("*.py")))
FUNCTIONS = re.findall(r'on_demand\("([a-z_0-9]+)\.([a-z_0-9]+)"\)', SOURCE)


def test_every_entry_says_where_its_function_is():
    assert len(FUNCTIONS) == len(catalogue.NAMES)


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_every_function_exists_and_takes_one_subject(module, name):
    function = getattr(import_module(f"survey.analyse.{module}"), name)
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    assert len(needed) == 1


def test_the_catalogue_imports_no_analysis():
    imported = "import sys, survey.analyse.catalogue; print(*sys.modules, sep='\\n')"
    run = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not loaded & {f"survey.analyse.{module}" for module, _ in FUNCTIONS}
    assert not loaded & {"numpy", "pandas", "statsmodels", "scipy.optimize", "scipy.stats", "scipy.linalg"}
