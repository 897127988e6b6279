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
Read        Figures are those of `ai_trading.execution.tca`: basis points, positive
            where it cost; brackets hold 95 % bootstrap intervals; fees are none.
            Over bars a child trades at the next open and moves nobody, so impact is
            modelled: the temporary part of Almgren, Thum, Hauptmann and Li (2005),
            0.142 sigma (child / volume of its minute) ^ 0.6.

    python benchmarks/studies/algorithms.py ../shared/data --parents 200
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ai_trading import Backtest, load
from ai_trading.backtest.terms import Latency
from ai_trading.core.calendars import calendar
from ai_trading.execution.algorithms import ImpactParameters, optimal_liquidation
from ai_trading.execution.curves import VolumeCurve, estimate_curve, session_of
from ai_trading.execution.impact import FixedBps, MarketState
from ai_trading.execution.tca import (
    EXECUTION,
    CostReport,
    MarketView,
    ParentCosts,
    WorkedParent,
    accuracy,
    analyze,
    market_view,
    parents_of,
)
from ai_trading.execution.tca.fills import horizon_name
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
RISK_AVERSIONS = (0.0, 1e-7, 1e-6, 1e-5, 1e-4)


class SingleOrder(ParentTrader):
    """The naive way: one market order at the beginning.

    It works a parent of one lot besides, whose record says when the interval begins.
    """

    def on_start(self) -> None:
        self.whole, self.quantity = self.quantity, 1
        super().on_start()
        self.number = 0
        self.set_timer(at=self.parent.to_dict()["start_ns"])

    def on_timer(self, timer: Any) -> None:
        del timer
        self.number = self.submit(self.parent.symbol, self.side, self.whole)

    def worked(self, result: Any) -> WorkedParent:
        """The naive order as a parent of its own."""
        told = parents_of(result)[0]
        own = result.fills[result.fills["order_id"] == self.number]
        fills = np.zeros(len(own), EXECUTION)
        for name in ("timestamp", "price", "quantity", "fee", "liquidity"):
            fills[name] = own[name]
        fills["rested"] = -1
        return replace(
            told, quantity=self.whole, fills=fills, children=1, schedule=(), key=""
        )


@dataclass
class Parent:
    """One drawn parent and what is known before it begins."""

    data: Any
    view: MarketView
    symbol: str
    day: dt.date
    start: dt.time
    minutes: int
    side: str
    quantity: int
    curve: VolumeCurve
    sigma: float  # of a day, earlier sessions
    price: float  # before the day

    @property
    def state(self) -> MarketState:
        return MarketState(
            price=self.price,
            daily_volume=self.curve.session_volume,
            volatility=self.sigma,
        )

    @property
    def impact(self) -> ImpactParameters:
        """The market of Almgren and Chriss: the power law through its own rate."""
        paid = ETA * self.sigma * self.price * SHARE**BETA
        rate = SHARE * self.curve.session_volume
        return ImpactParameters(self.sigma * self.price, paid / rate)


@dataclass
class Row:
    """What came of a parent."""

    costs: ParentCosts
    messages: int
    impact: float = float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with minute and lobster data")
    parser.add_argument("--parents", type=int, default=200)
    parser.add_argument("--events", type=int, default=200, help="parents on events")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--csv", type=Path, help="write the parents over bars here")
    options = parser.parse_args()
    write = sys.stdout.write

    parents = draw(options.data, options.parents, options.seed)
    found = [
        work(parent, name, terms)
        for name, terms in ALGORITHMS.items()
        for parent in parents
    ]
    found += [
        work(parent, NAIVE, {"algorithm": "twap"}, SingleOrder) for parent in parents
    ]
    report = reported(found, options.seed)
    write(f"### {len(parents)} parents over minute bars, seed {options.seed}\n\n")
    write(table(found, options.seed))
    write("\n" + compare(report, "vwap", "twap"))
    write(compare(report, "vwap", "vwap, static"))
    write(compare(report, "vwap", NAIVE))
    write(calibration(report))
    if options.csv is not None:
        report.write_csv(options.csv)

    write("\n### Implementation shortfall by risk aversion, the same parents\n\n")
    write(frontier(parents, options.seed))

    days = draw(options.data, options.parents // 2, options.seed + 1, whole_days=True)
    names = ("vwap", "vwap, static", "twap")
    long = [work(day, name, ALGORITHMS[name]) for name in names for day in days]
    whole = reported(long, options.seed)
    write(f"\n### {len(days)} parents of whole days, 09:31 to 15:58\n\n")
    write(table(long, options.seed))
    write("\n" + compare(whole, "vwap", "twap"))
    write(compare(whole, "vwap", "vwap, static"))

    write(f"\n### {options.events} parents on order-by-order days, flat curve\n\n")
    events = on_events(options.data, options.events, options.seed)
    write(table(events, options.seed, modelled=False))
    write("\nMark-outs: the fill against the middle a while later.\n\n")
    write(marks(events, options.seed))


def draw(
    folder: Path, count: int, seed: int, *, whole_days: bool = False
) -> list[Parent]:
    """Draw parents from one seed; each with at least `NEEDED` earlier sessions."""
    rng = np.random.default_rng(seed)
    files = sorted((folder / "minute" / "2026-03-09_2026-05-05").glob("*.csv.gz"))
    loaded = [load(path) for path in files]
    views = {data.symbols[0]: market_view(data, data.symbols[0]) for data in loaded}
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
        sigma, price = before_the_day(data, day)
        out.append(
            Parent(
                data,
                views[symbol],
                symbol,
                day,
                start,
                minutes,
                side,
                quantity,
                curve,
                sigma,
                price,
            )
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


def before_the_day(data, day) -> tuple[float, float]:
    """Volatility of a day from 5-minute returns of earlier sessions; the last price."""
    limit, _ = bounds(data.instruments[0], day)
    closes = data.records["close"][data.records["timestamp"] < limit]
    returns = np.diff(np.log(closes[::5].astype(float)))
    returns = returns[np.abs(returns) < 0.02]  # nights left out
    price = closes[-1] * float(data.instruments[0].tick_size)
    return float(returns.std() * np.sqrt(78)), float(price)


def work(
    parent: Parent,
    name: str,
    terms: dict[str, Any],
    kind: type[ParentTrader] = ParentTrader,
) -> Row:
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
    row = measured(trader, result, name, {parent.symbol: parent.view}, parent.state)
    row.impact = impact(parent, day, row.costs.parent.fills)
    return row


def measured(trader, result, name, views, state=None) -> Row:
    """Measure the only parent of a run; the estimate is that it costs nothing."""
    single = isinstance(trader, SingleOrder)
    worked = trader.worked(result) if single else parents_of(result)[0]
    messages = 1 if single else trader.report().to_dict()["messages"]
    known = {} if state is None else {"model": FixedBps(cost=0)}
    if state is not None:
        known["states"] = {worked.symbol: state}
    report = analyze([replace(worked, algorithm=name)], views, **known)
    return Row(report.costs[0], messages)


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


def on_events(folder: Path, count: int, seed: int) -> list[Row]:
    """Work parents through the two LOBSTER days."""
    rng = np.random.default_rng(seed)
    names = ("AMZN_2012-06-21_5", "AAPL_2012-06-21_1")
    chosen = {k: v for k, v in ALGORITHMS.items() if k != "vwap, static"}
    chosen[NAIVE] = {"algorithm": "twap"}
    out: list[Row] = []
    for name in names:
        data = load(folder / "lobster" / f"LOBSTER_SampleFile_{name}.zip")
        views = {data.symbols[0]: market_view(data, data.symbols[0])}
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
                run = Backtest(data, strategies=[trader], cash=10**12, latency=delays)
                out.append(measured(trader, run.run(), kind, views))
    return out


def reported(rows: list[Row], seed: int) -> CostReport:
    return CostReport(tuple(row.costs for row in rows), seed)


def by_name(rows: list[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault(row.costs.parent.algorithm, []).append(row)
    return out


def table(rows: list[Row], seed: int, *, modelled: bool = True) -> str:
    head = (
        "| algorithm | median abs. slippage to interval VWAP | mean to VWAP "
        "| mean to arrival | s.d. to arrival | "
    )
    head += "modelled impact | " if modelled else "waited at the touch | "
    lines = [head + "not traded | children | messages |", "|---|" + "---|" * 8]
    for name, own in by_name(rows).items():
        report = reported(own, seed)
        to_vwap, to_arrival = report.by(
            "all", ["vwap_slippage_bps", "arrival_slippage_bps"]
        )
        nearest = report.by("all", ["abs:vwap_slippage_bps"])[0]
        arrival = values(own, "arrival_slippage_bps")
        if modelled:
            last = f"{np.nanmean([row.impact for row in own]):.2f}"
        else:
            last = f"{100 * values(own, 'passive_share').mean():.1f} %"
        short = 100 * (1 - values(own, "fill_rate").mean())
        lines.append(
            f"| {name} | {nearest.median:.2f} | {mean(to_vwap)} | {mean(to_arrival)} "
            f"| {arrival.std():.1f} | {last} | {short:.2f} % "
            f"| {np.mean([row.costs.parent.children for row in own]):.0f} "
            f"| {np.mean([row.messages for row in own]):.0f} |"
        )
    return "\n".join(lines) + "\n"


def frontier(parents: list[Parent], seed: int) -> str:
    head = (
        "| risk aversion | kappa T, median | s.d. by theory | s.d. to arrival "
        "| cost by theory | modelled impact | mean to arrival |"
    )
    lines = [head, "|---|---|---|---|---|---|---|"]
    for risk_aversion in RISK_AVERSIONS:
        rows = [
            work(
                p,
                "is",
                {
                    "algorithm": "is",
                    "risk_aversion": risk_aversion,
                    "impact": p.impact,
                },
            )
            for p in parents
        ]
        theory = [plan(p, risk_aversion) for p in parents]
        steep, risk, cost = np.array(theory).T
        arrival = values(rows, "arrival_slippage_bps")
        to_arrival = reported(rows, seed).by("all", ["arrival_slippage_bps"])[0]
        lines.append(
            f"| {risk_aversion:g} | {np.median(steep):.2f} "
            f"| {np.sqrt(np.mean(risk**2)):.1f} | {arrival.std():.1f} "
            f"| {cost.mean():.2f} | {np.mean([row.impact for row in rows]):.2f} "
            f"| {mean(to_arrival)} |"
        )
    return "\n".join(lines) + "\n"


def plan(parent: Parent, risk_aversion: float) -> tuple[float, float, float]:
    """Steepness, deviation and expected cost of the optimum, in basis points."""
    days = parent.minutes / 390
    best = optimal_liquidation(
        parent.quantity,
        parent.impact,
        risk_aversion=risk_aversion,
        horizon=days,
        periods=parent.minutes,
    )
    scale = 1e4 / (parent.quantity * parent.price)
    return best.kappa * days, best.deviation * scale, best.expected_cost * scale


def compare(report: CostReport, first: str, second: str) -> str:
    """Return the difference of the medians, with a paired bootstrap interval."""
    found = report.compare(first, second, "abs:vwap_slippage_bps", of="median")
    return (
        f"Median absolute slippage to interval VWAP, {first} less {second}: "
        f"{found.difference:+.2f} bps (95 % bootstrap {found.low:+.2f} to "
        f"{found.high:+.2f}); {first} was nearer for {found.lower_share:.0%} of "
        "parents.\n"
    )


def calibration(report: CostReport) -> str:
    """Return whether slippage against arrival scatters as the risk says."""
    found = accuracy([c for c in report.costs if c.parent.algorithm == "vwap"])
    return (
        f"Against arrival, vwap's slippage over its predicted risk (sigma from earlier "
        f"sessions): deviation {found.z_deviation:.2f} (1 if the risk is right), "
        f"{found.within:.0%} within 1.96, mean {found.z_mean:+.2f}.\n"
    )


def marks(rows: list[Row], seed: int) -> str:
    named = {name: reported(own, seed) for name, own in by_name(rows).items()}
    horizons = rows[0].costs.horizons
    head = " | ".join(["at the fill", *(horizon_name(h) for h in horizons)])
    lines = [
        f"| algorithm | quoted | effective | capture | {head} | reversion |",
        "|---|---|---|---|" + "---|" * (len(horizons) + 2),
    ]
    for name, report in named.items():
        quoted, effective, capture, back = (
            group.weighted
            for group in report.by(
                "all",
                [
                    "quoted_spread_bps",
                    "effective_spread_bps",
                    "spread_capture",
                    "reversion_bps",
                ],
            )
        )
        curve = " | ".join(f"{point.bps:+.2f}" for point in report.mark_outs())
        lines.append(
            f"| {name} | {quoted:.2f} | {effective:+.2f} | {capture:+.2f} | {curve} "
            f"| {back:+.2f} |"
        )
    return "\n".join(lines) + "\n"


def values(rows: list[Row], name: str) -> np.ndarray:
    found = np.array([row.costs[name] for row in rows], float)
    return found[np.isfinite(found)]


def mean(group: Any) -> str:
    return f"{group.mean:+.2f} [{group.low:+.2f}, {group.high:+.2f}]"


if __name__ == "__main__":
    main()
