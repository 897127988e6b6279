"""When an exchange trades: its wall clock resolved per date into UTC.

Opening times are written as the clock in the exchange's zone shows them and become
instants only together with a date, because the zone's offset changes in the year.
Holidays and early closes come from exchange-calendars (the extra ``data``). Times are
UTC nanoseconds; dates are those of the exchange.
"""

from __future__ import annotations

import datetime as dt
import warnings
import zoneinfo
from dataclasses import dataclass
from functools import lru_cache

from ai_trading.core.clock import datetime_to_ns, ns_to_datetime
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.optional import require

__all__ = ["Session", "is_session", "local_time_ns", "session", "sessions_between"]

# A calendar is built for the years it is asked about and not for those around today, so
# that its answers do not change with the date. Building costs 0.4 s for any number of
# years; some calendars end in 2049 and would refuse a longer span.
_YEARS = 20


@dataclass(frozen=True, slots=True)
class Session:
    """One regular trading session.

    Attributes
    ----------
    date : datetime.date
        The exchange's date of the session.
    open_ns, close_ns : int
        When it opens and closes, in UTC nanoseconds.
    early_close : bool
        True where it closes before the calendar's usual time.
    """

    date: dt.date
    open_ns: int
    close_ns: int
    early_close: bool

    @property
    def open(self) -> dt.datetime:
        """The opening in UTC."""
        return ns_to_datetime(self.open_ns)

    @property
    def close(self) -> dt.datetime:
        """The close in UTC."""
        return ns_to_datetime(self.close_ns)


def local_time_ns(day: dt.date, time: dt.time, zone: str = "America/New_York") -> int:
    """Return the instant at which a wall clock shows `time` on `day`.

    Raises
    ------
    ArgumentError
        If the zone is unknown, or the clock skips that time on that day.

    Examples
    --------
    >>> from ai_trading.core.clock import ns_to_iso
    >>> ns_to_iso(local_time_ns(dt.date(2026, 1, 15), dt.time(9, 30)))
    '2026-01-15T14:30:00.000000000Z'
    >>> ns_to_iso(local_time_ns(dt.date(2026, 7, 15), dt.time(9, 30)))
    '2026-07-15T13:30:00.000000000Z'
    """
    try:
        place = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"zone must be an IANA name such as America/New_York; received {zone!r}"
        raise ArgumentError(msg) from None
    local = dt.datetime.combine(day, time, place)
    instant = datetime_to_ns(local)
    if ns_to_datetime(instant).astimezone(place).time() != time:
        msg = f"the clock in {zone} never shows {time} on {day}: it is set forward"
        raise ArgumentError(msg)
    return instant


def session(day: dt.date, calendar: str = "XNYS") -> Session:
    """Return the session of a date.

    Parameters
    ----------
    day : datetime.date
        The exchange's date.
    calendar : str, default "XNYS"
        A name of exchange-calendars; an ISO 10383 market code for most exchanges.

    Raises
    ------
    DataError
        If the exchange is closed that day; the message names the sessions around it.
    ArgumentError
        If there is no such calendar.
    MissingExtraError
        If exchange-calendars is not installed.

    Examples
    --------
    >>> session(dt.date(2026, 7, 15)).open.isoformat()
    '2026-07-15T13:30:00+00:00'
    >>> session(dt.date(2026, 11, 27)).early_close
    True
    """
    found = _sessions(calendar, _date(day).year // _YEARS)
    if day in found:
        return found[day]
    before = max((other for other in found if other < day), default=None)
    after = min((other for other in found if other > day), default=None)
    msg = f"{day} is no session of {calendar}; the nearest are {before} and {after}"
    raise DataError(msg)


def is_session(day: dt.date, calendar: str = "XNYS") -> bool:
    """Return whether the exchange trades on a date; raises as `session`."""
    return day in _sessions(calendar, _date(day).year // _YEARS)


def sessions_between(
    first: dt.date, last: dt.date, calendar: str = "XNYS"
) -> list[Session]:
    """Return the sessions from `first` to `last`, both included, in order.

    Raises
    ------
    ArgumentError
        If `last` is before `first`, or there is no such calendar.
    """
    first, last = _date(first), _date(last)
    if last < first:
        msg = f"last must not be before first; received {first} to {last}"
        raise ArgumentError(msg)
    return [
        one
        for span in range(first.year // _YEARS, last.year // _YEARS + 1)
        for one in _sessions(calendar, span).values()
        if first <= one.date <= last and one.date.year // _YEARS == span
    ]


@lru_cache(maxsize=32)
def _sessions(name: str, span: int) -> dict[dt.date, Session]:
    calendars = require("exchange_calendars", "data")
    # A fortnight on both sides lets a holiday at the edge name its neighbours.
    first, last = span * _YEARS, span * _YEARS + _YEARS - 1
    start, end = f"{first - 1}-12-18", f"{last + 1}-01-14"
    try:
        with warnings.catch_warnings():
            # exchange-calendars 4.13 uses what pandas 3.1 deprecates; not ours to fix.
            warnings.simplefilter("ignore", DeprecationWarning)
            book = calendars.get_calendar(name, start=start, end=end)
    except calendars.errors.InvalidCalendarName:
        msg = (
            f"there is no calendar {name!r}; use a market code such as XNYS, XLON or "
            "CMES (all of them: exchange_calendars.get_calendar_names())"
        )
        raise ArgumentError(msg) from None
    except ValueError as error:
        msg = f"calendar {name} does not reach {start} to {end}: {error}"
        raise ArgumentError(msg) from None
    early = {stamp.date() for stamp in book.early_closes}
    times = zip(book.sessions, book.opens_nanos, book.closes_nanos, strict=True)
    return {
        day: Session(day, int(opens), int(closes), early_close=day in early)
        for day, opens, closes in ((stamp.date(), a, b) for stamp, a, b in times)
    }


def _date(day: dt.date) -> dt.date:
    if isinstance(day, dt.datetime) or not isinstance(day, dt.date):
        msg = (
            "a session belongs to a date of the exchange; received "
            f"{day!r}. Convert a time first: when.astimezone(zone).date()"
        )
        raise ArgumentError(msg)
    return day
