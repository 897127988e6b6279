"""Was the forecast of the tail any good? Tests of value at risk and expected shortfall.

An *exception* is a period whose loss was greater than its forecast value at risk.
Returns and forecasts are aligned: ``forecast[i]`` was made before ``returns[i]``.
Losses are positive. NaN is rejected.

References
----------
.. [1] P. H. Kupiec, "Techniques for verifying the accuracy of risk measurement models",
   Journal of Derivatives 3(2), 1995.
.. [2] P. F. Christoffersen, "Evaluating Interval Forecasts", International Economic
   Review 39(4), 1998.
.. [3] Basel Committee, "Supervisory framework for the use of backtesting in conjunction
   with the internal models approach", 1996.
.. [4] C. Acerbi and B. Szekely, "Backtesting Expected Shortfall", Risk, December 2014.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.risk.metrics.checks import (
    is_single,
    matrix,
    numbers,
    ordered,
    pair,
    probability,
    series,
    whole,
)
from ai_trading.risk.metrics.distributions import binomial_cdf, chi_squared_sf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ChristoffersenTest",
    "LikelihoodRatio",
    "ShortfallTest",
    "TrafficLight",
    "acerbi_szekely",
    "christoffersen",
    "exceptions",
    "kupiec",
    "traffic_light",
]


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A likelihood ratio: chi-squared with `degrees` where the forecasts are right."""

    statistic: float
    p_value: float
    degrees: int


@dataclass(frozen=True, slots=True)
class ChristoffersenTest:
    """How many exceptions there were, whether they came in clusters, and both."""

    coverage: LikelihoodRatio
    independence: LikelihoodRatio
    conditional: LikelihoodRatio


@dataclass(frozen=True, slots=True)
class TrafficLight:
    """The Basel zone of a number of exceptions.

    Attributes
    ----------
    zone : {"green", "yellow", "red"}
        Green below a cumulative probability of 95 %, red from 99.99 % on.
    cumulative_probability : float
        Of as many exceptions or fewer where the forecasts are right.
    multiplier : float or None
        Factor on the capital charge [3]_; None unless there are 250 periods at 99 %.
    """

    zone: Literal["green", "yellow", "red"]
    cumulative_probability: float
    multiplier: float | None


@dataclass(frozen=True, slots=True)
class ShortfallTest:
    """Acerbi and Szekely's first two tests of expected shortfall.

    Attributes
    ----------
    z1 : float
        Of the size of exceptions alone; NaN where there was none. Expected 0, negative
        where losses beyond value at risk were greater than forecast.
    z2 : float
        Of size and number together. Expected 0, negative where risk was underestimated.
    p1, p2 : float or None
        Share of simulated statistics at or below these; None without draws.
    rejected : bool or None
        ``p2`` below 5 %. Without draws, z2 below -0.70, their critical value at 5 % for
        97.5 % and 250 periods, which hardly depends on the distribution; None at
        another level or outside 240 to 260 periods, where it is another number.
    """

    z1: float
    z2: float
    p1: float | None
    p2: float | None
    rejected: bool | None


def exceptions(returns: ArrayLike, value_at_risk: ArrayLike) -> NDArray[np.bool_]:
    """Return which periods lost more than was forecast.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
    value_at_risk : float or array_like of shape (n_periods,)
        Forecast losses, positive.

    Raises
    ------
    DataError
        If lengths differ or a number is not finite.

    Examples
    --------
    >>> exceptions([-0.03, 0.01, -0.02], 0.02).tolist()
    [True, False, False]
    """
    values = series(returns)
    return -values > _forecast(value_at_risk, returns, "value_at_risk")


def kupiec(count: int, periods: int, level: float = 0.99) -> LikelihoodRatio:
    r"""Test whether exceptions are as frequent as they should be.

    Parameters
    ----------
    count, periods : int
        Exceptions, and forecasts that were tested.
    level : float, default 0.99
        Confidence of the forecasts, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If there are more exceptions than periods, or an argument lies outside its
        domain.

    Notes
    -----
    :math:`-2\ln\frac{(1-p)^{T-N} p^N}{(1-N/T)^{T-N} (N/T)^N}` [1]_, chi-squared with
    one degree of freedom.

    Examples
    --------
    >>> round(kupiec(57, 1043, 0.95).statistic, 6)
    0.461466
    """
    n = whole(periods, "periods")
    k = whole(count, "count", 0, n)
    p = 1.0 - probability(level)
    ratio = 2.0 * (_log_likelihood(k, n - k, k / n) - _log_likelihood(k, n - k, p))
    return _ratio(ratio, 1)


def christoffersen(exceptions: ArrayLike, level: float = 0.99) -> ChristoffersenTest:
    """Test whether exceptions are frequent enough and do not follow each other.

    Parameters
    ----------
    exceptions : array_like of bool, shape (n_periods,)
        In the order of time; at least 2.
    level : float, default 0.99
        Confidence of the forecasts, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If `level` lies outside (0, 1).
    DataError
        If there are fewer than 2 periods or a value is not true or false.

    Notes
    -----
    Independence is tested against a first-order Markov chain [2]_. The conditional
    statistic is the sum of the other two, as is usual; the one of coverage counts all
    periods, the one of independence the transitions between them.

    Examples
    --------
    >>> found = christoffersen([True, True, False, False, False, False], 0.5)
    >>> round(found.independence.statistic, 6)
    2.231436
    """
    flags = _flags(exceptions)
    test = kupiec(int(flags.sum()), flags.size, level)
    before, after = flags[:-1], flags[1:]
    n00 = int((~before & ~after).sum())
    n01 = int((~before & after).sum())
    n10 = int((before & ~after).sum())
    n11 = int((before & after).sum())
    hits, others = n01 + n11, n00 + n10
    together = _log_likelihood(hits, others, hits / (hits + others))
    apart = 0.0
    for hit, miss in ((n01, n00), (n11, n10)):
        if hit + miss:
            apart += _log_likelihood(hit, miss, hit / (hit + miss))
    independence = _ratio(2.0 * (apart - together), 1)
    return ChristoffersenTest(
        coverage=test,
        independence=independence,
        conditional=_ratio(test.statistic + independence.statistic, 2),
    )


def traffic_light(count: int, periods: int = 250, level: float = 0.99) -> TrafficLight:
    """Return the Basel zone of a number of exceptions.

    Parameters
    ----------
    count : int
        Exceptions.
    periods : int, default 250
        Forecasts that were tested.
    level : float, default 0.99
        Confidence of the forecasts, strictly between 0 and 1.

    Raises
    ------
    ArgumentError
        If there are more exceptions than periods, or an argument lies outside its
        domain.

    Examples
    --------
    >>> light = traffic_light(5)
    >>> light.zone, round(light.cumulative_probability, 5), light.multiplier
    ('yellow', 0.95882, 3.4)
    """
    n = whole(periods, "periods")
    k = whole(count, "count", 0, n)
    alpha = probability(level)
    share = binomial_cdf(k, n, 1.0 - alpha)
    multiplier = None
    if n == 250 and alpha == 0.99:
        steps = {5: 3.4, 6: 3.5, 7: 3.65, 8: 3.75, 9: 3.85}
        multiplier = 3.0 if k < 5 else steps.get(k, 4.0)
    zone: Literal["green", "yellow", "red"] = (
        "green" if share < 0.95 else "yellow" if share < 0.9999 else "red"
    )
    return TrafficLight(zone, share, multiplier)


def acerbi_szekely(
    returns: ArrayLike,
    value_at_risk: ArrayLike,
    expected_shortfall: ArrayLike,
    level: float = 0.975,
    *,
    draws: ArrayLike | None = None,
) -> ShortfallTest:
    r"""Test forecasts of expected shortfall.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
    value_at_risk, expected_shortfall : float or array_like of shape (n_periods,)
        Forecasts made before each period, positive losses.
    level : float, default 0.975
        Confidence of the forecasts, strictly between 0 and 1.
    draws : array_like of shape (n_draws, n_periods), optional
        Returns drawn from the forecast distribution of each period; they give the
        p-values, so that no distribution is assumed here.

    Raises
    ------
    ArgumentError
        If `level` lies outside (0, 1).
    DataError
        If lengths differ, a number is not finite, or an expected shortfall is not
        positive (the statistics divide by it) or below its value at risk.

    Notes
    -----
    With :math:`I_t` marking exceptions: :math:`Z_1 = \frac{1}{N}\sum
    \frac{r_t I_t}{ES_t} + 1` and :math:`Z_2 = \sum\frac{r_t I_t}{T(1-\alpha)ES_t} + 1`
    [4]_.

    Examples
    --------
    >>> found = acerbi_szekely([-0.03, 0.01, 0.02, 0.01], 0.02, 0.03, 0.75)
    >>> round(found.z1, 9), round(found.z2, 9)
    (0.0, 0.0)
    """
    values = series(returns)
    alpha = probability(level)
    n = values.size
    var = _forecast(value_at_risk, returns, "value_at_risk")
    shortfall = _forecast(expected_shortfall, returns, "expected_shortfall")
    if shortfall.min() <= 0.0:
        msg = (
            "expected_shortfall must be positive in every period; the least is "
            f"{shortfall.min():g}"
        )
        raise DataError(msg)
    below = np.flatnonzero(shortfall < var)
    if below.size:
        msg = (
            f"expected_shortfall[{below[0]}] is {shortfall[below[0]]:g}, below the "
            f"value at risk of {var[below[0]]:g}; the mean beyond a loss is never less "
            "than it. Are the two exchanged?"
        )
        raise DataError(msg)
    z1, z2 = (float(z[0]) for z in _shortfall(values[None, :], var, shortfall, alpha))
    if draws is None:
        stated = abs(alpha - 0.975) < 1e-9 and 240 <= n <= 260
        return ShortfallTest(z1, z2, None, None, z2 < -0.70 if stated else None)
    drawn = matrix(draws, name="draws", columns=n)
    first, second = _shortfall(drawn, var, shortfall, alpha)
    seen = first[~np.isnan(first)]
    known = seen.size and not math.isnan(z1)
    p1 = float((seen <= z1).mean()) if known else None
    p2 = float((second <= z2).mean())
    return ShortfallTest(z1, z2, p1, p2, p2 < 0.05)


def _shortfall(
    rows: NDArray[np.float64],
    var: NDArray[np.float64],
    shortfall: NDArray[np.float64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    beyond = -rows > var
    total = np.where(beyond, rows / shortfall, 0.0).sum(axis=1)
    count = beyond.sum(axis=1)
    first = np.full(rows.shape[0], math.nan)
    np.divide(total, count, out=first, where=count > 0)
    return first + 1.0, total / (rows.shape[1] * (1.0 - level)) + 1.0


def _forecast(values: ArrayLike, returns: ArrayLike, name: str) -> NDArray[np.float64]:
    if is_single(values):
        array = np.full(np.size(returns), numbers(values, name, 0)[0])
        return series(array, name=name)
    return pair(values, returns, (name, "returns"), least=1)[0]


def _flags(values: ArrayLike) -> NDArray[np.bool_]:
    ordered(values, "exceptions")
    try:
        given = np.asarray(values)
    except ValueError:
        msg = f"exceptions must be flags in one row; received {values!r:.80}"
        raise DataError(msg) from None
    if given.dtype.kind == "b":
        given = given.astype(np.float64)
    array = series(given, name="exceptions", least=2)
    if not np.isin(array, (0.0, 1.0)).all():
        msg = "exceptions must be true or false for each period; see exceptions()"
        raise DataError(msg)
    flags: NDArray[np.bool_] = array == 1.0
    return flags


def _log_likelihood(hits: int, misses: int, p: float) -> float:
    value = 0.0
    if hits:
        value += hits * math.log(p) if p > 0.0 else -math.inf
    if misses:
        value += misses * math.log1p(-p) if p < 1.0 else -math.inf
    return value


def _ratio(statistic: float, degrees: int) -> LikelihoodRatio:
    value = max(0.0, statistic)
    return LikelihoodRatio(value, chi_squared_sf(value, degrees), degrees)
