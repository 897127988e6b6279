"""Streams of commands that make every rule meet every other.

`Chance` is anything with `choice`, `randint` and `random`, as `random.Random` has them:
a generator for long runs, or hypothesis behind `Drawn` for streams that shrink.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from twin_driver import AUCTIONS, PEGS, SELF_TRADES, STATES, TIMES, TRAILS, TRIGGERS
from twin_orders import AT_AUCTION, MAX, RESTING, TERMS, TYPES
from twin_orders import TIMES as TIMES_OF


class Drawn:
    """Chances drawn by hypothesis."""

    def __init__(self, data):
        self.draw = data.draw

    def choice(self, values):
        return self.draw(st.sampled_from(list(values)))

    def randint(self, low, high):
        return self.draw(st.integers(low, high))

    def random(self):
        return self.draw(st.integers(0, 999)) / 1000


@dataclass
class Mix:
    """What a stream is made of."""

    types: list
    owners: list
    allocation: str
    increment: int = 1
    instruments: tuple = (0,)
    times: float = 0.3  # share of orders with a time in force of their own
    own_rules: float = 0.3  # with a self-trade rule
    conditions: float = 0.3  # with a minimum or all-or-none
    accounts: bool = True
    bands: bool = True
    states: bool = True


def mix(chance):
    few = [chance.choice(TYPES) for _ in range(chance.randint(1, 4))]
    return Mix(
        types=chance.choice([list(TYPES), ["limit", *few]]),
        owners=chance.choice([[0], [1, 2], [0, 1, 2, 3]]),
        allocation=chance.choice(
            ["price_time", "price_time", "pro_rata", "price_size_time"]
        ),
        increment=chance.choice([1, 1, 3]),
        instruments=chance.choice([(0,), (0,), (0, 0, 1)]),
        times=chance.choice([0.0, 0.3]),
        own_rules=chance.choice([0.0, 0.3, 0.8]),
        conditions=chance.choice([0.0, 0.2, 0.6]),
        accounts=chance.choice([False, True]),
        bands=chance.choice([False, True]),
        states=chance.choice([False, True]),
    )


def price(chance, mix):
    if chance.random() < 0.02:
        return chance.randint(94, 106)  # perhaps off the increment
    return chance.randint(95, 105) * mix.increment


def order(chance, mix, now):
    kind = chance.choice(mix.types)
    words = {
        "id": chance.randint(1, 60),
        "instrument": chance.choice(mix.instruments),
        "side": chance.randint(0, 1),
        "type": kind,
        "quantity": chance.choice([1, 2, 3, 4, 5, 8, 12]),
        "price": price(chance, mix),
        "owner": chance.choice(mix.owners),
        "tif": "day",
    }
    if chance.random() < mix.times:
        words["tif"] = chance.choice(TIMES_OF.get(kind, RESTING))
    elif chance.random() < 0.01:
        words["tif"] = chance.choice(TIMES)
    if words["tif"] == "gtd":
        words["expire_at"] = now + chance.randint(0, 20)
    if chance.random() < mix.own_rules:
        words["self_trade"] = chance.choice(SELF_TRADES)
    may = "minimum" in TERMS[kind] and words["tif"] not in AT_AUCTION
    if may and chance.random() < mix.conditions:
        if chance.random() < 0.5:
            words["all_or_none"] = True
        else:
            words["minimum"] = chance.randint(0, words["quantity"])
    words |= special_terms(chance, mix, kind, words)
    if chance.random() < 0.01:
        wrong = ("display", "minimum", "stop", "trail", "offset", "expire_at")
        words[chance.choice(wrong)] = chance.choice([-1, 1, 5])
    return "submit", words


def special_terms(chance, mix, kind, words):
    if kind in {"stop", "stop_limit"}:
        return {"stop": price(chance, mix), "trigger": chance.choice(TRIGGERS)}
    if kind == "trailing_stop":
        by = chance.choice(TRAILS)
        far = (1, 2, 4) if by == "ticks" else (1, 100, 200, 400)
        trigger = chance.choice(TRIGGERS)
        return {"trail_by": by, "trail": chance.choice(far), "trigger": trigger}
    if kind == "iceberg":
        display = chance.randint(1, words["quantity"])
        spread = chance.randint(0, display - 1) if chance.random() < 0.4 else 0
        return {"display": display, "display_random": spread}
    if kind == "post_only":
        return {"slide": chance.random() < 0.5}
    if kind == "pegged":
        terms = {"peg": chance.choice(PEGS[1:]), "offset": chance.randint(-2, 2)}
        if chance.random() < 0.5:
            terms["price"] = MAX if words["side"] == 0 else -MAX
        return terms
    return {}


def change(chance, mix, twin, ids):
    order_id = chance.choice(ids)
    known = twin.orders.get(order_id)
    stays = known is not None and known.price is not None and chance.random() < 0.5
    words = {
        "id": order_id,
        "new_id": order_id if chance.random() < 0.7 else chance.randint(1, 60),
        "price": known.price if stays else price(chance, mix),
        "left": max(0, (known.left if known else 3) + chance.choice([-2, -1, 0, 1, 3])),
    }
    if known is not None and known.where == "stop" and chance.random() < 0.5:
        words["stop"] = price(chance, mix)
    pegged = known is not None and known.type == "pegged"
    if chance.random() < (0.4 if pegged else 0.02):
        words["offset"] = chance.randint(-3, 3)
    sliced = known is not None and known.type == "iceberg"
    if chance.random() < (0.4 if sliced else 0.02):
        words["display"] = chance.randint(0, known.left + 1 if sliced else 2)
    return "replace", words


def command(chance, mix, twin):
    """Return the next command, given the twin's live orders."""
    if chance.random() < 0.6:
        return order(chance, mix, twin.now)
    ids = list(twin.orders) or [1]
    instrument = chance.choice(mix.instruments)
    x = chance.random()
    if x < 0.35:
        return "cancel", {"id": chance.choice(ids)}
    if x < 0.72:
        return change(chance, mix, twin, ids)
    if x < 0.76:
        return "mass_cancel", {
            "owner": chance.choice([0, 1, 2]),
            "group": chance.choice([0, 0, 5]),
            "instrument": chance.choice([None, 0]),
            "side": chance.choice([None, 0, 1]),
        }
    if x < 0.77:
        return "disconnect", {"owner": chance.randint(1, 3)}
    if x < 0.78:
        return "expire", {"instrument": instrument}
    if x < 0.82:
        return "advance", {"now": twin.now + chance.randint(0, 8)}
    if x < 0.86 and mix.accounts:
        return "set_account", {
            "owner": chance.randint(1, 3),
            "group": chance.choice([0, 5]),
            "self_trade": chance.choice(SELF_TRADES[1:]),
        }
    if x < 0.90 and mix.bands:
        if chance.random() < 0.4:
            return "clear_bands", {"instrument": instrument}
        low = chance.randint(94, 104) * mix.increment
        high = low + chance.randint(-1, 8) * mix.increment
        return "set_bands", {"instrument": instrument, "low": low, "high": high}
    if x < 0.91:
        words = {"instrument": instrument, "price": price(chance, mix)}
        return "set_reference", words
    if mix.states:
        state = chance.choice((*STATES, "continuous", "auction", "auction"))
        words = {"instrument": instrument, "state": state}
        if state == "auction":
            words["kind"] = chance.choice(AUCTIONS)
        return "set_state", words
    return "cancel", {"id": chance.choice(ids)}
