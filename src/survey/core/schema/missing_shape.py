"""The kinds of missing answers as they are written: by code, by text, or one set a wave."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from survey.core.codes import code_text
from survey.core.missing import MISSING_KINDS
from survey.core.schema.shape import Worded, refusal
from survey.errors import nearest

#: What the four negative codes mean where a study does not say otherwise.
DEFAULT_KINDS = {-6: "blank", -7: "not_applicable", -8: "dont_know", -9: "refused"}


def _missing(value: Any) -> Any:
    """Wave (``""``: every wave) → source text → kind; a mapping inside the mapping belongs to a wave."""
    if not isinstance(value, dict):
        raise refusal("source code: kind of missing")
    every = {code_text(code): _kind(kind, code) for code, kind in value.items() if not isinstance(kind, dict)}
    waves = {
        code_text(wave): every | {code_text(code): _kind(kind, wave, code) for code, kind in kinds.items()}
        for wave, kinds in value.items()
        if isinstance(kinds, dict)
    }
    return ({"": every} if every or not waves else {}) | waves


def _kind(value: Any, *at: Any) -> str:
    kind = DEFAULT_KINDS.get(value) if isinstance(value, int) else value
    if kind not in MISSING_KINDS:
        raise refusal(f"one of {', '.join(MISSING_KINDS)}", hint=nearest(str(value), MISSING_KINDS), at=at)
    return str(kind)


_KINDS = {"enum": [*MISSING_KINDS, *DEFAULT_KINDS]}
Missing = Annotated[
    dict[str, dict[str, str]],
    BeforeValidator(_missing),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_KINDS, {"type": "object", "additionalProperties": _KINDS}]},
        }
    ),
]


class MissingKindShape(Worded):
    """One kind of missing answer."""

    key: Literal["blank", "not_applicable", "dont_know", "refused"]
    """Which kind it is."""
