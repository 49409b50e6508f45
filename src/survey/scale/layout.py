"""The sampling design of a prepared wave, read from its table: units, strata, margins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from ibis.expr.types import IntegerValue, Table

from survey.core.design import Codes, Floats
from survey.core.sampling import DesignSpec
from survey.core.wave import BASE_WEIGHT, FPC, MARGIN, PSU, REPLICATE, STRATUM, WEIGHT
from survey.errors import DesignError, Problem
from survey.scale.sums import exact, places
from survey.stats import counted
from survey.stats.sampling import Sampling, stages_with_error

#: More sampling units than this do not fit in memory beside domains and levels.
MAX_UNITS = 200_000


@dataclass(frozen=True)
class Layout:
    """Where in the table the design lies.

    Attributes
    ----------
    place : column of the finest sampling unit; of the stratum where every respondent is a PSU.
    sizes : categories of each margin; empty without calibration.
    keys : (C,) int, the crossings of all margins that anyone lies in, ascending.
    n : respondents.
    heaviest : the largest weight, square of a weight, or base weight; at least 1.
    """

    sampling: Sampling
    place: str
    sizes: tuple[int, ...]
    keys: Codes
    n: int
    heaviest: float

    def decimals(self, largest: float = 1.0) -> int:
        """Decimals of sums of weights, or of weights × numbers of at most `largest`."""
        return places(self.n, self.heaviest * max(largest, 1.0))

    @property
    def calibrated(self) -> bool:
        """Whether the weights were calibrated."""
        return bool(self.sizes)

    def key(self, table: Table) -> IntegerValue:
        """The crossing of all margins a respondent lies in, as one number."""
        found = table[f"{MARGIN}1"].cast("int64")
        for at, size in enumerate(self.sizes[1:], start=2):
            found = found * size + table[f"{MARGIN}{at}"]
        return found

    def pattern(self, key: Codes) -> Codes:
        """Position of each crossing among those that occur."""
        return np.searchsorted(self.keys, key)


def read(table: Table, design: DesignSpec, file: str) -> Layout:
    """The design of the respondents of a table.

    Raises
    ------
    DesignError
        Replicate weights, or too many sampling units that are no respondents.
    """
    if f"{REPLICATE}1" in table.columns:
        hint = "Leave `replicates` out: linearisation needs none. Or set engine: memory."
        raise _refusal(file, "design.replicates", "replicate weights", "strata and sampling units", hint)
    extent = _extent(table)
    sizes = _margin_sizes(table)
    decimals = places(extent.n, extent.heaviest)
    keys, margins = _margins(table, sizes, decimals) if sizes else (np.zeros(0, dtype=np.intp), None)
    depth = extent.depth
    elementwise = depth == 1 and extent.units[0] == extent.n
    place = f"{STRATUM}1" if elementwise else f"{PSU}{depth}"
    if not elementwise and extent.units[depth - 1] > MAX_UNITS:
        found = f"{extent.units[depth - 1]} sampling units of stage {depth}"
        hint = "Set engine: memory, or declare fewer stages: without an fpc the first carries the whole error."
        raise _refusal(file, "design.psu", found, f"at most {MAX_UNITS}", hint)
    sampling = _strata(table, design, decimals) if elementwise else _units(table, design, depth, decimals)
    layout = Layout(sampling, place, sizes, keys, extent.n, extent.heaviest)
    return layout if margins is None else replace(layout, sampling=_calibrated(table, layout, margins))


def _refusal(file: str, column: str, found: str, expected: str, hint: str) -> DesignError:
    return DesignError(Problem(file, None, column, f"{found}, which no engine but memory carries", expected, hint))


class _Extent(NamedTuple):
    """How much there is: respondents, units of each stage, stages with error, and the heaviest weight."""

    n: int
    units: list[int]
    depth: int
    heaviest: float


def _extent(table: Table) -> _Extent:
    stages = range(1, sum(name.startswith(PSU) for name in table.columns) + 1)
    weights = [table[name] for name in (WEIGHT, BASE_WEIGHT) if name in table.columns]
    wanted = {"n": table.count()} | {f"w{at}": weight.max() for at, weight in enumerate(weights)}
    for at in stages:
        fpc = table[f"{FPC}{at}"]
        wanted[f"u{at}"] = table[f"{PSU}{at}"].max() + 1
        wanted[f"f{at}"] = fpc.min(where=~fpc.isinf())
    row = table.aggregate(**wanted).to_pyarrow().to_pylist()[0]
    n, fixed = np.array([row["n"]]), [row[f"f{at}"] for at in stages]
    depth = len(stages_with_error([(n, n, np.array([np.inf if f is None else f])) for f in fixed]))
    heaviest = max(1.0, row["w0"] ** 2, *(row[f"w{at}"] for at in range(len(weights))))
    return _Extent(row["n"], [row[f"u{at}"] for at in stages], depth, heaviest)


def _margin_sizes(table: Table) -> tuple[int, ...]:
    names = [name for name in table.columns if name.startswith(MARGIN)] if BASE_WEIGHT in table.columns else []
    if not names:
        return ()
    ordered = [f"{MARGIN}{at}" for at in range(1, len(names) + 1)]
    row = table.aggregate(**{f"m{name}": table[name].max() + 1 for name in ordered}).to_pyarrow().to_pylist()[0]
    return tuple(int(row[f"m{name}"]) for name in ordered)


def _margins(table: Table, sizes: tuple[int, ...], decimals: int) -> tuple[Codes, counted.Margins]:
    names = [f"{MARGIN}{at}" for at in range(1, len(sizes) + 1)]
    found = _arrays(table.group_by(names).agg(base=exact(table[BASE_WEIGHT], decimals)))
    codes = [found[name].astype(np.intp) for name in names]
    key = np.ravel_multi_index(codes, sizes)
    order = np.argsort(key)
    return key[order], counted.Margins([code[order] for code in codes], found["base"][order])


def _strata(table: Table, design: DesignSpec, decimals: int) -> Sampling:
    sums = {"n": table.count(), "w": exact(table[WEIGHT], decimals), "size": table[f"{FPC}1"].max()}
    found = _sorted(_arrays(table.group_by(h=table[f"{STRATUM}1"]).agg(**sums)), "h")
    return counted.strata(found["n"].astype(np.intp), found["w"], found["size"].astype(float), design.lonely_psu)


def _units(table: Table, design: DesignSpec, depth: int, decimals: int) -> Sampling:
    names = [f"{part}{at}" for at in range(1, depth + 1) for part in (STRATUM, PSU, FPC)]
    sums = {"n": table.count(), "w": exact(table[WEIGHT], decimals)}
    found = _sorted(_arrays(table.group_by(names).agg(**sums)), f"{PSU}{depth}")
    stages = [
        (
            found[f"{STRATUM}{at}"].astype(np.intp),
            found[f"{PSU}{at}"].astype(np.intp),
            found[f"{FPC}{at}"].astype(float),
        )
        for at in range(1, depth + 1)
    ]
    return counted.units(found["n"].astype(np.intp), found["w"], stages, design.lonely_psu)


def _calibrated(table: Table, layout: Layout, margins: counted.Margins) -> Sampling:
    weight = table[WEIGHT]
    grouped = table.group_by(place=table[layout.place], key=layout.key(table))
    decimals = layout.decimals()
    found = _arrays(
        grouped.agg(w=exact(weight, decimals), square=exact(weight * weight, decimals)).order_by(["place", "key"])
    )
    place, pattern = found["place"].astype(np.intp), layout.pattern(found["key"].astype(np.intp))
    if layout.sampling.elementwise:
        return counted.calibrated_strata(layout.sampling, margins, place, pattern, found["w"], found["square"])
    return counted.calibrated(layout.sampling, margins, place, pattern, found["w"])


def _arrays(table: Table) -> dict[str, np.ndarray]:
    found = table.to_pyarrow()
    return {name: found[name].to_numpy() for name in found.column_names}


def _sorted(columns: dict[str, Floats], by: str) -> dict[str, Floats]:
    order = np.argsort(columns[by], kind="stable")
    return {name: values[order] for name, values in columns.items()}
