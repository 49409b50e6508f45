"""Small instruments and files for the tests of cleaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import dedent

import pandas as pd

from survey.core.instrument import Instrument
from survey.core.sampling import DesignSpec
from survey.core.schema import load_instrument
from survey.core.study import WaveSpec
from survey.core.wave import Cleaned, Raw
from survey.core.words import Words
from survey.prepare.clean import clean

FILE = "responses.csv"


def instrument(yaml: str) -> Instrument:
    """An instrument of format 1 from its YAML without the first line."""
    return load_instrument("format: 1\n" + dedent(yaml), "instrument.yaml", ("id", "en"), lambda name: "")


def raw(columns: Mapping[str, Sequence[str | None]], **more: object) -> Raw:
    """A CSV file as it came; `more` overrides fields of `Raw`.

    A column `no` that no question names keeps rows apart, unless `columns` has its own.
    """
    frame = pd.DataFrame({name: pd.Series(list(cells), dtype="str") for name, cells in columns.items()})
    if "no" not in columns:
        frame["no"] = [f"n{i}" for i in range(len(frame))]
    given: dict[str, object] = {"format": "csv", "rows": pd.RangeIndex(2, len(frame) + 2)} | more
    return Raw(file=FILE, sha256="", frame=frame, **given)


def wave(**more: object) -> WaveSpec:
    """A wave `2025`; `more` overrides fields of `WaveSpec`."""
    given: dict[str, object] = {"design": DesignSpec()} | more
    return WaveSpec(name="2025", source=FILE, label=Words.plain("2025"), **given)


def cleaned(
    yaml: str, columns: Mapping[str, Sequence[str | None]], key: bytes | None = None, **more: object
) -> Cleaned:
    """The columns cleaned by the instrument; `more` overrides fields of `WaveSpec`."""
    return clean(raw(columns), instrument(yaml), wave(**more), FILE, key)
