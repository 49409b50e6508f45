"""The variance formula where every respondent is a sampling unit: sums of squares by stratum.

Apart from `variance` because no total by unit is ever held: respondents, or cells of respondents who
are alike in stratum, domain and answer, give Σ(wz)² and Σwz, and a stratum's error follows from both.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats, Ints, weighted_sums
from survey.stats.sampling import Projection, Sampling
from survey.stats.tallied import Elements, Tally

#: What is left of a stratum's weights below this part of them is rounding.
NOTHING = 1e-12


def variances(tally: Tally, value: Floats, sampling: Sampling, calibrated: bool = True) -> Floats:
    """Variance of estimates, (D, m), from linearised values, (D, K, m)."""
    factor, centre = _by_stratum(sampling)
    projection = sampling.projection if calibrated else None
    found, start = [], 0
    for e in map(_alike, tally.elements):
        part = slice(start, start + e.domains)
        fitted = _fitted(tally, value, part, projection)
        squares, sums = _sums(e, value[part], fitted, sampling)
        found.append(((squares - sums**2 * centre[:, None, None]) * factor[:, None, None]).sum(axis=0))
        start += e.domains
    return np.concatenate(found)


def covariance(tally: Tally, value: Floats, sampling: Sampling) -> Floats:
    """Covariance of J statistics, (J, J), that each add up over the domains of one grouping."""
    (e,) = map(_alike, tally.elements)
    factor, centre = _by_stratum(sampling)
    z, stratum = _each(e, value), e.cell // e.domains
    p = sampling.projection
    if p is not None and tally.margin is not None and e.pattern is not None:
        fitted = p.dummies @ (p.inverse @ np.matmul(tally.margin, value).sum(axis=0))
        z = z - fitted[e.pattern]
        rest_weight, rest_square = _rest(e, np.zeros_like(e.cell), 1, p)
        squares = np.einsum("cj,cl,c->jl", fitted, fitted, rest_square[:, 0].T @ factor)
        sums = -np.einsum("hc,cj->hj", rest_weight[:, 0], fitted)
    else:
        squares, sums = np.zeros((z.shape[1], z.shape[1])), np.zeros((len(factor), z.shape[1]))
    squares = squares + (z * (e.square * factor[stratum])[:, None]).T @ z
    sums = sums + _stacked(stratum, e.weight[:, None] * z, len(factor))
    found: Floats = squares - (sums * (factor * centre)[:, None]).T @ sums
    return found


def _by_stratum(sampling: Sampling) -> tuple[Floats, Floats]:
    """Factor of each stratum's squares, and the part of its mean that is taken off, (H,) each."""
    stage, members = sampling.stages[0], sampling.members
    factor, centre = np.zeros(len(members)), np.zeros(len(members))
    factor[stage.stratum], centre[stage.stratum] = stage.factor, stage.centred
    return factor, centre / members


def _fitted(tally: Tally, value: Floats, part: slice, p: Projection | None) -> Floats | None:
    """What the margins explain of a linearised value, (d, C, m), by pattern."""
    if p is None or tally.margin is None:
        return None
    beta = np.matmul(p.inverse, np.matmul(tally.margin[part], value[part]))
    found: Floats = np.matmul(p.dummies, beta)
    return found


def _alike(e: Elements) -> Elements:
    """Respondents with the same answer in one cell taken together."""
    if e.level is None or not len(e.level):
        return e
    shape = (int(e.cell.max()) + 1, int(e.level.max()) + 1, 1 if e.pattern is None else int(e.pattern.max()) + 1)
    index = np.ravel_multi_index((e.cell, e.level, np.zeros_like(e.cell) if e.pattern is None else e.pattern), shape)
    weight, square = (weighted_sums(index, w, int(np.prod(shape))) for w in (e.weight, e.square))
    (held,) = np.nonzero(weight)
    cell, level, pattern = np.unravel_index(held, shape)
    return Elements(cell, weight[held], level, None, e.domains, square[held], None if e.pattern is None else pattern)


def _each(e: Elements, v: Floats) -> Floats:
    """Linearised value per unit of weight of each cell, (r, m)."""
    domain = e.cell % e.domains
    if e.level is not None:
        return v[domain, e.level]
    assert e.columns is not None
    found: Floats = np.einsum("rk,rkm->rm", e.columns, v[domain])
    return found


def _sums(e: Elements, v: Floats, fitted: Floats | None, sampling: Sampling) -> tuple[Floats, Floats]:
    """Σ(wz)² and Σwz, (H, d, m) each."""
    strata, p = len(sampling.members), sampling.projection
    if fitted is None or p is None or e.pattern is None:
        return _row_sums(e, _each(e, v), strata)
    domain = e.cell % e.domains
    squares, sums = _row_sums(e, _each(e, v) - fitted[domain, e.pattern], strata)
    # Who is outside the domain has the value 0 and yet a residual.
    rest_weight, rest_square = _rest(e, domain, e.domains, p)
    squares = squares + np.einsum("hdc,dcm->hdm", rest_square, fitted**2)
    return squares, sums - np.einsum("hdc,dcm->hdm", rest_weight, fitted)


def _row_sums(e: Elements, z: Floats, strata: int) -> tuple[Floats, Floats]:
    cells = strata * e.domains
    squares = _stacked(e.cell, e.square[:, None] * z**2, cells)
    sums = _stacked(e.cell, e.weight[:, None] * z, cells)
    return squares.reshape(strata, e.domains, -1), sums.reshape(strata, e.domains, -1)


def _stacked(index: Ints, values: Floats, size: int) -> Floats:
    return np.stack([weighted_sums(index, column, size) for column in values.T], axis=-1)


def _rest(e: Elements, domain: Ints, domains: int, p: Projection) -> tuple[Floats, Floats]:
    """Weights and their squares outside each domain by stratum and pattern, (H, d, C) each."""
    assert p.weight is not None
    assert p.square is not None
    assert e.pattern is not None
    strata, patterns = p.weight.shape
    index = ((e.cell // e.domains) * domains + domain) * patterns + e.pattern
    out = []
    for everyone, inside in ((p.weight, e.weight), (p.square, e.square)):
        held = weighted_sums(index, inside, strata * domains * patterns).reshape(strata, domains, patterns)
        left = everyone[:, None, :] - held
        out.append(np.where(left > NOTHING * everyone[:, None, :], left, 0.0))
    return out[0], out[1]
