"""An exchange's wall clock becomes an instant only together with a date."""

from __future__ import annotations

import datetime as dt
import sys

import pytest

from ai_trading.core import calendars, sessions
from ai_trading.core.errors import ArgumentError, DataError, MissingExtraError
from ai_trading.core.settings import MarketHoursSettings


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
    pytest.importorskip("exchange_calendars")
    london = sessions.session(dt.date(2026, 7, 15), "XLON")

    assert london.open.isoformat() == "2026-07-15T07:00:00+00:00"


def test_other_exchanges_have_early_closes_of_their_own():
    pytest.importorskip("exchange_calendars")
    eve = sessions.session(dt.date(2026, 12, 24), "XLON")

    assert eve.early_close
    assert eve.close.isoformat() == "2026-12-24T12:30:00+00:00"


def test_a_market_that_never_closes_has_a_session_on_every_date():
    christmas = sessions.session(dt.date(2026, 12, 25), "24/7")

    assert christmas.close_ns - christmas.open_ns == 86_400_000_000_000
    assert not christmas.early_close


def test_new_york_before_the_built_in_rules_needs_the_extra(monkeypatch):
    old = dt.date(1996, 7, 4)  # a Thursday, and a holiday the weekdays do not show

    monkeypatch.setattr(calendars, "_installed", lambda: False)
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    with pytest.raises(MissingExtraError, match=r"ai_trading\[data\]"):
        sessions.is_session(old)


def test_a_date_that_a_calendar_does_not_reach_is_refused():
    pytest.importorskip("exchange_calendars")
    with pytest.raises(ArgumentError, match="XHKG does not reach 1950-01-03"):
        sessions.is_session(dt.date(1950, 1, 3), "XHKG")


def test_an_unknown_calendar_is_refused():
    pytest.importorskip("exchange_calendars")
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
