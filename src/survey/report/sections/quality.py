"""What became of the raw answers: records, cells, checks, item nonresponse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from survey.report import names
from survey.report.blocks import Block, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.names import called
from survey.report.tables import base_cell, table

if TYPE_CHECKING:
    import pandas as pd

    from survey.report.page import Page

Record = dict[str, Any]


def quality(page: Page) -> Section | Omitted:
    """What cleaning removed and changed, and what the checks found."""
    t, cleaning, checks = page.t, page.fact("cleaning"), page.fact("quality")
    title = t("Quality of the data")
    blocks: list[Block] = []
    if cleaning is not None:
        blocks += [*_cleaning(page, cleaning), *_excluded(page, cleaning)]
    if checks is not None:
        blocks += _findings(page, page.records(checks))
    if not blocks:
        return Omitted(title, t("The release holds no counts of the cleaning."))
    said = t("Nothing was repaired silently: each changed answer is listed in the audit file.")
    return Section("quality", title, (Prose((Sentence(said),)), *blocks))


def _cleaning(page: Page, cleaning: pd.DataFrame) -> Iterator[Table]:
    t = page.t
    counts = list(zip(cleaning["rule"].astype(str), cleaning["n"].tolist(), strict=True))
    records = [(rule, n) for rule, n in counts if not rule.startswith(("cells_", "excluded:"))]
    cells = [(rule, n) for rule, n in counts if rule.startswith("cells_")]
    for name, caption, part in (("records", t("Records"), records), ("cells", t("Single answers"), cells)):
        lines = [Line(called(t, rule, names.RECORDS, names.CELLS), (base_cell(page, n),)) for rule, n in part]
        if lines:
            yield table(page, name, caption, (t("Step"), t("Number")), lines)


def _excluded(page: Page, cleaning: pd.DataFrame) -> Iterator[Table]:
    """Respondents whom the study's rules left out, by rule, with the reason; a respondent under the first alone."""
    t, counts = page.t, dict(zip(cleaning["rule"].astype(str), cleaning["n"].tolist(), strict=True))
    lines = []
    for number, exclusion in enumerate(page.release.study.exclude, start=1):
        rule = exclusion.rule.text if exclusion.rule else t(names.FLAGS[str(exclusion.flag)])
        cells = (Cell(rule, numeric=False), base_cell(page, counts.get(f"excluded:{number}", 0)))
        lines.append(Line(page.words(exclusion.reason), cells))
    if lines:
        columns = (t("Reason"), t("Rule"), t("Respondents (n)"))
        note = t("They left before anything was weighted. Who fits several rules is counted under the first.")
        yield table(page, "excluded", t("Who was left out, and why"), columns, lines, (note,))


def _findings(page: Page, checks: list[Record]) -> Iterator[Table | Fold]:
    t = page.t
    rules = {check.id: check.rule.text for check in page.release.instrument.checks}
    of_rules = [r for r in checks if r["check"] in rules]
    missing = [r for r in checks if r["check"] in names.MISSING and r["item"]]
    warned = [r for r in checks if r["check"] in names.CHECKS]
    if of_rules:
        lines = [Line(str(r["check"]), (Cell(rules[r["check"]], numeric=False), *_count(page, r))) for r in of_rules]
        columns = (t("Check"), t("Rule"), t("Cases against it"), t("Share"))
        yield table(page, "checks", t("What the checks found"), columns, lines)
    if warned:
        lines = [
            Line(page.label(r["item"]), (Cell(called(t, r["check"], names.CHECKS), numeric=False), *_count(page, r)))
            for r in warned
        ]
        yield table(
            page,
            "warnings",
            t("Answers that should not be"),
            (t("Question"), t("Found"), t("Cases"), t("Share")),
            lines,
        )
    if missing:
        yield Fold(t("Missing answers by question"), (_missing(page, missing),))


def _count(page: Page, record: Record) -> tuple[Cell, Cell]:
    return base_cell(page, record["n"]), Cell(page.t.percent(record["share"]))


def _missing(page: Page, records: list[Record]) -> Table:
    """Item nonresponse: questions by kind of missing answer."""
    t = page.t
    kinds = [k for k in names.MISSING if any(r["check"] == k for r in records)]
    shares: dict[str, dict[str, float]] = {}
    for record in records:
        shares.setdefault(record["item"], {})[record["check"]] = record["share"]
    lines = [
        Line(page.label(item), tuple(Cell(t.percent(found.get(k))) for k in kinds)) for item, found in shares.items()
    ]
    columns = (t("Question"), *(t(names.MISSING[k]) for k in kinds))
    note = t("Shares of those asked; “not asked” is a share of everyone. Not weighted.")
    return table(page, "missing", t("Missing answers by question"), columns, lines, (note,))
