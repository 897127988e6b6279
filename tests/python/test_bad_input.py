"""Wrong types, None, NaN and infinity in the public functions end in clear errors.

Each name below is called with good arguments, then with every bad value in the place of
each one. What comes back is an `AiTradingError`, never a TypeError, KeyError or
ZeroDivisionError from the depths.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from bad_values import BAD, parameters

import ai_trading.execution.impact as impact
import ai_trading.execution.tca as tca
import ai_trading.risk.kelly as kelly
import ai_trading.risk.metrics as metrics
from ai_trading import BaseStrategy, KellyCalculator, KellyCriterion, RiskManager
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.rules import HoldingRates, MarketRules
from ai_trading.backtest.terms import BarFills, FeeModel, LevelFills, Limits, Load
from ai_trading.core.errors import AiTradingError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.executors import TWAPExecutor, VWAPExecutor
from ai_trading.execution.manager import OrderManager
from ai_trading.execution.order import Order
from ai_trading.execution.slippage import FillSimulator, SlippageModel
from ai_trading.market import bars_from, merge, sniff
from ai_trading.market.synthetic import synthetic_day
from ai_trading.monitoring.metrics import MetricsCollector
from ai_trading.risk.breakers import CircuitBreaker
from ai_trading.risk.gate import Facts, GateLimits, PreTradeGate
from ai_trading.risk.manager import PortfolioRiskAssessor
from ai_trading.risk.sizing import AtrSizer, KellySizer, Situation, VolatilityTarget
from ai_trading.strategies.registry import StrategyRegistry
from ai_trading.strategies.signals import SignalAggregator, StrategySignal

RNG = np.random.default_rng(7)
RETURNS = (RNG.standard_normal(300) * 0.01 + 0.001).tolist()
BENCHMARK = (RNG.standard_normal(300) * 0.01).tolist()
COVARIANCE = [[4e-4, 1e-4], [1e-4, 9e-4]]
MARKET = impact.MarketState(price=100.0, daily_volume=1e6, volatility=0.02, spread=0.01)
DAY = synthetic_day({"AAPL": 150.0}, seed=1, events=2_000)
TABLE = {
    "time": [1_768_487_400 + 60 * at for at in range(5)],
    **dict.fromkeys(("open", "high", "low", "close"), [100.0] * 5),
    "volume": [1_000] * 5,
}


class Idle(BaseStrategy):
    def generate_signals(self, market_data):
        return []

    def calculate_position_size(self, signal, portfolio_value, current_position):
        return 0.0


TRADE = {
    "symbol": "AAPL",
    "quantity": 100,
    "price": 150.0,
    "portfolio_value": 100_000,
    "position_history": [],
}
BET = {"win_rate": 0.6, "avg_win": 0.02, "avg_loss": 0.01}
PARENT = {"symbol": "AAPL", "side": "buy", "total_quantity": 1_000}
ORDER = {"symbol": "AAPL", "side": "buy", "quantity": 100}
CALLS = {
    "RiskManager": (lambda: RiskManager, {}),
    "assess_trade_risk": (lambda: RiskManager().assess_trade_risk, TRADE),
    "check_portfolio_risk": (
        lambda: RiskManager().check_portfolio_risk,
        {"positions": {"A": 100.0}, "market_data": {}},
    ),
    "update_drawdown": (
        lambda: RiskManager().update_drawdown,
        {"current_value": 95.0, "peak_value": 100.0},
    ),
    "add_risk_alert": (
        lambda: RiskManager().add_risk_alert,
        {"alert_type": "drawdown", "message": "too deep"},
    ),
    "calculate_var": (
        lambda: PortfolioRiskAssessor().calculate_var,
        {"returns": RETURNS},
    ),
    "stress_test_portfolio": (
        lambda: PortfolioRiskAssessor().stress_test_portfolio,
        {"positions": {"A": 100.0}, "scenarios": {"s": {"market_shock": -0.1}}},
    ),
    "KellyCriterion": (lambda: KellyCriterion, {}),
    "calculate_kelly_fraction": (
        lambda: KellyCriterion().calculate_kelly_fraction,
        BET,
    ),
    "growth_optimal_notional": (lambda: KellyCriterion().growth_optimal_notional, BET),
    "fractional_kelly": (
        lambda: KellyCriterion().fractional_kelly,
        {"kelly_fraction": 0.2},
    ),
    "kelly_with_confidence": (
        lambda: KellyCriterion().kelly_with_confidence,
        {"returns": RETURNS},
    ),
    "KellyCalculator": (lambda: KellyCalculator, {}),
    "record_calculation": (
        lambda: KellyCalculator().record_calculation,
        {"symbol": "A", "kelly_fraction": 0.1},
    ),
    "kelly_interval": (lambda: kelly.kelly_interval, {"returns": RETURNS}),
    "gaussian_bet": (lambda: kelly.gaussian_bet, {"mean": 0.1, "volatility": 0.2}),
    "PortfolioLimits": (lambda: kelly.PortfolioLimits, {}),
    "growth_portfolio": (
        lambda: kelly.growth_portfolio,
        {"returns": np.array([RETURNS, BENCHMARK]).T},
    ),
    "historical": (lambda: metrics.historical, {"returns": RETURNS}),
    "sharpe_ratio": (lambda: metrics.sharpe_ratio, {"returns": RETURNS}),
    "beta": (lambda: metrics.beta, {"returns": RETURNS, "benchmark": BENCHMARK}),
    "horizon_risk": (lambda: metrics.horizon_risk, {"returns": RETURNS, "horizon": 5}),
    "kupiec": (lambda: metrics.kupiec, {"count": 57, "periods": 1043}),
    "monte_carlo": (
        lambda: metrics.monte_carlo,
        {"amounts": [1.0, 2.0], "covariance": COVARIANCE, "scenarios": 100},
    ),
    "tear_sheet": (lambda: metrics.tear_sheet, {"returns": RETURNS}),
    "AtrSizer": (lambda: AtrSizer, {}),
    "KellySizer": (lambda: KellySizer, {}),
    "VolatilityTarget": (lambda: VolatilityTarget, {}),
    "Situation": (lambda: Situation, {"portfolio_value": 1e5, "price": 10.0}),
    "CircuitBreaker": (lambda: CircuitBreaker, {"daily_loss": 0.1}),
    "Facts": (lambda: Facts, {}),
    "PreTradeGate": (lambda: PreTradeGate, {"instruments": [Instrument("AAPL")]}),
    "GateLimits.check": (lambda: GateLimits.check, {"values": {"all": {}}}),
    "Instrument": (lambda: Instrument, {"symbol": "AAPL"}),
    "to_ticks": (lambda: Instrument("AAPL").to_ticks, {"price": 10}),
    "to_price": (lambda: Instrument("AAPL").to_price, {"ticks": 10}),
    "InstrumentTable": (lambda: InstrumentTable, {"instruments": ["AAPL"]}),
    "bars_from": (lambda: bars_from, {"data": TABLE, "symbol": "AAPL"}),
    "merge": (lambda: merge, {"sources": [DAY]}),
    "select": (lambda: DAY.select, {}),
    "Order": (lambda: Order, ORDER),
    "add_fill": (
        lambda: Order("AAPL", "buy", 100).add_fill,
        {"quantity": 10, "price": 5},
    ),
    "OrderManager": (lambda: OrderManager, {}),
    "get_order_history": (lambda: OrderManager().get_order_history, {}),
    "ExecutionEngine": (lambda: ExecutionEngine, {}),
    "execute_order": (lambda: ExecutionEngine().execute_order, ORDER),
    "execute_twap_order": (
        lambda: TWAPExecutor(OrderManager()).execute_twap_order,
        PARENT,
    ),
    "VWAPExecutor": (lambda: VWAPExecutor, {"orders": OrderManager()}),
    "SlippageModel": (lambda: SlippageModel, {}),
    "FillSimulator.fill": (
        lambda: FillSimulator().fill,
        {"order": Order("AAPL", "buy", 100), "market": MARKET},
    ),
    "SquareRoot.bps": (
        lambda: impact.SquareRoot().bps,
        {"quantity": 100, "market": MARKET},
    ),
    "implementation_shortfall": (
        lambda: tca.implementation_shortfall,
        {"side": "buy", "quantity": 10, "fills": [(10, 100)], "decision": 99},
    ),
    "market_view": (lambda: tca.market_view, {"data": DAY, "symbol": "AAPL"}),
    "BarFills": (lambda: BarFills, {}),
    "FeeModel": (lambda: FeeModel, {}),
    "LevelFills": (lambda: LevelFills, {}),
    "Limits": (lambda: Limits, {}),
    "Load": (lambda: Load, {"window": 1_000, "per_message": 5}),
    "MarketRules": (lambda: MarketRules, {}),
    "HoldingRates": (lambda: HoldingRates, {}),
    "Backtest": (lambda: Backtest, {"data": DAY, "strategies": [Idle("a")]}),
    "BaseStrategy": (lambda: Idle, {"strategy_id": "a"}),
    "StrategySignal": (
        lambda: StrategySignal,
        {"symbol": "AAPL", "side": "buy", "strength": 0.5},
    ),
    "aggregate_signals": (
        lambda: SignalAggregator().aggregate_signals,
        {"signals": []},
    ),
    "register": (lambda: StrategyRegistry().register, {"strategy": Idle("a")}),
    "record_trade_metric": (
        lambda: MetricsCollector().record_trade_metric,
        {**ORDER, "price": 150.0, "pnl": 50.0, "execution_time": 2.5},
    ),
}


# Clamped to 0 to 1, infinity too.
TAKEN = {("StrategySignal", "strength"), ("StrategySignal", "confidence")}


def outcome(make, arguments):
    try:
        make()(**arguments)
    except AiTradingError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", CALLS)
def test_every_bad_value_ends_in_an_error_of_the_library_or_an_answer(name):
    make, good = CALLS[name]

    for parameter, kind, optional in parameters(make(), good):
        for bad in BAD[kind]:
            if bad is None and optional:
                continue

            said = outcome(make, {**good, parameter: bad})

            assert said is None or said.strip()


@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_number_is_never_taken_for_one(name):
    make, good = CALLS[name]
    nothing = {"number": 10, "count": 11}  # the first values, which nothing may take

    taken = [
        (parameter, bad)
        for parameter, kind, optional in parameters(make(), good)
        if kind in {"number", "count"}
        for bad in BAD[kind][: nothing[kind]]
        if not (bad is None and optional) and (name, parameter) not in TAKEN
        if outcome(make, {**good, parameter: bad}) is None
    ]

    assert taken == []


@pytest.mark.parametrize(
    ("make", "good", "parameter", "values", "words"),
    [
        (
            lambda: RiskManager().check_portfolio_risk,
            {"market_data": {}},
            "positions",
            [None, 5, "x"],
            "positions must be several, such as",
        ),
        (
            lambda: RiskManager().check_portfolio_risk,
            {"positions": {}},
            "market_data",
            ["x", 5, [1]],
            "market_data must be a mapping such as",
        ),
        (
            lambda: RiskManager().assess_trade_risk,
            TRADE,
            "symbol",
            ["", None, 5, b"x"],
            "symbol must be a text such as 'AAPL'; received",
        ),
        (
            lambda: RiskManager().assess_trade_risk,
            TRADE,
            "position_history",
            ["x", 5],
            "position_history must be a list of earlier trades",
        ),
        (
            lambda: TWAPExecutor(OrderManager()).execute_twap_order,
            PARENT,
            "minutes",
            [30],
            "takes duration_minutes; received minutes=30",
        ),
        (lambda: sniff, {}, "path", [5, b"x", ""], "path must be a path such as"),
    ],
)
def test_a_refusal_names_the_argument_the_value_and_what_is_allowed(
    make, good, parameter, values, words
):
    for value in values:
        said = outcome(make, {**good, parameter: value})

        assert said is not None
        assert words in said
        assert repr(value) in said


def test_numbers_of_numpy_and_decimals_are_numbers():
    found = [
        KellyCriterion().calculate_kelly_fraction(
            kind("0.6"), kind("0.02"), kind("0.01")
        )
        for kind in (float, np.float64, np.array, Decimal)
        if kind is not np.array
    ]

    assert found == [0.25] * 3
    assert KellyCriterion().calculate_kelly_fraction(np.array(0.6), 0.02, 0.01) == 0.25
