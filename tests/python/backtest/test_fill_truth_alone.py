"""The quick experiment says what a whole backtest of one order says.

`measure_fills` replays only the life of an order, from the book as it stood. Here the
same order is left out of the whole tape in plain Python, and an ordinary `Backtest`
runs a strategy that submits, shrinks and cancels ours. Every fill must be the same, to
the nanosecond and the lot.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from run_samples import SECOND, busy_day, table

from ai_trading._core import venue
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.fill_truth import fill_models, trade_bars
from ai_trading.backtest.terms import BarFills, LevelFills, Limits
from ai_trading.core.records import EVENT, EventKind, Flag
from ai_trading.market import load
from ai_trading.market.source import MarketData
from ai_trading.strategies import Strategy

CANCELED = 1
TAKES = (EventKind.REDUCE, EventKind.REMOVE, EventKind.EXECUTE)


def told(event):
    return int(event["aux"] if event["flags"] & Flag.RESTORED else event["order_id"])


def one_instant_each(events):
    """The same events with times that rise, so that a time is a place among them."""
    out = events.copy()
    out["timestamp"] = np.arange(len(out)) * 1000 + int(out["timestamp"][0])
    return out


def left_out(events, fate):
    """The tape without an order, and what ours does when: (time, new total)."""
    out, steps = [], []
    left, total, shown = int(fate["quantity"]), int(fate["quantity"]), True
    restored = {}
    for at, event in enumerate(events):
        kind = event["kind"]
        alive = fate["born"] < at <= fate["ended"]
        row = event.copy()
        if at == fate["born"]:
            row["kind"] = EventKind.INFO
        elif alive and told(event) == fate["order_id"] and kind in TAKES:
            quantity = int(event["quantity"])
            row["kind"] = EventKind.INFO
            if kind == EventKind.EXECUTE:
                left -= quantity
                row["kind"], row["flags"] = EventKind.TRADE, Flag.DISPLAYED
                row["price"], row["side"] = fate["price"], fate["side"]
            elif event["flags"] & Flag.SIMULATED:
                shown = False
            elif quantity < left and (
                kind == EventKind.REDUCE or event["flags"] & Flag.RESTORED
            ):
                left, total = left - quantity, total - quantity
                steps.append((int(event["timestamp"]), total))
            else:
                left = 0
                steps.append((int(event["timestamp"]), 0))
        elif (
            alive
            and left
            and not shown
            and kind == EventKind.ADD
            and event["flags"] & Flag.SIMULATED
            and event["side"] == fate["side"]
            and event["price"] == fate["price"]
        ):
            shown = True
            if event["quantity"] <= left:
                row["quantity"] = 1
                out.append(row.copy())
                row["kind"], row["flags"] = EventKind.REMOVE, 0
            else:
                row["quantity"] -= left
                restored[int(event["order_id"])] = int(row["quantity"])
        elif kind in TAKES and int(event["order_id"]) in restored:
            restored[int(event["order_id"])] -= int(event["quantity"])
            if restored[int(event["order_id"])] == 0 and kind == EventKind.REDUCE:
                row["kind"] = EventKind.REMOVE
        out.append(row)
    return np.array(out, EVENT), steps


def as_levels(tape):
    """Totals and trades of a tape, from plain dictionaries."""
    orders, totals, out = {}, {}, []

    def level(event, side, price):
        row = np.zeros((), EVENT)
        row["timestamp"], row["kind"] = event["timestamp"], EventKind.LEVEL
        row["side"], row["price"] = side, price
        row["quantity"] = totals.get((side, price), 0)
        out.append(row)

    for event in tape:
        kind, quantity = event["kind"], int(event["quantity"])
        if kind == EventKind.ADD:
            key = int(event["side"]), int(event["price"])
            orders[int(event["order_id"])] = [*key, quantity]
            totals[key] = totals.get(key, 0) + quantity
            level(event, *key)
        elif kind in TAKES and int(event["order_id"]) in orders:
            order = orders[int(event["order_id"])]
            taken = order[2] if kind == EventKind.REMOVE else quantity
            order[2] -= taken
            totals[order[0], order[1]] -= taken
            if kind == EventKind.EXECUTE:
                trade = event.copy()
                trade["kind"], trade["side"] = EventKind.TRADE, order[0]
                trade["price"], trade["flags"] = order[1], 0
                out.append(trade)
            level(event, order[0], order[1])
            if not order[2]:
                del orders[int(event["order_id"])]
        elif kind == EventKind.TRADE:
            trade = event.copy()
            trade["flags"] = 0
            out.append(trade)
        else:
            info = event.copy()
            info["kind"] = EventKind.INFO
            out.append(info)
    return np.array(out, EVENT)


class InItsPlace(Strategy):
    def __init__(self, fate, steps, instrument):
        super().__init__()
        self.fate, self.steps = fate, steps
        self.symbol, self.tick = instrument.symbol, float(instrument.tick_size)

    def on_start(self):
        self.set_timer(at=int(self.fate["submitted"]))
        for at, _ in self.steps:
            self.set_timer(at=at)

    def on_timer(self, timer):
        if timer.number == 1:
            side = "sell" if self.fate["side"] else "buy"
            price = round(int(self.fate["price"]) * self.tick, 4)
            self.id = self.submit(self.symbol, side, int(self.fate["quantity"]), price)
            return
        total = self.steps[timer.number - 2][1]
        if total <= self.order(self.id).filled:
            self.cancel(self.id)
        else:
            self.modify(self.id, quantity=total)


def backtest(records, instruments, fate, steps, fills):
    result = Backtest(
        MarketData(records, instruments, "one order left out"),
        strategies=[InItsPlace(fate, steps, instruments[0])],
        limits=Limits(price_collar=None),
        cash=Decimal(10**10),
        equity_interval=3600 * SECOND,
        **fills,
    ).run()
    assert len(result.orders) == 1
    assert result.orders["status"][0] != 7  # not rejected
    return [(int(f["timestamp"]), int(f["quantity"])) for f in result.fills]


def summed(fills, fate):
    """What an outcome says of fills; a canceled order has no patience."""
    inside = [q for at, q in fills if at <= fate["finished"]]
    return (
        sum(inside),
        sum(q for _, q in fills) - sum(inside),
        fills[0][0] if fills else 0,
        fills[-1][0] if fills else 0,
    )


def agree(events, instruments, chosen, queues, patience):
    quick = {"orders": venue.replay(events, chosen, "orders", {}, patience)}
    for queue in queues:
        core = LevelFills(queue=queue).to_core()
        quick[queue] = venue.replay(events, chosen, "levels", core, patience)
    filled = 0
    for row, fate in enumerate(chosen):
        tape, steps = left_out(events, fate)
        if fate["ending"] != CANCELED:
            steps.append((int(fate["finished"]) + patience, 0))
        span = tape["timestamp"] <= int(fate["finished"]) + patience
        whole = tape[span | (np.cumsum(~span) == 1)]
        said = backtest(whole, instruments, fate, steps, {})
        assert summed(said, fate) == quick["orders"][row].item(), (row, fate)
        filled += bool(said)
        totals = as_levels(whole)
        for queue in queues:
            said = backtest(
                totals, instruments, fate, steps,
                {"level_fills": LevelFills(queue=queue)},
            )  # fmt: skip
            assert summed(said, fate) == quick[queue][row].item(), (queue, row, fate)
    return filled


QUEUES = ("risk_averse", "log", "sizes", "front", "touch", "through")


def test_made_up_flow_says_the_same_alone():
    events = one_instant_each(busy_day(800))
    fates = venue.fates(events)
    chosen = fates[fates["ending"] <= CANCELED]
    some = np.ascontiguousarray(chosen[10 :: max(1, len(chosen) // 12)])  # with a mark

    assert agree(events, table(), some, QUEUES, patience=50_000) > 0


@pytest.mark.parametrize(
    ("file", "start"),
    [("AMZN_2012-06-21_5", 3_000), ("AAPL_2012-06-21_1", 3_000)],
)
def test_real_orders_say_the_same_alone(real_data, file, start):
    data = load(real_data / "lobster" / f"LOBSTER_SampleFile_{file}.zip")
    first = data.records[0]["timestamp"]
    before = np.cumsum(data.records["timestamp"] == first)[-1]  # the opening book
    assert before < start
    events = one_instant_each(data.records[: start + 1500])
    fates = venue.fates(events)
    late = fates[(fates["born"] > start) & (fates["ending"] <= CANCELED)]
    traded = late[late["filled"] > 0]
    rng = np.random.default_rng(3)
    chosen = np.concatenate([
        rng.choice(traded, min(5, len(traded)), replace=False),
        rng.choice(late, 5, replace=False),
    ])  # fmt: skip
    chosen = chosen[np.argsort(chosen["born"], kind="stable")]

    assert agree(events, data.instruments, chosen, QUEUES[:2], patience=10**5) >= 3


def test_bars_say_the_same_alone():
    events = busy_day(800)
    fates = venue.fates(events)
    chosen = fates[fates["ending"] <= CANCELED]
    lived = chosen["finished"] - chosen["submitted"]
    chosen = chosen[lived > 2 * SECOND][10:50]
    width = SECOND
    bars = trade_bars(events, width)
    fills = BarFills(touch_fills=True)

    quick = venue.replay(events, chosen, "bars", fills.to_core(), 0, bars)

    for row, fate in enumerate(chosen):
        _, steps = left_out(events, fate)
        if fate["ending"] != CANCELED:
            steps.append((int(fate["finished"]), 0))
        said = backtest(bars, table(), fate, steps, {"bar_fills": fills})
        assert summed(said, fate) == quick[row].item(), (row, fate)


def test_every_kind_of_data_has_a_model():
    assert {model.shown for model in fill_models()} == {
        "orders", "levels", "quotes", "touch", "trades", "bars",
    }  # fmt: skip
