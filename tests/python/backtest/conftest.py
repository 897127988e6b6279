"""Results of runs that never happened, for whatever reads a `BacktestResult`.

`build_result` books hand-written fills through a slow ledger at average cost;
`random_result` makes a believable run out of a seeded random walk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from ai_trading.backtest.result import BacktestResult
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import ACCOUNT, FILL, ORDER

SECOND = 1_000_000_000
OPEN = 1_767_709_800 * SECOND  # 2026-01-06 14:30 UTC, 09:30 in New York
PRICES = np.dtype([("timestamp", "i8"), ("price", "i8")])


class Ledger:
    """Cash, positions and profit at average cost, in exact fractions."""

    def __init__(self, instruments: InstrumentTable, cash: Decimal) -> None:
        self.cash = Fraction(cash)
        self.units = [
            Fraction(i.tick_size * i.lot_size * i.multiplier) for i in instruments
        ]
        self.lots = [0] * len(self.units)
        self.cost = [Fraction(0)] * len(self.units)
        self.mark = [0] * len(self.units)
        self.realized = Fraction(0)
        self.fees = Fraction(0)

    def fill(self, index: int, signed: int, price: int, fee: int) -> Fraction:
        held, unit = self.lots[index], self.units[index]
        closing = min(abs(signed), abs(held)) if signed * held < 0 else 0
        part = self.cost[index] * closing / abs(held) if closing else Fraction(0)
        gain = (1 if held > 0 else -1) * closing * price * unit - part
        opening = abs(signed) - closing
        self.cost[index] += (1 if signed > 0 else -1) * opening * price * unit - part
        self.lots[index] += signed
        self.mark[index] = price
        self.cash -= signed * price * unit + Fraction(fee, 10**9)
        self.fees += Fraction(fee, 10**9)
        self.realized += gain
        return gain

    def row(self, time: int) -> tuple[int, ...]:
        held = [
            lots * mark * unit
            for lots, mark, unit in zip(self.lots, self.mark, self.units, strict=True)
        ]
        amounts = (
            self.cash,
            self.cash + sum(held),
            self.realized,
            sum(held) - sum(self.cost),
            self.fees,
            Fraction(sum(abs(value) for value in held)),
        )
        return (time, *(round(amount * 10**6) for amount in amounts))


def build_result(
    trades: list[tuple[int, int, int, int, int, str]],
    *,
    cash: str = "100000",
    symbols: tuple[Instrument | str, ...] = ("AAPL",),
    marks: list[tuple[int, int, int]] | None = None,
    orders: np.ndarray | None = None,
    **changes: Any,
) -> BacktestResult:
    """Book trades (time, instrument, signed lots, ticks, fee in 1e-9, liquidity).

    `marks` are prices (time, instrument, ticks) between and after them. One filled
    order is made for each trade unless `orders` are given.
    """
    instruments = InstrumentTable(symbols)
    ledger = Ledger(instruments, Decimal(cash))
    rows: list[tuple[int, ...]] = []
    fills = np.zeros(len(trades), FILL)
    made = np.zeros(len(trades), ORDER)
    seen: dict[int, list[tuple[int, int]]] = {}
    steps = [(t[0], 0, n, t) for n, t in enumerate(trades)]
    steps += [(m[0], 1, n, m) for n, m in enumerate(marks or [])]
    for time, kind, number, step in sorted(steps, key=lambda s: s[:3]):
        index = step[1]
        if kind == 1:
            ledger.mark[index] = step[2]
            seen.setdefault(index, []).append((time, step[2]))
        else:
            _, _, signed, price, fee, liquidity = step
            gain = ledger.fill(index, signed, price, fee)
            seen.setdefault(index, []).append((time, price))
            side = 0 if signed > 0 else 1
            kind_code = {"maker": 1, "taker": 2}[liquidity]
            fills[number] = (
                time, number + 1, number + 1, price, abs(signed), fee,
                round(gain * 10**6), ledger.lots[index], index, side, kind_code, 0,
            )  # fmt: skip
            made[number] = (
                number + 1, 0, time, time, time, price, abs(signed), abs(signed),
                price * abs(signed), fee, index, side, 1, 0, 3, 0, 0, 0,
            )  # fmt: skip
        rows.append(ledger.row(time))
    start = rows[0][0] if rows else OPEN
    first = (start, *(round(Decimal(cash) * 10**6),) * 2, 0, 0, 0, 0)
    account = np.array([first, *rows], ACCOUNT)
    values: dict[str, Any] = {
        "run_id": "0123456789abcdef",
        "name": "by hand",
        "kind": "events",
        "partial": False,
        "seed": 0,
        "state_hash": "feedfacecafebeef",
        "config": {},
        "start_ns": start,
        "end_ns": rows[-1][0] if rows else start,
        "events": max(len(rows), 1),
        "wall_seconds": 0.5,
        "currency": "USD",
        "initial_cash": Decimal(cash),
        "instruments": instruments,
        "strategies": ("by-hand",),
        "orders": made if orders is None else orders,
        "fills": fills,
        "account": account,
        "prices": {i: np.array(p, PRICES) for i, p in seen.items()},
        "final_positions": {i: n for i, n in enumerate(ledger.lots) if n},
    }
    return BacktestResult(**{**values, **changes})


def random_result(
    *,
    days: int = 1,
    symbols: tuple[str, ...] = ("AAPL", "MSFT", "NVDA"),
    seed: int = 7,
    per_day: int = 400,
    **changes: Any,
) -> BacktestResult:
    """Make a run of a market maker on seeded random walks."""
    rng = np.random.default_rng(seed)
    holidays = {13, 41}  # Martin Luther King's and the Presidents' day
    calendar = [d for d in range(days * 2) if (d + 1) % 7 < 5 and d not in holidays]
    calendar = calendar[:days]
    session = 6.5 * 3600
    trades, marks = [], []
    level = [1_500_000 + 400_000 * n for n in range(len(symbols))]
    held = [0] * len(symbols)
    for day in calendar:
        for index in range(len(symbols)):
            times = np.sort(rng.uniform(0, session, per_day))
            walk = np.cumsum(rng.normal(0, 900, per_day) + 3) + level[index]
            for seconds, price in zip(times, walk, strict=True):
                at = OPEN + day * 86_400 * SECOND + int(seconds * SECOND)
                ticks = int(round(price / 100) * 100)
                marks.append((at, index, ticks))
                if rng.random() < 0.25:
                    side = -1 if held[index] > 300 or rng.random() < 0.5 else 1
                    side = 1 if held[index] < -300 else side
                    lots = int(rng.integers(1, 4)) * 100
                    maker = rng.random() < 0.8
                    edge = 100 if maker else -100
                    fee = lots * (-2_000_000 if maker else 3_000_000)
                    held[index] += side * lots
                    trades.append(
                        (at + SECOND, index, side * lots, ticks - side * edge, fee,
                         "maker" if maker else "taker")
                    )  # fmt: skip
            level[index] = int(walk[-1])
    result = build_result(
        trades, cash="1000000", symbols=symbols, marks=marks, **changes
    )
    return with_unfilled_orders(result, rng)


def with_unfilled_orders(
    result: BacktestResult, rng: np.random.Generator
) -> BacktestResult:
    """Add cancelled, rejected and expired orders, as a market maker has many."""
    filled = result.orders
    extra = np.repeat(filled, 3)
    extra["filled"] = extra["filled_value"] = extra["fee"] = 0
    extra["order_id"] += 10_000_000 * (1 + np.arange(len(extra)) % 3).astype("u8")
    extra["status"] = rng.choice([6, 6, 6, 6, 6, 6, 7, 8], len(extra))
    extra["reason"] = np.where(extra["status"] == 7, rng.integers(1, 4, len(extra)), 0)
    orders = np.concatenate([filled, extra])
    by_time = np.argsort(orders["submitted"], kind="stable")
    return replace(result, orders=orders[by_time])


def sampled(result: BacktestResult, every: int = 600 * SECOND) -> BacktestResult:
    """Sample account and prices evenly in time, nights and weekends included."""
    times = np.arange(result.start_ns, result.end_ns + 1, every)

    def held(rows: np.ndarray) -> np.ndarray:
        place = np.searchsorted(rows["timestamp"], times, side="right") - 1
        taken = rows[np.maximum(place, 0)].copy()
        taken["timestamp"] = times
        return np.append(taken, rows[-1:])

    prices = {index: held(rows) for index, rows in result.prices.items()}
    return replace(result, account=held(result.account), prices=prices)


@pytest.fixture(name="sampled")
def sampled_fixture() -> Callable[..., BacktestResult]:
    return sampled


@pytest.fixture(name="build_result")
def build_result_fixture() -> Callable[..., BacktestResult]:
    return build_result


@pytest.fixture(name="random_result")
def random_result_fixture() -> Callable[..., BacktestResult]:
    return random_result
