"""Synthetic ordinal items and R's figures for them, shared by the tests of the factor models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parent / "reference"
MODELS = json.loads((REFERENCE / "measurement.json").read_text())
GROUPS = json.loads((REFERENCE / "measurement_groups.json").read_text())
FIVE = np.array([-1.4, -0.5, 0.3, 1.2])
LOADINGS = np.array([0.8, 0.7, 0.6, 0.75, 0.5])


def items_of(case: dict) -> np.ndarray:
    """(n, k) answers of a case, by the name of its data or its own columns."""
    data = MODELS["data"][case["data"]] if isinstance(case["data"], str) else case["data"]
    return np.array(data, float).T


def answers(
    rng: np.random.Generator, n: int, loadings: np.ndarray, mean: float = 0.0, harder: float = 0.0, item: int = 1
) -> np.ndarray:
    """Five-point answers to items with `loadings` on one factor; one item's thresholds moved up by `harder`."""
    unique = rng.normal(size=(n, len(loadings))) * np.sqrt(1 - loadings**2)
    response = (rng.normal(size=(n, 1)) + mean) * loadings + unique
    response[:, item] -= harder
    return np.digitize(response, FIVE).astype(float)
