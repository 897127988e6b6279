"""Readers that turn files and tables into market records."""

from __future__ import annotations

from ai_trading.market.source import (
    EventStream,
    MarketData,
    Policy,
    Problem,
    merge,
)

__all__ = ["EventStream", "MarketData", "Policy", "Problem", "merge"]
