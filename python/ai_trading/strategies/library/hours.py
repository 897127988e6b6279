"""The wall clock of an exchange on the day that a run is in."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ai_trading.core.clock import ns_to_datetime
from ai_trading.core.errors import ArgumentError
from ai_trading.core.sessions import local_time_ns

__all__ = ["clock_time", "instant"]


def clock_time(name: str, text: str) -> dt.time:
    """Return a time of day such as ``"09:35"``.

    Raises
    ------
    ArgumentError
        If the text is none.
    """
    try:
        return dt.time.fromisoformat(text)
    except (TypeError, ValueError):
        msg = f'{name} must be a time of day such as "09:35"; received {text!r}'
        raise ArgumentError(msg) from None


def instant(now_ns: int, time: dt.time, zone: str) -> int:
    """Return when a wall clock shows `time` on the day that `now_ns` belongs to."""
    today = ns_to_datetime(now_ns).astimezone(ZoneInfo(zone)).date()
    return local_time_ns(today, time, zone)
