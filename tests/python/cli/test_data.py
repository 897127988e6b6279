"""``ai-trading data``: what it prints, writes and returns."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ai_trading.cli.data import app
from ai_trading.core.errors import DataError
from ai_trading.market import load
from ai_trading.market.lobster import read_lobster_book


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def apple(real_data):
    return real_data / "itch" / "AAPL_20200130_first10k.itch50"


@pytest.mark.realdata
def test_inspect_prints_counts_for_people(apple):
    result = run("inspect", apple)

    assert result.exit_code == 0
    for words in ("4,758", "215 orders at the end", "AAPL", "no problems found"):
        assert words in result.stdout


BARS = "time,open,high,low,close,volume\n2026-03-09T13:30:00Z,1,1,1,1,10\n"


@pytest.mark.parametrize(
    "words", [("convert", "{file}", "{none}/out.csv"), ("depth", "--output", "{file}")]
)
def test_a_place_that_cannot_be_written_is_named_with_advice(tmp_path, words):
    file, none = tmp_path / "bars.csv", tmp_path / "none"
    file.write_text(BARS, "utf-8")
    book = tmp_path / "AAPL_2012-06-21_34200000_57600000_message_1.csv"
    book.write_text("34200.1,1,7,100,1000000,1\n", "utf-8")
    given = [word.format(file=file, none=none) for word in words]
    if words[0] == "depth":
        given.append(book)

    result = run(*given)

    assert isinstance(result.exception, DataError)
    told = str(result.exception)
    assert told.startswith("cannot write ")
    assert ".partial" not in told
    assert told.endswith(("make its folder first", "name another place"))


def test_an_option_of_other_formats_is_named(tmp_path):
    file = tmp_path / "AAPL_2012-06-21_34200000_57600000_message_1.csv"
    file.write_text("34200.1,1,7,100,1000000,1\n", "utf-8")

    result = run("inspect", file, "--timezone", "UTC")

    assert result.exit_code == 2
    told = " ".join(result.output.replace("│", "").split())
    assert "no option timezone; it takes symbols, symbol, date, book, policy" in told


@pytest.mark.realdata
def test_inspect_prints_one_object_for_machines(apple):
    result = run("inspect", apple, "--json")

    told = json.loads(result.stdout)
    assert told["format"] == "itch"
    assert told["messages"]["A"] == 4_758
    assert told["live_orders"] == 215
    assert told["start"] == "2020-01-30T08:07:14.909934345Z"
    (symbol,) = told["symbols"]
    assert symbol["symbol"] == "AAPL"
    assert symbol["trades"] == 849 + 240
    assert told["problems"] == []


def test_what_a_source_cannot_tell_is_no_zero(tmp_path):
    bars = tmp_path / "XYZ.csv"
    bars.write_text(
        "date,open,high,low,close,volume\n2024-01-02,10,11,9,10.5,700\n"
        "2024-01-03,10.5,12,10,11,800\n"
    )

    told = json.loads(run("inspect", bars, "--json").stdout)

    (symbol,) = told["symbols"]
    assert (symbol["trades"], symbol["volume"]) == (None, 1_500)
    assert " - " in run("inspect", bars).stdout


@pytest.mark.realdata
def test_trades_alone_have_a_range(real_data):
    ticks = real_data / "lean" / "equity" / "usa" / "tick" / "ibm"

    told = json.loads(run("inspect", ticks / "20131011_trade.zip", "--json").stdout)

    (symbol,) = told["symbols"]
    assert 180 < symbol["low"] < symbol["high"] < 190


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    [
        "crypto/bitstamp_L3_2015-05-01_orders.csv.xz",
        "crypto/nautilus_btcusdt-depth-snap.csv",
        "dbn/test_data.mbp-1.dbn",
        "dbn/test_data.ohlcv-1d.dbn",
        "dbn/test_data.definition.dbn",
        "futures/esh4_20231225.mbo.dbn.zst",
        "lobster/LOBSTER_SampleFile_AMZN_2012-06-21_1.zip",
        "minute/2025-01/AAPL.csv.gz",
    ],
)
def test_inspect_takes_every_kind_of_file(real_data, name):
    result = run("inspect", real_data / name, "--json")

    assert result.exit_code == 0, result.output
    json.loads(result.stdout)


@pytest.mark.realdata
def test_a_cut_off_file_shows_what_came_before_and_ends_with_one(apple, tmp_path):
    path = tmp_path / "AAPL_20200130.itch50"
    path.write_bytes(apple.read_bytes()[:100_000])

    result = run("inspect", path, "--json")

    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["records"] > 3_000
    assert "AAPL_20200130.itch50" in told["error"]
    assert "no problems found" not in run("inspect", path).stdout


def test_a_wrong_argument_ends_with_two(tmp_path):
    path = tmp_path / "x"
    path.write_text('1723161253937085768 {"data":{"s":"A"}}\n')

    assert run("inspect", path, "--format", "itchy").exit_code == 2
    assert run("inspect", path, "--nonsense").exit_code == 2
    assert run("inspect").exit_code == 2
    assert run("depth", path, "--output", tmp_path, "--levels", "0").exit_code == 2


def test_bad_data_is_a_data_error(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("this is no market data\n")

    result = run("inspect", path)

    assert result.exit_code == 1
    assert isinstance(result.exception, DataError)


@pytest.mark.realdata
def test_convert_writes_what_reads_back(apple, tmp_path):
    path = tmp_path / "x.npz"

    result = run("convert", apple, path, "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["records"] == 10_000
    assert np.array_equal(load(path).records, load(apple).records)
    assert run("convert", apple, tmp_path / "x.xls").exit_code == 2


@pytest.mark.realdata
def test_depth_of_all_messages_equals_lobster_at_the_marks(real_data, tmp_path):
    folder = real_data / "itch_from_lobster"
    source = folder / "AMZN_2012-06-21_L5.itch50.gz"
    with gzip.open(folder / "AMZN_2012-06-21_L5.rowmarks.csv.gz") as file:
        marks = np.array(file.read().split(), np.int64)

    result = run(
        "depth", source, "--symbol", "AMZN", "--levels", 5, "--output", tmp_path,
        "--rows", "all", "--json",
    )  # fmt: skip

    told = json.loads(result.stdout)
    assert told["rows"] == 178_370
    archive = real_data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
    truth = read_lobster_book(archive)
    assert np.array_equal(read_lobster_book(told["orderbook"])[marks], truth)
    assert told["messages"].endswith("_message_5.csv")
    assert Path(told["messages"]).read_text().count("\n") == 178_370


@pytest.mark.realdata
def test_depth_of_a_lobster_file_is_its_own_order_book(real_data, tmp_path):
    archive = real_data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_1.zip"

    result = run(
        "depth", archive, "--levels", 1, "--rows", "all", "--output", tmp_path, "--json"
    )

    told = json.loads(result.stdout)
    assert np.array_equal(
        read_lobster_book(told["orderbook"]), read_lobster_book(archive)
    )
    messages = np.loadtxt(told["messages"], delimiter=",", usecols=(1, 3, 4, 5))
    (tmp_path / "in").mkdir()
    original = load(archive, book=False).records
    assert np.array_equal(messages[:, 1], original["quantity"])
    assert np.array_equal(messages[:, 2], original["price"])
    assert np.array_equal(messages[:, 3], 1 - 2 * original["side"].astype(int))


@pytest.mark.realdata
def test_depth_by_default_has_a_row_where_the_top_changed(apple, tmp_path):
    changed = json.loads(
        run("depth", apple, "--levels", 3, "--output", tmp_path / "a", "--json").stdout
    )
    every = json.loads(
        run(
            "depth", apple, "--levels", 3, "--output", tmp_path / "b", "--rows", "all",
            "--json",
        ).stdout
    )  # fmt: skip

    rows = read_lobster_book(every["orderbook"])
    keep = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=(1, 2))) + 1
    assert every["rows"] == 10_000
    assert 0 < changed["rows"] == keep.size
    assert np.array_equal(read_lobster_book(changed["orderbook"]), rows[keep])


@pytest.mark.realdata
def test_depth_needs_a_symbol_of_the_file(real_data, tmp_path):
    path = real_data / "itch" / "ritch_artificial_12012msgs_zero_len_prefix.itch50.gz"
    common = ("depth", path, "--date", "2010-12-24", "--output", tmp_path)

    assert run(*common).exit_code == 2
    missing = run(*common, "--symbol", "ZZZ")
    assert isinstance(missing.exception, DataError)
    assert list(tmp_path.iterdir()) == []
    assert run(*common, "--symbol", "BOB").exit_code == 0


def test_trades_of_three_columns_are_a_table(tmp_path):
    file, out = tmp_path / "trades.csv", tmp_path / "events.npz"
    file.write_text("time,price,size\n2026-01-05T14:30:00Z,10.01,5\n", "utf-8")

    result = run("convert", file, out)

    assert result.exit_code == 0
    assert load(out).records["quantity"].tolist() == [5]


def test_what_a_table_does_not_tell_is_said_with_options(tmp_path):
    file = tmp_path / "bars.csv"
    file.write_text("when;o;h;l;c;v\n01/02/2026;1,5;2;1;1,75;10\n", "utf-8")
    said = ["--option", "decimal=,", "--option", 'columns={time="when"}']

    asked = run("inspect", file, *said)
    result = run("inspect", file, *said, "--option", "time_format=dmy", "--json")

    assert isinstance(asked.exception, DataError)
    assert "time_format='mdy' or 'dmy'" in str(asked.exception)
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert summary["start"].startswith("2026-02-01")
    assert summary["symbols"][0]["high"] == 2


def test_a_folder_is_refused_with_what_takes_one(tmp_path):
    result = run("inspect", tmp_path)

    assert "is a folder; name one of its files" in str(result.exception)
