"""A made-up trading day: order-by-order flow from a seeded model.

The models (`market.flow_models`) and the matching engine under them are compiled
(`_core.matching.OrderFlow`); here symbols get prices, events an instrument table, and a
day can be written as a true NASDAQ TotalView-ITCH 5.0 file. Every event is flagged as
simulated.

Units: prices in ticks of 0.0001, quantities in shares, times in UTC nanoseconds.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path, items
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EVENT, SIDE_NONE, EventKind, Flag, TradingState
from ai_trading.core.sessions import local_time_ns
from ai_trading.market.day_rules import DayRules, day_rules
from ai_trading.market.flow_models import FlowModel, Hawkes, flow_model
from ai_trading.market.source import CHUNK, EventStream, MarketData

with needs_core():
    from ai_trading._core import feed as _feed
    from ai_trading._core import matching as _matching

if TYPE_CHECKING:
    from ai_trading.market.source import Records

__all__ = ["DEFAULT_SYMBOLS", "synthetic_day", "synthetic_stream", "write_itch"]

DEFAULT_SYMBOLS: Final = ("AAPL", "MSFT", "NVDA")
"""Symbols of a day unless told otherwise; their prices are invented."""

_DAY: Final = dt.date(2026, 1, 15)
_PRICES: Final = {"AAPL": "150.25", "MSFT": "410.40", "NVDA": "132.10"}
_CENT: Final = Decimal("0.01")
_MINUTE_NS: Final = 60_000_000_000
# System events of a day: letter and New York time (ITCH 5.0, section 4.1).
_SYSTEM: Final = (
    ("O", dt.time(3, 0)),
    ("S", dt.time(4, 0)),
    ("Q", dt.time(9, 30)),
    ("M", dt.time(16, 0)),
    ("E", dt.time(20, 0)),
    ("C", dt.time(20, 5)),
)


def synthetic_day(
    symbols: Sequence[str] | Mapping[str, float | Decimal | str] = DEFAULT_SYMBOLS,
    *,
    seed: int = 1,
    events: int | None = 200_000,
    date: dt.date | str = _DAY,
    volatility: float = 0.01,
    excitation: float | None = None,
    model: FlowModel | str = "hawkes",
    rules: DayRules | str | Mapping[str, Any] | None = None,
) -> MarketData:
    """Make a day of order flow up.

    Parameters
    ----------
    symbols : sequence of str, or mapping of str to price
        What is traded. Without a price a symbol has one between 20 and 500 that depends
        on its name alone.
    seed : int, default 1
        The same arguments give the same day on every machine.
    events : int, optional
        Wanted in all, 200,000 by default; the day comes out about as long, because the
        model's clock is made to run faster or slower. None: its rates per second as
        stated (not for Hawkes, which has none).
    date : datetime.date or str, default 2026-01-15
        The session is 09:30 to 16:00 New York on it.
    volatility : float, default 0.01
        Of the latent value over the session, as a fraction.
    excitation : float, optional
        Short for ``model=Hawkes(excitation=...)``.
    model : FlowModel or str, default "hawkes"
        Who sends orders when: `market.flow_models.Hawkes`, `ZeroIntelligence`,
        `QueueReactive`, `AgentMarket`, or the name of one (hawkes, zero_intelligence,
        queue_reactive, agents) with its defaults.
    rules : DayRules, str or mapping, optional
        ``"us_equities"`` or its terms: opening and closing auctions, price bands,
        pauses, halts (`market.day_rules`). None: trading at any price.

    Returns
    -------
    MarketData
        Of `EVENT` records.

    Raises
    ------
    ArgumentError
        If an argument is outside its domain.

    Examples
    --------
    >>> day = synthetic_day({"ACME": 42}, events=5_000)
    >>> day.kind, day.symbols
    ('events', ('ACME',))
    """
    return synthetic_stream(
        symbols,
        seed=seed,
        events=events,
        date=date,
        volatility=volatility,
        excitation=excitation,
        model=model,
        rules=rules,
    ).read()


def synthetic_stream(
    symbols: Sequence[str] | Mapping[str, float | Decimal | str] = DEFAULT_SYMBOLS,
    *,
    seed: int = 1,
    events: int | None = 200_000,
    date: dt.date | str = _DAY,
    volatility: float = 0.01,
    excitation: float | None = None,
    model: FlowModel | str = "hawkes",
    rules: DayRules | str | Mapping[str, Any] | None = None,
    chunk: int = CHUNK,
) -> EventStream:
    """Make a day of order flow up piece by piece, in bounded memory.

    Parameters are those of `synthetic_day`; `chunk` is the most events in one array.

    Raises
    ------
    ArgumentError
        If an argument is outside its domain.
    """
    date = _day(date)
    chosen = _model(model, excitation)
    terms = chosen.core()
    table = _instruments(symbols)
    prices = _opening_prices(symbols, table)
    open_ns = local_time_ns(date, dt.time(9, 30))
    kept = day_rules(rules)
    close_ns = local_time_ns(date, dt.time(16, 0) if kept is None else kept.close)
    core_rules = None if kept is None else kept.core(tuple(table), prices, date)

    def flow() -> _matching.OrderFlow:
        try:
            return _matching.OrderFlow(
                [
                    _matching.FlowSymbol(
                        price, step=table[i].increment_ticks, volatility=volatility
                    )
                    for i, price in enumerate(prices)
                ],
                seed=seed,
                start=open_ns,
                end=close_ns,
                events=events,
                model=terms,
                rules=core_rules,
            )
        except (TypeError, ValueError) as error:
            raise ArgumentError(str(error)) from None

    def chunks(_: EventStream) -> Iterator[Records]:
        source = flow()
        while (part := source.fill(chunk)).size:
            yield part

    flow()  # refuses bad arguments now, not at the first record
    return EventStream(
        chunks=chunks,
        instruments=table,
        source=f"synthetic day {date}, {type(chosen).__name__}, seed {seed}",
    )


def _day(date: dt.date | str) -> dt.date:
    if isinstance(date, dt.datetime):
        return date.date()
    if isinstance(date, dt.date):
        return date
    try:
        return dt.date.fromisoformat(date)
    except (TypeError, ValueError):
        msg = f"date must be a day such as 2026-01-15; received {date!r}"
        raise ArgumentError(msg) from None


def _model(model: FlowModel | str, excitation: float | None) -> FlowModel:
    if excitation is None:
        return flow_model(model)
    if model != "hawkes":
        msg = f"excitation is a term of hawkes; received it with model={model!r}"
        raise ArgumentError(msg)
    return Hawkes(excitation=excitation)


def write_itch(
    path: str | os.PathLike[str],
    symbols: Sequence[str] | Mapping[str, float | Decimal | str] = DEFAULT_SYMBOLS,
    *,
    seed: int = 1,
    events: int | None = 200_000,
    date: dt.date | str = _DAY,
    volatility: float = 0.01,
    excitation: float | None = None,
    model: FlowModel | str = "hawkes",
    rules: DayRules | str | Mapping[str, Any] | None = None,
) -> Path:
    """Write a made-up day as an ITCH 5.0 file, and return its path.

    The file has the frame of a real one: system events, a stock directory and trading
    actions before the order messages. A name that ends in ``.gz`` is compressed, with
    the same bytes on every run. What marks the events as simulated has no place in the
    format and is lost. With `rules` the file has what a true one tells of them: crosses
    (Q) and their imbalances (I), trading actions (H), the collars of reopening auctions
    (J) and market-wide halts (W).

    Raises
    ------
    ArgumentError
        If an argument is outside its domain, or a symbol does not fit the format's
        eight letters.
    OSError
        If the file cannot be written.
    """
    date = _day(date)
    stream = synthetic_stream(
        symbols,
        seed=seed,
        events=events,
        date=date,
        volatility=volatility,
        excitation=excitation,
        model=model,
        rules=rules,
    )
    encoder = _feed.ItchEncoder(local_time_ns(date, dt.time(0, 0)))
    try:
        for symbol in stream.instruments.symbols:
            encoder.add(_feed.ItchInstrument(symbol))
    except ValueError as error:
        raise ArgumentError(str(error)) from None

    kept = day_rules(rules)
    marks = [(letter, local_time_ns(date, time)) for letter, time in _SYSTEM]
    if kept is not None:
        end = local_time_ns(date, kept.close)
        marks = [(letter, end if letter == "M" else at) for letter, at in marks]
    trading = kept is None  # before the open, where no rules say otherwise
    target = file_path("path", path)
    try:
        file = target.open("wb")
    except OSError as error:
        msg = f"cannot write {target}: {error.strerror}; does its folder exist?"
        raise DataError(msg) from error
    with file as raw:
        if target.suffix == ".gz":
            with gzip.GzipFile(
                filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0
            ) as packed:
                _write_day(
                    cast("BinaryIO", packed), encoder, stream, marks, trading=trading
                )
        else:
            _write_day(raw, encoder, stream, marks, trading=trading)
    return target


def _write_day(
    out: BinaryIO,
    encoder: _feed.ItchEncoder,
    stream: EventStream,
    marks: list[tuple[str, int]],
    *,
    trading: bool,
) -> None:
    start = marks[1][1]
    count = len(stream.instruments)
    out.write(encoder.encode(_system(marks[:1])))
    out.write(encoder.encode(_per_stock(EventKind.INFO, count, start - _MINUTE_NS)))
    out.write(encoder.encode(_system(marks[1:2])))
    if trading:
        out.write(encoder.encode(_per_stock(EventKind.STATUS, count, start)))
    waiting = marks[2:]
    for chunk in stream:
        # The format has trading actions for halts and resumption; the close of the
        # day is a system event.
        kept = chunk[
            (chunk["kind"] != EventKind.STATUS) | (chunk["aux"] != TradingState.CLOSED)
        ]
        while waiting:
            due = int(np.searchsorted(kept["timestamp"], waiting[0][1]))
            if due == kept.size:
                break
            out.write(encoder.encode(kept[:due].copy()))
            out.write(encoder.encode(_system(waiting[:1])))
            kept, waiting = kept[due:], waiting[1:]
        out.write(encoder.encode(kept.copy()))
    out.write(encoder.encode(_system(waiting)))


def _system(marks: Sequence[tuple[str, int]]) -> Records:
    rows = np.zeros(len(marks), EVENT)
    rows["timestamp"] = [when for _, when in marks]
    rows["kind"] = EventKind.INFO
    rows["side"] = SIDE_NONE
    rows["flags"] = Flag.SIMULATED
    rows["order_id"] = [ord(letter) for letter, _ in marks]
    rows["aux"] = ord("S")
    return rows


def _per_stock(kind: EventKind, count: int, when: int) -> Records:
    rows: np.ndarray[Any, Any] = np.zeros(count, EVENT)
    rows["timestamp"] = when
    rows["instrument"] = np.arange(count)
    rows["kind"] = kind
    rows["side"] = SIDE_NONE
    rows["flags"] = Flag.SIMULATED
    if kind is EventKind.INFO:
        rows["aux"] = ord("R")
    else:
        rows["order_id"] = ord("T")
        rows["aux"] = TradingState.CONTINUOUS
    return rows


def _instruments(symbols: Sequence[str] | Mapping[str, Any]) -> InstrumentTable:
    if isinstance(symbols, str):
        msg = f"symbols must be several names; received {symbols!r}. Use [{symbols!r}]"
        raise ArgumentError(msg)
    table = InstrumentTable()
    for symbol in items("symbols", symbols, "['AAPL', 'MSFT']"):
        table.add(Instrument(symbol, price_increment=_CENT))
    if not len(table):
        msg = "symbols is empty; a day needs one at least"
        raise ArgumentError(msg)
    return table


def _opening_prices(
    symbols: Sequence[str] | Mapping[str, Any], table: InstrumentTable
) -> list[int]:
    given = symbols if isinstance(symbols, Mapping) else {}
    out = []
    for instrument in table:
        price = given.get(instrument.symbol, _PRICES.get(instrument.symbol))
        step = instrument.increment_ticks
        if price is None:
            digest = hashlib.blake2b(instrument.symbol.encode(), digest_size=4).digest()
            cents = 2_000 + int.from_bytes(digest, "little") % 48_000
            out.append(cents * step)
        else:
            ticks = instrument.round_to_ticks(price) // step * step
            if not 2 * step <= ticks <= 2**50:
                msg = (
                    f"the price of {instrument.symbol} must lie between "
                    f"{2 * instrument.price(step):g} (two steps) and 2^50 ticks; "
                    f"received {price!r}"
                )
                raise ArgumentError(msg)
            out.append(ticks)
    return out
