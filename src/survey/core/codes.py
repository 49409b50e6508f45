"""Codes of answers: numbers or texts, and the one way they are written."""

from __future__ import annotations

Code = int | float | str


def code_text(code: Code) -> str:
    """A code as text, the same for ``1``, ``1.0`` and ``"1"``: what estimates and margins hold."""
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return str(code)
