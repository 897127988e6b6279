"""Many parents: groups, peers, mark-out curves, and what goes out."""

from __future__ import annotations

import csv
import io
import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tca_samples import MINUTE, OPEN, SECOND, XYZ, parent, quotes

from ai_trading.core.errors import ArgumentError, ConfigError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.execution.impact import FixedBps, MarketState, fit_power
from ai_trading.execution.tca import analyze, market_view
from ai_trading.execution.tca.bootstrap import interval, weighted_mean

TAPE = quotes([(-1, "99.99", "100.01"), (900, "99.99", "100.01")])


def priced(bps, **more):
    """A parent of `quantity` at so many basis points above an arrival of 100."""
    quantity = more.pop("quantity", 100)
    filled = more.pop("filled", quantity)
    price = Decimal(100) + Decimal(bps) / 100
    sold = more.get("side") == "sell"
    return parent(
        [(1, filled, 200 - price if sold else price)],
        quantity=quantity,
        arrival=100,
        **more,
    )


def report(parents, **more):
    return analyze(parents, TAPE, **more)


def test_a_groups_means_by_hand():
    found = report(
        [
            priced(10, quantity=100),
            priced(20, quantity=300, side="sell"),
            priced(-5, quantity=100, algorithm="vwap"),
        ]
    ).by("algorithm", ["total_bps", "arrival_slippage_bps"])

    manual, _, vwap, _ = found
    assert (manual.name, manual.parents, manual.known) == ("manual", 2, 2)
    assert manual.mean == pytest.approx(15)
    assert manual.weighted == pytest.approx((10 * 100 + 20 * 300) / 400)
    assert manual.median == pytest.approx(15)
    assert vwap.mean == pytest.approx(-5)
    assert math.isnan(vwap.low)  # one parent does not vary


@given(
    st.lists(
        st.tuples(
            st.integers(-50, 50),
            st.integers(1, 500),
            st.integers(0, 100),
            st.sampled_from(["buy", "sell"]),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=40)
def test_the_weighted_shortfall_is_the_whole_cost_over_the_whole_paper(rows):
    costs = report(
        [
            priced(bps, quantity=filled + left, filled=filled, side=side)
            for bps, filled, left, side in rows
        ]
    )

    for name in ("total", "trading", "opportunity"):
        (found,) = costs.by("all", [f"{name}_bps"], resamples=100)
        cost = sum(getattr(c.shortfall, name) for c in costs.costs)
        paper = sum(c.shortfall.paper for c in costs.costs)
        assert found.weighted == pytest.approx(float(10_000 * cost / paper), abs=1e-9)


def test_sizes_and_times_are_buckets():
    costs = report(
        [
            priced(1, quantity=100, start=0),
            priced(1, quantity=1_000, start=0),
            priced(1, quantity=60_000, start=0),
        ],
        average_volumes={"XYZ": 100_000.0},
    )

    sizes = [g.name for g in costs.by("size", ["fill_rate"])]
    assert sizes == ["0.1-1 % of ADV", "1-5 % of ADV", "from 25 % of ADV"]
    assert {g.name for g in costs.by("time", ["fill_rate"])} == {"09:30-10:00"}
    both = costs.by(["side", "symbol"], ["fill_rate"])
    assert [g.name for g in both] == ["buy, XYZ"]
    assert [g.name for g in report([priced(1)]).by("size", ["fill_rate"])] == [
        "unknown"
    ]


@pytest.mark.parametrize(
    ("minutes", "name"),
    [(0, "09:30-10:00"), (30, "10:00-11:00"), (95, "11:00-12:00"),
     (345, "15:00-16:00"), (360, "15:30-16:00")],
)  # fmt: skip
def test_times_of_day_are_the_exchanges(minutes, name):
    tape = quotes([(-1, 10, 11), (30_000, 10, 11)])
    late = parent([(minutes * 60, 1, 11)], start=minutes * 60, end=minutes * 60 + 60)

    assert [g.name for g in analyze([late], tape).by("time", ["fill_rate"])] == [name]


def test_the_same_parents_are_compared_in_pairs():
    rng = np.random.default_rng(1)
    parents = []
    for number in range(60):
        market = rng.normal(0, 50)
        for name, own in (("a", 1.0), ("b", 3.0)):
            bps = round(market + own + rng.normal(0, 1), 2)
            parents.append(
                priced(str(bps), algorithm=name, key=f"wish {number}", parent_id=name)
            )
    costs = report(parents)

    paired = costs.compare("a", "b", "arrival_slippage_bps", of="mean")
    for cost in costs.costs:
        object.__setattr__(cost.parent, "key", cost.parent.key + cost.parent.algorithm)
    apart = costs.compare("a", "b", "arrival_slippage_bps", of="mean")

    assert (paired.paired, apart.paired) == (True, False)
    assert paired.differs
    assert not apart.differs  # the market's moves drown 2 bps
    assert paired.difference == pytest.approx(apart.difference)
    assert paired.low < -2 < paired.high
    assert paired.lower_share > 0.8
    assert math.isnan(apart.lower_share)
    (only,) = costs.compare_all("abs:arrival_slippage_bps")
    assert (only.first, only.second) == ("a", "b")


def test_unpaired_intervals_are_those_of_two_samples_drawn_apart():
    rng = np.random.default_rng(5)
    a, b = rng.normal(10, 5, 40).round(2), rng.normal(0, 20, 90).round(2)
    rows = [("a", x) for x in a] + [("b", x) for x in b]
    costs = report(
        [
            priced(str(x), algorithm=name, key=f"{name}{i}")
            for i, (name, x) in enumerate(rows)
        ]
    )

    found = costs.compare("a", "b", "arrival_slippage_bps", of="mean", resamples=4000)

    error = math.sqrt(a.var() / len(a) + b.var() / len(b))
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_the_bootstrap_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(11)
    inside = 0
    for trial in range(300):
        values = rng.exponential(1.0, 60)
        low, high = interval(weighted_mean(values, None), 60, seed=trial, resamples=400)
        inside += low <= 1.0 <= high

    # 0.95 less what a percentile interval of 60 skewed values lacks; s.e. 0.014.
    assert 0.88 <= inside / 300 <= 0.98


def test_the_same_seed_draws_the_same_interval_and_memory_is_bounded():
    values = np.arange(5_000.0)
    statistic = weighted_mean(values, values + 1)

    one = interval(statistic, 5_000, seed=4, resamples=900)

    assert one == interval(statistic, 5_000, seed=4, resamples=900)
    assert one != interval(statistic, 5_000, seed=5, resamples=900)


def test_the_mark_out_curve_by_hand():
    tape = quotes([(-1, 10, 12), (5, 12, 14), (100, 12, 14)])
    bought = [
        parent([(1, 10, 12), (98, 30, 14)], quantity=40),
        parent([(2, 20, 12)], quantity=20),
    ]
    costs = analyze(bought, tape, horizons=[SECOND, 10 * SECOND])

    at_fill, second, ten = costs.mark_outs()

    value = 10 * 12 + 30 * 14 + 20 * 12
    paid = (10 * 12 + 20 * 12) * 1 / 11 + 30 * 14 / 13
    assert at_fill.bps == pytest.approx(1e4 * paid / value)
    assert (second.fills, second.missing) == (3, 0)
    # After ten seconds the middle is 13; the late fill's lies beyond the data.
    assert ten.bps == pytest.approx(1e4 * -1 / 11)
    assert (ten.fills, ten.missing) == (2, 1)


def test_mark_outs_need_fills_and_equal_horizons():
    nothing = analyze([parent([], quantity=1)], TAPE)
    with pytest.raises(DataError, match="no fill with market data around it"):
        nothing.mark_outs()
    one = analyze([priced(1)], TAPE).costs
    two = analyze([priced(1)], TAPE, horizons=[SECOND]).costs
    mixed = type(nothing)(one + two)
    with pytest.raises(DataError, match="different horizons"):
        mixed.mark_outs()


def test_csv_has_exact_money_and_says_nothing_of_what_is_not_known(tmp_path):
    costs = report([priced(10, quantity=3, filled=2)])
    path = tmp_path / "deep" / "costs.csv"

    text = costs.write_csv(path)

    (row,) = csv.DictReader(io.StringIO(text))
    assert path.read_text("utf-8") == text
    assert Decimal(row["trading"]) == Decimal("0.2")
    assert Decimal(row["impact"]) + Decimal(row["timing"]) == Decimal(row["trading"])
    assert row["start"] == "2026-01-15T14:30:00.000000000Z"
    assert row["vwap_price"] == row["estimate_bps"] == ""
    assert row["arrival_price"] == "100"
    assert float(row["total_bps"]) == costs.costs[0]["total_bps"]
    with pytest.raises(ConfigError, match="cannot write the costs"):
        costs.write_csv(path / "below.csv")


def test_the_array_holds_money_in_whole_numbers():
    costs = report([priced(10), priced(-3, side="sell", algorithm="twap")])

    table = costs.to_array()

    assert table["trading_nano"].tolist() == [10_000_000_000, -3_000_000_000]
    assert table["quantity"].tolist() == [100, 100]
    assert table["algorithm"].tolist() == ["manual", "twap"]
    assert table["arrival_price"].tolist() == [100.0, 100.0]
    assert table["start"].tolist() == [OPEN, OPEN]
    alone = analyze([priced(10)], None).to_array()
    assert alone["impact_nano"][0] == np.iinfo(np.int64).min


def test_money_beyond_64_bits_is_refused_by_the_array_only():
    huge = Instrument("XYZ", multiplier=Decimal(10**9))
    costs = analyze(
        [parent([(1, 10, 101)], quantity=10, arrival=100, instrument=huge)], None
    )

    with pytest.raises(DataError, match="beyond what 64 bits"):
        costs.to_array()
    assert "10000000000" in costs.write_csv()


def test_the_frame_has_decimals_and_times_of_utc():
    pandas = pytest.importorskip("pandas")

    frame = report([priced(10), priced(20)]).to_frame()

    assert frame.shape[0] == 2
    assert frame["trading"].sum() == Decimal("30")
    assert frame["start"][0] == pandas.Timestamp("2026-01-15 14:30", tz="UTC")


def test_observations_go_into_the_fits_of_impact_models():
    state = MarketState(price=100, daily_volume=1e6, volatility=0.02)
    parents = []
    for number in range(1, 80):
        size = 200 * number
        bps = round(1e4 * 0.7 * 0.02 * math.sqrt(size / 1e6), 2)
        parents.append(priced(str(bps), quantity=size))
    costs = report(parents, model=FixedBps(), states=lambda _: state)

    rows = costs.observations()
    fit = fit_power(
        **{k: rows[k] for k in ("quantity", "daily_volume", "volatility", "cost")}
    )

    assert fit.model.coefficient == pytest.approx(0.7, abs=0.01)
    assert fit.model.exponent == pytest.approx(0.5, abs=0.01)
    with pytest.raises(DataError, match="known state of the market"):
        report([priced(1)]).observations()


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda r: r.by("colour"), ArgumentError, "by must be one of symbol"),
        (lambda r: r.by("side", ["speed"]), ArgumentError, "no figure 'speed'"),
        (lambda r: r.by("side", level=1.0), ArgumentError, "level must lie strictly"),
        (lambda r: r.by("side", resamples=9), ArgumentError, "100 to 10,000,000"),
        (lambda r: r.compare("manual", "vwap"), DataError, "no parent of 'manual'"),
        (lambda r: r.compare("a", "b", of="mode"), ArgumentError, "mean or median"),
        (lambda r: r.compare("a", "b", by="hue"), ArgumentError, "by must be one of"),
        (lambda r: r.compare_all(by="hue"), ArgumentError, "by must be one of"),
    ],
)
def test_questions_without_an_answer_are_refused(ask, error, said):
    with pytest.raises(error, match=said):
        ask(report([priced(1)]))


def test_currencies_are_not_weighed_against_each_other():
    euro = Instrument("EUX", currency="EUR")
    data = {
        "XYZ": market_view(TAPE, "XYZ"),
        "EUX": market_view(
            quotes([(-1, 99, 101), (900, 99, 101)], instrument=euro), "EUX"
        ),
    }
    both = analyze([priced(1), priced(1, instrument=euro)], data)

    with pytest.raises(DataError, match="EUR and USD cannot be weighed"):
        both.by("side")
    with pytest.raises(DataError, match="EUR and USD cannot be weighed"):
        both.mark_outs()
    assert len(both.by("symbol")) == 8
    with pytest.raises(DataError, match="there is no market of XYZ"):
        analyze([priced(1)], {"EUX": data["EUX"]})


def test_bad_terms_of_an_analysis_are_refused():
    with pytest.raises(ArgumentError, match="nanoseconds, 1 or more"):
        report([priced(1)], reversion_ns=0)
    with pytest.raises(ArgumentError, match="horizons must be"):
        report([priced(1)], horizons=[MINUTE, SECOND])
    with pytest.raises(DataError, match="states has none for XYZ"):
        report([priced(1)], states={})
    with pytest.raises(ArgumentError, match="needs market data, or states="):
        analyze([priced(1)], None, model=FixedBps())
    assert XYZ.symbol == "XYZ"
