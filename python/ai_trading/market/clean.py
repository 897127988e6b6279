"""What cannot be a bar, where it stands, and what is done about it.

Rows are looked at once, before any of them becomes a record. A row that is no bar at
all (unreadable, without a price) can only be left out or refuse the file; one that is
merely implausible can also be kept.

Units: prices and volumes as the source gives them; row numbers are line numbers of a
text file, or zero-based positions in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.zones import Ints
from ai_trading.market.grid import LARGEST, LOTS, TICKS
from ai_trading.market.source import Policy, Problem
from ai_trading.market.times import Times

__all__ = ["Rows", "check_policy", "check_values", "put_in_order"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_WORDS = {
    "unparsable": "rows that could not be read",
    "nan": "rows without a price or volume",
    "range": "rows with a price or volume too large, or a price too small, to be held",
    "negative": "rows with a price that is not positive or a negative volume",
    "crossed": "rows whose low or high does not enclose open and close",
    "unsorted": "rows out of time order",
    "duplicate": "rows with the time of a row in front of them",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one symbol before they become bars.

    Parameters
    ----------
    times : Times
        When each row is, as the source says it.
    open, high, low, close, volume : ndarray of float64
        NaN where there is no value.
    lines : ndarray of int64
        Where each row stands.
    adj_close : ndarray of float64 or None
        The close after splits and dividends.
    """

    times: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    lines: Ints
    adj_close: Floats | None = None

    def pick(self, index: Any) -> Rows:
        """Return the rows picked by an index, mask or slice."""
        changed = {
            f.name: value[index]
            for f in fields(self)
            if f.name != "times" and (value := getattr(self, f.name)) is not None
        }
        return replace(self, times=self.times.rows(index), **changed)

    def __len__(self) -> int:
        return int(self.lines.size)


def check_policy(policy: Policy | str) -> Policy:
    """Return the policy of that name.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    try:
        return Policy(policy)
    except ValueError as error:
        msg = f"policy must be 'raise', 'drop' or 'keep'; received {policy!r}"
        raise ArgumentError(msg) from error


def check_values(
    rows: Rows,
    policy: Policy,
    *,
    source: str,
    word: str = "line",
    unparsable: Sequence[tuple[int, str]] = (),
    ticks: tuple[Decimal, Decimal] = (TICKS[-1], TICKS[0]),
    lot: Decimal = LOTS[0],
) -> tuple[Rows, list[Problem]]:
    """Find rows that cannot be bars.

    Parameters
    ----------
    rows : Rows
        In the source's order.
    policy : Policy
        ``raise`` refuses, ``drop`` leaves out, ``keep`` keeps what has a meaning
        (negative, crossed) and leaves out the rest.
    source, word : str
        Named in messages; `word` is what a row is called.
    unparsable : sequence of (int, str)
        Lines that were no rows, with their text.
    ticks : (Decimal, Decimal)
        The finest and the coarsest tick that the prices may get.
    lot : Decimal
        The coarsest lot that the volumes may get.

    Raises
    ------
    DataError
        Under ``raise``, with the kind, number and first places of all of them.
    """
    prices = np.stack((rows.open, rows.high, rows.low, rows.close))
    unread = rows.times.bad
    missing = ~np.isfinite(prices).all(axis=0) | ~np.isfinite(rows.volume)
    missing &= ~unread
    with np.errstate(invalid="ignore"):
        negative = ((prices <= 0).any(axis=0) | (rows.volume < 0)) & ~unread & ~missing
        body_low, body_high = (
            np.minimum(rows.open, rows.close),
            np.maximum(rows.open, rows.close),
        )
        crossed = (rows.low > body_low) | (rows.high < body_high)
        crossed &= ~unread & ~missing & ~negative
    ranged = _out_of_range(prices, rows.volume, ticks, lot) & ~unread & ~missing
    negative &= ~ranged
    crossed &= ~ranged
    lines = sorted([line for line, _ in unparsable] + rows.lines[unread].tolist())
    example = f", such as {unparsable[0][1]!r}" if unparsable else ""
    found: list[tuple[str, list[int], str]] = [("unparsable", lines, example)]
    masks = {"nan": missing, "range": ranged, "negative": negative, "crossed": crossed}
    found += [(code, rows.lines[mask].tolist(), "") for code, mask in masks.items()]
    found = [entry for entry in found if entry[1]]
    if found and policy is Policy.RAISE:
        raise DataError(_refusal(found, source, word))
    out = unread | missing | ranged
    if policy is Policy.DROP:
        out |= negative | crossed
    problems = []
    for code, where, note in found:
        kept = policy is Policy.KEEP and code in {"negative", "crossed"}
        done = "kept" if kept else "left out"
        message = f"{source}: {_WORDS[code]}{note} were {done}"
        problems.append(Problem.at(code, message, where))
    return (rows.pick(~out) if out.any() else rows), problems


def _out_of_range(
    prices: Floats, volume: Floats, ticks: tuple[Decimal, Decimal], lot: Decimal
) -> Mask:
    """Rows whose prices or volume are no number of ticks or lots, or of none."""
    finest, coarsest = map(float, ticks)
    with np.errstate(invalid="ignore"):
        none = (prices > 0) & (prices < finest / 2)
        huge = np.abs(prices) >= LARGEST * coarsest
        large = np.abs(volume) >= LARGEST * float(lot)
    return np.logical_or(np.any(none | huge, axis=0), large)


def put_in_order(
    rows: Rows, moment: Ints, policy: Policy, *, source: str, word: str = "line"
) -> tuple[Rows, Ints, list[Problem]]:
    """Return rows in time order and their times, and what was out of order.

    Newest-first files are turned round, which is no defect. Otherwise the fewest rows
    that break the order are refused, left out, or (``keep``) moved to their place, and
    one with the time of another is refused, left out (the first stays) or kept.

    Raises
    ------
    DataError
        Under ``raise``, if rows are neither oldest nor newest first, or share a time.
    """
    problems: list[Problem] = []
    step = np.diff(moment)
    if step.size and bool((step <= 0).all()) and bool((step < 0).any()):
        rows, moment = rows.pick(slice(None, None, -1)), moment[::-1]
        message = f"{source}: the newest row comes first; the rows were turned round"
        problems.append(Problem("newest-first", message))
        step = np.diff(moment)
    if not (step <= 0).any():
        return rows, moment, problems
    late = _out_of_order(moment)
    inside = np.flatnonzero(~late)
    twin = np.zeros(moment.size, np.bool_)
    twin[inside[1:][np.diff(moment[inside]) == 0]] = True
    found = [
        (code, rows.lines[mask].tolist(), "")
        for code, mask in (("unsorted", late), ("duplicate", twin))
        if mask.any()
    ]
    if policy is Policy.RAISE:
        raise DataError(_refusal(found, source, word))
    done = {"unsorted": "moved to their place", "duplicate": "kept"}
    for code, where, _ in found:
        what = "left out" if policy is Policy.DROP else done[code]
        message = f"{source}: {_WORDS[code]} were {what}"
        problems.append(Problem.at(code, message, where))
    if policy is Policy.DROP:
        rows, moment = rows.pick(~(late | twin)), moment[~(late | twin)]
    order = np.argsort(moment, kind="stable")
    return rows.pick(order), moment[order], problems


def _out_of_order(moment: Ints) -> Mask:
    """The fewest rows without which the others are in order.

    One wrong date in the future must not condemn every row behind it, so that this is
    the complement of a longest rising subsequence. Growth: n log n.
    """
    tails: list[int] = []
    ends: list[int] = []
    before = np.full(moment.size, -1)
    for row, time in enumerate(moment.tolist()):
        place = bisect_right(tails, time)
        if place:
            before[row] = ends[place - 1]
        if place == len(tails):
            tails.append(time)
            ends.append(row)
        else:
            tails[place], ends[place] = time, row
    out = np.ones(moment.size, np.bool_)
    row = ends[-1]
    while row >= 0:
        out[row] = False
        row = int(before[row])
    return out


def _refusal(
    found: Iterable[tuple[str, list[int], str]], source: str, word: str
) -> str:
    parts = []
    first = min(where[0] for _, where, _ in found)
    for code, where, note in found:
        listed = ", ".join(str(row) for row in where[:5])
        more = ", …" if len(where) > 5 else ""
        plural = word if len(where) == 1 else f"{word}s"
        parts.append(f"{code} ({len(where):,}; {plural} {listed}{more}){note}")
    return (
        f"{source}, {word} {first}: not a bar: {'; '.join(parts)}. Pass "
        f"policy='drop' to leave such rows out or policy='keep' to take those that "
        f"have a meaning; both report them"
    )
