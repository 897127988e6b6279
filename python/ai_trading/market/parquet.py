"""Read Parquet, Feather and Arrow files of bars; needs the extra ``data``.

Column names, times and everything else mean the same as in a CSV.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_trading.core.errors import DataError
from ai_trading.core.optional import require
from ai_trading.market.memory import table_of
from ai_trading.market.table import BarFormat, Table

__all__ = ["read_columns"]


def read_columns(path: Path, fmt: BarFormat) -> Table:
    """Return the columns of a columnar file.

    Parameters
    ----------
    path : Path
        Parquet, or Arrow IPC (Feather), told apart by its first bytes.
    fmt : BarFormat
        Its column mapping.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    DataError
        If the file is not there, damaged, or lacks a column.
    """
    arrow = require("pyarrow", "data")
    try:
        with path.open("rb") as raw:
            magic = raw.read(6)
        data = _read(path, magic)
    except FileNotFoundError as error:
        msg = f"{path} does not exist; check the path"
        raise DataError(msg) from error
    except (arrow.ArrowInvalid, OSError) as error:
        msg = f"{path}: cannot be read as Parquet or Arrow ({error})"
        raise DataError(msg) from error
    return table_of(data, fmt, source=str(path))


def _read(path: Path, magic: bytes) -> Any:
    if magic[:4] == b"PAR1":
        return require("pyarrow.parquet", "data").read_table(path)
    return require("pyarrow.feather", "data").read_table(path)
