"""Published statements against the wave: supported, contradicted, undecided, or not testable.

`note` holds the verdict. A statement about one measure has its verdict in the measure's row, without a
`level`; one about several has a row each (`level` = the measure) and a row of all together. What each
verdict rests on stands beside it: `equivalence` (the interval at 1 − 2α), `one_sided`, `power`,
`detectable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from survey.analyse import claim_words, rankings
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.quantities import claimed, read_as
from survey.analyse.tested import DOMAIN, Ledger, OfMeasure
from survey.core import estimates
from survey.core.statements import Claim
from survey.stats.multiplicity import detectable, equivalence_power
from survey.stats.statements import NOT_TESTABLE, Judged, Statement

NO_CLAIMS = "The study declares no claims."
NO_SAMPLE = "not tested: without a probability sample nothing says how far chance reaches"
NO_ESTIMATE = "not tested: the wave has no such estimate"
DECLARED = "not tested: the study declares that a survey cannot show it"
#: Power at which `detectable` distances are found.
POWER = 0.8
_BARE = ["std_error", "conf_low", "conf_high", "conf_level", "df", "deff"]


def claims(inf: Inference) -> pd.DataFrame:
    """The verdict on every claim of the study, for everyone and for each group."""
    if not inf.study.claims:
        raise NotApplicable(NO_CLAIMS)
    ledger = Ledger.of(inf, [q for claim in inf.study.claims for q in (*claimed(claim), *read_as(claim))])
    parts = [part for claim in inf.study.claims for part in _Judge(inf, ledger, claim).parts()]
    if named := [claim for claim in inf.study.claims if claim.word is not None]:
        called = claim_words.words(inf)
        parts += [claim_words.under_rules(inf, claim, called) for claim in named]
    table = pd.concat(parts, ignore_index=True).assign(wave=inf.respondents.name, analysis="claims")
    return estimates.table(table)


@dataclass(frozen=True)
class _Judge:
    """One claim of one wave."""

    inf: Inference = field(repr=False)
    ledger: Ledger = field(repr=False)
    claim: Claim

    @property
    def alpha(self) -> float:
        return 1 - self.inf.conf_level

    @cached_property
    def statement(self) -> Statement:
        return statement(self.inf, self.claim)

    @property
    def several(self) -> bool:
        return len(self.claim.measures) > 1

    def parts(self) -> Iterator[pd.DataFrame]:
        """Rows of the estimates table, without wave and analysis."""
        claim = self.claim
        found = [self.ledger.tested(quantity) for quantity in claimed(claim)]
        known = [t for t in found if t is not None]
        barred = self._barred()
        if barred is not None or len(known) < len(found):
            yield from self._shown(known, barred or NO_ESTIMATE)
        elif claim.largest is not None:
            yield from self._ranked(known)
        else:
            yield from self._judged(known)
        for other in read_as(claim):
            reading = self.ledger.tested(other)
            if reading is None or barred is not None:
                yield self._untested(other.measure, reading, barred or NO_ESTIMATE)
            else:
                yield from self._alone(reading, other.measure)

    def _barred(self) -> str | None:
        """Why neither the claim nor a reading of it is tested; None where they are."""
        if self.claim.not_testable:
            return DECLARED
        return None if self.inf.probability else NO_SAMPLE

    def _shown(self, known: Sequence[OfMeasure], reason: str) -> Iterator[pd.DataFrame]:
        """What can be said where nothing is tested: the estimates."""
        if self.several or not known:
            yield self._untested(None, None, reason)
        for t in known:
            yield self._untested(t.measure if self.several else None, t, reason)

    def _untested(self, level: str | None, found: OfMeasure | None, reason: str) -> pd.DataFrame:
        if found is None:
            status = estimates.OK if self.several else estimates.NOT_ESTIMABLE
            row = {"estimand": self.claim.estimand, "unit": "verdict", "method": reason, "status": status}
            return pd.DataFrame([{"measure": self.claim.id, "level": level, "note": NOT_TESTABLE, **row}])
        how = found.rows["method"].fillna("").astype(str) + "; " + reason
        return self._rows(found, level).assign(note=NOT_TESTABLE, method=how)

    def _rows(self, found: OfMeasure, level: str | None) -> pd.DataFrame:
        """The estimates of one measure under the claim's name."""
        rows = found.rows.drop(columns=["wave", "analysis", "note"])
        return rows.assign(measure=self.claim.id, level=level, estimand=self.claim.estimand)

    def _judged(self, known: Sequence[OfMeasure]) -> Iterator[pd.DataFrame]:
        """Verdicts on each measure and, of several, on all together."""
        if not self.several:
            yield from self._alone(known[0], None)
            return
        aligned = _aligned(known)
        figures = [t.figures for t in aligned]
        for t, judged in zip(aligned, self.statement.of_each(figures), strict=True):
            yield from self._told(t, t.measure, judged)
        yield self._together(aligned, self.statement.of_all(figures))

    def _alone(self, found: OfMeasure, level: str | None) -> Iterator[pd.DataFrame]:
        """The verdict on one measure for itself."""
        return self._told(found, level, self.statement.of_one(found.figures))

    def _told(self, found: OfMeasure, level: str | None, judged: Judged) -> Iterator[pd.DataFrame]:
        """A verdict and what it rests on."""
        rows = self._rows(found, level).assign(
            statistic=judged.statistic, p_value=judged.p_value, p_adjusted=judged.p_adjusted, note=judged.words
        )
        if self.claim.equivalence is None:
            how = found.rows["method"].fillna("").astype(str) + f"; one-sided test against {self.claim.value:g}"
            yield rows.assign(method=how)
            yield self._reach(found, level)
            return
        yield rows
        yield self._equivalence(found, level)
        yield self._one_sided(found, level)
        yield self._power(found, level)

    def _together(self, aligned: Sequence[OfMeasure], judged: Judged) -> pd.DataFrame:
        """All measures at once: no estimate, the largest p of any."""
        n = np.min([t.column("n") for t in aligned], axis=0)
        return pd.DataFrame({
            **{name: aligned[0].rows[name] for name in DOMAIN},
            "measure": self.claim.id, "estimand": self.claim.estimand, "p_value": judged.p_value, "n": n,
            "unit": "verdict", "note": judged.words,
            "method": "intersection-union: all hold, each unadjusted; contradicted by any after Holm's adjustment",
            "status": np.where(judged.words != NOT_TESTABLE, estimates.OK, estimates.NOT_ESTIMABLE),
        })  # fmt: skip

    def _equivalence(self, found: OfMeasure, level: str | None) -> pd.DataFrame:
        low, high = found.figures.interval(1 - 2 * self.alpha)
        bound = self.claim.equivalence or 0.0
        return self._rows(found, level).assign(
            estimand="equivalence", conf_low=low, conf_high=high, p_value=self.statement.within(found.figures),
            conf_level=np.where(np.isfinite(low), 1 - 2 * self.alpha, np.nan),
            method=f"two one-sided tests within {bound:g} of {self.claim.value:g}; interval of 1 - 2 alpha",
        )  # fmt: skip

    def _one_sided(self, found: OfMeasure, level: str | None) -> pd.DataFrame:
        value = self.statement.value
        sides = found.figures.against(value)
        below, above = sides.below, sides.above
        side = np.where(below < self.alpha, "below", np.where(above < self.alpha, "above", "neither")).astype(object)
        side[np.isnan(below)] = None
        return self._rows(found, level).assign(
            estimand="one_sided", estimate=found.column("estimate") - value, statistic=sides.statistic,
            p_value=np.minimum(below, above), note=side, deff=np.nan,
            conf_low=np.nan, conf_high=np.nan, conf_level=np.nan,
            method=f"estimate less {value:g}; one-sided test on the side where it lies",
        )  # fmt: skip

    def _power(self, found: OfMeasure, level: str | None) -> pd.DataFrame:
        bound = self.claim.equivalence or 0.0
        se, df = found.column("std_error"), found.column("df")
        power = [
            equivalence_power(s, d, bound, alpha=self.alpha) if s > 0 else np.nan for s, d in zip(se, df, strict=True)
        ]
        rows = self._rows(found, level).assign(
            estimand="power", estimate=power, unit="probability",
            method="of two one-sided tests, the truth being the value itself, at the error found",
        )  # fmt: skip
        return _bare(rows)

    def _reach(self, found: OfMeasure, level: str | None) -> pd.DataFrame:
        far = detectable(found.column("std_error"), found.column("df"), self.alpha, POWER)
        words = f"distance from the value that a one-sided test finds with power {POWER:g}, at the error found"
        return _bare(self._rows(found, level).assign(estimand="detectable", estimate=far, method=words))

    def _ranked(self, known: Sequence[OfMeasure]) -> Iterator[pd.DataFrame]:
        """One measure said to be larger than all others."""
        claim = self.claim
        for t in known:
            yield self._rows(t, t.measure)
        compared = rankings.compared(self.inf, claim)
        if isinstance(compared, str):
            yield self._untested(None, None, compared)
            return
        for found in compared:
            yield found.rows(claim, self.inf)


def statement(inf: Inference, claim: Claim) -> Statement:
    """What a claim says of a value or a side, at the study's level."""
    adjust = claim.adjust or inf.study.adjust
    return Statement(claim.value or 0.0, 1 - inf.conf_level, claim.direction, claim.equivalence, adjust)


def _bare(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a number that has no error of its own; none where it could not be had."""
    known = np.isfinite(rows["estimate"].to_numpy(float))
    status = np.where(known, rows["status"].to_numpy(object), estimates.NOT_ESTIMABLE)
    return rows.assign(**dict.fromkeys(_BARE, np.nan), status=status)


def _aligned(found: Sequence[OfMeasure]) -> list[OfMeasure]:
    """The same domains in the same order: those that every measure has."""
    keys = [list(map(tuple, t.rows[DOMAIN].fillna("").to_numpy())) for t in found]
    shared = [key for key in keys[0] if all(key in other for other in keys[1:])]
    places = [{key: at for at, key in enumerate(own)} for own in keys]
    return [
        OfMeasure(t.measure, t.rows.iloc[[place[key] for key in shared]].reset_index(drop=True))
        for t, place in zip(found, places, strict=True)
    ]
