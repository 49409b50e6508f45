"""Records that repeat an earlier one, found on disk by DuckDB where they do not fit in memory.

The rules are those of `prepare.respondents`; what is compared are hashes of the cells, 128 bits each.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Keys of the two halves of a hash.
_KEYS = ("survey-repeats-1", "survey-repeats-2")

#: Source row, hash of its cells, of its id if that is known, of its answers.
_TABLE = """
create table seen (r bigint, c1 ubigint, c2 ubigint, i1 ubigint, i2 ubigint, known boolean, a1 ubigint, a2 ubigint)
"""

#: Source rows of records that are the same as an earlier one, or hold the same id and answers.
_REPEATED = """
with same as (select c1, c2, min(r) as first from seen group by c1, c2 having count(*) > 1),
answers as (select i1, i2, a1, a2, min(r) as first from seen where known
            group by i1, i2, a1, a2 having count(*) > 1)
select r from seen join same using (c1, c2) where r > first
union
select r from seen join answers using (i1, i2, a1, a2) where known and r > first
order by r
"""

#: Source rows that share an id although their answers differ, grouped.
_CONFLICTS = """
with once as (select * from seen where known and r not in (select r from repeated)),
several as (select i1, i2, min(r) as first from once group by i1, i2 having count(*) > 1)
select list(r order by r) from once join several using (i1, i2) group by first order by first
"""


class Repeats:
    """Hashes of a file's records in a database under `folder`, which `with` closes."""

    def __init__(self, folder: Path, memory: str) -> None:
        import duckdb

        self._database = duckdb.connect(str(folder / "repeats.duckdb"))
        self._database.execute(f"set memory_limit = '{memory}'")
        self._database.execute(f"set temp_directory = '{folder}'")
        self._database.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, rows: pd.Index, records: pd.DataFrame, answers: pd.DataFrame, ids: pd.Series | None) -> None:
        """Remember some records: all their cells, those that tell records of one id apart, and the id, NA if blank."""
        columns = dict(zip(("c1", "c2"), _hashes(records), strict=True))
        columns |= dict(zip(("a1", "a2"), _hashes(answers), strict=True))
        texts = pd.Series(pd.NA, index=records.index, dtype="string") if ids is None else ids
        columns |= dict(zip(("i1", "i2"), _hashes(texts), strict=True))
        frame = pd.DataFrame({"r": rows.to_numpy(np.int64), "known": texts.notna().to_numpy(np.bool_), **columns})
        self._database.register("batch", frame)
        self._database.execute("insert into seen select r, c1, c2, i1, i2, known, a1, a2 from batch")
        self._database.unregister("batch")

    def found(self) -> NDArray[np.int64]:
        """Source rows of repeated records, ascending."""
        self._database.execute(f"create or replace temp table repeated as {_REPEATED}")
        rows = self._database.execute("select r from repeated order by r").fetchnumpy()["r"]
        return np.asarray(rows, dtype=np.int64)

    def conflicts(self) -> list[list[int]]:
        """After `found`: source rows that share an id and differ in their answers, a list for each id."""
        return [rows for (rows,) in self._database.execute(_CONFLICTS).fetchall()]


def _hashes(cells: pd.DataFrame | pd.Series) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    if isinstance(cells, pd.DataFrame) and not len(cells.columns):
        nothing = np.zeros(len(cells), dtype=np.uint64)
        return nothing, nothing
    first, second = (pd.util.hash_pandas_object(cells, index=False, hash_key=key) for key in _KEYS)
    return np.asarray(first, dtype=np.uint64), np.asarray(second, dtype=np.uint64)
