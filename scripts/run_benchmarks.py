"""Build and run every benchmark: the C++ programs, then the Python ones.

Arguments go to the C++ programs. `benchmarks/README.md` says how to read the output.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main(arguments: list[str]) -> int:
    """Return the first exit status that is not zero."""
    status = 0
    if (ROOT / "benchmarks" / "cpp" / "CMakeLists.txt").exists():
        if _run([BIN / "cmake", "--preset", "bench", "--log-level=WARNING"]):
            return 1
        if _run([BIN / "cmake", "--build", "--preset", "bench"]):
            return 1
        programs = (ROOT / "build" / "bench" / "benchmarks" / "cpp").glob("bench_*")
        for program in sorted(p for p in programs if os.access(p, os.X_OK)):
            status = _run([program, *arguments]) or status
    if (ROOT / "benchmarks" / "python").is_dir():
        files = ["-o", "python_files=bench_*.py", "benchmarks/python"]
        status = _run([sys.executable, "-m", "pytest", "-q", *files]) or status
    return status


def _run(command: list[str | Path]) -> int:
    sys.stdout.flush()
    path = os.pathsep.join((str(BIN), os.environ.get("PATH", "")))
    text = [str(part) for part in command]
    environment = {**os.environ, "PATH": path}
    return subprocess.run(text, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
