"""The signal-driven base class and the registry keep their word."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.enums import RiskLevel
from ai_trading.core.errors import ArgumentError
from ai_trading.strategies import BaseStrategy, StrategyRegistry, StrategySignal


class Fixed(BaseStrategy):
    """Answers with what it was given."""

    signals: tuple[StrategySignal, ...] = ()

    def generate_signals(self, market_data):
        return list(self.signals)

    def calculate_position_size(self, signal, portfolio_value, current_position):
        return 100


def fixed(key="s", *signals, **options):
    strategy = Fixed(strategy_id=key, **options)
    strategy.signals = signals
    return strategy


def test_a_strategy_must_say_what_it_believes_and_how_much_it_trades():
    with pytest.raises(TypeError, match="abstract"):
        BaseStrategy(strategy_id="s", name="S")


def test_a_new_strategy_has_what_it_was_given_and_is_not_active():
    strategy = Fixed(strategy_id="s", name="Mine", risk_level=RiskLevel.AGGRESSIVE)

    assert strategy.strategy_id == "s"
    assert strategy.name == "Mine"
    assert strategy.risk_level is RiskLevel.AGGRESSIVE
    assert not strategy.is_active


def test_activating_twice_changes_nothing_the_second_time():
    strategy = fixed()

    assert strategy.activate()
    assert not strategy.activate()
    assert strategy.is_active
    assert strategy.deactivate()
    assert not strategy.is_active


@pytest.mark.parametrize(
    ("options", "valid"),
    [
        ({}, True),
        ({"strength": 0.0}, False),
        ({"risk_score": 0.81}, False),
        ({"confidence": 0.29}, False),
        ({"confidence": 0.3, "risk_score": 0.8}, True),
    ],
)
def test_a_signal_is_valid_within_the_limits(options, valid):
    signal = StrategySignal(
        **{"symbol": "A", "side": "buy", "strength": 0.5, **options}
    )

    assert fixed().validate_signal(signal) is valid


def test_a_strategy_with_symbols_of_its_own_trades_no_other():
    strategy = fixed(symbols=["AAPL"])

    assert strategy.add_symbol("MSFT")
    assert not strategy.add_symbol("MSFT")
    assert strategy.symbols == ("AAPL", "MSFT")
    assert not strategy.validate_signal(StrategySignal("IBM", "buy", 1))
    assert strategy.remove_symbol("MSFT")
    assert not strategy.remove_symbol("MSFT")


def test_parameters_are_set_and_the_others_kept():
    strategy = fixed(parameters={"fast": 10, "slow": 50})

    assert strategy.update_parameters({"fast": 20}, edge=0.1) == {
        "fast": 20,
        "slow": 50,
        "edge": 0.1,
    }


def test_returns_compound():
    strategy = fixed()

    strategy.update_performance(0.1)
    total = strategy.update_performance([-0.5, 0.2])

    assert total == pytest.approx(1.1 * 0.5 * 1.2 - 1)
    summary = strategy.get_performance_summary()
    assert summary["total_return"] == pytest.approx(-0.34)
    assert summary["max_drawdown"] == pytest.approx(0.5)
    assert summary["win_rate"] == pytest.approx(2 / 3)
    assert summary["periods"] == 3


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=30))
def test_compounding_is_the_sum_of_the_logarithms(returns):
    strategy = fixed()

    total = strategy.update_performance(returns)

    assert math.log1p(total) == pytest.approx(
        math.fsum(map(math.log1p, returns)), abs=1e-9
    )


def test_without_returns_the_figures_are_none_and_not_zero():
    summary = fixed().get_performance_summary()

    assert summary["total_return"] is None
    assert summary["win_rate"] is None
    assert summary["max_drawdown"] is None


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.5, "much"])
def test_a_return_that_cannot_be_is_refused_and_nothing_noted(wrong):
    strategy = fixed()

    with pytest.raises(ArgumentError, match="finite fraction"):
        strategy.update_performance([0.1, wrong])

    assert strategy.get_performance_summary()["periods"] == 0


def test_a_registry_knows_a_strategy_once():
    registry = StrategyRegistry()

    assert registry.register(fixed("a"))
    assert not registry.register(fixed("a"))
    assert len(registry) == 1
    assert "a" in registry


def test_a_registry_says_no_about_a_strategy_it_does_not_know():
    registry = StrategyRegistry()

    assert not registry.unregister("a")
    assert not registry.activate("a")
    assert not registry.deactivate("a")


def test_only_active_strategies_are_asked_and_only_valid_signals_returned():
    buy, weak = StrategySignal("A", "buy", 1), StrategySignal("A", "buy", 1, 0.1)
    registry = StrategyRegistry()
    for key in ("awake", "asleep"):
        registry.register(fixed(key, buy, weak))
    registry.activate("awake")

    found = registry.generate_signals_from_active_strategies({})

    assert [signal.strategy_id for signal in found] == ["awake"]


def test_a_strategy_that_leaves_the_registry_takes_no_part_any_more():
    registry, strategy = StrategyRegistry(), fixed("a")
    registry.register(strategy)
    registry.activate("a")

    assert registry.unregister("a")

    assert not strategy.is_active
    assert registry.generate_signals_from_active_strategies({}) == []


def test_the_summary_counts_and_names():
    registry = StrategyRegistry()
    for key in "abc":
        registry.register(fixed(key))
    registry.activate("b")

    summary = registry.get_registry_summary()

    assert summary["total_strategies"] == 3
    assert summary["active_strategies"] == 1
    assert summary["active_ids"] == ["b"]
    assert summary["strategies"]["a"]["is_active"] is False


def test_an_error_of_a_strategy_is_not_swallowed():
    class Broken(Fixed):
        def generate_signals(self, market_data):
            raise RuntimeError("no data")

    registry = StrategyRegistry()
    registry.register(Broken(strategy_id="broken"))
    registry.activate("broken")

    with pytest.raises(RuntimeError, match="no data"):
        registry.generate_signals_from_active_strategies({})


@pytest.mark.parametrize("answer", [None, "buy", ["buy"], {}, 5])
def test_a_strategy_that_answers_with_no_signals_is_named(answer):
    registry, strategy = StrategyRegistry(), fixed("forgetful")
    strategy.generate_signals = lambda market_data: answer
    registry.register(strategy)
    registry.activate("forgetful")

    with pytest.raises(ArgumentError, match="must return a list of Strat"):
        registry.generate_signals_from_active_strategies({})


def test_returns_that_are_text_are_not_taken_by_letters():
    strategy = Fixed(strategy_id="s")

    for returns in ("", b"x", "0.1"):
        with pytest.raises(ArgumentError):
            strategy.update_performance(returns)
    assert strategy.get_performance_summary()["periods"] == 0
