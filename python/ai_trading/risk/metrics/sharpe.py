"""The Sharpe ratio, and how much of one to believe.

Ratios are per period unless a function annualises; those that do take ``periods``, the
periods in a year (252 for days). Deviations divide by n - 1, skewness and kurtosis are
moments of the sample (dividing by n), and kurtosis is not the excess: a normal
distribution has 3. NaN is rejected, or left out where ``missing="skip"``.

References
----------
.. [1] W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21, 1994.
.. [2] A. W. Lo, "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4),
   2002.
.. [3] E. Mertens, "Comments on variance of the IID estimator in Lo (2002)", 2002.
.. [4] D. H. Bailey and M. López de Prado, "The Sharpe Ratio Efficient Frontier",
   Journal of Risk 15(2), 2012.
.. [5] D. H. Bailey and M. López de Prado, "The Deflated Sharpe Ratio", Journal of
   Portfolio Management 40(5), 2014.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.metrics.checks import (
    Missing,
    finite,
    is_single,
    ordered,
    pair,
    positive,
    probability,
    series,
    whole,
)
from ai_trading.risk.metrics.distributions import normal_cdf, normal_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SharpeEstimate",
    "deflated_sharpe_ratio",
    "expected_maximum_sharpe",
    "lo_annualization_factor",
    "minimum_track_record",
    "probabilistic_sharpe_ratio",
    "sharpe_estimate",
    "sharpe_ratio",
    "sharpe_standard_error",
]

EULER = 0.5772156649015329

ROUNDING = 1e-10
"""A deviation below this share of the mean is rounding: returns that prices at one rate
of growth have vary by 1e-13 of themselves."""


@dataclass(frozen=True, slots=True)
class SharpeEstimate:
    """A Sharpe ratio with what is known about it.

    Attributes
    ----------
    ratio : float
        Per period.
    standard_error : float
        Per period, with the sample's skewness and kurtosis.
    annual : float
        Ratio times the root of the periods in a year.
    annual_lo : float
        Ratio times Lo's factor, which counts autocorrelation.
    probability_positive : float
        Probabilistic Sharpe ratio against 0.
    skewness, kurtosis : float
    observations : int
    """

    ratio: float
    standard_error: float
    annual: float
    annual_lo: float
    probability_positive: float
    skewness: float
    kurtosis: float
    observations: int


def sharpe_ratio(
    returns: ArrayLike,
    *,
    risk_free: ArrayLike = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    r"""Return the annualised Sharpe ratio.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, at least 2.
    risk_free : float or array_like of shape (n_periods,), default 0.0
        Per period, as the returns.
    periods : float, default 252
        Periods in a year; 1 leaves the ratio per period.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If `periods` is not positive.
    DataError
        If there are fewer than 2 returns, they are not finite, or their excess does not
        vary (the ratio would be infinite).

    Notes
    -----
    :math:`\frac{\overline{r - f}}{s_{r - f}}\sqrt{P}` with n - 1 in :math:`s` [1]_.

    Examples
    --------
    >>> round(sharpe_ratio([0.01, -0.01, 0.02, 0.0], periods=1), 6)
    0.387298
    """
    excess = excess_returns(returns, risk_free, least=2, missing=missing)
    year = positive(periods, "periods")
    return float(excess.mean()) / deviation(excess) * math.sqrt(year)


def sharpe_estimate(
    returns: ArrayLike,
    *,
    risk_free: ArrayLike = 0.0,
    periods: int = 252,
    missing: Missing = "reject",
) -> SharpeEstimate:
    """Return the Sharpe ratio with its standard error and corrections.

    Parameters
    ----------
    returns, risk_free, periods, missing
        See `sharpe_ratio`; at least 4 returns, more than `periods` are not needed, and
        `periods` is whole.

    Raises
    ------
    ArgumentError, DataError
        As `sharpe_ratio`.
    """
    excess = excess_returns(returns, risk_free, least=4, missing=missing)
    year = whole(periods, "periods")
    ratio = float(excess.mean()) / deviation(excess)
    skewness, kurtosis = shape(excess)
    error = sharpe_standard_error(ratio, excess.size, skewness, kurtosis)
    try:
        factor = lo_annualization_factor(excess, year)
    except DataError:
        factor = math.nan
    return SharpeEstimate(
        ratio=ratio,
        standard_error=error,
        annual=ratio * math.sqrt(year),
        annual_lo=ratio * factor,
        probability_positive=probabilistic_sharpe_ratio(
            ratio, excess.size, skewness, kurtosis
        ),
        skewness=skewness,
        kurtosis=kurtosis,
        observations=excess.size,
    )


def sharpe_standard_error(
    ratio: float, observations: int, skewness: float = 0.0, kurtosis: float = 3.0
) -> float:
    r"""Return the standard error of a Sharpe ratio per period.

    Parameters
    ----------
    ratio : float
        Per period.
    observations : int
        At least 2.
    skewness, kurtosis : float, default 0 and 3
        Of the returns; the defaults are those of a normal distribution.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain, no distribution has the pair (a kurtosis
        below skewness squared plus 1), or no returns have this ratio with this skewness
        and kurtosis (the variance would not be positive).

    Notes
    -----
    :math:`\sqrt{\frac{1 - \gamma_3 S + \frac{\gamma_4 - 1}{4} S^2}{n - 1}}` [3]_ [4]_,
    for independent returns.

    Examples
    --------
    >>> round(sharpe_standard_error(0.458, 24, -2.448, 10.164), 6)
    0.336333
    """
    n = whole(observations, "observations", 2)
    return math.sqrt(_unit_variance(ratio, skewness, kurtosis) / (n - 1))


def lo_annualization_factor(returns: ArrayLike, periods: int = 252) -> float:
    r"""Return what annualises a ratio where returns are autocorrelated.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        More than `periods` of them, so that every lag is estimated, or the lags beyond
        them are taken as uncorrelated. NaN is rejected.
    periods : int, default 252
        Periods in a year.

    Raises
    ------
    ArgumentError
        If `periods` is not a positive whole number.
    DataError
        If there are fewer than 3 returns, they do not vary, or the correlations leave
        no variance.

    Notes
    -----
    :math:`\eta(q) = q / \sqrt{q + 2\sum_{k=1}^{q-1}(q-k)\rho_k}` [2]_. Lags beyond a
    quarter of the sample are taken as 0: there are too few pairs to tell.

    Examples
    --------
    >>> round(lo_annualization_factor([0.01, -0.01] * 20, 2), 3)
    8.944
    """
    ordered(returns)
    values = series(returns, least=3)
    q = whole(periods, "periods")
    about = values - values.mean()
    total = float(about @ about)
    if total == 0.0 or np.ptp(values) == 0.0:
        msg = f"returns do not vary: all {values.size} are {values[0]}"
        raise DataError(msg)
    lags = min(q - 1, max(1, values.size // 4))
    variance = float(q)
    for k in range(1, lags + 1):
        if k < q:
            variance += 2.0 * (q - k) * float(about[k:] @ about[:-k]) / total
    if variance <= 0.0:
        msg = (
            f"the autocorrelations leave no variance over {q} periods; the sample of "
            f"{values.size} is too short to tell"
        )
        raise DataError(msg)
    return q / math.sqrt(variance)


def probabilistic_sharpe_ratio(
    ratio: float,
    observations: int,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
    *,
    benchmark: float = 0.0,
) -> float:
    r"""Return the chance that the true Sharpe ratio is above a benchmark.

    Parameters
    ----------
    ratio, benchmark : float
        Per period, both.
    observations : int
        At least 2.
    skewness, kurtosis : float, default 0 and 3
        Of the returns.

    Raises
    ------
    ArgumentError
        As `sharpe_standard_error`.

    Notes
    -----
    :math:`\Phi((S - S^*)/\sigma_S)` [4]_.

    Examples
    --------
    >>> round(probabilistic_sharpe_ratio(0.458, 24, -2.448, 10.164), 4)
    0.9134
    """
    error = sharpe_standard_error(ratio, observations, skewness, kurtosis)
    return normal_cdf((float(ratio) - finite(benchmark, "benchmark")) / error)


def minimum_track_record(
    ratio: float,
    benchmark: float,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
    *,
    level: float = 0.95,
) -> float:
    r"""Return how many periods it takes to believe that a ratio is above a benchmark.

    Parameters
    ----------
    ratio, benchmark : float
        Per period; the ratio is the greater.
    skewness, kurtosis : float, default 0 and 3
        Of the returns.
    level : float, default 0.95
        Confidence, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If the ratio is not above the benchmark (no record is long enough), or as
        `sharpe_standard_error`.

    Notes
    -----
    :math:`1 + \bigl(1 - \gamma_3 S + \frac{\gamma_4-1}{4}S^2\bigr)
    \bigl(\frac{z_\alpha}{S - S^*}\bigr)^2` [4]_.

    Examples
    --------
    >>> from math import sqrt
    >>> round(minimum_track_record(2 / sqrt(12), 1 / sqrt(12), -0.72, 5.78), 4)
    59.8951
    """
    gap = finite(ratio, "ratio") - finite(benchmark, "benchmark")
    if gap <= 0.0:
        msg = (
            f"ratio must be above benchmark; received {ratio:g} and {benchmark:g}. No "
            "record is long enough to show otherwise"
        )
        raise ArgumentError(msg)
    z = normal_quantile(probability(level))
    return 1.0 + _unit_variance(ratio, skewness, kurtosis) * (z / gap) ** 2


def expected_maximum_sharpe(trials: int, variance: float) -> float:
    r"""Return the best Sharpe ratio that luck alone gives among many trials.

    Parameters
    ----------
    trials : int
        Independent trials, at least 2.
    variance : float
        Of the ratios across the trials, not negative; its unit is that of the answer,
        squared.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.

    Notes
    -----
    :math:`\sqrt{V}\bigl((1-\gamma)\Phi^{-1}(1-\tfrac1N) + \gamma\Phi^{-1}
    (1-\tfrac{1}{Ne})\bigr)` with Euler's constant :math:`\gamma` [5]_.

    Examples
    --------
    >>> round(expected_maximum_sharpe(100, 0.5), 4)
    1.7894
    """
    n = whole(trials, "trials", 2)
    spread = finite(variance, "variance")
    if spread < 0.0:
        msg = f"variance must not be negative; received {spread:g}"
        raise ArgumentError(msg)
    first = -normal_quantile(1.0 / n)
    second = -normal_quantile(1.0 / (n * math.e))
    return math.sqrt(spread) * ((1.0 - EULER) * first + EULER * second)


def deflated_sharpe_ratio(
    ratio: float,
    observations: int,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
    *,
    trials: int,
    variance: float,
) -> float:
    """Return the chance that a ratio is real, given how many were tried.

    Parameters
    ----------
    ratio : float
        The best of the trials, per period.
    observations : int
        Periods behind it.
    skewness, kurtosis : float, default 0 and 3
        Of its returns.
    trials : int
        How many strategies were tried, at least 2.
    variance : float
        Of the trials' ratios, per period squared.

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.

    Notes
    -----
    The probabilistic Sharpe ratio against `expected_maximum_sharpe` [5]_.

    Examples
    --------
    >>> from math import sqrt
    >>> round(deflated_sharpe_ratio(
    ...     2.5 / sqrt(250), 1250, -3, 10, trials=100, variance=0.5 / 250), 6)
    0.900397
    """
    hurdle = expected_maximum_sharpe(trials, variance)
    return probabilistic_sharpe_ratio(
        ratio, observations, skewness, kurtosis, benchmark=hurdle
    )


def excess_returns(
    returns: ArrayLike,
    risk_free: ArrayLike,
    *,
    least: int,
    missing: Missing = "reject",
) -> NDArray[np.float64]:
    """Return checked returns less a rate for each period, or one for all."""
    if is_single(risk_free):
        values = series(returns, least=least, missing=missing)
        rate = finite(risk_free, "risk_free")  # type: ignore[arg-type]
        return values - rate if rate else values
    values, rates = pair(
        returns, risk_free, ("returns", "risk_free"), least=least, missing=missing
    )
    return difference(values, rates)


def difference(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return first less second; all alike where they differ by rounding alone."""
    apart: NDArray[np.float64] = first - second
    if np.ptp(apart) <= 1e-14 * float(np.abs(second).max()):
        return np.full(apart.size, float(np.median(apart)))
    return apart


def deviation(values: NDArray[np.float64]) -> float:
    """Return the standard deviation with n - 1, refusing one of rounding alone."""
    spread = float(values.std(ddof=1))
    mean = float(values.mean())
    if spread <= ROUNDING * abs(mean) or spread == 0.0:
        msg = (
            f"the returns do not vary (all {values.size} are {values[0]:g}), so a "
            "ratio to their deviation has no meaning"
        )
        raise DataError(msg)
    return spread


def shape(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return skewness and kurtosis, the moments of the sample."""
    about = values - values.mean()
    # In units of the largest, so that no power leaves a double.
    about = about / float(np.abs(about).max())
    square = about * about
    variance = float(square.mean())
    return (
        float((square * about).mean()) / variance**1.5,
        float((square * square).mean()) / variance**2,
    )


def _unit_variance(ratio: float, skewness: float, kurtosis: float) -> float:
    s = finite(ratio, "ratio")
    g3, g4 = finite(skewness, "skewness"), finite(kurtosis, "kurtosis")
    # Published pairs are rounded: -3 and 10 lie on the bound itself.
    if g4 < (1.0 + g3 * g3) * (1.0 - 1e-9):
        msg = (
            f"no distribution has skewness {g3:g} and kurtosis {g4:g}: that is at "
            f"least skewness squared plus 1, {1.0 + g3 * g3:g}. Is it the excess? Here "
            "a normal distribution has 3"
        )
        raise ArgumentError(msg)
    value = 1.0 - g3 * s + (g4 - 1.0) / 4.0 * s * s
    if value <= 0.0:
        msg = (
            f"no returns have a Sharpe ratio of {s:g}, skewness {g3:g} and kurtosis "
            f"{g4:g}: its variance would be {value:g}. Is the kurtosis an excess? "
            "Here a normal distribution has 3"
        )
        raise ArgumentError(msg)
    return value
