"""Read delimited text into arrays, fast and with a line number for every row.

A file, packed or not, is read in pieces of whole lines. Each
piece is cut at its delimiters with array operations, so that the cost per cell is tens
of nanoseconds without any library beyond NumPy. What a cell means is decided elsewhere.

Units: line numbers are one-based and count every line of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.zones import Ints
from ai_trading.market.files import blocks
from ai_trading.market.times import is_null

__all__ = ["Dialect", "Piece", "decimal_comma", "numbers", "pieces", "sniff_dialect"]

PIECE = 1 << 23
"""Bytes of text in one piece."""

_WIDEST = 96  # bytes of a cell; anything longer is no number, time or symbol
_DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 16
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_COMMA = re.compile(r"[+-]?\d*,\d+")

Cells = NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is laid out.

    Parameters
    ----------
    delimiter : str
        One character between cells.
    names : tuple of str
        Column names; ``"0"``, ``"1"`` … where the file has none.
    header : bool
        Whether the file names its columns.
    first_line : int
        One-based number of the first line of data.
    """

    delimiter: str
    names: tuple[str, ...]
    header: bool
    first_line: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a file, cut into cells.

    Parameters
    ----------
    cell : callable
        ``cell(column)`` returns the column as an array of bytes, blanks stripped.
    lines : ndarray of int64
        Line number of each row.
    odd : list of (int, str)
        Lines that do not have the right number of cells, with their text.
    """

    cell: Callable[[int], Cells]
    lines: Ints
    odd: list[tuple[int, str]]


def sniff_dialect(
    path: Path,
    *,
    member: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    is_header: Callable[[Sequence[str]], bool],
) -> Dialect:
    """Find out delimiter, header and first line of data.

    Parameters
    ----------
    path : Path
        The file.
    member : str, optional
        Which file of a zip archive.
    delimiter : str, optional
        One character; found among comma, semicolon, tab and bar by default.
    header : bool, optional
        Whether there is a line of column names; by default asked from `is_header`.
    is_header : callable
        Says whether a list of cells can be column names.

    Raises
    ------
    DataError
        If the file is empty or its first line is neither a header nor data.
    """
    if delimiter is not None and not (
        isinstance(delimiter, str) and len(delimiter) == 1
    ):
        msg = f"delimiter must be one character; received {delimiter!r}"
        raise ArgumentError(msg)
    head = next(blocks(path, size=_HEAD, member=member), b"")
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if text.startswith(("\xff\xfe", "\ufffd\ufffd")) or "\0" in text[:200]:
        msg = f"{path}: line 1 is not UTF-8 text; convert the file to UTF-8"
        raise DataError(msg)
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        msg = f"{path}: the file is empty; expected lines of bars"
        raise DataError(msg)
    first, line = lines[0]
    following = [text for _, text in lines[1:3]]
    mark = delimiter or _best_delimiter(line, following)
    names = [cell.strip().strip("<>") for cell in _cut(line, mark)]
    if header is None:
        header = is_header(names)
        if not header and not _is_data(names):
            named = names[0].isidentifier() if len(names) == 1 else len(names) > 3
            what = "" if named else _foreign(line)
            msg = (
                f"{path}, line {first}: expected column names or data, received "
                f"{line.strip()[:60]!r}{what}. Pass columns={{'time': …}} if these are "
                f"unusual names"
            )
            raise DataError(msg)
    if header:
        later = lines[1][0] if len(lines) > 1 else first + 1
        return Dialect(mark, tuple(names), header=True, first_line=later)
    width = tuple(str(place) for place in range(len(names)))
    return Dialect(mark, width, header=False, first_line=first)


def _best_delimiter(line: str, following: Sequence[str]) -> str:
    def score(mark: str) -> tuple[int, int]:
        count = line.count(mark)
        agree = sum(other.count(mark) == count for other in following)
        return (agree if count else -1, count)

    return max(_DELIMITERS, key=score)


def _cut(line: str, delimiter: str) -> list[str]:
    rows = list(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    return rows[0] if rows else []


def _is_data(cells: Sequence[str]) -> bool:
    numeric = 0
    for cell in cells[1:]:
        try:
            float(cell)
        except ValueError:
            continue
        numeric += 1
    return len(cells) >= 2 and cells[0][:1].isdigit() and numeric >= len(cells) - 2


def _foreign(line: str) -> str:
    start = line.strip()[:1]
    if start in {"{", "["}:
        return ", the beginning of JSON: probably a vendor's error message"
    if start == "<":
        return ", the beginning of HTML: probably a vendor's error page"
    return ""


def pieces(
    path: Path, dialect: Dialect, *, member: str | None = None, size: int = PIECE
) -> Iterator[Piece]:
    """Yield the lines of data in pieces, cut into cells.

    Memory is bounded by a few times `size`, whatever the length of the file.
    """
    line = 1
    for block in _whole_lines(blocks(path, size=size, member=member)):
        piece, count = _cut_block(block, line, dialect)
        line += count
        if piece.lines.size or piece.odd:
            yield piece


def _whole_lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in parts:
        cut = block.rfind(b"\n")
        if cut < 0:
            rest += block
            continue
        yield rest + block[: cut + 1]
        rest = block[cut + 1 :]
    if rest:
        yield rest + b"\n"


def _cut_block(block: bytes, line: int, dialect: Dialect) -> tuple[Piece, int]:
    if line == 1:
        block = block.removeprefix(b"\xef\xbb\xbf")
    if b'"' in block:
        block = _unquote(block, dialect)
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == 10)
    count = ends.size
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    numbered = np.arange(line, line + count)
    stripped = ends - ((ends > starts) & (data[ends - 1] == 13))
    marks = np.flatnonzero(data == ord(dialect.delimiter))
    before = np.searchsorted(marks, ends)
    per_line = np.diff(before, prepend=0)
    used = (numbered >= dialect.first_line) & (stripped > starts)
    used &= data[starts] != ord("#")
    good = used & (per_line == len(dialect.names) - 1)
    odd = []
    for row in np.flatnonzero(used & ~good):
        text = block[starts[row] : stripped[row]].decode("utf-8", "replace")
        if text.strip():
            odd.append((int(numbered[row]), text.strip()[:80]))
    kept = marks[np.repeat(good, per_line)]
    kept = kept.reshape(int(good.sum()), len(dialect.names) - 1)
    low = np.concatenate((starts[good][:, None], kept + 1), axis=1)
    high = np.concatenate((kept, stripped[good][:, None]), axis=1)

    def cell(column: int) -> Cells:
        return _gather(data, low[:, column], high[:, column])

    return Piece(cell, numbered[good], odd), int(count)


def _unquote(block: bytes, dialect: Dialect) -> bytes:
    # A delimiter inside quotes is a thousands separator or part of a name: drop it.
    mark = dialect.delimiter
    lines = block.split(b"\n")
    for place, line in enumerate(lines):
        if b'"' not in line:
            continue
        try:
            cells = _cut(line.decode("utf-8", "replace"), mark)
        except csv.Error:
            continue
        if len(cells) == len(dialect.names):
            plain = [cell.replace(mark, "").replace("\r", "") for cell in cells]
            lines[place] = mark.join(plain).encode()
    return b"\n".join(lines)


def _gather(data: NDArray[np.uint8], low: Ints, high: Ints) -> Cells:
    low, high = low.copy(), high.copy()
    for _ in range(8):  # blanks around a cell
        pad = (low < high) & (data[np.minimum(low, data.size - 1)] == 32)
        if not pad.any():
            break
        low += pad
    for _ in range(8):
        pad = (low < high) & (data[high - 1] == 32)
        if not pad.any():
            break
        high -= pad
    width = int(min(max((high - low).max(initial=1), 1), _WIDEST))
    place = np.arange(width)
    cells = data[np.minimum(low[:, None] + place, data.size - 1)]
    cells = np.where(place < (high - low)[:, None], cells, np.uint8(0))
    return np.ascontiguousarray(cells).view(f"S{width}").reshape(low.size)


def numbers(
    text: Cells, *, decimal: str = "."
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the values of a column of numbers, and which cells are no numbers.

    Parameters
    ----------
    text : ndarray of bytes
        One cell per row. An empty cell, ``nan``, ``null``, ``None`` or ``NA`` is NaN,
        which is not an error. Commas may group thousands, as in ``1,234.5``, and mean
        nothing else: ``10,75`` is not a number.
    decimal : str, default "."
        The decimal mark.

    Returns
    -------
    values : ndarray of float64
        The doubles nearest to the decimals, as `float` would return.
    bad : ndarray of bool
        True where a cell is not a number; its value is NaN.
    """
    count, width = text.size, text.dtype.itemsize
    cells = np.ascontiguousarray(text).view(np.uint8).reshape(count, width)
    if not (isinstance(decimal, str) and len(decimal) == 1 and decimal.isascii()):
        msg = f"decimal must be one character, '.' or ','; received {decimal!r:.80}"
        raise ArgumentError(msg)
    if decimal != ".":
        cells = np.where(cells == ord(decimal), np.uint8(46), cells)
        text = np.ascontiguousarray(cells).view(text.dtype).reshape(count)
    digit = (cells >= 48) & (cells <= 57)
    point = cells == 46
    minus = cells[:, 0] == 45
    known = digit | point | (cells == 0)
    known[:, 0] |= minus
    length = digit.sum(axis=1)
    # Up to 15 digits and a power of ten up to 10**15 are exact doubles, so that one
    # division rounds correctly.
    easy = known.all(axis=1) & (length <= 15) & (length > 0) & (point.sum(axis=1) <= 1)
    whole = np.zeros(count, np.int64)
    scale = np.zeros(count, np.int64)
    after = np.zeros(count, np.bool_)
    rows = slice(None) if easy.all() else np.flatnonzero(easy)
    whole, scale, after = whole[rows], scale[rows], after[rows]
    easy_cells, easy_digit, easy_point = cells[rows], digit[rows], point[rows]
    for place in range(width):
        here = easy_digit[:, place]
        value = easy_cells[:, place].astype(np.int64) - 48
        whole = np.where(here, whole * 10 + value, whole)
        scale += here & after
        after = after | easy_point[:, place]
    values = np.full(count, np.nan)
    size = whole / np.power(10.0, np.arange(16))[scale]
    values[rows] = np.where(minus[rows], -size, size)
    bad = np.zeros(count, np.bool_)
    hard = np.flatnonzero(~easy)
    if hard.size:
        values[hard], bad[hard] = _hard_numbers(text[hard])
    return values, bad


def _hard_numbers(
    text: Cells,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    try:
        plain: Any = text.astype(np.float64)
    except ValueError:
        pass
    else:
        return plain, np.zeros(text.size, np.bool_)
    values = np.full(text.size, np.nan)
    bad = np.zeros(text.size, np.bool_)
    for row, cell in enumerate(text.tolist()):
        word = cell.decode("utf-8", "replace")
        if is_null(word):
            continue
        plain = word.lstrip("$")
        if "," in plain and not _GROUPED.fullmatch(plain):
            bad[row] = True
            continue
        try:
            values[row] = float(plain.replace(",", ""))
        except ValueError:
            bad[row] = True
    return values, bad


def decimal_comma(text: Cells, delimiter: str) -> str | None:
    """Return a number whose comma may be the decimal mark, if there is one.

    Where commas part the columns, a comma inside a number can well group thousands. In
    any other file nobody can tell 1,234 from 1.234, and ``10,75`` groups nothing.
    """
    cells = np.ascontiguousarray(text)
    if not (cells.view(np.uint8) == 44).any():
        return None
    for cell in cells[np.char.find(cells, b",") >= 0].tolist():
        word = str(cell.decode("utf-8", "replace")).lstrip("$")
        if _COMMA.fullmatch(word) and (
            delimiter != "," or not _GROUPED.fullmatch(word)
        ):
            return word
    return None
