"""Sessions of exchanges."""

from __future__ import annotations

import numpy as np
import pytest
from table_files import nanos

from ai_trading.core._schedules import library_sessions
from ai_trading.core.calendars import calendar
from ai_trading.core.errors import ArgumentError
from ai_trading.core.zones import DAY, HOUR, MINUTE


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def test_new_york_opens_at_half_past_nine_in_winter_and_summer():
    winter = calendar("XNYS").sessions(day("2026-01-15"), day("2026-01-15"))
    summer = calendar("XNAS").sessions(day("2026-07-15"), day("2026-07-15"))

    assert winter.opens.tolist() == [nanos("2026-01-15T14:30")]
    assert summer.opens.tolist() == [nanos("2026-07-15T13:30")]
    assert summer.closes.tolist() == [nanos("2026-07-15T20:00")]


def test_built_in_rules_equal_exchange_calendars_on_every_day_since_1998():
    pytest.importorskip("exchange_calendars")
    first, last = day("1998-01-01"), day("2029-12-31")

    ours = calendar("XNYS").sessions(first, last)

    theirs = library_sessions("XNYS", first, last)
    assert ours.days.tolist() == theirs.days.tolist()
    assert ours.opens.tolist() == theirs.opens.tolist()
    assert ours.closes.tolist() == theirs.closes.tolist()
    assert ours.early.tolist() == theirs.early.tolist()


def test_years_before_the_rules_join_without_a_seam():
    pytest.importorskip("exchange_calendars")
    found = calendar("XNYS").sessions(day("1997-12-29"), day("1998-01-05"))

    assert found.days.astype(str).tolist() == [
        "1997-12-29",
        "1997-12-30",
        "1997-12-31",
        "1998-01-02",
        "1998-01-05",
    ]


def test_missing_sessions_leave_out_weekends_and_holidays():
    present = np.array(["2026-03-19", "2026-04-06"], "datetime64[D]")

    missing = calendar("XNYS").missing(present)

    assert missing[0] == day("2026-03-20")
    assert missing[-1] == day("2026-04-02")  # the 3rd is Good Friday
    assert missing.size == 10


def test_regular_and_extended_hours_end_early_on_a_short_day():
    eve = nanos("2025-12-24") + 5 * HOUR  # midnight in New York
    cal = calendar("XNYS")
    clock = [4 * HOUR, 9 * HOUR + 30 * MINUTE, 13 * HOUR - MINUTE, 13 * HOUR, 17 * HOUR]
    start = np.array([eve + at for at in clock])

    regular = cal.inside(start, extended=False)
    extended = cal.inside(start, extended=True)

    assert regular.tolist() == [False, True, True, False, False]
    assert extended.tolist() == [True, True, True, True, False]


def test_a_day_without_session_gets_ordinary_hours_and_is_marked():
    days = np.array(["2026-07-03", "2026-07-06"], "datetime64[D]")

    opens, closes, known = calendar("XNYS").bounds(days)

    assert known.tolist() == [False, True]
    assert (closes - opens).tolist() == [6.5 * HOUR, 6.5 * HOUR]


def test_crypto_never_closes_and_currencies_rest_at_weekends():
    first, last = day("2026-07-03"), day("2026-07-06")

    assert calendar("24/7").sessions(first, last).days.size == 4
    assert calendar("24/5").sessions(first, last).days.size == 2
    span = calendar("24/7").sessions(first, first)
    assert (span.closes - span.opens).tolist() == [DAY]


def test_other_exchanges_come_from_exchange_calendars():
    pytest.importorskip("exchange_calendars")
    london = calendar("XLON").sessions(day("2024-03-29"), day("2024-04-02"))

    assert london.days.astype(str).tolist() == ["2024-04-02"]
    assert london.opens.tolist() == [nanos("2024-04-02T07:00")]


def test_the_night_session_of_a_future_belongs_to_the_next_day():
    pytest.importorskip("exchange_calendars")
    evening = np.array([nanos("2024-03-04T23:30")])

    assert calendar("CMES").days_of(evening).astype(str).tolist() == ["2024-03-05"]


def test_unknown_names_and_hours_are_refused():
    pytest.importorskip("exchange_calendars")
    with pytest.raises(ArgumentError, match="ISO 10383"):
        calendar("NOWHERE")
    with pytest.raises(ArgumentError, match="session='extended' is not known"):
        calendar("24/7").inside(np.array([0]), extended=True)
