"""What the reasons of refused orders mean, in words."""

from __future__ import annotations

from typing import Final

from ai_trading.core.errors import OrderRejectedError
from ai_trading.risk.gate import LIMITS

__all__ = ["meaning", "refused_symbol"]

_MEANING: Final = {
    "unknown_instrument": "the market data feed does not have this symbol",
    "not_supported_here": "the venue does not trade this type of order",
    "max_quantity": "more than the largest single order",
    "max_notional": "worth more than one order may be",
    "too_many_working": "as many orders work already as may at once",
    "price_collar": "too far from the reference price",
    "price_off_increment": "the price is not a multiple of the price increment",
    "quantity_off_lot": "the quantity is not a multiple of the lot size",
    "no_reference_price": "no price is known to check it against",
    "insufficient_cash": "the account cannot pay for it",
    "market_closed": "orders are taken from 09:30 to 16:00 New York",
    "reduce_only": "only what reduces the position may be sent",
    "halted": "trading is halted",
    "market_wide_halt": "a fall of the index has halted the whole market",
    "outside_band": "the limit is outside the price band",
    "not_in_this_state": "what cannot wait is not taken before an auction",
    "auction_over": "the auction it is for has been held",
    "would_take": "it would have traded on arrival, and it is post-only",
    "no_liquidity": "nobody is there to trade with",
    "no_reference": "the price that it follows is not known yet",
    "time_in_force_not_for_type": "this type of order cannot last so long",
    "expiry_not_ahead": "the time it expires at is over",
    "display_out_of_range": "what it shows must be 1 lot or more, and not above it all",
    "minimum_out_of_range": "its minimum must not be above its quantity",
    "on_close_cutoff": "it is too late for orders at the close",
}
_GATE_MEANING: Final = {
    info.reason: f"beyond {info.name}, {info.meaning}"
    for info in LIMITS.values()
    if info.reason
}


def meaning(reason: str) -> str:
    """Return what a reason says, or where all of them are explained."""
    return _MEANING.get(reason) or _GATE_MEANING.get(reason, "see docs/reference.md")


def refused_symbol(symbol: str, reason: str) -> OrderRejectedError:
    """Return the error that says why a symbol cannot be traded."""
    msg = f"{symbol} cannot be traded: {meaning(reason)} ({reason})"
    return OrderRejectedError(msg, reason=reason)
