"""What an account did in one currency, or in all of them together.

The amounts are the ledger's own, exact to 1e-18; after every event::

    cash + positions = deposits + exchanged + realised + unrealised
                       + income - costs [+ translation, consolidated]
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Statement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What an account did in one currency, or in all of them together.

    Attributes
    ----------
    cash, positions : Decimal
        What is there: cash, and the market value of positions.
    deposits : Decimal
        Cash brought in, less what was taken out.
    exchanged : Decimal
        Bought less sold against other currencies.
    realized, unrealized : Decimal
        Profit closed and open, before fees.
    income : Decimal
        Dividends and interest received.
    costs : Decimal
        Fees, borrow, interest and dividends paid.
    translation : Decimal
        Consolidated alone: what changed exchange rates made of it.
    """

    cash: Decimal
    positions: Decimal
    deposits: Decimal
    exchanged: Decimal
    realized: Decimal
    unrealized: Decimal
    income: Decimal
    costs: Decimal
    translation: Decimal = Decimal(0)

    @classmethod
    def of(cls, amounts: Mapping[str, int]) -> Statement:
        """Return the statement that the core tells in 1e-18 units."""
        known = {item.name for item in fields(cls)}
        return cls(
            **{
                name: Decimal(f"{amount}E-18")
                for name, amount in amounts.items()
                if name in known
            }
        )

    @property
    def value(self) -> Decimal:
        """Cash and positions."""
        return self.cash + self.positions
