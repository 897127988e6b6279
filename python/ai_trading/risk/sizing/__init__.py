"""How many units to hold: sizers that say a fraction, and throttles that cut it.

A *sizer* answers with the notional to hold, as a fraction of the portfolio's value. A
*throttle* (`ai_trading.risk.breakers`) answers with a factor from 0 to 1. They are put
together as sentences are::

    sizer = smallest(
        VolatilityTarget(0.15), AtrSizer(risk=0.01), FixedFraction(0.25)
    ).then(DrawdownThrottle(0.20), CircuitBreaker(daily_loss=0.03))

and asked from `BaseStrategy.calculate_position_size` with `order_size`. Prices are
those of bars known now, oldest first, and nothing later is looked at. Fractions are
never negative: which way to trade is the signal's affair.
"""

from __future__ import annotations

from ai_trading.risk.sizing.compose import Situation, Sizer, Throttle, smallest
from ai_trading.risk.sizing.sizers import (
    AtrSizer,
    FixedFraction,
    KellySizer,
    VolatilityTarget,
    average_true_range,
)

__all__ = [
    "AtrSizer",
    "FixedFraction",
    "KellySizer",
    "Situation",
    "Sizer",
    "Throttle",
    "VolatilityTarget",
    "average_true_range",
    "smallest",
]
