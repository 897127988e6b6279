"""Prices and quantities cross into integers once, exactly or not at all."""

from __future__ import annotations

import pickle
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable

APPLE = Instrument("AAPL")
FUTURE = Instrument("ESH4", tick_size=Decimal("0.25"), multiplier=Decimal(50))
COIN = Instrument("BTC", tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"))
THIRDS = Instrument("ODD", tick_size=Decimal("0.03"))

ticks = st.integers(-(2**62), 2**62)
any_instrument = st.sampled_from([APPLE, FUTURE, COIN, THIRDS])


@pytest.mark.parametrize(
    "price", [150.25, "150.25", Decimal("150.25"), np.float64(150.25)]
)
def test_a_price_on_the_grid_becomes_ticks_whatever_type_it_has(price):
    assert APPLE.to_ticks(price) == 1_502_500


@pytest.mark.parametrize("price", [150, np.int64(150), Decimal(150), "150"])
def test_a_whole_price_becomes_ticks_whatever_type_it_has(price):
    assert APPLE.to_ticks(price) == 1_500_000


def test_float_noise_below_a_millionth_of_a_tick_is_not_another_price():
    assert APPLE.to_ticks(0.1 + 0.2) == 3_000


def test_a_price_between_two_ticks_is_refused_and_both_are_named():
    with pytest.raises(
        ArgumentError,
        match=r"price 100\.3 of ESH4 is not a multiple of tick_size 0\.25; "
        r"the nearest are 100\.25 and 100\.50",
    ):
        FUTURE.to_ticks(100.3)


@pytest.mark.parametrize("price", [float("nan"), float("inf"), "nan", Decimal("-inf")])
def test_a_price_that_is_not_finite_is_refused(price):
    with pytest.raises(ArgumentError, match="must be finite"):
        APPLE.to_ticks(price)


@pytest.mark.parametrize("price", ["abc", None, True, [1]])
def test_what_is_not_a_number_is_refused(price):
    with pytest.raises(ArgumentError, match="must be a number"):
        APPLE.to_ticks(price)


@pytest.mark.parametrize("price", [1e300, 2**63, "1e40"])
def test_a_price_beyond_64_bits_is_refused(price):
    with pytest.raises(ArgumentError, match="64 bits"):
        APPLE.to_ticks(price)


@given(any_instrument, ticks)
def test_ticks_to_a_decimal_price_and_back_is_the_identity(instrument, n):
    assert instrument.to_ticks(instrument.to_price(n)) == n


@given(any_instrument, st.integers(-(2**40), 2**40))
def test_ticks_to_a_float_price_and_back_is_the_identity(instrument, n):
    assert instrument.to_ticks(instrument.price(n)) == n


@given(any_instrument, ticks)
def test_the_float_price_is_the_double_nearest_to_the_exact_one(instrument, n):
    assert instrument.price(n) == float(instrument.to_price(n))


@given(any_instrument, st.floats(-1e9, 1e9))
def test_rounding_moves_a_price_by_half_a_tick_at_most(instrument, price):
    rounded = instrument.to_price(instrument.round_to_ticks(price))

    assert abs(rounded - Decimal(repr(price))) <= instrument.tick_size / 2


def test_a_tick_from_a_numpy_record_does_not_overflow():
    assert FUTURE.to_price(np.int64(2**62)) == 2**62 * Decimal("0.25")
    assert FUTURE.price(np.int64(2**62)) == 2.0**60


def test_lots_are_as_exact_as_ticks():
    assert COIN.to_lots(0.00003) == 3
    assert COIN.to_quantity(3) == Decimal("0.00003")
    assert APPLE.to_lots(100) == 100
    with pytest.raises(ArgumentError, match=r"lot_size 1; the nearest are 2 and 3"):
        APPLE.to_lots(2.5)


def test_quantities_beyond_64_bits_are_refused():
    with pytest.raises(ArgumentError, match="64 bits"):
        APPLE.to_lots(2**63)


def test_an_increment_is_counted_in_ticks():
    cents = Instrument("X", price_increment=Decimal("0.01"))

    assert (cents.increment_ticks, APPLE.increment_ticks) == (100, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"tick_size": Decimal(0)},
            "tick_size must be positive and finite; received 0",
        ),
        ({"lot_size": Decimal("nan")}, "lot_size must be positive"),
        ({"multiplier": Decimal(-1)}, "multiplier must be positive"),
        ({"price_increment": Decimal("0.00015")}, "multiple of tick_size 0.0001"),
        ({"asset_class": "stock"}, "equity, bond.*received 'stock'"),
    ],
)
def test_an_instrument_with_impossible_units_is_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        Instrument("X", **options)


@pytest.mark.parametrize("symbol", ["", "  ", None])
def test_an_instrument_needs_a_symbol(symbol):
    with pytest.raises(ArgumentError, match="symbol must be a name"):
        Instrument(symbol)


def test_a_blank_around_a_symbol_is_pointed_out():
    with pytest.raises(ArgumentError, match=r"Did you mean 'AAPL'\?"):
        Instrument(" AAPL")


def test_units_may_be_written_as_text():
    assert Instrument("X", tick_size="0.25", asset_class="future") == Instrument(
        "X", tick_size=Decimal("0.25"), asset_class=AssetClass.FUTURE
    )


def test_an_instrument_survives_a_pickle_and_serves_as_a_key():
    copy = pickle.loads(pickle.dumps(FUTURE))

    assert copy == FUTURE
    assert copy.to_ticks(1.25) == 5
    assert {FUTURE: 1}[copy] == 1


def test_a_table_finds_an_instrument_by_position_and_by_symbol():
    table = InstrumentTable([APPLE, "MSFT"])

    assert table[0] is table["AAPL"] is APPLE
    assert (table.index("MSFT"), len(table)) == (1, 2)
    assert [one.symbol for one in table] == list(table.symbols) == ["AAPL", "MSFT"]
    assert "AAPL" in table
    assert "IBM" not in table


def test_adding_an_equal_instrument_again_returns_its_index():
    table = InstrumentTable(["AAPL"])

    assert table.add(Instrument("AAPL")) == 0
    assert len(table) == 1


def test_another_instrument_under_a_known_symbol_is_refused():
    table = InstrumentTable([APPLE])

    with pytest.raises(ArgumentError, match="AAPL is in the table already"):
        table.add(Instrument("AAPL", tick_size=Decimal("0.01")))

    assert table[0] == APPLE


def test_an_unknown_symbol_is_answered_with_the_known_ones():
    with pytest.raises(DataError, match=r"unknown symbol 'IBM'; the table has AAPL"):
        InstrumentTable([APPLE]).index("IBM")


@pytest.mark.parametrize("name", ["currency", "venue", "calendar", "sector"])
@pytest.mark.parametrize("value", [7, float("nan"), [], ""])
def test_words_that_are_none_are_refused_by_name(name, value):
    with pytest.raises(ArgumentError, match=f"{name} must be a text such as"):
        Instrument("AAPL", **{name: value})


def test_an_increment_of_more_digits_than_decimals_hold_is_refused():
    with pytest.raises(ArgumentError, match="price_increment must be a multiple"):
        Instrument("AAPL", price_increment=Decimal(10) ** 30)


@pytest.mark.parametrize("key", [5, None, 0.5, b"AAPL", 10**30, []])
def test_a_table_says_how_its_instruments_are_found(key):
    table = InstrumentTable([Instrument("AAPL")])

    with pytest.raises(DataError, match="by its symbol, or by its index below 1"):
        table[key]
