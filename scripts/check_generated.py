"""Fail where a file in the repository is not what the code generates today."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _settings_template() -> str:
    from ai_trading.core.settings import template

    return template()


def _reference() -> str:
    # Run as a script, or found by a test in another folder.
    sys.path.insert(0, str(ROOT / "scripts"))
    from reference import reference

    return reference()


def _orders() -> str:
    sys.path.insert(0, str(ROOT / "scripts"))
    from orders_page import orders_page

    return orders_page()


GENERATED: dict[str, Callable[[], str]] = {
    ".env.institutional": _settings_template,
    "docs/orders.md": _orders,
    "docs/reference.md": _reference,
}


def main(arguments: list[str]) -> int:
    """Compare every generated file, or with `--fix` write it; return 1 if stale."""
    status = 0
    for name, generate in GENERATED.items():
        path, text = ROOT / name, generate()
        if path.exists() and path.read_text() == text:
            continue
        if "--fix" in arguments:
            path.write_text(text)
        else:
            sys.stdout.write(f"{name} is out of date; `make format` writes it again\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
