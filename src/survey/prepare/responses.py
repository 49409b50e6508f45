"""A wave as one table and back: what lies in responses.parquet between `prepare` and `estimate`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey.core.design import Calibration, Design, Places, ReplicateWeights, Stage
from survey.core.instrument import Instrument
from survey.core.sampling import ReplicateSpec
from survey.core.study import WaveSpec
from survey.core.wave import WEIGHT, Wave
from survey.prepare.columns import codes_of

BASE_WEIGHT = "__base_weight"


def to_frame(wave: Wave) -> pd.DataFrame:
    """The wave's answers with the design's columns beside them.

    ``__weight`` is the final weight; ``__stratum_1 __psu_1 __fpc_1`` … the stages, as codes from 0
    that say nothing of the places they stand for, and ``__place_1 __place_2`` the stratum and unit of the
    first stage by numbers that other waves share; ``__base_weight`` and ``__margin_1`` … what
    calibration must remember.
    """
    design = wave.design
    extra: dict[str, np.ndarray] = {}
    for at, stage in enumerate(design.stages, start=1):
        extra[f"__stratum_{at}"] = stage.stratum.astype(np.int32)
        extra[f"__psu_{at}"] = stage.unit.astype(np.int32)
        extra[f"__fpc_{at}"] = stage.size
    if design.places is not None:
        extra["__place_1"] = design.places.stratum
        if design.places.unit is not None:
            extra["__place_2"] = design.places.unit
    if design.calibration is not None:
        extra[BASE_WEIGHT] = design.calibration.base_weight
        for at, code in enumerate(design.calibration.margins, start=1):
            extra[f"__margin_{at}"] = code.astype(np.int32)
    if (r := design.replicates) is not None:
        extra |= {f"__replicate_{at}": column for at, column in enumerate(r.weight.T, start=1)}
        extra |= {f"__rscale_{at}": np.full(design.n, value) for at, value in enumerate(r.rscales, start=1)}
        extra["__scale"] = np.full(design.n, np.nan if r.scale is None else r.scale)
    answers = _stored(wave.frame.drop(columns=WEIGHT, errors="ignore"))
    columns = pd.DataFrame({WEIGHT: design.weight} | extra, index=answers.index)
    return pd.concat([answers, columns], axis=1)


def _stored(answers: pd.DataFrame) -> pd.DataFrame:
    # Parquet keeps the categories of text only: a categorical of numbers comes back as floats.
    coded = [str(c) for c in answers if isinstance(answers[c].dtype, pd.CategoricalDtype)]
    numbers = {c: answers[c].astype("Int64") for c in coded if pd.api.types.is_integer_dtype(answers[c].cat.categories)}
    return answers.assign(**numbers)


def from_frame(frame: pd.DataFrame, spec: WaveSpec, instrument: Instrument) -> Wave:
    """The wave that `to_frame` wrote: categories in the instrument's order, the design rebuilt."""
    depth = sum(c.startswith("__psu_") for c in frame.columns)
    stages = tuple(
        Stage(
            frame[f"__stratum_{at}"].to_numpy(np.intp),
            frame[f"__psu_{at}"].to_numpy(np.intp),
            frame[f"__fpc_{at}"].to_numpy(float),
        )
        for at in range(1, depth + 1)
    )
    design = Design(
        frame[WEIGHT].to_numpy(float),
        stages,
        spec.design.lonely_psu,
        spec.design.overlap,
        weighted=spec.design.weight is not None or BASE_WEIGHT in frame,
        probability=spec.design.sampling == "probability",
        calibration=_calibration(frame),
        replicates=_replicates(frame, spec.design.replicates),
        places=_places(frame),
    )
    answers = {str(c): frame[c] for c in frame.columns if not c.startswith("__") or c == WEIGHT}
    dtypes: dict[tuple[object, ...], pd.CategoricalDtype] = {}
    for v in instrument.variables:
        if v.name in answers and v.levels and v.type != "multi":
            key = (v.type == "ordinal", *codes_of(v.levels))
            if key not in dtypes:
                dtypes[key] = pd.CategoricalDtype(list(key[1:]), ordered=v.type == "ordinal")
            answers[v.name] = _coded(answers[v.name], dtypes[key])
    return Wave(spec.name, instrument, pd.DataFrame(answers), design)


def _coded(stored: pd.Series, dtype: pd.CategoricalDtype) -> pd.Series:
    if isinstance(stored.dtype, pd.CategoricalDtype):
        return stored.cat.set_categories(dtype.categories, ordered=bool(dtype.ordered))
    values = stored.to_numpy(dtype=float, na_value=np.nan)
    place = dict(zip(dtype.categories.to_numpy(float), range(len(dtype.categories)), strict=True))
    found, at = np.unique(values, return_inverse=True)
    codes = np.array([place.get(value, -1) for value in found])[at]
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype), index=stored.index)


def _places(frame: pd.DataFrame) -> Places | None:
    if "__place_1" not in frame:
        return None
    unit = frame["__place_2"].to_numpy(np.int64) if "__place_2" in frame else None
    return Places(frame["__place_1"].to_numpy(np.int64), unit)


def _calibration(frame: pd.DataFrame) -> Calibration | None:
    if BASE_WEIGHT not in frame:
        return None
    count = sum(c.startswith("__margin_") for c in frame.columns)
    margins = tuple(frame[f"__margin_{at}"].to_numpy(np.intp) for at in range(1, count + 1))
    return Calibration(margins, tuple(int(m.max()) + 1 for m in margins), frame[BASE_WEIGHT].to_numpy(float))


def _replicates(frame: pd.DataFrame, spec: ReplicateSpec | None) -> ReplicateWeights | None:
    count = sum(c.startswith("__replicate_") for c in frame.columns)
    if not count or spec is None:
        return None
    weight = frame[[f"__replicate_{at}" for at in range(1, count + 1)]].to_numpy(float)
    factors = sum(c.startswith("__rscale_") for c in frame.columns)
    rscales = tuple(float(frame[f"__rscale_{at}"].iloc[0]) for at in range(1, factors + 1))
    scale = float(frame["__scale"].iloc[0])
    return ReplicateWeights(weight, spec.type, None if np.isnan(scale) else scale, rscales, spec.rho, spec.mse)
