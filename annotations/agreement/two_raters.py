"""Chance-corrected agreement of two raters who are told apart, from contingency tables.

Each function takes a `Contingency` and weights (n_resamples, n_levels²) and returns (n_resamples,) values.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from annotations.agreement.patterns import Contingency
from annotations.agreement.ratio import ratio
from annotations.estimation import FloatArray, Interval


def cohen_kappa(patterns: Contingency, weights: FloatArray, *, level_weights: FloatArray | None = None) -> FloatArray:
    """Cohen's kappa, weighted if `level_weights` says so.

    Quadratic weights make it an intraclass correlation that rewards wide scales.

    Returns: at most 1; nan without items or where both raters gave one and the same level throughout; 0 where
        only one of them did, whatever the agreement.
    Formula: 1 - n Σ D·O / Σ D·(r c'), D = 1 - W.  Source: Cohen 1960, 1968.
    """
    tables, cost = patterns.tables(weights), 1 - _or_nominal(patterns, level_weights)
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    expected = np.einsum("br,rc,bc->b", rows, cost, columns)
    return 1 - ratio(tables.sum(axis=(1, 2)) * (tables * cost).sum(axis=(1, 2)), expected)


def scott_pi(patterns: Contingency, weights: FloatArray, *, level_weights: FloatArray | None = None) -> FloatArray:
    """Scott's pi: as `cohen_kappa` with both raters held to their common share of each level.

    Returns: at most 1; nan without items or where all ratings are at one level.
    Formula: 1 - n Σ D·O / Σ D·(m m'), m = (r + c) / 2.  Source: Scott 1955.
    """
    tables, cost = patterns.tables(weights), 1 - _or_nominal(patterns, level_weights)
    common = (tables.sum(axis=2) + tables.sum(axis=1)) / 2
    expected = np.einsum("br,rc,bc->b", common, cost, common)
    return 1 - ratio(tables.sum(axis=(1, 2)) * (tables * cost).sum(axis=(1, 2)), expected)


def cohen_standard_error(patterns: Contingency, *, level_weights: FloatArray | None = None) -> float:
    """Large-sample standard error of `cohen_kappa`; nan where kappa is.

    Source: Fleiss, Cohen & Everitt 1969, equation 13.
    """
    shares, level_weights, chance, near = _moments(patterns, level_weights)
    kappa = float(cohen_kappa(patterns, patterns.observed, level_weights=level_weights)[0])
    if math.isnan(kappa):
        return math.nan
    spread = (shares * (level_weights - near * (1 - kappa)) ** 2).sum()
    variance = spread - (kappa - chance * (1 - kappa)) ** 2
    return math.sqrt(max(variance, 0.0) / patterns.n_pairs) / (1 - chance)


def cohen_standard_error_null(patterns: Contingency, *, level_weights: FloatArray | None = None) -> float:
    """Standard error of `cohen_kappa` if the raters were independent; nan where kappa is.

    Source: Fleiss, Cohen & Everitt 1969, equation 14.
    """
    shares, level_weights, chance, near = _moments(patterns, level_weights)
    if not patterns.n_pairs or chance == 1:
        return math.nan
    independent = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    variance = (independent * (level_weights - near) ** 2).sum() - chance**2
    return math.sqrt(max(float(variance), 0.0) / patterns.n_pairs) / (1 - chance)


def cohen_interval(patterns: Contingency, *, level_weights: FloatArray | None = None, level: float = 0.95) -> Interval:
    """Large-sample interval of `cohen_kappa`: value ± z · `cohen_standard_error`."""
    value = float(cohen_kappa(patterns, patterns.observed, level_weights=level_weights)[0])
    spread = float(ndtri((1 + level) / 2)) * cohen_standard_error(patterns, level_weights=level_weights)
    return Interval(value - spread, value + spread, level=level, method="linearised")


def _moments(
    patterns: Contingency, level_weights: FloatArray | None
) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Cell shares, agreement weights, chance agreement, and the sum of both raters' mean weights per cell."""
    level_weights = _or_nominal(patterns, level_weights)
    shares = patterns.table / max(patterns.n_pairs, 1)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    near = (level_weights @ columns)[:, None] + (rows @ level_weights)[None, :]
    return shares, level_weights, float(rows @ level_weights @ columns), near


def _or_nominal(patterns: Contingency, level_weights: FloatArray | None) -> FloatArray:
    return np.eye(patterns.n_levels) if level_weights is None else level_weights
