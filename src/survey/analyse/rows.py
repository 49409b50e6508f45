"""Rows of the estimates table under construction: columns, so that tens of thousands cost no Python loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.domains import DomainNames
from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference
from survey.core import estimates
from survey.stats.arrays import Floats
from survey.stats.tallied import Tally


class Rows:
    """Columns of an estimates table under construction: D domains × m estimands at a time."""

    def __init__(self, inf: Inference, analysis: str) -> None:
        self._inf, self._analysis = inf, analysis
        self._parts: list[dict[str, np.ndarray]] = []

    def add(
        self,
        measure: str,
        estimand: str | Sequence[str],
        found: Evaluated,
        tally: Tally,
        *,
        level: Sequence[str | None] | None = None,
        n_level: Floats | None = None,
        unit: str = "",
        n: np.ndarray | None = None,
        names: DomainNames | None = None,
        method: str | None = None,
    ) -> None:
        """Append the rows of one measure; `level` and `estimand` run over the m estimands."""
        d, m = found.estimate.shape
        named = names or self._inf.names
        base_n = tally.n if n is None else n
        levels = np.array([None] * m if level is None else list(level), dtype=object)
        kinds = np.array([estimand] * m if isinstance(estimand, str) else list(estimand), dtype=object)
        part: dict[str, Any] = {key: np.repeat(value, m) for key, value in named.columns().items()}
        part |= {
            "measure": np.full(d * m, measure, dtype=object),
            "estimand": np.tile(kinds, d),
            "level": np.tile(levels, d),
            "n": np.repeat(base_n.astype(float), m),
            "weighted_n": np.repeat(tally.size, m),
            "n_level": np.full(d * m, np.nan) if n_level is None else n_level.reshape(-1),
            "unit": np.full(d * m, unit or None, dtype=object),
            "method": found.method.reshape(-1) if method is None else np.full(d * m, method, dtype=object),
        }
        part |= self._values(found)
        self._parts.append(part)

    def _values(self, found: Evaluated) -> Mapping[str, np.ndarray]:
        flat = {
            "estimate": found.estimate,
            "std_error": found.std_error,
            "conf_low": found.low,
            "conf_high": found.high,
            "df": found.df,
            "deff": found.deff,
            "status": found.status,
            "note": found.note,
        }
        columns = {key: value.reshape(-1) for key, value in flat.items()}
        level = np.where(np.isfinite(columns["conf_low"]), self._inf.conf_level, np.nan)
        return columns | {"conf_level": level}

    def table(self) -> pd.DataFrame:
        """The estimates table of everything added."""
        if not self._parts:
            return estimates.table({})
        columns = {key: np.concatenate([p[key] for p in self._parts]) for key in self._parts[0]}
        length = len(columns["measure"])
        columns["wave"] = np.full(length, self._inf.respondents.name, dtype=object)
        columns["analysis"] = np.full(length, self._analysis, dtype=object)
        return estimates.table(columns)
