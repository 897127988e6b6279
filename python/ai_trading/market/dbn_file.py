"""The header of a DBN file, and its records in runs of one type.

What the records mean is for `dbn`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import DataError
from ai_trading.core.optional import require
from ai_trading.market.dbn_layout import (
    BAR_NANOS,
    DEFINITION,
    LAYOUTS,
    RTYPES,
    TOP,
    VARYING,
)
from ai_trading.market.files import blocks
from ai_trading.market.source import Kind

__all__ = [
    "Header",
    "Run",
    "decoded",
    "kind_of_type",
    "read_header",
    "readable",
    "runs",
]


@dataclass(frozen=True)
class Header:
    """What a file says about itself.

    Parameters
    ----------
    version : int
        Of the encoding, 1 to 3.
    dataset : str
        Such as ``"XNAS.ITCH"``; empty for a fragment.
    rtype : int
        Type of the first record.
    start : int
        Offset of the first record.
    extra : int
        Bytes behind each record (8 where send times were added).
    spans : dict of int to list of (start, end, symbol)
        What an instrument id means, from start to end in UTC nanoseconds.
    """

    version: int
    dataset: str
    rtype: int
    start: int
    extra: int
    spans: dict[int, list[tuple[int, int, str]]]


def read_header(path: Path) -> Header:
    """Read the header of a file; a fragment's is made up from its first record.

    Raises
    ------
    DataError
        If the header is malformed or the file ends inside it.
    MissingExtraError
        If ``databento-dbn`` is not installed.
    """
    dbn = require("databento_dbn", "data")
    head = b""
    need = 8
    for block in blocks(path):
        head += block
        if head[:3] == b"DBN" and len(head) >= 8:
            need = 8 + int.from_bytes(head[4:8], "little")
        if len(head) >= need + 16:
            break
    if head[:3] != b"DBN":
        size = head[0] * 4 if head else 0
        version = VARYING[DEFINITION].get(size, 1)
        return Header(version, "", head[1] if len(head) > 1 else 0, 0, 0, {})
    if len(head) < need:
        msg = f"{path}, offset {len(head)}: the file ends inside its header"
        raise DataError(msg)
    try:
        meta = dbn.Metadata.decode(head[:need])
    except (dbn.DBNError, ValueError) as error:
        msg = f"{path}: the DBN header cannot be read ({error})"
        raise DataError(msg) from error
    spans: dict[int, list[tuple[int, int, str]]] = {}
    for name, intervals in meta.mappings.items():
        for span in intervals:
            text = span["symbol"]
            if str(text).isdigit():
                spans.setdefault(int(text), []).append(
                    (_nanos(span["start_date"]), _nanos(span["end_date"]), name)
                )
    schema = str(meta.schema) if meta.schema is not None else ""
    rtype = head[need + 1] if len(head) > need + 1 else RTYPES.get(schema, 0)
    return Header(head[3], meta.dataset, rtype, need, 8 if meta.ts_out else 0, spans)


def _nanos(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9


def kind_of_type(rtype: int) -> Kind:
    """Return which of our records a DBN record type becomes by default."""
    if rtype in BAR_NANOS:
        return "bars"
    return "quotes" if rtype in TOP else "events"


@dataclass(frozen=True)
class Run:
    """Records of one type in a row; `at` is the offset of the first."""

    rtype: int
    size: int
    data: bytes
    at: int
    first: int

    def view(self) -> NDArray[Any]:
        """Return the records as a structured array, without a copy."""
        layout = LAYOUTS[self.rtype]
        if self.size == layout.itemsize:
            return np.frombuffer(self.data, layout)
        fields: Mapping[str, Any] = layout.fields or {}
        padded = np.dtype(
            {
                "names": list(fields),
                "formats": [field[0] for field in fields.values()],
                "offsets": [field[1] for field in fields.values()],
                "itemsize": self.size,
            }
        )
        return np.frombuffer(self.data, padded)


def runs(path: Path, header: Header, chunk: int) -> Iterator[Run]:
    """Split a file into runs of records of one size and type, a block at a time."""
    rest = b""
    skip = header.start
    at = header.start
    number = 0
    for block in blocks(path):
        if skip:
            cut = min(skip, len(block))
            skip -= cut
            block = block[cut:]  # noqa: PLW2901  the header is no record
        data = rest + block
        used = 0
        while len(data) - used >= 2:
            size = data[used] * 4
            if size < 16:
                msg = (
                    f"{path}, offset {at + used}: a record claims to be {size} bytes "
                    "long; the shortest has 16. The file is damaged there"
                )
                raise DataError(msg)
            count = min((len(data) - used) // size, chunk)
            if count == 0:
                break
            heads = np.frombuffer(data, "u1", count * size, used).reshape(count, size)
            other = np.flatnonzero(
                (heads[:, 0] != data[used]) | (heads[:, 1] != data[used + 1])
            )
            if other.size:
                count = int(other[0])
            run = Run(
                data[used + 1],
                size,
                data[used : used + count * size],
                at + used,
                number,
            )
            _check_size(path, run, header)
            yield run
            number += count
            used += count * size
        at += used
        rest = data[used:]
    if rest:
        msg = (
            f"{path}, offset {at}: the file ends inside a record ({len(rest)} bytes "
            "are left); everything before was read"
        )
        raise DataError(msg)


def _check_size(path: Path, run: Run, header: Header) -> None:
    layout = LAYOUTS.get(run.rtype)
    right = [layout.itemsize] if layout is not None else VARYING.get(run.rtype, {})
    if right and run.size - header.extra not in right:
        sizes = " or ".join(str(size + header.extra) for size in right)
        msg = (
            f"{path}, offset {run.at}: a record of type {run.rtype:#04x} has "
            f"{run.size} bytes where {sizes} are right"
        )
        raise DataError(msg)


def decoded(run: Run, header: Header) -> list[Any]:
    """Decode a run with the vendor's package, if it is of a type that needs it."""
    dbn = require("databento_dbn", "data")
    if run.rtype not in VARYING:
        return []
    decoder = dbn.DBNDecoder(
        has_metadata=False,
        ts_out=bool(header.extra),
        input_version=VARYING[run.rtype][run.size - header.extra],
        upgrade_policy=dbn.VersionUpgradePolicy.UPGRADE_TO_V3,
    )
    decoder.write(run.data)
    try:
        return list(decoder.decode())
    except (dbn.DBNError, ValueError) as error:
        msg = f"offset {run.at}: a DBN record cannot be read ({error})"
        raise DataError(msg) from error


@contextmanager
def readable(source: str | Path, run: Run) -> Iterator[None]:
    """Turn the vendor's error about a record's field into ours."""
    dbn = require("databento_dbn", "data")
    try:
        yield
    except (dbn.DBNError, ValueError) as error:
        msg = (
            f"{source}, offset {run.at}: a record here or behind it cannot be read "
            f"({error})"
        )
        raise DataError(msg) from error
