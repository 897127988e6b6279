r"""Volatility that clusters: GARCH(1,1), and tails seen through it.

:math:`r_t = \mu + e_t`, :math:`h_t = \omega + \alpha e_{t-1}^2 + \beta h_{t-1}`, fitted
by Gaussian quasi maximum likelihood. Both values before the first return are the mean
of :math:`e_t^2`, as in the benchmark of Fiorentini, Calzolari and Panattoni [2]_, or a
variance that is given. NaN is rejected everywhere: a gap would shift the recursion.

References
----------
.. [1] T. Bollerslev, "Generalized autoregressive conditional heteroskedasticity",
   Journal of Econometrics 31, 1986.
.. [2] G. Fiorentini, G. Calzolari and L. Panattoni, "Analytic derivatives and the
   computation of GARCH estimates", Journal of Applied Econometrics 11, 1996.
.. [3] T. Bollerslev and J. M. Wooldridge, "Quasi-maximum likelihood estimation and
   inference in dynamic models with time-varying covariances", Econometric Reviews 11,
   1992.
.. [4] G. Barone-Adesi, K. Giannopoulos and L. Vosper, "VaR without correlations for
   portfolios of derivative securities", Journal of Futures Markets 19, 1999.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.metrics.checks import (
    ordered,
    positive,
    probability,
    seed_number,
    series,
    whole,
)
from ai_trading.risk.metrics.search import minimize
from ai_trading.risk.metrics.tails import TailRisk, historical

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["GarchFit", "filtered_historical", "fit_garch"]

LEAST_RETURNS = 100
"""Returns below which four parameters are not worth estimating."""

_MOST_AHEAD = 100_000


@dataclass(frozen=True, slots=True)
class GarchFit:
    """A fitted GARCH(1,1).

    Attributes
    ----------
    mean, omega, alpha, beta : float
        The parameters, in the units of the returns.
    log_likelihood : float
        With all its constants.
    errors, robust_errors : tuple of float
        Standard errors in the order of the parameters: from the Hessian, and those of
        Bollerslev and Wooldridge [3]_, which hold where the returns are not normal.
        NaN at the edge of the domain.
    variances : ndarray of shape (n_periods + 1,)
        One before every return; the last is the forecast for the next period.
    residuals : ndarray of shape (n_periods,)
        Returns less the mean, over their deviations.
    converged : bool
        False where the search ended before the likelihood was flat.
    """

    mean: float
    omega: float
    alpha: float
    beta: float
    log_likelihood: float
    errors: tuple[float, ...]
    robust_errors: tuple[float, ...]
    variances: NDArray[np.float64]
    residuals: NDArray[np.float64]
    converged: bool

    @property
    def persistence(self) -> float:
        """How much of a shock to the variance is left after one period."""
        return self.alpha + self.beta

    @property
    def long_run_variance(self) -> float:
        """What the variance returns to; infinite at a persistence of 1."""
        left = 1.0 - self.persistence
        return self.omega / left if left > 0.0 else math.inf

    def forecast(self, horizon: int = 1) -> NDArray[np.float64]:
        """Return the expected variance of each of the next periods.

        Raises
        ------
        ArgumentError
            If `horizon` is not a positive whole number.
        """
        kept = self.persistence ** np.arange(whole(horizon, "horizon", 1, _MOST_AHEAD))
        # Sums of the powers, not what they tend to: that ends at a persistence of 1.
        added = np.concatenate(([0.0], np.cumsum(kept[:-1])))
        path: NDArray[np.float64] = self.omega * added + self.variances[-1] * kept
        return path


def fit_garch(returns: ArrayLike, *, start_variance: float | None = None) -> GarchFit:
    """Fit a GARCH(1,1) with a constant mean.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first, at least 100; any unit.
    start_variance : float, optional
        Square and variance before the first return. Without it, the mean squared
        residual, which moves with the mean.

    Returns
    -------
    GarchFit

    Raises
    ------
    ArgumentError
        If `start_variance` is not positive, or so far from the variance of the returns
        that no likelihood is a number.
    DataError
        If there are fewer than 100 returns, they are not finite, or do not vary.

    Notes
    -----
    The search runs over coordinates in which every point is allowed (omega positive,
    alpha and beta positive with a sum below 1), first by BFGS with exact slopes from
    several starts, then by Newton's method on the parameters themselves where the
    optimum is inside. Returns are divided by their deviation first, so that units make
    no difference.

    Examples
    --------
    >>> from ai_trading._core.stats import normals
    >>> fit_garch(normals(1, 500)).persistence < 1
    True
    """
    ordered(returns)
    values = series(returns, least=LEAST_RETURNS)
    scale = float(values.std())
    if scale == 0.0 or np.ptp(values) == 0.0:
        msg = f"returns do not vary: all {values.size} are {values[0]}"
        raise DataError(msg)
    start = 0.0
    if start_variance is not None:
        start = positive(start_variance, "start_variance") / scale**2
    scaled = values / scale
    point, converged = _search(scaled, start)
    point, polished = _polish(scaled, point, start)
    if not math.isfinite(_slopes(scaled, point, start)[0]):
        msg = (
            f"start_variance is {start * scale**2:g}, too far from the returns' own "
            f"variance of {scale**2:g} for any likelihood"
        )
        raise ArgumentError(msg)
    errors, robust = _standard_errors(scaled, point, start)
    units = np.array([scale, scale**2, 1.0, 1.0])
    mean, omega, alpha, beta = (float(x) for x in point * units)
    first = start * scale**2
    variances = stats.garch_variances(values, mean, omega, alpha, beta, first)
    return GarchFit(
        mean=mean,
        omega=omega,
        alpha=alpha,
        beta=beta,
        log_likelihood=stats.garch_likelihood(values, mean, omega, alpha, beta, first),
        errors=tuple(float(x) for x in errors * units),
        robust_errors=tuple(float(x) for x in robust * units),
        variances=variances,
        residuals=(values - mean) / np.sqrt(variances[:-1]),
        converged=converged or polished,
    )


def filtered_historical(
    returns: ArrayLike,
    level: float = 0.99,
    *,
    horizon: int = 1,
    scenarios: int = 10_000,
    seed: int = 0,
    start_variance: float | None = None,
) -> TailRisk:
    """Return the tail of the past's residuals at today's volatility.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first, at least 100.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    horizon : int, default 1
        Periods ahead. For one, every residual is one scenario and nothing is drawn; for
        more, residuals are drawn with replacement and the variance follows them.
    scenarios : int, default 10000
        Paths for a horizon above 1.
    seed : int, default 0
        Of the draws.
    start_variance : float, optional
        See `fit_garch`.

    Returns
    -------
    TailRisk
        Over the whole horizon, returns compounded.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.
    DataError
        As `fit_garch`.

    Notes
    -----
    Filtered historical simulation [4]_. A compounded return below -1 is cut there.
    """
    alpha = probability(level)
    ahead = whole(horizon, "horizon", 1, _MOST_AHEAD)
    paths = whole(scenarios, "scenarios")
    fit = fit_garch(returns, start_variance=start_variance)
    now = float(fit.variances[-1])
    if ahead == 1:
        outcomes = fit.mean + math.sqrt(now) * fit.residuals
    else:
        rng = np.random.Generator(np.random.PCG64(seed_number(seed)))
        wealth = np.ones(paths)
        variance = np.full(paths, now)
        for _ in range(ahead):
            drawn = fit.residuals[rng.integers(0, fit.residuals.size, paths)]
            shock = np.sqrt(variance) * drawn
            wealth *= np.maximum(0.0, 1.0 + fit.mean + shock)
            variance = fit.omega + fit.alpha * shock**2 + fit.beta * variance
        outcomes = wealth - 1.0
    found = historical(outcomes, alpha)
    return TailRisk(
        found.value_at_risk,
        found.expected_shortfall,
        alpha,
        f"GARCH-filtered historical, {ahead} period(s)",
        fit.residuals.size,
    )


def _unpack(x: NDArray[np.float64]) -> tuple[float, float, float, float]:
    persistence = 1.0 / (1.0 + math.exp(-min(max(float(x[2]), -500.0), 500.0)))
    share = 1.0 / (1.0 + math.exp(-min(max(float(x[3]), -500.0), 500.0)))
    omega = math.exp(min(max(float(x[1]), -700.0), 700.0))
    return float(x[0]), omega, persistence * share, persistence * (1.0 - share)


def _search(
    values: NDArray[np.float64], start: float
) -> tuple[NDArray[np.float64], bool]:
    """Minimise the mean negative log likelihood from a few starts."""
    n = values.size
    mean = float(values.mean())

    def objective(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mu, omega, alpha, beta = _unpack(x)
        value, slopes, _ = stats.garch_slopes(values, mu, omega, alpha, beta, start)
        if not math.isfinite(value):
            return math.inf, np.zeros(4)
        by_mu, by_omega, by_alpha, by_beta = slopes
        persistence = alpha + beta
        share = alpha / persistence
        along = persistence * (1.0 - persistence)
        across = persistence * share * (1.0 - share)
        gradient = np.array(
            [
                by_mu,
                by_omega * omega,
                (by_alpha * share + by_beta * (1.0 - share)) * along,
                (by_alpha - by_beta) * across,
            ]
        )
        return -value / n, -gradient / n

    tries = []
    for alpha, persistence in ((0.05, 0.95), (0.1, 0.9), (0.2, 0.95), (0.05, 0.5)):
        share = alpha / persistence
        x = np.array(
            [
                mean,
                math.log(1.0 - persistence),
                math.log(persistence / (1.0 - persistence)),
                math.log(share / (1.0 - share)),
            ]
        )
        tries.append((objective(x)[0], x))
    tries.sort(key=lambda pair: pair[0])
    best: tuple[float, NDArray[np.float64], bool] | None = None
    for _, x in tries[:2]:
        found, reached = minimize(objective, x, slope=1e-7)
        value = objective(found)[0]
        if best is None or value < best[0]:
            best = (value, found, reached)
    assert best is not None
    return np.array(_unpack(best[1])), best[2]


def _slopes(
    values: NDArray[np.float64], point: NDArray[np.float64], start: float
) -> tuple[float, NDArray[np.float64]]:
    mu, omega, alpha, beta = (float(x) for x in point)
    value, slopes, _ = stats.garch_slopes(values, mu, omega, alpha, beta, start)
    return value, np.array(slopes)


def _hessian(
    values: NDArray[np.float64], point: NDArray[np.float64], start: float
) -> NDArray[np.float64]:
    """Second slopes of the log likelihood, by differences of the exact first ones."""
    out = np.empty((4, 4))
    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-5 * max(abs(float(point[k])), 1e-2)
        above = _slopes(values, point + step, start)[1]
        below = _slopes(values, point - step, start)[1]
        out[k] = (above - below) / (2.0 * step[k])
    return 0.5 * (out + out.T)


def _inside(point: NDArray[np.float64]) -> bool:
    _, omega, alpha, beta = point
    return bool(
        omega > 1e-8 and alpha > 1e-5 and beta > 1e-5 and alpha + beta < 0.99999
    )


def _polish(
    values: NDArray[np.float64], point: NDArray[np.float64], start: float
) -> tuple[NDArray[np.float64], bool]:
    """Newton's method on the parameters, for the last digits."""
    for _ in range(20):
        if not _inside(point):
            return point, False
        value, slopes = _slopes(values, point, start)
        try:
            step = np.linalg.solve(_hessian(values, point, start), slopes)
        except np.linalg.LinAlgError:
            return point, False
        moved = point - step
        if not _inside(moved) or not np.isfinite(step).all():
            return point, False
        if _slopes(values, moved, start)[0] < value - 1e-9 * abs(value):
            return point, False
        point = moved
        if float(np.abs(step).max()) < 1e-10:
            return point, True
    return point, False


def _standard_errors(
    values: NDArray[np.float64], point: NDArray[np.float64], start: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    unknown = np.full(4, math.nan)
    if not _inside(point):
        return unknown, unknown
    try:
        inverse = np.linalg.inv(-_hessian(values, point, start))
    except np.linalg.LinAlgError:
        return unknown, unknown
    mu, omega, alpha, beta = (float(x) for x in point)
    scores = stats.garch_slopes(values, mu, omega, alpha, beta, start, each=True)[2]
    sandwich = inverse @ (scores.T @ scores) @ inverse
    plain, robust = np.diag(inverse), np.diag(sandwich)
    if plain.min() <= 0.0 or robust.min() <= 0.0:
        return unknown, unknown
    return np.sqrt(plain), np.sqrt(robust)
