"""The session of a date, and what the clock of a place means as an instant.

Opening times are written as the clock in the exchange's zone shows them and become
instants only together with a date, because the zone's offset changes in the year.
`core.calendars` knows the exchanges and answers for whole arrays. Times are UTC
nanoseconds; dates are those of the exchange.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from ai_trading.core import calendars, zones
from ai_trading.core.clock import datetime_to_ns, ns_to_datetime
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.optional import require

__all__ = ["Session", "is_session", "local_time_ns", "session", "sessions_between"]

_AROUND = 31  # days searched for the neighbours of a day without a session


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
    place = zones.zone(zone)
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
        A name that `ai_trading.core.calendars.calendar` takes.

    Raises
    ------
    DataError
        If the exchange is closed that day; the message names the sessions around it.
    ArgumentError
        If there is no such calendar, or it does not reach that day.
    MissingExtraError
        If the calendar needs exchange-calendars, which is not installed.

    Examples
    --------
    >>> session(dt.date(2026, 7, 15)).open.isoformat()
    '2026-07-15T13:30:00+00:00'
    >>> session(dt.date(2026, 11, 27)).early_close
    True
    """
    found = _listed(calendar, day, day)
    if found:
        return found[0]
    asked = np.datetime64(day)
    known = calendars.calendar(calendar).sessions(asked - _AROUND, asked + _AROUND)
    after = int(np.searchsorted(known.days, asked))
    near = [str(one) for one in known.days[max(after - 1, 0) : after + 1]]
    msg = f"{day} is no session of {calendar}; the nearest are {' and '.join(near)}"
    raise DataError(msg)


def is_session(day: dt.date, calendar: str = "XNYS") -> bool:
    """Return whether the exchange trades on a date; raises as `session`."""
    return bool(_listed(calendar, day, day))


def sessions_between(
    first: dt.date, last: dt.date, calendar: str = "XNYS"
) -> list[Session]:
    """Return the sessions from `first` to `last`, both included, in order.

    Raises
    ------
    ArgumentError
        If `last` is before `first`, there is no such calendar, or it does not reach
        those days.
    """
    if _date(last) < _date(first):
        msg = f"last must not be before first; received {first} to {last}"
        raise ArgumentError(msg)
    return _listed(calendar, first, last)


def _listed(name: str, first: dt.date, last: dt.date) -> list[Session]:
    exchange = calendars.calendar(name)
    low, high = np.datetime64(_date(first)), np.datetime64(_date(last))
    if not exchange.knows_holidays(np.array([low])):
        require("exchange_calendars", "data")
    for day in (low, high):
        if not exchange.reaches(day):
            msg = f"the calendar {name} does not reach {day}"
            raise ArgumentError(msg)
    found = exchange.sessions(low, high)
    return [
        Session(day.item(), int(opens), int(closes), early_close=bool(early))
        for day, opens, closes, early in zip(
            found.days, found.opens, found.closes, found.early, strict=True
        )
    ]


def _date(day: dt.date) -> dt.date:
    if isinstance(day, dt.datetime) or not isinstance(day, dt.date):
        msg = (
            "a session belongs to a date of the exchange; received "
            f"{day!r}. Convert a time first: when.astimezone(zone).date()"
        )
        raise ArgumentError(msg)
    return day
