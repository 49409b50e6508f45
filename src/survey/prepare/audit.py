"""The rules by which a cell or a record changes, and the audit rows that say where each was applied.

Every cell that a question reads ends under exactly one rule, so cells read = cells kept + cells under
each other rule. A new repair is a name in `CHANGES`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.wave import AUDIT_COLUMNS

KEPT = "kept"

#: The instrument's own reading of a cell: counted, not listed. Nothing is lost and nothing was repaired.
READINGS = ("label", "same_number", "selection", "declared_missing")

#: Kinds of personal data, the most telling first; a text that holds several is listed under the first.
PERSONAL = ("nik", "kk", "npwp", "phone", "email", "coordinates", "url", "plate")

#: Repairs and losses: each such cell is a row of the audit.
CHANGES = (
    "trimmed", "spelling", "synonym", "recode", "file_label", "number_format", "date_format", "control_characters",
    "user_missing", "unknown_code", "not_a_number", "not_a_date", "out_of_range", "routed_past",
    *(f"redacted:{kind}" for kind in PERSONAL),
)  # fmt: skip

#: Values that cannot be read; too many of them in a column stop the run.
UNREADABLE = ("unknown_code", "not_a_number", "not_a_date")

RULES = (KEPT, *READINGS, *CHANGES)
RULE = {name: np.int8(i) for i, name in enumerate(RULES)}
FIRST_CHANGE = RULE[CHANGES[0]]

#: Records and columns that leave whole.
WHERE, NO_CONSENT, DUPLICATE, IDENTIFIER = "where", "no_consent", "duplicate", "identifier_dropped"
#: Respondents whom a rule of the study leaves out.
EXCLUDED = "excluded"


def removed_records(rows: Iterable[int], rule: str, ids: Iterable[str | None] | None = None) -> pd.DataFrame:
    """Audit rows of whole records that left; they hold no values."""
    rows = list(rows)
    return _rows({"row": rows, "id": list(ids) if ids is not None else [None] * len(rows), "rule": rule})


def dropped_columns(names: Iterable[str]) -> pd.DataFrame:
    """Audit rows of columns that hold identifiers and never reached the frame."""
    return _rows({"column": list(names), "rule": IDENTIFIER})


def changed_cells(
    column: str,
    rows: NDArray[np.int64],
    ids: NDArray[np.object_],
    raw: list[str | None],
    clean: list[str],
    rule: list[str],
) -> pd.DataFrame:
    """Audit rows of the changed cells of one question."""
    return _rows({"row": rows, "id": ids, "column": column, "raw": raw, "clean": clean, "rule": rule})


def join(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One audit of several, in the order of the steps that made them."""
    filled = [p for p in parts if len(p)]
    return pd.concat(filled, ignore_index=True) if filled else _rows({})


def _rows(columns: dict[str, object]) -> pd.DataFrame:
    types = {"row": "Int64"} | dict.fromkeys(AUDIT_COLUMNS[1:], "string")
    return pd.DataFrame(columns, columns=list(AUDIT_COLUMNS)).astype(types)
