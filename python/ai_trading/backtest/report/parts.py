"""What every page is made of: cards, tables, rows, amounts, charts, all escaped.

A text that is not from these files reaches a page through `_e` alone; cells of a
table are escaped unless they are a `_Cell`, which is HTML made here.
"""

from __future__ import annotations

import json
from decimal import Decimal
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from ai_trading.backtest.report.text import NOT_KNOWN, count, money, signed_money
from ai_trading.core.optional import require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_trading.backtest.report import charts

# 'unsafe-inline' because the page is one file; nothing may be fetched from anywhere.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)


def _e(value: object) -> str:
    return escape(str(value), quote=True)


def _asset(name: str) -> str:
    return files("ai_trading.backtest.report").joinpath(name).read_text("utf-8")


def _scripts(figures: dict[str, charts.Figure]) -> str:
    if not figures:
        return ""
    data = json.dumps(figures, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return (
        f'<script type="application/json" id="figures">{data}</script>\n'
        f"<script>{_plotly_js()}</script>\n"
        f"<script>\n{_asset('charts.js')}</script>"
    )


def _plotly_js() -> str:
    shipped = files("ai_trading.backtest.report").joinpath("plotly.min.js")
    if shipped.is_file():
        return shipped.read_text("utf-8")
    text: str = require("plotly.offline", "charts").get_plotlyjs()
    return text


def _card(title: str, body: str, *, kind: str = "") -> str:
    return f'<section class="card {kind}">\n<h2>{_e(title)}</h2>\n{body}\n</section>'


def _empty(text: str) -> str:
    return f'<div class="empty">{_e(text)}</div>'


def _chart(key: str, height: int, label: str) -> str:
    return (
        f'<div class="chart" role="img" aria-label="{_e(label)}" '
        f'style="min-height:{height}px" data-figure="{_e(key)}"></div>'
    )


def _value(text: str) -> str:
    return f'<span class="none">{_e(text)}</span>' if text == NOT_KNOWN else _e(text)


def _amount(amount: Decimal, currency: str, *, signed: bool = False) -> str:
    unit = f' <span class="unit">{_e(currency)}</span>'
    return _digits(amount, signed=signed) + unit


def _digits(amount: Decimal, *, signed: bool = False) -> str:
    """An exact amount whose digits beyond the second are set small."""
    text = signed_money(amount) if signed else money(amount)
    whole, _, decimals = text.partition(".")
    fine = f'<span class="fine">{_e(decimals[2:])}</span>' if decimals[2:] else ""
    tone = _tone(amount) if signed else ""
    return f'<span class="{tone}">{_e(whole)}.{_e(decimals[:2])}{fine}</span>'


def _tone(amount: Decimal | None) -> str:
    return "" if not amount else "gain" if amount > 0 else "loss"


def _pairs(rows: Iterable[tuple[str, str]], kind: str = "") -> str:
    lines = "".join(
        f"<tr><th>{_e(name)}</th><td>{_cell(value)}</td></tr>" for name, value in rows
    )
    return f'<table class="pairs {kind}"><tbody>{lines}</tbody></table>'


class _Cell(str):
    """HTML made here; anything else in a table is escaped."""

    __slots__ = ()


def _signed(amount: Decimal | None) -> _Cell:
    if amount is None:
        return _Cell(_value(NOT_KNOWN))
    return _Cell(_digits(amount, signed=True))


def _money(amount: Decimal) -> _Cell:
    return _Cell(_digits(amount))


def _in(amount: Decimal | None, unit: str, *, signed: bool = False) -> _Cell:
    if amount is None:
        return _Cell(_value(NOT_KNOWN))
    return _Cell(_amount(amount, unit, signed=signed))


def _mean(amount: Decimal | None) -> Decimal | None:
    """An average has no exact last digit to show; cents, unless nothing were left."""
    cents = None if amount is None else amount.quantize(Decimal("0.01"))
    return cents or amount


def _cell(text: str) -> str:
    return text if isinstance(text, _Cell) else _value(text)


def _row(first: str, *cells: str) -> str:
    rest = "".join(f"<td>{_cell(cell)}</td>" for cell in cells)
    return f"<tr><th>{_e(first)}</th>{rest}</tr>"


def _table(head: Iterable[str], rows: str, total: str = "") -> str:
    titles = "".join(f"<th>{_e(title)}</th>" for title in head)
    foot = f"<tfoot>{total}</tfoot>" if total else ""
    return (
        f'<div class="wide"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{rows}</tbody>{foot}</table></div>"
    )


def _many(number_of: int, thing: str) -> str:
    return f"{count(number_of)} {thing}{'' if number_of == 1 else 's'}"
