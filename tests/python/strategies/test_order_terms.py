"""What a strategy sees of its stops, icebergs, pegs and brackets in a run."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from run_samples import (
    BUY,
    OPEN,
    SECOND,
    SELL,
    Maker,
    bars,
    busy_day,
    events,
    market,
    quotes,
)

from ai_trading.backtest.engine import Backtest, BarFills, Latency, Limits
from ai_trading.core.errors import ArgumentError
from ai_trading.core.records import EventKind
from ai_trading.market import load
from ai_trading.strategies.strategy import Strategy

ADD, EXECUTE, LEVEL, TRADE = (
    EventKind.ADD,
    EventKind.EXECUTE,
    EventKind.LEVEL,
    EventKind.TRADE,
)
ORDERS = (
    (0, ADD, 1, BUY, 9_900, 300),
    (0, ADD, 2, SELL, 10_100, 300),
    (0, ADD, 3, BUY, 9_800, 300),
    (20, EXECUTE, 2, SELL, 0, 10),
    (30, EXECUTE, 1, BUY, 0, 300),
    (40, EXECUTE, 3, BUY, 0, 10),
    (50, ADD, 9, BUY, 9_000, 1),
)
LEVELS = (
    (0, LEVEL, 0, BUY, 9_900, 300),
    (0, LEVEL, 0, BUY, 9_800, 300),
    (0, LEVEL, 0, SELL, 10_100, 300),
    (20, TRADE, 0, SELL, 10_100, 10),
    (30, TRADE, 0, BUY, 9_900, 300),
    (30, LEVEL, 0, BUY, 9_900, 0),
    (40, TRADE, 0, BUY, 9_800, 10),
    (50, LEVEL, 0, BUY, 9_000, 1),
)
TRADES = tuple(row for row in LEVELS if row[1] is TRADE)
QUOTES = (
    (0, 9_900, 300, 10_100, 300),
    (30, 9_800, 300, 10_100, 300),
    (50, 9_700, 300, 10_100, 300),
)


class At(Strategy):
    """Does something `after` so many seconds and writes down what follows."""

    def __init__(self, act, after=5):
        super().__init__()
        self.act, self.after, self.lines = act, after, []

    def on_start(self):
        self.set_timer(after=self.after * SECOND)

    def on_timer(self, timer):
        self.act(self)

    def on_order(self, order):
        why = f" ({order.reason})" if order.reason else ""
        self.note(f"{order.status} {order.order_id}{why}")

    def on_fill(self, fill):
        self.note(f"fill {fill.order_id}: {fill.quantity:g} @ {fill.price:g}")

    def note(self, line):
        self.lines.append(((self.now - OPEN) // SECOND, line))


def story(records, act, after=5, **options):
    strategy = At(act, after)
    result = Backtest(market(records), strategies=[strategy], **options).run()
    return strategy.lines, result


def refused(records, message, *, limit=None, **terms):
    def act(s):
        with pytest.raises(ArgumentError, match=message):
            s.sell("AAPL", 10, limit, **terms)

    lines, result = story(records, act)
    assert (lines, len(result.orders)) == ([], 0)


@pytest.mark.parametrize("rows", [ORDERS, LEVELS])
def test_a_stop_loss_sells_where_the_market_is_when_it_trades_there(rows):
    lines, _ = story(events(*rows), lambda s: s.sell("AAPL", 50, stop=99.0))

    # At 30 all of 99 has traded; what is left to sell to is 98.
    price = 98 if rows is ORDERS else 99
    assert lines[:3] == [
        (5, "accepted 1"),
        (30, "accepted 1"),
        (30, f"fill 1: 50 @ {price}"),
    ]


def test_a_stop_is_watched_at_the_venue_however_late_the_strategy_sees():
    slow = Latency(feed=8 * SECOND, entry=SECOND, response=SECOND)
    lines, result = story(
        events(*ORDERS), lambda s: s.sell("AAPL", 50, stop=99.0), 9, latency=slow
    )

    assert result.fills["timestamp"].tolist() == [OPEN + 30 * SECOND]
    assert lines == [
        (11, "accepted 1"),
        (31, "accepted 1"),
        (31, "fill 1: 50 @ 98"),
    ]


def test_a_stop_that_was_met_before_the_strategy_could_know_is_met_on_arrival():
    # Sent at 33, when the trade of 30 has not been seen; met on arrival.
    slow = Latency(feed=8 * SECOND, entry=SECOND, response=0)
    lines, result = story(
        events(*ORDERS), lambda s: s.sell("AAPL", 50, stop=99.0), 33, latency=slow
    )

    assert result.orders["submitted"].tolist() == [OPEN + 33 * SECOND]
    assert result.fills["timestamp"].tolist() == [OPEN + 34 * SECOND]
    assert lines[-1] == (34, "fill 1: 50 @ 98")


def test_quotes_alone_trigger_on_the_best_prices():
    lines, _ = story(quotes(*QUOTES), lambda s: s.sell("AAPL", 50, stop=98.0))

    assert lines[:3] == [(5, "accepted 1"), (30, "accepted 1"), (30, "fill 1: 50 @ 98")]


def test_trades_alone_trigger_on_trades_and_a_limit_fills_where_they_go_through():
    lines, _ = story(
        events(*TRADES), lambda s: s.sell("AAPL", 50, 98.5, stop=98.5), after=15
    )

    assert lines[:2] == [(35, "accepted 1"), (40, "accepted 1")]


def test_a_stop_in_a_bar_fills_at_its_price():
    lines, result = story(
        bars(*[(10_000, 10_100, 9_990, 10_000)] * 2, (10_000, 10_050, 9_800, 9_900)),
        lambda s: s.sell("AAPL", 50, stop=99.0),
        61,
    )

    assert lines == [
        (61, "accepted 1"),
        (180, "accepted 1"),
        (180, "fill 1: 50 @ 99"),
    ]
    assert result.orders["type"].tolist() == [2]


def test_a_trailing_stop_follows_by_amount_and_percentage():
    rows = bars(
        (10_000, 10_000, 10_000, 10_000),
        (10_000, 11_000, 10_000, 11_000),
        (11_000, 11_000, 10_600, 10_900),
    )
    by_amount, _ = story(rows, lambda s: s.sell("AAPL", 1, trailing=3), 61)
    by_part, _ = story(rows, lambda s: s.sell("AAPL", 1, trailing="2%"), 61)

    assert by_amount[-1] == (180, "fill 1: 1 @ 107")
    assert by_part[-1] == (180, "fill 1: 1 @ 107.8")


def test_a_waiting_stop_is_modified_and_canceled():
    def act(s):
        if s.now == OPEN + 5 * SECOND:
            s.sell("AAPL", 50, stop=97.0)
            s.sell("AAPL", 50, stop=99.0)
            s.set_timer(after=SECOND)
        else:
            assert s.modify(1, stop=98.0, quantity=20)
            assert s.cancel(2)
            with pytest.raises(ArgumentError, match="whole numbers"):
                s.modify("1", stop=98.0)

    lines, result = story(events(*ORDERS), act)

    assert (40, "fill 1: 20 @ 98") in lines
    assert (6, "canceled 2") in lines
    assert result.orders["quantity"].tolist() == [20, 50]


def test_only_a_stop_has_a_stop_to_change():
    def act(s):
        first = s.sell("AAPL", 50, 101.0)
        with pytest.raises(ArgumentError, match="order 1 is not a stop order"):
            s.modify(first, stop=98.0)

    story(events(*ORDERS), act)


def test_the_gate_judges_a_stop_when_it_is_sent():
    lines, _ = story(
        bars((10_000, 10_000, 10_000, 10_000), (10_000, 10_000, 10_000, 10_000)),
        lambda s: s.buy("AAPL", 50, stop=200.0),
        61,
        limits=Limits(max_order_notional=4_000),  # it is worth 5,000 now
    )

    assert lines == [(61, "rejected 1 (max_notional)")]


def test_post_only_iceberg_hidden_and_pegs_on_a_book():
    def act(s):
        s.buy("AAPL", 10, 101.0, post_only=True)
        s.buy("AAPL", 10, 101.0, post_only="slide")
        s.buy("AAPL", 30, 100.0, display=10)
        s.buy("AAPL", 30, 100.0, hidden=True)
        s.buy("AAPL", 30, peg="primary")
        s.buy("AAPL", 900, 101.0, time_in_force="fok")
        s.buy("AAPL", 10, 98.0, expires=s.now + 3 * SECOND)

    lines, result = story(events(*ORDERS), act)

    assert (5, "rejected 1 (would_take)") in lines
    assert (5, "canceled 6 (no_liquidity)") in lines
    assert (20, "expired 7") in lines  # known with the next event
    # The 300 executed at 99 would have met us at better prices first.
    assert result.orders["filled"].tolist() == [0, 10, 30, 30, 0, 0, 0]
    assert result.orders["price"].tolist()[1] == 10_099
    assert result.orders["type"].tolist() == [8, 8, 6, 7, 9, 1, 1]


@pytest.mark.parametrize("exit_price", [9_800, 10_300])
def test_one_exit_of_a_bracket_ends_the_other(exit_price):
    low, high = min(exit_price, 10_000), max(exit_price, 10_000)
    rows = bars(
        (10_000, 10_000, 10_000, 10_000),
        (10_000, 10_000, 10_000, 10_000),
        (10_000, high, low, 10_000),
        (10_000, 10_400, 9_700, 10_000),
        (10_000, 10_400, 9_700, 10_000),
    )
    ids = []
    lines, result = story(
        rows,
        lambda s: ids.extend(
            s.bracket("AAPL", "buy", 50, take_profit=102.0, stop_loss=99.0)
        ),
        61,
    )

    assert ids == [1, 2, 3]
    out = ("fill 2: 50 @ 102", "fill 3: 50 @ 99")[exit_price == 9_800]
    assert (60 * 3, out) in lines
    assert result.final_positions == {} or set(result.final_positions.values()) == {0}
    assert len(result.fills) == 2


@pytest.mark.parametrize(("path", "price"), [("low_first", 99), ("high_first", 102)])
def test_in_a_bar_that_reaches_both_exits_the_path_decides(path, price):
    rows = bars(
        (10_000, 10_000, 10_000, 10_000),
        (10_000, 10_000, 10_000, 10_000),
        (10_000, 10_400, 9_700, 10_000),
        (10_000, 10_400, 9_700, 10_000),
    )
    _, result = story(
        rows,
        lambda s: s.bracket("AAPL", "buy", 50, take_profit=102.0, stop_loss=99.0),
        61,
        bar_fills=BarFills(path=path),
    )

    assert result.fills["price"].tolist() == [10_000, price * 100]
    assert sorted(result.orders["status"].tolist()) == [3, 3, 6]
    assert len(result.incidents) == 0


def test_two_exits_of_the_last_bar_end_once():
    rows = bars(
        *[(10_000, 10_000, 10_000, 10_000)] * 2, (10_000, 10_400, 9_700, 10_000)
    )
    _, result = story(
        rows,
        lambda s: s.bracket("AAPL", "buy", 50, take_profit=102.0, stop_loss=99.0),
        61,
        latency=Latency(response=SECOND),
    )

    assert len(result.incidents) == 0
    assert not np.isin(result.orders["status"], (0, 1, 2)).any()  # nothing works


def test_a_bracket_on_orders():
    lines, result = story(
        events(*ORDERS),
        lambda s: s.bracket("AAPL", "buy", 50, take_profit=102.0, stop_loss=99.0),
    )

    assert [line for line in lines if "fill" in line[1]] == [
        (5, "fill 1: 50 @ 101"),
        (30, "fill 3: 50 @ 98"),
    ]
    assert result.orders["status"].tolist() == [3, 6, 3]


class Guarded(At):
    """Buys at the start and protects what it has bought."""

    def on_start(self):
        super().on_start()
        self.ids = ()

    def on_fill(self, fill):
        super().on_fill(fill)
        if not self.ids:
            self.ids = self.protect("AAPL", take_profit=102.0, stop_loss=99.0)


def test_a_held_position_is_protected_by_two_exits_of_which_one_ends_the_other():
    strategy = Guarded(lambda s: s.buy("AAPL", 50))
    result = Backtest(market(events(*ORDERS)), strategies=[strategy]).run()

    assert tuple(strategy.ids) == (2, 3)
    assert [line for line in strategy.lines if "fill" in line[1]] == [
        (5, "fill 1: 50 @ 101"),
        (30, "fill 3: 50 @ 98"),
    ]
    assert result.orders["status"].tolist() == [3, 6, 3]
    assert len(result.incidents) == 0


@pytest.mark.parametrize(("path", "price"), [("low_first", 99), ("high_first", 102)])
def test_in_a_bar_that_reaches_both_exits_of_a_position_one_trades(path, price):
    rows = bars(
        *[(10_000, 10_000, 10_000, 10_000)] * 3, (10_000, 10_400, 9_700, 10_000)
    )
    strategy = Guarded(lambda s: s.buy("AAPL", 50), 61)
    fills = BarFills(path=path)
    result = Backtest(market(rows), strategies=[strategy], bar_fills=fills).run()

    assert result.fills["price"].tolist() == [10_000, price * 100]
    assert len(result.incidents) == 0


def test_nothing_is_sent_to_protect_what_is_not_held():
    def act(s):
        with pytest.raises(ArgumentError, match="closes what is held: 0 AAPL"):
            s.protect("AAPL", take_profit=102.0, stop_loss=99.0)

    _, result = story(events(*ORDERS), act)
    assert len(result.orders) == 0


def test_the_prices_of_a_bracket_stand_in_order():
    def act(s):
        with pytest.raises(ArgumentError, match="stop_loss < limit < take_profit"):
            s.bracket("AAPL", "buy", 50, 100.0, take_profit=99.0, stop_loss=98.0)
        with pytest.raises(ArgumentError, match="stop_loss > limit > take_profit"):
            s.bracket("AAPL", "sell", 50, take_profit=102.0, stop_loss=98.0)
        with pytest.raises(ArgumentError, match="nearest"):
            s.bracket("AAPL", "buy", 50, take_profit=102.005, stop_loss=98.0)

    _, result = story(events(*ORDERS), act)
    assert len(result.orders) == 0


def test_what_the_data_cannot_show_is_refused_before_anything_happens():
    one_bar = bars((10_000, 10_100, 9_990, 10_000))
    refused(
        one_bar,
        "trigger='mid' needs quotes, and bars show none",
        stop=99,
        trigger="mid",
    )
    refused(
        one_bar, "a hidden order cannot be simulated on bars", limit=99, hidden=True
    )
    refused(one_bar, "a pegged order cannot", peg="midpoint")
    refused(one_bar, "a fok order cannot", time_in_force="fok")
    refused(
        events(*TRADES), "trigger='bid_ask' needs quotes", stop=99, trigger="bid_ask"
    )
    refused(quotes(*QUOTES), "trigger='last' needs trades", stop=99, trigger="last")


def test_terms_that_contradict_each_other_are_refused():
    book = events(*ORDERS)
    refused(book, "one of stop, trailing", stop=99, trailing=1)
    refused(book, "hidden needs a limit", hidden=True)
    refused(book, "has no limit", limit=99, trailing=1)
    refused(book, "trigger goes with stop or trailing", trigger="last")
    refused(book, "offset goes with peg", limit=99, offset=1)
    refused(book, "trigger must be one of last, bid_ask, mid", stop=99, trigger="bid")
    refused(book, "peg must be one of", peg="middle")
    refused(book, "trailing must be an amount above 0", trailing="2")
    refused(book, "trailing must be an amount above 0", trailing=0)
    refused(book, "trailing must be an amount above 0", trailing="0.001%")
    refused(book, "must be one of day, ioc, fok, gtc, gtd", time_in_force="gtx")
    refused(book, "ends at once and cannot be 'gtc'", time_in_force="gtc")
    refused(book, "leave minimum out", limit=99, minimum=5, all_or_none=True)
    refused(book, "not above the quantity of 10", limit=99, minimum=11)
    refused(book, "minimum goes with", limit=99, display=5, minimum=5)
    refused(book, "use 'ioc' or 'day'", limit=99, minimum=5, time_in_force="fok")
    refused(book, "minimum must be a", limit=99, minimum="5")
    refused(book, "all_or_none must be True or False", limit=99, all_or_none=1)
    refused(book, "takes its limit from the market", limit=99, market_to_limit=True)
    refused(
        book,
        "received hidden and market_to_limit",
        limit=99,
        hidden=True,
        market_to_limit=True,
    )
    refused(book, "cannot be 'ioc'", market_to_limit=True, immediate=True)
    refused(book, "limit order minimum", limit=99, minimum=5, auction="close")
    refused(book, "go together", time_in_force="gtd")
    refused(book, "rests or waits", stop=99, time_in_force="ioc")
    refused(book, "contradict", limit=99, immediate=True, time_in_force="fok")
    refused(book, "plain market or limit order", limit=99, hidden=True, auction="open")
    refused(book, "takes no expires", expires=1)
    refused(book, "nanoseconds, UTC", limit=99, expires="noon")
    refused(book, "stop must be a number", stop="low")
    refused(book, "stop must be finite", stop=float("nan"))
    refused(book, "finite multiple", stop=99.005)
    refused(book, "no term 'stopp'", stopp=99)
    refused(book, "post_only must be", limit=99, post_only="maybe")


def test_a_term_that_an_order_has_not_is_not_changed():
    def act(s):
        peg = s.buy("AAPL", 10, peg="primary")
        for change, message in (
            ({"display": 5}, "is a pegged order and has no display to change"),
            ({"stop": 5.0}, "is not a stop order"),
        ):
            with pytest.raises(ArgumentError, match=message):
                s.modify(peg, **change)
        plain = s.buy("AAPL", 10, 98.0)
        with pytest.raises(ArgumentError, match="has no offset to change"):
            s.modify(plain, offset=0.01)

    _, result = story(events(*ORDERS), act)

    assert len(result.orders) == 2


def test_a_strategy_sees_where_its_trailing_stop_stands():
    seen = []

    class Trails(Strategy):
        def on_start(self):
            self.subscribe(trades=True)
            self.set_timer(after=25 * SECOND)

        def on_timer(self, timer):
            self.stop = self.sell("AAPL", 5, trailing=1.5)
            self.plain = self.buy("AAPL", 5, 97.0)
            seen.append(self.stop_price(self.stop))

        def on_trade(self, trade):
            if self.now > OPEN + 25 * SECOND:
                seen.append(self.stop_price(self.stop))
                assert np.isnan(self.stop_price(self.plain))

    result = Backtest(market(events(*ORDERS)), strategies=[Trails()]).run()

    # Not there yet; then 1.5 below the last trade, 101; at 99 it has triggered.
    assert np.isnan(seen[0])
    assert np.isnan(seen[-1])
    first = next(result.orders_table())
    assert (first.trailing, first.stop) == (1.5, 99.5)


@pytest.mark.parametrize("data", ["orders", "levels", "quotes", "bars"])
def test_what_is_good_till_canceled_is_there_on_the_next_day(data):
    day = 24 * 3600
    if data == "bars":
        rows = bars(
            *[(10_000, 10_100, 9_950, 10_000)] * 3, (9_900, 9_900, 9_700, 9_800)
        )
        for name in ("start", "timestamp"):
            rows[name][2:] += day * SECOND
    elif data == "quotes":
        rows = quotes(*QUOTES[:1], (30, *QUOTES[0][1:]), (day, *QUOTES[0][1:]))
        rows = np.append(rows, quotes((day + 9, 9_000, 300, 9_750, 300)))
    else:
        kept = ORDERS[:4] if data == "orders" else LEVELS[:4]
        through = {
            "orders": (day + 9, ADD, 7, SELL, 9_700, 400),
            "levels": (day + 9, LEVEL, 0, SELL, 9_700, 400),
        }
        rows = events(*kept, (day, kept[0][1], 8, BUY, 9_000, 1), through[data])

    def act(s):
        s.buy("AAPL", 10, 98.0, time_in_force="gtc")
        s.buy("AAPL", 10, 98.0)
        s.buy("AAPL", 10, 98.0, expires=OPEN + 2 * day * SECOND)
        s.buy("AAPL", 10, 90.5, time_in_force="gtc")

    lines, result = story(rows, act, after=70 if data == "bars" else 5)

    fates = [order.status for order in result.orders_table()]
    assert fates == ["filled", "expired", "filled", "expired"]
    assert next(line for line in lines if "expired" in line[1])[0] < day


def test_an_unknown_order_is_named():
    def act(s):
        with pytest.raises(ArgumentError, match="no order of this run has the id 9"):
            s.order(9)

    story(events(*ORDERS), act)


def test_a_run_without_such_orders_is_as_it_was():
    """A stop far away changes nothing else of the run."""

    def after(*more):
        return Backtest(market(busy_day()), strategies=[Maker(), *more]).run()

    far = At(lambda s: s.buy("AAPL", 1, stop=109.0))
    plain, watched = after(), after(far)
    assert np.array_equal(
        plain.fills[["timestamp", "price", "quantity"]],
        watched.fills[["timestamp", "price", "quantity"]],
    )


MIDNIGHT = 1_340_251_200 * SECOND  # of 2012-06-21 in New York


@pytest.mark.realdata
@pytest.mark.parametrize("file", ["AMZN_2012-06-21_5", "AAPL_2012-06-21_1"])
def test_a_stop_loss_on_a_real_day_triggers_at_the_first_trade_there(real_data, file):
    path = real_data / "lobster" / f"LOBSTER_SampleFile_{file}.zip"
    archive = zipfile.ZipFile(path)
    (name,) = [n for n in archive.namelist() if "message" in n]
    rows = np.genfromtxt(io.TextIOWrapper(archive.open(name)), delimiter=",")
    time, kind, price = rows[:, 0], rows[:, 1], rows[:, 4].astype(np.int64)
    traded = np.isin(kind, (4, 5))
    sent = 36_000  # ten o'clock
    before = int(price[traded & (time < sent)][-1])
    stop = (before - 5_000) // 100 * 100  # half a dollar lower, in 1e-4
    first = time[traded & (time > sent) & (price <= stop)][0]

    class Loss(Strategy):
        def on_start(self):
            self.set_timer(at=MIDNIGHT + sent * SECOND)

        def on_timer(self, timer):
            self.sell(self.symbols[0], 1, stop=stop / 10_000)

    result = Backtest(load(path), strategies=[Loss()]).run()

    (fill,) = result.fills
    assert (fill["timestamp"] - MIDNIGHT) / SECOND == pytest.approx(first, abs=1e-7)
