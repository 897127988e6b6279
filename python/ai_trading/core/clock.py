"""Time as an argument, and exact conversions of it.

The only place of the library that reads the wall clock is `SystemClock`. Everything
else is handed a `Clock`. Times are whole nanoseconds since 1970 in UTC; the
conversions below use integers throughout, because a float holds today's nanoseconds
only to about 256.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import is_whole

__all__ = [
    "LAST_NS",
    "Clock",
    "ManualClock",
    "SystemClock",
    "datetime_to_ns",
    "iso_to_ns",
    "ns_to_datetime",
    "ns_to_iso",
]

# The last moment that 64 bits hold, in the year 2262.
LAST_NS: Final = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND_NS = 1_000_000_000
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})"
    r"(?:[.,](\d{1,9}))?"
    r"(Z|[+-]\d{2}:?\d{2})"
)


@runtime_checkable
class Clock(Protocol):
    """Anything that knows what time it is."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970 in UTC; never less than an earlier answer."""
        ...


class SystemClock:
    """The machine's clock, kept from stepping backwards within one object.

    Examples
    --------
    >>> clock = SystemClock()
    >>> clock.now_ns() <= clock.now_ns()
    True
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0

    def now_ns(self) -> int:
        """Nanoseconds since 1970 in UTC."""
        self._last = max(self._last, time.time_ns())
        return self._last


class ManualClock:
    """A clock that stands still until it is told to move, for tests and simulation.

    Parameters
    ----------
    start_ns : int, default 0
        The first answer of `now_ns`.

    Examples
    --------
    >>> clock = ManualClock(100)
    >>> clock.advance(5)
    >>> clock.now_ns()
    105
    """

    __slots__ = ("_now",)

    def __init__(self, start_ns: int = 0) -> None:
        self._now = _nanoseconds("start_ns", start_ns)

    def now_ns(self) -> int:
        """Return the time it was last set or advanced to."""
        return self._now

    def advance(self, by_ns: int) -> None:
        """Move forward.

        Raises
        ------
        ArgumentError
            If `by_ns` is negative.
        """
        if _nanoseconds("by_ns", by_ns) < 0:
            msg = f"a clock moves forward only; received a step of {by_ns} ns"
            raise ArgumentError(msg)
        self._now += by_ns

    def set(self, now_ns: int) -> None:
        """Jump to a time that is not before the present one.

        Raises
        ------
        ArgumentError
            If `now_ns` lies before the present time.
        """
        if _nanoseconds("now_ns", now_ns) < self._now:
            msg = (
                f"a clock moves forward only; it stands at {self._now} ns and "
                f"received {now_ns} ns, {self._now - now_ns} ns earlier"
            )
            raise ArgumentError(msg)
        self._now = now_ns


def datetime_to_ns(when: datetime) -> int:
    """Nanoseconds since 1970 of a time that names its zone.

    Raises
    ------
    ArgumentError
        If `when` has no time zone: the same digits mean different instants in
        different places.

    Examples
    --------
    >>> datetime_to_ns(datetime(2026, 1, 15, 14, 30, tzinfo=UTC))
    1768487400000000000
    """
    given: object = when
    if not isinstance(given, datetime):
        msg = f"expected a datetime with a zone; received {when!r:.80}"
        raise ArgumentError(msg)
    if when.utcoffset() is None:
        msg = (
            f"a time needs a zone; received {when.isoformat()} without one. "
            "Add tzinfo=datetime.UTC, or zoneinfo.ZoneInfo('America/New_York')"
        )
        raise ArgumentError(msg)
    return (when - _EPOCH) // _MICROSECOND * 1_000


def ns_to_datetime(ns: int) -> datetime:
    """Convert to a UTC datetime, rounding down to the microsecond it can hold.

    Raises
    ------
    ArgumentError
        If the time lies outside the years 1 to 9999.

    Examples
    --------
    >>> ns_to_datetime(1_768_487_400_000_000_999).isoformat()
    '2026-01-15T14:30:00+00:00'
    """
    try:
        return _EPOCH + timedelta(microseconds=_nanoseconds("ns", ns) // 1_000)
    except OverflowError:
        msg = f"a time must lie in the years 1 to 9999; received {ns} ns since 1970"
        raise ArgumentError(msg) from None


def ns_to_iso(ns: int) -> str:
    """Write a time with all nine digits, ending in Z.

    Examples
    --------
    >>> ns_to_iso(1_768_487_400_000_000_999)
    '2026-01-15T14:30:00.000000999Z'
    """
    seconds, fraction = divmod(_nanoseconds("ns", ns), _SECOND_NS)
    whole = ns_to_datetime(seconds * _SECOND_NS)
    return f"{whole.replace(tzinfo=None).isoformat()}.{fraction:09d}Z"


def iso_to_ns(text: str) -> int:
    """Read an ISO 8601 time with a zone and up to nine fractional digits.

    Raises
    ------
    ArgumentError
        If `text` is not such a time.

    Examples
    --------
    >>> iso_to_ns("2026-01-15T09:30:00.000000999-05:00")
    1768487400000000999
    """
    match = _ISO.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        msg = (
            f"expected a time such as 2026-01-15T14:30:00.000000001Z or "
            f"2026-01-15T09:30:00-05:00; received {text!r}"
        )
        raise ArgumentError(msg)
    whole, fraction, zone = match.groups()
    try:
        seconds = datetime.fromisoformat(whole + zone)
    except ValueError as error:
        msg = f"{text!r} is not a time: {error}"
        raise ArgumentError(msg) from None
    return datetime_to_ns(seconds) + int((fraction or "").ljust(9, "0"))


def _nanoseconds(name: str, value: object) -> int:
    """Return whole nanoseconds; a float cannot hold today's."""
    if is_whole(value):
        return int(value)
    msg = (
        f"{name} must be whole nanoseconds, such as 1_000_000_000 for a second; "
        f"received {value!r:.80}"
    )
    raise ArgumentError(msg)
