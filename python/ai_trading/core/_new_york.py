"""New York's trading days since 1998, by rule.

Built in, so that results do not depend on which extras are installed.

Units: days are ``datetime64[D]``; opens and closes are UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from ai_trading.core._schedules import Days, Sessions, joined
from ai_trading.core.zones import DAY, HOUR, MINUTE, Ints, to_utc, zone

MARKETS = frozenset(
    {"XNYS", "XNAS", "NYSE", "NASDAQ", "ARCX", "BATS", "XASE", "XBOS", "EDGX", "IEXG"}
)
FIRST_DAY = np.datetime64("1998-01-01", "D")
ZONE = "America/New_York"
OPEN = 9 * HOUR + 30 * MINUTE  # after midnight on the wall, as the next two
CLOSE = 16 * HOUR
_EARLY_CLOSE = 13 * HOUR

# Sources: exchange notices. The rules below cover every scheduled holiday since 1998.
_CLOSED = (
    date(2001, 9, 11), date(2001, 9, 12), date(2001, 9, 13), date(2001, 9, 14),
    date(2004, 6, 11), date(2007, 1, 2), date(2012, 10, 29), date(2012, 10, 30),
    date(2018, 12, 5), date(2025, 1, 9),
)  # fmt: skip


def new_york_sessions(first: np.datetime64, last: np.datetime64) -> Sessions:
    """Return the sessions of two days and between; `first` not before `FIRST_DAY`."""
    years = range(first.astype(object).year, last.astype(object).year + 1)
    return joined(_year(year) for year in years).between(first, last)


@lru_cache(maxsize=128)
def _year(year: int) -> Sessions:
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")
    off = _holidays(year) | set(_CLOSED)
    days = days[np.is_busday(days, holidays=_array(off))]
    early = np.isin(days, _array(_short_days(year)))
    closes = np.where(early, _at(days, _EARLY_CLOSE), _at(days, CLOSE))
    return Sessions(days, _at(days, OPEN), closes, early)


def _at(days: Days, after_midnight: int) -> Ints:
    return to_utc(days.astype(np.int64) * DAY + after_midnight, zone(ZONE))[0]


def _array(days: Iterable[date]) -> Days:
    return np.array(sorted(days), dtype="datetime64[D]")


def _holidays(year: int) -> set[date]:
    days = {
        _nth(year, 1, 0, 3),  # Martin Luther King
        _nth(year, 2, 0, 3),  # Presidents
        _easter(year) - timedelta(2),  # Good Friday
        _nth(year, 6, 0, 1) - timedelta(7),  # Memorial: last Monday of May
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),  # Labor
        _nth(year, 11, 3, 4),  # Thanksgiving
        _observed(date(year, 12, 25)),
    }
    new_year = date(year, 1, 1)
    if new_year.weekday() != 5:  # on a Saturday it is not made up for
        days.add(_observed(new_year))
    if year >= 2022:
        days.add(_observed(date(year, 6, 19)))
    return days


def _short_days(year: int) -> set[date]:
    """Sessions that end at 13:00."""
    days = {_nth(year, 11, 3, 4) + timedelta(1)}
    eve = date(year, 12, 24)
    if eve.weekday() < 4:
        days.add(eve)
    third = date(year, 7, 3)
    if third.weekday() in {0, 1, 3} or (third.weekday() == 2 and year >= 2013):
        days.add(third)
    if third.weekday() == 2 and year < 2013:
        days.add(date(year, 7, 5))
    return days | {d for d in _IRREGULAR_SHORT if d.year == year}


_IRREGULAR_SHORT = (date(1999, 12, 31), date(2003, 12, 26))


def _nth(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1))


def _observed(day: date) -> date:
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def _easter(year: int) -> date:
    """Return Easter Sunday by the anonymous Gregorian computus (Meeus, 1991)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = (a + 11 * d + 22 * e) // 451
    month, day = divmod(d + e - 7 * f + 114, 31)
    return date(year, month, day + 1)
