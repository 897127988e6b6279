"""What the gate must know of an instrument beside its terms of trading."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, decimal
from ai_trading.risk.gate.values import similar

__all__ = ["Facts"]

Restriction = Literal["none", "closing_only", "forbidden"]
RESTRICTIONS: Final[tuple[str, ...]] = get_args(Restriction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one name.

    Parameters
    ----------
    sector : str, optional
        Names without one count as one sector together. Without it the instrument's own
        is taken.
    group : str, optional
        Of names that move together; a name without one is in none.
    daily_volume : number, optional
        Average, in units of quantity. A limit that needs it refuses without it.
    located : number, default 0
        What may be short in all, in units of quantity.
    easy_to_borrow : bool, default False
        No locate is needed.
    margin : number, default 0.5
        Initial margin as a fraction of the value.
    round_lot : number, optional
        Orders are multiples of it, in units of quantity.
    restriction : {"none", "closing_only", "forbidden"}, default "none"
        Whether the name is on the restricted list.

    Raises
    ------
    ArgumentError
        If a number is negative, or the restriction another word.
    """

    sector: str | None = None
    group: str | None = None
    daily_volume: Number | None = None
    located: Number = 0
    easy_to_borrow: bool = False
    margin: Number = Decimal("0.5")
    round_lot: Number | None = None
    restriction: Restriction = "none"

    def __post_init__(self) -> None:
        for name in ("daily_volume", "located", "margin", "round_lot"):
            value = getattr(self, name)
            if value is not None and decimal(name, value) < 0:
                msg = f"{name} must not be negative; received {value!r}"
                raise ArgumentError(msg)
        if self.restriction not in RESTRICTIONS:
            msg = (
                f"restriction must be one of {', '.join(RESTRICTIONS)}; received "
                f"{self.restriction!r}{similar(self.restriction, RESTRICTIONS)}"
            )
            raise ArgumentError(msg)
        if decimal("margin", self.margin) > 100:
            msg = f"margin must be a fraction, up to 100; received {self.margin!r}"
            raise ArgumentError(msg)
        for name in ("easy_to_borrow",):
            if not isinstance(getattr(self, name), bool):
                msg = f"{name} must be true or false; received {getattr(self, name)!r}"
                raise ArgumentError(msg)
        for name in ("sector", "group"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value.strip()):
                msg = f"{name} must be a text that is not empty; received {value!r}"
                raise ArgumentError(msg)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the names of all facts."""
        return tuple(item.name for item in fields(cls))

    def plain(self) -> dict[str, Any]:
        """Return what differs from the defaults, JSON-able."""
        return {
            item.name: _plain(getattr(self, item.name))
            for item in fields(self)
            if getattr(self, item.name) != item.default
        }


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value
