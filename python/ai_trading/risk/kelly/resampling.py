"""Drawing samples again: independent, or in blocks for returns that depend on the past.

Blocks are those of the stationary bootstrap: each next value follows the last one with
probability 1 - 1/b and else starts anywhere, so that lengths are geometric with mean b,
and the end is followed by the beginning.

References
----------
.. [1] D. N. Politis and J. P. Romano, "The Stationary Bootstrap", Journal of the
   American Statistical Association 89(428), 1994.
.. [2] D. N. Politis and H. White, "Automatic Block-Length Selection for the Dependent
   Bootstrap", Econometric Reviews 23(1), 2004; corrected by A. Patton, D. N. Politis
   and H. White, Econometric Reviews 28(4), 2009.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Numbers drawn at a time: 16 MB of indices and as much of values.
_AT_ONCE = 2_000_000


def resamples(
    values: NDArray[np.float64], draws: int, block: float, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Yield `draws` samples of the same size as rows, some at a time."""
    rng = np.random.default_rng(seed)
    size = values.size
    rows = max(1, _AT_ONCE // size)
    for start in range(0, draws, rows):
        yield values[_indices(rng, min(rows, draws - start), size, block)]


def _indices(
    rng: np.random.Generator, rows: int, size: int, block: float
) -> NDArray[np.int64]:
    starts = rng.integers(0, size, (rows, size))
    if block <= 1.0:
        return starts
    begins = rng.random((rows, size)) < 1.0 / block
    begins[:, 0] = True
    here = np.arange(size)
    last = np.maximum.accumulate(np.where(begins, here, 0), axis=1)
    found: NDArray[np.int64] = np.take_along_axis(starts, last, axis=1)
    return (found + here - last) % size


def automatic_block(values: NDArray[np.float64]) -> float:
    """Return the mean block length that fits the dependence of a series [2]_."""
    n = values.size
    off = values - values.mean()
    if n < 10 or not np.any(off):
        return 1.0
    run = max(5, math.ceil(math.sqrt(math.log10(n))))
    most = min(math.ceil(math.sqrt(n)) + run, n - 1)
    lags = np.arange(most + 1)
    covariances = np.array([off[k:] @ off[: n - k] for k in lags]) / n
    small = np.abs(covariances[1:] / covariances[0]) < 2 * math.sqrt(math.log10(n) / n)
    # The last lag before a run of insignificant ones; flat-top weights to twice that.
    quiet = [k for k in range(most - run + 1) if small[k : k + run].all()]
    reach = quiet[0] if quiet else int(np.flatnonzero(~small).max()) + 1
    width = min(2 * max(reach, 1), most)
    x = np.arange(1, width + 1) / width
    flat_top = np.where(x <= 0.5, 1.0, 2.0 * (1.0 - x))
    weighted = flat_top * covariances[1 : width + 1]
    spectrum = covariances[0] + 2.0 * weighted.sum()
    slope = 2.0 * (weighted * lags[1 : width + 1]).sum()
    if spectrum <= 0.0:
        return 1.0
    length = (slope**2 / spectrum**2) ** (1 / 3) * n ** (1 / 3)
    most_length = math.ceil(min(3 * math.sqrt(n), n / 3))
    return float(min(max(length, 1.0), most_length))


def long_run_variance(values: NDArray[np.float64], block: float) -> float:
    """Return the variance of the mean of a series, times its size.

    The stationary bootstrap's own, in closed form [1]_ (lemma 1): autocovariances
    weighted by ``(1 - k/n) (1 - 1/b)**k + k/n (1 - 1/b)**(n - k)``, in blocks of mean
    length b. With b = 1 the plain variance.
    """
    n = values.size
    off = values - values.mean()
    variance = float(off @ off) / n
    if block <= 1.0:
        return variance
    # Beyond forty blocks the weight is e**-40.
    reach = min(n - 1, math.ceil(40 * block))
    k = np.arange(1, reach + 1)
    keep = 1.0 - 1.0 / block
    weights = (1 - k / n) * keep**k + k / n * keep ** (n - k)
    covariances = np.array([off[j:] @ off[: n - j] for j in k]) / n
    # Lemma 1 is for the circular covariances; the wrapped products are k/n of them and
    # are left to the weights.
    return max(variance + 2.0 * float(weights @ covariances), 0.0)
