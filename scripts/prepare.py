"""Bring `.venv` and `build/dev` up to date; do nothing where nothing changed.

`make` runs this before every other target, with the interpreter `scripts/doctor.sh`
found. Only the standard library is used, because nothing else is there yet.

The package is installed as a plain path entry to `python/`, and the extension is
built there by the same CMake preset a developer uses: one build serves the demo, the
C++ tests and the Python tests, and ninja decides what to compile again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BUILD = ROOT / "build" / "dev"
PYTHON = VENV / "bin" / "python"
READY = VENV / ".ready"
INSTALLED = VENV / ".installed"


def main() -> int:
    """Prepare what the arguments ask for and return an exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extra", action="append", default=[], help="extra to install")
    parser.add_argument("--build", choices=("none", "extension", "all"), default="all")
    wanted = parser.parse_args()

    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / ".lock").open("w") as lock:
        _wait_for(lock.fileno())
        try:
            _create_environment()
            _install(set(wanted.extra))
            if wanted.build != "none":
                _configure()
                _build("_core" if wanted.build == "extension" else "all")
        except subprocess.CalledProcessError as error:
            _say(f"stopped: `{Path(error.cmd[0]).name}` failed; its message is above")
            return 1
        request = (os.environ.get("PYTHON", ""), os.environ.get("CXX", ""), str(ROOT))
        READY.write_text("|".join(request) + "\n")
    return 0


def _wait_for(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("another `make` is preparing this clone; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _create_environment() -> None:
    if Path(sys.prefix) == VENV:
        return
    made_for = f"{ROOT}\n{sys.version}\n{Path(sys.executable).resolve()}\n"
    note = VENV / ".made_for"
    usable = PYTHON.exists() and _succeeds([PYTHON, "-c", ""])
    if usable and note.exists() and note.read_text() == made_for:
        return
    version = ".".join(map(str, sys.version_info[:3]))
    _say(f"creating .venv with Python {version}")
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True)
    note.write_text(made_for)


def _install(extras: set[str]) -> None:
    described = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build, project = described["build-system"], described["project"]
    text = json.dumps([build, project], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    have = json.loads(INSTALLED.read_text()) if INSTALLED.exists() else {}
    if have.get("digest") == digest and extras <= set(have["extras"]):
        return
    extras |= set(have.get("extras", []))

    _say("installing packages into .venv; the first time this takes a minute or two")
    INSTALLED.unlink(missing_ok=True)
    install = [PYTHON, "-m", "pip", "install", "-qq", "--no-input"]
    _run([*install, *build["requires"]])
    # `wheel.cmake=false`: names, entry point and path only; CMake builds the extension.
    settings = ("wheel.cmake=false", "editable.mode=inplace")
    options = [f"--config-settings={setting}" for setting in settings]
    target = f".[{','.join(sorted(extras))}]" if extras else "."
    _run([*install, "--no-build-isolation", *options, "--editable", target])
    INSTALLED.write_text(json.dumps({"digest": digest, "extras": sorted(extras)}))


def _configure() -> None:
    werror = os.environ.get("WERROR", "OFF")
    cache = _cache()
    same = (
        (BUILD / "build.ninja").exists()
        and cache.get("CMAKE_HOME_DIRECTORY") == str(ROOT)
        and cache.get("Python_EXECUTABLE") == str(PYTHON)
        and cache.get("CMAKE_MAKE_PROGRAM") == str(PYTHON.with_name("ninja"))
        and cache.get("AI_TRADING_WERROR") == werror
    )
    # Looked for again each time, so that installing it later is enough.
    if same and not cache.get("GTest_DIR", "").endswith("-NOTFOUND"):
        return
    command = [PYTHON.with_name("cmake"), "--preset", "dev", "--log-level=WARNING"]
    command += [] if same else ["--fresh"]
    command += [f"-DPython_EXECUTABLE={PYTHON}", f"-DAI_TRADING_WERROR={werror}"]
    command += [f"-DCMAKE_MAKE_PROGRAM={PYTHON.with_name('ninja')}"]
    _run(command)


def _build(target: str) -> None:
    jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL") or str(_processors())
    command = [PYTHON.with_name("cmake"), "--build", "--preset", "dev"]
    _run([*command, "--parallel", jobs, "--target", target])


def _cache() -> dict[str, str]:
    path = BUILD / "CMakeCache.txt"
    if not path.exists():
        return {}
    entry = re.compile(r"^(\w+):\w+=(.*)$", re.MULTILINE)
    return dict(entry.findall(path.read_text()))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(command: list[str | Path]) -> None:
    path = os.pathsep.join((str(PYTHON.parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    sys.stdout.flush()
    text = [str(part) for part in command]
    subprocess.run(text, cwd=ROOT, env=environment, check=True)


def _succeeds(command: list[str | Path]) -> bool:
    result = subprocess.run(command, capture_output=True, check=False)
    return result.returncode == 0


def _say(text: str) -> None:
    sys.stderr.write(f"make: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
