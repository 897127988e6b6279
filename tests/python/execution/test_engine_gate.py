"""An execution engine under the limits of the whole pre-trade gate."""

from __future__ import annotations

import pytest

from ai_trading.core.enums import OrderStatus
from ai_trading.core.errors import ArgumentError, ConfigError, OrderRejectedError
from ai_trading.core.settings import Settings
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.risk.gate import GateLimits, Mode


def reason(engine, *order, **options):
    with pytest.raises(OrderRejectedError) as caught:
        engine.execute_order(*order, **options)
    return caught.value.reason


def test_limits_hold_beside_the_usual_ones_and_are_reloaded(tmp_path):
    file = tmp_path / "limits.toml"
    file.write_text("[all]\nmax_position = 150\n[instrument.MSFT]\nmax_position = 20\n")
    engine = ExecutionEngine(limits=file)

    engine.execute_order("AAPL", "buy", 100)
    assert reason(engine, "AAPL", "buy", 100) == "position_limit"
    assert reason(engine, "MSFT", "buy", 21) == "position_limit"
    engine.execute_order("MSFT", "buy", 20)

    file.write_text("[all]\nmax_position = 200\nmax_positions = 1\n")
    with pytest.raises(ConfigError, match="line 3"):
        engine.gate.reload(who="me")
    assert reason(engine, "AAPL", "buy", 100) == "position_limit"
    file.write_text("[all]\nmax_position = 200\n")
    engine.gate.reload(who="B. Officer")
    engine.execute_order("AAPL", "buy", 100)
    assert [v.who for v in engine.gate.history] == ["start", "B. Officer"]


def test_the_settings_may_name_the_file(tmp_path):
    file = tmp_path / "limits.toml"
    file.write_text("[all]\nmax_order_quantity = 10\n[account.fund]\nopen_orders = 1\n")
    engine = ExecutionEngine(
        settings=Settings(risk={"limits_file": file, "account": "fund"})
    )

    assert reason(engine, "AAPL", "buy", 11) == "max_quantity"
    engine.execute_order("AAPL", "buy", 5, "limit", price="95.00")
    assert reason(engine, "AAPL", "buy", 5, "limit", price="94.00") == "open_orders"


def test_a_refusal_says_which_limit_it_was():
    engine = ExecutionEngine(limits=GateLimits.check({"all": {"open_orders": 1}}))
    engine.execute_order("AAPL", "buy", 5, "limit", price="95.00")

    with pytest.raises(OrderRejectedError, match="beyond open_orders, open orders at"):
        engine.execute_order("AAPL", "buy", 5, "limit", price="94.00")


@pytest.mark.parametrize("limits", [None, GateLimits.check({})])
def test_the_kill_switch_cancels_all_and_says_what_it_did(limits):
    engine = ExecutionEngine(limits=limits)
    ids = [
        engine.execute_order("AAPL", "buy", 5, "limit", price=price)
        for price in ("95.00", "94.00")
    ]
    other = engine.execute_order("MSFT", "buy", 5, "limit", price="95.00")

    with pytest.raises(ArgumentError, match="reason"):
        engine.kill("A. Officer", "")
    one = engine.kill("A. Officer", "fat finger", "instrument:AAPL")
    assert (one.before, len(one.asked)) == (Mode.ACTIVE, 2)
    assert {engine.get_order(i).status for i in ids} == {OrderStatus.CANCELED}
    assert engine.get_order(other).is_active
    assert reason(engine, "AAPL", "buy", 1) == "killed"
    engine.execute_order("MSFT", "buy", 1)

    rest = engine.kill("A. Officer", "all of it")
    assert len(rest.asked) == 1
    assert reason(engine, "MSFT", "buy", 1) == "killed"
    engine.gate.enable("all", who="B. Officer", reason="found it")
    engine.execute_order("MSFT", "buy", 1)
    assert [t.who for t in engine.gate.transitions] == [
        "A. Officer",
        "A. Officer",
        "B. Officer",
    ]


def test_orders_carry_their_strategy_whose_limits_count():
    limits = {"all": {"max_position": 100}, "strategy": {"slow": {"open_orders": 1}}}
    engine = ExecutionEngine(
        limits=GateLimits.check(limits), strategies=("fast", "slow")
    )

    def rest(strategy=None):
        return engine.execute_order(
            "AAPL", "buy", 1, "limit", price=95, strategy_id=strategy
        )

    rest("slow")
    assert (
        reason(engine, "AAPL", "buy", 1, "limit", price=95, strategy_id="slow")
        == "open_orders"
    )
    rest("fast")
    rest()
    assert (
        reason(engine, "AAPL", "buy", 1, "limit", price=95, strategy_id="other")
        == "unknown_strategy"
    )
    engine.kill("A. Officer", "looks wrong", "strategy:fast")
    assert (
        reason(engine, "AAPL", "buy", 1, "limit", price=95, strategy_id="fast")
        == "killed"
    )
    with pytest.raises(ArgumentError, match="names that differ"):
        ExecutionEngine(strategies=("a", "a"))
    # Without names nobody's count but the account's.
    ExecutionEngine().execute_order("AAPL", "buy", 1, strategy_id="anyone")
