"""Shared libraries for tests, compiled with whatever C++ compiler is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def compiler() -> str:
    found = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    if found is None:
        pytest.skip("there is no C++ compiler")
    return found


def library(source: Path, folder: Path) -> Path:
    """Compile a strategy into `folder`; the headers of the core are all it needs."""
    made = folder / f"lib{source.stem}.so"
    subprocess.run(
        [compiler(), "-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC",
         "-shared", f"-I{ROOT / 'cpp' / 'include'}", str(source), "-o", str(made)],
        check=True,
    )  # fmt: skip
    return made
