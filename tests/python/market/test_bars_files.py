"""Files of bars, rule by rule, on files of a few lines."""

from __future__ import annotations

import zipfile
from decimal import Decimal

import numpy as np
import pytest
from table_files import codes, nanos, write

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.core.zones import HOUR, MINUTE
from ai_trading.market.bars import load_bars, open_table, symbol_of

HEAD = "Date,Open,High,Low,Close,Volume\n"
DAILY = HEAD + "2026-01-05,10,12,9,11,100\n2026-01-06,11,13,10,12,200\n"
MINUTES = (
    "timestamp,open,high,low,close,volume\n"
    "2026-01-05 09:30:00,10,12,9,11,100\n"
    "2026-01-05 09:31:00,11,13,10,12.5,200\n"
    "2026-01-05 09:32:00,11,13,10,12,300\n"
)


def test_a_daily_bar_spans_its_session_in_utc(tmp_path):
    data = load_bars(write(tmp_path, DAILY))

    bar = data.records[0]
    assert data.kind == "bars"
    assert data.symbols == ("X",)
    assert bar["start"] == nanos("2026-01-05T14:30")
    assert bar["timestamp"] == nanos("2026-01-05T21:00")
    assert [int(bar[k]) for k in ("open", "high", "low", "close", "volume")] == [
        100_000,
        120_000,
        90_000,
        110_000,
        100,
    ]
    assert data.problems == ()


def test_a_daily_bar_of_a_short_day_ends_early(tmp_path):
    data = load_bars(write(tmp_path, HEAD + "2025-12-24,10,12,9,11,100\n"))

    assert data.records["timestamp"].tolist() == [nanos("2025-12-24T18:00")]


def test_a_bar_becomes_known_at_its_end(tmp_path):
    path = write(tmp_path, MINUTES)

    starts = load_bars(path, timezone="America/New_York")
    ends = load_bars(path, timezone="America/New_York", label="end")

    first = nanos("2026-01-05T14:30")
    assert starts.records["start"][0] == first
    assert starts.records["timestamp"][0] == first + MINUTE
    assert ends.records["timestamp"][0] == first
    assert ends.records["start"][0] == first - MINUTE


def test_a_missing_zone_is_the_exchanges_and_reported(tmp_path):
    path = write(tmp_path, MINUTES)

    assumed = load_bars(path)
    told = load_bars(path, timezone="UTC")

    assert "America/New_York" in codes(assumed)["zone-assumed"].message
    assert assumed.records["start"][0] == nanos("2026-01-05T14:30")
    assert told.records["start"][0] == nanos("2026-01-05T09:30")
    assert "zone-assumed" not in codes(told)


def test_offsets_win_over_everything(tmp_path):
    text = MINUTES.replace(":00,", ":00-05:00,")

    data = load_bars(write(tmp_path, text), timezone="Asia/Tokyo")

    assert data.records["start"][0] == nanos("2026-01-05T14:30")


def test_offsets_of_another_place_ask_for_a_calendar(tmp_path):
    text = HEAD + "2026-01-05 00:00:00+08:00,10,12,9,11,100\n"
    path = write(tmp_path, text)

    unknown = load_bars(path)

    assert "+8 hours" in codes(unknown)["calendar-unknown"].message
    pytest.importorskip("exchange_calendars")
    known = load_bars(path, calendar="XHKG")
    assert known.records["timestamp"].tolist() == [nanos("2026-01-05T08:00")]
    assert known.instruments[0].calendar == "XHKG"


def test_the_interval_is_inferred_or_told(tmp_path):
    text = MINUTES.replace(":31:", ":45:").replace("09:32", "10:00")
    path = write(tmp_path, text)

    inferred = load_bars(path).records
    told = load_bars(path, interval="5m").records

    assert (inferred["timestamp"] - inferred["start"]).tolist() == [15 * MINUTE] * 3
    assert (told["timestamp"] - told["start"]).tolist() == [5 * MINUTE] * 3
    with pytest.raises(ArgumentError, match="interval must be a length"):
        load_bars(path, interval="soon")


def test_a_gap_does_not_stretch_the_interval(tmp_path):
    rows = "".join(
        f"2026-01-05 {9 + m // 60:02d}:{m % 60:02d}:00,1,1,1,1,1\n"
        for m in (*range(30, 40), 55, *range(70, 80))
    )
    data = load_bars(write(tmp_path, MINUTES.split("\n", maxsplit=1)[0] + "\n" + rows))

    assert set((data.records["timestamp"] - data.records["start"]).tolist()) == {MINUTE}


def test_a_weekly_bar_ends_with_the_last_session_of_its_week(tmp_path):
    rows = "2026-03-23,1,1,1,1,1\n2026-03-30,1,1,1,1,1\n2026-04-06,1,1,1,1,1\n"

    data = load_bars(write(tmp_path, HEAD + rows))

    # The week of 30 March ends on Thursday: Friday the 3rd is Good Friday.
    assert data.records["timestamp"][1] == nanos("2026-04-02T20:00")
    assert data.records["start"][1] == nanos("2026-03-30T13:30")


def test_a_monthly_bar_labelled_by_its_end_starts_with_the_month(tmp_path):
    rows = "2026-01-30,1,1,1,1,1\n2026-02-27,1,1,1,1,1\n2026-03-31,1,1,1,1,1\n"

    data = load_bars(write(tmp_path, HEAD + rows), label="end")

    assert data.records["start"][0] == nanos("2026-01-02T14:30")
    assert data.records["timestamp"][0] == nanos("2026-01-30T21:00")


def test_hours_outside_the_session_are_left_out_as_asked(tmp_path):
    extra = "2026-01-05 16:00:00,12,12,12,12,5\n2026-01-05 21:00:00,12,12,12,12,5\n"
    path = write(tmp_path, MINUTES + extra)

    assert len(load_bars(path)) == 5
    regular = load_bars(path, session="regular")
    assert len(regular) == 3
    assert codes(regular)["outside-session"].count == 2
    assert len(load_bars(path, session="extended")) == 4


def test_missing_sessions_are_reported_with_dates(tmp_path):
    rows = "2026-01-15,1,1,1,1,1\n2026-01-16,1,1,1,1,1\n2026-01-22,1,1,1,1,1\n"

    data = load_bars(write(tmp_path, HEAD + rows))

    # Monday the 19th is a holiday.
    gap = codes(data)["gap"]
    assert gap.count == 2
    assert "2026-01-20 to 2026-01-21 (2)" in gap.message


def test_times_that_look_like_ends_are_pointed_out(tmp_path):
    rows = "".join(
        f"2026-01-05 {9 + m // 60:02d}:{m % 60:02d}:00,1,1,1,1,1\n"
        for m in range(31, 421)
    )
    path = write(tmp_path, MINUTES.split("\n", maxsplit=1)[0] + "\n" + rows)

    assert "label='end'" in codes(load_bars(path))["label-doubtful"].message
    assert "label-doubtful" not in codes(load_bars(path, label="end"))


BAD = {
    "nan": "2026-01-07,,12,9,11,100\n",
    "negative": "2026-01-07,10,12,-9,11,100\n",
    "crossed": "2026-01-07,10,12,10.5,11,100\n",
    "unparsable": "2026-01-07,ten,12,9,11,100\n",
    "duplicate": "2026-01-06,10,12,9,11,100\n",
    "unsorted": "2026-01-02,10,12,9,11,100\n",
}


@pytest.mark.parametrize("code", sorted(BAD))
def test_a_bad_row_is_refused_with_its_line_and_the_way_out(tmp_path, code):
    path = write(tmp_path, DAILY + BAD[code])

    with pytest.raises(
        DataError, match=rf"X\.csv, line 4: .*{code} \(1; line 4\)"
    ) as e:
        load_bars(path)

    assert "policy='drop'" in str(e.value)
    assert "policy='keep'" in str(e.value)


@pytest.mark.parametrize("code", sorted(BAD))
def test_a_bad_row_is_dropped_and_reported(tmp_path, code):
    data = load_bars(write(tmp_path, DAILY + BAD[code]), policy="drop")

    assert len(data) == 2
    assert codes(data)[code].rows == (4,)


@pytest.mark.parametrize("code", sorted(BAD))
def test_what_has_a_meaning_is_kept_and_reported(tmp_path, code):
    data = load_bars(write(tmp_path, DAILY + BAD[code]), policy="keep")

    assert len(data) == (2 if code in {"nan", "unparsable"} else 3)
    assert codes(data)[code].count == 1
    assert (np.diff(data.records["timestamp"]) >= 0).all()


def test_newest_first_is_turned_round_and_no_defect(tmp_path):
    lines = DAILY.splitlines()
    path = write(tmp_path, "\n".join([lines[0], lines[2], lines[1]]))

    data = load_bars(path)

    assert data.records["close"].tolist() == [110_000, 120_000]
    assert list(codes(data)) == ["newest-first"]


def test_one_date_in_the_future_does_not_condemn_the_rows_behind_it(tmp_path):
    rows = [DAILY, "2062-01-07,1,1,1,1,1\n", "2026-01-08,1,1,1,1,1\n"]
    path = write(tmp_path, "".join([*rows, "2026-01-09,1,1,1,1,1\n"]))

    data = load_bars(path, policy="drop")

    assert len(data) == 4
    assert codes(data)["unsorted"].rows == (4,)


def test_a_late_row_takes_no_other_with_it(tmp_path):
    rows = "2026-01-08,1,1,1,1,1\n2026-01-07,2,2,2,2,2\n2026-01-08,3,3,3,3,3\n"

    data = load_bars(write(tmp_path, DAILY + rows), policy="drop")

    # Of the three either the 7th or the first 8th goes, never both.
    assert len(data) in {3, 4}
    assert data.records["timestamp"].max() == nanos("2026-01-08T21:00")


def test_an_error_page_half_way_is_refused_and_can_be_left_out(tmp_path):
    path = write(tmp_path, DAILY + "<html>\n<p>try, later</p>\n</html>\n")

    with pytest.raises(DataError, match=r"line 4: .*'<html>'"):
        load_bars(path)
    assert codes(load_bars(path, policy="drop"))["unparsable"].rows == (4, 5, 6)


def test_no_header_is_guessed_and_reported_or_mapped(tmp_path):
    path = write(tmp_path, DAILY.split("\n", 1)[1])

    guessed = load_bars(path)
    names = ("time", "open", "high", "low", "close", "volume")
    mapped = load_bars(path, columns={name: i for i, name in enumerate(names)})

    assert list(codes(guessed)) == ["no-header"]
    assert mapped.problems == ()
    assert (guessed.records == mapped.records).all()


def test_adjusted_scales_prices_and_volume(tmp_path):
    text = "Date,Open,High,Low,Close,Adj Close,Volume\n2026-01-05,10,12,8,10,5,100\n"

    data = load_bars(write(tmp_path, text), adjusted=True)

    bar = data.records[0]
    assert (int(bar["close"]), int(bar["high"])) == (50_000, 60_000)
    assert int(bar["volume"]) == 200
    with pytest.raises(DataError, match="adj_close"):
        load_bars(write(tmp_path, DAILY), adjusted=True)


def test_without_volume_it_is_zero_and_said(tmp_path):
    data = load_bars(write(tmp_path, "Date,Open,High,Low,Close\n2026-01-05,1,1,1,1\n"))

    assert data.records["volume"].tolist() == [0]
    assert "no-volume" in codes(data)


def test_an_instrument_decides_tick_and_lot(tmp_path):
    nickel = Instrument("X", tick_size=Decimal("0.05"), lot_size=Decimal(10))

    data = load_bars(write(tmp_path, DAILY), instruments=nickel)

    assert data.records["open"].tolist() == [200, 220]
    assert data.records["volume"].tolist() == [10, 20]
    text = DAILY.replace("06,11,", "06,11.02,")
    off = load_bars(write(tmp_path, text), instruments=nickel)
    assert off.records["open"].tolist() == [200, 220]
    assert codes(off)["off-grid"].rows == (3,)


def test_a_file_of_several_symbols_becomes_one_run(tmp_path):
    text = (
        "ticker,date,open,high,low,close\n"
        "B,2026-01-05,1,1,1,1\nB,2026-01-06,1,1,1,1\n"
        "A,2026-01-05,2,2,2,2\nA,2026-01-06,2,2,2,2\n"
    )

    data = load_bars(write(tmp_path, text))

    assert data.symbols == ("B", "A")
    assert data.records["instrument"].tolist() == [0, 1, 0, 1]


def test_many_files_are_interleaved_in_time_and_say_things_once(tmp_path):
    for name in ("A", "B"):
        write(tmp_path, MINUTES, f"{name}.csv")
    write(tmp_path, "no table", "README.md")

    data = load_bars(tmp_path)
    mapped = load_bars({"Q": tmp_path / "A.csv", "P": str(tmp_path / "B.csv")})

    assert data.symbols == ("A", "B")
    assert data.records["instrument"].tolist() == [0, 1] * 3
    assert len(data.problems) == 1
    assert data.problems[0].message.startswith("2 sources")
    assert mapped.symbols == ("Q", "P")


def test_parts_of_one_symbol_are_joined(tmp_path):
    first = write(tmp_path, DAILY, "X_1.csv")
    second = write(tmp_path, HEAD + "2026-01-07,10.000001,12,9,11,100\n", "X_2.csv")

    data = load_bars({"X": [second, first]})

    assert data.records["open"].tolist() == [10_000_000, 11_000_000, 10_000_001]
    with pytest.raises(DataError, match="2 files begin with the symbol 'X'"):
        load_bars(tmp_path)
    with pytest.raises(DataError, match="in two files"):
        load_bars({"X": [first, first]})
    assert len(load_bars({"X": [first, first]}, policy="drop")) == 2


def test_the_symbol_is_the_beginning_of_the_file_name(tmp_path):
    assert symbol_of(tmp_path / "AAPL_1min.csv.gz") == "AAPL"
    assert symbol_of(tmp_path / "BRK.B.csv") == "BRK.B"


def test_a_member_of_an_archive_can_be_named(tmp_path):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", DAILY)
        archive.writestr("b.csv", DAILY)

    assert len(load_bars(path, member="b.csv", symbol="B")) == 2
    with pytest.raises(DataError, match="holds 2 files"):
        load_bars(path)


def test_a_stream_hands_out_the_same_bars_in_pieces(tmp_path):
    path = write(tmp_path, MINUTES)

    stream = open_table(path, chunk=2)

    assert [part.size for part in stream] == [2, 1]
    assert (stream.read().records == load_bars(path).records).all()
    assert stream.problems == load_bars(path).problems != ()


@pytest.mark.parametrize(
    ("option", "value"),
    [("label", "middle"), ("session", "night"), ("policy", "ignore")],
)
def test_arguments_outside_their_domain_are_refused(tmp_path, option, value):
    with pytest.raises(ArgumentError, match=option):
        load_bars(write(tmp_path, DAILY), **{option: value})


def test_a_time_of_day_in_its_own_column_is_added(tmp_path):
    text = "Date,Time,Open,High,Low,Close\n2026-01-05,10:00,1,1,1,1\n"
    text += "2026-01-05,11:00,1,1,1,1\n"

    data = load_bars(write(tmp_path, text))

    assert data.records["start"][0] == nanos("2026-01-05T15:00")
    assert data.records["timestamp"][0] - data.records["start"][0] == HOUR


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv"):
        load_bars(tmp_path / "none.csv")
    with pytest.raises(DataError, match="matches"):
        load_bars(tmp_path)
    with pytest.raises(ArgumentError, match="no files"):
        load_bars({})
