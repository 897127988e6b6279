"""Time is a whole number of nanoseconds and is handed in."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core import clock
from ai_trading.core.errors import ArgumentError

# The years 1 to 9999, which a datetime can hold.
nanoseconds = st.integers(-62_135_596_800 * 10**9, 253_402_300_799 * 10**9)


@given(nanoseconds)
def test_text_with_nine_digits_returns_the_same_nanosecond(ns):
    assert clock.iso_to_ns(clock.ns_to_iso(ns)) == ns


@given(nanoseconds)
def test_a_datetime_returns_the_time_rounded_down_to_its_microsecond(ns):
    assert clock.datetime_to_ns(clock.ns_to_datetime(ns)) == ns // 1_000 * 1_000


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_survives_the_way_through_nanoseconds(when):
    assert clock.ns_to_datetime(clock.datetime_to_ns(when)) == when


def test_an_hour_of_new_york_is_found_in_winter_and_in_summer():
    zone = ZoneInfo("America/New_York")

    winter = clock.datetime_to_ns(datetime(2026, 1, 15, 9, 30, tzinfo=zone))
    summer = clock.datetime_to_ns(datetime(2026, 7, 15, 9, 30, tzinfo=zone))

    assert clock.ns_to_iso(winter) == "2026-01-15T14:30:00.000000000Z"
    assert clock.ns_to_iso(summer) == "2026-07-15T13:30:00.000000000Z"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ArgumentError, match=r"needs a zone.*tzinfo=datetime\.UTC"):
        clock.datetime_to_ns(datetime(2026, 1, 15))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["2026-01-15", "2026-01-15T14:30:00", "now", ""])
def test_text_that_is_not_an_instant_is_refused(text):
    with pytest.raises(ArgumentError, match="expected a time such as"):
        clock.iso_to_ns(text)


def test_a_date_that_does_not_exist_is_refused():
    with pytest.raises(ArgumentError, match="2026-02-30"):
        clock.iso_to_ns("2026-02-30T00:00:00Z")


def test_a_time_no_datetime_can_hold_is_refused():
    with pytest.raises(ArgumentError, match="years 1 to 9999"):
        clock.ns_to_datetime(10**21)


def test_a_manual_clock_moves_when_told_and_never_back():
    hand = clock.ManualClock(10)
    hand.advance(5)
    hand.set(20)

    with pytest.raises(ArgumentError, match="step of -1 ns"):
        hand.advance(-1)
    with pytest.raises(ArgumentError, match="10 ns earlier"):
        hand.set(10)

    assert hand.now_ns() == 20


def test_the_system_clock_never_steps_back(monkeypatch):
    answers = iter([100, 90, 110])
    monkeypatch.setattr(clock.time, "time_ns", lambda: next(answers))
    system = clock.SystemClock()

    assert [system.now_ns() for _ in range(3)] == [100, 100, 110]


@pytest.mark.parametrize("one", [clock.SystemClock(), clock.ManualClock()])
def test_both_clocks_satisfy_the_protocol(one):
    assert isinstance(one, clock.Clock)


@pytest.mark.parametrize("wrong", ["x", 1.5, float("nan"), None, True])
@pytest.mark.parametrize(
    "call",
    [
        clock.ManualClock,
        clock.ManualClock().advance,
        clock.ManualClock().set,
        clock.ns_to_datetime,
        clock.ns_to_iso,
        clock.datetime_to_ns,
        clock.iso_to_ns,
    ],
)
def test_what_is_no_time_at_all_is_refused_and_shown(call, wrong):
    with pytest.raises(ArgumentError, match=f"received {wrong!r}"):
        call(wrong)
