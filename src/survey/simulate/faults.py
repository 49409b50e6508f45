"""What goes wrong between a questionnaire and a data file, planted in small, known doses.

Each fault takes the frame of texts and random numbers and returns a new frame. None of them changes what
an answer means, so the truth of the population stays the truth; unknown codes stay far below the 5 per
cent at which cleaning stops. A new fault is one function and its name in `PLANTED`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from survey.core.instrument import Instrument

Fault = Callable[[pd.DataFrame, Instrument, np.random.Generator], pd.DataFrame]

MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
          "November", "Desember")  # fmt: skip
#: A block of numbers that no operator has given out.
TELEPHONES = ("HP 0800-0000-0001", "WA: 0800 0000 0002", "telp. +62 800-0000-0003")


def skipped(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """One answer in a hundred left empty, in the modules after the respondent's characteristics."""
    for name in _asked(frame, instrument):
        frame = _overwrite(frame, name, _some(frame, name, 0.01, rng), lambda _: None)
    return frame


def strange_codes(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Codes that no scale has, in six questions, and a residence longer than a life."""
    likert = [q for q in _asked(frame, instrument) if len(instrument.question(q).levels) == 5]
    for name in rng.choice(likert, 6, replace=False):
        frame = _overwrite(
            frame, str(name), _rows(frame, str(name), 2, rng), lambda _: str(rng.choice(["7", "33", "55"]))
        )
    return _overwrite(frame, "lama", _rows(frame, "lama", 2, rng), lambda _: "150")


def aliases(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Some kelurahan written as the other authority spells them."""
    scale = instrument.question("kel").scale
    spelled: dict[str, list[str]] = {}
    for text, key in scale.synonyms.items() if scale else ():
        spelled.setdefault(key, []).append(text)
    rows = _some(frame, "kel", 0.3, rng, spelled)
    return _overwrite(frame, "kel", rows, lambda code: str(rng.choice(spelled[code])))


def abbreviations(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """A few agreements entered as their letters or in words people use."""
    words = {"1": ["STS"], "2": ["kurang setuju", "TS"], "3": ["ragu-ragu", "N"], "4": ["S", "s"], "5": ["SS", "ss"]}
    for name in _asked(frame, instrument):
        scale = instrument.question(name).scale
        if scale is None or scale.name != "setuju5":
            continue
        rows = _some(frame, name, 0.006, rng, words)
        frame = _overwrite(frame, name, rows, lambda code: str(rng.choice(words[code])))
    return frame


def amounts(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Sums of money as people write them: 150.000, Rp150rb, 150 ribu, 0,15 juta."""

    def written(amount: str) -> str:
        value = int(amount)
        grouped = f"{value:,}".replace(",", ".")
        million = f"{value / 1e6:g}".replace(".", ",") + " juta"
        ways = [amount, grouped, f"Rp{grouped}", f"Rp{value // 1000}rb", f"{value // 1000} ribu", million]
        return str(rng.choice(ways, p=[0.5, 0.2, 0.1, 0.08, 0.07, 0.05]))

    rows = [r for r, text in enumerate(frame["dd_biaya"]) if text is not None and text.isdigit()]
    return _overwrite(frame, "dd_biaya", rows, written)


def slashed_dates(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Every date as day/month/year, so that 05/08 is 5 August."""
    return _overwrite(frame, "tgl", range(len(frame)), lambda day: "/".join(reversed(day.split("-"))))


def spelled_dates(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """One date in twelve written out in Indonesian."""

    def written(day: str) -> str:
        year, month, number = day.split("-")
        return f"{int(number)} {MONTHS[int(month) - 1]} {year}"

    return _overwrite(frame, "tgl", _some(frame, "tgl", 1 / 12, rng), written)


def contradictions(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Three who tick "owns no device" beside a device, three who have lived in the city longer than they lived."""
    frame = _overwrite(frame, "dd_alat", _rows(frame, "dd_alat", 3, rng), lambda _: "hp tdk")
    return _overwrite(frame, "lama", _rows(frame, "lama", 3, rng), lambda _: "98")


def telephones(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Three respondents add a telephone number to their suggestion, against the request."""
    numbers = iter(TELEPHONES)
    rows = _rows(frame, "usul", len(TELEPHONES), rng)
    return _overwrite(frame, "usul", rows, lambda text: f"{text} Hubungi {next(numbers)}.")


def repeats(frame: pd.DataFrame, instrument: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """Four records sent twice, the copies at the end."""
    return pd.concat([frame, frame.iloc[_rows(frame, "jk", 4, rng)]], ignore_index=True)


#: Format of the file → faults in order; copies come last, so that they stay identical.
PLANTED: dict[str, Sequence[Fault]] = {
    "csv": (
        skipped, strange_codes, contradictions, aliases, abbreviations, amounts, slashed_dates, telephones, repeats,
    ),
    "xlsx": (skipped, contradictions, aliases, abbreviations, amounts, spelled_dates, telephones, repeats),
    "sav": (skipped, strange_codes, contradictions, telephones, repeats),
}  # fmt: skip


def plant(frame: pd.DataFrame, instrument: Instrument, form: str, rng: np.random.Generator) -> pd.DataFrame:
    """The frame with every fault of its file format."""
    for fault in PLANTED[form]:
        frame = fault(frame, instrument, rng)
    return frame


def _asked(frame: pd.DataFrame, instrument: Instrument) -> list[str]:
    """Questions of one answer that everybody was asked, after the respondent's characteristics."""
    return [
        q.name for q in instrument.questions
        if q.module not in ("A", "B") and q.ask_if is None and q.type in ("ordinal", "nominal") and q.name in frame
    ]  # fmt: skip


def _some(
    frame: pd.DataFrame, name: str, share: float, rng: np.random.Generator, among: Collection[str] | None = None
) -> list[int]:
    """Rows with an answer, or with one `among` some, each taken with probability `share`."""
    wanted = frame[name].notna() if among is None else frame[name].isin(list(among))
    filled = np.flatnonzero(wanted)
    return [int(r) for r in filled[rng.random(len(filled)) < share]]


def _rows(frame: pd.DataFrame, name: str, n: int, rng: np.random.Generator) -> list[int]:
    return [int(r) for r in rng.choice(np.flatnonzero(frame[name].notna()), n, replace=False)]


def _overwrite(
    frame: pd.DataFrame, name: str, rows: Sequence[int], change: Callable[[str], str | None]
) -> pd.DataFrame:
    column = frame[name].to_list()
    for row in rows:
        column[row] = change(column[row])
    return frame.assign(**{name: pd.Series(column, dtype=object)})
