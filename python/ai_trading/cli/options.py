"""Options that several commands have, spelled the same in all of them."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "OneDay", "OneSymbol"]

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
