"""Strategies: the event-driven base class, and the signal-driven one on top of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ai_trading.strategies.backtest import BacktestEngine as BacktestEngine
    from ai_trading.strategies.base import BaseStrategy as BaseStrategy
    from ai_trading.strategies.compiled import CompiledStrategy as CompiledStrategy
    from ai_trading.strategies.native import NativeStrategy as NativeStrategy
    from ai_trading.strategies.performance import (
        PerformanceAnalyzer as PerformanceAnalyzer,
    )
    from ai_trading.strategies.registry import StrategyRegistry as StrategyRegistry
    from ai_trading.strategies.signals import SignalAggregator as SignalAggregator
    from ai_trading.strategies.signals import SignalProcessor as SignalProcessor
    from ai_trading.strategies.signals import StrategySignal as StrategySignal
    from ai_trading.strategies.strategy import Strategy as Strategy

# Loaded when used: a signal needs neither the engine nor the extension.
_HOME: Final = {
    "BacktestEngine": "backtest",
    "BaseStrategy": "base",
    "CompiledStrategy": "compiled",
    "NativeStrategy": "native",
    "PerformanceAnalyzer": "performance",
    "SignalAggregator": "signals",
    "SignalProcessor": "signals",
    "Strategy": "strategy",
    "StrategyRegistry": "registry",
    "StrategySignal": "signals",
}

__all__ = [*_HOME]  # noqa: PLE0604 - the keys are strings

if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _HOME:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
