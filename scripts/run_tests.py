"""Run the C++ tests, then pytest, and fail if either does.

Arguments go to pytest, which gets a process for each processor. Its summary is the last
line when all is well; failing C++ tests are named again after it, so that they cannot
scroll out of sight.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_GOOGLETEST = (
    "GoogleTest not found: the C++ unit tests were not built (Debian: libgtest-dev)"
)


def main(arguments: list[str]) -> int:
    """Return the first exit status that is not zero."""
    cpp = _run_cpp_tests("dev")
    alone = any(argument in {"-n", "--pdb"} for argument in arguments)
    spread = [] if alone else ["-n", "auto"]
    command = [sys.executable, "-m", "pytest", *spread, *arguments]
    python = subprocess.run(command, cwd=ROOT, check=False).returncode
    if cpp:
        sys.stderr.write(f"C++ tests FAILED; see build/dev/ctest.log (status {cpp})\n")
    return cpp or python


def _run_cpp_tests(preset: str) -> int:
    cache = (ROOT / "build" / preset / "CMakeCache.txt").read_text()
    where = re.search(r"^GTest_DIR:PATH=(.*)$", cache, re.MULTILINE)
    if not where or where[1].endswith("-NOTFOUND"):
        sys.stdout.write(NO_GOOGLETEST + "\n")
        sys.stdout.flush()
        return 0
    ctest = Path(sys.executable).with_name("ctest")
    command = [ctest, "--preset", preset, "--no-tests=error", "--parallel", "2"]
    result = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    log = ROOT / "build" / preset / "ctest.log"
    log.write_text(result.stdout)
    summary = [line for line in result.stdout.splitlines() if "tests passed" in line]
    passed = result.returncode == 0
    shown = "".join(f"C++ ({preset}): {line}\n" for line in summary)
    sys.stdout.write(shown if passed and shown else result.stdout)
    sys.stdout.flush()
    return result.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
