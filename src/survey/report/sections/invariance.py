"""Bolehkah kelompok dibandingkan? Whether an indicator means the same in every group, in a word and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.skipped import reason
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row

STEPS = {
    "configural": mark("Same questions (configural)"),
    "metric": mark("Same weights of the questions (metric)"),
    "scalar": mark("Same level of the answers (scalar)"),
    "strict": mark("Same scatter of the answers (strict)"),
}
#: Word of each step that the ladder holds to; "" where it does not hold at all.
YES, ASSOCIATIONS, NO, NOT_TESTED = mark("yes"), mark("associations only"), mark("no"), "not tested"
WORDS = {"": NO, "configural": NO, "metric": ASSOCIATIONS, "scalar": YES, "strict": YES}
SENTENCES = {
    "": mark("{name} by {by}: no – its questions do not form one scale in every group, so nothing may be compared"),
    "configural": mark(
        "{name} by {by}: no – some question belongs to the others in one group and hardly in another, so neither "
        "means nor associations may be compared"
    ),
    "metric": mark(
        "{name} by {by}: associations only – people who judge alike answer some question higher in one group than in "
        "another, so a difference of means may come from the question"
    ),
    "scalar": mark("{name} by {by}: yes – the questions mean the same in every group tested"),
    "strict": mark("{name} by {by}: yes – the questions mean the same in every group tested"),
}
REASONS = {
    "not tested: fewer than two groups with 200 complete cases or more": mark(
        "fewer than two groups of 200 people answered every question"
    ),
    "not tested: an item is left with one answer that all groups gave": mark(
        "on some question there is only one answer that every group gave"
    ),
    "not tested: the items are hardly related": mark("its questions are hardly related at all"),
    "not tested: the model has no solution": mark("the model has no solution for these answers"),
    "not tested: fewer than three items": mark("it has fewer than three questions"),
    "not tested: an item is a number, not an ordinal scale": mark("its questions ask for numbers"),
}
EFFECTS = {"negligible": mark("negligible"), "moderate": mark("moderate"), "large": mark("large")}


def invariance(page: Page) -> Section | Omitted:
    """A word for each indicator and grouping, a sentence for each, and the figures folded below."""
    t, title = page.t, page.t("May groups be compared?")
    levels = {(i.name, by): r for i in page.release.instrument.indicators for by in _groupings(page)
              if (r := next(iter(page.rows.find("invariance", "invariance_level", i.name, by)), None))}  # fmt: skip
    if not levels:
        return Omitted(
            title,
            reason(page, "invariance", "dif") or t("The study compares no groups, or the analysis was not asked for."),
        )
    why = t(
        "A question can mean one thing to the young and another to the old. Before groups are compared, it is tested "
        "whether the questions of an indicator hang together alike in all of them."
    )
    blocks: list[Block] = [Prose((Sentence(why),)), _words(page, levels), Bullets(tuple(_sentences(page, levels)))]
    blocks += [fold for fold in (_models(page, levels), _items(page, levels)) if fold]
    return Section("comparable", title, tuple(blocks))


def _groupings(page: Page) -> list[str]:
    """The study's groups, then the mode of the interview."""
    modes = [q.name for q in page.release.instrument.by_role("mode")]
    return list(dict.fromkeys([*page.release.study.groups, *modes]))


def _word(row: Row | None) -> str:
    if row is None:
        return ""
    return WORDS[row.level or ""] if row.shown else NOT_TESTED


def _words(page: Page, levels: dict[tuple[str, str], Row]) -> Table:
    """One line an indicator, one column a grouping."""
    t, by = page.t, [g for g in _groupings(page) if any(g == key[1] for key in levels)]
    lines = []
    for name in dict.fromkeys(key[0] for key in levels):
        words = (_word(levels.get((name, g))) for g in by)
        lines.append(Line(page.label(name), tuple(Cell(_short(page, word), numeric=False) for word in words)))
    note = t(
        "Yes: means may be compared. Associations only: what goes with what may be compared, means may not. No: "
        "nothing may be compared. –: not tested. Groups with fewer than 200 complete answers are left out; "
        "not weighted."
    )
    columns = (t("Indicator"), *map(page.label, by))
    return table(page, "comparable", t("What may be compared between groups"), columns, lines, (note,))


def _short(page: Page, word: str) -> str:
    return "–" if word == NOT_TESTED else page.t(word) if word else ""


def _sentences(page: Page, levels: dict[tuple[str, str], Row]) -> Iterator[Sentence]:
    t = page.t
    for name in dict.fromkeys(key[0] for key in levels):
        own = {by: row for (of, by), row in levels.items() if of == name}
        yield from (_tested(page, name, by, row) for by, row in own.items() if row.shown)
        for note in dict.fromkeys(row.note for row in own.values() if not row.shown):
            found = {by: row for by, row in own.items() if not row.shown and row.note == note}
            reason = t(REASONS[note]) if note in REASONS else t("withheld to protect respondents")
            subject = page.label(name)
            if len(found) < len(own):
                subject = t("{name} by {by}", name=subject, by=t.listing([page.label(by) for by in found]))
            said = t("{name}: not tested – {reason}.", name=subject, reason=reason)
            yield Sentence(said, tuple(row.position for row in found.values()))


def _tested(page: Page, name: str, by: str, row: Row) -> Sentence:
    t = page.t
    said = [t(SENTENCES[row.level or ""], name=page.label(name), by=page.label(by))]
    groups = page.rows.find("invariance", "tested", name, by)
    out = [r for r in groups if r.shown and not r.estimate]
    if out:
        left = t.listing([page.level(by, r.by_level) for r in out])
        said.append(t("left out for too few complete answers: {groups}", groups=left))
    unlike = [r for r in page.rows.find("dif", "delta_r2", name, by) if r.note in ("moderate", "large")]
    if unlike:
        items = t.listing([f"“{page.label(r.level or '')}”" for r in unlike])
        said.append(t("answered differently by people who judge alike: {items}", items=items))
    rows = (row.position, *(r.position for r in [*out, *unlike]))
    return Sentence(t("{parts}.", parts="; ".join(said)), rows)


def _models(page: Page, levels: dict[tuple[str, str], Row]) -> Fold | None:
    """Fit of each model of the ladder and its change."""
    t, lines = page.t, []
    for (name, by), level in levels.items():
        steps = {r.level: r for r in page.rows.find("invariance", "chi2", name, by)} if level.shown else {}
        if steps:
            heading = t("{name} by {by}", name=page.label(name), by=page.label(by))
            lines += [Line(f"{heading} (n {t.number(level.n)})")]
            lines += [Line(t(STEPS[s or ""]), _fit(page, name, by, row)) for s, row in steps.items()]
    if not lines:
        return None
    columns = (
        t("Model"), t("Chi-square (df)"), t("CFI"), t("RMSEA"), t("90% interval"), t("Change of CFI"),
        t("Change of RMSEA"),
    )  # fmt: skip
    note = t(
        "Each model holds more equal in all groups than the one before. It fails when CFI falls by {cfi} and RMSEA "
        "rises by {rmsea}; the first when CFI is below {least}.",
        cfi=t.number(0.01, 3), rmsea=t.number(0.015, 3), least=t.number(0.9, 2),
    )  # fmt: skip
    made = table(page, "invariance", t("Figures of the models"), columns, lines, (note,))
    return Fold(made.caption, (made,))


def _fit(page: Page, name: str, by: str, chi2: Row) -> tuple[Cell, ...]:
    t = page.t
    found = {e: _at(page, e, name, by, chi2.level) for e in ("cfi", "rmsea", "delta_cfi", "delta_rmsea")}
    rmsea = found["rmsea"]
    test = t("{value} ({df})", value=t.number(chi2.statistic, 1), df=t.number(chi2.df)) if chi2.statistic else ""
    return (
        Cell(test),
        _index(page, found["cfi"]),
        _index(page, rmsea),
        Cell(_between(page, rmsea)),
        _index(page, found["delta_cfi"]),
        _index(page, found["delta_rmsea"]),
    )


def _between(page: Page, row: Row | None) -> str:
    """The interval with as many decimals as the index."""
    return page.t.span(row.low, row.high, 3) if row is not None else ""


def _at(page: Page, estimand: str, name: str, by: str, level: str | None) -> Row | None:
    return next((r for r in page.rows.find("invariance", estimand, name, by) if r.level == level), None)


def _index(page: Page, row: Row | None) -> Cell:
    """An index of fit with three decimals, as its limits have."""
    return Cell(page.t.number(row.estimate, 3)) if row is not None and row.shown else value_cell(page, "cfi", row)


def _items(page: Page, levels: dict[tuple[str, str], Row]) -> Fold | None:
    """What the group adds to the score in explaining each answer."""
    t, lines = page.t, []
    for name, by in levels:
        found = [r for r in page.rows.find("dif", "delta_r2", name, by) if r.level]
        p = {r.level: r for r in page.rows.find("dif", "dif_total", name, by)}
        lines += [Line(t("{name} by {by}", name=page.label(name), by=page.label(by)))] if found else []
        lines += [Line(page.label(r.level or ""), _effect(page, r, p.get(r.level))) for r in found]
    if not lines:
        return None
    columns = (t("Question"), t("R² that the group adds"), t("Size"), t("Chi-square (df)"))
    note = t(
        "Between people with the same score, how much more of the answer is explained by knowing their group "
        "(Nagelkerke’s R²): from {moderate} moderate, from {large} large. Not weighted.",
        moderate=t.number(0.035, 3), large=t.number(0.07, 3),
    )  # fmt: skip
    made = table(page, "dif", t("Questions answered differently by groups"), columns, lines, (note,))
    return Fold(made.caption, (made,))


def _effect(page: Page, row: Row, test: Row | None) -> tuple[Cell, ...]:
    t = page.t
    said = t("{value} ({df})", value=t.number(test.statistic, 1), df=t.number(test.df)) if test and test.df else ""
    size = t(EFFECTS[row.note]) if row.note in EFFECTS else ""
    return _index(page, row), Cell(size, numeric=False), Cell(said)
