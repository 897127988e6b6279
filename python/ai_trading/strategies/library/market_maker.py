"""A market maker: one bid and one offer at the touch, leaning against its inventory.

It earns the spread (and the rebate) where both sides trade, and loses where the price
runs away from what it holds. It shows the mechanics and is no source of income: it
quotes without an opinion, so whoever knows more trades with it.

Units: quantities in units, prices in currency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai_trading.core.errors import ArgumentError
from ai_trading.strategies.library.hours import clock_time, instant
from ai_trading.strategies.strategy import Strategy

if TYPE_CHECKING:
    from ai_trading._core.sim import Fill, OrderUpdate, Quote, Timer

__all__ = ["MarketMaker"]

_SECOND = 1_000_000_000


class _Side:
    """The one order of ours on one side of one book."""

    __slots__ = ("limit", "order_id", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign  # +1 bids, -1 offers
        self.order_id = 0  # none
        self.limit = math.nan


class MarketMaker(Strategy):
    """Quote both sides at the touch of every symbol.

    An order stays where it is until the touch moves away from it, since its place in
    the queue is lost with every change. With inventory the side that would add to it
    steps back, except where the order already stands at the front of its queue.

    Parameters
    ----------
    name : str, optional
        Name in records and reports.
    symbols : sequence of str, optional
        What to quote; all instruments of the run by default.
    size : float, default 100
        Quantity of each quote.
    max_position : float, default 500
        Bound on the absolute position; quotes near it are smaller.
    skew_steps : int, default 2
        How many price steps the adding side steps back at `max_position`; in
        proportion below it.
    keep_ahead : float, optional
        Quantity ahead in the queue up to which a place is kept although the inventory
        asks to step back; `size` by default.
    start, stop : str, default "09:35" and "15:55"
        When quoting begins and ends; then the position is sold or bought back.
    timezone : str, default "America/New_York"
        Whose clock that is.

    Raises
    ------
    ArgumentError
        If a size is not positive or a time is none.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        symbols: Sequence[str] | None = None,
        size: float = 100,
        max_position: float = 500,
        skew_steps: int = 2,
        keep_ahead: float | None = None,
        start: str = "09:35",
        stop: str = "15:55",
        timezone: str = "America/New_York",
    ) -> None:
        super().__init__(
            name,
            symbols=None if symbols is None else list(symbols),
            size=size,
            max_position=max_position,
            skew_steps=skew_steps,
            keep_ahead=keep_ahead,
            start=start,
            stop=stop,
            timezone=timezone,
        )
        if not 0 < size <= max_position:
            msg = (
                "size must lie above 0 and not above max_position; received size "
                f"{size!r} and max_position {max_position!r}"
            )
            raise ArgumentError(msg)
        self.size, self.max_position, self.skew_steps = size, max_position, skew_steps
        self.keep_ahead = size if keep_ahead is None else keep_ahead
        self.wanted = symbols
        self.hours = clock_time("start", start), clock_time("stop", stop)
        self.zone = timezone

    def on_start(self) -> None:
        """Wait for the opening time of the day."""
        chosen = self.symbols if self.wanted is None else tuple(self.wanted)
        self.quotes = {symbol: (_Side(1), _Side(-1)) for symbol in chosen}
        self.steps = {symbol: self._step(symbol) for symbol in chosen}
        self.quoting = False
        for symbol in chosen:
            self.subscribe(symbol, quotes=True)
        opens, closes = (instant(self.now, time, self.zone) for time in self.hours)
        self.opening = self.set_timer(at=opens)
        # Once a second until nothing is held: an exit may find too little to trade.
        self.closing = self.set_timer(at=closes, every=_SECOND)

    def on_timer(self, timer: Timer) -> None:
        """Begin to quote, or stop and get out."""
        self.quoting = timer.number == self.opening
        for symbol in self.quotes:
            self._requote(symbol)
            if not self.quoting:
                self._get_out(symbol)

    def on_quote(self, quote: Quote) -> None:
        """The touch changed: follow it where it moved away."""
        if self.quoting:
            self._requote(quote.symbol)

    def on_fill(self, fill: Fill) -> None:
        """Inventory changed: lean against it, and quote again what was filled."""
        self._forget_if_done(fill.symbol, fill.order_id)
        self._requote(fill.symbol)

    def on_order(self, order: OrderUpdate) -> None:
        """An order ended, or a change is through and the touch may have moved on."""
        self._forget_if_done(order.symbol, order.order_id)
        if order.status in {"accepted", "canceled"}:  # a refusal waits for a new touch
            self._requote(order.symbol)

    def _requote(self, symbol: str) -> None:
        touch = self.touch(symbol)
        position = self.position(symbol)
        bid, offer = self.quotes[symbol]
        self._place_at(symbol, bid, touch.bid, position)
        self._place_at(symbol, offer, touch.ask, position)

    def _place_at(self, symbol: str, side: _Side, best: float, position: float) -> None:
        if not self.quoting or math.isnan(best):
            if side.order_id:
                self.cancel(side.order_id)
            return
        adding = side.sign * position  # inventory that a fill here would add to
        back = int(max(adding, 0.0) / self.max_position * self.skew_steps)
        limit = round(best - side.sign * back * self.steps[symbol], 9)
        if side.order_id:
            # What is left of it always fits: its fills took their part of the room.
            moved = limit != side.limit and not self._worth_keeping(side, best)
            if moved and self.modify(side.order_id, limit=limit):
                side.limit = limit
            return
        size = min(self.size, self.max_position - adding)
        if size > 0:
            send = self.buy if side.sign > 0 else self.sell
            side.limit = limit
            side.order_id = send(symbol, size, limit)

    def _worth_keeping(self, side: _Side, best: float) -> bool:
        """At the touch and near the front: only inventory asks to step back."""
        if side.limit != best:
            return False
        place = self.queue_position(side.order_id)
        return place is not None and place.quantity_ahead <= self.keep_ahead

    def _get_out(self, symbol: str) -> None:
        if any(side.order_id for side in self.quotes[symbol]):
            return  # its end is not confirmed yet; the next ring will do
        position = self.position(symbol)
        if position > 0:
            self.sell(symbol, position, immediate=True)
        elif position < 0:
            self.buy(symbol, -position, immediate=True)

    def _forget_if_done(self, symbol: str, order_id: int) -> None:
        for side in self.quotes[symbol]:
            if side.order_id == order_id and self.order(order_id).status.is_terminal:
                side.order_id, side.limit = 0, math.nan

    def _step(self, symbol: str) -> float:
        instrument = self.instrument(symbol)
        return float(instrument.price_increment or instrument.tick_size)
