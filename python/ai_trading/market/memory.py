"""Bars from tables in memory: pandas, polars, Arrow, NumPy or a dict of arrays.

None of these libraries is imported here: a table is recognised by what it can do.
Row numbers in messages are zero-based positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.enums import TimeFrame
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.market.build import bars_of, together
from ai_trading.market.clean import check_policy
from ai_trading.market.columns import find_columns
from ai_trading.market.csv_reader import numbers
from ai_trading.market.source import MarketData, Policy
from ai_trading.market.table import (
    PRICES,
    BarFormat,
    Instruments,
    Session,
    Table,
    by_symbol,
    interval_nanos,
    label_of,
    session_of,
)

__all__ = ["bars_from", "table_of"]


def bars_from(
    data: Any,
    *,
    symbol: str | None = None,
    instruments: Instruments | None = None,
    columns: Mapping[str, str | int] | None = None,
    timezone: str | None = None,
    label: Literal["start", "end"] = "start",
    interval: str | timedelta | TimeFrame | None = None,
    calendar: str | None = None,
    session: Session | None = None,
    policy: Policy | str = Policy.RAISE,
    adjusted: bool = False,
    time_format: str | None = None,
) -> MarketData:
    """Turn a table in memory into bars.

    Parameters
    ----------
    data : DataFrame, Table, structured ndarray or mapping
        A pandas or polars frame, a pyarrow table, a structured array, a dict of
        arrays, or a dict of symbol to any of these. The index of a pandas frame is
        the time where no column is.
    symbol : str, optional
        Whose bars these are, unless a column or the dict says.
    instruments, columns, timezone, label, interval, calendar, session, policy, \
adjusted, time_format
        As for `load_bars`.

    Returns
    -------
    MarketData
        As from `load_bars`.

    Raises
    ------
    DataError, ArgumentError
        As from `load_bars`.

    Examples
    --------
    >>> day = np.array(["2026-01-15", "2026-01-16"], "datetime64[D]")
    >>> table = {"date": day, "open": [10, 11], "high": [12, 12], "low": [9, 10],
    ...          "close": [11, 10.5], "volume": [100, 200]}
    >>> bars_from(table, symbol="X").records["close"].tolist()
    [110000, 105000]
    """
    fmt = BarFormat(
        columns=columns,
        time_format=time_format,
        timezone=timezone,
        label=label_of(label),
        interval=None if interval is None else interval_nanos(interval),
        calendar=calendar,
        session=session_of(session),
        adjusted=adjusted,
        policy=check_policy(policy),
        instruments=by_symbol(instruments),
    )
    if isinstance(data, Mapping) and data and not _is_column(next(iter(data.values()))):
        parts = [
            bars_of(table_of(frame, fmt, source=str(name)), fmt, symbol=str(name))
            for name, frame in data.items()
        ]
        return together(parts, f"{len(parts)} tables")
    table = table_of(data, fmt, source=f"{type(data).__module__.split('.')[0]} table")
    return bars_of(table, fmt, symbol=symbol)


def table_of(
    data: Any,
    fmt: BarFormat,
    *,
    source: str,
    values: Sequence[str] = (*PRICES, "volume", "adj_close"),
    words: Sequence[str] = (),
    **roles: Any,
) -> Table:
    """Return the columns of a table in memory.

    Parameters
    ----------
    data : table
    fmt : BarFormat
    source : str
        Named in messages.
    values, words : sequence of str
        Roles of numbers and of words; those of bars by default.
    **roles
        `needed` and `spellings` of `find_columns`, where it is no table of bars.

    Raises
    ------
    ArgumentError
        If `data` is no table, or its columns differ in length.
    DataError
        If a needed column is missing.
    """
    found, zones = _columns(data)
    names = list(found)
    places = find_columns(names, fmt.columns, source=source, **roles)
    picked = {role: found[names[place]] for role, place in places.items()}
    sizes = {role: column.size for role, column in picked.items()}
    if len(set(sizes.values())) > 1:
        msg = f"{source}: columns must have one length; received {sizes}"
        raise ArgumentError(msg)
    count = picked["time"].size
    if count == 0:
        msg = f"{source}: the table is empty; expected rows"
        raise DataError(msg)
    unread = np.zeros(count, np.bool_)
    read = {}
    for role in values:
        if role in picked:
            read[role], bad = _floats(picked[role])
            if role != "adj_close" or fmt.adjusted:
                unread |= bad
    time = picked["time"]
    if names[places["time"]] in zones and time.dtype.kind == "M":
        # Times with a zone arrive as UTC, as epoch numbers do.
        unread |= np.isnat(time)
        nanos = time.astype("datetime64[ns]").astype(np.int64)
        time = np.where(np.isnat(time), 0, nanos)
        fmt_unit = "ns"
    else:
        fmt_unit = ""
    clock = picked.get("clock")
    return Table(
        time=time,
        clock=None if clock is None else _texts(clock),
        values=read,
        unread=unread,
        symbol=picked.get("symbol"),
        words={role: _texts(picked[role]) for role in words if role in picked},
        lines=np.arange(count),
        odd=[],
        source=source,
        word="row",
        time_format=fmt_unit or None,
    )


def _is_column(value: Any) -> bool:
    if isinstance(value, list | tuple | np.ndarray):
        return not (isinstance(value, np.ndarray) and value.dtype.names)
    if isinstance(value, Mapping):
        return False
    # A frame has columns; a series of pandas, polars or Arrow has none.
    return not (hasattr(value, "columns") or hasattr(value, "column_names"))


def _columns(data: Any) -> tuple[dict[str, NDArray[Any]], set[str]]:
    zones: set[str] = set()
    found: dict[str, NDArray[Any]] = {}
    if isinstance(data, np.ndarray) and data.dtype.names:
        return {name: data[name] for name in data.dtype.names}, zones
    if isinstance(data, Mapping):
        pairs = [(str(name), column) for name, column in data.items()]
    elif hasattr(data, "column_names"):  # pyarrow
        pairs = [(name, data.column(name)) for name in data.column_names]
    elif hasattr(data, "iloc") and hasattr(data, "columns"):  # pandas
        pairs = [(str(name), data[name]) for name in data.columns]
        index = data.index
        if not (index.dtype.kind in "iu" and not index.name):
            pairs.insert(0, (str(index.name or "index"), index))
    elif hasattr(data, "get_columns"):  # polars
        pairs = [(series.name, series) for series in data.get_columns()]
    else:
        msg = (
            f"bars come from a pandas, polars or Arrow table, a structured array or a "
            f"dict of arrays; received {type(data).__name__}"
        )
        raise ArgumentError(msg)
    for name, column in pairs:
        array, zoned = _array(column)
        if array.ndim != 1:
            msg = f"column {name!r} must have one dimension; received {array.shape}"
            raise ArgumentError(msg)
        found[name] = array
        if zoned:
            zones.add(name)
    return found, zones


def _array(column: Any) -> tuple[NDArray[Any], bool]:
    zone = getattr(getattr(column, "dtype", None), "tz", None)  # pandas
    if zone is not None:
        if hasattr(column, "dt"):  # a series, not an index
            return column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), True
        return column.tz_convert("UTC").tz_localize(None).to_numpy(), True
    zone = getattr(getattr(column, "dtype", None), "time_zone", None)  # polars
    if zone is None:
        zone = getattr(getattr(column, "type", None), "tz", None)  # Arrow
    if hasattr(column, "combine_chunks") and hasattr(column, "type"):
        return column.to_numpy(), zone is not None
    array = column.to_numpy() if hasattr(column, "to_numpy") else np.asarray(column)
    return array, zone is not None


def _floats(column: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if column.dtype.kind in "fiub":
        return column.astype(np.float64), np.zeros(column.size, np.bool_)
    if column.dtype.kind == "O":
        try:
            values = column.astype(np.float64)
        except (TypeError, ValueError):
            pass
        else:
            return values, np.zeros(column.size, np.bool_)
    return numbers(_texts(column))


def _texts(column: NDArray[Any]) -> NDArray[np.bytes_]:
    cells = ["" if v is None else str(v) for v in column.tolist()]
    return np.array([cell.encode("utf-8") for cell in cells], dtype=np.bytes_)
