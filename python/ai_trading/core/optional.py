"""Packages that an installation may lack.

`require` imports an optional package or says which extra brings it. `needs_core` adds
to the error of a missing extension how it is built.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ai_trading.core.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["needs_core", "require"]

CORE = "ai_trading._core"
BUILD_NOTE = (
    "The compiled extension ai_trading._core is not built for this interpreter. "
    "In a source tree run `pip install .`, or `cmake --preset dev && cmake --build "
    "--preset dev`, which puts it beside the package."
)


def require(module: str, extra: str) -> Any:
    """Import `module`, which the extra `extra` installs.

    Parameters
    ----------
    module : str
        Dotted name, as in an import statement.
    extra : str
        The extra of ``ai_trading`` that brings it.

    Returns
    -------
    module
        The imported module, also where `module` is dotted.

    Raises
    ------
    MissingExtraError
        If it is not installed. An installed package that fails while it is being
        imported raises its own error.

    Examples
    --------
    >>> require("json", "data").__name__
    'json'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            raise
        msg = (
            f"this needs the package {top!r}, which is not installed; "
            f"run: pip install 'ai_trading[{extra}]'"
        )
        raise MissingExtraError(msg, name=error.name, path=error.path) from error


@contextmanager
def needs_core() -> Iterator[None]:
    """Add to an `ImportError` of the extension how to build it.

    Examples
    --------
    >>> with needs_core():
    ...     from ai_trading._core import feed
    """
    try:
        yield
    except ImportError as error:
        explain_missing_core(error)
        raise


def explain_missing_core(error: ImportError) -> None:
    """Add the build note to `error` once, if it is about the extension."""
    name = error.name or ""
    about_core = name == CORE or name.startswith(CORE + ".")
    if about_core and BUILD_NOTE not in getattr(error, "__notes__", ()):
        error.add_note(BUILD_NOTE)
