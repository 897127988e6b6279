"""When an exchange trades: which days, from when to when, and what is missing.

New York's calendar from 1998 on is built in; other exchanges and older years come from
exchange-calendars (the extra ``data``).

Units: days are ``datetime64[D]`` named as the exchange names its sessions; opens and
closes are UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ai_trading.core import _new_york
from ai_trading.core._new_york import MARKETS as NEW_YORK
from ai_trading.core._schedules import (
    Days,
    Sessions,
    joined,
    library_calendar,
    library_reaches,
    library_sessions,
)
from ai_trading.core.errors import ArgumentError
from ai_trading.core.zones import DAY, HOUR, MINUTE, Ints, from_utc, to_utc, zone

__all__ = ["NEW_YORK", "Calendar", "Sessions", "calendar"]

_ROUND_THE_CLOCK = frozenset({"24/7", "24/5"})


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
        first, last = first.astype("datetime64[D]"), last.astype("datetime64[D]")
        return _sessions(self, first, last)

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

    def reaches(self, day: np.datetime64) -> bool:
        """Return whether this calendar covers a day at all."""
        if self.name in _ROUND_THE_CLOCK or self.name in NEW_YORK:
            return True
        return library_reaches(self.name, day)

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
    if name in _ROUND_THE_CLOCK:
        return Calendar(name, zone("UTC"), 0, DAY)
    if name in NEW_YORK:
        return Calendar(
            name,
            zone(_new_york.ZONE),
            _new_york.OPEN,
            _new_york.CLOSE,
            4 * HOUR,
            20 * HOUR,
            lambda days: bool(days.min() >= _new_york.FIRST_DAY) or _installed(),
        )
    found = library_calendar(name)
    open_at = found.open_times[-1][1]
    close_at = found.close_times[-1][1]
    return Calendar(
        name,
        zone(str(found.tz)),
        (open_at.hour * 60 + open_at.minute) * MINUTE + found.open_offset * DAY,
        (close_at.hour * 60 + close_at.minute) * MINUTE + found.close_offset * DAY,
    )


def _installed() -> bool:
    return find_spec("exchange_calendars") is not None


def _sessions(cal: Calendar, first: np.datetime64, last: np.datetime64) -> Sessions:
    if cal.name in _ROUND_THE_CLOCK:
        days = np.arange(first, last + 1)
        if cal.name == "24/5":
            days = days[np.is_busday(days)]
        starts = days.astype(np.int64) * DAY
        return Sessions(days, starts, starts + DAY, np.zeros(days.size, np.bool_))
    if cal.name not in NEW_YORK:
        return library_sessions(cal.name, first, last)
    by_rule = _new_york.FIRST_DAY
    parts = []
    if first < by_rule:
        parts.append(_old_new_york(cal, first, min(last, by_rule - 1)))
    if last >= by_rule:
        parts.append(_new_york.new_york_sessions(max(first, by_rule), last))
    return joined(parts)


def _old_new_york(cal: Calendar, first: np.datetime64, last: np.datetime64) -> Sessions:
    if _installed():
        return library_sessions("XNYS", first, last)
    days = np.arange(first, last + 1)
    days = days[np.is_busday(days)]
    opens, closes = cal._at(days, cal.open_at), cal._at(days, cal.close_at)
    return Sessions(days, opens, closes, np.zeros(days.size, np.bool_))
