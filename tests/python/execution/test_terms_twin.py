"""Orders with terms through an engine, held to the matching engine's own answers.

The made-up market stands still: its displayed book is copied into an engine of its own,
and the same commands go to both, in ticks and lots that this test works out by itself.
"""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading._core.matching import OWN_IDS, Engine, answer_kinds
from ai_trading.core.errors import OrderRejectedError
from ai_trading.core.records import reject_name
from ai_trading.core.settings import Settings
from ai_trading.execution.engine import ExecutionEngine

CENT = 100
MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING, TO_LIMIT, ICEBERG, HIDDEN, POST, PEG = range(
    10
)
TRIGGERS = ("last", "bid_ask", "mid")
PEGS = (None, "primary", "midpoint", "market")
RICH = Settings(execution={"simulation_cash": 10**12, "max_order_size": 10**7})
KINDS = {code: name for name, code in answer_kinds.items()}


class Both:
    """An engine, and the matching engine with a copy of its book."""

    def __init__(self):
        self.engine = ExecutionEngine(settings=RICH)
        index = self.engine.open_symbol("X")
        core = self.engine._desk
        self.now = self.engine.clock.now_ns()
        self.twin = Engine(1)
        self.twin.configure(0, increment=CENT)
        for side in (0, 1):
            for name, price, left in core.shown(index, side):
                self.twin.submit(
                    name, side=side, price=price, quantity=left, timestamp=self.now
                )
        self.touch = core.best(index, 0)[0], core.best(index, 1)[0]
        self.fills: dict[int, list[tuple[int, int]]] = {}
        self.status: dict[int, str] = {}
        self.limit: dict[int, int] = {}
        self.refused: str | None = None
        self.send(0, MARKET, 0, 1)  # so that there is a last trade

    @property
    def alive(self):
        return [n for n, status in self.status.items() if status == "works"]

    def send(self, side, kind, price, quantity, lasts=0, words=(), core=()):
        """Send one order to both; `words` and `core` are its terms for either."""
        number = len(self.status) + 1
        limit = price or (2**62 * (1 if side == 0 else -1) if kind == PEG else 0)
        self.limit[number] = limit
        self.status[number], self.fills[number] = "works", []
        self.hear(
            self.twin.submit(
                OWN_IDS + number,
                side=side,
                quantity=quantity,
                price=limit,
                order_type=kind,
                time_in_force=lasts,
                owner=1,
                timestamp=self.now,
                **dict(core),
            )
        )
        try:
            self.engine.execute_order(
                "X",
                ("buy", "sell")[side],
                quantity,
                "market_to_limit"
                if kind == TO_LIMIT
                else ("market", "limit")[bool(price)],
                price=Decimal(price) / 10_000 if price else None,
                time_in_force=("day", "ioc", "gtc", None, "fok")[lasts],
                **dict(words),
            )
            said = None
        except OrderRejectedError as error:
            said = error.reason
        assert said == self.refused
        if self.refused is not None:
            self.status[number], self.refused = "rejected", None
        self.compare()

    def cancel(self, number):
        self.hear(self.twin.cancel(OWN_IDS + number, timestamp=self.now))
        assert self.engine.cancel_order(self.name(number))
        self.compare()

    def modify(self, number, *, quantity, price=None, stop=None):
        order = self.engine.get_order(self.name(number))
        left = quantity - sum(lots for _, lots in self.fills[number])
        if left < 1:
            return
        self.hear(
            self.twin.replace(
                OWN_IDS + number,
                price=price or self.limit[number],
                left=left,
                stop=stop,
                timestamp=self.now,
            )
        )
        granted = self.engine.modify_order(
            order.order_id,
            quantity=quantity,
            price=Decimal(price) / 10_000 if price else None,
            stop=Decimal(stop) / 10_000 if stop else None,
        )
        slid = price is not None and self.limit[number] != price  # post-only
        assert granted == (self.refused is None and not slid)
        self.refused = None
        self.compare()

    def name(self, number):
        return self.engine._blotter.name(number)

    def hear(self, answers):
        for row in answers:
            kind = KINDS[int(row["kind"])]
            number = int(row["order_id"]) - OWN_IDS
            other = int(row["other_id"]) - OWN_IDS
            if kind == "rejected":
                self.refused = reject_name(int(row["reason"]))
            elif kind == "replaced":
                self.limit[number] = int(row["price"])
            elif kind == "traded":
                for party, left in ((number, row["left"]), (other, row["other_left"])):
                    if party > 0:
                        fill = (int(row["price"]), int(row["quantity"]))
                        self.fills[party].append(fill)
                        if left == 0:
                            self.status[party] = "filled"
            elif kind in ("canceled", "expired") and number > 0:
                self.status[number] = kind

    def compare(self):
        for number, status in self.status.items():
            order = self.engine.get_order(self.name(number))
            mine = [(int(f.price * 10_000), int(f.quantity)) for f in order.fills]
            assert mine == self.fills[number], order
            shown = "works" if order.is_active else str(order.status)
            assert shown == status, order


@st.composite
def commands(draw):
    """An order: side, type, steps from the touch, size, and what its type needs."""
    return {
        "act": draw(st.sampled_from(["send"] * 5 + ["cancel", "modify"])),
        "side": draw(st.integers(0, 1)),
        "kind": draw(st.integers(0, 9)),
        "steps": draw(st.integers(-6, 6)),
        "far": draw(st.integers(-3, 3)),
        "quantity": draw(st.integers(1, 60)) * draw(st.sampled_from([1, 1000])),
        "size": draw(st.integers(1, 60)) * draw(st.sampled_from([1, 100])),
        "trigger": draw(st.integers(0, 2)),
        "peg": draw(st.integers(1, 3)),
        "whole": draw(st.booleans()),
        "percent": draw(st.booleans()),
        "lasts": draw(st.sampled_from([0, 0, 1, 2, 4])),
        "which": draw(st.integers(0, 99)),
    }


def perform(both, c):
    bid, ask = both.touch
    base = bid if c["side"] == 0 else ask
    price = base + c["steps"] * CENT
    stop = base + c["far"] * CENT
    if c["act"] != "send":
        if not both.alive:
            return None
        number = both.alive[c["which"] % len(both.alive)]
        if c["act"] == "cancel":
            return both.cancel(number)
        order = both.engine.get_order(both.name(number))
        if order.order_type == "market_to_limit":
            return None
        terms = {"quantity": c["quantity"]}
        priced = order.price is not None and order.order_type != "pegged"
        if priced and c["whole"]:
            terms["price"] = price
        waits = order.order_type in ("stop", "stop_limit")
        if waits and order.triggered_ns is None and c["percent"]:
            terms["stop"] = stop
        return both.modify(number, **terms)
    kind, quantity = c["kind"], c["quantity"]
    size = min(c["size"], quantity)
    words, core, lasts = {}, {}, 0 if c["lasts"] != 2 else 2
    if kind in (MARKET, LIMIT):
        lasts = c["lasts"] if (kind, c["lasts"]) != (MARKET, 2) else 0
    if kind in (MARKET, LIMIT, HIDDEN, PEG) and lasts != 4 and c["percent"]:
        if c["whole"]:
            words["all_or_none"] = core["all_or_none"] = True
        else:
            words["minimum"] = core["minimum"] = size
    if kind in (STOP, STOP_LIMIT):
        words["stop"], core["stop"] = Decimal(stop) / 10_000, stop
    if kind in (STOP, STOP_LIMIT, TRAILING):
        words["trigger"], core["trigger"] = TRIGGERS[c["trigger"]], c["trigger"]
    if kind == TRAILING and c["percent"]:
        words["trailing"], core["trail"], core["trail_by"] = "0.02%", 2, 1
    elif kind == TRAILING:
        words["trailing"] = Decimal(size % 9 + 1) / 100
        core["trail"] = (size % 9 + 1) * CENT
    if kind == ICEBERG:
        words["display"] = core["display"] = size
    if kind == HIDDEN:
        words["hidden"] = True
    if kind == POST:
        words["post_only"] = "slide" if c["whole"] else True
        core["slide"] = c["whole"]
    if kind == PEG:
        words["peg"], core["peg"] = PEGS[c["peg"]], c["peg"]
        words["offset"] = Decimal(c["far"]) / 100
        core["offset"] = c["far"] * CENT
    limited = kind in (LIMIT, STOP_LIMIT, ICEBERG, HIDDEN, POST)
    limited = limited or (kind == PEG and c["whole"] and c["steps"] > 0)
    both.send(c["side"], kind, price if limited else 0, quantity, lasts, words, core)
    return None


@settings(deadline=None, max_examples=60)
@given(st.lists(commands(), min_size=3, max_size=12))
def test_the_same_commands_come_to_the_same_fills_and_states(rows):
    both = Both()
    for row in rows:
        perform(both, row)
