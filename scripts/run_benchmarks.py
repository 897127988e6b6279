"""Build the benchmarks and print one table: books, matching, backtests, sizes.

Without arguments it takes two or three minutes. `--full` reads 30 million messages and
draws the growth of the books; arguments that begin with `--benchmark` go to Google
Benchmark. `benchmarks/README.md` says how to read the table.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BUILT = ROOT / "build" / "bench" / "benchmarks" / "cpp"
TIME = ("--benchmark_min_time=0.1", "--benchmark_format=json")


def main(arguments: list[str]) -> int:
    """Return the first exit status that is not zero."""
    micro = [a for a in arguments if a.startswith("--benchmark")]
    others = [a for a in arguments if a not in micro]
    if _run([BIN / "cmake", "--preset", "bench"], quiet=True):
        return 1
    if _run([BIN / "cmake", "--build", "--preset", "bench"], quiet=True):
        return 1
    _say(f"{_machine()}; {time.strftime('%Y-%m-%d')}; processor time, medians\n")
    status = 0
    if not micro:
        full = ["--growth"] if "--full" in others else []
        status = _run([sys.executable, "benchmarks/itch_book.py", *others, *full])
        _say("")
    status = _order_book(micro) or status
    if not micro:
        script = "benchmarks/python/bench_backtest.py"
        status = _run([sys.executable, script]) or status
        _say("")
        status = _run([BUILT / "bench_desk"]) or status
        status = _run([BUILT / "bench_gate"]) or status
        status = _run([BUILT / "bench_synthetic"]) or status
        script = "benchmarks/python/bench_orders.py"
        status = _run([sys.executable, script]) or status
        _say("")
        _sizes()
    return status


def _order_book(options: Sequence[str]) -> int:
    program = BUILT / "bench_order_book"
    if not program.exists():
        _say("matching: not measured, Google Benchmark is missing (libbenchmark-dev)\n")
        return 0
    done = subprocess.run(
        [program, *TIME, *options],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    if done.returncode:
        return done.returncode
    _say(f"{'one instrument, no look-ahead, ns':40} {'ours':>7}")
    for row in json.loads(done.stdout)["benchmarks"]:
        name = row["name"].replace("/resting:", ", resting orders: ")
        _say(f"{name:40} {row['cpu_time']:7.1f}")
    _say("")
    return 0


def _sizes() -> None:
    _say(f"{'size and start':40} {'ours':>7} {'goal':>12}")
    times = [_import_seconds() for _ in range(5)]
    _say(f"{'import ai_trading, s':40} {min(times):7.2f} {0.3:12}")
    wheels = sorted(
        (ROOT / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime
    )
    size = f"{wheels[-1].stat().st_size / 1e6:7.2f}" if wheels else "      -"
    _say(f"{'wheel, MB (- until .ci/run builds one)':40} {size} {10:12}")
    total = sum(_disk(name) for name in _needed("ai-trading")) + _disk_of_package()
    _say(f"{'base install, MB':40} {total / 1e6:7.0f} {200:12}")


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
