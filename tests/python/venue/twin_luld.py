"""Limit up, limit down once more: slow and obvious, after docs/market-rules.md.

Every trade is kept; whatever is asked is worked out from all of them. Somebody else
(`twin_market`) comes by at every moment at which something may change by itself.

Units: prices in ticks of a cent, times in nanoseconds since midnight.
"""

from __future__ import annotations

from fractions import Fraction

SECOND = 1_000_000_000
MINUTE = 60 * SECOND


def half_up(x):
    """Return the nearest whole number of what is not negative, halves up."""
    return int(x + Fraction(1, 2))


class Luld:
    def __init__(self, tier, previous_close, start, close):
        self.tier, self.previous_close = tier, previous_close
        self.start, self.close = start, close
        self.state = "no_bands"
        self.opened = False
        self.trades = []
        self.reference = self.since = None
        self.width_from = None  # when the bands were last worked out
        self.bands = None
        self.entered = self.ends = None
        self.hit = None
        self.bid = self.offer = None

    # The rules.

    def width(self, now):
        late = now >= self.close - 25 * MINUTE
        cheap = self.previous_close <= 300
        double = 2 if late and (self.tier == 1 or cheap) else 1
        if self.previous_close < 75:
            away = min(Fraction(75, 100) * self.reference, 15)
            # Both are doubled, and then the lesser of them counts.
            return min(2 * away, 30) if double == 2 else away
        part = Fraction(20 if cheap else 5 if self.tier == 1 else 10, 100)
        return self.reference * part * double

    def set_reference(self, price, now):
        self.reference, self.since = price, now
        self.set_bands(now)

    def set_bands(self, now):
        away = self.width(now)
        low = max(Fraction(self.reference) - away, Fraction(0))
        self.bands = (half_up(low), half_up(self.reference + away))
        self.width_from = now

    def recent(self, now):
        return [price for at, price in self.trades if at > now - 5 * MINUTE]

    def mean(self, now):
        recent = self.recent(now)
        return Fraction(sum(recent), len(recent)) if recent else None

    def trading(self):
        return self.state in {"normal", "limit_up", "limit_down"}

    def limited(self):
        return self.state in {"limit_up", "limit_down"}

    # What happens by itself.

    def moments(self):
        """Return every time at which something may change by itself."""
        out = [self.close, self.close - 10 * MINUTE, self.close - 25 * MINUTE]
        out += [self.start + 5 * MINUTE]
        out += [at + 5 * MINUTE for at, _ in self.trades]
        if self.since is not None:
            out.append(self.since + 30 * SECOND)
        if self.limited():
            out.append(self.entered + 15 * SECOND)
        if self.state == "paused":
            out.append(self.ends)
        return out

    def happen(self, now):
        if now >= self.close:
            self.state = "closed"
        if self.state == "closed":
            return
        if self.limited() and now >= self.entered + 15 * SECOND:
            self.stop(now, 5 * MINUTE)
        if self.state == "paused" and now >= self.ends:
            self.state = "reopening"
        if self.state in {"paused", "reopening"} and now >= self.close - 10 * MINUTE:
            self.state = "until_close"
        late = now >= self.start + 5 * MINUTE
        if self.state == "no_bands" and not self.opened and late and self.recent(now):
            self.begin(half_up(self.mean(now)), now)
        self.review(now)

    def review(self, now):
        """Move bands where they must move; nothing does in a limit state."""
        if self.state != "normal":
            return
        if now >= self.close - 25 * MINUTE > self.width_from:
            self.set_bands(now)
        mean = self.mean(now)
        if (
            mean is not None
            and abs(mean - self.reference) * 100 >= self.reference
            and now >= self.since + 30 * SECOND
        ):
            self.set_reference(half_up(mean), now)
        self.judge(now)

    def judge(self, now):
        """Look whether the best quotes make or end a limit state."""
        if not self.trading():
            return
        was = self.state
        crossed = None not in {self.bid, self.offer} and self.bid > self.offer
        self.state = "normal"
        if not crossed and self.bid == self.bands[1]:
            self.state = "limit_up"
        if not crossed and self.offer == self.bands[0]:
            self.state = "limit_down"
        if self.state == was:
            return
        if self.state == "normal":
            self.review(now)
        else:
            self.entered = now
            self.hit = self.bands[1 if self.state == "limit_up" else 0]

    def stop(self, now, length):
        self.state, self.ends = "paused", now + length
        self.trades, self.bid, self.offer = [], None, None

    def begin(self, price, now):
        self.state, self.hit = "normal", price
        self.set_reference(price, now)

    # What is told.

    def open(self, now, price, *, traded):
        self.happen(now)
        self.opened = True
        self.trades = [(now, price)] if traded else []
        self.begin(price, now)
        self.review(now)

    def trade(self, now, price):
        self.happen(now)
        if now < self.start or not (self.trading() or self.state == "no_bands"):
            return
        self.trades.append((now, price))
        if self.state == "no_bands" and now >= self.start + 5 * MINUTE:
            self.begin(half_up(self.mean(now)), now)
        self.review(now)

    def quote(self, now, bid, offer):
        self.happen(now)
        if self.trading() or self.state == "no_bands":
            self.bid, self.offer = bid, offer
            self.judge(now)

    def reopen(self, now, price):
        self.happen(now)
        if price is not None:
            self.trades.append((now, price))
        self.begin(self.hit if price is None else price, now)
        self.review(now)

    def extend(self, now):
        self.state, self.ends = "paused", now + 5 * MINUTE

    def halt(self, now):
        """Trading is halted for another reason: no time of its own."""
        self.happen(now)
        if self.trading():
            self.stop(now, 0)
            self.happen(now)
