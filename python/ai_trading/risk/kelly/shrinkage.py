"""Betting less than Kelly because the edge is only estimated.

Kelly with estimated numbers overbets: what looks best in a sample looks better than it
is. Three remedies, each with its own question: `bayes_bet` for a win rate counted from
few trials, `cautious_part` for the part of a portfolio's Kelly fraction that grows
fastest given how long the sample is, and `james_stein` for many means at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk import checks
from ai_trading.risk.kelly.bets import KellyBet, binary_bet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ShrunkMeans", "bayes_bet", "cautious_part", "james_stein"]


def bayes_bet(
    wins: int,
    losses: int,
    odds: float = 1.0,
    *,
    prior: tuple[float, float] = (1.0, 1.0),
) -> KellyBet:
    r"""Size a stake whose probability of winning is known only from a record.

    Parameters
    ----------
    wins, losses : int
        So far.
    odds : float, default 1
        Gain per unit staked.
    prior : (float, float), default (1, 1)
        Wins and losses believed before the first one: a beta distribution; (1, 1) is
        uniform. Both positive.

    Returns
    -------
    KellyBet
        `growth` is the growth expected under the posterior.

    Raises
    ------
    ArgumentError
        If a count is negative or a prior not positive.

    Notes
    -----
    Expected log growth is linear in the probability, so the best stake under the
    posterior is Kelly's at the posterior mean
    :math:`\tilde p = (\text{wins} + \alpha)/(n + \alpha + \beta)` [1]_.

    References
    ----------
    .. [1] S. Browne and W. Whitt, "Portfolio Choice and the Bayesian Kelly Criterion",
       Advances in Applied Probability 28(4), 1996.

    Examples
    --------
    Six wins in ten say 0.2; with a uniform prior 7/12 is believed, and 1/6 bet.

    >>> round(bayes_bet(6, 4).fraction_at_risk, 6)
    0.166667
    """
    won, lost = checks.count("wins", wins), checks.count("losses", losses)
    if np.shape(prior) != (2,):
        msg = f"prior must be two numbers, wins and losses; received {prior!r}"
        raise ArgumentError(msg)
    a, b = checks.size("prior[0]", prior[0]), checks.size("prior[1]", prior[1])
    return binary_bet((won + a) / (won + lost + a + b), odds)


def cautious_part(
    sharpe: float, periods: int, assets: int = 1, *, exact: bool = False
) -> float:
    r"""Return the part of an estimated Kelly portfolio that grows fastest.

    Parameters
    ----------
    sharpe : float
        Largest Sharpe ratio *per period* of the assets together, as it truly is: an
        estimate must first be freed from its bias, which is about
        ``assets / periods`` of its square.
    periods : int
        Of the sample from which means were estimated.
    assets : int, default 1
        Whose means were estimated.
    exact : bool, default False
        Whether the covariance was estimated from the same Gaussian sample too;
        `periods` must then exceed ``assets + 4``.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain.

    Notes
    -----
    With means from n periods the estimated portfolio is :math:`w^* + e` with
    :math:`e'\Sigma e` of mean :math:`N/n`. Growth of a part c of it is greatest on
    average at :math:`c = \theta^2/(\theta^2 + N/n)`; where the covariance is estimated
    as well, times :math:`(n-N-1)(n-N-4)/(n(n-2))` [1]_, with the covariance divided by
    n.

    References
    ----------
    .. [1] R. Kan and G. Zhou, "Optimal Portfolio Choice with Parameter Uncertainty",
       Journal of Financial and Quantitative Analysis 42(3), 2007, equations 17 and 33.

    Examples
    --------
    One asset with a yearly Sharpe ratio of 0.5, known from ten years: most of Kelly's
    fraction is noise.

    >>> round(cautious_part(0.5, 10), 4)
    0.7143
    """
    theta = abs(checks.finite("sharpe", sharpe))
    n = checks.count("periods", periods, 1)
    many = checks.count("assets", assets, 1)
    # theta**2 / (theta**2 + N/n), of which no square leaves a double.
    part = (theta / math.hypot(theta, math.sqrt(many / n))) ** 2
    if not exact:
        return part
    if n <= many + 4:
        msg = (
            f"periods must exceed assets + 4 = {many + 4} for an estimated covariance; "
            f"received {n}"
        )
        raise ArgumentError(msg)
    return part * (n - many - 1) * (n - many - 4) / (n * (n - 2))


@dataclass(frozen=True, slots=True)
class ShrunkMeans:
    """Means drawn towards a common target.

    Attributes
    ----------
    means : ndarray of shape (n_assets,)
    target : float
        What they were drawn to.
    kept : float
        Share of their distance from it that is left, 0 to 1.
    """

    means: NDArray[np.float64]
    target: float
    kept: float


def james_stein(
    means: ArrayLike, covariance: ArrayLike, *, target: float | None = None
) -> ShrunkMeans:
    r"""Draw estimated means together, which lowers their total error.

    Parameters
    ----------
    means : array_like of shape (n_assets,)
        Estimates.
    covariance : array_like of shape (n_assets, n_assets) or float
        Of the *estimates*: for means over n periods that of the returns divided by n. A
        number stands for independent estimates of that variance.
    target : float, optional
        Without it, the generalised mean :math:`1'V^{-1}m / 1'V^{-1}1`: the mean of the
        minimum-variance portfolio [2]_; for equal variances the grand mean.

    Returns
    -------
    ShrunkMeans

    Raises
    ------
    ArgumentError
        If there are fewer than four means (three with a target): fewer cannot gain.
    DataError
        If a number is not finite, or the covariance not symmetric and positive
        definite.

    Notes
    -----
    :math:`m_0 + (1 - (k - 3)/d^2)^+ (m - m_0)` with
    :math:`d^2 = (m - m_0)'V^{-1}(m - m_0)`; k - 2 where the target is given [1]_. The
    positive part is never worse than the plain one.

    References
    ----------
    .. [1] B. Efron and C. Morris, "Data Analysis Using Stein's Estimator and its
       Generalizations", Journal of the American Statistical Association 70(350), 1975.
    .. [2] P. Jorion, "Bayes-Stein Estimation for Portfolio Analysis", Journal of
       Financial and Quantitative Analysis 21(3), 1986.

    Examples
    --------
    >>> shrunk = james_stein([0.08, 0.10, 0.12, 0.02, 0.05], 0.001)
    >>> round(shrunk.kept, 4), [round(float(m), 4) for m in shrunk.means]
    (0.6835, [0.0781, 0.0918, 0.1054, 0.0371, 0.0576])
    """
    values = checks.returns(means, "means")
    fixed = target is not None
    least = 3 if fixed else 4
    if values.size < least:
        msg = (
            f"means must be {least} or more to gain from shrinking; received "
            f"{values.size}"
        )
        raise ArgumentError(msg)
    spread = checks.array("covariance", covariance, DataError)
    if spread.ndim == 0:
        spread = np.eye(values.size) * float(spread)
    if spread.shape != (values.size, values.size):
        msg = (
            f"covariance must be {values.size} x {values.size} or one number; received "
            f"shape {spread.shape}"
        )
        raise DataError(msg)
    if np.abs(spread - spread.T).max() > 1e-10 * np.abs(spread).max():
        msg = "covariance must be symmetric; its two halves differ. Average them"
        raise DataError(msg)
    try:
        np.linalg.cholesky(spread)
    except np.linalg.LinAlgError:
        msg = (
            "covariance must be positive definite; the one received is singular or has "
            "a negative eigenvalue. Shrink it first (covariance.ledoit_wolf)"
        )
        raise DataError(msg) from None
    inverse_ones = np.linalg.solve(spread, np.ones(values.size))
    centre = (
        checks.finite("target", target)
        if target is not None
        else float(inverse_ones @ values / inverse_ones.sum())
    )
    off = values - centre
    distance = float(off @ np.linalg.solve(spread, off))
    freedom = values.size - (2 if fixed else 3)
    kept = max(1.0 - freedom / distance, 0.0) if distance > 0.0 else 0.0
    return ShrunkMeans(centre + kept * off, centre, kept)
