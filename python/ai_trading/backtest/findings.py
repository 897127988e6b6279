"""What its owner should know about a run before believing it.

A backtest can end well and mean nothing: no order was sent, none could fill, half the
sessions had no data. Each check here looks at a finished result for one such thing and
says what it saw and what to do. Nothing is changed and nothing is refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.backtest.result import Finding
from ai_trading.backtest.sessions import (
    calendar_of,
    changes,
    has_hours,
    in_hours,
    is_daily,
    market_dates,
    missing_dates,
    shows_every_day,
)
from ai_trading.backtest.statistics import MINIMUM_DAYS, Statistics, summarize
from ai_trading.core.exact import instance
from ai_trading.core.records import reject_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ai_trading.backtest.result import BacktestResult

__all__ = ["REJECTED_SHARE", "STALE_SHARE", "TRIPS_NEEDED", "everything", "find"]

REJECTED_SHARE = 0.05
"""Share of rejected orders above which something is set up wrongly."""

STALE_SHARE = 0.25
"""Share of the run an instrument may be silent at its end before it is called stale."""

TRIPS_NEEDED = 30
"""Round trips below which a win rate is mostly chance (its standard error is > 9 %)."""

_MOST_NAMED = 5


def find(
    result: BacktestResult, statistics: Statistics | None = None
) -> tuple[Finding, ...]:
    """Return what looks odd about a run, warnings first.

    Parameters
    ----------
    result : BacktestResult
        The run; its own ``findings`` are not repeated.
    statistics : Statistics, optional
        Its statistics, if they are already there.

    Returns
    -------
    tuple of Finding
        Empty where nothing was noticed, which proves nothing.
    """
    if statistics is not None:
        instance("statistics", statistics, Statistics, "result.statistics()")
    known = statistics or summarize(result)
    found = [finding for check in _CHECKS for finding in check(result, known)]
    return tuple(sorted(found, key=lambda finding: finding.severity != "warning"))


def everything(
    result: BacktestResult, statistics: Statistics | None = None
) -> tuple[Finding, ...]:
    """Return a run's own findings and what `find` says that is not among them.

    What summaries and reports show, so that a run from Python tells no less than one
    from the command line, whose findings `find` has already joined.
    """
    more = (item for item in find(result, statistics) if item not in result.findings)
    return (*result.findings, *more)


def _interrupted(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    if result.partial:
        yield Finding(
            "warning",
            "partial-run",
            "The run was interrupted; every figure ends at that moment.",
            "Run it again to the end before comparing it with anything.",
        )


def _no_data(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    if result.events == 0:
        yield Finding(
            "warning",
            "no-data",
            "Not a single market record was replayed.",
            "Look at the symbols, the range of the run and the time zone of the data; "
            " `ai-trading data inspect FILE` shows what a file holds.",
        )
        return
    silent = [
        i.symbol for n, i in enumerate(result.instruments) if not _priced(result, n)
    ]
    if silent:
        yield Finding(
            "warning",
            "no-price",
            f"{_names(silent)} never had a price.",
            "Check that the symbols are spelled as in the data and that the range of "
            "the run covers them.",
        )


def _no_orders(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    if result.events and not len(result.orders):
        yield Finding(
            "warning",
            "no-orders",
            f"No order was sent, {result.events:,} records were replayed.",
            "Check what the strategy subscribes to, how long it warms up, and whether "
            "its conditions can be met on this data.",
        )


def _no_fills(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    if len(result.orders) and not len(result.fills):
        yield Finding(
            "warning",
            "no-fills",
            f"{len(result.orders):,} orders were sent and none was filled.",
            "Look at the reasons of rejected orders, at limit prices far from the "
            "market, and at a latency that outlives the orders.",
        )


def _flat_equity(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    value = result.account["value"]
    if len(result.fills) and len(value) > 1 and (value == value[0]).all():
        yield Finding(
            "warning",
            "flat-equity",
            f"The account never changed its value over {len(value):,} samples although "
            f"there were {len(result.fills):,} fills.",
            "A traded account moves with prices and fees: check that the data has "
            "prices after the fills and that fees are set.",
        )


def _rejected(_: BacktestResult, known: Statistics) -> Iterator[Finding]:
    orders = known.orders
    if not orders.orders or orders.rejected / orders.orders <= REJECTED_SHARE:
        return
    reason, count = next(iter(orders.rejects.items()))
    yield Finding(
        "warning",
        "many-rejects",
        f"{orders.rejected:,} of {orders.orders:,} orders "
        f"({orders.rejected / orders.orders:.0%}) were rejected, "
        f"{count:,} of them for {reason.replace('_', ' ')}.",
        "Let the strategy keep to the limits, or set the limits to what it may do.",
    )


def _missing_sessions(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    """Sessions of its calendar on which an instrument had no price at all."""
    by_gap: dict[tuple[int, ...], list[str]] = {}
    for index, instrument in enumerate(result.instruments):
        book = calendar_of(instrument)
        if book is None or not _priced(result, index):
            continue
        dates = market_dates(changes(result.prices[index]), [instrument])
        if not shows_every_day(dates):
            continue
        missing = tuple(missing_dates(dates, book))
        if missing:
            by_gap.setdefault(missing, []).append(instrument.symbol)
    for missing, symbols in by_gap.items():
        days = [str(np.datetime64(day, "D")) for day in missing]
        plural = "s have" if len(days) > 1 else " has"
        yield Finding(
            "warning",
            "missing-sessions",
            f"{len(days)} session{plural} no data for {_names(symbols)}: "
            f"{_names(days)}.",
            "Positions were carried across the gap at the last known price. Get the "
            "missing files, or exclude the gap from the range of the run.",
        )


def _outside_hours(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    odd, symbols = 0, []
    for index, instrument in enumerate(result.instruments):
        book = calendar_of(instrument)
        if book is None or not has_hours(book) or not _priced(result, index):
            continue
        if is_daily(changes(result.prices[index])):
            continue
        times = result.fills["timestamp"][result.fills["instrument"] == index]
        count = int((~in_hours(times, book)).sum())
        if count:
            odd += count
            symbols.append(instrument.symbol)
    if odd:
        yield Finding(
            "warning",
            "outside-hours",
            f"{odd:,} of {len(result.fills):,} fills happened outside regular hours, "
            f"in {_names(symbols)}.",
            "If the strategy should trade the regular session only, give it hours; if "
            "not meant at all, check the time zone of the data.",
        )


def _stale(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    span = result.end_ns - result.start_ns
    silent = []
    for index, instrument in enumerate(result.instruments):
        if _priced(result, index):
            quiet = result.end_ns - int(changes(result.prices[index])[-1])
            if span > 0 and quiet > STALE_SHARE * span:
                silent.append((quiet, instrument.symbol))
    if silent:
        worst = max(silent)[0]
        yield Finding(
            "warning",
            "stale-data",
            f"{_names([symbol for _, symbol in silent])}: prices stop up to "
            f"{timedelta(seconds=worst // 10**9)} before the end of the run.",
            "Open positions are valued at the last price. Check that the files end "
            "together.",
        )


def _few_trades(result: BacktestResult, known: Statistics) -> Iterator[Finding]:
    trips = known.trades.trips
    if len(result.fills) and trips < TRIPS_NEEDED:
        yield Finding(
            "info",
            "few-trades",
            f"{trips} closed round trips are too few to judge by: fewer than "
            f"{TRIPS_NEEDED}.",
            "Run a longer period or more symbols before trusting the win rate.",
        )


def _few_days(result: BacktestResult, known: Statistics) -> Iterator[Finding]:
    if len(result.fills) and known.days < MINIMUM_DAYS:
        yield Finding(
            "info",
            "few-days",
            f"Sharpe, Sortino and annualised figures are not given: they need "
            f"{MINIMUM_DAYS} daily returns, the run has {known.days}.",
            "Run more sessions; scaling a few hours to a year would be guesswork.",
        )


def _open_positions(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    held = [
        result.instruments[i].symbol
        for i, lots in result.final_positions.items()
        if lots
    ]
    if held:
        yield Finding(
            "info",
            "open-positions",
            f"The run ended with positions in {_names(held)}.",
            "They are valued at the last price, without the cost of closing them.",
        )


def _priced(result: BacktestResult, index: int) -> bool:
    prices = result.prices.get(index)
    return prices is not None and len(prices) > 0


def _names(names: list[str]) -> str:
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"


def _incidents(result: BacktestResult, _: Statistics) -> Iterator[Finding]:
    if not len(result.incidents):
        return
    codes, counts = np.unique(result.incidents["code"], return_counts=True)
    what = [
        f"{reject_name(int(code))} ({n})" for code, n in zip(codes, counts, strict=True)
    ]
    grave = bool(result.incidents["restricted"].any())
    yield Finding(
        "warning" if grave else "info",
        "incidents",
        f"The venue's reports were not as they should be: {_names(what)}.",
        "The report lists every one; where one restricted its symbol, only reducing "
        "orders passed from then on.",
    )


_CHECKS: tuple[Callable[[BacktestResult, Statistics], Iterator[Finding]], ...] = (
    _interrupted,
    _no_data,
    _no_orders,
    _no_fills,
    _flat_equity,
    _rejected,
    _missing_sessions,
    _stale,
    _outside_hours,
    _few_trades,
    _few_days,
    _open_positions,
    _incidents,
)
