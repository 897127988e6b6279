"""What a run earned, what it risked and what it cost.

Everything is computed from a `BacktestResult` and nothing else. Money stays exact:
profits, fees and traded values are sums of whole numbers and leave as `Decimal`. Ratios
are floats. Where the data cannot carry a figure the figure is ``None`` — never 0, which
would be a claim.

Returns are simple returns per trading day that has data, of the account's last value on
it in the market's time zone; the first is measured from the initial cash. Annualised
figures need `MINIMUM_DAYS` of them: a day of ticks says nothing about a year.

References
----------
.. [1] W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994).
.. [2] F. A. Sortino and L. N. Price, "Performance Measurement in a Downside Risk
   Framework", Journal of Investing 3 (1994).
.. [3] M. Magdon-Ismail and A. Atiya, "Maximum Drawdown", Risk 17 (2004).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.backtest.result import BacktestResult
from ai_trading.backtest.sessions import (
    dates_with_data,
    market_dates,
    trading_days_per_year,
)
from ai_trading.backtest.translation import last_rate, traded_value, translated
from ai_trading.backtest.trips import round_trips, rows_of
from ai_trading.core.enums import Liquidity, OrderStatus
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance, real
from ai_trading.core.records import (
    ACCOUNT,
    ORDER_STATUS,
    liquidity_code,
    order_status_code,
    reject_name,
)
from ai_trading.risk.metrics.ratios import annual_volatility, sortino_ratio
from ai_trading.risk.metrics.sharpe import sharpe_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument

__all__ = [
    "MINIMUM_DAYS",
    "Drawdown",
    "OrderStatistics",
    "Statistics",
    "SymbolStatistics",
    "TradeStatistics",
    "daily_returns",
    "drawdowns",
    "exact_sum",
    "maximum_drawdown",
    "reject_reason",
    "summarize",
]

MINIMUM_DAYS = 20
"""Daily returns needed before anything is annualised: about a month."""


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of the account from a former high.

    Attributes
    ----------
    depth : float
        Fall as a fraction of the high, positive.
    amount : Decimal
        The same in currency units.
    start_ns, trough_ns : int
        When the high was left and when the bottom was reached.
    end_ns : int or None
        When the high was seen again; None if it was not.
    """

    depth: float
    amount: Decimal
    start_ns: int
    trough_ns: int
    end_ns: int | None


@dataclass(frozen=True, slots=True)
class OrderStatistics:
    """What became of the orders.

    Attributes
    ----------
    orders, fills, rejected : int
        How many there were.
    by_status : dict
        Order status to number of orders.
    rejects : dict
        Reason to number of orders, the most frequent first.
    fill_rate : float or None
        Filled quantity over ordered quantity of the orders that were not rejected, each
        order weighing the same: quantities of different symbols do not add up.
    maker_share : float or None
        Share of the traded value that rested before it traded.
    """

    orders: int
    fills: int
    rejected: int
    by_status: dict[str, int]
    rejects: dict[str, int]
    fill_rate: float | None
    maker_share: float | None


@dataclass(frozen=True, slots=True)
class TradeStatistics:
    """Round trips: from no position to a position and back, at average cost.

    Attributes
    ----------
    trips, winners : int
        Closed round trips, and those with a profit after fees.
    win_rate : float or None
        Winners over trips.
    average_win, average_loss : Decimal or None
        Mean net profit of the winners, mean net loss of the others (positive).
    profit_factor : float or None
        Sum of the wins over the sum of the losses.
    average_holding_ns : int or None
        Mean time from the first fill to the last.
    """

    trips: int
    winners: int
    win_rate: float | None
    average_win: Decimal | None
    average_loss: Decimal | None
    profit_factor: float | None
    average_holding_ns: int | None


@dataclass(frozen=True, slots=True)
class SymbolStatistics:
    """One instrument's part of the run; money in currency units.

    ``open_profit`` is None, and so is ``profit``, where a position is left and no price
    is known to value it with.
    """

    symbol: str
    orders: int
    fills: int
    quantity: Decimal
    traded_value: Decimal
    position: Decimal
    last_price: Decimal | None
    realized: Decimal
    open_profit: Decimal | None
    fees: Decimal
    profit: Decimal | None
    maker_share: float | None
    trips: int
    win_rate: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Summary of a run.

    Attributes
    ----------
    initial_cash, final_value, profit, fees, traded_value : Decimal
        Money, exact. Profit is after fees.
    realized, unrealized : Decimal
        Profit before fees on what was closed and what is open.
    total_return : float or None
        Final value over initial cash, minus one.
    days : int
        Trading days with data.
    annual_return : float or None
        ``(1 + total_return) ** (year / days) - 1``.
    annual_volatility : float or None
        ``std(r) * sqrt(year)`` of the daily returns ``r``, n - 1 in the denominator.
    sharpe : float or None
        ``mean(r - f) / std(r - f) * sqrt(year)``, [1]_, with the daily rate ``f``.
    sortino : float or None
        ``mean(r - f) / sqrt(mean(min(r - f, 0)**2)) * sqrt(year)``, [2]_; the mean
        under the root runs over all days.
    drawdown : Drawdown or None
        Deepest fall over the sampled curve, [3]_; None if it never fell.
    turnover : float or None
        Value bought plus value sold over the mean account value.
    exposure : float or None
        Mean over time of gross position value over account value.
    maximum_exposure : float or None
        Largest sampled value of the same.
    time_in_market : float or None
        Share of the time with a position.
    orders : OrderStatistics
    trades : TradeStatistics
    symbols : tuple of SymbolStatistics
        In the order of the instrument table, those with orders, fills or a position.
    """

    currency: str
    initial_cash: Decimal
    final_value: Decimal
    profit: Decimal
    realized: Decimal
    unrealized: Decimal
    fees: Decimal
    traded_value: Decimal
    total_return: float | None
    days: int
    annual_return: float | None
    annual_volatility: float | None
    sharpe: float | None
    sortino: float | None
    drawdown: Drawdown | None
    turnover: float | None
    exposure: float | None
    maximum_exposure: float | None
    time_in_market: float | None
    orders: OrderStatistics
    trades: TradeStatistics
    symbols: tuple[SymbolStatistics, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able dictionary; money as decimal strings."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def summarize(result: BacktestResult, *, risk_free: float = 0.0) -> Statistics:
    """Return the statistics of a run.

    Parameters
    ----------
    result : BacktestResult
        The run; a partial one is summarised up to where it stopped.
    risk_free : float, default 0.0
        Yearly risk-free rate as a fraction, subtracted evenly from the daily returns in
        the Sharpe and Sortino ratios.

    Returns
    -------
    Statistics
        Figures that the data cannot carry are None.

    Examples
    --------
    >>> summarize(result).sharpe is None  # doctest: +SKIP
    True
    """
    returns, year = daily_returns(result), _periods_per_year(result)
    account, final = result.account, result.final_value
    total = float(final / result.initial_cash) - 1 if result.initial_cash else None
    values = [_fill_values(result, i) for i in range(len(result.instruments))]
    fills = translated(result)
    traded = sum((v.total for v in values), Decimal(0))
    mean_value = float(account["value"].mean()) / 1e6 if len(account) else 0.0
    exposure, largest, in_market = _exposure(account)
    trips = round_trips(fills)
    real("risk_free", risk_free)
    return Statistics(
        currency=result.currency,
        initial_cash=result.initial_cash,
        final_value=final,
        profit=result.profit,
        realized=_last(account, "realized"),
        unrealized=_last(account, "unrealized"),
        fees=result.fees,
        traded_value=traded,
        total_return=total,
        days=len(returns),
        annual_return=_annual_return(returns, year),
        annual_volatility=_volatility(returns, year),
        sharpe=_sharpe(returns - risk_free / year, year),
        sortino=_sortino(returns - risk_free / year, year),
        drawdown=maximum_drawdown(account),
        turnover=float(traded) / mean_value if mean_value > 0 else None,
        exposure=exposure,
        maximum_exposure=largest,
        time_in_market=in_market,
        orders=_orders(result, values),
        trades=_trades(trips),
        symbols=tuple(
            _symbol(
                result,
                i,
                values[i],
                fills[fills["instrument"] == i],
                trips[trips["instrument"] == i],
            )
            for i in _touched(result)
        ),
    )


def daily_returns(result: BacktestResult) -> NDArray[np.float64]:
    """Return the account's simple return of each trading day, shape (days,).

    Empty where the account was worth nothing at the end of a day: a return on nothing
    has no meaning.
    """
    instance("result", result, BacktestResult, "Backtest(...).run()")
    account = result.account
    if not len(account):
        return np.empty(0)
    dates = market_dates(account["timestamp"], result.instruments)
    known = dates_with_data(result)
    if len(known):
        # Nights, holidays and gaps in the data belong to the day before them.
        place = np.searchsorted(known, dates, side="right") - 1
        dates = known[np.maximum(place, 0)]
    last_of_day = np.append(np.flatnonzero(np.diff(dates)), len(dates) - 1)
    values = np.concatenate(
        ([float(result.initial_cash)], account["value"][last_of_day] / 1e6)
    )
    if (values <= 0).any():
        return np.empty(0)
    returns: NDArray[np.float64] = values[1:] / values[:-1] - 1
    return returns


def _periods_per_year(result: BacktestResult) -> float:
    """Trading days in a year; fewer where the data is weekly, monthly or sampled so."""
    dates = np.unique(market_dates(result.account["timestamp"], result.instruments))
    gaps = np.diff(dates)
    if len(gaps) and np.median(gaps) > 1:
        return 365.25 / float(gaps.mean())
    return trading_days_per_year(result.instruments)


def exact_sum(values: NDArray[np.int64]) -> int:
    """Return the sum of whole numbers, right also where it leaves 64 bits.

    Sums the upper and the lower halves apart; good for 2^31 values.
    """
    upper, lower = values >> 32, values & 0xFFFF_FFFF
    return (int(upper.sum()) << 32) + int(lower.sum())


def drawdowns(account: NDArray[np.void]) -> NDArray[np.float64]:
    """Return how far the account was below its high, as fractions <= 0."""
    value = rows_of("account", account, ACCOUNT)["value"].astype(np.float64)
    high = np.maximum.accumulate(value) if len(value) else value
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(high > 0, value / high - 1, 0.0)


def maximum_drawdown(account: NDArray[np.void]) -> Drawdown | None:
    """Return the deepest fall of the sampled account value, None if it never fell."""
    depths = drawdowns(account)
    if not len(depths) or depths.min() >= 0:
        return None
    value, time = account["value"], account["timestamp"]
    trough = int(depths.argmin())
    high = int(value[: trough + 1].max())
    start = int(np.flatnonzero(value[: trough + 1] == high)[-1])
    back = np.flatnonzero(value[trough:] >= high)
    return Drawdown(
        depth=-float(depths[trough]),
        amount=Decimal(high - int(value[trough])).scaleb(-6),
        start_ns=int(time[start]),
        trough_ns=int(time[trough]),
        end_ns=int(time[trough + back[0]]) if len(back) else None,
    )


def _annual_return(returns: NDArray[np.float64], year: float) -> float | None:
    if len(returns) < MINIMUM_DAYS:
        return None
    return math.expm1(float(np.log1p(returns).sum()) * year / len(returns))


def _volatility(returns: NDArray[np.float64], year: float) -> float | None:
    if len(returns) < MINIMUM_DAYS:
        return None
    return annual_volatility(returns, periods=year)


def _sharpe(excess: NDArray[np.float64], year: float) -> float | None:
    if len(excess) < MINIMUM_DAYS or np.ptp(excess) == 0:
        return None
    return sharpe_ratio(excess, periods=year)


def _sortino(excess: NDArray[np.float64], year: float) -> float | None:
    if len(excess) < MINIMUM_DAYS or not (excess < 0).any():
        return None
    return sortino_ratio(excess, periods=year)


def _exposure(
    account: NDArray[np.void],
) -> tuple[float | None, float | None, float | None]:
    """Mean and largest gross exposure, and the share of time with a position."""
    if len(account) < 2 or (account["value"] <= 0).any():
        return None, None, None
    held = np.diff(account["timestamp"]).astype(np.float64)
    if held.sum() <= 0:
        return None, None, None
    gross = account["gross"] / account["value"]
    mean = float(np.average(gross[:-1], weights=held))
    in_market = float(np.average(account["gross"][:-1] > 0, weights=held))
    return mean, float(gross.max()), in_market


@dataclass(frozen=True, slots=True)
class _FillValues:
    bought: Decimal
    sold: Decimal
    maker: Decimal

    @property
    def total(self) -> Decimal:
        return self.bought + self.sold


def _fill_values(result: BacktestResult, index: int) -> _FillValues:
    """What was bought, sold and traded passively, in the account's currency."""
    fills = result.fills[result.fills["instrument"] == index]
    buy = fills["side"] == 0
    maker = fills["liquidity"] == liquidity_code(Liquidity.MAKER)
    return _FillValues(
        bought=traded_value(result, fills[buy], index),
        sold=traded_value(result, fills[~buy], index),
        maker=traded_value(result, fills[maker], index),
    )


def _unit(instrument: Instrument) -> Decimal:
    """Currency units of one tick times one lot."""
    return instrument.tick_size * instrument.lot_size * instrument.multiplier


def _last(account: NDArray[np.void], name: str) -> Decimal:
    return Decimal(int(account[name][-1]) if len(account) else 0).scaleb(-6)


def reject_reason(code: int) -> str:
    """Return the name of a reject code, ``"reason 7"`` for one that has none."""
    try:
        return reject_name(code)
    except ArgumentError:
        return f"reason {code}"


def _orders(result: BacktestResult, values: list[_FillValues]) -> OrderStatistics:
    orders = result.orders
    refused = orders["status"] == order_status_code(OrderStatus.REJECTED)
    by_status = _counts(orders["status"], lambda code: str(ORDER_STATUS[code]))
    reasons = _counts(orders["reason"][refused], reject_reason)
    sent = ~refused
    filled = orders["filled"][sent] / orders["quantity"][sent]
    traded = sum((v.total for v in values), Decimal(0))
    maker = sum((v.maker for v in values), Decimal(0))
    return OrderStatistics(
        orders=len(orders),
        fills=len(result.fills),
        rejected=int(refused.sum()),
        by_status=by_status,
        rejects=reasons,
        fill_rate=float(filled.mean()) if len(filled) else None,
        maker_share=float(maker / traded) if traded else None,
    )


def _counts(codes: NDArray[Any], name: Callable[[int], str]) -> dict[str, int]:
    """How often each code occurs by its name, the most frequent first."""
    found, counts = np.unique(codes, return_counts=True)
    pairs = zip(found.tolist(), counts.tolist(), strict=True)
    ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    return {name(code): count for code, count in ordered}


def _trades(trips: NDArray[np.void]) -> TradeStatistics:
    net = trips["net"].tolist()
    wins = [n for n in net if n > 0]
    losses = [-n for n in net if n <= 0]
    return TradeStatistics(
        trips=len(net),
        winners=len(wins),
        win_rate=len(wins) / len(net) if net else None,
        average_win=_mean_nano(wins),
        average_loss=_mean_nano(losses),
        profit_factor=sum(wins) / sum(losses) if sum(losses) else None,
        average_holding_ns=int((trips["closed"] - trips["opened"]).mean())
        if net
        else None,
    )


def _mean_nano(amounts: list[int]) -> Decimal | None:
    """Mean of amounts in 1e-9 units, rounded to 1e-6."""
    if not amounts:
        return None
    return (Decimal(sum(amounts)).scaleb(-9) / len(amounts)).quantize(Decimal("1e-6"))


def _touched(result: BacktestResult) -> list[int]:
    held = [i for i, lots in result.final_positions.items() if lots]
    used = np.concatenate((result.orders["instrument"], result.fills["instrument"]))
    return sorted({*np.unique(used).tolist(), *held})


def _symbol(
    result: BacktestResult,
    index: int,
    values: _FillValues,
    fills: NDArray[np.void],
    trips: NDArray[np.void],
) -> SymbolStatistics:
    instrument = result.instruments[index]
    lots = int(result.final_positions.get(index, 0))
    mark = _mark(result, index)
    realized = Decimal(exact_sum(fills["realized"])).scaleb(-6)
    fees = Decimal(exact_sum(fills["fee"])).scaleb(-9)
    gross = None
    if lots == 0:
        # The fills' own figures were rounded one by one; this is what they add up to.
        gross = realized = values.sold - values.bought
    elif mark is not None:
        worth = lots * mark * _unit(instrument) * last_rate(result, index)
        gross = values.sold - values.bought + worth
    return SymbolStatistics(
        symbol=instrument.symbol,
        orders=int((result.orders["instrument"] == index).sum()),
        fills=len(fills),
        quantity=instrument.to_quantity(exact_sum(fills["quantity"])),
        traded_value=values.total,
        position=instrument.to_quantity(lots),
        last_price=None if mark is None else instrument.to_price(mark),
        realized=realized,
        open_profit=None if gross is None else gross - realized,
        fees=fees,
        profit=None if gross is None else gross - fees,
        maker_share=float(values.maker / values.total) if values.total else None,
        trips=len(trips),
        win_rate=float((trips["net"] > 0).mean()) if len(trips) else None,
    )


def _mark(result: BacktestResult, index: int) -> int | None:
    prices = result.prices.get(index)
    return int(prices["price"][-1]) if prices is not None and len(prices) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value
