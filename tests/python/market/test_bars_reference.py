"""Corporate actions, LEAN's reference files and instrument tables."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.market.actions import (
    Action,
    actions_of,
    corporate_actions,
    factor_file,
    map_file,
    market_hours,
)
from ai_trading.market.instruments import load_instruments, save_instruments


def write(folder, text, name="AAPL.csv"):
    path = folder / name
    path.write_text(text)
    return path


def test_splits_and_dividends_are_read_by_the_exchanges_day(tmp_path):
    splits = write(tmp_path, "Date,Stock Splits\n2020-08-31 09:30:00-04:00,4.0\n")
    (tmp_path / "d").mkdir()
    paid = write(tmp_path / "d", "Date,Dividends\n2020-08-07,0.205\n2020-08-10,0\n")

    assert corporate_actions([splits, paid]) == (
        Action(date(2020, 8, 7), "AAPL", "dividend", 0.205),
        Action(date(2020, 8, 31), "AAPL", "split", 4.0),
    )
    assert len(corporate_actions(tmp_path)) == 2


def test_actions_beside_prices_of_many_symbols_are_found(tmp_path):
    text = (
        "ticker,date,close,ex-dividend,split_ratio\n"
        "AAPL,2014-06-06,645,0.0,1.0\nAAPL,2014-06-09,93,0.0,7.0\nB,2014-06-09,9,1.5,1\n"
    )

    found = corporate_actions(write(tmp_path, text))

    assert [(a.symbol, a.kind, a.amount) for a in found] == [
        ("AAPL", "split", 7.0),
        ("B", "dividend", 1.5),
    ]


def test_a_bad_action_is_refused_with_its_line(tmp_path):
    with pytest.raises(DataError, match=r"AAPL\.csv, line 3"):
        corporate_actions(write(tmp_path, "Date,Dividends\n2020-01-02,1\nsoon,1\n"))
    with pytest.raises(DataError, match="no column of dividends"):
        corporate_actions(write(tmp_path, "Date,Open\n2020-01-02,1\n"))


def test_factors_tell_splits_and_dividends(tmp_path):
    text = "20200807,0.99,0.25,400\n20200828,1,0.25,500\n20501231,1,1,0"

    factors = factor_file(write(tmp_path, text))

    assert factors[0].reference == 400
    assert actions_of(factors, symbol="AAPL") == (
        Action(date(2020, 8, 10), "AAPL", "dividend", 4.0),
        Action(date(2020, 8, 31), "AAPL", "split", 4.0),
    )
    with pytest.raises(DataError, match="line 1"):
        factor_file(write(tmp_path, "yesterday,1,1,1"))


def test_a_map_file_lists_names_oldest_first(tmp_path):
    rows = map_file(write(tmp_path, "20501231,googl,Q\n20040819,goog,Q\n20140402,goog"))

    assert [row.ticker for row in rows] == ["GOOG", "GOOG", "GOOGL"]
    assert rows[1].exchange == ""
    with pytest.raises(DataError, match="is empty"):
        map_file(write(tmp_path, ""))


def test_market_hours_are_typed(tmp_path):
    entry = {
        "dataTimeZone": "UTC",
        "exchangeTimeZone": "America/Chicago",
        "monday": [{"start": "17:00:00", "end": "1.00:00:00", "state": "market"}],
        "holidays": ["1/1/1998"],
        "earlyCloses": {"7/3/2000": "13:00:00"},
    }
    path = write(tmp_path, json.dumps({"entries": {"Future-cme-[*]": entry}}), "x.json")

    hours = market_hours(path)["Future-cme-[*]"]

    assert hours.week[0] == ((timedelta(hours=17), timedelta(days=1), "market"),)
    assert hours.week[5] == ()
    assert hours.holidays == {date(1998, 1, 1)}
    assert hours.early_closes == {date(2000, 7, 3): timedelta(hours=13)}
    with pytest.raises(DataError, match="market-hours database"):
        market_hours(write(tmp_path, "{}", "y.json"))


TABLE = InstrumentTable(
    [
        Instrument("AAPL"),
        Instrument(
            "ES.Z13",
            tick_size=Decimal("0.25"),
            multiplier=Decimal(50),
            calendar="CMES",
            venue="XCME",
            asset_class=AssetClass.FUTURE,
            sector='say "index"',
            price_increment=Decimal("0.50"),
        ),
    ]
)


@pytest.mark.parametrize("name", ["table.toml", "table.csv"])
def test_an_instrument_table_comes_back_as_it_was(tmp_path, name):
    save_instruments(tmp_path / name, TABLE)

    assert load_instruments(tmp_path / name) == TABLE


def test_bare_decimals_in_toml_keep_their_digits(tmp_path):
    path = write(tmp_path, "[X]\ntick_size = 0.1\nlot_size = 100\n", "t.toml")

    table = load_instruments(path)

    assert (table["X"].tick_size, table["X"].lot_size) == (Decimal("0.1"), 100)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.toml", "[X]\ntick = 1\n", "unknown field 'tick'"),
        ("t.toml", "[X]\ntick_size = -1\n", r"\[X\]"),
        ("t.toml", "X = 1\n", "must be a table"),
        ("t.toml", "[X", "is no TOML"),
        ("t.csv", "name\nX\n", "no column 'symbol'"),
        ("t.csv", "symbol,tick_size\nX,abc\n", "line 2"),
        ("t.csv", "symbol,tick_size\nX,1\nX,2\n", "line 3"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path, name, text, message):
    with pytest.raises(DataError, match=message):
        load_instruments(write(tmp_path, text, name))


def test_a_table_has_one_of_two_formats(tmp_path):
    with pytest.raises(ArgumentError, match=r"\.toml or \.csv"):
        save_instruments(tmp_path / "t.json", TABLE)
    with pytest.raises(DataError, match="cannot be read"):
        load_instruments(tmp_path / "none.toml")
