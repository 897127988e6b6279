#!/bin/sh
# Looks for what `make` cannot install by itself: Python 3.11 or newer with venv and
# headers, and a C++20 compiler.  Prints the interpreter to use on standard output, or
# one line per missing system package on standard error and fails.  Changes nothing.
#
# PYTHON and CXX, when set, are taken at their word: nothing else is tried instead.
# DOCTOR_FULL=1 repeats every check although an earlier run of `make` succeeded.
set -u
cd "${0%/*}/.." || exit 1
here=$(pwd -P)

# The environment is whole and was made for the same request: no need to look again.
if [ -z "${DOCTOR_FULL:-}" ] && [ -f .venv/.ready ] &&
  [ "$(cat .venv/.ready)" = "${PYTHON:-}|${CXX:-}|$here" ] &&
  .venv/bin/python -c '' 2>/dev/null; then
  printf '%s\n' "$here/.venv/bin/python"
  exit 0
fi

problems=0
missing() {
  problems=$((problems + 1))
  printf 'missing: %s\n' "$1" >&2
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }
has_headers() {
  "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' \
    2>/dev/null
}

# The first interpreter that has everything wins; failing that, the first new enough.
whole=
part=
if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else
  set -- python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3 python
fi
for name in "$@"; do
  is_new_enough "$name" || continue
  [ -n "$part" ] || part=$name
  if has_venv "$name" && has_headers "$name"; then
    whole=$name
    break
  fi
done

if [ -z "$part" ]; then
  if [ -n "${PYTHON:-}" ]; then
    missing "PYTHON=$PYTHON is not Python 3.11 or newer, or cannot be run"
  else
    missing "Python 3.11 or newer (Debian, Ubuntu: sudo apt install python3 python3-dev python3-venv); if it is installed elsewhere: make PYTHON=/path/to/python3"
  fi
elif [ -z "$whole" ]; then
  # A distribution names its packages after the version unless it is the default one.
  version=$("$part" -c 'import sys; print("python3.%d" % sys.version_info[1])')
  [ "$(/usr/bin/python3 -c 'import sys; print("python3.%d" % sys.version_info[1])' \
    2>/dev/null)" = "$version" ] && version=python3
  has_venv "$part" ||
    missing "the venv module of $part (Debian, Ubuntu: sudo apt install $version-venv)"
  has_headers "$part" ||
    missing "the headers of $part, Python.h (Debian, Ubuntu: sudo apt install $version-dev; Fedora: $version-devel)"
fi

compiles() {
  printf '#include <compare>\n#include <span>\n#include <ranges>\nint main() { return (1 <=> 2) > 0; }\n' |
    "$1" -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1
}
found=
if [ -n "${CXX:-}" ]; then set -- "$CXX"; else set -- c++ g++ clang++; fi
for name in "$@"; do
  if compiles "$name"; then
    found=$name
    break
  fi
done
if [ -z "$found" ]; then
  if [ -n "${CXX:-}" ]; then
    missing "CXX=$CXX does not compile C++20 (g++ 11 or clang 14 and newer do)"
  else
    missing "a C++20 compiler, g++ 11 or clang 14 and newer (Debian, Ubuntu: sudo apt install g++; Fedora: gcc-c++; macOS: xcode-select --install)"
  fi
fi

[ "$problems" -eq 0 ] || exit 1
"$whole" -c 'import sys; print(sys.executable)'
