"""Tables as bytes: Parquet, CSV that no spreadsheet computes, JSON. The same table, the same bytes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow

#: A text cell that a spreadsheet would compute (OWASP ASVS 1.2.10, full-width signs included).
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
#: A text that `inert` quoted.
QUOTED = re.compile(rf"^'({FORMULA.pattern}.*)$", re.DOTALL)


def parquet(table: pd.DataFrame) -> bytes:
    """A Parquet file of the table, without its index and without its attributes."""
    import pyarrow
    import pyarrow.parquet

    bare = table.reset_index(drop=True)
    bare.attrs = {}  # would travel into the file's metadata
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pandas(bare, preserve_index=False), buffer, compression="zstd", version="2.6"
    )
    return buffer.getvalue()


def from_parquet(content: bytes) -> pd.DataFrame:
    """The table that `parquet` wrote."""
    import pyarrow.parquet

    table: pd.DataFrame = pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas()
    return table


def csv(table: pd.DataFrame) -> bytes:
    """A CSV file of the table (RFC 4180, UTF-8, line feeds, full precision; missing is empty)."""
    import pyarrow
    import pyarrow.csv

    columns = [_column(table[name]) for name in table]
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(pyarrow.Table.from_arrays(columns, [str(name) for name in table]), buffer)
    return buffer.getvalue()


def from_csv(content: bytes) -> pd.DataFrame:
    """The table that `csv` wrote, every cell a text; an empty cell is missing.

    Raises
    ------
    ValueError
        If the last line is not complete, or another has too many cells.
    """
    import pandas as pd

    if not content.endswith(b"\n"):
        raise ValueError("the last line is not complete")
    table = pd.read_csv(io.BytesIO(content), dtype="string", keep_default_na=False, na_values=[""])
    quoted = [str(name) for name in table if table[name].str.startswith("'").any()]
    return table.assign(**{name: table[name].str.replace(QUOTED, r"\1", regex=True) for name in quoted})


def _column(cells: pd.Series) -> pyarrow.Array:
    """Numbers as they are; everything else as text that is computed by no spreadsheet."""
    import pandas as pd
    import pyarrow
    from pandas.api.types import is_numeric_dtype

    if is_numeric_dtype(cells):
        return pyarrow.array(cells, from_pandas=True)
    place, distinct = pd.factorize(cells)
    texts = pyarrow.array([inert(str(cell)) for cell in distinct], pyarrow.string())
    return texts.take(pyarrow.array(place, mask=place < 0))


def inert(text: str) -> str:
    """A text that a spreadsheet shows as it is: quoted where it would be computed."""
    return "'" + text if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def tables_json(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Small named tables as one JSON file; `from_tables_json` gives them back."""
    document = {
        name: [
            {"column": str(column), "type": _type(table[column]), "values": _values(table[column])} for column in table
        ]
        for name, table in tables.items()
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def from_tables_json(content: bytes) -> dict[str, pd.DataFrame]:
    """The tables that `tables_json` wrote."""
    import pandas as pd

    return {
        name: pd.DataFrame({c["column"]: pd.Series(c["values"], dtype=c["type"]) for c in columns})
        for name, columns in json.loads(content).items()
    }


def _type(cells: pd.Series) -> str:
    from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype, is_object_dtype

    for known, name in ((is_bool_dtype, "boolean"), (is_integer_dtype, "Int64"), (is_float_dtype, "float64")):
        if known(cells):
            return name
    return "object" if is_object_dtype(cells) else "string"


def _values(cells: pd.Series) -> list[object]:
    known = cells.notna() & ~cells.isin([float("inf"), float("-inf")])  # JSON has no word for infinity
    plain = cells.astype(object).where(known, None).tolist()
    return [value if isinstance(value, str | int | float | bool | None) else str(value) for value in plain]
