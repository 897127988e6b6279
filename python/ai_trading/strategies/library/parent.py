"""Work one parent order with an algorithm, and say what it cost.

Units: quantities in units, prices in currency, times on the exchange's clock.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_trading.core.clock import ns_to_datetime
from ai_trading.core.errors import ArgumentError
from ai_trading.core.sessions import local_time_ns
from ai_trading.strategies.library.hours import clock_time, instant
from ai_trading.strategies.strategy import Strategy

if TYPE_CHECKING:
    from ai_trading._core.sim import Fill
    from ai_trading.execution.algorithms import Algorithm
    from ai_trading.execution.parents import ParentOrder

__all__ = ["ParentReport", "ParentTrader"]


@dataclass(frozen=True, slots=True)
class ParentReport:
    """What became of a parent; slippage is positive where it cost.

    Attributes
    ----------
    parent : dict
        `ParentOrder.to_dict`.
    passive : float
        Share of what traded that had waited.
    fees : float
        Rebates taken off.
    """

    parent: dict[str, Any]
    passive: float
    fees: float

    def to_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        return {**self.parent, "passive_share": self.passive, "fees": self.fees}


_MOST_MINUTES = 7 * 24 * 60


class ParentTrader(Strategy):
    """Send one parent order at a time of day and leave it to its algorithm.

    Parameters
    ----------
    name : str, optional
        Name in records and reports.
    symbol : str, optional
        The run's only instrument by default.
    side : str, default "buy"
    quantity : float, default 10,000
    algorithm : str or Algorithm, default "vwap"
        See `ai_trading.execution.algorithms`.
    start : str, default "10:00"
        When it begins.
    minutes : float, default 60
        How long it takes.
    date : datetime.date or str, optional
        On which day; the first day of the data by default.
    timezone : str, default "America/New_York"
        Whose clock `start` is read from.
    **options
        Terms of the algorithm.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        symbol: str | None = None,
        side: str = "buy",
        quantity: float = 10_000,
        algorithm: str | Algorithm = "vwap",
        start: str = "10:00",
        minutes: float = 60,
        date: dt.date | str | None = None,
        timezone: str = "America/New_York",
        **options: Any,
    ) -> None:
        super().__init__(
            name,
            symbol=symbol,
            side=side,
            quantity=quantity,
            algorithm=str(getattr(algorithm, "name", algorithm)),
            start=start,
            minutes=minutes,
            date=None if date is None else str(date),
            timezone=timezone,
            **{key: str(value) for key, value in options.items()},
        )
        if not 0 < minutes <= _MOST_MINUTES:
            msg = (
                f"minutes must be above 0 and {_MOST_MINUTES:,} (a week) at most; "
                f"received {minutes!r}"
            )
            raise ArgumentError(msg)
        self.wanted, self.side, self.quantity = symbol, side, quantity
        self.algorithm, self.options = algorithm, options
        self.begin, self.minutes, self.zone = (
            clock_time("start", start),
            minutes,
            timezone,
        )
        self.day = dt.date.fromisoformat(date) if isinstance(date, str) else date
        self.parent: ParentOrder[int] | None = None
        self.fees = self.waited = self.traded = 0.0

    def on_start(self) -> None:
        """Send the parent; nothing of it trades before its time."""
        if self.wanted is None and len(self.symbols) > 1:
            msg = f"symbol must be one of {', '.join(self.symbols[:10])}; received None"
            raise ArgumentError(msg)
        symbol = self.symbols[0] if self.wanted is None else self.wanted
        if self.day is None:
            at = instant(self.now, self.begin, self.zone)
        else:
            at = local_time_ns(self.day, self.begin, self.zone)
        if at < self.now:
            msg = (
                f"the parent was to begin at {ns_to_datetime(at)}, but the data begins "
                f"at {ns_to_datetime(self.now)}"
            )
            raise ArgumentError(msg)
        self.fees = self.waited = self.traded = 0.0
        self.parent = self.execute(
            symbol,
            self.side,
            self.quantity,
            self.algorithm,
            start=at,
            minutes=self.minutes,
            **self.options,
        )

    def on_fill(self, fill: Fill) -> None:
        """Count fees and what had waited."""
        self.fees += fill.fee
        self.traded += fill.quantity
        if fill.liquidity == "maker":
            self.waited += fill.quantity

    def report(self) -> ParentReport:
        """Return how it went; complete after the run.

        Raises
        ------
        ArgumentError
            If it has not been run.
        """
        if self.parent is None:
            msg = "there is nothing to report before the run"
            raise ArgumentError(msg)
        passive = self.waited / self.traded if self.traded else 0.0
        return ParentReport(self.parent.to_dict(), passive, self.fees)
