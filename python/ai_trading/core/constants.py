"""The constants of the desk: the defaults of `core.settings` under their known names.

There is one source for each number, the default in `core.settings`; nothing here may
be changed. What a process really uses, after its files and environment, is
`core.settings.get_settings`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core._setting_groups import (
    BackupSettings,
    DatabaseSettings,
    ExecutionSettings,
    KellySettings,
    LimitsSettings,
    LoggingSettings,
    MarketDataSettings,
    MarketHoursSettings,
    MonitoringSettings,
    PerformanceSettings,
    RiskSettings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["TRADING_CONSTANTS"]


def _defaults(group: type[BaseModel], *names: str) -> dict[str, Any]:
    return {name.upper(): group.model_fields[name].default for name in names}


TRADING_CONSTANTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        name: MappingProxyType(group)
        for name, group in {
            "MARKET_HOURS": _defaults(
                MarketHoursSettings,
                "market_open",
                "market_close",
                "pre_market_start",
                "after_hours_end",
            ),
            "RISK_PARAMETERS": _defaults(
                RiskSettings,
                "max_portfolio_risk",
                "max_correlation_exposure",
                "max_sector_concentration",
                "min_liquidity_threshold",
                "max_position_size",
                "stop_loss_multiplier",
                "take_profit_multiplier",
            ),
            "KELLY_PARAMETERS": _defaults(
                KellySettings,
                "min_sample_size",
                "max_kelly_fraction",
                "confidence_level",
                "lookback_periods",
                "rebalance_frequency",
            ),
            "EXECUTION_PARAMETERS": _defaults(
                ExecutionSettings,
                "max_slippage_bps",
                "participation_rate",
                "min_order_size",
                "max_order_size",
                "order_timeout_seconds",
                "retry_attempts",
                "cancel_threshold_seconds",
            ),
            "DATA_PARAMETERS": {
                **_defaults(MarketDataSettings, "max_data_age_minutes"),
                **_defaults(MonitoringSettings, "health_check_interval"),
                "LOG_ROTATION_DAYS": LoggingSettings.model_fields[
                    "rotation_days"
                ].default,
                **_defaults(MonitoringSettings, "metrics_retention_days"),
                "BACKUP_FREQUENCY_HOURS": BackupSettings.model_fields[
                    "frequency_hours"
                ].default,
            },
            "DATABASE_PARAMETERS": _defaults(
                DatabaseSettings,
                "connection_pool_size",
                "max_overflow",
                "pool_timeout_seconds",
                "pool_recycle_seconds",
                "query_timeout_seconds",
            ),
            "PERFORMANCE_THRESHOLDS": _defaults(
                PerformanceSettings,
                "min_sharpe_ratio",
                "max_drawdown",
                "min_win_rate",
                "min_profit_factor",
                "max_var_95",
            ),
            "SYSTEM_LIMITS": _defaults(
                LimitsSettings,
                "max_concurrent_orders",
                "max_daily_trades",
                "max_symbols_tracked",
                "max_memory_usage_gb",
                "max_cpu_usage_percent",
            ),
        }.items()
    }
)
