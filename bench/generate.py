"""The benchmark's synthetic wave of n respondents, as Parquet and, for R, as CSV. Usage: generate.py N FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as parquet
from layout import GROUPS, INDICATORS, LEVELS, items_of

SEED = 20261101
STRATA = 7
CUTS = (-1.4, -0.5, 0.4, 1.4)
UNANSWERED = 0.03
MIN_VALID = 3


def main(n: int, folder: Path) -> None:
    """Write wave_n.parquet and wave_n.csv."""
    table = wave(n)
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, folder / f"wave_{n}.parquet", compression="zstd", row_group_size=131_072)
    pyarrow.csv.write_csv(table, folder / f"wave_{n}.csv")


def wave(n: int) -> pa.Table:
    """Respondents sorted by PSU; codes count from 0, items too; unanswered is null."""
    rng = np.random.default_rng([SEED, n])
    psu, stratum = _units(n, rng)
    groups = _groups(stratum, rng)
    weight = np.array([30, 42, 55, 70, 85, 110, 160])[stratum] * (270_000 / n) * rng.lognormal(0, 0.35, n)
    columns = {"stratum": stratum, "psu": psu, "weight": np.round(weight, 4), **groups}
    return pa.table({name: _narrow(x) for name, x in columns.items()} | _answers(groups, psu, rng))


def _units(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """PSU and stratum of each respondent; every PSU holds five or more."""
    units = 54 if n <= 5_000 else 600 if n <= 200_000 else 2_000
    per_stratum = np.maximum(4, np.floor(np.array([0.22, 0.19, 0.16, 0.14, 0.12, 0.10, 0.07]) * units)).astype(int)
    per_stratum[0] += units - per_stratum.sum()
    size = rng.gamma(8, 1, units)
    drawn = rng.choice(units, n - 5 * units, p=size / size.sum())
    psu = np.sort(np.concatenate([np.repeat(np.arange(units), 5), drawn]))
    return psu, np.repeat(np.arange(STRATA), per_stratum)[psu]


def _groups(stratum: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    n = len(stratum)
    age = rng.choice(5, n, p=[0.22, 0.26, 0.22, 0.18, 0.12])
    education = np.clip(np.round(rng.normal(2.6, 1.1, n) - 0.25 * age), 0, 4)
    income = np.clip(np.round(0.6 * education + rng.normal(0.8, 1, n)), 0, 4)
    moved = rng.random(n) < 0.1
    district = np.where(moved, rng.integers(0, STRATA, n), stratum)
    device = rng.choice(3, n, p=[0.6, 0.28, 0.12])
    made = (rng.integers(0, 2, n), age, education, income, district, device)
    return dict(zip(GROUPS, (x.astype(np.int64) for x in made), strict=True))


def _answers(groups: dict[str, np.ndarray], psu: np.ndarray, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Items by a one-factor model for each indicator over a common factor, groups and PSUs; then the scores."""
    n = len(psu)
    common = rng.normal(0, 1, n)
    shift = 0.12 * groups["education"] - 0.08 * groups["age"] - 0.15 * groups["device"] + 0.10 * groups["income"] - 0.3
    shift = shift + rng.normal(0, 0.35, int(psu.max()) + 1)[psu]
    items: dict[str, pa.Array] = {}
    scores: dict[str, pa.Array] = {}
    for name, k in INDICATORS.items():
        factor = np.sqrt(0.3) * common + np.sqrt(0.7) * rng.normal(0, 1, n)
        code = np.empty((n, k), dtype=np.int8)
        for j in range(k):
            noise = rng.normal(0, np.sqrt(0.5), n)
            code[:, j] = np.searchsorted(CUTS, np.sqrt(0.5) * factor + noise + shift + 0.05 * (j - k / 2))
        gone = rng.random((n, k)) < UNANSWERED
        items |= {item: pa.array(code[:, j], mask=gone[:, j]) for j, item in enumerate(items_of(name))}
        valid = (~gone).sum(axis=1)
        mean = np.where(gone, 0, code).sum(axis=1) / np.maximum(valid, 1) + 1
        scores[f"score_{name}"] = pa.array(mean, mask=valid < MIN_VALID)
    assert len(CUTS) + 1 == LEVELS
    return items | scores


def _narrow(x: np.ndarray) -> pa.Array:
    return pa.array(x if x.dtype.kind == "f" else x.astype(np.int16))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
