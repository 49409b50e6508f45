"""YAML text to plain Python data that remembers its lines.

Built from the parser's events, not from a loader: tags are refused before anything is constructed,
repeated keys and expanding aliases are seen, and scalars follow YAML 1.2, so that ``no`` and ``Y``
stay text, ``1:30`` is no number and a date stays as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import yaml

from survey.errors import Problem, SchemaError

MAX_DEPTH = 50
MAX_ALIASES = 1000
MAX_NODES = 200_000

Key: TypeAlias = str | int | float
Path: TypeAlias = tuple[Key, ...]

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")  # 0012 is an identifier, not a number
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, Any] = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"))
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
    | {f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")}
    | dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))
)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file as data, with the line of every key and list entry."""

    file: str
    data: dict[Key, Any]
    lines: Mapping[Path, int] = field(repr=False)

    def line(self, path: Path) -> int | None:
        """Line of `path`, or of the deepest part of it that the file has."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


@lru_cache(maxsize=8)
def load(text: str, file: str) -> Document:
    """The data of a YAML file whose root is a mapping; parsed once, however often it is asked for.

    Raises
    ------
    SchemaError
        With every repeated key, tag and oversized construct, and the first error of syntax.
    """
    builder = _Builder(file)
    text = text.removeprefix("\ufeff")
    try:
        data = builder.document(text)
    except _Stop:
        data = None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        builder.problems.append(_syntax(error, file, text))
    if not builder.problems and not isinstance(data, dict):
        builder.refuse(1, "an empty file" if data is None else "no keys at the top level", "keys and their values")
    if builder.problems:
        raise SchemaError(builder.problems)
    assert isinstance(data, dict)
    return Document(file, data, builder.lines)


class _Stop(Exception):
    """Nothing after this point of the file can be trusted."""


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0
        self.aliases = 0

    def refuse(self, line: int, found: str, expected: str, hint: str = "", path: Path = ()) -> None:
        column = ".".join(map(str, path)) or None
        self.problems.append(Problem(self.file, line, column, found, expected, hint))

    def stop(self, line: int, found: str, expected: str) -> _Stop:
        self.refuse(line, found, expected)
        return _Stop()

    def document(self, text: str) -> Any:
        events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        data, seen = None, False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self.stop(_line(event), "a second document", "one document in a file, without ---")
                seen = True
                data = self.node(next(events), events, ())
        return data

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Any:
        self.count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            self.refuse(_line(event), f"the tag {event.tag}", "a plain value", "Tags are never followed.", path)
        before = self.nodes
        if isinstance(event, yaml.ScalarEvent):
            data: Any = _scalar(event.value) if not event.style else event.value
        elif len(path) >= MAX_DEPTH:
            raise self.stop(_line(event), "a value nested too deep", f"at most {MAX_DEPTH} levels")
        elif isinstance(event, yaml.SequenceStartEvent):
            data = self.sequence(events, path)
        else:
            data = self.mapping(events, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = (data, 1 + self.nodes - before)
        return data

    def sequence(self, events: Iterator[yaml.Event], path: Path) -> list[Any]:
        data: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*path, len(data))
            self.lines[here] = _line(event)
            data.append(self.node(event, events, here))
        return data

    def mapping(self, events: Iterator[yaml.Event], path: Path) -> dict[Key, Any]:
        data: dict[Key, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, path)
            here = (*path, key)
            if key in data:
                first = self.lines[here]
                self.refuse(
                    _line(event), f"the key {key!r} again", f"each key once; it stands in line {first}", "", here
                )
            self.lines.setdefault(here, _line(event))
            data[key] = self.node(next(events), events, here)
        return data

    def key(self, event: yaml.Event, path: Path) -> Key:
        self.count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            value, text = self.alias(event), ""
        elif not isinstance(event, yaml.ScalarEvent):
            raise self.stop(_line(event), "a key that is a list or a mapping", "a key that is a name or a number")
        else:
            if event.tag is not None:
                self.refuse(_line(event), f"the tag {event.tag}", "a plain key", "Tags are never followed.", path)
            text = event.value
            value = _scalar(text) if not event.style else text
        if isinstance(value, list | dict):
            raise self.stop(_line(event), "a key that is a list or a mapping", "a key that is a name or a number")
        # True == 1 in Python: a key `true` beside a code 1 would pass for the same key.
        return text if value is None or isinstance(value, bool) or value != value else value

    def alias(self, event: yaml.AliasEvent) -> Any:
        self.aliases += 1
        if event.anchor not in self.anchors:
            raise self.stop(_line(event), f"the alias *{event.anchor}", "an anchor of that name, complete, before it")
        if self.aliases > MAX_ALIASES:
            raise self.stop(_line(event), f"more than {MAX_ALIASES} aliases", "values written out")
        data, size = self.anchors[event.anchor]
        self.count(event, size)
        return data

    def count(self, event: yaml.Event, size: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise self.stop(_line(event), f"more than {MAX_NODES} values once aliases are expanded", "a smaller file")


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return int(event.start_mark.line) + 1


def _scalar(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) and not text.lstrip("+-").isdigit() else text


_SAID = (
    ("cannot start any token", "a value that starts with a letter, digit or quote", "Quote it, or indent by spaces."),
    ("expected <block end>", "keys of one mapping at one indentation", "Compare the indentation with the lines above."),
    ("mapping values are not allowed", "one `key: value` on a line", "Quote a text that contains a colon."),
    ("could not find expected ':'", "`key: value`", "Put a colon and a space after the key."),
    ("did not find expected key", "a key, or the end of the mapping", "Compare the indentation, commas and brackets."),
    ("did not find expected '-'", "a list entry that begins with -", "Compare the indentation with the lines above."),
    ("did not find expected ',' or", "a comma or the closing bracket", "Quote a text that contains , [ ] { or }."),
    ("node content", "a value", "Look for a comma or bracket too many."),
    ("escape", "a text without unknown escapes", "Put a text with a backslash in single quotes."),
    ("quoted scalar", "a closing quote", "Close the quote, or double a quote inside the text."),
    ("control characters", "printable text in UTF-8", "Save the file as UTF-8 text."),
    ("special characters", "printable text in UTF-8", "Save the file as UTF-8 text."),
)


def _syntax(error: Exception, file: str, text: str) -> Problem:
    """PyYAML's complaint in this program's words, with its line and character."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = " ".join(str(getattr(error, part, None) or "") for part in ("context", "problem", "reason")).strip()
    expected, hint = next(((e, h) for words, e, h in _SAID if words in said), ("YAML that can be read", ""))
    where = f" at character {mark.column + 1}" if mark else ""
    found = f"text that is not YAML{where}" + (f" ({said})" if said and not hint else "")
    row = mark.line + 1 if mark else _unprintable(error, text)
    return Problem(file, row, None, found, expected, hint)


def _unprintable(error: Exception, text: str) -> int | None:
    """Line of the character that cannot be read; an error of any other kind has a mark."""
    if not isinstance(error, yaml.reader.ReaderError):
        return None
    if error.encoding == "unicode":  # the reader in Python counts characters, libyaml bytes
        return text.count("\n", 0, error.position) + 1
    return text.encode().count(b"\n", 0, error.position) + 1
