"""Turn the times of a file or a data frame into nanoseconds.

Text, epoch numbers and datetime arrays become wall-clock nanoseconds, with the offset
from UTC where the source states one. Which zone a wall clock belongs to is decided by
the caller and applied by `core.zones.to_utc`.

Units: nanoseconds since 1970-01-01 of the wall clock (`Times.wall`) or of UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core import exact
from ai_trading.core.clock import datetime_to_ns
from ai_trading.core.errors import DataError
from ai_trading.core.zones import DAY, HOUR, MINUTE, SECOND, Ints

__all__ = ["Times", "clock_nanos", "is_null", "parse_times"]

EPOCH_UNITS = {"s": SECOND, "ms": 1_000_000, "us": 1_000, "ns": 1}

_NULLS = frozenset({"", "nan", "nat", "null", "none", "na", "n/a", "-"})

# Templates are values with every digit replaced by 0.
_ISO = re.compile(
    r"(?P<Y>0000)(?P<s>[-/.]?)(?P<m>0{1,2})(?P=s)(?P<d>0{1,2})"
    r"(?:[T ]+(?P<H>0{1,2}):?(?P<M>00)(?::?(?P<S>00)(?:[.,](?P<f>0{1,12}))?)?)?"
    r"\s*(?P<z>Z|z|UTC|GMT|(?P<zs>[+-])(?P<zh>00):?(?P<zm>00)?(?::?(?P<zx>00))?)?"
)
_SLASHED = re.compile(
    r"(?P<a>0{1,2})(?P<s>[-/.])(?P<b>0{1,2})(?P=s)(?P<Y>0000|00)"
    r"(?:[T ]+(?P<H>0{1,2}):(?P<M>00)(?::(?P<S>00)(?:[.,](?P<f>0{1,12}))?)?"
    r"\s*(?P<p>[AaPp][Mm])?)?"
)
_CLOCK = re.compile(
    r"(?P<H>0{1,2}):(?P<M>00)(?::(?P<S>00)(?:[.,](?P<f>0{1,12}))?)?"
    r"\s*(?P<p>[AaPp][Mm])?"
)
_TEMPLATES = 64  # shapes of one column that are read as arrays; the rest are refused


@dataclass(frozen=True, slots=True)
class Times:
    """Times as read, before a zone is applied.

    Parameters
    ----------
    wall : ndarray of int64
        Nanoseconds of the wall clock.
    offset : ndarray of int64 or None
        Nanoseconds the wall clock is ahead of UTC; None where the source does not say.
    date_only : bool
        True where the source gives days without a time of day.
    bad : ndarray of bool
        Rows that could not be read; their `wall` is meaningless.
    """

    wall: Ints
    offset: Ints | None
    date_only: bool
    bad: NDArray[np.bool_]

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The calendar day of each row on its own wall clock."""
        return (self.wall // DAY).astype("datetime64[D]")

    def rows(self, index: Any) -> Times:
        """Return the rows picked by an index, mask or slice."""
        offset = None if self.offset is None else self.offset[index]
        return Times(self.wall[index], offset, self.date_only, self.bad[index])


def parse_times(
    values: NDArray[Any], *, time_format: str | None = None, column: str = "time"
) -> Times:
    """Read a column of times.

    Parameters
    ----------
    values : ndarray
        Bytes or text, epoch numbers, datetime64, or Python dates and datetimes.
    time_format : str, optional
        ``"s"``, ``"ms"``, ``"us"`` or ``"ns"`` for epoch numbers, ``"mdy"`` or
        ``"dmy"`` for the order of ``01/02/2020``, or a `strptime` pattern. Found out
        from the values by default: ISO 8601 in its common spellings, ``20200131``,
        ``1/31/2020``, epoch numbers by their size.
    column : str
        Named in messages.

    Returns
    -------
    Times
        One row per value; those that cannot be read are marked, not raised.

    Raises
    ------
    DataError
        If day and month of all values can be exchanged, so that the order is unknown.
    """
    if time_format is not None:
        exact.text("time_format", time_format, "%Y-%m-%d %H:%M")
    if values.dtype.kind == "M":
        return _from_datetime64(values)
    if values.dtype.kind in "iu":
        return _from_epoch(values.astype(np.int64), None, time_format)
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values)
        return _from_epoch_floats(np.where(bad, 0.0, values), bad, time_format)
    if values.dtype.kind == "O" and any(isinstance(v, datetime) for v in values[:100]):
        return _from_objects(values)
    text = _bytes(values)
    if time_format is not None and "%" in time_format:
        return _from_pattern(text, time_format)
    return _from_text(text, time_format, column)


def _bytes(values: NDArray[Any]) -> NDArray[np.bytes_]:
    if values.dtype.kind == "S":
        return values
    cells = ["" if v is None else str(v) for v in values.tolist()]
    encoded = [cell.strip().encode("ascii", "replace") for cell in cells]
    return np.array(encoded, dtype=np.bytes_)


def _from_datetime64(values: NDArray[Any]) -> Times:
    bad = np.isnat(values)
    wall = values.astype("datetime64[ns]").astype(np.int64)
    wall = np.where(bad, 0, wall)
    date_only = np.datetime_data(values.dtype)[0] in {"D", "M", "Y", "W"}
    return Times(wall, None, date_only, bad)


def _from_objects(values: NDArray[Any]) -> Times:
    cells = [str(v.isoformat()) if hasattr(v, "isoformat") else v for v in values]
    return _from_text(_bytes(np.array(cells, dtype=object)), None, "time")


def _from_epoch(
    values: Ints, bad: NDArray[np.bool_] | None, time_format: str | None
) -> Times:
    missing = np.zeros(values.size, np.bool_) if bad is None else bad
    good = values[~missing]
    size = float(np.abs(good).max()) if good.size else 0.0
    if time_format is None and 18_000_101 <= size <= 22_001_231 and _dates(good):
        return _from_text(values.astype(np.bytes_), None, "time")
    unit = _unit(size, time_format)
    wall = values * unit
    return Times(wall, np.zeros(values.size, np.int64), date_only=False, bad=missing)


def _dates(values: Ints) -> bool:
    months, days = values // 100 % 100, values % 100
    return bool(((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())


def _from_epoch_floats(
    values: NDArray[np.float64], bad: NDArray[np.bool_], time_format: str | None
) -> Times:
    if (values == np.rint(values)).all():
        return _from_epoch(values.astype(np.int64), bad, time_format)
    unit = _unit(float(np.abs(values).max(initial=0.0)), time_format)
    whole = np.floor(values)
    # A double of seconds since 1970 resolves about 0.2 microseconds.
    part = np.rint((values - whole) * unit / 1000).astype(np.int64) * 1000
    wall = whole.astype(np.int64) * unit + (part if unit >= 1000 else 0)
    return Times(wall, np.zeros(values.size, np.int64), date_only=False, bad=bad)


def _unit(size: float, time_format: str | None) -> int:
    if time_format in EPOCH_UNITS:
        return EPOCH_UNITS[str(time_format)]
    # Seconds, milliseconds and so on of the years 1973 to 5138 do not overlap.
    for limit, unit in ((1e11, SECOND), (1e14, 1_000_000), (1e17, 1_000)):
        if size < limit:
            return unit
    return 1


def _from_pattern(text: NDArray[np.bytes_], pattern: str) -> Times:
    wall = np.zeros(text.size, np.int64)
    offset = np.zeros(text.size, np.int64)
    bad = np.zeros(text.size, np.bool_)
    aware = False
    for row, cell in enumerate(text.tolist()):
        try:
            moment = datetime.strptime(cell.decode(), pattern)  # noqa: DTZ007
        except ValueError:
            bad[row] = True
            continue
        wall[row] = datetime_to_ns(moment.replace(tzinfo=UTC))
        if moment.tzinfo is not None:
            aware = True
            offset[row] = wall[row] - datetime_to_ns(moment)
    timed = any(code in pattern for code in ("%H", "%I", "%X", "%c", "%s"))
    return Times(wall, offset if aware else None, not timed, bad)


def _from_text(text: NDArray[np.bytes_], time_format: str | None, column: str) -> Times:
    count = text.size
    width = max(text.dtype.itemsize, 1)
    if not count:
        return Times(
            np.zeros(0, np.int64), None, date_only=False, bad=np.zeros(0, np.bool_)
        )
    cells = np.ascontiguousarray(text).view(np.uint8).reshape(count, width)
    digit = (cells >= 48) & (cells <= 57)
    shape = np.where(digit, np.uint8(48), cells)
    if _is_epoch(digit, cells):
        return _epoch_text(text, digit, cells, time_format)
    wall = np.zeros(count, np.int64)
    offset = np.zeros(count, np.int64)
    bad = np.ones(count, np.bool_)
    seen = {"zone": False, "naive": False, "clock": False}
    order = time_format if time_format in {"mdy", "dmy"} else None
    left = np.arange(count)
    for _ in range(_TEMPLATES):
        if not left.size:
            break
        template = shape[left[0]]
        same = (shape[left] == template).all(axis=1)
        rows, left = left[same], left[~same]
        name = template.tobytes().rstrip(b"\0").decode("latin-1")
        match = _ISO.fullmatch(name) or _SLASHED.fullmatch(name)
        if match is None:
            continue
        if "a" in match.re.groupindex and order is None:
            order = _day_month_order(cells, shape, column)
        parts = _fields(cells[rows], match)
        wall[rows], wrong = _assemble(parts, match, order)
        bad[rows] = wrong
        zoned = "z" in match.re.groupindex and match["z"] is not None
        seen["zone" if zoned else "naive"] = True
        seen["clock"] |= match["H"] is not None
        if zoned and match["zs"]:
            offset[rows] = _zone_offset(parts, match["zs"])
    if seen["zone"] and seen["naive"]:
        msg = (
            f"column {column!r} gives an offset from UTC on some rows and none on "
            f"others; received for example {text[0].decode('latin-1')!r}. Write all "
            f"times the same way"
        )
        raise DataError(msg)
    return Times(wall, offset if seen["zone"] else None, not seen["clock"], bad)


def _is_epoch(digit: NDArray[np.bool_], cells: NDArray[np.uint8]) -> bool:
    first = cells[0]
    length = int((first != 0).sum())
    plain = bool((digit[0] | (first == 46))[:length].all())
    head = int(digit[0].argmin()) if not digit[0].all() else length
    return plain and head >= 9 and head not in {12, 14}


def _epoch_text(
    text: NDArray[np.bytes_],
    digit: NDArray[np.bool_],
    cells: NDArray[np.uint8],
    time_format: str | None,
) -> Times:
    bad = ~(digit | (cells == 46) | (cells == 0)).all(axis=1) | ~digit.any(axis=1)
    bad |= (cells == 46).sum(axis=1) > 1
    clean = np.where(bad, b"0", text)
    if (cells == 46).any():
        return _from_epoch_floats(clean.astype(np.float64), bad, time_format)
    return _from_epoch(clean.astype(np.int64), bad, time_format)


def _fields(cells: NDArray[np.uint8], match: re.Match[str]) -> dict[str, Ints]:
    parts: dict[str, Ints] = {}
    for name in match.re.groupindex:
        if name in {"s", "z", "zs"} or match[name] is None:
            continue
        low, high = match.span(name)
        value = np.zeros(len(cells), np.int64)
        if name == "p":
            value = (cells[:, low] | 32 == ord("p")).astype(np.int64)
        else:
            for place in range(low, high):
                value = value * 10 + (cells[:, place].astype(np.int64) - 48)
        if name == "f":
            digits = high - low
            value = value * 10 ** max(9 - digits, 0) // 10 ** max(digits - 9, 0)
        parts[name] = value
    return parts


def _assemble(
    parts: dict[str, Ints], match: re.Match[str], order: str | None
) -> tuple[Ints, NDArray[np.bool_]]:
    year = parts["Y"]
    if "a" in parts:
        month, day = parts["a"], parts["b"]
        if order == "dmy":
            month, day = day, month
        if len(match["Y"]) == 2:
            year = np.where(year < 69, year + 2000, year + 1900)
    else:
        month, day = parts["m"], parts["d"]
    zero = np.zeros_like(year)
    hour, minute = parts.get("H", zero), parts.get("M", zero)
    second, nanos = parts.get("S", zero), parts.get("f", zero)
    wrong = (month < 1) | (month > 12) | (day < 1) | (hour > 23) | (minute > 59)
    wrong |= (second > 59) | (year < 1700) | (year > 2261)
    if "p" in parts:
        wrong |= (hour < 1) | (hour > 12)
        hour = hour % 12 + 12 * parts["p"]
    safe = np.where(wrong, 0, (year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = safe.astype("datetime64[D]")
    length = ((safe + 1).astype("datetime64[D]") - first).astype(np.int64)
    wrong |= day > length
    days = np.where(wrong, 0, first.astype(np.int64) + day - 1)
    wall = days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + nanos
    return np.where(wrong, 0, wall), wrong


def _zone_offset(parts: dict[str, Ints], sign: str) -> Ints:
    zero = np.zeros_like(parts["zh"])
    size = parts["zh"] * HOUR + parts.get("zm", zero) * MINUTE
    size = size + parts.get("zx", zero) * SECOND
    return -size if sign == "-" else size


def _day_month_order(
    cells: NDArray[np.uint8], shape: NDArray[np.uint8], column: str
) -> str:
    low_a, low_b, example = 0, 0, ""
    for template in np.unique(shape, axis=0)[:_TEMPLATES]:
        name = template.tobytes().rstrip(b"\0").decode("latin-1")
        match = _SLASHED.fullmatch(name)
        if match is None:
            continue
        rows = cells[(shape == template).all(axis=1)]
        parts = _fields(rows, match)
        low_a = max(low_a, int(parts["a"].max()))
        low_b = max(low_b, int(parts["b"].max()))
        example = rows[0].tobytes().rstrip(b"\0").decode("latin-1")
    if low_b > 12 >= low_a:
        return "mdy"
    if low_a > 12 >= low_b:
        return "dmy"
    msg = (
        f"column {column!r} may be month/day or day/month: no value tells, received "
        f"for example {example!r}. Pass time_format='mdy' or 'dmy'"
    )
    raise DataError(msg)


def clock_nanos(text: NDArray[np.bytes_]) -> tuple[Ints, NDArray[np.bool_]]:
    """Return nanoseconds since midnight of ``HH:MM[:SS[.f]]`` texts, and bad rows."""
    count, width = text.size, max(text.dtype.itemsize, 1)
    cells = np.ascontiguousarray(text).view(np.uint8).reshape(count, width)
    digit = (cells >= 48) & (cells <= 57)
    shape = np.where(digit, np.uint8(48), cells)
    nanos = np.zeros(count, np.int64)
    bad = np.ones(count, np.bool_)
    left = np.arange(count)
    for _ in range(_TEMPLATES):
        if not left.size:
            break
        template = shape[left[0]]
        same = (shape[left] == template).all(axis=1)
        rows, left = left[same], left[~same]
        name = template.tobytes().rstrip(b"\0").decode("latin-1")
        match = _CLOCK.fullmatch(name)
        if match is None:
            continue
        parts = _fields(cells[rows], match)
        zero = np.zeros(rows.size, np.int64)
        hour, minute = parts["H"], parts["M"]
        second = parts.get("S", zero)
        if "p" in parts:
            hour = hour % 12 + 12 * parts["p"]
        bad[rows] = (hour > 23) | (minute > 59) | (second > 59)
        nanos[rows] = hour * HOUR + minute * MINUTE + second * SECOND
        nanos[rows] += parts.get("f", zero)
    return nanos, bad


def is_null(text: str) -> bool:
    """Return whether a cell says that there is no value."""
    return text.strip().lower() in _NULLS
