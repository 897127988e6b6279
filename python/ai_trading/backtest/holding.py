"""What it cost to hold the positions of a run: stock borrow and perpetual funding.

Computed from a finished run, night by night and funding by funding; the run's own cash
does not contain it.

Units: amounts in the run's currency, positive is paid; rates as fractions; times in UTC
nanoseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal, TypeAlias

import numpy as np

from ai_trading.backtest.result import BacktestResult
from ai_trading.backtest.sessions import market_dates
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, decimal, instance, mapping, whole

__all__ = ["HoldingCost", "holding_costs"]

Rates: TypeAlias = Mapping[str, Number]
Fundings: TypeAlias = Mapping[str, Sequence[tuple[int, Number]]]
_NANO = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class HoldingCost:
    """One charge for holding a position.

    Attributes
    ----------
    timestamp : int
        When it fell due.
    symbol : str
    kind : {"borrow", "funding"}
    quantity : Decimal
        Held then, signed.
    price : Decimal
        Last known then.
    amount : Decimal
        Paid; negative where it was received. To 1e-9, half to even.
    """

    timestamp: int
    symbol: str
    kind: Literal["borrow", "funding"]
    quantity: Decimal
    price: Decimal
    amount: Decimal


def holding_costs(
    result: BacktestResult,
    *,
    borrow: Rates | None = None,
    funding: Fundings | None = None,
    days_of_year: int = 360,
) -> list[HoldingCost]:
    """Return what holding a run's positions cost, in the order of time.

    Parameters
    ----------
    result : BacktestResult
        A finished run.
    borrow : mapping of symbol to number, optional
        Annual rate that borrowed shares cost: 0.03 is 3 %. Charged on short positions
        held over the end of a trading date, for every calendar day to the next one
        with data, on the value at the last price.
    funding : mapping of symbol to sequence of (time, rate), optional
        Rates of perpetual futures at the times they were exchanged: a long position
        pays a positive one and a short one receives it.
    days_of_year : int, default 360
        Day count of `borrow`.

    Returns
    -------
    list of HoldingCost
        Positions of nothing, and times before the first price, cost nothing.

    Raises
    ------
    ArgumentError
        If a symbol is not in the run or a rate is no finite number.

    Examples
    --------
    >>> costs = holding_costs(result, borrow={"GME": 0.25})  # doctest: +SKIP
    >>> sum(cost.amount for cost in costs)  # doctest: +SKIP
    """
    whole("days_of_year", days_of_year, 1)
    instance("result", result, BacktestResult, "Backtest(...).run()")
    borrow, funding = mapping("borrow", borrow), mapping("funding", funding)
    known = result.instruments.symbols
    for symbol in (*(borrow or {}), *(funding or {})):
        if symbol not in known:
            msg = f"the run has no symbol {symbol!r}; it has {', '.join(known)}"
            raise ArgumentError(msg)
    rows: list[HoldingCost] = []
    nights = _nights(result) if borrow else []
    for symbol, annual in (borrow or {}).items():
        held = _Held(result, symbol)
        rate = decimal(f"the borrow rate of {symbol}", annual) / days_of_year
        for at, days in nights:
            if held.quantity(at) < 0:
                rows += held.cost(at, "borrow", -rate * days)
    for symbol, rates in (funding or {}).items():
        held = _Held(result, symbol)
        for at, paid in rates:
            rate = decimal(f"the funding rate of {symbol}", paid)
            rows += held.cost(at, "funding", rate)
    return sorted(rows, key=lambda row: (row.timestamp, row.symbol, row.kind))


def _nights(result: BacktestResult) -> list[tuple[int, int]]:
    """The last sample of every trading date but the final one, and days to the next."""
    times = result.account["timestamp"]
    dates = market_dates(times, result.instruments)
    last = np.flatnonzero(np.diff(dates) > 0)
    return [(int(times[i]), int(dates[i + 1] - dates[i])) for i in last]


class _Held:
    """Position and price of one symbol over a run."""

    def __init__(self, result: BacktestResult, symbol: str) -> None:
        index = result.instruments.index(symbol)
        self.symbol, self.instrument = symbol, result.instruments[index]
        fills = result.fills[result.fills["instrument"] == index]
        signs = np.where(fills["side"] == 0, 1, -1)
        self.fill_times = fills["timestamp"].tolist()
        self.lots = np.cumsum(signs * fills["quantity"]).tolist()
        prices = result.prices.get(index)
        self.times = [] if prices is None else prices["timestamp"].tolist()
        self.ticks = [] if prices is None else prices["price"].tolist()

    def quantity(self, at: int) -> Decimal:
        place = bisect_right(self.fill_times, at)
        return self.instrument.to_quantity(self.lots[place - 1] if place else 0)

    def cost(
        self, at: int, kind: Literal["borrow", "funding"], rate: Decimal
    ) -> list[HoldingCost]:
        quantity, place = self.quantity(at), bisect_right(self.times, at)
        if not quantity or not place:
            return []
        price = self.instrument.to_price(self.ticks[place - 1])
        with localcontext(prec=60):
            value = quantity * price * self.instrument.multiplier
            amount = (value * rate).quantize(_NANO)
        return [HoldingCost(at, self.symbol, kind, quantity, price, amount)]
