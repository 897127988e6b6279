"""Read the stories of tests/scenarios, by the grammar of its README."""

from __future__ import annotations

from pathlib import Path

from twin_orders import MAX

FOLDER = Path(__file__).parents[2] / "scenarios"
FLAGS = {"all_or_none", "slide"}
TIMES = {"day", "ioc", "gtc", "fok", "at_the_open", "at_the_close"}
NAMES = {"self_trade", "trigger", "trail_by", "peg", "allocation"}
SIDES = {"buy": 0, "sell": 1}
KEYS = {"@": "price", "as": "new_id"}


def words_of(tokens):
    """Return keyword arguments from words such as `owner 3 ioc`."""
    out = {}
    rest = list(tokens)
    while rest:
        word = rest.pop(0)
        if word in FLAGS:
            out[word] = True
        elif word in TIMES:
            out["tif"] = word
        elif word == "gtd":
            out["tif"], out["expire_at"] = word, int(rest.pop(0))
        elif word in SIDES:
            out["side"] = SIDES[word]
        elif word in NAMES:
            out[word] = rest.pop(0)
        else:
            out[KEYS.get(word, word)] = int(rest.pop(0))
    return out


def command(line):
    """Return the method of the twin that a line means, and its arguments."""
    verb, *rest = line.split()
    if verb.isdigit():
        side, quantity, kind, *more = rest
        out = {"id": int(verb), "side": SIDES[side], "type": kind}
        out |= {"quantity": int(quantity), "instrument": 0} | words_of(more)
        if kind == "pegged" and "price" not in out:
            out["price"] = MAX if side == "buy" else -MAX
        return "submit", out
    if verb == "cancel":
        return "cancel", {"id": int(rest[0])}
    if verb == "replace":
        order = int(rest.pop(0))
        new = order
        if rest[0] == "as":
            new = int(rest[1])
            del rest[:2]
        words = {"price": 0} | words_of(rest[1:])
        return "replace", {"id": order, "new_id": new, "left": int(rest[0]), **words}
    if verb == "mass_cancel":
        return verb, words_of(rest)
    if verb == "disconnect":
        return verb, {"owner": int(rest[0])}
    if verb == "clock":
        return "advance", {"now": int(rest[0])}
    if verb == "account":
        words = {"group": 0, "self_trade": "allow"} | words_of(rest[1:])
        return "set_account", {"owner": int(rest[0]), **words}
    plain = {"instrument": 0}
    if verb == "state":
        plain["state"] = rest.pop(0)
        if plain["state"] == "auction":
            plain["kind"] = rest.pop(0)
        return "set_state", plain | words_of(rest)
    if verb == "bands":
        low, high, *rest = rest
        plain |= {"low": int(low), "high": int(high)}
        return "set_bands", plain | words_of(rest)
    if verb == "reference":
        return "set_reference", plain | {"price": int(rest[0])} | words_of(rest[1:])
    if verb == "configure":
        first = {"increment": 1, "allocation": "price_time", "least": 1}
        return verb, plain | first | words_of(rest)
    if verb in {"expire", "clear_bands"}:
        return verb, plain | words_of(rest)
    msg = f"no such line: {line}"
    raise ValueError(msg)


def report(said):
    """Return the line of one report, given as the twin says it."""
    kind, *rest = said

    def at(price):
        return "" if price == 0 or abs(price) == MAX else f" @ {price}"

    def part(left, shown):
        return "" if left == shown else f" shown {shown}"

    if kind in {"rested", "replenished"}:
        order, price, left, shown = rest
        return f"{kind} {order} {left}{at(price)}{part(left, shown)}"
    if kind == "traded":
        price, size, maker, taker = rest[3:7]
        auction = " auction" if rest[9] else ""
        return f"traded {size} @ {price} maker {maker} taker {taker}{auction}"
    if kind == "replaced":
        order, _, new, price, left, shown, place = rest
        renamed = "" if new == order else f" as {new}"
        hidden = part(left, shown) if shown else ""
        return f"replaced {order}{renamed} {left}{at(price)}{hidden} {place}"
    if kind == "decremented":
        return f"decremented {rest[0]} by {rest[4]}"
    if kind == "canceled":
        return f"canceled {rest[0]} {rest[2]} {rest[4]}"
    if kind == "expired":
        return f"expired {rest[0]} {rest[2]}"
    if kind == "triggered":
        return f"triggered {rest[0]}"
    if kind == "state_changed":
        return " ".join(["state", rest[1], rest[2]]).strip()
    if kind == "indicative":
        _, price, volume, imbalance = rest
        return f"indicative {volume}{at(price)} imbalance {imbalance}"
    return " ".join([kind, *map(str, rest)])


def book_line(bids, asks):
    def side(rows):
        return ", ".join(f"{price} {shown}" for price, shown in rows)

    return f"book {side(bids)} | {side(asks)}".replace("  ", " ").strip()
