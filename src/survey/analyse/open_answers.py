"""Open answers counted by a declared list of words: how many speak of which theme, never what anybody wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, NotApplicable, evaluate
from survey.analyse.rows import Rows
from survey.core.questions import NO_THEME, Question, Theme
from survey.stats import influence
from survey.stats.arrays import Bools, Floats
from survey.stats.tally import column_tally

NO_KEYWORDS = "No open question of this wave has keywords."


def open_answers(inf: Inference) -> pd.DataFrame:
    """Share of those who wrote something whose words point to each theme, and to none, for every domain of `inf`.

    An answer may point to several themes. Words are looked for without regard to capitals, from the
    start of a word; what is said against a theme counts like what is said for it.

    Raises
    ------
    NotApplicable
        Where no open question that the wave asked has keywords.
    """
    questions = list(_counted(inf))
    if not questions:
        raise NotApplicable(NO_KEYWORDS)
    rows = Rows(inf, "open_answers")
    for question in questions:
        _themes(inf, rows, question)
    return rows.table()


def _counted(inf: Inference) -> Iterator[Question]:
    for question in inf.instrument.questions:
        if question.keywords and inf.respondents.holds(question.name):
            yield question


def _themes(inf: Inference, rows: Rows, question: Question) -> None:
    place, texts = pd.factorize(inf.wave.answers(question.name))
    wrote = place >= 0
    columns = _found([str(text) for text in texts], question.keywords)[place] * wrote[:, None]
    tally = column_tally(np.column_stack([wrote, columns]).astype(float), wrote, inf.groupings, inf.sampling)
    found = evaluate(inf, tally, influence.option_shares, "share")
    levels = [*(theme.name for theme in question.keywords), NO_THEME]
    rows.add(question.name, "proportion", found, tally, level=levels, n_level=tally.count[:, 1:], unit="proportion")


def _found(texts: Sequence[str], themes: Sequence[Theme]) -> Floats:
    """Whether each text points to each theme, and last whether to none, (texts, themes + 1) of 0 and 1."""
    folded = [" ".join(text.casefold().split()) for text in texts]
    held: Bools = np.array([[bool(p.search(text)) for p in map(pattern, themes)] for text in folded], dtype=bool)
    held = held.reshape(len(folded), len(themes))
    return np.column_stack([held, ~held.any(axis=1)]).astype(np.float64)


def pattern(theme: Theme) -> re.Pattern[str]:
    """What finds a theme's words from the start of a word, in text of small letters and single spaces."""
    words = (re.escape(" ".join(word.casefold().split())) for word in theme.words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})")
