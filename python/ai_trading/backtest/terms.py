"""What a run assumes of the world: delays, fees, limits, and how orders fill.

Small frozen values, checked when they are made and turned into the core's whole numbers
in one place.

Units: delays in nanoseconds; fees in currency units per unit of quantity and in basis
points of value; limits in units of quantity and currency.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

from ai_trading.backtest.impact import MarketImpact
from ai_trading.backtest.latency import Delay, Latency, Load
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, decimal, instance, one_of, real, scaled, whole
from ai_trading.execution.fees import FeeSchedule

__all__ = [
    "BarFills",
    "BarPath",
    "Delay",
    "FeeModel",
    "Latency",
    "LevelFills",
    "Limits",
    "Load",
    "MarketImpact",
    "QueueName",
    "decimal",
    "scaled",
]

QueueName: TypeAlias = Literal[
    "risk_averse",
    "trades",
    "power",
    "log",
    "sizes",
    "front",
    "shrink",
    "through",
    "touch",
]
BarPath: TypeAlias = Literal["low_first", "high_first", "nearest_first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeModel:
    """What the venue charges for a fill; a negative rate is a rebate.

    Parameters
    ----------
    maker_per_share, taker_per_share : number, default 0
        Currency units per unit of quantity, to 1e-9.
    maker_bps, taker_bps : number, default 0
        Basis points of the traded value, to 1e-5.
    per_order : number, default 0
        Charged with the first fill of an order, to 1e-9.
    schedule : FeeSchedule, optional
        A table of fees, charged on top of the rates above.

    Raises
    ------
    ArgumentError
        If a rate is not finite or finer than the core counts.
    """

    maker_per_share: Number = 0
    taker_per_share: Number = 0
    maker_bps: Number = 0
    taker_bps: Number = 0
    per_order: Number = 0
    schedule: FeeSchedule | None = None

    def __post_init__(self) -> None:
        self.to_core()

    def to_core(self) -> dict[str, Any]:
        """Return the rates in 1e-9 currency units and in parts per billion."""
        table = self.schedule
        if table is not None:
            instance("schedule", table, FeeSchedule, "FeeSchedule.named(...)")
        return {
            "maker_per_unit": scaled("maker_per_share", self.maker_per_share, 10**9),
            "taker_per_unit": scaled("taker_per_share", self.taker_per_share, 10**9),
            "maker_of_value": scaled("maker_bps", self.maker_bps, 10**5),
            "taker_of_value": scaled("taker_bps", self.taker_bps, 10**5),
            "per_order_fee": scaled("per_order", self.per_order, 10**9),
            "fee_lines": [] if table is None else table.to_core(),
            "prior_units": 0 if table is None else table.prior_quantity,
            "prior_value": 0 if table is None else table.prior_value,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the gate lets through; None means that there is no such limit.

    Parameters
    ----------
    max_order_quantity : number, optional
        Units of quantity in one order.
    max_order_notional : number, optional
        Value of one order in currency units.
    max_position : number, optional
        Absolute position per instrument, working orders included.
    price_collar : number, default 0.1
        How far a limit price may lie from the last known price, as a fraction of it.
    cash_only : bool, default False
        Refuse what cash cannot pay for, and short selling.

    Raises
    ------
    ArgumentError
        If a limit is not a positive number.
    """

    max_order_quantity: Number | None = None
    max_order_notional: Number | None = None
    max_position: Number | None = None
    price_collar: Number | None = Decimal("0.1")
    cash_only: bool = False

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "cash_only":
                instance(item.name, value, bool, "True")
                continue
            if value is None:
                continue
            if decimal(item.name, value) <= 0:
                msg = (
                    f"{item.name} must be above 0, or None for no limit; received "
                    f"{value!r}"
                )
                raise ArgumentError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFills:
    """How orders trade where only bars are known. Conservative unless told otherwise.

    Parameters
    ----------
    volume_cap : number or None, default 1
        Largest share of a bar's volume that our orders may trade; None: no cap, and
        bars without volume fill too.
    half_spread_ticks : int, default 0
        Paid by orders that trade at an open, in ticks.
    touch_fills : bool, default False
        Let a resting limit order trade where the bar only reached its price instead of
        going through it.
    path : {"low_first", "high_first", "nearest_first"}, default "low_first"
        Which end of a bar was visited first, the nearest being that nearer to the open:
        whose orders, buys or sells, come first and have the first claim on the volume.
    """

    volume_cap: Number | None = 1
    half_spread_ticks: int = 0
    touch_fills: bool = False
    path: BarPath = "low_first"

    def __post_init__(self) -> None:
        if self.volume_cap is not None and not (
            0 < decimal("volume_cap", self.volume_cap) <= 1
        ):
            msg = (
                "volume_cap must lie above 0 and not above 1, or be None; received "
                f"{self.volume_cap!r}"
            )
            raise ArgumentError(msg)
        whole("half_spread_ticks", self.half_spread_ticks)
        instance("touch_fills", self.touch_fills, bool, "True")
        one_of("path", self.path, get_args(BarPath))

    def to_core(self) -> dict[str, int | bool]:
        """Return the model in the core's units."""
        cap = self.volume_cap
        return {
            "volume_cap_ppm": 0
            if cap is None
            else max(1, int(Decimal(str(cap)) * 10**6)),
            "half_spread": self.half_spread_ticks,
            "touch_fills": self.touch_fills,
            "path": get_args(BarPath).index(self.path),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFills:
    """How our place in a queue is estimated where only the total at a price is known.

    Conservative unless told otherwise. ``ai-trading validate fills`` measures every
    model on your own order-by-order data.

    Parameters
    ----------
    queue : str, default "risk_averse"
        Where others cancel: ``"risk_averse"`` behind us until less is left than was
        ahead; ``"trades"`` always behind; ``"power"`` and ``"log"`` before us in the
        share ``f(front) / (f(front) + f(back))`` with `f` a power of the quantity or
        ``log(1 + x)`` [1]_ [2]_; ``"sizes"`` behind us if somebody who joined after us
        had that size, else before; ``"front"`` always before. Without a queue:
        ``"through"`` fills only beyond our price, ``"touch"`` with every trade at it.
        ``"shrink"``, for quotes without trades, takes what leaves a level as traded.
    exponent : float, default 3
        Of ``"power"``; 1 spreads cancellations evenly over the queue.
    assumed_ahead : int, optional
        Lots before us where a source shows trades and no levels. Without it that queue
        is unknown, and only trades beyond our price fill us.

    References
    ----------
    .. [1] E. Rigtorp, "Estimating order queue position", 2013.
    .. [2] hftbacktest, "Order Fill", https://hftbacktest.readthedocs.io.
    """

    queue: QueueName = "risk_averse"
    exponent: float = 3
    assumed_ahead: int | None = None

    def __post_init__(self) -> None:
        one_of("queue", self.queue, get_args(QueueName))
        if not 0 < real("exponent", self.exponent) <= 100:
            msg = (
                "exponent must lie above 0 and not above 100; received "
                f"{self.exponent!r}"
            )
            raise ArgumentError(msg)
        if self.assumed_ahead is not None:
            whole("assumed_ahead", self.assumed_ahead, 0, 2**62 - 1, of="lots")

    def to_core(self) -> dict[str, str | float | int]:
        """Return the model in the core's words."""
        return {
            "queue": self.queue,
            "queue_exponent": float(self.exponent),
            "assumed_ahead": -1 if self.assumed_ahead is None else self.assumed_ahead,
        }
