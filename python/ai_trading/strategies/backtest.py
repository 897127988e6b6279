"""Backtests in one call: a thin door to `ai_trading.backtest`.

The simulation is `ai_trading.backtest.engine.Backtest`; here bars are brought into
shape, the range is cut, and the strategy is put into its adapter.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.findings import find
from ai_trading.backtest.result import Finding
from ai_trading.backtest.sessions import market_zone
from ai_trading.backtest.terms import BarFills, FeeModel, Latency, Limits
from ai_trading.core import zones
from ai_trading.core.clock import datetime_to_ns
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, one_of
from ai_trading.core.sessions import local_time_ns
from ai_trading.market.memory import bars_from
from ai_trading.market.source import MarketData, merge
from ai_trading.strategies.adapter import SignalStrategy
from ai_trading.strategies.base import BaseStrategy
from ai_trading.strategies.performance import PerformanceAnalyzer
from ai_trading.strategies.strategy import Strategy

if TYPE_CHECKING:
    from ai_trading.backtest.engine import Progress
    from ai_trading.backtest.result import BacktestResult

__all__ = ["BacktestEngine", "PerformanceAnalyzer"]

When = dt.date | dt.datetime | str
_Terms = TypeVar("_Terms")


class BacktestEngine:
    """Run strategies over bars, or event-driven ones over any market data.

    Parameters
    ----------
    cash : number, default 1,000,000
        At the start of every run.
    fees, latency, bar_fills : optional
        See `FeeModel`, `Latency` and `BarFills`; without them nothing costs or delays
        anything, and an order fills at most the volume of its bar.
    limits : Limits, optional
        By default only cash may be spent: no borrowing and no short sales.
    currency : str, default "USD"
        Every instrument must be quoted in it.
    timezone : str, optional
        IANA zone of times that state none, in the bars and in `start` and `end`; by
        default that of the market.
    seed : int, default 0
        Recorded with the result.
    **bar_options
        For `ai_trading.market.bars_from`, such as ``label="end"``, ``interval="1d"``,
        ``policy="drop"`` or ``instruments=...``.

    Examples
    --------
    >>> result = BacktestEngine(cash=100_000).run_backtest(
    ...     strategy, {"AAPL": frame}, "2026-01-02", "2026-03-31")  # doctest: +SKIP
    >>> print(result.summary())  # doctest: +SKIP
    """

    def __init__(
        self,
        cash: Decimal | float | str = Decimal(1_000_000),
        *,
        fees: FeeModel | None = None,
        latency: Latency | None = None,
        limits: Limits | None = None,
        bar_fills: BarFills | None = None,
        currency: str = "USD",
        timezone: str | None = None,
        seed: int = 0,
        **bar_options: Any,
    ) -> None:
        self.cash = cash
        self.fees = _chosen("fees", fees, FeeModel())
        self.latency = _chosen("latency", latency, Latency())
        self.limits = _chosen("limits", limits, Limits(cash_only=True))
        self.bar_fills = _chosen("bar_fills", bar_fills, BarFills())
        self.currency = currency
        if timezone is not None:
            zones.zone(timezone)
        self.timezone = timezone
        self.seed = seed
        known = [*inspect.signature(bars_from).parameters][1:]
        for option in bar_options:
            one_of("an option of BacktestEngine or of bars_from", option, known)
        self.bar_options = bar_options

    def run_backtest(
        self,
        strategy: BaseStrategy | Strategy,
        data: Mapping[str, Any] | MarketData,
        start: When | None = None,
        end: When | None = None,
        *,
        name: str | None = None,
        progress: Progress | None = None,
    ) -> BacktestResult:
        """Run a strategy over the data that lie in a range.

        Parameters
        ----------
        strategy : BaseStrategy or Strategy
            One that answers with signals is asked whenever bars end; it takes part
            whether active or not. An event-driven one runs as in `Backtest`.
        data : mapping of symbol to bars, or MarketData
            Bars as pandas, polars or Arrow tables, NumPy structured arrays, dicts of
            arrays, or `MarketData`, of any kind where the strategy is event-driven.
        start, end : date, datetime or str, optional
            Only bars that lie between them wholly are replayed. A date is a day of the
            market, the end's included; a string is ISO 8601.
        name : str, optional
            Name of the run; the strategy's by default.
        progress : callable, optional
            As for `Backtest.run`.

        Returns
        -------
        BacktestResult
            With findings: what looks odd, and how many signals came to nothing.

        Raises
        ------
        DataError
            If the bars cannot be read, or none lie in the range.
        ArgumentError
            If an argument is outside its domain, or the strategy answers with
            something else than signals and sizes.

        Notes
        -----
        A signal on bar i trades at the open of bar i + 1 of its symbol at the earliest;
        bars of several symbols are replayed in the order of their ends.
        """
        given: object = strategy
        if not isinstance(given, BaseStrategy | Strategy):
            msg = (
                "strategy must be a BaseStrategy or a Strategy; received "
                f"{type(given).__name__}"
            )
            raise ArgumentError(msg)
        bars = self._between(self._bars(data), start, end)
        if isinstance(strategy, Strategy):
            result = self._run(strategy, bars, name or strategy.name, progress)
            return replace(result, findings=(*result.findings, *find(result)))
        adapter = strategy.for_backtest(bars, self.fees, self.limits)
        was_active = strategy.is_active
        try:
            result = self._run(adapter, bars, name or strategy.name, progress)
        finally:
            if not was_active:
                strategy.deactivate()
        found = (*result.findings, *_about_signals(adapter), *find(result))
        return replace(result, findings=found)

    def _run(
        self,
        strategy: Strategy,
        bars: MarketData,
        name: str,
        progress: Progress | None,
    ) -> BacktestResult:
        return Backtest(
            bars,
            strategies=[strategy],
            cash=self.cash,
            currency=self.currency,
            fees=self.fees,
            latency=self.latency,
            limits=self.limits,
            bar_fills=self.bar_fills,
            seed=self.seed,
            name=name,
        ).run(progress=progress)

    def _bars(self, data: Mapping[str, Any] | MarketData) -> MarketData:
        if isinstance(data, MarketData):
            return data
        if not isinstance(data, Mapping) or not data:
            msg = (
                'data must map symbols to bars, as {"AAPL": frame}, or be MarketData; '
                f"received {'nothing' if data == {} else type(data).__name__}"
            )
            raise ArgumentError(msg)
        options = {"timezone": self.timezone, **self.bar_options}
        ready = [_only(bars, s) for s, bars in data.items() if _is_ready(bars)]
        tables = {s: bars for s, bars in data.items() if not _is_ready(bars)}
        if tables:
            ready.append(bars_from(tables, **options))
        return ready[0] if len(ready) == 1 else merge(ready)

    def _between(
        self, bars: MarketData, start: When | None, end: When | None
    ) -> MarketData:
        zone = self.timezone or market_zone(bars.instruments)
        first = None if start is None else _instant("start", start, zone)
        last = None if end is None else _instant("end", end, zone, whole_day=True)
        if first is not None and last is not None and first >= last:
            msg = f"start must lie before end; received {start} and {end}"
            raise ArgumentError(msg)
        records = bars.records
        begins = "start" if bars.kind == "bars" else "timestamp"
        if first is not None:
            late = len(bars) > 0 and first > records[begins][0]
            if bars.kind == "events" and late:
                msg = (
                    f"start {start} lies after the first event of {bars.source}, and "
                    "an order book needs all of them; leave start out and let the "
                    "strategy wait"
                )
                raise ArgumentError(msg)
            records = records[records[begins] >= first]
        if last is not None:
            records = records[records["timestamp"] <= last]
        if not len(records):
            msg = (
                f"{bars.source} has no bars between {start} and {end}; it reaches from "
                f"{_day(bars, 0, zone)} to {_day(bars, -1, zone)}"
                if len(bars)
                else f"{bars.source} has no bars"
            )
            raise DataError(msg)
        return replace(bars, records=records)


def _chosen(name: str, given: _Terms | None, default: _Terms) -> _Terms:
    if given is None:
        return default
    kind = type(default)
    return instance(name, given, kind, f"{kind.__name__}(...)")


def _is_ready(bars: Any) -> bool:
    return isinstance(bars, MarketData)


def _only(bars: MarketData, symbol: str) -> MarketData:
    from ai_trading.market.bars import only

    if symbol not in bars.symbols:
        msg = f"data[{symbol!r}] has no bars of {symbol}; it has {list(bars.symbols)}"
        raise DataError(msg)
    return only(bars, [symbol])


def _instant(name: str, given: When, zone: str, *, whole_day: bool = False) -> int:
    when: object = given
    if isinstance(when, str):
        try:
            when = (
                dt.date.fromisoformat(when)
                if len(when) <= len("2026-01-15")
                else dt.datetime.fromisoformat(when)
            )
        except ValueError:
            msg = (
                f"{name} must be a date or a time as ISO 8601 writes them, such as "
                f"2026-01-15 or 2026-01-15T14:30:00+00:00; received {when!r}"
            )
            raise ArgumentError(msg) from None
    if isinstance(when, dt.datetime):
        if when.tzinfo is not None:
            return datetime_to_ns(when)
        return local_time_ns(when.date(), when.time(), zone)
    if not isinstance(when, dt.date):
        msg = f"{name} must be a date, a datetime or a text; received {when!r}"
        raise ArgumentError(msg)
    return local_time_ns(when + dt.timedelta(days=whole_day), dt.time(), zone)


def _day(bars: MarketData, row: int, zone: str) -> str:
    from zoneinfo import ZoneInfo

    from ai_trading.core.clock import ns_to_datetime

    when = ns_to_datetime(int(bars.records["timestamp"][row]))
    return str(when.astimezone(ZoneInfo(zone)).date())


def _about_signals(adapter: SignalStrategy) -> tuple[Finding, ...]:
    if not adapter.signals:
        return (
            Finding(
                "warning",
                "no-signals",
                f"{adapter.name} generated no signal.",
                "Check how many bars it needs before it can say anything, and whether "
                "its conditions can be met on this data.",
            ),
        )
    refused = adapter.refused.total()
    if not refused:
        return ()
    why = ", ".join(f"{n:,} {r.replace('_', ' ')}" for r, n in adapter.refused.items())
    return (
        Finding(
            "warning" if refused == adapter.signals else "info",
            "signals-not-traded",
            f"{refused:,} of {adapter.signals:,} signals became no order: {why}.",
            "A signal needs strength, a confidence of 0.3 or more, a risk score of 0.8 "
            "or less, and a size of one lot.",
        ),
    )
