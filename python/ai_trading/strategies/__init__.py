"""Strategies: the event-driven base class and what builds on it."""

from __future__ import annotations

from ai_trading.strategies.strategy import Strategy

__all__ = ["Strategy"]
