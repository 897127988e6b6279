"""Hold C++ includes and Python imports to the layers of the design.

A folder may use itself and the folders on lower lines of its table, never one above
it; folders on one line do not use each other. Imports inside functions and under
`TYPE_CHECKING` count: they are dependencies all the same.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# Top to bottom. This is the only copy that a program reads; ARCHITECTURE explains it.
CPP_LAYERS = """
sim
venue
desk
matching
algo
schedule
risk
rules
book
feed
cost
stats
base
"""
PYTHON_LAYERS = """
cli
live | distributed | compliance
strategies
backtest
execution | database | monitoring
market | risk
core
_core
"""
# What a core without Python, clock, console or foreign randomness cannot include.
CPP_FORBIDDEN = frozenset({"Python.h", "chrono", "ctime", "iostream", "random"})

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def ranks(table: str) -> dict[str, int]:
    """Return each folder's line number, counted from the top."""
    lines = table.strip().splitlines()
    return {name.strip(): i for i, line in enumerate(lines) for name in line.split("|")}


def violations(root: Path) -> list[str]:
    """Return one line per forbidden include or import below `root`."""
    return [*_cpp_violations(root / "cpp"), *_python_violations(root / "python")]


def _cpp_violations(cpp: Path) -> Iterator[str]:
    layers = ranks(CPP_LAYERS)
    for top in (cpp / "include" / "ai_trading", cpp / "src"):
        for path in sorted([*top.rglob("*.hpp"), *top.rglob("*.cpp")]):
            folder = path.relative_to(top).parts[0]
            for number, line in enumerate(path.read_text().splitlines(), start=1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                where = f"{path.relative_to(cpp.parent)}:{number}"
                header = found[1]
                if header in CPP_FORBIDDEN or header.startswith("pybind11/"):
                    yield f"{where}: the core may not include <{header}>"
                elif header.startswith("ai_trading/"):
                    yield from _judge(where, folder, header.split("/")[1], layers)


def _python_violations(python: Path) -> Iterator[str]:
    layers = ranks(PYTHON_LAYERS)
    package = python / "ai_trading"
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.pyi")]):
        parts = path.relative_to(package).with_suffix("").parts
        if len(parts) == 1:
            continue  # ai_trading/__init__.py and __main__.py: doors to all layers
        for node in ast.walk(ast.parse(path.read_text())):
            for module in _imported(node, parts):
                if module[:1] == ("ai_trading",) and len(module) > 1:
                    where = f"{path.relative_to(python.parent)}:{node.lineno}"
                    yield from _judge(where, parts[0], module[1], layers)


def _imported(node: ast.AST, parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield tuple(alias.name.split("."))
    elif isinstance(node, ast.ImportFrom):
        base = tuple(node.module.split(".")) if node.module else ()
        if node.level:
            here = ("ai_trading", *parts)
            base = (*here[: len(here) - node.level], *base)
        if base == ("ai_trading",):  # from ai_trading import market
            yield from ((*base, alias.name) for alias in node.names)
        else:
            yield base


def _judge(where: str, user: str, used: str, layers: dict[str, int]) -> Iterator[str]:
    if used == user or used.startswith("__"):
        return
    unknown = [name for name in (user, used) if name not in layers]
    if unknown:
        yield f"{where}: {unknown[0]} stands in no layer of check_layers.py"
    elif layers[user] == layers[used]:
        yield f"{where}: {user} may not use {used}: they stand on one line"
    elif layers[user] > layers[used]:
        yield f"{where}: {user} may not use {used}, which stands above it"


def main() -> int:
    """Print every violation and return 1 if there is one."""
    found = violations(Path(__file__).resolve().parent.parent)
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
