"""What an engine's account holds, in one currency or several.

Every question is answered at the clock's time: what has happened by then is booked
first.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.exact import Number, instance, mapping, scaled, text
from ai_trading.execution.currencies import Currency, Statement, currency_numbers
from ai_trading.execution.incidents import Incident, incidents_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_trading.core.instrument import Instrument
    from ai_trading.execution.blotter import Blotter
    from ai_trading.execution.manager import OrderManager

__all__ = ["Account"]


class Account:
    """Cash, positions, currencies and incidents of a desk."""

    order_manager: OrderManager
    _desk: Any  # the core's, or a synthetic session's
    _blotter: Blotter
    _currencies: dict[str, int]

    def _open_currencies(
        self,
        own: str | None,
        others: Mapping[str, Currency],
        table: Iterable[Instrument],
        now_ns: int,
    ) -> dict[str, int]:
        """Open an account in each currency; return the desk's numbers of them."""
        for code, terms in mapping("currencies", others).items():
            instance(f"currencies[{code!r}]", terms, Currency, "Currency(rate=1.1)")
        if own is not None:
            text("currency", own, "USD")
        used = {item.symbol: item.currency for item in table}
        if own is None:
            free = set(used.values()) - set(others)
            own = free.pop() if len(free) == 1 else "USD"
        try:
            numbers = currency_numbers(own, others, used)
        except ArgumentError as error:
            raise ConfigError(str(error)) from None
        for code, terms in others.items():
            now = [rate for at, rate in terms.changes(0) if at <= now_ns]
            rate = now[-1] if now else terms.changes(0)[0][1]
            number = self._desk.add_currency(rate)
            assert number == numbers[code]
            cash = scaled("cash", terms.cash, 10**6) * 10**12
            if cash:
                self._desk.deposit(number, cash)
        return numbers

    def _number_of(self, currency: str) -> int:
        if currency in self._currencies:
            return self._currencies[currency]
        msg = (
            f"the account has no {currency}; it has {', '.join(self._currencies)}. "
            "Name it in currencies when the engine is made"
        )
        raise ArgumentError(msg)

    def set_rate(self, currency: str, rate: Number) -> None:
        """Say what one unit of a currency is worth in the account's own from now on.

        Raises
        ------
        ArgumentError
            If the account has no such currency, it is its own, or the rate is not
            positive or finer than 1e-9.
        """
        nano = scaled("rate", rate, 10**9)
        try:
            self._desk.set_rate(self._number_of(currency), nano)
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def exchange(
        self, sold: Number, currency: str, *, bought: Number, into: str
    ) -> None:
        """Pay an amount of one currency for an amount of another.

        Raises
        ------
        ArgumentError
            If the account lacks a currency, or an amount is not above 0.
        """
        source, target = self._number_of(currency), self._number_of(into)
        out, back = (
            scaled(name, amount, 10**9)
            for name, amount in (("sold", sold), ("bought", bought))
        )
        if out <= 0 or back <= 0 or source == target:
            msg = (
                "an exchange needs two amounts above 0 in two currencies; received "
                f"{sold!r} {currency} for {bought!r} {into}"
            )
            raise ArgumentError(msg)
        self._desk.exchange(source, out * 10**9, target, back * 10**9)

    @property
    def statements(self) -> dict[str, Statement]:
        """By currency, the account's own first: cash, positions and flows so far."""
        self.order_manager.poll()
        rows = self._desk.statements()
        return {
            code: Statement.of(row)
            for code, row in zip(self._currencies, rows, strict=True)
        }

    @property
    def consolidated(self) -> Statement:
        """All of it in the account's currency, with the currency translation."""
        self.order_manager.poll()
        return Statement.of(self._desk.consolidated())

    @property
    def cash(self) -> Decimal:
        """Cash in the account's own currency at the clock's time."""
        self.order_manager.poll()
        units, digits = int(self._desk.statement()[0]), 18
        # Cents at least, and what is finer only where there is some.
        while digits > 2 and units % 10 == 0:
            units, digits = units // 10, digits - 1
        return Decimal(f"{units}E-{digits}")

    @property
    def positions(self) -> dict[str, Decimal]:
        """Signed quantity held of each symbol, flat ones left out."""
        self.order_manager.poll()
        held = {
            symbol: self._desk.position(index)[0]
            for index, symbol in enumerate(self._blotter.symbols)
        }
        return {
            symbol: self._blotter.quantity(symbol, lots)
            for symbol, lots in held.items()
            if lots
        }

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """What went otherwise than it should with the venue, oldest first.

        Busted and corrected trades, fills that should not have been, and reports that
        were late, repeated or contradicted others; see docs/orders.md.
        """
        self.order_manager.poll()
        return tuple(incidents_of(self._desk.incidents(), self._blotter.table))
