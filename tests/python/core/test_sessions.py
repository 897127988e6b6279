"""An exchange's wall clock becomes an instant only together with a date."""

from __future__ import annotations

import datetime as dt

import pytest

from ai_trading.core import sessions
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.settings import MarketHoursSettings

pytest.importorskip("exchange_calendars")


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2026-01-15", "14:30"), ("2026-07-15", "13:30")],
)
def test_half_past_nine_in_new_york_is_resolved_per_date(day, opens):
    hours = MarketHoursSettings()
    date = dt.date.fromisoformat(day)
    expected = dt.datetime.fromisoformat(f"{day}T{opens}:00+00:00")

    session = sessions.session(date, hours.calendar)

    assert session.open == expected
    assert sessions.local_time_ns(date, hours.market_open, hours.timezone) == (
        session.open_ns
    )


def test_an_early_close_is_known():
    day_after_thanksgiving = sessions.session(dt.date(2026, 11, 27))

    assert day_after_thanksgiving.early_close
    assert day_after_thanksgiving.close.isoformat() == "2026-11-27T18:00:00+00:00"


def test_a_usual_session_closes_at_four():
    assert sessions.session(dt.date(2026, 1, 15)).close.hour == 21
    assert not sessions.session(dt.date(2026, 1, 15)).early_close


@pytest.mark.parametrize(
    ("day", "near"),
    [
        (dt.date(2026, 1, 1), "2025-12-31 and 2026-01-02"),
        (dt.date(2020, 1, 1), "2019-12-31 and 2020-01-02"),
        (dt.date(2026, 1, 17), "2026-01-16 and 2026-01-20"),
    ],
)
def test_a_day_without_a_session_is_answered_with_those_around_it(day, near):
    with pytest.raises(DataError, match=f"{day} is no session of XNYS.*{near}"):
        sessions.session(day)

    assert not sessions.is_session(day)


def test_the_sessions_of_years_on_both_sides_of_a_decade_are_complete():
    found = sessions.sessions_between(dt.date(2019, 1, 1), dt.date(2020, 12, 31))

    dates = [one.date for one in found]
    assert len(dates) == 252 + 253  # as the exchange's own calendars say
    assert dates == sorted(set(dates))


def test_the_exchanges_own_zone_decides():
    london = sessions.session(dt.date(2026, 7, 15), "XLON")

    assert london.open.isoformat() == "2026-07-15T07:00:00+00:00"


def test_an_unknown_calendar_is_refused():
    with pytest.raises(ArgumentError, match=r"no calendar 'NYSE_'.*XNYS, XLON"):
        sessions.session(dt.date(2026, 1, 15), "NYSE_")


def test_a_time_is_not_taken_for_a_date():
    with pytest.raises(ArgumentError, match=r"astimezone\(zone\)\.date\(\)"):
        sessions.session(dt.datetime(2026, 1, 15, tzinfo=dt.UTC))


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(ArgumentError, match="must not be before"):
        sessions.sessions_between(dt.date(2026, 1, 2), dt.date(2026, 1, 1))


def test_a_time_that_the_clock_skips_is_refused():
    with pytest.raises(ArgumentError, match="never shows 02:30:00 on 2026-03-08"):
        sessions.local_time_ns(dt.date(2026, 3, 8), dt.time(2, 30))


def test_an_unknown_zone_is_refused():
    with pytest.raises(ArgumentError, match=r"IANA name.*'New York'"):
        sessions.local_time_ns(dt.date(2026, 3, 8), dt.time(2, 30), "New York")
