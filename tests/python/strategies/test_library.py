"""The strategies to begin with do what they promise on a made-up day."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.terms import FeeModel, Latency, Limits
from ai_trading.core.errors import ArgumentError
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.library import MarketMaker, TwapBuyer

MAKER, TAKER = 1, 2


@pytest.fixture(scope="module")
def day():
    return synthetic_day(["ACME"], seed=3, events=30_000)


def run(data, *strategies, **options):
    given = {
        "latency": Latency(entry=50_000, response=50_000),
        "fees": FeeModel(maker_per_share="-0.002", taker_per_share="0.003"),
        "cash": 10_000_000,
        **options,
    }
    return Backtest(data, strategies=strategies, **given).run()


def positions(fills):
    signed = np.where(fills["side"] == 0, fills["quantity"], -fills["quantity"])
    return np.cumsum(signed)


def test_a_market_maker_trades_both_sides_and_ends_flat(day):
    result = run(day, MarketMaker())

    assert set(result.fills["side"]) == {0, 1}
    assert len(result.fills) > 20
    assert result.final_positions == {}
    assert not len(result.orders[result.orders["status"] == 7])


def test_a_market_maker_never_holds_more_than_its_limit(day):
    result = run(day, MarketMaker(size=100, max_position=300))

    assert np.abs(positions(result.fills)).max() <= 300


def test_a_market_maker_rests_until_it_gets_out(day):
    result = run(day, MarketMaker())

    taken = result.fills["liquidity"] == TAKER
    assert taken.mean() < 0.1
    assert (np.diff(taken.astype(int)) >= 0).all() or taken.sum() < 5


def test_a_market_maker_quotes_only_within_its_hours(day):
    result = run(day, MarketMaker(start="11:00", stop="12:00"))

    opens = np.datetime64("2026-01-15T16:00", "ns").astype(np.int64)
    closes = np.datetime64("2026-01-15T17:00", "ns").astype(np.int64)
    quotes = result.orders[result.orders["type"] == 1]
    assert quotes["submitted"].min() >= opens
    assert quotes["submitted"].max() <= closes
    assert result.final_positions == {}


def test_with_a_full_inventory_only_the_reducing_side_is_quoted(day):
    class Watch(MarketMaker):
        resting = ()

        def _place_at(self, symbol, side, best, position):
            super()._place_at(symbol, side, best, position)
            if side.sign * position == self.max_position:
                self.resting = (*self.resting, side.order_id)

    watch = Watch(size=100, max_position=100)
    run(day, watch)

    assert watch.resting
    assert set(watch.resting) == {0}


def test_a_quote_stays_where_it_is_while_the_touch_stays(day):
    class Counting(MarketMaker):
        touches = 0
        changes = 0
        last = None

        def on_quote(self, quote):
            moved = (quote.bid, quote.ask) != self.last
            self.last = quote.bid, quote.ask
            self.touches += moved
            super().on_quote(quote)

        def modify(self, *args, **options):
            self.changes += 1
            return super().modify(*args, **options)

    strategy = Counting(skew_steps=0)
    run(day, strategy)

    # Two sides, so at most two changes each time a price of the touch moves, and one
    # more where the answer came only after the touch had moved on.
    assert 0 < strategy.changes <= 3 * strategy.touches


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"size": 600}, {"start": "early"}, {"stop": "25:00"}]
)
def test_a_market_maker_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ArgumentError):
        MarketMaker(**wrong)


@pytest.mark.parametrize(
    ("quantity", "slices"), [(5_000, 12), (1_000, 7), (10, 12), (1, 1)]
)
def test_slices_sum_exactly_to_the_parent(day, quantity, slices):
    buyer = TwapBuyer(quantity=quantity, slices=slices)

    result = run(day, buyer)

    assert len(buyer.slices) == slices
    assert sum(buyer.slices) == quantity
    assert max(buyer.slices) - min(buyer.slices) <= 1
    bought = int(result.fills["quantity"].sum())
    report = buyer.report()
    assert report.bought == bought
    assert report.bought + report.unfilled == report.parent == quantity
    assert report.unfilled == 0


def test_a_parent_is_never_overbought_at_any_moment(day):
    buyer = TwapBuyer(quantity=3_000, slices=10, minutes=30)

    result = run(day, buyer)

    done = positions(result.fills)
    opens = np.datetime64("2026-01-15T15:00", "ns").astype(np.int64)
    slice_ns = 3 * 60 * 10**9
    begun = (result.fills["timestamp"] - opens) // slice_ns + 1
    assert (done <= np.minimum(begun, 10) * 300).all()
    assert result.fills["timestamp"].min() >= opens
    assert done[-1] == 3_000


def test_each_slice_waits_first_and_crosses_at_its_end(day):
    buyer = TwapBuyer(quantity=3_000, slices=10, minutes=30)

    result = run(day, buyer)

    passive = result.fills["liquidity"] == MAKER
    assert 0 < passive.sum() < len(passive)
    assert buyer.report().passive == int(result.fills["quantity"][passive].sum())
    opens = np.datetime64("2026-01-15T15:00", "ns").astype(np.int64)
    late = (result.fills["timestamp"][~passive] - opens) % (3 * 60 * 10**9)
    assert (late < 30 * 10**9).all()


def test_the_shortfall_is_what_was_paid_beyond_arrival(day):
    buyer = TwapBuyer(quantity=2_000, slices=5)

    result = run(day, buyer)

    report = buyer.report()
    paid = sum(fill.price * fill.quantity for fill in result.fills_table())
    arrival = Decimal(str(report.arrival))
    exact = paid - 2_000 * arrival + result.fees
    assert report.shortfall == pytest.approx(float(exact), abs=1e-6)
    assert report.shortfall_bps == pytest.approx(float(exact / (2_000 * arrival)) * 1e4)
    assert report.average == pytest.approx(float(paid) / 2_000)
    assert "shortfall" in str(report)


def test_a_parent_that_may_not_trade_is_reported_as_unfilled(day):
    buyer = TwapBuyer(quantity=1_000, slices=2, minutes=2)

    result = run(day, buyer, limits=Limits(max_order_quantity=1))

    report = buyer.report()
    assert len(result.fills) == 0
    assert report.unfilled == 1_000
    assert report.shortfall is None


def test_a_parent_that_never_began_has_no_arrival(day):
    buyer = TwapBuyer(start="16:30")

    run(day, buyer)

    assert math.isnan(buyer.report().arrival)
    assert buyer.report().orders == 0


@pytest.mark.parametrize(
    "wrong", [{"quantity": 0}, {"slices": 0}, {"minutes": -1}, {"start": "soon"}]
)
def test_a_buyer_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ArgumentError):
        TwapBuyer(**wrong)


def test_a_buyer_wants_to_know_which_of_several_symbols():
    data = synthetic_day(["ACME", "BOLT"], events=2_000)

    with pytest.raises(ArgumentError, match="symbol must be one of ACME, BOLT"):
        run(data, TwapBuyer())


def test_the_same_day_twice_gives_the_same_hash(day):
    first, second = (run(day, MarketMaker()).state_hash for _ in range(2))

    assert first == second
