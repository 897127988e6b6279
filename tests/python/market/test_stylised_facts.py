from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.market import synthetic
from ai_trading.market.stylised_facts import (
    MarketSample,
    autocorrelation,
    kurtosis,
    stylised_facts,
    tail_index,
    watch,
    watch_data,
)


def walk(moves):
    middle = 10_000 + np.cumsum(moves)
    ones = np.ones(len(middle))
    return MarketSample(every=1.0, middle=middle, spread=ones, queue=100 * ones)


def test_a_gaussian_walk_has_none_of_the_facts():
    rng = np.random.default_rng(1)

    facts = stylised_facts(walk(rng.normal(size=50_000)))

    assert facts.kurtosis == pytest.approx(3.0, abs=0.1)
    assert facts.tail_index > 5.0
    assert max(map(abs, facts.memory)) < 0.02
    assert facts.predictability < 0.02


def test_the_market_of_agents_has_all_of_them():
    facts = stylised_facts(watch("agents", seed=4))

    assert facts.kurtosis > 8.0
    assert facts.kurtosis_coarse < 0.5 * facts.kurtosis
    assert 1.5 < facts.tail_index < 5.0
    assert facts.memory[0] > 0.2
    assert facts.memory[0] > facts.memory[2] > 0.1
    assert facts.predictability < 0.05
    assert 1.0 <= facts.spread < 6.0


def test_pareto_tails_have_their_index():
    rng = np.random.default_rng(2)

    assert tail_index(rng.pareto(3.0, size=200_000) + 1.0) == pytest.approx(
        3.0, rel=0.1
    )


@given(st.lists(st.integers(-1000, 1000), min_size=5, max_size=50))
def test_moments_do_not_depend_on_unit_or_origin(values):
    x = np.array(values, dtype=float)
    if np.ptp(x) == 0:
        with pytest.raises(ArgumentError):
            kurtosis(x)
        return

    assert kurtosis(3 * x + 7) == pytest.approx(kurtosis(x))
    assert kurtosis(x) >= 1.0 - 1e-12
    assert autocorrelation(-2 * x, 1) == pytest.approx(autocorrelation(x, 1))
    assert abs(autocorrelation(x, 1)) <= 1.0


def test_recorded_events_are_watched_as_the_flow_itself_is():
    day = synthetic.synthetic_day(["ACME"], events=30_000, model="zero_intelligence")

    sample = watch_data(day, every=10.0)

    assert sample.middle.size > 2_000
    assert (sample.spread >= 1.0).all()
    assert (sample.queue > 0).all()


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ArgumentError, match="looks or more"):
        stylised_facts(walk(np.ones(100)))
    with pytest.raises(ArgumentError, match="does not vary"):
        autocorrelation(np.ones(10), 1)
    with pytest.raises(ArgumentError, match="lag must lie"):
        autocorrelation([1, 2], 2)
    with pytest.raises(ArgumentError, match="ten values"):
        tail_index([1, 2, 3])
    with pytest.raises(ArgumentError, match="longer than"):
        watch("agents", seconds=10)
    with pytest.raises(ArgumentError, match="one of hawkes"):
        watch("nobody")
    with pytest.raises(ArgumentError, match="every must"):
        watch_data(synthetic.synthetic_day(["A"], events=2_000), every=0)
    empty = synthetic.synthetic_day(["A"], events=2_000)
    with pytest.raises(DataError, match="both a bid and an ask"):
        watch_data(
            type(empty)(
                records=empty.records[:1],
                instruments=empty.instruments,
                source="one event",
            )
        )
