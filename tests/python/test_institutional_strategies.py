"""The signal-driven surface as a newcomer meets it: from the top-level names."""

from __future__ import annotations

import numpy as np
import pytest

import ai_trading
from ai_trading import (
    BacktestEngine,
    BaseStrategy,
    OrderSide,
    RiskLevel,
    StrategyRegistry,
    StrategySignal,
)
from ai_trading.strategies import PerformanceAnalyzer, SignalAggregator


class Momentum(BaseStrategy):
    """Buys above the mean of the last ten closes, sells below it."""

    def generate_signals(self, market_data):
        signals = []
        for symbol, bars in market_data.items():
            if len(bars) < 10:
                continue
            edge = bars.close[-1] / bars.close[-10:].mean() - 1
            side = OrderSide.BUY if edge > 0 else OrderSide.SELL
            signals.append(StrategySignal(symbol, side, min(1.0, abs(edge) * 50)))
        return signals

    def calculate_position_size(self, signal, portfolio_value, current_position):
        if signal.is_sell:
            return current_position
        return 0 if current_position else 50


@pytest.fixture
def frames():
    pandas = pytest.importorskip("pandas")
    days = pandas.bdate_range("2026-01-05", periods=60)
    rng = np.random.default_rng(11)

    def frame():
        close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.02, len(days)))), 2)
        opens = np.round(np.r_[100.0, close[:-1]], 2)
        return pandas.DataFrame(
            {
                "open": opens,
                "high": np.maximum(opens, close) + 0.5,
                "low": np.minimum(opens, close) - 0.5,
                "close": close,
                "volume": 100_000,
            },
            index=days,
        )

    return {"AAPL": frame(), "MSFT": frame()}


def strategy(**options):
    return Momentum(
        **{
            "strategy_id": "momentum",
            "name": "Momentum",
            "risk_level": RiskLevel.MODERATE,
            **options,
        }
    )


def test_the_public_names_are_there():
    for name in (
        "BaseStrategy",
        "StrategyRegistry",
        "StrategySignal",
        "BacktestEngine",
    ):
        assert name in ai_trading.__all__


def test_a_signal_is_clamped_and_weighted():
    signal = StrategySignal("AAPL", OrderSide.BUY, 1.7, confidence=0.5)

    assert (signal.strength, signal.weighted_strength) == (1.0, 0.5)
    assert signal.is_buy
    assert signal.to_dict()["symbol"] == "AAPL"


def test_a_strategy_runs_and_its_result_is_analysed(frames):
    result = BacktestEngine().run_backtest(
        strategy(), frames, "2026-01-05", "2026-03-31"
    )

    found = PerformanceAnalyzer().analyze_performance(result)

    assert len(result.fills) > 5
    assert found["return_metrics"]["total_return"] == pytest.approx(
        float(result.profit) / 1e6
    )
    assert found["trade_metrics"]["fills"] == len(result.fills)
    assert (result.account["cash"] >= 0).all()


def test_no_fill_comes_before_the_bar_after_its_signal(frames):
    result = BacktestEngine().run_backtest(strategy(), frames)

    sent = dict(zip(result.orders["order_id"], result.orders["submitted"], strict=True))
    opens = {
        symbol: set(np.round(frame["open"].to_numpy(), 4))
        for symbol, frame in frames.items()
    }
    for fill in result.fills_table():
        assert int(fill.time) > sent[fill.order_id]
        assert float(fill.price) in opens[fill.symbol]


def test_registered_strategies_speak_and_are_combined(frames):
    registry = StrategyRegistry()
    for key in ("a", "b"):
        assert registry.register(strategy(strategy_id=key))
        assert registry.activate(key)
    seen = []

    class Watch(Momentum):
        def generate_signals(self, market_data):
            signals = registry.generate_signals_from_active_strategies(market_data)
            seen.append(len(signals))
            return SignalAggregator().aggregate_signals(signals)

    result = BacktestEngine().run_backtest(Watch(strategy_id="watch"), frames)

    assert max(seen) == 4
    alone = BacktestEngine().run_backtest(strategy(), frames)
    assert result.fills["price"].tolist() == alone.fills["price"].tolist()
    assert registry.get_registry_summary()["active_strategies"] == 2
