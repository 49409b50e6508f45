"""How well the questionnaire was answered: completion, nonresponse, patterns that need no reading.

Respondents are counted, never dropped. What concerns the fieldwork (response rates, speed,
interviewers) is in `fieldwork`. A further check is a function and a line in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from survey.analyse import fieldwork
from survey.analyse.answering import KINDS, WHOLE, Answering
from survey.analyse.inference import Inference, evaluate
from survey.analyse.items import Battery
from survey.analyse.measures import level_codes, numbers
from survey.analyse.rows import Rows
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.straightlining import LEAST_ANSWERS, enough, repeated, straight
from survey.stats.tally import column_tally, level_tally

#: AAPOR's conventional limits: an interview with at least so much answered is complete, or partial.
COMPLETE, PARTIAL = 0.8, 0.5
CLASSES = ("complete", "partial", "break_off")
#: Sets of answers to fewer questions than this coincide by chance.
LEAST_VECTOR = 20


def quality(inf: Inference) -> pd.DataFrame:
    """Shares and means that tell how carefully people were asked and answered, weighted, with intervals.

    `measure` is empty for what concerns the whole questionnaire. Nonresponse and completion classes are
    given for everyone, the rest in each group too. Response rates and interviewer effects are unweighted.
    """
    answering = Answering(inf, Rows(inf, "quality"))
    for check in CHECKS:
        check(answering)
    tables = [answering.rows.table(), fieldwork.response_rates(answering), fieldwork.interviewers(answering)]
    table = pd.concat([t for t in tables if len(t)], ignore_index=True)
    return table.assign(measure=table["measure"].replace(WHOLE, pd.NA))


def completion(a: Answering) -> None:
    """Share of the questions asked that a respondent answered: its mean, and AAPOR's classes of it."""
    asked, answered = (a.kinds >= 0).sum(axis=1), (a.kinds == 0).sum(axis=1)
    share = np.divide(answered, asked, out=np.full(len(asked), np.nan), where=asked > 0)
    a.add_mean(WHOLE, "completion", share, 1.0, "proportion")
    level = np.select([asked == 0, share >= COMPLETE, share >= PARTIAL], [-1, 0, 1], 2).astype(np.intp)
    tally = level_tally(level, len(CLASSES), a.inf.groupings[:1], a.inf.sampling)
    found = evaluate(a.inf, tally, influence.shares, "share")
    a.rows.add(
        WHOLE, "completion_class", found, tally, level=CLASSES, n_level=tally.count, unit="proportion",
        names=a.inf.names.part(0, 1),
    )  # fmt: skip


def item_nonresponse(a: Answering) -> None:
    """Missing answers among those asked: `proportion` of each kind (`level`), `item_nonresponse` of all kinds."""
    everyone, names = a.inf.groupings[:1], a.inf.names.part(0, 1)
    for column, name in enumerate(a.questions):
        tally = level_tally(a.kinds[:, column], len(KINDS) + 1, everyone, a.inf.sampling)
        kinds = evaluate(a.inf, tally, partial(_kinds, first=1), "share")
        a.rows.add(
            name, "proportion", kinds, tally, level=KINDS, n_level=tally.count[:, 1:], unit="proportion", names=names
        )
        chosen = np.arange(len(KINDS) + 1) > 0
        every = evaluate(a.inf, tally, partial(influence.share_of, chosen=chosen), "share")
        n_level = tally.count[:, 1:].sum(axis=1)
        a.rows.add(name, "item_nonresponse", every, tally, n_level=n_level, unit="proportion", names=names)
    for battery in a.batteries:
        _battery_nonresponse(a, battery)


def _kinds(total: Floats, first: int) -> influence.Linearised:
    """Shares of the levels from `first` on, all levels being the base."""
    every = influence.shares(total)
    return influence.Linearised(every.estimate[:, first:], every.value[:, :, first:], every.spread[:, first:])


def _battery_nonresponse(a: Answering, battery: Battery) -> None:
    """The same over an indicator's items: missing answers over items asked, a ratio of weighted sums."""
    kinds = a.kinds[:, [a.questions.index(name) for name in battery.names if name in a.questions]]
    asked = (kinds >= 0).sum(axis=1)
    missing = np.column_stack([(kinds == k + 1).sum(axis=1) for k in range(len(KINDS))] + [(kinds > 0).sum(axis=1)])
    columns = np.column_stack([asked, missing, missing > 0]).astype(float)
    tally = column_tally(columns, asked > 0, a.inf.groupings[:1], a.inf.sampling)
    for k, kind in enumerate([*KINDS, None], start=1):
        found = evaluate(a.inf, tally, partial(influence.ratio, above=k, below=0), "share", with_deff=False)
        a.rows.add(
            battery.indicator.name, "proportion" if kind else "item_nonresponse", found, tally, level=[kind],
            n_level=tally.count[:, k + len(KINDS) + 1], unit="proportion", names=a.inf.names.part(0, 1),
        )  # fmt: skip


def straightlining(a: Answering) -> None:
    """Share who gave one answer to every item of an indicator, and of all indicators, before reverse-scoring.

    Judged are those who answered three items and half of them.
    """
    for battery in a.batteries:
        if len(battery.names) >= LEAST_ANSWERS:
            a.add_share(battery.indicator.name, "straightlining", *_straight(battery.given))
    if a.span is not None and len(a.batteries) > 1:
        a.add_share(WHOLE, "straightlining", *_straight(np.column_stack([b.given for b in a.batteries])))


def _straight(given: Floats) -> tuple[np.ndarray, np.ndarray]:
    return straight(given, enough(given.shape[1]))


def duplicates(a: Answering) -> None:
    """Share whose answers to the whole questionnaire are those of someone else too.

    Judged are those who answered half of what they were asked; where fewer than `LEAST_VECTOR` questions
    were asked, honest answers coincide too often for the check to mean anything, and there is no row.
    """
    if len(a.questions) < LEAST_VECTOR:
        return
    vectors = np.column_stack([_as_number(a, name) for name in a.questions])
    asked, answered = (a.kinds >= 0).sum(axis=1), (a.kinds == 0).sum(axis=1)
    judged = a.interviewed & (answered >= LEAST_VECTOR // 2) & (2 * answered >= asked)
    flagged = np.zeros(len(judged), dtype=bool)
    flagged[judged] = repeated(vectors[judged])
    a.add_share(WHOLE, "duplicates", flagged, judged)


def _as_number(a: Answering, name: str) -> Floats:
    """Answers as numbers that are equal where answers are equal; NaN without one."""
    variable = a.wave.instrument.variable(name)
    if variable.type == "multi":
        codes = pd.factorize(a.wave.answers(name))[0]
        return np.where(codes < 0, np.nan, codes)
    if variable.levels:
        code = level_codes(a.wave, name)
        return np.where(code < 0, np.nan, code)
    return numbers(a.wave, name)


def contradictions(a: Answering) -> None:
    """Share who break each check of the instrument (`level`), of those of whom it is known."""
    frame = a.wave.frame
    for check in a.wave.instrument.checks:
        nowhere = pd.Series(np.full(len(frame), np.nan))
        values = {name: frame.get(name, nowhere) for name in check.rule.names}
        holds = check.rule.evaluate(values, len(frame))
        known = holds.notna().to_numpy(bool)
        a.add_share(WHOLE, "check_violation", known & ~holds.fillna(True).to_numpy(bool), known, level=check.id)


def acquiescence(a: Answering) -> None:
    """How far agreement with items of both directions lies above the middle of the scale, in scale points.

    The mean of a respondent's answers to plain and to reversed items, as given, weighs both alike, so
    that an opinion cancels and the habit of agreeing stays. Only where both kinds of items were answered.
    """
    for battery in a.batteries:
        if battery.span is not None:
            _agreement(a, battery.indicator.name, battery.given, battery.reversed, battery.span)
    if a.span is not None and len(a.batteries) > 1:
        given = np.column_stack([b.given for b in a.batteries])
        _agreement(a, WHOLE, given, np.concatenate([b.reversed for b in a.batteries]), a.span)


def _agreement(a: Answering, measure: str, given: Floats, turned: np.ndarray, span: tuple[float, float]) -> None:
    if not turned.any() or turned.all():
        return
    balance = (_row_means(given[:, ~turned]) + _row_means(given[:, turned])) / 2
    a.add_mean(measure, "acquiescence", balance - sum(span) / 2, span[1] - span[0], "scale points")


def _row_means(x: Floats) -> Floats:
    known = np.isfinite(x)
    count = known.sum(axis=1)
    mean: Floats = np.divide(np.where(known, x, 0.0).sum(axis=1), count, out=np.full(len(x), np.nan), where=count > 0)
    return mean


CHECKS: tuple[Callable[[Answering], None], ...] = (
    completion,
    item_nonresponse,
    straightlining,
    duplicates,
    acquiescence,
    contradictions,
    fieldwork.speeders,
)
