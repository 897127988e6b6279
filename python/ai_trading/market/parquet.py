"""Read Parquet, Feather and Arrow files of bars, quotes or trades.

They need the extra ``data``. Column names, times and everything else mean the same as
in a CSV.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ai_trading.core.errors import DataError
from ai_trading.core.optional import require
from ai_trading.market.memory import table_of
from ai_trading.market.table import BarFormat, Table

__all__ = ["COLUMNAR", "column_names", "read_columns"]


COLUMNAR = (".parquet", ".pq", ".feather", ".arrow")
"""The endings of such files."""


def read_columns(path: Path, fmt: BarFormat, **roles: Any) -> Table:
    """Return the columns of a columnar file.

    Parameters
    ----------
    path : Path
        Parquet, or Arrow IPC (Feather), told apart by its first bytes.
    fmt : BarFormat
        Its column mapping.
    **roles
        As for `table_of`, where it holds no bars.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    DataError
        If the file is not there, damaged, or lacks a column.
    """
    return table_of(_whole(path), fmt, source=str(path), **roles)


def column_names(path: Path) -> list[str]:
    """Return what the columns of a columnar file are called.

    Raises
    ------
    MissingExtraError, DataError
        As for `read_columns`.
    """
    return [str(name) for name in _opened(path, _names)]


def _whole(path: Path) -> Any:
    return _opened(path, _read)


def _opened(path: Path, take: Callable[[Path, bytes], Any]) -> Any:
    arrow = require("pyarrow", "data")
    try:
        with path.open("rb") as raw:
            magic = raw.read(6)
        return take(path, magic)
    except FileNotFoundError as error:
        msg = f"{path} does not exist; check the path"
        raise DataError(msg) from error
    except (arrow.ArrowInvalid, OSError) as error:
        msg = f"{path}: cannot be read as Parquet or Arrow ({error})"
        raise DataError(msg) from error


def _names(path: Path, magic: bytes) -> Any:
    if magic[:4] == b"PAR1":
        return require("pyarrow.parquet", "data").read_schema(path).names
    if magic == b"ARROW1":
        with require("pyarrow.ipc", "data").open_file(str(path)) as file:
            return file.schema.names
    return _read(path, magic).column_names


def _read(path: Path, magic: bytes) -> Any:
    if magic[:4] == b"PAR1":
        return require("pyarrow.parquet", "data").read_table(path)
    return require("pyarrow.feather", "data").read_table(path)
