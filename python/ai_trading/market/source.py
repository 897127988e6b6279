"""What every reader of market data hands over: records, instruments, problems.

A reader turns bytes into arrays of one record type (`EVENT`, `QUOTE` or `BAR`). It does
not replay them, build books from them or decide what is traded.

Units: timestamps in UTC nanoseconds, prices in ticks and quantities in lots of the
instrument at the record's index in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai_trading._core import feed
from ai_trading.core.clock import LAST_NS, ns_to_iso
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, items, whole
from ai_trading.core.instrument import InstrumentTable
from ai_trading.core.records import BAR, EVENT, QUOTE

__all__ = [
    "CHUNK",
    "EventStream",
    "Kind",
    "MarketData",
    "Policy",
    "Problem",
    "Records",
    "kind_of",
    "merge",
    "said_by",
]

Records: TypeAlias = NDArray[Any]
"""One-dimensional array of `EVENT`, `QUOTE` or `BAR` records."""

Kind: TypeAlias = Literal["events", "quotes", "bars"]

CHUNK = 1 << 18
"""Records in one array of a stream unless told otherwise (12 MiB of events)."""

_ROWS_KEPT = 20


class Policy(StrEnum):
    """What happens to a record that cannot be right.

    ``raise`` refuses the source at the first one, ``drop`` leaves the record out and
    reports it, ``keep`` passes it on and reports it.
    """

    RAISE = "raise"
    DROP = "drop"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of defect found in a source, with where it was seen.

    Parameters
    ----------
    code : str
        Short stable name: ``"unsorted"``, ``"duplicate"``, ``"nan"``, ``"crossed"``,
        ``"dangling"``, ``"gap"`` and so on.
    message : str
        What is wrong and what was done about it, as a sentence.
    rows : tuple of int
        Where: one-based line numbers of a text file, zero-based record or message
        numbers of a binary one; the first twenty at most.
    count : int, default 1
        How many there were in all.
    """

    code: str
    message: str
    rows: tuple[int, ...] = ()
    count: int = 1

    @classmethod
    def at(cls, code: str, message: str, rows: Iterable[int]) -> Problem:
        """Return a problem that counts all of `rows` and keeps the first twenty."""
        where = [int(row) for row in rows]
        return cls(code, message, tuple(where[:_ROWS_KEPT]), len(where))

    def more(self, rows: Iterable[int]) -> Problem:
        """Return this problem with further occurrences of it."""
        where = [int(row) for row in rows]
        room = _ROWS_KEPT - len(self.rows)
        return replace(
            self,
            rows=self.rows + tuple(where[: max(room, 0)]),
            count=self.count + len(where),
        )

    def __str__(self) -> str:
        if not self.rows:
            return f"{self.code}: {self.message} ({self.count:,})"
        listed = ", ".join(str(row) for row in self.rows[:5])
        tail = ", …" if self.count > len(self.rows[:5]) else ""
        return f"{self.code}: {self.message} ({self.count:,}; at {listed}{tail})"


@contextmanager
def said_by(source: object) -> Iterator[None]:
    """Turn an `ArgumentError` about what a source says into a `DataError` naming it."""
    try:
        yield
    except ArgumentError as error:
        msg = f"{source}: {error}"
        raise DataError(msg) from error


def kind_of(records: Records) -> Kind:
    """Return which record family an array belongs to.

    Raises
    ------
    ArgumentError
        If the array is not one-dimensional or its dtype is none of the three.
    """
    if getattr(records, "ndim", 0) == 1 and hasattr(records, "dtype"):
        if records.dtype == EVENT:
            return "events"
        if records.dtype == QUOTE:
            return "quotes"
        if records.dtype == BAR:
            return "bars"
    msg = (
        "records must be a one-dimensional array of EVENT, QUOTE or BAR; received "
        + (
            f"{records.ndim} dimensions of {records.dtype}"
            if isinstance(records, np.ndarray)
            else f"{records!r:.80}"
        )
    )
    raise ArgumentError(msg)


@dataclass(frozen=True, eq=False)
class MarketData:
    """A source read whole into memory.

    Parameters
    ----------
    records : ndarray of EVENT, QUOTE or BAR
        Sorted by timestamp; equal timestamps stay in the source's order.
    instruments : InstrumentTable
        What the records' ``instrument`` field points into.
    source : str
        Where it came from: a path, or words such as ``"pandas.DataFrame"``.
    problems : tuple of Problem
        What was found wrong on the way.

    Raises
    ------
    ArgumentError
        If `records` is not an array of one of the three record types.
    DataError
        If the records are not sorted by timestamp, or one names an instrument that is
        not in the table.
    """

    records: Records
    instruments: InstrumentTable
    source: str
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        kind_of(self.records)
        instance("instruments", self.instruments, InstrumentTable)
        late, row, highest, _ = feed.survey(self.records)
        if late:
            times = self.records["timestamp"]
            msg = (
                f"{self.source}: record {row} has timestamp {times[row]}, before "
                f"{times[row - 1]} of the record in front of it; records must be "
                f"sorted by timestamp ({late:,} are not). Sort them first"
            )
            raise DataError(msg)
        # Market-wide messages concern no instrument.
        if highest >= len(self.instruments):
            msg = (
                f"{self.source}: a record names instrument {highest}; the table "
                f"has {len(self.instruments)}"
            )
            raise DataError(msg)

    @property
    def kind(self) -> Kind:
        """``"events"``, ``"quotes"`` or ``"bars"``."""
        return kind_of(self.records)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the instrument table, in its order."""
        return tuple(self.instruments.symbols)

    def __len__(self) -> int:
        return int(self.records.size)

    def __repr__(self) -> str:
        symbols = ", ".join(self.symbols[:5])
        more = len(self.symbols) - 5
        when = ""
        if len(self):
            first, last = (int(self.records["timestamp"][at]) for at in (0, -1))
            when = f", {ns_to_iso(first)[:19]} to {ns_to_iso(last)[:19]} UTC"
        return (
            f"<MarketData {len(self):,} {self.kind} of {symbols or 'nothing'}"
            f"{f' and {more} more' if more > 0 else ''}{when}; {self.source}>"
        )

    def select(
        self,
        symbols: Iterable[str] | None = None,
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> MarketData:
        """Return the records of some symbols and of ``[start_ns, end_ns)``.

        The instrument table stays whole, so indexes keep their meaning.

        Raises
        ------
        DataError
            If a symbol is not in the table.
        ArgumentError
            If a time is not whole nanoseconds.
        """
        for name, moment in (("start_ns", start_ns), ("end_ns", end_ns)):
            if moment is not None:
                whole(name, moment, -LAST_NS, LAST_NS)
        times = self.records["timestamp"]
        low = 0 if start_ns is None else int(np.searchsorted(times, start_ns))
        high = len(self) if end_ns is None else int(np.searchsorted(times, end_ns))
        records = self.records[low : max(low, high)]
        if symbols is not None:
            names = items("symbols", symbols, "['AAPL']")
            wanted = [self.instruments.index(symbol) for symbol in names]
            records = records[np.isin(records["instrument"], wanted)]
        return replace(self, records=records)


def merge(sources: Sequence[MarketData], *, source: str | None = None) -> MarketData:
    """Return several sources of one kind as one, in time order.

    Records of equal timestamp keep the order of `sources`, so the result is the same
    on every run.

    Parameters
    ----------
    sources : sequence of MarketData
        At least one; all of the same kind.
    source : str, optional
        Name of the result; the parts' names joined by default.

    Raises
    ------
    ArgumentError
        If `sources` is empty or mixes kinds, or two parts describe one symbol
        differently.
    """
    for part in items("sources", sources, "[first, second]"):
        instance("a source", part, MarketData, "load(path)")
    if not sources:
        msg = "nothing to merge: sources is empty"
        raise ArgumentError(msg)
    kinds = {part.kind for part in sources}
    if len(kinds) > 1:
        msg = f"one source must have one kind of record; received {sorted(kinds)}"
        raise ArgumentError(msg)
    table = InstrumentTable()
    parts = []
    for part in sources:
        index = np.array(
            [table.add(instrument) for instrument in part.instruments], dtype=np.uint32
        )
        records = part.records.copy()
        if index.size:
            records["instrument"] = index[records["instrument"]]
        parts.append(records)
    records = np.concatenate(parts)
    order = np.argsort(records["timestamp"], kind="stable")
    return MarketData(
        records=records[order],
        instruments=table,
        source=source or " + ".join(part.source for part in sources),
        problems=tuple(problem for part in sources for problem in part.problems),
    )


@dataclass(eq=False)
class EventStream:
    """A source read piece by piece in bounded memory.

    Iterating yields arrays of one record type in file order, and starts again from the
    beginning each time. `problems`, `counts` (messages by the source's own type names)
    and, for formats that name their instruments on the way, `instruments` grow while it
    runs.

    Parameters
    ----------
    chunks : callable returning an iterator of ndarray
        Opens the source and yields its arrays. It is handed the stream, so that it can
        call `report`.
    instruments : InstrumentTable
        What the records' ``instrument`` field points into.
    source : str
        Where the data comes from.
    policy : Policy, default RAISE
        What happens to a record whose timestamp lies before the one in front of it:
        refused, left out, or passed on and reported.
    kind : {"events", "quotes", "bars"}, default "events"
        Which record type the arrays have.
    symbols : frozenset of str, optional
        What the caller asked for. A symbol that the source turns out not to hold is
        an error at the end of the stream, never silence.
    """

    chunks: Callable[[EventStream], Iterator[Records]]
    instruments: InstrumentTable
    source: str
    policy: Policy = Policy.RAISE
    kind: Kind = "events"
    symbols: frozenset[str] | None = None
    counts: dict[str, int] = field(default_factory=dict, init=False)
    _problems: dict[str, Problem] = field(default_factory=dict, init=False)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found wrong so far, one entry per kind of defect."""
        return tuple(self._problems.values())

    def count(self, name: str, number: int = 1) -> None:
        """Count messages of one of the source's own types; called by readers."""
        self.counts[name] = self.counts.get(name, 0) + number

    def report(self, code: str, message: str, rows: Iterable[int] = ()) -> None:
        """Add occurrences of a defect; called by readers.

        The first message of a code stands for all of them.
        """
        where = list(rows)
        known = self._problems.get(code)
        if known is not None:
            self._problems[code] = known.more(where)
        elif where:
            self._problems[code] = Problem.at(code, message, where)
        else:
            self._problems[code] = Problem(code, message)

    def __iter__(self) -> Iterator[Records]:
        self._problems.clear()
        self.counts.clear()
        last = np.iinfo(np.int64).min
        seen = 0
        for chunk in self.chunks(self):
            if not chunk.size:
                continue
            times = chunk["timestamp"]
            # The latest time in front of each record, so that one late record does not
            # make the next good one look late.
            before = np.maximum.accumulate(np.concatenate(([last], times)))
            late = np.flatnonzero(times < before[:-1])
            last = int(before[-1])
            kept = chunk
            if late.size:
                self._report_late(chunk, before, late, seen)
                if self.policy is Policy.DROP:
                    kept = np.delete(chunk, late)
            seen += chunk.size
            yield kept
        missing = (self.symbols or frozenset()).difference(self.instruments.symbols)
        if missing:
            msg = (
                f"{self.source} holds no {', '.join(sorted(missing))}; run `ai-trading "
                "data inspect` on it to see its symbols"
            )
            raise DataError(msg)

    def _report_late(
        self, chunk: Records, before: NDArray[Any], late: NDArray[Any], seen: int
    ) -> None:
        first = int(late[0])
        if self.policy is Policy.RAISE:
            msg = (
                f"{self.source}: record {seen + first} has timestamp "
                f"{chunk['timestamp'][first]}, before {before[first]} of an earlier "
                f"record; records must be in time order. Sort the source, or pass "
                f"policy='drop' to leave late records out or 'keep' to take them"
            )
            raise DataError(msg)
        done = "left out" if self.policy is Policy.DROP else "kept"
        self.report(
            "unsorted",
            f"records whose timestamp lies before an earlier record's were {done}",
            late + seen,
        )

    def read(self) -> MarketData:
        """Read the whole source into one array.

        Returns
        -------
        MarketData
            Sorted by timestamp; records kept out of order by ``policy="keep"`` are
            moved to their place, ties in file order.
        """
        parts = list(self)
        dtype = {"events": EVENT, "quotes": QUOTE, "bars": BAR}[self.kind]
        records = np.concatenate(parts) if parts else np.empty(0, dtype)
        if "unsorted" in self._problems and self.policy is Policy.KEEP:
            records = records[np.argsort(records["timestamp"], kind="stable")]
        return MarketData(records, self.instruments, self.source, self.problems)
