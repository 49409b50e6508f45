"""The next wave before it is fielded: how large, how spread, and what it will be able to show.

`basis` says what the last wave (or, before the first, an assumption) tells of the answers, `precision`,
`comparisons`, `targets`, `allocation` and `rare` each answer one question of a planner, `planning` puts
them together, `text` prints them.
"""

from __future__ import annotations

from survey.plan.basis import Basis, Size
from survey.plan.comparisons import detectable_gap
from survey.plan.planning import Plan, plan

__all__ = ["Basis", "Plan", "Size", "detectable_gap", "plan"]
