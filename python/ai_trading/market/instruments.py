"""Keep an instrument table in a file: TOML for people, CSV for spreadsheets.

Every field of `Instrument` but the symbol may be left out and is then its default.
Decimals are written as text, so that 0.1 stays 0.1.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path, instance, items
from ai_trading.core.instrument import Instrument, InstrumentTable

__all__ = ["load_instruments", "save_instruments"]

_FIELDS = tuple(f.name for f in fields(Instrument) if f.init)
_DEFAULTS = {f.name: f.default for f in fields(Instrument) if f.init}
_DECIMALS = frozenset({"tick_size", "lot_size", "multiplier", "price_increment"})


def load_instruments(path: str | Path) -> InstrumentTable:
    """Read an instrument table.

    Parameters
    ----------
    path : path-like
        ``.toml`` with one table per symbol, as in ``[AAPL]`` and
        ``tick_size = "0.0001"``; or ``.csv`` with the column ``symbol`` and any fields
        of `Instrument`.

    Returns
    -------
    InstrumentTable
        In the order of the file.

    Raises
    ------
    DataError
        If the file cannot be read, names an unknown field, or holds a value that is
        none; the message names file and symbol or line.

    Examples
    --------
    >>> load_instruments("instruments.toml")["ESZ13"].multiplier  # doctest: +SKIP
    Decimal('50')
    """
    path = file_path("path", path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error})"
        raise DataError(msg) from error
    if path.suffix.lower() == ".csv":
        return _from_csv(path, text)
    return _from_toml(path, text)


def save_instruments(path: str | Path, instruments: Iterable[Instrument]) -> None:
    """Write an instrument table; `load_instruments` reads the same back.

    Parameters
    ----------
    path : path-like
        ``.toml`` or ``.csv``; replaced if it is there.
    instruments : InstrumentTable or iterable of Instrument
        What to write. TOML leaves out what is default.

    Raises
    ------
    ArgumentError
        If the name ends in neither.
    """
    path = file_path("path", path)
    example = "Instrument('AAPL')"
    rows = [
        {
            name: getattr(instance("an instrument", one, Instrument, example), name)
            for name in _FIELDS
        }
        for one in items("instruments", instruments, f"[{example}]")
    ]
    if path.suffix.lower() == ".csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, _FIELDS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: "" if v is None else str(v) for k, v in row.items()})
        path.write_text(out.getvalue(), encoding="utf-8")
    elif path.suffix.lower() == ".toml":
        path.write_text("\n".join(_toml(row) for row in rows), encoding="utf-8")
    else:
        msg = f"an instrument table is .toml or .csv; received {path.name!r}"
        raise ArgumentError(msg)


def _toml(row: Mapping[str, Any]) -> str:
    symbol = row["symbol"]
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", symbol)
    lines = [f"[{symbol if bare else json.dumps(symbol)}]"]
    for name in _FIELDS[1:]:
        if row[name] != _DEFAULTS[name]:
            lines.append(f"{name} = {json.dumps(str(row[name]))}")
    return "\n".join(lines) + "\n"


def _from_toml(path: Path, text: str) -> InstrumentTable:
    try:
        # Bare numbers keep their digits.
        found = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: is no TOML: {error}"
        raise DataError(msg) from error
    table = InstrumentTable()
    for symbol, values in found.items():
        if not isinstance(values, dict):
            msg = f"{path}: {symbol!r} must be a table of fields, as in [{symbol}]"
            raise DataError(msg)
        table.add(_instrument(f"{path}, [{symbol}]", {"symbol": symbol, **values}))
    return table


def _from_csv(path: Path, text: str) -> InstrumentTable:
    reader = csv.DictReader(io.StringIO(text))
    if "symbol" not in (reader.fieldnames or ()):
        msg = f"{path}, line 1: no column 'symbol'; received {reader.fieldnames}"
        raise DataError(msg)
    table = InstrumentTable()
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        given = {str(k): v.strip() for k, v in row.items() if v and str(v).strip()}
        try:
            table.add(_instrument(where, given))
        except ArgumentError as error:
            msg = f"{where}: {error}"
            raise DataError(msg) from error
    return table


def _instrument(where: str, given: Mapping[str, Any]) -> Instrument:
    unknown = [name for name in given if name not in _FIELDS]
    if unknown:
        msg = f"{where}: unknown field {unknown[0]!r}; allowed are {', '.join(_FIELDS)}"
        raise DataError(msg)
    values = dict(given)
    try:
        for name in _DECIMALS & values.keys():
            values[name] = Decimal(str(values[name]))
        return Instrument(**values)
    except (ArgumentError, ArithmeticError, TypeError) as error:
        msg = f"{where}: {error}"
        raise DataError(msg) from error
