"""Parameters of impact models from the trades and prices of a market.

Every routine minimises squared errors and gives standard errors.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.core.optional import needs_core
from ai_trading.execution.impact._least_squares import Solution, solve
from ai_trading.execution.impact.dynamic import ObizhaevaWang, Propagator, columns
from ai_trading.execution.impact.fit import (
    BPS,
    Fit,
    fit_of,
    floats,
    model_of,
    positive,
)

with needs_core():
    from ai_trading._core import cost as _cost

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["fit_obizhaeva_wang", "fit_propagator"]

_BLOCK = 1 << 14
_WIDE = 30.0
"""Bound of the log of a time scale in trades: beyond it there is no decay to see."""


def fit_propagator(
    volumes: ArrayLike,
    prices: ArrayLike,
    *,
    lags: int = 100,
    concavity: float = 0.0,
) -> tuple[Fit[Propagator], NDArray[np.float64], NDArray[np.float64]]:
    r"""Fit a decaying impact to the trades of a market, in trade time.

    Parameters
    ----------
    volumes : array_like of shape (n_trades,)
        Signed sizes, buys positive, none 0.
    prices : array_like of shape (n_trades + 1,)
        The middle just before each trade, and before the one after the last.
    lags : int, default 100
        How many trades back the kernel is measured.
    concavity : float, default 0
        Exponent of the size; 0 counts signs alone, as suits trades that take the best
        price.

    Returns
    -------
    fit : Fit of Propagator
        A power law through the measured kernel; its time is counted in trades, the
        first one 1 trade after a push.
    kernel, errors : ndarray of shape (lags,)
        :math:`G(1), G(2), \dots`: what a trade of size 1 has moved the price by after
        so many trades, in basis points, and standard errors.

    Raises
    ------
    DataError
        If there are too few trades for so many lags, or a value is not allowed.

    Notes
    -----
    Returns over single trades are regressed on the last `lags` pushes
    :math:`\mathrm{sgn}(v)|v|^{\delta}` by ordinary least squares; sums of the
    coefficients are :math:`G` [1]_. The signs of trades follow each other closely,
    which the regression takes into account and a plain average response does not. The
    power law :math:`s (1 + (\ell - 1)/\ell_0)^{-\beta}` is then fitted by generalised
    least squares with the covariance of :math:`G`.

    References
    ----------
    .. [1] Z. Eisler, J.-P. Bouchaud and J. Kockelkoren, "The price impact of order book
       events: market orders, limit orders and cancellations", Quantitative Finance 12
       (2012).
    """
    (size,) = columns(volumes=volumes)
    (price,) = columns(prices=prices)
    if lags < 2 or len(price) != len(size) + 1 or len(size) < 10 * lags:
        msg = (
            "needs lags of 2 or more, ten times as many trades as lags, and one price "
            f"more than trades; received {lags} lags, {len(size)} trades and "
            f"{len(price)} prices. Bring a longer recording, or fewer lags"
        )
        raise DataError(msg)
    positive(prices=price)
    if np.any(size == 0):
        msg = "a trade of volume 0 has no sign; leave it out"
        raise DataError(msg)
    push = np.sign(size) * np.abs(size) ** concavity
    moved = BPS * np.diff(np.log(price))
    windows = np.lib.stride_tricks.sliding_window_view(push, lags)[:, ::-1]
    y = moved[lags - 1 :]
    normal, pulled = np.zeros((lags, lags)), np.zeros(lags)
    for at in range(0, len(y), _BLOCK):  # copies: BLAS wants them, memory not all
        block = np.ascontiguousarray(windows[at : at + _BLOCK])
        normal += block.T @ block
        pulled += block.T @ y[at : at + _BLOCK]
    try:
        inverse = np.linalg.inv(normal)
    except np.linalg.LinAlgError:
        msg = "the signs of the trades do not tell the lags apart; use fewer lags"
        raise DataError(msg) from None
    steps = inverse @ pulled
    noise = y - np.convolve(push, steps)[lags - 1 : len(push)]
    variance = float(noise @ noise) / (len(y) - lags)
    add_up = np.tril(np.ones((lags, lags)))
    kernel = add_up @ steps
    covariance = variance * add_up @ inverse @ add_up.T
    errors = np.sqrt(np.diag(covariance))
    fit = _decay_through(
        kernel,
        covariance,
        concavity=concavity,
        observations=len(size),
        y=y,
        noise=noise,
    )
    return fit, kernel, errors


def _decay_through(
    kernel: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    concavity: float,
    observations: int,
    y: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> Fit[Propagator]:
    """Fit the power law to a kernel whose errors are correlated."""
    after = np.arange(len(kernel), dtype=np.float64)
    ridge = 1e-10 * float(np.trace(covariance)) / len(kernel)
    factor = np.linalg.cholesky(covariance + ridge * np.eye(len(kernel)))

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        timescale = np.exp(np.clip(p[1], -_WIDE, _WIDE))
        curve = np.exp(p[0] - p[2] * np.log1p(after / timescale))
        return np.asarray(np.linalg.solve(factor, curve - kernel))

    if not kernel[0] > 0:
        msg = (
            "the price moved against the trades; check that buys are positive and that "
            "prices are those before each trade"
        )
        raise DataError(msg)
    start = np.array([np.log(kernel[0]), 1.0, 0.5])
    try:
        raw = solve(left, start, robust=False, what="fit_propagator")
        decays = raw.values[2] > 0 and abs(raw.values[1]) < _WIDE
    except DataError:
        decays = False
    if not decays:
        msg = (
            f"the kernel does not decay as a power law: it is {kernel[0]:.3g} basis "
            f"points after one trade, {kernel.max():.3g} at most and {kernel[-1]:.3g} "
            f"after {len(kernel)}; use other lags, or another exponent of the size "
            "(0 counts signs alone)"
        )
        raise DataError(msg)
    # Errors of whitened residuals are 1 by construction: undo the estimated variance.
    spread = float(raw.residuals @ raw.residuals) / (len(kernel) - 3)
    values = np.array([np.exp(raw.values[0]), np.exp(raw.values[1]), raw.values[2]])
    turn = np.diag([values[0], values[1], 1.0])
    names = ["scale", "timescale", "exponent"]
    within = turn @ (raw.covariance / spread) @ turn
    model = model_of(
        Propagator,
        scale=float(values[0]),
        timescale=float(values[1]),
        exponent=float(values[2]),
        concavity=concavity,
    )
    deviation = np.sqrt(np.diag(within))
    return Fit(
        model,
        MappingProxyType(floats(dict(zip(names, values, strict=True)))),
        MappingProxyType(floats(dict(zip(names, deviation, strict=True)))),
        observations,
        float(np.std(noise)),
        1.0 - float(noise @ noise) / float(np.sum((y - y.mean()) ** 2)),
    )


def fit_obizhaeva_wang(
    times: ArrayLike, volumes: ArrayLike, prices: ArrayLike, *, robust: bool = True
) -> Fit[ObizhaevaWang]:
    r"""Fit resilience, depth and permanent impact to trades and prices of a market.

    Parameters
    ----------
    times : array_like of shape (n_trades,)
        Rising.
    volumes : array_like of shape (n_trades,)
        Signed, buys positive.
    prices : array_like of shape (n_trades,)
        The middle just before each trade, in currency units.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Returns
    -------
    Fit of ObizhaevaWang
        `resilience` per unit of the times; `residual` in currency units here. Where
        the estimate of `permanent` is negative the model has 0 of it.

    Raises
    ------
    DataError
        If rows are missing, malformed or too few, or do not tell the parameters apart.

    Notes
    -----
    Price changes between trades are regressed on
    :math:`\lambda v_{i-1} + \kappa\,\Delta D_i(\rho)`, where :math:`D` adds every
    trade's volume and decays at the rate :math:`\rho`; the best of a grid of
    :math:`\rho` starts non-linear least squares. The density is
    :math:`1 / (\lambda + \kappa)`. Changes, not levels, because prices wander.
    """
    when, size, price = columns(times=times, volumes=volumes, prices=prices)
    gaps = np.diff(when)
    if len(gaps) < 10 or np.any(gaps < 0) or not np.any(gaps > 0):
        msg = (
            "times must rise and be 11 or more; received "
            f"{len(when)} from {when[:1]} to {when[-1:]}"
        )
        raise DataError(msg)
    y = np.diff(price)

    def pushed(rho: float) -> NDArray[np.float64]:
        return _cost.fading_changes(size[:-1], gaps, rho)

    def linear(rho: float) -> tuple[NDArray[np.float64], float]:
        table = np.stack([size[:-1], pushed(rho)], axis=1)
        solved, *_ = np.linalg.lstsq(table, y, rcond=None)
        rest = y - table @ solved
        return np.asarray(solved, dtype=np.float64), float(rest @ rest)

    middle = 1.0 / float(np.median(gaps[gaps > 0]))
    grid = middle * np.geomspace(1e-4, 10, 40)
    rho = min(grid, key=lambda r: linear(float(r))[1])
    flat, _ = linear(float(rho))

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p[0] * size[:-1] + p[1] * pushed(float(np.exp(p[2]))) - y)

    start = np.array([flat[0], flat[1], np.log(rho)])
    raw = solve(left, start, robust=robust, what="fit_obizhaeva_wang")
    lam, kappa, resilience = raw.values[0], raw.values[1], float(np.exp(raw.values[2]))
    if not (kappa > 0 and lam + kappa > 0):
        msg = (
            f"the fitted push of a trade is {lam + kappa:.3g} and its fading part "
            f"{kappa:.3g}; both must be positive: check signs, or bring more trades"
        )
        raise DataError(msg)
    density = 1.0 / (lam + kappa)
    # Delta method for (lambda, kappa, log rho) to (permanent, density, resilience).
    turn = np.array(
        [[1.0, 0.0, 0.0], [-(density**2), -(density**2), 0.0], [0.0, 0.0, resilience]]
    )
    names = ["permanent", "density", "resilience"]
    solution = Solution(
        np.array([lam, density, resilience]),
        turn @ raw.covariance @ turn.T,
        raw.residuals,
    )
    model = ObizhaevaWang(
        resilience=resilience,
        density=float(density),
        permanent=max(float(lam), 0.0),
    )
    return fit_of(model, names, solution, y, y + raw.residuals)
