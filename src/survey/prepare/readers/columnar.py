"""Parquet files, alone or as the parts of a folder in the order of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from survey.errors import InputError, Problem
from survey.prepare.readers import cells, header
from survey.prepare.readers.source import MAX_CELLS, Source, Table

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

    files = Files.of(source, {part.name: pa.BufferReader(part.content) for part in source.parts})
    files.refuse_size()
    found = pa.concat_tables([files.parsed(name, file.read) for name, file in files.opened.items()])
    return files.table(found, 1)


def batches(source: Source, paths: Sequence[Path], size: int) -> Iterator[Table]:
    """The records as `read` gives them, at most `size` at a time; the source's parts are left aside."""
    files = Files.of(source, {path.name: str(path) for path in paths})
    row = 1
    for name, file in files.opened.items():
        following = partial(_next, file.iter_batches(batch_size=size), file.schema_arrow)
        while (found := files.parsed(name, following)).num_rows:
            yield files.table(found, row)
            row += found.num_rows


def _next(each: Iterator[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """The next records; none at the end."""
    import pyarrow as pa

    return pa.Table.from_batches([batch for batch in [next(each, None)] if batch is not None], schema)


@dataclass(frozen=True)
class Files:
    """Parquet files of one schema.

    Attributes
    ----------
    opened : name → file; schema : of all of them, without metadata.
    """

    source: Source
    opened: Mapping[str, Any] = field(repr=False)
    schema: pa.Schema = field(repr=False)
    head: header.Header = field(repr=False)

    @classmethod
    def of(cls, source: Source, places: Mapping[str, Any]) -> Files:
        """The files in `places`: name → path, or what Arrow can read."""
        opened = {name: _opened(source, name, place, len(places) > 1) for name, place in places.items()}
        schemas = {name: file.schema_arrow.remove_metadata() for name, file in opened.items()}
        first = next(iter(schemas.values()))
        head = header.read(source, first.names, row=None)
        if problems := [*head.problems, *_differences(source, schemas), *_unsupported(source, first)]:
            raise InputError(problems)
        files = cls(source, opened, first, head)
        if not files.records:
            raise source.refusal("no record", "answers")
        return files

    @property
    def records(self) -> int:
        """Records of all files."""
        return sum(file.metadata.num_rows for file in self.opened.values())

    def refuse_size(self) -> None:
        """Refuse what does not fit in memory."""
        if self.records * len(self.schema) > MAX_CELLS:
            raise self.source.refusal(
                f"{self.records} records of {len(self.schema)} columns",
                f"at most {MAX_CELLS} cells in memory",
                "Set engine: duckdb in study.yaml, which reads them in batches.",
            )

    def parsed(self, name: str, read: Callable[[], pa.Table]) -> pa.Table:
        """Records that `read` gives."""
        import pyarrow as pa

        try:
            return read().replace_schema_metadata()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _corrupt(self.source, name, len(self.opened) > 1) from error

    def table(self, found: pa.Table, row: int) -> Table:
        """Records as text, the first of them record `row` of the source."""
        columns = {name: _column(found.column(i)) for i, name in enumerate(self.head.names)}
        zones = sorted({f"{f.name} in {f.type.tz}" for f in self.schema if getattr(f.type, "tz", None)})
        return Table(
            pd.DataFrame(columns),
            pd.RangeIndex(row, row + found.num_rows),
            decisions={
                "parts": str(len(self.opened)),
                "records": str(self.records),
                "logical_values": "1 and 0",
                **({"time_zones": ", ".join(zones)} if zones else {}),
                **self.head.decisions,
            },
        )


def _opened(source: Source, name: str, place: Any, several: bool) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(place)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _corrupt(source, name, several) from error


def _corrupt(source: Source, name: str, several: bool) -> InputError:
    found = f"a truncated or corrupt file {name if several else ''}".rstrip()
    return source.refusal(found, "a whole Parquet file", "Export the data again.")


def _differences(source: Source, schemas: Mapping[str, pa.Schema]) -> list[Problem]:
    first, expected = next(iter(schemas.items()))
    return [
        source.problem(f"another schema in {name}", f"the names and types of {first}", "Write all parts alike.")
        for name, schema in schemas.items()
        if not schema.equals(expected)
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
