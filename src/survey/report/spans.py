"""Numbers inside sentences: an estimate with its interval, a group with its grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report.tables import interval, written

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row


def span(page: Page, kind: str, row: Row) -> str:
    """The interval of a row in the units of `kind`; empty where it has none."""
    return interval(page.t, kind, row)


def valued(page: Page, kind: str, row: Row) -> str:
    """The estimate with its interval in brackets."""
    value, between = written(page.t, kind, row.estimate), span(page, kind, row)
    return page.t("{value} ({interval})", value=value, interval=between) if between else value


def group(page: Page, by: str, level: str | None) -> str:
    """A group with the name of its grouping: ``65+ (age group)``."""
    return page.t("{level} ({grouping})", level=page.level(by, level), grouping=page.label(by))
