"""Fills of single orders against a state of the market, without an order book.

For strategies on daily data, for pre-trade estimates and for tests of what sits above:
where there is an order book, the venues of the backtest say more.

Units: slippage in basis points of the price, positive against the order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.enums import OrderSide, OrderType, TimeInForce
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance, whole
from ai_trading.core.instrument import Instrument
from ai_trading.execution.impact.models import (
    Combined,
    ImpactModel,
    MarketState,
    SpreadShare,
    SquareRoot,
    bounded,
)
from ai_trading.execution.order import Order

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["FillSimulator", "SimulatedFill", "SlippageModel"]

_BPS = 1e4
_HALVINGS = 60
_AUCTIONS = frozenset({TimeInForce.AT_THE_OPEN, TimeInForce.AT_THE_CLOSE})


def _default_impact() -> ImpactModel:
    return Combined((SpreadShare(), SquareRoot()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlippageModel:
    """What an order slips by: expected impact, and noise around it.

    Parameters
    ----------
    impact : ImpactModel, optional
        By default half the spread plus the square-root law.
    noise : float, default 0
        Standard deviation of a fill around the expectation, in basis points.
    seed : int, default 0
        Of the noise.

    Raises
    ------
    ArgumentError
        If `impact` is no model or `noise` is negative.

    Examples
    --------
    >>> market = MarketState(price=50, daily_volume=1e6, volatility=0.02, spread=0.02)
    >>> round(SlippageModel().expected_bps(10_000, market), 9)
    22.0
    """

    impact: ImpactModel = field(default_factory=_default_impact)
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        given: object = self.impact
        if not isinstance(given, ImpactModel):
            msg = f"impact must have a method bps; received {given!r}"
            raise ArgumentError(msg)
        bounded("noise", self.noise)
        whole("seed", self.seed, -(2**63), 2**64 - 1)

    def expected_bps(
        self, quantity: float, market: MarketState, *, duration: float = 1.0
    ) -> float:
        """Return the expected slippage of an order, in basis points of the price."""
        return self.impact.bps(bounded("quantity", quantity), market, duration=duration)

    def draw_bps(
        self, quantity: float, market: MarketState, key: str, *, duration: float = 1.0
    ) -> float:
        """Return one drawn slippage; the same seed and key draw the same.

        Parameters
        ----------
        quantity, market, duration
            As for `expected_bps`.
        key : str
            Names the draw, such as an order's id: another order changes nothing in it.
        """
        return self.expected_bps(quantity, market, duration=duration) + self._drawn(key)

    def _drawn(self, key: str) -> float:
        if not self.noise:
            return 0.0
        words = hashlib.blake2b(f"{self.seed}/{key}".encode(), digest_size=16).digest()
        generator = np.random.default_rng(int.from_bytes(words, "little"))
        return float(self.noise * generator.standard_normal())

    def price(
        self,
        side: OrderSide | str,
        quantity: float,
        market: MarketState,
        *,
        key: str = "",
        duration: float = 1.0,
    ) -> float:
        """Return the price of a fill: higher for a buy, lower for a sale.

        Parameters
        ----------
        side : OrderSide or str
        quantity, market, key, duration
            As for `draw_bps`.

        Raises
        ------
        ArgumentError
            If an argument is outside its domain.
        """
        slipped = self.draw_bps(quantity, market, key, duration=duration)
        return _slipped(market.price, _sign(side), slipped)


@dataclass(frozen=True, slots=True)
class SimulatedFill:
    """What came of an order.

    Attributes
    ----------
    quantity : Decimal
        Filled; the rest of the order is left.
    price : Decimal
        On the tick grid where the instrument is known.
    slippage_bps : float
        Of the price against the market's, positive against the order.
    """

    quantity: Decimal
    price: Decimal
    slippage_bps: float


@dataclass(slots=True, kw_only=True)
class FillSimulator:
    """Fills orders one at a time.

    Parameters
    ----------
    slippage : SlippageModel, optional
        Carries the seed.
    participation : float, default 0.1
        Largest part of the volume of the duration that an order may be.
    duration : float, default 1
        Trading days an order is worked; bounds what it may fill.

    Raises
    ------
    ArgumentError
        If a bound is not above 0, or `participation` above 1.

    Notes
    -----
    A market order fills at the slipped price, up to `participation` of the volume. A
    limit order fills only what its limit allows: if the price would slip beyond it, as
    much as keeps the price within. One whose limit the market has not reached is not
    filled: nothing shows that it would trade.

    The noise of a fill is drawn by its symbol and its number among that symbol's fills,
    so the same seed and the same orders give the same fills, and orders in other
    symbols change nothing.

    Examples
    --------
    >>> from ai_trading.execution.order import Order
    >>> market = MarketState(price=50, daily_volume=1e6, volatility=0.02, spread=0.02)
    >>> fill = FillSimulator().fill(Order("XYZ", "buy", 10_000), market)
    >>> fill.quantity, fill.price
    (Decimal('10000'), Decimal('50.11'))
    """

    slippage: SlippageModel = field(default_factory=SlippageModel)
    participation: float = 0.1
    duration: float = 1.0
    _counts: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        instance("slippage", self.slippage, SlippageModel, "SlippageModel()")
        bounded("duration", self.duration, above=0)
        if bounded("participation", self.participation, above=0) > 1:
            msg = f"participation must not exceed 1; received {self.participation!r}"
            raise ArgumentError(msg)

    def fill(
        self, order: Order, market: MarketState, *, instrument: Instrument | None = None
    ) -> SimulatedFill | None:
        """Return what of an order fills now, or None; the order is not changed.

        Parameters
        ----------
        order : Order
            Market or limit; what is left of it is filled. One that must fill whole
            (``"fok"``, all-or-none) or by a minimum is not filled by less.
        market : MarketState
            As it is now.
        instrument : Instrument, optional
            Rounds quantities down to lots, and prices to ticks against the order.

        Raises
        ------
        ArgumentError
            If the order is of another type, for an auction, or done.
        """
        instance("order", order, Order, "Order('AAPL', 'buy', 100)")
        instance("market", market, MarketState)
        if instrument is not None:
            instance("instrument", instrument, Instrument, "Instrument('AAPL')")
        if order.order_type not in {OrderType.MARKET, OrderType.LIMIT}:
            msg = (
                f"FillSimulator fills market and limit orders; received "
                f"{order.order_type}. Use a backtest, which has a matching engine"
            )
            raise ArgumentError(msg)
        if order.time_in_force in _AUCTIONS or not order.is_active:
            msg = (
                "FillSimulator fills orders that trade at once and are not done; "
                f"received {order!r}, {order.time_in_force}"
            )
            raise ArgumentError(msg)
        number = self._counts.get(order.symbol, 0)
        self._counts[order.symbol] = number + 1
        sign = _sign(order.side)
        noise = self.slippage._drawn(f"{order.symbol}/{number}")
        room = self.participation * market.daily_volume * self.duration
        wanted = _lots(min(order.remaining_quantity, Decimal(str(room))), instrument)
        limit = order.price

        def priced(quantity: Decimal) -> Decimal:
            expected = self.slippage.expected_bps(
                float(quantity), market, duration=self.duration
            )
            return _ticks(
                _slipped(market.price, sign, expected + noise), sign, instrument
            )

        def within(quantity: Decimal) -> bool:
            return limit is None or sign * (limit - priced(quantity)) >= 0

        quantity = wanted if within(wanted) else _most(within, wanted, instrument)
        if quantity <= 0 or quantity < _least(order):
            return None
        price = priced(quantity)
        slipped = sign * (float(price) / market.price - 1) * _BPS
        return SimulatedFill(quantity, price, slipped)


def _least(order: Order) -> Decimal:
    """The smallest quantity by which an order may be filled now."""
    left = order.remaining_quantity
    whole_only = order.time_in_force is TimeInForce.FILL_OR_KILL
    if whole_only or order.terms.get("all_or_none"):
        return left
    return min(left, Decimal(str(order.terms.get("minimum", 0))))


def _most(
    within: Callable[[Decimal], bool], wanted: Decimal, instrument: Instrument | None
) -> Decimal:
    """The largest quantity that a limit allows; impact grows with the quantity."""
    low, high = Decimal(0), wanted
    for _ in range(_HALVINGS):
        middle = _lots((low + high) / 2, instrument)
        if middle in {low, high}:
            break
        if within(middle):
            low = middle
        else:
            high = middle
    return low


def _lots(quantity: Decimal, instrument: Instrument | None) -> Decimal:
    step = Decimal(1) if instrument is None else instrument.lot_size
    return quantity // step * step


def _ticks(price: float, sign: int, instrument: Instrument | None) -> Decimal:
    """On the grid, rounded against the order; without an instrument to 1e-9."""
    step = Decimal("1e-9") if instrument is None else instrument.tick_size
    steps = Decimal(repr(price)) / step
    # A float's last digit must not cost a tick.
    nearest = steps.to_integral_value()
    if abs(steps - nearest) < Decimal("1e-6"):
        return (nearest * step).normalize() + 0
    whole = steps.to_integral_value(ROUND_CEILING if sign > 0 else ROUND_FLOOR)
    return max(whole * step, step).normalize() + 0


def _slipped(price: float, sign: int, bps: float) -> float:
    return max(price * (1 + sign * bps / _BPS), 0.0)


def _sign(side: OrderSide | str) -> int:
    try:
        return 1 if OrderSide(side) is OrderSide.BUY else -1
    except ValueError:
        msg = f"side must be one of {', '.join(OrderSide)}; received {side!r}"
        raise ArgumentError(msg) from None
