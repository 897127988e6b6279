"""Numbers from people and files as exact decimals and whole counts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from ai_trading.core.errors import ArgumentError

__all__ = ["Number", "decimal", "scaled"]

Number: TypeAlias = Decimal | int | float | str


def decimal(name: str, value: Number) -> Decimal:
    """Return a finite decimal; a float is taken as the shortest text that gives it."""
    try:
        exact = Decimal(str(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError):
        exact = Decimal("NaN")
    if not exact.is_finite():
        msg = f"{name} must be a finite number; received {value!r}"
        raise ArgumentError(msg)
    return exact


def scaled(name: str, value: Number, scale: int) -> int:
    """Return ``value * scale`` as a whole number, refusing what it would round."""
    exact = decimal(name, value) * scale
    if exact != exact.to_integral_value():
        msg = (
            f"{name} must be a multiple of {Decimal(1) / scale:f}; received {value!r}. "
            "Round it first"
        )
        raise ArgumentError(msg)
    if abs(exact) >= 2**62:
        msg = f"{name} is too large for the core; received {value!r}"
        raise ArgumentError(msg)
    return int(exact)
