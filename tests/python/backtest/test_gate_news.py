"""What the tape tells reaches the gate by itself: halts, short-sale tests, bands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from run_samples import BUY, SECOND, SELL, Diary, events, market, table

from ai_trading.backtest.engine import Backtest, Limits
from ai_trading.backtest.latency import Latency
from ai_trading.backtest.rules import MarketRules
from ai_trading.core.errors import ArgumentError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EventKind, TradingState, reject_name
from ai_trading.risk.gate import GateLimits

ADD, CROSS, STATUS, INFO, REMOVE, EXECUTE = (
    EventKind.ADD,
    EventKind.CROSS,
    EventKind.STATUS,
    EventKind.INFO,
    EventKind.REMOVE,
    EventKind.EXECUTE,
)
ANY = Limits(price_collar=None)
QUOTE = ((0, ADD, 1, BUY, 9_900, 900), (0, ADD, 2, SELL, 10_100, 900))


def told(*rows: tuple[int, EventKind, int, int, int, int]) -> np.ndarray:
    """Events; of a status and of an info the last number is the aux."""
    out = events(*rows)
    moved = (out["kind"] == STATUS) | (out["kind"] == INFO)
    out["aux"][moved] = out["quantity"][moved]
    out["quantity"][moved] = 0
    return out


def state(at: int, to: TradingState) -> tuple[int, EventKind, int, int, int, int]:
    return (at, STATUS, 0, 2, 0, int(to))


def info(at: int, code: str, letter: str = "0") -> tuple[Any, ...]:
    return (at, INFO, ord(letter), 2, 0, ord(code))


class Sender(Diary):
    """Sends an order at each of its times, and keeps what became of it."""

    def __init__(self, *orders: tuple[float, str, float | None]) -> None:
        super().__init__()
        self.wanted = orders
        self.ids: list[int] = []

    def on_start(self) -> None:
        for at, _, _ in self.wanted:
            self.set_timer(after=int(at * SECOND))

    def on_timer(self, timer: Any) -> None:
        _, side, price = self.wanted[len(self.ids)]
        self.ids.append(getattr(self, side)("AAPL", 10, price))


def reasons(
    rows: np.ndarray, *orders: tuple[float, str, float | None], **options: Any
) -> list[str]:
    limits = options.pop("all", {})
    options.setdefault("gate", GateLimits.check({"all": limits}))
    sender = Sender(*orders)
    result = Backtest(
        market(rows), strategies=[sender], limits=ANY, cash=10**7, **options
    ).run()
    return [reject_name(int(code)) for code in result.orders["reason"]]


def buys(*times: float) -> list[tuple[float, str, float]]:
    return [(at, "buy", 98.0) for at in times]


def test_a_halt_of_the_tape_stops_orders_at_the_gate_until_it_reopens():
    rows = told(
        *QUOTE,
        state(10, TradingState.HALTED),
        state(20, TradingState.QUOTATION),
        state(30, TradingState.CONTINUOUS),
        (40, ADD, 3, BUY, 9_800, 1),
    )

    assert reasons(rows, *buys(5, 15, 25, 35)) == [
        "none",
        "trading_halt",
        "none",
        "none",
    ]
    # Without limits of the whole gate it is the venue that refuses.
    assert reasons(rows, *buys(15), gate=None) == ["halted"]


def test_a_desk_that_is_told_late_learns_of_a_halt_late():
    rows = told(*QUOTE, state(10, TradingState.HALTED), (40, ADD, 3, BUY, 9_800, 1))

    late = reasons(rows, *buys(12, 18), latency=Latency(feed=5 * SECOND))

    assert late == ["halted", "trading_halt"]


@pytest.mark.parametrize("code", ["W", "J", "K"])
def test_market_wide_halts_collars_and_quotation_periods_stop_orders(code):
    rows = told(
        *QUOTE,
        info(10, code),
        state(20, TradingState.CONTINUOUS),
        (40, ADD, 3, BUY, 9_800, 1),
    )

    assert reasons(rows, *buys(5, 15, 25)) == ["none", "trading_halt", "none"]


def test_short_sales_are_priced_above_the_bid_while_the_tape_restricts_them():
    rows = told(
        *QUOTE,
        info(10, "Y", "1"),
        (20, ADD, 3, BUY, 9_950, 5),
        info(30, "Y", "0"),
        (40, ADD, 4, BUY, 9_800, 1),
    )
    orders = [
        (5.0, "sell", 99.0),
        (15.0, "sell", 99.0),
        (16.0, "sell", 99.5),
        (25.0, "sell", 99.5),  # the bid has risen to it
        (26.0, "sell", None),
        (35.0, "sell", 99.0),
    ]

    short = reasons(
        rows,
        *orders,
        gate=GateLimits.check(
            {"all": {"short_sale": True}, "facts": {"AAPL": {"easy_to_borrow": True}}}
        ),
    )

    assert short == [
        "none",
        "short_price",
        "none",
        "short_price",
        "short_price",
        "none",
    ]


def test_orders_keep_to_bands_that_follow_from_the_tape():
    # The opening auction at 100.00: 95.00 to 105.00.  A pause at 60, reopened at 90.00:
    # 85.50 to 94.50.
    rows = told(
        (0, ADD, 1, BUY, 8_000, 900),
        (0, ADD, 2, SELL, 12_000, 900),
        (5, CROSS, ord("O"), 2, 10_000, 100),
        state(60, TradingState.HALTED),
        state(70, TradingState.QUOTATION),
        (80, CROSS, ord("H"), 2, 9_000, 100),
        state(80, TradingState.CONTINUOUS),
        (200, ADD, 3, BUY, 8_000, 1),
    )
    orders = [
        (2.0, "buy", 119.0),  # none in force yet
        (10.0, "buy", 105.01),
        (11.0, "buy", 105.0),
        (12.0, "sell", 94.99),
        (13.0, "sell", 95.0),
        (75.0, "buy", 105.01),  # it waits for the auction
        (90.0, "buy", 94.51),
        (91.0, "buy", 94.5),
    ]
    out = ["none", "price_band", "none", "price_band", "none", "none", "price_band"]
    limits = {"price_band": True}

    known = {"rules": MarketRules(price_bands="luld", previous_close={"AAPL": 100})}
    assert reasons(rows, *orders, all=limits, **known) == [*out, "none"]
    # Of Tier 2 they are twice as wide, and without rules nobody knows them.
    wide = {"rules": MarketRules(price_bands="luld", tiers={"AAPL": 2})}
    assert reasons(rows, (10.0, "buy", 109.99), all=limits, **wide) == ["none"]
    assert reasons(rows, (10.0, "buy", 100.0), all=limits) == ["price_band_unknown"]


def test_bands_follow_trades_and_the_rules_of_us_equities_have_them():
    # Without an opening auction the mean of the first five minutes is the reference.
    rows = told(
        (0, ADD, 1, BUY, 9_900, 900),
        (0, ADD, 2, SELL, 10_000, 900),
        (10, EXECUTE, 2, SELL, 0, 100),
        (301, ADD, 3, BUY, 9_800, 1),
        (400, ADD, 4, BUY, 9_800, 1),
    )

    held = reasons(
        rows,
        (200.0, "buy", 102.9),
        (310.0, "buy", 105.01),
        (311.0, "buy", 101.0),
        all={"price_band": True},
        rules=MarketRules(price_bands="luld"),
    )

    assert held == ["none", "price_band", "none"]
    named = MarketRules.named("us_equities")
    assert named.price_bands == "luld"
    assert named.plain()["previous_close"] == {}


def test_terms_of_bands_that_make_no_sense_are_refused():
    with pytest.raises(ArgumentError, match=r"tier of AAPL must be 1 or 2; received 3"):
        MarketRules(tiers={"AAPL": 3})
    with pytest.raises(ArgumentError, match="price_bands must be one of luld"):
        MarketRules(price_bands="limits")  # type: ignore[arg-type]
    rules = MarketRules(price_bands="luld", previous_close={"AAPL": 0})
    with pytest.raises(ArgumentError, match="previous close of AAPL must be positive"):
        rules.bands_to_core(table(), 0, 0)
    coarse = InstrumentTable([Instrument("AAPL", tick_size=Decimal("0.03"))])
    with pytest.raises(ArgumentError, match=r"0\.03 of AAPL does not divide 0\.01"):
        MarketRules(price_bands="luld").bands_to_core(coarse, 0, 0)
