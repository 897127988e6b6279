"""A parent order as its owner sees it: a growing sequence of its children's ids.

The core keeps the parent (``_core.algo``); this is a window on it. Whatever works it, a
session of a backtest or an order manager, hands over the few calls below.

Units: quantities and prices as decimals of the instrument, times in UTC nanoseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import decimal, real

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_trading.core.enums import OrderSide
    from ai_trading.core.instrument import Instrument

__all__ = ["ParentOrder", "ParentSource", "span_ns"]

_MINUTE = 60_000_000_000
_AUCTION = (None, "sent", "absent", "refused")
_Id = TypeVar("_Id")
_Id_co = TypeVar("_Id_co", covariant=True)


def span_ns(
    now: int, start: int | None, end: int | None, minutes: float | None
) -> tuple[int, int]:
    """Return when a parent begins and ends: now, and an hour later, where unsaid.

    Raises
    ------
    ArgumentError
        If both an end and minutes are given, one of them is no number, or it would end
        before it begins.
    """
    if end is not None and minutes is not None:
        msg = f"give end or minutes, not both; received {end!r} and {minutes!r}"
        raise ArgumentError(msg)
    for name, value in (("start", start), ("end", end), ("minutes", minutes)):
        if value is not None:
            real(name, value)
    first = now if start is None else int(decimal("start", start))
    length = decimal("minutes", 60 if minutes is None else minutes)
    last = first + round(length * _MINUTE) if end is None else int(decimal("end", end))
    if not max(first, now) < last < 2**63:
        msg = (
            "a parent must end after it begins, after now and before the year 2262; "
            f"it would end at {last}"
        )
        raise ArgumentError(msg)
    return first, last


class ParentSource(Protocol[_Id_co]):
    """Where a parent is worked."""

    def children(self, parent: int) -> Sequence[_Id_co]:
        """Return the ids of a parent's children, oldest first."""
        ...

    def record(self, parent: int) -> Any:
        """Return the parent's ``work_dtype`` row."""
        ...

    def slices(self, parent: int) -> list[tuple[int, int]]:
        """Return its schedule: (time, lots); empty before it begins."""
        ...

    def refusals(self, parent: int) -> Iterable[str]:
        """Return why children were refused, once for each that was."""
        ...

    def stop(self, parent: int) -> None:
        """Ask for its end."""


class ParentOrder(Sequence[_Id], Generic[_Id]):
    """A parent order at work.

    As a sequence it holds the ids of the children sent so far, oldest first, and grows.

    Attributes
    ----------
    parent_id : int
    instrument : Instrument
    side : OrderSide
    quantity : Decimal
    algorithm : str
    benchmark : Decimal or None
        The price it was decided at, where somebody said.
    """

    __slots__ = (
        "_source",
        "algorithm",
        "benchmark",
        "instrument",
        "parent_id",
        "quantity",
        "side",
    )

    def __init__(
        self,
        source: ParentSource[_Id],
        parent_id: int,
        instrument: Instrument,
        *,
        side: OrderSide,
        quantity: Decimal,
        algorithm: str,
    ) -> None:
        self._source = source
        self.parent_id = parent_id
        self.instrument = instrument
        self.side = side
        self.quantity = quantity
        self.algorithm = algorithm
        self.benchmark: Decimal | None = None

    @overload
    def __getitem__(self, index: int) -> _Id: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_Id]: ...
    def __getitem__(self, index: int | slice) -> _Id | Sequence[_Id]:
        return self._source.children(self.parent_id)[index]

    def __len__(self) -> int:
        return len(self._source.children(self.parent_id))

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.instrument.symbol

    @property
    def filled(self) -> Decimal:
        """What its children traded."""
        return self._quantity("filled")

    @property
    def working(self) -> Decimal:
        """What its child may still trade."""
        return self._quantity("working")

    @property
    def shortfall(self) -> Decimal:
        """What is neither traded nor at work; final once it is done."""
        return self._quantity("shortfall")

    @property
    def is_done(self) -> bool:
        """Whether it will send nothing more."""
        return bool(self._row["done"])

    @property
    def slices(self) -> tuple[tuple[int, Decimal], ...]:
        """Its schedule, (time, quantity); empty before it begins, and for pov and such.

        An adaptive one is bent as volume comes; this is what it began with.
        """
        rows = self._source.slices(self.parent_id)
        return tuple((at, self.instrument.to_quantity(lots)) for at, lots in rows)

    @property
    def average_price(self) -> float | None:
        """Average price traded, without fees; None before any."""
        row = self._row
        if not row["filled"]:
            return None
        return self._price(row["filled_value"] / row["filled"])

    @property
    def arrival_price(self) -> float | None:
        """Middle of the touch when it began, or the last price; None before."""
        twice = int(self._row["arrival_twice"])
        return self._price(twice / 2) if twice else None

    @property
    def market_volume(self) -> Decimal:
        """What the market traded between its start and its end."""
        return self._quantity("market_volume")

    @property
    def interval_vwap(self) -> float | None:
        """Average price of that volume; of bars, by their typical price."""
        row = self._row
        if not row["market_volume"]:
            return None
        return self._price(row["market_value"] / row["market_volume"])

    @property
    def auction(self) -> str | None:
        """What came of the part left for the closing auction.

        ``"sent"``; ``"absent"`` where the venue has none, and all was scheduled before
        the end; ``"refused"`` where the venue refused the order and the rest went as
        `completion` says; None where there was nothing to send, or not yet.
        """
        return _AUCTION[int(self._row["auction"])]

    @property
    def messages(self) -> int:
        """Orders, replaces and cancels sent."""
        return int(self._row["messages"])

    @property
    def refused(self) -> dict[str, int]:
        """Why children were refused, by the gate or the venue, and how often each.

        What a refused child was to trade is sent again with the next slice.
        """
        return dict(Counter(self._source.refusals(self.parent_id)))

    def slippage_bps(self, benchmark: float | None) -> float | None:
        """Return what it paid beyond a price, in basis points of it; fees left out.

        Parameters
        ----------
        benchmark : float or None
            Such as `arrival_price` or `interval_vwap`.
        """
        average = self.average_price
        if average is None or not benchmark:
            return None
        return self.side.sign * (average - benchmark) / benchmark * 1e4

    def cancel(self) -> None:
        """Ask for its end: the child is canceled, the rest becomes shortfall."""
        self._source.stop(self.parent_id)

    def to_dict(self) -> dict[str, Any]:
        """Return everything about it in plain values."""
        row = self._row
        return {
            "parent_id": self.parent_id,
            "symbol": self.symbol,
            "side": str(self.side),
            "algorithm": self.algorithm,
            "start_ns": int(row["start"]),
            "end_ns": int(row["end"]),
            "done_ns": int(row["done"]),
            "quantity": str(self.quantity),
            "filled": str(self.filled),
            "working": str(self.working),
            "shortfall": str(self.shortfall),
            "children": len(self),
            "messages": self.messages,
            "refused": self.refused,
            "average_price": self.average_price,
            "arrival_price": self.arrival_price,
            "interval_vwap": self.interval_vwap,
            "market_volume": str(self.market_volume),
            "auction": self.auction,
            "arrival_slippage_bps": self.slippage_bps(self.arrival_price),
            "vwap_slippage_bps": self.slippage_bps(self.interval_vwap),
        }

    def __repr__(self) -> str:
        refused = ", ".join(f"{n} {reason}" for reason, n in self.refused.items())
        return (
            f"<ParentOrder {self.parent_id} {self.algorithm} {self.side} "
            f"{self.quantity} {self.symbol}: {self.filled} filled, {self.working} "
            f"working, {len(self)} children{refused and f', refused: {refused}'}>"
        )

    @property
    def _row(self) -> Any:
        return self._source.record(self.parent_id)

    def _quantity(self, name: str) -> Decimal:
        return self.instrument.to_quantity(int(self._row[name]))

    def _price(self, ticks: float) -> float:
        return float(ticks) * float(self.instrument.tick_size)
