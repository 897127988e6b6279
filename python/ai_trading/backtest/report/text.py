"""Figures as people read them, and the summary of a run as a table of text.

Money is printed with every digit it has and never rounded; ratios are rounded to what
they are worth; what is not known is ``n/a``.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ai_trading.backtest.findings import everything
from ai_trading.backtest.sessions import market_zone
from ai_trading.backtest.statistics import MINIMUM_DAYS, summarize

if TYPE_CHECKING:
    from ai_trading.backtest.result import BacktestResult
    from ai_trading.backtest.statistics import Statistics

__all__ = [
    "NOT_KNOWN",
    "count",
    "duration",
    "instant",
    "key_figures",
    "money",
    "number",
    "percent",
    "period",
    "plain",
    "signed_money",
    "summary",
    "times",
    "words",
]

NOT_KNOWN = "n/a"
_MINUS = "\N{MINUS SIGN}"
_SECOND = 1_000_000_000
_TRANSITIONS_SHOWN = 10


def money(amount: Decimal | None, currency: str = "") -> str:
    """Return an exact amount with at least two decimals.

    Examples
    --------
    >>> money(Decimal("1234.5"), "USD")
    '1,234.50 USD'
    """
    if amount is None:
        return NOT_KNOWN
    whole, _, decimals = format(abs(amount), ",f").partition(".")
    sign = _MINUS if amount < 0 else ""
    unit = f" {currency}" if currency else ""
    return f"{sign}{whole}.{decimals.rstrip('0').ljust(2, '0')}{unit}"


def signed_money(amount: Decimal | None, currency: str = "") -> str:
    """Return an exact amount that shows a plus where it is a gain."""
    plus = "+" if amount is not None and amount > 0 else ""
    return plus + money(amount, currency)


def percent(
    fraction: float | None, *, digits: int | None = None, signed: bool = False
) -> str:
    """Return a fraction in percent.

    Two decimals unless told otherwise, more where the figure would vanish: 0.00001 is
    ``0.001 %``.
    """
    if fraction is None:
        return NOT_KNOWN
    hundredfold = fraction * 100
    if digits is None:
        digits = 2 if not hundredfold or abs(hundredfold) >= 0.1 else 4
    text = f"{abs(hundredfold):,.{digits}f}\N{NO-BREAK SPACE}%"
    sign = _MINUS if hundredfold < 0 else "+" if signed and hundredfold > 0 else ""
    return sign + text


def number(value: float | None, digits: int = 2) -> str:
    """Return a ratio."""
    if value is None:
        return NOT_KNOWN
    return f"{_MINUS if value < 0 else ''}{abs(value):,.{digits}f}"


def plain(value: Decimal | None) -> str:
    """Return a quantity or price with thousands separated, as many digits as it has."""
    if value is None:
        return NOT_KNOWN
    text = format(abs(value), ",f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{_MINUS if value < 0 else ''}{text}"


def count(value: int) -> str:
    """Return a whole number with thousands separated."""
    return f"{_MINUS if value < 0 else ''}{abs(value):,}"


def duration(nanoseconds: int | None) -> str:
    """Return a span of time in its two largest units."""
    if nanoseconds is None:
        return NOT_KNOWN
    if nanoseconds < _SECOND:
        return f"{nanoseconds / 1e6:,.3g} ms"
    left = round(nanoseconds / _SECOND)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        many, left = divmod(left, size)
        if many or parts:
            parts.append(f"{many} {unit}")
    return " ".join(parts[:2])


def instant(nanoseconds: int | None, zone: str = "UTC") -> str:
    """Return an instant to the second as a clock in `zone` shows it."""
    if nanoseconds is None:
        return NOT_KNOWN
    moment = datetime.fromtimestamp(nanoseconds // _SECOND, ZoneInfo(zone))
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"


def words(name: str) -> str:
    """Return a code such as ``position_limit`` as words."""
    return name.replace("_", " ").replace("-", " ")


def key_figures(known: Statistics) -> list[tuple[str, str, str]]:
    """Return (name, value, remark) of what a person looks at first."""
    fall = known.drawdown
    trades, orders = known.trades, known.orders
    return [
        (
            "Profit after fees",
            signed_money(known.profit, known.currency),
            percent(known.total_return, signed=True),
        ),
        ("Final value", money(known.final_value, known.currency), ""),
        (
            "Fees",
            money(known.fees, known.currency),
            "" if known.fees >= 0 else "rebate",
        ),
        (
            "Maximum drawdown",
            percent(-fall.depth) if fall else "none",
            money(fall.amount, known.currency) if fall else "",
        ),
        *_by_day(known),
        ("Turnover", times(known.turnover), money(known.traded_value, known.currency)),
        (
            "Mean exposure",
            percent(known.exposure),
            f"most {percent(known.maximum_exposure)}",
        ),
        (
            "Round trips",
            count(trades.trips),
            f"{percent(trades.win_rate, digits=1)} won" if trades.trips else "",
        ),
        (
            "Orders",
            count(orders.orders),
            f"{count(orders.fills)} fills, {count(orders.rejected)} rejected",
        ),
        (
            "Fill rate",
            percent(orders.fill_rate, digits=1),
            f"{percent(orders.maker_share, digits=1)} as maker"
            if orders.maker_share is not None
            else "",
        ),
    ]


def _by_day(known: Statistics) -> list[tuple[str, str, str]]:
    days = f"{known.days} day{'s' if known.days != 1 else ''}"
    if known.days < MINIMUM_DAYS:
        what = "Sharpe, Sortino, annualised"
        return [(what, NOT_KNOWN, f"{days}; they need {MINIMUM_DAYS}")]
    return [
        ("Sharpe ratio", number(known.sharpe), days),
        ("Sortino ratio", number(known.sortino), days),
        ("Annualised return", percent(known.annual_return, signed=True), days),
        ("Annualised volatility", percent(known.annual_volatility), days),
    ]


def summary(result: BacktestResult, known: Statistics | None = None) -> str:
    """Return the key figures, the symbols and the findings as plain text."""
    known = known or summarize(result)
    partial = " (partial: interrupted)" if result.partial else ""
    lines = [
        f"{result.name}{partial}",
        f"{period(result)}, {count(result.events)} {result.kind}",
        "",
        *_columns(list(key_figures(known)), "<><"),
    ]
    if known.symbols:
        head = ("symbol", "orders", "fills", "traded value", "fees", "profit")
        rows = [
            (s.symbol, count(s.orders), count(s.fills), money(s.traded_value),
             money(s.fees), signed_money(s.profit))
            for s in known.symbols
        ]  # fmt: skip
        lines += ["", *_columns([head, *rows], "<>>>>>")]
    if result.transitions:
        lines += ["", *_columns(_transitions(result), "<<<<<")]
    for finding in everything(result, known):
        lines += ["", f"{finding.severity}: {finding.message}", f"  {finding.advice}"]
    return "\n".join(lines)


def _transitions(result: BacktestResult) -> list[tuple[str, ...]]:
    """Changes of what scopes of the gate may do: the first ones."""
    zone = market_zone(result.instruments)
    rows = [
        (
            instant(row.at_ns, zone),
            row.scope,
            words(row.after.name.lower()),
            words(row.cause) if row.cause != "none" else row.reason,
            row.who,
        )
        for row in result.transitions[:_TRANSITIONS_SHOWN]
    ]
    more = len(result.transitions) - len(rows)
    if more:
        rows.append((f"and {count(more)} more", "", "", "", ""))
    return [("gate", "scope", "state", "cause", "by"), *rows]


def _columns(rows: list[tuple[Any, ...]], align: str) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(align))]
    return [
        "  ".join(
            f"{cell:{side}{width}}"
            for cell, side, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def period(result: BacktestResult) -> str:
    """Return first and last instant of a run, on the clock of its market."""
    zone = market_zone(result.instruments)
    return f"{instant(result.start_ns, zone)} to {instant(result.end_ns, zone)}"


def times(value: float | None) -> str:
    """Return a multiple."""
    return NOT_KNOWN if value is None else f"{number(value)}\N{MULTIPLICATION SIGN}"
