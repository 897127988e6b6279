"""Build the benchmarks and print one table: the machine's memory, ours, and others.

Without arguments it takes two or three minutes once built. `--full` reads 30 million
messages, plays longer flows and draws the growth of the books; arguments that begin
with `--benchmark` go to Google Benchmark alone. `benchmarks/README.md` says how to read
the table.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TypeAlias

import benchmark_table
from benchmark_table import Row

Reader: TypeAlias = Callable[[str], Iterable[Row]]
ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BUILT = ROOT / "build" / "bench" / "benchmarks" / "cpp"
TIME = ("--benchmark_min_time=0.1", "--benchmark_format=json")
PYTHON = ROOT / "benchmarks" / "python"


def main(arguments: list[str]) -> int:
    """Return 1 where a benchmark failed, the build's status where that did."""
    micro = [a for a in arguments if a.startswith("--benchmark")]
    full = "--full" in arguments
    if _run([BIN / "cmake", "--preset", "bench"], quiet=True):
        return 1
    if _run([BIN / "cmake", "--build", "--preset", "bench"], quiet=True):
        return 1
    if micro:
        return _run([BUILT / "bench_order_book", *micro])
    begin = time.monotonic()
    failed: list[str] = []
    sections = [
        (title, _measure(title, command, read, failed))
        for title, command, read in _parts(full=full)
    ]
    sections.append(("size and start", list(_sizes())))
    took = time.monotonic() - begin
    _say(f"{_machine()}; {time.strftime('%Y-%m-%d')}; took {took:.0f} s")
    _say("times are processor time; ratio is beside over ours, above 1 we are quicker;")
    _say("benchmarks/README.md says what each number means")
    _say("")
    _say(benchmark_table.table(sections))
    if full:
        plot = ROOT / "build" / "bench" / "growth.svg"
        _say(f"\nhow the books grow: {plot}")
    for name in failed:
        _say(f"failed: {name}")
    return 1 if failed else 0


def _parts(*, full: bool) -> list[tuple[str, list[str | Path], Reader]]:
    long = full
    books = ["--full", "--growth"] if long else ["--runs", "2"]
    peers = ["--rounds", "3", "--seconds", "4"] if long else ["--rounds", "1"]
    return [
        ("memory, the floor", [BUILT / "bench_memory"], benchmark_table.memory),
        (
            "order books from ITCH bytes",
            [sys.executable, "benchmarks/itch_book.py", "--json", *books],
            benchmark_table.books,
        ),
        (
            "matching engine, least of the rounds",
            [BUILT / "bench_matching", *(("7",) if long else ("3", "1000000"))],
            benchmark_table.matching,
        ),
        (
            "matching from Python, beside what PyPI can install",
            [sys.executable, PYTHON / "bench_matching_peers.py", "--json", *peers],
            benchmark_table.peers,
        ),
        (
            "single calls on a warm book",
            [BUILT / "bench_order_book", *TIME],
            benchmark_table.order_book,
        ),
        (
            "backtests",
            [sys.executable, PYTHON / "bench_backtest.py", "--json"],
            benchmark_table.backtests,
        ),
        ("desk", [BUILT / "bench_desk"], benchmark_table.lines),
        ("pre-trade gate", [BUILT / "bench_gate"], benchmark_table.lines),
        ("made-up markets", [BUILT / "bench_synthetic"], benchmark_table.lines),
        (
            "orders from Python, through gate, desk and venue",
            [sys.executable, PYTHON / "bench_orders.py", "--json"],
            benchmark_table.orders,
        ),
    ]


def _measure(
    title: str, command: Sequence[str | Path], read: Reader, failed: list[str]
) -> list[Row]:
    """Return the rows of one benchmark, none where its program was not built."""
    if isinstance(command[0], Path) and not command[0].exists():
        micro = command[0].name == "bench_order_book"
        failed_to = "not built" + (" (needs libbenchmark-dev)" if micro else "")
        return [Row(f"{command[0].name}: {failed_to}", None, "")]
    sys.stderr.write(f"measuring: {title}\n")
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        failed.append(f"{title}: {done.stderr.strip()[-300:]}")
        return []
    return list(read(done.stdout))


def _sizes() -> Iterator[Row]:
    times = [_import_seconds() for _ in range(5)]
    yield Row("import ai_trading", min(times), "s", 0.3)
    wheels = sorted(
        (ROOT / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime
    )
    if wheels:
        yield Row("wheel", wheels[-1].stat().st_size / 1e6, "MB", 10)
    else:
        yield Row("wheel", None, "MB", 10, name="not built yet: .ci/run makes one")
    total = sum(_disk(name) for name in _needed("ai-trading")) + _disk_of_package()
    yield Row("base install", total / 1e6, "MB", 200)


def _import_seconds() -> float:
    program = (
        "import time; t = time.process_time(); import ai_trading; "
        "print(time.process_time() - t)"
    )
    return float(subprocess.check_output([sys.executable, "-c", program], text=True))


def _needed(name: str) -> set[str]:
    """Return what a package needs without its extras, itself left out."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        try:
            wanted = distribution(ahead.pop()).requires or []
        except PackageNotFoundError:
            continue
        names = [
            match[0]
            for text in wanted
            if "extra ==" not in text and (match := re.match(r"[\w.-]+", text))
        ]
        ahead += [package for package in names if package not in found]
        found.update(names)
    return found


def _disk(package: str) -> int:
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return 0
    paths = (Path(str(file.locate())) for file in files)
    return sum(_blocks(path) for path in paths if path.exists())


def _disk_of_package() -> int:
    package = ROOT / "python" / "ai_trading"
    return sum(_blocks(path) for path in package.rglob("*") if path.is_file())


def _blocks(path: Path) -> int:
    return path.stat().st_blocks * 512


def _machine() -> str:
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        named = re.search(r"model name\s*: (.+)", facts.read_text())
        model = named[1] if named else model
    return f"{model}, {os.cpu_count()} processors"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _run(command: Sequence[str | Path], *, quiet: bool = False) -> int:
    sys.stdout.flush()
    path = os.pathsep.join((str(BIN), os.environ.get("PATH", "")))
    text = [str(part) for part in command]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        text,
        cwd=ROOT,
        env=environment,
        check=False,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
    )
    if quiet and done.returncode:
        _say(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
