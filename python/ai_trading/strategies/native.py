"""Strategies out of shared libraries: written in C++, run without Python in the loop.

The library is loaded by its path and must have been compiled with the headers of this
version of the core; `examples/cpp_strategy` is one to start from. What a strategy is
told and may do is what `Strategy` has, in ticks and lots.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ai_trading._core import sim
from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.exact import file_path
from ai_trading.strategies.strategy import Strategy

if TYPE_CHECKING:
    import os

__all__ = ["NativeStrategy"]


class NativeStrategy(Strategy):
    """The strategy of a shared library.

    Every run makes a new object of the library's class, so that runs repeat.

    Parameters
    ----------
    path : path-like
        A shared library that ends with ``AI_TRADING_STRATEGY(Class)``. A library is
        code: load what you trust.
    name : str, optional
        Name in records and reports; the name of its class by default.
    **parameters
        What the class asks for: whole numbers, numbers, texts and truth values.

    Raises
    ------
    ConfigError
        If the file is no such library, was compiled for another version, or its class
        knows no such parameter.
    ArgumentError
        If a parameter is of a type that cannot be handed over.

    Examples
    --------
    >>> maker = NativeStrategy("libmaker.so", size=200)  # doctest: +SKIP
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        /,
        **parameters: Any,
    ) -> None:
        self.path = file_path("path", path)
        try:
            kind = sim.plugin_name(str(self.path))
        except sim.PluginError as error:
            raise ConfigError(str(error)) from None
        super().__init__(name or kind)
        self.parameters = parameters
        self.kind = kind
        self._make()

    @property
    def class_name(self) -> str:
        """The library and its class, with a digest of the library's bytes.

        Part of a run's id: another build of a strategy is another strategy.
        """
        mark = blake2b(self.path.read_bytes(), digest_size=6).hexdigest()
        return f"{self.path.name}:{self.kind} ({mark})"

    def _make(self) -> sim.CompiledStrategy:
        try:
            return sim.load_strategy(str(self.path), self.name, self.parameters)
        except sim.PluginError as error:
            raise ConfigError(str(error)) from None
        except TypeError as error:
            raise ArgumentError(str(error)) from None

    def _told(self) -> sim.CompiledStrategy:
        return self._make()

    def _begin(self) -> None:
        self._running.start_compiled(self._index)

    def on_stop(self) -> None:
        """Tell the library of the end."""
        self._running.stop_compiled(self._index)
