"""Databento Binary Encoding: every schema, versions 1 to 3, plain or zstd.

What becomes of a schema:

========================  ==========================================================
mbo                       events, see below
mbp-1, tbbo, bbo, cmbp-1  quotes; ``kind="events"`` gives the trades instead
mbp-10                    `LEVEL` events (what changed among ten levels) and trades
trades                    `TRADE` events
ohlcv                     bars
status, imbalance         `STATUS` and `IMBALANCE` events
definition, statistics    `INFO` events; definitions describe the instruments
========================  ==========================================================

In market-by-order data a fill says which resting order traded and the book changes
only by the cancel or modify that follows. Here the fill itself is an `EXECUTE` (up to
the quantity the order shows; what exceeds it was hidden and is a `TRADE`) and the
cancel that follows it is left with the rest, so that the book is the same after
every match event and executions are told apart from cancels.

Fixed-size records are read as NumPy structures; the header and records that differ
between versions go through ``databento_dbn``. Timestamps are receipt times
(``ts_recv``), by which such files are ordered, or ``ts_event`` where there is none.
A definition that is older than one in front of it gets that one's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.optional import require
from ai_trading.core.records import (
    BAR,
    EVENT,
    QUOTE,
    SIDE_NONE,
    EventKind,
    Flag,
    TradingState,
)
from ai_trading.market.decimals import step
from ai_trading.market.files import blocks
from ai_trading.market.source import CHUNK, EventStream, Kind, Policy, Records

__all__ = ["open_dbn"]

UNDEFINED = np.iinfo(np.int64).max
_NANO_DECIMALS = 9
_LAST = 128
_SNAPSHOT = 32

_HEAD = [
    ("length", "u1"),
    ("rtype", "u1"),
    ("publisher", "<u2"),
    ("id", "<u4"),
    ("ts_event", "<i8"),
]
_TRADE = [
    *_HEAD,
    ("price", "<i8"),
    ("size", "<u4"),
    ("action", "S1"),
    ("side", "S1"),
    ("flags", "u1"),
    ("depth", "u1"),
    ("ts_recv", "<i8"),
    ("ts_in_delta", "<i4"),
    ("sequence", "<u4"),
]
_LEVEL = np.dtype(
    [
        ("bid", "<i8"),
        ("ask", "<i8"),
        ("bid_size", "<u4"),
        ("ask_size", "<u4"),
        ("bid_count", "<u4"),
        ("ask_count", "<u4"),
    ]
)
_MBO = np.dtype(
    [
        *_HEAD,
        ("order_id", "<u8"),
        ("price", "<i8"),
        ("size", "<u4"),
        ("flags", "u1"),
        ("channel", "u1"),
        ("action", "S1"),
        ("side", "S1"),
        ("ts_recv", "<i8"),
        ("ts_in_delta", "<i4"),
        ("sequence", "<u4"),
    ]
)
_TRADES = np.dtype(_TRADE)
_MBP1 = np.dtype([*_TRADE, ("levels", _LEVEL, (1,))])
_MBP10 = np.dtype([*_TRADE, ("levels", _LEVEL, (10,))])
_OHLCV = np.dtype(
    [
        *_HEAD,
        ("open", "<i8"),
        ("high", "<i8"),
        ("low", "<i8"),
        ("close", "<i8"),
        ("volume", "<u8"),
    ]
)

_LAYOUTS = {
    0xA0: _MBO,
    0x00: _TRADES,
    0x01: _MBP1,
    0xB1: _MBP1,
    0xC0: _MBP1,
    0xC1: _MBP1,
    0xC3: _MBP1,
    0xC4: _MBP1,
    0x0A: _MBP10,
    0x20: _OHLCV,
    0x21: _OHLCV,
    0x22: _OHLCV,
    0x23: _OHLCV,
    0x24: _OHLCV,
}
_BAR_NANOS = {
    0x20: 10**9,
    0x21: 60 * 10**9,
    0x22: 3600 * 10**9,
    0x23: 86400 * 10**9,
    0x24: 86400 * 10**9,
}
_TOP = frozenset({0x01, 0xB1, 0xC0, 0xC1, 0xC3, 0xC4})
_DEFINITION, _IMBALANCE, _STATUS, _STATISTICS = 0x13, 0x14, 0x12, 0x18
_DEFINITION_VERSIONS = {360: 1, 400: 2, 520: 3}

# Databento's StatusAction to ours; absent ones leave the state as it is.
_STATES = {
    1: TradingState.PRE_OPEN,
    2: TradingState.AUCTION,
    3: TradingState.QUOTATION,
    4: TradingState.AUCTION,
    5: TradingState.AUCTION,
    6: TradingState.AUCTION,
    7: TradingState.CONTINUOUS,
    8: TradingState.HALTED,
    9: TradingState.HALTED,
    10: TradingState.HALTED,
    11: TradingState.CLOSED,
    12: TradingState.CLOSED,
    15: TradingState.CLOSED,
}

# Publishers of US equities, whose prices have four decimals.
_EQUITY_DATASETS = frozenset(
    {
        "ARCX", "BATS", "BATY", "DBEQ", "EDGA", "EDGX", "EPRL", "EQUS", "IEXG", "MEMX",
        "XASE", "XBOS", "XCHI", "XCIS", "XNAS", "XNYS", "XPSX",
    }
)  # fmt: skip


def open_dbn(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    instruments: InstrumentTable | None = None,
    kind: Kind | None = None,
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open a DBN file.

    Parameters
    ----------
    path : path-like
        A file of any schema; a fragment without header is taken by its records.
    symbols : iterable of str, optional
        Only these; all by default.
    instruments : InstrumentTable, optional
        Ticks and lots to use. By default the file is read once beforehand: a tick is
        the finest decimal of a symbol's prices, at least 0.01, and 0.0001 on US
        equity datasets.
    kind : {"events", "quotes", "bars"}, optional
        By default what the schema is; ``"events"`` of a top-of-book schema gives its
        trades.
    policy : Policy, default RAISE
        What happens to records out of time order.
    chunk : int
        Largest number of source records behind one array.

    Raises
    ------
    MissingExtraError
        If ``databento-dbn`` is not installed.
    DataError
        If the header or a record is malformed; names the offset.
    """
    path = Path(path)
    header = _header(path)
    wanted = None if symbols is None else frozenset(symbols)
    schema_kind = _kind_of(header.rtype)
    if kind is None:
        kind = schema_kind
    if kind != schema_kind and not (kind == "events" and header.rtype in _TOP):
        msg = f"{path} holds {schema_kind}; received kind={kind!r}"
        raise ArgumentError(msg)
    table, names = _survey(path, header, wanted, instruments)
    events = kind == "events"

    def chunks(stream: EventStream) -> Iterator[Records]:
        convert = _Converter(stream, header, table, names, events=events)
        for run in _runs(path, header, chunk):
            yield from convert(run)
        yield from convert.flush()

    return EventStream(
        chunks, table, str(path), policy=policy, kind=kind, symbols=wanted
    )


@dataclass(frozen=True)
class _Header:
    version: int
    dataset: str
    rtype: int
    start: int
    extra: int
    spans: dict[int, list[tuple[int, int, str]]]


def _header(path: Path) -> _Header:
    dbn = require("databento_dbn", "data")
    head = b""
    need = 8
    for block in blocks(path):
        head += block
        if head[:3] == b"DBN" and len(head) >= 8:
            need = 8 + int.from_bytes(head[4:8], "little")
        if len(head) >= need + 16:
            break
    if head[:3] != b"DBN":
        size = head[0] * 4 if head else 0
        version = _DEFINITION_VERSIONS.get(size, 1)
        return _Header(version, "", head[1] if len(head) > 1 else 0, 0, 0, {})
    if len(head) < need:
        msg = f"{path}, offset {len(head)}: the file ends inside its header"
        raise DataError(msg)
    try:
        meta = dbn.Metadata.decode(head[:need])
    except (dbn.DBNError, ValueError) as error:
        msg = f"{path}: the DBN header cannot be read ({error})"
        raise DataError(msg) from error
    spans: dict[int, list[tuple[int, int, str]]] = {}
    for name, intervals in meta.mappings.items():
        for span in intervals:
            text = span["symbol"]
            if str(text).isdigit():
                spans.setdefault(int(text), []).append(
                    (_nanos(span["start_date"]), _nanos(span["end_date"]), name)
                )
    schema = str(meta.schema) if meta.schema is not None else ""
    rtype = head[need + 1] if len(head) > need + 1 else _RTYPES.get(schema, 0)
    return _Header(head[3], meta.dataset, rtype, need, 8 if meta.ts_out else 0, spans)


_RTYPES = {
    "mbo": 0xA0, "trades": 0x00, "mbp-1": 0x01, "tbbo": 0x01, "mbp-10": 0x0A,
    "ohlcv-1s": 0x20, "ohlcv-1m": 0x21, "ohlcv-1h": 0x22, "ohlcv-1d": 0x23,
    "definition": 0x13, "imbalance": 0x14, "status": 0x12, "statistics": 0x18,
    "bbo-1s": 0xC3, "bbo-1m": 0xC4, "cmbp-1": 0xB1, "cbbo-1s": 0xC0, "cbbo-1m": 0xC1,
}  # fmt: skip


_NAMES = {code: name for name, code in _RTYPES.items() if name != "tbbo"}


def _nanos(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9


def _kind_of(rtype: int) -> Kind:
    if rtype in _BAR_NANOS:
        return "bars"
    return "quotes" if rtype in _TOP else "events"


@dataclass(frozen=True)
class _Run:
    """Records of one type in a row; `at` is the offset of the first."""

    rtype: int
    size: int
    data: bytes
    at: int
    first: int

    def view(self) -> NDArray[Any]:
        layout = _LAYOUTS[self.rtype]
        if self.size == layout.itemsize:
            return np.frombuffer(self.data, layout)
        fields: Mapping[str, Any] = layout.fields or {}
        padded = np.dtype(
            {
                "names": list(fields),
                "formats": [field[0] for field in fields.values()],
                "offsets": [field[1] for field in fields.values()],
                "itemsize": self.size,
            }
        )
        return np.frombuffer(self.data, padded)


def _runs(path: Path, header: _Header, chunk: int) -> Iterator[_Run]:
    """Split a file into runs of records of one size and type, a block at a time."""
    rest = b""
    skip = header.start
    at = header.start
    number = 0
    for block in blocks(path):
        if skip:
            cut = min(skip, len(block))
            skip -= cut
            block = block[cut:]  # noqa: PLW2901  the header is no record
        data = rest + block
        used = 0
        while len(data) - used >= 2:
            size = data[used] * 4
            if size < 16:
                msg = (
                    f"{path}, offset {at + used}: a record claims to be {size} bytes "
                    "long; the shortest has 16. The file is damaged there"
                )
                raise DataError(msg)
            count = min((len(data) - used) // size, chunk)
            if count == 0:
                break
            heads = np.frombuffer(data, "u1", count * size, used).reshape(count, size)
            other = np.flatnonzero(
                (heads[:, 0] != data[used]) | (heads[:, 1] != data[used + 1])
            )
            if other.size:
                count = int(other[0])
            run = _Run(
                data[used + 1],
                size,
                data[used : used + count * size],
                at + used,
                number,
            )
            _check_size(path, run, header)
            yield run
            number += count
            used += count * size
        at += used
        rest = data[used:]
    if rest:
        msg = (
            f"{path}, offset {at}: the file ends inside a record ({len(rest)} bytes "
            "are left); everything before was read"
        )
        raise DataError(msg)


def _check_size(path: Path, run: _Run, header: _Header) -> None:
    layout = _LAYOUTS.get(run.rtype)
    if layout is not None and run.size != layout.itemsize + header.extra:
        msg = (
            f"{path}, offset {run.at}: a record of type {run.rtype:#04x} has "
            f"{run.size} bytes where {layout.itemsize + header.extra} are right"
        )
        raise DataError(msg)


class _Names:
    """Instrument ids of a file to indexes in the table, by day where ids are reused."""

    def __init__(
        self,
        header: _Header,
        table: InstrumentTable,
        names: dict[int, str],
    ) -> None:
        self.spans = header.spans
        self.table = table
        self.names = names

    def __call__(self, ids: NDArray[Any], times: NDArray[Any]) -> NDArray[np.int64]:
        """Return the index of each record's instrument, -1 where it is not wanted."""
        unique, inverse = np.unique(ids, return_inverse=True)
        result = np.empty(ids.size, np.int64)
        for at, raw in enumerate(unique.tolist()):
            where = inverse == at
            spans = self.spans.get(raw, [])
            if len({name for _, _, name in spans}) > 1:
                own = times[where]
                found = np.full(own.size, -1)
                for start, end, name in spans:
                    found[(own >= start) & (own < end)] = self._index(name)
                result[where] = found
            else:
                result[where] = self._index(_name(raw, spans, self.names))
        return result

    def _index(self, name: str) -> int:
        return self.table.index(name) if name in self.table else -1


def _name(raw: int, spans: list[tuple[int, int, str]], names: dict[int, str]) -> str:
    if raw in names:
        return names[raw]
    return spans[0][2] if spans else str(raw)


def _survey(
    path: Path,
    header: _Header,
    wanted: frozenset[str] | None,
    given: InstrumentTable | None,
) -> tuple[InstrumentTable, dict[int, str]]:
    """Find the instruments of a file and the decimals their prices need."""
    units: dict[str, int] = {}
    names: dict[int, str] = {}
    defined: dict[str, Any] = {}
    for run in _runs(path, header, CHUNK):
        if run.rtype == _DEFINITION:
            for record in _records(run, header):
                if not record.raw_symbol:
                    continue
                if not header.spans:
                    names[int(record.instrument_id)] = record.raw_symbol
                defined.setdefault(record.raw_symbol, record)
                units.setdefault(record.raw_symbol, 2)
            continue
        for raw, prices in _prices(run, header):
            spans = header.spans.get(raw, [])
            found = {name for _, _, name in spans} or {_name(raw, spans, names)}
            for name in found:
                units[name] = max(units.get(name, 2), _decimals(prices))
    if given is not None:
        return given, names
    market = header.dataset.partition(".")[0]
    least = 4 if market in _EQUITY_DATASETS else 2
    table = InstrumentTable()
    for name, decimals in units.items():
        if wanted is None or name in wanted:
            table.add(
                _instrument(name, max(decimals, least), header, defined.get(name))
            )
    return table, names


def _decimals(prices: NDArray[Any]) -> int:
    """Return how many decimals prices in 1e-9 need."""
    prices = np.unique(prices[prices != UNDEFINED])
    for decimals in range(_NANO_DECIMALS):
        if not np.any(prices % 10 ** (_NANO_DECIMALS - decimals)):
            return decimals
    return _NANO_DECIMALS


def _prices(run: _Run, header: _Header) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the prices of a run by instrument id."""
    if run.rtype in _LAYOUTS:
        view = run.view()
        names = view.dtype.names or ()
        columns = [
            view[n] for n in ("price", "open", "high", "low", "close") if n in names
        ]
        if "levels" in names:
            columns += [view["levels"][side].ravel() for side in ("bid", "ask")]
        if "open" not in names:
            # Prices of the records themselves and of the levels beside them.
            counts = [column.size // view.size for column in columns]
            ids = np.concatenate([np.repeat(view["id"], n) for n in counts])
        else:
            ids = np.tile(view["id"], 4)
        prices = np.concatenate(columns)
        for raw in np.unique(ids).tolist():
            yield raw, prices[ids == raw]
        return
    for record in _records(run, header):
        stated = [
            int(getattr(record, field))
            for field in ("price", "ref_price")
            if getattr(record, field, None) is not None
        ]
        yield int(record.instrument_id), np.array(stated, dtype=np.int64)


def _instrument(
    name: str, decimals: int, header: _Header, definition: Any
) -> Instrument:
    market, _, _ = header.dataset.partition(".")
    equity = market in _EQUITY_DATASETS
    tick = step(decimals)
    increment: Decimal | None = None
    multiplier = Decimal(1)
    currency = "USD"
    if definition is not None:
        smallest = int(definition.min_price_increment)
        if 0 < smallest < UNDEFINED:
            increment = Decimal(smallest).scaleb(-9)
            while increment % tick:
                tick /= 10
        amount = int(definition.unit_of_measure_qty)
        if not equity and 0 < amount < UNDEFINED:
            multiplier = Decimal(amount).scaleb(-9).normalize()
        currency = definition.currency or "USD"
    return Instrument(
        name,
        tick_size=tick,
        multiplier=multiplier,
        currency=currency,
        venue=market or "XNAS",
        calendar="XNYS" if equity or not market else "CMES",
        asset_class=AssetClass.EQUITY if equity or not market else AssetClass.FUTURE,
        price_increment=increment,
    )


def _records(run: _Run, header: _Header) -> list[Any]:
    """Decode a run with the official package, whatever its version."""
    dbn = require("databento_dbn", "data")
    version = header.version
    if run.rtype == _DEFINITION:
        version = _DEFINITION_VERSIONS.get(run.size - header.extra, version)
    decoder = dbn.DBNDecoder(
        has_metadata=False,
        ts_out=bool(header.extra),
        input_version=version,
        upgrade_policy=dbn.VersionUpgradePolicy.UPGRADE_TO_V3,
    )
    decoder.write(run.data)
    try:
        return list(decoder.decode())
    except (dbn.DBNError, ValueError) as error:
        msg = f"offset {run.at}: a DBN record cannot be read ({error})"
        raise DataError(msg) from error


class _Converter:
    """Turns runs of DBN records into ours; keeps what must outlive a run."""

    def __init__(
        self,
        stream: EventStream,
        header: _Header,
        table: InstrumentTable,
        names: dict[int, str],
        *,
        events: bool,
    ) -> None:
        self.stream = stream
        self.header = header
        self.table = table
        self.events = events
        self.names = _Names(header, table, names)
        self.unit = np.array(
            [int(item.tick_size.scaleb(9)) for item in table] or [1], np.int64
        )
        self.books: dict[int, NDArray[Any]] = {}
        self.mbo = _Fills()
        self.latest = 0

    def __call__(self, run: _Run) -> Iterator[Records]:
        name = _NAMES.get(run.rtype, f"{run.rtype:#04x}")
        if run.rtype in _LAYOUTS and "action" in (_LAYOUTS[run.rtype].names or ()):
            actions, numbers = np.unique(run.view()["action"], return_counts=True)
            for action, number in zip(actions.tolist(), numbers.tolist(), strict=True):
                self.stream.count(f"{name} {action.decode('ascii', 'replace')}", number)
        else:
            self.stream.count(name, len(run.data) // run.size)
        if run.rtype in _LAYOUTS:
            yield self._fixed(run)
        else:
            yield self._varying(run)

    def flush(self) -> Iterator[Records]:
        """Yield what was held back for want of its continuation."""
        rest = self.mbo.flush()
        if rest is not None:
            yield self._orders(rest)

    def _fixed(self, run: _Run) -> Records:
        view = run.view()
        if run.rtype == 0xA0:
            ready = self.mbo.complete(view)
            return self._orders(ready)
        clock = "ts_recv" if "ts_recv" in (view.dtype.names or ()) else "ts_event"
        index = self.names(view["id"], view[clock])
        view, index = view[index >= 0], index[index >= 0]
        if run.rtype in _BAR_NANOS:
            return self._bars(view, index, _BAR_NANOS[run.rtype])
        if run.rtype in _TOP:
            if self.events:
                traded = view["action"] == b"T"
                return self._trades(view[traded], index[traded])
            return self._quotes(view, index)
        if run.rtype == 0x0A:
            return self._levels(view, index)
        return self._trades(view, index)

    def _ticks(self, prices: NDArray[Any], index: NDArray[Any]) -> NDArray[Any]:
        unit = self.unit[index]
        known = prices != UNDEFINED
        ticks, off = np.divmod(np.where(known, prices, 0), unit)
        if np.any(off):
            at = int(np.flatnonzero(off)[0])
            name = self.table[int(index[at])]
            msg = (
                f"{self.stream.source}: the price {prices[at]}e-9 of {name.symbol} is "
                f"not a multiple of its tick size {name.tick_size}"
            )
            raise DataError(msg)
        return ticks

    def _start(
        self, view: NDArray[Any], index: NDArray[Any], kind: EventKind | NDArray[Any]
    ) -> Records:
        out = np.zeros(view.size, EVENT)
        out["timestamp"] = view["ts_recv"]
        out["instrument"] = index
        out["kind"] = kind
        out["side"] = SIDE_NONE
        if "flags" in (view.dtype.names or ()):
            flags = view["flags"].astype(np.uint16)
            out["flags"] = np.where(flags & _LAST, 0, int(Flag.MORE)) | np.where(
                flags & _SNAPSHOT, int(Flag.SNAPSHOT), 0
            )
        if "price" in (view.dtype.names or ()):
            out["price"] = self._ticks(view["price"], index)
            out["quantity"] = view["size"]
        return out

    def _trades(self, view: NDArray[Any], index: NDArray[Any]) -> Records:
        out = self._start(view, index, EventKind.TRADE)
        # The aggressor's side is given; records want the side that rested.
        out["side"] = _sides(view["side"], aggressor=True)
        out["aux"] = view["sequence"]
        return out

    def _quotes(self, view: NDArray[Any], index: NDArray[Any]) -> Records:
        out = np.zeros(view.size, QUOTE)
        level = view["levels"][:, 0]
        out["timestamp"] = view["ts_recv"]
        out["instrument"] = index
        out["flags"] = np.where(view["flags"] & _LAST, 0, int(Flag.MORE))
        for side in ("bid", "ask"):
            there = level[side] != UNDEFINED
            out[f"{side}_price"] = self._ticks(level[side], index)
            out[f"{side}_quantity"] = np.where(there, level[f"{side}_size"], 0)
        return out

    def _bars(self, view: NDArray[Any], index: NDArray[Any], span: int) -> Records:
        out = np.zeros(view.size, BAR)
        out["start"] = view["ts_event"]
        out["timestamp"] = view["ts_event"] + span
        out["instrument"] = index
        for field in ("open", "high", "low", "close"):
            out[field] = self._ticks(view[field], index)
        out["volume"] = view["volume"]
        return out

    def _levels(self, view: NDArray[Any], index: NDArray[Any]) -> Records:
        """Ten levels after each record to the levels that changed."""
        parts = []
        for own in np.unique(index).tolist():
            where = np.flatnonzero(index == own)
            parts.append(self._levels_of(int(own), view[where], where))
        if not parts:
            return np.empty(0, EVENT)
        order = np.argsort(np.concatenate([at for at, _ in parts]), kind="stable")
        out: Records = np.concatenate([rows for _, rows in parts])[order]
        return out

    def _levels_of(
        self, own: int, view: NDArray[Any], where: NDArray[Any]
    ) -> tuple[NDArray[Any], Records]:
        levels = view["levels"]
        before = self.books.get(own)
        known = before is not None
        if before is None:
            before = np.zeros(10, _LEVEL)
            before["bid"] = before["ask"] = UNDEFINED
        past = np.concatenate([before[None], levels[:-1]])
        self.books[own] = levels[-1].copy()
        at: list[NDArray[Any]] = []
        made: list[Records] = []
        index = np.full(view.size, own)

        def put(rows: NDArray[Any], events: Records) -> None:
            at.append(where[rows])
            made.append(events)

        if not known:
            put(np.array([0]), self._cleared(view[:1], index[:1]))
        traded = np.flatnonzero(view["action"] == b"T")
        trades = self._trades(view[traded], index[traded])
        put(traded, trades)
        for code, side in enumerate(("bid", "ask")):
            for old, new, gone in (
                (past, levels, True),
                (levels, past, False),
            ):
                same = old[side][:, :, None] == new[side][:, None, :]
                if gone:
                    changed = ~same.any(axis=2)
                else:
                    sizes = old[f"{side}_size"][:, :, None]
                    same &= sizes == new[f"{side}_size"][:, None, :]
                    changed = ~same.any(axis=2)
                row, level = np.nonzero(changed & (old[side] != UNDEFINED))
                events = self._start(view[row], index[row], EventKind.LEVEL)
                events["side"] = code
                events["price"] = self._ticks(old[side][row, level], index[row])
                events["quantity"] = 0 if gone else old[f"{side}_size"][row, level]
                put(row, events)
        rows = np.concatenate(at)
        order = np.argsort(rows, kind="stable")
        out: Records = np.concatenate(made)[order]
        rows = rows[order]
        # Only the last event of a record ends its instant.
        inner = np.flatnonzero(rows[1:] == rows[:-1])
        out["flags"][inner] |= int(Flag.MORE)
        return rows, out

    def _cleared(self, view: NDArray[Any], index: NDArray[Any]) -> Records:
        out = self._start(view, index, EventKind.CLEAR)
        out["flags"] = int(Flag.MORE)
        out["price"] = out["quantity"] = 0
        return out

    def _orders(self, made: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> Records:
        view, kind, quantity = made
        index = self.names(view["id"], view["ts_recv"])
        here = index >= 0
        view, kind, quantity, index = (
            view[here],
            kind[here],
            quantity[here],
            index[here],
        )
        out = self._start(view, index, kind)
        out["quantity"] = quantity
        out["order_id"] = view["order_id"]
        out["side"] = _sides(view["side"], aggressor=False)
        tape = (kind == EventKind.TRADE) & (view["action"] == b"T")
        out["side"][tape] = _sides(view["side"][tape], aggressor=True)
        out["order_id"][tape | (kind == EventKind.CROSS)] = 0
        told = np.isin(kind, (EventKind.TRADE, EventKind.CROSS))
        out["aux"] = np.where(told, view["sequence"], 0)
        info = kind == EventKind.INFO
        out["aux"][info] = view["action"][info].view("u1")
        unprinted = (view["action"] == b"F") & self.mbo.unprinted[here]
        out["flags"][unprinted] |= int(Flag.UNPRINTED)
        hidden = (kind == EventKind.TRADE) & (view["action"] == b"T")
        out["flags"][hidden] |= int(Flag.HIDDEN)
        return out

    def _varying(self, run: _Run) -> Records:
        rows = []
        number = run.first
        for record in _records(run, self.header):
            row = self._other(run.rtype, record, number)
            if row is not None:
                rows.append(row)
            number += 1
        return np.array(rows, EVENT)

    def _other(self, rtype: int, record: Any, number: int) -> tuple[int, ...] | None:
        stamp = int(getattr(record, "ts_recv", UNDEFINED))
        if not 0 < stamp < UNDEFINED:
            stamp = int(record.ts_event)
        if rtype == _DEFINITION:
            # Definitions are reference data, written in order of id and not of time.
            stamp = self.latest = max(self.latest, stamp)
        ids = np.array([int(record.instrument_id)])
        index = int(self.names(ids, np.array([stamp]))[0])
        if index < 0:
            return None
        unit = int(self.unit[index])
        kind, side, price, quantity, aux = EventKind.INFO, SIDE_NONE, 0, 0, rtype
        if rtype == _STATUS:
            state = _STATES.get(int(record.action))
            if state is not None:
                kind, aux = EventKind.STATUS, int(state)
        elif rtype == _IMBALANCE:
            kind = EventKind.IMBALANCE
            side = {"B": 0, "A": 1}.get(str(record.side.value), SIDE_NONE)
            price = _whole(record.ref_price, unit)
            quantity = _count(record.total_imbalance_qty)
            aux = _count(record.paired_qty)
        elif rtype == _STATISTICS:
            aux = int(record.stat_type)
            price = _whole(record.price, unit)
            quantity = _count(record.quantity)
        elif rtype != _DEFINITION:
            self.stream.report(
                "other", "records of a type that says nothing about a market", [number]
            )
        return (stamp, index, int(kind), side, 0, 0, price, quantity, aux)


def _whole(price: int, unit: int) -> int:
    return 0 if price == UNDEFINED else int(price) // unit


def _count(value: int) -> int:
    return 0 if value in {UNDEFINED, 2**32 - 1, 2**31 - 1} else int(value)


def _sides(side: NDArray[Any], *, aggressor: bool) -> NDArray[np.uint8]:
    """Return the code of the resting side."""
    buy, sell = (1, 0) if aggressor else (0, 1)
    out = np.full(side.size, SIDE_NONE, np.uint8)
    out[side == b"B"] = buy
    out[side == b"A"] = sell
    return out


class _Fills:
    """Which quantity each market-by-order record takes from the book.

    Per order, the quantity it shows is set by an add or modify; fills take from it at
    once and the cancel that follows takes only what they left. Memory grows with the
    live orders.
    """

    def __init__(self) -> None:
        self.held: NDArray[Any] | None = None
        # (instrument id, order id) to the quantity shown and what of it was filled.
        self.live: dict[tuple[int, int], tuple[int, int]] = {}
        self.unprinted = np.empty(0, np.bool_)

    def complete(
        self, view: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Take records; those of a trade still going on wait for the next call."""
        if self.held is not None:
            view = np.concatenate([self.held, view])
        going = np.isin(view["action"], (b"T", b"F"))
        others = np.flatnonzero(~going)
        end = int(others[-1]) + 1 if others.size else 0
        self.held = view[end:].copy() if end < view.size else None
        return self._resolve(view[:end])

    def flush(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None:
        """Return what was waiting, if anything."""
        if self.held is None:
            return None
        view, self.held = self.held, None
        return self._resolve(view)

    def _resolve(
        self, view: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        action = view["action"]
        size = view["size"].astype(np.int64)
        taken, left, known = self._take(view, action, size)
        kind = np.full(view.size, int(EventKind.INFO), np.uint8)
        quantity = size.copy()
        kind[action == b"A"] = EventKind.ADD
        modify = action == b"M"
        # A modify of an order that fills emptied (an iceberg's next slice) is an add.
        kind[modify] = np.where(
            (left[modify] == 0) & known[modify], EventKind.ADD, EventKind.MODIFY
        )
        kind[action == b"R"] = EventKind.CLEAR
        fill = action == b"F"
        quantity[fill] = taken[fill]
        kind[fill & (taken > 0)] = EventKind.EXECUTE
        cancel = action == b"C"
        quantity[cancel] = taken[cancel]
        empties = cancel & (taken > 0) & ((left == 0) | ~known)
        kind[cancel & (taken > 0)] = EventKind.REDUCE
        kind[empties & known] = EventKind.REMOVE
        self._trades(view, kind, quantity, np.where(fill, taken, 0))
        return view, kind, quantity

    def _take(
        self, view: NDArray[Any], action: NDArray[Any], size: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return what fills and cancels take, what is left, and if it was known.

        Before a modify, ``left`` is what the order still showed.
        """
        taken = [0] * view.size
        left = [0] * view.size
        known = [False] * view.size
        orders = zip(view["id"].tolist(), view["order_id"].tolist(), strict=True)
        columns = zip(orders, action.tolist(), size.tolist(), strict=True)
        live = self.live
        for at, (order, act, amount) in enumerate(columns):
            if act in {b"T", b"N"}:
                continue
            if act == b"R":
                for key in [key for key in live if key[0] == order[0]]:
                    del live[key]
                continue
            shown, filled = live.get(order, (0, 0))
            here = known[at] = order in live
            left[at] = shown - filled
            if act in {b"A", b"M"}:
                live[order] = (amount, 0)
            elif act == b"F":
                taken[at] = min(amount, shown - filled) if here else 0
                left[at] -= taken[at]
                if here:
                    live[order] = (shown, filled + taken[at])
            elif act == b"C":
                taken[at] = max(amount - filled, 0)
                if here:
                    taken[at] = min(taken[at], left[at])
                    left[at] -= taken[at]
                    shown -= amount
                    if shown > 0:
                        live[order] = (shown, max(filled - amount, 0))
                    else:
                        del live[order]
        return np.array(taken, np.int64), np.array(left), np.array(known)

    def _trades(
        self,
        view: NDArray[Any],
        kind: NDArray[Any],
        quantity: NDArray[Any],
        executed: NDArray[Any],
    ) -> None:
        """Give each trade what its fills do not account for."""
        trade = view["action"] == b"T"
        fill = view["action"] == b"F"
        group = np.cumsum(trade) - 1
        starts = np.flatnonzero(trade)
        self.unprinted = np.zeros(view.size, np.bool_)
        if not starts.size:
            return
        owner = starts[np.maximum(group, 0)]
        inside = fill & (group >= 0)
        auction = view["side"][owner] == b"N"
        own = view["order_id"] == view["order_id"][owner]
        self.unprinted = inside & (auction | own)
        counted = np.where(inside & ~own, executed, 0)
        sums = np.bincount(np.maximum(group, 0), weights=counted, minlength=starts.size)
        rest = view["size"][starts].astype(np.int64) - sums.astype(np.int64)
        called = view["side"][starts] == b"N"
        kind[starts] = np.where(
            called,
            int(EventKind.CROSS),
            np.where(rest > 0, int(EventKind.TRADE), int(EventKind.INFO)),
        )
        quantity[starts] = np.where(
            called, view["size"][starts], np.where(rest > 0, rest, view["size"][starts])
        )
