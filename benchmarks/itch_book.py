"""Order books from ITCH bytes, beside the yardstick and as they grow.

Question   what does a message cost from its bytes to the changed book; is that near the
           dense measurement program of `../shared/yardsticks`; is it flat?
Workload   a synthetic stream with a real day's proportions (10 million messages and
           300,000 live orders, or 30 and a million with --full), and one real symbol's
           day; loaded before the clock starts, programs interleaved.
Read       processor ns per message, medians, and the ratio to the yardstick's, which is
           what holds on a shared machine. It is built for this very processor; ours is
           portable and checks its input.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PROGRAMS = ROOT / "build" / "bench" / "benchmarks" / "cpp"
WORK = ROOT / "build" / "bench" / "data"
STREAMS = {"small": (2_000_000, 2_000, 100_000), "full": (30_000_000, 8_714, 1_000_000)}
STREAMS["usual"] = (10_000_000, 8_714, 300_000)
SYMBOLS = (1, 16, 256, 4_096)  # of the streams that growth is shown on
REAL = SHARED / "data" / "itch_from_lobster"


def yardstick(name: str) -> Path | None:
    """Return a yardstick program, built if it is not; None where it cannot be."""
    source = SHARED / "yardsticks" / f"{name}.cpp"
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("c++")
    program = WORK / name
    if program.exists():
        return program
    if not source.exists() or compiler is None:
        return None
    WORK.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-O3", "-march=native", "-std=c++20", "-w", str(source)]
    done = subprocess.run([*command, "-o", str(program)], check=False)
    return program if done.returncode == 0 else None


def stream(messages: int, symbols: int, live: int) -> Path | None:
    """Return a synthetic stream, generated if it is not there."""
    path = WORK / f"syn-{messages}.itch"
    if (messages, symbols, live) not in STREAMS.values():
        path = WORK / f"syn-{messages}-{symbols}.itch"
    generator = yardstick("gen_itch")
    if path.exists() or generator is None:
        return path if path.exists() else None
    part = path.with_suffix(".part")
    numbers = [str(n) for n in (messages, symbols, 7, live)]
    subprocess.run([generator, part, *numbers], check=True, capture_output=True)
    part.rename(path)
    return path


def real_symbol(name: str) -> Path | None:
    """Return one real symbol's day as plain ITCH; None where the data is absent."""
    packed = next(iter(sorted(REAL.glob(f"{name}_*.itch50.gz"))), None)
    if packed is None:
        return None
    path = WORK / packed.stem
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def renumbered(path: Path) -> Path:
    """Return a copy whose order ids count from 1, as the yardstick needs them."""
    copy = path.with_suffix(".dense.itch50")
    if copy.exists():
        return copy
    places = {ord(letter): (11,) for letter in "AFECXD"} | {ord("U"): (11, 19)}
    text = bytearray(path.read_bytes())
    numbers: dict[bytes, bytes] = {}
    at = 0
    while at + 2 < len(text):
        body = at + 2
        for place in places.get(text[body], ()):
            field = slice(body + place, body + place + 8)
            known = numbers.setdefault(
                bytes(text[field]), (len(numbers) + 1).to_bytes(8, "big")
            )
            text[field] = known
        at = body + int.from_bytes(text[at:body], "big")
    copy.write_bytes(text)
    return copy


def run(command: Sequence[str | Path]) -> dict[str, float | str]:
    """Return what a program says of one run: ns per message, memory, state hash."""
    text = subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    ).stdout
    ns = re.search(r"([\d.]+) ns/msg", text)
    if ns is None:
        raise ValueError(text)
    facts: dict[str, float | str] = {"ns": float(ns[1])}
    for name in ("memory", "messages", "live"):
        if found := re.search(rf"{name} (\d+)", text):
            facts[name] = float(found[1])
    if found := re.search(r"statehash (\w+)", text):
        facts["hash"] = found[1]
    return facts


def compare(
    name: str, path: Path, runs: int, repeat: int, goal: float
) -> dict[str, Any]:
    """Return medians of interleaved runs of our program and the yardstick."""
    ours = [PROGRAMS / "bench_itch_book", path, "--source", "memory"]
    ours += ["--repeat", str(repeat)]
    other = yardstick("book_yardstick")
    # Real ids are no dense numbers: the yardstick gets a copy, ours the real file.
    copy = path if path.stem.startswith("syn") else renumbered(path)
    mine: list[dict[str, float | str]] = []
    theirs: list[float] = []
    for _ in range(runs):
        mine.append(run(ours))
        if other is not None:
            again = [
                run([other, copy, "prefetch"])["ns"] for _ in range(min(repeat, 5))
            ]
            theirs.append(statistics.median(float(ns) for ns in again))
    ns = statistics.median(float(row["ns"]) for row in mine)
    if len({row["hash"] for row in mine}) != 1:
        msg = f"{path}: runs end in different books: {mine}"
        raise AssertionError(msg)
    bound = statistics.median(theirs) if theirs else float("nan")
    return {
        "what": name,
        "messages": int(float(mine[0]["messages"])),
        "ours": ns,
        "yardstick": bound,
        "ratio": ns / bound,
        "memory": float(mine[0]["memory"]),
        "goal": goal,
    }


def ways(path: Path) -> list[dict[str, Any]]:
    """Return one run each of the other ways through the same file."""
    program = PROGRAMS / "bench_itch_book"
    found = {
        "decoding alone": ["--source", "memory", "--decode-only"],
        "from a memory map": ["--source", "map"],
        "from read()": ["--source", "read"],
    }
    rows: list[dict[str, Any]] = [
        {"what": f"  {name}", "ours": float(run([program, path, *options])["ns"])}
        for name, options in found.items()
    ]
    return rows


def by_symbols(runs: int) -> list[dict[str, Any]]:
    """Compare on streams that differ only in how many symbols share them."""
    rows = []
    for symbols in SYMBOLS:
        path = stream(1_000_000, symbols, 100_000)
        if path is None:
            return []
        name = f"{symbols:,} symbol{'s' * (symbols > 1)}, 65,000 orders"
        rows.append(compare(name, path, runs, 1, 50))
        path.unlink()
    return rows


def growth(events: int, limit: int) -> list[tuple[str, int, float]]:
    """Return (what grows, how much of it, ns per event)."""
    text = subprocess.check_output(
        [
            str(PROGRAMS / "bench_book_growth"),
            *("--events", str(events), "--limit", str(limit)),
        ],
        text=True,
    )
    cells = (line.split(",") for line in text.splitlines())
    return [(what, int(x), float(ns)) for what, x, ns in cells]


def plot(
    rows: list[tuple[str, int, float]], beside: list[dict[str, Any]], path: Path
) -> None:
    """Draw the curves of growth, x logarithmic, into one SVG, the yardstick grey."""
    width, height, left, top = 300, 180, 46, 34
    kinds: dict[str, list[list[tuple[int, float]]]] = {}
    for what, x, ns in rows:
        kinds.setdefault(f"ns per event by {what}", [[]])[0].append((x, ns))
    if beside:
        kinds["ns per message by symbols; yardstick in grey"] = [
            [(x, row[whose]) for x, row in zip(SYMBOLS, beside, strict=True)]
            for whose in ("ours", "yardstick")
        ]
    most = max(ns for curves in kinds.values() for curve in curves for _, ns in curve)
    high = 50.0 * (1 + int(most / 50))
    parts = []
    for place, (title, curves) in enumerate(kinds.items()):
        x0 = left + place * (width + 50)
        step = width / max(1, len(curves[0]) - 1)
        for curve, colour in zip(curves, ("#1f5fa8", "#999"), strict=False):
            line = []
            for at, (_, ns) in enumerate(curve):
                px, py = x0 + at * step, top + height * (1 - ns / high)
                line.append(f"{px:.1f},{py:.1f}")
                parts.append(
                    f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>'
                )
            parts.append(
                f'<polyline points="{" ".join(line)}" fill="none" stroke="{colour}" '
                f'stroke-width="1.5"/>'
            )
        parts += [
            f'<text x="{x0 + at * step:.1f}" y="{top + height + 16}" '
            f'text-anchor="middle">{x:,}</text>'
            for at, (x, _) in enumerate(curves[0])
            if at % 2 == 0 or len(curves[0]) < 6
        ]
        parts.append(
            f'<text x="{x0}" y="{top - 14}">{title}</text>'
            f'<path d="M{x0} {top}v{height}h{width}" fill="none" stroke="#888"/>'
        )
        parts += [
            f'<text x="{x0 - 6}" y="{top + height * (1 - y / 4) + 4:.0f}" '
            f'text-anchor="end">{high * y / 4:.0f}</text>'
            for y in range(5)
        ]
    total = left + len(kinds) * (width + 50)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" '
        f'height="{top + height + 30}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the table of books and write the plot of growth."""
    parser = argparse.ArgumentParser(description="Order books from ITCH bytes.")
    parser.add_argument("--full", action="store_true", help="30 million messages")
    parser.add_argument("--small", action="store_true", help="2 million messages")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", type=Path, help="another plain ITCH 5.0 file")
    parser.add_argument("--growth", action="store_true", help="the plot, too")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    wanted = parser.parse_args(arguments)

    def show(row: dict[str, Any]) -> None:
        if wanted.json:
            sys.stdout.write(json.dumps(row) + "\n")
        elif "ratio" in row:
            sys.stdout.write(
                f"{row['what']:40} {row['ours']:7.1f} {row['yardstick']:10.1f} "
                f"{row['ratio']:6.2f} {row['memory']:7.0f} {row['goal']:6.0f}\n"
            )
        else:
            sys.stdout.write(f"{row['what']:40} {row['ours']:7.1f}\n")
        sys.stdout.flush()

    if not wanted.json:
        sys.stdout.write(
            f"{'ITCH to books, ns/message':40} {'ours':>7} {'yardstick':>10} "
            f"{'ratio':>6} {'MB':>7} {'goal':>6}\n"
        )
    size = "full" if wanted.full else "small" if wanted.small else "usual"
    path = wanted.file or stream(*STREAMS[size])
    if path is None:
        sys.stdout.write("../shared/yardsticks is absent: no stream to read\n")
    else:
        show(compare("all symbols", path, wanted.runs, 1, 50))
        for row in ways(path):
            show(row)
    for name in ("AAPL", "AMZN"):
        if (one := real_symbol(name)) is not None:
            show(compare(f"one real symbol, {name}", one, wanted.runs, 10, 35))
    if wanted.growth:
        beside = by_symbols(wanted.runs)
        for row in beside:
            show(row)
        rows = growth(2_000_000, 4_000_000)
        target = ROOT / "build" / "bench" / "growth.svg"
        plot(rows, beside, target)
        for what, x, ns in rows:
            show({"what": f"{what} {x:,}", "ours": ns})
        sys.stdout.write(f"plot: {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
