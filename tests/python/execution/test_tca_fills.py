"""Fills against the market around them: by hand, a slow twin, identities, refusals."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tca_samples import (
    CLOSE,
    MINUTE,
    OPEN,
    SECOND,
    XYZ,
    bars,
    parent,
    quotes,
    trades_and_quotes,
)

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.execution.tca import WorkedParent, market_view, measure_fills
from ai_trading.execution.tca.fills import check_horizons, horizon_name

QUIET = [(0, "9.99", "10.01"), (600, "9.99", "10.01")]


def test_spreads_and_mark_outs_by_hand():
    view = market_view(
        quotes([(0, "9.99", "10.01"), (5, "10.03", "10.07"), (600, "10.03", "10.07")]),
        "XYZ",
    )
    bought = parent([(4, 100, "10.01", 0, "taker"), (6, 100, "10.03", 0, "maker")])

    rows = measure_fills(bought, view, [SECOND, 2 * SECOND])

    assert rows["middle"].tolist() == [10.0, 10.05]
    np.testing.assert_allclose(rows["quoted_spread"], [20, 400 / 10.05])
    np.testing.assert_allclose(rows["effective_spread"], [20, -2 * 200 / 10.05])
    # The middle is at 10.05 from 5 s on.
    np.testing.assert_allclose(rows["markout_1s"], [-40, -200 / 10.05])
    np.testing.assert_allclose(rows["markout_2s"], [-40, -200 / 10.05])
    assert rows["passive"].tolist() == [False, True]


def test_a_fill_that_took_sees_its_own_instant_and_one_that_waited_does_not():
    moved = quotes([(0, "9.99", "10.01"), (4, "10.03", "10.05"), (9, "10.03", "10.05")])
    view = market_view(moved, "XYZ")
    both = parent([(4, 1, "10.05", 0, "taker"), (4, 1, "10.01", 0, "maker")])

    rows = measure_fills(both, view, [SECOND])

    assert rows["middle"].tolist() == [10.04, 10.0]


steps = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 40), st.integers(0, 9)),
    min_size=1,
    max_size=20,
)
trades = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(1, 50),
        st.integers(1, 60),
        st.sampled_from(["maker", "taker", "none"]),
    ),
    min_size=1,
    max_size=15,
)


@given(steps=steps, trades=trades, side=st.sampled_from(["buy", "sell"]))
def test_every_figure_is_that_of_the_slow_twin(steps, trades, side):
    at, tape = 0, [(-1, Decimal("0.01"), Decimal("0.03"))]
    for gap, bid, width in steps:
        tape.append((at, Decimal(bid) / 100, Decimal(bid + width) / 100))
        at += gap
    tape.append((at + 500, tape[-1][1], tape[-1][2]))
    rows = sorted((t, q, Decimal(p) / 100, 0, kind) for t, q, p, kind in trades)
    worked = parent(rows, side=side, quantity=10_000)
    view = market_view(quotes(tape), "XYZ")

    found = measure_fills(worked, view, [SECOND, 45 * SECOND])

    for row, (t, _, price, _, kind) in zip(found, rows, strict=True):
        seen = [q for q in tape if q[0] < t or (q[0] == t and kind == "taker")]
        _, bid, ask = seen[-1]
        middle = (bid + ask) / 2
        sign = 1 if side == "buy" else -1
        assert row["twice_middle"] == (bid + ask) / XYZ.tick_size
        expected = 20_000 * sign * (price - middle) / middle
        assert row["effective_spread"] == pytest.approx(float(expected))
        for name, after in (("markout_1s", 1), ("markout_45s", 45)):
            if t + after > tape[-1][0]:
                assert math.isnan(row[name])
                continue
            then = [q for q in tape if q[0] <= t + after][-1]
            later = (then[1] + then[2]) / 2
            cost = 10_000 * sign * (price - later) / middle
            assert row[name] == pytest.approx(float(cost), abs=1e-9)
            # Effective = realised + impact, as Huang and Stoll part it.
            realised, moved = 2 * row[name], 20_000 * sign * (later - middle) / middle
            assert row["effective_spread"] == pytest.approx(
                realised + float(moved), abs=1e-9
            )


@given(
    steps=steps,
    trades=trades,
)
def test_what_a_purchase_pays_a_sale_at_that_price_earns(steps, trades):
    at, tape = 0, [(-1, "0.01", "0.03")]
    for gap, bid, width in steps:
        tape.append((at, Decimal(bid) / 100, Decimal(bid + width) / 100))
        at += gap
    tape.append((at + 500, "0.05", "0.07"))
    rows = sorted((t, q, Decimal(p) / 100, 0, kind) for t, q, p, kind in trades)
    view = market_view(quotes(tape), "XYZ")

    buys, sells = (
        measure_fills(parent(rows, side=side, quantity=10_000), view, [SECOND])
        for side in ("buy", "sell")
    )

    for name in ("effective_spread", "markout_1s"):
        np.testing.assert_array_equal(buys[name], -sells[name])


def test_a_mark_out_beyond_the_data_or_the_close_is_not_a_number():
    late = (CLOSE - OPEN) / SECOND - 2
    view = market_view(quotes([(0, 10, 11), (late + 600, 10, 11)]), "XYZ")
    near_close = parent([(late, 1, 11)], start=late, end=late + 1)
    at_end = parent([(30, 1, 11)], start=0, end=60)

    rows = measure_fills(near_close, view, [SECOND, MINUTE])
    short = market_view(quotes([(0, 10, 11), (31, 10, 11)]), "XYZ")
    cut = measure_fills(at_end, short, [SECOND, MINUTE])

    assert np.isnan(rows["markout_1min"][0])
    assert not np.isnan(rows["markout_1s"][0])
    assert np.isnan(cut["markout_1min"][0])
    assert not np.isnan(cut["markout_1s"][0])


def test_bars_show_no_spread_and_nothing_within_a_bar():
    rows = [(i, 10 + i, 11 + i, 9 + i, 10.5 + i, 100) for i in range(5)]
    view = market_view(bars(rows), "XYZ")
    bought = parent([(60, 10, 11, 0, "taker")], start=0, end=120)

    found = measure_fills(bought, view, [SECOND, MINUTE])

    assert found["middle"].tolist() == [10.5]  # the close before
    assert np.isnan(found["effective_spread"][0])
    assert np.isnan(found["markout_1s"][0])
    np.testing.assert_allclose(found["markout_1min"], 1e4 * (11 - 11.5) / 10.5)


def test_after_a_gap_bars_begin_with_an_open():
    view = market_view(
        bars(
            [(0, 10, 10, 10, 10, 1), (30, 20, 20, 20, 20, 1), (31, 21, 21, 21, 21, 1)]
        ),
        "XYZ",
    )
    bought = parent([(1800, 10, 20, 0, "taker")], start=1800, end=1900)

    assert measure_fills(bought, view, [MINUTE])["middle"].tolist() == [20.0]


def test_one_sided_and_crossed_moments_keep_the_last_whole_touch():
    view = market_view(
        quotes([(0, 10, 12), (1, None, 12), (2, 13, 12), (3, 20, 22)]), "XYZ"
    )

    rows = view.at([OPEN + s * SECOND for s in (0, 1, 2, 3)])

    assert (view.twice_middle(rows) * float(XYZ.tick_size) / 2).tolist() == [
        11, 11, 11, 21,
    ]  # fmt: skip


def test_a_book_in_pieces_is_not_looked_at():
    data = trades_and_quotes(
        [("quote", 0, 10, 11), ("quote", 1, 20, 21), ("trade", 2, 20.5, 5)]
    )
    view = market_view(data, "XYZ")

    # Between the two sides' moves at one second the book would be crossed.
    assert view.times.tolist() == [OPEN, OPEN + SECOND, OPEN + 2 * SECOND]
    assert view.bid.tolist() == [100_000, 200_000, 200_000]


def test_fills_without_quotes_around_them_are_refused():
    view = market_view(quotes([(10, 10, 11), (20, 10, 11)]), "XYZ")

    with pytest.raises(DataError, match="before the first quote of XYZ in made"):
        measure_fills(parent([(5, 1, 11)]), view)
    with pytest.raises(DataError, match="after the last quote of XYZ in made"):
        measure_fills(parent([(99, 1, 11)]), view)


def test_data_without_two_sides_or_without_the_symbol_is_refused():
    with pytest.raises(DataError, match="never shows a bid and an ask of XYZ"):
        market_view(quotes([(0, 10, None), (1, None, 11)]), "XYZ")
    with pytest.raises(DataError, match="unknown symbol 'ABC'"):
        market_view(quotes(QUIET), "ABC")


def test_the_market_of_another_symbol_is_refused():
    view = market_view(quotes(QUIET), "XYZ")
    other = parent([(5, 1, 11)], instrument=Instrument("ABC"))

    with pytest.raises(DataError, match="trades ABC, the market given is that of XYZ"):
        measure_fills(other, view)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"fills": [(9, 1, 10), (5, 1, 10)]}, DataError, "sort the fills"),
        ({"fills": [(9, 0, 10)]}, DataError, "both must be 1 or more"),
        ({"fills": [(9, 2000, 10)]}, DataError, "filled 2000 lots of 1000 wanted"),
        ({"fills": [(9, 1, 10)], "start": 20}, DataError, "before its start"),
        ({"fills": [], "end": -1}, ArgumentError, "end before it starts"),
        ({"fills": [(9, 1)]}, ArgumentError, "a fill is"),
        ({"fills": [], "quantity": 0}, ArgumentError, "one lot or more"),
        ({"fills": [], "arrival": -1}, ArgumentError, "arrival must be a price above"),
        ({"fills": [], "decided_ns": CLOSE}, ArgumentError, "a decision comes first"),
        ({"fills": [(9, 1, "10.00001")]}, ArgumentError, "not a multiple of tick_size"),
    ],
)
def test_broken_parents_are_refused(change, error, said):
    with pytest.raises(error, match=said):
        parent(change.pop("fills"), **change)


def test_fills_must_be_an_array_of_executions():
    with pytest.raises(ArgumentError, match="array of EXECUTION"):
        WorkedParent(
            parent_id="1",
            instrument=XYZ,
            side="buy",
            quantity=1,
            algorithm="x",
            start_ns=0,
            end_ns=1,
            fills=np.zeros(3),
        )


def test_horizons_must_rise():
    with pytest.raises(ArgumentError, match="that rise"):
        check_horizons([SECOND, SECOND])
    with pytest.raises(ArgumentError, match="that rise"):
        check_horizons([])


def test_horizons_are_named_in_their_largest_unit():
    named = [horizon_name(h) for h in (7, 1500, 50_000_000, SECOND, 90 * SECOND)]

    assert named == ["7ns", "1500ns", "50ms", "1s", "90s"]
