"""The compiled engine against the slow twin of docs/matching.md, command by command.

After every command: the same reports, the same displayed books, and what must hold in
any market. A longer run: `AI_TRADING_TWIN_STREAMS=20000 pytest tests/python/matching`.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin import Twin
from twin_commands import Drawn, command, mix
from twin_driver import Both

from ai_trading._core import matching

STREAMS = int(os.environ.get("AI_TRADING_TWIN_STREAMS", "150"))


class Ledger:
    """What reports alone say of every order: what is left, and whether it lives."""

    def __init__(self):
        self.left = {}

    def take(self, order, size, left):
        assert size > 0
        self.left[order] -= size
        assert self.left[order] == left >= 0
        if not left:
            del self.left[order]

    def read(self, name, words, answers):
        for kind, *rest in answers:
            if kind == "accepted":
                assert rest[0] not in self.left
                self.left[rest[0]] = words["quantity"]
            elif kind == "traded":
                size, maker, taker, maker_left, taker_left = rest[4:9]
                self.take(maker, size, maker_left)
                self.take(taker, size, taker_left)
            elif kind == "replaced":
                order, was, new, _, left, shown, _ = rest
                assert name == "replace"
                assert self.left.pop(order) == was
                assert new not in self.left
                assert 0 <= shown <= left
                self.left[new] = left
            elif kind in {"canceled", "expired"}:
                assert self.left.pop(rest[0]) == rest[2] > 0
            elif kind == "decremented":
                self.left[rest[0]] -= rest[4]
                assert self.left[rest[0]] > 0
            elif kind in {"rested", "replenished", "triggered"}:
                assert self.left[rest[0]] == rest[2] >= rest[3]


def prices_only_get_worse(answers):
    """A taker trades the best price first."""
    last = {}
    for kind, *rest in answers:
        if kind in {"replaced", "triggered"}:
            last.clear()
        if kind == "traded" and not rest[9]:
            maker_side, price, taker = rest[2], rest[3], rest[6]
            worse = price if maker_side == 1 else -price
            assert worse >= last.get(taker, worse)
            last = {taker: worse}


def nobody_left_unmatched(twin):
    for instrument, market in twin.markets.items():
        if market.state != "continuous":
            continue
        bid, ask = twin.touch(instrument)
        assert bid is None or ask is None or bid < ask
        touch = (bid, ask)
        for o in twin.on(instrument, None, "shown", "dark"):
            price = twin.price_of(o, touch)
            if price is None:
                continue
            if (
                o.conditional
                or o.type == "pegged"
                or no_self_trade_near(twin, o, touch)
            ):
                assert twin.dry(o, price) < max(1, o.need)


def no_self_trade_near(twin, order, touch):
    """Whether nobody whom a plain order could meet may be kept from it by a rule.

    Who has a condition looks for partners again and again, by its own self-trade rule,
    which may end its walk in front of an order that would take from it.
    """

    def others(o):
        price = twin.price_of(o, touch)
        return [c for _, c in twin.candidates(o.side, o.instrument, price, touch)]

    return not any(
        twin.party(o.owner, c.owner) for o in (order, *others(order)) for c in others(o)
    )


def tell(chance, steps, seed):
    both = Both(Twin(seed), matching.Engine(8, seed=seed))
    ledger = Ledger()
    what = mix(chance)
    both.tell(
        "configure",
        instrument=0,
        increment=what.increment,
        allocation=what.allocation,
        least=chance.randint(1, 2),
    )
    for _ in range(steps):
        name, words = command(chance, what, both.twin)
        answers = both.tell(name, **words)
        ledger.read(name, words, answers)
        prices_only_get_worse(answers)
        nobody_left_unmatched(both.twin)
        assert set(ledger.left) == set(both.twin.orders)
        if chance.random() < 0.05:
            both.renew()
    return both


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.integers(1, 30), st.integers(0, 3))
def test_streams_that_shrink(data, steps, seed):
    tell(Drawn(data), steps, seed)


@pytest.mark.parametrize("part", range(10))
def test_long_random_streams(part):
    for number in range(STREAMS // 10):
        tell(random.Random(f"{part}-{number}"), 60, number % 4)


def test_equal_commands_give_equal_hashes():
    hashes = {tell(random.Random(7), 200, 1).engine.state_hash() for _ in range(2)}

    assert len(hashes) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.integers(1, 30), st.integers(0, 3))
def test_the_log_over_a_snapshot_reaches_the_same_hash(data, steps, seed):
    told = tell(Drawn(data), steps, seed)
    cut = data.draw(st.integers(0, len(told.rows)))
    first, then = matching.Engine(8, seed=seed), matching.Engine(8)
    for row in told.rows[:cut]:
        first.apply(row)
    then.restore(first.snapshot())

    for row in told.rows[cut:]:
        assert then.apply(row).tobytes() == first.apply(row).tobytes()
    assert then.state_hash() == first.state_hash() == told.engine.state_hash()
    assert then.book_hash() == first.book_hash()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_damaged_snapshot_is_refused_and_changes_nothing(data):
    engine = tell(Drawn(data), 12, 0).engine
    bytes_, before = engine.snapshot(), engine.state_hash()
    at = data.draw(st.integers(0, len(bytes_) - 1))
    flipped = bytearray(bytes_)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    for broken in (bytes(flipped), bytes_[:at], bytes_ + b"\0"):
        with pytest.raises(ValueError, match=r"restore: .*Nothing has changed"):
            engine.restore(broken)
        assert engine.state_hash() == before
