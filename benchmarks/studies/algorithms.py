"""What the execution algorithms do on real data: 200 parents, four algorithms.

Question    Does VWAP track the VWAP of its own interval better than TWAP and a naive
            single order? Does implementation shortfall trade off risk and cost as its
            theory says?
Workload    Minute bars of 20 US shares in spring 2026. Symbol, day, start, length and
            side of each parent are drawn from one seed; a parent is 2 % of the volume
            its interval had in earlier sessions. Volume curves come from earlier
            sessions only. Every run stands alone. A second part works parents through
            two order-by-order days (AMZN and AAPL, 2012-06-21), where there is no
            earlier session and the curve is flat.
Read        Slippage in basis points, positive where it cost; fees are none. Over bars a
            child trades at the next open and moves nobody, so impact is modelled: the
            temporary part of Almgren, Thum, Hauptmann and Li (2005), 0.142 sigma
            (child / volume of its minute) ^ 0.6.

    python benchmarks/studies/algorithms.py ../shared/data --parents 200
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ai_trading import Backtest, load
from ai_trading.backtest.terms import Latency
from ai_trading.execution.curves import VolumeCurve, estimate_curve, session_of
from ai_trading.market.sessions import calendar
from ai_trading.strategies.library import ParentTrader

SHARE = 0.02
ETA, BETA = 0.142, 0.6
MINUTE = 60_000_000_000
NEEDED = 5  # earlier sessions
ALGORITHMS: dict[str, dict[str, Any]] = {
    "vwap": {"algorithm": "vwap"},
    "vwap, static": {"algorithm": "vwap", "adaptive": False},
    "twap": {"algorithm": "twap"},
    "pov": {"algorithm": "pov", "rate": SHARE},
    "is": {"algorithm": "is"},
}
NAIVE = "single order"
URGENCIES = (0.0, 0.25, 0.5, 0.75, 1.0)


class SingleOrder(ParentTrader):
    """The naive way: one market order at the beginning.

    It works a parent of one lot besides, for the benchmarks of the interval, and leaves
    that out of its figures.
    """

    def on_start(self) -> None:
        self.whole, self.quantity = self.quantity, 1
        super().on_start()
        self.bought = self.paid = 0.0
        self.number = 0
        self.set_timer(at=self.parent.to_dict()["start_ns"])

    def on_timer(self, timer: Any) -> None:
        del timer
        self.number = self.submit(self.parent.symbol, self.side, self.whole)

    def on_fill(self, fill: Any) -> None:
        if fill.order_id == self.number:
            self.bought += fill.quantity
            self.paid += fill.quantity * fill.price


@dataclass
class Parent:
    """One drawn parent and what is known before it begins."""

    data: Any
    symbol: str
    day: dt.date
    start: dt.time
    minutes: int
    side: str
    quantity: int
    curve: VolumeCurve
    sigma: float  # of a day, earlier sessions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with minute and lobster data")
    parser.add_argument("--parents", type=int, default=200)
    parser.add_argument("--events", type=int, default=40, help="parents on events")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    write = sys.stdout.write

    parents = draw(options.data, options.parents, options.seed)
    found = {
        name: [work(parent, terms) for parent in parents]
        for name, terms in ALGORITHMS.items()
    }
    found[NAIVE] = [
        work(parent, {"algorithm": "twap"}, SingleOrder) for parent in parents
    ]
    write(f"### {len(parents)} parents over minute bars, seed {options.seed}\n\n")
    write(table(found))
    write("\n" + compare(found, "vwap", "twap", options.seed))
    write(compare(found, "vwap", "vwap, static", options.seed))
    write(compare(found, "vwap", "single order", options.seed))

    write("\n### Implementation shortfall by urgency, the same parents\n\n")
    write(frontier(parents))

    days = draw(options.data, options.parents // 2, options.seed + 1, whole_days=True)
    names = ("vwap", "vwap, static", "twap")
    long = {name: [work(day, ALGORITHMS[name]) for day in days] for name in names}
    write(f"\n### {len(days)} parents of whole days, 09:31 to 15:58\n\n")
    write(table(long))
    write("\n" + compare(long, "vwap", "twap", options.seed))
    write(compare(long, "vwap", "vwap, static", options.seed))

    write(f"\n### {options.events} parents on order-by-order days, flat curve\n\n")
    write(table(on_events(options.data, options.events, options.seed), modelled=False))


def draw(
    folder: Path, count: int, seed: int, *, whole_days: bool = False
) -> list[Parent]:
    """Draw parents from one seed; each with at least `NEEDED` earlier sessions."""
    rng = np.random.default_rng(seed)
    files = sorted((folder / "minute" / "2026-03-09_2026-05-05").glob("*.csv.gz"))
    loaded = [load(path) for path in files]
    out: list[Parent] = []
    while len(out) < count:
        data = loaded[int(rng.integers(len(loaded)))]
        symbol = data.symbols[0]
        known = calendar(data.instruments[symbol].calendar)
        days = np.unique(known.days_of(data.records["start"]))
        day = days[int(rng.integers(NEEDED, len(days)))].item()
        start = (
            dt.time(9, 35 + int(rng.integers(25)))
            if rng.random() < 0.3
            else dt.time(10 + int(rng.integers(4)), int(rng.integers(60)))
        )
        minutes = int(rng.integers(30, 121))
        if whole_days:
            start, minutes = dt.time(9, 31), 387
        side = "buy" if rng.random() < 0.5 else "sell"
        curve = estimate_curve(data, symbol, before=day)
        expected = interval_volume(data, symbol, day, start, minutes, curve)
        quantity = max(10, round(SHARE * expected))
        sigma = daily_volatility(data, day)
        out.append(
            Parent(data, symbol, day, start, minutes, side, quantity, curve, sigma)
        )
    return out


def interval_volume(data, symbol, day, start, minutes, curve) -> float:
    opened, closed = bounds(data.instruments[symbol], day)
    on = curve.on(opened, closed)
    first = opened + ((start.hour - 9) * 60 + start.minute - 30) * MINUTE
    return curve.session_volume * (on.share(first + minutes * MINUTE) - on.share(first))


def bounds(instrument, day) -> tuple[int, int]:
    noon = dt.datetime(day.year, day.month, day.day, 17, tzinfo=dt.UTC)
    found = session_of(instrument, int(noon.timestamp()) * 10**9)
    assert found is not None
    return found


def daily_volatility(data, day) -> float:
    """Of 5-minute returns of earlier sessions, as a fraction per day."""
    limit, _ = bounds(data.instruments[0], day)
    closes = data.records["close"][data.records["timestamp"] < limit][::5]
    returns = np.diff(np.log(closes.astype(float)))
    returns = returns[np.abs(returns) < 0.02]  # nights left out
    return float(returns.std() * np.sqrt(78))


def work(
    parent: Parent, terms: dict[str, Any], kind: type[ParentTrader] = ParentTrader
) -> dict[str, float]:
    """Run one parent alone over its day, and measure it."""
    terms = dict(terms)
    if terms["algorithm"] == "vwap":
        terms["curve"] = parent.curve
    trader = kind(
        "parent",
        symbol=parent.symbol,
        side=parent.side,
        quantity=parent.quantity,
        start=parent.start.isoformat(timespec="minutes"),
        minutes=parent.minutes,
        date=parent.day,
        **terms,
    )
    opened, closed = bounds(parent.data.instruments[parent.symbol], parent.day)
    day = parent.data.select(start_ns=opened, end_ns=closed + 1)
    result = Backtest(day, strategies=[trader], cash=10**12).run()
    fills = result.fills
    if isinstance(trader, SingleOrder):
        fills = fills[fills["order_id"] == trader.number]
    return {**measure(trader), "impact": impact(parent, day, fills)}


def measure(trader: ParentTrader) -> dict[str, float]:
    report = trader.report().to_dict()
    wanted = float(report["quantity"])
    nothing = float("nan")
    if isinstance(trader, SingleOrder):
        sign = trader.parent.side.sign
        average = trader.paid / trader.bought if trader.bought else nothing
        for name in ("vwap", "arrival"):
            price = report["interval_vwap" if name == "vwap" else "arrival_price"]
            report[f"{name}_slippage_bps"] = sign * (average - price) / price * 1e4
        report.update(shortfall=trader.whole - trader.bought, children=1, messages=1)
        wanted = trader.whole
    vwap, arrival = report["vwap_slippage_bps"], report["arrival_slippage_bps"]
    return {
        "vwap": nothing if vwap is None else vwap,
        "arrival": nothing if arrival is None else arrival,
        "short": float(report["shortfall"]) / wanted,
        "children": report["children"],
        "messages": report["messages"],
        "passive": report["passive_share"],
    }


def impact(parent: Parent, day, fills) -> float:
    """Modelled temporary impact of the children, in basis points of the parent."""
    starts, volumes = day.records["start"], day.records["volume"]
    cost = 0.0
    for fill in fills:
        place = int(np.searchsorted(starts, fill["timestamp"], side="right")) - 1
        rate = fill["quantity"] / max(1, volumes[place])
        cost += fill["quantity"] * ETA * parent.sigma * rate**BETA
    total = fills["quantity"].sum()
    return 1e4 * cost / total if total else float("nan")


def on_events(folder: Path, count: int, seed: int) -> dict[str, list[dict[str, float]]]:
    """Work parents through the two LOBSTER days."""
    rng = np.random.default_rng(seed)
    names = ("AMZN_2012-06-21_5", "AAPL_2012-06-21_1")
    chosen = {k: v for k, v in ALGORITHMS.items() if k != "vwap, static"}
    chosen[NAIVE] = {"algorithm": "twap"}
    out: dict[str, list[dict[str, float]]] = {name: [] for name in chosen}
    for name in names:
        data = load(folder / "lobster" / f"LOBSTER_SampleFile_{name}.zip")
        for _ in range(count // len(names)):
            start = dt.time(10 + int(rng.integers(4)), int(rng.integers(60)))
            minutes = int(rng.integers(30, 91))
            side = "buy" if rng.random() < 0.5 else "sell"
            for kind, terms in chosen.items():
                own = dict(terms)
                if own["algorithm"] == "vwap":
                    own["curve"] = VolumeCurve.flat()
                make = SingleOrder if kind == NAIVE else ParentTrader
                trader = make(
                    "parent",
                    symbol=data.symbols[0],
                    side=side,
                    quantity=1_000,
                    start=start.isoformat(timespec="minutes"),
                    minutes=minutes,
                    **own,
                )
                delays = Latency(entry=50_000, response=50_000)
                Backtest(data, strategies=[trader], cash=10**12, latency=delays).run()
                out[kind].append(measure(trader))
    return out


def table(found: dict[str, list[dict[str, float]]], *, modelled: bool = True) -> str:
    head = (
        "| algorithm | median abs. slippage to interval VWAP | mean to VWAP "
        "(s.e.) | mean to arrival (s.e.) | s.d. to arrival | "
    )
    head += "modelled impact | " if modelled else "waited at the touch | "
    lines = [head + "not traded | children | messages |", "|---|" + "---|" * 8]
    for name, rows in found.items():
        vwap = values(rows, "vwap")
        arrival = values(rows, "arrival")
        last = values(rows, "impact") if modelled else 100 * values(rows, "passive")
        unit = "" if modelled else " %"
        lines.append(
            f"| {name} | {np.median(np.abs(vwap)):.2f} | {mean(vwap)} "
            f"| {mean(arrival)} | {arrival.std():.1f} | {last.mean():.2f}{unit} "
            f"| {100 * values(rows, 'short').mean():.2f} % "
            f"| {values(rows, 'children').mean():.0f} "
            f"| {values(rows, 'messages').mean():.0f} |"
        )
    return "\n".join(lines) + "\n"


def frontier(parents: list[Parent]) -> str:
    head = (
        "| urgency u (kappa T = 6 u) | s.d. to arrival (risk) | modelled impact (cost) "
        "| mean to arrival (s.e.) |"
    )
    lines = [head, "|---|---|---|---|"]
    for urgency in URGENCIES:
        terms = {"algorithm": "is", "trade_urgency": urgency}
        rows = [work(p, terms) for p in parents]
        arrival, cost = values(rows, "arrival"), values(rows, "impact")
        lines.append(
            f"| {urgency} | {arrival.std():.2f} | {cost.mean():.2f} | {mean(arrival)} |"
        )
    return "\n".join(lines) + "\n"


def compare(found, first: str, second: str, seed: int) -> str:
    """Return the difference of the medians, with a paired bootstrap interval."""
    one = np.abs([row["vwap"] for row in found[first]])
    two = np.abs([row["vwap"] for row in found[second]])
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(one), size=(4_000, len(one)))
    drawn = np.median(one[picks], axis=1) - np.median(two[picks], axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return (
        f"Median absolute slippage to interval VWAP, {first} less {second}: "
        f"{np.median(one) - np.median(two):+.2f} bps (95 % bootstrap {low:+.2f} to "
        f"{high:+.2f}); {first} was nearer for {(one < two).mean():.0%} of parents.\n"
    )


def values(rows: list[dict[str, float]], name: str) -> np.ndarray:
    found = np.array([row[name] for row in rows], float)
    return found[np.isfinite(found)]


def mean(found: np.ndarray) -> str:
    return f"{found.mean():+.2f} ({found.std() / np.sqrt(len(found)):.2f})"


if __name__ == "__main__":
    main()
