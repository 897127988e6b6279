"""One pass over a return series, and everything that a tear sheet shows.

Each figure is the one that the function of its name gives; here they share the work.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading._core import stats
from ai_trading.core.errors import DataError
from ai_trading.risk.metrics.checks import (
    Missing,
    compounded,
    finite,
    numbers,
    ordered,
    positive,
    probability,
    returns_above_ruin,
    yearly,
)
from ai_trading.risk.metrics.distributions import normal_cdf
from ai_trading.risk.metrics.parametric import normal_risk
from ai_trading.risk.metrics.sharpe import ROUNDING
from ai_trading.risk.metrics.tails import tail_size

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

__all__ = ["TearSheet", "tear_sheet"]


@dataclass(frozen=True, slots=True)
class TearSheet:
    """The figures of a return series; NaN where one does not exist.

    Annual figures are marked so; all others are per period. Losses, drawdowns and
    downside figures are positive. A ratio does not exist where its denominator is zero.

    Attributes
    ----------
    observations, missing : int
        Returns that were used and that were left out.
    total_return, annual_return, mean, best, worst : float
        Compounded, compounded per year, arithmetic; largest and smallest return.
    annual_volatility, downside_deviation : float
        The first with n - 1; the second below the risk-free rate, over all n.
    skewness, excess_kurtosis, autocorrelation : float
        Moments of the sample; correlation of neighbours.
    sharpe, sharpe_standard_error, sortino : float
        Annual; the error counts skewness and kurtosis.
    probabilistic_sharpe : float
        Chance that the true ratio is above 0.
    omega, gain_to_pain, profit_factor, tail_ratio, stability : float
        See the functions of these names, the first at the risk-free rate.
    hit_rate, loss_rate, average_win, average_loss, payoff : float
        See `HitRates`.
    max_drawdown, current_drawdown, average_drawdown : float
        Deepest, at the end, and the mean of every fall's deepest point.
    drawdowns, longest_drawdown : int
        Number of falls, and most periods in one.
    time_under_water : float
        Share of periods below a former high.
    ulcer_index, pain_index : float
    calmar, martin, pain_ratio, burke : float
        Annual return (less the rate, except Calmar) over the measure of drawdown.
    value_at_risk, expected_shortfall : float
        Historical (order statistic), at the level.
    normal_value_at_risk : float
        Of a normal distribution with the sample's moments.
    """

    observations: int
    missing: int
    total_return: float
    annual_return: float
    mean: float
    best: float
    worst: float
    annual_volatility: float
    downside_deviation: float
    skewness: float
    excess_kurtosis: float
    autocorrelation: float
    sharpe: float
    sharpe_standard_error: float
    sortino: float
    probabilistic_sharpe: float
    omega: float
    gain_to_pain: float
    profit_factor: float
    tail_ratio: float
    stability: float
    hit_rate: float
    loss_rate: float
    average_win: float
    average_loss: float
    payoff: float
    max_drawdown: float
    current_drawdown: float
    average_drawdown: float
    drawdowns: int
    longest_drawdown: int
    time_under_water: float
    ulcer_index: float
    pain_index: float
    calmar: float
    martin: float
    pain_ratio: float
    burke: float
    value_at_risk: float
    expected_shortfall: float
    normal_value_at_risk: float

    def __getitem__(self, name: str) -> float:
        if name not in self.__dataclass_fields__:
            raise KeyError(name)
        value: float = getattr(self, name)
        return value

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def tear_sheet(
    returns: ArrayLike,
    *,
    risk_free: float = 0.0,
    periods: float = 252,
    level: float = 0.95,
    missing: Missing = "reject",
) -> TearSheet:
    """Return about forty figures of a return series.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, oldest first, not below -1, at least 2.
    risk_free : float, default 0.0
        Per period.
    periods : float, default 252
        Periods in a year.
    level : float, default 0.95
        Confidence of value at risk, expected shortfall and the tail ratio.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Returns
    -------
    TearSheet

    Raises
    ------
    ArgumentError
        If an argument lies outside its domain.
    DataError
        If there are fewer than 2 returns, one is not finite, or one is below -1.

    Examples
    --------
    >>> sheet = tear_sheet([0.01, -0.02, 0.03, 0.01])
    >>> round(sheet.max_drawdown, 9), sheet.hit_rate
    (0.02, 0.75)
    """
    rate, year = finite(risk_free, "risk_free"), positive(periods, "periods")
    alpha = probability(level)
    given = numbers(returns, "returns", 1)
    ordered(returns)
    values = _checked(given, missing)
    n = values.size
    s = stats.summarize(values, rate)
    d = s["drawdowns"]
    variance = s["second"] / (n - 1)
    if not math.isfinite(variance):
        msg = (
            f"returns reach {max(s['largest'], -s['smallest']):g}, whose square no "
            "double holds; a return is a fraction such as 0.02"
        )
        raise DataError(msg)
    # Rounding alone may leave a constant series with a deviation.
    varies = math.sqrt(variance) > ROUNDING * abs(s["mean"])
    spread = math.sqrt(variance) if varies else 0.0
    moment = s["second"] / n
    skewness = _over(s["third"] / n, moment**1.5 if varies else 0.0)
    kurtosis = _over(s["fourth"] / n, moment**2 if varies else 0.0)
    excess = s["mean"] - rate
    ratio = _over(excess, spread)
    unit = 1.0 - skewness * ratio + (kurtosis - 1.0) / 4.0 * ratio * ratio
    error = math.sqrt(unit / (n - 1)) if unit > 0.0 else math.nan
    downside = math.sqrt(s["short_of_squares"] / n)
    annual = compounded(s["growth"] * year / n)
    above = annual - yearly(rate, year)
    var, shortfall, low = _lower(values, alpha)
    win, loss = _over(s["gained"], s["gains"]), _over(s["lost"], s["losses"])
    ulcer, pain = math.sqrt(d["sum_of_squares"] / n), d["sum"] / n
    return TearSheet(
        observations=n,
        missing=given.size - n,
        total_return=compounded(s["growth"]),
        annual_return=annual,
        mean=s["mean"],
        best=s["largest"],
        worst=s["smallest"],
        annual_volatility=spread * math.sqrt(year),
        downside_deviation=downside,
        skewness=skewness,
        excess_kurtosis=kurtosis - 3.0,
        autocorrelation=_over(s["lagged"], s["second"] if varies else 0.0),
        sharpe=ratio * math.sqrt(year),
        sharpe_standard_error=error * math.sqrt(year),
        sortino=_over(excess, downside) * math.sqrt(year),
        probabilistic_sharpe=(
            math.nan if math.isnan(error) else normal_cdf(ratio / error)
        ),
        omega=_over(s["beyond"], s["short_of"]),
        gain_to_pain=_over(s["gained"] - s["lost"], s["lost"]),
        profit_factor=_over(s["gained"], s["lost"]),
        tail_ratio=(
            _over(abs(_upper(values, alpha)), abs(low)) if alpha > 0.5 else math.nan
        ),
        stability=s["stability"],
        hit_rate=s["gains"] / n,
        loss_rate=s["losses"] / n,
        average_win=win,
        average_loss=loss,
        payoff=_over(win, loss),
        max_drawdown=d["deepest"],
        current_drawdown=d["current"],
        average_drawdown=_over(d["sum_of_deepest"], d["falls"]),
        drawdowns=d["falls"],
        longest_drawdown=d["longest"],
        time_under_water=d["under"] / n,
        ulcer_index=ulcer,
        pain_index=pain,
        calmar=_over(annual, d["deepest"]),
        martin=_over(above, ulcer),
        pain_ratio=_over(above, pain),
        burke=_over(above, math.sqrt(d["sum_of_deepest_squares"])),
        value_at_risk=var,
        expected_shortfall=shortfall,
        normal_value_at_risk=normal_risk(s["mean"], spread, alpha).value_at_risk,
    )


def _checked(given: NDArray[np.float64], missing: Missing) -> NDArray[np.float64]:
    try:
        return returns_above_ruin(given, least=2, missing=missing)
    except DataError as short:
        if missing == "skip" and given.size and np.isnan(given).all():
            msg = f"all {given.size} returns are missing; a tear sheet needs 2"
            raise DataError(msg) from short
        raise


def _lower(values: NDArray[np.float64], alpha: float) -> tuple[float, float, float]:
    """Value at risk, expected shortfall and the interpolated quantile, in one pass."""
    n = values.size
    place = (n - 1) * (1.0 - alpha)
    low = math.floor(place)
    at, after, below = stats.tail(values, low)
    quantile = at + (place - low) * (after - at)
    size = tail_size(n, alpha)
    rank = min(int(size), n - 1)
    if rank == low + 1:
        at, below = after, below + at
    elif rank != low:
        at, _, below = stats.tail(values, rank)
    shortfall = -(below + (size - rank) * at) / size
    return -at, max(shortfall, -at), quantile


def _upper(values: NDArray[np.float64], alpha: float) -> float:
    place = (values.size - 1) * (1.0 - alpha)
    low = math.floor(place)
    at, after, _ = stats.tail(values, low, upper=True)
    return at + (place - low) * (after - at)


def _over(value: float, by: float) -> float:
    return value / by if by > 0.0 else math.nan
