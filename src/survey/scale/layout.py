"""The sampling design of a prepared wave, read from its table: units, strata, margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ibis.expr.types import IntegerValue, Table

from survey.core.design import Codes, Floats
from survey.core.study import DesignSpec
from survey.core.wave import BASE_WEIGHT, FPC, MARGIN, PSU, REPLICATE, STRATUM, WEIGHT
from survey.errors import DesignError, Problem
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
    """

    sampling: Sampling
    place: str
    sizes: tuple[int, ...]
    keys: Codes

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
    n, units, fixed = _extent(table)
    depth = len(stages_with_error([(n, n, np.array([np.inf if f is None else f])) for f in fixed]))
    sizes = _margin_sizes(table)
    keys, margins = _margins(table, sizes) if sizes else (np.zeros(0, dtype=np.intp), None)
    elementwise = depth == 1 and units[0] == int(n[0])
    place = f"{STRATUM}1" if elementwise else f"{PSU}{depth}"
    if not elementwise and units[depth - 1] > MAX_UNITS:
        found = f"{units[depth - 1]} sampling units of stage {depth}"
        hint = "Set engine: memory, or declare fewer stages: without an fpc the first carries the whole error."
        raise _refusal(file, "design.psu", found, f"at most {MAX_UNITS}", hint)
    sampling = _strata(table, design) if elementwise else _units(table, design, depth)
    layout = Layout(sampling, place, sizes, keys)
    if margins is None:
        return layout
    return Layout(_calibrated(table, layout, margins), place, sizes, keys)


def _refusal(file: str, column: str, found: str, expected: str, hint: str) -> DesignError:
    return DesignError(Problem(file, None, column, f"{found}, which no engine but memory carries", expected, hint))


def _extent(table: Table) -> tuple[Codes, list[int], list[float | None]]:
    """Respondents; units of each stage; a finite fpc of each stage, None where there is none."""
    depth = sum(name.startswith(PSU) for name in table.columns)
    wanted = {"n": table.count()}
    for at in range(1, depth + 1):
        fpc = table[f"{FPC}{at}"]
        wanted[f"u{at}"] = table[f"{PSU}{at}"].max() + 1
        wanted[f"f{at}"] = fpc.min(where=~fpc.isinf())
    row = table.aggregate(**wanted).to_pyarrow().to_pylist()[0]
    stages = range(1, depth + 1)
    return np.array([row["n"]]), [row[f"u{at}"] for at in stages], [row[f"f{at}"] for at in stages]


def _margin_sizes(table: Table) -> tuple[int, ...]:
    names = [name for name in table.columns if name.startswith(MARGIN)] if BASE_WEIGHT in table.columns else []
    if not names:
        return ()
    ordered = [f"{MARGIN}{at}" for at in range(1, len(names) + 1)]
    row = table.aggregate(**{f"m{name}": table[name].max() + 1 for name in ordered}).to_pyarrow().to_pylist()[0]
    return tuple(int(row[f"m{name}"]) for name in ordered)


def _margins(table: Table, sizes: tuple[int, ...]) -> tuple[Codes, counted.Margins]:
    names = [f"{MARGIN}{at}" for at in range(1, len(sizes) + 1)]
    found = _arrays(table.group_by(names).agg(base=table[BASE_WEIGHT].sum()))
    codes = [found[name].astype(np.intp) for name in names]
    key = np.ravel_multi_index(codes, sizes)
    order = np.argsort(key)
    return key[order], counted.Margins([code[order] for code in codes], found["base"][order])


def _strata(table: Table, design: DesignSpec) -> Sampling:
    sums = {"n": table.count(), "w": table[WEIGHT].sum(), "size": table[f"{FPC}1"].max()}
    found = _sorted(_arrays(table.group_by(h=table[f"{STRATUM}1"]).agg(**sums)), "h")
    return counted.strata(found["n"].astype(np.intp), found["w"], found["size"].astype(float), design.lonely_psu)


def _units(table: Table, design: DesignSpec, depth: int) -> Sampling:
    names = [f"{part}{at}" for at in range(1, depth + 1) for part in (STRATUM, PSU, FPC)]
    sums = {"n": table.count(), "w": table[WEIGHT].sum()}
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
    found = _arrays(grouped.agg(w=weight.sum(), square=(weight * weight).sum()))
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
