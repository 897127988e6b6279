"""The strategies of a desk: which there are, and which take part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import text
from ai_trading.strategies.base import BaseStrategy
from ai_trading.strategies.signals import StrategySignal, generated

__all__ = ["StrategyRegistry"]


class StrategyRegistry:
    """Signal-driven strategies by their id, in the order they were registered.

    Examples
    --------
    >>> registry = StrategyRegistry()
    >>> registry.activate("nobody")
    False
    >>> registry.get_registry_summary()["total_strategies"]
    0
    """

    def __init__(self) -> None:
        self._strategies: dict[str, BaseStrategy] = {}

    def register(self, strategy: BaseStrategy) -> bool:
        """Add a strategy, as active as it is; False if its id is taken."""
        given: object = strategy
        if not isinstance(given, BaseStrategy):
            msg = (
                "a registry holds objects of BaseStrategy; received "
                f"{type(given).__name__}"
            )
            raise ArgumentError(msg)
        if strategy.strategy_id in self._strategies:
            return False
        self._strategies[strategy.strategy_id] = strategy
        return True

    def unregister(self, strategy_id: str) -> bool:
        """Deactivate and forget a strategy; False if nobody has this id."""
        strategy = self._strategies.pop(_id(strategy_id), None)
        if strategy is None:
            return False
        strategy.deactivate()
        return True

    def activate(self, strategy_id: str) -> bool:
        """Let a strategy take part; False if nobody has this id."""
        strategy = self._strategies.get(_id(strategy_id))
        if strategy is None:
            return False
        strategy.activate()
        return True

    def deactivate(self, strategy_id: str) -> bool:
        """Let a strategy take no part; False if nobody has this id."""
        strategy = self._strategies.get(_id(strategy_id))
        if strategy is None:
            return False
        strategy.deactivate()
        return True

    def get(self, strategy_id: str) -> BaseStrategy | None:
        """Return a strategy, None if nobody has this id."""
        return self._strategies.get(_id(strategy_id))

    @property
    def active(self) -> tuple[BaseStrategy, ...]:
        """The strategies that take part."""
        return tuple(s for s in self._strategies.values() if s.is_active)

    def __len__(self) -> int:
        return len(self._strategies)

    def __iter__(self) -> Iterator[BaseStrategy]:
        return iter(tuple(self._strategies.values()))

    def __contains__(self, strategy_id: object) -> bool:
        return strategy_id in self._strategies

    def generate_signals_from_active_strategies(
        self, market_data: Mapping[str, Any]
    ) -> list[StrategySignal]:
        """Ask every active strategy in turn and return their valid signals.

        A signal that does not say so already carries the ``strategy_id`` it came from.
        An error of a strategy is not swallowed: what it believes would be missing
        without anybody knowing.
        """
        return [
            _signed(signal, strategy)
            for strategy in self.active
            for signal in generated(
                strategy.strategy_id, strategy.generate_signals(market_data)
            )
            if strategy.validate_signal(signal)
        ]

    def get_registry_summary(self) -> dict[str, Any]:
        """Return how many there are, who is active, and how each did."""
        return {
            "total_strategies": len(self._strategies),
            "active_strategies": len(self.active),
            "inactive_strategies": len(self._strategies) - len(self.active),
            "active_ids": [strategy.strategy_id for strategy in self.active],
            "strategies": {
                key: strategy.get_performance_summary()
                for key, strategy in self._strategies.items()
            },
        }


def _signed(signal: StrategySignal, strategy: BaseStrategy) -> StrategySignal:
    if "strategy_id" in signal.options:
        return signal
    return StrategySignal(**signal.to_dict(), strategy_id=strategy.strategy_id)


def _id(strategy_id: str) -> str:
    return text("strategy_id", strategy_id, "crossover")
