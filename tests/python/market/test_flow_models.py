from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from ai_trading._core import book, matching
from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.records import EventKind
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.market import synthetic
from ai_trading.market.flow_models import (
    FLOW_MODELS,
    AgentMarket,
    Hawkes,
    QueueRates,
    QueueReactive,
    ZeroIntelligence,
    flow_model,
)
from ai_trading.market.reading import open_events

TERMS = {
    Hawkes: matching.HawkesTerms,
    ZeroIntelligence: matching.ZeroIntelligenceTerms,
    AgentMarket: matching.AgentTerms,
}


@pytest.mark.parametrize("kind", TERMS)
def test_the_defaults_are_those_of_the_core(kind):
    made, own = kind().core(), TERMS[kind]()

    for item in fields(kind):
        assert getattr(made, item.name) == getattr(own, item.name), item.name


def test_the_default_queues_are_those_of_the_core():
    own = matching.QueueReactiveTerms()
    made = QueueReactive()

    assert (made.move, made.redraw) == (own.move, own.redraw)
    assert [list(q.limit) for q in made.levels] == [q.limit for q in own.levels]
    assert [list(q.market) for q in made.levels] == [q.market for q in own.levels]


@pytest.mark.parametrize("name", FLOW_MODELS)
def test_every_model_makes_a_day_that_a_book_takes(name):
    day = synthetic.synthetic_day(["ACME"], events=30_000, seed=3, model=name)

    assert len(day) == pytest.approx(30_000, rel=0.25)
    books = book.Books()
    assert not books.apply(day.records).any()
    assert books.order_count == 0
    kinds = set(day.records["kind"].tolist())
    assert {EventKind.ADD, EventKind.REMOVE, EventKind.EXECUTE} <= kinds


@pytest.mark.parametrize("name", FLOW_MODELS)
def test_every_model_can_be_written_as_itch_and_read_back(tmp_path, name):
    path = synthetic.write_itch(
        tmp_path / "2026-01-15.itch50", ["ACME"], events=8_000, model=name
    )

    back = open_events(path).read().records
    day = synthetic.synthetic_day(["ACME"], events=8_000, model=name).records
    moving = day[np.isin(day["kind"], range(1, 8))]
    back = back[np.isin(back["kind"], range(1, 8))]

    for column in ("timestamp", "kind", "order_id"):
        assert np.array_equal(moving[column], back[column])


@pytest.mark.parametrize("name", FLOW_MODELS)
def test_every_model_trades_with_the_execution_engine(name):
    engine = ExecutionEngine(model=name)

    order = engine.get_order(engine.execute_order("AAPL", OrderSide.BUY, 100))

    assert order.filled_quantity == 100
    assert order.simulated


def test_the_rates_are_per_second_where_no_number_of_events_is_asked_for():
    model = ZeroIntelligence(market=1.0, limit=0.05, cancel=0.05, band=20)

    day = synthetic.synthetic_day(["ACME"], events=None, model=model).records

    # Two limit orders a second, each of which ends; market orders end what they meet.
    opened = day[day["timestamp"] >= day["timestamp"][day["kind"] == 13][0]]
    adds = np.count_nonzero(opened["kind"] == EventKind.ADD)
    assert adds == pytest.approx(2 * 0.05 * 20 * 23_400, rel=0.02)


def test_excitation_is_short_for_a_hawkes_model():
    short = synthetic.synthetic_day(["ACME"], events=2_000, excitation=0.2)
    long = synthetic.synthetic_day(["ACME"], events=2_000, model=Hawkes(excitation=0.2))

    assert np.array_equal(short.records, long.records)
    with pytest.raises(ArgumentError, match="excitation is a term of hawkes"):
        synthetic.synthetic_day(["ACME"], excitation=0.2, model="agents")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ZeroIntelligence(market=0), "market must lie above 0"),
        (lambda: ZeroIntelligence(cancel=1e-9), "how many orders rest"),
        (lambda: ZeroIntelligence(band="wide"), "band must be of type int"),
        (lambda: Hawkes(excitation=1.0), "excitation must lie"),
        (lambda: AgentMarket(makers=-1), "makers must be 0 or more.*received -1"),
        (lambda: AgentMarket(maker_size=0), "maker_size must lie"),
        (lambda: AgentMarket(switching=2), "switching must lie"),
        (lambda: QueueReactive(move=2), "move must lie"),
        (lambda: QueueReactive(levels=()), "levels must be 1 to 50"),
        (lambda: QueueReactive(levels="all"), "several"),
        (lambda: QueueRates(limit=1, cancel=(0,), market=(0,)), "numbers for queues"),
        (
            lambda: QueueReactive(
                levels=[QueueRates(limit=(1,), cancel=(0, 1), market=(0,))]
            ),
            "grow without bound",
        ),
        (lambda: flow_model("hawks"), "must be one of hawkes"),
        (lambda: flow_model(3), "must be one of hawkes"),
        (lambda: flow_model("agents", maker=3), "has no term 'maker'"),
        (lambda: flow_model(Hawkes(), decay=1), "has its own"),
        (
            lambda: synthetic.synthetic_day(["ACME"], events=None),
            "state events",
        ),
        (lambda: ExecutionEngine(model="none"), "must be one of hawkes"),
    ],
)
def test_what_is_outside_its_domain_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_configuration_names_a_model_its_terms_and_its_day():
    from ai_trading.backtest.assemble import read_data
    from ai_trading.backtest.config import BacktestConfig

    strategy = [{"class": "a.b:C"}]
    config = BacktestConfig.check(
        {
            "run": {"seed": 5},
            "data": [
                {
                    "synthetic": "agents",
                    "symbols": ["ACME"],
                    "options": {"events": 5_000, "makers": 2},
                }
            ],
            "strategy": strategy,
        }
    )

    (source,) = read_data(config)

    made = synthetic.synthetic_day(
        ["ACME"], events=5_000, seed=5, model=AgentMarket(makers=2)
    )
    assert np.array_equal(source.read().records, made.records)
    for data, message in [
        ({}, "either a path or the name"),
        ({"path": "x", "synthetic": "agents"}, "either a path or the name"),
        ({"synthetic": "agents", "format": "itch"}, "leave format out"),
        ({"synthetic": "agent"}, "must be 'hawkes'"),
    ]:
        with pytest.raises(ConfigError, match=message):
            BacktestConfig.check({"data": [data], "strategy": strategy})
    bad = BacktestConfig.check(
        {
            "data": [{"synthetic": "agents", "options": {"maker": 2}}],
            "strategy": strategy,
        }
    )
    with pytest.raises(ConfigError, match=r"data\[0\]: agents has no term 'maker'"):
        read_data(bad)
