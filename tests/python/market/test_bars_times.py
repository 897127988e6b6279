"""Times as vendors write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_files import nanos

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.zones import DAY, HOUR, SECOND, from_utc, to_utc, zone
from ai_trading.market.times import clock_nanos, parse_times

# A wall clock has no zone.
FIRST, EPOCH, LAST = (datetime(year, 1, 1) for year in (1900, 1970, 2200))  # noqa: DTZ001
NEW_YORK = ZoneInfo("America/New_York")


def texts(*cells: str) -> np.ndarray:
    return np.array([cell.encode() for cell in cells])


@pytest.mark.parametrize(
    ("cell", "wall", "offset"),
    [
        ("2026-03-09", "2026-03-09", None),
        ("20260309", "2026-03-09", None),
        ("2026/3/9", "2026-03-09", None),
        ("2026-03-09 13:30", "2026-03-09T13:30", None),
        ("2026-03-09T13:30:05.25", "2026-03-09T13:30:05.25", None),
        ("2026-03-09T13:30:05.123456789Z", "2026-03-09T13:30:05.123456789", 0),
        ("2026-03-09 13:30:00+00:00", "2026-03-09T13:30", 0),
        ("2026-03-09 09:30:00-04:00", "2026-03-09T09:30", -4 * HOUR),
        ("2026-03-09T09:30:00+0530", "2026-03-09T09:30", 5.5 * HOUR),
        ("2026-03-09 09:30 UTC", "2026-03-09T09:30", 0),
        ("20260309 093000", "2026-03-09T09:30", None),
        ("3/29/2026 9:05 PM", "2026-03-29T21:05", None),
        ("29.03.2026 12:00", "2026-03-29T12:00", None),
        ("03/29/26", "2026-03-29", None),
        ("1773063000", "2026-03-09T13:30", 0),
        ("1773063000000", "2026-03-09T13:30", 0),
        ("1773063000000000", "2026-03-09T13:30", 0),
        ("1773063000000000000", "2026-03-09T13:30", 0),
        ("1773063000.5", "2026-03-09T13:30:00.5", 0),
    ],
)
def test_every_usual_spelling_is_read(cell, wall, offset):
    times = parse_times(texts(cell))

    assert not times.bad.any()
    assert times.wall.tolist() == [nanos(wall)]
    assert (times.offset is None) == (offset is None)
    assert offset is None or times.offset.tolist() == [offset]
    assert times.date_only == (
        (len(cell) <= 10 and not cell.isdigit()) or len(cell) == 8
    )


@given(st.lists(st.datetimes(FIRST, LAST), min_size=1))
def test_text_agrees_with_the_standard_library(moments):
    times = parse_times(texts(*(moment.isoformat() for moment in moments)))

    epoch = EPOCH
    expected = [
        ((m - epoch).days * 86_400_000_000 + (m - epoch).seconds * 10**6) * 1000
        + m.microsecond * 1000
        for m in moments
    ]
    assert times.wall.tolist() == expected


def test_what_is_no_time_is_marked_and_not_raised():
    times = parse_times(
        texts("2026-01-01", "2026-02-30", "2026-13-01", "null", "", "2026-01-02")
    )

    assert times.bad.tolist() == [False, True, True, True, True, False]


def test_rows_with_and_without_an_offset_are_refused():
    with pytest.raises(DataError, match="offset from UTC on some rows"):
        parse_times(texts("2026-01-01 10:00", "2026-01-01 11:00Z"))


def test_day_and_month_are_told_apart_by_any_row():
    assert parse_times(texts("1/2/2026", "1/13/2026")).wall[0] == nanos("2026-01-02")
    assert parse_times(texts("1/2/2026", "13/1/2026")).wall[0] == nanos("2026-02-01")


def test_undecidable_order_of_day_and_month_is_refused_and_can_be_told():
    with pytest.raises(DataError, match="time_format='mdy' or 'dmy'"):
        parse_times(texts("1/2/2026", "3/4/2026"))

    told = parse_times(texts("1/2/2026", "3/4/2026"), time_format="dmy")

    assert told.wall[0] == nanos("2026-02-01")


def test_a_strptime_pattern_reads_what_is_unusual():
    times = parse_times(texts("Jan 05, 2026", "x"), time_format="%b %d, %Y")

    assert times.wall[0] == nanos("2026-01-05")
    assert times.date_only
    assert times.bad.tolist() == [False, True]


def test_arrays_of_dates_datetimes_and_numbers_are_read():
    days = np.array(["2026-01-05"], "datetime64[D]")
    assert parse_times(days).date_only
    assert parse_times(np.array([date(2026, 1, 5)], dtype=object)).date_only
    aware = np.array([datetime(2026, 1, 5, 9, tzinfo=UTC)], dtype=object)
    assert parse_times(aware).offset.tolist() == [0]
    assert parse_times(np.array([20260105])).date_only
    assert parse_times(np.array([1767603600])).wall[0] == nanos("2026-01-05T09:00")


def test_wall_clock_becomes_utc_on_both_sides_of_the_change_of_clocks():
    wall = np.array([nanos("2026-03-06T09:30"), nanos("2026-03-09T09:30")])

    utc, doubtful = to_utc(wall, NEW_YORK)

    assert utc.tolist() == [nanos("2026-03-06T14:30"), nanos("2026-03-09T13:30")]
    assert not doubtful.any()
    assert from_utc(utc, NEW_YORK).tolist() == wall.tolist()


def test_the_hour_that_exists_twice_is_its_first_pass_and_marked():
    utc, doubtful = to_utc(np.array([nanos("2026-11-01T01:30")]), NEW_YORK)

    assert utc.tolist() == [nanos("2026-11-01T05:30")]
    assert doubtful.all()


@given(st.integers(0, 2_000_000_000))
def test_from_utc_agrees_with_zoneinfo(second):
    wall = from_utc(np.array([second * SECOND]), NEW_YORK)

    local = datetime.fromtimestamp(second, NEW_YORK).replace(tzinfo=UTC)
    assert wall.tolist() == [int(local.timestamp()) * SECOND]


def test_times_of_day_are_read():
    nanoseconds, bad = clock_nanos(texts("09:30", "1:05:30 PM", "24:00", ""))

    assert nanoseconds[:2].tolist() == [9.5 * HOUR, 13 * HOUR + 330 * SECOND]
    assert bad.tolist() == [False, False, True, True]


def test_a_wrong_zone_is_refused():
    with pytest.raises(ArgumentError, match="IANA name"):
        zone("Mars/Olympus")


def test_days_are_those_of_the_wall_clock():
    times = parse_times(texts("2026-01-05 23:00-05:00"))

    assert times.days.astype(np.int64).tolist() == [nanos("2026-01-05") // DAY]
