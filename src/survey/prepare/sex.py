"""The letter P: Perempuan (female) in an L/P column, Pria (male) in a P/W column; the whole column decides."""

from __future__ import annotations

from collections.abc import Iterable

from survey.core.questions import Level
from survey.prepare.spelling import fold

_MALE = frozenset({"laki-laki", "laki laki", "lelaki", "pria"})
_FEMALE = frozenset({"perempuan", "wanita"})
_WITH_L = frozenset({"l", "lk", "laki-laki", "laki laki", "lelaki", "pr", "perempuan"})
_WITH_W = frozenset({"w", "wn", "wanita", "pria"})


def sex_letters(levels: Iterable[Level], texts: Iterable[str]) -> dict[str, str]:
    """Letter → key of a level, as the column uses its letters; empty where P does not occur or stays open."""
    male, female = _level(levels, _MALE), _level(levels, _FEMALE)
    found = frozenset(map(fold, texts)) if male and female else frozenset()
    if not male or not female or "p" not in found or ambiguous(found):
        return {}
    if found & _WITH_W:
        return {"P": male, "W": female}
    return {"L": male, "P": female} if found & _WITH_L else {}


def p_is_ambiguous(levels: Iterable[Level], texts: Iterable[str]) -> bool:
    """Whether a column of sexes holds P beside words of both conventions."""
    if not _level(levels, _MALE) or not _level(levels, _FEMALE):
        return False
    return ambiguous(frozenset(map(fold, texts)))


def ambiguous(found: frozenset[str]) -> bool:
    """Whether folded texts hold P beside words of both conventions."""
    return "p" in found and bool(found & _WITH_L) and bool(found & _WITH_W)


def _level(levels: Iterable[Level], words: frozenset[str]) -> str | None:
    keys = [v.key for v in levels if words & {fold(t) for t in v.label.texts.values()}]
    return keys[0] if len(keys) == 1 else None
