"""Outcome rates from the final dispositions of all cases that were drawn.

References
----------
AAPOR (2023). Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys, 10th ed.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The rates in the order in which they are given, and those that weigh cases of unknown eligibility by a share.
NAMES = (
    *(f"rr{k}" for k in range(1, 7)),
    *(f"coop{k}" for k in range(1, 5)),
    "ref1",
    "ref2",
    "ref3",
    "con1",
    "con2",
    "con3",
)
WEIGHED = frozenset({"rr3", "rr4", "ref2", "con2"})


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


def outcome_rates(cases: Dispositions) -> dict[str, float]:
    """RR1 to RR6, COOP1 to COOP4, REF1 to REF3, CON1 to CON3 by their names in small letters; NaN without cases.

    Response: complete interviews (odd) or partial ones too (even) over eligible cases. Cooperation: over cases
    reached (1, 2), without those unable to answer (3, 4). Refusals and contacts over eligible cases. Of cases of
    unknown eligibility the first rates of a kind take all as eligible, the next the share `eligible_share`, the
    last none.
    """
    unknown = cases.unknown * cases.eligible_share if cases.unknown else 0.0
    bases = (cases.eligible + cases.unknown, cases.eligible + unknown, float(cases.eligible))
    interviews = (cases.complete, cases.complete + cases.partial)
    contacted = cases.eligible - cases.not_reached
    found = {f"rr{2 * b + c + 1}": (interviews[c], bases[b]) for b in range(3) for c in range(2)}
    able = (contacted, contacted - cases.other)
    found |= {f"coop{2 * b + c + 1}": (interviews[c], able[b]) for b in range(2) for c in range(2)}
    found |= {f"ref{b + 1}": (cases.refused, bases[b]) for b in range(3)}
    found |= {f"con{b + 1}": (contacted, bases[b]) for b in range(3)}
    return {name: some / base if base > 0 else float("nan") for name, (some, base) in found.items()}
