"""`make` names the system package that is missing before it does anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCTOR = ROOT / "scripts" / "doctor.sh"
pytestmark = pytest.mark.skipif(
    not DOCTOR.exists(), reason="the doctor needs the source tree"
)
WITHOUT_HEADERS = "import sysconfig; sysconfig.get_path = lambda *_: '/nowhere'"
WITHOUT_VENV = "import sys; sys.modules['ensurepip'] = None"
TOO_OLD = "import sys; sys.version_info = (3, 10, 4)"


@pytest.fixture
def python(tmp_path):
    """Make an interpreter that runs a line of its own before each `-c` program."""

    def make(line: str) -> Path:
        path = tmp_path / "a python"
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{line}\n$2"\n')
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def compiler(tmp_path):
    """Make a compiler that accepts everything or nothing."""

    def make(*, works: bool) -> Path:
        path = tmp_path / f"compiler-{works}"
        path.write_text(f"#!/bin/sh\ncat >/dev/null\n{'true' if works else 'false'}\n")
        path.chmod(0o755)
        return path

    return make


def doctor(**environment):
    variables = {k: v for k, v in os.environ.items() if k not in {"PYTHON", "CXX"}}
    variables |= {"DOCTOR_FULL": "1"} | {k: str(v) for k, v in environment.items()}
    return subprocess.run(
        ["sh", DOCTOR], env=variables, capture_output=True, text=True, check=False
    )


def test_a_whole_machine_gets_its_interpreter_named_and_nothing_else(python, compiler):
    found = doctor(PYTHON=python("pass"), CXX=compiler(works=True))

    assert (found.returncode, found.stderr) == (0, "")
    assert Path(found.stdout.strip()).resolve() == Path(sys.executable).resolve()


@pytest.mark.parametrize(
    ("line", "package"),
    [(WITHOUT_HEADERS, "-dev"), (WITHOUT_VENV, "-venv"), (TOO_OLD, "3.11 or newer")],
    ids=["headers", "venv", "version"],
)
def test_what_an_interpreter_lacks_is_one_line(python, compiler, line, package):
    found = doctor(PYTHON=python(line), CXX=compiler(works=True))

    assert found.returncode == 1
    assert found.stdout == ""
    (said,) = found.stderr.splitlines()
    assert said.startswith("missing: ")
    assert package in said


def test_a_compiler_without_cpp20_is_named(python, compiler):
    found = doctor(PYTHON=python("pass"), CXX=compiler(works=False))

    assert found.returncode == 1
    (said,) = found.stderr.splitlines()
    assert "does not compile C++20" in said


def test_everything_missing_is_said_at_once(python, compiler):
    found = doctor(PYTHON=python(WITHOUT_HEADERS), CXX=compiler(works=False))

    assert len(found.stderr.splitlines()) == 2
