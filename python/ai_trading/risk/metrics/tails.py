"""Value at risk and expected shortfall of a sample: nothing is assumed but the past.

Returns go in, losses come out: a return of -0.02 is a loss of 0.02. A sample without a
loss has a negative value at risk. Everything is per period of the input; nothing is
annualised. NaN is rejected, or left out where ``missing="skip"``.

References
----------
.. [1] R. T. Rockafellar and S. Uryasev, "Conditional value-at-risk for general loss
   distributions", Journal of Banking & Finance 26(7), 2002.
.. [2] R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The
   American Statistician 50(4), 1996.
.. [3] J. Boudoukh, M. Richardson and R. Whitelaw, "The best of both worlds", Risk
   11(5), 1998.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import DataError
from ai_trading.core.exact import one_of
from ai_trading.risk.metrics.checks import (
    Missing,
    ordered,
    pair,
    positive,
    probability,
    series,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Estimator",
    "TailRisk",
    "expected_shortfall",
    "historical",
    "historical_ewma",
    "historical_weighted",
    "value_at_risk",
]

Estimator = Literal["order", "interpolation"]


@dataclass(frozen=True, slots=True)
class TailRisk:
    """The two measures of one tail, and how they were found.

    Attributes
    ----------
    value_at_risk, expected_shortfall : float
        Losses as positive fractions (or amounts, where amounts went in).
    level : float
        Confidence of both.
    method : str
        Name of the estimator.
    observations : int
        Periods or scenarios that were used; 0 where parameters were given.
    """

    value_at_risk: float
    expected_shortfall: float
    level: float
    method: str
    observations: int = 0


def historical(
    returns: ArrayLike,
    level: float = 0.99,
    *,
    estimator: Estimator = "order",
    missing: Missing = "reject",
) -> TailRisk:
    r"""Return value at risk and expected shortfall of the sample, in one pass.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, or profits and losses, in any order.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    estimator : {"order", "interpolation"}, default "order"
        How value at risk is read off the sample; see Notes. Expected shortfall is the
        same for both.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Returns
    -------
    TailRisk

    Raises
    ------
    ArgumentError
        If `level` is not strictly between 0 and 1, or `estimator` is another word.
    DataError
        If `returns` is empty, not one-dimensional or not finite.

    Notes
    -----
    With the losses :math:`L_1 \ge L_2 \ge \dots \ge L_n`, :math:`m = n(1 - \alpha)` and
    :math:`k = \lfloor m \rfloor`:

    - ``"order"``: :math:`\mathrm{VaR} = L_{k+1}`, the least loss that is exceeded with
      probability at most :math:`1 - \alpha` under the empirical distribution.
    - ``"interpolation"``: the quantile of type 7 of [2]_, as NumPy's ``percentile`` and
      PerformanceAnalytics have it.
    - :math:`\mathrm{ES} = \bigl(\sum_{i \le k} L_i + (m - k) L_{k+1}\bigr) / m`, the
      exact minimum of Rockafellar and Uryasev's function [1]_. It is coherent and
      never below either value at risk.

    With fewer than 1 / (1 - level) periods, both are the worst loss. A product
    :math:`m` within 1e-9 of a whole number counts as that number, so that
    0.95 of 100 leaves 5.

    Examples
    --------
    >>> risk = historical([0.01, -0.02, 0.03, -0.04], level=0.5)
    >>> risk.value_at_risk, risk.expected_shortfall
    (-0.01, 0.03)
    """
    one_of("estimator", estimator, get_args(Estimator))
    values = series(returns, missing=missing)
    alpha = probability(level)
    n = values.size
    size = tail_size(n, alpha)
    rank = min(int(size), n - 1)
    at, after, below = stats.tail(values, rank)
    shortfall = -(below + (size - rank) * at) / size
    interpolated = estimator == "interpolation"
    quantile = _interpolated(values, alpha, rank, at, after) if interpolated else -at
    return TailRisk(
        # Adding zero makes of a loss of -0.0 one of nothing.
        value_at_risk=quantile + 0.0,
        # Equal in exact arithmetic where the tail is flat.
        expected_shortfall=max(shortfall, quantile) + 0.0,
        level=alpha,
        method=f"historical, {estimator}",
        observations=n,
    )


def value_at_risk(
    returns: ArrayLike,
    level: float = 0.99,
    *,
    estimator: Estimator = "order",
    missing: Missing = "reject",
) -> float:
    """Return the loss that is exceeded with probability at most ``1 - level``.

    See Also
    --------
    historical : both measures at once, with the parameters, errors and formulas.

    Examples
    --------
    >>> value_at_risk([0.01, -0.02, 0.03, -0.04], level=0.75)
    0.02
    """
    return historical(
        returns, level, estimator=estimator, missing=missing
    ).value_at_risk


def expected_shortfall(
    returns: ArrayLike, level: float = 0.975, *, missing: Missing = "reject"
) -> float:
    """Return the mean loss over the worst ``1 - level`` of outcomes.

    See Also
    --------
    historical : both measures at once, with the parameters, errors and formulas.

    Examples
    --------
    >>> expected_shortfall([0.01, -0.02, 0.03, -0.04], level=0.5)
    0.03
    """
    return historical(returns, level, missing=missing).expected_shortfall


def historical_weighted(
    returns: ArrayLike, weights: ArrayLike, level: float = 0.99
) -> TailRisk:
    r"""Return the tail of a sample whose periods count differently.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns. NaN is rejected.
    weights : array_like of shape (n_periods,)
        Not negative, with a positive sum, by which they are divided.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.

    Returns
    -------
    TailRisk
        The least loss that is exceeded with weight at most ``1 - level``, and
        Rockafellar and Uryasev's expected shortfall of the weighted sample.

    Raises
    ------
    ArgumentError
        If `level` is not strictly between 0 and 1.
    DataError
        If lengths differ, a weight is negative, or all are zero.

    Examples
    --------
    >>> historical_weighted([-0.04, -0.02, 0.01], [1, 2, 1], level=0.5).value_at_risk
    0.02
    """
    values, shares = pair(returns, weights, ("returns", "weights"), least=1)
    alpha = probability(level)
    if shares.min() < 0.0 or shares.sum() <= 0.0:
        msg = (
            "weights must not be negative and must have a positive sum; received a "
            f"least of {shares.min():g} and a sum of {shares.sum():g}"
        )
        raise DataError(msg)
    order = np.argsort(values, kind="stable")
    losses, shares = -values[order], shares[order] / shares.sum()
    size = 1.0 - alpha
    taken = np.cumsum(shares)
    at = min(int(np.searchsorted(taken, size + 1e-12, side="right")), losses.size - 1)
    rest = max(0.0, size - (taken[at - 1] if at else 0.0))
    total = float(losses[:at] @ shares[:at] + rest * losses[at])
    quantile = float(losses[at])
    return TailRisk(
        value_at_risk=quantile + 0.0,
        expected_shortfall=max(total / size, quantile) + 0.0,
        level=alpha,
        method="historical, weighted",
        observations=losses.size,
    )


def historical_ewma(
    returns: ArrayLike, level: float = 0.99, *, decay: float = 0.98
) -> TailRisk:
    r"""Return the tail of a sample whose older periods count less.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, the oldest first. NaN is rejected.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    decay : float, default 0.98
        What a period's weight is multiplied by with every period that follows it,
        strictly between 0 and 1; [3]_ uses 0.97 and 0.99.

    Returns
    -------
    TailRisk

    Raises
    ------
    ArgumentError
        If `level` or `decay` is not strictly between 0 and 1.
    DataError
        If `returns` is empty, not one-dimensional or not finite.

    Examples
    --------
    >>> historical_ewma([-0.09, 0.01, -0.02, 0.01], 0.5, decay=0.5).value_at_risk
    -0.01
    """
    ordered(returns)
    values = series(returns)
    factor = probability(decay, "decay")
    # From the newest backwards; what underflows weighs nothing.
    weights = np.power(factor, np.arange(values.size - 1, -1, -1, dtype=np.float64))
    found = historical_weighted(values, weights, level)
    return TailRisk(
        found.value_at_risk,
        found.expected_shortfall,
        found.level,
        f"historical, weights fall by {factor:g}",
        found.observations,
    )


def tail_size(n: int, level: float) -> float:
    """``n (1 - level)``, made whole where only rounding keeps it from that."""
    size = n * (1.0 - level)
    nearest = round(size)
    snapped = float(nearest) if abs(size - nearest) <= 1e-9 * max(1.0, n) else size
    return positive(snapped if snapped > 0.0 else size, "n (1 - level)")


def _interpolated(
    values: NDArray[np.float64], level: float, rank: int, at: float, after: float
) -> float:
    place = (values.size - 1) * (1.0 - level)
    low = math.floor(place)
    if low != rank:
        at, after, _ = stats.tail(values, low)
    return -(at + (place - low) * (after - at))
