"""Every setting of the library, typed, with its default and its bounds.

A value comes from the first of these that has it: an argument, the environment
(``AI_TRADING_RISK__MAX_POSITION_SIZE=0.05``), the file ``.env``, a TOML file, the
default written here. A name nobody knows and two values that contradict each other
are a `ConfigError` at start. Secrets are never printed.

``python -m ai_trading.core.settings [FILE]`` writes the commented template
``.env.institutional``.
"""

from __future__ import annotations

import os
import sys
import tomllib
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

from pydantic import ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from ai_trading.core import _settings_text as text
from ai_trading.core._setting_groups import (
    BackupSettings,
    BrokerSettings,
    CelerySettings,
    ComplianceSettings,
    DatabaseSettings,
    EmailSettings,
    EnvironmentSettings,
    ExecutionSettings,
    KellySettings,
    LimitsSettings,
    LoggingSettings,
    MarketDataSettings,
    MarketHoursSettings,
    MonitoringSettings,
    NotificationSettings,
    PerformanceSettings,
    RedisSettings,
    RiskSettings,
    SecuritySettings,
    SlackSettings,
    SmsSettings,
    StrategySettings,
)
from ai_trading.core.errors import ConfigError

__all__ = [
    "BackupSettings",
    "BrokerSettings",
    "CelerySettings",
    "ComplianceSettings",
    "DatabaseSettings",
    "EmailSettings",
    "EnvironmentSettings",
    "ExecutionSettings",
    "KellySettings",
    "LimitsSettings",
    "LoggingSettings",
    "MarketDataSettings",
    "MarketHoursSettings",
    "MonitoringSettings",
    "NotificationSettings",
    "PerformanceSettings",
    "RedisSettings",
    "RiskSettings",
    "SecuritySettings",
    "Settings",
    "SlackSettings",
    "SmsSettings",
    "StrategySettings",
    "get_settings",
    "load_settings",
    "template",
]

PREFIX: Final = "AI_TRADING_"
FILE_VARIABLE: Final = "AI_TRADING_SETTINGS_FILE"
DEFAULT_FILE: Final = Path("ai_trading.toml")
# Names with our prefix that are not settings: which file to read, and where tests
# find market data.
OTHER_VARIABLES: Final = frozenset({FILE_VARIABLE, "AI_TRADING_TEST_DATA"})
# The TOML file that `load_settings` was given, while it builds the settings.
_chosen_file: ContextVar[Path | None] = ContextVar("_chosen_file", default=None)


class Settings(BaseSettings):
    """All settings of one process; frozen.

    Parameters
    ----------
    **values
        Groups by name, each a mapping or a group; they win over every other source.

    Raises
    ------
    ConfigError
        If a name is unknown, a value is outside its bounds, or two contradict each
        other. Every problem is listed, not only the first.

    Examples
    --------
    >>> Settings(risk={"max_position_size": 0.05}).risk.max_position_size
    0.05
    >>> Settings(risk={"max_positon_size": 0.05})
    Traceback (most recent call last):
    ai_trading.core.errors.ConfigError: unknown setting risk.max_positon_size. Did you \
mean risk.max_position_size?
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        env_file=".env",
        env_file_encoding="utf-8",
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
    )

    environment: EnvironmentSettings = EnvironmentSettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    celery: CelerySettings = CelerySettings()
    risk: RiskSettings = RiskSettings()
    kelly: KellySettings = KellySettings()
    execution: ExecutionSettings = ExecutionSettings()
    limits: LimitsSettings = LimitsSettings()
    strategy: StrategySettings = StrategySettings()
    broker: BrokerSettings = BrokerSettings()
    market_data: MarketDataSettings = MarketDataSettings()
    market_hours: MarketHoursSettings = MarketHoursSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    notifications: NotificationSettings = NotificationSettings()
    logging: LoggingSettings = LoggingSettings()
    performance: PerformanceSettings = PerformanceSettings()
    security: SecuritySettings = SecuritySettings()
    compliance: ComplianceSettings = ComplianceSettings()
    backup: BackupSettings = BackupSettings()

    def __init__(self, **values: Any) -> None:
        env_file = values.get("_env_file", self.model_config.get("env_file"))
        text.check_variables(
            type(self), os.environ, text.read_env_file(env_file), OTHER_VARIABLES
        )
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(text.explain(type(self), error)) from None
        except SettingsError as error:
            raise ConfigError(text.explain_source(error)) from None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.broker.live_trading and self.environment.name != "production":
            text.contradiction(
                "broker.live_trading is true but environment.name is "
                f"{self.environment.name!r}; real money moves in production only"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, ``.env``, TOML."""
        if isinstance(dotenv_settings, DotEnvSettingsSource):
            # Other programs' names in a shared .env are not ours to judge.
            dotenv_settings.env_vars = {
                name: value
                for name, value in dotenv_settings.env_vars.items()
                if name.upper().startswith(PREFIX)
                and name.upper() not in OTHER_VARIABLES
            }
        file_settings = InitSettingsSource(settings_cls, init_kwargs=_file_values())
        return (init_settings, env_settings, dotenv_settings, file_settings)


def load_settings(
    file: str | Path | None = None,
    *,
    env_file: str | Path | None = ".env",
    **values: Any,
) -> Settings:
    """Read settings, from a TOML file that must exist where one is named.

    Parameters
    ----------
    file : path, optional
        TOML with a table per group. Without it, the file that the variable
        ``AI_TRADING_SETTINGS_FILE`` names, or else ``ai_trading.toml`` if there is one.
    env_file : path, optional
        Lines ``NAME=value``; a file that is absent is no file.
    **values
        Groups by name; they win.

    Raises
    ------
    ConfigError
        As `Settings`; also if `file` is absent or no TOML.
    """
    token = _chosen_file.set(None if file is None else Path(file))
    try:
        return Settings(_env_file=env_file, **values)
    finally:
        _chosen_file.reset(token)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read once at the first call.

    ``get_settings.cache_clear()`` makes the next call read them again.
    """
    return load_settings()


def template() -> str:
    """Return the commented ``.env`` file with every setting and its default."""
    return text.template(Settings, PREFIX)


def _file_values() -> dict[str, Any]:
    """Read the TOML file that was chosen, is named, or lies at the usual place."""
    named = _chosen_file.get() or os.environ.get(FILE_VARIABLE) or None
    file = DEFAULT_FILE if named is None else Path(named)
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named is None:
            return {}
        msg = f"there is no settings file {file}; the path is relative to {Path.cwd()}"
        raise ConfigError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{file} is not TOML: {error}"
        raise ConfigError(msg) from None
    except OSError as error:
        msg = f"cannot read the settings file {file}: {error.strerror}"
        raise ConfigError(msg) from None


def _main(arguments: list[str]) -> None:
    if arguments:
        Path(arguments[0]).write_text(template(), encoding="utf-8")
    else:
        sys.stdout.write(template())


if __name__ == "__main__":
    _main(sys.argv[1:])
