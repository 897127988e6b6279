"""hftbacktest on the same events: answers one line of JSON for each line of JSON.

It runs in an interpreter of its own (it needs numba, we do not). Strategies are
compiled, as its documents recommend, and warm before they are timed. An execution is
two events to it, the fill and the removal.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from flows import ADD, EXECUTE, LEVEL, REMOVE, STEP_NS, TRADE
from hftbacktest import (
    GTC,
    LIMIT,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.types import (
    ADD_ORDER_EVENT,
    BUY_EVENT,
    CANCEL_ORDER_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    FILL_EVENT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    event_dtype,
)
from numba import njit

FOREVER = 10**18


def translate(events: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the events in hftbacktest's own record."""
    kinds = {
        ADD: ADD_ORDER_EVENT,
        REMOVE: CANCEL_ORDER_EVENT,
        EXECUTE: FILL_EVENT,
        LEVEL: DEPTH_EVENT,
        TRADE: TRADE_EVENT,
    }
    kind = np.zeros(len(events), dtype=np.uint64)
    for ours, theirs in kinds.items():
        kind[events["kind"] == ours] = theirs
    side = np.where(events["side"] == 0, BUY_EVENT, SELL_EVENT).astype(np.uint64)
    out = np.zeros(len(events), dtype=event_dtype)
    out["ev"] = kind | side | np.uint64(EXCH_EVENT | LOCAL_EVENT)
    out["exch_ts"] = out["local_ts"] = events["timestamp"]
    out["px"] = events["price"] * 0.01
    out["qty"] = events["quantity"]
    out["order_id"] = events["order_id"]
    filled = np.flatnonzero(events["kind"] == EXECUTE)
    removals = out[filled].copy()
    removals["ev"] = side[filled] | np.uint64(
        CANCEL_ORDER_EVENT | EXCH_EVENT | LOCAL_EVENT
    )
    return np.insert(out, filled + 1, removals)


def engine(events: np.ndarray[Any, Any], *, orders: bool) -> Any:
    """Return a backtest over the events."""
    asset = (
        BacktestAsset()
        .data(events)
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(0.01)
        .lot_size(1.0)
        .last_trades_capacity(0)
    )
    queue = asset.l3_fifo_queue_model if orders else asset.risk_adverse_queue_model
    asset = queue().roi_lb(90.0).roi_ub(110.0)
    return ROIVectorMarketDepthBacktest([asset])


@njit  # type: ignore[untyped-decorator]
def nothing(hbt: Any) -> float:
    hbt.elapse(FOREVER // 10**6)
    return 0.0


@njit  # type: ignore[untyped-decorator]
def every_event(hbt: Any) -> float:
    total = 0.0
    while hbt.wait_next_feed(False, 10**12) == 2:
        total += hbt.depth(0).best_bid
    return total


@njit  # type: ignore[untyped-decorator]
def every_hundred(hbt: Any, pause: int) -> float:
    number = 0
    working = False
    while hbt.elapse(pause) == 0:
        if working:
            hbt.cancel(0, number, False)
            hbt.clear_inactive_orders(0)
            working = False
        else:
            bid = hbt.depth(0).best_bid
            if bid == bid:
                number += 1
                hbt.submit_buy_order(0, number, bid - 0.02, 1.0, GTC, LIMIT, False)
                working = True
    return float(number)


def main() -> int:
    """Serve until the input ends."""
    held: dict[str, np.ndarray[Any, Any]] = {}
    for line in sys.stdin:
        task = json.loads(line)
        path = task["path"]
        if path not in held:
            held.clear()
            held[path] = translate(np.load(path))
        events = held[path]
        if task.get("head"):
            events = events[: task["head"]]
        hbt = engine(events, orders=task["orders"])
        begin = time.process_time()
        if task["what"] == "nothing":
            nothing(hbt)
        elif task["what"] == "every event":
            every_event(hbt)
        else:
            every_hundred(hbt, 100 * STEP_NS)
        seconds = time.process_time() - begin
        hbt.close()
        answer = {"ns": seconds * 1e9 / len(events), "events": len(events)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
