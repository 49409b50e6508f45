"""Confirmatory factor analysis of ordinal items: which items hang together, and how well the pattern fits.

References
----------
Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and
continuous latent variable indicators. Psychometrika 49, 115-132.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Bools, Floats
from survey.stats.cfa import first_components
from survey.stats.ordinal_model import Cells, Layout, OrdinalFit, fitted
from survey.stats.polychoric import OrdinalMoments


def ordinal_cfa(moments: OrdinalMoments, pattern: Bools) -> OrdinalFit:
    """Estimates of one group's model with standardised items and factors. R: ``lavaan::cfa(std.lv = TRUE)``, WLSMV.

    Thresholds are the sample's; `parameter` holds loadings in the order of the pattern, then factor correlations.

    Parameters
    ----------
    pattern : (p, m), which factor each item may load on; every factor needs an item that loads on it alone
    """
    return fitted([moments], one_group(moments, pattern))


def one_group(moments: OrdinalMoments, pattern: Bools) -> Layout:
    """Every loading and factor correlation free, everything else at its sample value or its standard one."""
    p, m = pattern.shape
    item, factor = np.nonzero(pattern)
    first, second = np.triu_indices(m, 1)
    t, free = len(moments.threshold), len(item)
    loading, phi = np.full((1, p, m), -1), np.full((1, m, m), -1)
    loading[0, item, factor] = np.arange(free)
    phi[0, first, second] = phi[0, second, first] = free + np.arange(len(first))
    threshold = free + len(first) + np.arange(t)
    return Layout(
        Cells(loading, np.zeros((1, p, m))),
        Cells(phi, np.eye(m)[None]),
        fixed(np.zeros((1, m))),
        fixed(np.zeros((1, p))),
        fixed(np.ones((1, p))),
        Cells(threshold[None], np.zeros((1, t))),
        False,
        np.concatenate([starting_loadings(moments, pattern), np.full(len(first), 0.3), moments.threshold]),
    )


def fixed(value: Floats) -> Cells:
    """A model array without a parameter."""
    return Cells(np.full(value.shape, -1), value)


def starting_loadings(moments: OrdinalMoments, pattern: Bools) -> Floats:
    """First component of each factor's own items, in the order of the pattern's cells."""
    r = np.eye(len(pattern))
    r[moments.first, moments.second] = r[moments.second, moments.first] = moments.correlation
    return first_components(r, pattern)[np.nonzero(pattern)]
