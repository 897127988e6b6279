"""Options that several commands have, spelled the same in all of them."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any

import typer

__all__ = ["AsJson", "OneDay", "OneSymbol", "pair"]

OneSymbol = Annotated[
    str | None,
    typer.Option("--symbol", "-s", help="The symbol, where a file has several."),
]
OneDay = Annotated[
    str | None,
    typer.Option("--date", help="The day (YYYY-MM-DD), where no name tells it."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object instead of tables.")
]


def pair(text: str, *, option: str, shape: str) -> tuple[str, Any]:
    """Return the two sides of ``NAME=VALUE``, the value read as TOML or as a text.

    Raises
    ------
    typer.BadParameter
        If there is no name or no equals sign; `option` and `shape` are named in it.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        msg = f"must be {shape}; received {text!r}"
        raise typer.BadParameter(msg, param_hint=option)
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value  # a string without quotes
