"""A parent order that has been worked: what was wanted, when, and every fill of it.

This is what an analysis begins with. It comes from the records of a run or from an
order manager (`ai_trading.execution.tca.sources`), or from one's own records of any
broker (`WorkedParent.of`).

Units: prices in ticks and quantities in lots of the instrument, fees in 1e-9 currency
units, times in UTC nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading.core.clock import LAST_NS, ns_to_iso
from ai_trading.core.enums import Liquidity, OrderSide
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import Number, decimal, instance, items, scaled, whole
from ai_trading.core.instrument import Instrument
from ai_trading.core.records import FEE_SCALE, LIQUIDITY, liquidity_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


__all__ = ["EXECUTION", "WorkedParent", "passive"]

EXECUTION: Final = np.dtype(
    [
        ("timestamp", "i8"),
        ("price", "i8"),
        ("quantity", "i8"),
        ("fee", "i8"),
        ("rested", "i8"),
        ("child", "i8"),
        ("liquidity", "u1"),
    ]
)
"""One fill. `rested` is how long its order had been at the venue, -1 where nobody says;
`child` tells the orders of one parent apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkedParent:
    """One parent and its fills.

    Parameters
    ----------
    parent_id : str
        Its name in tables.
    instrument : Instrument
    side : OrderSide
    quantity : int
        Lots wanted.
    algorithm : str
        What worked it; peers are told apart by it.
    start_ns, end_ns : int
        The interval it was to be worked in.
    fills : ndarray of EXECUTION
        In time order.
    done_ns : int, default 0
        When nothing more was sent; `end_ns` where it is 0.
    decided_ns : int, optional
        When it was decided; the market then is the decision price unless `decision`
        says another. By default the start, so there is no delay.
    decision, arrival, end_price : Decimal, optional
        Prices at the decision, at the start, and when it was done, which values what
        was not filled; where nobody knows them the market data says.
    children : int, default 0
        Orders sent; those with fills where it is 0.
    schedule : tuple of (int, int)
        Time and lots of each slice, where there was a schedule.
    venues : tuple of str, optional
        Where each fill was traded; by default the instrument's venue.
    key : str, optional
        Parents with one key are the same wish, worked by different algorithms. By
        default symbol, side, quantity, start and end.

    Raises
    ------
    DataError
        If fills are out of time order, before the start, not positive, or more than was
        wanted.
    ArgumentError
        If a term is outside its domain.
    """

    parent_id: str
    instrument: Instrument
    side: OrderSide
    quantity: int
    algorithm: str
    start_ns: int
    end_ns: int
    fills: NDArray[np.void]
    done_ns: int = 0
    decided_ns: int | None = None
    decision: Decimal | None = None
    arrival: Decimal | None = None
    end_price: Decimal | None = None
    children: int = 0
    schedule: tuple[tuple[int, int], ...] = ()
    venues: tuple[str, ...] = ()
    key: str = ""

    def __post_init__(self) -> None:
        instance("instrument", self.instrument, Instrument, "Instrument('AAPL')")
        for name in ("start_ns", "end_ns"):
            whole(name, getattr(self, name), -LAST_NS, LAST_NS)
        if self.decided_ns is not None:
            whole("decided_ns", self.decided_ns, -LAST_NS, LAST_NS)
        if self.quantity < 1:
            msg = f"a parent must want one lot or more; received {self.quantity!r}"
            raise ArgumentError(msg)
        if self.end_ns < self.start_ns:
            msg = (
                f"{self._name()} would end before it starts: "
                f"{ns_to_iso(self.end_ns)} is before {ns_to_iso(self.start_ns)}"
            )
            raise ArgumentError(msg)
        if self.decided_ns is not None and self.decided_ns > self.start_ns:
            msg = (
                f"{self._name()} was decided at {ns_to_iso(self.decided_ns)}, after "
                f"its start at {ns_to_iso(self.start_ns)}; a decision comes first"
            )
            raise ArgumentError(msg)
        for what in ("decision", "arrival", "end_price"):
            price = getattr(self, what)
            if price is not None and not price > 0:
                msg = f"{what} must be a price above 0; received {price}"
                raise ArgumentError(msg)
        self._check_fills()
        if not self.children:
            object.__setattr__(self, "children", len(np.unique(self.fills["child"])))
        if not self.done_ns:
            object.__setattr__(self, "done_ns", self.end_ns)
        if not self.key:
            object.__setattr__(self, "key", self._usual_key())

    def _check_fills(self) -> None:
        fills = self.fills
        if fills.ndim != 1 or fills.dtype != EXECUTION:
            msg = (
                f"fills of {self._name()} must be a one-dimensional array of "
                f"EXECUTION; received {fills.ndim} dimensions of {fills.dtype}. "
                "WorkedParent.of makes one"
            )
            raise ArgumentError(msg)
        times = fills["timestamp"]
        late = np.flatnonzero(times[1:] < times[:-1])
        if late.size:
            row = int(late[0]) + 1
            msg = (
                f"fill {row} of {self._name()} is at {ns_to_iso(times[row])}, before "
                f"the one in front of it at {ns_to_iso(times[row - 1])}; sort the "
                "fills by time"
            )
            raise DataError(msg)
        if times.size and times[0] < self.start_ns:
            msg = (
                f"{self._name()} has a fill at {ns_to_iso(times[0])}, before its "
                f"start at {ns_to_iso(self.start_ns)}; do the times have one zone?"
            )
            raise DataError(msg)
        wrong = np.flatnonzero((fills["quantity"] < 1) | (fills["price"] < 1))
        if wrong.size:
            row = int(wrong[0])
            msg = (
                f"fill {row} of {self._name()} is {fills['quantity'][row]} lots at "
                f"{fills['price'][row]} ticks; both must be 1 or more. Take a busted "
                "fill out together with what undid it"
            )
            raise DataError(msg)
        if self.venues and len(self.venues) != len(fills):
            msg = (
                f"venues of {self._name()} must name one for each of its {len(fills)} "
                f"fills; received {len(self.venues)}"
            )
            raise ArgumentError(msg)
        if self.filled > self.quantity:
            msg = (
                f"{self._name()} filled {self.filled} lots of {self.quantity} wanted; "
                "count an overfill as wanted, or leave it out"
            )
            raise DataError(msg)

    @classmethod
    def of(
        cls,
        instrument: Instrument,
        side: OrderSide | str,
        quantity: Number,
        fills: Iterable[Sequence[Any]],
        *,
        start_ns: int,
        end_ns: int,
        algorithm: str = "manual",
        parent_id: str = "1",
        decision: Number | None = None,
        arrival: Number | None = None,
        end_price: Number | None = None,
        **more: Any,
    ) -> WorkedParent:
        """Make one from plain numbers.

        Parameters
        ----------
        instrument : Instrument
        side : OrderSide or str
        quantity : number
            Wanted.
        fills : iterable of (time_ns, quantity, price[, fee[, liquidity[, venue]]])
            In time order; liquidity as ``"maker"`` or ``"taker"``, the venue by default
            the instrument's.
        start_ns, end_ns, algorithm, parent_id, decision, arrival, end_price, **more
            As the class takes them.

        Raises
        ------
        ArgumentError, DataError
            As the class, and if a number is off the instrument's grid.

        Examples
        --------
        >>> from ai_trading.core.instrument import Instrument
        >>> parent = WorkedParent.of(Instrument("XYZ"), "buy", 1000,
        ...     [(60, 700, "10.07", 14)], start_ns=0, end_ns=100, arrival="10.05")
        >>> parent.filled, parent.value
        (700, Decimal('7049.0000'))
        """
        rows, venues, any_named = [], [], False
        instance("instrument", instrument, Instrument, "Instrument('AAPL')")
        given = items("fills", fills, "[(time_ns, 100, 10.05)]")
        for number, fill in enumerate(given):
            if not (isinstance(fill, Sequence) and 3 <= len(fill) <= 6):
                msg = (
                    "a fill is (time_ns, quantity, price), with fee, liquidity and "
                    f"venue after them where known; received {fill!r}"
                )
                raise ArgumentError(msg)
            time, size, price, *rest = fill
            any_named |= len(rest) > 2
            venues.append(str(rest[2]) if len(rest) > 2 else instrument.venue)
            rows.append(
                (
                    whole("the time of a fill", time, -LAST_NS, LAST_NS),
                    instrument.to_ticks(price),
                    instrument.to_lots(size),
                    scaled("fee", rest[0], FEE_SCALE) if rest else 0,
                    -1,
                    number,
                    liquidity_code(rest[1] if len(rest) > 1 else Liquidity.NONE),
                )
            )
        return cls(
            parent_id=parent_id,
            instrument=instrument,
            side=_side(side),
            quantity=instrument.to_lots(quantity),
            algorithm=algorithm,
            start_ns=start_ns,
            end_ns=end_ns,
            fills=np.array(rows, EXECUTION),
            venues=tuple(venues) if any_named else (),
            decision=None if decision is None else decimal("decision", decision),
            arrival=None if arrival is None else decimal("arrival", arrival),
            end_price=None if end_price is None else decimal("end_price", end_price),
            **more,
        )

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.instrument.symbol

    @property
    def fill_venues(self) -> tuple[str, ...]:
        """Where each fill was traded."""
        return self.venues or (self.instrument.venue,) * len(self.fills)

    @property
    def filled(self) -> int:
        """Lots traded."""
        return sum(self.fills["quantity"].tolist())

    @property
    def value(self) -> Decimal:
        """Currency units traded, exact."""
        return self.tick_lots * self.unit

    @property
    def fees(self) -> Decimal:
        """Paid, rebates taken off; exact to 1e-9."""
        return Decimal(sum(self.fills["fee"].tolist())) / FEE_SCALE

    @property
    def tick_lots(self) -> int:
        """Price times quantity, summed over the fills."""
        prices, lots = self.fills["price"].tolist(), self.fills["quantity"].tolist()
        return sum(price * many for price, many in zip(prices, lots, strict=True))

    @property
    def unit(self) -> Decimal:
        """Currency units of one tick-lot."""
        of = self.instrument
        return of.tick_size * of.lot_size * of.multiplier

    @property
    def average_price(self) -> float:
        """Of its fills, without fees; NaN before any."""
        filled = self.filled
        if not filled:
            return float("nan")
        up, down = self.instrument.tick_size.as_integer_ratio()
        return self.tick_lots * up / (filled * down)

    def _name(self) -> str:
        return f"parent {self.parent_id} ({self.side} {self.instrument.symbol})"

    def _usual_key(self) -> str:
        return (
            f"{self.symbol} {self.side} {self.quantity} {self.start_ns} {self.end_ns}"
        )


def _side(side: OrderSide | str) -> OrderSide:
    try:
        return OrderSide(side)
    except ValueError:
        msg = f"side must be one of {', '.join(OrderSide)}; received {side!r}"
        raise ArgumentError(msg) from None


def passive(fills: NDArray[np.void]) -> NDArray[np.bool_]:
    """Return which fills had waited at the venue."""
    codes = [code for code, word in LIQUIDITY.items() if word is Liquidity.MAKER]
    waited: NDArray[np.bool_] = np.isin(fills["liquidity"], codes)
    return waited
