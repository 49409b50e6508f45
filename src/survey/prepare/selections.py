"""Multi-response answers, from one cell with a separator or from one column an option, as canonical text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from survey.core.missing import BLANK
from survey.core.questions import Question
from survey.prepare.answers import Answer, MissingReader, ScaleReader, Source, lost
from survey.prepare.audit import KEPT
from survey.prepare.spelling import fold

JOIN = ";"

_CHOSEN = frozenset({"1", "true", "yes", "ya", "y", "x", "selected", "checked", "dipilih"})
_NOT_CHOSEN = frozenset({"0", "false", "no", "tidak", "n", "not selected", "unchecked", "unselected", "tidak dipilih"})


def canonical(question: Question, keys: set[str]) -> str:
    """Keys of the chosen options in the instrument's order."""
    return JOIN.join(level.key for level in question.levels if level.key in keys)


def conflicting(question: Question, chosen: Sequence[str]) -> list[bool]:
    """Whether each canonical text holds an exclusive option beside another."""
    exclusive = {level.key for level in question.levels if level.exclusive}
    return [bool(exclusive & set(keys)) and len(keys) > 1 for keys in (text.split(JOIN) for text in chosen)]


def cell_reader(question: Question, source: Source, texts: Sequence[str]) -> Callable[[str], Answer]:
    """A reader of cells that hold every chosen option, by key or by label.

    Unknown parts of a cell are dropped and the cell is listed as `unknown_code`; the known ones stay.
    """
    missing, scale = MissingReader(question, source), ScaleReader(question, source)
    split = _splitter(question, scale, question.separator or " ")
    recode = question.recode.get(source.wave, {})

    def read(cell: str) -> Answer:
        text = cell.strip()
        if absent := missing.declared(text):
            return absent
        if not text:
            return Answer("", None, KEPT)
        parts = [recode.get(part, part) for part in split(text)]
        found = [scale.read(part) for part in parts]
        if not any(found) and (absent := missing.blank(text) or missing.instrument(text) or missing.words(text)):
            return absent
        clean = canonical(question, {answer.clean for answer in found if answer and answer.clean is not None})
        if not all(found):
            return Answer(clean, None, "unknown_code") if clean else lost("unknown_code")
        if any(part in recode for part in split(text)):
            return Answer(clean, None, "recode")
        return Answer(clean, None, KEPT if clean == cell else "selection")

    return read


def _splitter(question: Question, scale: ScaleReader, separator: str) -> Callable[[str], list[str]]:
    """A function that cuts a cell into options; labels may themselves hold the separator."""
    gap = r"\s+" if not separator.strip() else rf"\s*{re.escape(separator.strip())}\s*"
    names = {text for v in question.levels for text in (v.key, v.abbr or "", *v.label.texts.values())}
    names |= set(question.scale.synonyms) if question.scale else set()
    holding = sorted((fold(n) for n in names if n and re.search(gap, n)), key=lambda n: (-len(n), n))
    longest = re.compile("|".join(map(re.escape, holding))) if holding else None

    def split(text: str) -> list[str]:
        if scale.read(text):
            return [text]
        plain = [part for part in re.split(gap, text) if part]
        if longest is None or all(scale.read(part) for part in plain):
            return plain
        return _cut(fold(text), longest, re.compile(f"(?:{gap})|$"))

    return split


def _cut(text: str, longest: re.Pattern[str], gap: re.Pattern[str]) -> list[str]:
    """Parts of a folded text, the longest known name first at each place."""
    parts, start = [], 0
    while start < len(text):
        known = longest.match(text, start)
        ends = known is not None and gap.match(text, known.end())
        after = ends or gap.search(text, start)
        stop = known.end() if known and ends else after.start() if after else len(text)
        if stop > start:
            parts.append(text[start:stop])
        start = max(after.end() if after else len(text), start + 1)
    return parts


def marks_reader(question: Question, source: Source) -> Callable[[tuple[str, ...]], Answer]:
    """A reader of one respondent's cells, one an option, in the order of `question.columns`."""
    missing = MissingReader(question, source)
    readers = [_mark_reader(question, key, missing) for key in question.columns]
    keys = list(question.columns)

    def read(cells: tuple[str, ...]) -> Answer:
        marks = [read_mark(cell.strip()) for read_mark, cell in zip(readers, cells, strict=True)]
        chosen = {key for key, mark in zip(keys, marks, strict=True) if mark is True}
        kinds = [mark for mark in marks if isinstance(mark, str) and mark]
        clean = canonical(question, chosen)
        if None in marks:
            return Answer(clean, None, "unknown_code") if chosen else lost("unknown_code")
        if kinds and not chosen and False not in marks:
            return lost("declared_missing" if any(cells) else KEPT, kinds[0])
        return Answer(clean, None, "selection" if any(cells) else KEPT)

    return read


def _mark_reader(question: Question, key: str, missing: MissingReader) -> Callable[[str], bool | str | None]:
    """A reader of one option's cell: chosen, not chosen, a kind of missing, "" if empty, None if unknown."""
    level = next(level for level in question.levels if level.key == key)
    own = {fold(text) for text in (key, *level.label.texts.values(), level.abbr or "") if text}
    selected = fold(question.selected) if question.selected is not None else None

    def read(cell: str) -> bool | str | None:
        text = fold(cell)
        if text != selected:
            absent = missing.declared(cell) or missing.blank(cell) or missing.instrument(cell)
            if absent:
                return "" if absent.kind == BLANK and not cell else absent.kind
        if selected is not None:
            return text == selected
        if text in _NOT_CHOSEN and (text not in own or text == "0"):
            return False
        if text in _CHOSEN or text in own:
            return True
        found = missing.words(cell)
        return found.kind if found else None

    return read
