"""Read QuantConnect LEAN's zipped CSV: ticks, bars and quote bars.

What a file holds is told by its place in LEAN's folders and the names inside the zip:
``equity/usa/minute/ibm/20131007_trade.zip``. US equities count milliseconds since
midnight in New York and prices in 1/10,000 dollar; futures, currencies and crypto
count from midnight UTC and write prices as they are.

Units: those of the records; one tick of a US equity is 0.0001 dollar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EVENT, QUOTE, SIDE_NONE, EventKind, Flag
from ai_trading.core.zones import DAY, HOUR, MINUTE, SECOND, Ints, to_utc, zone
from ai_trading.market.bars import stream_of
from ai_trading.market.build import bars_of, join_parts, together
from ai_trading.market.clean import check_policy
from ai_trading.market.csv_reader import Cells, Dialect, numbers, pieces
from ai_trading.market.files import blocks, members
from ai_trading.market.grid import choose_lot, choose_tick, to_steps
from ai_trading.market.source import (
    CHUNK,
    EventStream,
    MarketData,
    Policy,
    Problem,
)
from ai_trading.market.table import (
    PRICES,
    BarFormat,
    Instruments,
    Session,
    Table,
    by_symbol,
    made_instrument,
    session_of,
)
from ai_trading.market.ticks import crossed_quotes, in_time, no_sizes

__all__ = ["LeanFile", "What", "describe", "load_lean", "open_lean"]

What: TypeAlias = Literal["trade", "quote"]
Floats: TypeAlias = NDArray[np.float64]

_LENGTHS = {"second": SECOND, "minute": MINUTE, "hour": HOUR, "daily": DAY}
_RESOLUTIONS = ("tick", *_LENGTHS)
_CLASSES = {
    "equity": AssetClass.EQUITY,
    "forex": AssetClass.CURRENCY,
    "cfd": AssetClass.CURRENCY,
    "crypto": AssetClass.CRYPTO,
    "cryptofuture": AssetClass.CRYPTO,
    "future": AssetClass.FUTURE,
}
_CALENDARS = {
    AssetClass.EQUITY: "XNYS",
    AssetClass.CURRENCY: "24/5",
    AssetClass.CRYPTO: "24/7",
    AssetClass.FUTURE: "CMES",
}
_CALENDAR_LIBRARY = "exchange_calendars"
_MEMBER = re.compile(
    r"(?:(?P<date>\d{8})_)?(?P<symbol>[a-z0-9.]+)"
    r"(?:_(?:(?P<first>trade|quote|openinterest|tick|second|minute|hour|daily))"
    r"(?:_(?P<second>trade|quote|openinterest|tick|second|minute|hour|daily))?)?"
    r"(?:_(?P<contract>\d{6}))?\.csv",
    re.IGNORECASE,
)
_MONTHS = "FGHJKMNQUVXZ"

# Tick and money per point of the contracts that are traded most (exchange rule books).
_CONTRACTS = {
    "ES": ("0.25", "50"),
    "NQ": ("0.25", "20"),
    "YM": ("1", "5"),
    "RTY": ("0.1", "50"),
    "GC": ("0.1", "100"),
    "SI": ("0.005", "5000"),
    "CL": ("0.01", "1000"),
    "NG": ("0.001", "10000"),
    "6E": ("0.00005", "125000"),
}

_EQUITY_SCALE = 10_000
_AUCTION = 0x40 | 0x80 | 0x100  # opening, closing and reopening prints


@dataclass(frozen=True, slots=True)
class LeanFile:
    """One CSV inside one of LEAN's archives.

    Parameters
    ----------
    path : Path
        The archive.
    member : str
        The CSV inside.
    symbol : str
        Upper case; a future's has month and year, as in ``"ESZ13"``.
    root : str
        The symbol without its contract.
    asset_class : AssetClass
        By its folder.
    resolution : str
        tick, second, minute, hour or daily.
    what : str
        trade, quote or openinterest.
    day : datetime64[D] or None
        Which day it holds; None where it holds all.
    """

    path: Path
    member: str
    symbol: str
    root: str
    asset_class: AssetClass
    resolution: str
    what: str
    day: np.datetime64 | None

    @property
    def source(self) -> str:
        """Its name in messages."""
        return f"{self.path}[{self.member}]"


def describe(path: str | Path) -> list[LeanFile]:
    """Return what one of LEAN's archives holds, judged by names alone.

    Raises
    ------
    DataError
        If the archive is damaged, or its names are not LEAN's.
    """
    path = file_path("path", path)
    return [_describe(path, member) for member in members(path)]


def load_lean(
    source: str | Path | Sequence[str | Path],
    *,
    what: What = "trade",
    symbols: Iterable[str] | None = None,
    instruments: Instruments | None = None,
    session: Session | None = None,
    policy: Policy | str = Policy.RAISE,
) -> MarketData:
    """Read LEAN archives into one run.

    Parameters
    ----------
    source : path, directory, or sequence of paths
        Archives of one resolution; of a directory, those of the kind `what` below it.
    what : {"trade", "quote"}, default "trade"
        Which archives of a directory; a single archive is read whatever it is.
    symbols : iterable of str, optional
        Only these.
    instruments : Instrument, InstrumentTable or mapping of symbol, optional
        Override what is made: US equities have ticks of 0.0001, well-known futures
        their own tick and multiplier, others what `market.grid` finds.
    session : {"regular", "extended"}, optional
        Leave out bars that open outside these hours.
    policy : {"raise", "drop", "keep"}, default "raise"
        What happens to rows that cannot be right.

    Returns
    -------
    MarketData
        Trade ticks are ``trade`` events, opening, closing and reopening prints
        ``cross`` events; `aux` is the line number. Those LEAN marks as suspicious
        carry `Flag.UNPRINTED`, since its bars do not count them. Quote ticks are
        quotes: the best bid and offer over all venues after each tick.
        Trade bars are bars. Quote bars are quotes at the end of each bar.

    Raises
    ------
    DataError
        If an archive is damaged, not LEAN's, or holds open interest; and by `policy`.

    Notes
    -----
    LEAN's currency quotes have no sizes; a size of zero means an empty side
    everywhere else, so this is reported. A line of a quote-tick file states the
    national best bid or offer and the venue that makes it; each holds until the next.
    """
    files = _files(source, what)
    wanted = None if symbols is None else {str(symbol).upper() for symbol in symbols}
    files = [f for f in files if wanted is None or {f.symbol, f.root} & wanted]
    if not files:
        msg = f"{source}: no {what} archive of LEAN's for {sorted(wanted or ())}"
        raise DataError(msg)
    kinds = {(f.resolution, f.what) for f in files}
    if len(kinds) > 1:
        msg = (
            f"{source}: one run has one resolution and kind; received {sorted(kinds)}. "
            f"Name a folder such as 'minute'"
        )
        raise DataError(msg)
    given = by_symbol(instruments) or {}
    chosen = check_policy(policy)
    per_symbol: dict[str, list[LeanFile]] = {}
    for file in files:
        per_symbol.setdefault(file.symbol, []).append(file)
    parts = []
    for same in per_symbol.values():
        instrument = given.get(same[0].symbol) or given.get(same[0].root)
        read = [_read(file, instrument, session_of(session), chosen) for file in same]
        parts.append(join_parts(read, str(same[0].path.parent)))
    return together(parts, str(source) if isinstance(source, str | Path) else "LEAN")


def open_lean(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    policy: Policy | str = Policy.RAISE,
    chunk: int = CHUNK,
    **options: Any,
) -> EventStream:
    """Open an archive as a stream; the door that `open_events` uses."""
    data = load_lean(path, symbols=symbols, policy=policy, **options)
    return stream_of(data, chunk=chunk)


def _files(source: str | Path | Sequence[str | Path], what: str) -> list[LeanFile]:
    if not isinstance(source, str | Path):
        return [file for path in source for file in describe(path)]
    path = Path(source)
    if not path.is_dir():
        return describe(path)
    archives = sorted(path.rglob("*.zip"))
    found = [file for archive in archives for file in describe(archive)]
    return [file for file in found if file.what == what]


def _describe(path: Path, member: str) -> LeanFile:
    match = _MEMBER.fullmatch(Path(member).name)
    if match is None:
        msg = f"{path}: {member!r} is not a name of LEAN's, like 20131007_ibm_tick"
        raise DataError(msg)
    folders = [part.lower() for part in path.absolute().parts[:-1]]
    kind = next((f for f in reversed(folders) if f in _CLASSES), "equity")
    words = {
        word.lower()
        for word in (match["first"], match["second"], *path.stem.split("_")[1:])
        if word
    }
    resolution = next((r for r in _RESOLUTIONS if r in words), None) or next(
        (f for f in reversed(folders) if f in _RESOLUTIONS), None
    )
    if resolution is None:
        msg = f"{path}: neither its name nor its folder tells tick, minute or daily"
        raise DataError(msg)
    # Currencies have quotes only, whose daily and hourly files do not say so.
    plain = "quote" if kind in {"forex", "cfd"} else "trade"
    what = next((w for w in ("trade", "quote", "openinterest") if w in words), plain)
    root = match["symbol"].upper()
    symbol = root
    if match["contract"]:
        year, month = match["contract"][:4], int(match["contract"][4:])
        symbol = f"{root}{_MONTHS[month - 1]}{year[2:]}"
    day = match["date"] or (path.stem[:8] if path.stem[:8].isdigit() else None)
    return LeanFile(
        path=path,
        member=member,
        symbol=symbol,
        root=root,
        asset_class=_CLASSES[kind],
        resolution=resolution,
        what=what,
        day=None if day is None else np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}"),
    )


def _read(
    file: LeanFile, given: Instrument | None, session: Session | None, policy: Policy
) -> MarketData:
    if file.what == "openinterest":
        msg = f"{file.source}: holds open interest, which is no market data to replay"
        raise DataError(msg)
    if file.resolution == "tick":
        reader = _trade_ticks if file.what == "trade" else _quote_ticks
        return reader(file, given, policy)
    columns, lines, odd = _cut(file, 6 if file.what == "trade" else 11)
    if file.what == "trade":
        return _trade_bars(file, (columns, lines, odd), given, session, policy)
    _refuse_odd(file, odd)
    return _quote_bars(file, columns, lines, given, policy)


_Cut: TypeAlias = tuple[dict[int, Any], Ints, list[tuple[int, str]]]


def _cut(file: LeanFile, width: int, text: Sequence[int] = ()) -> _Cut:
    """Columns by position: numbers, and bytes for the time and those in `text`."""
    first = next(blocks(file.path, size=4096, member=file.member), b"")
    if not first.strip():
        msg = f"{file.source}: is empty; expected rows"
        raise DataError(msg)
    count = first.split(b"\n", 1)[0].count(b",") + 1
    if count != width:
        msg = (
            f"{file.source}, line 1: {file.resolution} {file.what} rows have {width} "
            f"cells; received {count}"
        )
        raise DataError(msg)
    names = tuple(str(place) for place in range(width))
    dialect = Dialect(",", names, header=False, first_line=1)
    found: dict[int, list[Any]] = {place: [] for place in range(width)}
    lines: list[Ints] = []
    odd: list[tuple[int, str]] = []
    dated = file.day is None
    for piece in pieces(file.path, dialect, member=file.member):
        wrong = np.zeros(piece.lines.size, np.bool_)
        for place in range(width):
            cells = piece.cell(place)
            if place in text or (place == 0 and dated):
                found[place].append(cells)
                continue
            values, bad = numbers(cells)
            found[place].append(values)
            wrong |= bad if place else bad | ~np.isfinite(values)
        odd += piece.odd
        odd += [(int(line), "no number") for line in piece.lines[wrong]]
        keep = ~wrong
        for column in found.values():
            column[-1] = column[-1][keep]
        lines.append(piece.lines[keep])
    joined = {place: np.concatenate(parts) for place, parts in found.items()}
    return joined, np.concatenate(lines), sorted(odd)


def _refuse_odd(file: LeanFile, odd: Sequence[tuple[int, str]]) -> None:
    if odd:
        msg = f"{file.source}, line {odd[0][0]}: cannot be read, received {odd[0][1]!r}"
        raise DataError(msg)


def _moments(file: LeanFile, millis: Floats) -> Ints:
    if file.day is None:
        msg = f"{file.source}: no date in its name; expected one like 20131007"
        raise DataError(msg)
    # Ticks have at most three decimals of a millisecond.
    after = np.rint(millis * 1000).astype(np.int64) * 1000
    wall = file.day.astype("datetime64[D]").astype(np.int64) * DAY + after
    return to_utc(np.asarray(wall, np.int64), zone(_zone(file)))[0]


def _zone(file: LeanFile) -> str:
    return "America/New_York" if file.asset_class is AssetClass.EQUITY else "UTC"


def _scale(file: LeanFile) -> int:
    return _EQUITY_SCALE if file.asset_class is AssetClass.EQUITY else 1


def _known(file: LeanFile, given: Instrument | None) -> Instrument | None:
    if given is not None:
        return replace(given, symbol=file.symbol)
    calendar = _CALENDARS[file.asset_class]
    if file.asset_class is AssetClass.EQUITY:
        return Instrument(file.symbol, venue="XNYS", calendar=calendar)
    if file.asset_class is AssetClass.FUTURE and file.root in _CONTRACTS:
        tick, multiplier = _CONTRACTS[file.root]
        return Instrument(
            file.symbol,
            tick_size=Decimal(tick),
            multiplier=Decimal(multiplier),
            venue="XCME",
            calendar=calendar,
            asset_class=AssetClass.FUTURE,
        )
    return None


def _instrument(
    file: LeanFile,
    given: Instrument | None,
    prices: Sequence[Floats],
    sizes: Floats,
) -> tuple[Instrument, list[Problem]]:
    known = _known(file, given)
    if known is not None:
        return known, []
    tick, lot = choose_tick(prices), choose_lot(sizes)
    name = _CALENDARS[file.asset_class]
    made = made_instrument(file.symbol, tick.step, lot.step, name)
    made = replace(made, asset_class=file.asset_class)
    if file.asset_class is not AssetClass.FUTURE:
        return made, []
    note = f"{file.source}: the multiplier of {file.root} is not known; taken as 1"
    return made, [Problem("multiplier-unknown", note)]


def _trade_ticks(
    file: LeanFile, given: Instrument | None, policy: Policy
) -> MarketData:
    columns, lines, odd = _cut(file, 6, text=(3, 4))
    _refuse_odd(file, odd)
    price, size = columns[1] / _scale(file), columns[2]
    instrument, problems = _instrument(file, given, [price], size)
    records = np.zeros(lines.size, EVENT)
    records["timestamp"] = _moments(file, columns[0])
    records["kind"], records["side"] = EventKind.TRADE, SIDE_NONE
    if file.asset_class is AssetClass.EQUITY:
        records["kind"][_auctions(columns[4])] = EventKind.CROSS
    records["price"] = to_steps(price, instrument.tick_size, what=file.source)
    records["quantity"] = to_steps(size, instrument.lot_size, what=file.source)
    records["aux"] = lines
    suspicious = columns[5] != 0
    records["flags"][suspicious] = Flag.UNPRINTED
    if suspicious.any():
        note = f"{file.source}: trades marked suspicious are flagged as unprinted"
        problems.append(Problem.at("suspicious", note, lines[suspicious]))
    empty = ~(size > 0) | ~(price > 0)
    if empty.any():
        note = f"{file.source}: trades without a price or quantity were left out"
        problems.append(Problem.at("no-quantity", note, lines[empty]))
        records, lines = records[~empty], lines[~empty]
    records, lines, more = in_time(records, lines, file.source, policy)
    return MarketData(
        records, InstrumentTable([instrument]), file.source, (*problems, *more)
    )


def _auctions(conditions: Cells) -> NDArray[np.bool_]:
    """Which sale conditions, hexadecimal bit sets, name an auction print."""
    words, where = np.unique(conditions, return_inverse=True)
    auction = [bool(word) and bool(int(word, 16) & _AUCTION) for word in words]
    return np.array(auction, np.bool_)[where]


def _quote_ticks(
    file: LeanFile, given: Instrument | None, policy: Policy
) -> MarketData:
    columns, lines, odd = _cut(file, 8, text=(5, 6))
    _refuse_odd(file, odd)
    problems: list[Problem] = []
    suspicious = columns[7] != 0
    if suspicious.any():
        note = f"{file.source}: quotes marked suspicious were left out"
        problems.append(Problem.at("suspicious", note, lines[suspicious]))
        lines = lines[~suspicious]
        columns = {place: column[~suspicious] for place, column in columns.items()}
    scale = _scale(file)
    bid, ask = columns[1] / scale, columns[3] / scale
    sizes = np.concatenate((columns[2], columns[4]))
    instrument, more = _instrument(file, given, [bid, ask], sizes)
    tick, lot = instrument.tick_size, instrument.lot_size
    records = np.zeros(lines.size, QUOTE)
    records["timestamp"] = _moments(file, columns[0])
    row = np.arange(lines.size)
    for side, price, size in (("bid", bid, columns[2]), ("ask", ask, columns[4])):
        # The line that last said something about this side.
        last = np.maximum.accumulate(np.where(price > 0, row, -1))
        said = last >= 0
        ticks = to_steps(price, tick, what=file.source)
        lots = to_steps(size, lot, what=file.source)
        records[f"{side}_price"] = np.where(said, ticks[last], 0)
        records[f"{side}_quantity"] = np.where(said, lots[last], 0)
    records, lines, late = in_time(records, lines, file.source, policy)
    records, crossed = crossed_quotes(records, lines, file.source, policy)
    table = InstrumentTable([instrument])
    return MarketData(records, table, file.source, (*problems, *more, *crossed, *late))


def _bar_times(file: LeanFile, time: Any) -> tuple[NDArray[Any], str | None]:
    if file.day is not None:
        return _moments(file, time), "ns"
    wall, bad = _dates(time)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = f"{file.source}, line {row + 1}: no date, received {time[row]!r}"
        raise DataError(msg)
    if file.resolution == "daily":
        return wall.astype("datetime64[ns]").astype("datetime64[D]"), None
    return to_utc(wall, zone(_zone(file)))[0], "ns"


def _dates(time: Cells) -> tuple[Ints, NDArray[np.bool_]]:
    from ai_trading.market.times import parse_times

    times = parse_times(time)
    return times.wall, times.bad


def _trade_bars(
    file: LeanFile,
    cut: _Cut,
    given: Instrument | None,
    session: Session | None,
    policy: Policy,
) -> MarketData:
    columns, lines, odd = cut
    time, time_format = _bar_times(file, columns[0])
    known = _known(file, given)
    scale = _scale(file)
    values = {role: columns[1 + i] / scale for i, role in enumerate(PRICES)}
    calendar = _CALENDARS[file.asset_class]
    library = find_spec(_CALENDAR_LIBRARY) is not None
    fmt = BarFormat(
        interval=_LENGTHS[file.resolution],
        calendar=calendar if calendar != "CMES" or library else "24/7",
        session=session,
        policy=policy,
        instruments=None if known is None else {file.symbol: known},
        gaps=calendar != "CMES" or library,
    )
    table = Table(
        time=time,
        clock=None,
        values={**values, "volume": columns[5]},
        unread=np.zeros(lines.size, np.bool_),
        symbol=None,
        lines=lines,
        odd=odd,
        source=file.source,
        word="line",
        time_format=time_format,
    )
    return bars_of(table, fmt, symbol=file.symbol)


def _quote_bars(
    file: LeanFile,
    columns: Mapping[int, Any],
    lines: Ints,
    given: Instrument | None,
    policy: Policy,
) -> MarketData:
    time, _ = _bar_times(file, columns[0])
    if file.resolution == "daily" and file.asset_class is AssetClass.EQUITY:
        msg = f"{file.source}: LEAN has no daily quotes of equities"
        raise DataError(msg)
    start = time.astype("datetime64[ns]").astype(np.int64)
    scale = _scale(file)
    prices = [columns[4] / scale, columns[9] / scale]
    sizes = [columns[5], columns[10]]
    said = [np.isfinite(price) & (price > 0) for price in prices]
    clean = [np.where(s, p, 0.0) for s, p in zip(said, prices, strict=True)]
    amount = [np.where(s, q, 0.0) for s, q in zip(said, sizes, strict=True)]
    instrument, problems = _instrument(file, given, clean, np.concatenate(amount))
    records = np.zeros(lines.size, QUOTE)
    records["timestamp"] = start + _LENGTHS[file.resolution]
    for side, price, size in zip(("bid", "ask"), clean, amount, strict=True):
        records[f"{side}_price"] = to_steps(
            price, instrument.tick_size, what=file.source
        )
        records[f"{side}_quantity"] = to_steps(
            np.nan_to_num(size), instrument.lot_size, what=file.source
        )
    problems += no_sizes(records, file.source)
    records, lines, late = in_time(records, lines, file.source, policy)
    records, crossed = crossed_quotes(records, lines, file.source, policy)
    table = InstrumentTable([instrument])
    return MarketData(records, table, file.source, (*problems, *crossed, *late))
