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
from ai_trading.core.optional import needs_core
from ai_trading.core.sessions import local_time_ns
from ai_trading.execution.blotter import core_terms
from ai_trading.market.day_rules import DayRules, day_rules, index_value
from ai_trading.market.flow_models import flow_model

with needs_core():
    from ai_trading._core.rules import phases as _phases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ai_trading._core.sim import SyntheticDesk
    from ai_trading.core.clock import Clock
    from ai_trading.core.exact import Number
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
    rules : DayRules, str or mapping, optional
        Under which the markets trade; see `market.day_rules`. Orders are then taken
        from 04:00 on, at the open and at the close among them.
    """

    __slots__ = ("_blotter", "_clock", "_day", "_desk", "_model", "_rules", "_seed")

    simulated: Final = True

    def __init__(
        self,
        blotter: Blotter,
        clock: Clock,
        day: dt.date,
        seed: int,
        model: FlowModel | str = "hawkes",
        *,
        rules: DayRules | str | Mapping[str, Any] | None = None,
    ) -> None:
        self._blotter = blotter
        self._desk: SyntheticDesk = blotter.desk
        self._clock = clock
        self._day = day
        self._seed = seed
        self._model = flow_model(model).core()
        self._rules = day_rules(rules)

    @property
    def rules(self) -> DayRules | None:
        """The rules at work, None where there are none."""
        return self._rules

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
        kept = None
        if self._rules is not None:
            end = local_time_ns(self._day, self._rules.close)
            own = self._rules.only(instrument.symbol)
            kept = own.core((instrument,), (ticks,), self._day)
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
            rules=kept,
        )
        self._blotter.enlist(instrument, index)
        return index

    def closes_by_auction(self, symbol: str) -> bool:
        """Return whether a closing auction will take orders."""
        del symbol
        return self._rules is not None

    def phase(self, symbol: str) -> str | None:
        """Return one of `_core.rules.phases`; None without rules."""
        self.advance()
        place = self._desk.phase(self._blotter.index(symbol))
        return None if place is None else _phases[place]

    def bands(self, symbol: str) -> tuple[Decimal, Decimal] | None:
        """Return the price bands in force, None where there are none."""
        self.advance()
        found = self._desk.bands(self._blotter.index(symbol))
        if found is None:
            return None
        low, high = found
        return self._blotter.price(symbol, low), self._blotter.price(symbol, high)

    def halt(self, symbol: str) -> None:
        """Halt trading in a symbol until it is resumed.

        Raises
        ------
        ArgumentError
            If the market has no rules.
        """
        self._under_rules()
        self._desk.halt(self._blotter.index(symbol), self._clock.now_ns())

    def resume(self, symbol: str) -> None:
        """End such a halt: five minutes on an auction reopens.

        Raises
        ------
        ArgumentError
            If the market has no rules.
        """
        self._under_rules()
        self._desk.resume(self._blotter.index(symbol), self._clock.now_ns())

    def index_fell(self, fall: Number) -> int:
        """Tell by which fraction the market-wide index is down; return the level.

        A level of 1, 2 or 3 halts every market, 0 none.

        Raises
        ------
        ArgumentError
            If the market has no rules, or it is no fraction.
        """
        self._under_rules()
        return self._desk.index(index_value(fall), self._clock.now_ns())

    def _under_rules(self) -> None:
        if self._rules is None:
            msg = 'the market has no rules; make the engine with rules="us_equities"'
            raise ArgumentError(msg)

    def advance(self) -> None:
        """Play on to the clock's time."""
        self._desk.advance(self._clock.now_ns())

    def touch(self, symbol: str) -> tuple[Decimal | None, Decimal | None]:
        """Return the best bid and ask at the clock's time."""
        self.advance()
        index = self._blotter.opened(symbol)
        bid, ask = self._desk.best(index, 0), self._desk.best(index, 1)
        return (
            None if bid is None else self._blotter.price(symbol, bid[0]),
            None if ask is None else self._blotter.price(symbol, ask[0]),
        )

    def take_traded(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return what others traded with one another since the last call.

        Quantity and value (price times quantity), auctions left out; at the clock's
        time, so that nobody learns of it sooner.
        """
        self.advance()
        lots, value = self._desk.take_traded(self._blotter.opened(symbol))
        terms = self._blotter.instrument(symbol)
        return terms.to_quantity(lots), value * terms.tick_size * terms.lot_size


def default_instrument(symbol: str) -> Instrument:
    """Return a US share priced in cents."""
    return Instrument(symbol, price_increment=Decimal("0.01"))
