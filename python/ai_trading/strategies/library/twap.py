"""A TWAP buyer: a parent quantity in equal slices, first patient, then certain.

Each slice waits at the bid; what is left at its end is bought at the offer. One order
is at work at a time and none is larger than what is missing, so that the slices sum to
the parent exactly, never to more.

Units: quantities in units, prices and money in currency, times on the exchange's clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ai_trading.core.errors import ArgumentError
from ai_trading.strategies.library.hours import clock_time, instant
from ai_trading.strategies.strategy import Strategy

if TYPE_CHECKING:
    from ai_trading._core.sim import Fill, OrderUpdate, Timer

__all__ = ["TwapBuyer", "TwapReport"]

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TwapReport:
    """How an execution went against the price at which it was decided [1]_.

    Attributes
    ----------
    parent, bought, unfilled : Decimal
        What was wanted, done, and not done; the last two sum to the first.
    passive : Decimal
        The part of `bought` that waited at the bid.
    arrival : float
        Midpoint when the parent began; NaN if it never began.
    average : float or None
        Average price paid, without fees.
    shortfall : float or None
        ``bought * (average - arrival) + fees``: what was paid beyond arrival.
    shortfall_bps : float or None
        The same over ``bought * arrival``, in basis points.
    fees : float
        Rebates taken off.
    orders : int
        How many children were sent.

    References
    ----------
    .. [1] A. Perold, "The Implementation Shortfall: Paper versus Reality", Journal of
       Portfolio Management 14 (1988).
    """

    parent: Decimal
    bought: Decimal
    unfilled: Decimal
    passive: Decimal
    arrival: float
    average: float | None
    shortfall: float | None
    shortfall_bps: float | None
    fees: float
    orders: int

    def __str__(self) -> str:
        done = (
            f"bought {self.bought:,} of {self.parent:,} ({self.passive:,} at the bid)"
        )
        if self.average is None:
            return done
        return (
            f"{done} in {self.orders} orders at {self.average:.4f}, arrival "
            f"{self.arrival:.4f}: shortfall {self.shortfall:,.2f}, "
            f"{self.shortfall_bps:.2f} bps"
        )


class TwapBuyer(Strategy):
    """Buy a quantity evenly over a stretch of time.

    Parameters
    ----------
    name : str, optional
        Name in records and reports.
    symbol : str, optional
        What to buy; the run's only instrument by default.
    quantity : float, default 10,000
        The parent, a multiple of the lot size.
    start : str, default "10:00"
        When it begins.
    minutes : float, default 60
        How long it takes.
    slices : int, default 12
        Into how many equal parts, to the lot.
    timezone : str, default "America/New_York"
        Whose clock `start` is read from.

    Raises
    ------
    ArgumentError
        If a number is not positive or the time is none.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        symbol: str | None = None,
        quantity: float = 10_000,
        start: str = "10:00",
        minutes: float = 60,
        slices: int = 12,
        timezone: str = "America/New_York",
    ) -> None:
        super().__init__(
            name,
            symbol=symbol,
            quantity=quantity,
            start=start,
            minutes=minutes,
            slices=slices,
            timezone=timezone,
        )
        for what, value in (
            ("quantity", quantity),
            ("minutes", minutes),
            ("slices", slices),
        ):
            if not value > 0:
                msg = f"{what} must be above 0; received {value!r}"
                raise ArgumentError(msg)
        self.chosen, self.parent_quantity = symbol, quantity
        self.begin, self.zone = clock_time("start", start), timezone
        self.count, self.minutes = slices, minutes

    def on_start(self) -> None:
        """Cut the parent and set the clock."""
        self.symbol = self._only_symbol() if self.chosen is None else self.chosen
        self.parent = self.instrument(self.symbol).to_lots(self.parent_quantity)
        # Lots that must be bought by the end of each slice; the last is the parent.
        self.targets = [self.parent * k // self.count for k in range(self.count + 1)]
        self.slice = -1  # not begun
        self.lots = self.passive_lots = self.sent = 0
        self.working = 0  # id of the one order at work
        self.crossing = False
        self.paid = self.fees = 0.0
        self.arrival = math.nan
        at = instant(self.now, self.begin, self.zone)
        every = int(self.minutes * 60 * _SECOND / self.count)
        self.beat = self.set_timer(at=at, every=every)

    @property
    def slices(self) -> tuple[Decimal, ...]:
        """What each slice should buy; they sum to the parent."""
        terms = self.instrument(self.symbol)
        pairs = zip(self.targets, self.targets[1:], strict=False)
        return tuple(terms.to_quantity(end - start) for start, end in pairs)

    def on_timer(self, timer: Timer) -> None:
        """A slice ends and the next begins, or a failed purchase is tried again."""
        if timer.number == self.beat:
            if self.slice < 0:
                self.arrival = self.price(self.symbol)
            self.slice += 1
            if self.slice == self.count:
                self.cancel_timer(self.beat)
            if self.working and not self.crossing:
                self.cancel(self.working)  # what it leaves is bought when it has ended
        self._go_on()

    def on_fill(self, fill: Fill) -> None:
        """Count what was bought."""
        lots = self.instrument(self.symbol).to_lots(fill.quantity)
        self.lots += lots
        if fill.liquidity == "maker":
            self.passive_lots += lots
        self.paid += fill.price * fill.quantity
        self.fees += fill.fee
        if self.order(fill.order_id).status.is_terminal:
            self.working = 0
            self._go_on()

    def on_order(self, order: OrderUpdate) -> None:
        """The order at work has ended unfilled: go on, or wait for the market."""
        if not self.order(order.order_id).status.is_terminal:
            return
        failed, self.working = self.crossing or order.status == "rejected", 0
        if failed:
            self.set_timer(after=_SECOND)  # nothing was on offer; ask again
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Send the one order that is due now, if any is."""
        if self.working or self.slice < 0:
            return
        ended = min(self.slice, self.count)
        overdue = self.targets[ended] - self.lots
        if overdue > 0:
            self._send(overdue, None)
        elif ended < self.count:
            bid = self.touch(self.symbol).bid
            if not math.isnan(bid):
                self._send(self.targets[ended + 1] - self.lots, bid)

    def _send(self, lots: int, limit: float | None) -> None:
        if lots <= 0:
            return
        quantity = float(self.instrument(self.symbol).to_quantity(lots))
        self.crossing = limit is None
        self.sent += 1
        self.working = self.buy(self.symbol, quantity, limit, immediate=self.crossing)

    def report(self) -> TwapReport:
        """Return how it went so far; complete after the run."""
        terms = self.instrument(self.symbol)
        bought = terms.to_quantity(self.lots)
        average = shortfall = bps = None
        if self.lots:
            units = float(bought) * float(terms.multiplier)
            average = self.paid / float(bought)
            shortfall = units * (average - self.arrival) + self.fees
            bps = shortfall / (units * self.arrival) * 1e4
        return TwapReport(
            parent=terms.to_quantity(self.parent),
            bought=bought,
            unfilled=terms.to_quantity(self.parent - self.lots),
            passive=terms.to_quantity(self.passive_lots),
            arrival=self.arrival,
            average=average,
            shortfall=shortfall,
            shortfall_bps=bps,
            fees=self.fees,
            orders=self.sent,
        )

    def _only_symbol(self) -> str:
        if len(self.symbols) == 1:
            return self.symbols[0]
        msg = f"symbol must be one of {', '.join(self.symbols[:10])}; received None"
        raise ArgumentError(msg)
