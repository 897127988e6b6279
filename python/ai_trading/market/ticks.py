"""Read tables of quotes and of trades.

A quote becomes a `QUOTE`, a trade a ``trade`` event. What the columns are called, the
time zone and the units are found as for bars.

Units: those of the records. An event's side is that of the resting order, so that a
trade whose taker bought has the side sell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.calendars import calendar as calendar_of
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EVENT, QUOTE, SIDE_NONE, EventKind
from ai_trading.core.zones import Ints, to_utc, zone
from ai_trading.market.bars import read_cells, symbol_of
from ai_trading.market.clean import check_policy
from ai_trading.market.columns import ROLES, find_columns, looks_like_header, normal
from ai_trading.market.csv_reader import Cells, sniff_dialect
from ai_trading.market.grid import choose_lot, choose_tick, to_steps
from ai_trading.market.parquet import COLUMNAR, column_names, read_columns
from ai_trading.market.source import MarketData, Policy, Problem, Records
from ai_trading.market.table import (
    BarFormat,
    Instruments,
    Table,
    by_symbol,
    made_instrument,
)
from ai_trading.market.times import clock_nanos, parse_times

__all__ = [
    "crossed_quotes",
    "holds_ticks",
    "in_time",
    "kind_of",
    "load_ticks",
    "no_sizes",
]

Kind: TypeAlias = Literal["quotes", "trades"]
Mask: TypeAlias = NDArray[np.bool_]

_WHEN: dict[str, tuple[str, ...]] = {
    "time": tuple(name for name in ROLES["time"] if name != "price"),
    "clock": ROLES["clock"],
    "symbol": ROLES["symbol"],
}
_QUOTES: dict[str, tuple[str, ...]] = {
    **_WHEN,
    "bid": ("bid", "bidprice", "bestbid", "bestbidprice", "bidpx", "bidpx00"),
    "ask": (
        "ask",
        "askprice",
        "bestask",
        "bestaskprice",
        "askpx",
        "askpx00",
        "offer",
        "offerprice",
    ),
    "bid_size": ("bidsize", "bidqty", "bidquantity", "bidvolume", "bidsz", "bidsz00"),
    "ask_size": (
        "asksize",
        "askqty",
        "askquantity",
        "askvolume",
        "asksz",
        "asksz00",
        "offersize",
    ),
}
_TRADES: dict[str, tuple[str, ...]] = {
    **_WHEN,
    "price": ("price", "tradeprice", "px", "lastprice", "last"),
    "size": ("size", "quantity", "qty", "volume", "amount", "shares", "tradesize"),
    "side": ("side", "takerside", "aggressorside", "aggressor"),
    "maker": ("isbuyermaker", "buyermaker", "m"),
}
_NEEDED: dict[Kind, tuple[str, ...]] = {
    "quotes": ("time", "bid", "ask"),
    "trades": ("time", "price", "size"),
}
_SPELLINGS: dict[Kind, dict[str, tuple[str, ...]]] = {
    "quotes": _QUOTES,
    "trades": _TRADES,
}


def load_ticks(
    path: str | Path,
    *,
    kind: Kind | None = None,
    symbol: str | None = None,
    instruments: Instruments | None = None,
    columns: Mapping[str, str | int] | None = None,
    timezone: str | None = None,
    calendar: str | None = None,
    policy: Policy | str = Policy.RAISE,
    time_format: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    member: str | None = None,
) -> MarketData:
    """Read a table of quotes or trades: delimited text, Parquet or Arrow.

    Parameters
    ----------
    path : path-like
        With a line of column names, plain or packed; Parquet and Arrow need the extra
        ``data``.
    kind : {"quotes", "trades"}, optional
        Found from the column names by default.
    columns : mapping of role to name or position, optional
        Roles of quotes: time, clock, symbol, bid, ask, bid_size, ask_size; of trades:
        time, clock, symbol, price, size, side (the taker's), maker (whether the buyer
        was resting).
    symbol, instruments, timezone, calendar, policy, time_format, delimiter, decimal, \
member
        As for `load_bars`.

    Returns
    -------
    MarketData
        Quotes, or ``trade`` events whose `aux` is the line or row. A quote whose bid
        is above its offer is reported, and left out only under ``policy="drop"``,
        since real markets are crossed for moments. Sizes that are not given are 0,
        which reads as an empty side and is reported.

    Raises
    ------
    DataError
        If the file cannot be read; the message names file and line.
    ArgumentError
        If an argument is outside its domain.
    """
    path = file_path("path", path)
    source = str(path)
    fmt = BarFormat(
        columns=columns,
        delimiter=delimiter,
        decimal=decimal,
        member=member,
        time_format=time_format,
        policy=check_policy(policy),
    )
    columnar = path.suffix.lower() in COLUMNAR
    if columnar:
        names: Sequence[str] = column_names(path)
    else:
        dialect = sniff_dialect(
            path, member=member, delimiter=delimiter, header=True, is_header=bool
        )
        names = dialect.names
    kind = kind or kind_of(names, columns)
    if kind not in ("quotes", "trades"):
        msg = f"{source}: pass kind='quotes' or 'trades'; received {kind!r}"
        raise ArgumentError(msg)
    needed, spellings = _NEEDED[kind], _SPELLINGS[kind]
    if columnar:
        table = read_columns(
            path,
            fmt,
            needed=needed,
            spellings=spellings,
            values=[role for side in _sides(kind) for role in side],
            words=("side", "maker", "symbol"),
        )
        if "symbol" in table.words:
            table = replace(table, symbol=table.words["symbol"])
    else:
        roles = find_columns(
            names, columns, source=source, needed=needed, spellings=spellings
        )
        table = read_cells(path, fmt, dialect, roles)
    name = calendar or "XNYS"
    moment, bad, problems = _moments(
        table, timezone, name, time_format or table.time_format
    )
    _refuse(table, bad, fmt.policy, problems)
    keep = ~bad
    given = by_symbol(instruments) or {}
    build = _quotes if kind == "quotes" else _trades
    owner, symbols = _owners(table, symbol or symbol_of(path))
    instruments_made = InstrumentTable()
    records = np.zeros(table.lines.size, QUOTE if kind == "quotes" else EVENT)
    records["timestamp"], records["instrument"] = moment, owner
    for number, one in enumerate(symbols):
        mine = keep & (owner == number)
        instrument = given.get(one) or _made(one, table, mine, name, kind)
        instruments_made.add(instrument)
        build(records, table, mine, instrument, source)
    records, lines = records[keep], table.lines[keep]
    records, lines, late = in_time(records, lines, source, fmt.policy)
    problems += late
    if kind == "quotes":
        records, crossed = crossed_quotes(records, lines, source, fmt.policy)
        problems += crossed + no_sizes(records, source)
    return MarketData(records, instruments_made, source, tuple(problems))


def holds_ticks(path: Path, options: Mapping[str, Any]) -> bool:
    """Return whether a table's column names are those of quotes or trades."""
    if options.get("kind") in ("quotes", "trades"):
        return True
    if path.suffix.lower() in COLUMNAR:
        names = column_names(path)
        return not looks_like_header(names) and kind_of(names) is not None
    dialect = sniff_dialect(
        path,
        member=options.get("member"),
        delimiter=options.get("delimiter"),
        header=True,
        is_header=bool,
    )
    if looks_like_header(dialect.names):
        return False
    return kind_of(dialect.names) is not None


def kind_of(
    names: Sequence[str], columns: Mapping[str, str | int] | None = None
) -> Kind | None:
    """Return what columns of these names hold, if it is quotes or trades."""
    plain = {normal(name) for name in names}
    chosen = set(columns or ())
    for kind, needed in _NEEDED.items():
        roles = [
            role in chosen or bool(plain & set(_SPELLINGS[kind][role]))
            for role in needed
        ]
        if all(roles):
            return kind
    return None


def _moments(
    table: Table, timezone: str | None, calendar: str, time_format: str | None
) -> tuple[Ints, Mask, list[Problem]]:
    times = parse_times(table.time, time_format=time_format)
    wall, bad = times.wall, times.bad | table.unread
    if table.clock is not None:
        nanos, wrong = clock_nanos(table.clock)
        wall, bad = wall + nanos, bad | wrong
    if times.offset is not None:
        return wall - times.offset, bad, []
    tz = zone(timezone) if timezone else calendar_of(calendar).zone
    problems = []
    if timezone is None:
        note = (
            f"{table.source}: times state no zone and were taken as {tz.key}; pass "
            f"timezone="
        )
        problems.append(Problem("zone-assumed", note))
    return to_utc(wall, tz)[0], bad, problems


def _refuse(table: Table, bad: Mask, policy: Policy, problems: list[Problem]) -> None:
    """Add to `bad` what is no tick, and refuse or report it."""
    values = table.values
    bad_lines = table.lines[bad].tolist() + [line for line, _ in table.odd]
    found = [("unparsable", sorted(bad_lines))]
    if "price" in values:
        with np.errstate(invalid="ignore"):
            wrong = ~((values["price"] > 0) & (values["size"] > 0)) & ~bad
        found.append(("no-quantity", table.lines[wrong].tolist()))
        bad |= wrong
    for code, lines in found:
        if not lines:
            continue
        if policy is Policy.RAISE:
            msg = (
                f"{table.source}, {table.word} {lines[0]}: no quote or trade ({code}), "
                f"as in {len(lines)} {table.word}s; policy='drop' leaves such out"
            )
            raise DataError(msg)
        note = f"{table.source}: {table.word}s that are no quote or trade were left out"
        problems.append(Problem.at(code, note, lines))


def _owners(table: Table, symbol: str) -> tuple[Ints, list[str]]:
    if table.symbol is None:
        return np.zeros(table.lines.size, np.int64), [symbol]
    unique, first, owner = np.unique(
        table.symbol, return_index=True, return_inverse=True
    )
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    names = [bytes(unique[i]).decode("utf-8", "replace") for i in order]
    return rank[owner].astype(np.int64), names


def _sides(kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind == "quotes":
        return ("bid", "ask"), ("bid_size", "ask_size")
    return ("price",), ("size",)


def _made(
    symbol: str, table: Table, mine: Mask, calendar: str, kind: Kind
) -> Instrument:
    prices, sizes = _sides(kind)
    tick = choose_tick([_clean(table.values[role][mine]) for role in prices])
    amounts = [
        _clean(table.values[role][mine]) for role in sizes if role in table.values
    ]
    lot = choose_lot(np.concatenate(amounts) if amounts else np.zeros(1))
    return made_instrument(symbol, tick.step, lot.step, calendar)


def _clean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(values) & (values > 0), values, 0.0)


def _quotes(
    records: Records, table: Table, mine: Mask, instrument: Instrument, source: str
) -> None:
    for side in ("bid", "ask"):
        price = _clean(table.values[side][mine])
        size = table.values.get(f"{side}_size")
        amount = np.zeros(price.size) if size is None else _clean(size[mine])
        amount = np.where(price > 0, amount, 0.0)
        ticks = to_steps(price, instrument.tick_size, what=source)
        lots = to_steps(amount, instrument.lot_size, what=source)
        records[f"{side}_price"][mine] = ticks
        records[f"{side}_quantity"][mine] = lots


def _trades(
    records: Records, table: Table, mine: Mask, instrument: Instrument, source: str
) -> None:
    price, size = table.values["price"][mine], table.values["size"][mine]
    records["kind"][mine] = EventKind.TRADE
    records["price"][mine] = to_steps(price, instrument.tick_size, what=source)
    records["quantity"][mine] = to_steps(size, instrument.lot_size, what=source)
    records["aux"][mine] = table.lines[mine]
    records["side"][mine] = _resting(table.words, mine)


def _resting(words: Mapping[str, Cells], mine: Mask) -> NDArray[np.uint8]:
    """Side of the resting order: the opposite of the taker's."""
    side = np.full(int(mine.sum()), SIDE_NONE, np.uint8)
    if "side" in words:
        taker = np.char.lower(words["side"][mine])
        side[np.isin(taker, [b"buy", b"b", b"bid", b"1"])] = 1
        side[np.isin(taker, [b"sell", b"s", b"ask", b"a", b"-1"])] = 0
    elif "maker" in words:
        buyer_rested = np.char.lower(words["maker"][mine])
        side[np.isin(buyer_rested, [b"true", b"1"])] = 0
        side[np.isin(buyer_rested, [b"false", b"0"])] = 1
    return side


def in_time(
    records: Records, lines: Ints, source: str, policy: Policy
) -> tuple[Records, Ints, list[Problem]]:
    """Refuse, leave out or put right lines earlier than one in front of them."""
    times = records["timestamp"]
    late = np.flatnonzero(times < np.maximum.accumulate(times))
    if not late.size:
        return records, lines, []
    if policy is Policy.RAISE:
        msg = (
            f"{source}, line {lines[late[0]]}: earlier than a line in front of "
            f"it, as are {late.size} lines; pass policy='drop' or 'keep'"
        )
        raise DataError(msg)
    done = "left out" if policy is Policy.DROP else "moved to their place"
    problem = Problem.at(
        "unsorted",
        f"{source}: lines earlier than a line in front of them were {done}",
        lines[late],
    )
    if policy is Policy.DROP:
        return np.delete(records, late), np.delete(lines, late), [problem]
    order = np.argsort(times, kind="stable")
    return records[order], lines[order], [problem]


def crossed_quotes(
    quotes: Records, lines: Ints, source: str, policy: Policy
) -> tuple[Records, list[Problem]]:
    """Report quotes whose bid is above the offer, and leave them out under drop."""
    # Real markets are crossed for moments and before the open: that refuses nothing.
    both = (quotes["bid_quantity"] > 0) & (quotes["ask_quantity"] > 0)
    crossed = both & (quotes["bid_price"] > quotes["ask_price"])
    if not crossed.any():
        return quotes, []
    done = "left out" if policy is Policy.DROP else "kept"
    note = f"{source}: quotes whose bid is above the offer were {done}"
    problem = Problem.at("crossed", note, lines[crossed])
    return (quotes[~crossed] if policy is Policy.DROP else quotes), [problem]


def no_sizes(quotes: Records, source: str) -> list[Problem]:
    """Report quotes none of which has a size."""
    if quotes["bid_quantity"].any() or quotes["ask_quantity"].any():
        return []
    note = (
        f"{source}: quotes have no sizes; a size of 0 reads as an empty side, so that "
        f"nothing trades against them"
    )
    return [Problem("no-size", note)]
