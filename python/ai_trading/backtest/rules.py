"""What a venue asks of our orders besides matching, and what holding positions costs.

Small frozen values, checked when they are made and turned into the core's whole numbers
in one place. docs/market-rules.md says what each rule does.

Units: prices and amounts in currency units; rates as fractions; times in UTC
nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import numpy as np

from ai_trading._core import rules as _rules
from ai_trading.backtest.sessions import MINUTE, calendar_of, has_hours
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import Number, decimal, items, mapping, one_of, scaled, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument, InstrumentTable

__all__ = ["Accrual", "HoldingRates", "MarketRules", "TickSizes"]

TickSizes: TypeAlias = Literal["rule_612", "rule_612_half_cent"]
Accrual: TypeAlias = Literal["hour", "day"]
_TABLES: Final[Mapping[str, Callable[[], list[tuple[int, int]]]]] = {
    "rule_612": _rules.rule_612,
    "rule_612_half_cent": _rules.rule_612_half_cent,
}
_SECONDS: Final[Mapping[str, int]] = {"hour": 3600, "day": 86_400}
_SETS: Final = ("us_equities",)
_NO_CALENDAR: Final = -1
_RATES: Final = 2  # of interest: credit and debit


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """Rules that our orders keep to in a replay.

    Halts and auctions of the tape act on our orders in any case.

    Parameters
    ----------
    tick_sizes : {"rule_612", "rule_612_half_cent"}, optional
        Steps in which limits may be priced, by price; without it the instrument's own.
    collar : {"nyse"}, optional
        How far through the market a limit may be priced.
    short_sales : bool, default False
        Refuse short sales at or below the best bid while the tape says that Rule 201
        restricts them; the run begins without shares.
    price_bands : {"luld"}, optional
        The limit-up limit-down bands are worked out from the tape's trades, for the
        gate's ``price_band``; instruments whose calendar has hours have them.
    tiers : mapping of symbol to 1 or 2, optional
        Of the plan; 1, whose bands are the narrower ones, where it is not said.
    previous_close : mapping of symbol to number, optional
        Before the first session; by default the first trade stands in for it.
    hours : bool, default False
        Day orders end with the closing auction of the instrument's calendar: at its
        cross, a minute after the close at the latest, early closes included. Without
        it they end with the data of a trading date.

    Examples
    --------
    >>> MarketRules.named("us_equities").collar
    'nyse'
    """

    tick_sizes: TickSizes | None = None
    collar: Literal["nyse"] | None = None
    short_sales: bool = False
    price_bands: Literal["luld"] | None = None
    tiers: Mapping[str, int] = field(default_factory=dict)
    previous_close: Mapping[str, Number] = field(default_factory=dict)
    hours: bool = False

    def __post_init__(self) -> None:
        for rule, known in (
            ("tick_sizes", get_args(TickSizes)),
            ("collar", ("nyse",)),
            ("price_bands", ("luld",)),
        ):
            if getattr(self, rule) is not None:
                one_of(rule, getattr(self, rule), known)
        mapping("previous_close", self.previous_close)
        for symbol, tier in mapping("tiers", self.tiers).items():
            if tier not in (1, 2):
                msg = f"the tier of {symbol} must be 1 or 2; received {tier!r}"
                raise ArgumentError(msg)

    @classmethod
    def named(cls, name: str) -> MarketRules:
        """Return a set of rules by name; ``"us_equities"`` has all of them.

        Raises
        ------
        ArgumentError
            If nobody knows the name.
        """
        one_of("rules", name, _SETS)
        return cls(
            tick_sizes="rule_612",
            collar="nyse",
            short_sales=True,
            price_bands="luld",
            hours=True,
        )

    def to_core(self, instruments: InstrumentTable) -> dict[str, Any]:
        """Return a row of whole numbers for each instrument.

        Raises
        ------
        ArgumentError
            If an instrument's tick size does not suit the table.
        """
        steps = [] if self.tick_sizes is None else _TABLES[self.tick_sizes]()
        collar = [] if self.collar is None else _rules.nyse_trading_collar()
        rows = [
            (self._steps(instrument, steps), collar, self.short_sales, self.hours)
            for instrument in instruments
        ]
        return {"order_rules": rows}

    def _steps(
        self, instrument: Instrument, steps: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Return the table in which no step is finer than the instrument's tick."""
        if not steps:
            return steps
        nano = scaled("tick_size", instrument.tick_size, 10**9)
        own = [(price, max(step, nano)) for price, step in steps]
        try:
            _rules.TickTable(own, tick_nano=nano)
        except ValueError as error:
            msg = (
                f"the tick size {instrument.tick_size} of {instrument.symbol} does not "
                f"suit {self.tick_sizes}: {error}; use 0.0001 or 0.01"
            )
            raise ArgumentError(msg) from None
        return own

    def session_ends(
        self, dates: NDArray[np.int64], instruments: InstrumentTable
    ) -> list[int]:
        """Return a minute after the last close on each trading date.

        Parameters
        ----------
        dates : ndarray
            Trading dates, in days since 1970-01-01.
        instruments : InstrumentTable
            Their calendars are asked; those always open, or unknown, have no close.
        """
        days = np.unique(dates).astype("datetime64[D]")
        ends = np.zeros(len(days), np.int64)
        for name in dict.fromkeys(i.calendar for i in instruments):
            known = next(i for i in instruments if i.calendar == name)
            book = calendar_of(known)
            if book is None or not has_hours(book):
                continue
            _, closes, sessions = book.bounds(days)
            ends = np.maximum(ends, np.where(sessions, closes + MINUTE, 0))
        return [int(at) for at in ends if at]

    def bands_to_core(
        self, instruments: InstrumentTable, start_ns: int, end_ns: int
    ) -> dict[str, Any]:
        """Return whose bands are worked out, and the sessions of their calendars.

        Raises
        ------
        ArgumentError
            If a previous close is no positive price on the instrument's grid, or a cent
            is no whole number of its ticks.
        """
        if self.price_bands is None:
            return {}
        first, last = (
            np.datetime64(at, "ns").astype("datetime64[D]") for at in (start_ns, end_ns)
        )
        days = np.arange(first - 1, last + 2)
        numbers: dict[str, int] = {}
        sessions: list[list[tuple[int, int]]] = []
        rows = []
        for instrument in instruments:
            name = instrument.calendar
            if name not in numbers:
                numbers[name] = _NO_CALENDAR
                book = calendar_of(instrument)
                if book is not None and has_hours(book):
                    numbers[name] = len(sessions)
                    opens, closes, there = book.bounds(days)
                    pairs = zip(opens[there], closes[there], strict=True)
                    sessions.append([(int(a), int(b)) for a, b in pairs])
            close = self._previous_close(instrument)
            number = numbers[name]
            if number != _NO_CALENDAR:
                _cents(instrument)
            rows.append((self.tiers.get(instrument.symbol, 1), close, number))
        return {"price_bands": {"rows": rows, "sessions": sessions}}

    def _previous_close(self, instrument: Instrument) -> int:
        """Return the close in ticks; 0 where nobody said it."""
        price = self.previous_close.get(instrument.symbol)
        if price is None:
            return 0
        ticks = instrument.to_ticks(decimal("previous_close", price))
        if ticks < 1:
            msg = (
                f"the previous close of {instrument.symbol} must be positive; received "
                f"{price!r}"
            )
            raise ArgumentError(msg)
        return ticks

    def plain(self) -> dict[str, Any]:
        """Return the rules, JSON-able."""
        out = {name: getattr(self, name) for name in self.__slots__}
        out["tiers"] = dict(self.tiers)
        out["previous_close"] = {k: str(v) for k, v in self.previous_close.items()}
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingRates:
    """What positions and cash cost and bring, booked in simulated time.

    Only the instruments and currencies named are booked.

    Parameters
    ----------
    borrow : mapping of symbol to number, optional
        Annual rate that borrowed shares cost: 0.03 is 3 %. A short position pays it at
        every full hour or UTC midnight, for the time since the last one.
    funding : mapping of symbol to sequence of (time, rate), optional
        Rates of perpetual futures at the times they were exchanged: a long position
        pays a positive one and a short one receives it.
    accrue : {"hour", "day"}, default "day"
        When borrow and interest are booked.
    days_of_year : int, default 360
        Day count of `borrow` and `interest`.
    dividends : mapping of symbol to sequence of (time, amount), optional
        What a unit pays, in its currency, and when it begins to trade without: who
        holds it then receives the amount, who is short owes it, at once. A multiple of
        1e-9 for each lot.
    interest : mapping of currency to (credit, debit), optional
        Annual rates that cash earns, and that it costs where it is negative.

    Raises
    ------
    ArgumentError
        If a rate is not finite, outside 0 to 1000 for borrow or -1000 to 1000 for
        interest, or a dividend is below zero.

    Examples
    --------
    >>> HoldingRates(borrow={"GME": 0.25}, accrue="hour").accrue
    'hour'
    """

    borrow: Mapping[str, Number] = field(default_factory=dict)
    funding: Mapping[str, Sequence[tuple[int, Number]]] = field(default_factory=dict)
    accrue: Accrual = "day"
    days_of_year: int = 360
    dividends: Mapping[str, Sequence[tuple[int, Number]]] = field(default_factory=dict)
    interest: Mapping[str, tuple[Number, Number]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        one_of("accrue", self.accrue, get_args(Accrual))
        whole("days_of_year", self.days_of_year, 1, 1000)
        for symbol, rate in mapping("borrow", self.borrow).items():
            if not 0 <= _nano(f"the borrow rate of {symbol}", rate) <= 10**12:
                msg = (
                    f"the borrow rate of {symbol} must lie between 0 and 1000 (1 is "
                    f"100 % a year); received {rate!r}"
                )
                raise ArgumentError(msg)
        for symbol, rows in mapping("funding", self.funding).items():
            for _, rate in items(f"funding of {symbol}", rows, "[(time_ns, 0.0001)]"):
                _nano(f"the funding rate of {symbol}", rate)
        for symbol, rows in mapping("dividends", self.dividends).items():
            for _, amount in items(f"dividends of {symbol}", rows, "[(time_ns, 0.25)]"):
                if decimal(f"a dividend of {symbol}", amount) < 0:
                    msg = (
                        f"a dividend of {symbol} must be zero or more; received "
                        f"{amount!r}. Who is short owes it by himself"
                    )
                    raise ArgumentError(msg)
        for code, pair in mapping("interest", self.interest).items():
            rates = items(f"interest on {code}", pair, "(credit, debit)")
            if len(rates) != _RATES:
                msg = (
                    f"interest on {code} is two annual rates, what cash earns and what "
                    f"debt costs, such as (0.01, 0.05); received {pair!r}"
                )
                raise ArgumentError(msg)
            for rate in rates:
                if abs(_nano(f"interest on {code}", rate)) > 10**12:
                    msg = (
                        f"interest on {code} must lie between -1000 and 1000 (1 is "
                        f"100 % a year); received {rate!r}"
                    )
                    raise ArgumentError(msg)

    def to_core(
        self, instruments: InstrumentTable, currencies: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return the rates in 1e-9, a row for each instrument and each currency.

        Parameters
        ----------
        instruments : InstrumentTable
        currencies : sequence of str
            Of the account, in the order of their numbers.

        Raises
        ------
        ArgumentError
            If a symbol or a currency is not in the run, or a dividend of a lot is no
            multiple of 1e-9.
        """
        known = instruments.symbols
        for code in self.interest:
            if code not in currencies:
                msg = (
                    f"the account has no currency {code!r} that could earn interest; "
                    f"it has {', '.join(currencies)}"
                )
                raise ArgumentError(msg)
        for symbol in (*self.borrow, *self.funding, *self.dividends):
            if symbol not in known:
                msg = f"the run has no symbol {symbol!r}; it has {', '.join(known)}"
                raise ArgumentError(msg)
        rows = [
            (
                _nano("borrow", self.borrow.get(symbol, 0)),
                sorted(
                    (int(at), _nano("funding", rate))
                    for at, rate in self.funding.get(symbol, ())
                ),
                self._dividends(instruments[symbol]),
            )
            for symbol in known
        ]
        return {
            "holding": {
                "instruments": rows,
                "interest": self._interest(currencies),
                "every": _SECONDS[self.accrue] * 10**9,
                "days_of_year": self.days_of_year,
            }
        }

    def _dividends(self, instrument: Instrument) -> list[tuple[int, int]]:
        """Return when and how much a lot pays, in 1e-9."""
        told, size = self.dividends.get(instrument.symbol, ()), instrument.lot_size
        what = f"a dividend of a lot of {size} {instrument.symbol}"
        return sorted(
            (int(at), _nano(what, decimal(what, amount) * size)) for at, amount in told
        )

    def _interest(self, currencies: Sequence[str]) -> list[tuple[int, int]]:
        """Return a row for each currency, or none where nothing is earned or owed."""
        if not self.interest:
            return []
        pairs = [self.interest.get(code, (0, 0)) for code in currencies]
        return [(_nano("interest", c), _nano("interest", d)) for c, d in pairs]

    def plain(self) -> dict[str, Any]:
        """Return the rates, JSON-able; dividends and interest where there are any."""
        more: dict[str, Any] = {}
        if self.dividends:
            more["dividends"] = {
                symbol: [[int(at), str(amount)] for at, amount in rows]
                for symbol, rows in self.dividends.items()
            }
        if self.interest:
            more["interest"] = {
                code: [str(rate) for rate in pair]
                for code, pair in self.interest.items()
            }
        return {
            **more,
            "borrow": {symbol: str(rate) for symbol, rate in self.borrow.items()},
            "funding": {
                symbol: [[int(at), str(rate)] for at, rate in rows]
                for symbol, rows in self.funding.items()
            },
            "accrue": self.accrue,
            "days_of_year": self.days_of_year,
        }


def _nano(what: str, rate: Number) -> int:
    return scaled(what, rate, 10**9)


def _cents(instrument: Instrument) -> None:
    """Refuse a tick of which a cent is no whole number: bands are in cents."""
    nano = scaled("tick_size", instrument.tick_size, 10**9)
    if 10**7 % nano:
        msg = (
            f"price bands are whole cents; the tick size {instrument.tick_size} of "
            f"{instrument.symbol} does not divide 0.01. Use 0.0001 or 0.01, or "
            "price_bands=None"
        )
        raise ArgumentError(msg)
