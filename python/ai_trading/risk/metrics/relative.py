"""Measures against a benchmark.

Both series are aligned, per period, equally long. `risk_free` is per period, one number
or one for each. Annual figures take ``periods``, the periods in a year. NaN is
rejected, or the period is left out of both where ``missing="skip"``.

References
----------
.. [1] C. Bacon, "Practical Portfolio Performance Measurement and Attribution", 2nd
   edition, 2008.
.. [2] M. C. Jensen, "The Performance of Mutual Funds in the Period 1945-1964", Journal
   of Finance 23(2), 1968.
.. [3] F. Modigliani and L. Modigliani, "Risk-Adjusted Performance", Journal of
   Portfolio Management 23(2), 1997.
.. [4] J. L. Treynor, "How to Rate Management of Investment Funds", Harvard Business
   Review 43, 1965.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import DataError
from ai_trading.risk.metrics.checks import (
    Missing,
    compounded,
    finite,
    is_single,
    pair,
    pair_of_numbers,
    positive,
    returns_above_ruin,
    series,
    yearly,
)
from ai_trading.risk.metrics.sharpe import deviation, difference

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Capture",
    "alpha_beta",
    "beta",
    "capture",
    "information_ratio",
    "jensen_alpha",
    "m_squared",
    "tracking_error",
    "treynor_ratio",
]


@dataclass(frozen=True, slots=True)
class Capture:
    """Share of the benchmark's growth in its good and in its bad periods.

    Attributes
    ----------
    up, down : float
        Annualised growth of the returns over that of the benchmark, over the periods in
        which the benchmark rose, or fell.
    ratio : float
        Up over down.
    """

    up: float
    down: float
    ratio: float


def beta(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    risk_free: ArrayLike = 0.0,
    missing: Missing = "reject",
) -> float:
    """Return the slope of excess returns on the benchmark's.

    Parameters
    ----------
    returns, benchmark : array_like of shape (n_periods,)
        Simple returns, at least 2.
    risk_free : float or array_like of shape (n_periods,), default 0.0
        Per period.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Raises
    ------
    DataError
        If lengths differ, there are fewer than 2 periods, a number is not finite, or
        the benchmark does not vary.

    Examples
    --------
    >>> round(beta([0.02, -0.02, 0.04], [0.01, -0.01, 0.02]), 9)
    2.0
    """
    a, b = _excess(returns, benchmark, risk_free, missing)
    return _slope(a, b)


def alpha_beta(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    risk_free: ArrayLike = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> tuple[float, float]:
    r"""Return the regression's intercept, compounded to a year, and its slope.

    See Also
    --------
    beta : with the other parameters and errors.

    Notes
    -----
    :math:`(1 + a)^P - 1` with a the intercept of the regression of excess returns.
    `jensen_alpha` compares annual returns instead.

    Examples
    --------
    >>> a, b = alpha_beta([0.03, -0.01, 0.05], [0.01, -0.01, 0.02], periods=1)
    >>> round(a, 9), round(b, 9)
    (0.01, 2.0)
    """
    a, b = _excess(returns, benchmark, risk_free, missing)
    slope = _slope(a, b)
    intercept = float(a.mean()) - slope * float(b.mean())
    year = positive(periods, "periods")
    if intercept <= -1.0:
        msg = f"the intercept per period, {intercept:g}, is too low to compound"
        raise DataError(msg)
    return yearly(intercept, year, "intercept"), slope


def jensen_alpha(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return annual return above what beta times the benchmark's explains [1]_ [2]_.

    Parameters
    ----------
    returns, benchmark, missing
        See `beta`; not below -1.
    risk_free : float, default 0.0
        Per period; annualised by compounding.
    periods : float, default 252
        Periods in a year.

    Raises
    ------
    ArgumentError
        If `periods` is not positive or `risk_free` not finite.
    DataError
        As `beta`; also where a return is below -1.
    """
    a, b = _compounded(returns, benchmark, missing)
    year = positive(periods, "periods")
    free = yearly(risk_free, year)
    slope = _slope(a, b)
    return _annual(a, year) - free - slope * (_annual(b, year) - free)


def tracking_error(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return the annualised deviation (n - 1) of returns less the benchmark's.

    See Also
    --------
    beta : with the parameters and errors.

    Examples
    --------
    >>> round(tracking_error([0.02, 0.0], [0.01, 0.01], periods=1), 6)
    0.014142
    """
    a, b = pair(returns, benchmark, missing=missing)
    return float(difference(a, b).std(ddof=1)) * math.sqrt(positive(periods, "periods"))


def information_ratio(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return the mean active return over its deviation, annualised by the root.

    See Also
    --------
    beta : with the parameters and errors; also an error where the difference does not
        vary.

    Examples
    --------
    >>> round(information_ratio([0.02, 0.0, 0.01], [0.0, 0.0, 0.0], periods=1), 9)
    1.0
    """
    a, b = pair(returns, benchmark, missing=missing)
    active = difference(a, b)
    return (
        float(active.mean())
        / deviation(active)
        * math.sqrt(positive(periods, "periods"))
    )


def treynor_ratio(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    """Return annual excess return over beta [4]_.

    See Also
    --------
    jensen_alpha : with the parameters and errors; also an error where beta is 0.
    """
    a, b = _compounded(returns, benchmark, missing)
    year = positive(periods, "periods")
    slope = _slope(a, b)
    if slope == 0.0:
        msg = "beta is 0, so there is no ratio to it"
        raise DataError(msg)
    free = yearly(risk_free, year)
    return (_annual(a, year) - free) / slope


def m_squared(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    missing: Missing = "reject",
) -> float:
    r"""Return the annual return at the benchmark's volatility.

    See Also
    --------
    jensen_alpha : with the parameters and errors; also an error where the returns do
        not vary.

    Notes
    -----
    :math:`(R_a - R_f)\,\sigma_b/\sigma_a + R_f` with geometric annual returns [3]_.
    """
    a, b = _compounded(returns, benchmark, missing)
    year = positive(periods, "periods")
    free = yearly(risk_free, year)
    return (_annual(a, year) - free) * float(b.std(ddof=1)) / deviation(a) + free


def capture(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    periods: float = 252,
    missing: Missing = "reject",
) -> Capture:
    """Return how much of the benchmark's rises and falls was taken along.

    Parameters
    ----------
    returns, benchmark, missing
        See `beta`; not below -1.
    periods : float, default 252
        Periods in a year.

    Raises
    ------
    ArgumentError
        If `periods` is not positive.
    DataError
        As `beta`; also where the benchmark never rose or never fell.

    Examples
    --------
    >>> found = capture([0.02, -0.005], [0.01, -0.01], periods=1)
    >>> round(found.up, 9), round(found.down, 9), round(found.ratio, 9)
    (2.0, 0.5, 4.0)
    """
    a, b = _compounded(returns, benchmark, missing)
    year = positive(periods, "periods")
    shares = []
    for mask, word in ((b > 0.0, "rose"), (b < 0.0, "fell")):
        if not mask.any():
            msg = f"the benchmark never {word}, so there is nothing to capture"
            raise DataError(msg)
        ours, theirs = _annual(a[mask], year), _annual(b[mask], year)
        if not (math.isfinite(ours) and math.isfinite(theirs)):
            msg = (
                f"the growth over periods in which the benchmark {word} compounds to "
                f"more than a double holds in {year:g} periods; say periods=1"
            )
            raise DataError(msg)
        shares.append(ours / theirs)
    up, down = shares
    if down == 0.0:
        msg = "nothing of the benchmark's falls was captured, so there is no ratio"
        raise DataError(msg)
    return Capture(up, down, up / down)


def _excess(
    returns: ArrayLike, benchmark: ArrayLike, risk_free: ArrayLike, missing: Missing
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if is_single(risk_free):
        a, b = pair(returns, benchmark, missing=missing)
        rate = finite(risk_free, "risk_free")  # type: ignore[arg-type]
        return a - rate, b - rate
    names = ("returns", "risk_free"), ("benchmark", "risk_free")
    # NaN passes here: each pair is looked at as one period with the other.
    first, rates = pair_of_numbers(returns, risk_free, names[0])
    second, _ = pair_of_numbers(benchmark, risk_free, names[1])
    return pair(first - rates, second - rates, missing=missing)


def _compounded(
    returns: ArrayLike, benchmark: ArrayLike, missing: Missing
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = pair(returns, benchmark, missing=missing)
    return returns_above_ruin(a), returns_above_ruin(b, name="benchmark")


def _slope(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    deviation(series(b, name="benchmark"))
    about = b - b.mean()
    return float(about @ (a - a.mean())) / float(about @ about)


def _annual(values: NDArray[np.float64], year: float) -> float:
    growth = float(stats.log_growth(np.ascontiguousarray(values)).sum())
    return compounded(growth * year / values.size)
