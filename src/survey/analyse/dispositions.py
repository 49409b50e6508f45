"""Final dispositions of the cases that were drawn, from the question of role `disposition`.

Its codes are AAPOR's, as ``1.1`` or ``110``, or its letters: I, P, R, NC, O, UH, UO, NE.
"""

from __future__ import annotations

import numpy as np

from survey.analyse.measures import level_codes
from survey.core.questions import Question
from survey.core.wave import Wave
from survey.stats.arrays import Bools
from survey.stats.dispositions import Dispositions

LETTERS = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")
#: First digits of AAPOR's codes → its letters; the longest that fits counts.
DIGITS = {
    "10": "I", "11": "I", "12": "P", "20": "O", "21": "R", "22": "NC", "23": "O", "3": "UO", "31": "UH", "4": "NE",
}  # fmt: skip


def question(wave: Wave) -> Question | None:
    """The question of role `disposition` that the wave holds; None where it has none."""
    return next((q for q in wave.instrument.by_role("disposition") if q.levels and q.name in wave.frame), None)


def letter(code: str) -> str | None:
    """AAPOR's letters for a code; None for one that is not AAPOR's."""
    if code.upper() in LETTERS:
        return code.upper()
    digits = code.replace(".", "")
    return DIGITS.get(digits[:2], DIGITS.get(digits[:1])) if digits.isdigit() else None


def outcomes(wave: Wave, asked: Question) -> np.ndarray | None:
    """Letters of each case, (n,); UO without a disposition, and None where a code in use is not AAPOR's."""
    letters = np.array([*(letter(level.key) for level in asked.levels), "UO"], dtype=object)
    found: np.ndarray = letters[level_codes(wave, asked.name)]
    return None if any(each is None for each in found) else found


def interviewed(wave: Wave) -> Bools:
    """(n,) whether there was an interview; everyone where the wave has no dispositions that can be read."""
    asked = question(wave)
    found = outcomes(wave, asked) if asked else None
    return np.ones(len(wave.frame), dtype=bool) if found is None else np.isin(found, ["I", "P"])


def counts(found: np.ndarray) -> Dispositions:
    """Numbers of cases by outcome."""
    n = {each: int((found == each).sum()) for each in LETTERS}
    return Dispositions(n["I"], n["P"], n["R"], n["NC"], n["O"], n["UH"] + n["UO"], n["NE"])
