"""Corporate actions: splits and dividends from CSV, and LEAN's factor and map files.

Units: a split's ratio is new shares per old share (4.0 for four-for-one); a dividend
is an amount per share in the instrument's currency; days are those of the exchange.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.calendars import calendar
from ai_trading.core.errors import DataError
from ai_trading.core.exact import file_path
from ai_trading.market.columns import find_columns, normal
from ai_trading.market.csv_reader import Cells, numbers, pieces, sniff_dialect
from ai_trading.market.files import blocks
from ai_trading.market.times import parse_times

__all__ = [
    "Action",
    "Factor",
    "MarketHours",
    "Ticker",
    "actions_of",
    "corporate_actions",
    "factor_file",
    "map_file",
    "market_hours",
]

Kind: TypeAlias = Literal["split", "dividend"]
Floats: TypeAlias = NDArray[np.float64]

_NAMES: dict[Kind, tuple[str, ...]] = {
    "dividend": ("dividends", "dividend", "exdividend", "cashamount", "amount"),
    "split": ("stocksplits", "splits", "split", "splitratio", "ratio"),
}

_CLOCK = re.compile(r"(?:(\d+)[.:])?(\d+):(\d+):(\d+)(?:\.(\d+))?")
_WEEK = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """A split or a dividend.

    Parameters
    ----------
    day : date
        The first day on which the share trades without it (ex-date).
    symbol : str
        Whose it is.
    kind : {"split", "dividend"}
        What it is.
    amount : float
        Ratio or money per share.
    """

    day: date
    symbol: str
    kind: Kind
    amount: float


@dataclass(frozen=True, slots=True)
class Factor:
    """A line of a LEAN factor file: up to and with `day`, prices times both factors.

    Parameters
    ----------
    day : date
        The last day it applies to.
    price : float
        Factor for dividends.
    split : float
        Factor for splits.
    reference : float
        The raw close of that day; 0 where it is not given.
    """

    day: date
    price: float
    split: float
    reference: float


@dataclass(frozen=True, slots=True)
class Ticker:
    """A line of a LEAN map file: up to and with `day` the share was called `ticker`.

    Parameters
    ----------
    day : date
        The last day of the name.
    ticker : str
        Upper case.
    exchange : str
        LEAN's letter; empty where it is not given.
    """

    day: date
    ticker: str
    exchange: str


@dataclass(frozen=True)
class MarketHours:
    """An entry of LEAN's market-hours database.

    Parameters
    ----------
    key : str
        Such as ``"Equity-usa-[*]"``.
    data_zone, exchange_zone : str
        IANA names of the clock of LEAN's data, and of the exchange.
    week : dict of int to tuple of (timedelta, timedelta, str)
        By weekday, Monday 0: start, end and state (premarket, market, postmarket).
    holidays : frozenset of date
        Days without session.
    early_closes, late_opens : dict of date to timedelta
        Sessions that end or begin at another time after midnight.
    """

    key: str
    data_zone: str
    exchange_zone: str
    week: dict[int, tuple[tuple[timedelta, timedelta, str], ...]]
    holidays: frozenset[date]
    early_closes: dict[date, timedelta]
    late_opens: dict[date, timedelta]


def corporate_actions(
    path: str | Path | Sequence[str | Path], *, symbol: str | None = None
) -> tuple[Action, ...]:
    """Read splits and dividends.

    Parameters
    ----------
    path : path, directory, or sequence of paths
        CSV with a date and a column of dividends, of splits, or both, alone or beside
        prices; plain or packed. Of a directory every CSV below it is read.
    symbol : str, optional
        Whose they are; otherwise the symbol column or the file name.

    Returns
    -------
    tuple of Action
        In order of day, symbol and kind. A dividend of 0 and a split of 0 or 1 is
        none.

    Raises
    ------
    DataError
        If a file has neither column, or a cell cannot be read; names file and line.

    Examples
    --------
    >>> corporate_actions("splits/AAPL.csv")[-1]  # doctest: +SKIP
    Action(day=datetime.date(2020, 8, 31), symbol='AAPL', kind='split', amount=4.0)
    """
    found: set[Action] = set()
    for file in _files(path):
        found |= set(_actions(file, symbol))
    return tuple(sorted(found))


def _files(path: str | Path | Sequence[str | Path]) -> list[Path]:
    if not isinstance(path, str | Path):
        return [Path(one) for one in path]
    place = file_path("path", path)
    if not place.is_dir():
        return [place]
    files = [file for file in sorted(place.rglob("*")) if ".csv" in file.suffixes]
    if not files:
        msg = f"{place}: holds no CSV file of splits or dividends"
        raise DataError(msg)
    return files


def _actions(path: Path, symbol: str | None) -> list[Action]:
    dialect = sniff_dialect(path, header=True, is_header=bool)
    kinds = _kinds(dialect.names)
    if not kinds:
        msg = (
            f"{path}: no column of dividends or splits; received {list(dialect.names)}"
        )
        raise DataError(msg)
    roles = find_columns(dialect.names, source=str(path), needed=("time",))
    named = roles.get("symbol")
    actions = []
    for piece in pieces(path, dialect):
        if piece.odd:
            line, text = piece.odd[0]
            msg = f"{path}, line {line}: expected a row of actions, received {text!r}"
            raise DataError(msg)
        days = parse_times(piece.cell(roles["time"]))
        owners = None if named is None else piece.cell(named)
        for kind, place in kinds.items():
            amounts, bad = numbers(piece.cell(place))
            bad |= days.bad
            if bad.any():
                line = int(piece.lines[bad][0])
                msg = f"{path}, line {line}: the date or the {kind} cannot be read"
                raise DataError(msg)
            real = np.isfinite(amounts) & (amounts > 0)
            if kind == "split":
                real &= amounts != 1
            for row in np.flatnonzero(real):
                owner = symbol or _owner(path, owners, int(row))
                day = days.days[row].astype(object)
                actions.append(Action(day, owner, kind, float(amounts[row])))
    return actions


def _owner(path: Path, owners: Cells | None, row: int) -> str:
    if owners is None:
        return path.name.split(".csv")[0]
    return bytes(owners[row]).decode("utf-8", "replace")


def _kinds(names: Sequence[str]) -> dict[Kind, int]:
    plain = [normal(name) for name in names]
    found: dict[Kind, int] = {}
    for kind, spellings in _NAMES.items():
        for spelling in spellings:
            if spelling in plain and kind not in found:
                found[kind] = plain.index(spelling)
    return found


def factor_file(path: str | Path) -> tuple[Factor, ...]:
    """Read one of LEAN's factor files, oldest day first.

    Raises
    ------
    DataError
        If a line cannot be read; names file and line.

    See Also
    --------
    actions_of : what the factors say about splits and dividends.
    """
    path = file_path("path", path)
    rows = []
    for line, cells in _plain_rows(path):
        try:
            values = [float(cell) for cell in cells[1:4]]
            # A few files start with a line of factors that have exploded to infinity.
            rows.append(Factor(_day(cells[0]), values[0], values[1], (*values, 0.0)[2]))
        except (ValueError, IndexError) as error:
            msg = f"{path}, line {line}: no line of a factor file, received {cells}"
            raise DataError(msg) from error
    return tuple(sorted(rows, key=lambda row: row.day))


def actions_of(factors: Sequence[Factor], *, symbol: str) -> tuple[Action, ...]:
    """Return the splits and dividends that factors imply.

    Parameters
    ----------
    factors : sequence of Factor
        Oldest first, as from `factor_file`.
    symbol : str
        Whose they are.

    Returns
    -------
    tuple of Action
        On New York's session after each line's day, since its factors hold to its
        close.

    Notes
    -----
    With reference close :math:`c` and dividend factors :math:`p_0, p_1` of a line and
    the next, the dividend is :math:`c (1 - p_0 / p_1)`; a split is the ratio of the
    next split factor to this one.
    """
    actions = []
    for this, after in itertools.pairwise(factors):
        day = _next_session(this.day)
        ratio = after.split / this.split
        if abs(ratio - 1) > 1e-6:
            actions.append(Action(day, symbol, "split", round(ratio, 6)))
        share = 1 - this.price / after.price
        if abs(share) > 1e-9 and this.reference > 0:
            paid = round(this.reference * share, 6)
            actions.append(Action(day, symbol, "dividend", paid))
    return tuple(actions)


def _next_session(day: date) -> date:
    after = np.datetime64(day, "D")
    found = calendar("XNYS").sessions(after + 1, after + 10).days[0].astype(object)
    return cast("date", found)


def map_file(path: str | Path) -> tuple[Ticker, ...]:
    """Read one of LEAN's map files, oldest name first.

    Raises
    ------
    DataError
        If a line cannot be read; names file and line.
    """
    path = file_path("path", path)
    rows = []
    for line, cells in _plain_rows(path):
        try:
            exchange = cells[2] if len(cells) > 2 else ""
            rows.append(Ticker(_day(cells[0]), cells[1].upper(), exchange))
        except (ValueError, IndexError) as error:
            msg = f"{path}, line {line}: no line of a map file, received {cells}"
            raise DataError(msg) from error
    return tuple(sorted(rows, key=lambda row: row.day))


def _plain_rows(path: Path) -> list[tuple[int, list[str]]]:
    text = b"".join(blocks(path)).decode("utf-8-sig", "replace")
    rows = [
        (line, [cell.strip() for cell in row.split(",")])
        for line, row in enumerate(text.splitlines(), 1)
        if row.strip()
    ]
    if not rows:
        msg = f"{path}: is empty"
        raise DataError(msg)
    return rows


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{8}", text):
        msg = f"no date: {text}"
        raise ValueError(msg)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def market_hours(path: str | Path) -> dict[str, MarketHours]:
    """Read LEAN's market-hours database.

    Parameters
    ----------
    path : path-like
        The JSON, plain or packed.

    Returns
    -------
    dict of str to MarketHours
        By its key, such as ``"Equity-usa-[*]"``.

    Raises
    ------
    DataError
        If it is not that database.
    """
    path = file_path("path", path)
    text = b"".join(blocks(path))
    try:
        entries = json.loads(text)["entries"]
        return {key: _hours(key, entry) for key, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path}: is not LEAN's market-hours database ({error!r})"
        raise DataError(msg) from error


def _hours(key: str, entry: dict[str, Any]) -> MarketHours:
    week = {
        number: tuple(
            (_span(part["start"]), _span(part["end"]), str(part["state"]))
            for part in entry.get(name, [])
        )
        for number, name in enumerate(_WEEK)
    }
    return MarketHours(
        key=key,
        data_zone=entry["dataTimeZone"],
        exchange_zone=entry["exchangeTimeZone"],
        week=week,
        holidays=frozenset(_american(day) for day in entry.get("holidays", [])),
        early_closes=_by_day(entry.get("earlyCloses") or {}),
        late_opens=_by_day(entry.get("lateOpens") or {}),
    )


def _by_day(found: dict[str, str]) -> dict[date, timedelta]:
    return {_american(day): _span(at) for day, at in found.items()}


def _span(text: str) -> timedelta:
    # "1.00:00:00" is the midnight at the end of the day; some end at 23:59:59.9999999.
    match = _CLOCK.fullmatch(text)
    if match is None:
        msg = f"no time of day: {text}"
        raise ValueError(msg)
    days, hours, minutes, seconds = (int(match[i] or 0) for i in range(1, 5))
    part = float(f"0.{match[5] or 0}")
    return timedelta(days, hours=hours, minutes=minutes, seconds=seconds + part)


def _american(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(year, month, day)
