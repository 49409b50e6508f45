"""The synthetic finite population of Tangerang Selatan: every adult, household and RT, made first.

Separate from the answers because the people stay the same from wave to wave. A new trait of a person is
one line in `_traits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]
Codes = NDArray[np.int8]
Column = NDArray[np.integer]

ADULTS = 1_058_127
NEIGHBOURHOODS = 3_780
#: Registered residents by kecamatan, first semester of 2025; only their proportions are used.
REGISTER = {
    "36.74.01": 172_931, "36.74.02": 145_190, "36.74.03": 310_955, "36.74.04": 233_528,
    "36.74.05": 175_673, "36.74.06": 339_054, "36.74.07": 96_980,
}  # fmt: skip
#: Shares of households with 1 to 5 adults; chosen so that their unequal weights cost a Kish factor of 1.17.
HOUSEHOLD_SIZES = (0.13, 0.45, 0.24, 0.13, 0.05)
AGE_EDGES = (18, 25, 35, 45, 55, 65, 75, 96)
AGE_SHARES = (0.155, 0.225, 0.22, 0.185, 0.125, 0.06, 0.03)
EDUCATION_SHARES = (0.03, 0.09, 0.14, 0.40, 0.09, 0.21, 0.04)
INCOME_SHARES = (0.14, 0.28, 0.27, 0.20, 0.11)


def stream(seed: int, *names: object) -> np.random.Generator:
    """Random numbers of one named quantity, so that a new quantity leaves the others as they were."""
    return np.random.default_rng([seed, *(crc32(str(name).encode()) for name in names)])


@dataclass(frozen=True)
class Population:
    """Every adult of the city, ordered by kelurahan, RT and household.

    Attributes
    ----------
    kecamatan, kelurahan : (7,) and (54,) codes.
    kecamatan_of_kelurahan : (54,) position in `kecamatan`.
    kelurahan_of_rt, adults_of_rt, households_of_rt, first_household : (3780,)
    adults_of_household, first_adult : (households,)
    household, rt : (adults,) position of each adult's household and RT.
    traits : name → (adults,) codes of what does not change between waves: `jk`, `umur`, `pddk`, `pdpt` …
    """

    kecamatan: tuple[str, ...]
    kelurahan: tuple[str, ...]
    kecamatan_of_kelurahan: Ints = field(repr=False)
    kelurahan_of_rt: Ints = field(repr=False)
    adults_of_rt: Ints = field(repr=False)
    households_of_rt: Ints = field(repr=False)
    first_household: Ints = field(repr=False)
    adults_of_household: Ints = field(repr=False)
    first_adult: Ints = field(repr=False)
    household: Ints = field(repr=False)
    rt: Ints = field(repr=False)
    traits: Mapping[str, NDArray[np.integer]] = field(repr=False)
    seed: int = 0

    @property
    def n(self) -> int:
        """Adults."""
        return len(self.rt)

    @property
    def kec(self) -> Ints:
        """(adults,) position of each adult's kecamatan."""
        return self.kecamatan_of_kelurahan[self.kel]

    @property
    def kel(self) -> Ints:
        """(adults,) position of each adult's kelurahan."""
        return self.kelurahan_of_rt[self.rt]


def populate(kelurahan: Sequence[str], seed: int) -> Population:
    """The population that `seed` names: 1,058,127 adults in the given kelurahan and 3,780 RT.

    Parameters
    ----------
    kelurahan : codes such as ``36.74.01.1001``; the first eight characters are the kecamatan's.

    Notes
    -----
    Kecamatan in proportion to the register of 2025; kelurahan, RT (150 to 500 adults) and households
    (1 to 5 adults) are synthetic.
    """
    codes = tuple(sorted(kelurahan))
    kecamatan = tuple(sorted({k[:8] for k in codes}))
    kec_of_kel = np.array([kecamatan.index(k[:8]) for k in codes])
    adults_of_kel = _kelurahan_sizes(kecamatan, kec_of_kel, seed)
    kel_of_rt, adults_of_rt = _neighbourhoods(adults_of_kel, seed)
    households_of_rt, adults_of_household = _households(adults_of_rt, seed)
    household = np.repeat(np.arange(len(adults_of_household)), adults_of_household)
    return Population(
        kecamatan=kecamatan,
        kelurahan=codes,
        kecamatan_of_kelurahan=kec_of_kel,
        kelurahan_of_rt=kel_of_rt,
        adults_of_rt=adults_of_rt,
        households_of_rt=households_of_rt,
        first_household=_starts(households_of_rt),
        adults_of_household=adults_of_household,
        first_adult=_starts(adults_of_household),
        household=household,
        rt=np.repeat(np.arange(len(adults_of_rt)), adults_of_rt),
        traits=_traits(household, adults_of_household, seed),
        seed=seed,
    )


def apportion(total: int, shares: NDArray[np.float64]) -> Ints:
    """Whole numbers that add up to `total`, in proportion to `shares` (largest remainders)."""
    exact = total * shares / shares.sum()
    whole: Ints = np.floor(exact).astype(np.intp)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def cut(latent: Floats, shares: Sequence[float]) -> Codes:
    """Ordinal codes from 0 of which a standard normal `latent` gives each its share."""
    codes: Codes = np.searchsorted(ndtri(np.cumsum(shares[:-1])), standardised(latent)).astype(np.int8)
    return codes


def standardised(values: NDArray[np.floating] | NDArray[np.integer]) -> Floats:
    """Values of mean 0 and standard deviation 1.

    Both are rounded first: processors differ in the last digit of a long sum, and answers must not.
    """
    exact = values.astype(np.float64)
    mean, spread = np.float32(round(float(exact.mean()), 6)), np.float32(round(float(exact.std()), 6))
    return (values.astype(np.float32) - mean) / spread


def age_group(age: NDArray[np.integer]) -> Codes:
    """Position of each age among 18–24, 25–34, 35–44, 45–54, 55–64, 65+."""
    return np.searchsorted(np.array(AGE_EDGES[1:6]), age, side="right").astype(np.int8)


def schooling(certificate: NDArray[np.integer]) -> Codes:
    """Position of each certificate among lower secondary or less, upper secondary, tertiary."""
    return np.searchsorted(np.array([3, 4]), certificate, side="right").astype(np.int8)


def means_by(values: NDArray[np.floating], group: Ints, groups: int) -> NDArray[np.float64]:
    """(groups,) mean of `values` in each group."""
    return np.bincount(group, values, groups) / np.maximum(np.bincount(group, minlength=groups), 1)


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]])


def _kelurahan_sizes(kecamatan: Sequence[str], kec_of_kel: Ints, seed: int) -> Ints:
    of_kec = apportion(ADULTS, np.array([REGISTER[k] for k in kecamatan], dtype=float))
    spread = stream(seed, "kelurahan").uniform(0.6, 1.4, len(kec_of_kel))
    sizes = np.zeros(len(kec_of_kel), dtype=np.intp)
    for kec, adults in enumerate(of_kec):
        inside = kec_of_kel == kec
        sizes[inside] = apportion(int(adults), spread[inside])
    return sizes


def _neighbourhoods(adults_of_kel: Ints, seed: int) -> tuple[Ints, Ints]:
    of_kel = apportion(NEIGHBOURHOODS, adults_of_kel.astype(float))
    rng = stream(seed, "rt")
    sizes = [apportion(int(a), rng.uniform(0.65, 1.5, n)) for a, n in zip(adults_of_kel, of_kel, strict=True)]
    return np.repeat(np.arange(len(of_kel)), of_kel), np.concatenate(sizes)


def _households(adults_of_rt: Ints, seed: int) -> tuple[Ints, Ints]:
    drawn = stream(seed, "household").choice(np.arange(1, 6), size=2 * int(adults_of_rt.sum()), p=HOUSEHOLD_SIZES)
    counts, sizes, start = [], [], 0
    for adults in adults_of_rt:
        reached = np.cumsum(drawn[start : start + adults])
        used = int(np.searchsorted(reached, adults)) + 1
        mine = drawn[start : start + used].copy()
        mine[-1] -= reached[used - 1] - adults  # the last household is cut to fill the RT exactly
        counts.append(used)
        sizes.append(mine)
        start += used
    return np.array(counts), np.concatenate(sizes)


def _traits(household: Ints, size: Ints, seed: int) -> dict[str, NDArray[np.integer]]:
    n = len(household)
    position = np.arange(n) - _starts(size)[household]

    def normal(name: str, length: int = n) -> Floats:
        return stream(seed, name).standard_normal(length, dtype=np.float32)

    jk, age_z = _sex_and_age(household, position, size, seed)
    umur = _ages(age_z)
    roots = normal("akar", len(size))[household]
    schooled = -0.55 * age_z + 0.55 * roots + 0.65 * normal("pddk")
    pddk = cut(schooled, EDUCATION_SHARES)
    pddk = np.where(umur < 19, np.minimum(pddk, 3), np.where(umur < 22, np.minimum(pddk, 4), pddk)).astype(np.int8)
    earned = means_by(schooled, household, len(size)).astype(np.float32) * 0.8 + 0.75 * normal("pdpt", len(size))
    stay = stream(seed, "lama").gamma(2.0, 9.0, len(size))[household]
    return {
        "jk": jk,
        "umur": umur,
        "pddk": pddk,
        "pdpt": (cut(earned[household], INCOME_SHARES) + 1).astype(np.int8),
        "kerja": _occupation(jk, umur, pddk, seed),
        "lama": np.minimum(stay, umur).astype(np.int8),
        "ktp": (stream(seed, "ktp").random(n) < 0.9).astype(np.int8),
        "disab": (cut(0.45 * age_z + 0.9 * normal("disab"), (0.86, 0.10, 0.03, 0.01)) + 1).astype(np.int8),
    }


def _sex_and_age(household: Ints, position: Ints, size: Ints, seed: int) -> tuple[Codes, Floats]:
    """Sex (1 male, 2 female) and the standard normal score of age: couples are alike, others a generation off."""
    rng = stream(seed, "keluarga")
    head_male = (rng.random(len(size)) < np.where(size == 1, 0.45, 0.70))[household]
    couple = (rng.random(len(size)) < 0.85)[household]
    head_age = rng.standard_normal(len(size), dtype=np.float32)[household]
    male = rng.random(len(household)) < 0.44
    spouse = (position == 1) & couple
    male = np.where(position == 0, head_male, np.where(spouse, ~head_male, male))
    child = rng.random(len(household)) < 0.75
    other = (position > 0) & ~spouse
    gap = np.where(spouse, -0.1, np.where(child, -1.5, 1.1)) * (position > 0)
    raw = head_age + gap + np.where(other, 0.5, 0.25) * rng.standard_normal(len(household), dtype=np.float32)
    rank = np.empty(len(raw), dtype=np.float64)
    rank[np.argsort(raw, kind="stable")] = (np.arange(len(raw)) + 0.5) / len(raw)
    return np.where(male, 1, 2).astype(np.int8), ndtri(rank).astype(np.float32)


def _ages(age_z: Floats) -> Codes:
    """Ages in whole years: exact shares of the bands, even within each."""
    order = np.argsort(age_z, kind="stable")
    share = np.empty(len(age_z))
    share[order] = (np.arange(len(age_z)) + 0.5) / len(age_z)
    return np.floor(np.interp(share, np.concatenate([[0.0], np.cumsum(AGE_SHARES)]), AGE_EDGES)).astype(np.int8)


def _occupation(jk: Codes, umur: Codes, pddk: Codes, seed: int) -> Codes:
    """Codes 1–9: the largest of a preference and a Gumbel draw, so that shares follow the preferences."""
    woman, old, young, tertiary = jk == 2, umur >= 58, umur < 23, pddk >= 4
    preferences = (
        0.1 + 0.9 * tertiary - 9 * young,  # civil servant
        1.6 + 0.6 * tertiary - 2.5 * old - 0.3 * woman,  # employee
        1.2 + 0.0 * tertiary,  # self-employed
        1.0 - 1.2 * tertiary - 0.8 * woman,  # casual work
        -3.0 + 4.6 * woman - 0.5 * tertiary - 1.0 * young,  # homemaker
        -6.0 + 8.2 * young,  # student
        -5.0 + 6.6 * old,  # retired
        0.1 + 0.6 * young,  # seeking work
        -1.0 + 0.0 * old,
    )
    rng = stream(seed, "kerja")
    best = np.full(len(jk), -np.inf)
    code = np.zeros(len(jk), dtype=np.int8)
    for value, preference in enumerate(preferences, start=1):
        score = preference + rng.gumbel(size=len(jk))
        code[score > best] = value
        best = np.maximum(best, score)
    return code
