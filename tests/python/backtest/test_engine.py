from __future__ import annotations

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_samples import (
    BUY,
    CENT,
    OPEN,
    SECOND,
    SELL,
    Diary,
    Maker,
    bars,
    busy_day,
    events,
    market,
    quotes,
    run,
    table,
)

from ai_trading._core import ConcurrentUseError
from ai_trading.backtest import engine
from ai_trading.backtest.engine import Backtest, BarFills, FeeModel, Latency, Limits
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import EventKind
from ai_trading.market.source import EventStream, MarketData
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.strategy import Strategy

ADD, EXECUTE, REMOVE = EventKind.ADD, EventKind.EXECUTE, EventKind.REMOVE

SMALL = events(
    (0, ADD, 1, BUY, 9_900, 300),
    (1, ADD, 2, SELL, 10_100, 200),
    (10, ADD, 3, BUY, 9_900, 80),
    (20, EXECUTE, 1, BUY, 9_900, 300),
    (30, EXECUTE, 3, BUY, 9_900, 50),
    (40, ADD, 4, SELL, 10_200, 10),
)


def everything(result):
    """Return every byte of a result that is not about wall time."""
    arrays = (result.orders, result.fills, result.account)
    prices = sorted((i, p.tobytes()) for i, p in result.prices.items())
    return result.run_id, result.state_hash, [a.tobytes() for a in arrays], prices


# What happens when


def test_a_story_of_joining_a_queue():
    diary = Diary()
    diary.plan["quote 99 101"] = lambda s: len(s.lines) == 3 and s.buy("AAPL", 100, 99)

    result = run(SMALL, diary)

    assert diary.lines == [
        (0, "start"),
        (0, "quote 99 nan"),
        (1, "quote 99 101"),
        (1, "accepted 1"),
        (10, "quote 99 101"),
        (20, "trade 300 @ 99"),
        (20, "quote 99 101"),
        (30, "trade 50 @ 99"),
        (30, "quote 99 101"),
        (30, "fill 1: 50 @ 99"),
        (40, "expired 1"),
        "stop",
    ]
    assert result.final_positions == {0: 50}
    assert result.account["cash"][-1] == 1_000_000 * 10**6 - 50 * 99 * 10**6


def test_delays_move_what_is_seen_and_what_arrives():
    latency = Latency(feed=2 * SECOND, entry=3 * SECOND, response=4 * SECOND)
    diary = Diary({"trade 300 @ 99": lambda s: s.buy("AAPL", 10)})

    result = run(SMALL, diary, latency=latency)

    assert (22, "trade 300 @ 99") in diary.lines  # 20 + 2
    assert (29, "fill 1: 10 @ 101") in diary.lines  # 22 + 3 + 4
    assert result.fills["timestamp"].tolist() == [OPEN + 25 * SECOND]
    assert result.orders["submitted"].tolist() == [OPEN + 22 * SECOND]


def test_a_refused_order_is_told_through_on_order():
    diary = Diary(
        {
            "start": lambda s: s.buy("AAPL", 1, 99),
            "quote 99 101": lambda s: s.buy("AAPL", 1, 200) if len(s.lines) < 5 else 0,
        }
    )

    result = run(SMALL, diary)

    assert (0, "rejected 1 no_reference_price") in diary.lines
    assert (1, "rejected 2 price_collar") in diary.lines
    assert result.fills.size == 0


def test_on_stop_cannot_send():
    class Late(Strategy):
        def on_stop(self):
            with pytest.raises(ValueError, match="the run is over"):
                self.buy("AAPL", 1)
            self.told = not self.cancel(1)

    late = Late()

    run(SMALL, late)

    assert late.told


def test_answering_the_last_expiry_with_an_order_is_refused_not_an_error():
    def again(s):
        s.buy("AAPL", 100, 99)

    diary = Diary({"trade 50 @ 99": again, "expired 1": again})
    diary.plan["rejected 2 market_closed"] = again

    result = run(SMALL, diary)

    assert diary.lines[-2:] == [(40, "rejected 2 market_closed"), "stop"]
    assert len(result.orders) == 3


def test_fees_and_cash_add_up():
    fees = FeeModel(taker_per_share="0.003", taker_bps=1, per_order="0.5")
    diary = Diary({"trade 300 @ 99": lambda s: s.buy("AAPL", 100)})

    result = run(SMALL, diary, fees=fees)

    # 100 shares at 101: 0.30 a share, 1.01 of value, 0.50 for the order.
    assert result.fills["fee"].tolist() == [1_810_000_000]
    paid = Decimal(1_000_000) - 10_100 - Decimal("1.81")
    assert diary.cash == paid
    assert result.account["cash"][-1] == paid * 10**6


# Bars


def test_a_signal_on_a_bar_fills_at_the_next_open():
    diary = Diary({"bar 101": lambda s: s.buy("AAPL", 10)})

    result = run(
        bars((10_000, 10_200, 9_900, 10_100), (10_300, 10_500, 10_300, 10_400)), diary
    )

    assert diary.lines == [
        (0, "start"),
        (60, "bar 101"),
        (60, "accepted 1"),
        (60, "fill 1: 10 @ 103"),
        (120, "bar 104"),
        "stop",
    ]
    assert result.fills["timestamp"].tolist() == [OPEN + 60 * SECOND]


@st.composite
def random_bars(draw):
    rows = []
    for _ in range(draw(st.integers(2, 25))):
        a, b, c, d = (draw(st.integers(9_000, 11_000)) for _ in range(4))
        rows.append((a, max(a, b, c, d), min(a, b, c, d), b))
    return bars(*rows, volume=draw(st.integers(0, 300)))


class Greedy(Strategy):
    """Sends every kind of order on every bar."""

    def on_bar(self, bar):
        for limit in (None, bar.low, bar.close, bar.high):
            self.buy("AAPL", 7, limit)
            self.sell("AAPL", 7, limit)


@given(random_bars(), st.booleans(), st.integers(0, 3))
@settings(max_examples=40)
def test_no_bar_order_fills_before_the_next_open_nor_outside_its_bar(
    data, touch_fills, half_spread
):
    result = run(
        data,
        Greedy(),
        bar_fills=BarFills(touch_fills=touch_fills, half_spread_ticks=half_spread),
        limits=Limits(price_collar=None),
    )

    orders = {int(row["order_id"]): row for row in result.orders}
    traded = dict.fromkeys(range(len(data)), 0)
    for fill in result.fills:
        order = orders[int(fill["order_id"])]
        sign = -1 if fill["side"] else 1
        sent = int(np.searchsorted(data["timestamp"], order["submitted"]))
        at_open = fill["liquidity"] == 2
        column = "start" if at_open else "timestamp"
        bar = int(np.searchsorted(data[column], fill["timestamp"]))
        assert bar > sent
        traded[bar] += int(fill["quantity"])
        if at_open:
            assert fill["price"] == data["open"][bar] + sign * half_spread
        else:
            reached = data["high" if sign < 0 else "low"][bar] + sign * half_spread
            assert sign * (fill["price"] - reached) >= (0 if touch_fills else 1)
        if order["type"] == 1:
            assert sign * (fill["price"] - order["price"]) <= 0
    assert all(traded[i] <= data["volume"][i] for i in traded)


def test_peeking_at_the_bar_it_sees_earns_nothing():
    # Every bar opens at 100 and closes 3 higher or lower; the next opens at 100 again.
    # Knowing the move of a bar that has ended is worth nothing at the next open.
    moves = np.random.default_rng(1).choice([-300, 300], 400)
    rows = [(10_000, max(10_000, c), min(10_000, c), c) for c in 10_000 + moves]

    class Peek(Strategy):
        def on_bar(self, bar):
            held = self.position("AAPL")
            want = 100 if bar.close > bar.open else -100
            if want > held:
                self.buy("AAPL", want - held)
            elif want < held:
                self.sell("AAPL", held - want)

    result = run(bars(*rows, volume=10_000), Peek())

    assert len(result.fills) > 100
    assert set(result.fills["price"].tolist()) == {10_000}
    assert result.account["realized"][-1] == 0


def test_bars_without_volume_fill_nobody_unless_told():
    data = bars(*[(10_000, 10_100, 9_900, 10_000)] * 3, volume=0)
    diary = [Diary({"bar 100": lambda s: s.buy("AAPL", 1)}) for _ in range(2)]

    assert run(data, diary[0]).fills.size == 0
    assert run(data, diary[1], bar_fills=BarFills(volume_cap=None)).fills.size == 2


def test_day_orders_end_with_their_date():
    data = bars(*[(10_000, 10_010, 9_990, 10_000)] * 6)
    for name in ("timestamp", "start"):
        data[name][3:] += 24 * 3600 * SECOND  # the next day
    diary = Diary({"start": lambda s: None})
    diary.plan["bar 100"] = lambda s: len(s.lines) < 3 and s.buy("AAPL", 1, 99)

    run(data, diary)

    assert (180, "expired 1") in diary.lines


# Quotes


def test_quotes_drive_a_level_book():
    data = quotes(
        (0, 9_900, 500, 10_100, 300),
        (1, 9_950, 100, 10_100, 300),
        (2, 9_950, 100, 10_000, 50),
    )
    diary = Diary({"quote 99.5 100": lambda s: s.buy("AAPL", 80)})

    result = run(data, diary)

    assert [line for _, line in diary.lines[:-1]] == [
        "start",
        "quote 99 101",
        "quote 99.5 101",
        "quote 99.5 100",
        "accepted 1",
        "fill 1: 50 @ 100",
        "canceled 1 no_liquidity",
    ]
    assert result.kind == "quotes"


# Same inputs, same outputs


def test_two_runs_are_alike_to_the_byte():
    data = busy_day()

    one, two = (run(data, Maker(), latency=Latency(entry=SECOND)) for _ in range(2))

    assert len(one.fills) > 50
    assert everything(one) == everything(two)
    assert one.run_id != run(data, Maker()).run_id


@pytest.mark.parametrize("latency", [Latency(), Latency(feed=1, entry=3 * SECOND)])
def test_the_size_of_chunks_does_not_matter(monkeypatch, latency):
    data = busy_day(1500)
    whole = run(data, Maker(), latency=latency, equity_interval=60 * SECOND)

    for size in (7, 400):
        monkeypatch.setattr(engine, "_CHUNK", size)
        parts = run(data, Maker(), latency=latency, equity_interval=60 * SECOND)
        assert parts.run_id == whole.run_id
        assert parts.state_hash == whole.state_hash
        assert parts.fills.tobytes() == whole.fills.tobytes()
        assert parts.account.tobytes() == whole.account.tobytes()


def test_the_size_of_chunks_does_not_matter_for_quotes(monkeypatch):
    rng = np.random.default_rng(3)
    bid = 9_990 + rng.integers(-5, 5, 600)
    data = quotes(
        *[
            (i, b, q, b + w, p)
            for i, (b, q, w, p) in enumerate(
                zip(
                    bid.tolist(),
                    (rng.integers(1, 9, 600) * 100).tolist(),
                    rng.integers(1, 6, 600).tolist(),
                    (rng.integers(1, 9, 600) * 100).tolist(),
                    strict=True,
                )
            )
        ]
    )
    whole = run(data, Maker(), equity_interval=60 * SECOND)
    assert len(whole.fills) > 20

    for size in (1, 13):
        monkeypatch.setattr(engine, "_CHUNK", size)
        parts = run(data, Maker(), equity_interval=60 * SECOND)
        assert parts.fills.tobytes() == whole.fills.tobytes()
        assert parts.state_hash == whole.state_hash
        assert parts.events == whole.events


def test_a_stream_gives_what_the_whole_gives():
    data = busy_day(1500)
    pieces = [data[i : i + 100] for i in range(0, len(data), 100)]
    stream = EventStream(lambda _: pieces, table("AAPL"), source="made up")

    whole = run(data, Maker(), equity_interval=60 * SECOND)
    streamed = Backtest(stream, strategies=[Maker()], equity_interval=60 * SECOND).run()

    assert streamed.fills.tobytes() == whole.fills.tobytes()
    assert streamed.state_hash == whole.state_hash


def test_runs_in_threads_are_those_in_sequence():
    days = [busy_day(2000, seed) for seed in range(4)]
    alone = [everything(run(day, Maker())) for day in days]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda day: everything(run(day, Maker())), days))

    assert together == alone


# When things go wrong


def test_ctrl_c_in_a_handler_keeps_what_was_done():
    def interrupt(s):
        raise KeyboardInterrupt

    diary = Diary({"quote 99 nan": lambda s: None, "trade 50 @ 99": interrupt})
    diary.plan["quote 99 101"] = lambda s: len(s.lines) == 3 and s.buy("AAPL", 10, 99)

    result = run(SMALL, diary)

    assert result.partial
    assert result.final_positions == {0: 10}  # the fill was on its way
    assert result.end_ns == OPEN + 30 * SECOND
    assert diary.lines[-1] == "stop"
    assert result.run_id != run(SMALL, Diary()).run_id


def test_an_exception_in_a_handler_keeps_its_type():
    class OwnError(Exception):
        pass

    def fail(s):
        raise OwnError("from the strategy")

    for line in ("start", "quote 99 101", "trade 50 @ 99", "timer 1"):
        diary = Diary({"start": lambda s: s.set_timer(after=5 * SECOND)})
        diary.plan[line] = fail
        if line == "timer 1":
            diary.plan["start"] = lambda s: s.set_timer(after=5 * SECOND)
        with pytest.raises(OwnError, match="from the strategy"):
            run(SMALL, diary)


def test_one_session_cannot_be_used_from_two_threads():
    seen = []

    class Shares(Strategy):
        def on_trade(self, trade):
            def use():
                try:
                    self.buy("AAPL", 1)
                except ConcurrentUseError as error:
                    seen.append(str(error))

            other = threading.Thread(target=use)
            other.start()
            other.join()
            try:
                self._running.run(1)
            except ConcurrentUseError as error:
                seen.append(str(error))

    run(SMALL, Shares())

    assert len(seen) == 4
    assert "another thread" in seen[0]


def test_records_that_a_strategy_keeps_never_change():
    class Keeps(Strategy):
        def on_start(self):
            self.kept, self.texts = [], []
            self.set_timer(every=30 * SECOND)

        def keep(self, record):
            self.kept.append(record)
            self.texts.append(repr(record))

        on_timer = on_order = on_fill = keep

        def on_bar(self, bar):
            self.keep(bar)
            self.buy("AAPL", 1)

    keeps = Keeps()

    run(
        bars(*[(10_000 + i, 10_010 + i, 9_990 + i, 10_000 + i) for i in range(50)]),
        keeps,
    )

    assert [repr(record) for record in keeps.kept] == keeps.texts
    assert len(set(keeps.texts)) == len(keeps.texts)
    assert any("open=100.01" in text for text in keeps.texts)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strategies": []}, "strategies is empty"),
        ({"strategies": [Diary(), Diary()]}, "two strategies are called 'Diary'"),
        ({"equity_interval": 0}, "equity_interval must be a whole number"),
        ({"cash": "1.0000001"}, "cash must be a multiple"),
        ({"cash": float("nan")}, "cash must be a finite number"),
        ({"strategies": [Diary]}, r"make one of it: Diary\(\)"),
        ({"strategies": [3]}, "must be an object of ai_trading.Strategy; received 3"),
        ({"strategies": None}, r"strategies\[0\] must be an object"),
        ({"latency": "50us"}, "latency must be of type Latency; received '50us'"),
        ({"fees": 3}, "fees must be of type FeeModel; received 3"),
        ({"limits": {}}, "limits must be of type Limits"),
        ({"seed": "a"}, "seed must be of type int; received 'a'"),
        ({"currency": 5}, "currency must be of type str; received 5"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, words):
    with pytest.raises(ArgumentError, match=words):
        Backtest(market(SMALL), **({"strategies": [Diary()]} | options))


def test_data_that_makes_no_sense_is_refused():
    with pytest.raises(ArgumentError, match="received NoneType"):
        Backtest(None, strategies=[Diary()])
    with pytest.raises(ArgumentError, match="data is empty"):
        Backtest([], strategies=[Diary()])
    with pytest.raises(ArgumentError, match="received list"):
        Backtest([[1, 2]], strategies=[Diary()])
    with pytest.raises(DataError, match="no records"):
        run(SMALL[:0], Diary())
    mixed = events((0, ADD, 1, BUY, 1, 1), (1, EventKind.LEVEL, 0, BUY, 1, 1))
    with pytest.raises(DataError, match="mixes single orders and price levels"):
        run(mixed, Diary())


def test_every_instrument_is_in_the_currency_of_the_account():
    euro = InstrumentTable([Instrument("SAP", tick_size=CENT, currency="EUR")])
    data = MarketData(SMALL, euro, source="made up")

    with pytest.raises(ArgumentError, match="SAP is quoted in EUR"):
        Backtest(data, strategies=[Diary()]).run()
    assert Backtest(data, strategies=[Diary()], currency="EUR").run().currency == "EUR"


def test_several_sources_are_merged_in_time():
    later = SMALL.copy()
    later["timestamp"] += 5 * SECOND
    later["order_id"] += 100
    both = [market(SMALL, "AAPL"), market(later, "MSFT")]
    diary = Diary()

    result = Backtest(both, strategies=[diary]).run()

    times = [
        line[0] for line in itertools.takewhile(lambda x: x != "stop", diary.lines)
    ]
    assert times == sorted(times)
    assert result.instruments.symbols == ("AAPL", "MSFT")
    assert result.events == 12


def test_progress_reaches_the_end_and_the_config_is_plain():
    calls = []
    backtest = Backtest(market(SMALL), strategies=[Diary(name="d", size=Decimal(3))])

    backtest.run(progress=lambda *now: calls.append(now))

    assert calls[-1][:2] == (6, 6)
    config = json.loads(json.dumps(backtest.config()))
    assert config["strategies"]["d"]["parameters"] == {"size": "3"}


class BuyOnce(Strategy):
    def on_start(self):
        self.buy(self.symbols[0], 10)


def test_what_is_printed_says_what_it_is():
    data = synthetic_day(["AAA"], events=500)
    plan = Backtest(data, strategies=[BuyOnce()], name="first try")
    result = plan.run()

    assert repr(data).startswith(f"<MarketData {len(data):,} events of AAA, 2026-")
    assert repr(plan) == f"<Backtest first try: BuyOnce on {data.source}>"
    assert repr(plan.strategies[0]) == "<BuyOnce 'BuyOnce'>"
    assert f"orders {len(result.orders)}, fills {len(result.fills)}" in repr(result)
    assert f"{result.profit:+,.2f} USD" in repr(result)
    assert len(repr(result)) < 160
