"""The area-level model of Fay and Herriot: direct estimates of small areas, shrunken towards a regression.

An area's direct estimate is its truth plus a sampling error of known variance; the truths are a linear
function of covariates plus an area effect of variance sigma². A is the number of areas, K of covariates.

References
----------
Fay, R. E. and Herriot, R. A. (1979). Estimates of income for small places. JASA 74, 269-277.
Prasad, N. G. N. and Rao, J. N. K. (1990). The estimation of the mean squared error of small-area
estimators. JASA 85, 163-171.
Rao, J. N. K. and Molina, I. (2015). Small Area Estimation, 2nd ed. Wiley, sections 6.1 and 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq

from survey.errors import DesignError
from survey.stats.arrays import Floats, Ints, weighted_sums

#: Values of sigma² at which the restricted likelihood's slope is taken, to find every maximum it has.
_GRID = 200
#: The grid runs from this part of the smallest sampling variance to this multiple of the estimates' spread.
_LOWEST, _HIGHEST = 1e-6, 10.0


@dataclass(frozen=True, slots=True)
class FayHerriot:
    """A fitted area-level model and its predictions.

    Attributes
    ----------
    beta : (K,) float, regression coefficients by generalised least squares
    covariance : (K, K) float, of `beta` with sigma² as if known
    sigma2 : variance of the area effects; 0 where no area difference is left beyond the covariates
    sigma2_error : its asymptotic standard error
    eblup : (A,) float, gamma × direct estimate + (1 − gamma) × regression
    mse : (A,) float, the Prasad–Rao estimate of the EBLUP's mean squared error
    gamma : (A,) float, how much of each area's direct estimate is kept; 1 − gamma is the shrinkage
    log_likelihood : restricted log-likelihood at the maximum
    """

    beta: Floats
    covariance: Floats = field(repr=False)
    sigma2: float
    sigma2_error: float
    eblup: Floats = field(repr=False)
    mse: Floats = field(repr=False)
    gamma: Floats = field(repr=False)
    log_likelihood: float

    def synthetic(self, x: Floats) -> tuple[Floats, Floats]:
        """Regression estimates of areas without a sample, and their mean squared errors, from (B, K) covariates."""
        return x @ self.beta, self.sigma2 + np.einsum("bk,kl,bl->b", x, self.covariance, x)


@dataclass(frozen=True, slots=True)
class Direct:
    """Direct estimates of A areas with sampling variances that borrow their size from all areas.

    Attributes
    ----------
    mean : (A,) float, weighted; NaN in an area without an answer
    variance : (A,) float, deff · S² / n, S² of the area's stratum
    n, psus : (A,) int, respondents with an answer and sampling units that hold one
    deff : of an area's mean, over all areas; NaN where no area holds two sampling units
    """

    mean: Floats
    variance: Floats
    n: Ints
    psus: Ints
    deff: float


def smoothed(y: Floats, weight: Floats, area: Ints, psu: Ints, stratum: Ints) -> Direct:
    """Weighted means of areas whose own variances are noise, with smoothed ones in their place.

    S² is the variance of answers around their area's mean, pooled over the areas of a stratum. deff is
    how much larger the variance between an area's sampling units is than S² / n, pooled over all areas
    with two of them and never below 1: a stratum alone holds too few for it.

    Parameters
    ----------
    y : (n,) answers; NaN where missing
    area : (n,) int, −1 for none; psu : (n,) int; stratum : (A,) int, of each area
    """
    areas = len(stratum)
    used = np.isfinite(y) & (area >= 0)
    y, w, area, psu = y[used], weight[used], area[used], psu[used]
    n, size = np.bincount(area, minlength=areas), weighted_sums(area, w, areas)
    share = w / size[area]
    mean = np.where(n > 0, weighted_sums(area, share * y, areas), np.nan)
    apart = y - mean[area]
    squares = weighted_sums(area, share * apart**2, areas) * n
    strata = int(stratum.max()) + 1
    free = weighted_sums(stratum, np.maximum(n - 1.0, 0), strata)
    pooled = np.divide(weighted_sums(stratum, squares, strata), free, out=np.full(strata, np.nan), where=free > 0)
    s2 = pooled[stratum]
    between, psus = _between(area, psu, share * apart, areas)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((psus > 1) & (s2 > 0), between * n / s2, 0.0)
        held = (psus - 1) * ((psus > 1) & (s2 > 0))
        # Chance brings a deff of few units below 1, and with it trust in areas that deserve none.
        deff = max(float((ratio * held).sum() / held.sum()), 1.0) if held.any() else float("nan")
        return Direct(mean, deff * s2 / n, n, psus, deff)


def _between(area: Ints, psu: Ints, z: Floats, areas: int) -> tuple[Floats, Ints]:
    """Variance of each area's mean between its sampling units, and how many it holds; `z` sums to 0 in an area."""
    pair, at = np.unique(np.stack([area, psu]), axis=1, return_inverse=True)
    total = weighted_sums(at.reshape(-1), z, pair.shape[1])
    psus = np.bincount(pair[0], minlength=areas)
    squares = weighted_sums(pair[0], total**2, areas)
    return squares * psus / np.maximum(psus - 1, 1), psus


def fay_herriot(y: Floats, variance: Floats, x: Floats) -> FayHerriot:
    """Area-level model by restricted maximum likelihood. R: ``sae::mseFH``, ``metafor::rma(method = "REML")``.

    Parameters
    ----------
    y : (A,) direct estimates, all finite; variance : (A,) their sampling variances, above 0
    x : (A, K) covariates with the intercept among them

    Raises
    ------
    DesignError
        No more areas than covariates, covariates that are linear combinations of each other, a sampling
        variance that is not above 0.
    """
    _refuse(variance, x)
    sigma2 = _reml(y, variance, x)
    v = sigma2 + variance
    beta, covariance = _regression(y, v, x)
    gamma = sigma2 / v
    fitted = x @ beta
    information = float((1 / v**2).sum()) / 2
    return FayHerriot(
        beta=beta,
        covariance=covariance,
        sigma2=sigma2,
        sigma2_error=information**-0.5,
        eblup=fitted + gamma * (y - fitted),
        mse=_prasad_rao(v, gamma, variance, covariance, x, information),
        gamma=gamma,
        log_likelihood=_log_likelihood(sigma2, y, variance, x),
    )


def _refuse(variance: Floats, x: Floats) -> None:
    areas, covariates = x.shape
    if areas <= covariates:
        raise DesignError(f"{areas} areas cannot carry {covariates} coefficients: an area model needs more areas.")
    if not (np.isfinite(variance) & (variance > 0)).all():
        raise DesignError("an area's sampling variance is not above 0: the model needs one for every area.")
    if np.linalg.matrix_rank(x) < covariates:
        raise DesignError("the area covariates are linear combinations of each other: leave one out.")


def _regression(y: Floats, v: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their covariance, given each area's total variance."""
    covariance = np.asarray(np.linalg.inv(x.T @ (x / v[:, None])), dtype=np.float64)
    return covariance @ (x.T @ (y / v)), covariance


def _prasad_rao(
    v: Floats, gamma: Floats, variance: Floats, covariance: Floats, x: Floats, information: float
) -> Floats:
    """g1 + g2 + 2 g3: the area effect's own error, that of the coefficients, and twice that of sigma²."""
    kept = 1 - gamma
    g1 = gamma * variance
    g2 = kept**2 * np.einsum("ak,kl,al->a", x, covariance, x)
    g3 = kept**2 / v / information
    found: Floats = g1 + g2 + 2 * g3
    return found


def _reml(y: Floats, variance: Floats, x: Floats) -> float:
    """Variance of the area effects at the highest of the restricted likelihood's maxima, 0 included."""
    spread = float(np.var(y - x @ np.linalg.lstsq(x, y, rcond=None)[0], ddof=0)) + float(variance.max())
    grid = np.concatenate([[0.0], np.geomspace(_LOWEST * float(variance.min()), _HIGHEST * spread, _GRID)])
    slope = np.array([_score(s, y, variance, x) for s in grid])
    turns = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    maxima = [0.0] if slope[0] <= 0 else []
    maxima += [float(brentq(_score, grid[i], grid[i + 1], args=(y, variance, x), xtol=1e-15)) for i in turns]
    return max(maxima, key=lambda s: _log_likelihood(s, y, variance, x))


def _score(sigma2: float, y: Floats, variance: Floats, x: Floats) -> float:
    """Slope of the restricted log-likelihood in sigma²: (y′PPy − tr P) / 2."""
    v = sigma2 + variance
    beta, covariance = _regression(y, v, x)
    trace = (1 / v).sum() - np.einsum("kl,kl->", covariance, x.T @ (x / v[:, None] ** 2))
    return float(((((y - x @ beta) / v) ** 2).sum() - trace) / 2)


def _log_likelihood(sigma2: float, y: Floats, variance: Floats, x: Floats) -> float:
    v = sigma2 + variance
    beta, covariance = _regression(y, v, x)
    determinant = -np.linalg.slogdet(covariance)[1]
    squares = ((y - x @ beta) ** 2 / v).sum()
    free = len(y) - x.shape[1]
    own = np.linalg.slogdet(x.T @ x)[1]  # makes it that of the error contrasts, whatever the covariates' scale
    return float(-(np.log(v).sum() + determinant - own + squares + free * np.log(2 * np.pi)) / 2)
