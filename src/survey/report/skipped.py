"""Why an analysis is missing from the release, in the reader's language.

The reasons are fixed sentences of the analyses; a new one is a line here and its translations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report.locale import mark

if TYPE_CHECKING:
    from survey.report.page import Page

REASONS = (
    mark("The wave holds no indicator."),
    mark("The questionnaire declares no ladder, funnels or gaps, and the wave holds no indicator."),
    mark("The study declares no groups that this wave holds."),
    mark("The study declares no `decompose` and has no two groups of which one is ordered or has two levels."),
    mark("The study declares no `models`, and no groups on which an indicator could be regressed."),
    mark("Replicate weights name no sampling units, on which the errors of models rest."),
    mark("A model of intersections needs the sampling variances of a probability sample."),
    mark("Fewer than two groups to cross: the study declares no `intersections` and too few `groups`."),
    mark("The wave does not hold every group that is to be crossed."),
    mark("The study declares no `indirect`: the order of the variables is a supposition that only the study can make."),
    mark("The wave has no indicators whose items are answered in numbers."),
    mark("No answer to an item of an indicator is missing."),
    mark("The wave has no indicator and no claim whose headline could be analysed otherwise."),
    mark("Ranks and models of areas need a probability sample."),
    mark("The study groups by no geography and declares no `areas`."),
    mark("The study declares no `types`."),
    mark("No number of types fits better than one, or keeps 5 % and 50 people in each."),
    mark("Fewer than three of the items of `types` were asked."),
    mark("Fewer than 200 effective respondents: too few for types."),
)


def reason(page: Page, *analyses: str) -> str:
    """The reasons that the analyses themselves gave, each once; empty where none of them was skipped."""
    fact = page.fact("skipped")
    held = [] if fact is None else [r for r in page.records(fact) if r["analysis"] in analyses]
    return " ".join(dict.fromkeys(page.t(str(r["reason"])) for r in held))
