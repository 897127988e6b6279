"""Look into a built wheel and source archive: all that belongs there, nothing else."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python"
WHEEL_LIMIT = 10 * 1024 * 1024  # bytes
NOT_SOURCE = frozenset({".so", ".pyc", ".a", ".o", ".db", ".whl", ".env"})
NOT_FOR_USERS = frozenset({".cpp", ".hpp", ".a", ".cmake", ".pyc"})


def wheel_problems(path: Path, source: Path) -> list[str]:
    """Return what is wrong with a wheel built from the package below `source`."""
    names = set(zipfile.ZipFile(path).namelist())
    problems = []
    if path.stat().st_size > WHEEL_LIMIT:
        problems.append(
            f"{path.stat().st_size} bytes; at most {WHEEL_LIMIT} are allowed"
        )
    expected = {
        str(PurePosixPath(file.relative_to(source)))
        for file in source.rglob("*")
        if file.is_file() and file.suffix not in {".so", ".pyc"}
    }
    problems += [f"{name} is missing" for name in sorted(expected - names)]
    expected_of_plotly = {
        f"ai_trading/backtest/report/{name}"
        for name in ("plotly.min.js", "plotly.LICENSE.txt")
    }
    problems += [f"{name} is missing" for name in sorted(expected_of_plotly - names)]
    extensions = [name for name in names if name.endswith((".so", ".pyd"))]
    tag = path.name.split("-")[2].replace("cp", "cpython-")
    if len(extensions) != 1 or not extensions[0].startswith(f"ai_trading/_core.{tag}"):
        problems.append(f"one extension for {tag} expected; found {extensions}")
    for name in sorted(names):
        top = PurePosixPath(name).parts[0]
        stranger = top != "ai_trading" and not top.endswith(".dist-info")
        if stranger or PurePosixPath(name).suffix in NOT_FOR_USERS:
            problems.append(f"{name} does not belong in a wheel")
    if not any(name.endswith("/LICENSE") for name in names):
        problems.append("LICENSE is missing")
    return problems


def sdist_problems(path: Path) -> list[str]:
    """Return what is wrong with a source archive."""
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    needed = {"pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE", "Makefile"}
    problems = [f"{name} is missing" for name in sorted(needed - names)]
    for name in sorted(names):
        parts = PurePosixPath(name).parts
        if parts[0] in {".venv", "build", "dist", "out"} or (
            PurePosixPath(name).suffix in NOT_SOURCE
        ):
            problems.append(f"{name} does not belong in a source archive")
    return problems


def main(arguments: list[str]) -> int:
    """Check the files named and return 1 if one of them has a problem."""
    status = 0
    for path in map(Path, arguments):
        wheel = path.suffix == ".whl"
        problems = wheel_problems(path, PACKAGE) if wheel else sdist_problems(path)
        sys.stdout.writelines(f"{path.name}: {problem}\n" for problem in problems)
        size = path.stat().st_size / 2**20
        verdict = "FAILED" if problems else "ok"
        sys.stdout.write(f"{path.name}: {size:.2f} MiB, {verdict}\n")
        status = status or bool(problems)
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
