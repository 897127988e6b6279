"""A run's foreign amounts in the account's currency, for statistics and reports.

Fills are in the currency of their instrument. Here they are taken to the account's
currency at the rate of their moment, as the ledger does with flows. A run with one
currency passes through untouched.

Units: rates in 1e-9 of the account's currency for one unit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.backtest.result import BacktestResult

__all__ = ["currency_rates", "last_rate", "rates_at", "traded_value", "translated"]

_NANO = 10**9


def rates_at(
    result: BacktestResult, index: int, times: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rate of an instrument's currency at some times, in 1e-9."""
    return currency_rates(result, result.instruments[index].currency, times)


def currency_rates(
    result: BacktestResult, code: str, times: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rate of a currency at some times, in 1e-9."""
    rates = result.rates.get(code)
    if rates is None:
        return np.full(len(times), _NANO, np.int64)
    place = np.searchsorted(rates["timestamp"], times, side="right") - 1
    found: NDArray[np.int64] = rates["rate"][np.maximum(place, 0)]
    return found


def last_rate(result: BacktestResult, index: int) -> Decimal:
    """Return the rate of an instrument's currency at the end of the run."""
    end = np.array([result.end_ns], np.int64)
    return Decimal(int(rates_at(result, index, end)[0])) / _NANO


def translated(result: BacktestResult) -> NDArray[np.void]:
    """Return a run's fills with fees and profits in the account's currency.

    Each is rounded to its own unit (1e-9 and 1e-6), half to even; prices stay.
    """
    if not result.rates:
        return result.fills
    fills = result.fills.copy()
    for index in np.unique(fills["instrument"]).tolist():
        rows = np.flatnonzero(fills["instrument"] == index)
        rates = rates_at(result, index, fills["timestamp"][rows])
        if (rates == _NANO).all():
            continue
        for name in ("fee", "realized"):
            amounts = zip(fills[name][rows].tolist(), rates.tolist(), strict=True)
            fills[name][rows] = [_rounded(amount * rate) for amount, rate in amounts]
    return fills


def traded_value(
    result: BacktestResult, fills: NDArray[np.void], index: int
) -> Decimal:
    """Return the value of an instrument's fills, in the account's currency.

    Parameters
    ----------
    fills : ndarray
        Some of the run's fills of the instrument.
    """
    from ai_trading.backtest.statistics import exact_sum

    instrument = result.instruments[index]
    unit = instrument.tick_size * instrument.lot_size * instrument.multiplier
    products = fills["price"] * fills["quantity"]
    if instrument.currency not in result.rates:
        return exact_sum(products) * unit
    rates: Any = rates_at(result, index, fills["timestamp"]).tolist()
    total = sum(a * b for a, b in zip(products.tolist(), rates, strict=True))
    return Decimal(total) / _NANO * unit


def _rounded(amount: int) -> int:
    whole, rest = divmod(amount, _NANO)
    twice = 2 * rest
    return whole + (twice > _NANO or (twice == _NANO and whole % 2 == 1))
