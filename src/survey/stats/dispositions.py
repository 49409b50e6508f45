"""Response rates from the final dispositions of all cases that were drawn.

References
----------
AAPOR (2023). Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, 10th ed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dispositions:
    """Numbers of cases by outcome, in AAPOR's letters.

    Attributes
    ----------
    complete, partial : I, P, interviews; refused, not_reached, other : R, NC, O, eligible without one
    unknown : UH + UO, cases of unknown eligibility; ineligible : cases known not to be eligible
    """

    complete: int
    partial: int
    refused: int
    not_reached: int
    other: int
    unknown: int
    ineligible: int

    @property
    def eligible(self) -> int:
        """Cases known to be eligible."""
        return self.complete + self.partial + self.refused + self.not_reached + self.other

    @property
    def eligible_share(self) -> float:
        """AAPOR's e by proportional allocation: eligible cases among those whose eligibility is known."""
        known = self.eligible + self.ineligible
        return self.eligible / known if known else float("nan")


def response_rates(cases: Dispositions) -> tuple[float, ...]:
    """RR1 to RR6. The odd ones count complete interviews, the even ones partial interviews too.

    RR1 and RR2 take all unknown cases as eligible, RR3 and RR4 the share `eligible_share`, RR5 and RR6 none.
    A rate without cases is NaN.
    """
    unknown = cases.unknown * cases.eligible_share if cases.unknown else 0.0
    bases = (cases.eligible + cases.unknown, cases.eligible + unknown, float(cases.eligible))
    counted = (cases.complete, cases.complete + cases.partial)
    return tuple(some / base if base > 0 else float("nan") for base in bases for some in counted)
