"""Readers that turn files and tables into market records."""

from __future__ import annotations

from ai_trading.market.reading import load, open_events
from ai_trading.market.sniff import Format, sniff
from ai_trading.market.source import (
    EventStream,
    MarketData,
    Policy,
    Problem,
    merge,
)

__all__ = [
    "EventStream",
    "Format",
    "MarketData",
    "Policy",
    "Problem",
    "load",
    "merge",
    "open_events",
    "sniff",
]
