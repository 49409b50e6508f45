"""The kinds of missing answers."""

from __future__ import annotations

from dataclasses import dataclass

from survey.core.words import Words

BLANK, NOT_APPLICABLE, DONT_KNOW, REFUSED = "blank", "not_applicable", "dont_know", "refused"
MISSING_KINDS = (BLANK, NOT_APPLICABLE, DONT_KNOW, REFUSED)


@dataclass(frozen=True, slots=True)
class MissingKind:
    """One kind of missing answer: its negative code, its key (one of `MISSING_KINDS`), its words."""

    code: int
    key: str
    label: Words
