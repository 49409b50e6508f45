"""Parquet files, alone or as the parts of a folder in the order of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from survey.errors import InputError, Problem
from survey.prepare.readers import cells, header
from survey.prepare.readers.source import MAX_CELLS, Part, Source, Table

if TYPE_CHECKING:
    import pyarrow as pa


def read(source: Source) -> Table:
    """Every record as text; logical values are 1 and 0, zoned times are local times of their zone.

    Raises
    ------
    InputError
        If a part is corrupt or has another schema than the first, or a column is nested or binary.
    """
    import pyarrow as pa

    files = [_opened(source, part) for part in source.parts]
    _refuse_size(source, [f.metadata for f in files])
    schemas = [f.schema_arrow.remove_metadata() for f in files]
    head = header.read(source, schemas[0].names, row=None)
    problems = [*head.problems, *_differences(source, schemas), *_unsupported(source, schemas[0])]
    if problems:
        raise InputError(problems)
    found = pa.concat_tables([_parsed(source, part, f) for part, f in zip(source.parts, files, strict=True)])
    if not found.num_rows:
        raise source.refusal("no record", "answers")
    columns = {name: _column(found.column(i)) for i, name in enumerate(head.names)}
    zones = sorted({f"{f.name} in {f.type.tz}" for f in schemas[0] if getattr(f.type, "tz", None)})
    return Table(
        pd.DataFrame(columns),
        pd.RangeIndex(1, found.num_rows + 1),
        decisions={
            "parts": str(len(files)),
            "records": str(found.num_rows),
            "logical_values": "1 and 0",
            **({"time_zones": ", ".join(zones)} if zones else {}),
            **head.decisions,
        },
    )


def _opened(source: Source, part: Part) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.BufferReader(part.content))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _corrupt(source, part) from error


def _parsed(source: Source, part: Part, file: Any) -> pa.Table:
    import pyarrow as pa

    try:
        return file.read().replace_schema_metadata()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _corrupt(source, part) from error


def _corrupt(source: Source, part: Part) -> InputError:
    found = f"a truncated or corrupt file {part.name if len(source.parts) > 1 else ''}".rstrip()
    return source.refusal(found, "a whole Parquet file", "Export the data again.")


def _refuse_size(source: Source, shapes: list[Any]) -> None:
    records, columns = sum(s.num_rows for s in shapes), shapes[0].num_columns
    if records * columns > MAX_CELLS:
        raise source.refusal(f"{records} records of {columns} columns", f"at most {MAX_CELLS} cells in memory")


def _differences(source: Source, schemas: list[pa.Schema]) -> list[Problem]:
    first = source.parts[0].name
    return [
        source.problem(f"another schema in {part.name}", f"the names and types of {first}", "Write all parts alike.")
        for part, schema in zip(source.parts, schemas, strict=True)
        if not schema.equals(schemas[0])
    ]


def _unsupported(source: Source, schema: pa.Schema) -> list[Problem]:
    import pyarrow.types as kinds

    def refused(kind: pa.DataType) -> bool:
        if kinds.is_dictionary(kind):
            return refused(kind.value_type)
        binary = (kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary, kinds.is_binary_view)
        return kinds.is_nested(kind) or any(test(kind) for test in binary)

    return [
        source.problem(f"a column of type {f.type}", "one text, number or date a cell", column=f.name)
        for f in schema
        if refused(f.type)
    ]


def _column(values: pa.ChunkedArray) -> pd.Series:
    """A column as text: by Arrow where its text is ours, else each distinct value by itself."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if kinds.is_boolean(values.type):
        values = values.cast(pa.int8())
    kind = values.type
    if kinds.is_null(kind) or kinds.is_string(kind) or kinds.is_integer(kind) or kinds.is_large_string(kind):
        return cells.emptied(values.cast(pa.large_string()).to_pandas())
    if kinds.is_floating(kind):
        return cells.written(values.to_numpy(), cells.number).cells
    distinct = values.combine_chunks().dictionary_encode()
    texts = [cells.text(v) for v in distinct.dictionary.to_pylist()]
    codes = distinct.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return pd.Series(pd.array([*texts, None], dtype="str").take(np.asarray(codes, dtype=np.int64)))
