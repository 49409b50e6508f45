"""What each adult would answer about internet, services, barriers and the city's dimensions.

The answers of the six indicators, with their planted gaps, are in `perception`. Codes are those of the
instrument; multi-response answers are bits in the order of the tables below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from survey.simulate.population import (
    Codes,
    Column,
    Floats,
    Population,
    age_group,
    cut,
    schooling,
    standardised,
    stream,
)

NOT_APPLICABLE, DONT_KNOW, REFUSED = -7, -8, -9

#: Option → (how far the skilled tick it, share that ticks it), in the instrument's order.
OPTIONS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "dd_alat": {"hp": (1.2, 0.88), "hpb": (-0.6, 0.12), "pc": (0.9, 0.38), "tab": (0.5, 0.10), "tv": (0.4, 0.20)},
    "dd_guna": {
        "kom": (0.4, 0.93), "inf": (0.6, 0.72), "hib": (0.3, 0.76), "blj": (0.7, 0.34),
        "dgg": (0.7, 0.52), "bnk": (0.8, 0.45), "krj": (0.7, 0.36), "lyn": (0.9, 0.24),
    },
    "sc_sumber": {
        "rt": (-0.2, 0.31), "med": (0.5, 0.42), "brt": (0.1, 0.24), "bnr": (0.0, 0.35),
        "kel": (-0.1, 0.22), "seo": (0.5, 0.12), "ain": (0.0, 0.05),
    },
    "hb_alasan": {
        "tt": (-0.3, 0.52), "prl": (0.2, 0.24), "bisa": (-1.0, 0.18), "alat": (-0.9, 0.09), "byr": (-0.5, 0.13),
        "sny": (-0.2, 0.10), "dat": (0.4, 0.14), "prc": (0.3, 0.17), "tmu": (-0.5, 0.26), "dis": (-0.6, 0.04),
        "ain": (0.0, 0.05),
    },
}  # fmt: skip
#: Chosen only alone, where nothing else is: the bit after the others.
EXCLUSIVE = {"dd_alat": "tdk"}

#: Service → shares of the ladder (never heard, heard, used before, used in the last three months).
SERVICES = {
    "sv_tsc": (0.55, 0.27, 0.10, 0.08),
    "sv_siaran": (0.69, 0.285, 0.015, 0.01),
    "sv_pay": (0.60, 0.23, 0.09, 0.08),
    "sv_wifi": (0.38, 0.38, 0.15, 0.09),
    "sv_cctv": (0.50, 0.42, 0.05, 0.03),
}
#: Item → mean on its five-point scale and yearly change of it.
RATINGS = {
    "hb_perda": (3.35, 0.0), "hb_sdm": (3.25, -0.03), "hb_anggaran": (3.45, 0.0), "hb_sadar": (3.40, -0.03),
    "dm_gov": (2.95, 0.03), "dm_brand": (3.25, 0.0), "dm_eko": (3.05, 0.03), "dm_liv": (3.30, 0.0),
    "dm_soc": (3.20, 0.0), "dm_env": (2.80, -0.02), "percaya": (2.90, 0.02), "niat": (3.25, 0.04),
}  # fmt: skip
SKILLS = {"dd_sk1": 3.4, "dd_sk2": 3.2, "dd_sk3": 3.3, "dd_sk4": 3.1, "dd_sk5": 3.25}
#: Share that has heard of the programme in 2021, and its yearly growth.
AWARE, AWARE_GROWTH = 0.36, 0.022


def skill(population: Population) -> Floats:
    """(adults,) standard normal digital skill: higher for the young, the schooled and the well-off."""
    t = population.traits
    noise = stream(population.seed, "terampil").standard_normal(population.n, dtype=np.float32)
    raw = -0.028 * (t["umur"] - 42.0) + 0.25 * (t["pddk"] - 3.3) + 0.12 * (t["pdpt"] - 2.9) + 0.7 * noise
    return standardised(raw)


def habits(population: Population, skilled: Floats, trust: Floats, year: int, seed: int) -> dict[str, Column]:
    """Answers of modules C, D, F, G and H by name, over the whole population, routing obeyed.

    Parameters
    ----------
    skilled, trust : (adults,) standard normal; `trust` is what the perception items share.
    """
    draw = _Draw(population, year, seed)
    answers: dict[str, Column] = _internet(draw, skilled)
    answers |= _services(draw, skilled, year)
    user = np.maximum.reduce([answers[s] for s in ("sv_tsc", "sv_siaran", "sv_pay")]) >= 2
    answers["hb_alasan"] = np.where(user, NOT_APPLICABLE, draw.ticks("hb_alasan", skilled)).astype(np.int16)
    old = age_group(population.traits["umur"])
    for name, (mean, slope) in RATINGS.items():
        rated = draw.rating(name, mean + slope * (year - 2021), -0.35 * trust if name.startswith("hb") else 0.6 * trust)
        answers[name] = draw.unknown(name, rated, 0.04 + 0.025 * old)
    return answers


def code_answers(population: Population, seed: int, year: int) -> dict[str, Column]:
    """Answers of module B that are asked of a person: traits, with refusals of income and disability."""
    t = dict(population.traits)
    rng = stream(seed, year, "menolak")
    refuses = rng.random(population.n) < 0.10 + 0.025 * t["pdpt"]
    t["pdpt"] = np.where(refuses, REFUSED, t["pdpt"]).astype(np.int8)
    t["disab"] = np.where(rng.random(population.n) < 0.02, REFUSED, t["disab"]).astype(np.int8)
    return t


class _Draw:
    """Random answers of one wave; every variable has its own stream."""

    def __init__(self, population: Population, year: int, seed: int) -> None:
        self.n, self.year, self.seed = population.n, year, seed

    def normal(self, name: str) -> Floats:
        return stream(self.seed, self.year, name).standard_normal(self.n, dtype=np.float32)

    def chance(self, name: str) -> Floats:
        return stream(self.seed, self.year, name).random(self.n, dtype=np.float32)

    def ladder(self, name: str, cause: Floats, strength: float, shares: Sequence[float]) -> Codes:
        return cut(strength * cause + np.sqrt(1 - strength**2, dtype=np.float32) * self.normal(name), shares)

    def rating(self, name: str, mean: float, cause: Floats) -> Codes:
        """Codes 1–5 around `mean`; steps of one point, ends closed."""
        return np.clip(np.rint(mean + cause + 0.9 * self.normal(name)), 1, 5).astype(np.int8)

    def unknown(self, name: str, answers: Column, share: NDArray[np.floating]) -> Column:
        return np.where(self.chance(name + "?") < share, DONT_KNOW, answers).astype(answers.dtype)

    def ticks(self, name: str, cause: Floats) -> NDArray[np.int16]:
        bits = np.zeros(self.n, dtype=np.int16)
        for i, (option, (strength, share)) in enumerate(OPTIONS[name].items()):
            leaning = strength * cause + self.normal(f"{name}.{option}")
            bits |= (cut(leaning, (1 - share, share)).astype(np.int16)) << i
        if name in EXCLUSIVE:
            bits[bits == 0] = 1 << len(OPTIONS[name])
        return bits


def _internet(draw: _Draw, skilled: Floats) -> dict[str, Column]:
    inet = draw.ladder("dd_inet", skilled, 0.8, (0.06, 0.03, 0.05, 0.12, 0.74))
    online, ever = inet >= 2, inet >= 1
    fixed = draw.ladder("dd_konek", skilled, 0.5, (0.03, 0.02, 0.52, 0.07, 0.36))
    spending = 25_000 * np.rint(np.exp((0.55 * draw.normal("dd_biaya") + 0.25 * skilled + 1.6).astype(np.float64)))
    answers: dict[str, Column] = {
        "dd_alat": draw.ticks("dd_alat", skilled),
        "dd_inet": inet,
        "dd_konek": np.where(online, np.array([5, 4, 2, 3, 1])[fixed], NOT_APPLICABLE).astype(np.int8),
        "dd_biaya": np.where(online, np.minimum(spending, 2_500_000), NOT_APPLICABLE).astype(np.int32),
        "dd_mo1": draw.rating("dd_mo1", 3.7, 0.45 * skilled),
        "dd_mo2": draw.rating("dd_mo2", 2.7, -0.6 * skilled),
        "dd_guna": np.where(online, draw.ticks("dd_guna", skilled), NOT_APPLICABLE).astype(np.int16),
    }
    for name, mean in SKILLS.items():
        answers[name] = np.where(ever, draw.rating(name, mean, 0.75 * skilled), NOT_APPLICABLE).astype(np.int8)
    return answers


def _services(draw: _Draw, skilled: Floats, year: int) -> dict[str, Column]:
    share = AWARE + AWARE_GROWTH * (year - 2021)
    heard = draw.ladder("sc_tahu", skilled, 0.45, (1 - share, share))
    known = heard == 1
    depth = draw.ladder("sc_paham", skilled, 0.45, (0.33, 0.37, 0.22, 0.08)) + 1
    answers: dict[str, Column] = {
        "sc_tahu": heard,
        "sc_paham": np.where(known, depth, NOT_APPLICABLE).astype(np.int8),
        "sc_sumber": np.where(known, draw.ticks("sc_sumber", skilled), NOT_APPLICABLE).astype(np.int16),
    }
    growth = 1 - 0.03 * (year - 2021)
    for name, shares in SERVICES.items():
        used = np.array(shares) / np.array([1 / growth, 1, 1, 1])
        leaning = 0.55 * skilled + 0.45 * standardised(heard) + 0.7 * draw.normal(name)
        answers[name] = cut(leaning, tuple(used / used.sum()))
    return answers


def groupings(answers: Mapping[str, Column]) -> dict[str, tuple[Codes, tuple[str, ...]]]:
    """Grouping → (adults,) position of the level, -1 where missing, and the keys of its levels in the instrument."""
    income = np.array([-1, 0, 0, 1, 2, 2], dtype=np.int8)[np.maximum(answers["pdpt"], 0)]
    user = np.maximum.reduce([answers[s] for s in ("sv_tsc", "sv_siaran", "sv_pay")]) >= 2
    return {
        "jk": ((answers["jk"] - 1).astype(np.int8), ("1", "2")),
        "umur_kel": (age_group(answers["umur"]), ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")),
        "pddk3": (schooling(answers["pddk"]), ("0-2", "3", "4-6")),
        "pdpt3": (income, ("1-2", "3", "4-5")),
        "pengguna": (user.astype(np.int8), ("0", "1")),
        "tahu_sc": (np.maximum(answers["sc_tahu"], 2 * user).astype(np.int8), ("0", "1", "2")),
    }
