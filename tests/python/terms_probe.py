"""A strategy of stops, icebergs, pegs and brackets; `terms.cpp` and numba have it too.

Each kind sends orders of one term, the quantities by a digest of what it was told, so
that a difference in anything shows in the records. Prices have ticks of 0.01.
"""

from __future__ import annotations

from typing import Any

from ai_trading._core.book import reject_codes
from ai_trading.core.records import order_status_code
from ai_trading.strategies import Strategy

PRIME = 1_000_003
KINDS = (
    "stop",
    "stop limit",
    "trailing amount",
    "trailing percentage",
    "stop on quotes",
    "stop on the middle",
    "post only",
    "post only, sliding",
    "iceberg",
    "hidden",
    "peg to the own side",
    "peg to the middle",
    "peg to the other side",
    "all or nothing",
    "good till a date",
    "bracket",
    "bracket of limits",
    "stop that is changed",
    "closing auction",
    "stop till a date",
    "exits of a position",
    "minimum quantity",
    "all or none",
    "hidden minimum",
    "market to limit",
    "good till canceled",
    "iceberg that is changed",
    "peg that is changed",
    "trailing stop that is watched",
)
# On bars there is neither a book nor a closing auction.
ON_BARS = tuple(kind for kind in KINDS if KINDS.index(kind) in {0, 1, 2, 3, 14, 15, 16})
ON_BARS += ("stop that is changed", "stop till a date", "exits of a position")
ON_BARS += ("minimum quantity", "all or none", "market to limit", "good till canceled")
ON_BARS += ("trailing stop that is watched",)


def ticks(price: float) -> int:
    return round(price * 100)


class TermsProbe(Strategy):
    def __init__(self, kind: int, size: int = 3) -> None:
        super().__init__("terms", kind=kind, size=size)

    def on_start(self) -> None:
        self.kind, self.size = self.parameters["kind"], self.parameters["size"]
        self.seen = self.sent = self.last = 0
        self.subscribe(bars=True, book_every=7)

    def mix(self, seen: int) -> None:
        self.seen = (self.seen * 31 + seen % PRIME) % PRIME

    def on_book(self, book: Any) -> None:
        self.step(book.symbol)

    def on_bar(self, bar: Any) -> None:
        self.step(bar.symbol)

    def on_order(self, order: Any) -> None:
        status = order_status_code(order.status)
        reason = reject_codes[order.reason] if order.reason else 0
        self.mix(
            status + reason + int(order.quantity) + ticks(order.price) + order.order_id
        )

    def on_fill(self, fill: Any) -> None:
        maker = 1 if fill.liquidity == "maker" else 2
        self.mix(ticks(fill.price) + int(fill.quantity) + int(fill.position) + maker)

    def step(self, symbol: str) -> None:
        known = self.price(symbol)
        if known != known:
            return
        self.sent += 1
        p = ticks(known)
        s = 1 if self.sent % 2 == 0 else -1
        side = "buy" if s > 0 else "sell"
        q = self.size + self.seen % 3
        soon = self.now + 150_000_000_000

        def at(away: int) -> float:
            return (p + s * away) / 100

        def send(limit: float | None = None, **terms: Any) -> int:
            return self.submit(symbol, side, q, limit, **terms)

        match KINDS[self.kind]:
            case "stop":
                send(stop=at(1))
            case "stop limit":
                send(at(3), stop=at(1))
            case "trailing amount":
                send(trailing=0.02)
            case "trailing percentage":
                send(trailing="0.02%")
            case "stop on quotes":
                send(stop=at(1), trigger="bid_ask")
            case "stop on the middle":
                send(stop=at(1), trigger="mid")
            case "post only":
                send(at(-1), post_only=True)
            case "post only, sliding":
                send(at(2), post_only="slide")
            case "iceberg":
                send(at(-1), display=2)
            case "hidden":
                send(at(1), hidden=True)
            case "peg to the own side":
                send(peg="primary", offset=0.01)
            case "peg to the middle":
                send(at(2), peg="midpoint")
            case "peg to the other side":
                send(peg="market", offset=-0.01)
            case "all or nothing":
                send(at(2), time_in_force="fok")
            case "good till a date":
                send(at(-1), expires=soon)
            case "bracket":
                self.bracket(symbol, side, q, take_profit=at(6), stop_loss=at(-6))
            case "bracket of limits":
                self.bracket(
                    symbol,
                    side,
                    q,
                    at(1),
                    take_profit=at(8),
                    stop_loss=at(-5),
                    stop_limit=at(-7),
                )
            case "stop that is changed":
                if self.last and self.sent % 3 == 0:
                    done = self.modify(self.last, quantity=q + 1, stop=p / 100)
                    self.mix(int(done))
                else:
                    self.last = send(stop=at(9))
            case "closing auction":
                send(at(1), auction="close")
            case "exits of a position":
                held = self.position(symbol)
                if not held:
                    send()
                    return
                t = 1 if held > 0 else -1
                self.protect(
                    symbol,
                    take_profit=(p + 2 * t) / 100,
                    stop_loss=(p - 2 * t) / 100,
                )
            case "stop till a date":
                send(stop=at(1), expires=soon)
            case "minimum quantity":
                send(at(2), minimum=2)
            case "all or none":
                send(at(2), all_or_none=True)
            case "hidden minimum":
                send(at(1), hidden=True, minimum=2)
            case "market to limit":
                q *= 100
                send(market_to_limit=True)
            case "good till canceled":
                send(at(-1), time_in_force="gtc")
            case "iceberg that is changed":
                if self.last and self.sent % 3 == 0:
                    shown = 1 + self.sent % 4
                    self.mix(int(self.modify(self.last, display=shown)))
                else:
                    self.last = send(at(-1), display=2)
            case "peg that is changed":
                if self.last and self.sent % 3 == 0:
                    done = self.modify(self.last, offset=0.02, limit=at(4))
                    self.mix(int(done))
                else:
                    self.last = send(peg="primary", offset=0.01)
            case "trailing stop that is watched":
                if self.last:
                    stop = self.stop_price(self.last)
                    self.mix(ticks(stop) if stop == stop else 7)
                self.last = send(trailing=0.02)
