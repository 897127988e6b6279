"""Which day of which market an instant belongs to, for whoever reads a result.

`core.calendars` knows the calendars. Here a run's instruments are asked for theirs; an
instrument whose calendar nobody knows is treated as a market in UTC without hours.

Units: timestamps in UTC nanoseconds; dates in days since 1970-01-01, local ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.calendars import Calendar, calendar
from ai_trading.core.errors import ArgumentError, MissingExtraError
from ai_trading.core.zones import from_utc, zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.core.instrument import Instrument

__all__ = [
    "DAY",
    "HOUR",
    "calendar_of",
    "changes",
    "dates_with_data",
    "has_hours",
    "in_hours",
    "is_daily",
    "local_time",
    "market_dates",
    "market_zone",
    "missing_dates",
    "one_calendar",
    "shows_every_day",
    "trading_days_per_year",
]

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_ALWAYS_OPEN = "24/7"
_ALL_KEPT = 2_500
"""Points of a series for a chart that no thinning has touched."""


def calendar_of(instrument: Instrument) -> Calendar | None:
    """Return an instrument's calendar; None if nobody knows it."""
    try:
        return calendar(instrument.calendar)
    except (ArgumentError, MissingExtraError):
        return None


def one_calendar(instruments: Iterable[Instrument]) -> Calendar | None:
    """Return the calendar that all instruments keep to, None where they differ."""
    known = {instrument.calendar: instrument for instrument in instruments}
    calendars = [calendar_of(instrument) for instrument in known.values()]
    first = calendars[0] if calendars else None
    if first is None or any(
        other is None
        or (other.zone, other.open_at, other.close_at)
        != (first.zone, first.open_at, first.close_at)
        for other in calendars
    ):
        return None
    return first


def market_zone(instruments: Iterable[Instrument]) -> str:
    """Return the time zone all the markets share, "UTC" where they share none."""
    shared = one_calendar(instruments)
    return "UTC" if shared is None else str(shared.zone)


def has_hours(book: Calendar) -> bool:
    """Return whether a market closes at night, its sessions within one local day."""
    return 0 <= book.open_at < book.close_at < DAY


def trading_days_per_year(instruments: Iterable[Instrument]) -> int:
    """Return 365 where every market is always open, 252 otherwise."""
    calendars = {instrument.calendar for instrument in instruments}
    return 365 if calendars == {_ALWAYS_OPEN} else 252


def market_dates(
    timestamps: NDArray[np.int64], instruments: Iterable[Instrument]
) -> NDArray[np.int64]:
    """Return the trading date of each instant, in days since 1970-01-01.

    Instants a day or more apart are taken at their UTC date, as daily bars mean it.
    Others at the date in the market's zone; where markets close for the weekend a
    Saturday belongs to the Friday before and a Sunday to the Monday after.
    """
    known = list(instruments)
    if is_daily(timestamps):
        utc: NDArray[np.int64] = timestamps // DAY
        return utc
    shared = one_calendar(known)
    if shared is not None and has_hours(shared):
        days = shared.days_of(timestamps).astype("datetime64[D]").astype(np.int64)
    else:
        days = timestamps // DAY
    if trading_days_per_year(known) == 365:
        return days
    weekday = (days + 3) % 7
    folded: NDArray[np.int64] = days - (weekday == 5) + (weekday == 6)
    return folded


def is_daily(timestamps: NDArray[np.int64]) -> bool:
    """Return whether instants are about a day or more apart, as daily bars are."""
    return len(timestamps) > 1 and float(np.median(np.diff(timestamps))) >= 20 * HOUR


def changes(prices: NDArray[np.void]) -> NDArray[np.int64]:
    """Return when the price of a chart series changed, its first instant included.

    The account is sampled at night too; a price that stands still there is no data.
    """
    price, time = prices["price"], prices["timestamp"]
    moved = np.append(True, price[1:] != price[:-1])
    found: NDArray[np.int64] = time[moved[: len(time)]]
    return found


def shows_every_day(dates: NDArray[np.int64]) -> bool:
    """Return whether a series with these dates has one for each day that had data.

    Series for charts are thinned, which may leave whole days out of a long run of daily
    bars; weekly and monthly bars have days without data by nature.
    """
    seen = np.unique(dates)
    if len(dates) >= 4 * len(seen):
        return True
    spacing = np.median(np.diff(seen)) if len(seen) > 1 else 0
    return len(dates) <= _ALL_KEPT and bool(spacing <= 1)


def dates_with_data(result: BacktestResult) -> NDArray[np.int64]:
    """Return the trading dates on which a price moved; empty if that is not known."""
    found = [
        market_dates(changes(prices), [result.instruments[index]])
        for index, prices in result.prices.items()
        if len(prices)
    ]
    if not found or not all(shows_every_day(dates) for dates in found):
        return np.empty(0, np.int64)
    return np.unique(np.concatenate(found))


def local_time(timestamps: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """Return what the clock in a zone shows, in nanoseconds since 1970."""
    return from_utc(timestamps, zone(name))


def in_hours(timestamps: NDArray[np.int64], book: Calendar) -> NDArray[np.bool_]:
    """Return which instants lie in a regular session, the minute after it included.

    The closing auction prints in that minute.
    """
    inside: NDArray[np.bool_] = book.inside(timestamps, extended=False)
    inside |= book.inside(timestamps - MINUTE, extended=False)
    return inside


def missing_dates(dates: NDArray[np.int64], book: Calendar) -> list[int]:
    """Return the sessions between the first and the last date that are not there."""
    days = np.unique(dates).astype("datetime64[D]")
    return [int(day) for day in book.missing(days).astype(np.int64)]
