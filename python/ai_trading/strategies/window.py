"""What a signal-driven strategy is shown: the bars known so far, and no later one.

Windows are views of arrays that exist once per run, so that showing a long history
costs no more than showing a short one.

Units: prices in currency, volumes in units of quantity, times in UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument
    from ai_trading.market.source import MarketData

__all__ = ["BarHistory", "BarWindow", "MarketSnapshot", "histories"]

_TIMES = ("timestamp", "start")
_PRICES = ("open", "high", "low", "close")
_COLUMNS = (*_TIMES, *_PRICES, "volume")
_NANO = 10**9


class BarHistory:
    """All bars of one instrument in a run; each column is made when first asked for."""

    def __init__(
        self, records: NDArray[np.void], rows: NDArray[np.int64], terms: Instrument
    ) -> None:
        self._records, self._rows, self._terms = records, rows, terms
        self._columns: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column over the whole run, read-only."""
        found = self._columns.get(name)
        if found is None:
            found = self._make(name)
            found.flags.writeable = False
            self._columns[name] = found
        return found

    def _make(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self._records[name][self._rows]
        if name in _TIMES:
            return values
        size = self._terms.tick_size if name in _PRICES else self._terms.lot_size
        # The exact product is divided once, as the core does: the nearest float.
        scaled: NDArray[np.float64] = values * int(size * _NANO) / _NANO
        return scaled


class BarWindow:
    """The bars of one instrument up to a moment; it never grows.

    Columns are read-only NumPy arrays of one length, the latest bar last, by attribute
    or by name: ``window.close[-1]``, ``window["close"][-20:].mean()``.
    """

    __slots__ = ("_count", "_history")

    def __init__(self, history: BarHistory, count: int) -> None:
        self._history, self._count = history, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, column: str) -> NDArray[Any]:
        if column not in _COLUMNS:
            msg = f"bars have the columns {', '.join(_COLUMNS)}; received {column!r}"
            raise ArgumentError(msg)
        return self._history.column(column)[: self._count]

    @property
    def timestamp(self) -> NDArray[np.int64]:
        """When each bar ended, UTC nanoseconds."""
        return self["timestamp"]

    @property
    def start(self) -> NDArray[np.int64]:
        """When each bar began, UTC nanoseconds."""
        return self["start"]

    @property
    def open(self) -> NDArray[np.float64]:
        """First price of each bar."""
        return self["open"]

    @property
    def high(self) -> NDArray[np.float64]:
        """Highest price of each bar."""
        return self["high"]

    @property
    def low(self) -> NDArray[np.float64]:
        """Lowest price of each bar."""
        return self["low"]

    @property
    def close(self) -> NDArray[np.float64]:
        """Last price of each bar."""
        return self["close"]

    @property
    def volume(self) -> NDArray[np.float64]:
        """Quantity traded in each bar."""
        return self["volume"]

    def to_frame(self) -> Any:
        """Return a pandas ``DataFrame`` indexed by the time a bar ended; a copy.

        Raises
        ------
        MissingExtraError
            If pandas is not installed (``pip install 'ai_trading[data]'``).
        """
        pandas = require("pandas", "data")
        index = pandas.DatetimeIndex(
            self.timestamp.astype("datetime64[ns]"), name="timestamp", tz="UTC"
        )
        columns = {name: self[name] for name in (*_PRICES, "volume")}
        return pandas.DataFrame(columns, index=index)

    def __repr__(self) -> str:
        return f"BarWindow of {self._count:,} bars"


class MarketSnapshot(Mapping[str, BarWindow]):
    """Symbol to its bars known so far; a symbol appears with its first bar.

    The mapping itself is good for the call it is handed to; the windows in it may be
    kept.

    Attributes
    ----------
    now : int
        The moment, UTC nanoseconds.
    updated : tuple of str
        The symbols with a bar that ended at this moment.
    """

    __slots__ = ("_windows", "now", "updated")

    def __init__(
        self, windows: dict[str, BarWindow], now: int, updated: tuple[str, ...]
    ) -> None:
        self._windows, self.now, self.updated = windows, now, updated

    def __getitem__(self, symbol: str) -> BarWindow:
        return self._windows[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(self._windows)

    def __len__(self) -> int:
        return len(self._windows)


def histories(data: MarketData) -> dict[str, BarHistory]:
    """Return the bars of each instrument of a source, in the order of its table."""
    index = data.records["instrument"]
    order = np.argsort(index, kind="stable")
    edges = np.searchsorted(index[order], np.arange(len(data.instruments) + 1))
    return {
        instrument.symbol: BarHistory(
            data.records, order[edges[i] : edges[i + 1]], instrument
        )
        for i, instrument in enumerate(data.instruments)
    }
