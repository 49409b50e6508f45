"""`claims` and `propositions` of study.yaml → `Claim`, `Proposition`, and what they contradict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.core.instrument import Instrument
from survey.core.schema.statements_shape import ClaimShape, PropositionShape, PropositionTestShape
from survey.core.schema.validate import Findings, one_of
from survey.core.statements import Claim, GroupTest, Proposition, Reading
from survey.core.study import StudySpec
from survey.core.words import Words
from survey.core.yamltext import Path

if TYPE_CHECKING:
    from survey.core.schema.instrument import Attempt
    from survey.core.schema.study_shape import StudyShape

NOTHING = "a claim that nothing could contradict"
TESTS = (
    "`equivalence` (how near the value counts as it), `direction` (below, above) or `largest`, "
    "or `not_testable` with the reason"
)


def check_statements(shape: StudyShape, findings: Findings) -> None:
    """Add what a claim or a proposition contradicts in itself."""
    _check_ids("claim", [c.id for c in shape.claims], "claims", findings)
    for i, each in enumerate(shape.claims):
        _check_claim(each, ("claims", i), findings)
    _check_ids("proposition", [p.id for p in shape.propositions], "propositions", findings)
    for i, theory in enumerate(shape.propositions):
        _check_proposition(theory, ("propositions", i), findings)


def _check_ids(kind: str, ids: Sequence[str], key: str, findings: Findings) -> None:
    for i, name in enumerate(ids):
        if name in ids[:i]:
            findings.add((key, i), f"the {kind} {name!r} again", "each id once")


def _check_claim(claim: ClaimShape, path: Path, findings: Findings) -> None:
    if (claim.measure is None) == (not claim.measures):
        findings.add(path, "both or neither of `measure` and `measures`", "one of them")
    if claim.readings and claim.measures:
        findings.add((*path, "readings"), "`readings` of a claim about `measures`", "`readings` beside one `measure`")
    for j, reading in enumerate(claim.readings):
        if reading.measure in [claim.measure, *(r.measure for r in claim.readings[:j])]:
            findings.add((*path, "readings", j), f"{reading.measure!r} again", "each measure once in a claim")
    if claim.largest is not None and claim.largest not in (claim.measures or []):
        findings.add((*path, "largest"), f"{claim.largest!r}", *one_of(claim.largest, claim.measures or []))
    if claim.largest is not None and claim.measures == [claim.largest]:
        findings.add((*path, "measures"), "one measure", "those that it is larger than, too")
    if claim.largest is not None or claim.not_testable:
        return
    if claim.equivalence is None and claim.direction is None:
        findings.add(path, NOTHING, TESTS)
    elif claim.value is None:
        findings.add(path, "no `value`", "the number that the statement names")


def _check_proposition(theory: PropositionShape, path: Path, findings: Findings) -> None:
    test = theory.test
    if not theory.not_testable and (test is None or test.direction is None):
        findings.add(
            path, "a proposition without a test", "`test` with a `direction`, or `not_testable` with the reason"
        )
    if test is None:
        return
    for key, names, over in (("groups", test.groups, test.by), ("levels", test.levels, test.across)):
        if (names is None) != (over is None):
            of = "by" if key == "groups" else "across"
            findings.add((*path, "test"), f"one of `{of}` and `{key}`", "both or neither")
        elif names is not None and names[0] == names[1]:
            findings.add((*path, "test", key), f"{names[0]!r} twice", "two levels that differ")
    if test.across is not None and test.by is None:
        findings.add((*path, "test", "across"), "`across` without `by`", "two groups whose gap is compared")


def claim(shape: ClaimShape) -> Claim:
    """The claim as the study tests it."""
    return Claim(
        id=shape.id,
        text=Words(shape.text),
        source=Words(shape.source),
        measures=tuple(shape.measures or ([shape.measure] if shape.measure else [])),
        estimand=shape.estimand,
        value=shape.value,
        equivalence=shape.equivalence,
        direction=shape.direction,
        adjust=shape.adjust,
        readings=tuple(Reading(r.measure, r.answer, Words(r.text)) for r in shape.readings),
        answer=shape.answer,
        largest=shape.largest,
        word=shape.word,
        not_testable=Words(shape.not_testable),
    )


def proposition(shape: PropositionShape) -> Proposition:
    """The proposition as the study tests it."""
    return Proposition(
        id=shape.id,
        text=Words(shape.text),
        predicts=Words(shape.predicts),
        rival=Words(shape.rival),
        source=Words(shape.source),
        test=_group_test(shape.test) if shape.test else None,
        not_testable=Words(shape.not_testable),
    )


def _group_test(t: PropositionTestShape) -> GroupTest:
    return GroupTest(t.measure, t.by, _two(t.groups), t.across, _two(t.levels), t.direction, t.value)


def _two(names: Sequence[str] | None) -> tuple[str, str] | None:
    return (names[0], names[1]) if names else None


def compare_statements(study: StudySpec, asked: Attempt, findings: Findings) -> None:
    """Add what claims and propositions contradict in the instrument, unknown measures of claims apart."""
    assert asked.made is not None
    for i, each in enumerate(study.claims):
        if each.estimand != "proportion":
            continue
        path: Path = ("claims", i)
        answers = [(path, name, each.answer) for name in each.measures]
        answers += [((*path, "readings", j), r.measure, r.answer) for j, r in enumerate(each.readings)]
        for at, name, answer in answers:
            if asked.made.has(name) and name not in asked.doubtful:
                _compare_answer(answer, name, asked.made, at, findings)
    for i, theory in enumerate(study.propositions):
        if theory.test is not None:
            _compare_test(theory.test, ("propositions", i, "test"), asked, findings)


def _compare_answer(answer: str | None, name: str, instrument: Instrument, path: Path, findings: Findings) -> None:
    """A share is of one answer: the one that is named, or yes."""
    levels = [level.key for level in instrument.variable(name).levels]
    if answer is not None and answer not in levels:
        findings.add((*path, "answer"), f"no answer {answer!r} of {name!r}", *one_of(answer, levels))
    if answer is None and levels and (len(levels) > 2 or "1" not in levels):
        findings.add(path, f"a share of {name!r} without `answer`", "the code whose share is meant")


def _compare_test(test: GroupTest, path: Path, asked: Attempt, findings: Findings) -> None:
    instrument = asked.made
    assert instrument is not None
    variables = [v.name for v in instrument.variables]
    known = [*variables, *(i.name for i in instrument.indicators)]
    if test.measure not in known and test.measure not in asked.doubtful:
        found = f"no question, indicator or derived variable named {test.measure!r}"
        findings.add((*path, "measure"), found, *one_of(test.measure, known))
    for key, name, places in (("by", test.by, test.groups), ("across", test.across, test.levels)):
        if name is None or name in asked.doubtful:
            continue
        if name not in variables:
            found = f"no question or derived variable named {name!r}"
            findings.add((*path, key), found, *one_of(name, variables))
            continue
        levels = [level.key for level in instrument.variable(name).levels]
        for j, level in enumerate(places or ()):
            if level not in levels:
                at = (*path, "groups" if key == "by" else "levels", j)
                findings.add(at, f"no level {level!r} of {name!r}", *one_of(level, levels))
