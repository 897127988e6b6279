"""Tables of fees: commission by volume, exchange and regulatory fees, taxes, rebates.

A `FeeSchedule` is a list of `FeeLine`; each says on which fills it falls, at what rate,
and within which bounds. The arithmetic is the core's and exact; a backtest charges a
schedule fill by fill, `FeeSchedule.charge` does so for a list of fills.

Units: currency units per share, contract, order or fill; basis points of value.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.exact import Number, decimal, file_path, scaled, text, whole
from ai_trading.core.optional import needs_core

with needs_core():
    from ai_trading._core import cost as _cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_trading.core.instrument import Instrument

__all__ = ["FeeFill", "FeeLine", "FeeSchedule", "schedule_names"]

Per = Literal["share", "contract", "value", "order", "fill", "line"]
Window = Literal["run", "day", "month", "days30"]

_OF = {"share": 0, "contract": 0, "value": 1, "order": 2, "fill": 3, "line": 4}
_WINDOWS = {name: code for code, name in enumerate(get_args(Window))}
_RATE_SCALE = {"value": 10**5}
"""Rates of value are basis points, in the core parts per billion; others are 1e-9."""
_FIRST, _LAST = -(2**63), 2**63 - 1
_DAY = 86_400 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLine:
    """One line of a schedule of fees.

    Parameters
    ----------
    name : str
        What it is called; lines with one name may follow each other in time.
    per : {"share", "contract", "value", "order", "fill", "line"}
        What `rate` is multiplied with: units of quantity (shares and contracts are the
        same to the core), value, one per order or fill, or the amount of line `of`.
    rate : number, optional
        Currency units, to 1e-9; basis points for ``per="value"``, to 1e-5; a fraction
        for ``per="line"``. Negative is a rebate.
    tiers : sequence of (volume, rate), optional
        Instead of `rate`: the rate from a volume on, the first from 0.
    volume : {"quantity", "value"}, default "quantity"
        What volume is measured in.
    window : {"month", "day", "days30", "run"}, default "month"
        Since when volume is counted: the UTC month or day, the 30 UTC days before
        today, or the beginning.
    marginal : bool, default False
        Whether each part of the volume pays the rate of its own tier. Otherwise a fill
        pays the rate that the volume before it has reached, for all of it.
    liquidity : {"both", "maker", "taker"}, default "both"
        Fills it falls on.
    side : {"both", "buy", "sell"}, default "both"
        Fills it falls on.
    scope : {"fill", "order"}, default "fill"
        What bounds and rounding apply to. By order, every fill pays what the order owes
        by now less what it has paid.
    minimum, maximum : number, optional
        Bounds of the amount, in currency units.
    maximum_bps : number, optional
        Largest amount in basis points of the value; wins over `minimum`.
    round_to : number, default 1e-9
        The amount is rounded to a multiple of this, once.
    rounding : {"half_even", "up"}, default "half_even"
        How; "up" is away from zero.
    of : str, optional
        For ``per="line"``: the name of an earlier line.
    start, until : datetime.date, optional
        First UTC date it holds, and first it no longer does.
    source, note : str, optional
        Where the figure is published, and what to know of it or of its dates.

    Raises
    ------
    ArgumentError
        If a value is not allowed, finer than the core counts, or contradicts another.
    """

    name: str
    per: Per
    rate: Number | None = None
    tiers: tuple[tuple[int, Number], ...] = ()
    volume: Literal["quantity", "value"] = "quantity"
    window: Window = "month"
    marginal: bool = False
    liquidity: Literal["both", "maker", "taker"] = "both"
    side: Literal["both", "buy", "sell"] = "both"
    scope: Literal["fill", "order"] = "fill"
    minimum: Number | None = None
    maximum: Number | None = None
    maximum_bps: Number | None = None
    round_to: Number = Decimal("1e-9")
    rounding: Literal["half_even", "up"] = "half_even"
    of: str | None = None
    start: dt.date | None = None
    until: dt.date | None = None
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                msg = (
                    f"fee line {self.name!r}: {name} must be one of "
                    f"{', '.join(allowed)}; received {getattr(self, name)!r}"
                )
                raise ArgumentError(msg)
        if (self.rate is None) == (not self.tiers):
            self._refuse("needs either a rate or tiers")
        if (self.of is None) == (self.per == "line"):
            self._refuse('needs `of` where it is per "line", and only there')
        for what in ("start", "until"):
            if not isinstance(getattr(self, what), dt.date | None) or isinstance(
                getattr(self, what), dt.datetime
            ):
                self._refuse(f"{what} must be a date; received {getattr(self, what)!r}")
        decimal("round_to", self.round_to)
        if (
            self.maximum_bps is not None
            and decimal("maximum_bps", self.maximum_bps) <= 0
        ):
            self._refuse(f"maximum_bps must be above 0; received {self.maximum_bps!r}")
        try:
            _cost.Tariff([self._alone()])
        except ValueError as error:
            self._refuse(str(error).partition(": ")[2])

    def _refuse(self, what: str) -> None:
        msg = f"fee line {self.name!r}: {what}"
        raise ArgumentError(msg)

    def _alone(self) -> dict[str, Any]:
        """The row as it can be checked without the lines before it."""
        row = self.to_core(0)
        if self.per == "line":
            row |= {"of": _OF["fill"]}
        return row

    def to_core(self, line: int) -> dict[str, Any]:
        """Return the line in whole numbers; `line` is the place of the one it is of."""

        def nano(name: str, value: Number | None) -> int | None:
            return None if value is None else self._scaled(name, value, 10**9)

        scale = _RATE_SCALE.get(self.per, 10**9)
        tiers = self.tiers or ((0, self.rate or 0),)
        bps = 0 if self.maximum_bps is None else self.maximum_bps
        return {
            "of": _OF[self.per],
            "scope": int(self.scope == "order"),
            "window": _WINDOWS[self.window],
            "measure": int(self.volume == "value"),
            "maker": self.liquidity != "taker",
            "taker": self.liquidity != "maker",
            "buy": self.side != "sell",
            "sell": self.side != "buy",
            "from": _FIRST if self.start is None else _midnight(self.start),
            "until": _LAST if self.until is None else _midnight(self.until),
            "marginal": self.marginal,
            "up": self.rounding == "up",
            "tiers": [
                (self._scaled("volume", at, 1), self._scaled("rate", rate, scale))
                for at, rate in tiers
            ],
            "line": line,
            "minimum": nano("minimum", self.minimum),
            "maximum": nano("maximum", self.maximum),
            "maximum_of_value": self._scaled("maximum_bps", bps, 10**5),
            "step": nano("round_to", self.round_to),
        }

    def _scaled(self, name: str, value: Number, scale: int) -> int:
        return scaled(f"fee line {self.name!r}: {name}", value, scale)


_CHOICES: dict[str, tuple[str, ...]] = {
    "per": get_args(Per),
    "volume": ("quantity", "value"),
    "window": get_args(Window),
    "liquidity": ("both", "maker", "taker"),
    "side": ("both", "buy", "sell"),
    "scope": ("fill", "order"),
    "rounding": ("half_even", "up"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeFill:
    """One fill, as fees see it: units of quantity and of price, UTC nanoseconds."""

    order_id: int
    timestamp: int
    side: Literal["buy", "sell"]
    liquidity: Literal["maker", "taker"]
    price: Number
    quantity: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """A named table of fees.

    Parameters
    ----------
    name : str
        Its name.
    currency : str, default "USD"
        Of every amount; an account in another one refuses the schedule.
    lines : sequence of FeeLine
        What is charged; the order matters only to lines that are a share of another.
    effective : datetime.date, optional
        When the schedule was, or became, valid.
    title, source, note : str, optional
        What it describes, where it is published, what to know of it.
    prior_quantity, prior_value : int, default 0
        Volume traded before the first fill, for tiers.

    Raises
    ------
    ArgumentError
        If there are no lines, or one refers to a line that does not stand before it.

    Notes
    -----
    The schedules that come with the package (`schedule_names`) are examples with the
    dates and sources of every line, not advice on what you will be charged: their
    figures are from memory of the documents named.

    Examples
    --------
    >>> schedule = FeeSchedule.named("us_broker_fixed")
    >>> [line.name for line in schedule.lines][-1]
    'commission'
    """

    name: str
    lines: tuple[FeeLine, ...]
    currency: str = "USD"
    effective: dt.date | None = None
    title: str = ""
    source: str = ""
    note: str = ""
    prior_quantity: int = 0
    prior_value: int = 0
    _core_rows: list[dict[str, Any]] = field(
        init=False, repr=False, compare=False, default_factory=list
    )

    def __post_init__(self) -> None:
        if not self.lines:
            msg = f"fee schedule {self.name!r} has no lines; give it at least one"
            raise ArgumentError(msg)
        for name in ("prior_quantity", "prior_value"):
            whole(name, getattr(self, name))
        seen: dict[str, int] = {}
        for place, line in enumerate(self.lines):
            if line.of is not None and line.of not in seen:
                msg = (
                    f"fee line {line.name!r} is a share of {line.of!r}, which does not "
                    f"stand before it; before it stand {', '.join(seen) or 'none'}"
                )
                raise ArgumentError(msg)
            self._core_rows.append(line.to_core(seen.get(line.of or "", 0)))
            seen[line.name] = place

    @classmethod
    def named(cls, name: str, **changes: Any) -> FeeSchedule:
        """Return a schedule that comes with the package; see `schedule_names`.

        Parameters
        ----------
        name : str
            Such as ``"us_broker_tiered"``.
        **changes
            Fields to set otherwise, such as ``prior_quantity=2_000_000``.

        Raises
        ------
        ArgumentError
            If there is no such schedule.
        """
        tables = _shipped()
        if text("name", name, "nasdaq") not in tables:
            msg = (
                f"there is no fee schedule {name!r}; those that come with the package "
                f"are {', '.join(tables)}"
            )
            raise ArgumentError(msg)
        return _build(name, tables, changes)

    @classmethod
    def load(
        cls, path: str | Path, name: str | None = None, **changes: Any
    ) -> FeeSchedule:
        """Read a schedule from a TOML file of the layout of the shipped one.

        Parameters
        ----------
        path : path-like
            A file with one table per schedule; it may include shipped ones by name.
        name : str, optional
            Which table; by default the last one in the file.

        Raises
        ------
        ConfigError
            If the file cannot be read or says something that is not allowed.
        """
        try:
            own = tomllib.loads(
                file_path("path", path).read_text("utf-8"), parse_float=Decimal
            )
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            msg = f"cannot read the fee schedule {path}: {error}"
            raise ConfigError(msg) from error
        chosen = name or next(reversed(own), "")
        if not isinstance(own.get(chosen), dict):
            there = ", ".join(own) or "none"
            msg = f"{path} has no fee schedule {chosen!r}; it has {there}"
            raise ConfigError(msg)
        try:
            return _build(chosen, {**_shipped(), **own}, changes)
        except ArgumentError as error:
            msg = f"{path}: {error}"
            raise ConfigError(msg) from error

    def to_core(self) -> list[dict[str, Any]]:
        """Return the lines in the core's whole numbers."""
        return list(self._core_rows)

    def charge(
        self, fills: Iterable[FeeFill], instrument: Instrument
    ) -> tuple[list[Decimal], dict[str, Decimal]]:
        """Charge fills in their order.

        Parameters
        ----------
        fills : iterable of FeeFill
            In the order of their time.
        instrument : Instrument
            What they are of.

        Returns
        -------
        fees : list of Decimal
            The fee of each fill.
        by_line : dict of str to Decimal
            What each line charged in all; lines of one name are summed.

        Raises
        ------
        ArgumentError
            If a price or quantity is off the instrument's grid.

        Examples
        --------
        >>> from ai_trading.core.instrument import Instrument
        >>> fill = FeeFill(order_id=1, timestamp=0, side="buy", liquidity="taker",
        ...                price="25.00", quantity=100)
        >>> fees, _ = FeeSchedule.named("us_broker_fixed").charge(
        ...     [fill], Instrument("XYZ"))
        >>> fees
        [Decimal('1')]
        """
        tariff = _cost.Tariff(self._core_rows, self.prior_quantity, self.prior_value)
        tick, lot, unit = (
            scaled(what, value, 10**9)
            for what, value in (
                ("tick_size", instrument.tick_size),
                ("lot_size x multiplier", instrument.lot_size * instrument.multiplier),
                ("lot_size", instrument.lot_size),
            )
        )
        fees = [
            Decimal(
                tariff.charge(
                    fill.order_id,
                    fill.timestamp,
                    int(fill.side == "sell"),
                    1 if fill.liquidity == "maker" else 2,
                    instrument.to_ticks(fill.price),
                    instrument.to_lots(decimal("quantity", fill.quantity)),
                    tick,
                    lot,
                    unit,
                )
            ).scaleb(-9)
            for fill in fills
        ]
        by_line: dict[str, Decimal] = {}
        for line, total in zip(self.lines, tariff.totals, strict=True):
            by_line[line.name] = by_line.get(line.name, Decimal(0)) + Decimal(
                total
            ).scaleb(-9)
        return [fee.normalize() + 0 for fee in fees], by_line


def schedule_names() -> list[str]:
    """Return the names of the schedules that come with the package."""
    return list(_shipped())


@cache
def _shipped() -> dict[str, Any]:
    text = files("ai_trading.execution").joinpath("fee_schedules.toml")
    return tomllib.loads(text.read_text("utf-8"), parse_float=Decimal)


_TABLE_KEYS = {"title", "currency", "effective", "source", "note", "include", "lines"}
_TABLE_KEYS |= {"prior_quantity", "prior_value"}


def _build(
    name: str, tables: Mapping[str, Any], changes: dict[str, Any]
) -> FeeSchedule:
    table = tables[name]
    unknown = set(table) - _TABLE_KEYS
    if unknown:
        msg = (
            f"fee schedule {name!r} has an unknown key {sorted(unknown)[0]!r}; "
            f"allowed: {', '.join(sorted(_TABLE_KEYS))}"
        )
        raise ArgumentError(msg)
    told = {key: table[key] for key in table if key not in {"include", "lines"}}
    told |= {"name": name, "lines": tuple(_lines(name, tables, ()))}
    return FeeSchedule(**{**told, **changes})


def _lines(
    name: str, tables: Mapping[str, Any], inside: tuple[str, ...]
) -> Iterable[FeeLine]:
    if name not in tables or name in inside:
        what = "includes itself" if name in inside else "is not there"
        msg = f"fee schedule {name!r} {what}; there are {', '.join(tables)}"
        raise ArgumentError(msg)
    table = tables[name]
    for other in table.get("include", ()):
        if tables.get(other, {}).get("currency", "USD") != table.get("currency", "USD"):
            msg = f"fee schedule {name!r} includes {other!r} of another currency"
            raise ArgumentError(msg)
        yield from _lines(other, tables, (*inside, name))
    for row in table.get("lines", ()):
        yield _line(row)


def _line(row: Mapping[str, Any]) -> FeeLine:
    known = {item.name for item in fields(FeeLine)}
    values = {("start" if key == "from" else key): value for key, value in row.items()}
    for key in values:
        if key not in known:
            msg = (
                f"fee line {row.get('name', '')!r} has an unknown key {key!r}; "
                f"allowed: {', '.join(sorted(known - {'start'} | {'from'}))}"
            )
            raise ArgumentError(msg)
    missing = {"name", "per"} - set(values)
    if missing:
        msg = (
            f"a fee line needs {' and '.join(sorted(missing))}; received {dict(row)!r}"
        )
        raise ArgumentError(msg)
    if "tiers" in values:
        values["tiers"] = tuple((at, rate) for at, rate in values["tiers"])
    return FeeLine(**values)


def _midnight(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY
