"""The best size of one bet, for many samples at once.

Values are simple returns, in samples along the last axis; the answer is a notional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 200


def growth_optimal(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Maximise the mean of ``log(1 + x * values)`` over x, for every row.

    A row without a loss gives infinity, one without a gain minus infinity, one of zeros
    0. The slope falls from plus to minus infinity between the two sizes that ruin, so
    Newton's method, kept between the last two signs, ends at the one root.
    """
    least, most = values.min(axis=1), values.max(axis=1)
    with np.errstate(divide="ignore"):
        low = np.where(most > 0.0, -1.0 / most, -np.inf)
        high = np.where(least < 0.0, -1.0 / least, np.inf)
    answer = np.where(
        np.isinf(high) & np.isinf(low), 0.0, np.where(np.isinf(high), high, low)
    )
    rows = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    if not rows.size:
        return answer
    low, high, values = low[rows], high[rows], values[rows]
    x = np.clip(_mean(values, weights) / _mean(values**2, weights), low / 2, high / 2)
    for _ in range(_ROUNDS):
        part = values / (1.0 + x[:, np.newaxis] * values)
        slope = _mean(part, weights)
        low = np.where(slope > 0.0, x, low)
        high = np.where(slope <= 0.0, x, high)
        step = slope / _mean(np.square(part, out=part), weights)
        # Never all the way to the last signs, of which the first two are ruin.
        to = np.where(
            step > 0.0,
            np.minimum(x + step, x + 0.99 * (high - x)),
            np.maximum(x + step, x - 0.99 * (x - low)),
        )
        # Close to ruin steps are short as well; only at the root is there no gain left.
        short = np.abs(to - x) <= 4e-16 * (np.abs(x) + np.abs(to))
        done = short & (slope * step <= 1e-12)
        still = ~(done | (slope == 0.0))
        x = np.where(slope == 0.0, x, to)
        if not still.any():
            break
        if still.mean() < 0.5 and rows.size > 1:
            answer[rows[~still]] = x[~still]
            rows, values = rows[still], values[still]
            x, low, high = x[still], low[still], high[still]
    answer[rows] = x
    return answer


def _mean(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    if weights is None:
        found: NDArray[np.float64] = values.mean(axis=1)
        return found
    return values @ weights
