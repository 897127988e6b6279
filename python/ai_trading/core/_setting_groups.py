"""The groups of `core.settings`: every single setting, its default and its bounds.

Units stand at the end of a name where they are not a plain count or a fraction
(0.01 is one percent). The line under a setting is its comment in the template.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ai_trading.core import _settings_text as text
from ai_trading.core.enums import RiskLevel

Fraction = Annotated[float, Field(gt=0, le=1)]
OpenFraction = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
Money = Annotated[Decimal, Field(gt=0)]


class Group(BaseModel):
    """A named set of settings; frozen, and closed to names it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and kind is not bool:
            msg = "must not be true or false"
            raise ValueError(msg)
        return value


class DatabaseSettings(Group):
    """Where runs, orders and positions are stored."""

    url: SecretStr | None = None
    """SQLAlchemy URL; empty means an embedded SQLite file at sqlite_path."""
    sqlite_path: Path = Path("ai_trading.db")
    """The embedded database's file."""
    connection_pool_size: Count = 20
    """Connections kept open."""
    max_overflow: CountOrNone = 10
    """Connections opened beyond the pool when it is exhausted."""
    pool_timeout_seconds: Positive = 30
    """Longest wait for a free connection."""
    pool_recycle_seconds: Count = 3600
    """Age at which a connection is replaced."""
    query_timeout_seconds: Positive = 30
    """Longest time one statement may take."""
    echo: bool = False
    """Log every statement."""


class RedisSettings(Group):
    """The Redis server that tasks and live state use."""

    host: str = "localhost"
    """Host name or address."""
    port: Port = 6379
    """Port."""
    db: CountOrNone = 0
    """Number of the database."""
    username: str | None = None
    """User, where the server knows users."""
    password: SecretStr | None = None
    """Password."""
    tls: bool = False
    """Encrypt the connection."""
    socket_timeout_seconds: Positive = 5
    """Longest wait for an answer."""
    max_connections: Count = 50
    """Connections kept open."""

    @property
    def url(self) -> SecretStr:
        """The server's address, with its password."""
        login = ""
        if self.username or self.password:
            secret = self.password.get_secret_value() if self.password else ""
            login = f"{quote(self.username or '', safe='')}:{quote(secret, safe='')}@"
        scheme = "rediss" if self.tls else "redis"
        return SecretStr(f"{scheme}://{login}{self.host}:{self.port}/{self.db}")


class CelerySettings(Group):
    """Distributed tasks."""

    broker_url: SecretStr | None = None
    """Where tasks are queued; empty means the Redis server above."""
    result_backend: SecretStr | None = None
    """Where results are kept; empty means the Redis server above."""
    worker_concurrency: Count = 2
    """Tasks one worker runs at once."""
    task_soft_time_limit_seconds: Count = 3300
    """After this a task is asked to stop."""
    task_time_limit_seconds: Count = 3600
    """After this it is killed."""
    task_max_retries: CountOrNone = 3
    """Times a failed task is tried again."""
    result_expires_seconds: Count = 86400
    """How long a result is kept."""
    lease_seconds: Count = 30
    """A worker that is silent for so long has lost its task."""

    @model_validator(mode="after")
    def _soft_before_hard(self) -> Self:
        text.ordered(
            self, "task_soft_time_limit_seconds", "task_time_limit_seconds", strict=True
        )
        return self


class RiskSettings(Group):
    """Limits of the portfolio."""

    level: RiskLevel = RiskLevel.MODERATE
    """Appetite: conservative, moderate or aggressive."""
    max_portfolio_risk: Fraction = 0.02
    """Largest share of the portfolio put at risk at once."""
    max_correlation_exposure: Fraction = 0.20
    """Largest share in positions that move together."""
    max_sector_concentration: Fraction = 0.15
    """Largest share in one sector."""
    min_liquidity_threshold: CountOrNone = 1_000_000
    """Smallest daily turnover, in currency, of a name worth trading."""
    max_position_size: Fraction = 0.10
    """Largest share in one name, whatever the appetite."""
    stop_loss_multiplier: Positive = 2.0
    """Distance of a stop from the entry, in average true ranges."""
    take_profit_multiplier: Positive = 3.0
    """Distance of a target from the entry, in average true ranges."""
    limits_file: Path | None = None
    """TOML file with the limits of the pre-trade gate; empty means the basic ones."""
    account: str = "main"
    """Account whose limits in that file count beside everybody's."""

    @model_validator(mode="after")
    def _position_within_sector(self) -> Self:
        text.ordered(self, "max_position_size", "max_sector_concentration")
        return self


class KellySettings(Group):
    """Position sizing after Kelly."""

    min_sample_size: CountOrNone = 30
    """Returns below which no fraction is estimated."""
    max_kelly_fraction: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Cap of every fraction."""
    confidence_level: OpenFraction = 0.95
    """Level of the interval of a fraction."""
    lookback_periods: Count = 252
    """Periods of history an estimate uses."""
    rebalance_frequency: Count = 21
    """Periods between two estimates."""

    @model_validator(mode="after")
    def _sample_within_lookback(self) -> Self:
        text.ordered(self, "min_sample_size", "lookback_periods")
        return self


class ExecutionSettings(Group):
    """How orders are worked."""

    max_slippage_bps: Positive = 20
    """Largest acceptable slippage, in basis points of the price."""
    participation_rate: Fraction = 0.10
    """Largest share of the market's volume."""
    min_order_size: Count = 100
    """Smallest slice an algorithm makes; never a gate."""
    max_order_size: Count = 10_000
    """Largest single order."""
    order_timeout_seconds: Positive = 300
    """An unfinished order is given up after this."""
    retry_attempts: CountOrNone = 3
    """Times a failed submission is tried again."""
    cancel_threshold_seconds: Positive = 60
    """A passive order is reconsidered after this."""
    simulation_price: Money = Decimal(100)
    """Reference price of a session without a feed."""
    simulation_cash: Money = Decimal(1_000_000)
    """Cash of a session without a feed."""
    simulation_seed: CountOrNone = 0
    """Seed of a session without a feed."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        text.ordered(self, "min_order_size", "max_order_size")
        text.ordered(self, "cancel_threshold_seconds", "order_timeout_seconds")
        return self


class MonitoringSettings(Group):
    """Metrics, health and the dashboard."""

    prometheus_enabled: bool = False
    """Serve metrics to Prometheus."""
    prometheus_port: Port = 8000
    """Port of the metrics."""
    dashboard_host: str = "127.0.0.1"
    """Address the dashboard listens on."""
    dashboard_port: Port = 8050
    """Port of the dashboard."""
    health_check_interval: Positive = 60
    """Seconds between two checks of health."""
    metrics_retention_days: Count = 365
    """Age at which a metric is dropped."""
    metrics_max_records: Count = 100_000
    """Records kept in memory per kind of metric."""
    alert_cooldown_seconds: Annotated[float, Field(ge=0)] = 300
    """Silence between two equal alerts."""

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.prometheus_port == self.dashboard_port:
            text.contradiction(
                f"prometheus_port and dashboard_port are both {self.dashboard_port}; "
                "two servers need two ports"
            )
        return self


class BrokerSettings(Group):
    """The broker of live and paper trading."""

    name: Literal["paper", "alpaca", "interactive_brokers", "ccxt", "fix"] = "paper"
    """Which broker."""
    live_trading: bool = False
    """Send orders with real money."""
    api_key: SecretStr | None = None
    """Key of the broker's interface."""
    api_secret: SecretStr | None = None
    """Secret of the broker's interface."""
    account_id: str | None = None
    """Account to trade."""
    base_url: str | None = None
    """Address, where it is not the broker's usual one."""
    request_timeout_seconds: Positive = 10
    """Longest wait for an answer."""
    max_requests_per_minute: Count = 200
    """Rate the broker allows."""
    reconnect_seconds: Positive = 5
    """Pause before a lost connection is tried again."""

    @model_validator(mode="after")
    def _live_needs_a_broker(self) -> Self:
        if self.live_trading and self.name == "paper":
            text.contradiction(
                "live_trading is true but name is 'paper', which has no real money; "
                "name a broker, or set live_trading to false"
            )
        if (self.api_key is None) != (self.api_secret is None):
            text.contradiction(
                "api_key and api_secret belong together; only one is given"
            )
        return self


class LoggingSettings(Group):
    """What is logged, and where."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    """Least severe event that is written."""
    style: Literal["text", "json"] = "text"
    """Readable lines, or one JSON object per event."""
    file: Path | None = None
    """Log file; empty means standard error."""
    rotation_days: Count = 30
    """Days of log files that are kept."""

    @field_validator("level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


class LimitsSettings(Group):
    """Limits of the system; they bind live and paper, a backtest names its own."""

    max_concurrent_orders: Count = 100
    """Orders that may work at once."""
    max_daily_trades: Count = 1000
    """Trades in one session."""
    max_symbols_tracked: Count = 500
    """Instruments followed at once."""
    max_memory_usage_gb: Positive = 8
    """Memory at which trading stops taking on work."""
    max_cpu_usage_percent: Annotated[float, Field(gt=0, le=100)] = 80
    """Processor load at which an alert is raised."""


class StrategySettings(Group):
    """What a signal must show before it is traded."""

    max_active: Count = 50
    """Strategies that may be active at once."""
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Least confidence of a signal."""
    max_risk_score: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Highest risk score of a signal."""
    signal_lifetime_seconds: Positive = 300
    """Age at which a signal is stale."""


class SecuritySettings(Group):
    """Who may do what."""

    secret_key: SecretStr | None = None
    """Signs sessions of the dashboard."""
    session_timeout_minutes: Count = 30
    """An idle session ends after this."""
    max_login_attempts: Count = 5
    """Failures after which an account is locked."""
    lockout_minutes: Count = 15
    """How long it stays locked."""
    require_tls: bool = True
    """Refuse unencrypted connections from other machines."""
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    """Host names the dashboard answers to."""


class BackupSettings(Group):
    """Copies of the database."""

    enabled: bool = True
    """Make them."""
    frequency_hours: Count = 6
    """Hours between two."""
    retention_days: Count = 90
    """Days each is kept."""
    directory: Path = Path("backups")
    """Where they are put."""

    @model_validator(mode="after")
    def _kept_until_the_next(self) -> Self:
        if self.frequency_hours > 24 * self.retention_days:
            text.contradiction(
                f"retention_days {self.retention_days} is shorter than "
                f"frequency_hours {self.frequency_hours}: between two backups there "
                "would be none"
            )
        return self


class EnvironmentSettings(Group):
    """Where this runs."""

    name: Literal["development", "test", "staging", "production"] = "development"
    """Kind of installation."""
    debug: bool = False
    """Show internals in error pages."""
    data_directory: Path = Path("data")
    """Where files of market data are looked for."""
    output_directory: Path = Path("out")
    """Where reports are written."""

    @model_validator(mode="after")
    def _no_debug_in_production(self) -> Self:
        if self.debug and self.name == "production":
            text.contradiction(
                "debug is true in production, where it would show internals to "
                "strangers; set debug to false"
            )
        return self


class MarketDataSettings(Group):
    """Where prices come from and how old they may be."""

    provider: str | None = None
    """Name of the live source; empty means the broker's."""
    api_key: SecretStr | None = None
    """Key of the source."""
    max_data_age_minutes: Positive = 5
    """Age at which a price is stale and the gate says no."""
    reconnect_seconds: Positive = 5
    """Pause before a lost connection is tried again."""
    cache_directory: Path | None = None
    """Where converted files are kept; empty means nowhere."""


class EmailSettings(Group):
    """Alerts by email."""

    enabled: bool = False
    """Send them."""
    host: str | None = None
    """SMTP server."""
    port: Port = 587
    """SMTP port."""
    username: str | None = None
    """SMTP user."""
    password: SecretStr | None = None
    """SMTP password."""
    sender: str | None = None
    """Address they come from."""
    recipients: tuple[str, ...] = ()
    """Addresses they go to."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        text.complete(self, "host", "sender", "recipients")
        return self


class SlackSettings(Group):
    """Alerts in Slack."""

    enabled: bool = False
    """Send them."""
    webhook_url: SecretStr | None = None
    """Address of the incoming webhook."""
    channel: str | None = None
    """Channel, where it is not the webhook's own."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        text.complete(self, "webhook_url")
        return self


class SmsSettings(Group):
    """Alerts by text message."""

    enabled: bool = False
    """Send them."""
    account: str | None = None
    """Account at the carrier."""
    token: SecretStr | None = None
    """Token at the carrier."""
    sender: str | None = None
    """Number they come from."""
    recipients: tuple[str, ...] = ()
    """Numbers they go to."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        text.complete(self, "account", "token", "sender", "recipients")
        return self


class NotificationSettings(Group):
    """How alerts reach people."""

    email: EmailSettings = EmailSettings()
    slack: SlackSettings = SlackSettings()
    sms: SmsSettings = SmsSettings()


class ComplianceSettings(Group):
    """What must be recorded, and for how long."""

    audit_enabled: bool = True
    """Keep the audit log."""
    audit_retention_years: Count = 7
    """Years every entry is kept."""
    audit_directory: Path = Path("audit")
    """Where exports of it are put."""
    surveillance_enabled: bool = True
    """Look for manipulative patterns."""


class PerformanceSettings(Group):
    """What a strategy must show to be kept running."""

    min_sharpe_ratio: float = 1.0
    """Least Sharpe ratio, annualised."""
    max_drawdown: Fraction = 0.20
    """Deepest fall from a peak."""
    min_win_rate: Annotated[float, Field(ge=0, le=1)] = 0.45
    """Least share of trades that won."""
    min_profit_factor: Annotated[float, Field(ge=0)] = 1.2
    """Least ratio of gains to losses."""
    max_var_95: Fraction = 0.05
    """Largest daily value at risk at 95 %."""
    risk_free_rate: float = 0.0
    """Annual rate that ratios subtract."""
    periods_per_year: Count = 252
    """Periods that make a year where daily figures are annualised."""


class MarketHoursSettings(Group):
    """The trading day, as the clock on the exchange's wall shows it."""

    calendar: str = "XNYS"
    """exchange-calendars name; it knows holidays and early closes."""
    timezone: str = "America/New_York"
    """Zone of the four times below."""
    pre_market_start: dt.time = dt.time(4, 0)
    """Extended trading begins."""
    market_open: dt.time = dt.time(9, 30)
    """The regular session opens."""
    market_close: dt.time = dt.time(16, 0)
    """The regular session closes."""
    after_hours_end: dt.time = dt.time(20, 0)
    """Extended trading ends."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return text.known_zone(value)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        text.ordered(self, "pre_market_start", "market_open")
        text.ordered(self, "market_open", "market_close", strict=True)
        text.ordered(self, "market_close", "after_hours_end")
        return self
