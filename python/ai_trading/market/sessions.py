"""Trading sessions: which days an exchange opens, when, and what is missing.

New York's calendar from 1998 on is built in, so that results do not depend on which
extras are installed; other exchanges and older years come from `exchange_calendars`.

Units: days are ``datetime64[D]`` named as the exchange names its sessions; opens and
closes are UTC nanoseconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import require
from ai_trading.market.times import DAY, HOUR, MINUTE, Ints, from_utc, to_utc, zone

__all__ = ["Calendar", "Sessions", "calendar"]

Days = NDArray[np.datetime64]

NEW_YORK = frozenset(
    {"XNYS", "XNAS", "NYSE", "NASDAQ", "ARCX", "BATS", "XASE", "XBOS", "EDGX", "IEXG"}
)
_RULES_FROM = np.datetime64("1998-01-01", "D")

# Sources: exchange notices. The rules below cover every scheduled holiday since 1998.
_CLOSED = (
    date(2001, 9, 11), date(2001, 9, 12), date(2001, 9, 13), date(2001, 9, 14),
    date(2004, 6, 11), date(2007, 1, 2), date(2012, 10, 29), date(2012, 10, 30),
    date(2018, 12, 5), date(2025, 1, 9),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sessions:
    """A run of sessions.

    Parameters
    ----------
    days : ndarray of datetime64[D]
        Sorted.
    opens, closes : ndarray of int64
        UTC nanoseconds of the regular session.
    """

    days: Days
    opens: Ints
    closes: Ints

    def holding(self, moment: Ints) -> Ints:
        """Return the index of the session whose open is the last at or before."""
        return np.searchsorted(self.opens, moment, side="right").astype(np.int64) - 1


@dataclass(frozen=True)
class Calendar:
    """When an exchange trades.

    Parameters
    ----------
    name : str
        ISO 10383 code such as ``"XNYS"``, or ``"24/7"`` and ``"24/5"``.
    zone : ZoneInfo
        Where its clock hangs.
    open_at, close_at : int
        Nanoseconds after midnight, `zone`'s clock, of an ordinary session.
    early, late : int or None
        Pre-market open and post-market close, nanoseconds after midnight; None where
        extended hours are not known.
    """

    name: str
    zone: ZoneInfo
    open_at: int
    close_at: int
    early: int | None = None
    late: int | None = None
    holidays_known: Callable[[Days], bool] = lambda _: True

    def sessions(self, first: np.datetime64, last: np.datetime64) -> Sessions:
        """Return the sessions from day `first` to day `last`, both included."""
        return _sessions(self, first.astype("datetime64[D]"), last)

    def bounds(self, days: Days) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """Return open and close for days, and which of them are sessions.

        A day that is no session gets the hours of an ordinary one.
        """
        if not days.size:
            empty = np.zeros(0, np.int64)
            return empty, empty, np.zeros(0, np.bool_)
        known = self.sessions(days.min(), days.max())
        opens = self._at(days, self.open_at)
        closes = self._at(days, self.close_at)
        place = np.searchsorted(known.days, days)
        inside = np.minimum(place, max(known.days.size - 1, 0))
        is_session = np.zeros(days.size, np.bool_)
        if known.days.size:
            is_session = known.days[inside] == days
            opens = np.where(is_session, known.opens[inside], opens)
            closes = np.where(is_session, known.closes[inside], closes)
        return opens, closes, is_session

    def days_of(self, moment: Ints) -> Days:
        """Return the session each UTC time belongs to, or else its local day."""
        days = (from_utc(moment, self.zone) // DAY).astype("datetime64[D]")
        if self.open_at < 0 and days.size:
            known = self.sessions(days.min() - 7, days.max() + 7)
            place = np.maximum(known.holding(moment), 0)
            inside = moment < known.closes[place]
            days = np.where(inside, known.days[place], days)
        return days

    def inside(self, start: Ints, *, extended: bool) -> NDArray[np.bool_]:
        """Return which bars, by their opening time, lie in a session.

        Raises
        ------
        ArgumentError
            If extended hours are asked for and this exchange has none here.
        """
        if not start.size:
            return np.zeros(0, np.bool_)
        if extended and (self.early is None or self.late is None):
            msg = (
                f"session='extended' is not known for the calendar {self.name!r}; "
                f"allowed is 'regular' or None"
            )
            raise ArgumentError(msg)
        days = (from_utc(start, self.zone) // DAY).astype("datetime64[D]")
        known = self.sessions(days.min() - 7, days.max() + 7)
        opens, closes = known.opens, known.closes
        if extended and self.early is not None and self.late is not None:
            # The post-market of a short day is as long as that of any other.
            after = self.late - self.close_at
            opens = self._at(known.days, self.early)
            closes = closes + after
        if not opens.size:
            return np.zeros(start.size, np.bool_)
        place = np.searchsorted(opens, start, side="right") - 1
        return (place >= 0) & (start < closes[np.maximum(place, 0)])

    def missing(self, present: Days) -> Days:
        """Return the sessions between the first and last day that are not present."""
        if not present.size:
            return present
        known = self.sessions(present.min(), present.max())
        return known.days[~np.isin(known.days, present)]

    def knows_holidays(self, present: Days) -> bool:
        """Return whether every session of the years of these days is known."""
        return not present.size or self.holidays_known(present)

    def _at(self, days: Days, after_midnight: int) -> Ints:
        wall = days.astype("datetime64[D]").astype(np.int64) * DAY + after_midnight
        return to_utc(wall, self.zone)[0]


def calendar(name: str) -> Calendar:
    """Return the calendar of an exchange.

    Parameters
    ----------
    name : str
        ``"XNYS"``, ``"XNAS"`` and the other New York markets, ``"24/7"`` (crypto),
        ``"24/5"`` (currencies), or any code that `exchange_calendars` knows.

    Raises
    ------
    MissingExtraError
        If the calendar needs `exchange_calendars`, which is not installed.
    ArgumentError
        If nobody knows the name.

    Examples
    --------
    >>> day = np.datetime64("2026-07-15")
    >>> str(calendar("XNYS").sessions(day, day).opens.astype("datetime64[ns]")[0])
    '2026-07-15T13:30:00.000000000'
    """
    return _calendar(name)


@lru_cache(maxsize=64)
def _calendar(name: str) -> Calendar:
    if name in {"24/7", "24/5"}:
        return Calendar(name, zone("UTC"), 0, DAY)
    if name in NEW_YORK:
        return Calendar(
            name,
            zone("America/New_York"),
            9 * HOUR + 30 * MINUTE,
            16 * HOUR,
            4 * HOUR,
            20 * HOUR,
            lambda days: bool(days.min() >= _RULES_FROM) or _installed(),
        )
    found = _foreign_class(name)
    tz = zone(str(found.tz))
    open_at = found.open_times[-1][1]
    close_at = found.close_times[-1][1]
    return Calendar(
        name,
        tz,
        (open_at.hour * 60 + open_at.minute) * MINUTE + found.open_offset * DAY,
        (close_at.hour * 60 + close_at.minute) * MINUTE + found.close_offset * DAY,
    )


def _installed() -> bool:
    return find_spec("exchange_calendars") is not None


@contextmanager
def _quiet() -> Iterator[None]:
    # exchange_calendars 4.13 uses what pandas 3.1 deprecates.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        yield


@lru_cache(maxsize=64)
def _foreign_class(name: str) -> Any:
    library = require("exchange_calendars", "data")
    try:
        with _quiet():
            return library.get_calendar(name)
    except library.errors.InvalidCalendarName as error:
        msg = (
            f"calendar {name!r} is not known; pass an ISO 10383 code such as 'XNYS' "
            f"or 'XLON', '24/7' or '24/5'"
        )
        raise ArgumentError(msg) from error


def _sessions(cal: Calendar, first: np.datetime64, last: np.datetime64) -> Sessions:
    first, last = first.astype("datetime64[D]"), last.astype("datetime64[D]")
    if cal.name in {"24/7", "24/5"}:
        days = np.arange(first, last + 1)
        if cal.name == "24/5":
            days = days[np.is_busday(days)]
        starts = days.astype(np.int64) * DAY
        return Sessions(days, starts, starts + DAY)
    if cal.name not in NEW_YORK:
        return _foreign_sessions(cal.name, first, last)
    if first >= _RULES_FROM:
        return _new_york(first, last)
    before = min(last, _RULES_FROM - 1)
    if _installed():
        old = _foreign_sessions("XNYS", first, before)
    else:
        days = np.arange(first, before + 1)
        days = days[np.is_busday(days)]
        old = Sessions(days, cal._at(days, cal.open_at), cal._at(days, cal.close_at))
    if last < _RULES_FROM:
        return old
    new = _new_york(_RULES_FROM, last)
    return Sessions(
        np.concatenate((old.days, new.days)),
        np.concatenate((old.opens, new.opens)),
        np.concatenate((old.closes, new.closes)),
    )


def _library_schedule(name: str, first_year: int, last_year: int) -> Sessions:
    parts = [
        _library_decade(name, decade)
        for decade in range(first_year // 10, last_year // 10 + 1)
    ]
    return Sessions(
        np.concatenate([part.days for part in parts]),
        np.concatenate([part.opens for part in parts]),
        np.concatenate([part.closes for part in parts]),
    )


@lru_cache(maxsize=128)
def _library_decade(name: str, decade: int) -> Sessions:
    library = require("exchange_calendars", "data")
    start, end = f"{decade}0-01-01", f"{decade}9-12-31"
    kind = _foreign_class(name)
    if kind.bound_min() is not None:
        start = max(start, str(kind.bound_min().date()))
    if kind.bound_max() is not None:
        end = min(end, str(kind.bound_max().date()))
    if start >= end:
        none = np.zeros(0, np.int64)
        return Sessions(none.astype("datetime64[D]"), none, none)
    with _quiet():
        found = library.get_calendar(name, start=start, end=end)
    days = found.schedule.index.to_numpy().astype("datetime64[D]")
    return Sessions(days, found.opens_nanos.copy(), found.closes_nanos.copy())


def _foreign_sessions(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    years = first.astype(object).year, last.astype(object).year
    schedule = _library_schedule(name, *years)
    low = int(np.searchsorted(schedule.days, first))
    high = int(np.searchsorted(schedule.days, last, side="right"))
    pick = slice(low, high)
    return Sessions(schedule.days[pick], schedule.opens[pick], schedule.closes[pick])


def _new_york(first: np.datetime64, last: np.datetime64) -> Sessions:
    years = range(first.astype(object).year, last.astype(object).year + 1)
    parts = [_new_york_year(year) for year in years]
    days = np.concatenate([part.days for part in parts])
    low = int(np.searchsorted(days, first))
    high = int(np.searchsorted(days, last, side="right"))
    return Sessions(
        days[low:high],
        np.concatenate([part.opens for part in parts])[low:high],
        np.concatenate([part.closes for part in parts])[low:high],
    )


@lru_cache(maxsize=128)
def _new_york_year(year: int) -> Sessions:
    cal = _calendar("XNYS")
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")
    off = _holidays(year) | set(_CLOSED)
    days = days[np.is_busday(days, holidays=_array(off))]
    closes = cal._at(days, cal.close_at)
    short = np.isin(days, _array(_short_days(year)))
    closes = np.where(short, closes - 3 * HOUR, closes)
    return Sessions(days, cal._at(days, cal.open_at), closes)


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
