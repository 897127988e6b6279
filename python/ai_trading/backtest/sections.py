"""The sections of the file that describes a backtest, and what each value may be.

Units: durations are nanoseconds here and may be written as ``"50us"``.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from ai_trading.backtest._explain import similar
from ai_trading.backtest.rules import Accrual, TickSizes
from ai_trading.backtest.terms import BarPath, QueueName
from ai_trading.core.clock import datetime_to_ns
from ai_trading.core.durations import UNITS, nanoseconds
from ai_trading.core.enums import AssetClass
from ai_trading.core.sessions import local_time_ns

__all__ = [
    "BarFillSection",
    "CurrencySection",
    "DataSource",
    "DelaySection",
    "FeeSection",
    "HoldingSection",
    "ImpactSection",
    "InstrumentSection",
    "LatencySection",
    "LevelFillSection",
    "LimitSection",
    "LoadSection",
    "ReportSection",
    "RiskSection",
    "RuleSection",
    "RunSection",
    "Section",
    "StrategySection",
    "duration",
]


def duration(value: object) -> object:
    """Return the nanoseconds of a duration as a file writes it, else `ValueError`."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        msg = 'must be nanoseconds or a duration such as "50us", "1ms", "1s"'
        raise ValueError(msg)  # noqa: TRY004  pydantic collects this one
    if isinstance(value, int):
        return value
    length = nanoseconds(value)
    if length is None:
        msg = f'must be a number and one of {", ".join(UNITS)}, such as "50us"'
        raise ValueError(msg)
    if length != int(length):
        msg = "must be whole nanoseconds"
        raise ValueError(msg)
    return int(length)


def _exact(value: object) -> object:
    """A float is what TOML made of the digits in the file; take them back."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _zone(name: str) -> str:
    if name not in available_timezones():
        msg = "must be an IANA time zone such as America/New_York"
        raise ValueError(msg + similar(name, available_timezones()))
    return name


Duration = Annotated[int, BeforeValidator(duration), Field(ge=0)]
Amount = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False)]
Positive = Annotated[Amount, Field(gt=0)]
NotNegative = Annotated[Amount, Field(ge=0)]
_FalseIsNone = BeforeValidator(lambda value: None if value is False else value)
Limit = Annotated[Positive | None, _FalseIsNone]
"""A positive amount, or ``false`` for none."""
Share = Annotated[Annotated[Positive, Field(le=1)] | None, _FalseIsNone]
Zone = Annotated[str, AfterValidator(_zone)]


class Section(BaseModel):
    """Knows its keys: an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RunSection(Section):
    """``[run]``: the account, the range and where results go."""

    name: str | None = Field(None, min_length=1, max_length=200)
    seed: int = Field(0, ge=0, lt=2**63)
    cash: NotNegative = Decimal(1_000_000)
    currency: str = Field("USD", min_length=1, max_length=12)
    start: dt.datetime | dt.date | None = None
    end: dt.datetime | dt.date | None = None
    timezone: Zone = "UTC"
    equity_interval: Annotated[Duration, Field(gt=0)] | None = None
    output: Path = Path("results")
    database: str | None = None
    store: bool = True

    @property
    def start_ns(self) -> int | None:
        """First instant of the run; a date begins at midnight in `timezone`."""
        return None if self.start is None else _instant(self.start, self.timezone)

    @property
    def end_ns(self) -> int | None:
        """First instant after the run; a date includes its whole day."""
        if self.end is None or isinstance(self.end, dt.datetime):
            return None if self.end is None else _instant(self.end, self.timezone)
        return _instant(self.end + dt.timedelta(days=1), self.timezone)

    @field_validator("start", "end", mode="before")
    @classmethod
    def _only_dates(cls, value: object) -> object:
        """TOML has dates of its own; a text is read as ISO 8601, never a number."""
        if value is None or isinstance(value, dt.date):
            return value
        if isinstance(value, str):
            whole_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
            kind = dt.date if whole_day else dt.datetime
            try:
                return kind.fromisoformat(value)
            except ValueError as error:
                msg = f"must be a date or a date and time: {error}"
                raise ValueError(msg) from None
        msg = "must be a date or a date and time, such as 2026-03-09T09:30:00"
        raise ValueError(msg)

    @model_validator(mode="after")
    def _in_order(self) -> RunSection:
        start, end = self.start_ns, self.end_ns
        if start is not None and end is not None and start >= end:
            msg = f"start {self.start} must lie before end {self.end}"
            raise ValueError(msg)
        return self


class DataSource(Section):
    """``[[data]]``: one source of market data; several are merged in time."""

    path: str | list[str] | None = None
    synthetic: Literal["hawkes", "zero_intelligence", "queue_reactive", "agents"] | (
        None
    ) = None
    kind: Literal["events", "quotes", "trades", "bars"] | None = None
    format: str | None = None
    symbol: str | None = None
    symbols: list[str] | None = Field(None, min_length=1)
    columns: dict[str, str | int] | None = None
    timezone: Zone | None = None
    policy: Literal["raise", "drop", "keep"] = "raise"
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("path")
    @classmethod
    def _not_empty(cls, value: str | list[str] | None) -> str | list[str] | None:
        if value in ("", []) or (isinstance(value, list) and "" in value):
            msg = "must name a file, a folder, a pattern or a list of these"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _one_source(self) -> DataSource:
        if (self.path is None) == (self.synthetic is None):
            msg = "must have either a path or the name of a synthetic market"
            raise ValueError(msg)
        if self.synthetic is None:
            return self
        for key in ("kind", "format", "symbol", "columns", "timezone"):
            if getattr(self, key) is not None:
                msg = f"synthetic data is made, not read: leave {key} out"
                raise ValueError(msg)
        return self


class InstrumentSection(Section):
    """``[instruments.SYMBOL]``: what differs from the data and the defaults."""

    tick_size: Positive | None = None
    lot_size: Positive | None = None
    multiplier: Positive | None = None
    price_increment: Positive | None = None
    currency: str | None = None
    venue: str | None = None
    calendar: str | None = None
    asset_class: AssetClass | None = None
    sector: str | None = None

    def changes(self) -> dict[str, Any]:
        """Return what was given."""
        return self.model_dump(exclude_none=True)


class CurrencySection(Section):
    """``[currencies.CODE]``: another currency; see `execution.currencies.Currency`."""

    cash: NotNegative = Decimal(0)
    rate: Positive | None = None
    rates: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> CurrencySection:
        if (self.rate is None) == (self.rates is None):
            msg = "needs rate (a number) or rates (a file of time,rate), and not both"
            raise ValueError(msg)
        return self


class StrategySection(Section):
    """``[[strategy]]``: a class or a shared library, and what it is made with."""

    cls: str | None = Field(None, alias="class")
    path: str | None = Field(None, min_length=1)
    name: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_source(self) -> StrategySection:
        if (self.cls is None) == (self.path is None):
            msg = (
                'must have either class, "path/to/file.py:Class", or path, the shared '
                "library of a compiled strategy"
            )
            raise ValueError(msg)
        return self

    @field_validator("cls")
    @classmethod
    def _two_parts(cls, value: str | None) -> str | None:
        if value is None:
            return None
        place, _, name = value.rpartition(":")
        if not place or not name.isidentifier():
            msg = (
                'must be "package.module:Class" or "path/to/file.py:Class", a colon '
                "between place and class"
            )
            raise ValueError(msg)
        return value


class DelaySection(Section):
    """A law of delays inside ``[latency]``; see `latency.Delay`."""

    law: Literal["constant", "normal", "lognormal", "gamma"]
    delay: Duration | None = None
    mean: Duration | None = None
    deviation: Duration | None = None
    median: Duration | None = None
    sigma: float | None = None
    shape: float | None = None
    shift: Duration = 0
    minimum: Duration = 0
    maximum: Duration | None = None


class LoadSection(Section):
    """``load`` inside ``[latency]``; see `latency.Load`."""

    window: Duration
    per_message: Duration
    free: int = Field(0, ge=0)


def _law_orduration(value: object) -> str:
    return "a law" if isinstance(value, dict | DelaySection) else "a duration"


DurationOrLaw = Annotated[
    Annotated[Duration, Tag("a duration")] | Annotated[DelaySection, Tag("a law")],
    Discriminator(_law_orduration),
]


class LatencySection(Section):
    """``[latency]``: how long what travels takes; see `terms.Latency`."""

    feed: DurationOrLaw = 0
    entry: DurationOrLaw = 0
    response: DurationOrLaw = 0
    samples: str | None = None
    load: LoadSection | None = None


class FeeSection(Section):
    """``[fees]``: what the venue charges; see `terms.FeeModel`."""

    maker_per_share: Amount = Decimal(0)
    taker_per_share: Amount = Decimal(0)
    maker_bps: Amount = Decimal(0)
    taker_bps: Amount = Decimal(0)
    per_order: Amount = Decimal(0)
    schedule: str | None = None
    prior_quantity: int = Field(0, ge=0)
    prior_value: int = Field(0, ge=0)


class LimitSection(Section):
    """``[limits]``: what the gate lets through; see `terms.Limits`."""

    max_order_quantity: Limit = None
    max_order_notional: Limit = None
    max_position: Limit = None
    price_collar: Limit = Decimal("0.1")
    cash_only: bool = False


class RiskSection(BaseModel):
    """``[risk]``: the whole gate; a file of limits, or its tables here."""

    model_config = ConfigDict(extra="allow", frozen=True)

    file: str | None = None
    account_name: str = "main"

    def tables(self) -> dict[str, Any]:
        """Return the limits that are written here and not in a file."""
        return dict(self.model_extra or {})


class ImpactSection(Section):
    """``[impact]``: how our orders move our later ones; see `impact.MarketImpact`."""

    daily_volume: float | dict[str, float]
    volatility: float | dict[str, float]
    coefficient: float = 1.0
    exponent: float = 0.5
    permanent: float = 0.0
    decay: Literal["exponential", "power"] = "power"
    half_life: Duration = 300_000_000_000
    timescale: Duration = 10_000_000_000
    beta: float = 0.5


class RuleSection(Section):
    """``[rules]``: what the venue asks of our orders; see `rules.MarketRules`."""

    name: Literal["us_equities"] | None = None
    tick_sizes: TickSizes | None = None
    collar: Literal["nyse"] | None = None
    short_sales: bool | None = None
    price_bands: Literal["luld"] | None = None
    tiers: dict[str, Literal[1, 2]] | None = None
    previous_close: dict[str, Amount] | None = None
    hours: bool | None = None


class HoldingSection(Section):
    """``[holding]``: what positions cost while held; see `rules.HoldingRates`."""

    borrow: dict[str, Amount] = Field(default_factory=dict)
    funding: dict[str, list[tuple[AwareDatetime, Amount]]] = Field(default_factory=dict)
    accrue: Accrual = "day"
    days_of_year: int = Field(360, ge=1, le=1000)
    dividends: dict[str, list[tuple[AwareDatetime, Amount]]] = Field(
        default_factory=dict
    )
    interest: dict[str, tuple[Amount, Amount]] = Field(default_factory=dict)


class LevelFillSection(Section):
    """``[level_fills]``: how queues on levels are estimated; see `terms.LevelFills`."""

    queue: QueueName = "risk_averse"
    exponent: float = Field(3, gt=0, le=100, allow_inf_nan=False)
    assumed_ahead: Annotated[
        Annotated[int, Field(ge=0, lt=2**62)] | None, _FalseIsNone
    ] = None


class BarFillSection(Section):
    """``[bar_fills]``: how orders trade on bars; see `terms.BarFills`."""

    volume_cap: Share = Decimal(1)
    half_spread_ticks: int = Field(0, ge=0)
    touch_fills: bool = False
    path: BarPath = "low_first"


class ReportSection(Section):
    """``[report]``: the HTML page."""

    write: bool = True
    file: Path | None = None


def _instant(moment: dt.datetime | dt.date, zone: str) -> int:
    if isinstance(moment, dt.datetime):
        if moment.tzinfo is not None:
            return datetime_to_ns(moment)
        return local_time_ns(moment.date(), moment.time(), zone)
    return local_time_ns(moment, dt.time(), zone)
