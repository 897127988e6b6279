"""A trading desk in C++, a venue simulator under it, and Python around it.

The names below are loaded when they are first used, so that importing the package
costs nothing and a program pays only for the parts it touches.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ai_trading.backtest.engine import Backtest as Backtest
    from ai_trading.core.constants import TRADING_CONSTANTS as TRADING_CONSTANTS
    from ai_trading.core.enums import AssetClass as AssetClass
    from ai_trading.core.enums import OrderSide as OrderSide
    from ai_trading.core.enums import OrderStatus as OrderStatus
    from ai_trading.core.enums import OrderType as OrderType
    from ai_trading.core.enums import RiskLevel as RiskLevel
    from ai_trading.core.enums import TimeFrame as TimeFrame
    from ai_trading.core.enums import TimeInForce as TimeInForce
    from ai_trading.database.manager import DatabaseManager as DatabaseManager
    from ai_trading.execution.engine import ExecutionEngine as ExecutionEngine
    from ai_trading.execution.manager import OrderManager as OrderManager
    from ai_trading.execution.order import Order as Order
    from ai_trading.market.reading import load as load
    from ai_trading.monitoring.metrics import MetricsCollector as MetricsCollector
    from ai_trading.risk.kelly import KellyCalculator as KellyCalculator
    from ai_trading.risk.kelly import KellyCriterion as KellyCriterion
    from ai_trading.risk.manager import RiskManager as RiskManager
    from ai_trading.strategies.backtest import BacktestEngine as BacktestEngine
    from ai_trading.strategies.base import BaseStrategy as BaseStrategy
    from ai_trading.strategies.registry import StrategyRegistry as StrategyRegistry
    from ai_trading.strategies.signals import StrategySignal as StrategySignal
    from ai_trading.strategies.strategy import Strategy as Strategy

__version__ = "0.1.0"

# Public name -> the module that has it. A new name is a line here and one above; a
# test holds the two together.
_HOME: Final = {
    "AssetClass": "ai_trading.core.enums",
    "Backtest": "ai_trading.backtest.engine",
    "BacktestEngine": "ai_trading.strategies.backtest",
    "BaseStrategy": "ai_trading.strategies.base",
    "DatabaseManager": "ai_trading.database.manager",
    "ExecutionEngine": "ai_trading.execution.engine",
    "KellyCalculator": "ai_trading.risk.kelly",
    "KellyCriterion": "ai_trading.risk.kelly",
    "MetricsCollector": "ai_trading.monitoring.metrics",
    "Order": "ai_trading.execution.order",
    "OrderManager": "ai_trading.execution.manager",
    "OrderSide": "ai_trading.core.enums",
    "OrderStatus": "ai_trading.core.enums",
    "OrderType": "ai_trading.core.enums",
    "RiskLevel": "ai_trading.core.enums",
    "RiskManager": "ai_trading.risk.manager",
    "Strategy": "ai_trading.strategies.strategy",
    "StrategyRegistry": "ai_trading.strategies.registry",
    "StrategySignal": "ai_trading.strategies.signals",
    "TRADING_CONSTANTS": "ai_trading.core.constants",
    "TimeFrame": "ai_trading.core.enums",
    "TimeInForce": "ai_trading.core.enums",
    "load": "ai_trading.market.reading",
}

__all__ = ["__version__", *_HOME]  # noqa: PLE0604 - the keys are strings


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


# Hidden from type checkers, which would take every misspelt name for one of these.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _HOME:
            import sys

            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg, name=name, obj=sys.modules[__name__])
        from ai_trading.core.optional import needs_core

        with needs_core():
            value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
