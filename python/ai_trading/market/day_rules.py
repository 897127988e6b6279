"""The rules under which a made-up day is traded.

Without rules a made-up market trades from open to close at any price. With them it is a
US listing exchange: auctions at open and close, limit-up limit-down bands, pauses with
reopening auctions, market-wide halts, tick sizes and collars. docs/synthetic-markets.md
says what that looks like, docs/market-rules.md what each rule does.

Units: prices in currency units; times of day in New York.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, mapping, one_of, scaled, whole
from ai_trading.core.optional import needs_core
from ai_trading.core.sessions import local_time_ns

with needs_core():
    from ai_trading._core import matching as _matching

if TYPE_CHECKING:
    from typing import TypeAlias

    from ai_trading.core.instrument import Instrument

__all__ = ["DayRules", "day_rules"]

_SETS: Final = ("us_equities",)
_OPEN: Final = dt.time(9, 30)
_MINUTE_NS: Final = 60_000_000_000
INDEX_CLOSE: Final = 1_000_000
"""The made-up index at the previous close, in hundredths: 10,000.00."""

Time: TypeAlias = "dt.time | str"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRules:
    """A US listing exchange's rules for a made-up day, and what is decided about it.

    Parameters
    ----------
    previous_close : mapping of symbol to number, optional
        Bands begin around it where the opening auction does not trade; by default the
        price around which the market opens.
    tier : int or mapping of symbol to int, default 1
        Limit-up limit-down tier: 1 or 2.
    early_close : bool, default False
        The session ends at 13:00 instead of 16:00.
    opening_orders, closing_orders : int, default 40 and 80
        Orders of the crowd for the two auctions, a symbol.
    on_close_cutoff : int or None, default 10
        Minutes before the close from which no order at the close is taken (NYSE Rule
        7.35B); None: up to the close.
    halts : sequence of (symbol, time, time or None), optional
        Halts by decision: begin and end, as `datetime.time` or ``"10:30"``. Five
        minutes after the end an auction reopens.
    index_falls : sequence of (time, number), optional
        By how much of its previous close, as a fraction, the market-wide index is down
        at a time: 0.07, 0.13 and 0.20 halt the market.

    Raises
    ------
    ArgumentError
        If a value is outside its domain.

    Examples
    --------
    >>> DayRules(halts=[("ACME", "10:30", "10:40")]).close
    datetime.time(16, 0)
    """

    previous_close: Mapping[str, Number] = field(default_factory=dict)
    tier: int | Mapping[str, int] = 1
    early_close: bool = False
    opening_orders: int = 40
    closing_orders: int = 80
    on_close_cutoff: int | None = 10
    halts: Sequence[tuple[str, Time, Time | None]] = ()
    index_falls: Sequence[tuple[Time, Number]] = ()

    def __post_init__(self) -> None:
        tiers = self.tier.values() if isinstance(self.tier, Mapping) else (self.tier,)
        for tier in tiers:
            if tier not in (1, 2):
                msg = f"tier must be 1 or 2; received {tier!r}"
                raise ArgumentError(msg)
        for name in ("opening_orders", "closing_orders"):
            whole(name, getattr(self, name), 0, 100_000)
        cutoff = self.on_close_cutoff
        if cutoff is not None and (type(cutoff) is not int or not 0 < cutoff <= 120):
            msg = (
                "on_close_cutoff must be 1 to 120 minutes, or None for no cut-off; "
                f"received {cutoff!r}"
            )
            raise ArgumentError(msg)
        for row in self.halts:
            cells: tuple[object, ...] = tuple(row)
            if len(cells) != 3 or not isinstance(cells[0], str):
                msg = f"a halt is (symbol, begin, end or None); received {row!r}"
                raise ArgumentError(msg)
            begin, end = self._inside(row[1]), row[2]
            if end is not None and _time(end) <= begin:
                msg = f"a halt must end after it began; received {row!r}"
                raise ArgumentError(msg)
        for fall in self.index_falls:
            parts: tuple[object, ...] = tuple(fall)
            if len(parts) != 2:
                msg = f"a fall of the index is (time, fraction); received {fall!r}"
                raise ArgumentError(msg)
            self._inside(fall[0])
            index_value(fall[1])

    @classmethod
    def named(cls, name: str) -> DayRules:
        """Return rules by name: ``"us_equities"``, with the defaults above.

        Raises
        ------
        ArgumentError
            If nobody knows the name.
        """
        one_of("rules", name, _SETS)
        return cls()

    @property
    def close(self) -> dt.time:
        """The time of day at which the session closes."""
        return dt.time(13 if self.early_close else 16, 0)

    def core(
        self, instruments: Sequence[Instrument], prices: Sequence[int], date: dt.date
    ) -> _matching.FlowRules:
        """Return the rules for the compiled core.

        Parameters
        ----------
        instruments : sequence of Instrument
            What is traded.
        prices : sequence of int
            Around which each market opens, in ticks.
        date : datetime.date
            The day.

        Raises
        ------
        ArgumentError
            If a symbol is not traded, or a price or tick size does not suit.
        """
        places = {one.symbol: place for place, one in enumerate(instruments)}
        tiers = self.tier if isinstance(self.tier, Mapping) else {}
        usual = 1 if isinstance(self.tier, Mapping) else self.tier
        named = (*self.previous_close, *tiers, *(row[0] for row in self.halts))
        if strangers := sorted({symbol for symbol in named if symbol not in places}):
            msg = f"rules name {', '.join(strangers)}; the day has {', '.join(places)}"
            raise ArgumentError(msg)

        def at(time: Time) -> int:
            return local_time_ns(date, _time(time))

        stocks = []
        for one, price in zip(instruments, prices, strict=True):
            known = self.previous_close.get(one.symbol)
            close = price if known is None else one.round_to_ticks(Decimal(str(known)))
            tier = tiers.get(one.symbol, usual)
            stocks.append((close, tier, scaled("tick_size", one.tick_size, 10**9)))
        midnight = local_time_ns(date, dt.time(0, 0))
        end = at(self.close) - midnight
        cutoff = self.on_close_cutoff
        try:
            return _matching.FlowRules(
                stocks,
                midnight=midnight,
                close=end,
                opening=self.opening_orders,
                closing=self.closing_orders,
                on_close_until=0 if cutoff is None else end - cutoff * _MINUTE_NS,
                halts=[
                    (places[symbol], at(begin), None if until is None else at(until))
                    for symbol, begin, until in self.halts
                ],
                index_close=INDEX_CLOSE,
                index=[
                    (at(when), index_value(fall)) for when, fall in self.index_falls
                ],
            )
        except ValueError as error:
            raise ArgumentError(str(error)) from None

    def only(self, symbol: str) -> DayRules:
        """Return what of these rules concerns one symbol."""
        tier = self.tier if isinstance(self.tier, int) else self.tier.get(symbol, 1)
        own = {s: p for s, p in self.previous_close.items() if s == symbol}
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values |= {
            "tier": tier,
            "previous_close": own,
            "halts": tuple(row for row in self.halts if row[0] == symbol),
        }
        return DayRules(**values)

    def _inside(self, time: Time) -> dt.time:
        when = _time(time)
        if not _OPEN <= when < self.close:
            msg = (
                f"a time must lie from 09:30 up to {self.close:%H:%M}, the close; "
                f"received {time!r}"
            )
            raise ArgumentError(msg)
        return when


def day_rules(value: DayRules | str | Mapping[str, Any] | None) -> DayRules | None:
    """Return rules from themselves, their name, or a table of a configuration.

    Raises
    ------
    ArgumentError
        If there are none of that name, or a value is outside its domain.
    """
    if value is None or isinstance(value, DayRules):
        return value
    if isinstance(value, str):
        return DayRules.named(value)
    terms = dict(mapping("rules", value))
    DayRules.named(terms.pop("name", _SETS[0]))
    known = {item.name for item in fields(DayRules)}
    if strangers := sorted(set(terms) - known):
        msg = (
            f"rules have no {', '.join(strangers)}; they have name, "
            f"{', '.join(sorted(known))}"
        )
        raise ArgumentError(msg)
    return DayRules(**terms)


def index_value(fall: Number) -> int:
    """Return the made-up index, in hundredths, when it is down by a fraction.

    Raises
    ------
    ArgumentError
        If the fraction is not from -1 up to, and without, 1.
    """
    part = Decimal(str(fall))
    if not -1 <= part < 1:
        msg = (
            "a fall of the index is a fraction between -1 and 1; "
            f"received {fall!r}. Did you mean {part / 100}?"
        )
        raise ArgumentError(msg)
    return int(INDEX_CLOSE * (1 - part))


def _time(time: Time) -> dt.time:
    if isinstance(time, dt.time):
        return time
    try:
        return dt.time.fromisoformat(time)
    except (TypeError, ValueError):
        msg = f"a time of day must be like 10:30; received {time!r}"
        raise ArgumentError(msg) from None
