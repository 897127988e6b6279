"""From names, decimals and instruments to the core's whole numbers, and back.

Units: money in attos (1e-18), quantities in lots.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, decimal, scaled

if TYPE_CHECKING:
    from ai_trading.core.instrument import Instrument

__all__ = ["atto", "lots", "money", "number_of", "person", "terms"]

_ATTO: Final = 10**18
_NANO: Final = 10**9


def money(atto: int) -> Decimal:
    """Return attos as money."""
    return Decimal(atto).scaleb(-18)


def atto(name: str, amount: Number) -> int:
    """Return money in attos."""
    return int(Fraction(decimal(name, amount)) * _ATTO)


def lots(instrument: Instrument, quantity: Number) -> int:
    """Whole lots of a quantity, rounded down."""
    return int(decimal("quantity", quantity) // instrument.lot_size)


def number_of(name: str | None, numbers: dict[str, int]) -> int:
    """Return the number of a name, a new one where it has none; 0 for no name."""
    return 0 if name is None else numbers.setdefault(name, len(numbers) + 1)


def terms(instrument: Instrument) -> dict[str, int]:
    """Return what the core knows of an instrument."""
    step = instrument.price_increment or instrument.tick_size
    value = instrument.lot_size * instrument.multiplier
    return {
        "tick_nano": scaled("tick_size", instrument.tick_size, _NANO),
        "lot_nano": scaled("lot_size x multiplier", value, _NANO),
        "unit_nano": scaled("lot_size", instrument.lot_size, _NANO),
        "price_step": int(step / instrument.tick_size),
    }


def person(who: str, reason: str) -> None:
    """Refuse a change of state without a name or a reason."""
    for what, text in (("name", who), ("reason", reason)):
        if not isinstance(text, str) or not text.strip():
            msg = (
                f"a state is changed by a person with a name and a reason; the {what} "
                f"is {text!r}"
            )
            raise ArgumentError(msg)
