"""Read files of bars: one file, many files or a directory become one `MarketData`.

Cutting text into cells, finding columns, judging rows and the exchange's calendar have
modules of their own; `build` turns columns into bars.

Units: those of `build`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from inspect import signature
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.enums import TimeFrame
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path, items, mapping
from ai_trading.core.instrument import InstrumentTable
from ai_trading.core.zones import Ints
from ai_trading.market.build import bars_of, join_parts, together
from ai_trading.market.clean import check_policy
from ai_trading.market.columns import find_columns, looks_like_header
from ai_trading.market.csv_reader import (
    Cells,
    Dialect,
    decimal_comma,
    numbers,
    pieces,
    sniff_dialect,
)
from ai_trading.market.parquet import COLUMNAR, read_columns
from ai_trading.market.source import (
    CHUNK,
    EventStream,
    MarketData,
    Policy,
    Problem,
    Records,
)
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

__all__ = ["load_bars", "only", "open_table", "read_csv", "stream_of", "symbol_of"]

Where: TypeAlias = str | Path | Sequence[str | Path]
_SUFFIXES = (".csv", ".txt", ".tsv", ".parquet", ".pq", ".feather", ".arrow")
_WORDS = frozenset({"time", "clock", "symbol", "side", "maker"})
_PACKED = (".gz", ".xz", ".bz2", ".zip")


def load_bars(
    source: Where | Mapping[str, Where],
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
    delimiter: str | None = None,
    header: bool | None = None,
    decimal: str | None = None,
    member: str | None = None,
    pattern: str = "*",
) -> MarketData:
    """Read bars of one or many symbols into one run.

    Parameters
    ----------
    source : path, sequence of paths, directory, or mapping of symbol to these
        CSV (plain or in gzip, xz, bzip2, zip), Parquet or Feather. Of a directory,
        every file of such a kind whose name matches `pattern` is read. The parts of
        one symbol are joined in time.
    symbol : str, optional
        Symbol of a single file; otherwise its symbol column, or its name up to the
        first underscore or dot.
    instruments : Instrument, InstrumentTable or mapping of symbol, optional
        What the symbols are. For others one is made: tick and lot as `market.grid`
        says, venue and asset class from `calendar`.
    columns : mapping of role to name or position, optional
        Overrides what the names suggest. Roles: time, clock, open, high, low, close,
        volume, adj_close, symbol.
    timezone : str, optional
        IANA zone of times that state none. By default that of the exchange, which is
        reported. Dates need none.
    label : {"start", "end"}, default "start"
        Whether a time is the beginning or the end of its bar. The default is the safe
        one: where it is wrong, bars come one interval late, never early.
    interval : str, timedelta or TimeFrame, optional
        Length of a bar, as ``"1m"``, ``"15m"``, ``"1h"``, ``"1d"``, ``"1w"``,
        ``"1mo"``; found from the times by default.
    calendar : str, optional
        The exchange, as `core.calendars.calendar` knows it; by default that of the
        instrument. Files whose offsets from UTC are not New York's need it.
    session : {"regular", "extended"}, optional
        Leave out bars that open outside these hours.
    policy : {"raise", "drop", "keep"}, default "raise"
        What happens to rows that cannot be bars; `market.clean` says what they are.
    adjusted : bool, default False
        Scale prices by adjusted over raw close, and volume by the inverse.
    time_format, delimiter, header, member
        Override what is found: see `parse_times` and `sniff_dialect`.
    decimal : {".", ","}, optional
        The decimal mark. By default the point, and numbers whose comma may be another
        one (``10,75``, or ``1,234`` where commas do not part the columns) are refused.
    pattern : str, default "*"
        Which files of a directory, as `fnmatch` understands it.

    Returns
    -------
    MarketData
        Bars in time order, equal times in the order of the symbols. Missing sessions,
        zones taken for granted and every defect are among its `problems`.

    Raises
    ------
    DataError
        If a file cannot be read as bars; the message names file and line.
    ArgumentError
        If an argument is outside its domain.

    Notes
    -----
    A daily bar starts at the session's open and ends at its close, early closes
    included; a weekly or monthly one ends with its last session.

    Examples
    --------
    >>> load_bars({"AAPL": "aapl.csv", "MSFT": "msft.csv.gz"}, session="regular",
    ...           timezone="America/New_York")  # doctest: +SKIP
    """
    fmt = BarFormat(
        columns=columns,
        delimiter=delimiter,
        header=header,
        decimal=decimal,
        member=member,
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
    wanted = _wanted(source, symbol, pattern)
    found = [_load_one(name, paths, fmt) for name, paths in wanted]
    name = str(source) if isinstance(source, str | Path) else f"{len(wanted)} files"
    return together(found, name)


def open_table(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    policy: Policy | str = Policy.RAISE,
    chunk: int = CHUNK,
    **options: Any,
) -> EventStream:
    """Open a table of bars, quotes or trades; the door that `open_events` uses.

    A file of bars is small, so that it is read at once and handed out in pieces.
    """
    from ai_trading.market.ticks import holds_ticks, load_ticks

    reader = load_ticks if holds_ticks(file_path("path", path), options) else load_bars
    taken = [name for name in signature(reader).parameters if name != "path"]
    for name in options:
        if name not in taken:
            msg = (
                f"{path}: the reader of tables ({reader.__name__}) has no option "
                f"{name}; it takes {', '.join(taken)}"
            )
            raise ArgumentError(msg)
    data = reader(path, policy=policy, **options)
    return stream_of(data, symbols=symbols, chunk=chunk)


def stream_of(
    data: MarketData, *, symbols: Iterable[str] | None = None, chunk: int = CHUNK
) -> EventStream:
    """Hand out records in memory as a stream."""
    if symbols is not None:
        data = only(data, symbols)
    records, problems = data.records, data.problems

    def chunks(stream: EventStream) -> Iterator[Records]:
        # Whole, since `report` counts the rows it is given and these are a selection.
        stream._problems.update({str(i): p for i, p in enumerate(problems)})
        for low in range(0, records.size, chunk):
            yield records[low : low + chunk]

    return EventStream(
        chunks=chunks,
        instruments=data.instruments,
        source=data.source,
        kind=data.kind,
    )


def only(data: MarketData, symbols: Iterable[str]) -> MarketData:
    """Return the records of some symbols with a table of these alone."""
    picked = data.select(list(symbols))
    table = InstrumentTable()
    index = np.zeros(len(data.instruments), np.uint32)
    for symbol in symbols:
        index[data.instruments.index(symbol)] = table.add(data.instruments[symbol])
    records = picked.records.copy()
    records["instrument"] = index[records["instrument"]]
    return replace(picked, records=records, instruments=table)


def symbol_of(path: Path) -> str:
    """Return the symbol a file name begins with."""
    name = path.name
    while Path(name).suffix.lower() in _SUFFIXES + _PACKED:
        name = Path(name).stem
    return name.split("_")[0].strip() or name


def _wanted(
    source: Where | Mapping[str, Where], symbol: str | None, pattern: str
) -> list[tuple[str | None, list[Path]]]:
    if isinstance(source, Mapping):
        if not source:
            msg = "source names no files; pass {'AAPL': 'aapl.csv', …}"
            raise ArgumentError(msg)
        return [(str(name), _paths(where)) for name, where in source.items()]
    paths = _paths(source)
    if len(paths) == 1 and paths[0].is_dir():
        return _directory(paths[0], pattern)
    if len(paths) == 1 or symbol is not None:
        return [(symbol, paths)]
    return [(None, [path]) for path in paths]


def _paths(where: Where) -> list[Path]:
    if isinstance(where, str | os.PathLike):
        return [file_path("source", where)]
    paths = items("source", where, "'aapl.csv' or ['2025.csv', '2026.csv']")
    if not paths:
        msg = "source is empty; name one file at least"
        raise ArgumentError(msg)
    return [file_path("source", path) for path in paths]


def _directory(folder: Path, pattern: str) -> list[tuple[str | None, list[Path]]]:
    files = [
        path
        for path in sorted(folder.glob(pattern))
        if path.is_file() and _is_table(path)
    ]
    if not files:
        msg = f"{folder}: no CSV, Parquet or Feather file matches {pattern!r}"
        raise DataError(msg)
    counts = Counter(symbol_of(path) for path in files)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        same = [path.name for path in files if symbol_of(path) == twice[0]]
        msg = (
            f"{folder}: {len(same)} files begin with the symbol {twice[0]!r}: "
            f"{same[:4]}; choose with pattern=, or name the files of each symbol as in "
            f"{{{twice[0]!r}: {same[:2]}}}"
        )
        raise DataError(msg)
    return [(None, [path]) for path in files]


def _is_table(path: Path) -> bool:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
        if not suffixes:
            return True
    return bool(suffixes) and suffixes[-1] in _SUFFIXES


def _load_one(symbol: str | None, paths: Sequence[Path], fmt: BarFormat) -> MarketData:
    parts = [_read(path, symbol, fmt) for path in paths]
    if len(parts) == 1:
        return parts[0]
    data = join_parts(parts, str(paths[0].parent))
    same = np.flatnonzero(np.diff(data.records["start"]) == 0)
    if same.size and fmt.policy is Policy.RAISE:
        msg = (
            f"{data.source}: {same.size} bars of {symbol} are in two files, the first "
            f"at {data.records['start'][same[0]]}; pass policy='drop' to take one"
        )
        raise DataError(msg)
    if same.size and fmt.policy is Policy.DROP:
        note = f"{data.source}: bars that are in two files were taken once"
        problem = Problem("duplicate", note, count=int(same.size))
        records = np.delete(data.records, same + 1)
        data = replace(data, records=records, problems=(*data.problems, problem))
    return data


def _read(path: Path, symbol: str | None, fmt: BarFormat) -> MarketData:
    if path.is_dir():
        msg = f"{path}: is a directory; pass it alone, or its files"
        raise DataError(msg)
    if path.suffix.lower() in COLUMNAR:
        table = read_columns(path, fmt)
    else:
        table = read_csv(path, fmt)
    name = symbol or (None if table.symbol is not None else symbol_of(path))
    return bars_of(table, fmt, symbol=name)


def read_csv(path: Path, fmt: BarFormat) -> Table:
    """Return the columns of a delimited text file.

    Raises
    ------
    DataError
        If it cannot be read, or has no column for a time and four prices.
    """
    chosen = mapping("columns", fmt.columns)

    def is_header(names: Sequence[str]) -> bool:
        by_name = [column for column in chosen.values() if isinstance(column, str)]
        return looks_like_header(names) or any(name in names for name in by_name)

    dialect = sniff_dialect(
        path,
        member=fmt.member,
        delimiter=fmt.delimiter,
        header=fmt.header,
        is_header=is_header,
    )
    source = str(path)
    notes: tuple[Problem, ...] = ()
    if dialect.header or chosen:
        roles = find_columns(dialect.names, chosen, source=source)
    else:
        roles, notes = _without_header(len(dialect.names), source)
    return read_cells(path, fmt, dialect, roles, notes)


def read_cells(
    path: Path,
    fmt: BarFormat,
    dialect: Dialect,
    roles: Mapping[str, int],
    notes: tuple[Problem, ...] = (),
) -> Table:
    """Return the columns that play a role; `read_csv` finds these for bars."""
    source = str(path)
    columns: dict[str, list[NDArray[Any]]] = {role: [] for role in roles}
    lines: list[Ints] = []
    unread: list[NDArray[np.bool_]] = []
    odd: list[tuple[int, str]] = []
    for piece in pieces(path, dialect, member=fmt.member):
        wrong = np.zeros(piece.lines.size, np.bool_)
        for role, place in roles.items():
            cells = piece.cell(place)
            if role in _WORDS:
                columns[role].append(cells)
                continue
            if fmt.decimal is None:
                _no_decimal_comma(cells, dialect.delimiter, source, piece.lines)
            values, bad = numbers(cells, decimal=fmt.decimal or ".")
            columns[role].append(values)
            if role != "adj_close" or fmt.adjusted:
                wrong |= bad
        lines.append(piece.lines)
        unread.append(wrong)
        odd += piece.odd
    if not lines:
        msg = f"{source}, line {dialect.first_line}: the file has names but no rows"
        raise DataError(msg)
    joined = {role: np.concatenate(parts) for role, parts in columns.items()}
    return Table(
        time=joined.pop("time"),
        clock=joined.pop("clock", None),
        symbol=joined.pop("symbol", None),
        words={role: joined.pop(role) for role in ("side", "maker") if role in joined},
        values=joined,
        unread=np.concatenate(unread),
        lines=np.concatenate(lines),
        odd=odd,
        source=source,
        word="line",
        notes=notes,
    )


def _no_decimal_comma(cells: Cells, delimiter: str, source: str, lines: Ints) -> None:
    word = decimal_comma(cells, delimiter)
    if word is not None:
        line = lines[np.flatnonzero(np.char.find(cells, word.encode()) >= 0)[0]]
        msg = (
            f"{source}, line {line}: the comma of {word!r} may be the decimal mark; "
            "pass decimal=',' if it is, or decimal='.' where commas group thousands"
        )
        raise DataError(msg)


def _without_header(
    count: int, source: str
) -> tuple[dict[str, int], tuple[Problem, ...]]:
    names: tuple[str, ...] = ("time", *PRICES, "volume")
    if count == 5:
        names = names[:5]
    elif count == 7:
        names = ("time", "clock", *names[1:])
    elif count != 6:
        msg = (
            f"{source}: the first line names no columns and has {count} cells; say "
            f"which is which, as in columns={{'time': 0, 'open': 1, 'high': 2, "
            f"'low': 3, 'close': 4, 'volume': 5}}"
        )
        raise DataError(msg)
    note = f"{source}: no column names; taken as {', '.join(names)}"
    return dict(zip(names, range(count), strict=True)), (Problem("no-header", note),)
