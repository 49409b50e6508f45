"""A document against its shape: problems with line and path, and what is left once they are set aside.

What breaks the shape is reported and cut out, so that the rest of the file can still be checked for
meaning in the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from survey.core.schema.shape import MISSING_LANGUAGE, Shape
from survey.core.yamltext import Document, Path, load
from survey.errors import Problem, SchemaError, nearest

M = TypeVar("M", bound=Shape)
_CUT = object()


@dataclass
class Findings:
    """The problems of one file as they are found.

    Attributes
    ----------
    kept : path of a list from which entries were cut → positions, in the file, of those that are left.
    paths : where the problems are.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    kept: dict[Path, list[int]] = field(default_factory=dict)
    paths: set[Path] = field(default_factory=set)

    @classmethod
    def of(cls, text: str, file: str) -> Findings:
        """Findings of a file's text: its errors of syntax, or none yet."""
        try:
            return cls(load(text, file))
        except SchemaError as error:
            return cls(Document(file, {}, {}), list(error.problems))

    def add(self, path: Path, found: str = "", expected: str = "", hint: str = "") -> None:
        """Note a problem at `path` of what is left of the document."""
        self.add_at(self.original(path), found, expected, hint)

    def add_at(self, path: Path, found: str = "", expected: str = "", hint: str = "") -> None:
        """Note a problem at `path` of the document as written; the same problem only once."""
        self.paths.add(path)
        line = self.document.line(path)
        problem = Problem(self.document.file, line, spelled(self.document.data, path) or None, found, expected, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def touches(self, path: Path) -> bool:
        """Whether a problem was found at `path` of what is left, or below: what follows from it is none."""
        path = self.original(path)
        return any(other[: len(path)] == path for other in self.paths)

    def original(self, path: Path) -> Path:
        """`path` of what is left, as a path of the document as written."""
        found: Path = ()
        for key in path:
            positions = self.kept.get(found)
            found = (*found, positions[key] if positions is not None and isinstance(key, int) else key)
        return found

    def value(self, path: Path) -> Any:
        """What the document as written has at `path` of what is left; None if nothing."""
        return _at(self.document.data, self.original(path))

    def in_order(self) -> list[Problem]:
        """Every problem there is, in the order of the file."""
        return sorted(self.problems, key=lambda p: p.row or 0)

    def refuse_any(self) -> None:
        """Raise every problem there is."""
        if self.problems:
            raise SchemaError(self.in_order())


def spelled(data: Any, path: Path) -> str:
    """A path as people say it: entries of a list by their name or id, else by number from 1."""
    parts = []
    for key in path:
        inner = _step(data, key)
        if isinstance(data, list) and isinstance(key, int):
            known = inner if isinstance(inner, dict) else {}
            parts.append(str(known.get("name", known.get("id", key + 1))))
        else:
            parts.append(str(key))
        data = inner
    return ".".join(parts)


def validated(shape: type[M], findings: Findings, languages: tuple[str, ...]) -> M | None:
    """The document as `shape`, without the parts that break it; None if too little is left."""
    data: Any = findings.document.data
    try:
        return shape.model_validate(data, context={"languages": languages})
    except ValidationError as error:
        cut = [path for e in error.errors() if (path := _report(e, findings, shape)) is not None]
    for _ in range(5):  # cutting one part can uncover that another lacks it
        data, findings.kept = _without(findings.document.data, set(cut))
        try:
            return shape.model_validate(data, context={"languages": languages, "incomplete": True})
        except ValidationError as error:
            located = [(e, findings.original(_path(data, e["loc"]))) for e in error.errors()]
            cut += [cut_at for e, path in located if (cut_at := _cut_at(e, path)) is not None]
    return None


def _report(error: Any, findings: Findings, shape: type[Shape]) -> Path | None:
    """Note one of pydantic's errors; return the path to cut, None where the value can stay."""
    data = findings.document.data
    path = _path(data, error["loc"])
    context = error.get("ctx", {})
    value = _at(data, path)
    kind = error["type"]
    if kind in ("survey", MISSING_LANGUAGE):
        path = (*path, *context.get("at", ()))
        findings.add_at(path, context["found"] or _shown(_at(data, path)), context["expected"], context.get("hint", ""))
    elif kind == "extra_forbidden":
        known = _known_keys(shape, error["loc"])
        hint = nearest(str(path[-1]), known) or ("" if value is not None else "Quote a text that contains a comma.")
        findings.add_at(path, f"the unknown key {path[-1]!r}", one_of(path[-1], known)[0], hint)
    elif kind == "missing":
        findings.add_at(path, "nothing", f"the key `{error['loc'][-1]}`")
    elif kind == "literal_error":
        expected = f"one of {context['expected']}" if " or " in context["expected"] else context["expected"]
        options = [o.strip(" '") for o in context["expected"].replace(" or ", ",").split(",")]
        findings.add_at(path, _shown(value), expected, nearest(str(value), options))
    else:
        findings.add_at(path, _shown(value), _expected(kind, context, error["msg"]))
    return None if kind == MISSING_LANGUAGE else _cut_at(error, path)


def _cut_at(error: Any, path: Path) -> Path | None:
    """What to cut: a key that should not be there, else the value; the whole entry where it lacks a key."""
    return path if path else ((str(error["loc"][0]),) if error["loc"] and error["type"] != "missing" else None)


_EXPECTED = {
    "string_type": "a text",
    "string_pattern_mismatch": "letters, digits, . - and _",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "keys and their values",
    "model_type": "keys and their values",
    "model_attributes_type": "keys and their values",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "{min_length} or more entries",
    "too_long": "at most {max_length} entries",
    "string_too_short": "a text that is not empty",
}


def _expected(kind: str, context: dict[str, Any], message: str) -> str:
    said = _EXPECTED.get(kind)
    return said.format(**context) if said else message.removeprefix("Input should be ").removeprefix("Value error, ")


def _known_keys(shape: type[Shape], location: tuple[Any, ...]) -> list[str]:
    """The keys of the mapping in which pydantic found an unknown one at `location`."""
    for key in location[:-1]:
        inner = [f.annotation for name, f in shape.model_fields.items() if (f.alias or name) == key]
        shape = next(_shapes(inner[0]), shape) if inner else shape
    own_first = sorted(shape.model_fields.items(), key=lambda item: item[0] not in shape.__annotations__)
    return [key for name, f in own_first if (key := name if f.alias is None else f.alias)]


def _shapes(annotation: Any) -> Iterator[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield annotation
    for inner in get_args(annotation):
        yield from _shapes(inner)


def one_of(name: object, known: Iterable[str]) -> tuple[str, str]:
    """What was expected, and the hint, where `name` should have been one of `known`."""
    listed = list(known)
    return f"one of {', '.join(listed[:12])}" + (" …" if len(listed) > 12 else ""), nearest(str(name), listed)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "keys and values" if value else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)[:60]


def _path(data: Any, location: tuple[Any, ...]) -> Path:
    """The part of pydantic's location that exists in the data: it also names unions and keys not given."""
    path: Path = ()
    for key in location:
        inner = _step(data, key)
        if inner is not _CUT:
            path, data = (*path, key), inner
    return path


def _step(data: Any, key: Any) -> Any:
    if isinstance(data, dict):
        return data.get(key, _CUT)
    if isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data):
        return data[key]
    return _CUT


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = _step(data, key)
    return None if data is _CUT else data


def _without(data: Any, cut: set[Path], path: Path = ()) -> tuple[Any, dict[Path, list[int]]]:
    """The data less the paths in `cut`, and the positions of list entries that were kept."""
    kept: dict[Path, list[int]] = {}

    def copy(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {k: copy(v, (*path, k)) for k, v in value.items() if (*path, k) not in cut}
        if isinstance(value, list):
            positions = [i for i in range(len(value)) if (*path, i) not in cut]
            if len(positions) < len(value):
                kept[path] = positions
            return [copy(value[i], (*path, i)) for i in positions]
        return value

    return copy(data, path), kept
