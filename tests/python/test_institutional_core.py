"""The core of the public surface, line by line: enums, constants, top-level names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import pytest

from ai_trading.core import enums
from ai_trading.core.constants import TRADING_CONSTANTS
from ai_trading.core.enums import (
    AssetClass,
    OrderSide,
    OrderStatus,
    OrderType,
    RiskLevel,
    TimeFrame,
    TimeInForce,
)
from ai_trading.core.errors import ArgumentError
from ai_trading.core.settings import Settings


@pytest.mark.parametrize("name", enums.__all__)
def test_an_enum_member_prints_as_its_lower_case_value(name):
    kind = getattr(enums, name)

    assert issubclass(kind, StrEnum)
    for member in kind:
        assert str(member) == member.value == member.value.lower()
        assert kind(member.value) is member


@pytest.mark.parametrize("name", enums.__all__)
def test_a_word_that_is_none_is_refused_with_those_there_are(name):
    kind = getattr(enums, name)
    first = next(iter(kind)).value

    with pytest.raises(
        ArgumentError, match=f"is one of {first}, .*received 'nonsense'"
    ):
        kind("nonsense")
    with pytest.raises(ArgumentError, match=f"Did you mean '{first}'"):
        kind(first.upper())


def test_order_sides_are_buy_sell_and_sell_short():
    assert list(OrderSide) == ["buy", "sell", "sell_short"]


def test_a_sale_of_either_kind_has_a_negative_sign_and_is_closed_by_a_buy():
    assert [side.sign for side in OrderSide] == [1, -1, -1]
    assert [side.is_buy for side in OrderSide] == [True, False, False]
    assert [side.opposite for side in OrderSide] == ["sell", "buy", "buy"]


@pytest.mark.parametrize("name", ["market", "limit", "stop", "stop_limit"])
def test_the_basic_order_types_exist(name):
    assert OrderType(name) is OrderType[name.upper()]


def test_an_order_type_says_whether_it_needs_a_price():
    assert OrderType.LIMIT.needs_price
    assert not OrderType.MARKET.needs_price


def test_times_in_force_cover_the_day_the_instant_and_the_auctions():
    assert set(TimeInForce) == {
        "day",
        "gtc",
        "gtd",
        "ioc",
        "fok",
        "at_the_open",
        "at_the_close",
    }


@pytest.mark.parametrize(
    "name",
    ["pending", "filled", "partially_filled", "canceled", "rejected", "expired"],
)
def test_the_order_states_of_the_public_surface_exist(name):
    assert OrderStatus(name) is OrderStatus[name.upper()]


def test_an_order_ends_filled_canceled_rejected_or_expired_and_never_otherwise():
    ended = {status for status in OrderStatus if status.is_terminal}

    assert ended == {"filled", "canceled", "rejected", "expired"}
    assert all(status.is_active != status.is_terminal for status in OrderStatus)


def test_every_order_state_has_its_own_fix_character():
    characters = [status.fix for status in OrderStatus]

    assert len(set(characters)) == len(characters)
    assert OrderStatus.ACCEPTED.fix == "0"
    assert OrderStatus.PENDING.fix == "A"


@pytest.mark.parametrize(
    ("level", "position", "drawdown"),
    [
        ("conservative", 0.02, 0.05),
        ("moderate", 0.05, 0.10),
        ("aggressive", 0.10, 0.15),
    ],
)
def test_a_risk_level_has_its_two_limits(level, position, drawdown):
    assert RiskLevel(level).max_position_size == position
    assert RiskLevel(level).max_drawdown_threshold == drawdown


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        ("MINUTE_1", "1m", 60),
        ("MINUTE_5", "5m", 300),
        ("MINUTE_15", "15m", 900),
        ("MINUTE_30", "30m", 1_800),
        ("HOUR_1", "1h", 3_600),
        ("HOUR_4", "4h", 14_400),
        ("DAY_1", "1d", 86_400),
        ("WEEK_1", "1w", 604_800),
    ],
)
def test_a_time_frame_knows_its_seconds(name, value, seconds):
    frame = TimeFrame[name]

    assert frame == value
    assert frame.seconds == seconds
    assert frame.nanoseconds == seconds * 10**9


def test_there_are_eight_time_frames():
    assert len(TimeFrame) == 8


def test_asset_classes_are_complete():
    assert set(AssetClass) == {
        "equity",
        "bond",
        "commodity",
        "currency",
        "crypto",
        "future",
        "option",
    }


CONSTANTS = {
    "RISK_PARAMETERS": {
        "MAX_PORTFOLIO_RISK": 0.02,
        "MAX_CORRELATION_EXPOSURE": 0.20,
        "MAX_SECTOR_CONCENTRATION": 0.15,
        "MIN_LIQUIDITY_THRESHOLD": 1_000_000,
        "MAX_POSITION_SIZE": 0.10,
        "STOP_LOSS_MULTIPLIER": 2.0,
        "TAKE_PROFIT_MULTIPLIER": 3.0,
    },
    "KELLY_PARAMETERS": {
        "MIN_SAMPLE_SIZE": 30,
        "MAX_KELLY_FRACTION": 0.25,
        "CONFIDENCE_LEVEL": 0.95,
        "LOOKBACK_PERIODS": 252,
        "REBALANCE_FREQUENCY": 21,
    },
    "EXECUTION_PARAMETERS": {
        "MAX_SLIPPAGE_BPS": 20,
        "PARTICIPATION_RATE": 0.10,
        "MIN_ORDER_SIZE": 100,
        "MAX_ORDER_SIZE": 10_000,
        "ORDER_TIMEOUT_SECONDS": 300,
        "RETRY_ATTEMPTS": 3,
        "CANCEL_THRESHOLD_SECONDS": 60,
    },
    "DATA_PARAMETERS": {
        "MAX_DATA_AGE_MINUTES": 5,
        "HEALTH_CHECK_INTERVAL": 60,
        "LOG_ROTATION_DAYS": 30,
        "METRICS_RETENTION_DAYS": 365,
        "BACKUP_FREQUENCY_HOURS": 6,
    },
    "DATABASE_PARAMETERS": {
        "CONNECTION_POOL_SIZE": 20,
        "MAX_OVERFLOW": 10,
        "POOL_TIMEOUT_SECONDS": 30,
        "POOL_RECYCLE_SECONDS": 3600,
        "QUERY_TIMEOUT_SECONDS": 30,
    },
    "PERFORMANCE_THRESHOLDS": {
        "MIN_SHARPE_RATIO": 1.0,
        "MAX_DRAWDOWN": 0.20,
        "MIN_WIN_RATE": 0.45,
        "MIN_PROFIT_FACTOR": 1.2,
        "MAX_VAR_95": 0.05,
    },
    "SYSTEM_LIMITS": {
        "MAX_CONCURRENT_ORDERS": 100,
        "MAX_DAILY_TRADES": 1000,
        "MAX_SYMBOLS_TRACKED": 500,
        "MAX_MEMORY_USAGE_GB": 8,
        "MAX_CPU_USAGE_PERCENT": 80,
    },
    "MARKET_HOURS": {
        "MARKET_OPEN": dt.time(9, 30),
        "MARKET_CLOSE": dt.time(16, 0),
        "PRE_MARKET_START": dt.time(4, 0),
        "AFTER_HOURS_END": dt.time(20, 0),
    },
}


@pytest.mark.parametrize("group", CONSTANTS)
def test_constants_are_those_of_the_public_surface(group):
    assert TRADING_CONSTANTS[group] == CONSTANTS[group]


def test_there_is_no_other_group_of_constants():
    assert set(TRADING_CONSTANTS) == set(CONSTANTS)


def test_constants_cannot_be_changed():
    assert isinstance(TRADING_CONSTANTS, Mapping)
    with pytest.raises(TypeError):
        TRADING_CONSTANTS["RISK_PARAMETERS"] = {}
    with pytest.raises(TypeError):
        TRADING_CONSTANTS["RISK_PARAMETERS"]["MAX_POSITION_SIZE"] = 1.0


def test_constants_are_the_defaults_of_the_settings():
    settings = Settings.model_construct()

    constants = TRADING_CONSTANTS["RISK_PARAMETERS"]
    assert settings.risk.max_position_size == constants["MAX_POSITION_SIZE"]
    assert TRADING_CONSTANTS["MARKET_HOURS"]["MARKET_OPEN"] == (
        settings.market_hours.market_open
    )


@pytest.mark.parametrize(
    "group",
    [
        "database",
        "redis",
        "celery",
        "risk",
        "kelly",
        "execution",
        "monitoring",
        "broker",
        "logging",
        "limits",
        "strategy",
        "security",
        "backup",
        "environment",
        "market_data",
        "notifications",
        "compliance",
        "performance",
    ],
)
def test_the_settings_have_every_group_of_the_public_surface(group):
    assert group in Settings.model_fields


def test_the_settings_have_the_defaults_the_public_surface_names():
    settings = Settings.model_construct()

    assert settings.monitoring.prometheus_port == 8000
    assert settings.backup.frequency_hours == 6
    assert settings.backup.retention_days == 90
    assert settings.compliance.audit_retention_years == 7
    assert {"email", "slack", "sms"} <= set(type(settings.notifications).model_fields)
