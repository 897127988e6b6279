"""A configuration run for good: data, strategy, engine, report, database."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ai_trading.cli.main import main

pytest.importorskip("ai_trading._core.sim")

STRATEGY = """
from ai_trading.strategies import Strategy


class InAndOut(Strategy):
    def __init__(self, every=3, size=100):
        super().__init__(every=every, size=size)
        self.every, self.size, self.seen = every, size, 0

    def on_bar(self, bar):
        self.seen += 1
        if self.seen % self.every == 0:
            held = self.position(bar.symbol)
            if held:
                self.sell(bar.symbol, held)
            else:
                self.buy(bar.symbol, self.size)
"""
CONFIG = """
[run]
name = "in and out"
[data]
path = "*.csv"
[[strategy]]
class = "my.py:InAndOut"
params = { size = 50 }
[fees]
taker_per_share = 0.003
[limits]
max_order_quantity = 1000
"""


@pytest.fixture(name="config")
def config_fixture(tmp_path):
    rows = ["time,open,high,low,close,volume"]
    for minute in range(60):
        price = 100 + (minute * 7 % 11) / 10
        rows.append(
            f"2026-03-09T13:{minute:02}:00Z,{price},{price + 0.3:.1f},"
            f"{price - 0.3:.1f},{price + 0.1:.1f},10000"
        )
    (tmp_path / "AAPL.csv").write_text("\n".join(rows) + "\n", "utf-8")
    (tmp_path / "my.py").write_text(STRATEGY, "utf-8")
    (tmp_path / "run.toml").write_text(CONFIG, "utf-8")
    return tmp_path / "run.toml"


def run(config, capsys, *arguments):
    code = main(["backtest", str(config), "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_run_adds_up(config, capsys):
    code, answer = run(config, capsys)

    assert code == 0
    known = answer["statistics"]
    assert known["orders"]["fills"] > 5
    (symbol,) = known["symbols"]
    # The account is rounded to 1e-6 when it is sampled.
    gap = Decimal(symbol["profit"]) - Decimal(known["profit"])
    assert abs(gap) <= Decimal("1e-6")
    shares = Decimal(symbol["quantity"])
    assert Decimal(known["fees"]) == shares * Decimal("0.003")


def test_the_same_run_has_the_same_id_and_hash(config, capsys):
    _, first = run(config, capsys)
    _, second = run(config, capsys)

    for key in ("run_id", "state_hash", "statistics"):
        assert first[key] == second[key]


def test_another_parameter_is_another_run(config, capsys):
    _, first = run(config, capsys)
    _, second = run(config, capsys, "--set", "strategy.0.params.size=60")

    assert first["run_id"] != second["run_id"]
    assert first["state_hash"] != second["state_hash"]


def test_an_order_beyond_a_limit_is_counted_with_its_reason(config, capsys):
    _, answer = run(config, capsys, "--set", "limits.max_order_quantity=10")

    assert set(answer["statistics"]["orders"]["rejects"]) == {"max_quantity"}
    assert "no-fills" in {finding["code"] for finding in answer["findings"]}


def test_a_limit_that_is_refused_names_the_file(config, capsys):
    code, answer = run(config, capsys, "--set", "fees.taker_bps=0.0000001")

    assert code == 1
    assert answer["error"]["type"] == "ConfigError"
    assert "run.toml: taker_bps" in answer["error"]["message"]
