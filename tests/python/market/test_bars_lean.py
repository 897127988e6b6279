"""LEAN archives, on files of a few lines."""

from __future__ import annotations

import zipfile
from decimal import Decimal

import pytest
from table_files import codes, nanos

from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import DataError
from ai_trading.core.instrument import Instrument
from ai_trading.core.records import EventKind, Flag
from ai_trading.market.lean import describe, load_lean, open_lean

OPEN = 34_200_000  # 09:30 in milliseconds


def archive(folder, place, **files):
    path = folder / "data" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name, text in files.items():
            file.writestr(f"{name}.csv", text)
    return path


@pytest.fixture
def trades(tmp_path):
    text = (
        f"{OPEN}.125,1815200,283,Q,1,0\n"
        f"{OPEN + 1},1815300,100,N,40,0\n"
        f"{OPEN + 2},1915300,100,N,20002020,1\n"
    )
    place = "equity/usa/tick/ibm/20131007_trade.zip"
    return archive(tmp_path, place, **{"20131007_ibm_Trade_Tick": text})


def test_trade_ticks_become_events_in_utc(trades):
    data = load_lean(trades)

    assert data.kind == "events"
    assert data.symbols == ("IBM",)
    assert data.records["timestamp"][0] == nanos("2013-10-07T13:30:00.000125")
    assert data.records["price"].tolist() == [1_815_200, 1_815_300, 1_915_300]
    assert data.records["quantity"].tolist() == [283, 100, 100]
    assert data.records["aux"].tolist() == [1, 2, 3]


def test_an_opening_print_is_a_cross_and_a_suspicious_one_unprinted(trades):
    data = load_lean(trades)

    kinds = [EventKind.TRADE, EventKind.CROSS, EventKind.TRADE]
    assert data.records["kind"].tolist() == kinds
    assert data.records["flags"].tolist() == [0, 0, Flag.UNPRINTED]
    assert codes(data)["suspicious"].rows == (3,)


def test_quote_ticks_become_the_best_bid_and_offer(tmp_path):
    text = (
        f"{OPEN},1750000,100,0,0,P,1,0\n"
        f"{OPEN + 1},0,0,1848300,300,Q,1,0\n"
        f"{OPEN + 2},1750100,200,0,0,N,1,0\n"
    )
    path = archive(
        tmp_path,
        "equity/usa/tick/ibm/20131007_quote.zip",
        **{"20131007_ibm_Quote_Tick": text},
    )

    quotes = load_lean(path).records

    assert quotes["bid_price"].tolist() == [1_750_000, 1_750_000, 1_750_100]
    assert quotes["ask_price"].tolist() == [0, 1_848_300, 1_848_300]
    assert quotes["ask_quantity"].tolist() == [0, 300, 300]


def test_minute_bars_end_a_minute_later_and_sessions_apply(tmp_path):
    text = "15660000,139900,139900,139900,139900,100\n"
    text += f"{OPEN},139900,140000,139800,139900,200\n"
    path = archive(
        tmp_path,
        "equity/usa/minute/bac/20131010_trade.zip",
        **{"20131010_bac_minute_trade": text},
    )

    everything = load_lean(path)
    regular = load_lean(path, session="regular")

    assert everything.kind == "bars"
    assert everything.records["timestamp"][0] == nanos("2013-10-10T08:22")
    assert regular.records["start"].tolist() == [nanos("2013-10-10T13:30")]
    assert regular.records["high"].tolist() == [140_000]


def test_days_of_a_symbol_are_joined_and_a_missing_one_is_found(tmp_path):
    for day in ("20131007", "20131008", "20131010"):
        archive(
            tmp_path,
            f"equity/usa/minute/bac/{day}_trade.zip",
            **{f"{day}_bac_minute_trade": f"{OPEN},10,10,10,10,1\n"},
        )

    data = load_lean(tmp_path / "data/equity/usa/minute")

    assert len(data) == 3
    assert "2013-10-09" in codes(data)["gap"].message


def test_daily_and_hourly_bars_have_dates(tmp_path):
    daily = archive(
        tmp_path,
        "equity/usa/daily/spy.zip",
        spy="19980102 00:00,973100,975300,965300,973600,2150000\n",
    )
    hourly = archive(
        tmp_path,
        "equity/usa/hour/spy.zip",
        spy="19980102 09:00,973100,975300,965300,973600,2150000\n",
    )

    day, hour = load_lean(daily).records[0], load_lean(hourly).records[0]

    assert (day["start"], day["timestamp"]) == (
        nanos("1998-01-02T14:30"),
        nanos("1998-01-02T21:00"),
    )
    assert hour["timestamp"] == nanos("1998-01-02T15:00")


def test_quote_bars_are_quotes_at_the_end_of_the_bar(tmp_path):
    text = f"{OPEN},1,1,1,139000,1000,2,2,2,140000,600\n"
    text += f"{OPEN + 60_000},,,,,,2,2,2,140100,700\n"
    path = archive(
        tmp_path,
        "equity/usa/minute/bac/20131010_quote.zip",
        **{"20131010_bac_minute_quote": text},
    )

    quotes = load_lean(path).records

    assert quotes["timestamp"][0] == nanos("2013-10-10T13:31")
    assert quotes["bid_price"].tolist() == [139_000, 0]
    assert quotes["bid_quantity"].tolist() == [1000, 0]
    assert quotes["ask_quantity"].tolist() == [600, 700]


def test_each_contract_of_a_future_is_an_instrument(tmp_path):
    path = archive(
        tmp_path,
        "future/cme/minute/es/20131202_trade.zip",
        **{
            "20131202_es_minute_trade_201312": "0,1799,1800,1799,1799.25,1\n",
            "20131202_es_minute_trade_201403": "60000,1798,1798,1798,1798,1\n",
        },
    )

    data = load_lean(path)

    assert data.symbols == ("ESZ13", "ESH14")
    assert data.instruments["ESZ13"].multiplier == 50
    assert data.records["timestamp"][0] == nanos("2013-12-02T00:01")
    assert data.records["close"][0] == 1799.25 / 0.25
    assert [file.symbol for file in describe(path)] == ["ESZ13", "ESH14"]
    assert load_lean(path, symbols=["ESH14"]).symbols == ("ESH14",)


def test_an_unknown_future_says_that_its_multiplier_is_a_guess(tmp_path):
    path = archive(
        tmp_path,
        "future/x/minute/qq/20131202_trade.zip",
        **{"20131202_qq_minute_trade_201312": "0,1.5,1.5,1.5,1.5,1\n"},
    )
    given = Instrument(
        "QQ", tick_size=Decimal("0.5"), asset_class=AssetClass.FUTURE, calendar="24/7"
    )

    told = load_lean(path, instruments=given)

    assert told.instruments[0].symbol == "QQZ13"
    assert told.records["close"].tolist() == [3]


def test_currencies_have_quotes_and_say_that_sizes_are_missing(tmp_path):
    row = "20070101 00:00,1.3,1.3,1.3,1.32095,0,1.4,1.4,1.4,1.32195,0\n"
    path = archive(tmp_path, "forex/oanda/daily/eurusd.zip", eurusd=row)

    data = load_lean(path)

    assert data.kind == "quotes"
    assert data.instruments[0].tick_size == Decimal("0.000001")
    assert data.records["timestamp"].tolist() == [nanos("2007-01-02")]
    assert "no-size" in codes(data)


def test_crypto_has_fractions_of_a_coin(tmp_path):
    row = "20141201 00:00,300,370,300,370,0.05655554\n"
    path = archive(tmp_path, "crypto/coinbase/daily/btcusd_trade.zip", btcusd=row)

    data = load_lean(path)

    assert data.instruments[0].asset_class is AssetClass.CRYPTO
    assert data.instruments[0].lot_size == Decimal("0.00000001")
    assert data.records["volume"].tolist() == [5_655_554]


def test_disorder_is_refused_left_out_or_put_right(trades, tmp_path):
    text = f"{OPEN},10,1,Q,1,0\n{OPEN - 1},11,1,Q,1,0\n"
    place = "equity/usa/tick/x/20131007_trade.zip"
    path = archive(tmp_path, place, **{"20131007_x_Trade_Tick": text})

    with pytest.raises(DataError, match=r"20131007_x_Trade_Tick\.csv\], line 2"):
        load_lean(path)
    assert load_lean(path, policy="drop").records["price"].tolist() == [10]
    assert load_lean(path, policy="keep").records["price"].tolist() == [11, 10]


@pytest.mark.parametrize(
    ("place", "name", "text", "message"),
    [
        ("equity/usa/tick/x/20131007_trade.zip", "20131007_x_Trade_Tick", "", "empty"),
        ("equity/usa/tick/x/20131007_trade.zip", "20131007_x_Trade_Tick", "1,2\n", "6"),
        (
            "equity/usa/tick/x/20131007_trade.zip",
            "20131007_x_Trade_Tick",
            "1,10,1,Q,1,0\n2,ten,1,Q,1,0\n",
            "line 2",
        ),
        ("equity/usa/tick/x/20131007_trade.zip", "what ever", "1", "not a name"),
        ("equity/usa/x.zip", "x", "1", "neither its name nor its folder"),
        (
            "future/cme/minute/es/20131006_openinterest.zip",
            "20131006_es_minute_openinterest_201312",
            "72360000,2691941\n",
            "open interest",
        ),
    ],
)
def test_what_is_not_leans_is_refused(tmp_path, place, name, text, message):
    path = archive(tmp_path, place, **{name: text})

    with pytest.raises(DataError, match=message):
        load_lean(path)


def test_one_run_has_one_resolution(trades, tmp_path):
    archive(
        tmp_path,
        "equity/usa/daily/spy.zip",
        spy="19980102 00:00,973100,975300,965300,973600,2150000\n",
    )

    with pytest.raises(DataError, match="one resolution and kind"):
        load_lean(tmp_path / "data")


def test_a_stream_hands_out_the_same_records(trades):
    stream = open_lean(trades, chunk=2)

    assert [part.size for part in stream] == [2, 1]
    assert stream.kind == "events"
