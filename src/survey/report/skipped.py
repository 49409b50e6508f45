"""Why an analysis is missing from the release, in the reader's language.

The reasons are fixed sentences of the analyses; a new one is a line here and its translations.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    mark("The study has no indicators."),
    mark("The study compares no groups."),
    mark("Waves that share units or persons are compared in memory only: set `engine: memory`."),
    mark("Persons are followed by their id, which needs the environment variable SURVEY_KEY in every wave."),
    mark("The study sets no targets and lists no initiatives."),
    mark("The study declares no claims."),
    mark("The study has no coded interviews for this wave."),
    mark("The study declares no propositions."),
    mark("No indicator of this wave has items."),
    mark("No question and no derived variable has the role stakeholder."),
    mark("The wave did not ask which stakeholder a respondent is."),
    mark("The wave holds no dimension and no indicator."),
    mark("Where answers are counted in parts, the stakeholder question must be one of the groups."),
    mark("The questionnaire declares no barriers, or the wave did not ask for two of them."),
    mark("The study declares no rule of maturity."),
    mark("The probability of a placement needs a probability sample."),
    mark("The wave did not ask every measure of the maturity rule."),
    mark("No open question of this wave has keywords."),
    mark("The study declares no frame of dimensions."),
)


def untold(page: Page, told: Iterable[str]) -> list[tuple[str, str]]:
    """Analyses that were skipped for a reason that no section of `told` reasons gives, with the reason."""
    said, fact = " ".join(told), page.fact("skipped")
    found = [] if fact is None else [(str(r["analysis"]), page.t(str(r["reason"]))) for r in page.records(fact)]
    return [(name, why) for name, why in found if why not in said]


def reason(page: Page, *analyses: str) -> str:
    """The reasons that the analyses themselves gave, each once; empty where none of them was skipped."""
    fact = page.fact("skipped")
    held = [] if fact is None else [r for r in page.records(fact) if r["analysis"] in analyses]
    return " ".join(dict.fromkeys(page.t(str(r["reason"])) for r in held))
