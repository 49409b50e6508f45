"""JSON Schemas of both files, with what the shapes' source says under each key as its description.

Pydantic can read those texts itself, but does so whenever the shapes are imported, which would cost
every command a tenth of a second; here they are read when an editor's schema is asked for.
"""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any

from survey.core.schema.instrument_shape import InstrumentShape
from survey.core.schema.shape import Shape
from survey.core.schema.study_shape import StudyShape

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas() -> dict[str, Any]:
    """JSON Schemas of ``study`` and ``instrument``."""
    return {"study": _schema(StudyShape), "instrument": _schema(InstrumentShape)}


def _schema(root: type[Shape]) -> dict[str, Any]:
    schema = {"$schema": DIALECT, **root.model_json_schema()}
    shapes = {shape.__name__: shape for shape in _descendants(Shape)}
    _describe(schema, root)
    for name, definition in schema.get("$defs", {}).items():
        for mapping in (definition, *definition.get("anyOf", ())):
            _describe(mapping, shapes[name])
    return schema


def _describe(schema: dict[str, Any], shape: type[Shape]) -> None:
    texts = _texts(shape)
    for name, field in shape.model_fields.items():
        key = name if field.alias is None else field.alias
        if key in schema.get("properties", {}):
            schema["properties"][key]["description"] = texts[name]


def _texts(shape: type[Shape]) -> dict[str, str]:
    """Field → the text that stands below it in the source of the class, or of a class it extends."""
    found: dict[str, str] = {}
    for origin in reversed([c for c in shape.__mro__ if issubclass(c, Shape)]):
        body = next(n.body for n in ast.walk(ast.parse(inspect.getsource(origin))) if isinstance(n, ast.ClassDef))
        for pair in pairwise(body):
            match pair:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = inspect.cleandoc(text).replace("\n", " ")
    return found


def _descendants(shape: type[Shape]) -> list[type[Shape]]:
    return [found for child in shape.__subclasses__() for found in (child, *_descendants(child))]
