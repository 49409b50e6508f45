"""The standard bivariate normal distribution, elementwise over arrays.

`scipy.stats.multivariate_normal.cdf` takes one covariance a call; polychoric correlations need a
thousand at once. Owen's T gives the same to rounding for every correlation short of ±1.

References
----------
Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of Mathematical
Statistics 27, 1075-1090.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, owens_t

from survey.stats.arrays import Floats

#: Beyond this many standard deviations a normal variable never lies, in double precision.
FAR = 40.0


def normal_density(x: Floats) -> Floats:
    """Standard normal density."""
    found: Floats = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    return found


def binormal_density(x: Floats, y: Floats, rho: Floats) -> Floats:
    """Density at (x, y) of two standard normals with correlation `rho`; |rho| < 1."""
    free = 1 - rho**2
    found: Floats = np.exp(-(x**2 - 2 * rho * x * y + y**2) / (2 * free)) / (2 * np.pi * np.sqrt(free))
    return found


def binormal_cdf(x: Floats, y: Floats, rho: Floats) -> Floats:
    """P(X ≤ x, Y ≤ y) of two standard normals with correlation `rho`; |rho| < 1, |x| and |y| ≤ `FAR`."""
    x, y = _off_zero(x), _off_zero(y)
    across = np.sqrt(1 - rho**2)
    below_x, below_y = owens_t(x, (y / x - rho) / across), owens_t(y, (x / y - rho) / across)
    found: Floats = (ndtr(x) + ndtr(y)) / 2 - below_x - below_y - 0.5 * ((x < 0) != (y < 0))
    return found


def _off_zero(x: Floats) -> Floats:
    """At 0 Owen's slopes are 0/0; their limit from above is the right value."""
    found: Floats = np.where(x == 0, 1e-150, x)
    return found
