"""The floor: a process that reads the file's columns and does nothing with them. Usage: scan.py FILE.parquet [domain]

With `domain` only the columns that the domain tables need.
"""

from __future__ import annotations

import sys

import pyarrow.parquet as parquet
from layout import DESIGN, GROUPS, SCORES

if __name__ == "__main__":
    columns = [*DESIGN, *GROUPS, *SCORES] if "domain" in sys.argv[2:] else None
    parquet.read_table(sys.argv[1], columns=columns, pre_buffer=False)
