"""What follows a command in the slow twin: stops, settling, auctions."""

from __future__ import annotations

from twin_orders import BUY, NO_TERMS, SELL, better
from twin_walk import Walking


class Settling(Walking):
    def watched(self, o):
        if o.trigger == "last":
            return self.market(o.instrument).last
        bid, ask = self.touch(o.instrument)
        if o.trigger == "quote":
            return ask if o.side == BUY else bid
        return None if bid is None or ask is None else (bid + ask) // 2

    def meets(self, o, price):
        stop = o.terms["stop"]
        return price >= stop if o.side == BUY else price <= stop

    def trail_from(self, o, price):
        away = o.trail
        if o.trail_by == "basis_points":
            away = max(1, abs(price) * o.trail // 10_000)
        o.best = price
        o.terms["stop"] = price + away if o.side == BUY else price - away

    def start_stop(self, o):
        price = self.watched(o)
        if o.type == "trailing_stop":
            self.trail_from(o, price)
        elif o.trigger == "last" and price is not None and self.meets(o, price):
            o.met = True

    def follow(self, o, price):
        """Show a stop a new watched price."""
        if self.meets(o, price):
            o.met = True
        elif o.type == "trailing_stop" and better(o.side, price, o.best):
            self.trail_from(o, price)

    def note_trade(self, instrument, price):
        market = self.market(instrument)
        market.last = market.reference = price
        for o in self.on(instrument, None, "stop"):
            if o.trigger == "last" and not o.met:
                self.follow(o, price)

    def after(self, instrument):
        market = self.market(instrument)
        if market.state == "continuous":
            while self.resting_meet(instrument) or self.fire_stop(instrument):
                pass
        elif market.state == "auction":
            self.tell_indicative(instrument)

    def resting_meet(self, instrument):
        touch = self.touch(instrument)
        for side in (BUY, SELL):
            rows = []
            for o in self.on(instrument, side, "dark"):
                price = self.price_of(o, touch)
                if price is not None and (o.type == "pegged" or o.conditional):
                    rows.append((-price if side == BUY else price, o.stamp, price, o))
            for _, _, price, o in sorted(rows, key=lambda r: r[:2]):
                if self.dry(o, price) >= max(1, o.need):
                    self.walk(o, price)
                    return True
        return False

    def fire_stop(self, instrument):
        waiting = self.on(instrument, None, "stop")
        for o in waiting:
            if o.trigger == "last":
                continue
            price = self.watched(o)
            o.met = price is not None and self.meets(o, price)
            if price is not None and not o.met:
                self.follow(o, price)
        order = ("last", "quote", "midpoint")

        def turn(o):
            stop = o.terms["stop"]
            return (
                order.index(o.trigger),
                o.side,
                stop if o.side == BUY else -stop,
                o.stamp,
            )

        met = sorted((o for o in waiting if o.met), key=turn)
        if not met:
            return False
        o = met[0]
        del self.orders[o.id]
        self.said.append(("triggered", *self.view(o)))
        market = self.market(instrument)
        if o.type == "stop_limit":
            o.type, o.where = "limit", ""
            if self.outside(o, market):
                self.end(o, "canceled", "band")
                return True
        else:
            o.type = "market"
        o.terms = {**NO_TERMS, "self_trade": o.self_trade, "expire_at": o.expire_at}
        o.where = ""
        self.come_in(o)
        return True

    def auction(self, instrument):
        """Return (price, volume, imbalance), or None where nobody would trade."""
        market = self.market(instrument)
        step = market.increment
        orders = [
            o
            for o in self.on(instrument, None, "shown", "dark", "queue")
            if o.type != "pegged" and not o.conditional
        ]
        limits = [o.price for o in orders if o.price is not None]
        if limits:
            first, last = min(limits) // step * step, -(-max(limits) // step) * step
            prices = list(range(first, last + 1, step))
        else:
            low = market.reference // step * step
            prices = [low + step if market.reference - low > step // 2 else low]

        def demand(p):
            buys = [o for o in orders if o.side == BUY]
            return sum(o.left for o in buys if o.price is None or o.price >= p)

        def supply(p):
            sells = [o for o in orders if o.side == SELL]
            return sum(o.left for o in sells if o.price is None or o.price <= p)

        def keep(measure):
            best = min(map(measure, prices))
            return [p for p in prices if measure(p) == best]

        prices = keep(lambda p: -min(demand(p), supply(p)))
        volume = min(demand(prices[0]), supply(prices[0]))
        if not volume:
            return None
        prices = keep(lambda p: abs(demand(p) - supply(p)))
        if all(demand(p) > supply(p) for p in prices):
            price = max(prices)
        elif all(demand(p) < supply(p) for p in prices):
            price = min(prices)
        else:
            price = keep(lambda p: abs(p - market.reference))[0]
        return price, volume, demand(price) - supply(price)

    def tell_indicative(self, instrument):
        market = self.market(instrument)
        now = self.auction(instrument) or (0, 0, 0)
        if now != market.told:
            market.told = now
            self.said.append(("indicative", instrument, *now))

    def auction_queue(self, instrument, side, price):
        """Return who takes part on a side at a price, in order."""
        market_orders = sorted(
            self.on(instrument, side, "queue"), key=lambda o: o.stamp
        )
        sign = -1 if side == BUY else 1
        shown = [(o, 0, o.stamp) for o in self.on(instrument, side, "shown")]
        dark = [
            (o, 1, o.stamp)
            for o in self.on(instrument, side, "dark")
            if o.type != "pegged" and not o.conditional
        ]
        limits = [
            r
            for r in shown + dark
            if r[0].price == price or better(side, price, r[0].price)
        ]
        limits.sort(key=lambda r: (sign * r[0].price, r[1], r[2]))
        return market_orders + [r[0] for r in limits]

    def uncross(self, instrument):
        market = self.market(instrument)
        found = self.auction(instrument)
        price, volume = found[:2] if found else (None, 0)
        while volume:
            buyer = self.auction_queue(instrument, BUY, price)[0]
            seller = self.auction_queue(instrument, SELL, price)[0]
            size = min(volume, self.offers(buyer), self.offers(seller))
            volume -= size
            self.trade(buyer, seller, price, size, auction=True)
        opening = market.state == "pre_open" or market.kind == "opening"
        self.end_queue(instrument, price)
        tif = "at_the_open" if opening else "at_the_close"
        if opening or market.kind == "closing":
            left = [
                o for o in self.on(instrument) if o.tif == tif and o.where != "held"
            ]
            for o in sorted(left, key=lambda o: (o.side, o.id)):
                self.end(o, "canceled", "unfilled")

    def end_queue(self, instrument, price):
        queue = self.on(instrument, None, "queue")
        for o in sorted(queue, key=lambda o: (o.side, o.stamp)):
            if o.type == "market_to_limit" and price is not None:
                o.price = price
                self.rest(o)
            else:
                self.end(o, "canceled", "unfilled")

    def set_state(self, instrument, state, kind="intraday"):
        market = self.market(instrument)
        if state == market.state and (state != "auction" or kind == market.kind):
            return
        if state == "continuous" or (state == "closed" and market.state == "auction"):
            self.uncross(instrument)
        elif state == "closed":
            self.end_queue(instrument, None)
        begins = state == "auction"
        if market.state == "pre_open":
            market.kind = "opening"
        market.state = state
        if begins:
            market.kind = kind
            market.told = (0, 0, 0)
        self.said.append(("state_changed", instrument, state, kind if begins else ""))
        if begins and kind == "closing":
            held = sorted(self.on(instrument, None, "held"), key=lambda o: o.stamp)
            for o in held:
                self.rest(o)
        self.after(instrument)
        return
