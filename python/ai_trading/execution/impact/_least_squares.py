"""Least squares by Levenberg and Marquardt, with standard errors; NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import DataError

__all__ = ["Solution", "solve"]

Residuals = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_STEPS = 200
_ENOUGH = 1e-12
"""Relative fall of the sum of squares at which the search ends."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Estimates, their covariance, and what is left."""

    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residuals: NDArray[np.float64]


def solve(
    residuals: Residuals, start: NDArray[np.float64], *, robust: bool, what: str
) -> Solution:
    """Minimise the sum of squared residuals.

    Standard errors come from the Jacobian at the minimum: the classical
    ``s^2 (J'J)^-1``, or, `robust`, White's sandwich with the small-sample factor
    ``n / (n - k)`` (HC1).
    """
    theta = np.array(start, dtype=np.float64)
    left = residuals(theta)
    n, k = len(left), len(theta)
    if n <= k:
        msg = f"{what}: {n} observations cannot give {k} parameters; bring more"
        raise DataError(msg)
    total = float(left @ left)
    damping = 1e-3
    for _ in range(_STEPS):
        slope = _jacobian(residuals, theta)
        normal, pull = slope.T @ slope, slope.T @ left
        scale = np.diag(np.maximum(np.diag(normal), 1e-300))
        fell = False
        while damping < 1e12:
            try:
                step = np.linalg.solve(normal + damping * scale, -pull)
            except np.linalg.LinAlgError:
                damping *= 10
                continue
            with np.errstate(over="ignore", invalid="ignore"):
                tried = residuals(theta + step)
                trial = float(tried @ tried)
            if np.isfinite(trial) and trial <= total:
                fell = total - trial > _ENOUGH * total
                theta, left, total = theta + step, tried, trial
                damping = max(damping / 10, 1e-12)
                break
            damping *= 10
        if not fell:
            break
    slope = _jacobian(residuals, theta)
    return Solution(theta, _covariance(slope, left, what, robust=robust), left)


def _jacobian(residuals: Residuals, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    columns = []
    for i, value in enumerate(theta):
        h = 6e-6 * max(abs(value), 1e-2)
        up, down = theta.copy(), theta.copy()
        up[i] += h
        down[i] -= h
        columns.append((residuals(up) - residuals(down)) / (up[i] - down[i]))
    return np.stack(columns, axis=1)


def _covariance(
    slope: NDArray[np.float64], left: NDArray[np.float64], what: str, *, robust: bool
) -> NDArray[np.float64]:
    n, k = slope.shape
    norms = np.linalg.norm(slope, axis=0)
    scaled = slope / np.where(norms > 0, norms, 1.0)
    told = bool(np.all(np.isfinite(norms)) and np.all(norms > 0))
    if not told or np.linalg.cond(scaled) > 1e8:
        msg = (
            f"{what}: the data do not tell the parameters apart; let orders differ "
            "more in what the model depends on, or fix a parameter"
        )
        raise DataError(msg)
    inverse = np.linalg.inv(scaled.T @ scaled) / np.outer(norms, norms)
    if robust:
        pushed = slope * left[:, None]
        meat: NDArray[np.float64] = pushed.T @ pushed * (n / (n - k))
        out: NDArray[np.float64] = inverse @ meat @ inverse
        return out
    return np.asarray(inverse * float(left @ left) / (n - k))
