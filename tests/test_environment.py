"""pyproject.toml, environment.yml, the locks and what is installed say the same."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
LOCKS = [ROOT / "requirements.lock", ROOT / "bootstrap.lock"]
FIXED = {"pandas", "scipy", "statsmodels", "pingouin", "seaborn", "jupyter", "pyreadstat"}


def bounds(lines):
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}


def conda_bounds():
    plain = [d for d in CONDA["dependencies"] if isinstance(d, str)]
    nested = [p for d in CONDA["dependencies"] if isinstance(d, dict) for p in d["pip"]]
    return bounds(plain + [p for p in nested if not p.startswith("-e")])


def lock_lines(lock):
    text = lock.read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(lock):
    return [Requirement(line.split(" --hash")[0]) for line in lock_lines(lock)]


def test_environment_yml_has_the_bounds_of_pyproject():
    conda = conda_bounds()
    assert str(conda.pop("python")) == PROJECT["requires-python"]
    conda.pop("pip")
    assert conda == bounds(PROJECT["dependencies"])


def test_the_lock_pins_every_dependency_within_its_bounds():
    pinned = {}
    for requirement in pins(LOCKS[0]):
        pinned.setdefault(canonicalize_name(requirement.name), []).append(next(iter(requirement.specifier)).version)
    for name, bound in bounds(PROJECT["dependencies"]).items():
        assert all(bound.contains(v, prereleases=True) for v in pinned[name]), name


def test_what_is_installed_is_what_is_locked():
    for requirement in pins(LOCKS[0]):
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(metadata.version(requirement.name), prereleases=True), (
                requirement.name
            )


def test_every_pin_has_a_hash_and_no_lock_names_a_host():
    for lock in LOCKS:
        assert all("--hash=sha256:" in line for line in lock_lines(lock))
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", lock.read_text())


def test_the_seven_packages_of_the_design_card_are_there():
    assert set(bounds(PROJECT["dependencies"])) >= FIXED
