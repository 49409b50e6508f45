"""Which answers go with which groups: every question and derived variable against every grouping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.announced import alpha
from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Prose, Sentence
from survey.report.sections.gap_parts import STAR, starred
from survey.report.tables import SIGNS, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.variables import Variable
    from survey.report.page import Page
    from survey.report.rows import Row

#: A question, or one option of a question with several answers.
Asked = tuple[str, str | None]


def associations(page: Page, chapters: Iterable[tuple[str, Sequence[Variable]]]) -> Fold | None:
    """One closed part: how many pairs hold after adjustment, and all of them by chapter; None without rows."""
    t, groups = page.t, page.release.study.groups
    found = [
        (heading, {asked: held for v in variables for asked in _asked(v) if (held := _held(page, asked))})
        for heading, variables in chapters
    ]
    pairs = [pair for _, of_chapter in found for held in of_chapter.values() for pair in held.items()]
    if not pairs:
        return None
    used = [by for by in groups if any(by == name for name, _ in pairs)]
    lines: list[Line] = []
    for heading, of_chapter in found:
        lines += [Line(heading)] if of_chapter else []
        for asked, held in of_chapter.items():
            lines.append(Line(_named(page, asked), tuple(_cell(page, *held.get(by, (None, None))) for by in used)))
    notes = [
        t("Cramér's V: 0 where answers are spread alike in all groups, 1 where the group tells the answer; weighted, "
          "not corrected, so that chance alone lifts it above 0."),
    ]  # fmt: skip
    if any(test is not None for _, (test, _) in pairs):
        notes.append(
            t("Below it: p of the test by the sampling design, adjusted for all pairs; {star} where below {level}. "
              "–: a test of all answers together, without a V.", star=STAR, level=t.number(alpha(page), 2))
        )  # fmt: skip
    title = t("Which answers go with which groups")
    grid = table(page, "associations", title, (t("Question"), *(page.label(by) for by in used)), lines, notes)
    return Fold(title, (*_said(page, pairs), grid))


def _asked(of: Variable) -> Iterator[Asked]:
    yield of.name, None
    if of.type == "multi":
        yield from ((of.name, level.key) for level in of.levels)


def _held(page: Page, asked: Asked) -> dict[str, tuple[Row | None, Row | None]]:
    """The test and V of a question by grouping; left out where neither was made."""
    name, level = asked
    made = {}
    for by in page.release.study.groups:
        if page.variable(name).role == page.variable(by).role == "geography":  # a place tells the one it lies in
            continue
        test, v = (
            next((r for r in page.rows.find("association", e, name, by) if r.level == level), None)
            for e in ("rao_scott", "cramers_v")
        )
        if test is not None or v is not None:
            made[by] = (test, v)
    return made


def _named(page: Page, asked: Asked) -> str:
    name, level = asked
    if level is None:
        return page.label(name)
    return page.t("{name}: {answer}", name=page.label(name), answer=page.level(name, level))


def _cell(page: Page, test: Row | None, v: Row | None) -> Cell:
    """V with the adjusted p of the test below it; the sign of what is withheld or cannot be told."""
    if test is None and v is None:
        return Cell()
    cell = Cell("–") if v is None else value_cell(page, "mean", v)
    if test is None:
        return cell
    if test.p_adjusted is None:
        return Cell(cell.text, cell.details, SIGNS.get(test.status, cell.mark))
    return starred(page, cell, test.p_adjusted)


def _said(page: Page, pairs: Sequence[tuple[str, tuple[Row | None, Row | None]]]) -> Iterator[Block]:
    """How many pairs hold, in all and grouping by grouping."""
    t = page.t
    tests = [(by, test, v) for by, (test, v) in pairs if test is not None and test.p_adjusted is not None]
    if not tests:
        said = t("No test by the sampling design stands behind these figures: they describe those who answered.")
        yield Prose((Sentence(said),))
        return
    certain = [(by, test, v) for by, test, v in tests if (test.p_adjusted or 0.0) < alpha(page)]
    said = t(
        "{k} of {n} pairs of a question (or of one of several possible answers) and a grouping go together: the test "
        "holds after adjustment for their number. For the others there is not enough evidence, which does not mean "
        "that they do not go together. Whatever goes together need not be a cause.",
        k=t.number(len(certain)), n=t.number(len(tests)),
    )  # fmt: skip
    yield Prose((Sentence(said, tuple(test.position for _, test, _ in tests)),))
    yield Bullets(tuple(_counted(page, by, tests) for by in dict.fromkeys(by for by, _, _ in tests)))


def _counted(page: Page, by: str, tests: Sequence[tuple[str, Row, Row | None]]) -> Sentence:
    """Of one grouping how many pairs hold, and between which values their V lie."""
    t, mine = page.t, [(test, v) for name, test, v in tests if name == by]
    certain = [(test, v) for test, v in mine if (test.p_adjusted or 0.0) < alpha(page)]
    facts = {"grouping": page.label(by), "k": t.number(len(certain)), "n": t.number(len(mine))}
    shown = sorted(v.estimate or 0.0 for _, v in certain if v is not None and v.shown)
    used = tuple(r.position for pair in mine for r in pair if r is not None)
    if not shown:
        return Sentence(t("{grouping}: {k} of {n}.", **facts), used)
    low, high = (written(t, "mean", value) for value in (shown[0], shown[-1]))
    between = low if low == high else t.span(shown[0], shown[-1], 2)
    return Sentence(t("{grouping}: {k} of {n}, with V of {values}.", values=between, **facts), used)
