"""Tallies of respondents who carry the variance themselves: as their own sampling units, or by replicate weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints, weighted_sums
from survey.stats.products import Grouping
from survey.stats.sampling import Sampling
from survey.stats.tallied import Elements, Tally


def levels_by_row(level: Ints, k: int, grouping: Grouping, s: Sampling) -> Tally:
    """Sums of the indicator of each of k levels; `level` is −1 without a valid answer."""
    used = np.flatnonzero((level >= 0) & (grouping.code >= 0))
    d, domain, answer, w = grouping.size, _wide(grouping.code[used]), _wide(level[used]), s.weight[used]
    cell = domain * k + answer
    count = np.bincount(cell, minlength=d * k).reshape(d, k).astype(float)
    total = weighted_sums(cell, w, d * k).reshape(d, k)
    tally = _begun(used, domain, d, s, total.sum(axis=1), count, total)
    if s.replicates is not None:
        return replace(tally, replicate=_by_replicate(cell, s.replicates.weight[used], d * k).reshape(-1, d, k))
    return replace(tally, elements=(Elements(s.stratum[used] * d + domain, w, answer, None, d),))


def _wide(code: Ints) -> Ints:
    """Codes in whose type a cell's number has room."""
    return code.astype(np.intp, copy=False)


def columns_by_row(columns: Floats, valid: np.ndarray, grouping: Grouping, s: Sampling) -> Tally:
    """Sums of numeric columns, (n, K), over the rows that are `valid`, (n,) bool."""
    used = np.flatnonzero(valid & (grouping.code >= 0))
    d, domain, x, w = grouping.size, _wide(grouping.code[used]), columns[used], s.weight[used]

    def sums(weights: Floats) -> Floats:
        return np.stack([weighted_sums(domain, column, d) for column in weights.T], axis=-1)

    tally = _begun(used, domain, d, s, weighted_sums(domain, w, d), sums(x), sums(x * w[:, None]))
    if s.replicates is None:
        return replace(tally, elements=(Elements(s.stratum[used] * d + domain, w, None, x, d),))
    weights = s.replicates.weight[used]
    each = [_by_replicate(domain, weights * column[:, None], d) for column in x.T]
    return replace(tally, replicate=np.stack(each, axis=-1))


def _begun(used: Ints, domain: Ints, d: int, s: Sampling, size: Floats, count: Floats, total: Floats) -> Tally:
    """What a tally holds whatever carries its variance."""
    n, in_stratum, in_psu = _presence(used, domain, d, s)
    if s.replicates is None:
        return Tally(n, in_stratum, in_psu, size, count, total, None, None)
    patterns = len(s.replicates.rows)
    held = _held(domain * patterns + s.replicates.pattern[used], d, patterns)
    return Tally(n, in_stratum, in_psu, size, count, total, None, None, in_pattern=held, weights=s.replicates)


def _by_replicate(cell: Ints, weight: Floats, cells: int) -> Floats:
    """Sums of replicate weights, (r, R), by cell: (R, cells)."""
    out = np.zeros((cells, weight.shape[1]))
    if len(cell):
        order = np.argsort(cell, kind="stable")
        present, first = np.unique(cell[order], return_index=True)
        out[present] = np.add.reduceat(weight[order], first, axis=0)
    return out.T


def _presence(used: Ints, domain: Ints, d: int, s: Sampling) -> tuple[Ints, Bools, Bools | None]:
    """Respondents of each domain, the strata and the PSUs that hold them."""
    n = np.bincount(domain, minlength=d)
    in_stratum = _held(domain * s.n_strata + s.stratum[used], d, s.n_strata)
    return n, in_stratum, None if s.elementwise else _held(domain * s.n_psu + s.psu[used], d, s.n_psu)


def _held(cell: Ints, d: int, size: int) -> Bools:
    return np.asarray(np.bincount(cell, minlength=d * size).reshape(d, size) > 0)
