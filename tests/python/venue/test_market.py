"""Random days on a whole market: what must hold whatever is sent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_driver import STATES, heard, row

from ai_trading._core import matching, rules, venue

KINDS = list(matching.answer_kinds)
MINUTE = 60_000_000_000
OPEN, CLOSE = 570 * MINUTE, 960 * MINUTE
CONTINUOUS = STATES.index("continuous")
SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def listings():
    cent = 10_000_000
    return [
        venue.Listing.us_stock(10_000, tier=1, tick_nano=cent),
        venue.Listing.us_stock(290, tier=2, tick_nano=cent),
        venue.Listing(5_000, tick_nano=cent),
    ]


def market(**terms):
    return venue.Market(listings(), index_close=500_000, **terms)


CLOSES = (10_000, 290, 5_000)


@st.composite
def days(draw):
    """Rows of commands over a day, dense in time where the rules are busy."""
    now = draw(st.sampled_from([OPEN - 6 * MINUTE, OPEN - MINUTE, CLOSE - 30 * MINUTE]))
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        now += draw(st.sampled_from([0, 0, 1, 10**9, 14 * 10**9, MINUTE, 6 * MINUTE]))
        instrument = draw(st.integers(0, 2))
        middle = CLOSES[instrument]
        kind = draw(st.integers(0, 19))
        if kind < 14:
            away = draw(st.sampled_from([0, 0, 1, 2, 4, 5, 10, 20, 21]))
            price = middle + draw(st.sampled_from([-1, 1])) * middle * away // 100
            words = {
                "id": draw(st.integers(1, 30)),
                "instrument": instrument,
                "side": draw(st.integers(0, 1)),
                "type": draw(
                    st.sampled_from(["limit", "limit", "limit", "market", "hidden"])
                ),
                "quantity": draw(st.integers(1, 9)),
                "price": price,
                "owner": draw(st.integers(0, 2)),
                "tif": draw(st.sampled_from(["day", "day", "day", "gtc"])),
            }
            if draw(st.integers(0, 9)) == 0:
                words |= {"tif": "gtd", "expire_at": now + 10 * 10**9}
                words["type"] = "limit"
            rows.append(row("submit", words, now))
        elif kind < 16:
            rows.append(row("cancel", {"id": draw(st.integers(1, 30))}, now))
        elif kind == 16:
            level = draw(st.sampled_from([499_000, 465_000, 435_000, 400_000]))
            rows.append(row("index", {"price": level}, now))
        elif kind == 17:
            rows.append(row("halt", {"instrument": instrument}, now))
        elif kind == 18:
            rows.append(row("resume", {"instrument": instrument}, now))
        else:
            number = draw(st.integers(1, 30))
            words = {"id": number, "new_id": number, "left": 5, "price": middle}
            rows.append(row("replace", words, now))
    return np.concatenate(rows)


def replayed(answers):
    """Check the reports of a day against each other; return what traded."""
    state, bands = [STATES.index("closed")] * 3, [None] * 3
    traded = 0
    closing = [False] * 3
    for a in answers:
        i, name = a["instrument"], KINDS[a["kind"]]
        if name == "phase":
            closing[i] = rules.phases[a["detail"]] in {"continuous", "closed"}
        elif name == "state":
            state[i] = a["detail"]
            closing[i] = False
        elif name == "bands":
            bands[i] = (a["price"], a["left"]) if a["quantity"] else None
        elif name == "traded":
            traded += 1
            if a["detail"] & 4:
                # An uncross: a phase that ends a call was announced, no state yet.
                assert closing[i]
                continue
            assert state[i] == CONTINUOUS
            if bands[i] is not None:
                assert bands[i][0] <= a["price"] <= bands[i][1]
    return traded


@SLOW
@given(days())
def test_nothing_trades_outside_bands_or_halted(rows):
    held = market()
    answers = held.apply(rows)

    replayed(answers)
    assert (np.diff(answers["request"].astype(np.int64)) >= 0).all()
    for i in range(3):
        if held.phase(i) == "continuous":
            bid, ask = held.best(i, 0), held.best(i, 1)
            assert bid is None or ask is None or bid[0] < ask[0]
            assert held.state(i) == CONTINUOUS
        else:
            assert held.bands(i) is None


@SLOW
@given(days(), st.data())
def test_a_day_does_not_depend_on_how_often_time_is_told(rows, data):
    at_once = market()
    answers = at_once.apply(rows)

    in_steps, heard_ = market(), []
    for one in rows.reshape(-1, 1):
        if data.draw(st.booleans()):
            due = in_steps.next_due
            if due is not None and due <= one["timestamp"][0]:
                heard_.append(in_steps.advance(due))
        middle = (in_steps.now + int(one["timestamp"][0])) // 2
        if middle > in_steps.now >= 0:
            heard_.append(in_steps.advance(middle))
        heard_.append(in_steps.apply(one))
    told = np.concatenate(heard_)

    assert in_steps.state_hash() == at_once.state_hash()
    fields = [f for f in answers.dtype.names if f not in {"request", "timestamp"}]
    assert (told[fields] == answers[fields]).all()


@SLOW
@given(days(), st.data())
def test_the_log_over_a_snapshot_reaches_the_same_hash(rows, data):
    cut = data.draw(st.integers(0, len(rows)))
    whole = market()
    whole.apply(rows[:cut])
    bytes_ = whole.snapshot()
    before = whole.state_hash()
    rest = whole.apply(rows[cut:])

    other = market()
    other.restore(bytes_)

    assert other.state_hash() == before
    assert other.snapshot() == bytes_
    assert other.apply(rows[cut:]).tobytes() == rest.tobytes()
    assert other.state_hash() == whole.state_hash()


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_bytes_are_refused_and_change_nothing(data):
    held = market()
    held.apply(row("submit", {"id": 1, "side": 0, "quantity": 1}, OPEN))
    bytes_, before = held.snapshot(), held.state_hash()
    at = data.draw(st.integers(0, len(bytes_) - 1))
    flipped = bytearray(bytes_)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    for broken in (bytes(flipped), bytes_[:at], bytes_ + b"\0"):
        with pytest.raises(ValueError, match=r"restore: .*Nothing has changed"):
            held.restore(broken)
        assert held.state_hash() == before
        assert held.snapshot() == bytes_


def test_a_refused_snapshot_says_why():
    held, engine = market(), matching.Engine(4)
    with pytest.raises(ValueError, match="no snapshot of a market"):
        held.restore(engine.snapshot())
    with pytest.raises(ValueError, match="no snapshot of an engine"):
        engine.restore(held.snapshot())
    other = bytearray(held.snapshot())
    other[8] = 9  # the format's version
    with pytest.raises(ValueError, match="another version"):
        held.restore(bytes(other))
    with pytest.raises(ValueError, match="other terms or listings"):
        market(close=780 * MINUTE).restore(held.snapshot())
    full = matching.Engine(4)
    full.apply(row("submit", {"id": 1, "side": 0, "quantity": 1, "instrument": 3}))
    with pytest.raises(ValueError, match="greater max_instruments"):
        matching.Engine(2).restore(full.snapshot())


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"call": -1}, "call must lie between 0 and an hour"),
        ({"index_close": -5}, "index_close must be 0"),
        ({"open": CLOSE, "close": OPEN}, "must open before it closes"),
        ({"timetable": [(OPEN, "lunch", 0)]}, "phase must be one of"),
        ({"timetable": []}, "breaker needs a timetable"),
    ],
)
def test_bad_terms_are_refused(terms, why):
    with pytest.raises(ValueError, match=why):
        venue.Market(listings(), **{"index_close": 500_000} | terms)


def test_a_listing_without_a_close_has_no_bands():
    with pytest.raises(ValueError, match="previous close"):
        venue.Market([venue.Listing(0, luld=True)])
    with pytest.raises(ValueError, match="tier must be 1 or 2; received 3"):
        venue.Listing(1, tier=3)
    with pytest.raises(ValueError, match="one listing or more"):
        venue.Market([])


def test_the_rules_own_states_and_bands():
    held = market()
    for name, words in (
        ("set_state", {"instrument": 0, "state": "continuous"}),
        ("set_bands", {"instrument": 0, "low": 1, "high": 2}),
        ("clear_bands", {"instrument": 0}),
        ("configure", {"instrument": 0, "increment": 2}),
        ("index", {"price": 0}),
    ):
        before = held.state_hash()
        answers = heard(held.apply(row(name, words, -1)))
        assert [a[0] for a in answers] == ["rejected"]
        assert held.state_hash() == before


def test_an_unknown_instrument_is_refused():
    held = market()
    assert heard(held.halt(3))[0] == ("rejected", 0, "unknown_instrument")
    with pytest.raises(IndexError, match="below 3; received 7"):
        held.phase(7)
