"""The kinds of value that both YAML files are made of: texts, names, codes, days, expressions.

A validator here says what it expected in the words of a `Problem`; `validate` adds file, line, path.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from survey.core.codes import code_text
from survey.core.expression import Expression, parse
from survey.errors import SchemaError, nearest

#: Type of the error that a text lacks a declared language: reported, but the text is still used.
MISSING_LANGUAGE = "missing_language"
LANGUAGE_KEY = r"^[a-z]{2,3}([_-][A-Za-z0-9]+)*$"
_SCALAR = {"type": ["string", "number"]}
_TEXTS = {"type": "object", "patternProperties": {LANGUAGE_KEY: _SCALAR}, "additionalProperties": False}
TEXT_SCHEMA = {"anyOf": [_SCALAR, _TEXTS], "description": "One text for every language, or language: text."}


class Shape(BaseModel):
    """A mapping whose keys are all known."""

    model_config = ConfigDict(
        # A run reads two files: shapes that only others contain are never built on their own.
        defer_build=True,
        extra="forbid",
        strict=True,
        frozen=True,
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
    )


def refusal(expected: str, found: str = "", hint: str = "", at: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """An error that `validate` turns into a problem; `at` leads from the value to the part of it meant."""
    words = {"expected": expected, "found": found, "hint": hint, "at": at}
    return PydanticCustomError("survey", "{expected}", words)


def is_language(key: object, languages: tuple[str, ...]) -> bool:
    """Whether `key` is a declared language or one that Babel knows."""
    if key in languages:
        return True
    if not isinstance(key, str) or not 2 <= len(key) <= 12 or not key[0].islower():
        return False
    from babel import localedata

    return localedata.exists(key.replace("-", "_"))


def _languages(info: ValidationInfo) -> tuple[str, ...]:
    languages: tuple[str, ...] = (info.context or {}).get("languages", ())
    return languages


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _text_map(value: Any, info: ValidationInfo) -> Any:
    if _is_scalar(value):
        return {"": code_text(value)}
    if not isinstance(value, dict):
        raise refusal("a text, or one text a language")
    languages = _languages(info)
    for key, text in value.items():
        if not is_language(key, languages):
            raise refusal(f"a language such as {', '.join(languages)}", repr(key), nearest(key, languages), (key,))
        if not _is_scalar(text):
            raise refusal("a text", at=(key,))
    absent = [lang for lang in languages if lang not in value]
    if absent and value and not (info.context or {}).get("incomplete"):
        words = {"expected": f"a text in {', '.join(absent)} too", "found": f"only {', '.join(map(str, value))}"}
        raise PydanticCustomError(MISSING_LANGUAGE, "{expected}", words)
    return {key: code_text(text) for key, text in value.items()}


def _name(value: Any) -> Any:
    if not _is_scalar(value):
        raise refusal("a name" if not isinstance(value, list | dict) else "one name")
    return code_text(value)


def _file_name(value: Any) -> Any:
    name = _name(value)
    if "\0" in name:  # the system calls that meet it do not say which name it was
        raise refusal("the name of a file")
    return name


def _names(value: Any) -> Any:
    if value is None:
        return []
    return [_name(v) for v in value] if isinstance(value, list) else [_name(value)]


def _code(value: Any) -> Any:
    if not _is_scalar(value):
        raise refusal("a number or a text")
    return value


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refusal("a day such as 2025-08-01") from None


def _expression(value: Any) -> Any:
    if not _is_scalar(value):
        raise refusal("an expression in quotes")
    try:
        return parse(code_text(value))
    except SchemaError as error:
        problem = error.problems[0]
        raise refusal(problem.expected, problem.found, problem.hint) from None


def _condition(value: Any) -> Any:
    expression = _expression(value)
    if expression.kind not in ("condition", "name"):
        raise refusal("a condition such as x >= 2", f"an expression that yields a {expression.kind}")
    return expression


_FORMULA = WithJsonSchema({"type": ["string", "number"]})

Text: TypeAlias = Annotated[dict[str, str], BeforeValidator(_text_map), WithJsonSchema(TEXT_SCHEMA)]
Name: TypeAlias = Annotated[str, BeforeValidator(_name), WithJsonSchema(_SCALAR)]
FileName: TypeAlias = Annotated[str, BeforeValidator(_file_name), WithJsonSchema(_SCALAR)]
Names: TypeAlias = Annotated[
    list[str],
    BeforeValidator(_names),
    WithJsonSchema({"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}, {"type": "null"}]}),
]
Code: TypeAlias = Annotated[Any, BeforeValidator(_code), WithJsonSchema(_SCALAR)]
Key: TypeAlias = Annotated[Any, WithJsonSchema({"type": "string"})]
Day: TypeAlias = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Formula: TypeAlias = Annotated[Expression, BeforeValidator(_expression), _FORMULA]
Condition: TypeAlias = Annotated[Expression, BeforeValidator(_condition), _FORMULA]
Identifier: TypeAlias = Annotated[str, BeforeValidator(_name), Field(pattern=r"^[\w.\-]+$"), WithJsonSchema(_SCALAR)]


def _language_keys(schema: dict[str, Any]) -> None:
    schema["properties"].pop("", None)
    taken = "|".join(schema["properties"])  # `of` and `from` look like languages
    schema["patternProperties"] = {f"^(?!({taken})$){LANGUAGE_KEY[1:]}": _SCALAR}


class Worded(Shape):
    """A mapping that carries its own text under language keys: ``{id: Umur, en: Age, …}``."""

    model_config = ConfigDict(json_schema_extra=_language_keys)

    words: Text = Field(default_factory=dict, alias="")

    @model_validator(mode="before")
    @classmethod
    def _gather_words(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        known = {name if field.alias is None else field.alias for name, field in cls.model_fields.items()}
        languages = _languages(info)
        words = {key: text for key, text in value.items() if key not in known and is_language(key, languages)}
        rest = {key: text for key, text in value.items() if key not in words}
        return rest | {"": words} if words else rest


def _label_or_words(schema: dict[str, Any]) -> None:
    _language_keys(schema)
    mapping = dict(schema)
    schema.clear()
    schema["anyOf"] = [_SCALAR, mapping]


def list_or_words(name: str) -> Callable[[dict[str, Any]], None]:
    """The JSON Schema of a mapping with words that may also be written as its one list, the key `name`."""

    def either(schema: dict[str, Any]) -> None:
        _language_keys(schema)
        mapping = dict(schema)
        schema.clear()
        schema["anyOf"] = [mapping["properties"][name], mapping]

    return either


class LevelShape(Worded):
    """One answer: a label for every language, or language: label."""

    model_config = ConfigDict(json_schema_extra=_label_or_words)

    abbr: Name | None = None
    """Short form of the label, for narrow tables."""
    exclusive: bool = False
    """In a multi-response question: cannot be chosen together with another."""
    of: list[Code] = Field(default_factory=list)
    """In a regrouping: the codes of the source that this level holds, where the key alone cannot say it."""

    @model_validator(mode="before")
    @classmethod
    def _plain_label(cls, value: Any) -> Any:
        if value is None or isinstance(value, bool | list):
            raise refusal("a label")
        return value if isinstance(value, dict) else {"": value}


Levels: TypeAlias = Annotated[dict[Key, LevelShape], Field(min_length=1)]


def stated(shape: Shape) -> dict[str, Any]:
    """The fields that the file states, defaults left out."""
    return {name: getattr(shape, name) for name in type(shape).model_fields if name in shape.model_fields_set}
