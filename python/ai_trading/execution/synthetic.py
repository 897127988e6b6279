"""A made-up market to send orders to: real matching, invented counterparties.

One order flow per symbol, seeded by session seed and symbol, is opened around a
reference price when the symbol is first used, and plays on to the clock's time before
anything is asked of it. Everything that comes out is simulated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.clock import Clock, ns_to_iso
from ai_trading.core.enums import Liquidity
from ai_trading.core.errors import ArgumentError, OrderRejectedError
from ai_trading.core.instrument import Instrument
from ai_trading.core.optional import needs_core
from ai_trading.core.records import (
    order_type_code,
    side_code,
    time_in_force_code,
)
from ai_trading.core.sessions import local_time_ns
from ai_trading.execution.manager import EventType, VenueReport

with needs_core():
    from ai_trading._core import book as _book
    from ai_trading._core import matching as _matching

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_trading.execution.order import Order

__all__ = ["SyntheticVenue", "default_instrument", "session_bounds"]

_EVENTS_PER_DAY: Final = 200_000
_REASONS: Final = {code: name for name, code in _book.reject_codes.items()}
_TRADED, _CANCELED, _EXPIRED = 2, 5, 6


def session_bounds(day: dt.date) -> tuple[int, int]:
    """Return 09:30 and 16:00 in New York on a day, in UTC nanoseconds."""
    return local_time_ns(day, dt.time(9, 30)), local_time_ns(day, dt.time(16, 0))


@dataclass(slots=True)
class _Market:
    instrument: Instrument
    flow: _matching.OrderFlow


@dataclass(slots=True)
class SyntheticVenue:
    """Where orders of a session without a real market go.

    Parameters
    ----------
    clock : Clock
        Time of the session; before 09:30 and after 16:00 New York orders are refused.
    day : datetime.date
        The session's date.
    seed : int
        The same seed gives the same market.
    """

    clock: Clock
    day: dt.date
    seed: int
    _markets: dict[str, _Market] = field(default_factory=dict, init=False)
    _ids: dict[str, int] = field(default_factory=dict, init=False)
    _orders: dict[int, Order] = field(default_factory=dict, init=False)
    _waiting: deque[VenueReport] = field(default_factory=deque, init=False)

    def open(self, instrument: Instrument, price: Decimal) -> None:
        """Open a market around a price, unless the symbol has one.

        Raises
        ------
        ArgumentError
            If the price is too low for two price increments.
        """
        if instrument.symbol in self._markets:
            return
        step = instrument.increment_ticks
        ticks = instrument.round_to_ticks(price) // step * step
        if ticks < 2 * step:
            msg = (
                f"a market in {instrument.symbol} needs a reference price of two price "
                f"increments or more; received {price}"
            )
            raise ArgumentError(msg)
        name = f"{self.seed}/{instrument.symbol}".encode()
        seed = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")
        start, end = session_bounds(self.day)
        flow = _matching.OrderFlow(
            [_matching.FlowSymbol(ticks, step=step)],
            seed=seed,
            start=start,
            end=end,
            events=_EVENTS_PER_DAY,
        )
        self._markets[instrument.symbol] = _Market(instrument, flow)

    def touch(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        """Return the best bid and ask at the clock's time."""
        market = self._at_now(symbol)
        prices = []
        for side in (0, 1):
            best = market.flow.best(0, side)
            prices.append(None if best is None else market.instrument.to_price(best[0]))
        return prices[0], prices[1]

    def middle(self, symbol: str) -> Decimal | None:
        """Return the price half-way between bid and ask; None while one is missing."""
        bid, ask = self.touch(symbol)
        return None if bid is None or ask is None else (bid + ask) / 2

    def submit(self, order: Order) -> None:
        """Send an order to the matching engine.

        Raises
        ------
        OrderRejectedError
            With the engine's reason, if it refuses.
        ArgumentError
            If price or quantity is off the instrument's grid.
        """
        market = self._at_now(order.symbol)
        instrument = market.instrument
        number = _matching.OWN_IDS + len(self._ids)
        price = 0 if order.price is None else instrument.to_ticks(order.price)
        quantity = instrument.to_lots(order.quantity)
        self._ids[order.order_id] = number
        self._orders[number] = order
        code = market.flow.submit(
            number,
            instrument=0,
            side=side_code(order.side),
            order_type=order_type_code(order.order_type),
            time_in_force=time_in_force_code(order.time_in_force),
            price=price,
            quantity=quantity,
        )
        if code:
            market.flow.take_answers()
            reason = _REASONS[code]
            msg = (
                f"the simulated venue refused {order.order_type} {order.side} "
                f"{order.quantity} {order.symbol} at {ns_to_iso(market.flow.now)}: "
                f"{reason}"
            )
            if reason == "market_closed":
                msg += ". Orders are taken from 09:30 to 16:00 New York"
            raise OrderRejectedError(msg, reason=reason, order_id=order.order_id)
        now = market.flow.now
        self._waiting.append(VenueReport(order.order_id, EventType.ACCEPTED, now))
        self._collect(market)

    def cancel(self, order: Order) -> None:
        """Cancel what is left of an order; nothing happens where it has ended."""
        market = self._at_now(order.symbol)
        self._collect(market)
        market.flow.cancel(self._ids[order.order_id])
        self._collect(market)

    def reports(self) -> Iterable[VenueReport]:
        """Return what happened up to the clock's time since the last call."""
        for symbol in self._markets:
            self._collect(self._at_now(symbol))
        out = list(self._waiting)
        self._waiting.clear()
        return out

    def _at_now(self, symbol: str) -> _Market:
        market = self._markets[symbol]
        market.flow.advance(self.clock.now_ns())
        return market

    def _collect(self, market: _Market) -> None:
        for answer in market.flow.take_answers():
            number, other = int(answer["order_id"]), int(answer["other_id"])
            kind = int(answer["kind"])
            when = int(answer["timestamp"])
            if kind == _TRADED:
                for which, liquidity in (
                    (number, Liquidity.TAKER),
                    (other, Liquidity.MAKER),
                ):
                    if which in self._orders:
                        self._fill(market, which, answer, liquidity)
            elif kind in (_CANCELED, _EXPIRED):
                self._waiting.append(
                    VenueReport(
                        self._orders[number].order_id,
                        EventType.CANCELED if kind == _CANCELED else EventType.EXPIRED,
                        when,
                    )
                )

    def _fill(
        self, market: _Market, number: int, answer: Any, liquidity: Liquidity
    ) -> None:
        instrument = market.instrument
        self._waiting.append(
            VenueReport(
                self._orders[number].order_id,
                EventType.FILL,
                int(answer["timestamp"]),
                quantity=instrument.to_quantity(int(answer["quantity"])),
                price=instrument.to_price(int(answer["price"])),
                liquidity=liquidity,
            )
        )


def default_instrument(symbol: str) -> Instrument:
    """Return a US share priced in cents."""
    return Instrument(symbol, price_increment=Decimal("0.01"))
