"""What a reader of bars hands to the one that builds them: columns and what is known.

Units: an interval is in nanoseconds, a month counting as thirty days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.calendars import NEW_YORK
from ai_trading.core.enums import AssetClass, TimeFrame
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance, items
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.zones import DAY, HOUR, MINUTE, SECOND, Ints
from ai_trading.market.csv_reader import Cells
from ai_trading.market.source import Policy, Problem

__all__ = [
    "BarFormat",
    "Instruments",
    "Session",
    "Table",
    "by_symbol",
    "interval_nanos",
    "label_of",
    "made_instrument",
    "session_of",
]

PRICES = ("open", "high", "low", "close")

Session: TypeAlias = Literal["regular", "extended"]
Instruments: TypeAlias = (
    Instrument | InstrumentTable | Mapping[str, Instrument] | Iterable[Instrument]
)

WEEK = 7 * DAY
MONTH = 30 * DAY  # stands for a calendar month wherever an interval is a number
_UNITS = {"s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFormat:
    """What is known about a source of bars; `load_bars` explains every field."""

    columns: Mapping[str, str | int] | None = None
    delimiter: str | None = None
    header: bool | None = None
    decimal: str | None = None
    member: str | None = None
    time_format: str | None = None
    timezone: str | None = None
    label: Literal["start", "end"] = "start"
    interval: int | None = None
    calendar: str | None = None
    session: Session | None = None
    adjusted: bool = False
    policy: Policy = Policy.RAISE
    instruments: Mapping[str, Instrument] | None = None
    gaps: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a source, before anything is judged.

    Parameters
    ----------
    time : ndarray
        Anything `parse_times` reads.
    clock : ndarray of bytes or None
        Time of day where it has a column of its own.
    values : dict of str to ndarray of float64
        open, high, low, close, volume, adj_close as far as present.
    unread : ndarray of bool
        Rows with a cell that is no number.
    symbol : ndarray or None
        Symbol of each row.
    lines : ndarray of int64
        Where each row stands.
    odd : list of (int, str)
        Lines that are no rows, with their text.
    source, word : str
        Its name, and what a row of it is called.
    notes : tuple of Problem
        What the reader already has to say.
    time_format : str or None
        How to read `time`, where the reader knows.
    words : mapping of str to ndarray of bytes
        Further columns of words.
    """

    time: NDArray[Any]
    clock: Cells | None
    values: dict[str, NDArray[np.float64]]
    unread: NDArray[np.bool_]
    symbol: NDArray[Any] | None
    lines: Ints
    odd: list[tuple[int, str]]
    source: str
    word: str
    notes: tuple[Problem, ...] = ()
    time_format: str | None = None
    words: Mapping[str, Cells] = field(default_factory=dict)


def interval_nanos(interval: str | timedelta | TimeFrame) -> int:
    """Return the length of a bar in nanoseconds; a month counts as 30 days.

    Raises
    ------
    ArgumentError
        If it is not a positive length in a known unit.
    """
    if isinstance(interval, TimeFrame):
        return int(interval.seconds) * SECOND
    if isinstance(interval, timedelta):
        nanos = round(interval.total_seconds() * SECOND)
        if nanos > 0:
            return nanos
    match = re.fullmatch(r"(\d+)\s*(mo|min|s|m|h|d|w)", str(interval).strip().lower())
    if match and int(match[1]) > 0:
        return int(match[1]) * (MONTH if match[2] == "mo" else _UNITS[match[2]])
    msg = (
        f"interval must be a length such as '1m', '15m', '1h', '1d', '1w' or '1mo'; "
        f"received {interval!r}"
    )
    raise ArgumentError(msg)


def by_symbol(instruments: Instruments | None) -> dict[str, Instrument] | None:
    """Return instruments keyed by symbol, however they were given."""
    if instruments is None:
        return None
    if isinstance(instruments, Instrument):
        return {instruments.symbol: instruments}
    if isinstance(instruments, Mapping):
        return dict(instruments)
    example = "[Instrument('AAPL')]"
    return {
        instance("an instrument", one, Instrument, "Instrument('AAPL')").symbol: one
        for one in items("instruments", instruments, example)
    }


def made_instrument(
    symbol: str, tick: Decimal, lot: Decimal, calendar_name: str
) -> Instrument:
    """Return an instrument for data that came without one."""
    kinds = {"24/7": AssetClass.CRYPTO, "24/5": AssetClass.CURRENCY}
    return Instrument(
        symbol,
        tick_size=tick,
        lot_size=lot,
        venue="XNAS" if calendar_name in NEW_YORK else calendar_name,
        calendar=calendar_name,
        asset_class=kinds.get(calendar_name, AssetClass.EQUITY),
    )


def label_of(label: str) -> Literal["start", "end"]:
    """Return the label, or raise `ArgumentError` if there is no such one."""
    if label == "start":
        return "start"
    if label == "end":
        return "end"
    msg = f"label must be 'start' or 'end'; received {label!r}"
    raise ArgumentError(msg)


def session_of(session: str | None) -> Session | None:
    """Return the session, or raise `ArgumentError` if there is no such one."""
    if session is None:
        return None
    if session == "regular":
        return "regular"
    if session == "extended":
        return "extended"
    msg = f"session must be 'regular', 'extended' or None; received {session!r}"
    raise ArgumentError(msg)
