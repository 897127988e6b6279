"""The matching engine of docs/matching.md once more: slow and obvious.

Orders are kept in one dictionary; whenever somebody is wanted, the list of all is
searched and sorted by the rule's own words. Nothing here is taken from the C++ code.

`Twin` has the commands of the document as methods. What a listener would hear is
appended to `said`, as tuples whose first word is the listener's.
"""

from __future__ import annotations

import copy

from twin_after import Settling
from twin_orders import (
    AT_AUCTION,
    BUY,
    MAX,
    NO_TERMS,
    PRICED,
    RESTING,
    SELL,
    STOPS,
    TERMS,
    TIMES,
    Order,
)


class Twin(Settling):
    def refuse(self, order_id, reason):
        self.said.append(("rejected", order_id, reason))
        return reason

    def check_terms(self, o, market):
        terms, allowed = o.terms, TERMS[o.type] | {"self_trade"}
        if o.tif not in TIMES.get(o.type, RESTING):
            return "time_in_force_not_for_type"
        if o.tif == "gtd":
            allowed = allowed | {"expire_at"}
        if o.tif in AT_AUCTION:
            allowed = allowed - {"minimum", "all_or_none"}
        if any(terms[t] != NO_TERMS[t] for t in terms if t not in allowed):
            return "terms_not_for_type"
        if o.all_or_none and (o.minimum or o.tif == "fok"):
            return "terms_not_for_type"
        if o.type == "pegged" and o.peg == "none":
            return "terms_not_for_type"
        if o.type == "iceberg" and not (
            1 <= o.display <= o.left and 0 <= o.display_random < o.display
        ):
            return "display_out_of_range"
        if not 0 <= o.minimum <= o.left or (o.minimum and o.tif == "fok"):
            return "minimum_out_of_range"
        most = MAX if o.trail_by == "ticks" else 9999
        if o.type == "trailing_stop" and not 1 <= o.trail <= most:
            return "trail_out_of_range"
        if abs(o.terms["stop"]) > MAX or abs(o.offset) > MAX:
            return "price_out_of_range"
        if o.tif == "gtd" and o.expire_at <= self.now:
            return "expiry_not_ahead"
        return None

    def check_state(self, o, market):
        if market.state in {"closed", "halted"}:
            return "market_closed" if market.state == "closed" else "halted"
        if market.state == "continuous":
            return "not_in_this_state" if o.tif == "at_the_open" else None
        if o.tif in {"ioc", "fok"} or o.type == "post_only":
            return "not_in_this_state"
        if o.type == "market" and o.conditional:
            return "not_in_this_state"
        opening = market.state == "pre_open" or market.kind == "opening"
        if o.tif == "at_the_open" and not opening:
            return "not_in_this_state"
        return None

    def off_increment(self, o, market):
        prices = [o.price] if o.type in PRICED - {"pegged"} else []
        if o.type == "market_to_limit" and o.price is not None:
            prices.append(o.price)
        if o.type in {"stop", "stop_limit"} and o.where in {"", "stop"}:
            prices.append(o.terms["stop"])
        return any(p % market.increment for p in prices)

    def outside(self, o, market):
        if not market.bands or o.type == "pegged" or o.price is None:
            return False
        low, high = market.bands
        return o.price > high if o.side == BUY else o.price < low

    def slide(self, o, market):
        """Return whether a post-only order must be refused; slide it if it slides."""
        if o.type != "post_only" or market.state != "continuous":
            return False
        found = self.first(o, o.price)
        if found is None:
            return False
        if not o.terms["slide"]:
            return True
        one = market.increment if o.side == BUY else -market.increment
        o.price = self.behind(o.side, found[0] - one, o.instrument)
        return False

    def behind(self, side, price, instrument):
        """Round a price to the increment, away from the market."""
        step = self.market(instrument).increment
        return price // step * step if side == BUY else -(-price // step) * step

    def submit(self, id, instrument, side, type, quantity, **words):  # noqa: A002
        head = {"owner": 0, "tif": "day", "price": 0}
        terms = NO_TERMS | {k: v for k, v in words.items() if k not in head}
        head |= {k: v for k, v in words.items() if k in head}
        o = Order(
            id, instrument, side=side, type=type, left=quantity, terms=terms, **head
        )
        if o.type not in PRICED:
            o.price = None
        market = self.market(instrument)
        if quantity < 1:
            return self.refuse(id, "quantity_not_positive")
        if quantity > MAX:
            return self.refuse(id, "quantity_too_large")
        if o.price is not None and abs(o.price) > MAX:
            return self.refuse(id, "price_out_of_range")
        if bad := self.check_terms(o, market):
            return self.refuse(id, bad)
        if id in self.orders:
            return self.refuse(id, "duplicate_id")
        if self.off_increment(o, market):
            return self.refuse(id, "price_off_increment")
        if bad := self.check_state(o, market):
            return self.refuse(id, bad)
        if self.outside(o, market):
            return self.refuse(id, "outside_band")
        if o.type == "trailing_stop" and self.watched(o) is None:
            return self.refuse(id, "no_reference")
        if self.slide(o, market):
            return self.refuse(id, "would_take")
        now = market.state == "continuous" and o.tif != "at_the_close"
        taking = now and o.type in {"market", "market_to_limit"}
        if taking and self.first(o, self.limit_of(o)) is None:
            return self.refuse(id, "no_liquidity")
        self.said.append(("accepted", id))
        if o.type in STOPS:
            self.place(o)
            self.start_stop(o)
        elif now:
            self.come_in(o)
        else:
            self.rest(o)
        self.after(instrument)
        return None

    def come_in(self, o):
        limit = self.limit_of(o)
        if o.type == "market_to_limit":
            limit = self.first(o, limit)[0]
            o.price = self.behind(o.side, limit, o.instrument)
        if self.can_trade(o, limit) and not self.walk(o, limit):
            return
        if not o.left:
            return
        if o.type in {"market", "stop", "trailing_stop"} or o.tif in {"ioc", "fok"}:
            self.end(o, "canceled", "unfilled")
        else:
            self.rest(o)

    def cancel(self, id):  # noqa: A002
        o = self.orders.get(id)
        if o is None:
            return self.refuse(id, "unknown_id")
        self.end(o, "canceled", "asked")
        self.after(o.instrument)
        return None

    def replace(
        self,
        id,  # noqa: A002
        new_id,
        price,
        left,
        stop=None,
        offset=None,
        display=None,
    ):
        o = self.orders.get(id)
        if o is None:
            return self.refuse(id, "unknown_id")
        market = self.market(o.instrument)
        new = copy.deepcopy(o)
        new.id, new.left = new_id, left
        priced = o.price is not None
        if priced:
            new.price = price
        if left < 1:
            return self.refuse(id, "quantity_not_positive")
        if left > MAX:
            return self.refuse(id, "quantity_too_large")
        asked = [price if priced else 0, stop or 0, offset or 0]
        if any(abs(each) > MAX for each in asked):
            return self.refuse(id, "price_out_of_range")
        if stop is not None and (o.where != "stop" or o.type == "trailing_stop"):
            return self.refuse(id, "terms_not_for_type")
        for value, owner in ((offset, "pegged"), (display, "iceberg")):
            if value is not None and o.type != owner:
                return self.refuse(id, "terms_not_for_type")
        if display is not None and not o.display_random < display <= left:
            return self.refuse(id, "display_out_of_range")
        for name, value in (("stop", stop), ("offset", offset), ("display", display)):
            if value is not None:
                new.terms[name] = value
        if new_id != id and new_id in self.orders:
            return self.refuse(id, "duplicate_id")
        if self.off_increment(new, market):
            return self.refuse(id, "price_off_increment")
        if market.state in {"closed", "halted"}:
            return self.refuse(
                id, "market_closed" if market.state == "closed" else "halted"
            )
        if self.outside(new, market):
            return self.refuse(id, "outside_band")
        keeps = new_id == id and new.price == o.price and left <= o.left
        keeps = keeps and stop is None and new.terms == o.terms
        if not keeps and self.slide(new, market):
            return self.refuse(id, "would_take")
        before = self.view(o)
        if keeps:
            o.left = left
            o.shown = min(o.shown, left)
            self.tell_replaced(before, o, "kept")
            self.after(o.instrument)
            return None
        if new_id != id:
            new.peaks = 0
        books = o.where in {"shown", "dark"}
        touch = self.touch(o.instrument)  # with the order still in the book
        limit = self.limit_of(new, touch) if books else None
        del self.orders[id]
        if books and market.state == "continuous" and self.can_trade(new, limit, touch):
            new.shown, new.where = 0, ""
            self.tell_replaced(before, new, "none")
            if self.walk(new, limit, touch) and new.left:
                self.rest(new)
        else:
            self.place(new)
            if new.where == "stop" and stop is not None:
                new.met = False
                self.start_stop(new)
            self.tell_replaced(before, new, "back")
        self.after(o.instrument)
        return None

    def tell_replaced(self, before, o, place):
        self.said.append(("replaced", before[0], before[2], *self.view(o), place))

    def mass_cancel(self, *, owner=0, group=0, instrument=None, side=None):
        def meant(o):
            return (
                (not owner or o.owner == owner)
                and (not group or self.accounts.get(o.owner, (0,))[0] == group)
                and (instrument is None or o.instrument == instrument)
                and (side is None or o.side == side)
            )

        return self.end_all([o for o in self.orders.values() if meant(o)])

    def disconnect(self, owner):
        return self.end_all(
            [
                o
                for o in self.orders.values()
                if o.owner == owner and o.tif not in {"gtc", "gtd"}
            ]
        )

    def end_all(self, orders):
        for instrument in sorted({o.instrument for o in orders}):
            here = [o for o in orders if o.instrument == instrument]
            for o in sorted(here, key=lambda o: o.id):
                self.end(o, "canceled", "mass")
            self.after(instrument)
        return len(orders)

    def expire(self, instrument):
        def ends(o):
            return o.tif not in {"gtc", "gtd"}

        def in_queue(side):
            sign = -1 if side == BUY else 1
            shown = self.on(instrument, side, "shown")
            return sorted(shown, key=lambda o: (sign * o.price, o.stamp))

        shown = [o for side in (BUY, SELL) for o in in_queue(side) if ends(o)]
        others = [o for o in self.on(instrument) if o.where != "shown" and ends(o)]
        for o in shown + sorted(others, key=lambda o: o.id):
            self.end(o, "expired")
        self.after(instrument)
        return len(shown) + len(others)

    def advance(self, now):
        if now < self.now:
            return 0
        self.now = now
        due = [o for o in self.orders.values() if o.tif == "gtd" and o.expire_at <= now]
        for o in sorted(due, key=lambda o: (o.expire_at, o.id)):
            self.end(o, "expired")
        for instrument in sorted({o.instrument for o in due}):
            self.after(instrument)
        return len(due)

    def set_bands(self, instrument, low, high):
        if low > high:
            return self.refuse(0, "price_out_of_range")
        market = self.market(instrument)
        market.bands = (low, high)
        out = [
            o
            for o in self.on(instrument, None, "shown", "dark", "held")
            if self.outside(o, market)
        ]
        for o in sorted(out, key=lambda o: (o.side, o.id)):
            self.end(o, "canceled", "band")
        self.after(instrument)
        return None

    def clear_bands(self, instrument):
        self.market(instrument).bands = None
        self.after(instrument)

    def set_account(self, owner, group, self_trade):
        self.accounts[owner] = (group, self_trade)

    def set_reference(self, instrument, price):
        self.market(instrument).reference = price
        self.after(instrument)

    def configure(self, instrument, increment=1, allocation="price_time", least=1):
        if self.on(instrument):
            return self.refuse(0, "not_in_this_state")
        market = self.market(instrument)
        market.increment, market.allocation = increment, allocation
        market.least_share = least
        return None
