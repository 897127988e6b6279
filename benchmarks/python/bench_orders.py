"""What it costs to send an order from Python: gate, desk and simulated venue.

Question   how many microseconds is `ExecutionEngine.execute_order`, and how many per
           order `execute_orders`? And the whole pre-trade gate alone?
Workload   limit orders that rest five percent from the touch of the synthetic session,
           on a clock that stands still, with no limit on how many work; market orders
           of one share; orders in 1,000 instruments under every kind of limit.
Read       processor microseconds per order, the median of the rounds. Goals: 5 singly,
           2 in a batch, 1 for the gate alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from ai_trading._core.desk import order_request_dtype
from ai_trading.core.instrument import Instrument
from ai_trading.core.settings import Settings
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.risk.gate import GateLimits, PreTradeGate


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = [
        ("limit order, singly", 5.0, _singly(limit=True)),
        ("market order, singly", 5.0, _singly(limit=False)),
        ("limit orders, batched", 2.0, _batched),
        ("gate alone, batched", 1.0, _gate),
    ]
    for name, goal, run in rows:
        micros = statistics.median(run(options.orders) for _ in range(options.rounds))
        if options.json:
            print(json.dumps({"orders": name, "us": micros, "goal": goal}))
        else:
            print(f"{name:28} {micros:6.2f} us/order (goal {goal:g})")
    return 0


def _engine(orders: int) -> ExecutionEngine:
    settings = Settings(
        limits={"max_concurrent_orders": orders + 1},
        execution={"simulation_cash": 10**12},
    )
    engine = ExecutionEngine(settings=settings)
    engine.open_symbol("AAPL")
    return engine


def _singly(*, limit: bool) -> Callable[[int], float]:
    def run(orders: int) -> float:
        engine = _engine(orders)
        send = engine.execute_order
        begin = time.process_time()
        if limit:
            for _ in range(orders):
                send("AAPL", "buy", 100, "limit", price=95.0)
        else:
            for i in range(orders):
                send("AAPL", "sell" if i % 2 else "buy", 1)
        return (time.process_time() - begin) / orders * 1e6

    return run


def _batched(orders: int) -> float:
    engine = _engine(orders)
    requests = np.zeros(orders, order_request_dtype)
    requests["instrument"] = engine.open_symbol("AAPL")
    requests["type"] = 1
    requests["price"] = 950_000
    requests["quantity"] = 100
    begin = time.process_time()
    answers = engine.execute_orders(requests)
    spent = time.process_time() - begin
    assert not answers["reason"].any()
    return spent / orders * 1e6


def _gate(orders: int) -> float:
    names = [f"N{i}" for i in range(1000)]
    limits = {
        "max_order_quantity": 1000,
        "max_order_notional": 10**6,
        "price_collar": 0.1,
        "volume_share": 0.1,
        "max_position": 10**6,
        "message_rate": 10**6,
        "open_orders": 10**6,
        "gross_exposure": 10**12,
        "name_share": 0.5,
        "sector_share": 0.9,
        "leverage": 10,
        "self_trade": True,
        "daily_loss": 10**9,
    }
    gate = PreTradeGate(
        [Instrument(name) for name in names],
        cash=10**9,
        limits=GateLimits.check(
            {"all": limits, "facts": {name: {"daily_volume": 10**6} for name in names}}
        ),
    )
    for name in names:
        gate.mark(name, 100)
    rng = np.random.default_rng(1)
    requests = np.zeros(orders, order_request_dtype)
    requests["instrument"] = rng.integers(0, len(names), orders)
    requests["side"] = rng.integers(0, 2, orders)
    requests["type"] = 1
    requests["price"] = 1_000_000
    requests["quantity"] = rng.integers(1, 100, orders)
    begin = time.process_time()
    codes, _ = gate.check_batch(requests, 1)
    spent = time.process_time() - begin
    assert not codes.any()
    return spent / orders * 1e6


if __name__ == "__main__":
    sys.exit(main())
