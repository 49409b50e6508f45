"""Where the tests of the textbooks and those by the sampling design come to different verdicts, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from survey.report.announced import alpha
from survey.report.blocks import Sentence
from survey.report.locale import mark

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row

#: The test that decides.
BY_DESIGN = "design_ws"
CLASSICAL = {"anova_welch": mark("Welch's ANOVA"), "kruskal": mark("Kruskal–Wallis")}


@dataclass(frozen=True, slots=True)
class Compared:
    """One indicator over one grouping: rows about all groups, by estimand."""

    indicator: str
    by: str
    rows: dict[str, Row] = field(repr=False)

    def verdict(self, page: Page, test: str) -> bool | None:
        """Whether a test finds a difference after adjustment; None where it was not made or is withheld."""
        row = self.rows.get(test)
        return None if row is None or row.p_adjusted is None else row.p_adjusted < alpha(page)

    def apart(self, page: Page, test: str) -> bool:
        """Whether that test and the one by design both have a verdict, and not the same."""
        verdicts = {self.verdict(page, test), self.verdict(page, BY_DESIGN)}
        return verdicts == {True, False}


def limits(page: Page, found: Sequence[Compared]) -> Iterator[Sentence]:
    """What the classical tests leave out, and by how much that is, where the release says so."""
    t = page.t
    said = t(
        "Classical tests take every answer as a draw of its own that counts the same: they ignore the weights and the "
        "clusters of this sample. They decide nothing here: what this report announces rests on the first column, the "
        "test by the sampling design."
    )
    yield Sentence(said)
    rows = [r for one in found for r in page.rows.find("compare", "error_factor", one.indicator, one.by) if r.shown]
    if rows:
        largest = max(rows, key=lambda r: r.estimate or 0.0)
        text = t("Their errors are up to {factor} times too small here.", factor=t.number(largest.estimate, 2))
        yield Sentence(text, (largest.position,))


def agreement(page: Page, found: Sequence[Compared]) -> Sentence | None:
    """On how many comparisons a classical verdict is another than that by design; None without both."""
    t = page.t
    both = [c for c in found if None not in (c.verdict(page, BY_DESIGN), *(c.verdict(page, n) for n in CLASSICAL))]
    if not both:
        return None
    apart = [c for c in both if any(c.apart(page, name) for name in CLASSICAL)]
    level, n = t.number(alpha(page), 2), t.number(len(both))
    text = (
        t("On {k} of {n} comparisons the verdicts differ: the adjusted p lie on either side of {level}.",
          k=t.number(len(apart)), n=n, level=level)
        if apart
        else t("On all {n} comparisons the verdicts agree: the adjusted p lie on the same side of {level}.",
               n=n, level=level)
    )  # fmt: skip
    return Sentence(text, tuple(c.rows[name].position for c in both for name in (BY_DESIGN, *CLASSICAL)))


def differing(page: Page, found: Sequence[Compared]) -> Iterator[Sentence]:
    """The comparisons on which a classical test comes to another verdict, by name, one sentence each."""
    t = page.t
    for one in found:
        tests = [name for name in CLASSICAL if one.apart(page, name)]
        if not tests:
            continue
        text = (
            t("{name}, {grouping}: not enough evidence of a difference by {tests}, one by the sampling design.")
            if one.verdict(page, BY_DESIGN)
            else t("{name}, {grouping}: a difference by {tests}, not enough evidence of one by the sampling design.")
        )
        named = t.listing([t(CLASSICAL[name]) for name in tests])
        said = text.format(name=page.label(one.indicator), grouping=page.label(one.by), tests=named)
        yield Sentence(said, tuple(one.rows[name].position for name in (BY_DESIGN, *tests)))
