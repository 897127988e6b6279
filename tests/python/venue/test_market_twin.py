"""A market and its twin are told the same, and say the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_driver import heard, row
from twin_market import MINUTE, SECOND, TwinMarket

from ai_trading._core import rules, venue

OPEN, CLOSE = 570 * MINUTE, 960 * MINUTE
CENT = 10_000_000
STOCKS = ((10_000, 1), (290, 2), (60, 1), (5_000, 0))
INDEX = 500_000


def compiled(stocks=STOCKS, **terms):
    listings = [
        venue.Listing(price, tick_nano=CENT, luld=bool(tier), tier=tier or 1)
        for price, tier in stocks
    ]
    return venue.Market(listings, index_close=INDEX, **terms)


def told(answers):
    """What the market said, in the twin's words."""
    out = []
    for a, said in zip(answers, heard(answers), strict=True):
        number = int(a["instrument"])
        if said[0] == "phase":
            halt = venue.halts[a["other_id"]]
            phase = rules.phases[a["detail"]]
            out.append(("phase", number, phase, halt, int(a["left"])))
        elif said[0] == "bands" and a["quantity"]:
            state = rules.luld_states[a["detail"]]
            low, high = int(a["price"]), int(a["left"])
            out.append(("bands", number, low, high, int(a["other_left"]), state))
        elif said[0] == "bands":
            out.append(("bands", number, None))
        elif said[0] == "market_wide":
            out.append(("market_wide", int(a["detail"]), int(a["left"])))
        else:
            out.append(said)
    return out


class Pair:
    """The market and the twin, compared after every command."""

    def __init__(self, stocks=STOCKS, **terms):
        self.market = compiled(stocks, **terms)
        self.twin = TwinMarket(stocks, index_close=INDEX, **terms)
        self.seen = set()

    def tell(self, name, now, **words):
        self.twin.forget()
        self.twin.advance(now)
        if name != "advance":
            getattr(self.twin, name)(**words)
        answers = told(self.market.apply(row(name, words, now)))
        assert answers == self.twin.said
        for stock in self.twin.stocks:
            assert self.market.phase(stock.number) == stock.phase
            assert self.market.halted_by(stock.number) == stock.cause
            assert self.market.bands(stock.number) == stock.bands
            collar = None if stock.collar is None else tuple(stock.collar)
            assert self.market.reopening_collar(stock.number) == collar
        self.seen |= {said[2] for said in answers if said[0] == "phase"}
        self.seen |= {said[-1] for said in answers if said[0] == "bands"}
        return answers


PAUSES = [
    *(0, 0, SECOND, 14 * SECOND, 15 * SECOND, 29 * SECOND, 30 * SECOND),
    *(MINUTE, 5 * MINUTE),
]


@st.composite
def days(draw):
    """Commands over a part of a day in which the rules are busy."""
    now = draw(
        st.sampled_from(
            [
                OPEN - 6 * MINUTE,
                OPEN - MINUTE,
                CLOSE - 36 * MINUTE,
                CLOSE - 26 * MINUTE,
                CLOSE - 12 * MINUTE,
            ]
        )
    )
    stories = []
    middles = [price for price, _ in STOCKS]
    for number in range(draw(st.integers(5, 45))):
        now += draw(st.sampled_from(PAUSES))
        place = draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
        kind = draw(st.integers(0, 23))
        if kind < 18:
            away = draw(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 5, 8, 10, 20]))
            sign = draw(st.sampled_from([-1, 1]))
            price = max(1, middles[place] + sign * middles[place] * away // 100)
            order = {
                "id": number + 1,
                "instrument": place,
                "side": draw(st.integers(0, 1)),
                "type": draw(st.sampled_from(["limit", "limit", "limit", "market"])),
                "quantity": draw(st.integers(1, 4)),
                "price": price,
                "tif": draw(
                    st.sampled_from(
                        ["day", "day", "day", "ioc", "at_the_open", "at_the_close"]
                    )
                ),
            }
            if order["tif"] == "day" and draw(st.integers(0, 9)) == 0:
                order |= {"type": "limit", "tif": "gtd", "expire_at": now + 20 * SECOND}
            if draw(st.integers(0, 7)) == 0:
                middles[place] = price
            stories.append(("submit", now, order))
        elif kind == 18:
            stories.append(("cancel", now, {"id": draw(st.integers(1, 45))}))
        elif kind == 19:
            level = draw(st.sampled_from([499_000, 465_000, 435_000, 400_000]))
            stories.append(("index", now, {"price": level}))
        elif kind == 20:
            stories.append(("halt", now, {"instrument": place}))
        elif kind == 21:
            stories.append(("resume", now, {"instrument": place}))
        else:
            stories.append(("advance", now + 6 * MINUTE, {}))
            now += 6 * MINUTE
    return stories


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days(), st.sampled_from([5 * MINUTE, 2 * MINUTE, 0]))
def test_a_market_does_what_its_twin_does(stories, call):
    pair = Pair(call=call)
    for name, now, words in stories:
        pair.tell(name, now, **words)
    pair.tell("advance", CLOSE + MINUTE)


def both_sides(pair, now, price, number):
    """Trade one share at a price."""
    pair.tell(
        "submit", now, id=number, instrument=0, side=1, type="limit", quantity=1,
        price=price,
    )  # fmt: skip
    pair.tell(
        "submit", now, id=number + 1, instrument=0, side=0, type="limit", quantity=1,
        price=price, tif="ioc",
    )  # fmt: skip


def test_a_limit_state_a_pause_and_an_auction_that_is_put_off():
    pair = Pair()
    pair.tell("advance", OPEN)
    now = OPEN + MINUTE
    pair.tell(
        "submit", now, id=1, instrument=0, side=1, type="limit", quantity=5, price=9_500
    )
    assert pair.market.luld_state(0) == "limit_down"
    now += 15 * SECOND
    assert ("phase", 0, "reopening_auction", "luld", now + 5 * MINUTE) in pair.tell(
        "advance", now
    )
    # It would trade at 80.00, and the collar reaches down to 90.25.
    for number, side in ((2, 1), (3, 0)):
        pair.tell(
            "submit", now, id=number, instrument=0, side=side, type="limit",
            quantity=9, price=8_000,
        )  # fmt: skip
    pair.tell("advance", now + 5 * MINUTE)
    assert pair.market.phase(0) == "reopening_auction"
    assert pair.market.reopening_collar(0) == (8_550, 10_500)


@pytest.mark.parametrize("before", [25 * MINUTE, 25 * MINUTE + 1])
def test_bands_double_in_the_last_25_minutes(before):
    pair = Pair()
    pair.tell("advance", OPEN)
    pair.tell("advance", CLOSE - before)
    late = before == 25 * MINUTE
    assert pair.market.bands(0) == ((9_000, 11_000) if late else (9_500, 10_500))
    assert pair.market.bands(1) == ((174, 406) if late else (232, 348))


def test_a_reference_holds_for_thirty_seconds():
    pair = Pair()
    pair.tell("advance", OPEN)
    both_sides(pair, OPEN + SECOND, 10_200, 1)

    pair.tell("advance", OPEN + 30 * SECOND - 1)
    assert pair.market.bands(0) == (9_500, 10_500)
    pair.tell("advance", OPEN + 30 * SECOND)
    assert pair.market.bands(0) == (9_690, 10_710)


def test_the_streams_reach_every_phase_and_limit_state():
    """What the test above would not have seen if its streams were tame."""
    pair = Pair()
    pair.tell("advance", OPEN)
    for number, (price, side) in enumerate([(9_500, 1), (10_500, 0)]):
        pair.tell(
            "submit", OPEN + MINUTE, id=number + 1, instrument=0, side=side,
            type="limit", quantity=1, price=price,
        )  # fmt: skip
        pair.tell("cancel", OPEN + MINUTE + SECOND, id=number + 1)
    pair.tell("index", OPEN + 20 * MINUTE, price=460_000)
    pair.tell("advance", CLOSE + MINUTE)
    assert pair.seen >= {
        "opening_auction", "continuous", "closing_auction", "closed", "halted",
        "reopening_auction", "limit_up", "limit_down",
    }  # fmt: skip
