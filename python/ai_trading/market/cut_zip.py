"""What stands before the cut in a zip archive that was cut off.

The list of an archive's files is its end, so a part of an archive has none. Each file
has a header of its own in front of it, too (PKWARE's APPNOTE 6.3.10, 4.3.7), by which
what is there can be read. Reading such a file always ends in an error: the archive may
have held more.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Part", "opened", "parts"]

_HEADER = struct.Struct("<4s5H3L2H")
_MAGIC = b"PK\x03\x04"
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800
_STORED, _DEFLATED = 0, 8
_ELSEWHERE = 0xFFFF_FFFF
"""A size that the header has no room for."""
_MOST_AFTER = 24
"""Bytes of the longest record of sizes behind a file."""
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the archive, of which the end may be missing."""

    name: str
    start: int
    deflated: bool
    packed: int | None
    """Bytes that it takes in the archive; None where only its end would tell."""
    checksum: int | None


def parts(path: Path) -> list[Part]:
    """Return the files whose headers can be read, in the archive's order."""
    found = []
    with path.open("rb") as file:
        while (part := _part(file)) is not None:
            found.append(part)
            if part.packed is not None:
                file.seek(part.start + part.packed)
            elif not _find_end(file):
                break
    return found


@contextmanager
def opened(path: Path, part: Part) -> Iterator[BinaryIO]:
    """Open the unpacked bytes of a file; where they end, reading raises `EOFError`."""
    with path.open("rb") as file:
        file.seek(part.start)
        yield cast("BinaryIO", _Stream(file, part))


def _part(file: BinaryIO) -> Part | None:
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        return None
    _, _, flags, method, _, _, checksum, packed, _, named, extra = _HEADER.unpack(head)
    name = file.read(named)
    file.seek(extra, 1)
    if len(name) < named or flags & _ENCRYPTED or method not in {_STORED, _DEFLATED}:
        return None
    known = not flags & _SIZES_FOLLOW and packed != _ELSEWHERE
    if not known and method == _STORED:
        return None
    return Part(
        name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"),
        file.tell(),
        method == _DEFLATED,
        packed if known else None,
        checksum if known else None,
    )


def _find_end(file: BinaryIO) -> bool:
    """Go to the header behind a deflated file of unknown size; False without one."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflate.eof:
        block = file.read(_BLOCK)
        if not block:
            return False
        try:
            while block and not inflate.eof:
                inflate.decompress(block, _BLOCK)
                block = inflate.unconsumed_tail
        except zlib.error:
            return False
    file.seek(-len(inflate.unused_data), 1)
    at = file.tell()
    after = file.read(_MOST_AFTER + len(_MAGIC)).find(_MAGIC)
    file.seek(at + max(after, 0))
    return after >= 0


class _Stream:
    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file = file
        self._part = part
        self._left = part.packed
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.deflated else None
        self._waiting = b""
        self._checksum = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` unpacked bytes, at least one."""
        while True:
            packed = self._waiting or self._take(size)
            if self._inflate is None:
                piece, over = packed, not self._left
            else:  # without input it gives what it still holds
                piece = self._inflate.decompress(packed, size)
                self._waiting = self._inflate.unconsumed_tail
                over = self._inflate.eof
            self._checksum = zlib.crc32(piece, self._checksum)
            if piece:
                return piece
            if over:
                self._check()
                msg = "the archive was cut off behind this file, before its list"
                raise EOFError(msg)
            if not packed:
                msg = f"the archive was cut off within {self._part.name}"
                raise EOFError(msg)

    def _take(self, size: int) -> bytes:
        packed = self._file.read(size if self._left is None else min(size, self._left))
        if self._left is not None:
            self._left -= len(packed)
        return packed

    def _check(self) -> None:
        if self._part.checksum not in {None, self._checksum}:
            msg = f"the checksum of {self._part.name} is another"
            raise zipfile.BadZipFile(msg)
