from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading._core.book import LevelBook
from ai_trading.backtest.feeds import QuoteLevels, as_level_events, book_kind
from ai_trading.core.errors import DataError
from ai_trading.core.records import EVENT, QUOTE, EventKind, Flag


@st.composite
def quotes(draw):
    """Quotes of three instruments; a quantity of zero leaves a side empty."""
    price, quantity = st.integers(95, 105), st.integers(0, 3)
    row = st.tuples(st.integers(0, 2), price, quantity, price, quantity)
    rows = draw(st.lists(row, min_size=1, max_size=60))
    out = np.zeros(len(rows), dtype=QUOTE)
    for at, (instrument, *prices) in enumerate(rows):
        out[at] = (at, instrument, 0, *prices)
    return out


def best(book, instrument):
    found = [book.best(instrument, side) for side in (0, 1)]
    return [None if level is None else level[:2] for level in found]


def told(quote):
    sides = [("bid_price", "bid_quantity"), ("ask_price", "ask_quantity")]
    return [(int(quote[p]), int(quote[q])) if quote[q] else None for p, q in sides]


@given(quotes())
def test_the_book_shows_every_quote_when_its_last_event_has_passed(rows):
    events = as_level_events(rows)
    book = LevelBook(3)
    now = {}
    whole = iter(rows)

    for event in events:
        assert book.apply(event.reshape(1)).tolist() == [0]
        if event["flags"] & Flag.MORE:
            continue
        quote = next(whole)
        assert event["timestamp"] == quote["timestamp"]
        now[int(quote["instrument"])] = told(quote)
        for instrument, levels in now.items():
            assert best(book, instrument) == levels
            for side, level in enumerate(levels):
                assert len(book.depth(instrument, side, 9)) == (level is not None)

    assert next(whole, None) is None


@given(quotes(), st.lists(st.integers(1, 20), min_size=1, max_size=60))
def test_pieces_make_the_events_of_the_whole(rows, sizes):
    pieces, levels, at = [], QuoteLevels(), 0
    for size in [*sizes, len(rows)]:
        pieces.append(levels(rows[at : at + size]))
        at += size

    assert np.concatenate(pieces).tobytes() == as_level_events(rows).tobytes()


def test_a_better_level_is_shown_before_the_old_one_leaves_the_view():
    rows = np.zeros(2, dtype=QUOTE)
    rows[0] = (1, 0, 0, 100, 5, 102, 5)
    rows[1] = (2, 0, 0, 101, 4, 102, 5)

    events = as_level_events(rows)

    assert [(int(e["price"]), int(e["quantity"])) for e in events[-2:]] == [
        (101, 4),
        (100, 0),
    ]


@pytest.mark.parametrize(
    ("kinds", "book"),
    [
        ([EventKind.ADD, EventKind.TRADE], "orders"),
        ([EventKind.LEVEL, EventKind.CLEAR], "levels"),
        ([EventKind.TRADE], "levels"),
    ],
)
def test_the_first_records_tell_which_book_is_needed(kinds, book):
    rows = np.zeros(len(kinds), dtype=EVENT)
    rows["kind"] = kinds

    assert book_kind(type("Source", (), {"source": "x"}), rows) == book


def test_orders_and_levels_together_are_refused_by_name():
    rows = np.zeros(2, dtype=EVENT)
    rows["kind"] = [EventKind.ADD, EventKind.LEVEL]

    with pytest.raises(DataError, match=r"file\.itch mixes"):
        book_kind(type("Source", (), {"source": "file.itch"}), rows)
