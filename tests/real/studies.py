"""Study folders over the real data sets, and the comparison of an estimates table with printed figures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
PLACEHOLDER = "{shared}"
#: Analyses whose figures are compared; test_reports runs all the others on real answers once.
CHECKED = ("describe", "dont_know", "indicators", "reliability", "validity")
KEY = ("measure", "estimand", "level", "by", "by_level", "by2", "by2_level")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of an outside source: where it stands in the estimates table, and its value."""

    measure: str
    estimand: str
    column: str
    value: float
    level: str = ""
    by: str = ""
    by_level: str = ""
    by2: str = ""
    by2_level: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(getattr(self, name) for name in KEY)


def golden(shared: Path, name: str) -> Any:
    """Expected values of one data set."""
    return json.loads((shared / "golden" / f"{name}.json").read_text(encoding="utf-8"))


def study_folder(name: str, shared: Path, into: Path) -> Path:
    """A copy of a study folder of this directory whose sources point into `shared`."""
    folder = shutil.copytree(HERE / name, into / name)
    for path in folder.glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace(PLACEHOLDER, shared.as_posix()), encoding="utf-8")
    return folder


@dataclass(frozen=True, eq=False)
class Estimated:
    """A study of this directory, estimated wave by wave, before disclosure control."""

    study: Any

    @classmethod
    def of(cls, name: str, shared: Path, into: Path) -> Estimated:
        import survey

        return cls(survey.load(study_folder(name, shared, into)))

    @cache  # noqa: B019  one object a test module, gone with it
    def wave(self, name: str) -> pd.DataFrame:
        """The estimates table of one wave."""
        from survey.analyse import running

        return running.estimate(self.study.wave(name), replace(self.study.spec, analyses=CHECKED)).table


def assert_figures(
    table: pd.DataFrame, figures: Iterable[Figure], rtol: float, atol: float = 0.0, analyses: Iterable[str] = ()
) -> int:
    """How many figures the table holds, every one within tolerance; else the ones that differ.

    Parameters
    ----------
    analyses : the analyses that may answer; all when empty
    """
    wanted = list(figures)
    levels = table[table["contrast"].isna()]  # figures are of one group each, never of two
    rows = levels[levels["analysis"].isin(list(analyses))] if analyses else levels
    keys = pd.MultiIndex.from_frame(rows[list(KEY)].astype(object).fillna(""))
    assert not keys.has_duplicates, "two analyses answer one figure: name the analysis"
    at = keys.get_indexer(pd.MultiIndex.from_tuples([f.key for f in wanted], names=KEY))
    missing = [f for f, i in zip(wanted, at, strict=True) if i < 0]
    assert not missing, f"{len(missing)} of {len(wanted)} figures have no row; the first is {missing[0]}"
    values = {name: rows[name].to_numpy(float, na_value=np.nan) for name in {f.column for f in wanted}}
    got = np.array([values[f.column][i] for f, i in zip(wanted, at, strict=True)])
    want = np.array([f.value for f in wanted], dtype=float)
    wrong = np.flatnonzero(~(np.abs(got - want) <= atol + rtol * np.abs(want)))
    shown = "\n".join(f"{wanted[i]} got {got[i]!r}" for i in wrong[:10])
    assert not wrong.size, f"{wrong.size} of {len(wanted)} figures differ:\n{shown}"
    return len(wanted)


def report(source: str, count: int) -> None:
    """Say how many figures were compared; pytest shows it with ``-rP``."""
    print(f"{source}: {count} figures reproduced")


def per_level(rows: Iterable[Mapping[str, Any]], by: str, prefix: str) -> Iterable[tuple[str, str, float]]:
    """(group, column without `prefix`, value) of a golden table with one row a group."""
    for row in rows:
        for column, value in row.items():
            if column.startswith(prefix):
                yield row[by], column.removeprefix(prefix), value
