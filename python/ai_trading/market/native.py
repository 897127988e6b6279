"""Our own records on disk: Parquet, NumPy archive or CSV, with their instruments.

All three hold the records' integers (ticks, lots, nanoseconds) as they are, so that
what is read back is identical. The instrument table travels along as JSON: in the
Parquet schema's metadata, as an array of the archive, in the first line of the CSV.
"""

from __future__ import annotations

import errno
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.optional import require
from ai_trading.core.records import BAR, EVENT, QUOTE
from ai_trading.market.files import blocks, compression, line_batches
from ai_trading.market.source import CHUNK, EventStream, Kind, Policy, Records

__all__ = ["open_records", "write_records"]

MARK = "ai_trading"
_VERSION = 1
_DTYPES: dict[str, np.dtype[np.void]] = {"events": EVENT, "quotes": QUOTE, "bars": BAR}


def write_records(stream: EventStream, path: str | Path) -> int:
    """Write a stream to a file, whose name's end chooses the format.

    Parameters
    ----------
    stream : EventStream
        What to write.
    path : path-like
        ``.parquet``, ``.npz`` or ``.csv``. The file appears whole or not at all.

    Returns
    -------
    int
        The number of records.

    Raises
    ------
    ArgumentError
        If the name ends otherwise.
    MissingExtraError
        For Parquet, if pyarrow is not installed.
    """
    path = file_path("path", path)
    writers = {".parquet": _write_parquet, ".npz": _write_npz, ".csv": _write_csv}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        msg = (
            f"the output's name must end in {', '.join(writers)} (or in .itch50 for "
            f"ITCH); received {path.name}"
        )
        raise ArgumentError(msg)
    with appearing(path) as partial:
        return writer(stream, partial)


def open_records(
    path: str | Path,
    *,
    symbols: Iterable[str] | None = None,
    policy: Policy = Policy.RAISE,
    chunk: int = CHUNK,
) -> EventStream:
    """Open what `write_records` wrote.

    Parameters
    ----------
    path : path-like
        A Parquet, NumPy or CSV file of records.
    symbols : iterable of str, optional
        Only these; all by default. The instrument table stays whole.
    policy : Policy, default RAISE
        What happens to records out of time order.
    chunk : int
        Largest number of records in one array.

    Raises
    ------
    DataError
        If the file was not written by `write_records` or is damaged.
    """
    path = file_path("path", path)
    reader: Any
    packed = compression(path)
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        reader = _Parquet(path)
    elif packed == "zip":
        reader = _Npz(path)
    else:
        reader = _Csv(path)
    kind, table = reader.header
    wanted = None if symbols is None else frozenset(symbols)

    def chunks(_: EventStream) -> Iterator[Records]:
        chosen = [
            at for at, item in enumerate(table) if wanted and item.symbol in wanted
        ]
        for records in reader.arrays(chunk):
            if wanted is not None:
                records = records[np.isin(records["instrument"], chosen)]  # noqa: PLW2901
            yield records

    return EventStream(
        chunks, table, str(path), policy=policy, kind=kind, symbols=wanted
    )


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Let a file be written beside its place and take it when it is whole."""
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> DataError:
    """Return the error that says why a file cannot be written."""
    advice = {
        errno.ENOENT: "make its folder first",
        errno.EACCES: "ask for the right to write there",
        errno.EPERM: "ask for the right to write there",
        errno.ENOSPC: "make room",
    }.get(error.errno or 0, "name another place")
    return DataError(f"cannot write {path}: {error.strerror or error}; {advice}")


def _describe(stream: EventStream) -> str:
    rows = [
        {
            item.name: None if value is None else str(value)
            for item in fields(instrument)
            if item.init
            for value in [getattr(instrument, item.name)]
        }
        for instrument in stream.instruments
    ]
    return json.dumps({"version": _VERSION, "kind": stream.kind, "instruments": rows})


def _described(path: Path, text: str | bytes) -> tuple[Kind, InstrumentTable]:
    try:
        found = json.loads(text)
        if found["version"] != _VERSION or found["kind"] not in _DTYPES:
            msg = (
                f"{path}: records of version {found['version']} and kind "
                f"{found['kind']!r}; this version reads version {_VERSION}"
            )
            raise DataError(msg)
        table = InstrumentTable()
        for row in found["instruments"]:
            for name in ("tick_size", "lot_size", "multiplier", "price_increment"):
                if row[name] is not None:
                    row[name] = Decimal(row[name])
            table.add(Instrument(row.pop("symbol"), **row))
    except (ValueError, KeyError, TypeError, ArithmeticError, AttributeError) as error:
        msg = (
            f"{path}: the description of its records cannot be read ({error}); this "
            f"version reads version {_VERSION}"
        )
        raise DataError(msg) from error
    return found["kind"], table


def _write_npz(stream: EventStream, path: Path) -> int:
    parts = list(stream)
    records = np.concatenate(parts) if parts else np.empty(0, _DTYPES[stream.kind])
    described = np.frombuffer(_describe(stream).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez(file, records=records, ai_trading=described)
    return int(records.size)


def _write_csv(stream: EventStream, path: Path) -> int:
    body = path.with_name(path.name + ".body")
    names = _DTYPES[stream.kind].names or ()
    count = 0
    try:
        with body.open("w", encoding="ascii") as file:
            for records in stream:
                rows = records.tolist()
                file.writelines(",".join(map(str, row)) + "\n" for row in rows)
                count += len(rows)
        with path.open("w", encoding="utf-8") as file:
            # Instruments are known for sure only now.
            file.write(f"# {MARK} {_describe(stream)}\n{','.join(names)}\n")
            with body.open(encoding="ascii") as lines:
                while block := lines.read(1 << 20):
                    file.write(block)
    finally:
        body.unlink(missing_ok=True)
    return count


def _write_parquet(stream: EventStream, path: Path) -> int:
    arrow = require("pyarrow", "data")
    parquet = require("pyarrow.parquet", "data")
    dtype = _DTYPES[stream.kind]
    names = dtype.names or ()
    schema = arrow.schema(
        [
            arrow.field(name, arrow.from_numpy_dtype(dtype[name]), nullable=False)
            for name in names
        ]
    )
    count = 0
    with parquet.ParquetWriter(str(path), schema, compression="zstd") as writer:
        for records in stream:
            columns = [arrow.array(np.ascontiguousarray(records[n])) for n in names]
            writer.write_table(arrow.Table.from_arrays(columns, schema=schema))
            count += records.size
        writer.add_key_value_metadata({MARK: _describe(stream)})
    return count


class _Parquet:
    def __init__(self, path: Path) -> None:
        arrow = require("pyarrow", "data")
        parquet = require("pyarrow.parquet", "data")
        self.path = path
        try:
            self.file = parquet.ParquetFile(str(path))
            metadata = self.file.metadata.metadata or {}
        except (arrow.ArrowException, OSError, ValueError) as error:
            msg = f"{path}: the Parquet file is damaged ({error})"
            raise DataError(msg) from error
        if MARK.encode() not in metadata:
            msg = f"{path}: the Parquet file was not written by ai_trading"
            raise DataError(msg)
        self.header = _described(path, metadata[MARK.encode()])

    def arrays(self, chunk: int) -> Iterator[Records]:
        arrow = require("pyarrow", "data")
        batches = self.file.iter_batches(batch_size=chunk)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                records = self._records(batch)
            except (arrow.ArrowException, OSError, KeyError, ValueError) as error:
                msg = f"{self.path}: the Parquet file is damaged ({error})"
                raise DataError(msg) from error
            yield records

    def _records(self, batch: Any) -> Records:
        dtype = _DTYPES[self.header[0]]
        records = np.empty(batch.num_rows, dtype)
        for name in dtype.names or ():
            records[name] = batch.column(name).to_numpy()
        return records


class _Npz:
    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with np.load(path, allow_pickle=False) as archive:
                described = archive[MARK].tobytes()
        except (KeyError, ValueError, zipfile.BadZipFile, OSError) as error:
            msg = f"{path}: not an archive of records written by ai_trading ({error})"
            raise DataError(msg) from error
        self.header = _described(path, described)

    def arrays(self, chunk: int) -> Iterator[Records]:
        try:
            with np.load(self.path, allow_pickle=False) as archive:
                records = archive["records"]
        except (KeyError, ValueError, zipfile.BadZipFile, OSError) as error:
            msg = f"{self.path}: the records cannot be read ({error})"
            raise DataError(msg) from error
        if records.dtype != _DTYPES[self.header[0]] or records.ndim != 1:
            msg = f"{self.path}: the records have another layout: {records.dtype}"
            raise DataError(msg)
        for start in range(0, records.size, chunk):
            yield records[start : start + chunk]


class _Csv:
    def __init__(self, path: Path) -> None:
        self.path = path
        first = b""
        for block in blocks(path):
            first += block
            if b"\n" in first:
                break
        line = first.split(b"\n", 1)[0].rstrip(b"\r")
        start = f"# {MARK} ".encode()
        if not line.startswith(start):
            msg = f"{path}, line 1: not a CSV of records written by ai_trading"
            raise DataError(msg)
        self.header = _described(path, line[len(start) :])

    def arrays(self, chunk: int) -> Iterator[Records]:
        dtype = _DTYPES[self.header[0]]
        names = dtype.names or ()
        for number, lines in line_batches(self.path):
            rows = []
            for at, line in enumerate(lines, number):
                if at <= 2 or not line:
                    continue
                try:
                    row = tuple(map(int, line.split(b",")))
                except ValueError as error:
                    msg = f"{self.path}, line {at}: not whole numbers ({error})"
                    raise DataError(msg) from error
                if len(row) != len(names):
                    msg = (
                        f"{self.path}, line {at}: {len(row)} columns where records "
                        f"have {len(names)}"
                    )
                    raise DataError(msg)
                rows.append(row)
            for start in range(0, len(rows), chunk):
                yield np.array(rows[start : start + chunk], dtype)
