"""Markets and parents made by hand, for the tests of the cost analysis."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np

from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR, EVENT, QUOTE, EventKind
from ai_trading.execution.tca import WorkedParent
from ai_trading.market.source import MarketData

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
# 2026-01-15, a Thursday: New York opens at 14:30 UTC.
OPEN = int(dt.datetime(2026, 1, 15, 14, 30, tzinfo=dt.UTC).timestamp()) * SECOND
CLOSE = OPEN + 390 * MINUTE
XYZ = Instrument("XYZ", price_increment=Decimal("0.01"))


def quotes(rows, instrument=XYZ):
    """Market data of (seconds after the open, bid, ask) in currency."""
    out = np.zeros(len(rows), QUOTE)
    for place, (at, bid, ask) in enumerate(rows):
        out[place]["timestamp"] = OPEN + round(at * SECOND)
        for side, price in (("bid", bid), ("ask", ask)):
            if price is not None:
                out[place][f"{side}_price"] = instrument.to_ticks(price)
                out[place][f"{side}_quantity"] = 100
    return MarketData(out, InstrumentTable([instrument]), "made")


def trades_and_quotes(rows, instrument=XYZ):
    """Level events of rows ("quote", at, bid, ask) and ("trade", at, price, lots).

    A "cross" is an auction's trade.
    """
    events = []
    shown = {0: None, 1: None}
    for kind, at, first, second in rows:
        time = OPEN + round(at * SECOND)
        if kind == "quote":
            for side, price in ((0, first), (1, second)):
                ticks = instrument.to_ticks(price)
                if shown[side] not in (None, ticks):
                    events.append((time, EventKind.LEVEL, side, shown[side], 0))
                events.append((time, EventKind.LEVEL, side, ticks, 100))
                shown[side] = ticks
        else:
            word = EventKind.TRADE if kind == "trade" else EventKind.CROSS
            events.append((time, word, 2, instrument.to_ticks(first), second))
    out = np.zeros(len(events), EVENT)
    for place, (time, kind, side, price, lots) in enumerate(events):
        row = out[place]
        row["timestamp"], row["kind"], row["side"] = time, kind, side
        row["price"], row["quantity"] = price, lots
    return MarketData(out, InstrumentTable([instrument]), "made")


def bars(rows, instrument=XYZ):
    """Minute bars of (minutes after the open, open, high, low, close, volume)."""
    out = np.zeros(len(rows), BAR)
    for place, (at, *prices, volume) in enumerate(rows):
        row = out[place]
        row["start"] = OPEN + at * MINUTE
        row["timestamp"] = OPEN + (at + 1) * MINUTE
        for name, price in zip(("open", "high", "low", "close"), prices, strict=True):
            row[name] = instrument.to_ticks(price)
        row["volume"] = volume
    return MarketData(out, InstrumentTable([instrument]), "made")


def parent(fills, *, side="buy", quantity=1000, start=0.0, end=600.0, **more):
    """A parent in XYZ with fills of (seconds after the open, quantity, price, ...)."""
    rows = [(OPEN + round(at * SECOND), *rest) for at, *rest in fills]
    return WorkedParent.of(
        more.pop("instrument", XYZ),
        side,
        quantity,
        rows,
        start_ns=OPEN + round(start * SECOND),
        end_ns=OPEN + round(end * SECOND),
        **more,
    )
