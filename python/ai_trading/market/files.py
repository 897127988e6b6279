"""Bytes and lines of a file, whatever it is packed in, in bounded memory.

gzip, bzip2, xz, zip and zstd are recognised by their first bytes, not by the name. A
file that ends too early or cannot be unpacked is a `DataError` that names the file and
the offset (in unpacked bytes) up to which it was read. What the bytes mean is for the
readers.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from ai_trading.core.errors import DataError
from ai_trading.core.optional import require
from ai_trading.market import cut_zip

__all__ = ["blocks", "compression", "fill", "line_batches", "members", "unpack"]

BLOCK = 1 << 20
_PIECE = 1 << 12
_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)

_MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def compression(path: Path) -> str | None:
    """Return what a file is packed in, from its first bytes; None for plain bytes.

    Raises
    ------
    DataError
        If there is no readable file at `path`.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError:
        msg = f"{path} does not exist; check the path"
        raise DataError(msg) from None
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise DataError(msg) from error
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def members(path: Path) -> list[str]:
    """Return the names of the files inside a zip archive, in its order.

    Of an archive that was cut off these are the ones in front of the cut.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [
                info.filename
                for info in archive.infolist()
                if info.filename and not info.is_dir()
            ]
    except zipfile.BadZipFile as error:
        names = [part.name for part in cut_zip.parts(path) if part.name[-1:] != "/"]
        if names:
            return names
        msg = (
            f"{path}: the zip archive is damaged or cut off ({error}, of "
            f"{path.stat().st_size:,} bytes): neither the list of its files, which "
            "stands at the end, nor one of them can be read; fetch it again"
        )
        raise DataError(msg) from error


@contextmanager
def unpack(path: Path, *, member: str | None = None) -> Iterator[BinaryIO]:
    """Open the unpacked bytes of a file for reading.

    Parameters
    ----------
    path : Path
        The file.
    member : str, optional
        Which file of a zip archive; needed where it holds more than one.
    """
    packed = compression(path)
    if packed == "zip":
        names = members(path)
        if member is None and len(names) == 1:
            member = names[0]
        if member is None:
            msg = (
                f"{path} holds {len(names)} files ({', '.join(names[:5])}); unpack it "
                "and name the one to read"
            )
            raise DataError(msg)
        with _member(path, member) as inner:
            yield inner
    elif packed == "zstd":
        arrow = require("pyarrow", "data")
        with arrow.CompressedInputStream(arrow.OSFile(str(path)), "zstd") as stream:
            yield cast("BinaryIO", stream)
    else:
        opener: Callable[..., BinaryIO] = {
            "gzip": cast("Callable[..., BinaryIO]", gzip.open),
            "bzip2": cast("Callable[..., BinaryIO]", bz2.open),
            "xz": cast("Callable[..., BinaryIO]", lzma.open),
        }.get(packed or "", cast("Callable[..., BinaryIO]", Path.open))
        with opener(path, "rb") as stream:
            yield stream


@contextmanager
def _member(path: Path, member: str) -> Iterator[BinaryIO]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        part = next(part for part in cut_zip.parts(path) if part.name == member)
        with cut_zip.opened(path, part) as inner:
            yield inner
        return
    with archive, archive.open(member) as whole:
        yield cast("BinaryIO", whole)


def blocks(
    path: Path, *, size: int = BLOCK, member: str | None = None
) -> Iterator[bytes]:
    """Yield the unpacked bytes of a file in blocks of at most `size`.

    Raises
    ------
    DataError
        If the file ends too early or is damaged; what could be unpacked was yielded.
    """
    done = 0
    with unpack(path, member=member) as stream:
        while True:
            block, error = fill(stream, size)
            done += len(block)
            if block:
                yield block
            if error is not None:
                msg = (
                    f"{path}: the compressed data is damaged or cut off after "
                    f"{done:,} unpacked bytes ({error}); fetch the file again"
                )
                raise DataError(msg) from error
            if not block:
                return


def fill(stream: BinaryIO, size: int) -> tuple[bytes, Exception | None]:
    """Return up to `size` bytes, and what ended the reading if that was damage.

    One large read would lose what was unpacked in front of the damage, so packed files
    are read in small pieces.
    """
    most = size if isinstance(stream, BufferedReader) else _PIECE  # a plain file
    read = getattr(stream, "read1", stream.read)
    parts: list[bytes] = []
    left = size
    try:
        while left and (part := read(min(left, most))):
            parts.append(part)
            left -= len(part)
    except _DAMAGE as error:
        return b"".join(parts), error
    return b"".join(parts), None


def line_batches(
    path: Path, *, size: int = BLOCK, member: str | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """Yield whole lines, without their ends, and the number of the first of them.

    Lines are numbered from one. The last line may lack its end.
    """
    number = 1
    rest = b""
    for block in blocks(path, size=size, member=member):
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if len(rest) > 64 * BLOCK:
            msg = (
                f"{path}, line {number + len(lines)}: the line is longer than 64 MiB; "
                "this is not a text file of records"
            )
            raise DataError(msg)
        if lines:
            yield number, [line.rstrip(b"\r") for line in lines]
            number += len(lines)
    if rest:
        yield number, [rest.rstrip(b"\r")]
