"""What a gate is told: prices, bands, halts, executions."""

from __future__ import annotations

import math

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, decimal
from ai_trading.risk.gate.convert import atto, lots
from ai_trading.risk.gate.facts import RESTRICTIONS
from ai_trading.risk.gate.names import GateNames
from ai_trading.risk.gate.values import similar

__all__ = ["GateNews"]


class GateNews(GateNames):
    """What happens, by symbol; a desk tells its gate by itself."""

    def mark(self, symbol: str, price: Number, at_ns: int | None = None) -> None:
        """Say the reference price; NaN means that none is known any more.

        Raises
        ------
        ArgumentError
            If the price is infinite or no number.
        """
        index = self.index(symbol)
        if isinstance(price, float) and math.isnan(price):
            self.core.forget_mark(index)
            return
        ticks = self._instruments[index].round_to_ticks(decimal("price", price))
        self.core.mark(index, ticks, self._clock.now_ns() if at_ns is None else at_ns)

    def set_band(self, symbol: str, low: Number | None, high: Number | None) -> None:
        """Say the limit-up limit-down band; None and None where there is none."""
        index = self.index(symbol)
        terms = self._instruments[index]
        ends = [None if x is None else terms.round_to_ticks(x) for x in (low, high)]
        self.core.set_band(index, *ends)

    def set_bid(self, symbol: str, price: Number | None) -> None:
        """Say the market's best bid, for the price test of short sales."""
        index = self.index(symbol)
        terms = self._instruments[index]
        self.core.set_bid(index, None if price is None else terms.round_to_ticks(price))

    def set_halted(self, symbol: str, *, halted: bool) -> None:
        """Say whether the market in a symbol is halted."""
        self.core.set_halted(self.index(symbol), halted)

    def set_restriction(self, symbol: str, restriction: str) -> None:
        """Put a symbol on the restricted list, or take it off.

        Raises
        ------
        ArgumentError
            If the restriction is none of none, closing_only and forbidden.
        """
        if restriction not in RESTRICTIONS:
            msg = (
                f"restriction must be one of {', '.join(RESTRICTIONS)}; received "
                f"{restriction!r}{similar(restriction, RESTRICTIONS)}"
            )
            raise ArgumentError(msg)
        self.core.set_restriction(self.index(symbol), RESTRICTIONS.index(restriction))

    def set_price_test(self, symbol: str, *, active: bool) -> None:
        """Say whether short sales must be priced above the bid."""
        self.core.set_price_test(self.index(symbol), active)

    def set_located(self, symbol: str, quantity: Number) -> None:
        """Say how much may be short in all."""
        index = self.index(symbol)
        self.core.set_located(index, lots(self._instruments[index], quantity))

    def executed(
        self,
        symbol: str,
        quantity: Number,
        price: Number,
        *,
        fee: Number = 0,
        strategy: str | None = None,
        at_ns: int | None = None,
    ) -> None:
        """Say an execution, negative for a sale. A desk tells its gate by itself."""
        index = self.index(symbol)
        terms = self._instruments[index]
        size = decimal("quantity", quantity)
        lots = terms.to_lots(abs(size)) * (1 if size > 0 else -1)
        self.core.executed(
            index,
            self._strategy(strategy),
            terms.to_ticks(decimal("price", price)),
            lots,
            self._clock.now_ns() if at_ns is None else at_ns,
            atto("fee", fee),
        )
