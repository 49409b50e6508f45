"""Released rows as cells and lines of tables: numbers in the reader's format, marks with their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import IMPRECISE, NOT_ESTIMABLE, SUPPRESSED
from survey.report.blocks import Cell, Line, Table
from survey.report.locale import Numeral, mark
from survey.report.rows import Row

if TYPE_CHECKING:
    from survey.report.locale import Translator
    from survey.report.page import Page

#: Signs of the UK Government Statistical Service for what a cell cannot say plainly.
SIGNS = {SUPPRESSED: "[c]", IMPRECISE: "[u]", NOT_ESTIMABLE: "[x]"}
MEANINGS = {
    "[c]": mark(
        "[c] withheld to protect respondents: too few people answered, or a neighbouring cell would reveal it."
    ),
    "[u]": mark("[u] imprecise: few answers or a wide interval; read it with caution."),
    "[x]": mark("[x] cannot be estimated from these answers."),
}


def written(t: Translator, estimand: str, value: float | None) -> str:
    """A value in the units of its estimand; empty when there is none."""
    digits = _digits(estimand, value)
    return t.percent(value, digits) if estimand in _SHARES else t.number(value, digits)


def interval(t: Translator, estimand: str, row: Row) -> str:
    """The confidence interval as a `Span`; empty where there is none."""
    if not row.shown:
        return ""
    # Both ends with as many decimals as the estimate has, so that they can be compared.
    return t.span(row.low, row.high, _digits(estimand, row.estimate), percent=estimand in _SHARES)


_SHARES = frozenset({"proportion", "top2"})
#: Between −1 and 1 and mostly near 0.
_INDICES = frozenset({
    "concentration_index", "erreygers", "wagstaff", "gini", "theil", "theil_between", "theil_within",
    "eta2", "epsilon2",
})  # fmt: skip


def _digits(estimand: str, like: float | None) -> int:
    """Decimals of values of that size."""
    if estimand in _SHARES:
        return 1
    if estimand in _INDICES:
        return 3
    size = abs(like or 0.0)
    return 0 if estimand == "total" or size >= 1000 else 1 if estimand == "score100" or size >= 100 else 2


def value_cell(page: Page, estimand: str, row: Row | None, details: Sequence[str] = ()) -> Cell:
    """The estimate of a row, or the sign that says why there is none."""
    if row is None:
        return Cell()
    sign = SIGNS.get(row.status, "")
    if not row.shown:
        return Cell(mark=sign)
    return Cell(written(page.t, estimand, row.estimate), tuple(d for d in details if d), sign)


def stacked_cell(page: Page, estimand: str, row: Row | None) -> Cell:
    """The estimate with its interval and base below it, for tables of many columns."""
    if row is None or not row.shown:
        return value_cell(page, estimand, row)
    base = [] if row.n is None else [Numeral(page.t("n {n}", n=page.t.number(row.n)), row.n)]
    return value_cell(page, estimand, row, (interval(page.t, estimand, row), *base))


def base_cell(page: Page, n: float | None) -> Cell:
    """A count of persons."""
    return Cell(page.t.number(n))


def estimate_cells(page: Page, estimand: str, row: Row | None) -> tuple[Cell, ...]:
    """Estimate, interval (where the sample has any) and base of one row, side by side."""
    span = (Cell(interval(page.t, estimand, row) if row else ""),) if page.probability else ()
    shown = row is not None and row.shown
    return value_cell(page, estimand, row), *span, base_cell(page, row.n if row and shown else None)


def estimate_columns(page: Page, name: str) -> tuple[str, ...]:
    """Headings that go with `estimate_cells`."""
    span = (page.t("{level} interval", level=page.confidence),) if page.probability else ()
    return name, *span, page.t("Respondents (n)")


def table(
    page: Page,
    name: str,
    caption: str,
    columns: Sequence[str],
    lines: Iterable[Line],
    notes: Sequence[str] = (),
    folded: bool = False,
) -> Table:
    """A table with the legend of the marks that occur in it."""
    lines = tuple(lines)
    used = {cell.mark for line in lines for cell in line.cells}
    legend = tuple(page.t(meaning) for sign, meaning in MEANINGS.items() if sign in used)
    return Table(name, caption, tuple(columns), lines, tuple(notes), legend, folded)
