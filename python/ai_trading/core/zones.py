"""A zone's wall clock against UTC, for whole arrays of times.

A zone's offset changes in the year, so that a time on the wall becomes an instant only
together with a date.

Units: nanoseconds since 1970-01-01 of the wall clock or of UTC.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import text

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "Ints",
    "from_utc",
    "to_utc",
    "zone",
]

Ints = NDArray[np.int64]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises
    ------
    ArgumentError
        If there is no zone of that name.
    """
    try:
        return ZoneInfo(text("timezone", name, "America/New_York"))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = (
            f"timezone must be an IANA name such as 'America/New_York' or 'UTC'; "
            f"received {name!r}"
        )
        raise ArgumentError(msg) from error


def to_utc(wall: Ints, tz: ZoneInfo) -> tuple[Ints, NDArray[np.bool_]]:
    """Return UTC nanoseconds of wall-clock nanoseconds, and which were ambiguous.

    An hour that exists twice is taken as its first pass, one that does not exist as if
    the clock had not been put forward; both are marked.
    """
    if tz.key in {"UTC", "Etc/UTC"}:
        return wall.copy(), np.zeros(wall.size, np.bool_)
    if not wall.size:
        return wall.copy(), np.zeros(0, np.bool_)
    day = wall // DAY
    table, origin = _offsets(tz.key, int(day.min()), int(day.max()), local=True)
    first, after = table[day - origin], table[day + 1 - origin]
    utc = wall - first
    doubtful = np.zeros(wall.size, np.bool_)
    for row in np.flatnonzero(first != after):
        moment = _naive(int(wall[row]))
        early = moment.replace(tzinfo=tz)
        late = moment.replace(tzinfo=tz, fold=1)
        doubtful[row] = early.utcoffset() != late.utcoffset()
        utc[row] = wall[row] - _nanos(early.utcoffset())
    return utc, doubtful


def from_utc(utc: Ints, tz: ZoneInfo) -> Ints:
    """Return wall-clock nanoseconds of UTC nanoseconds."""
    if tz.key in {"UTC", "Etc/UTC"}:
        return utc.copy()
    if not utc.size:
        return utc.copy()
    day = utc // DAY
    table, origin = _offsets(tz.key, int(day.min()), int(day.max()), local=False)
    first, after = table[day - origin], table[day + 1 - origin]
    offset = first.copy()
    for row in np.flatnonzero(first != after):
        offset[row] = _utc_offset(int(utc[row]), tz)
    return utc + offset


def _naive(wall: int) -> dt.datetime:
    # Not a UTC time: the arithmetic only needs a clock without steps.
    epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001
    return epoch + dt.timedelta(microseconds=wall // 1000)


def _nanos(delta: dt.timedelta | None) -> int:
    return 0 if delta is None else round(delta.total_seconds()) * SECOND


def _offset(wall: int, tz: ZoneInfo) -> int:
    return _nanos(_naive(wall).replace(tzinfo=tz).utcoffset())


def _utc_offset(utc: int, tz: ZoneInfo) -> int:
    return _nanos(_naive(utc).replace(tzinfo=dt.UTC).astimezone(tz).utcoffset())


def _offsets(key: str, first: int, last: int, *, local: bool) -> tuple[Ints, int]:
    """Offsets at each midnight from day `first` to the day after `last` and beyond."""
    years = [
        int(np.datetime64(day, "D").astype("datetime64[Y]").astype(np.int64))
        for day in (first, last + 1)
    ]
    parts = [_year(key, year, local) for year in range(years[0], years[1] + 1)]
    origin = np.datetime64(years[0], "Y").astype("datetime64[D]").astype(np.int64)
    return np.concatenate(parts), int(origin)


@lru_cache(maxsize=1024)
def _year(key: str, year: int, local: bool) -> Ints:  # noqa: FBT001
    low = np.datetime64(year, "Y").astype("datetime64[D]").astype(np.int64)
    high = np.datetime64(year + 1, "Y").astype("datetime64[D]").astype(np.int64)
    tz, at = ZoneInfo(key), _offset if local else _utc_offset
    return np.array([at(day * DAY, tz) for day in range(low, high)], np.int64)
