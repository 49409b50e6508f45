"""Whether a wave's file still is what it was in an earlier wave: columns, codes, labels, direction of scales.

Each file alone may be in order and yet not mean the same: nothing here is wrong by the instrument, it only
is not what the named wave had, and the instrument does not say that it changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from survey.analyse.comparability import Asked
from survey.analyse.inference import Inference
from survey.analyse.measures import level_codes
from survey.core.missing import NOT_APPLICABLE
from survey.core.questions import PARADATA_ROLES, Question
from survey.core.wave import MISSING
from survey.errors import Problem, SurveyError
from survey.pipeline import stages
from survey.pipeline.checking import unused
from survey.pipeline.together import Together
from survey.prepare.spelling import fold
from survey.stats.arrays import Floats
from survey.stats.calibrate import kish_deff

if TYPE_CHECKING:
    from survey.core.study import WaveSpec
    from survey.core.wave import Cleaned, Raw, Wave
    from survey.study import Study

#: A share that moves by more than this, and by so many of its errors, is no change of opinion; of an answer that
#: nobody gave before, less is enough.
MOST_MOVED, MOST_NEW, ERRORS = 0.25, 0.05, 5.0
#: A code that is in so many cells and in this part of the answers is no slip of the keyboard.
LEAST_CELLS, LEAST_PART = 3, 0.01
#: Answers of one sampling unit are alike: a variance counts as twice that of a simple random sample.
DESIGN_EFFECT = 2.0
#: A scale counts as turned where its answers differ by this share and, turned, by less than half of that.
TURNED, HALF = 0.15, 0.5
NAMED = 8


@dataclass(frozen=True)
class Fielded:
    """One wave as it came and as it was read."""

    spec: WaveSpec
    raw: Raw = field(repr=False)
    cleaned: Cleaned = field(repr=False)
    wave: Wave = field(repr=False)

    @classmethod
    def of(cls, study: Study, spec: WaveSpec) -> Fielded:
        """A wave of the study; SurveyError with all problems of its file."""
        if spec.engine.in_parts:
            expected = "waves in memory, to be compared answer by answer"
            raise SurveyError(Problem(column=f"waves.{spec.name}.engine", found=spec.engine.name, expected=expected))
        raw, left_out = stages.read_raw(study, spec)
        cleaned, weighted = stages.clean_and_weigh(study, spec, raw, left_out)
        return cls(spec, raw, cleaned, weighted.wave)

    @cached_property
    def signs(self) -> Mapping[str, int]:
        """Item → sign of its correlation with the other items of its indicators; 0 where it is not clear."""
        found: dict[str, int] = {}
        for of_indicator in Asked(Inference.of(self.wave)).item_signs.values():
            found |= of_indicator
        return found

    def shares(self, question: Question) -> Floats:
        """Weighted share of each level among the answers; the last is of no answer among those asked."""
        weight, code = self.wave.design.weight, level_codes(self.wave, question.name)
        kinds = self.wave.frame[question.name + MISSING]
        asked = (kinds != NOT_APPLICABLE).fillna(True).to_numpy(bool)
        levels = np.bincount(code[code >= 0], weight[code >= 0], len(question.levels))
        unanswered = weight[asked & (code < 0)].sum() / max(weight[asked].sum(), 1e-300)
        return np.append(levels / max(levels.sum(), 1e-300), unanswered)

    def effective(self, question: Question) -> float:
        """Answers to a question, as many as a simple random sample would need."""
        known = level_codes(self.wave, question.name) >= 0
        n = int(known.sum())
        return n / (DESIGN_EFFECT * kish_deff(self.wave.design.weight[known])) if n else 0.0


def problems(study: Study, waves: Sequence[WaveSpec], reference: str) -> tuple[Problem, ...]:
    """What in the files of `waves` is not as in the wave `reference`, and not declared to be otherwise."""
    base = study.waves([reference])[0]
    together = Together()
    with together.step():
        before = Fielded.of(study, base)
    if together.problems:
        return tuple(together.problems)
    for spec in waves:
        if spec.name == reference:
            continue
        with together.step():
            if found := list(_compared(study, before, Fielded.of(study, spec))):
                raise SurveyError(found)
    return tuple(together.problems)


def _compared(study: Study, before: Fielded, now: Fielded) -> Iterator[Problem]:
    yield from _columns(study, before, now)
    order = [w.name for w in study.spec.waves]
    for question in study.instrument.questions:
        columns = [question.column_in(each.spec.name) for each in (before, now)]
        if None in columns or question.role in PARADATA_ROLES or question.name not in now.wave.frame:
            continue
        yield from _codes(question, before, now)
        if question.type in ("ordinal", "nominal") and question.name in before.wave.frame:
            declared = _changed_between(question, order, before.spec.name, now.spec.name)
            turned = _turned(question, before, now)
            if turned:
                yield turned
            elif not declared:
                yield from _moved(question, before, now)
            if not declared:
                yield from _labels(question, before, now)


def _changed_between(question: Question, order: Sequence[str], one: str, other: str) -> bool:
    """Whether the instrument says that the question was worded otherwise in the later of two waves."""
    first, last = sorted((order.index(one), order.index(other)))
    return any(name in question.changed for name in order[first + 1 : last + 1])


def _columns(study: Study, before: Fielded, now: Fielded) -> Iterator[Problem]:
    """Columns that are new and that nothing names; those that are gone are problems of the wave itself."""
    old = {str(name) for name in before.raw.frame.columns}
    for name in unused(study, now.spec, [str(c) for c in now.raw.frame.columns]):
        if name not in old:
            yield Problem(
                file=now.spec.source,
                column=name,
                found="a column that no question names",
                expected=f"the columns of wave {before.spec.name}",
                hint="Describe it in the instrument, or take it out of the file.",
            )


def _codes(question: Question, before: Fielded, now: Fielded) -> Iterator[Problem]:
    """Codes that the instrument does not have and the named wave did not have either."""
    column = _column(question, now)
    known, unknown = (_unknown(each, question.name) for each in (before, now))
    least = max(LEAST_CELLS, LEAST_PART * int(now.wave.frame[question.name].notna().sum()))
    if new := sorted(code for code, cells in unknown.items() if code not in known and cells >= least):
        listed = ", ".join(new[:NAMED]) + (" …" if len(new) > NAMED else "")
        yield Problem(
            file=now.spec.source,
            column=column,
            found=f"{'codes' if len(new) > 1 else 'code'} {listed}",
            expected=f"the codes of {question.name!r} as in wave {before.spec.name}",
            hint="Declare them under codes, recode or missing of the question.",
        )


def _unknown(fielded: Fielded, column: str) -> dict[str, int]:
    """Codes that the instrument does not have → cells that hold them."""
    audit = fielded.cleaned.audit
    cells = audit.loc[(audit["rule"] == "unknown_code") & (audit["column"] == column), "raw"]
    return {str(code): int(n) for code, n in cells.value_counts().items()}


def _turned(question: Question, before: Fielded, now: Fielded) -> Problem | None:
    """The problem of a scale that runs the other way, by its correlations or by its answers."""
    if question.type != "ordinal" or len(question.levels) < 3:
        return None
    signs = [each.signs.get(question.name, 0) for each in (before, now)]
    opposed = signs[0] * signs[1] < 0
    old, new = (each.shares(question)[:-1] for each in (before, now))
    apart, turned = (float(np.abs(old - each).sum() / 2) for each in (new, new[::-1]))
    error = np.sqrt(sum(1 / max(each.effective(question), 1.0) for each in (before, now)))
    # With clear correlations of one sign the answers moved, and the scale did not turn.
    by_answers = 0 in signs and apart > max(TURNED, ERRORS * error / 2) and turned < HALF * apart
    if not (opposed or by_answers):
        return None
    how = (
        "its answers run against the other items of its indicator"
        if opposed
        else f"{apart:.0%} of its answers would have to move to be as before, {turned:.0%} if its codes were reversed"
    )
    reverse = {a.key: b.key for a, b in zip(question.levels, question.levels[::-1], strict=True)}
    listed = ", ".join(f"{a}: {b}" for a, b in reverse.items())
    return Problem(
        file=now.spec.source,
        column=_column(question, now),
        found=f"a scale that seems to be turned around: {how}",
        expected=f"the direction of wave {before.spec.name}",
        hint=f'If the codes run the other way, add recode: {{"{now.spec.name}": {{{listed}}}}} to {question.name!r}.',
    )


def _moved(question: Question, before: Fielded, now: Fielded) -> Iterator[Problem]:
    """Shares that moved farther than opinions do; the farthest of each question."""
    old, new = before.shares(question), now.shares(question)
    middle = (old + new) / 2
    sizes = [each.effective(question) for each in (before, now)]
    if min(sizes) < 1:
        return
    error = np.sqrt(middle * (1 - middle) * sum(1 / n for n in sizes))
    most = np.where(old == 0, MOST_NEW, MOST_MOVED)
    most[-1] = MOST_MOVED
    beyond = np.abs(new - old) - np.maximum(most, ERRORS * error)
    at = int(np.argmax(beyond))
    if beyond[at] > 0:
        answer = f"code {question.levels[at].key}" if at < len(question.levels) else "no answer"
        yield Problem(
            file=now.spec.source,
            column=_column(question, now),
            found=f"{answer} with a share of {new[at]:.0%}",
            expected=f"about {old[at]:.0%}, as in wave {before.spec.name}",
            hint=f"If the question was changed, say so under changed of {question.name!r}; if its codes were, recode.",
        )


def _labels(question: Question, before: Fielded, now: Fielded) -> Iterator[Problem]:
    """Codes that the two files label otherwise."""
    old, new = (each.raw.labels.get(_column(question, each), {}) for each in (before, now))
    if question.recode.get(before.spec.name) != question.recode.get(now.spec.name):
        return
    for code in new:
        if code in old and fold(old[code]) != fold(new[code]):
            yield Problem(
                file=now.spec.source,
                column=_column(question, now),
                found=f"code {code} labelled {new[code]!r}",
                expected=f"{old[code]!r}, as in wave {before.spec.name}",
                hint=f"If the answers were changed, say so under changed of {question.name!r}.",
            )


def _column(question: Question, fielded: Fielded) -> str:
    return question.column_in(fielded.spec.name) or question.name
