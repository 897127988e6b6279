"""Closing times over several calendars, and holding rates in the core's numbers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from run_samples import bars

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.holding import holding_costs
from ai_trading.backtest.rules import HoldingRates, MarketRules
from ai_trading.core.errors import ArgumentError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.market.source import MarketData
from ai_trading.strategies.strategy import Strategy


def ends(*calendars, days):
    table = InstrumentTable(
        [Instrument(f"S{n}", calendar=name) for n, name in enumerate(calendars)]
    )
    dates = np.array(days, "datetime64[D]").astype(np.int64)
    found = MarketRules(hours=True).session_ends(dates, table)
    return [str(np.datetime64(at, "ns"))[:16] for at in found]


def test_sessions_end_a_minute_after_the_close_and_only_on_sessions():
    days = ["2026-07-02", "2026-07-03", "2026-07-04", "2026-07-06"]

    assert ends("XNYS", days=days) == ["2026-07-02T20:01", "2026-07-06T20:01"]


def test_of_several_calendars_the_last_close_counts():
    pytest.importorskip("exchange_calendars")
    both = ["2026-07-02T20:01", "2026-07-03T15:31"]

    assert ends("XNYS", "XLON", days=["2026-07-02", "2026-07-03"]) == both
    assert ends("XLON", "XNYS", days=["2026-07-02", "2026-07-03"]) == both


def test_what_never_closes_ends_nothing():
    assert ends("24/7", days=["2026-07-02"]) == []


def test_the_rules_of_us_equities_are_all_of_them():
    found = MarketRules.named("us_equities").plain()

    assert {name: found[name] for name in ("tick_sizes", "collar")} == {
        "tick_sizes": "rule_612",
        "collar": "nyse",
    }
    assert found["short_sales"] is found["hours"] is True


def test_holding_rates_reach_the_core_whole():
    table = InstrumentTable([Instrument("A"), Instrument("B")])
    rates = HoldingRates(
        borrow={"B": "0.036"},
        funding={"A": [(20, "-0.001"), (10, "0.002")]},
        accrue="hour",
        days_of_year=365,
        dividends={"B": [(5, "0.25"), (4, 0)]},
        interest={"USD": ("0.01", "-0.005")},
    )

    assert rates.to_core(table, ("EUR", "USD"))["holding"] == {
        "instruments": [
            (0, [(10, 2_000_000), (20, -1_000_000)], []),
            (36_000_000, [], [(4, 0), (5, 250_000_000)]),
        ],
        "interest": [(0, 0), (10_000_000, -5_000_000)],
        "every": 3600 * 10**9,
        "days_of_year": 365,
    }
    assert HoldingRates().to_core(table)["holding"]["every"] == 86_400 * 10**9


@pytest.mark.parametrize("rate", ["-0.000000001", 1000.5])
def test_a_borrow_rate_below_nothing_or_beyond_reason_is_refused(rate):
    with pytest.raises(ArgumentError, match="must lie between 0 and 1000"):
        HoldingRates(borrow={"A": rate})


class Short(Strategy):
    def on_bar(self, bar):
        if self.position(bar.symbol) == 0:
            self.sell(bar.symbol, 2)


def test_funding_counts_the_multiplier_and_a_fill_of_that_instant():
    table = InstrumentTable([Instrument("FUT", multiplier=Decimal(50))])
    rows = bars(*((1_000_000,) * 4 for _ in range(4)))
    result = Backtest(
        MarketData(rows, table, "made"), strategies=[Short("short")], cash=10**7
    ).run()
    filled = int(result.fills["timestamp"][0])
    funding = {"FUT": [(filled - 1, "0.01"), (filled, "0.01")]}

    (cost,) = holding_costs(result, funding=funding)

    assert cost.timestamp == filled
    assert cost.quantity == -2
    assert cost.amount == -2 * 100 * 50 * Decimal("0.01")  # received
