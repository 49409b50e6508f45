"""Sampled adults as filled-in questionnaires: one text per cell, and what only an interview adds.

Number, date, interviewer and length of an interview, and the open answer, belong to the fieldwork and not
to the population. Cells hold codes as text; None is an empty cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.simulate.fieldwork import Fieldwork, draw_people, rt_numbers
from survey.simulate.habits import EXCLUSIVE, NOT_APPLICABLE, OPTIONS
from survey.simulate.population import stream

REFUSALS = 10
LETTERS = np.array(list("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"))
SUGGESTIONS = (
    "Aplikasinya sering lambat, mohon diperbaiki.",
    "Perbanyak Wi-Fi gratis di taman dan kantor kelurahan.",
    "Laporan jalan rusak ditanggapi lebih cepat.",
    "Sosialisasi ke RT dan RW perlu lebih sering.",
    "Sediakan pelatihan untuk lansia.",
    "Pendaftaran akun terlalu rumit.",
    "Cukup satu aplikasi untuk semua layanan.",
    "Informasi syarat dan biaya layanan harus jelas.",
    "Lampu jalan yang dilaporkan belum juga diperbaiki.",
    "Data pribadi warga harus dilindungi.",
    "Petugas kelurahan perlu dilatih memakai sistem.",
    "Sampah menumpuk dan aduannya tidak dibalas.",
    "Bahasa di aplikasi sulit dipahami orang tua.",
    "Tolong ada nomor bantuan yang bisa dihubungi.",
    "Antrean daring di puskesmas sering gagal.",
    "Pembayaran PBB lewat aplikasi sudah baik, pertahankan.",
    "Sinyal di gang kami lemah sehingga layanan daring susah dibuka.",
    "Kuota internet mahal untuk warga berpenghasilan rendah.",
    "Perlu layanan ramah penyandang disabilitas.",
    "Status laporan warga hendaknya bisa dilihat.",
    "Jangan semua dipindah ke daring, loket tetap perlu.",
    "Belum pernah tahu ada layanan itu.",
    "Sudah cukup baik.",
    "Tidak ada.",
)


def interview(work: Fieldwork, neighbourhoods: int, days: tuple[date, date], wave: str, seed: int) -> pd.DataFrame:
    """Everyone who was interviewed, as text by question name, with columns `rt` and `bobot`, in order of date.

    A few more refused consent: only number, wave, date and mode are kept of them.
    """
    sample = draw_people(work, neighbourhoods, seed)
    people, adult = work.population, sample.adult
    rng = stream(seed, wave, "wawancara")
    rt = rt_numbers(people)[people.rt[adult]]
    visited = _visits(rt, days, rng)
    mode = _modes(work, adult, rng)
    frame = pd.DataFrame(
        {
            "resp_id": _numbers(len(adult), wave, rng),
            "gelombang": wave,
            "tgl": [d.isoformat() for d in visited],
            "moda": mode.astype(str),
            "id_pewawancara": _interviewers(rt, mode),
            "durasi_menit": _minutes(work.answers["umur"][adult], rng),
            "setuju": "1",
            "jk": work.answers["jk"][adult].astype(str),
            "thn_lahir": [str(d.year - int(age)) for d, age in zip(visited, work.answers["umur"][adult], strict=True)],
            "kec": np.array(people.kecamatan)[people.kec[adult]],
            "kel": np.array(people.kelurahan)[people.kel[adult]],
            "usul": _suggestions(len(adult), rng),
            "rt": rt.astype(str),
            "bobot": [repr(round(float(w), 4)) for w in sample.weight],
        },
        dtype=object,
    )
    for name, answers in work.answers.items():
        if name not in frame and name != "umur":
            frame[name] = _texts(name, answers[adult])
    frame = pd.concat([frame, _refusals(wave, days, seed)], ignore_index=True)
    return frame.sort_values(["tgl", "resp_id"], ignore_index=True).astype(object).where(lambda f: f.notna(), None)


def _texts(name: str, answers: NDArray[np.integer]) -> NDArray[np.object_]:
    distinct, place = np.unique(answers, return_inverse=True)
    return np.array([_text(name, int(code)) for code in distinct], dtype=object)[place]


def _text(name: str, code: int) -> str | None:
    if name not in OPTIONS:
        return str(code)
    keys = [*OPTIONS[name], *([EXCLUSIVE[name]] if name in EXCLUSIVE else [])]
    return None if code == NOT_APPLICABLE else " ".join(k for i, k in enumerate(keys) if code >> i & 1) or None


def _numbers(n: int, wave: str, rng: np.random.Generator) -> list[str]:
    """Random respondent numbers that tell nothing but the wave; each once."""
    places = rng.choice(len(LETTERS) ** 5, n, replace=False)
    digits = (places[:, None] // len(LETTERS) ** np.arange(5)) % len(LETTERS)
    return [f"R{wave[2:4]}-{''.join(LETTERS[d])}" for d in digits]


def _visits(rt: NDArray[np.intp], days: tuple[date, date], rng: np.random.Generator) -> list[date]:
    """An RT is worked within three days."""
    length = (days[1] - days[0]).days + 1
    units, place = np.unique(rt, return_inverse=True)
    first = rng.integers(0, max(length - 2, 1), len(units))[place]
    return [days[0] + timedelta(days=int(min(d, length - 1))) for d in first + rng.integers(0, 3, len(rt))]


def _modes(work: Fieldwork, adult: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.int8]:
    """Mostly face to face; only people who use the internet fill in the form online."""
    u, online = rng.random(len(adult)), work.answers["dd_inet"][adult] >= 2
    paper = {2021: 0.30, 2023: 0.12}.get(work.year, 0.05)
    return np.where(online & (u > 0.93), 3, np.where(u < paper, 2, 1)).astype(np.int8)


def _interviewers(rt: NDArray[np.intp], mode: NDArray[np.int8]) -> list[str | None]:
    """Every interviewer works four RT; nobody interviews who answers online."""
    rank = np.unique(rt, return_inverse=True)[1]
    return [None if m == 3 else f"P{r // 4 + 1:02d}" for r, m in zip(rank, mode, strict=True)]


def _minutes(age: NDArray[np.integer], rng: np.random.Generator) -> list[str]:
    """Longer for the old; two in a hundred hurry through."""
    usual = np.exp(rng.normal(3.2, 0.22, len(age)) + 0.004 * (age - 40))
    hurried = rng.random(len(age)) < 0.02
    return [str(int(m)) for m in np.where(hurried, rng.uniform(4, 8, len(age)), usual)]


def _suggestions(n: int, rng: np.random.Generator) -> list[str | None]:
    wrote = rng.random(n) < 0.35
    chosen = rng.integers(0, len(SUGGESTIONS), n)
    return [SUGGESTIONS[c] if w else None for w, c in zip(wrote, chosen, strict=True)]


def _refusals(wave: str, days: tuple[date, date], seed: int) -> pd.DataFrame:
    """Records of those who did not consent."""
    rng = stream(seed, wave, "menolak ikut")
    length = (days[1] - days[0]).days + 1
    dates: Sequence[date] = [days[0] + timedelta(days=int(d)) for d in rng.integers(0, length, REFUSALS)]
    return pd.DataFrame(
        {
            "resp_id": [f"T{wave[2:4]}-{i:05d}" for i in rng.choice(90_000, REFUSALS, replace=False)],
            "gelombang": wave,
            "tgl": [d.isoformat() for d in dates],
            "moda": "1",
            "setuju": "0",
        },
        dtype=object,
    )
