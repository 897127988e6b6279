"""A whole market of docs/market-rules.md once more: slow and obvious.

The matching twin (`twin.Twin`) is driven through its day. Time goes from one moment at
which anything at all may change to the next; at each everybody is asked anew what they
ought to be, and told where that differs from what they are.

Units: prices in ticks of a cent, times in nanoseconds since midnight.
"""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

from twin import Twin
from twin_luld import MINUTE, SECOND, Luld

NEVER = 2**63 - 1
CALLS = {
    "opening_auction",
    "intraday_auction",
    "closing_auction",
    "reopening_auction",
}
STATES = {
    "closed": ("closed", ""),
    "pre_open": ("pre_open", ""),
    "opening_auction": ("auction", "opening"),
    "continuous": ("continuous", ""),
    "intraday_auction": ("auction", "intraday"),
    "closing_auction": ("auction", "closing"),
    "halted": ("halted", ""),
}
INDEX_FALLS = ((1, Fraction(7, 100)), (2, Fraction(13, 100)), (3, Fraction(20, 100)))


def us_day(close):
    return [
        (240 * MINUTE, "pre_open"),
        (565 * MINUTE, "opening_auction"),
        (570 * MINUTE, "continuous"),
        (close, "closing_auction"),
        (close + SECOND, "closed"),
    ]


class TwinMarket:
    """`stocks` are (previous close, tier); a tier of 0 is a stock without bands."""

    def __init__(self, stocks, *, close=960 * MINUTE, index_close=0, call=5 * MINUTE):
        self.engine = Twin()
        self.close, self.start, self.call = close, 570 * MINUTE, call
        self.timetable = us_day(close)
        self.index_close, self.level = index_close, 0
        self.wide_until = 0
        self.over = False  # level 3
        self.now = 0
        self.said = self.engine.said
        self.stocks = []
        for number, (price, tier) in enumerate(stocks):
            luld = Luld(tier, price, self.start, close) if tier else None
            self.stocks.append(
                SimpleNamespace(
                    number=number,
                    previous_close=price,
                    luld=luld,
                    phase="closed",
                    cause="none",
                    until=NEVER,
                    opened=False,
                    halted=False,
                    pausing=False,
                    reopens=None,
                    why="none",
                    collar=None,
                    bands=None,
                    told="no_bands",
                    orders=[],
                )
            )
            self.engine.set_reference(number, price)
            self.engine.set_state(number, "closed")
        self.said.clear()

    # Commands.

    def submit(self, **words):
        stock = self.stocks[words["instrument"]]
        bad = self.against(stock, words)
        if bad:
            return self.engine.refuse(words["id"], bad)
        self.engine.submit(**words)
        return self.settle()

    def against(self, stock, words):
        """Return what the rules say against an order before the engine looks at it."""
        if stock.phase == "halted" and stock.cause == "market_wide":
            return "market_wide_halt"
        if words.get("tif") == "at_the_open" and stock.opened:
            return None if stock.phase == "closed" else "auction_over"
        priced = words["type"] in {"limit", "hidden", "iceberg", "post_only"}
        if stock.luld and priced and words["price"] < 1:
            return "price_out_of_range"
        return None

    def cancel(self, id):  # noqa: A002
        self.engine.cancel(id)
        self.settle()

    def replace(self, **words):
        found = self.engine.orders.get(words["id"])
        if found is not None and found.price is not None:
            stock = self.stocks[found.instrument]
            if stock.luld and words["price"] != found.price and words["price"] < 1:
                return self.engine.refuse(words["id"], "price_out_of_range")
        self.engine.replace(**words)
        return self.settle()

    def halt(self, instrument):
        stock = self.stocks[instrument]
        stock.halted = True
        if stock.luld:
            stock.luld.halt(self.now)
        self.follow(stock)
        self.settle()

    def resume(self, instrument):
        stock = self.stocks[instrument]
        if stock.halted:
            stock.halted = False
            if self.scheduled() == "continuous" and self.call:
                self.put_off(stock, self.now + self.call, "regulatory")
        self.follow(stock)
        self.settle()

    def index(self, price):
        level = self.reached(price)
        if not level:
            return
        self.level, self.over = level, level == 3
        self.wide_until = NEVER if level == 3 else self.now + 15 * MINUTE
        for stock in self.stocks:
            if self.scheduled() == "continuous":
                if stock.luld:
                    stock.luld.halt(self.now)
                if level < 3:
                    self.put_off(stock, self.wide_until, "market_wide")
        self.said.append(("market_wide", level, self.wide_until))
        for stock in self.stocks:
            self.follow(stock)
        self.settle()

    def reached(self, price):
        """Return the level at which an index value halts the market now, or 0."""
        if not self.start < self.now < self.close:
            return 0
        levels = [
            number
            for number, fall in INDEX_FALLS
            if price <= int(self.index_close * (1 - fall) + Fraction(1, 2))
        ]
        level = max(levels, default=0)
        quiet = level < 3 and self.now > self.close - 35 * MINUTE
        return 0 if level <= self.level or quiet else level

    def put_off(self, stock, until, why):
        if stock.reopens is None or until > stock.reopens:
            stock.reopens, stock.why = until, why

    # Time.

    def advance(self, now):
        while True:
            coming = [at for at in self.moments() if self.now < at <= now]
            if not coming:
                break
            self.step(min(coming))
        self.now = max(self.now, now)
        self.engine.advance(self.now)
        self.settle()

    def moments(self):
        out = [at for at, _ in self.timetable]
        out += [o.expire_at for o in self.engine.orders.values() if o.tif == "gtd"]
        for stock in self.stocks:
            if stock.luld:
                out += stock.luld.moments()
            if stock.reopens is not None:
                out += [stock.reopens, stock.reopens - self.call]
        return out

    def step(self, now):
        self.now = now
        self.engine.advance(now)
        self.settle()
        for stock in self.stocks:
            self.follow(stock)
            self.settle()

    def scheduled(self):
        begun = [phase for at, phase in self.timetable if at <= self.now]
        return begun[-1] if begun else "closed"

    # What everybody ought to be.

    def follow(self, stock):
        now, luld = self.now, stock.luld
        price = None
        waits = stock.pausing and stock.reopens is not None and now >= stock.reopens
        if waits and stock.phase == "reopening_auction":
            would = self.engine.auction(stock.number)
            price = would[0] if would and would[1] > 0 else None
        if luld:
            luld.happen(now)
        self.note_pause(stock)
        if luld and luld.state == "until_close":
            stock.pausing = False
        if stock.reopens is not None and now >= stock.reopens:
            self.reopen_or_put_off(stock, price)
        if self.scheduled() != "continuous":
            stock.reopens = None
        want = self.wanted(stock)
        if want != (stock.phase, stock.cause, stock.until):
            self.enter(stock, *want)
        self.tell_bands(stock)

    def note_pause(self, stock):
        luld = stock.luld
        if stock.pausing or luld is None or luld.state != "paused":
            return
        stock.pausing = True
        self.put_off(stock, luld.ends, "luld")
        low, high = luld.bands
        more = self.collar_step(luld.hit)
        stock.collar = [
            low - more if luld.hit == low else low,
            high + more if luld.hit == high else high,
        ]

    @staticmethod
    def collar_step(hit):
        return 15 if hit <= 300 else hit // 20

    def reopen_or_put_off(self, stock, price):
        outside = (
            price is not None
            and stock.pausing
            and not stock.collar[0] <= price <= stock.collar[1]
        )
        if not outside or stock.luld.state != "reopening":
            stock.reopens = None
            return
        stock.luld.extend(self.now)
        stock.reopens = stock.luld.ends
        more = self.collar_step(stock.luld.hit)
        if price > stock.collar[1]:
            stock.collar[1] += more
        else:
            stock.collar[0] -= more

    def wanted(self, stock):
        scheduled = self.scheduled()
        if scheduled == "closed":
            return "closed", "none", NEVER
        if self.over:
            return "halted", "market_wide", NEVER
        if stock.halted:
            return "halted", "regulatory", NEVER
        if scheduled != "continuous":
            return scheduled, "none", NEVER
        if stock.luld and stock.luld.state == "until_close":
            return "reopening_auction", "luld", self.close
        if stock.reopens is None:
            return "continuous", "none", NEVER
        calling = self.now >= stock.reopens - self.call
        return "reopening_auction" if calling else "halted", stock.why, stock.reopens

    def enter(self, stock, phase, cause, until):
        before = stock.phase
        stock.phase, stock.cause, stock.until = phase, cause, until
        self.said.append(("phase", stock.number, phase, cause, until))
        if phase == before:
            return
        number = stock.number
        if phase == "continuous":
            self.open_trading(stock, called=before in CALLS or before == "pre_open")
        elif phase == "reopening_auction":
            kind = "intraday" if stock.opened else "opening"
            self.engine.set_state(number, "auction", kind)
        else:
            state, kind = STATES[phase]
            self.engine.set_state(number, state, kind or "intraday")
            if phase == "closed":
                self.engine.expire(number)

    def open_trading(self, stock, *, called):
        """Uncross, then bands at that price, then trading."""
        number, price = stock.number, None
        if called:
            before = len(self.said)
            market = self.engine.market(number)
            if market.state == "pre_open":
                self.engine.set_state(number, "auction", "opening")
            self.engine.set_state(number, "closed")
            kept = [s for s in self.said[before:] if s[0] != "state_changed"]
            self.said[before:] = kept
            trades = [s for s in kept if s[0] == "traded"]
            price = trades[-1][4] if trades else None
        first, stock.opened = not stock.opened, True
        stock.pausing, stock.collar = False, None
        self.begin_bands(stock, price, first=first)
        self.tell_bands(stock)
        self.engine.set_state(number, "continuous")
        self.quote(stock)

    def begin_bands(self, stock, price, *, first):
        luld, now = stock.luld, self.now
        if luld is None:
            return
        luld.happen(now)
        if luld.state == "reopening":
            luld.reopen(now, price)
        elif first and luld.state == "no_bands" and self.start <= now < self.close:
            if price is not None:
                luld.open(now, price, traded=True)
            elif now < self.start + 5 * MINUTE:
                luld.open(now, stock.previous_close, traded=False)

    def tell_bands(self, stock):
        luld = stock.luld
        state = luld.state if luld else "no_bands"
        shown = stock.phase == "continuous" and luld and luld.trading()
        want = luld.bands if shown else None
        if want == stock.bands and (want is None or state == stock.told):
            return
        moved, stock.bands, stock.told = want != stock.bands, want, state
        if moved and want:
            self.engine.set_bands(stock.number, *want)
        elif moved:
            self.engine.clear_bands(stock.number)
        if want:
            self.said.append(("bands", stock.number, *want, luld.reference, state))
        else:
            self.said.append(("bands", stock.number, None))

    def quote(self, stock):
        if stock.luld is None:
            return
        bid, offer = self.engine.touch(stock.number)
        stock.luld.quote(self.now, bid, offer)
        self.note_pause(stock)

    def settle(self):
        """Tell the rules of every trade and quote, until nothing follows from it."""
        told = getattr(self, "heard_", 0)
        if told > len(self.said):
            told = 0
        while True:
            new, told = self.said[told:], len(self.said)
            for one in new:
                if one[0] == "traded" and not one[10]:
                    stock = self.stocks[one[2]]
                    if stock.luld:
                        stock.luld.trade(self.now, one[4])
                        self.note_pause(stock)
            for stock in self.stocks:
                touched = self.touched(stock)
                if touched and stock.luld and stock.phase == "continuous":
                    self.quote(stock)
                    self.follow(stock)
            if len(self.said) == told:
                break
        self.heard_ = told

    def touched(self, stock):
        """Whether an order of this stock came, changed or went since the last call."""
        orders = self.engine.on(stock.number)
        before, stock.orders = (
            stock.orders,
            [(o.id, o.left, o.price, o.where, o.shown) for o in orders],
        )
        return stock.orders != before

    def forget(self):
        """Forget what was said."""
        self.said.clear()
        self.heard_ = 0
