"""Response scales: inline codes, shared scales, code lists read from a CSV; their synonyms."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from survey.core.codes import Code, code_text
from survey.core.questions import Level, ResponseScale
from survey.core.schema.question_shape import DefaultsShape, ScaleShape
from survey.core.schema.shape import LevelShape
from survey.core.schema.validate import Findings, one_of
from survey.core.words import Words
from survey.core.yamltext import Path
from survey.errors import SurveyError, nearest

Reader = Callable[[str], str]
_Rows = list[dict[str, str]]


@dataclass
class Scales:
    """The shared scales of an instrument and the code lists read so far."""

    findings: Findings
    read: Reader
    kinds: frozenset[str]
    shared: dict[str, ResponseScale] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    files: dict[str, _Rows | None] = field(default_factory=dict)

    def share(self, name: str, shape: ScaleShape) -> None:
        """Make the scale `name` known to questions."""
        path: Path = ("scales", name)
        levels = self.levels(shape.codes, (*path, "codes"))
        synonyms = self.synonyms(shape.synonyms, levels, (*path, "synonyms"))
        self.shared[name] = ResponseScale(levels, shape.type == "ordinal", synonyms, name)
        if shape.type is not None:
            self.typed.add(name)

    def of_question(self, shape: DefaultsShape, path: Path) -> ResponseScale | None:
        """The scale that a question states, with its own synonyms before the scale's."""
        scale = self._stated(shape, path)
        if scale is None or not shape.synonyms:
            return scale
        own = self.synonyms(shape.synonyms, scale.levels, (*path, "synonyms"))
        return replace(scale, synonyms={**scale.synonyms, **own})

    def _stated(self, shape: DefaultsShape, path: Path) -> ResponseScale | None:
        if shape.codes is not None:
            return ResponseScale(self.levels(shape.codes, (*path, "codes")), ordinal=False)
        if shape.codelist is not None:
            return self._codelist(shape, (*path, "codelist"))
        if shape.scale is None:
            return None
        if shape.scale not in self.shared:
            known = list(self.shared)
            if shape.scale not in map(code_text, self.findings.document.data.get("scales") or {}):
                expected = f"one of the scales {', '.join(known)}" if known else "a scale under `scales`"
                self.findings.add((*path, "scale"), repr(shape.scale), expected, nearest(shape.scale, known))
            return None
        return self.shared[shape.scale]

    def levels(self, codes: Mapping[Code, LevelShape], path: Path) -> tuple[Level, ...]:
        """Levels in the order written; codes that read alike, or as a kind of missing, are problems."""
        made: dict[str, Level] = {}
        for code, shape in codes.items():
            level = Level(code, Words(shape.words), shape.abbr, shape.exclusive)
            if level.key in made:
                self.findings.add((*path, code), f"the code {level.key} again", "each code once")
            if level.key in self.kinds:
                expected = "another code; this one stands for a kind of missing answer"
                self.findings.add((*path, code), f"the code {level.key}", expected)
            made[level.key] = level
        return tuple(made.values())

    def synonyms(self, given: Mapping[Code, Code], levels: Iterable[Level], path: Path) -> dict[str, str]:
        """Text → key of a level; a code that is not among `levels` is a problem."""
        keys = [level.key for level in levels]
        for text, code in given.items():
            if keys and code_text(code) not in keys:
                self.findings.add((*path, text), f"the code {code_text(code)}", *one_of(code_text(code), keys))
        return {code_text(text): code_text(code) for text, code in given.items()}

    def _codelist(self, shape: DefaultsShape, path: Path) -> ResponseScale | None:
        file, _, column = str(shape.codelist).rpartition("#")
        rows = self._rows(file, path)
        if rows is None:
            return None
        label = shape.codelist_label or column
        wanted = [column, label, *map(str, shape.codelist_where), *shape.codelist_alias]
        absent = [c for c in dict.fromkeys(wanted) if not rows or c not in rows[0]]
        for name in absent:
            known = list(rows[0]) if rows else []
            self.findings.add(path, f"no column {name!r} in {file}", *one_of(name, known))
        if absent:
            return None
        where = {str(k): code_text(v) for k, v in shape.codelist_where.items()}
        chosen = [r for r in rows if r[column] and all(r[k] == v for k, v in where.items())]
        if not chosen:
            self.findings.add(path, f"no row of {file} with {where}", "at least one code")
        return self._listed(chosen, column, label, shape.codelist_alias, path)

    def _listed(self, rows: _Rows, column: str, label: str, aliases: list[str], path: Path) -> ResponseScale:
        made: dict[str, Level] = {}
        synonyms: dict[str, str] = {}
        for row in rows:
            code = row[column]
            if code in made:
                self.findings.add(path, f"the code {code} twice", "each code once", "Narrow it by `codelist_where`.")
            made[code] = Level(code, Words.plain(row[label] or code))
            spellings = (text.strip() for name in aliases for text in row[name].split(";"))
            synonyms |= {text: code for text in spellings if text}
        return ResponseScale(tuple(made.values()), ordinal=False, synonyms=synonyms)

    def _rows(self, file: str, path: Path) -> _Rows | None:
        """Rows of a CSV that a code list names, read once; None, with a problem, if it cannot be read."""
        if file not in self.files:
            self.files[file] = None
            try:
                text = self.read(file).removeprefix("\ufeff")
            except (OSError, UnicodeError, SurveyError):
                self.findings.add(path, f"{file} cannot be read", "a CSV in UTF-8 beside the instrument")
                return None
            header = text.partition("\n")[0]
            delimiter = max(",;\t", key=header.count)
            try:
                rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
                self.files[file] = [{k: (v or "").strip() for k, v in row.items() if k} for row in rows]
            except csv.Error:
                self.findings.add(path, f"{file} is not a CSV", "a table of comma-separated values")
        return self.files[file]
