"""A slow and obvious twin of the pre-trade gate, written from docs/risk-gate.md.

It keeps lists of what happened and works everything out anew for each order. A tick and
a lot are one, so that values are prices times lots; ``cash`` and money limits are whole
units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

SECOND = 10**9
MINUTE = 60 * SECOND


@dataclass
class Open:
    instrument: int
    strategy: int
    side: int
    price: int
    lots: int


@dataclass
class Name:
    sector: int = 0
    group: int = 0
    asset_class: int = 0
    volume: int = 0
    located: int = 0
    margin: Fraction = Fraction(1, 2)
    marks: list[tuple[int, int]] = field(default_factory=list)  # (at, price)
    band: tuple[int, int] | None = None
    bid: int | None = None
    price_test: bool = False
    halted: bool = False
    restriction: int = 0
    sent: list[tuple[Any, int]] = field(default_factory=list)  # (terms, at)


class Bucket:
    def __init__(self) -> None:
        self.level: Fraction | None = None
        self.at = 0

    def fill(self, rate: Fraction, burst: int, now: int) -> None:
        if self.level is None:
            self.level, self.at = Fraction(burst), now
        elif now > self.at:
            more = Fraction(now - self.at, SECOND) * rate
            self.level = min(self.level + more, Fraction(burst))
            self.at = now


class Twin:
    """Limits are mappings of name to people's numbers, None where lifted."""

    def __init__(
        self,
        names: list[Name],
        strategies: int,
        cash: int,
        limits: dict[tuple[str, int], dict[str, Any]],
    ) -> None:
        self.names = names
        self.strategies = strategies
        self.deposit = cash
        self.limits = limits
        self.open: list[Open] = []
        self.fills: list[tuple[int, int, int, int, int, int]] = []
        self.messages: list[tuple[int, int]] = []  # of the day
        self.trades: list[tuple[int, int]] = []  # of the day
        self.buckets: dict[tuple[str, int], Bucket] = {}
        self.states: dict[tuple[str, int], tuple[int, str]] = {}
        self.start: dict[tuple[str, int], int] = {}
        self.peak: dict[tuple[str, int], int] = {}
        self.forgiven: dict[tuple[str, int], int] = {}  # executions before enabling

    # What is known.

    def limit(self, name: str, strategy: int, instrument: int) -> tuple[Any, Any]:
        """The value and the scope that set it, the most specific first."""
        for scope in (
            ("instrument", instrument),
            ("strategy", strategy),
            ("account", 0),
            ("all", 0),
        ):
            if name in self.limits.get(scope, {}):
                value = self.limits[scope][name]
                return value, None if value is None else scope
        return None, None

    def price(self, i: int) -> int:
        if self.names[i].marks:
            return self.names[i].marks[-1][1]
        return next((f[2] for f in self.fills if f[0] == i), 0)

    def position(self, i: int, strategy: int | None = None) -> int:
        return sum(f[3] for f in self.fills if f[0] == i and strategy in {None, f[1]})

    def working(self, i: int, side: int) -> int:
        return sum(o.lots for o in self.open if o.instrument == i and o.side == side)

    def in_scope(self, scope: tuple[str, int], strategy: int, instrument: int) -> bool:
        kind, index = scope
        return {"strategy": strategy == index, "instrument": instrument == index}.get(
            kind, True
        )

    def profit(self, scope: tuple[str, int]) -> int:
        mine = [f for f in self.fills if self.in_scope(scope, f[1], f[0])]
        return sum(f[3] * (self.price(f[0]) - f[2]) for f in mine)

    def equity(self) -> int:
        return self.deposit + self.profit(("account", 0))

    def cash(self) -> int:
        return self.deposit - sum(f[2] * f[3] for f in self.fills)

    def ends(self, i: int, extra: Open | None = None) -> tuple[int, int]:
        buys, sells = self.working(i, 0), self.working(i, 1)
        if extra is not None and extra.instrument == i:
            buys += extra.lots * (extra.side == 0)
            sells += extra.lots * (extra.side == 1)
        position = self.position(i)
        return ((position + buys) * self.price(i), (position - sells) * self.price(i))

    def worst(self, i: int, extra: Open | None = None) -> int:
        return max(abs(end) for end in self.ends(i, extra))

    def gross(self, extra: Open | None = None, **of: int) -> int:
        return sum(
            self.worst(i, extra)
            for i, name in enumerate(self.names)
            if all(getattr(name, key) == value for key, value in of.items())
        )

    # What happens.

    def watch(self, instrument: int) -> None:
        scopes = [("account", 0), ("instrument", instrument)]
        scopes += [("strategy", s) for s in range(self.strategies)]
        for scope in scopes:
            self.watch_one(scope)

    def watch_one(self, scope: tuple[str, int]) -> None:
        own = dict(self.limits.get(("all", 0), {})) if scope[0] == "account" else {}
        own |= self.limits.get(scope, {})
        now = self.profit(scope)
        self.peak[scope] = max(self.peak.get(scope, 0), now)
        lost = self.start.get(scope, 0) - now
        if own.get("daily_loss") and lost >= own["daily_loss"]:
            self.tighten(scope, 2, "daily_loss_hard")
        elif own.get("daily_loss_soft") and lost >= own["daily_loss_soft"]:
            self.tighten(scope, 1, "daily_loss")
        fall = self.peak[scope] - now
        if own.get("drawdown") and fall > 0:
            whole = max(0, self.equity() + fall)
            if fall > own["drawdown"] * whole:
                self.tighten(scope, 1, "drawdown")

    def tighten(self, scope: tuple[str, int], mode: int, cause: str) -> None:
        if mode > self.states.get(scope, (0, ""))[0]:
            self.states[scope] = (mode, cause)

    def enable(self, scope: tuple[str, int]) -> None:
        if self.states.pop(scope, (0, ""))[0]:
            inner = ("account", 0) if scope[0] == "all" else scope
            self.start[inner] = self.peak[inner] = self.profit(inner)
            self.forgiven[inner] = len(self.fills)

    def mark(self, i: int, price: int, at: int) -> None:
        before = self.price(i)
        self.names[i].marks.append((at, price))
        touched = any(f[0] == i for f in self.fills)
        if price != before and touched:
            self.watch(i)

    def execute(self, i: int, strategy: int, price: int, lots: int, at: int) -> None:
        self.fills.append((i, strategy, price, lots, at, 0))
        self.trades.append((strategy, i))
        most, scope = self.limit("max_executions", strategy, i)
        if most is not None:
            length = self.limit("execution_window", strategy, i)[0] or SECOND
            inner = ("account", 0) if scope[0] == "all" else scope
            counted = [
                f
                for f in self.fills[self.forgiven.get(inner, 0) :]
                if self.in_scope(scope, f[1], f[0])
                and at // length - f[4] // length in {0, 1}
            ]
            if len(counted) > most:
                self.tighten(scope, 1, "execution_throttle")
        self.watch(i)

    def begin_day(self) -> None:
        self.messages, self.trades = [], []
        scopes = [("account", 0)]
        scopes += [("strategy", s) for s in range(self.strategies)]
        scopes += [("instrument", i) for i in range(len(self.names))]
        for scope in scopes:
            self.start[scope] = self.profit(scope)

    # The order.

    def judge(
        self, i: int, strategy: int, side: int, price: int | None, lots: int, now: int
    ) -> tuple[str, int]:
        name = self.names[i]
        get = lambda what: self.limit(what, strategy, i)[0]  # noqa: E731
        state = (0, "")
        for scope in (
            ("all", 0),
            ("account", 0),
            ("strategy", strategy),
            ("instrument", i),
        ):
            if self.states.get(scope, (0, ""))[0] > state[0]:
                state = self.states[scope]
        if state[0] == 2:
            return state[1], 0
        if lots < 1:
            return "quantity_not_positive", 0
        if not name.marks:
            return "no_reference_price", 0
        at, reference = name.marks[-1]
        if get("reference_age") and now - at > get("reference_age"):
            return "stale_reference", 0
        if name.halted:
            return "trading_halt", 0
        if name.restriction == 2:
            return "restricted", 0
        position = self.position(i)
        same = self.working(i, side)
        covered = max(0, (position if side else -position) - same)
        asked = (strategy, side, price, lots)
        if 0 < covered < lots:
            if get("flip") == "refuse":
                return "would_flip", 0
            if get("flip") == "cut":
                lots = covered
        reducing = lots <= covered
        if not reducing and state[0] == 1:
            return state[1], 0
        if not reducing and name.restriction == 1:
            return "restricted", 0
        bad = self.prices(i, side, price, reference, lots, now, asked, get)
        if bad:
            return bad, 0
        order = Open(i, strategy, side, reference if price is None else price, lots)
        if not reducing:
            bad = self.opening(order, price, now)
            if bad:
                return bad, 0
        self.take_token(strategy, i, now)
        self.messages.append((strategy, i))
        if get("duplicate_window"):
            name.sent.append((asked, now))
        return "none", lots

    def prices(self, i, side, price, reference, lots, now, asked, get) -> str:  # type: ignore[no-untyped-def]
        name = self.names[i]
        at = reference if price is None else price
        if get("max_order_quantity") and lots > get("max_order_quantity"):
            return "max_quantity"
        if get("max_order_notional") and lots * at > get("max_order_notional"):
            return "max_notional"
        if price is not None:
            if get("price_collar") and abs(price - reference) > (
                get("price_collar") * reference
            ):
                return "price_collar"
            if get("window_collar"):
                length = self.limit("collar_window", 0, i)[0] or MINUTE
                present = name.marks[-1][0] // length
                seen = [p for t, p in name.marks if present - t // length in {0, 1}]
                share = get("window_collar")
                low, high = min(seen), max(seen)
                if (
                    price > low + share * low
                    if side == 0
                    else price < high - share * high
                ):
                    return "window_collar"
        if get("volume_share"):
            if name.volume < 1:
                return "volume_unknown"
            if lots > get("volume_share") * name.volume:
                return "volume_share"
        if get("price_band"):
            if name.band is None:
                return "price_band_unknown"
            if at > name.band[1] if side == 0 else at < name.band[0]:
                return "price_band"
        if get("duplicate_window"):
            for terms, sent_at in name.sent[-4:]:
                if terms == asked and now - sent_at <= get("duplicate_window"):
                    return "duplicate_order"
        if get("self_trade"):
            others = [
                o.price for o in self.open if o.instrument == i and o.side != side
            ]
            meets = [
                p
                for p in others
                if price is None or (price >= p if side == 0 else price <= p)
            ]
            if meets:
                return "self_trade"
        return ""

    def opening(self, order: Open, price: int | None, now: int) -> str:
        i, strategy, side = order.instrument, order.strategy, order.side
        name = self.names[i]
        get = lambda what: self.limit(what, strategy, i)[0]  # noqa: E731
        towards = 1 if side == 0 else -1
        held = towards * self.position(i) + self.working(i, side) + order.lots
        if side == 1 and get("short_sale"):
            if held > name.located:
                return "no_locate"
            if name.price_test and (
                name.bid is None or price is None or price <= name.bid
            ):
                return "short_price"
        if get("max_position") and held > get("max_position"):
            return "position_limit"
        value = order.price * order.lots
        rate, scope = self.limit("message_rate", strategy, i)
        if rate is not None:
            bucket = self.bucket(scope)
            bucket.fill(Fraction(rate), get("message_burst") or max(1, int(rate)), now)
            if bucket.level < 1:  # type: ignore[operator]
                return "message_rate"
        ratio, scope = self.limit("order_to_trade", strategy, i)
        if ratio is not None:
            sent = sum(self.in_scope(scope, *m) for m in self.messages) + 1
            traded = sum(self.in_scope(scope, *t) for t in self.trades)
            paid = sent - (get("free_messages") or 0)
            if paid > 0 and paid > ratio * traded:
                return "order_to_trade"
        most, scope = self.limit("open_orders", strategy, i)
        if most is not None:
            there = [
                o for o in self.open if self.in_scope(scope, o.strategy, o.instrument)
            ]
            if len(there) >= most:
                return "open_orders"
        most, scope = self.limit("open_notional", strategy, i)
        if most is not None:
            there = [
                o for o in self.open if self.in_scope(scope, o.strategy, o.instrument)
            ]
            if sum(o.price * o.lots for o in there) + value > most:
                return "open_notional"
        return self.exposure(order, value, held, get)

    def exposure(self, order: Open, value: int, held: int, get: Any) -> str:
        i, side = order.instrument, order.side
        name = self.names[i]
        equity = max(0, self.equity())
        if self.worst(i, order) > self.worst(i):
            gross = self.gross(order)
            if get("gross_exposure") and gross > get("gross_exposure"):
                return "gross_exposure"
            for limit, amount, reason in (
                ("name_share", self.worst(i, order), "name_concentration"),
                (
                    "sector_share",
                    self.gross(order, sector=name.sector),
                    "sector_concentration",
                ),
                (
                    "asset_class_share",
                    self.gross(order, asset_class=name.asset_class),
                    "asset_class_concentration",
                ),
                (
                    "group_share",
                    self.gross(order, group=name.group),
                    "group_concentration",
                ),
                ("leverage", gross, "leverage"),
            ):
                if limit == "group_share" and name.group == 0:
                    continue
                if get(limit) and amount > get(limit) * equity:
                    return reason
            if get("margin"):
                needed = sum(
                    self.worst(k, order) * other.margin
                    for k, other in enumerate(self.names)
                )
                if needed > self.equity():
                    return "insufficient_margin"
        if get("net_exposure"):
            net = sum(self.ends(k, order)[side] for k in range(len(self.names)))
            if (net if side == 0 else -net) > get("net_exposure"):
                return "net_exposure"
        if get("days_to_liquidate"):
            if name.volume < 1:
                return "volume_unknown"
            share = get("liquidation_share") or Fraction(1, 10)
            if held > get("days_to_liquidate") * share * name.volume:
                return "days_to_liquidate"
        if get("cash_only"):
            if side == 1:
                return "position_limit"
            bought = sum(o.price * o.lots for o in self.open if o.side == 0)
            if bought + value > self.cash():
                return "insufficient_cash"
        return ""

    def bucket(self, scope: tuple[str, int]) -> Bucket:
        owner = ("account", 0) if scope[0] == "all" else scope
        return self.buckets.setdefault(owner, Bucket())

    def take_token(self, strategy: int, i: int, now: int) -> None:
        rate, scope = self.limit("message_rate", strategy, i)
        if rate is None:
            return
        burst = self.limit("message_burst", strategy, i)[0] or max(1, int(rate))
        bucket = self.bucket(scope)
        bucket.fill(Fraction(rate), burst, now)
        assert bucket.level is not None
        bucket.level -= min(bucket.level, Fraction(1))
