"""Check style, types, layers, stubs and generated files; `--fix` rewrites what it can.

Every check runs, so that one failure does not hide the next; the last line says which
failed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main(arguments: list[str]) -> int:
    """Run the checks and return 1 if one failed."""
    cpp = _cpp_sources()
    if "--fix" in arguments:
        steps = {
            "ruff": [BIN / "ruff", "check", "--fix-only", "."],
            "ruff format": [BIN / "ruff", "format", "."],
            "clang-format": [BIN / "clang-format", "-i", *cpp],
            "generated files": [sys.executable, "scripts/check_generated.py", "--fix"],
        }
    else:
        steps = {
            "ruff": [BIN / "ruff", "check", "."],
            "ruff format": [BIN / "ruff", "format", "--check", "."],
            "clang-format": [BIN / "clang-format", "--dry-run", "-Werror", *cpp],
            "mypy": [BIN / "mypy"],
            "stubtest": [BIN / "stubtest", "ai_trading._core", *STUBTEST],
            "layers": [sys.executable, "scripts/check_layers.py"],
            "generated files": [sys.executable, "scripts/check_generated.py"],
        }
    failed = [name for name, command in steps.items() if not _passes(name, command)]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "passed"
    sys.stdout.write(f"lint: {len(steps)} steps, {verdict}\n")
    return 1 if failed else 0


STUBTEST = (
    "--mypy-config-file=pyproject.toml",
    "--allowlist=scripts/stubtest.allow",
    "--ignore-unused-allowlist",
)


def _cpp_sources() -> list[Path]:
    folders = ("cpp", "bindings", "tests", "benchmarks")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.[ch]pp"))
    return sorted(found)


def _passes(name: str, command: list[str | Path]) -> bool:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = result.returncode == 0
    sys.stdout.write(f"{name}: {'ok' if passed else 'FAILED'}\n")
    sys.stdout.write("" if passed else result.stdout)
    sys.stdout.flush()
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
