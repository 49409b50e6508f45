"""Published statements against the wave: supported, contradicted, undecided, or not testable.

`note` holds the verdict. A statement about one measure has its verdict in the measure's row, without a
`level`; one about several has a row each (`level` = the measure) and a row of all together. What each
verdict rests on stands beside it: `equivalence` (the interval at 1 − 2α), `one_sided`, `power`,
`detectable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse import claim_words, rankings
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.tested import DOMAIN, Ledger, OfMeasure
from survey.core import estimates
from survey.core.statements import Claim
from survey.stats.arrays import Floats
from survey.stats.multiplicity import Method, detectable, equivalence_power
from survey.stats.sides import Sides
from survey.stats.verdicts import Verdict, joint_verdict, own_verdicts, value_verdict

NO_CLAIMS = "The study declares no claims."
NOT_TESTABLE = "not_testable"
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
    names = [name for claim in inf.study.claims for name in _measures(claim)]
    ledger = Ledger.of(inf, names, {claim.estimand for claim in inf.study.claims})
    parts = [part for claim in inf.study.claims for part in _Judge(inf, ledger, claim).parts()]
    if named := [claim for claim in inf.study.claims if claim.word is not None]:
        called = claim_words.words(inf)
        parts += [claim_words.under_rules(inf, claim, called) for claim in named]
    table = pd.concat(parts, ignore_index=True).assign(wave=inf.respondents.name, analysis="claims")
    return estimates.table(table)


def _measures(claim: Claim) -> tuple[str, ...]:
    return *claim.measures, *(reading.measure for reading in claim.readings)


@dataclass(frozen=True)
class _Judge:
    """One claim of one wave."""

    inf: Inference = field(repr=False)
    ledger: Ledger = field(repr=False)
    claim: Claim

    @property
    def alpha(self) -> float:
        return 1 - self.inf.conf_level

    @property
    def method(self) -> Method:
        return self.claim.adjust or self.inf.study.adjust

    @property
    def several(self) -> bool:
        return len(self.claim.measures) > 1

    def parts(self) -> Iterator[pd.DataFrame]:
        """Rows of the estimates table, without wave and analysis."""
        claim = self.claim
        found = [self.ledger.tested(name, claim.estimand, claim.answer) for name in claim.measures]
        known = [t for t in found if t is not None]
        if (reason := self._reason(known)) is not None:
            yield from self._shown(known, reason)
        elif claim.largest is not None:
            yield from self._ranked(known)
        else:
            yield from self._judged(known)
        for other in claim.readings:
            reading = self.ledger.tested(other.measure, claim.estimand, other.answer)
            if reading is None or reason is not None:
                yield self._untested(other.measure, reading, reason or NO_ESTIMATE)
            else:
                yield from self._alone(reading, other.measure)

    def _reason(self, known: Sequence[OfMeasure]) -> str | None:
        """Why nothing is tested; None where something is."""
        if self.claim.not_testable:
            return DECLARED
        if not self.inf.probability:
            return NO_SAMPLE
        return NO_ESTIMATE if len(known) < len(self.claim.measures) else None

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
        if self.claim.direction is None:
            yield from self._values(aligned)
            return
        sides = [t.against(self.claim.value or 0.0) for t in aligned]
        supporting, opposing = (np.stack(p) for p in zip(*map(self._for_and_against, sides), strict=True))
        own = [own_verdicts(p, q, self.alpha, self.method) for p, q in zip(supporting.T, opposing.T, strict=True)]
        for k, t in enumerate(aligned):
            words, adjusted = [w[k] for w, _ in own], np.array([p[k] for _, p in own])
            yield self._directed(t, t.measure, words, supporting[k], adjusted, sides[k].statistic)
            yield self._reach(t, t.measure)
        joint = [joint_verdict(p, q, self.alpha) for p, q in zip(supporting.T, opposing.T, strict=True)]
        yield self._together(aligned, joint, supporting.max(axis=0))

    def _values(self, aligned: Sequence[OfMeasure]) -> Iterator[pd.DataFrame]:
        """Several measures that should all be the value: all of them, or one that is not."""
        each = [self._value_words(t) for t in aligned]
        for t in aligned:
            yield from self._alone(t, t.measure)
        joint: list[Verdict] = [
            "supported" if set(said) == {"supported"} else "contradicted" if "contradicted" in said else "undecided"
            for said in zip(*each, strict=True)
        ]
        p = np.max([self._within(t) for t in aligned], axis=0)
        yield self._together(aligned, joint, p)

    def _alone(self, found: OfMeasure, level: str | None) -> Iterator[pd.DataFrame]:
        """The verdict on one measure for itself, and what it rests on."""
        claim, value = self.claim, self.claim.value or 0.0
        sides = found.against(value)
        if claim.equivalence is None:
            supporting, opposing = self._for_and_against(sides)
            pairs = zip(supporting[:, None], opposing[:, None], strict=True)
            words = [joint_verdict(p, q, self.alpha) for p, q in pairs]
            yield self._directed(found, level, words, supporting, supporting, sides.statistic)
            yield self._reach(found, level)
            return
        words = self._value_words(found)
        yield self._rows(found, level).assign(
            statistic=sides.statistic, p_value=sides.two_sided, note=self._said(found, words)
        )
        yield self._equivalence(found, level)
        yield self._one_sided(found, level, sides.below, sides.above, sides.statistic)
        yield self._power(found, level)

    def _for_and_against(self, sides: Sides) -> tuple[Floats, Floats]:
        """p that speaks for the claim, p that speaks against it."""
        return (sides.below, sides.above) if self.claim.direction == "below" else (sides.above, sides.below)

    def _said(self, found: OfMeasure, words: Sequence[str]) -> np.ndarray:
        """The verdicts; nothing can be tested where there is no estimate."""
        return np.where(np.isfinite(found.column("estimate")), np.array(words, dtype=object), NOT_TESTABLE)

    def _value_words(self, found: OfMeasure) -> list[Verdict]:
        narrow, wide = found.interval(1 - 2 * self.alpha), found.interval(1 - self.alpha)
        value, bound = self.claim.value or 0.0, self.claim.equivalence or 0.0
        ends = zip(*narrow, *wide, strict=True)
        return [value_verdict((float(a), float(b)), (float(c), float(d)), value, bound) for a, b, c, d in ends]

    def _directed(
        self, found: OfMeasure, level: str | None, words: Sequence[str], p: Floats, adjusted: Floats, statistic: Floats
    ) -> pd.DataFrame:
        how = found.rows["method"].fillna("").astype(str) + f"; one-sided test against {self.claim.value:g}"
        return self._rows(found, level).assign(
            statistic=statistic, p_value=p, p_adjusted=adjusted, note=self._said(found, words), method=how
        )

    def _together(self, aligned: Sequence[OfMeasure], words: Sequence[str], p: Floats) -> pd.DataFrame:
        """All measures at once: no estimate, the largest p of any."""
        n = np.min([t.column("n") for t in aligned], axis=0)
        known = np.all([np.isfinite(t.column("estimate")) for t in aligned], axis=0)
        return pd.DataFrame({
            **{name: aligned[0].rows[name] for name in DOMAIN},
            "measure": self.claim.id, "estimand": self.claim.estimand, "p_value": p, "n": n, "unit": "verdict",
            "method": "intersection-union: all hold, each unadjusted; contradicted by any after Holm's adjustment",
            "note": np.where(known, np.array(words, dtype=object), NOT_TESTABLE),
            "status": np.where(known, estimates.OK, estimates.NOT_ESTIMABLE),
        })  # fmt: skip

    def _within(self, found: OfMeasure) -> Floats:
        """p of two one-sided tests that the truth lies within the bounds."""
        value, bound = self.claim.value or 0.0, self.claim.equivalence or 0.0
        found_p: Floats = np.maximum(found.against(value - bound).above, found.against(value + bound).below)
        return found_p

    def _equivalence(self, found: OfMeasure, level: str | None) -> pd.DataFrame:
        low, high = found.interval(1 - 2 * self.alpha)
        bound = self.claim.equivalence or 0.0
        return self._rows(found, level).assign(
            estimand="equivalence", conf_low=low, conf_high=high, p_value=self._within(found),
            conf_level=np.where(np.isfinite(low), 1 - 2 * self.alpha, np.nan),
            method=f"two one-sided tests within {bound:g} of {self.claim.value:g}; interval of 1 - 2 alpha",
        )  # fmt: skip

    def _one_sided(
        self, found: OfMeasure, level: str | None, below: Floats, above: Floats, statistic: Floats
    ) -> pd.DataFrame:
        side = np.where(below < self.alpha, "below", np.where(above < self.alpha, "above", "neither")).astype(object)
        side[np.isnan(below)] = None
        return self._rows(found, level).assign(
            estimand="one_sided", estimate=found.column("estimate") - (self.claim.value or 0.0), statistic=statistic,
            p_value=np.minimum(below, above), note=side, deff=np.nan,
            conf_low=np.nan, conf_high=np.nan, conf_level=np.nan,
            method=f"estimate less {self.claim.value:g}; one-sided test on the side where it lies",
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
            words, adjusted = own_verdicts(found.supporting, found.opposing, self.alpha, self.method)
            all_of_them = joint_verdict(adjusted, found.opposing, self.alpha) if found.known else NOT_TESTABLE
            yield found.rows(claim, words, adjusted, all_of_them, self.inf)


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
