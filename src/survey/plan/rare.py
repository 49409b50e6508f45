"""Who has experienced a service: a general sample holds too few, a second frame of users is reported apart."""

from __future__ import annotations

import pandas as pd

from survey.plan.basis import Basis, Size
from survey.plan.precision import typical_icc
from survey.stats.power import cochran, design_effect, margin_of_share

#: At most this share of people counts as rare.
RARE = 0.10


def experiences(basis: Basis, size: Size, margin: float) -> pd.DataFrame:
    """One row an experience of which the planned sample holds too few for `margin`, rarest first.

    The second frame is drawn one by one, without weights or sampling units.
    """
    wanted, rows = cochran(margin, basis.study.conf_level), []
    for each in sorted(basis.experiences, key=lambda e: e.share):
        expected = each.share * size.n
        deff = design_effect(basis.kish, max(size.take * each.share, 1.0), typical_icc(basis)[0])
        if not (each.share <= RARE and expected / deff < wanted):
            continue
        row: dict[str, object] = {"measure": each.measure, "step": each.step, "share": each.share}
        row |= {"in the sample": expected}
        row["margin there"] = margin_of_share(expected / deff, size.psus - basis.strata, basis.study.conf_level)
        rows.append(row | {"second frame n": round(wanted)})
    return pd.DataFrame(rows)
