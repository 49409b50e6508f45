"""instrument.yaml → `Instrument`: its parts in order, then what they say of one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from survey.core.codes import code_text
from survey.core.expression import Expression, order
from survey.core.instrument import Check, Facet, Indicator, Instrument, Module
from survey.core.questions import Question
from survey.core.schema.barriers import barriers
from survey.core.schema.derived import Source, derived
from survey.core.schema.divide import divide
from survey.core.schema.frames import frames
from survey.core.schema.instrument_shape import DerivedShape, IndicatorShape, InstrumentShape
from survey.core.schema.question_shape import DefaultsShape, QuestionShape
from survey.core.schema.questions import missing_kinds, question, with_defaults
from survey.core.schema.scales import Reader, Scales
from survey.core.schema.validate import Findings, one_of, validated
from survey.core.variables import STAKEHOLDER, Derived
from survey.core.words import Words
from survey.core.yamltext import Path
from survey.errors import SchemaError


def load(text: str, file: str, languages: tuple[str, ...], read: Reader, min_valid: float) -> Instrument:
    """The instrument that `text` describes; see `core.schema.load_instrument`."""
    found = attempt(text, file, languages, read, min_valid)
    found.findings.refuse_any()
    assert found.made is not None
    return found.made


@dataclass(frozen=True, slots=True)
class Attempt:
    """An instrument without the parts of its file that are wrong.

    Attributes
    ----------
    made : None where too little is left.
    paths : name → where it stands in what is left.
    doubtful : names that the file declares and of which not everything is known: what refers to one
        of them may be right.
    """

    findings: Findings
    made: Instrument | None = None
    paths: Mapping[str, Path] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()


def attempt(text: str, file: str, languages: tuple[str, ...], read: Reader, min_valid: float) -> Attempt:
    """The instrument as far as it can be made, and the problems of its file."""
    findings = Findings.of(text, file)
    shape = None if findings.problems else validated(InstrumentShape, findings, languages)
    if shape is None:
        return Attempt(findings)
    maker = _Maker(shape, findings, read)
    made = maker.instrument(languages, min_valid)
    return Attempt(findings, made, maker.paths, maker.doubtful(made))


class _Maker:
    """One reading of a file: its shape, its problems so far, the names it declares."""

    def __init__(self, shape: InstrumentShape, findings: Findings, read: Reader) -> None:
        self.shape, self.findings = shape, findings
        self.missing = missing_kinds(shape.missing, findings)
        self.scales = Scales(findings, read, frozenset(code_text(kind.code) for kind in self.missing))
        self.paths: dict[str, Path] = {}
        self.circular = False
        self.declared = _declared_names(findings.document.data)

    def instrument(self, languages: tuple[str, ...], min_valid: float) -> Instrument:
        if (self.shape.modules is None) == (self.shape.questions is None):
            self.findings.add((), "both or neither of `modules` and `questions`", "one of them")
        for name, scale in self.shape.scales.items():
            self.scales.share(name, scale)
        questions = tuple(self._questions())
        sound = {q.name: q for q in questions if self._sound(q)}
        indicators = tuple(self._indicators(sound, min_valid))
        made = Instrument(
            questions=questions,
            indicators=indicators,
            derived=tuple(self._derived(sound, indicators)),
            checks=tuple(self._checks()),
            missing=self.missing,
            modules=tuple(
                Module(m.id, Words(m.title), tuple(q.name for q in m.questions)) for m in self.shape.modules or ()
            ),
            languages=languages,
        )
        self._check_routes(made)
        self._check_stakeholders(made)
        return replace(
            made,
            divide=divide(self.shape, made, self._names(), self.findings),
            frames=frames(self.shape.frames, made, self._names(), self.findings),
            barriers=barriers(self.shape.barriers, made, self._names(), self.findings),
        )

    def _questions(self) -> Iterator[Question]:
        ids: set[str] = set()
        for shape, defaults, module, path in self._written_questions():
            self._claim_name(shape.name, path, shape.role)
            if shape.role == "id":
                if ids:
                    self.findings.add(path, f"role id on {shape.name!r} and {ids.pop()!r}", "one question of role id")
                ids.add(shape.name)
            yield question(with_defaults(shape, defaults), module, self.scales, path)

    def _sound(self, question: Question) -> bool:
        """Whether neither the question nor its scale has a problem."""
        scale = question.scale.name if question.scale else None
        touched = self.findings.touches(self.paths[question.name])
        return not touched and not (scale and self.findings.touches(("scales", scale)))

    def doubtful(self, made: Instrument) -> frozenset[str]:
        """Names in the file that were cut out, have a problem, or are computed from one that has."""
        sound = {q.name for q in made.questions if self._sound(q)}
        sound |= {i.name for i in made.indicators if not self.findings.touches(self.paths[i.name])}
        for variable in made.derived:
            if not self.findings.touches(self.paths[variable.name]) and sound.issuperset(variable.source.names):
                sound.add(variable.name)
        return frozenset(chain.from_iterable(self.declared.values())) - sound

    def _written_questions(self) -> Iterator[tuple[QuestionShape, DefaultsShape, str | None, Path]]:
        seen: set[str] = set()
        for i, module in enumerate(self.shape.modules or ()):
            if module.id in seen:
                self.findings.add(("modules", i), f"the module {module.id!r} again", "each id once")
            seen.add(module.id)
            for j, shape in enumerate(module.questions):
                yield shape, module.defaults, module.id, ("modules", i, "questions", j)
        for j, shape in enumerate(self.shape.questions or ()):
            yield shape, DefaultsShape(), None, ("questions", j)

    def _indicators(self, questions: dict[str, Question], min_valid: float) -> Iterator[Indicator]:
        for key, shape in self.shape.indicators.items():
            name, path = code_text(key), ("indicators", key)
            self._claim_name(name, path)
            needed = shape.min_valid or min_valid
            if needed > 1 and (needed > len(shape.items) or not float(needed).is_integer()):
                if shape.min_valid is not None:
                    expected = f"a count up to {len(shape.items)}, or a share up to 1"
                    self.findings.add((*path, "min_valid"), f"{needed:g}", expected)
                needed = float(len(shape.items))
            self._check_items(shape.items, questions, (*path, "items"))
            facets = tuple(self._facets(shape, path))
            label = Words(shape.words or shape.label) or Words.plain(name)
            yield Indicator(name, label, tuple(shape.items), needed, facets, Words(shape.note))

    def _facets(self, shape: IndicatorShape, path: Path) -> Iterator[Facet]:
        for key, facet in shape.facets.items():
            here = (*path, "facets", key)
            listed = here if isinstance(self.findings.value(here), list) else (*here, "items")
            for i, item in enumerate(facet.items):
                if item not in shape.items:
                    self.findings.add((*listed, i), repr(item), *one_of(item, shape.items))
            name = code_text(key)
            yield Facet(name, Words(facet.words) or Words.plain(name), tuple(facet.items))

    def _check_items(self, items: list[str], questions: dict[str, Question], path: Path) -> None:
        for i, item in enumerate(items):
            made = questions.get(item)
            if item in items[:i]:
                self.findings.add((*path, i), f"the item {item!r} again", "each item once")
            elif made is None:
                if item not in self.declared["questions"]:
                    expected, hint = one_of(item, self.declared["questions"])
                    self.findings.add((*path, i), f"no question named {item!r}", expected, hint)
            elif made.type in ("nominal", "multi", "date", "text") or any(v.value is None for v in made.levels):
                found = f"the item {item!r} of type {made.type}"
                self.findings.add((*path, i), found, "an ordinal question with numbers as codes, or a number")

    def _derived(self, questions: Mapping[str, Question], indicators: tuple[Indicator, ...]) -> Iterator[Derived]:
        known = {q.name: Source(q.type, q.levels) for q in questions.values()} | {
            i.name: Source("number") for i in indicators
        }
        written: dict[str, tuple[DerivedShape, Path]] = {}
        for i, shape in enumerate(self.shape.derived):
            self._claim_name(shape.name, ("derived", i))
            written[shape.name] = (shape, ("derived", i))
        for shape, path in written.values():
            self._check_names(shape.source, (*path, "from"))
        for name in self._ordered({name: shape.source.names for name, (shape, _) in written.items()}):
            shape, path = written[name]
            made = derived(shape, known, self.scales, path)
            known[name] = Source(made.type, made.levels)
            yield made

    def _ordered(self, needs: Mapping[str, Sequence[str]]) -> list[str]:
        """Names in order of computation; as given, with a problem, where definitions go in a circle."""
        try:
            return order(needs)
        except SchemaError as error:
            problem = error.problems[0]
            path = self.paths.get(problem.column or "", ())
            self.findings.add(path, problem.found, problem.expected)
            self.circular = True
            return list(needs)

    def _checks(self) -> Iterator[Check]:
        seen: set[str] = set()
        for i, shape in enumerate(self.shape.checks):
            path: Path = ("checks", i)
            if shape.id in seen:
                self.findings.add(path, f"the check {shape.id!r} again", "each id once")
            seen.add(shape.id)
            self._check_names(shape.rule, (*path, "rule"))
            yield Check(shape.id, shape.severity, shape.rule, Words(shape.label or shape.text or shape.title))

    def _check_routes(self, made: Instrument) -> None:
        """Every ask_if reads names that exist and none that depends on the question itself."""
        routes = {q.name: q.ask_if for q in made.questions if q.ask_if is not None}
        for name, rule in routes.items():
            self._check_names(rule, (*self.paths[name], "ask_if"))
        if not self.circular:
            needs = {name: rule.names for name, rule in routes.items()} | {i.name: i.items for i in made.indicators}
            self._ordered(needs | {d.name: d.source.names for d in made.derived})

    def _check_stakeholders(self, made: Instrument) -> None:
        """One variable at most tells which stakeholder a respondent is, and puts each into one group."""
        named = [v for v in made.variables if v.role == STAKEHOLDER]
        for variable in named[1:]:
            found = f"role {STAKEHOLDER} on {named[0].name!r} and {variable.name!r}"
            expected = f"one question or derived variable of role {STAKEHOLDER}"
            self.findings.add((*self.paths[variable.name], "role"), found, expected)
        for lost in made.derived:
            if lost.role == STAKEHOLDER and made.variable(lost.name).role != STAKEHOLDER:
                found = f"role {STAKEHOLDER} on {lost.name!r}, which regroups places"
                self.findings.add((*self.paths[lost.name], "role"), found, "a variable that tells people apart")
        for variable in named:
            if not variable.levels or variable.type == "multi":
                found = f"role {STAKEHOLDER} on type {variable.type}"
                self.findings.add((*self.paths[variable.name], "role"), found, "codes, one of which each answer is")

    def _check_names(self, expression: Expression, path: Path) -> None:
        known = self._names()
        for name in expression.names:
            if name not in known:
                found = f"no question, indicator or derived variable named {name!r}"
                self.findings.add(path, found, *one_of(name, list(known)))

    def _names(self) -> dict[str, None]:
        """Every name the file declares that an expression may read."""
        return self.declared["questions"] | self.declared["indicators"] | self.declared["derived"]

    def _claim_name(self, name: str, path: Path, role: str | None = None) -> None:
        if name in self.paths:
            at = self.findings.document.line(self.findings.original(self.paths[name]))
            self.findings.add(path, f"the name {name!r} again", f"each name once; it stands in line {at}")
        elif "__" in name:
            self.findings.add(path, f"the name {name!r}", "a name without __, which marks columns of the pipeline")
        elif name == "id" and role != "id":
            self.findings.add(path, "the name 'id'", "another name; `id` is the respondent's number in every output")
        self.paths.setdefault(name, path)


def _declared_names(data: Mapping[Any, Any]) -> dict[str, dict[str, None]]:
    """Names as written, also of parts whose shape is wrong: a reference to one is no second problem."""
    listed = [m.get("questions") for m in _mappings(data.get("modules"))] + [data.get("questions")]
    indicators = data.get("indicators")
    return {
        "questions": {str(q["name"]): None for entries in listed for q in _mappings(entries) if "name" in q},
        "indicators": {code_text(k): None for k in indicators} if isinstance(indicators, dict) else {},
        "derived": {str(d["name"]): None for d in _mappings(data.get("derived")) if "name" in d},
    }


def _mappings(value: object) -> list[dict[Any, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
