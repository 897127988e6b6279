"""The file that describes a backtest: what it may say, and what is wrong with it.

`load_config` turns TOML into a checked `BacktestConfig`; `ai_trading.backtest.assemble`
turns that into a run. A relative path in the file is relative to the file. A mistake is
named with file, key, value and what is allowed, all mistakes at once.

Units: durations are nanoseconds in the model and may be written as ``"50us"``.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from ai_trading.backtest.rules import Accrual, TickSizes
from ai_trading.backtest.terms import BarPath, QueueName
from ai_trading.core.clock import datetime_to_ns
from ai_trading.core.durations import UNITS, nanoseconds
from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ConfigError
from ai_trading.core.sessions import local_time_ns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "BacktestConfig",
    "BarFillSection",
    "CurrencySection",
    "DataSource",
    "FeeSection",
    "InstrumentSection",
    "LatencySection",
    "LevelFillSection",
    "LimitSection",
    "ReportSection",
    "RiskSection",
    "RunSection",
    "StrategySection",
    "load_config",
    "similar",
    "template",
]


def _duration(value: object) -> object:
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


Duration = Annotated[int, BeforeValidator(_duration), Field(ge=0)]
Amount = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False)]
Positive = Annotated[Amount, Field(gt=0)]
NotNegative = Annotated[Amount, Field(ge=0)]
_FalseIsNone = BeforeValidator(lambda value: None if value is False else value)
Limit = Annotated[Positive | None, _FalseIsNone]
"""A positive amount, or ``false`` for none."""
Share = Annotated[Annotated[Positive, Field(le=1)] | None, _FalseIsNone]
Zone = Annotated[str, AfterValidator(_zone)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RunSection(_Section):
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


class DataSource(_Section):
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


class InstrumentSection(_Section):
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


class CurrencySection(_Section):
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


class StrategySection(_Section):
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


class DelaySection(_Section):
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


class LoadSection(_Section):
    """``load`` inside ``[latency]``; see `latency.Load`."""

    window: Duration
    per_message: Duration
    free: int = Field(0, ge=0)


def _law_or_duration(value: object) -> str:
    return "a law" if isinstance(value, dict | DelaySection) else "a duration"


DurationOrLaw = Annotated[
    Annotated[Duration, Tag("a duration")] | Annotated[DelaySection, Tag("a law")],
    Discriminator(_law_or_duration),
]


class LatencySection(_Section):
    """``[latency]``: how long what travels takes; see `terms.Latency`."""

    feed: DurationOrLaw = 0
    entry: DurationOrLaw = 0
    response: DurationOrLaw = 0
    samples: str | None = None
    load: LoadSection | None = None


class FeeSection(_Section):
    """``[fees]``: what the venue charges; see `terms.FeeModel`."""

    maker_per_share: Amount = Decimal(0)
    taker_per_share: Amount = Decimal(0)
    maker_bps: Amount = Decimal(0)
    taker_bps: Amount = Decimal(0)
    per_order: Amount = Decimal(0)
    schedule: str | None = None
    prior_quantity: int = Field(0, ge=0)
    prior_value: int = Field(0, ge=0)


class LimitSection(_Section):
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


class ImpactSection(_Section):
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


class RuleSection(_Section):
    """``[rules]``: what the venue asks of our orders; see `rules.MarketRules`."""

    name: Literal["us_equities"] | None = None
    tick_sizes: TickSizes | None = None
    collar: Literal["nyse"] | None = None
    short_sales: bool | None = None
    price_bands: Literal["luld"] | None = None
    tiers: dict[str, Literal[1, 2]] | None = None
    previous_close: dict[str, Amount] | None = None
    hours: bool | None = None


class HoldingSection(_Section):
    """``[holding]``: what positions cost while held; see `rules.HoldingRates`."""

    borrow: dict[str, Amount] = Field(default_factory=dict)
    funding: dict[str, list[tuple[AwareDatetime, Amount]]] = Field(default_factory=dict)
    accrue: Accrual = "day"
    days_of_year: int = Field(360, ge=1, le=1000)


class LevelFillSection(_Section):
    """``[level_fills]``: how queues on levels are estimated; see `terms.LevelFills`."""

    queue: QueueName = "risk_averse"
    exponent: float = Field(3, gt=0, le=100, allow_inf_nan=False)
    assumed_ahead: Annotated[
        Annotated[int, Field(ge=0, lt=2**62)] | None, _FalseIsNone
    ] = None


class BarFillSection(_Section):
    """``[bar_fills]``: how orders trade on bars; see `terms.BarFills`."""

    volume_cap: Share = Decimal(1)
    half_spread_ticks: int = Field(0, ge=0)
    touch_fills: bool = False
    path: BarPath = "low_first"


class ReportSection(_Section):
    """``[report]``: the HTML page."""

    write: bool = True
    file: Path | None = None


class BacktestConfig(_Section):
    """A whole backtest; see ``ai-trading backtest --template`` for every key."""

    run: RunSection = RunSection()
    data: list[DataSource] = Field(min_length=1)
    instruments: dict[str, InstrumentSection] = Field(default_factory=dict)
    currencies: dict[str, CurrencySection] = Field(default_factory=dict)
    strategy: list[StrategySection] = Field(min_length=1)
    latency: LatencySection = LatencySection()
    fees: FeeSection = FeeSection()
    limits: LimitSection = LimitSection()
    risk: RiskSection | None = None
    impact: ImpactSection | None = None
    rules: RuleSection | None = None
    holding: HoldingSection | None = None
    level_fills: LevelFillSection = LevelFillSection()
    bar_fills: BarFillSection = BarFillSection()
    report: ReportSection = ReportSection()

    _folder: Path = PrivateAttr(default=Path())
    _file: Path | None = PrivateAttr(default=None)

    @field_validator("data", "strategy", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @property
    def file(self) -> Path | None:
        """The file this came from."""
        return self._file

    @property
    def name(self) -> str:
        """The name of the run: as given, or that of the file."""
        return self.run.name or (self._file.stem if self._file else "backtest")

    def path(self, path: str | Path) -> Path:
        """Return a path of the file, relative ones to the file's folder."""
        return self._folder / Path(path).expanduser()

    def plain(self) -> dict[str, Any]:
        """Return what was given as a JSON-able dictionary, without the defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @classmethod
    def check(
        cls, values: Mapping[str, Any], *, file: str | Path | None = None
    ) -> BacktestConfig:
        """Return the configuration in a mapping.

        Parameters
        ----------
        values : Mapping
            As TOML gives it.
        file : path, optional
            Where it came from: named in errors, and its folder is where relative paths
            begin.

        Raises
        ------
        ConfigError
            If a key is unknown or missing or a value is not allowed; lists all.
        """
        try:
            config = cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(_explain(error, file)) from None
        if file is not None:
            config._file = Path(file).absolute()
            config._folder = config._file.parent
        return config


def load_config(
    path: str | Path, *, changes: Sequence[tuple[str, Any]] = ()
) -> BacktestConfig:
    """Read and check the configuration of a backtest.

    Parameters
    ----------
    path : path-like
        A TOML file.
    changes : sequence of (key, value), optional
        Dotted keys that win over the file, such as ``("run.seed", 3)``; a number
        chooses an element of a list: ``("strategy.0.params.size", 200)``.

    Raises
    ------
    ConfigError
        If the file cannot be read, is no TOML, or says something that is not allowed.

    Examples
    --------
    >>> load_config("crossover.toml").run.cash  # doctest: +SKIP
    Decimal('1000000')
    """
    file = Path(path)
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        msg = f"cannot read the configuration {file}: {error.strerror or error}"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{file} is not UTF-8 text: {error.reason} at byte {error.start}"
        raise ConfigError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"{file} is not valid TOML: {error}"
        raise ConfigError(msg) from error
    for key, value in changes:
        _change(values, key, value)
    return BacktestConfig.check(values, file=file)


def template() -> str:
    """Return a commented configuration to start from."""
    folder = files("ai_trading.backtest")
    return folder.joinpath("template.toml").read_text("utf-8")


def similar(word: str, words: Iterable[str]) -> str:
    """Return ``". Did you mean X?"`` where one of `words` is close, else nothing."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f". Did you mean {found[0]}?" if found else ""


def _instant(moment: dt.datetime | dt.date, zone: str) -> int:
    if isinstance(moment, dt.datetime):
        if moment.tzinfo is not None:
            return datetime_to_ns(moment)
        return local_time_ns(moment.date(), moment.time(), zone)
    return local_time_ns(moment, dt.time(), zone)


def _change(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key, making tables on the way."""
    place: Any = values
    *way, last = key.split(".")
    try:
        for part, following in zip(way, [*way[1:], last], strict=True):
            if isinstance(place, list):
                place = place[int(part)]
            elif following.isdigit() and isinstance(place.get(part), dict):
                place[part] = [place[part]]
                place = place[part]
            else:
                place = place.setdefault(part, {})
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    except (AttributeError, IndexError, TypeError, ValueError):
        msg = f"cannot set {key}: the configuration has no such place"
        raise ConfigError(msg) from None


def _explain(error: ValidationError, file: str | Path | None) -> str:
    where = f"{file}: " if file is not None else ""
    problems = error.errors(include_url=False)
    return "\n".join(where + _explain_one(problem) for problem in problems)


def _explain_one(problem: Any) -> str:
    path = _written(problem["loc"])
    name = ".".join(path) or "the configuration"
    model = _model_at(path[:-1])
    if problem["type"] == "extra_forbidden":
        known = _keys(model)
        hint = similar(path[-1], known)
        return f"unknown key {name}{hint or '; allowed: ' + ', '.join(known)}"
    if problem["type"] == "missing":
        return f"{name} is missing"
    said = str(problem["msg"]).removeprefix("Value error, ")
    said = said.replace("Input should be", "must be", 1)
    if not said.startswith("must"):
        return f"{name}: {said}"
    received = problem["input"]
    if isinstance(received, dict | list) and len(repr(received)) > 60:
        return f"{name} {said}"
    return f"{name} {said}; received {received!r}"


def _written(location: Sequence[str | int]) -> list[str]:
    """The path as the file has it, without pydantic's names of union members."""
    path: list[str] = []
    for part in location:
        if isinstance(part, str):
            path += [] if part in _MEMBERS else [part]
        elif path:
            path[-1] += f"[{part}]"
    return path


_MEMBERS = {
    "a law",
    "float",
    "dict[str,float]",
    "a duration",
    "str",
    "int",
    "datetime",
    "date",
    "list[str]",
    "decimal",
}


def _model_at(path: Sequence[str]) -> type[BaseModel]:
    model: type[BaseModel] = BacktestConfig
    for part in path:
        field = model.model_fields.get(part.partition("[")[0])
        inner = None if field is None else _model_in(field.annotation)
        model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
