"""What the models of study.yaml (`decompose`, `models`, `intersections`, `indirect`) say of the instrument."""

from __future__ import annotations

from collections.abc import Sequence

from survey.core.instrument import Instrument
from survey.core.models import Decomposition, IndirectSpec, ModelSpec
from survey.core.schema.instrument import Attempt
from survey.core.schema.validate import Findings, one_of
from survey.core.study import StudySpec
from survey.core.yamltext import Path

GROUPING = "a question or derived variable that puts each respondent into one group"
COVARIATE = "a number, an indicator, or a variable that puts each respondent into one group"
OUTCOME = "an indicator, a number, a scale whose codes are numbers, or a variable of two levels"
SCORE = "an indicator, a number, or a scale whose codes are numbers"


class _Names:
    """Names of the instrument, and the problems of those that do not fit."""

    def __init__(self, asked: Attempt, findings: Findings) -> None:
        assert asked.made is not None
        self.instrument: Instrument = asked.made
        self.doubtful = asked.doubtful
        self.findings = findings
        self.indicators = [i.name for i in self.instrument.indicators]
        self.known = [v.name for v in self.instrument.variables] + self.indicators

    def fits(self, path: Path, name: str, kinds: Sequence[str], expected: str) -> bool:
        """Whether a name is of one of `kinds`; if not, that is a problem, unless the name is in doubt itself."""
        if name in self.doubtful:
            return False
        if name not in self.known:
            found = f"no question, indicator or derived variable named {name!r}"
            self.findings.add(path, found, *one_of(name, self.known))
            return False
        if self.kind(name) in kinds:
            return True
        self.findings.add(path, f"{name!r}, which is none", expected)
        return False

    def kind(self, name: str) -> str:
        """``number``, ``pair`` (two levels), ``scale`` (numbers), ``ordered`` (texts), ``group``, ``none``."""
        if name in self.indicators:
            return "number"
        variable = self.instrument.variable(name)
        if variable.type in ("integer", "number"):
            return "number"
        if not variable.levels or variable.type == "multi":
            return "none"
        if len(variable.levels) == 2:
            return "pair"
        return "scale" if variable.numeric else "ordered" if variable.type == "ordinal" else "group"

    def distinct(self, places: Sequence[tuple[Path, str]]) -> None:
        """Note names that stand twice in one model."""
        for at, (path, name) in enumerate(places):
            if name in [other for _, other in places[:at]]:
                self.findings.add(path, f"{name!r} again", "each variable once in a model")


_GROUPS = ("pair", "scale", "ordered", "group")
_COVARIATES = ("number", *_GROUPS)
_OUTCOMES = ("number", "scale", "pair")
_OF_TYPE = {
    "linear": (("number", "scale"), SCORE),
    "ordinal": (("scale", "ordered"), "a scale of three levels or more"),
    "logistic": (("pair",), "a variable of two levels"),
    None: ((*_OUTCOMES, "ordered"), OUTCOME),
}


def compare_models(study: StudySpec, asked: Attempt, findings: Findings) -> None:
    """Add what the models of study.yaml contradict in the instrument to `findings`."""
    names = _Names(asked, findings)
    gaps: set[tuple[str, ...]] = set()
    for i, gap in enumerate(study.decompose):
        _decomposition(("decompose", i), gap, gaps, names)
    seen: set[str] = set()
    for i, model in enumerate(study.models):
        _model(("models", i), model, seen, names)
    crossed: list[tuple[Path, str]] = [(("intersections", i), name) for i, name in enumerate(study.intersections)]
    for path, name in crossed:
        names.fits(path, name, _GROUPS, GROUPING)
    names.distinct(crossed)
    for i, order in enumerate(study.indirect):
        _indirect(("indirect", i), order, names)
        if _order(order) in map(_order, study.indirect[:i]):
            names.findings.add(("indirect", i), "an order of variables again", "each order once")


def _order(order: IndirectSpec) -> tuple[str, str, str]:
    return order.source, order.through, order.target


def _decomposition(path: Path, gap: Decomposition, seen: set[tuple[str, ...]], names: _Names) -> None:
    for at, measure in _places(path, "measure", gap.measures, names):
        key = (measure, gap.by, *sorted(_ends(gap, names)))
        if key in seen:
            names.findings.add(at, f"{measure!r} again, by the same groups", "each gap once")
        elif names.fits(at, measure, _OUTCOMES, OUTCOME):
            seen.add(key)
    _covariates(path, "with", gap.covariates, [*gap.measures, gap.by], names)
    if not names.fits((*path, "by"), gap.by, _GROUPS, GROUPING) or gap.groups is None:
        return
    levels = [level.key for level in names.instrument.variable(gap.by).levels]
    for i, group in enumerate(gap.groups):
        if group not in levels:
            names.findings.add((*path, "groups", i), f"no level {group!r} of {gap.by!r}", *one_of(group, levels))
    if gap.groups[0] == gap.groups[1]:
        names.findings.add((*path, "groups", 1), f"{gap.groups[1]!r} again", "two groups that differ")


def _ends(gap: Decomposition, names: _Names) -> tuple[str, ...]:
    """The two groups compared; none where `by` has no levels."""
    if gap.groups is not None or not names.instrument.has(gap.by):
        return gap.groups or ()
    levels = names.instrument.variable(gap.by).levels
    return (levels[0].key, levels[-1].key) if levels else ()


def _model(path: Path, model: ModelSpec, seen: set[str], names: _Names) -> None:
    kinds, expected = _OF_TYPE[model.type]
    for at, measure in _places(path, "measure", model.measures, names):
        if measure in seen:
            names.findings.add(at, f"{measure!r} again", "one model a measure")
        elif names.fits(at, measure, kinds, expected):
            seen.add(measure)
    _covariates(path, "on", model.covariates, model.measures, names)


def _indirect(path: Path, order: IndirectSpec, names: _Names) -> None:
    places: list[tuple[Path, str]] = [
        ((*path, "from"), order.source), ((*path, "through"), order.through), ((*path, "to"), order.target),
    ]  # fmt: skip
    names.fits(*places[0], _COVARIATES, COVARIATE)
    for at, name in places[1:]:
        names.fits(at, name, ("number", "scale"), SCORE)
    names.distinct(places)
    _covariates(path, "with", order.covariates, [name for _, name in places], names)


def _covariates(path: Path, key: str, covariates: Sequence[str], taken: Sequence[str], names: _Names) -> None:
    places = _places(path, key, covariates, names)
    for at, name in places:
        if names.fits(at, name, _COVARIATES, COVARIATE) and name in taken:
            names.findings.add(at, f"{name!r} again", "each variable once in a model")
    names.distinct(places)


def _places(path: Path, key: str, given: Sequence[str], names: _Names) -> list[tuple[Path, str]]:
    """Where each name of a list stands; one name may stand without a list."""
    listed = isinstance(names.findings.value((*path, key)), list)
    return [((*path, key, i) if listed else (*path, key), name) for i, name in enumerate(given)]
