"""The terms of an order in ticks and lots, as the matching engine names them."""

from __future__ import annotations

from decimal import InvalidOperation
from typing import TYPE_CHECKING, Final

from ai_trading.core.enums import OrderType
from ai_trading.core.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ai_trading.core.instrument import Instrument
    from ai_trading.execution.order import Order

__all__ = ["core_price", "core_words", "grid_prices", "has_terms", "off_grid"]

_PRICES: Final = ("stop", "trail", "offset")
_QUANTITIES: Final = ("display", "minimum")
_FARTHEST: Final = 2**62
"""The limit of a peg without one, as docs/matching.md has it."""


def has_terms(order: Order) -> bool:
    """Return whether an order is more than side, type, price, quantity and time."""
    return bool(order.planned) or order.order_type is OrderType.PEGGED


def grid_prices(order: Order) -> Iterator[Decimal]:
    """Yield every price or distance that must lie on the instrument's ticks."""
    if order.price is not None:
        yield order.price
    for name in _PRICES:
        if name in order.planned:
            yield order.planned[name]


def off_grid(order: Order, instrument: Instrument) -> str | None:
    """Return why ticks and lots cannot say what an order asks for."""
    sizes = (order.planned[name] for name in _QUANTITIES if name in order.planned)
    lot, tick = instrument.lot_size, instrument.tick_size
    if any(_rest("a quantity", size, lot) for size in (order.quantity, *sizes)):
        return "quantity_off_lot"
    if any(_rest("a price", price, tick) for price in grid_prices(order)):
        return "price_off_increment"
    return None


def _rest(what: str, value: Decimal, step: Decimal) -> Decimal:
    try:
        return value % step
    except InvalidOperation:  # more than 28 digits of steps
        msg = f"{what} must be at most 2**63 steps of {step}; received {value}"
        raise ArgumentError(msg) from None


def core_words(order: Order, instrument: Instrument) -> dict[str, int]:
    """Return terms on the grid as `_core.matching.Engine.submit` names them."""
    words: dict[str, int] = {}
    for name, value in order.planned.items():
        if name in _PRICES:
            words[name] = int(value / instrument.tick_size)
        elif name in _QUANTITIES:
            words[name] = instrument.to_lots(value)
        elif name == "trail_points":
            words["trail"], words["trail_by"] = value, 1
        else:
            words[name] = int(value)
    return words


def core_price(order: Order, instrument: Instrument) -> int:
    """Return the price of an order in ticks; a stop's is what it is judged by."""
    if order.price is not None:
        return instrument.to_ticks(order.price)
    if order.order_type is OrderType.PEGGED:
        return _FARTHEST * order.side.sign
    if order.order_type is OrderType.STOP and order.stop is not None:
        return instrument.to_ticks(order.stop)
    return 0
