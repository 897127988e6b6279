"""Value at risk from simulated returns: normal or heavy-tailed, plain or cleverer.

The draws are ours, so a seed means the same everywhere. Amounts in money, losses
positive, returns per period. NaN is rejected.

References
----------
.. [1] P. Glasserman, "Monte Carlo Methods in Financial Engineering", 2003, chapters 4,
   5 and 9.
.. [2] I. H. Sloan and S. Joe, "Lattice Methods for Multiple Integration", 1994.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import function, one_of
from ai_trading.risk.metrics.checks import (
    MOST_DRAWN,
    covariance_matrix,
    finite,
    probability,
    seed_number,
    vector,
    whole,
)
from ai_trading.risk.metrics.tails import TailRisk, historical

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Simulated", "monte_carlo", "simulate_returns"]

Method = Literal["random", "antithetic", "quasi"]

LATTICE_MULTIPLIERS: Final = {
    1024: 469,
    4096: 2405,
    16384: 9349,
    65536: 30245,
    262144: 207421,
}
"""Points of a Korobov lattice and its multiplier: the least `lattice_error` in 64
dimensions among a few dozen random candidates (5 modulo 8) for each size."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Scenarios, what they do to a portfolio, and the tail of that.

    Attributes
    ----------
    risk : TailRisk
    returns : ndarray of shape (scenarios, n_assets)
    profits : ndarray of shape (scenarios,)
        Of the portfolio in each scenario.
    standard_error : float
        Of the value at risk, from the spread of the order statistics around it as if
        rows were independent: antithetic ones have about this or less. NaN for
        quasi-random points, whose error is smaller and has another law.
    """

    risk: TailRisk
    returns: NDArray[np.float64]
    profits: NDArray[np.float64]
    standard_error: float


def simulate_returns(
    covariance: ArrayLike,
    scenarios: int = 100_000,
    *,
    mean: ArrayLike | None = None,
    method: Method = "random",
    degrees: float | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    r"""Draw returns of assets that move together.

    Parameters
    ----------
    covariance : array_like of shape (n_assets, n_assets)
        Of the returns; symmetric, positive semidefinite (it may be singular).
    scenarios : int, default 100000
        Rows to draw; even for "antithetic", and 1024, 4096, 16384, 65536 or 262144 for
        "quasi".
    mean : array_like of shape (n_assets,), optional
        Zero without it.
    method : {"random", "antithetic", "quasi"}, default "random"
        Independent rows; rows in pairs that mirror each other about the mean; or the
        points of a randomly shifted lattice [2]_, with the directions of greatest
        variance first.
    degrees : float, optional
        Above 2: the rows are multivariate Student t with this covariance (not with
        "quasi"). Without it they are normal.
    seed : int, default 0

    Returns
    -------
    ndarray of shape (scenarios, n_assets)

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.
    DataError
        If the covariance is not one, or shapes differ.

    Examples
    --------
    >>> simulate_returns([[1e-4]], 4, seed=1).shape
    (4, 1)
    """
    returns, _ = _simulate(
        covariance, scenarios, mean, method, degrees, seed, np.empty(0)
    )
    return returns


def monte_carlo(
    amounts: ArrayLike,
    covariance: ArrayLike,
    level: float = 0.99,
    *,
    scenarios: int = 100_000,
    mean: ArrayLike | None = None,
    method: Method = "random",
    degrees: float | None = None,
    seed: int = 0,
    revalue: Callable[[NDArray[np.float64]], ArrayLike] | None = None,
) -> Simulated:
    """Return the simulated tail of a portfolio.

    Parameters
    ----------
    amounts : array_like of shape (n_assets,)
        Signed market values; what a scenario earns is their product with its returns.
    covariance, scenarios, mean, method, degrees, seed
        See `simulate_returns`.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    revalue : callable, optional
        Full revaluation, for what is not linear in the returns: takes the scenarios, of
        shape (scenarios, n_assets), and returns the profit of each. `amounts` then only
        says how many assets there are.

    Returns
    -------
    Simulated

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.
    DataError
        If shapes differ, the covariance is not one, or `revalue` returns something
        other than one finite profit for each scenario.

    Examples
    --------
    >>> found = monte_carlo([100.0], [[1e-4]], 0.99, scenarios=10_000, seed=1)
    >>> 2.2 < found.risk.value_at_risk < 2.5
    True
    """
    held = vector(amounts, name="amounts")
    alpha = probability(level)
    if revalue is not None:
        function("revalue", revalue, "revalue(returns)")
    linear = held if revalue is None else np.empty(0)
    returns, profits = _simulate(
        covariance, scenarios, mean, method, degrees, seed, linear, size=held.size
    )
    if revalue is not None:
        profits = vector(revalue(returns), name="profits", size=returns.shape[0])
    found = historical(profits, alpha)
    kind = "normal" if degrees is None else f"Student t({degrees:g})"
    return Simulated(
        risk=TailRisk(
            found.value_at_risk,
            found.expected_shortfall,
            alpha,
            f"Monte Carlo, {kind}, {method}",
            found.observations,
        ),
        returns=returns,
        profits=profits,
        standard_error=float("nan") if method == "quasi" else _error(profits, alpha),
    )


def _simulate(  # noqa: PLR0917 - the arguments of two public functions
    covariance: ArrayLike,
    scenarios: int,
    mean: ArrayLike | None,
    method: str,
    degrees: float | None,
    seed: int,
    amounts: NDArray[np.float64],
    size: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sigma = covariance_matrix(covariance, size=size)
    n = sigma.shape[0]
    mu = np.zeros(n) if mean is None else vector(mean, name="mean", size=n)
    one_of("method", method, get_args(Method))
    rows = whole(scenarios, "scenarios", 2, MOST_DRAWN)
    number = seed_number(seed)
    if method == "quasi":
        if degrees is not None:
            msg = "quasi-random points are for normal returns; leave degrees out"
            raise ArgumentError(msg)
        return _quasi(sigma, mu, rows, number, amounts)
    antithetic = method == "antithetic"
    if antithetic and rows % 2:
        msg = f"antithetic scenarios come in pairs; received {rows}, an odd number"
        raise ArgumentError(msg)
    factor, triangular = _factor(sigma)
    if degrees is None:
        return stats.simulate(number, rows, mu, factor, amounts, triangular, antithetic)
    nu = finite(degrees, "degrees")
    if nu <= 2.0:
        msg = f"degrees must be above 2, to have a covariance; received {nu:g}"
        raise ArgumentError(msg)
    drawn = rows // 2 if antithetic else rows
    normals = stats.normals(number, drawn * n).reshape(drawn, n)
    rng = np.random.Generator(np.random.PCG64([number, 1]))
    normals *= np.sqrt((nu - 2.0) / rng.chisquare(nu, drawn))[:, None]
    return stats.transform(normals, mu, factor, amounts, triangular, antithetic)


def _factor(sigma: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    try:
        return np.ascontiguousarray(np.linalg.cholesky(sigma)), True
    except np.linalg.LinAlgError:
        return _principal(sigma), False


def _principal(sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(sigma)
    order = np.argsort(values)[::-1]
    spread = np.sqrt(np.maximum(values[order], 0.0))
    return np.ascontiguousarray(vectors[:, order] * spread)


def _quasi(
    sigma: NDArray[np.float64],
    mu: NDArray[np.float64],
    rows: int,
    seed: int,
    amounts: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if rows not in LATTICE_MULTIPLIERS:
        allowed = ", ".join(map(str, LATTICE_MULTIPLIERS))
        msg = f"quasi-random scenarios must number {allowed}; received {rows}"
        raise ArgumentError(msg)
    n = sigma.shape[0]
    shift = np.random.Generator(np.random.PCG64(seed)).random((n,))
    points = stats.lattice_normals(rows, LATTICE_MULTIPLIERS[rows], shift)
    return stats.transform(points, mu, _principal(sigma), amounts, triangular=False)


def lattice_error(rows: int, multiplier: int, dimensions: int = 64) -> float:
    """Worst-case error of a Korobov lattice for smooth periodic functions.

    The square error P2 with weights 1/k² for the k-th dimension [2]_; less is better.
    """
    points = np.arange(rows, dtype=np.int64)
    step, product = 1, np.ones(rows)
    for k in range(1, dimensions + 1):
        x = (points * step % rows) / rows
        product *= 1.0 + 2.0 * np.pi**2 * (x * x - x + 1.0 / 6.0) / k**2
        step = step * multiplier % rows
    return float(product.mean()) - 1.0


def _error(profits: NDArray[np.float64], level: float) -> float:
    """From the two order statistics one binomial deviation to either side."""
    n = profits.size
    centre, spread = n * (1.0 - level), (n * level * (1.0 - level)) ** 0.5
    low = min(max(0, round(centre - spread)), n - 1)
    high = min(n - 1, round(centre + spread))
    return (stats.tail(profits, high)[0] - stats.tail(profits, low)[0]) / 2.0
