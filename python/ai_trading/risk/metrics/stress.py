"""What a portfolio would lose if: history again, shocks, correlations, and reverse.

Amounts are signed market values, shocks and returns simple fractions, profits in money
(a loss is negative there and positive where a name says loss). NaN is rejected.

References
----------
.. [1] P. H. Kupiec, "Stress testing in a value at risk framework", Journal of
   Derivatives 6(1), 1998.
.. [2] T. Breuer et al., "How to find plausible, severe, and useful stress scenarios",
   International Journal of Central Banking 5(3), 2009.
.. [3] N. J. Higham, "Computing the nearest correlation matrix", IMA Journal of
   Numerical Analysis 22(3), 2002.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.checks import mapping
from ai_trading.risk.metrics.checks import (
    covariance_matrix,
    finite,
    is_single,
    matrix,
    ordered,
    positive,
    vector,
    whole,
)
from ai_trading.risk.metrics.distributions import normal_cdf
from ai_trading.risk.metrics.parametric import normal_risk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ai_trading.risk.metrics.tails import TailRisk

__all__ = [
    "CorrelationStress",
    "ReverseStress",
    "StressResult",
    "correlation_stress",
    "factor_shock",
    "instrument_shock",
    "nearest_correlation",
    "replay",
    "reverse_stress",
]


@dataclass(frozen=True, slots=True)
class StressResult:
    """What one scenario does.

    Attributes
    ----------
    profit : float
        Of the portfolio; negative for a loss.
    by_position : ndarray of shape (n_positions,)
        The same, position by position.
    shocks : ndarray of shape (n_positions,)
        Return of each position.
    worst_profit : float
        Lowest point on the way, where the scenario is a path; else `profit`.
    """

    profit: float
    by_position: NDArray[np.float64]
    shocks: NDArray[np.float64]
    worst_profit: float


@dataclass(frozen=True, slots=True)
class CorrelationStress:
    """Risk before and after correlations move."""

    before: TailRisk
    after: TailRisk
    correlation: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReverseStress:
    """The most plausible way to lose a given amount.

    Attributes
    ----------
    shocks : ndarray of shape (n_positions,)
        Return of each position.
    by_position : ndarray of shape (n_positions,)
        Profit of each; they add up to minus the loss.
    distance : float
        Mahalanobis distance from what is expected, in deviations of the portfolio;
        negative where a greater loss is expected anyway.
    probability : float
        Of losing as much or more where returns are normal.
    """

    shocks: NDArray[np.float64]
    by_position: NDArray[np.float64]
    distance: float
    probability: float


def instrument_shock(amounts: ArrayLike, shocks: ArrayLike) -> StressResult:
    """Apply a return to each position.

    Parameters
    ----------
    amounts : array_like of shape (n_positions,)
    shocks : float or array_like of shape (n_positions,)
        Not below -1: a price cannot fall by more than itself.

    Raises
    ------
    DataError
        If lengths differ, a number is not finite, or a shock is below -1.

    Examples
    --------
    >>> instrument_shock([100, 200], -0.1).profit
    -30.0
    """
    held = vector(amounts, name="amounts")
    moved = np.full(held.size, shocks) if is_single(shocks) else shocks
    changes = vector(moved, name="shocks", size=held.size)
    if changes.min() < -1.0:
        msg = f"a shock must not be below -1; received {changes.min():g}"
        raise DataError(msg)
    return _result(held, changes)


def factor_shock(
    amounts: ArrayLike,
    exposures: ArrayLike,
    shocks: Mapping[int, float] | ArrayLike,
    *,
    factor_covariance: ArrayLike | None = None,
) -> StressResult:
    r"""Move factors, and positions through their exposures.

    Parameters
    ----------
    amounts : array_like of shape (n_positions,)
    exposures : array_like of shape (n_positions, n_factors)
        Return of a position per return of a factor.
    shocks : mapping of int to float, or array_like of shape (n_factors,)
        Return of each factor, or of some by their column.
    factor_covariance : array_like of shape (n_factors, n_factors), optional
        Where it is given, the factors that are not named move by what is expected of
        them when the others do (Kupiec's predictive stress [1]_); without it they stay.

    Raises
    ------
    ArgumentError
        If there is no such factor.
    DataError
        If shapes differ, a number is not finite, the covariance is not one, or a
        position would fall by more than itself.

    Notes
    -----
    :math:`E[f_u \mid f_s] = \Sigma_{us}\Sigma_{ss}^{-1} f_s`.

    Examples
    --------
    >>> factor_shock([100, 100], [[1, 0], [1, 1]], {0: -0.1}).profit
    -20.0
    >>> factor_shock([100, 100], [[1, 0], [1, 1]], {0: -0.1},
    ...              factor_covariance=[[0.04, 0.02], [0.02, 0.04]]).profit
    -25.0
    """
    held = vector(amounts, name="amounts")
    table = matrix(exposures, name="exposures", least=held.size)
    if table.shape[0] != held.size:
        msg = f"exposures must have {held.size} rows; received shape {table.shape}"
        raise DataError(msg)
    count = table.shape[1]
    if hasattr(shocks, "items"):
        named = {
            whole(k, "a factor's number", 0): finite(v, f"shocks[{k}]")
            for k, v in shocks.items()
        }
    else:
        given = vector(shocks, name="shocks", size=count)
        named = {at: float(x) for at, x in enumerate(given)}
    for at in named:
        if not 0 <= at < count:
            msg = f"there is no factor {at}; there are {count}, numbered from 0"
            raise ArgumentError(msg)
    moved = np.zeros(count)
    moved[list(named)] = list(named.values())
    if factor_covariance is not None and named:
        sigma = covariance_matrix(
            factor_covariance, name="factor_covariance", size=count
        )
        known = np.array(sorted(named))
        others = np.setdiff1d(np.arange(count), known)
        inner = np.linalg.pinv(sigma[np.ix_(known, known)], hermitian=True)
        moved[others] = sigma[np.ix_(others, known)] @ inner @ moved[known]
    changes: NDArray[np.float64] = table @ moved
    if changes.min() < -1.0:
        at = int(changes.argmin())
        msg = (
            f"the shocks move position {at} by {changes[at]:g}, below -1: an exposure "
            "is a straight line only near today's price. Give smaller shocks, or the "
            "position's own with instrument_shock"
        )
        raise DataError(msg)
    return _result(held, changes)


def replay(
    amounts: ArrayLike,
    returns: ArrayLike,
    windows: Mapping[str, tuple[Any, Any]],
    *,
    labels: Sequence[Any] | None = None,
) -> dict[str, StressResult]:
    """Let today's portfolio live through windows of the past, without trading.

    Parameters
    ----------
    amounts : array_like of shape (n_positions,)
    returns : array_like of shape (n_periods, n_positions)
        Simple returns, oldest first.
    windows : mapping of str to (first, last)
        Name to the labels of its first and last period, both included.
    labels : sequence, optional
        Date of each period, rising. Without it, windows are positions.

    Returns
    -------
    dict of str to StressResult
        `worst_profit` is the lowest point at the end of any period on the way.

    Raises
    ------
    ArgumentError
        If a window holds no period.
    DataError
        If shapes differ, a number is not finite, a return is below -1, or labels do not
        rise.

    Examples
    --------
    >>> found = replay([100], [[-0.1], [-0.1], [0.2]], {"crash": (0, 1)})
    >>> round(found["crash"].profit, 9)
    -19.0
    """
    ordered(returns)
    held = vector(amounts, name="amounts")
    table = matrix(returns, name="returns", columns=held.size)
    if table.min() < -1.0:
        msg = f"a return must not be below -1; the least is {table.min():g}"
        raise DataError(msg)
    mapping("windows", windows, "{'crash': (0, 20)}")
    if labels is not None and not hasattr(labels, "__len__"):
        msg = f"labels must be a sequence, one for each period; received {labels!r:.80}"
        raise DataError(msg)
    names = range(table.shape[0]) if labels is None else labels
    if len(names) != table.shape[0]:
        msg = f"labels must name each of {table.shape[0]} periods; got {len(names)}"
        raise DataError(msg)
    for at in range(1, len(names)):
        if not names[at - 1] < names[at]:
            msg = f"labels must rise; {names[at]!r} follows {names[at - 1]!r}"
            raise DataError(msg)
    found = {}
    for name, window in windows.items():
        first, last = _ends(name, window)
        rows = [at for at, label in enumerate(names) if first <= label <= last]
        if not rows:
            msg = (
                f"window {name!r}, {first!r} to {last!r}, holds no period; the data "
                f"run from {names[0]!r} to {names[-1]!r}"
            )
            raise ArgumentError(msg)
        growth = np.cumprod(1.0 + table[rows], axis=0) - 1.0
        path = growth @ held
        found[name] = StressResult(
            profit=float(path[-1]),
            by_position=held * growth[-1],
            shocks=growth[-1],
            worst_profit=float(path.min()),
        )
    return found


def _ends(name: str, window: Any) -> tuple[Any, Any]:
    try:
        first, last = window
    except (TypeError, ValueError):
        msg = f"window {name!r} must be (first, last); received {window!r:.80}"
        raise ArgumentError(msg) from None
    return first, last


def correlation_stress(
    amounts: ArrayLike,
    deviations: ArrayLike,
    correlation: ArrayLike,
    *,
    towards: float | ArrayLike = 1.0,
    weight: float = 0.5,
    level: float = 0.99,
) -> CorrelationStress:
    """Move correlations towards another matrix and see what that does to the risk.

    Parameters
    ----------
    amounts, deviations : array_like of shape (n_positions,)
        Market values, and deviations of returns per period (not negative).
    correlation : array_like of shape (n_positions, n_positions)
        With ones on its diagonal.
    towards : float or array_like of shape (n_positions, n_positions), default 1.0
        Where they move; a number stands for all pairs. A matrix that is no correlation
        is replaced by the nearest one.
    weight : float, default 0.5
        How far, from 0 (stay) to 1 (all the way).
    level : float, default 0.99
        Confidence of the normal value at risk and expected shortfall.

    Raises
    ------
    ArgumentError
        If `weight` lies outside [0, 1] or `level` outside (0, 1).
    DataError
        If shapes differ or a matrix is not what it should be.

    Examples
    --------
    >>> found = correlation_stress([1, 1], [0.01, 0.01], [[1, 0], [0, 1]], weight=1.0)
    >>> round(found.after.value_at_risk / found.before.value_at_risk, 6)
    1.414214
    """
    held = vector(amounts, name="amounts")
    n = held.size
    spread = vector(deviations, name="deviations", size=n)
    if spread.min() < 0.0:
        msg = f"deviations must not be negative; the least is {spread.min():g}"
        raise DataError(msg)
    now = _correlation(correlation, n)
    share = finite(weight, "weight")
    if not 0.0 <= share <= 1.0:
        msg = f"weight must lie between 0 and 1; received {share:g}"
        raise ArgumentError(msg)
    if is_single(towards):
        rho = finite(towards, "towards")  # type: ignore[arg-type]
        goal = np.full((n, n), rho)
        np.fill_diagonal(goal, 1.0)
    else:
        goal = matrix(towards, name="towards", least=n, columns=n)
    stressed = (1.0 - share) * now + share * nearest_correlation(goal)
    risks = []
    for rho_matrix in (now, stressed):
        scaled = held * spread
        variance = max(0.0, float(scaled @ rho_matrix @ scaled))
        risks.append(normal_risk(0.0, math.sqrt(variance), level))
    return CorrelationStress(risks[0], risks[1], stressed)


def nearest_correlation(
    values: ArrayLike, *, steps: int = 1000, tolerance: float = 1e-10
) -> NDArray[np.float64]:
    """Return the correlation matrix that is nearest to a symmetric one.

    Parameters
    ----------
    values : array_like of shape (n, n)
        Symmetric; entries within [-1, 1] or not.
    steps : int, default 1000
        Alternating projections at most.
    tolerance : float, default 1e-10
        Largest change of an entry at which it stops.

    Raises
    ------
    ArgumentError
        If `steps` is not a positive whole number or `tolerance` not positive.
    DataError
        If it is not square, symmetric and finite, or the steps do not suffice.

    Notes
    -----
    Higham's alternating projections with Dykstra's correction [3]_, in the Frobenius
    norm.

    Examples
    --------
    >>> nearest_correlation([[1.0, 2.0], [2.0, 1.0]]).round(6).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    array = matrix(values, name="values")
    if array.shape[0] != array.shape[1] or not np.allclose(array, array.T):
        msg = f"values must be square and symmetric; received shape {array.shape}"
        raise DataError(msg)
    close = positive(tolerance, "tolerance")
    now: NDArray[np.float64] = 0.5 * (array + array.T)
    correction = np.zeros_like(now)
    for _ in range(whole(steps, "steps")):
        shifted = now - correction
        eigenvalues, vectors = np.linalg.eigh(shifted)
        projected = (vectors * np.maximum(eigenvalues, 0.0)) @ vectors.T
        correction = projected - shifted
        following = 0.5 * (projected + projected.T)
        np.fill_diagonal(following, 1.0)
        moved = float(np.abs(following - now).max())
        now = following
        if moved <= close:
            return now
    msg = f"no correlation matrix was reached in {steps} steps; allow more"
    raise DataError(msg)


def reverse_stress(
    amounts: ArrayLike,
    covariance: ArrayLike,
    loss: float,
    *,
    mean: ArrayLike | None = None,
) -> ReverseStress:
    r"""Return the most plausible scenario in which a portfolio loses an amount.

    Parameters
    ----------
    amounts : array_like of shape (n_positions,)
    covariance : array_like of shape (n_positions, n_positions)
        Of the returns over the horizon in question.
    loss : float
        Positive.
    mean : array_like of shape (n_positions,), optional
        Expected returns; zero without it.

    Raises
    ------
    ArgumentError
        If `loss` is not positive.
    DataError
        If shapes differ, the covariance is not one, or the portfolio has no variance,
        so that it cannot lose.

    Notes
    -----
    Of all returns with :math:`w'r = -x`, the ones at the least Mahalanobis distance
    from :math:`\mu` are :math:`\mu - \frac{x + w'\mu}{w'\Sigma w}\Sigma w` [2]_. Shocks
    below -1 may come out for a loss far beyond what the portfolio can lose.

    Examples
    --------
    >>> found = reverse_stress([100, 100], [[0.01, 0], [0, 0.03]], 40)
    >>> found.shocks.round(9).tolist(), round(found.distance, 9)
    ([-0.1, -0.3], 2.0)
    """
    held = vector(amounts, name="amounts")
    sigma = covariance_matrix(covariance, size=held.size)
    mu = (
        np.zeros(held.size)
        if mean is None
        else vector(mean, name="mean", size=held.size)
    )
    amount = positive(loss, "loss")
    along = sigma @ held
    variance = float(held @ along)
    if variance <= 0.0:
        msg = "the portfolio has no variance, so no scenario makes it lose"
        raise DataError(msg)
    needed = amount + float(held @ mu)
    shocks = mu - needed / variance * along
    distance = needed / math.sqrt(variance)
    return ReverseStress(
        shocks=shocks,
        by_position=held * shocks,
        distance=distance,
        probability=normal_cdf(-distance),
    )


def _correlation(values: ArrayLike, size: int) -> NDArray[np.float64]:
    array = covariance_matrix(values, name="correlation", size=size)
    if np.abs(np.diag(array) - 1.0).max() > 1e-8:
        msg = "correlation must have ones on its diagonal; is it a covariance?"
        raise DataError(msg)
    return array


def _result(held: NDArray[np.float64], changes: NDArray[np.float64]) -> StressResult:
    profits = held * changes
    total = float(profits.sum())
    return StressResult(total, profits, changes, total)
