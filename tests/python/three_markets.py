"""One random market as orders, as totals of levels and as bars."""

from __future__ import annotations

import numpy as np
from run_samples import OPEN, SECOND, busy_day

from ai_trading.core.records import BAR, EVENT, EventKind

__all__ = ["MARKETS", "levels", "minutes"]


def levels(count: int = 4000, seed: int = 3) -> np.ndarray:
    """Random totals of levels around 100.00, and trades at the touch."""
    draw = np.random.default_rng(seed)
    rows = np.zeros(count, dtype=EVENT)
    trades = draw.random(count) < 0.1
    away = draw.integers(1, 6, count)
    rows["side"] = draw.integers(0, 2, count)
    rows["timestamp"] = OPEN + SECOND * np.arange(count)
    rows["kind"] = np.where(trades, EventKind.TRADE, EventKind.LEVEL)
    sign = np.where(rows["side"] == 0, -1, 1)
    rows["price"] = 10_000 + sign * np.where(trades, 1, away)
    rows["quantity"] = draw.integers(1, 9, count)
    return rows


def minutes(count: int = 500, seed: int = 4) -> np.ndarray:
    draw = np.random.default_rng(seed)
    close = 10_000 + np.cumsum(draw.integers(-20, 21, count))
    rows = np.zeros(count, dtype=BAR)
    rows["start"] = OPEN + 60 * SECOND * np.arange(count)
    rows["timestamp"] = rows["start"] + 60 * SECOND
    rows["close"], rows["open"] = close, np.append(close[:1], close[:-1])
    rows["high"] = np.maximum(rows["open"], close) + 5
    rows["low"] = np.minimum(rows["open"], close) - 5
    rows["volume"] = 1_000
    return rows


MARKETS = {"orders": busy_day, "levels": levels, "bars": minutes}
