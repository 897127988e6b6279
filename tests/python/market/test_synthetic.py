from __future__ import annotations

import datetime as dt
import gzip
from collections import Counter

import numpy as np
import pytest

from ai_trading._core import book, feed
from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import EventKind, Flag
from ai_trading.core.sessions import local_time_ns
from ai_trading.market import synthetic


def test_a_day_is_sorted_marked_simulated_and_about_as_long_as_asked():
    day = synthetic.synthetic_day(events=50_000, seed=3)

    assert day.symbols == ("AAPL", "MSFT", "NVDA")
    assert len(day) == pytest.approx(50_000, rel=0.15)
    assert (day.records["flags"] & Flag.SIMULATED).all()
    assert not book.Books().apply(day.records).any()


def test_the_same_seed_gives_the_same_day_in_any_chunks():
    one = synthetic.synthetic_day({"ACME": 42}, events=5_000)
    parts = list(synthetic.synthetic_stream({"ACME": 42}, events=5_000, chunk=7))

    assert np.array_equal(one.records, np.concatenate(parts))
    other = synthetic.synthetic_day({"ACME": 42}, events=5_000, seed=9)
    assert not np.array_equal(one.records[:100], other.records[:100])


def test_the_price_asked_for_is_where_the_day_begins():
    day = synthetic.synthetic_day({"ACME": "42.00"}, events=5_000)
    adds = day.records[day.records["kind"] == EventKind.ADD][:50]

    assert abs(np.median(adds["price"]) - 420_000) < 1_000
    assert (adds["price"] % 100 == 0).all()


@pytest.mark.parametrize("name", ["day.itch", "day.itch.gz"])
def test_an_itch_file_reads_back_as_the_day_it_was_made_of(tmp_path, name):
    path = synthetic.write_itch(tmp_path / name, events=20_000, seed=5)
    raw = path.read_bytes()
    data = gzip.decompress(raw) if name.endswith("gz") else raw

    decoder = feed.ItchDecoder(local_time_ns(synthetic._DAY, synthetic.dt.time(0)))
    events = decoder.feed(data)
    decoder.finish()

    day = synthetic.synthetic_day(events=20_000, seed=5).records
    moving = day[np.isin(day["kind"], range(1, 8))]
    back = events[np.isin(events["kind"], range(1, 8))]
    for column in ("timestamp", "instrument", "kind", "order_id"):
        assert np.array_equal(moving[column], back[column])
    assert [i.symbol for i in decoder.instruments] == ["AAPL", "MSFT", "NVDA"]
    counts = Counter(decoder.counts)
    assert (counts["S"], counts["R"]) == (6, 3)
    assert counts["H"] == 6
    assert (np.diff(events["timestamp"]) >= 0).all()
    books = book.Books()
    assert not books.apply(events).any()
    assert books.order_count == 0


def test_a_compressed_file_has_the_same_bytes_on_every_run(tmp_path):
    first, second = (
        synthetic.write_itch(tmp_path / name, events=3_000).read_bytes()
        for name in ("a.gz", "b.gz")
    )

    assert first == second


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"symbols": "AAPL"}, "several names"),
        ({"symbols": []}, "empty"),
        ({"events": -1}, "events must lie"),
        ({"excitation": 1.0}, "excitation must lie"),
        (
            {"symbols": {"X": 0.01}},
            r"price of X must lie between 0\.02 .*received 0\.01",
        ),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        synthetic.synthetic_day(**arguments)


def test_a_day_may_be_written_as_text(tmp_path):
    day = dt.date(2026, 3, 9)
    written = [
        synthetic.write_itch(tmp_path / str(n), {"ACME": 42}, events=500, date=date)
        for n, date in enumerate(
            (day, "2026-03-09", dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC))
        )
    ]

    first, *others = [path.read_bytes() for path in written]
    assert others == [first, first]
    made = synthetic.synthetic_day({"ACME": 42}, events=500, date="2026-03-09")
    assert made.source.startswith("synthetic day 2026-03-09")


@pytest.mark.parametrize("date", ["soon", 20260115, None])
def test_what_is_no_day_is_refused(tmp_path, date):
    with pytest.raises(ArgumentError, match="date must be a day such as 2026"):
        synthetic.write_itch(tmp_path / "x", date=date)
    assert not (tmp_path / "x").exists()
