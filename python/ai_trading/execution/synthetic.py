"""A made-up market to send orders to: real matching, invented counterparties.

One order flow per symbol, seeded by session seed and symbol, is opened around a
reference price when the symbol is first used, and plays on to the clock's time before
anything is asked of it. Market and desk stand together in the core; this is the door.
Everything that comes out is simulated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.instrument import Instrument
from ai_trading.core.sessions import local_time_ns
from ai_trading.execution.blotter import core_terms
from ai_trading.market.flow_models import flow_model

if TYPE_CHECKING:
    from ai_trading._core.sim import SyntheticDesk
    from ai_trading.core.clock import Clock
    from ai_trading.execution.blotter import Blotter
    from ai_trading.market.flow_models import FlowModel

__all__ = ["SyntheticMarket", "default_instrument", "session_bounds"]

_EVENTS_PER_DAY: Final = 200_000


def session_bounds(day: dt.date) -> tuple[int, int]:
    """Return 09:30 and 16:00 in New York on a day, in UTC nanoseconds."""
    return local_time_ns(day, dt.time(9, 30)), local_time_ns(day, dt.time(16, 0))


class SyntheticMarket:
    """The markets of a session without a real one, beside the desk that trades them.

    Parameters
    ----------
    blotter : Blotter
        Of a `SyntheticDesk`.
    clock : Clock
        Time of the session; before 09:30 and after 16:00 New York orders are refused.
    day : datetime.date
        The session's date.
    seed : int
        The same seed gives the same market.
    model : FlowModel or str, default "hawkes"
        Who the others are; see `market.flow_models`.
    """

    __slots__ = ("_blotter", "_clock", "_day", "_desk", "_model", "_seed")

    simulated: Final = True

    def __init__(
        self,
        blotter: Blotter,
        clock: Clock,
        day: dt.date,
        seed: int,
        model: FlowModel | str = "hawkes",
    ) -> None:
        self._blotter = blotter
        self._desk: SyntheticDesk = blotter.desk
        self._clock = clock
        self._day = day
        self._seed = seed
        self._model = flow_model(model).core()

    def open(
        self,
        instrument: Instrument,
        price: Decimal,
        *,
        max_quantity: int = 0,
        collar_ppm: int = 0,
        currency: int = 0,
    ) -> int:
        """Open a market around a price; return the desk's index of it.

        `max_quantity` is in lots and `collar_ppm` in millionths of the reference
        price; 0 is no limit. `currency` is the desk's number of it.

        Raises
        ------
        ArgumentError
            If the price is too low for two price increments.
        """
        step = instrument.increment_ticks
        ticks = instrument.round_to_ticks(price) // step * step
        if ticks < 2 * step:
            msg = (
                f"a market in {instrument.symbol} needs a reference price of two price "
                f"increments or more; received {price}"
            )
            raise ArgumentError(msg)
        name = f"{self._seed}/{instrument.symbol}".encode()
        seed = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")
        start, end = session_bounds(self._day)
        self.advance()
        index = self._desk.open(
            **core_terms(instrument),
            max_quantity=max_quantity,
            collar_ppm=collar_ppm,
            price=ticks,
            seed=seed,
            start=start,
            end=end,
            events=_EVENTS_PER_DAY,
            model=self._model,
            currency=currency,
        )
        self._blotter.enlist(instrument, index)
        return index

    def advance(self) -> None:
        """Play on to the clock's time."""
        self._desk.advance(self._clock.now_ns())

    def touch(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        """Return the best bid and ask at the clock's time."""
        self.advance()
        index = self._blotter.index(symbol)
        bid, ask = self._desk.best(index, 0), self._desk.best(index, 1)
        return (
            None if bid is None else self._blotter.price(symbol, bid[0]),
            None if ask is None else self._blotter.price(symbol, ask[0]),
        )


def default_instrument(symbol: str) -> Instrument:
    """Return a US share priced in cents."""
    return Instrument(symbol, price_increment=Decimal("0.01"))
