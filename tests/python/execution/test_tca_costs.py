"""Costs of parents: benchmarks by hand and by a slow twin, estimates, real runs."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tca_samples import (
    CLOSE,
    MINUTE,
    OPEN,
    SECOND,
    XYZ,
    bars,
    parent,
    quotes,
    trades_and_quotes,
)

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.terms import Latency
from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.executors import ImplementationShortfall
from ai_trading.execution.impact import FixedBps, MarketState
from ai_trading.execution.manager import EventType, OrderManager, VenueReport
from ai_trading.execution.tca import (
    MEASURES,
    accuracy,
    analyze,
    analyze_run,
    market_state,
    market_view,
    measure_parent,
    parent_of_orders,
    parents_of,
    pre_trade,
)
from ai_trading.execution.tca._prints import of_events
from ai_trading.execution.tca.table import columns
from ai_trading.market import load
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.library import ParentTrader

SESSION = [
    ("cross", 0.5, "10.00", 900),
    ("quote", 1, "9.99", "10.01"),
    ("trade", 10, "10.01", 100),
    ("trade", 20, "9.99", 300),
    ("quote", 30, "10.03", "10.05"),
    ("trade", 40, "10.05", 100),
    ("trade", 50, "10.07", 500),
    ("quote", 23_390, "10.09", "10.11"),
    ("trade", 23_395, "10.10", 50),
    ("cross", 23_401, "10.12", 5_000),
]


def worked(fills=((15, 100, "10.01", 1, "taker"), (45, 100, "10.03", 0, "maker"))):
    return parent(fills, quantity=400, start=5, end=45)


def test_benchmarks_by_hand():
    view = market_view(trades_and_quotes(SESSION), "XYZ")

    costs = measure_parent(worked(), view)

    # Trades at 10, 20 and 40 s lie in (5, 45]; 25 s at 10.00, 15 s at 10.04.
    vwap = (100 * 10.01 + 300 * 9.99 + 100 * 10.05) / 500
    twap = (25 * 10.00 + 15 * 10.04) / 40
    assert costs.prices["vwap"] == pytest.approx(vwap)
    assert costs.prices["twap"] == pytest.approx(twap)
    assert costs.prices["open"] == 10.00
    assert costs.prices["close"] == 10.12
    assert costs.prices["arrival"] == 10.00
    assert math.isnan(costs.prices["previous_close"])
    assert costs["vwap_slippage_bps"] == pytest.approx(1e4 * (10.02 / vwap - 1))
    assert costs["arrival_slippage_bps"] == pytest.approx(20)
    assert costs["close_slippage_bps"] == pytest.approx(1e4 * (10.02 / 10.12 - 1))
    assert costs.market_volume == 500
    assert costs["participation"] == 0.4
    assert costs["fill_rate"] == 0.5
    assert costs["passive_share"] == 0.5


def test_the_shortfall_takes_its_prices_from_the_market():
    view = market_view(trades_and_quotes(SESSION), "XYZ")

    found = measure_parent(worked(), view).shortfall

    # Impact: .01 against 10.00, -.01 against 10.04; 200 left, at 10.04 in the end.
    assert found.impact == 0
    assert found.timing == Decimal("4")
    assert found.opportunity == Decimal("8")
    assert found.fees == 1
    assert found.total == 13


def test_the_market_when_it_was_decided_gives_the_delay():
    view = market_view(trades_and_quotes(SESSION), "XYZ")
    late = parent(
        [(45, 100, "10.05")], quantity=100, start=40, end=60,
        decided_ns=OPEN + 10 * SECOND,
    )  # fmt: skip

    found = measure_parent(late, view).shortfall

    assert found.delay == 4
    assert found.trading == 1


def test_spread_capture_runs_from_all_paid_to_all_earned():
    view = market_view(trades_and_quotes(SESSION), "XYZ")

    def capture(*fills):
        return measure_parent(worked(fills), view)["spread_capture"]

    assert capture((15, 100, "10.01")) == pytest.approx(-1)
    assert capture((15, 100, "9.99")) == pytest.approx(1)
    assert capture((15, 100, "10.00")) == 0
    assert capture((15, 100, "10.01"), (16, 100, "9.99")) == pytest.approx(0)


def test_the_realised_spread_is_what_the_other_side_kept():
    view = market_view(
        quotes([(0, "9.99", "10.01"), (5, "10.03", "10.07"), (900, "10.03", "10.07")]),
        "XYZ",
    )
    bought = parent([(4, 100, "10.01", 0, "taker")])

    found = measure_parent(bought, view, horizons=[2_000_000_000, MINUTE])

    # Paid 10.01 for what stood at 10.05 a while later: twice -0.04 of 10.00.
    assert found["realised_spread_1min_bps"] == pytest.approx(-80)
    assert found["realised_spread_2s_bps"] == pytest.approx(-80)
    assert found["effective_spread_bps"] == pytest.approx(20)
    assert "realised_spread_2s_bps" in columns([found])


def test_reversion_is_what_comes_back_after_the_last_fill():
    view = market_view(
        quotes([(0, 10, 10), (5, 11, 11), (60, "10.5", "10.5"), (900, 10, 10)]), "XYZ"
    )
    bought = parent([(6, 10, 11)])

    found = measure_parent(bought, view, reversion_ns=MINUTE)

    assert found["reversion_bps"] == pytest.approx(1e4 * 0.5 / 11)


def test_nothing_filled_leaves_slippage_unknown_and_costs_opportunity():
    view = market_view(trades_and_quotes(SESSION), "XYZ")

    costs = measure_parent(worked(()), view)

    assert costs.shortfall.total == costs.shortfall.opportunity == Decimal("16.0000")
    assert costs["fill_rate"] == 0
    for name in ("vwap_slippage_bps", "effective_spread_bps", "passive_share"):
        assert math.isnan(costs[name])


def test_without_market_data_only_the_own_record_speaks():
    known = parent([(10, 1000, "10.07", 14)], arrival="10.05", decision="10.00")

    costs = analyze([known], None).costs[0]

    assert costs.shortfall.total == 84
    assert costs.shortfall.impact is None
    assert costs["arrival_slippage_bps"] == pytest.approx(1e4 * 0.02 / 10.05)
    assert math.isnan(costs["vwap_slippage_bps"])


tapes = st.lists(
    st.tuples(
        st.sampled_from(["quote", "trade"]),
        st.integers(1, 30),
        st.integers(100, 120),
        st.integers(1, 9),
    ),
    max_size=25,
)


@given(tape=tapes, start=st.integers(0, 300), length=st.integers(1, 300))
def test_interval_benchmarks_are_those_of_the_slow_twin(tape, start, length):
    at, rows = 0, [("quote", 0, Decimal(1), Decimal("1.02"))]
    for kind, gap, price, more in tape:
        at += gap
        if kind == "quote":
            rows.append((kind, at, Decimal(price) / 100, Decimal(price + more) / 100))
        else:
            rows.append((kind, at, Decimal(price) / 100, more))
    rows.append(("quote", at + 1, Decimal(1), Decimal("1.04")))
    view = market_view(trades_and_quotes(rows), "XYZ")
    first, last = OPEN + start * SECOND, OPEN + (start + length) * SECOND

    volume, value, area = 0, Decimal(0), Decimal(0)
    for kind, when, price, lots in rows:
        if kind == "trade" and start < when <= start + length:
            volume += lots
            value += price * lots
    for second in range(start, start + length):
        bid, ask = [q[2:] for q in rows if q[0] == "quote" and q[1] <= second][-1]
        area += (bid + ask) / 2
    assert view.prints.volume(first, last) == volume
    tick = float(XYZ.tick_size)
    found = view.prints.vwap(first, last) * tick
    assert (
        found == pytest.approx(float(value / volume), nan_ok=True)
        if volume
        else (math.isnan(found))
    )
    assert view.twap(first, last) * tick == pytest.approx(float(area / length))


def test_an_execution_that_names_no_price_takes_that_of_its_order():
    day = synthetic_day(["ACME"], events=4_000)
    events = day.records
    told = of_events(events)
    silent = events.copy()
    executed = silent["kind"] == 4
    assert executed.any()
    silent["price"][executed] = 0

    found = of_events(silent)

    np.testing.assert_array_equal(found.typical, told.typical)
    np.testing.assert_array_equal(found.lots, told.lots)


def test_the_interval_vwap_over_bars_weighs_typical_prices():
    rows = [(i, 10, 12, 8, 10 + i, 100 * (i + 1)) for i in range(4)]
    view = market_view(bars(rows), "XYZ")

    # Bars that end within (1, 3] minutes: the second and the third.
    typical = [(12 + 8 + 11) / 3, (12 + 8 + 12) / 3]
    found = view.prints.vwap(OPEN + MINUTE, OPEN + 3 * MINUTE)

    assert found / 1e4 == pytest.approx(
        (200 * typical[0] + 300 * typical[1]) / 500, 1e-5
    )


DAY = 1440


def test_the_day_before_gives_its_close_and_the_average_volume():
    rows = [(i - DAY, 10, 10, 10, 10 + i / 100, 7) for i in range(390)]
    rows += [(390 - DAY, 99, 99, 99, 99, 1_000)]  # after hours
    rows += [(i, 20, 20, 20, 20, 5) for i in range(390)]
    view = market_view(bars(rows), "XYZ")

    assert view.previous_close(OPEN + MINUTE) == 138_900
    assert view.daily_volumes(OPEN + MINUTE).tolist() == [390 * 7]
    assert view.daily_volumes(OPEN - DAY * MINUTE + MINUTE).tolist() == []
    assert math.isnan(view.previous_close(OPEN - DAY * MINUTE + MINUTE))
    # Nothing of the night: the last five minutes of the session before.
    late = OPEN - (DAY - 389) * MINUTE
    assert np.isnan(view.later(np.array([late]), 5 * MINUTE))[0]


def test_a_session_without_data_is_not_skipped_for_an_older_one():
    rows = [(i - 3 * DAY, 10, 10, 10, 11, 7) for i in range(390)]
    rows += [(i + DAY, 20, 20, 20, 20, 5) for i in range(390)]
    view = market_view(bars(rows), "XYZ")  # Monday the 12th and Friday the 16th

    found = view.previous_close(OPEN + DAY * MINUTE + MINUTE)

    # Thursday is the session before and has no data: not known, and not Monday's.
    assert math.isnan(found)
    assert view.daily_volumes(OPEN + DAY * MINUTE + MINUTE).tolist() == [390 * 7]


def test_an_open_the_data_does_not_reach_is_not_known():
    rows = [(i, 10 + i, 10 + i, 10 + i, 10 + i, 1) for i in range(390)]
    whole = market_view(bars(rows), "XYZ")
    cut = market_view(bars(rows[30:]), "XYZ")

    assert whole.open_price(OPEN + MINUTE) == 100_000
    assert math.isnan(cut.open_price(OPEN + 31 * MINUTE))


def test_a_close_the_data_does_not_reach_is_not_known():
    cut = market_view(bars([(i, 10, 10, 10, 10, 1) for i in range(30)]), "XYZ")
    whole = market_view(bars([(i, 10, 10, 10, 10, 1) for i in range(390)]), "XYZ")

    assert math.isnan(cut.close_price(OPEN + MINUTE))
    assert whole.close_price(OPEN + MINUTE) == 100_000


def test_the_estimate_risk_and_z_of_a_parent_by_hand():
    view = market_view(quotes([(-1, 100, 100), (30_000, 100, 100)]), "XYZ")
    # Half at the start, half a day later; sigma 2 %: one half was borne for a day.
    state = MarketState(price=100, daily_volume=1e6, volatility=0.02)
    two = parent([(0, 50, 100), (11_700, 50, 101)], quantity=100, end=23_400)

    estimate = pre_trade(two, FixedBps(cost=5), state)
    costs = measure_parent(two, view, estimate=estimate)

    assert estimate.bps == 5
    assert estimate.risk_bps == pytest.approx(200 * math.sqrt(0.25 * 0.5))
    assert costs["surprise_bps"] == pytest.approx(50 - 5)
    assert costs["z_score"] == pytest.approx(45 / estimate.risk_bps)


def test_a_right_model_has_no_bias_and_z_scores_of_deviation_one():
    rng = np.random.default_rng(3)
    state = MarketState(price=100, daily_volume=1e6, volatility=0.02)
    parents = []
    for number in range(400):
        move = rng.normal(5, 200 * math.sqrt(600 / 23_400))
        price = round(100 * (1 + move / 1e4), 4)
        parents.append(
            parent([(600, 10, price)], quantity=10, arrival=100, parent_id=str(number))
        )

    report = analyze(parents, None, model=FixedBps(cost=5), states={"XYZ": state})
    found = report.accuracy()

    assert abs(found.bias_bps) < 3 * found.bias_error
    assert 0.9 < found.z_deviation < 1.1
    assert 0.92 < found.within < 0.98
    assert found.count == 400


def test_a_market_state_looks_at_nothing_later():
    rows = [(0, 10, 10.02)]
    rows += [
        (60 * i, 10 + 0.01 * (i % 3), 10.02 + 0.01 * (i % 3)) for i in range(1, 300)
    ]
    tape = [("quote", *row) for row in rows]
    tape += [("trade", 60 * i + 1, "10.01", 50) for i in range(300)]
    tape.sort(key=lambda row: row[1])
    moment = OPEN + 7200 * SECOND

    early = [row for row in tape if row[1] <= 7200]
    one = market_state(market_view(trades_and_quotes(early), "XYZ"), moment)
    two = market_state(market_view(trades_and_quotes(tape), "XYZ"), moment)

    assert one == two
    assert one.daily_volume == pytest.approx(50 * 120 * 3.25)
    assert one.volatility > 0
    with pytest.raises(DataError, match="too little of XYZ before the parent begins"):
        market_state(market_view(trades_and_quotes(tape), "XYZ"), OPEN + 60 * SECOND)
    with pytest.raises(DataError, match="no price of XYZ before the parent begins"):
        market_state(market_view(trades_and_quotes(tape), "XYZ"), OPEN - SECOND)


def test_accuracy_needs_estimates():
    with pytest.raises(DataError, match="0 parents have an estimate"):
        accuracy(analyze([parent([(1, 1, 10)], quantity=1, arrival=10)], None).costs)


def test_a_parent_without_an_arrival_price_is_refused():
    with pytest.raises(DataError, match="has no arrival price"):
        analyze([parent([(1, 1, 10)])], None)
    with pytest.raises(DataError, match="was not filled, and no price at the end"):
        analyze([parent([(1, 1, 10)], arrival=10)], None)


def test_parents_there_must_be_and_figures_by_their_names():
    with pytest.raises(DataError, match="no parents to analyse"):
        analyze([], None)
    cost = analyze([parent([(1, 1, 10)], quantity=1, arrival=10)], None).costs[0]
    with pytest.raises(ArgumentError, match="there is no figure 'speed'"):
        cost["speed"]
    with pytest.raises(ArgumentError, match="benchmark must be one of average"):
        cost.slippage_bps("midday")
    assert cost.slippage_bps(8.0) == pytest.approx(2500)


def run(data, **more):
    trader = ParentTrader("one", **more)
    delays = Latency(entry=50_000, response=50_000)
    return trader, Backtest(
        data, strategies=[trader], cash=10**12, latency=delays
    ).run()


def test_a_run_gives_its_parents_and_the_core_agrees():
    data = synthetic_day(["ACME"], events=60_000)
    trader, result = run(
        data, quantity=3000, start="09:40", minutes=30, algorithm="twap"
    )

    report = analyze_run(result, data)

    cost, told = report.costs[0], trader.report().to_dict()
    assert cost.parent.filled == int(told["filled"])
    assert cost.market_volume == int(told["market_volume"])
    assert cost.prices["vwap"] == pytest.approx(told["interval_vwap"])
    assert cost.prices["arrival"] == pytest.approx(told["arrival_price"])
    assert cost["vwap_slippage_bps"] == pytest.approx(told["vwap_slippage_bps"])
    assert cost["passive_share"] == pytest.approx(told["passive_share"])
    assert cost.parent.value == sum(fill.value for fill in result.fills_table())
    assert set(cost.values) == set(MEASURES)
    short = cost.shortfall
    assert short.impact + short.timing == short.trading


def test_a_run_without_parents_is_refused():
    class Nobody:
        parents = fills = orders = np.empty(0)
        schedules: ClassVar = {}

    with pytest.raises(DataError, match="no parent order"):
        parents_of(Nobody())


def test_a_fill_of_another_symbol_is_refused():
    data = synthetic_day(["ACME", "BCME"], events=40_000)
    _, result = run(
        data, symbol="ACME", quantity=300, start="09:40", minutes=30, algorithm="twap"
    )
    result.fills["instrument"][0] = data.instruments.index("BCME")

    with pytest.raises(DataError, match="is in ACME, but a child of it traded BCME"):
        parents_of(result)


def test_a_parent_worked_over_an_order_manager_is_analysed_too():
    clock = ManualClock(OPEN)
    orders = OrderManager(clock=clock)
    worked_parent = ImplementationShortfall(orders).execute_is_order(
        "AAPL", "buy", 600, 100, duration_minutes=10
    )
    for _ in range(12):
        for order in orders.get_active_orders():
            report = VenueReport(
                order.order_id,
                EventType.FILL,
                clock.now_ns(),
                quantity=order.remaining_quantity,
                price=Decimal("100.02"),
            )
            orders.apply_report(report)
        clock.advance(MINUTE)
        orders.poll()

    found = parent_of_orders(
        worked_parent,
        [orders.get_order(child) for child in worked_parent],
        arrival=Decimal("100.01"),
    )
    cost = analyze([found], None).costs[0]

    assert found.filled == 600
    assert cost.shortfall.delay == Decimal("6.00")
    assert cost.shortfall.trading == Decimal("6.00")
    with pytest.raises(DataError, match="is not among the orders"):
        parent_of_orders(worked_parent, [])


def test_a_parent_of_the_simulated_session_is_analysed_too():
    engine = ExecutionEngine()
    number = engine.execute_order("AAPL", "buy", 400, algorithm="twap", minutes=5)
    for _ in range(8):
        engine.clock.advance(MINUTE)
        engine.order_manager.poll()
    made = engine.get_parent(number)

    found = parent_of_orders(
        made, [engine.get_order(child) for child in made], end_price=Decimal(151)
    )
    cost = analyze([found], None).costs[0]

    short = cost.shortfall
    assert found.filled == int(made.filled) > 0
    assert found.average_price == pytest.approx(made.average_price)
    assert short.total == short.delay + short.trading + short.opportunity + short.fees
    assert short.opportunity == int(made.shortfall) * (151 - short.decision)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["AMZN_2012-06-21_5", "AAPL_2012-06-21_1"])
def test_a_real_order_by_order_day_agrees_with_the_core(real_data, name):
    data = load(real_data / "lobster" / f"LOBSTER_SampleFile_{name}.zip")
    trader, result = run(data, quantity=1000, minutes=30, algorithm="pov", rate=0.05)

    report = analyze_run(result, data)

    cost, told = report.costs[0], trader.report().to_dict()
    assert cost.market_volume == int(told["market_volume"])
    assert cost.prices["vwap"] == pytest.approx(told["interval_vwap"], rel=1e-12)
    assert cost.shortfall.release == Decimal(repr(told["arrival_price"])).quantize(
        Decimal("0.00005")
    )
    curve = report.mark_outs()
    assert [point.missing for point in curve] == [0] * 6
    assert curve[0].bps == pytest.approx(cost["effective_spread_bps"] / 2, rel=0.01)
    assert 0 < cost["quoted_spread_bps"] < 20


@pytest.mark.realdata
def test_real_minute_bars_agree_with_the_core(real_data):
    folder = real_data / "minute" / "2026-03-09_2026-05-05"
    data = load(folder / "IBM.csv.gz")
    day = data.select(
        start_ns=1_776_691_800_000_000_000, end_ns=1_776_715_200_000_000_001
    )
    trader, result = run(day, quantity=600, start="10:00", algorithm="twap")

    cost = analyze_run(result, data).costs[0]

    told = trader.report().to_dict()
    assert cost.market_volume == int(told["market_volume"])
    assert cost.prices["vwap"] == pytest.approx(told["interval_vwap"], rel=1e-12)
    assert cost.prices["previous_close"] > 0
    assert 0 < cost["adv_share"] < 0.01
    assert CLOSE > OPEN
