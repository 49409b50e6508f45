"""Whether two waves may be compared at all, measure by measure, and if not, why.

What the files declare comes first: questions left out, reworded or with other answers, another mode, another
kind of sample. What they do not declare shows in the answers: a scale that was turned around changes the sign
of its correlations, and an indicator that means something else fails the ladder of invariance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from survey.analyse.changes import contrast
from survey.analyse.inference import Inference
from survey.analyse.invariance import across
from survey.analyse.items import Battery, batteries
from survey.analyse.measures import described, numbers
from survey.analyse.respondents import InMemory
from survey.core.instrument import Indicator, Instrument
from survey.core.questions import Question
from survey.core.study import WaveSpec
from survey.stats.arrays import Floats

NOT_ASKED = "the question was not asked in one of the waves"
OTHER_ITEMS = "questions of the indicator were added or dropped"
REWORDED = "the question was worded otherwise"
ITEM_REWORDED = "a question of the indicator was worded otherwise"
MERGED = "answers of one wave are put together as the other's are not"
OTHER_MODE = "people were asked in another way"
OTHER_SAMPLE = "one sample was drawn at random, the other was not"
TURNED = "the scale seems to be turned around in one of the waves"
ITEM_TURNED = "the scale of a question of the indicator seems to be turned around in one of the waves"
INVARIANCE = "the questions of the indicator do not measure the same in both waves"
OF_SOURCE = "it is computed from answers that cannot be compared"
RECODED = "codes of one wave were translated as declared"

#: A correlation counts as of one sign beyond this size, and so many of its standard errors.
LEAST_CORRELATION, ERRORS = 0.1, 3.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a measure may be compared between two waves; `reasons` why not, `remark` what a reader should know."""

    measure: str
    reasons: tuple[str, ...]
    remark: str | None = None

    @property
    def barred(self) -> str | None:
        """All reasons in one; None where there are none."""
        return "; ".join(self.reasons) or None


@dataclass(frozen=True)
class Asked:
    """What one wave asked, and how its answers hang together."""

    inf: Inference = field(repr=False)

    @property
    def spec(self) -> WaveSpec:
        """What the study says of the wave."""
        return self.inf.study.wave(self.inf.respondents.name)

    @cached_property
    def batteries(self) -> Mapping[str, Battery]:
        """Items of each indicator; none where respondents lie outside memory."""
        if not isinstance(self.inf.respondents, InMemory):
            return {}
        return {b.indicator.name: b for b in batteries(self.inf.wave)}

    @cached_property
    def item_signs(self) -> Mapping[str, Mapping[str, int]]:
        """Sign of each item's correlation with the rest of its indicator: −1, 1, or 0 where it is not clear."""
        return {name: dict(zip(b.names, _item_rest(b.scored), strict=True)) for name, b in self.batteries.items()}

    @cached_property
    def indicator_signs(self) -> Mapping[str, int]:
        """Sign of each indicator's correlation with the others; 0 where it is not clear."""
        names = list(self.batteries)
        if len(names) < 3:
            return {}
        scores = np.column_stack([numbers(self.inf.wave, name) for name in names])
        return dict(zip(names, _item_rest(scores), strict=True))


def verdicts(later: Asked, earlier: Asked) -> list[Verdict]:
    """The verdict on each question, derived variable and indicator that either wave holds."""
    whole, pair = tuple(_of_fieldwork(later.spec, earlier.spec)), (later, earlier)
    instrument = later.inf.instrument
    questions = {q.name: _question(q, pair, whole) for q in instrument.questions}
    found = {**questions, **_derived(instrument, questions, whole)}
    shown = [v.name for v in described(instrument)]
    indicators = [_indicator(i, pair, questions, whole) for i in instrument.indicators]
    held = [a.inf.respondents.holds for a in pair]
    return [v for v in (*(found[name] for name in shown), *indicators) if any(h(v.measure) for h in held)]


def rows(found: Sequence[Verdict], later: Inference, earlier: Inference) -> list[dict[str, object]]:
    """Records of the estimates table: `comparable`, 1 or 0, its `note` the reasons."""
    of_pair = {"wave": later.respondents.name, "analysis": "trend", "contrast": contrast(later, earlier)}
    words = "declared changes of instrument, mode and sample; signs of correlations; invariance of indicators"
    return [
        of_pair | {"measure": v.measure, "estimand": "comparable", "estimate": float(not v.reasons),
                   "unit": "yes or no", "method": words, "note": v.barred or v.remark}
        for v in found
    ]  # fmt: skip


def _of_fieldwork(later: WaveSpec, earlier: WaveSpec) -> Iterator[str]:
    if later.design.sampling != earlier.design.sampling:
        yield OTHER_SAMPLE
    if later.mode is not None and earlier.mode is not None and later.mode != earlier.mode:
        yield OTHER_MODE


def _question(q: Question, pair: tuple[Asked, Asked], whole: tuple[str, ...]) -> Verdict:
    reasons = list(whole)
    if not all(a.inf.respondents.holds(q.name) for a in pair):
        reasons.append(NOT_ASKED)
    if _reworded(q, pair):
        reasons.append(REWORDED)
    codes = [q.recode.get(a.spec.name, {}) for a in pair]
    recoded = codes[0] != codes[1]
    if recoded and any(len(set(c.values())) < len(c) for c in codes):
        reasons.append(MERGED)
    if any(_opposed([a.item_signs.get(i, {}).get(q.name, 0) for a in pair]) for i in pair[0].item_signs):
        reasons.append(TURNED)
    return Verdict(q.name, tuple(reasons), RECODED if recoded else None)


def _reworded(q: Question, pair: tuple[Asked, Asked]) -> bool:
    """Whether the wording changed after the earlier wave and no later than in the later one."""
    order = [w.name for w in pair[0].inf.study.waves]
    later, earlier = (order.index(a.spec.name) for a in pair)
    return any(name in q.changed for name in order[earlier + 1 : later + 1])


def _derived(instrument: Instrument, questions: Mapping[str, Verdict], whole: tuple[str, ...]) -> dict[str, Verdict]:
    """Derived variables: what is computed from answers that cannot be compared cannot be either."""
    found: dict[str, Verdict] = {}
    for d in instrument.derived:
        sources = [v for name in d.source.names if (v := questions.get(name) or found.get(name))]
        broken = any(v.reasons != whole for v in sources)
        found[d.name] = Verdict(d.name, (*whole, OF_SOURCE) if broken else whole)
    return found


def _indicator(
    of: Indicator, pair: tuple[Asked, Asked], questions: Mapping[str, Verdict], whole: tuple[str, ...]
) -> Verdict:
    items = [[i for i in of.items if a.inf.respondents.holds(i)] for a in pair]
    reasons = [*whole, *([OTHER_ITEMS] if items[0] != items[1] else [])]
    of_items = {reason for i in of.items for reason in questions[i].reasons if i in items[0] and i in items[1]}
    reasons += [words for reason, words in _OF_ITEMS.items() if reason in of_items]
    if _opposed([a.indicator_signs.get(of.name, 0) for a in pair]):
        reasons.append(TURNED)
    if not reasons and not _invariant(of, pair):
        reasons.append(INVARIANCE)
    return Verdict(of.name, tuple(reasons))


_OF_ITEMS = {REWORDED: ITEM_REWORDED, MERGED: MERGED, TURNED: ITEM_TURNED}


def _invariant(of: Indicator, pair: tuple[Asked, Asked]) -> bool:
    """Whether means may be compared by the ladder of invariance; also where it could not be tested."""
    found = [a.batteries.get(of.name) for a in pair]
    both = [b for b in found if b is not None]
    if len(both) < 2 or len(both[0].names) < 3:
        return True
    answers = {a.spec.name: b.scored for a, b in zip(pair, both, strict=True)}
    steps = across(of.name, both[0].names, answers, pair[0].spec.design.overlap)
    held = [row for row in steps if row["estimand"] == "invariance_level" and "estimate" in row]
    return all(row["level"] in ("scalar", "strict") for row in held)


def _item_rest(x: Floats) -> list[int]:
    """Sign of each column's correlation with the mean of the others, on complete rows; 0 where it is not clear."""
    x = x[np.isfinite(x).all(axis=1)]
    n, k = x.shape
    if n < 30 or k < 3:
        return [0] * k
    signs = []
    for j in range(k):
        rest = np.delete(x, j, axis=1).mean(axis=1)
        varies = x[:, j].std() > 0 and rest.std() > 0
        r = float(np.corrcoef(x[:, j], rest)[0, 1]) if varies else 0.0
        signs.append(int(np.sign(r)) if abs(r) > max(LEAST_CORRELATION, ERRORS / np.sqrt(n)) else 0)
    return signs


def _opposed(signs: Sequence[int]) -> bool:
    return signs[0] * signs[1] < 0
