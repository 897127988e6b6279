"""Counts, quantities and costs of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ai_trading.core.enums import OrderStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.execution.order import Order

__all__ = ["order_stats"]


def order_stats(orders: Sequence[Order]) -> dict[str, Any]:
    """Return what `ExecutionEngine.get_execution_stats` says of orders alone."""
    states = [order.status for order in orders]
    traded = [order for order in orders if order.fills]
    asked = sum(
        (o.quantity for o in orders if o.status is not OrderStatus.REJECTED),
        Decimal(0),
    )
    filled = sum((order.filled_quantity for order in traded), Decimal(0))
    return {
        "total_orders": len(orders),
        "filled_orders": states.count(OrderStatus.FILLED),
        "partially_filled_orders": sum(o.is_partially_filled for o in orders),
        "canceled_orders": states.count(OrderStatus.CANCELED),
        "rejected_orders": states.count(OrderStatus.REJECTED),
        "expired_orders": states.count(OrderStatus.EXPIRED),
        "active_orders": sum(status.is_active for status in states),
        "total_fills": sum(len(order.fills) for order in traded),
        "total_quantity": filled,
        "total_notional": sum((o.filled_value for o in traded), Decimal(0)),
        "total_fees": sum((o.fees for o in traded), Decimal(0)),
        "fill_rate": float(filled / asked) if asked else None,
    }
