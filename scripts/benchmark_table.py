"""What each benchmark prints, as rows of one table."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure of ours with its goal, and what stands beside it."""

    what: str
    ours: float | None
    unit: str
    goal: float | str | None = None
    beside: float | None = None
    name: str = ""  # of what stands beside it, or a remark

    def text(self) -> str:
        """Return the row as it is printed."""
        ratio = ""
        if self.ours and self.beside:
            ratio = f"{self.beside / self.ours:.1f}x"
        return (
            f"  {self.what:53} {_number(self.ours):>8} {self.unit:6} "
            f"{_number(self.goal):>6} {_number(self.beside):>8} {ratio:>7}  {self.name}"
        ).rstrip()


HEAD = (
    f"  {'':53} {'ours':>8} {'':6} {'goal':>6} {'beside':>8} {'ratio':>7}  "
    "beside: what it is"
)


def table(sections: Iterable[tuple[str, list[Row]]]) -> str:
    """Return one table; a section without rows is left out."""
    lines = [HEAD]
    for title, rows in sections:
        if rows:
            lines += [title, *(row.text() for row in rows)]
    return "\n".join(lines)


def memory(text: str) -> Iterator[Row]:
    """Read `bench_memory`: nobody is faster than this."""
    for name, number in _cells(text, 1):
        what, _, unit = name.rpartition(", ")
        if unit:
            yield Row(what, None, unit, beside=number[0], name="this machine")


def books(text: str) -> Iterator[Row]:
    """Read `itch_book.py --json`."""
    for row in _json(text):
        bound = row.get("yardstick")
        known = bound is not None and not math.isnan(bound)
        goal = "1.1x" if "ratio" in row else None
        yield Row(
            row["what"],
            row["ours"],
            "ns/msg",
            goal,
            bound if known else None,
            "yardstick, same stream" if known else "",
        )


def matching(text: str) -> Iterator[Row]:
    """Read `bench_matching`: least figures, ratios to the plain flow, percentiles."""
    head, _, tail = text.partition("one command with a clock around it")
    for name, number in _cells(head):
        if len(number) == 4:
            least, _, ratio, goal = number
            remark = f"{ratio:.2f} times the plain flow, goal {goal:g}"
            yield Row(name, least, "ns/cmd", name=remark)
        elif len(number) == 3:
            yield Row(name, number[0], "ns/cmd", number[2])
        elif len(number) == 2:
            remark = "the driver without an engine"
            yield Row(name, None, "ns/cmd", beside=number[0], name=remark)
    for name, number in _cells(tail, 4):
        _, p99, most, worst = (f"{n:,.0f}" for n in number)
        remark = f"p99 {p99}, p99.9 {most}, max {worst}, the clock in them"
        yield Row(f"{name}: median command", float(number[0]), "ns", name=remark)


def peers(text: str) -> Iterator[Row]:
    """Read `bench_matching_peers.py --json`."""
    best = None
    for row in _json(text):
        if row["ours"]:
            best = best or row["ns"]
            yield Row(row["what"], row["ns"], "ns/cmd")
        elif "ns" in row:
            note = {"same": "same trades", "-": "tells no trades"}
            remark = note.get(row["volume"], row["volume"])
            goal = f"{row['goal']}x" if row["goal"] else None
            what = f"  beside {row['what']}"
            yield Row(what, best, "ns/cmd", goal, row["ns"], remark)
        else:
            yield Row(f"  beside {row['what']}", None, "", name=row["skipped"])


def order_book(text: str) -> Iterator[Row]:
    """Read Google Benchmark's JSON."""
    for row in json.loads(text)["benchmarks"] if text else ():
        name = row["name"].replace("/resting:", ", resting orders: ")
        yield Row(name, row["cpu_time"], "ns")


def backtests(text: str) -> Iterator[Row]:
    """Read `bench_backtest.py --json`."""
    for row in _json(text):
        if "crossover" in row:
            what = f"crossover {row['crossover']} on bars, {row['fills']:,} fills"
            remark = "its own Python in a loop"
            yield Row(what, row["seconds"], "s/Mbar", row["goal"], row["alone"], remark)
            continue
        if "what" in row:
            threads = row["what"] == "two threads"
            remark = "as fast as in one" if threads else ""
            what = f"levels, strategy compiled: {row['what']}"
            yield Row(what, row["ours"], "times" if threads else "ns/ev", name=remark)
            continue
        peer = row["peer"]
        known = not math.isnan(peer)
        missing = "" if "delays" in row["data"] else "hftbacktest: not installed"
        yield Row(
            f"{row['data']}: {row['strategy']}",
            row["ours"],
            "ns/ev",
            row["goal"] or None,
            peer if known else None,
            "hftbacktest" if known else missing,
        )


def lines(text: str) -> Iterator[Row]:
    """Read programs that print a name and one or two figures, ns per event or order."""
    for line in text.splitlines():
        found = re.match(r"(.+?)\s{2,}([\d.]+)(?:\s+([\d.]+))?\s*$", line)
        if found:
            other = "" if found[3] is None else f"second figure {found[3]}"
            yield Row(found[1].strip(), float(found[2]), "ns", name=other)


def orders(text: str) -> Iterator[Row]:
    """Read `bench_orders.py --json`."""
    for row in _json(text):
        yield Row(row["orders"], row["us"], "us", row["goal"])


def _cells(
    text: str, count: int | None = None, width: int = 40
) -> Iterator[tuple[str, list[float]]]:
    """Yield what stands in front, and the numbers behind, of lines that have any."""
    for line in text.splitlines():
        words = line[width:].split()
        if words and all(re.fullmatch(r"[\d.]+", word) for word in words):
            numbers = [float(word) for word in words]
            if count is None or len(numbers) == count:
                yield line[:width].strip(), numbers


def _json(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _number(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.2f}" if value < 10 else f"{value:,.0f}"
