"""When a market is open, as far as a result has to know to be read.

Regular hours of the common calendars are enough to say which day a sample belongs to
and whether a fill happened at an odd hour; they need no optional package. Holidays come
from `core.sessions` where exchange-calendars is installed; without it every weekday
counts as a session.

Units: timestamps in UTC nanoseconds; dates in days since 1970-01-01, local ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from ai_trading.core.errors import ArgumentError, MissingExtraError
from ai_trading.core.sessions import sessions_between as sessions_of_exchange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument

__all__ = [
    "HOUR",
    "Hours",
    "hours_of",
    "local_time",
    "market_dates",
    "market_zone",
    "outside_hours",
    "sessions_between",
    "trading_days_per_year",
]

HOUR = 3_600_000_000_000
_ALWAYS_OPEN = "24/7"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Regular trading hours in the market's own zone."""

    zone: str
    opens: time
    closes: time


_NEW_YORK = Hours("America/New_York", time(9, 30), time(16))
_HOURS = {
    **dict.fromkeys(("XNYS", "XNAS", "XASE", "ARCX", "BATS"), _NEW_YORK),
    "XTSE": Hours("America/Toronto", time(9, 30), time(16)),
    "XLON": Hours("Europe/London", time(8), time(16, 30)),
    "XETR": Hours("Europe/Berlin", time(9), time(17, 30)),
    "XPAR": Hours("Europe/Paris", time(9), time(17, 30)),
    "XTKS": Hours("Asia/Tokyo", time(9), time(15, 30)),
    "XHKG": Hours("Asia/Hong_Kong", time(9, 30), time(16)),
}


def hours_of(instrument: Instrument) -> Hours | None:
    """Return the regular hours of an instrument's market; None if not known."""
    return _HOURS.get(instrument.calendar)


def trading_days_per_year(instruments: Iterable[Instrument]) -> int:
    """Return 365 where every market is always open, 252 otherwise."""
    calendars = {instrument.calendar for instrument in instruments}
    return 365 if calendars == {_ALWAYS_OPEN} else 252


def market_zone(instruments: Iterable[Instrument]) -> str:
    """Return the time zone all the markets share, "UTC" where they share none."""
    zones = {hours.zone if (hours := hours_of(i)) else "UTC" for i in instruments}
    return zones.pop() if len(zones) == 1 else "UTC"


def market_dates(
    timestamps: NDArray[np.int64], instruments: Iterable[Instrument]
) -> NDArray[np.int64]:
    """Return the trading date of each instant, in days since 1970-01-01.

    Instants a day or more apart are taken at their UTC date, as daily bars mean it.
    Others at the date in the market's zone; where markets close for the weekend a
    Saturday belongs to the Friday before and a Sunday to the Monday after.
    """
    known = list(instruments)
    if len(timestamps) > 1 and np.median(np.diff(timestamps)) >= 20 * HOUR:
        utc: NDArray[np.int64] = timestamps // (24 * HOUR)
        return utc
    local = local_time(timestamps, market_zone(known))
    days: NDArray[np.int64] = local // (24 * HOUR)
    if trading_days_per_year(known) == 365:
        return days
    weekday = (days + 3) % 7
    folded: NDArray[np.int64] = days - (weekday == 5) + (weekday == 6)
    return folded


def local_time(timestamps: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Return wall-clock nanoseconds since 1970 in a zone.

    Looks the offset up once per distinct quarter of an hour, the finest step in which
    zones in use since 1970 have changed.
    """
    quarter = 15 * 60
    slots, where = np.unique(timestamps // (quarter * 10**9), return_inverse=True)
    info = ZoneInfo(zone)
    offsets = [_offset(int(slot) * quarter, info) for slot in slots]
    shifted: NDArray[np.int64] = timestamps + np.array(offsets, np.int64)[where]
    return shifted


def _offset(seconds: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta(0)).total_seconds()) * 10**9


def outside_hours(timestamps: NDArray[np.int64], hours: Hours) -> NDArray[np.bool_]:
    """Say which instants lie outside regular hours, the closing minute included."""
    local = local_time(timestamps, hours.zone)
    weekend = (local // (24 * HOUR) + 3) % 7 >= 5
    of_day = local % (24 * HOUR)
    opens, closes = _of_day(hours.opens), _of_day(hours.closes) + HOUR // 60
    outside: NDArray[np.bool_] = weekend | (of_day < opens) | (of_day > closes)
    return outside


def _of_day(at: time) -> int:
    return (at.hour * 60 + at.minute) * 60 * 10**9


def sessions_between(
    calendar: str, first: int, last: int, *, holidays: bool = True
) -> list[int]:
    """Return the dates on which a market should have traded, both ends included.

    Holidays are known only where exchange-calendars is installed and knows the
    calendar; otherwise, and without `holidays`, every weekday is returned.
    """
    if calendar == _ALWAYS_OPEN:
        return list(range(first, last + 1))
    known = _exchange_sessions(calendar, first, last) if holidays else None
    if known is not None:
        return known
    return [day for day in range(first, last + 1) if (day + 3) % 7 < 5]


def _exchange_sessions(calendar: str, first: int, last: int) -> list[int] | None:
    start, end = (_EPOCH + timedelta(days=day) for day in (first, last))
    try:
        sessions = sessions_of_exchange(start, end, calendar)
    except (MissingExtraError, ArgumentError):
        return None
    return [(session.date - _EPOCH).days for session in sessions]
