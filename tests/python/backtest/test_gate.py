"""A backtest under the limits of the whole pre-trade gate."""

from __future__ import annotations

from typing import Any

import pytest
from run_samples import Maker, bars, busy_day, run

from ai_trading.backtest.assemble import assemble
from ai_trading.backtest.config import BacktestConfig
from ai_trading.backtest.engine import Limits
from ai_trading.core.errors import ConfigError
from ai_trading.core.records import ORDER_STATUS, reject_name
from ai_trading.risk.gate import GateLimits
from ai_trading.strategies.strategy import Strategy


def check(**tables: Any) -> GateLimits:
    return GateLimits.check(tables)


def reasons(result: Any) -> set[str]:
    return {reject_name(int(code)) for code in result.orders["reason"]} - {"none"}


def test_orders_beyond_a_limit_of_the_gate_are_rejected_with_its_reason():
    day = busy_day()
    free = run(day, Maker())
    held = run(day, Maker(), gate=check(all={"open_orders": 3}))

    assert not reasons(free)
    assert reasons(held) == {"open_orders"}
    assert held.run_id != free.run_id
    assert held.config["risk"]["all"] == {"open_orders": 3}


def test_a_gate_without_limits_changes_no_fill_and_runs_repeat():
    day = busy_day()
    free, one, two = (
        run(day, Maker()),
        *(run(day, Maker(), gate=check()) for _ in range(2)),
    )

    assert free.fills.tobytes() == one.fills.tobytes()
    assert one.state_hash == two.state_hash
    assert one.run_id == two.run_id


def test_a_strategy_has_limits_of_its_own():
    day = busy_day()
    strategies = (Maker(name="a"), Maker(name="b"))
    result = run(day, *strategies, gate=check(strategy={"b": {"open_orders": 1}}))

    by_strategy = {int(row["strategy"]) for row in result.orders if row["reason"] != 0}
    assert by_strategy == {1}
    with pytest.raises(ConfigError, match=r"strategy\.c"):
        run(day, *strategies, gate=check(strategy={"c": {}}))


class Holder(Strategy):
    """Buys on the first bar, bids low for more, and goes on buying."""

    def on_start(self) -> None:
        self.subscribe(bars=True)
        self.seen = 0

    def on_bar(self, bar: Any) -> None:
        self.seen += 1
        if self.seen == 1:
            self.buy(bar.symbol, 100)
            self.low = self.buy(bar.symbol, 10, 50.0)
        else:
            self.buy(bar.symbol, 1)


def test_a_hard_loss_halts_the_run_and_cancels():
    rows = bars(
        *[(10_000,) * 4] * 3, (10_000, 10_000, 9_000, 9_000), *[(9_000,) * 4] * 3
    )

    result = run(
        rows,
        Holder(name="h"),
        limits=Limits(price_collar=None),
        gate=check(all={"daily_loss": 500, "cancel_on_halt": True}),
    )

    assert reasons(result) == {"daily_loss_hard"}
    low = result.orders[result.orders["price"] == 5_000][0]
    assert ORDER_STATUS[int(low["status"])] == "canceled"
    assert int((result.orders["status"] == 7).sum()) == 4  # all after the fall


def test_a_configuration_has_its_limits_in_tables_or_in_a_file(tmp_path):
    (tmp_path / "day.csv").write_text(
        "time,open,high,low,close,volume\n"
        "2026-01-06T14:31:00Z,100,101,99,100,1000\n"
        "2026-01-06T14:32:00Z,100,101,99,100,1000\n"
    )
    (tmp_path / "own.py").write_text(
        "from ai_trading.strategies.strategy import Strategy\n"
        "class Own(Strategy):\n    pass\n"
    )
    (tmp_path / "limits.toml").write_text(
        "[all]\nmax_position = 5\n[account.fund]\nmax_position = 6\n"
        "[instrument.ELSEWHERE]\nmax_position = 7\n"
    )
    base = {
        "data": {"path": "day.csv", "symbol": "X"},
        "strategy": {"class": "own.py:Own"},
    }

    def made(**risk: Any) -> Any:
        values = {**base, "risk": risk}
        return assemble(BacktestConfig.check(values, file=tmp_path / "run.toml"))

    inline = made(all={"max_position": 5})
    from_file = made(file="limits.toml", account_name="fund")

    assert inline.gate.everyone == {"max_position": 5_000_000}
    assert from_file.gate.accounts["fund"] == {"max_position": 6_000_000}
    assert from_file.risk_account == "fund"
    from_file.run()
    with pytest.raises(ConfigError, match=r"risk.*max_positon"):
        made(all={"max_positon": 5})
    with pytest.raises(ConfigError, match="in the file, or all here"):
        made(file="limits.toml", all={})
    with pytest.raises(ConfigError, match="cannot read the limits"):
        made(file="nowhere.toml")


def test_changes_of_state_are_in_the_result_and_its_reports():
    rows = bars(
        *[(10_000,) * 4] * 3, (10_000, 10_000, 9_000, 9_000), *[(9_000,) * 4] * 3
    )
    held = {"limits": Limits(price_collar=None), "cash": 100_000}

    result = run(
        rows, Holder(name="h"), gate=check(strategy={"h": {"daily_loss": 500}}), **held
    )
    calm = run(rows, Holder(name="h"), gate=check(), **held)

    (change,) = result.transitions
    assert change.scope == "strategy:h"
    assert (change.before.name, change.after.name) == ("ACTIVE", "HALTED")
    assert (change.cause, change.who) == ("daily_loss_hard", "gate")
    assert change.at_ns == rows["timestamp"][3]
    assert "strategy:h  halted  daily loss hard  gate" in result.summary()
    assert calm.transitions == ()
    assert "scope" not in calm.summary()
