"""From signals to orders: a `BaseStrategy` as an event-driven `Strategy`.

Bars that end at one moment are shown together. Every valid signal becomes at most one
market order, sent at that moment, so that it trades at the next open of its instrument
at the earliest; what cannot trade there, or finds no bar until the end of the next
session, is canceled. Nothing of a later bar is known when the size is decided.

Where only cash may be spent, a purchase carries a limit: what the cash still pays for,
were every purchase of the moment to cost as much more than its last price. So an
opening gap cancels an order and never overdraws the account.

Units: as in `ai_trading.strategies.strategy`.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.strategies.signals import StrategySignal, generated, refusal
from ai_trading.strategies.strategy import Strategy
from ai_trading.strategies.window import BarWindow, MarketSnapshot, histories

if TYPE_CHECKING:
    from ai_trading._core.sim import Bar
    from ai_trading.backtest.terms import FeeModel, Limits
    from ai_trading.market.source import MarketData
    from ai_trading.strategies.base import BaseStrategy

__all__ = ["SignalStrategy"]


class _Wish(NamedTuple):
    symbol: str
    buys: bool
    quantity: float
    price: float


class SignalStrategy(Strategy):
    """Run a signal-driven strategy in a `Backtest` over bars.

    Parameters
    ----------
    inner : BaseStrategy
        What to run. It takes part from the start of the run, and no longer once it
        deactivates itself.
    data : MarketData
        The bars that the run replays, the same object.
    fees : FeeModel
        What a purchase costs beside its price.
    limits : Limits
        Whether only cash may be spent, and how far a limit may lie from the market.

    Attributes
    ----------
    signals : int
        How many were generated.
    refused : Counter
        How many of them were not acted on, by reason.

    Raises
    ------
    DataError
        If the data holds no bars, or none of a symbol of the strategy.
    """

    def __init__(
        self, inner: BaseStrategy, data: MarketData, fees: FeeModel, limits: Limits
    ) -> None:
        super().__init__(name=inner.name)
        # Recorded with the run, which is the one of this class and these values.
        kind = type(inner)
        self.parameters = {
            "strategy": f"{kind.__module__}:{kind.__qualname__}",
            "strategy_id": inner.strategy_id,
            **inner.parameters,
        }
        if data.kind != "bars":
            msg = f"signals come from bars; {data.source} holds {data.kind}"
            raise DataError(msg)
        missing = [s for s in inner.symbols if s not in data.symbols]
        if missing:
            msg = (
                f"{inner.name} trades {', '.join(missing)}, of which {data.source} has "
                f"no bars; it has {', '.join(data.symbols[:10])}"
            )
            raise DataError(msg)
        self.inner = inner
        self.signals = 0
        self.refused: Counter[str] = Counter()
        self._fees, self._limits = fees, limits
        self._histories = histories(data)
        times = data.records["timestamp"]
        ends = np.flatnonzero(np.diff(times)) + 1
        self._rounds = iter([*ends.tolist(), len(times)])

    def on_start(self) -> None:
        """Take part, with nothing known yet."""
        self.inner.activate()
        self._seen = 0
        self._round_ends = next(self._rounds)
        self._counts = dict.fromkeys(self._histories, 0)
        self._windows: dict[str, BarWindow] = {}
        self._updated: list[str] = []
        self.subscribe(bars=True)

    def on_bar(self, bar: Bar) -> None:
        """Take a bar in; when all of the moment are there, ask and trade."""
        symbol = bar.symbol
        count = self._counts[symbol] = self._counts[symbol] + 1
        chosen = self.inner.symbols
        if not chosen or symbol in chosen:
            self._windows[symbol] = BarWindow(self._histories[symbol], count)
            self._updated.append(symbol)
        self._seen += 1
        if self._seen < self._round_ends:
            return
        self._round_ends = next(self._rounds, 0)
        updated, self._updated = tuple(self._updated), []
        if updated and self.inner.is_active:
            self._act(MarketSnapshot(self._windows, bar.timestamp, updated))

    def _act(self, market: MarketSnapshot) -> None:
        wishes = []
        value = None
        for signal in self._generate(market):
            self.signals += 1
            if not self.inner.validate_signal(signal):
                self.refused[refusal(signal) or "not_valid"] += 1
                continue
            if value is None:
                value = float(self.value)
            wish = self._wish(signal, value)
            if wish is not None:
                wishes.append(wish)
        if wishes:
            self._send(wishes)

    def _generate(self, market: MarketSnapshot) -> list[StrategySignal]:
        return generated(self.name, self.inner.generate_signals(market))

    def _wish(self, signal: StrategySignal, value: float) -> _Wish | None:
        symbol = signal.symbol
        position = self.position(symbol)
        size = self.inner.calculate_position_size(signal, value, position)
        quantity = self._quantity(signal, size)
        if quantity == 0:
            self.refused["no_size"] += 1
            return None
        return _Wish(symbol, signal.is_buy, quantity, self.price(symbol))

    def _quantity(self, signal: StrategySignal, size: float) -> float:
        try:
            number = float(size)
        except (TypeError, ValueError):
            number = math.nan
        if signal.is_sell and number < 0:
            number = -number  # a sale may be written with its sign
        if not math.isfinite(number) or number < 0:
            msg = (
                f"{self.name}.calculate_position_size must return the units to trade "
                f"on the signal's side, 0 or more; received {size!r} for a signal to "
                f"{signal.side} {signal.symbol}"
            )
            raise ArgumentError(msg)
        lot = float(self.instrument(signal.symbol).lot_size)
        # A product of floats a hair below a lot is that lot.
        return math.floor(number / lot + 1e-9) * lot

    def _send(self, wishes: list[_Wish]) -> None:
        for wish in wishes:
            if not wish.buys:
                self.sell(wish.symbol, wish.quantity, immediate=True)
        buys = [wish for wish in wishes if wish.buys]
        room = self._room(buys) if buys and self._limits.cash_only else None
        for wish in buys:
            limit = None if room is None else self._limit(wish, room)
            self.buy(wish.symbol, wish.quantity, limit, immediate=True)

    def _room(self, buys: list[_Wish]) -> float | None:
        """How much dearer, as a fraction, all that cash can pay for may become."""
        fees = self._fees
        share = 1 + max(0.0, float(fees.taker_bps), float(fees.maker_bps)) / 1e4
        per_unit = max(0.0, float(fees.taker_per_share), float(fees.maker_per_share))
        per_order = max(0.0, float(fees.per_order))
        left, spent = float(self.cash), 0.0
        for wish in buys:
            multiplier = float(self.instrument(wish.symbol).multiplier)
            cost = wish.quantity * multiplier * wish.price * share
            extra = wish.quantity * per_unit + per_order
            if cost + extra <= left - spent:
                spent += cost
                left -= extra
        # Without a purchase that fits, the gate has the word.
        room = left / spent - 1 if spent else 0.0
        collar = self._limits.price_collar
        return room if collar is None else min(room, float(collar))

    def _limit(self, wish: _Wish, room: float) -> float:
        instrument = self.instrument(wish.symbol)
        step = instrument.price_increment or instrument.tick_size
        highest = wish.price * (1 + room) / float(step)
        # Down to the grid, but never below the last price by a rounding alone.
        steps = math.floor(highest + 1e-9)
        return instrument.price(instrument.to_ticks(step * steps))
