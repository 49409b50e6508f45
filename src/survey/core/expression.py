"""The small language of ask_if, from, rule and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expression:
    text: str
    names: tuple[str, ...] = ()
