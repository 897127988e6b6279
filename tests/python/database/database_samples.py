"""Runs made up for the tests: random records that obey the layouts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from ai_trading._core import sim
from ai_trading.core import records
from ai_trading.core.enums import AssetClass
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.statement import Statement
from ai_trading.database.money import RATE
from ai_trading.database.run_shapes import StoredTransition

START = 1_768_487_400_000_000_000


@dataclass(frozen=True)
class Finding:
    severity: str
    code: str
    message: str
    advice: str


@dataclass(frozen=True)
class Result:
    """The shape of a result without the backtest layer."""

    run_id: str
    name: str
    kind: str
    partial: bool
    seed: int
    state_hash: str
    config: dict[str, Any]
    start_ns: int
    end_ns: int
    events: int
    wall_seconds: float
    currency: str
    initial_cash: Decimal
    instruments: InstrumentTable
    strategies: tuple[str, ...]
    orders: np.ndarray
    fills: np.ndarray
    account: np.ndarray
    incidents: np.ndarray
    final_positions: dict[int, int]
    findings: tuple[Finding, ...]
    transitions: tuple[StoredTransition, ...] = ()
    order_terms: np.ndarray = field(
        default_factory=lambda: np.empty(0, records.ORDER_TERMS)
    )
    charges: np.ndarray = field(default_factory=lambda: np.empty(0, sim.charge_dtype))
    rates: dict[str, np.ndarray] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    consolidated: Statement | None = None


def instruments() -> InstrumentTable:
    return InstrumentTable(
        [
            Instrument("AAPL", price_increment=Decimal("0.01"), sector="Technology"),
            Instrument(
                "BTC-USD",
                tick_size=Decimal("0.01"),
                lot_size=Decimal("0.00000001"),
                venue="XCRY",
                calendar="24/7",
                asset_class=AssetClass.CRYPTO,
            ),
            Instrument(
                "ESH6",
                tick_size=Decimal("0.25"),
                multiplier=Decimal(50),
                venue="XCME",
                calendar="CMES",
                asset_class=AssetClass.FUTURE,
            ),
        ]
    )


def make_orders(rng: np.random.Generator, n: int, count: int) -> np.ndarray:
    orders = np.zeros(n, records.ORDER)
    # Ids above 2**63 too: the simulator may mark its own orders with the top bit.
    orders["order_id"] = np.arange(n, dtype=np.uint64) + np.uint64(2**63 - n // 2)
    orders["parent_id"] = rng.integers(0, 3, n)
    orders["submitted"] = START + np.sort(rng.integers(0, 10**13, n))
    orders["acknowledged"] = np.where(rng.random(n) < 0.1, 0, orders["submitted"] + 7)
    orders["done"] = np.where(rng.random(n) < 0.1, 0, orders["submitted"] + 99)
    orders["type"] = rng.integers(0, 2, n)
    orders["price"] = np.where(orders["type"] == 0, 0, rng.integers(1, 10**7, n))
    orders["quantity"] = rng.integers(1, 10**6, n)
    orders["filled"] = rng.integers(0, orders["quantity"] + 1)
    orders["filled_value"] = orders["filled"] * orders["price"]
    orders["fee"] = rng.integers(-(10**12), 10**12, n)
    orders["instrument"] = rng.integers(0, count, n)
    orders["side"] = rng.integers(0, 2, n)
    orders["time_in_force"] = rng.integers(0, 2, n)
    orders["status"] = rng.integers(0, 9, n)
    orders["reason"] = np.where(orders["status"] == 7, 5, 0)
    orders["strategy"] = rng.integers(0, 2, n)
    return orders


def make_terms(rng: np.random.Generator, orders: np.ndarray) -> np.ndarray:
    """Every third order gets a type that has terms; `orders` is changed."""
    chosen = np.arange(1, len(orders), 3)
    kinds = rng.choice([2, 3, 4, 6, 8, 9], len(chosen))
    orders["type"][chosen] = kinds
    unpriced = chosen[np.isin(kinds, [2, 4, 9])]
    orders["price"][unpriced] = 0
    terms = np.zeros(len(chosen), records.ORDER_TERMS)
    terms["order_id"] = orders["order_id"][chosen]
    stop, trails, pegs = np.isin(kinds, [2, 3]), kinds == 4, kinds == 9
    some = rng.integers(1, 10**6, len(chosen))
    terms["stop"] = np.where(stop, some, 0)
    terms["trigger"] = np.where(stop | trails, rng.integers(0, 3, len(chosen)), 0)
    terms["trail_by"] = np.where(trails, rng.integers(0, 2, len(chosen)), 0)
    terms["trail"] = np.where(trails, some % 9_999 + 1, 0)
    terms["display"] = np.where(kinds == 6, some, 0)
    terms["slide"] = kinds == 8
    terms["minimum"] = np.where(pegs & (some % 2 == 1), some, 0)
    terms["all_or_none"] = pegs & (some % 2 == 0)
    terms["peg"] = np.where(pegs, rng.integers(1, 4, len(chosen)), 0)
    terms["offset"] = np.where(pegs, rng.integers(-50, 50, len(chosen)), 0)
    terms["peg_limit"] = np.where(pegs, some, 0)
    terms["group"] = rng.integers(0, 3, len(chosen))
    terms["entry"] = np.where(terms["group"] > 0, orders["order_id"][0], 0)
    dated = rng.random(len(chosen)) < 0.3
    orders["time_in_force"][chosen[dated]] = 3
    terms["expire_at"] = np.where(dated, START + some, 0)
    return terms


def make_fills(rng: np.random.Generator, n: int, orders: np.ndarray) -> np.ndarray:
    fills = np.zeros(n, records.FILL)
    chosen = orders[rng.integers(0, len(orders), n)]
    for name in ("order_id", "instrument", "side", "strategy"):
        fills[name] = chosen[name]
    fills["timestamp"] = START + np.sort(rng.integers(0, 10**13, n))
    fills["fill_id"] = np.arange(n)
    fills["price"] = rng.integers(1, 10**7, n)
    fills["quantity"] = rng.integers(1, 10**6, n)
    fills["fee"] = rng.integers(-(10**12), 10**12, n)
    fills["realized"] = rng.integers(-(10**15), 10**15, n)
    fills["position"] = rng.integers(-(10**6), 10**6, n)
    fills["liquidity"] = rng.integers(0, 3, n)
    return fills


def make_incidents(rng: np.random.Generator, n: int, orders: np.ndarray) -> np.ndarray:
    incidents = np.zeros(n, records.INCIDENT)
    chosen = orders[rng.integers(0, len(orders), n)]
    incidents["timestamp"] = START + np.sort(rng.integers(0, 10**13, n))
    incidents["order_id"] = np.where(np.arange(n) % 3 == 0, 0, chosen["order_id"])
    incidents["instrument"] = chosen["instrument"]
    incidents["fill_id"] = np.arange(n) % 2 * 5
    incidents["execution"] = np.arange(n, dtype=np.uint64) * np.uint64(2**60)
    incidents["quantity"] = rng.integers(0, 1000, n)
    incidents["code"] = rng.integers(1, 200, n)
    incidents["report"] = rng.integers(0, 17, n)
    incidents["restricted"] = rng.integers(0, 2, n)
    return incidents


def make_charges(rng: np.random.Generator, n: int) -> np.ndarray:
    charges = np.zeros(n, sim.charge_dtype)
    charges["timestamp"] = START + np.arange(n) * 86_400_000_000_000
    charges["quantity"] = rng.integers(-(10**6), 10**6, n)
    charges["price"] = rng.integers(1, 10**7, n)
    charges["amount"] = rng.integers(-(10**15), 10**15, n)
    charges["instrument"] = rng.integers(0, 3, n)
    charges["kind"] = rng.integers(0, 3, n)
    charges["rest"] = rng.integers(-(5 * 10**8), 5 * 10**8, n)
    cash = charges[-2:]  # interest, of other currencies
    cash["kind"], cash["currency"], cash["instrument"] = 3, (1, 2), 2**32 - 1
    cash["quantity"] = cash["price"] = 0
    return charges


def make_statement(seed: int) -> Statement:
    rng = np.random.default_rng(seed)
    # Up to the ledger's 1.7e20, to its last 1e-18.
    amounts = [
        Decimal(int(whole)) * 10 + Decimal(int(part)).scaleb(-18)
        for whole, part in rng.integers(-(10**18), 10**18, (9, 2))
    ]
    names = ("cash", "positions", "deposits", "exchanged", "realized", "unrealized")
    names += ("income", "costs", "translation")
    return Statement(**dict(zip(names, amounts, strict=True)))


def make_account(rng: np.random.Generator, n: int) -> np.ndarray:
    account = np.zeros(n, records.ACCOUNT)
    account["timestamp"] = START + np.arange(n) * 60_000_000_000
    for name in ("cash", "value", "realized", "unrealized", "fees"):
        account[name] = rng.integers(-(10**14), 10**14, n)
    account["gross"] = rng.integers(0, 10**14, n)
    return account


def make_result(
    *,
    orders: int = 40,
    fills: int = 60,
    points: int = 25,
    seed: int = 1,
    **changes: Any,
) -> Result:
    rng = np.random.default_rng(seed)
    table = instruments()
    order_rows = make_orders(rng, orders, len(table))
    terms = make_terms(np.random.default_rng(seed), order_rows)
    result = Result(
        run_id="5f" * 16,
        name="crossover",
        kind="bars",
        partial=False,
        seed=2**64 - 1,
        state_hash="ab" * 16,
        config={"strategy": {"fast": 10, "slow": 0.1}, "ümlaut": ["é", None, True]},
        start_ns=START,
        end_ns=START + 10**13,
        events=1_000_000,
        wall_seconds=0.25,
        currency="USD",
        initial_cash=Decimal("1000000.000001"),
        instruments=table,
        strategies=("fast", "slow"),
        orders=order_rows,
        fills=make_fills(rng, fills, order_rows),
        account=make_account(rng, points),
        order_terms=terms,
        incidents=make_incidents(rng, 7, order_rows),
        final_positions={0: -300, 1: 123_456_789},
        findings=(Finding("warning", "no-fills", "nothing traded", "widen the limit"),),
        transitions=(
            StoredTransition(START, "strategy:fast", 0, 2, "daily_loss", "gate", ""),
            StoredTransition(START + 9, "all", 2, 0, "none", "A. Officer", "hedged"),
        ),
        charges=make_charges(rng, 9),
        rates={
            "GBP": np.array([(START, 1_270_000_001)], RATE),
            "EUR": np.array([(START, 10**9), (START + 5, 1_082_500_000)], RATE),
        },
        statements={code: make_statement(i) for i, code in enumerate(("USD", "EUR"))},
        consolidated=make_statement(9),
    )
    return replace(result, **changes)
