"""Strategies to begin with: small, complete, and read as examples."""

from __future__ import annotations

from ai_trading.strategies.library.market_maker import MarketMaker
from ai_trading.strategies.library.parent import ParentReport, ParentTrader
from ai_trading.strategies.library.twap import TwapBuyer, TwapReport

__all__ = ["MarketMaker", "ParentReport", "ParentTrader", "TwapBuyer", "TwapReport"]
