"""The walk of an incoming order through its candidates, as the slow twin does it."""

from __future__ import annotations

import copy

from twin_orders import Places


class Walking(Places):
    def first(self, order, limit, touch=None):
        """Return the first (price, candidate) that is not passed over."""
        touch = touch or self.touch(order.instrument)
        for price, c in self.candidates(order.side, order.instrument, limit, touch):
            if c.need <= order.left:
                return price, c
        return None

    def dry(self, order, limit, touch=None):
        """Return the volume that would trade."""
        other = copy.copy(self)
        other.said = []
        other.markets = copy.deepcopy(self.markets)
        other.orders = {o.id: copy.copy(o) for o in self.orders.values()}
        for o in other.orders.values():
            o.terms = dict(o.terms)
        twin = other.orders.get(order.id) or copy.copy(order)
        twin.__dict__.update(order.__dict__)
        other.walk(twin, limit, touch)
        return sum(line[5] for line in other.said if line[0] == "traded")

    def can_trade(self, order, limit, touch=None):
        if self.first(order, limit, touch) is None:
            return False
        return not order.need or self.dry(order, limit, touch) >= order.need

    def walk(self, order, limit, touch=None):
        """Trade; return False where a self-trade rule ended the order."""
        touch = touch or self.touch(order.instrument)
        passed = set()
        while order.left:
            row = next(
                (
                    (p, c)
                    for p, c in self.candidates(
                        order.side, order.instrument, limit, touch
                    )
                    if c.id not in passed
                ),
                None,
            )
            if row is None:
                return True
            price, maker = row
            if maker.need > order.left:
                passed.add(maker.id)
            elif (
                maker.where == "shown"
                and self.market(order.instrument).allocation == "pro_rata"
            ):
                if not self.share_level(order, price):
                    return False
            elif not self.meet(order, maker, price):
                return False
        return True

    def meet(self, order, maker, price):
        if self.party(order.owner, maker.owner) and self.rule(order) != "allow":
            return self.self_trade(order, maker)
        self.trade(order, maker, price, min(order.left, self.offers(maker)))
        return True

    @staticmethod
    def offers(o):
        return o.shown if o.where == "shown" else o.left

    def share_level(self, order, price):
        def level():
            return [
                o
                for o in self.queue(order.instrument, 1 - order.side)
                if o.price == price
            ]

        if self.rule(order) != "allow":
            for maker in level():
                own = order.left and self.party(order.owner, maker.owner)
                if own and not self.self_trade(order, maker):
                    return False
        makers, left = level(), order.left
        total = sum(o.shown for o in makers)
        if not left or not makers:
            return True
        if left >= total:
            shares = [o.shown for o in makers]
        else:
            least = self.market(order.instrument).least_share
            shares = [left * o.shown // total for o in makers]
            shares = [s if s >= least else 0 for s in shares]
            rest = left - sum(shares)
            for i, o in enumerate(makers):
                more = min(rest, o.shown - shares[i])
                shares[i] += more
                rest -= more
        for maker, share in zip(makers, shares, strict=True):
            if share:
                self.trade(order, maker, price, share)
        return True

    def trade(self, order, maker, price, size, *, auction=False):
        """Trade with a resting order; in an auction the buyer stands as `order`."""
        self.matches += 1
        shown = [o.where == "shown" for o in (maker, order)]
        for o in (order, maker):
            o.left -= size
            if o.where == "shown" and (auction or o is maker):
                o.shown -= size
        self.said.append(
            (
                "traded",
                self.matches,
                order.instrument,
                maker.side,
                price,
                size,
                maker.id,
                order.id,
                maker.left,
                order.left,
                auction,
                shown[0],
                auction and shown[1],
            )
        )
        self.note_trade(order.instrument, price)
        for o in (order, maker) if auction else (maker,):
            if not o.left:
                del self.orders[o.id]
            elif o.where == "shown" and not o.shown:
                self.show_peak(o)
                self.said.append(("replenished", o.id, o.price, o.left, o.shown))
        if not auction and not order.left:
            self.orders.pop(order.id, None)

    def self_trade(self, order, maker):
        """Act by the incoming order's rule; return whether it goes on."""
        rule = self.rule(order)
        if rule == "decrement":
            size = min(order.left, maker.left)
            before = [self.view(o) for o in (maker, order)]
            for o in (maker, order):
                o.left -= size
                if o.where == "shown":
                    o.shown = min(o.shown, o.left)
                if not o.left:
                    self.orders.pop(o.id, None)
            for o, was in zip((maker, order), before, strict=True):
                if o.left:
                    self.said.append(("decremented", *was, size))
            for o, was in zip((maker, order), before, strict=True):
                if not o.left:
                    self.said.append(("canceled", *was, "self_trade"))
            return order.left > 0
        if rule in {"cancel_oldest", "cancel_both"}:
            self.end(maker, "canceled", "self_trade")
        if rule in {"cancel_newest", "cancel_both"}:
            self.end(order, "canceled", "self_trade")
            return False
        return True

    def view(self, order):
        return order.id, order.price or 0, order.left, order.shown

    def end(self, order, word, *why):
        self.orders.pop(order.id, None)
        self.said.append((word, *self.view(order), *why))
