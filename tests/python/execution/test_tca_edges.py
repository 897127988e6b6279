"""Shortfalls with a multiplier and a market, and which prints count, by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from tca_samples import parent, quotes

from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import EVENT, EventKind, Flag
from ai_trading.execution.tca import (
    analyze,
    compare,
    fill_groups,
    group,
    implementation_shortfall,
    mark_outs,
)
from ai_trading.execution.tca._prints import of_events

HOUR = 3600 * 10**9
OPENED = 10 * HOUR


def test_money_is_scaled_by_the_multiplier_and_ratios_are_not():
    terms = {"decision": 100, "release": 101, "end": 104, "market": [102]}
    fills = [(6, 103)]

    one = implementation_shortfall("buy", 10, fills, **terms)
    fifty = implementation_shortfall("buy", 10, fills, **terms, multiplier=50)

    assert (one.delay, one.impact, one.timing, one.opportunity) == (6, 6, 6, 16)
    assert one.total == 34
    assert one.paper == 1000  # at the decision, not at the release
    assert (fifty.total, fifty.paper) == (1700, 50_000)
    assert fifty.impact == 300
    assert fifty.bps() == one.bps() == pytest.approx(340)


def test_delay_on_all_that_was_wanted_leaves_less_to_opportunity():
    cost = implementation_shortfall(
        "sell", 10, [(6, 97)], decision=100, release=99, end=96, convention="wanted"
    )

    assert (cost.delay, cost.trading, cost.opportunity) == (10, 12, 12)
    assert cost.total == 34


@pytest.mark.parametrize("market", [[], [1], [1, 2, 3]])
def test_every_fill_needs_a_price_of_the_market(market):
    with pytest.raises(ArgumentError, match="one price for every fill"):
        implementation_shortfall("buy", 2, [(1, 1), (1, 1)], decision=1, market=market)


def test_fees_are_lost_whichever_side():
    for side in ("buy", "sell"):
        cost = implementation_shortfall(side, 1, [(1, 10)], decision=10, fees="0.25")
        assert (cost.total, cost.fees) == (Decimal("0.25"), Decimal("0.25"))
        assert cost.bps("fees") == pytest.approx(250)


def tape(*rows):
    """Events of (hours, kind, order id, price, quantity, flags)."""
    out = np.zeros(len(rows), EVENT)
    for place, (at, kind, order, price, quantity, flags) in enumerate(rows):
        row = out[place]
        row["timestamp"], row["kind"], row["order_id"] = at * HOUR, kind, order
        row["price"], row["quantity"], row["flags"] = price, quantity, flags
    return out


def test_what_was_not_printed_is_no_print():
    kind = EventKind.EXECUTE_AT
    prints = of_events(
        tape((11, kind, 1, 500, 7, 0), (12, kind, 1, 501, 9, int(Flag.UNPRINTED)))
    )

    assert prints.first_price.tolist() == [500]
    assert prints.volume(0, 24 * HOUR) == 7


def test_an_auction_has_a_price_and_no_volume_of_the_continuous_market():
    prints = of_events(
        tape(
            (10, EventKind.CROSS, 0, 490, 10_000, 0),
            (11, EventKind.TRADE, 0, 500, 7, 0),
        )
    )

    assert prints.volume(0, 24 * HOUR) == 7
    assert prints.vwap(0, 24 * HOUR) == 500
    assert prints.first(OPENED, 20 * HOUR, HOUR) == 490


def test_an_execution_takes_the_price_of_its_own_order_and_no_other():
    prints = of_events(
        tape(
            (10, EventKind.ADD, 1, 500, 5, 0),
            (11, EventKind.EXECUTE, 1, 0, 2, 0),
            (12, EventKind.EXECUTE, 2, 0, 3, 0),  # nobody told of order 2
        )
    )

    assert prints.first_price.tolist() == [500]
    assert prints.lots.tolist() == [2]


def test_an_open_is_known_where_the_data_begins_before_it():
    kind = EventKind.TRADE
    late = of_events(tape((12, kind, 0, 500, 1, 0), (13, kind, 0, 501, 1, 0)))
    whole = of_events(tape((9, kind, 0, 499, 1, 0), (12, kind, 0, 500, 1, 0)))

    assert np.isnan(late.first(OPENED, 20 * HOUR, HOUR))
    assert whole.first(OPENED, 20 * HOUR, HOUR) == 500


def test_the_volume_of_an_interval_leaves_its_start_out():
    kind = EventKind.TRADE
    prints = of_events(tape(*((at, kind, 0, 500, at, 0) for at in (10, 11, 12))))

    assert prints.volume(10 * HOUR, 11 * HOUR) == 11


# Terms that were once taken, or came out as errors of NumPy and Python.
MARKET = quotes([(0, 99.98, 100.02), (60, 100.0, 100.04), (1200, 100.1, 100.14)])
PARENTS = [
    parent([(10 + n, 500, 100.02)], algorithm=("twap", "vwap")[n % 2]) for n in range(6)
]
COSTS = analyze(PARENTS, MARKET).costs
MEASURE = "total_bps"
BOOTSTRAPS = {
    "group": lambda **terms: group(COSTS, "algorithm", [MEASURE], **terms),
    "compare": lambda **terms: compare(COSTS, "twap", "vwap", MEASURE, **terms),
    "mark_outs": lambda **terms: mark_outs(COSTS, **terms),
    "fill_groups": lambda **terms: fill_groups(COSTS, **terms),
}


@pytest.mark.parametrize("name", BOOTSTRAPS)
@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"level": -1}, "level must lie strictly between 0 and 1; received -1"),
        ({"level": 0}, "level must"),
        ({"level": 1}, "level must"),
        ({"level": 97.5}, r"Did you mean 0\.975"),
        ({"level": float("nan")}, "level must"),
        ({"level": "high"}, "level must"),
        ({"resamples": 0}, "resamples must be a whole number, 100 to"),
        ({"resamples": 10**30}, "resamples must be a whole number, 100 to"),
        ({"resamples": 200.5}, "resamples must be a whole number, 100 to"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"seed": None}, "seed must be a whole number"),
    ],
)
def test_terms_of_a_bootstrap_outside_their_domain_are_refused(name, terms, said):
    if name == "fill_groups" and "resamples" in terms:
        return  # it has no such term

    with pytest.raises(ArgumentError, match=said):
        BOOTSTRAPS[name](**terms)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"reversion_ns": float("nan")}, "reversion_ns must be a whole number"),
        ({"reversion_ns": 0}, "reversion_ns must be a whole number"),
        ({"reversion_ns": 10**30}, "reversion_ns must be a whole number"),
        ({"reversion_ns": None}, "reversion_ns must be a whole number"),
        ({"horizons": (1.5, 2.5)}, "horizons must be"),
        ({"horizons": (10**30,)}, "horizons must be"),
        ({"horizons": 5}, "horizons must be"),
        ({"average_volumes": {"XYZ": -1.0}}, r"average_volumes\['XYZ'\] must be"),
        ({"average_volumes": {"XYZ": float("nan")}}, r"average_volumes\['XYZ'\] must"),
        ({"average_volumes": 5.0}, "average_volumes must map symbols"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_terms_of_an_analysis_outside_their_domain_are_refused(terms, said):
    with pytest.raises(ArgumentError, match=said):
        analyze(PARENTS, MARKET, **terms)


@pytest.mark.parametrize("fills", [[(1,)], [1, 2], None, "ab"])
def test_fills_that_are_no_pairs_are_refused(fills):
    with pytest.raises(
        ArgumentError, match="fills must be pairs of quantity and price"
    ):
        implementation_shortfall("buy", 10, fills, decision=1)


@pytest.mark.parametrize("price", [1e300, 1e-300])
def test_sums_that_would_be_rounded_are_refused(price):
    with pytest.raises(ArgumentError, match="differ by more than 150 digits"):
        implementation_shortfall("buy", 10, [(5, 3)], decision=price, end=3)
