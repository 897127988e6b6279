"""Three ways to read a fraction from a sample, each with its influence values.

An *influence value* says how far one observation moves the estimate, times the size of
the sample. They sum to zero; their spread is the standard error, their skew the
acceleration of the BCa bootstrap, and their autocorrelation the length of its blocks.

Samples stand in the rows of a matrix, so that thousands of resamples cost one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ai_trading.risk.kelly._one import growth_optimal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = Callable[[NDArray[np.float64]], NDArray[np.float64]]
    Influence = Callable[[NDArray[np.float64], float], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Estimator:
    """A fraction as a function of samples."""

    estimate: Rows  # of every row
    influence: Influence  # of every value of one sample, given its estimate
    notional: bool  # whether the fraction is a notional; if not, at risk


def _gaussian(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    variance = rows.var(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = rows.mean(axis=1) / variance
    return found


def _gaussian_influence(
    values: NDArray[np.float64], estimate: float
) -> NDArray[np.float64]:
    off, variance = values - values.mean(), values.var()
    found: NDArray[np.float64] = (off - estimate * (off**2 - variance)) / variance
    return found


def _empirical_influence(
    values: NDArray[np.float64], estimate: float
) -> NDArray[np.float64]:
    part = values / (1.0 + estimate * values)
    return part / np.mean(part**2)


def _two_point(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    up, down, gained, lost = _halves(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = up * (1.0 - lost / gained) / (up + down)
    # Without a win the ratio of sizes is unknown; its limit is a loss beyond bounds.
    return np.where(gained > 0.0, found, -np.inf)


def _two_point_influence(
    values: NDArray[np.float64], estimate: float
) -> NDArray[np.float64]:
    up, down, gained, lost = (half[0] for half in _halves(values[np.newaxis]))
    decided = up + down
    edge = 1.0 - lost / gained
    won = (values > 0.0).astype(np.float64)
    lossy = (values < 0.0).astype(np.float64)
    by_share = (edge - estimate) / decided * (won - up)
    by_share -= estimate / decided * (lossy - down)
    by_size = up / decided * lost / gained**2 * (np.maximum(values, 0.0) - gained)
    by_size -= up / decided / gained * (np.maximum(-values, 0.0) - lost)
    found: NDArray[np.float64] = by_share + by_size
    return found


def _halves(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return (
        np.mean(rows > 0.0, axis=1),
        np.mean(rows < 0.0, axis=1),
        np.maximum(rows, 0.0).mean(axis=1),
        np.maximum(-rows, 0.0).mean(axis=1),
    )


ESTIMATORS: Final[Mapping[str, Estimator]] = {
    "empirical": Estimator(growth_optimal, _empirical_influence, notional=True),
    "gaussian": Estimator(_gaussian, _gaussian_influence, notional=True),
    "two_point": Estimator(_two_point, _two_point_influence, notional=False),
}
