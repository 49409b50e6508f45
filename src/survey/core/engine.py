"""Where respondents are counted: in memory, by DuckDB or on a Spark cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """Where respondents are counted.

    Attributes
    ----------
    memory : most that DuckDB may use, such as ``1GB``; beyond, it works on disk.
    master : of the Spark cluster.
    """

    name: Literal["memory", "duckdb", "spark"] = "memory"
    memory: str = "1GB"
    master: str = "local[2]"

    @property
    def in_parts(self) -> bool:
        """Whether answers are prepared and kept in parts, outside memory."""
        return self.name != "memory"
