"""Costs per fill by venue and phase, and intervals from drawing whole days."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EVENT, SIDE, EventKind
from ai_trading.execution.tca import WorkedParent, compare, fill_groups, market_view
from ai_trading.execution.tca.analysis import analyze
from ai_trading.execution.tca.bootstrap import (
    interval,
    interval_by_day,
    mean_interval_by_day,
    weighted_mean,
)
from ai_trading.market.source import MarketData

XYZ = Instrument("XYZ", tick_size=Decimal("0.01"), venue="XNAS")
DAY = int(dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC).timestamp()) * 10**9
SECOND = 10**9


def worked(fills, *, day=0, **more):
    start = DAY + day * 86_400 * SECOND
    rows = [(start + at, *rest) for at, *rest in fills]
    terms = {"end_ns": start + 600 * SECOND, "arrival": "10", "end_price": "10"} | more
    return WorkedParent.of(XYZ, "buy", 1_000, rows, start_ns=start, **terms)


def test_fills_count_where_they_were_made():
    parent = worked(
        [
            (1 * SECOND, 100, "10.00", "0.30", "taker"),
            (2 * SECOND, 300, "10.02", "-0.60", "maker", "XNYS"),
            (3 * SECOND, 100, "10.04", "0.30", "taker"),
        ]
    )

    here, there = analyze([parent], None).by_fill("venue")

    assert (here.name, here.fills, here.value) == ("XNAS", 2, Decimal("2004.00"))
    # (0 x 1000 + 40 bps x 1004) / 2004 and 20 bps, worked by hand.
    assert here.arrival_slippage_bps == pytest.approx(40 * 1004 / 2004)
    assert here.fees_bps == pytest.approx(1e4 * 0.60 / 2004)
    assert (there.name, there.passive_share) == ("XNYS", 1.0)
    assert there.arrival_slippage_bps == pytest.approx(20)
    assert there.share == pytest.approx(3006 / 5010)
    assert np.isnan(there.low)


def test_groups_of_a_parent_add_up_to_the_parent():
    rng = np.random.default_rng(3)
    fills = [
        (
            i * SECOND,
            int(rng.integers(1, 50)),
            Decimal(1000 + int(rng.integers(-30, 30))) / 100,
            0,
            "taker",
            ["A", "B", "C"][int(rng.integers(3))],
        )
        for i in range(20)
    ]

    report = analyze([worked(fills)], None)
    groups = report.by_fill(["venue", "liquidity"])

    lots = {"A": 0, "B": 0, "C": 0}
    paid = 0.0
    for _, size, price, _, _, venue in fills:
        lots[venue] += size
        paid += size * (float(price) - 10) / 10 * 1e4
    assert [g.name for g in groups] == ["A, took", "B, took", "C, took"]
    assert sum(g.value for g in groups) == report.costs[0].parent.value
    whole = report.costs[0]["arrival_slippage_bps"]
    assert paid / sum(lots.values()) == pytest.approx(whole)
    assert sum(g.share for g in groups) == pytest.approx(1)


def market():
    """A touch of 9.99 and 10.01, and a cross of 500 at 10.03."""
    events = np.zeros(3, EVENT)
    events["timestamp"] = [DAY - SECOND, DAY - SECOND, DAY + 300 * SECOND]
    events["kind"] = [EventKind.ADD, EventKind.ADD, EventKind.CROSS]
    code = {str(side): number for number, side in SIDE.items()}
    events["side"] = [code["buy"], code["sell"], 0]
    events["order_id"] = [1, 2, ord("C")]
    events["price"] = [999, 1001, 1003]
    events["quantity"] = [100, 100, 500]
    table = InstrumentTable()
    table.add(XYZ)
    return MarketData(records=events, instruments=table, source="made up")


def test_fills_in_a_cross_are_told_from_continuous_ones():
    parent = worked(
        [
            (100 * SECOND, 100, "10.01", 0, "taker"),
            (300 * SECOND, 100, "10.01", 0, "taker"),  # of its instant, another price
            (300 * SECOND, 200, "10.03", 0, "taker"),
        ]
    )

    auction, continuous = analyze([parent], market()).by_fill("phase")

    assert (auction.name, auction.fills) == ("auction", 1)
    assert auction.value == Decimal("2006.00")
    assert auction.arrival_slippage_bps == pytest.approx(30)
    assert (continuous.name, continuous.fills) == ("continuous", 2)


def test_groups_go_out_as_rows_and_as_csv(tmp_path):
    fills = [(1, 100, "10.01", 0, "taker"), (2, 100, "10", 0, "maker", "XNYS")]
    report = analyze([worked(fills)], None)

    text = report.write_fills_csv(tmp_path / "deep" / "fills.csv")

    (here, there) = csv.DictReader(io.StringIO(text))
    assert (tmp_path / "deep" / "fills.csv").read_text("utf-8") == text
    assert (here["venue"], here["phase"]) == ("XNAS", "unknown")
    assert here["value"] == "1001.00"
    assert (there["venue"], there["low"]) == ("XNYS", "")
    told = report.to_dict()["by_fill"]
    assert [row["venue"] for row in told] == ["XNAS", "XNYS"]
    assert told[0]["value"] == here["value"]
    assert told[0]["effective_spread_bps"] is None
    assert analyze([worked([])], None).to_dict()["by_fill"] == []
    with pytest.raises(DataError, match="none of the 1 parents was filled"):
        analyze([worked([])], None).write_fills_csv()


def test_without_data_the_phase_is_unknown():
    (only,) = analyze([worked([(1, 10, "10.01")])], None).by_fill("phase")

    assert only.name == "unknown"
    assert np.isnan(only.effective_spread_bps)


def test_what_cannot_be_grouped_is_refused():
    report = analyze([worked([(1, 10, "10.01")]), worked([])], None)
    with pytest.raises(ArgumentError, match=r"venue, phase, liquidity; received 'sky'"):
        report.by_fill("sky")
    with pytest.raises(DataError, match="none of the 1 parents was filled"):
        fill_groups(report.costs[1:])
    with pytest.raises(ArgumentError, match="one for each of its 1 fills; received 2"):
        replace(worked([(1, 10, "10.01")]), venues=("A", "B"))


def test_whole_days_are_drawn_so_that_a_days_parents_count_once():
    rng = np.random.default_rng(11)
    moves = rng.normal(size=25)
    values = np.repeat(moves, 40)  # forty parents of each day, all alike
    days = np.repeat(np.arange(25), 40).tolist()

    low, high = mean_interval_by_day(values, None, days, seed=1)
    plain = interval(weighted_mean(values, None), 1_000, seed=1)
    single = mean_interval_by_day(moves, None, list(range(25)), seed=1)

    assert (low, high) == pytest.approx(single)
    # The deviation of a mean of 25, not of 1,000: root 40 wider.
    assert (high - low) / (plain[1] - plain[0]) == pytest.approx(40**0.5, rel=0.15)


def test_the_quick_interval_of_a_mean_is_that_of_days_put_together():
    rng = np.random.default_rng(2)
    values, weights = rng.normal(size=60), rng.uniform(1, 5, size=60)
    days = rng.integers(7, size=60).tolist()

    slow = interval_by_day(weighted_mean(values, weights), days, seed=9)

    assert mean_interval_by_day(values, weights, days, seed=9) == pytest.approx(slow)


def test_parents_of_one_day_are_drawn_singly():
    values = np.arange(30.0)

    found = interval_by_day(weighted_mean(values, None), ["d"] * 30, seed=4)

    assert found == interval(weighted_mean(values, None), 30, seed=4)


def test_peers_are_compared_by_days():
    rng = np.random.default_rng(5)
    parents = []
    for day in range(6):
        for number in range(5):
            for algorithm, more in (("vwap", 0), ("twap", 3)):
                price = Decimal(1000 + int(rng.integers(-20, 20)) + more) / 100
                parents.append(
                    worked(
                        [(SECOND, 100, price)],
                        day=day,
                        algorithm=algorithm,
                        parent_id=f"{day}.{number}",
                        key=f"{day}.{number}",
                    )
                )
    costs = analyze(parents, None).costs

    found = compare(costs, "vwap", "twap", "arrival_slippage_bps", seed=8)

    assert (found.paired, found.count, found.days) == (True, 30, 6)
    a = np.array([c["arrival_slippage_bps"] for c in costs[::2]])
    b = np.array([c["arrival_slippage_bps"] for c in costs[1::2]])
    days = np.repeat(np.arange(6), 5).tolist()
    assert (found.low, found.high) == pytest.approx(
        mean_interval_by_day(a - b, None, days, seed=8)
    )


def test_the_market_view_of_the_test_has_its_cross():
    view = market_view(market(), "XYZ")
    assert view.prints.cross.tolist() == [True]
