from __future__ import annotations

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.market import synthetic
from ai_trading.market.flow_models import QueueRates, QueueReactive
from ai_trading.market.queue_reactive import estimate_queues
from ai_trading.market.reading import open_events

KNOWN = QueueRates(
    limit=(6.0, 5.0, 4.5, 4.0),
    cancel=(0.0, 0.6, 1.2, 1.8, 2.4, 3.0, 4.0),
    market=(0.0, 2.0, 1.5, 1.0),
)
# No market orders: behind the nearest queue there are none while it stands.
BEHIND = QueueRates(limit=(2.0,), cancel=(0.0, 0.5, 1.0, 1.5, 2.0, 2.5), market=(0.0,))


@pytest.fixture(scope="module")
def day():
    model = QueueReactive(levels=(KNOWN, BEHIND), move=0.0)
    return synthetic.synthetic_day({"ACME": 50}, events=None, seed=2, model=model)


# The session has 23,400 seconds on two sides: a rate r at a length seen for T
# seconds is known to sqrt(r / T), and four of these are allowed.
def test_known_intensities_come_back(day):
    fit = estimate_queues(day)

    assert fit.size == 100.0
    for n in range(9):
        seen = fit.seconds[n]
        assert seen > 100.0
        for flow, rates in (
            (fit.limit, KNOWN.limit),
            (fit.cancel, KNOWN.cancel),
            (fit.market, KNOWN.market),
        ):
            rate = rates[min(n, len(rates) - 1)]
            assert flow[n] / seen == pytest.approx(
                rate, abs=4 * np.sqrt(max(rate, 0.01) / seen)
            ), n


def test_the_time_spent_is_the_product_formula(day):
    share = estimate_queues(day).distribution
    known = np.array(KNOWN.distribution())

    size = min(len(share), len(known))
    assert 0.5 * np.abs(share[:size] - known[:size]).sum() < 0.03


def test_estimated_rates_make_a_model_with_the_same_queues(day):
    rates = estimate_queues(day).rates()

    again = np.array(rates.distribution())
    known = np.array(KNOWN.distribution())

    size = min(len(again), len(known))
    assert 0.5 * np.abs(again[:size] - known[:size]).sum() < 0.03
    QueueReactive(levels=(rates,))  # is accepted


def test_the_best_level_is_never_empty(day):
    fit = estimate_queues(day, frame="best")

    assert fit.seconds[0] == 0.0
    assert fit.limit[0] > 0.0  # orders that improved the price
    assert fit.rates().cancel[0] == 0.0


def test_what_cannot_be_measured_is_refused(day):
    with pytest.raises(ArgumentError, match="no MSFT"):
        estimate_queues(day, "MSFT")
    with pytest.raises(ArgumentError, match="frame must be"):
        estimate_queues(day, frame="worst")
    with pytest.raises(ArgumentError, match="longest and size"):
        estimate_queues(day, longest=0)
    with pytest.raises(DataError, match="lower least_seconds"):
        estimate_queues(day).rates(least_seconds=1e9)
    two = synthetic.synthetic_day(["A", "B"], events=2_000)
    with pytest.raises(ArgumentError, match="say which"):
        estimate_queues(two)


@pytest.mark.parametrize("name", ["AMZN", "AAPL"])
def test_real_days_give_a_stable_queue_near_the_one_seen(real_data, name):
    path = real_data / "lobster" / f"LOBSTER_SampleFile_{name}_2012-06-21_1.zip"
    fit = estimate_queues(open_events(path).read(), frame="best", longest=30)

    rates = fit.rates()

    assert len(rates.limit) > 3
    # Queues of a real best level jump (an order may be many mean sizes, and the level
    # itself changes), so a birth and death process is near and not equal.
    made = np.array(rates.distribution())
    assert made.sum() == pytest.approx(1.0)
    seen = fit.distribution
    mean = float(np.arange(len(seen)) @ seen)
    assert 0.2 * mean < float(np.arange(len(made)) @ made) < 5 * mean
