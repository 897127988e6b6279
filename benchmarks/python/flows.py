"""Market data for the Python benchmarks, made once and kept in `build/bench/data`.

Every flow is of one instrument with a tick of 0.01 and a microsecond between events, so
that time and event count are the same thing to every engine that reads it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[2] / "build" / "bench" / "data"
EVENT = np.dtype(
    [
        ("timestamp", "<i8"),
        ("instrument", "<u4"),
        ("kind", "u1"),
        ("side", "u1"),
        ("flags", "<u2"),
        ("order_id", "<u8"),
        ("price", "<i8"),
        ("quantity", "<i8"),
        ("aux", "<u8"),
    ]
)
"""`ai_trading.core.records.EVENT`, restated for peers that cannot import it."""

ADD, REMOVE, EXECUTE, LEVEL, TRADE = 1, 3, 4, 8, 10
STEP_NS = 1_000
FIRST_NS = 1_700_000_000_000_000_000
LEVELS = 20
MIDDLE = 10_000


def order_flow(count: int, per_level: int, seed: int = 1) -> NDArray[Any]:
    """Return events of single orders on `LEVELS` prices a side.

    Half the events add an order, the others end one: 47 % of all cancel a random
    order, 3 % execute the first one at the touch whole. About `per_level` orders
    stand at each price from the start: the orders that fill the book come first.
    """
    draw = random.Random(seed)
    queues: list[list[int]] = [[] for _ in range(2 * LEVELS)]
    places: list[tuple[int, int]] = []  # of live orders: (id, level)
    where: dict[int, int] = {}
    target = 2 * LEVELS * per_level
    rows: list[tuple[int, int, int, int, int]] = []
    quantities: dict[int, int] = {}
    next_id = 0

    def price(level: int) -> int:
        return MIDDLE - 1 - level if level < LEVELS else MIDDLE + 1 + level - LEVELS

    def end(order: int) -> int:
        at = where.pop(order)
        _, level = places[at]
        last = places.pop()
        if at < len(places):
            places[at] = last
            where[last[0]] = at
        queues[level].remove(order)
        return level

    def emit(kind: int, level: int, order: int, quantity: int) -> None:
        rows.append((kind, int(level >= LEVELS), order, price(level), quantity))

    while len(rows) < target + count:
        live = len(places)
        if live < target or (live <= target * 1.05 and draw.random() < 0.5):
            next_id += 1
            # While filling, keep every level occupied: no book ever turns empty.
            level = next_id % (2 * LEVELS)
            level = level if live < target else draw.randrange(2 * LEVELS)
            where[next_id] = live
            places.append((next_id, level))
            queues[level].append(next_id)
            quantities[next_id] = draw.randrange(1, 10)
            emit(ADD, level, next_id, quantities[next_id])
            continue
        touch = queues[0 if draw.random() < 0.5 else LEVELS]
        if touch and draw.random() < 0.06:
            order, kind = touch[0], EXECUTE
        else:
            order, kind = places[draw.randrange(live)][0], REMOVE
        emit(kind, end(order), order, quantities.pop(order))

    columns = np.array(rows, dtype=np.int64).T
    events = np.zeros(len(rows), dtype=EVENT)
    events["kind"], events["side"], events["order_id"] = columns[:3]
    events["price"], events["quantity"] = columns[3:]
    events["timestamp"] = FIRST_NS + STEP_NS * np.arange(len(rows))
    return events


def level_flow(count: int, seed: int = 1) -> NDArray[Any]:
    """Return totals of random levels, and 5 % trades at the touch."""
    draw = np.random.default_rng(seed)
    level = draw.integers(0, LEVELS, count)
    side = draw.integers(0, 2, count)
    away = np.where(side == 0, -1 - level, 1 + level)
    trades = draw.random(count) < 0.05
    events = np.zeros(count, dtype=EVENT)
    events["kind"] = np.where(trades, TRADE, LEVEL)
    events["side"] = side
    events["price"] = MIDDLE + np.where(trades, np.where(side == 0, -1, 1), away)
    events["quantity"] = draw.integers(1, 500, count)
    events["timestamp"] = FIRST_NS + STEP_NS * np.arange(count)
    return events


def kept(name: str, make: Callable[[], NDArray[Any]]) -> Path:
    """Return the file of a flow, made if it is not there."""
    path = DATA / f"{name}.npy"
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npy")
        np.save(part, make())
        part.rename(path)
    return path
