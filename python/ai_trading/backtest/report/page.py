"""The report as HTML: sections in the order in which a reader asks.

What came of it, what to doubt about it, how it went, where it traded, what it cost,
what became of its orders, and how to make it again. Every text goes through `_e`;
nothing else may put a string that is not from this file into the page.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ai_trading import __version__
from ai_trading.backtest.findings import everything
from ai_trading.backtest.report import charts
from ai_trading.backtest.report.parts import (
    _POLICY,
    _amount,
    _asset,
    _card,
    _chart,
    _e,
    _empty,
    _in,
    _many,
    _mean,
    _money,
    _pairs,
    _row,
    _scripts,
    _signed,
    _table,
    _value,
)
from ai_trading.backtest.report.text import (
    NOT_KNOWN,
    count,
    duration,
    instant,
    money,
    number,
    percent,
    period,
    plain,
    times,
    words,
)
from ai_trading.backtest.result import BacktestResult
from ai_trading.backtest.sessions import market_zone
from ai_trading.backtest.statistics import MINIMUM_DAYS, Statistics, exact_sum
from ai_trading.backtest.translation import traded_value, translated
from ai_trading.core.exact import instance
from ai_trading.core.records import LIQUIDITY
from ai_trading.execution.incidents import incidents_of
from ai_trading.execution.tca import CostReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_trading.backtest.statistics import SymbolStatistics

__all__ = ["page"]

_INCIDENTS_SHOWN = 200
_LINE = 28
"""Characters of a setting that fit into a line."""

_CHARTS_OPEN = 4
"""Symbols whose charts show at once; the others wait behind a click."""


def page(
    result: BacktestResult, known: Statistics, costs: CostReport | None = None
) -> str:
    """Return the whole page."""
    instance("result", result, BacktestResult, "Backtest(...).run()")
    instance("statistics", known, Statistics, "result.statistics()")
    if costs is not None:
        instance("costs", costs, CostReport, "analyze_run(result, data)")
    figures: dict[str, charts.Figure] = {}
    sections = "\n".join(
        (
            _head(result),
            _keys(known),
            _findings(result, known),
            _equity(result, figures),
            _figures_in_full(result, known),
            _trades(result, known, figures),
            _symbols(known),
            _costs(result, known, figures),
            _parent_orders(costs, figures),
            _orders(known),
            _incidents(result),
            _transitions(result),
            _configuration(result),
            _reproduce(result),
        )
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{_e(result.name)} — backtest report</title>
<style>
{_asset("style.css")}</style>
</head>
<body>
<main>
{sections}
<footer>ai_trading {_e(__version__)}. This page is self-contained; it loads nothing
from anywhere. Past results, simulated ones all the more, promise nothing.</footer>
</main>
{_scripts(figures)}
</body>
</html>
"""


def _head(result: BacktestResult) -> str:
    span = duration(result.end_ns - result.start_ns)
    badge = '<span class="badge">partial: interrupted</span>' if result.partial else ""
    facts = [
        f"{period(result)} ({span})",
        _many(result.events, result.kind.removesuffix("s")),
        _many(len(result.instruments), "instrument"),
        ", ".join(result.strategies) or "no strategy",
    ]
    line = "".join(f"<span>{_e(fact)}</span>" for fact in facts)
    return (
        f'<header>\n<div class="kicker">Backtest report</div>\n'
        f"<h1>{_e(result.name)}{badge}</h1>\n"
        f'<p class="facts">{line}</p>\n</header>'
    )


def _keys(known: Statistics) -> str:
    fall, trades, orders = known.drawdown, known.trades, known.orders
    initial = money(known.initial_cash, known.currency)
    factor = number(trades.profit_factor)
    few = f"needs {MINIMUM_DAYS} days, has {known.days}"
    keys = [
        (
            "Profit after fees",
            _amount(known.profit, known.currency, signed=True),
            f"{percent(known.total_return, signed=True)} on {initial}",
        ),
        (
            "Maximum drawdown",
            _e(percent(-fall.depth) if fall else "none"),
            money(fall.amount, known.currency) if fall else "the account never fell",
        ),
        (
            "Sharpe ratio",
            _value(number(known.sharpe)),
            few if known.sharpe is None else f"Sortino {number(known.sortino)}",
        ),
        (
            "Annualised return",
            _value(percent(known.annual_return, signed=True)),
            few
            if known.annual_return is None
            else f"volatility {percent(known.annual_volatility)}",
        ),
        (
            "Fees",
            _amount(known.fees, known.currency),
            _basis_points(known.fees, known.traded_value) + " of the traded value",
        ),
        (
            "Turnover",
            _value(times(known.turnover)),
            f"{money(known.traded_value, known.currency)} traded",
        ),
        (
            "Round trips won",
            _value(percent(trades.win_rate, digits=1)),
            f"{count(trades.trips)} closed, profit factor {factor}",
        ),
        (
            "Fill rate",
            _value(percent(orders.fill_rate, digits=1)),
            f"{_many(orders.orders, 'order')}, {count(orders.rejected)} rejected",
        ),
    ]
    cells = "\n".join(
        f'<div class="key"><div class="name">{_e(name)}</div>'
        f'<div class="value">{value}</div><div class="remark">{_e(remark)}</div></div>'
        for name, value, remark in keys
    )
    return f'<section class="card keys">\n{cells}\n</section>'


def _findings(result: BacktestResult, known: Statistics) -> str:
    found = everything(result, known)
    if not found:
        return ""
    items = "\n".join(
        f'<li><span class="severity {_e(f.severity)}">{_e(f.severity)}</span>'
        f'<div>{_e(f.message)} <span class="advice">{_e(f.advice)}</span></div></li>'
        for f in found
    )
    return _card("Findings", f'<ul class="findings">\n{items}\n</ul>')


def _equity(result: BacktestResult, figures: dict[str, charts.Figure]) -> str:
    if len(result.account) < 2:
        return _card(
            "Equity and drawdown",
            _empty("There is no equity curve: the account was sampled once at most."),
        )
    figures["equity"] = charts.equity(result)
    zone = market_zone(result.instruments)
    place = zone.rpartition("/")[2].replace("_", " ")
    note = f'<p class="note">All times on this page are {_e(place)} time.</p>'
    return _card(
        "Equity and drawdown",
        _chart("equity", 440, "Account value and drawdown over time") + note,
    )


def _figures_in_full(result: BacktestResult, known: Statistics) -> str:
    fall, trades = known.drawdown, known.trades
    unit, zone = known.currency, market_zone(result.instruments)
    left = [
        ("Initial cash", _in(known.initial_cash, unit)),
        ("Final value", _in(known.final_value, unit)),
        ("Realised profit, before fees", _in(known.realized, unit, signed=True)),
        (
            "Profit on open positions, before fees",
            _in(known.unrealized, unit, signed=True),
        ),
        ("Mean exposure", percent(known.exposure)),
        ("Largest exposure", percent(known.maximum_exposure)),
        ("Time in the market", percent(known.time_in_market)),
    ]
    right = [
        ("Drawdown from", instant(fall.start_ns, zone) if fall else "none"),
        ("Lowest point", instant(fall.trough_ns, zone) if fall else "none"),
        (
            "Made up for",
            "none" if not fall
            else instant(fall.end_ns, zone) if fall.end_ns else "not by the end",
        ),
        ("Average winner", _in(_mean(trades.average_win), unit)),
        ("Average loser", _in(_mean(trades.average_loss), unit)),
        ("Average holding time", duration(trades.average_holding_ns)),
        ("Trading days", count(known.days)),
    ]  # fmt: skip
    body = f'<div class="two">{_pairs(left)}{_pairs(right)}</div>'
    return _card("In figures", body)


def _trades(
    result: BacktestResult, known: Statistics, figures: dict[str, charts.Figure]
) -> str:
    order = sorted(known.symbols, key=lambda s: (-s.traded_value, s.symbol))
    indices = [result.instruments.index(s.symbol) for s in order]
    if not indices:
        indices = [i for i in sorted(result.prices) if len(result.prices[i])]
    if not indices:
        return _card("Trades on price", _empty("There were no prices and no trades."))
    blocks = [_symbol_chart(result, index, figures) for index in indices]
    shown, hidden = blocks[:_CHARTS_OPEN], blocks[_CHARTS_OPEN:]
    body = "\n".join(shown)
    if hidden:
        more = f"Show {_many(len(hidden), 'more symbol')}"
        body += f"\n<details><summary>{more}</summary>{''.join(hidden)}</details>"
    return _card("Trades on price", body, kind="long")


def _symbol_chart(
    result: BacktestResult, index: int, figures: dict[str, charts.Figure]
) -> str:
    name = result.instruments[index].symbol
    total = int((result.fills["instrument"] == index).sum())
    note = _many(total, "fill")
    if total > charts.FILLS_SHOWN:
        note += f", {count(charts.FILLS_SHOWN)} of them shown"
    key = f"symbol-{index}"
    figures[key] = charts.symbol(result, index)
    return (
        f'<h3>{_e(name)} <span class="note">{note}</span></h3>'
        f"{_chart(key, 360, f'Price, fills and position of {name}')}"
    )


def _symbols(known: Statistics) -> str:
    if not known.symbols:
        return _card("By symbol", _empty("No symbol was traded."))
    head = (
        "Symbol", "Orders", "Fills", "Traded value", "Position", "Last price",
        "Realised", "Open", "Fees", "Profit", "Maker", "Trips", "Won",
    )  # fmt: skip
    rows = "".join(_symbol_row(symbol) for symbol in known.symbols)
    total = _total_row(known) if len(known.symbols) > 1 else ""
    note = (
        f'<p class="note">Amounts in {_e(known.currency)}. Realised and open profit '
        "are before fees, at average cost; profit is after fees.</p>"
    )
    return _card("By symbol", f"{_table(head, rows, total)}{note}", kind="long dense")


def _symbol_row(symbol: SymbolStatistics) -> str:
    return _row(
        symbol.symbol,
        count(symbol.orders),
        count(symbol.fills),
        _money(symbol.traded_value),
        plain(symbol.position),
        money(symbol.last_price),
        _signed(symbol.realized),
        _signed(symbol.open_profit),
        _money(symbol.fees),
        _signed(symbol.profit),
        percent(symbol.maker_share, digits=0),
        count(symbol.trips),
        percent(symbol.win_rate, digits=0),
    )


def _total_row(known: Statistics) -> str:
    return _row(
        "Total",
        count(known.orders.orders),
        count(known.orders.fills),
        _money(known.traded_value),
        "",
        "",
        _signed(known.realized),
        _signed(known.unrealized),
        _money(known.fees),
        _signed(known.profit),
        percent(known.orders.maker_share, digits=0),
        count(known.trades.trips),
        percent(known.trades.win_rate, digits=0),
    )


def _costs(
    result: BacktestResult, known: Statistics, figures: dict[str, charts.Figure]
) -> str:
    from ai_trading.backtest.report.money import currencies, holding

    beside = holding(result) + currencies(result)
    if not len(result.fills):
        nothing = _empty("Nothing was traded, so nothing was paid.")
        return _card("Costs", nothing + beside)
    rows = "".join(_cost_row(*line) for line in _costs_by_liquidity(result))
    total = _cost_row("Total", known.orders.fills, known.traded_value, known.fees)
    head = ("Traded as", "Fills", "Traded value", "Fees", "Of the value")
    body = _table(head, rows, total)
    if len(result.account) > 1:
        figures["costs"] = charts.costs(result)
        body += _chart("costs", 300, "Profit before and after fees over time")
    note = (
        '<p class="note">A negative fee is a rebate. What a taker pays as half the '
        "spread is in the prices, not in the fees.</p>"
    )
    return _card("Costs", body + note + beside)


def _parent_orders(costs: CostReport | None, figures: dict[str, charts.Figure]) -> str:
    if costs is None or not len(costs):
        return ""
    from ai_trading.backtest.report.execution import execution_cards, execution_keys

    head = '<h2 style="margin:34px 0 14px">What the parent orders cost</h2>'
    return "\n".join((head, execution_keys(costs), *execution_cards(costs, figures)))


def _costs_by_liquidity(
    result: BacktestResult,
) -> Iterator[tuple[str, int, Decimal, Decimal]]:
    every = translated(result)
    for code, name in LIQUIDITY.items():
        fills = every[every["liquidity"] == code]
        if not len(fills):
            continue
        value = Decimal(0)
        for index in range(len(result.instruments)):
            part = fills[fills["instrument"] == index]
            value += traded_value(result, part, index)
        title = "Unknown" if name == "none" else str(name).capitalize()
        yield title, len(fills), value, Decimal(exact_sum(fills["fee"])).scaleb(-9)


def _cost_row(name: str, fills: int, value: Decimal, fees: Decimal) -> str:
    return _row(
        name, count(fills), _money(value), _money(fees), _basis_points(fees, value)
    )


def _basis_points(fees: Decimal, value: Decimal) -> str:
    return f"{number(float(fees / value * 10_000), 3)} bp" if value else NOT_KNOWN


def _orders(known: Statistics) -> str:
    orders = known.orders
    if not orders.orders:
        return _card("Orders", _empty("No order was sent."))
    by_status = _counts("Ended as", orders.by_status, orders.orders)
    if orders.rejects:
        right = _counts("Rejected for", orders.rejects, orders.rejected)
    else:
        right = _empty("No order was rejected.")
    return _card("Orders", f'<div class="two">{by_status}{right}</div>')


def _counts(title: str, counts: dict[str, int], whole: int) -> str:
    rows = "".join(
        f"<tr><th>{_e(words(name).capitalize())}</th><td>{count(many)}</td>"
        f"<td>{percent(many / whole, digits=1)}</td>"
        f'<td class="stretch"><span class="bar">'
        f'<i style="width:{100 * many / whole:.2f}%"></i></span></td></tr>'
        for name, many in counts.items()
    )
    return _table((title, "Orders", "Share", ""), rows)


def _incidents(result: BacktestResult) -> str:
    total = len(result.incidents)
    if not total:
        return ""
    zone = market_zone(result.instruments)
    shown = incidents_of(result.incidents[:_INCIDENTS_SHOWN], result.instruments)
    rows = "".join(
        _row(
            instant(row.timestamp_ns, zone),
            row.symbol,
            words(row.code),
            words(row.report),
            plain(row.quantity),
            str(row.order_id or NOT_KNOWN),
            "reduce only" if row.restricted else "",
        )
        for row in shown
    )
    head = ("Time", "Symbol", "What", "Report", "Quantity", "Order", "Since then")
    note = f'<p class="note">{_many(total, "incident")}'
    note += f", the first {_INCIDENTS_SHOWN} shown" if total > _INCIDENTS_SHOWN else ""
    return _card("Incidents", f"{note}.</p>\n{_table(head, rows)}")


def _transitions(result: BacktestResult) -> str:
    total = len(result.transitions)
    if not total:
        return ""
    zone = market_zone(result.instruments)
    rows = "".join(
        _row(
            instant(row.at_ns, zone),
            row.scope,
            words(row.before.name.lower()),
            words(row.after.name.lower()),
            "" if row.cause == "none" else words(row.cause),
            row.who,
            row.reason,
        )
        for row in result.transitions[:_INCIDENTS_SHOWN]
    )
    head = ("Time", "Scope", "From", "To", "Cause", "By", "Reason")
    note = f'<p class="note">{_many(total, "change")}'
    note += f", the first {_INCIDENTS_SHOWN} shown" if total > _INCIDENTS_SHOWN else ""
    return _card("States of the gate", f"{note}.</p>\n{_table(head, rows)}")


def _configuration(result: BacktestResult) -> str:
    rows = list(_flatten(result.config))
    if not rows:
        return ""
    half = -(-len(rows) // 2)
    columns = "".join(_settings(part) for part in (rows[:half], rows[half:]) if part)
    return _card("Configuration", f'<div class="two">{columns}</div>', kind="long")


def _settings(rows: list[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><th><code>{_e(key)}</code></th>"
        f"<td><code>{_broken(value)}</code></td></tr>"
        for key, value in rows
    )
    return f'<table class="pairs left"><tbody>{lines}</tbody></table>'


def _broken(text: str) -> str:
    """Escape a path or dotted name so that a long one breaks after its parts."""
    if len(text) <= _LINE:
        return _e(text)
    return re.sub(r"([./:_])(?=\w)", r"\1<wbr>", _e(text))


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Rows of dotted key and JSON value."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flatten(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and any(
        isinstance(item, dict) for item in value
    ):
        for position, item in enumerate(value):
            yield from _flatten(item, f"{path}[{position}]")
    elif path:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        yield path, text


def _reproduce(result: BacktestResult) -> str:
    rate = result.events / result.wall_seconds if result.wall_seconds > 0 else None
    speed = f", {number(rate, 0)} {result.kind} a second" if rate else ""
    rows = [
        ("Run", result.run_id),
        ("State hash", result.state_hash),
        ("Seed", str(result.seed)),
        ("Version", f"ai_trading {__version__}"),
        ("Replayed", f"{count(result.events)} {result.kind}"),
        ("Took", f"{number(result.wall_seconds, 2)} s{speed}"),
    ]
    note = (
        '<p class="note">The same data, configuration, seed and version give the same '
        "state hash on every machine.</p>"
    )
    return _card("To reproduce this run", _settings(rows) + note)
