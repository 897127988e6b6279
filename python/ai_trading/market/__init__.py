"""Readers that turn files and tables into market records."""

from __future__ import annotations

from ai_trading.market.actions import corporate_actions
from ai_trading.market.bars import load_bars
from ai_trading.market.instruments import load_instruments, save_instruments
from ai_trading.market.lean import load_lean
from ai_trading.market.memory import bars_from
from ai_trading.market.reading import load, open_events
from ai_trading.market.sniff import Format, sniff
from ai_trading.market.source import (
    EventStream,
    MarketData,
    Policy,
    Problem,
    merge,
)
from ai_trading.market.ticks import load_ticks

__all__ = [
    "EventStream",
    "Format",
    "MarketData",
    "Policy",
    "Problem",
    "bars_from",
    "corporate_actions",
    "load",
    "load_bars",
    "load_instruments",
    "load_lean",
    "load_ticks",
    "merge",
    "open_events",
    "save_instruments",
    "sniff",
]
