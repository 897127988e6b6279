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

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import (
    BAR,
    EVENT,
    QUOTE,
    SIDE_NONE,
    EventKind,
    Flag,
)
from ai_trading.market.dbn_file import (
    Header,
    Run,
    decoded,
    kind_of_type,
    read_header,
    readable,
    runs,
)
from ai_trading.market.dbn_fills import Fills
from ai_trading.market.dbn_layout import (
    BAR_NANOS,
    DEFINITION,
    EQUITY_DATASETS,
    IMBALANCE,
    LAST,
    LAYOUTS,
    LEVEL,
    NAMES,
    NANO_DECIMALS,
    SNAPSHOT,
    STATES,
    STATISTICS,
    STATUS,
    TOP,
    UNDEFINED,
    VARYING,
)
from ai_trading.market.decimals import step
from ai_trading.market.source import CHUNK, EventStream, Kind, Policy, Records, said_by

__all__ = ["open_dbn"]


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
        If the header is malformed; while reading, if a record is or the file is cut
        off, with the offset. Everything before the damage was yielded.
    """
    path = file_path("path", path)
    header = read_header(path)
    wanted = None if symbols is None else frozenset(symbols)
    schema_kind = kind_of_type(header.rtype)
    if kind is None:
        kind = schema_kind
    if kind != schema_kind and not (kind == "events" and header.rtype in TOP):
        msg = f"{path} holds {schema_kind}; received kind={kind!r}"
        raise ArgumentError(msg)
    table, names = _survey(path, header, wanted, instruments, chunk)
    events = kind == "events"

    def chunks(stream: EventStream) -> Iterator[Records]:
        convert = _Converter(stream, header, table, names, events=events)
        damage: DataError | None = None
        try:
            for run in runs(path, header, chunk):
                yield from convert(run)
        except DataError as error:
            damage = error
        yield from convert.flush()
        if damage is not None:
            raise damage

    return EventStream(
        chunks, table, str(path), policy=policy, kind=kind, symbols=wanted
    )


class _Names:
    """Instrument ids of a file to indexes in the table, by day where ids are reused."""

    def __init__(
        self,
        header: Header,
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
    header: Header,
    wanted: frozenset[str] | None,
    given: InstrumentTable | None,
    chunk: int,
) -> tuple[InstrumentTable, dict[int, str]]:
    """Find the instruments of a file and the decimals their prices need."""
    found = _Found()
    # Damage is told by the reading that follows, once all in front of it was yielded.
    with suppress(DataError):
        for run in runs(path, header, chunk):
            found.look_at(path, run, header)
    if given is not None:
        return given, found.names
    market = header.dataset.partition(".")[0]
    least = 4 if market in EQUITY_DATASETS else 2
    table = InstrumentTable()
    with said_by(path):
        for name, decimals in found.units.items():
            if wanted is None or name in wanted:
                terms = found.defined.get(name)
                table.add(_instrument(name, max(decimals, least), header, terms))
    return table, found.names


@dataclasses.dataclass
class _Found:
    """What a file tells of its instruments: decimals, names and terms."""

    units: dict[str, int] = dataclasses.field(default_factory=dict)
    names: dict[int, str] = dataclasses.field(default_factory=dict)
    defined: dict[str, tuple[int, int, str]] = dataclasses.field(default_factory=dict)

    def look_at(self, path: Path, run: Run, header: Header) -> None:
        """Add what a run tells."""
        if run.rtype == DEFINITION:
            with readable(path, run):
                for record in decoded(run, header):
                    if not record.raw_symbol:
                        continue
                    if not header.spans:
                        self.names[int(record.instrument_id)] = record.raw_symbol
                    # Looked at now, since every field is decoded when asked for.
                    self.defined.setdefault(record.raw_symbol, _terms(record))
                    self.units.setdefault(record.raw_symbol, 2)
            return
        for raw, prices in _prices(run, header):
            spans = header.spans.get(raw, [])
            said = {name for _, _, name in spans} or {_name(raw, spans, self.names)}
            for name in said:
                self.units[name] = max(self.units.get(name, 2), _decimals(prices))


def _decimals(prices: NDArray[Any]) -> int:
    """Return how many decimals prices in 1e-9 need."""
    prices = np.unique(prices[prices != UNDEFINED])
    for decimals in range(NANO_DECIMALS):
        if not np.any(prices % 10 ** (NANO_DECIMALS - decimals)):
            return decimals
    return NANO_DECIMALS


def _prices(run: Run, header: Header) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the prices of a run by instrument id."""
    if run.rtype in LAYOUTS:
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
    for record in decoded(run, header):
        stated = [
            int(getattr(record, field))
            for field in ("price", "ref_price")
            if getattr(record, field, None) is not None
        ]
        yield int(record.instrument_id), np.array(stated, dtype=np.int64)


def _terms(definition: Any) -> tuple[int, int, str]:
    """Return price increment and unit in 1e-9, and the currency."""
    return (
        int(definition.min_price_increment),
        int(definition.unit_of_measure_qty),
        definition.currency or "USD",
    )


def _instrument(
    name: str, decimals: int, header: Header, definition: Any
) -> Instrument:
    market, _, _ = header.dataset.partition(".")
    equity = market in EQUITY_DATASETS
    tick = step(decimals)
    increment: Decimal | None = None
    multiplier = Decimal(1)
    currency = "USD"
    if definition is not None:
        smallest, amount, currency = definition
        if 0 < smallest < UNDEFINED:
            increment = Decimal(smallest).scaleb(-9)
            while increment % tick:
                tick /= 10
        if not equity and 0 < amount < UNDEFINED:
            multiplier = Decimal(amount).scaleb(-9).normalize()
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


class _Converter:
    """Turns runs of DBN records into ours; keeps what must outlive a run."""

    def __init__(
        self,
        stream: EventStream,
        header: Header,
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
        self.mbo = Fills()
        self.latest = 0

    def __call__(self, run: Run) -> Iterator[Records]:
        name = NAMES.get(run.rtype, f"{run.rtype:#04x}")
        if run.rtype in LAYOUTS and "action" in (LAYOUTS[run.rtype].names or ()):
            actions, numbers = np.unique(run.view()["action"], return_counts=True)
            for action, number in zip(actions.tolist(), numbers.tolist(), strict=True):
                self.stream.count(f"{name} {action.decode('ascii', 'replace')}", number)
        else:
            self.stream.count(name, len(run.data) // run.size)
        usual = kind_of_type(run.rtype) == self.stream.kind
        if run.rtype in LAYOUTS and (usual or (self.events and run.rtype in TOP)):
            yield self._fixed(run)
        else:
            yield self._varying(run)

    def flush(self) -> Iterator[Records]:
        """Yield what was held back for want of its continuation."""
        rest = self.mbo.flush()
        if rest is not None:
            yield self._orders(rest)

    def _fixed(self, run: Run) -> Records:
        view = run.view()
        if run.rtype == 0xA0:
            ready = self.mbo.complete(view)
            return self._orders(ready)
        clock = "ts_recv" if "ts_recv" in (view.dtype.names or ()) else "ts_event"
        index = self.names(view["id"], view[clock])
        view, index = view[index >= 0], index[index >= 0]
        if run.rtype in BAR_NANOS:
            return self._bars(view, index, BAR_NANOS[run.rtype])
        if run.rtype in TOP:
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
            out["flags"] = np.where(flags & LAST, 0, int(Flag.MORE)) | np.where(
                flags & SNAPSHOT, int(Flag.SNAPSHOT), 0
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
        out["flags"] = np.where(view["flags"] & LAST, 0, int(Flag.MORE))
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
            before = np.zeros(10, LEVEL)
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

    def _varying(self, run: Run) -> Records:
        if run.rtype not in VARYING or self.stream.kind != "events":
            count = len(run.data) // run.size
            told = "records of a type that does not belong here were left out"
            self.stream.report("other", told, range(run.first, run.first + count))
            return np.empty(0, EVENT)
        rows = []
        with readable(self.stream.source, run):
            for record in decoded(run, self.header):
                row = self._other(run.rtype, record)
                if row is not None:
                    rows.append(row)
        return np.array(rows, EVENT)

    def _other(self, rtype: int, record: Any) -> tuple[int, ...] | None:
        stamp = int(getattr(record, "ts_recv", UNDEFINED))
        if not 0 < stamp < UNDEFINED:
            stamp = int(record.ts_event)
        if rtype == DEFINITION:
            # Definitions are reference data, written in order of id and not of time.
            stamp = self.latest = max(self.latest, stamp)
        ids = np.array([int(record.instrument_id)])
        index = int(self.names(ids, np.array([stamp]))[0])
        if index < 0:
            return None
        unit = int(self.unit[index])
        kind, side, price, quantity, aux = EventKind.INFO, SIDE_NONE, 0, 0, rtype
        if rtype == STATUS:
            state = STATES.get(int(record.action))
            if state is not None:
                kind, aux = EventKind.STATUS, int(state)
        elif rtype == IMBALANCE:
            kind = EventKind.IMBALANCE
            side = {"B": 0, "A": 1}.get(str(record.side.value), SIDE_NONE)
            price = _whole(record.ref_price, unit)
            quantity = _count(record.total_imbalance_qty)
            aux = _count(record.paired_qty)
        elif rtype == STATISTICS:
            aux = int(record.stat_type)
            price = _whole(record.price, unit)
            quantity = _count(record.quantity)
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
