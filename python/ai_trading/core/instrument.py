"""What is traded, and the one place where prices and quantities become integers.

Records hold prices in ticks and quantities in lots. An `Instrument` knows how large
these are; an `InstrumentTable` gives each instrument the index that records carry.
Decimals are exact throughout; a float is taken to mean the shortest decimal that
prints as it.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation
from operator import index
from typing import TYPE_CHECKING

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, items, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Instrument", "InstrumentTable"]

# Off a grid by less than this share of a step is float noise, not another price.
_TOLERANCE = Decimal("1e-6")
_INT64 = 2**63
_WORDS = {"currency": "USD", "venue": "XNAS", "calendar": "XNYS"}
# Below 2^31 ticks a quotient of doubles is off by at most 3 * 2^-53 * 2^31 = 7.2e-7, so
# one within 1e-7 of a whole number is within the tolerance; others go the exact way.
_FLOAT_EXACT = 2**31


@dataclass(frozen=True, slots=True)
class Instrument:
    """One tradable thing and its units.

    Parameters
    ----------
    symbol : str
        Its name in the run; not empty, without surrounding blanks.
    tick_size : Decimal, default 0.0001
        The finest trading increment: one tick, the unit of every price in a record.
    lot_size : Decimal, default 1
        The smallest quantity: one lot, the unit of every quantity in a record.
    multiplier : Decimal, default 1
        Money per unit of price and quantity (50 for an E-mini future).
    currency, venue, calendar : str
        ISO 4217 code, ISO 10383 market code, and the exchange-calendars name.
    asset_class : AssetClass, default equity
    sector : str, optional
    price_increment : Decimal, optional
        The step in which orders may be priced, a multiple of `tick_size`; None means
        the tick size itself.

    Raises
    ------
    ArgumentError
        If a size is not positive and finite, or `price_increment` is not a multiple
        of `tick_size`.

    Examples
    --------
    >>> apple = Instrument("AAPL", price_increment=Decimal("0.01"))
    >>> apple.to_ticks(150.25)
    1502500
    >>> apple.to_price(1502500)
    Decimal('150.2500')
    """

    symbol: str
    _: KW_ONLY
    tick_size: Decimal = Decimal("0.0001")
    lot_size: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)
    currency: str = "USD"
    venue: str = "XNAS"
    calendar: str = "XNYS"
    asset_class: AssetClass = AssetClass.EQUITY
    sector: str | None = None
    price_increment: Decimal | None = None
    _tick: tuple[int, int] = field(init=False, repr=False, compare=False)
    _float_tick: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.symbol, str) or not self.symbol.strip():
            msg = f"symbol must be a name; received {self.symbol!r}"
            raise ArgumentError(msg)
        if self.symbol != self.symbol.strip():
            msg = (
                f"symbol must not begin or end with a blank; received {self.symbol!r}. "
                f"Did you mean {self.symbol.strip()!r}?"
            )
            raise ArgumentError(msg)
        for name in ("tick_size", "lot_size", "multiplier"):
            object.__setattr__(self, name, _positive(name, getattr(self, name)))
        for name, example in _WORDS.items():
            text(name, getattr(self, name), example)
        if self.sector is not None:
            text("sector", self.sector, "Technology")
        self._check_asset_class()
        self._check_increment()
        object.__setattr__(self, "_tick", self.tick_size.as_integer_ratio())
        object.__setattr__(self, "_float_tick", float(self.tick_size))

    def _check_asset_class(self) -> None:
        try:
            object.__setattr__(self, "asset_class", AssetClass(self.asset_class))
        except ValueError:
            allowed = ", ".join(AssetClass)
            msg = f"asset_class must be one of {allowed}; received {self.asset_class!r}"
            raise ArgumentError(msg) from None

    def _check_increment(self) -> None:
        if self.price_increment is None:
            return
        step = _positive("price_increment", self.price_increment)
        try:
            off = step % self.tick_size != 0
        except InvalidOperation:  # more than 28 digits of ticks
            off = True
        if off:
            msg = (
                f"price_increment must be a multiple of tick_size {self.tick_size}; "
                f"received {step}"
            )
            raise ArgumentError(msg)
        object.__setattr__(self, "price_increment", step)

    @property
    def increment_ticks(self) -> int:
        """Ticks between two prices at which an order may stand."""
        if self.price_increment is None:
            return 1
        return int(self.price_increment / self.tick_size)

    def to_ticks(self, price: float | Decimal | str) -> int:
        """Convert a price that lies on the tick grid.

        Raises
        ------
        ArgumentError
            If the price is off the grid by more than a millionth of a tick, is not
            finite, or leaves 64 bits.
        """
        if type(price) is float:
            steps = price / self._float_tick
            if -_FLOAT_EXACT < steps < _FLOAT_EXACT:
                nearest = round(steps)
                if abs(steps - nearest) < 1e-7:
                    return nearest
        return self._on_grid("price", price, self.tick_size, "tick_size")

    def round_to_ticks(self, price: float | Decimal | str) -> int:
        """Convert a price to the nearest tick, halves to the even one.

        Raises
        ------
        ArgumentError
            If the price is not finite or leaves 64 bits.
        """
        if type(price) is float:
            steps = price / self._float_tick
            if -_FLOAT_EXACT < steps < _FLOAT_EXACT:
                nearest = round(steps)
                if abs(steps - nearest) < 0.499999:  # surely not a half
                    return nearest
        exact = self._number("price", price) / self.tick_size
        return self._fits("price", price, exact.to_integral_value(ROUND_HALF_EVEN))

    def to_price(self, ticks: int) -> Decimal:
        """Return the exact price of a number of ticks."""
        return _count("ticks", ticks) * self.tick_size

    def price(self, ticks: int) -> float:
        """Return the double nearest to the price of a number of ticks."""
        up, down = self._tick
        return _count("ticks", ticks) * up / down

    def to_lots(self, quantity: float | Decimal | str) -> int:
        """Convert a quantity that is whole in lots.

        Raises
        ------
        ArgumentError
            If it is off by more than a millionth of a lot, is not finite, or leaves
            64 bits.
        """
        if (
            type(quantity) is int
            and self.lot_size == 1
            and -_INT64 <= quantity < _INT64
        ):
            return quantity
        return self._on_grid("quantity", quantity, self.lot_size, "lot_size")

    def to_quantity(self, lots: int) -> Decimal:
        """Return the exact quantity of a number of lots."""
        return _count("lots", lots) * self.lot_size

    def _on_grid(
        self, what: str, value: float | Decimal | str, step: Decimal, step_name: str
    ) -> int:
        exact = self._number(what, value) / step
        nearest = exact.to_integral_value(ROUND_HALF_EVEN)
        if abs(exact - nearest) > _TOLERANCE:
            below = exact.to_integral_value(ROUND_FLOOR)
            msg = (
                f"{what} {value} of {self.symbol} is not a multiple of {step_name} "
                f"{step}; the nearest are {below * step:f} and {(below + 1) * step:f}"
            )
            raise ArgumentError(msg)
        return self._fits(what, value, nearest)

    def _number(self, what: str, value: float | Decimal | str) -> Decimal:
        number = _decimal(f"{what} of {self.symbol}", value)
        if not number.is_finite():
            msg = f"{what} of {self.symbol} must be finite; received {value}"
            raise ArgumentError(msg)
        return number

    def _fits(self, what: str, value: object, steps: Decimal | int) -> int:
        whole = int(steps)
        if -_INT64 <= whole < _INT64:
            return whole
        msg = f"{what} of {self.symbol} does not fit into 64 bits; received {value}"
        raise ArgumentError(msg)


class InstrumentTable:
    """The instruments of a run in order; the position is what records carry.

    Parameters
    ----------
    instruments : iterable of Instrument or str, optional
        A string stands for `Instrument` with that symbol and defaults.

    Examples
    --------
    >>> table = InstrumentTable(["AAPL", "MSFT"])
    >>> table.index("MSFT"), table[0].symbol
    (1, 'AAPL')
    """

    __slots__ = ("_index", "_rows")

    def __init__(self, instruments: Iterable[Instrument | str] = ()) -> None:
        self._rows: list[Instrument] = []
        self._index: dict[str, int] = {}
        for instrument in items("instruments", instruments, "['AAPL', 'MSFT']"):
            self.add(
                Instrument(instrument) if isinstance(instrument, str) else instrument
            )

    def add(self, instrument: Instrument) -> int:
        """Append an instrument and return its index; an equal one keeps its own.

        Raises
        ------
        ArgumentError
            If another instrument has the same symbol.
        """
        instance("an instrument", instrument, Instrument, "Instrument('AAPL')")
        known = self._index.get(instrument.symbol)
        if known is None:
            self._rows.append(instrument)
            self._index[instrument.symbol] = len(self._rows) - 1
            return len(self._rows) - 1
        if self._rows[known] == instrument:
            return known
        msg = (
            f"{instrument.symbol} is in the table already as {self._rows[known]}; "
            f"received {instrument}. Use another symbol, or the same definition"
        )
        raise ArgumentError(msg)

    def index(self, symbol: str) -> int:
        """Return the index of a symbol.

        Raises
        ------
        DataError
            If the symbol is unknown.
        """
        try:
            return self._index[symbol]
        except (KeyError, TypeError):
            known = ", ".join(self.symbols[:10]) + (", ..." if len(self) > 10 else "")
            msg = f"unknown symbol {symbol!r}; the table has {known or 'no instrument'}"
            raise DataError(msg) from None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in index order."""
        return tuple(self._index)

    def __getitem__(self, key: int | str) -> Instrument:
        if isinstance(key, str):
            return self._rows[self.index(key)]
        try:
            return self._rows[key]
        except (IndexError, TypeError):
            msg = (
                f"an instrument is found by its symbol, or by its index below "
                f"{len(self)}; received {key!r:.80}"
            )
            raise DataError(msg) from None

    def __contains__(self, symbol: object) -> bool:
        return isinstance(symbol, str) and symbol in self._index

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, InstrumentTable):
            return NotImplemented
        return self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"InstrumentTable({list(self.symbols)!r})"


def _count(name: str, value: int) -> int:
    # Nearly always an integer, and on the way of every fill.
    return value if type(value) is int else whole(name, value, -_INT64, _INT64)


def _decimal(name: str, value: object) -> Decimal:
    if isinstance(value, bool):
        msg = f"{name} must be a number; received {value}"
        raise ArgumentError(msg)
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(index(value))  # type: ignore[arg-type]
    except TypeError:
        pass
    try:
        return Decimal(value if isinstance(value, str) else repr(float(value)))  # type: ignore[arg-type]
    except (InvalidOperation, TypeError, ValueError):
        msg = f"{name} must be a number; received {value!r}"
        raise ArgumentError(msg) from None


def _positive(name: str, value: object) -> Decimal:
    number = _decimal(name, value)
    if number.is_finite() and number > 0:
        return number
    msg = f"{name} must be positive and finite; received {value}"
    raise ArgumentError(msg)
