"""Value at risk and expected shortfall of a named distribution.

Each measure comes twice: from parameters (`normal_risk`, `student_risk`,
`cornish_fisher_risk`), and fitted to returns (`gaussian`, `student_t`,
`cornish_fisher`). Losses are positive, per period of the parameters. NaN is rejected,
or left out where ``missing="skip"``. Standard deviations divide by n - 1.

References
----------
.. [1] A. J. McNeil, R. Frey and P. Embrechts, "Quantitative Risk Management", 2015,
   sections 2.3 and 6.2.
.. [2] E. A. Cornish and R. A. Fisher, "Moments and Cumulants in the Specification of
   Distributions", Revue de l'Institut International de Statistique 5, 1938.
.. [3] D. Maillard, "A User's Guide to the Cornish Fisher Expansion", 2012.
.. [4] C. Liu and D. B. Rubin, "ML estimation of the t distribution using EM and its
   extensions", Statistica Sinica 5, 1995.
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
    positive,
    probability,
    series,
)
from ai_trading.risk.metrics.distributions import (
    normal_density,
    normal_quantile,
    student_density,
    student_quantile,
)
from ai_trading.risk.metrics.search import golden
from ai_trading.risk.metrics.tails import TailRisk

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "StudentFit",
    "cornish_fisher",
    "cornish_fisher_quantile",
    "cornish_fisher_risk",
    "fit_student",
    "gaussian",
    "normal_risk",
    "student_risk",
    "student_t",
]


def normal_risk(mean: float, deviation: float, level: float = 0.99) -> TailRisk:
    r"""Return the tail of a normal distribution of returns.

    Parameters
    ----------
    mean, deviation : float
        Of the returns (or of profits, in money); the deviation is not negative.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If a number is not finite, the deviation negative, or the level outside (0, 1).

    Notes
    -----
    With :math:`z = \Phi^{-1}(\alpha)`: :math:`\mathrm{VaR} = -\mu + \sigma z` and
    :math:`\mathrm{ES} = -\mu + \sigma \varphi(z) / (1 - \alpha)` [1]_.

    Examples
    --------
    >>> round(normal_risk(0.0, 0.01, 0.99).value_at_risk, 6)
    0.023263
    """
    centre, spread, alpha = finite(mean, "mean"), _spread(deviation), probability(level)
    z = normal_quantile(alpha)
    return TailRisk(
        value_at_risk=-centre + spread * z,
        expected_shortfall=-centre + spread * normal_density(z) / (1.0 - alpha),
        level=alpha,
        method="normal",
    )


def gaussian(
    returns: ArrayLike, level: float = 0.99, *, missing: Missing = "reject"
) -> TailRisk:
    """Return the tail of the normal distribution with the sample's moments.

    See Also
    --------
    normal_risk : from parameters, with the formulas.

    Raises
    ------
    ArgumentError
        If the level lies outside (0, 1).
    DataError
        If there are fewer than 2 returns or they are not finite.

    Examples
    --------
    >>> round(gaussian([0.01, -0.01, 0.02, -0.02], 0.95).value_at_risk, 6)
    0.030031
    """
    values = series(returns, least=2, missing=missing)
    risk = normal_risk(float(values.mean()), float(values.std(ddof=1)), level)
    return _of_sample(risk, values.size)


def student_risk(
    mean: float, deviation: float, degrees: float, level: float = 0.99
) -> TailRisk:
    r"""Return the tail of a Student t distribution with a given standard deviation.

    Parameters
    ----------
    mean, deviation : float
        Of the returns. The scale is matched to the deviation, not set equal to it.
    degrees : float
        Degrees of freedom, above 2, so that there is a deviation.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If a number is not finite or lies outside its domain.

    Notes
    -----
    With :math:`s = \sigma\sqrt{(\nu - 2)/\nu}` and :math:`q = t_\nu^{-1}(\alpha)`:
    :math:`\mathrm{VaR} = -\mu + s q` and
    :math:`\mathrm{ES} = -\mu + s\,\frac{f_\nu(q)}{1 - \alpha}\,
    \frac{\nu + q^2}{\nu - 1}` [1]_.

    Examples
    --------
    >>> round(10_000 * student_risk(0, 0.2 / 250**0.5, 4, 0.99).value_at_risk, 2)
    335.14
    """
    centre, spread, alpha = finite(mean, "mean"), _spread(deviation), probability(level)
    nu = finite(degrees, "degrees")
    if nu <= 2.0:
        msg = f"degrees must be above 2, to have a deviation; received {nu:g}"
        raise ArgumentError(msg)
    return _student_tail(centre, spread * math.sqrt((nu - 2.0) / nu), nu, alpha)


def student_t(
    returns: ArrayLike,
    level: float = 0.99,
    *,
    degrees: float | None = None,
    missing: Missing = "reject",
) -> TailRisk:
    """Return the tail of a Student t distribution fitted to the sample.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    degrees : float, optional
        Degrees of freedom above 2: mean and deviation are then the sample's. Without
        it, location, scale and degrees are fitted by maximum likelihood.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    ArgumentError
        If `level` or `degrees` lies outside its domain.
    DataError
        If there are too few returns (2, or 10 for a fit), they are not finite, or do
        not vary.

    Examples
    --------
    >>> round(student_t([0.01, -0.01, 0.02, -0.02], 0.95, degrees=4).value_at_risk, 6)
    0.027522
    """
    values = series(returns, least=2 if degrees is not None else 10, missing=missing)
    if degrees is not None:
        deviation = float(values.std(ddof=1))
        risk = student_risk(float(values.mean()), deviation, degrees, level)
    else:
        fit = fit_student(values)
        risk = _student_tail(
            fit.location,
            fit.scale,
            fit.degrees,
            probability(level),
            "Student t, fitted",
        )
    return _of_sample(risk, values.size)


@dataclass(frozen=True, slots=True)
class StudentFit:
    """A Student t distribution fitted by maximum likelihood.

    Attributes
    ----------
    location, scale, degrees : float
        The deviation is ``scale * sqrt(degrees / (degrees - 2))`` above 2 degrees.
    log_likelihood : float
    """

    location: float
    scale: float
    degrees: float
    log_likelihood: float


def fit_student(returns: ArrayLike) -> StudentFit:
    """Fit location, scale and degrees of freedom by maximum likelihood.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        At least 10. NaN is rejected.

    Returns
    -------
    StudentFit
        Degrees lie between 1.05 (below, there is no expected shortfall to speak of) and
        200 (above, it is a normal distribution for every purpose).

    Raises
    ------
    DataError
        If there are fewer than 10 returns, they are not finite, or do not vary.

    Notes
    -----
    For given degrees, location and scale are found by EM [4]_; the degrees by a search
    over their inverse, to 1e-7.
    """
    values = series(returns, least=10)
    if np.ptp(values) == 0.0 or float(values.var()) == 0.0:
        msg = f"returns do not vary: all {values.size} are {values[0]}"
        raise DataError(msg)
    inverse = golden(
        lambda u: -_profile(values, 1.0 / u)[2], 1.0 / 200.0, 1.0 / 1.05, 1e-7
    )
    location, scale, likelihood = _profile(values, 1.0 / inverse)
    return StudentFit(location, scale, 1.0 / inverse, likelihood)


def cornish_fisher_quantile(z: float, skewness: float, excess_kurtosis: float) -> float:
    r"""Return the Cornish-Fisher polynomial at a normal quantile, unchecked.

    Parameters
    ----------
    z : float
        Quantile of a standard normal distribution.
    skewness, excess_kurtosis : float
        S and K.

    Raises
    ------
    ArgumentError
        If an argument is not finite.

    Notes
    -----
    :math:`z + (z^2-1)\frac{S}{6} + (z^3-3z)\frac{K}{24} - (2z^3-5z)\frac{S^2}{36}`
    [2]_. For any S and K this is a number; whether it is a quantile is what
    `cornish_fisher_risk` checks.

    Examples
    --------
    >>> round(cornish_fisher_quantile(normal_quantile(0.95), 5, 2), 7)
    2.5562104
    """
    z = finite(z, "z")
    s, k = finite(skewness, "skewness"), finite(excess_kurtosis, "excess_kurtosis")
    return (
        z
        + (z * z - 1.0) * s / 6.0
        + (z**3 - 3.0 * z) * k / 24.0
        - (2.0 * z**3 - 5.0 * z) * s * s / 36.0
    )


def cornish_fisher_risk(
    mean: float,
    deviation: float,
    skewness: float,
    excess_kurtosis: float,
    level: float = 0.99,
) -> TailRisk:
    r"""Return the tail of a normal distribution bent to a skewness and a kurtosis.

    Parameters
    ----------
    mean, deviation : float
        Of the returns.
    skewness, excess_kurtosis : float
        S and K of the returns (0 and 0 for a normal distribution).
    level : float, default 0.99
        Confidence, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If no distribution has the pair (K below S² - 2), or the polynomial is not
        monotone for it, so that its values are not quantiles; or a number lies outside
        its domain.

    Notes
    -----
    With :math:`w(z)` the polynomial of `cornish_fisher_quantile`,
    :math:`\mathrm{VaR} = -\mu - \sigma w(\Phi^{-1}(1 - \alpha))`, and the expected
    shortfall is the exact mean of the bent variable beyond it, from the moments of a
    truncated normal: :math:`E[Z] = -h`, :math:`E[Z^2] = 1 - zh`,
    :math:`E[Z^3] = -(z^2 + 2)h` with :math:`h = \varphi(z)/(1 - \alpha)`.

    The domain is checked after [3]_: the polynomial must rise wherever a standard
    normal is within 4 deviations, or one more than the level's where that is further.
    (Everywhere would refuse any kurtosis below the normal one, for the sake of events
    that never happen.) S and K are parameters of the
    polynomial; the moments of the bent variable differ from them where they are large.

    Examples
    --------
    >>> round(cornish_fisher_risk(0, 0.01, -0.5, 2, 0.99).value_at_risk, 6)
    0.030675
    """
    centre, spread, alpha = finite(mean, "mean"), _spread(deviation), probability(level)
    s, k = finite(skewness, "skewness"), finite(excess_kurtosis, "excess_kurtosis")
    tail = 1.0 - alpha
    z = -normal_quantile(alpha)
    _check_domain(s, k, max(4.0, abs(z) + 1.0))
    h = normal_density(z) / tail
    first, second, third = -h, 1.0 - z * h, -(z * z + 2.0) * h
    shortfall = (
        first
        + (second - 1.0) * s / 6.0
        + (third - 3.0 * first) * k / 24.0
        - (2.0 * third - 5.0 * first) * s * s / 36.0
    )
    return TailRisk(
        value_at_risk=-centre - spread * cornish_fisher_quantile(z, s, k),
        expected_shortfall=-centre - spread * shortfall,
        level=alpha,
        method="Cornish-Fisher",
    )


def cornish_fisher(
    returns: ArrayLike, level: float = 0.99, *, missing: Missing = "reject"
) -> TailRisk:
    """Return the Cornish-Fisher tail with the sample's moments.

    See Also
    --------
    cornish_fisher_risk : from parameters, with the formulas and what is refused.

    Raises
    ------
    ArgumentError
        If the sample's skewness and kurtosis lie where the polynomial is no quantile;
        use `historical`, `student_t` or `peaks_over_threshold` then.
    DataError
        If there are fewer than 4 returns, they are not finite or do not vary.

    Notes
    -----
    Skewness and kurtosis are the moments of the sample, dividing by n; the deviation
    divides by n - 1.
    """
    values = series(returns, least=4, missing=missing)
    about = values - values.mean()
    variance = float(np.mean(about**2))
    if variance == 0.0 or np.ptp(values) == 0.0:
        msg = f"returns do not vary: all {values.size} are {values[0]}"
        raise DataError(msg)
    skewness = float(np.mean(about**3)) / variance**1.5
    excess = float(np.mean(about**4)) / variance**2 - 3.0
    deviation = float(values.std(ddof=1))
    risk = cornish_fisher_risk(float(values.mean()), deviation, skewness, excess, level)
    return _of_sample(risk, values.size)


def _check_domain(s: float, k: float, reach: float) -> None:
    if k < s * s - 2.0:
        msg = (
            f"no distribution has skewness {s:g} and excess kurtosis {k:g}: that is "
            f"at least skewness squared minus 2, {s * s - 2.0:g}. Is it the excess "
            "over 3?"
        )
        raise ArgumentError(msg)
    # The polynomial's slope is a z² + b z + c; it is least at an end or at its vertex.
    a = k / 8.0 - s * s / 6.0
    b = s / 3.0
    c = 1.0 - k / 8.0 + 5.0 * s * s / 36.0
    vertex = -b / (2.0 * a) if a != 0.0 else 0.0
    reached = min(max(vertex, -reach), reach)
    if min((a * z + b) * z + c for z in (-reach, reached, reach)) < 0.0:
        msg = (
            f"the Cornish-Fisher polynomial is not monotone for skewness {s:g} and "
            f"excess kurtosis {k:g} within {reach:.3g} deviations, so its values are "
            "not quantiles; use a historical, Student t or peaks-over-threshold measure"
        )
        raise ArgumentError(msg)


def _student_tail(
    location: float,
    scale: float,
    nu: float,
    alpha: float,
    method: str = "Student t, variance matched",
) -> TailRisk:
    q = student_quantile(alpha, nu)
    beyond = student_density(q, nu) / (1.0 - alpha) * (nu + q * q) / (nu - 1.0)
    return TailRisk(
        value_at_risk=-location + scale * q,
        expected_shortfall=-location + scale * beyond,
        level=alpha,
        method=method,
    )


def _profile(values: NDArray[np.float64], nu: float) -> tuple[float, float, float]:
    """Best location and scale for these degrees, and their log likelihood."""
    location = float(np.median(values))
    square = float(np.mean((values - location) ** 2))
    for _ in range(500):
        distance = (values - location) ** 2 / square
        weight = (nu + 1.0) / (nu + distance)
        moved = float(weight @ values / weight.sum())
        # The sum of weights, not n, in the divisor: the same optimum, reached sooner.
        again = float(weight @ (values - moved) ** 2 / weight.sum())
        done = (
            abs(moved - location) <= 1e-12 * math.sqrt(square)
            and abs(again - square) <= 1e-12 * square
        )
        location, square = moved, again
        if done:
            break
    half = 0.5 * (nu + 1.0)
    constant = (
        math.lgamma(half)
        - math.lgamma(0.5 * nu)
        - 0.5 * math.log(nu * math.pi * square)
    )
    spread = np.log1p((values - location) ** 2 / (nu * square))
    likelihood = values.size * constant - half * float(spread.sum())
    return location, math.sqrt(square), likelihood


def _spread(deviation: float) -> float:
    number = finite(deviation, "deviation")
    return number if number == 0.0 else positive(number, "deviation")


def _of_sample(risk: TailRisk, observations: int) -> TailRisk:
    return TailRisk(
        risk.value_at_risk,
        risk.expected_shortfall,
        risk.level,
        risk.method,
        observations,
    )
