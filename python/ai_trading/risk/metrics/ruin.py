"""The chance that a strategy loses too much.

References
----------
.. [1] W. Feller, "An Introduction to Probability Theory and Its Applications", vol. 1,
   1968, chapter XIV.
.. [2] I. Karatzas and S. E. Shreve, "Brownian Motion and Stochastic Calculus", 1991,
   section 3.5.
"""

from __future__ import annotations

import math

from ai_trading.core.errors import ArgumentError
from ai_trading.risk.metrics.checks import finite, positive, probability, whole
from ai_trading.risk.metrics.distributions import normal_cdf

__all__ = ["diffusion_ruin", "gamblers_ruin"]


def gamblers_ruin(win_rate: float, units: int, goal: int | None = None) -> float:
    r"""Return the chance of losing everything in even bets of one unit.

    Parameters
    ----------
    win_rate : float
        Chance of winning a bet, between 0 and 1.
    units : int
        Capital, in bets.
    goal : int, optional
        Capital at which one stops, above `units`; without it, one never does.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.

    Notes
    -----
    With :math:`\rho = q/p`: :math:`\frac{\rho^z - \rho^a}{1 - \rho^a}`, and
    :math:`\min(1, \rho^z)` without a goal [1]_.

    Examples
    --------
    >>> round(gamblers_ruin(0.6, 2), 6)
    0.444444
    """
    p = finite(win_rate, "win_rate")
    if not 0.0 <= p <= 1.0:
        msg = f"win_rate must lie between 0 and 1; received {p:g}"
        raise ArgumentError(msg)
    z = whole(units, "units")
    if goal is not None:
        a = whole(goal, "goal", z + 1)
        if p == 0.5:
            return 1.0 - z / a
        if p in {0.0, 1.0}:
            return 1.0 - p
        # Written with the smaller power, so that neither overflows.
        log = math.log1p(-p) - math.log(p)
        if log > 0.0:
            return math.expm1(-(a - z) * log) / math.expm1(-a * log)
        return math.exp(z * log) * math.expm1((a - z) * log) / math.expm1(a * log)
    if p <= 0.5:
        return 1.0
    if p == 1.0:
        return 0.0
    return math.exp(z * (math.log1p(-p) - math.log(p)))


def diffusion_ruin(
    mean: float, deviation: float, loss: float, periods: float | None = None
) -> float:
    r"""Return the chance that a continuously trading portfolio falls by a share.

    Parameters
    ----------
    mean, deviation : float
        Of the log returns per period; the deviation positive.
    loss : float
        Share of the initial value whose loss is ruin, strictly between 0 and 1.
    periods : float, optional
        Within how many periods, positive; without it, ever.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.

    Notes
    -----
    With :math:`b = \ln(1 - \text{loss}) < 0`, the first passage of a Brownian motion
    with drift has :math:`P = \Phi\!\bigl(\frac{b - \mu T}{\sigma\sqrt T}\bigr) +
    e^{2\mu b/\sigma^2}\Phi\!\bigl(\frac{b + \mu T}{\sigma\sqrt T}\bigr)`, and
    :math:`\min(1, e^{2\mu b/\sigma^2})` without an end [2]_. Between observations it
    counts every moment, so a daily record shows ruin a little less often.

    Examples
    --------
    >>> round(diffusion_ruin(0.0005, 0.01, 0.2), 6)
    0.107374
    """
    mu, sigma = finite(mean, "mean"), positive(deviation, "deviation")
    barrier = math.log1p(-probability(loss, "loss"))
    # Divided one after the other, so that no square leaves the range of a double.
    exponent = 2.0 * (mu / sigma) * (barrier / sigma)
    if periods is None:
        return math.exp(min(0.0, exponent)) if mu > 0.0 else 1.0
    time = positive(periods, "periods")
    root = sigma * math.sqrt(time)
    first = normal_cdf((barrier - mu * time) / root)
    second = normal_cdf((barrier + mu * time) / root)
    # The factor may overflow exactly where what it multiplies vanishes.
    reflected = 0.0 if second == 0.0 else math.exp(min(700.0, exponent)) * second
    return min(1.0, first + reflected)
