from __future__ import annotations

import gc
import math
import weakref
from decimal import Decimal
from inspect import isroutine, signature

import numpy as np
import pytest
from run_samples import BUY, OPEN, SECOND, SELL, Diary, bars, events, run

from ai_trading.backtest.engine import Backtest
from ai_trading.core.enums import OrderSide, OrderStatus
from ai_trading.core.errors import AiTradingError, ArgumentError
from ai_trading.core.records import EventKind
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.strategy import Strategy

ADD = EventKind.ADD
BOOK = events(
    (0, ADD, 1, BUY, 9_900, 300),
    (1, ADD, 2, SELL, 10_100, 200),
    (2, ADD, 3, BUY, 9_800, 70),
    (60, ADD, 4, SELL, 10_200, 10),
)


class Once(Strategy):
    """Calls `act` when the timer rings, five seconds after the start."""

    def __init__(self, act, **options):
        super().__init__(**options)
        self.act, self.orders = act, []

    def on_start(self):
        self.set_timer(after=5 * SECOND)

    def on_timer(self, timer):
        self.act(self)

    def on_order(self, order):
        self.orders.append((order.status, order.reason))


def at_five(act, **options):
    strategy = Once(act)
    return strategy, run(BOOK, strategy, **options)


def test_only_what_a_class_answers_is_called():
    class Nothing(Strategy):
        pass

    class Bars(Strategy):
        def on_bar(self, bar):
            pass

    given = Strategy()
    given.on_fill = print

    assert Nothing()._handlers() == {}
    assert list(Bars()._handlers()) == ["on_bar"]
    assert list(given._handlers()) == ["on_fill"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("on_quot", "on_quote"), ("on_bars", "on_bar"), ("on_filled", "on_fill")],
)
def test_a_misspelt_call_is_warned_of_where_it_is_written(name, meant):
    with pytest.warns(UserWarning, match=f"Late.{name} is never .* {meant}") as told:
        type("Late", (Strategy,), {name: lambda self, event: None})
    assert told[0].filename == __file__


def test_methods_of_ones_own_are_nobodys_business():
    own = dict.fromkeys(("on_signal", "on_close", "on_depth_change", "onwards"))
    type("Own", (Strategy,), own)


def test_what_it_may_ask():
    seen = {}

    def look(s):
        seen.update(
            touch=s.touch("AAPL"),
            price=s.price("AAPL"),
            depth=s.depth("AAPL", "buy").tolist(),
            ask=s.depth("AAPL", OrderSide.SELL, 1).tolist(),
            now=s.now,
            symbols=s.symbols,
            cash=s.cash,
            tick=s.instrument("AAPL").tick_size,
            position=s.position("AAPL"),
        )

    at_five(look, cash="5000.25")

    assert seen == {
        "touch": (99.0, 300.0, 101.0, 200.0),
        "price": 100.0,
        "depth": [[99.0, 300.0], [98.0, 70.0]],
        "ask": [[101.0, 200.0]],
        "now": OPEN + 5 * SECOND,
        "symbols": ("AAPL",),
        "cash": Decimal("5000.25"),
        "tick": Decimal("0.01"),
        "position": 0.0,
    }


def test_an_order_and_its_place_in_the_queue():
    kept = []

    def act(s):
        if not kept:
            kept.append(s.buy("AAPL", 10, 99.0))
            s.set_timer(after=SECOND)
        else:
            kept.append((s.order(kept[0]), s.queue_position(kept[0])))

    at_five(act)

    assert kept[1] == ((OrderStatus.ACCEPTED, 10.0, 0.0, 99.0), (1, 300.0))


def test_value_follows_positions():
    def act(s):
        s.buy("AAPL", 100)
        s.set_timer(after=SECOND) if not s.orders else None

    strategy, result = at_five(act)

    # Bought at 101 and worth 100, the middle: 100 lost in all, twice.
    assert result.account["value"][-1] < 1_000_000 * 10**6
    assert strategy.value == strategy.cash + Decimal(str(strategy.price("AAPL"))) * 200


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s: s.submit("AAPL", "hold", 1), "side must be one of buy, sell"),
        (lambda s: s.depth("AAPL", "hold"), "side must be one of buy, sell"),
        (lambda s: s.buy("NONE", 1), "the run has no instrument 'NONE'; it has AAPL"),
        (lambda s: s.subscribe(book_every=-1), "book_every must be a whole number"),
        (lambda s: s.set_timer(), "a timer needs at, after or every"),
        (lambda s: s.set_timer(at=1, after=1), "not both at and after"),
        (
            lambda s: s.set_timer(every=0),
            "every must be a whole number of nanoseconds, 1",
        ),
        (
            lambda s: s.buy("AAPL", 1.5),
            "the quantity of AAPL must be a finite multiple",
        ),
        (lambda s: s.buy("AAPL", math.nan), "finite multiple of 1"),
        (lambda s: s.buy("AAPL", 1, 99.005), r"finite multiple of 0\.01.*99\.005"),
        (lambda s: s.buy("AAPL", 1, math.inf), "the price of AAPL must be a finite"),
        (lambda s: s.buy("AAPL", 1e30), "the quantity of AAPL must be a finite"),
        (lambda s: s.buy("AAPL", "1"), "numbers; received quantity='1', limit=None"),
        (lambda s: s.buy("AAPL", 1, "99"), "received quantity=1, limit='99'"),
        (lambda s: s.cancel("x"), "whole numbers.*received order_id='x'"),
        (lambda s: s.modify("x", limit=1), "received order_id='x', limit=1"),
        (lambda s: s.set_timer(every="1s"), "of nanoseconds, 1 or more; received '1s'"),
        (lambda s: s.set_timer(after=1.5), "of nanoseconds, 1 or more; received 1.5"),
        (
            lambda s: s.set_timer(at="noon"),
            "at must be a whole number of nanoseconds, UTC",
        ),
    ],
)
def test_calls_that_make_no_sense_are_refused(act, words):
    with pytest.raises(ArgumentError, match=words):
        at_five(act)


def test_an_unknown_order_is_refused():
    def act(s):
        assert not s.cancel(9)
        assert not s.modify(0, quantity=1)
        assert s.queue_position(9) is None
        with pytest.raises(ArgumentError, match="no order of this run has the id 9"):
            s.order(9)

    at_five(act)


def test_outside_a_run_it_says_where_it_belongs():
    strategy = Strategy("alone")

    for ask in (lambda: strategy.now, lambda: strategy.buy("AAPL", 1),
                lambda: strategy.instrument("AAPL")):  # fmt: skip
        with pytest.raises(AiTradingError, match="alone is not part of a run"):
            ask()


def test_modify_and_cancel_tell_whether_they_went_out():
    answers = []

    def act(s):
        order_id = s.sell("AAPL", 10, 101.0)
        answers.extend([s.modify(order_id, quantity=5), s.modify(order_id, quantity=4)])
        answers.extend([s.cancel(order_id), s.cancel(order_id)])

    strategy, result = at_five(act)

    assert answers == [True, False, True, False]
    assert result.orders["quantity"].tolist() == [5]
    assert strategy.orders[-1] == ("canceled", None)


def test_sell_short_is_a_sell():
    _, result = at_five(lambda s: s.submit("AAPL", OrderSide.SELL_SHORT, 10))

    assert result.final_positions == {0: -10}


def test_an_immediate_order_leaves_nothing():
    strategy, result = at_five(lambda s: s.buy("AAPL", 500, 101, immediate=True))

    assert result.final_positions == {0: 200}
    assert strategy.orders[-1] == ("canceled", "no_liquidity")


def test_timers_ring_at_after_and_every():
    def start(s):
        s.set_timer(at=OPEN + 7 * SECOND)
        s.set_timer(after=3 * SECOND)
        s.set_timer(every=20 * SECOND)
        s.cancel_timer(s.set_timer(after=1))

    diary = Diary({"start": start})

    run(BOOK, diary)

    rings = [line for line in diary.lines if "timer" in line[1]]
    assert rings == [(3, "timer 2"), (7, "timer 1"), (20, "timer 3"), (40, "timer 3"),
                     (60, "timer 3")]  # fmt: skip


def test_two_strategies_hear_only_of_their_own_orders():
    buyer, seller = Diary(name="buyer"), Diary(name="seller")
    buyer.plan["quote 99 101"] = lambda s: len(s.lines) == 3 and s.buy("AAPL", 5)
    seller.plan["quote 99 101"] = lambda s: len(s.lines) == 3 and s.sell("AAPL", 6)

    result = run(BOOK, buyer, seller)

    assert (1, "fill 1: 5 @ 101") in buyer.lines
    assert (1, "fill 2: 6 @ 99") in seller.lines
    assert not any("2" in line[1] for line in buyer.lines if "fill" in line[1])
    assert result.final_positions == {0: -1}
    assert result.fills["strategy"].tolist() == [0, 1]


def test_a_strategy_may_run_again():
    data = bars(*[(10_000, 10_100, 9_900, 10_000)] * 4)
    diary = Diary({"bar 100": lambda s: s.buy("AAPL", 1)})
    first = run(data, diary)
    diary.lines.clear()

    second = run(data, diary)

    assert np.array_equal(first.fills, second.fills)
    assert first.state_hash == second.state_hash


def test_a_run_that_is_over_keeps_neither_its_strategy_nor_its_data():
    strategy, result = at_five(lambda s: s.buy("AAPL", 10, limit=99.0))
    gone = weakref.ref(strategy)

    del strategy
    gc.collect()

    assert gone() is None
    assert len(result.orders) == 1


def test_numbers_of_any_kind_send_the_same_order():
    sent = []
    for quantity, limit in ((10, 99), (10.0, 99.0), (np.int64(10), np.float64(99))):
        _, result = at_five(lambda s, q=quantity, at=limit: s.sell("AAPL", q, limit=at))
        sent.append(result.orders.tobytes())

    assert len(set(sent)) == 1


def test_a_canceled_order_cannot_be_canceled_again():
    answers = []

    def act(strategy):
        order = strategy.buy("AAPL", 10, limit=99.0)
        answers.extend(
            (
                strategy.cancel(np.int64(order)),
                strategy.cancel(order),
                strategy.cancel(order + 1),
            )
        )

    at_five(act)

    assert answers == [True, False, False]


def test_an_order_is_the_same_however_its_arguments_are_written():
    def said(text):
        return "".join(text)  # equal to a word of the program, but another object

    ways = (
        lambda s: s.buy("AAPL", 10, 99.0),
        lambda s: s.buy(symbol="AAPL", quantity=10, limit=99),
        lambda s: s.buy(*("AAPL",), **{said(("quan", "tity")): 10, "limit": 99.0}),
        lambda s: s.buy("AAPL", 10, limit=99.0, immediate=False, auction=None),
        lambda s: Strategy.buy(s, "AAPL", 10, 99.0),
        lambda s: s.submit("AAPL", "buy", 10, 99.0),
        lambda s: s.submit("AAPL", said(("b", "uy")), 10, limit=99.0),
        lambda s: s.submit("AAPL", side=OrderSide.BUY, quantity=10, limit=99.0),
        lambda s: s.submit("AAPL", OrderSide.BUY, 10, 99.0, time_in_force="day"),
        lambda s: s.submit(said("AAPL"), "buy", np.int64(10), np.float64(99)),
    )

    sent = [at_five(act)[1].orders.tobytes() for act in ways]

    assert set(sent) == {sent[0]}


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        (lambda s: s.buy("AAPL", 10, quantity=10), TypeError, "multiple values"),
        (lambda s: s.buy("AAPL"), TypeError, "quantity"),
        (lambda s: s.buy("AAPL", 10, 99.0, True), TypeError, "positional"),
        (lambda s: s.buy("AAPL", 10, side="buy"), ArgumentError, "side"),
        (lambda s: s.submit("AAPL", 10), TypeError, "quantity"),
        (lambda s: s.submit("AAPL", "by", 10), ArgumentError, "'by'"),
        (lambda s: s.cancel(), TypeError, "order_id"),
        (lambda s: s.cancel("1"), ArgumentError, "'1'"),
        (lambda s: s.cancel(2**70), ArgumentError, "whole numbers"),
        (lambda s: s.position("MSFT"), ArgumentError, "MSFT"),
        (lambda s: s.position(), TypeError, "symbol"),
    ],
)
def test_what_is_wrong_with_a_call_is_told_by_the_method_itself(act, kind, words):
    with pytest.raises(kind, match=words):
        at_five(act)


def test_a_method_that_is_overridden_is_the_one_that_is_called():
    class Halves(Strategy):
        def on_start(self):
            self.set_timer(after=5 * SECOND)

        def on_timer(self, timer):
            self.buy("AAPL", 20, limit=99.0)

        def buy(self, symbol, quantity, *rest, **terms):
            return super().buy(symbol, quantity / 2, *rest, **terms)

    assert run(BOOK, Halves()).orders["quantity"].tolist() == [10]


def test_its_methods_look_like_what_they_are():
    assert list(signature(Strategy.buy).parameters)[:3] == [
        "self",
        "symbol",
        "quantity",
    ]
    assert list(signature(Strategy().cancel).parameters) == ["order_id"]
    assert Strategy.position.__doc__ == "Return the signed quantity held."
    assert Strategy.submit.__qualname__ == "Strategy.submit"
    assert isroutine(Strategy.sell)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.queue_position("first"), "order ids are whole numbers"),
        (lambda s: s.queue_position(None), "order ids are whole numbers"),
        (lambda s: s.touch([]), r"the run has no instrument \[\]"),
        (lambda s: s.subscribe(quotes="yes"), "quotes must be"),
        (lambda s: s.subscribe(bars=None), "bars must be"),
        (lambda s: s.subscribe(book_every=0.5), "book_every must be a whole number"),
    ],
)
def test_a_call_with_what_does_not_belong_there_says_so(call, message):
    class Slip(Strategy):
        def on_start(self):
            call(self)

    with pytest.raises(ArgumentError, match=message):
        Backtest(synthetic_day(["A"], events=100), strategies=[Slip()]).run()
