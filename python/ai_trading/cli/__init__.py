"""The command line: the only place that wires parts together and talks to a person."""

from __future__ import annotations

import sys

__all__ = ["run"]


def run() -> None:
    """Run the command line and leave the process with its exit code.

    Nothing is imported before it is guarded, so that an interruption while the
    commands are still loading ends as one while they run: with one line, and 130.
    """
    try:
        from ai_trading.cli.main import main

        code = main()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    sys.exit(code)
