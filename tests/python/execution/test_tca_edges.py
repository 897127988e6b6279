"""Shortfalls with a multiplier and a market, and which prints count, by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import EVENT, EventKind, Flag
from ai_trading.execution.tca import implementation_shortfall
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
