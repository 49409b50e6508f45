"""The key `engine`: where respondents are counted, as one word or with an option."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from survey.core.schema.shape import Shape, refusal

#: Engine → its options.
_ENGINES = {"duckdb": {"memory"}, "spark": {"master"}}


def _engine(value: Any) -> Any:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and len(value) == 1:
        name, options = next(iter(value.items()))
        if isinstance(options, dict) and set(options) <= _ENGINES.get(name, set()):
            return {"name": name, **options}
    raise refusal("memory, duckdb or spark, or {duckdb: {memory: 4GB}}, or {spark: {master: an address}}")


class EngineShape(Shape):
    """Where respondents are counted."""

    name: Literal["memory", "duckdb", "spark"]
    """memory, DuckDB in this process, or a Spark cluster."""
    memory: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$")] = "1GB"
    """Most that DuckDB may use; beyond, it works on disk."""
    master: str = "local[2]"
    """Master of the Spark cluster."""


def _engine_schema(name: str, option: str, words: str) -> dict[str, Any]:
    options = {"type": "object", "properties": {option: {"type": "string", "description": words}}}
    inner = options | {"additionalProperties": False, "description": f"Options of {name}."}
    return {"type": "object", "properties": {name: inner}, "additionalProperties": False}


Engine = Annotated[
    EngineShape,
    BeforeValidator(_engine),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["memory", "duckdb", "spark"]},
                _engine_schema("duckdb", "memory", "Most that DuckDB may use, such as 4GB."),
                _engine_schema("spark", "master", "Master of the Spark cluster."),
            ]
        }
    ),
]
