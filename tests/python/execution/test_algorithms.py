"""Typed terms, volume curves, and parents in backtests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading._core import schedule
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.terms import Latency, Limits
from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR
from ai_trading.execution.algorithms import (
    ALGORITHMS,
    ImpactParameters,
    Shortfall,
    Vwap,
    algorithm,
    efficient_frontier,
    optimal_liquidation,
    plot_frontier,
)
from ai_trading.execution.curves import (
    FlatCurveWarning,
    VolumeCurve,
    estimate_curve,
    session_of,
)
from ai_trading.market.source import MarketData
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.strategy import Strategy

MINUTE = 60_000_000_000
PAPER = ImpactParameters(0.95, 2.5e-6, 2.5e-7, 0.0625)
DAYS = (dt.date(2026, 1, 13), dt.date(2026, 1, 14), dt.date(2026, 1, 15))


def minute_bars(volumes_by_day, symbol="ACME"):
    """Bars of whole sessions, 390 volumes each."""
    instrument = Instrument(symbol, price_increment=Decimal("0.01"))
    rows = []
    for day, volumes in volumes_by_day.items():
        opened, _ = session_of(instrument, noon(day))
        for i, volume in enumerate(volumes):
            row = np.zeros((), BAR)
            row["start"] = opened + i * MINUTE
            row["timestamp"] = opened + (i + 1) * MINUTE
            row["open"] = row["close"] = 500_000 + 100 * (i % 7)
            row["high"], row["low"] = 500_800, 499_800
            row["volume"] = volume
            rows.append(row)
    return MarketData(np.array(rows, BAR), InstrumentTable([instrument]), "made")


def noon(day):
    moment = dt.datetime(day.year, day.month, day.day, 17, tzinfo=dt.UTC)
    return int(moment.timestamp()) * 10**9


@pytest.fixture(scope="module")
def day():
    return synthetic_day(["ACME"], events=40_000)


class Sender(Strategy):
    """Sends the parents it is given when the run begins."""

    def __init__(self, *wanted):
        super().__init__("sender")
        self.wanted = wanted

    def on_start(self):
        self.parents = [
            self.execute(self.symbols[0], **{"start": self.now + MINUTE, **terms})
            for terms in self.wanted
        ]


def run(data, *wanted, **options):
    sender = Sender(*wanted)
    result = Backtest(data, strategies=[sender], cash=10**9, **options).run()
    return sender.parents, result


class TestPublishedNumbers:
    def test_of_almgren_and_chriss(self):
        best = optimal_liquidation(1e6, PAPER, risk_aversion=1e-6, horizon=5, periods=5)

        assert best.kappa == pytest.approx(0.6070762, abs=5e-8)
        assert best.holdings[1:5] == pytest.approx(
            (541_955.55, 289_854.22, 147_897.49, 62_141.80), abs=0.006
        )
        assert best.expected_cost == pytest.approx(911_226.99, abs=0.006)
        assert best.deviation == pytest.approx(603_430.67, abs=0.006)

    def test_of_the_risk_neutral_and_of_the_characteristic_times(self):
        even, slow, fast = efficient_frontier(
            1e6, PAPER, horizon=5, periods=5, risk_aversions=(0, 1e-9, 9e-9)
        )

        assert even.expected_cost == pytest.approx(662_500, abs=1e-6)
        assert even.deviation == pytest.approx(1_040_673, abs=0.5)
        assert 1 / slow.kappa == pytest.approx(51.30, abs=0.005)
        assert 1 / fast.kappa == pytest.approx(17.10, abs=0.005)

    def test_the_frontier_can_be_plotted(self):
        frontier = efficient_frontier(
            1e6, PAPER, horizon=5, periods=5, risk_aversions=(0, 1e-7, 1e-6, 1e-5)
        )

        figure = plot_frontier(frontier)

        assert len(figure.data) == 5
        assert list(figure.data[0].x) == [t.deviation for t in frontier]

    def test_a_problem_without_an_optimum_is_refused(self):
        with pytest.raises(ArgumentError, match="gamma tau"):
            optimal_liquidation(
                1e6,
                ImpactParameters(1, 1e-9, 1e-6),
                risk_aversion=0,
                horizon=5,
                periods=5,
            )


class TestClose:
    def test_schedules_all_before_the_end_where_there_is_no_auction(self, day):
        (parent,), _ = run(
            day,
            {
                "side": "buy",
                "quantity": 500,
                "algorithm": "close",
                "minutes": 60,
                "auction": 0.4,
            },
        )

        assert parent.auction == "absent"
        assert parent.to_dict()["auction"] == "absent"
        assert parent.filled == 500

    def test_a_part_outside_its_domain_is_refused(self):
        close = algorithm("close", auction=1.5)

        with pytest.raises(ArgumentError, match="auction must lie between 0 and 1"):
            close.to_core(
                Instrument("ACME"),
                index=0,
                side=OrderSide.BUY,
                quantity=1,
                start_ns=0,
                end_ns=1,
            )


class TestFollowingThePrice:
    def terms(self, satiation):
        return Shortfall(satiation=satiation).to_core(
            Instrument("ACME"),
            index=0,
            side=OrderSide.SELL,
            quantity=100,
            start_ns=0,
            end_ns=10**12,
        )

    def test_satiation_is_in_basis_points_and_off_by_default(self):
        assert self.terms(50)["satiation"] == pytest.approx(0.005)
        assert "satiation" not in self.terms(None)

    @pytest.mark.parametrize("satiation", [0, -3, float("inf"), float("nan")])
    def test_a_gain_that_is_none_is_refused(self, satiation):
        with pytest.raises(ArgumentError, match="satiation must be a gain above 0"):
            self.terms(satiation)

    def test_it_gives_up_gains_for_certainty_where_the_price_ran_its_way(self):
        """The rule on many paths of the price, impact left out.

        Where the price ran its way it has sold earlier than the static trajectory: it
        gains less there, and its gains differ less.
        """
        rng = np.random.default_rng(5)
        steps, kappa, b = 20, 2.0, 1.5
        noise = rng.normal(size=(20_000, steps)) / np.sqrt(steps)

        static = simulate(noise, kappa, satiation=None)
        adaptive = simulate(noise, kappa, satiation=b)

        up = noise.sum(axis=1) > 1.0
        assert adaptive[up].mean() < static[up].mean()
        assert adaptive[up].std() < static[up].std()


def simulate(noise, kappa, *, satiation):
    """Gain per unit of a sale whose holdings follow sinh, replanned at every step."""
    paths, steps = noise.shape
    left, gain = np.ones(paths), np.zeros(paths)
    for step in range(steps):
        urgency = np.ones(paths)
        if satiation is not None:
            urgency = np.sqrt(satiation / np.maximum(satiation - gain, satiation / 16))
        span = 1 - step / steps
        k = kappa * urgency * span
        stay = np.sinh(k * (1 - 1 / (steps - step))) / np.sinh(k)
        left = left * stay
        gain += left * noise[:, step]
    return gain


class TestSlices:
    @settings(max_examples=200, deadline=None)
    @given(
        quantity=st.integers(1, 10**12),
        slices=st.integers(1, 400),
        lot=st.integers(1, 10_000),
        k=st.floats(0, 50),
        jitter=st.floats(0, 1),
        weights=st.lists(st.floats(0, 1), min_size=1, max_size=40),
    )
    def test_sum_to_the_parent(self, quantity, slices, lot, k, jitter, weights):
        curve = schedule.Curve(0, 10**12, np.array([*weights, 1.0]))
        window = (quantity, 10**9, 10**11)

        for rows in (
            schedule.twap(*window, slices, lot, jitter, 3),
            schedule.vwap(*window, curve, slices, lot),
            schedule.shortfall(*window, k, slices, lot),
            schedule.closing(*window, k, slices, lot),
        ):
            assert rows["quantity"].sum() == quantity
            assert (rows["quantity"] >= 0).all()
            assert (rows["quantity"][:-1] % lot == 0).all()
            assert (np.diff(rows["at"]) >= 0).all()

    def test_match_a_slow_twin(self):
        curve = VolumeCurve((0.5, 0.2, 0.3), 1000.0, 5).on(0, 3_000)

        rows = schedule.vwap(1_000, 0, 3_000, curve, 6, 10)

        done, expected = 0, []
        for share in (0.25, 0.5, 0.6, 0.7, 0.85):
            target = 10 * int(share * 100 + 0.5)
            expected.append(target - done)
            done = target
        assert list(rows["quantity"]) == [*expected, 1_000 - done]


class TestCurves:
    def test_are_the_mean_shares_of_earlier_sessions(self):
        early = [3] * 130 + [1] * 260
        late = [10] * 390
        data = minute_bars({DAYS[0]: early, DAYS[1]: late})

        curve = estimate_curve(
            data, "ACME", before=DAYS[2], bin_minutes=130, smooth=False
        )

        assert curve.sessions == 2
        assert curve.shares == pytest.approx(
            ((0.6 + 1 / 3) / 2, (0.2 + 1 / 3) / 2, (0.2 + 1 / 3) / 2)
        )
        assert curve.session_volume == (650 + 3900) / 2

    def test_never_look_at_the_day_itself_or_after(self):
        volumes = list(range(1, 391))
        known = minute_bars({DAYS[0]: volumes})
        more = minute_bars(
            {DAYS[0]: volumes, DAYS[1]: [7] * 390, DAYS[2]: volumes[::-1]}
        )

        assert estimate_curve(known, "ACME", before=DAYS[1]) == estimate_curve(
            more, "ACME", before=DAYS[1]
        )

    def test_are_flat_with_a_warning_where_nothing_is_known(self):
        data = minute_bars({DAYS[0]: [5] * 390})

        with pytest.warns(FlatCurveWarning, match="ACME before 2026-01-13"):
            curve = estimate_curve(data, "ACME", before=DAYS[0])

        assert curve.is_flat
        assert curve.on(0, 100).share(25) == 0.25

    def test_smoothing_leaves_open_and_close_as_they_are(self):
        volumes = [100] * 5 + [1] * 380 + [100] * 5
        data = minute_bars({DAYS[0]: volumes})

        rough = estimate_curve(data, "ACME", before=DAYS[1], smooth=False)
        smooth = estimate_curve(data, "ACME", before=DAYS[1])

        assert sum(smooth.shares) == pytest.approx(1)
        assert smooth.shares[0] / smooth.shares[-1] == pytest.approx(1)
        assert smooth.shares[1] > rough.shares[1]

    def test_refuse_what_is_outside(self):
        data = minute_bars({DAYS[0]: [5] * 390})

        with pytest.raises(ArgumentError, match="bin_minutes"):
            estimate_curve(data, "ACME", before=DAYS[1], bin_minutes=0)
        with pytest.raises(ArgumentError, match="mean or median"):
            estimate_curve(data, "ACME", before=DAYS[1], statistic="mode")


class TestTerms:
    def test_name_what_an_algorithm_takes(self):
        with pytest.raises(ArgumentError, match="pov does not take 'slices'"):
            algorithm("pov", slices=3)
        with pytest.raises(ArgumentError, match="one of twap, vwap"):
            algorithm("best")

    @pytest.mark.parametrize("name", sorted(ALGORITHMS))
    def test_refuse_fractions_outside_their_range(self, name):
        with pytest.raises(ArgumentError, match="urgency"):
            algorithm(name, urgency=1.5)

    def test_of_shortfall_turn_risk_aversion_into_kappa(self):
        terms = Shortfall(risk_aversion=1e-6, impact=ImpactParameters(0.95, 2.375e-6))

        # The continuous limit: sqrt(lambda sigma^2 / eta).
        assert terms.kappa_horizon(5) == pytest.approx(
            5 * 0.95 * (1e-6 / 2.375e-6) ** 0.5
        )
        with pytest.raises(ArgumentError, match="ImpactParameters"):
            Shortfall(risk_aversion=1e-6).kappa_horizon(1)

    def test_of_vwap_without_a_curve_are_flat_and_the_log_says_so(self, caplog):
        terms = Vwap().to_core(
            Instrument("A"),
            index=0,
            side=OrderSide.BUY,
            quantity=10,
            start_ns=0,
            end_ns=10**12,
        )

        assert terms["forecast"][0].share(5 * 10**11) == 0.5
        assert not terms["adaptive"]


class TestInABacktest:
    def test_every_algorithm_accounts_for_all_of_its_parent(self, day):
        wanted = [
            {"algorithm": name, "side": side, "quantity": 900, "minutes": 45}
            for name in sorted(ALGORITHMS)
            if name != "vwap"
            for side in ("buy", "sell")
        ]
        curve = VolumeCurve.flat()
        wanted.append(
            {
                "algorithm": Vwap(curve=curve),
                "side": "buy",
                "quantity": 900,
                "minutes": 45,
            }
        )

        parents, result = run(day, *wanted)

        assert list(result.parents["parent_id"]) == [p.parent_id for p in parents]
        assert (result.parents["filled"] + result.parents["shortfall"] == 900).all()
        for parent in parents:
            assert parent.is_done
            assert parent.working == 0
            assert parent.filled + parent.shortfall == 900
            assert len(parent) > 0
            children = [o for o in result.orders if o["parent_id"] == parent.parent_id]
            assert [int(o["order_id"]) for o in children] == list(parent)
            assert sum(int(o["filled"]) for o in children) == parent.filled
            if parent.algorithm in {"twap", "vwap", "is", "arrival", "close"}:
                assert parent.shortfall == 0
                assert sum(quantity for _, quantity in parent.slices) == 900

    def test_children_pass_the_risk_gate(self, day):
        limits = Limits(max_order_quantity=10)

        (parent,), result = run(
            day,
            {"algorithm": "twap", "side": "buy", "quantity": 3_000, "minutes": 30},
            limits=limits,
        )

        assert parent.filled == 0
        assert parent.shortfall == 3_000
        assert {int(o["status"]) for o in result.orders} == {7}
        assert parent.refused == {"max_quantity": len(parent)}
        # Refusals are answered with patience: not one order per event.
        assert 3 < len(parent) < 60

    def test_nothing_is_sent_before_its_time(self, day):
        (parent,), result = run(
            day, {"algorithm": "twap", "side": "sell", "quantity": 600, "minutes": 10}
        )

        start = parent.to_dict()["start_ns"]
        assert all(order["submitted"] >= start for order in result.orders)
        assert int(result.orders["submitted"][0]) == start

    def test_participation_holds_at_every_fill(self, day):
        (parent,), result = run(
            day,
            {
                "algorithm": "pov",
                "side": "buy",
                "quantity": 10**6,
                "rate": 0.05,
                "minutes": 120,
            },
            latency=Latency(entry=100_000, response=100_000),
        )

        start = parent.to_dict()["start_ns"]
        trades = day.records[np.isin(day.records["kind"], (4, 5, 10))]
        trades = trades[trades["timestamp"] >= start]
        assert parent.filled > 0
        filled = 0
        for fill in result.fills:
            filled += int(fill["quantity"])
            seen = trades["quantity"][trades["timestamp"] <= fill["timestamp"]].sum()
            assert filled <= 0.05 * seen

    def test_a_limit_holds_at_every_fill(self, day):
        (parent,), result = run(
            day,
            {
                "algorithm": "arrival",
                "side": "buy",
                "quantity": 2_000,
                "limit": 99.99,
                "minutes": 300,
            },
        )

        assert (result.orders["price"] <= 999_900).all()
        assert (result.fills["price"] <= 999_900).all()
        assert parent.filled + parent.shortfall == 2_000

    def test_a_parent_can_be_canceled(self, day):
        class Changes(Sender):
            def on_start(self):
                super().on_start()
                self.set_timer(after=10 * MINUTE)

            def on_timer(self, timer):
                self.parents[0].cancel()

        sender = Changes({"side": "buy", "quantity": 6_000, "minutes": 60})
        Backtest(day, strategies=[sender], cash=10**9).run()

        (parent,) = sender.parents
        assert parent.is_done
        assert 0 < parent.filled < 2_000
        assert parent.working == 0

    def test_runs_repeat(self, day):
        wanted = {"algorithm": "twap", "side": "buy", "quantity": 900, "jitter": 0.5}

        first, second = (run(day, {**wanted, "seed": 4})[1] for _ in range(2))
        other = run(day, {**wanted, "seed": 5})[1]

        assert first.state_hash == second.state_hash
        assert first.state_hash != other.state_hash

    def test_over_bars_slices_trade_at_the_next_open(self):
        data = minute_bars({DAYS[0]: [1_000] * 390})

        (parent,), result = run(
            data,
            {"algorithm": "twap", "side": "buy", "quantity": 600, "minutes": 60},
        )

        assert parent.filled == 600
        assert len(parent) == 60
        opens = dict(zip(data.records["start"], data.records["open"], strict=True))
        for fill in result.fills:
            assert opens[fill["timestamp"]] == fill["price"]
        assert parent.market_volume == 60_000

    def test_the_time_after_the_data_is_shortfall(self):
        data = minute_bars({DAYS[0]: [1_000] * 390})

        (parent,), _ = run(
            data, {"algorithm": "twap", "side": "buy", "quantity": 800, "minutes": 800}
        )

        assert parent.is_done
        assert parent.shortfall > 0
        assert parent.filled + parent.shortfall == 800

    def test_terms_that_contradict_are_refused(self):
        data = minute_bars({DAYS[0]: [1_000] * 390})

        with pytest.raises(ArgumentError, match="max_participation"):
            run(
                data,
                {
                    "side": "buy",
                    "quantity": 10,
                    "min_participation": 0.3,
                    "max_participation": 0.2,
                },
            )
        with pytest.raises(ArgumentError, match="end or minutes"):
            run(data, {"side": "buy", "quantity": 10, "end": 1, "minutes": 3})
