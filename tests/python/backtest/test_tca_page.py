"""The page of what parents cost: complete, escaped, and part of the report of a run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from tca_samples import parent, quotes

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.report import execution_charts as charts
from ai_trading.backtest.report import render
from ai_trading.backtest.tca_page import tca_page, write_tca
from ai_trading.core.errors import ConfigError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.execution.impact import FixedBps, MarketState
from ai_trading.execution.tca import CostReport, analyze, analyze_run
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.library import ParentTrader

TAPE = quotes([(-1, "99.99", "100.01"), (900, "99.99", "100.01")])
HOSTILE = "<b>&\"'</script>"


def figures_of(html):
    found = re.search(r'id="figures">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def some(count=3, **more):
    parents = [
        parent(
            [(1 + i, 60, f"100.0{i}", 0, "taker"), (9, 40, "99.99", "0.1", "maker")],
            quantity=120,
            parent_id=str(i),
            algorithm=("twap", "vwap")[i % 2],
            key=str(i // 2),
            schedule=((0, 60), (1, 60)),
        )
        for i in range(count)
    ]
    return analyze(parents, TAPE, **more)


def test_the_page_has_every_section_and_every_figure_has_its_place():
    state = MarketState(price=100, daily_volume=1e6, volatility=0.02)

    html = tca_page(
        some(4, model=FixedBps(), states={"XYZ": state}), remarks=["a note"]
    )

    for title in (
        "Implementation shortfall",
        "Schedule, trading and market",
        "Where it traded",
        "After the fill",
        "Slippage, basis points",
        "By what they have in common",
        "Algorithms against each other",
        "Estimates before, outcomes after",
        "Parents",
    ):
        assert f"<h2>{title}</h2>" in html
    drawn = set(re.findall(r'data-figure="([^"]+)"', html))
    assert drawn == set(figures_of(html))
    assert {"shortfall", "pace-3", "price-3", "mark-outs", "by-algorithm"} == drawn - {
        f"{kind}-{i}" for kind in ("pace", "price") for i in range(3)
    }
    assert "<th>XNAS, continuous</th>" in html
    assert "A note." in html
    assert "Decided when released: no delay." in html


def test_the_same_report_gives_the_same_page():
    assert tca_page(some()) == tca_page(some())


def test_names_from_outside_are_escaped():
    odd = Instrument(f"X{HOSTILE}")
    tape = quotes([(-1, 99, 101), (900, 99, 101)], instrument=odd)
    bought = parent([(1, 5, 101)], quantity=5, instrument=odd, algorithm=HOSTILE)

    html = tca_page(analyze([bought], tape), title=HOSTILE)

    assert '<b>&"' not in html
    assert html.count("</script>") == 3


def test_the_waterfall_adds_up_and_its_parts_are_those_of_the_shortfall():
    report = some(1)
    values = dict(report.costs[0].values)

    trace = charts.waterfall(values)["data"][0]
    unparted = charts.waterfall(values | {"impact_bps": float("nan")})["data"][0]

    assert trace["x"][:-1] == ["Delay", "Impact", "Timing", "Opportunity", "Fees"]
    assert sum(trace["y"][:-1]) == pytest.approx(trace["y"][-1])
    assert unparted["x"] == ["Delay", "Trading", "Opportunity", "Fees", "Shortfall"]
    assert sum(unparted["y"][:-1]) == pytest.approx(unparted["y"][-1])


def test_the_mark_out_figure_has_an_interval_for_many_parents_only():
    many = charts.mark_outs(some(5).mark_outs())["data"][0]
    one = charts.mark_outs(some(1).mark_outs())["data"][0]

    assert "error_y" in many
    assert "error_y" not in one
    assert many["x"] == ["fill", "50ms", "1s", "15s", "1min", "5min"]


def test_a_parents_path_begins_at_nothing_and_ends_at_what_was_filled():
    (cost,) = some(1).costs

    path = cost.path

    assert path["traded"][0] == 0
    assert path["traded"][-1] == pytest.approx(100 / 120)
    assert (path["traded"][1:] >= path["traded"][:-1]).all()
    assert path["scheduled"][-1] == 1


def test_parents_without_market_data_or_fills_have_a_page_too():
    alone = analyze([parent([(1, 5, 101)], quantity=5, arrival=100)], None)
    nothing = analyze([parent([], quantity=5)], TAPE)

    assert "Schedule, trading and market" not in tca_page(alone)
    assert "After the fill" not in tca_page(nothing)
    assert "<th>XNAS, unknown</th>" in tca_page(alone)
    assert "Where it traded" not in tca_page(nothing)
    with pytest.raises(DataError, match="no parents to show"):
        tca_page(CostReport(()))


def test_several_currencies_are_not_added_up():
    euro = Instrument("EUX", currency="EUR")
    both = analyze(
        [
            parent([(1, 5, 101)], quantity=5, arrival=100),
            parent([(1, 5, 101)], quantity=5, arrival=100, instrument=euro),
        ],
        None,
    )

    html = tca_page(both)

    assert "several currencies" in html


def test_a_page_that_cannot_be_written_is_refused(tmp_path):
    place = write_tca(some(1), tmp_path / "deep" / "page.html")
    assert place.stat().st_size > 1_000_000
    with pytest.raises(ConfigError, match="cannot write the page"):
        write_tca(some(1), place / "below.html")


def test_the_report_of_a_run_takes_the_costs_in():
    data = synthetic_day(["ACME"], events=40_000)
    trader = ParentTrader("one", quantity=2000, start="09:40", minutes=20)
    result = Backtest(data, strategies=[trader], cash=10**12).run()

    costs = analyze_run(result, data)
    html = render(result, costs=costs)
    plain = render(result)

    assert "What the parent orders cost" in html
    assert "What the parent orders cost" not in plain
    assert {"shortfall", "pace-0", "mark-outs", "equity"} <= set(figures_of(html))
    assert result.schedules[1] == tuple(costs.costs[0].parent.schedule)
    assert sum(lots for _, lots in result.schedules[1]) == 2000
    short = costs.costs[0].shortfall
    assert replace(short, fees=Decimal(1)).total == short.total - short.fees + 1
