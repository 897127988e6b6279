"""What holding positions cost, and what there is in each currency, as tables."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.backtest.report.parts import (
    _e,
    _in,
    _money,
    _row,
    _signed,
    _table,
)
from ai_trading.backtest.report.text import count, plain, signed_money
from ai_trading.backtest.translation import rates_at

if TYPE_CHECKING:
    from ai_trading.backtest.result import BacktestResult
    from ai_trading.core.statement import Statement

__all__ = ["currencies", "holding"]

_KINDS = ("Borrow", "Funding")
_GAP = '<h3 style="margin-top:22px">'


def holding(result: BacktestResult) -> str:
    """Return the charges by instrument and kind, or nothing where there are none."""
    charges = result.charges
    if not len(charges):
        return ""
    rows, total = [], Decimal(0)
    for index in np.unique(charges["instrument"]).tolist():
        instrument = result.instruments[index]
        for kind, title in enumerate(_KINDS):
            chosen = (charges["instrument"] == index) & (charges["kind"] == kind)
            paid = charges[chosen]
            if not len(paid):
                continue
            amounts = paid["amount"].tolist()
            rates = rates_at(result, index, paid["timestamp"]).tolist()
            pairs = zip(amounts, rates, strict=True)
            own = Decimal(sum(amount * rate for amount, rate in pairs)).scaleb(-18)
            total += own
            amount = _in(Decimal(sum(amounts)).scaleb(-9), instrument.currency)
            rows.append(
                _row(instrument.symbol, title, count(len(paid)), amount, _money(own))
            )
    unit = f"In {result.currency}"
    head = ("Holding", "For", "Charges", "Paid", unit)
    foot = _row("Together", "", count(len(charges)), "", _money(total))
    note = (
        '<p class="note">What borrowed shares and funding took from the cash while '
        f"positions were held; negative was received. In {_e(result.currency)} at the "
        "rate of each charge.</p>"
    )
    return f"{_GAP}Holding positions</h3>{_table(head, ''.join(rows), foot)}{note}"


def currencies(result: BacktestResult) -> str:
    """Return a row for each currency, or nothing where there is one alone."""
    if len(result.statements) < 2 or result.consolidated is None:
        return ""
    head = (
        *("Currency", "Cash", "Positions", "Realised", "Unrealised", "Income"),
        *("Costs", "Exchanged", "Last rate"),
    )
    rows = "".join(
        _statement(code, statement, _rate(result, code))
        for code, statement in result.statements.items()
    )
    foot = _statement(f"All in {result.currency}", result.consolidated, "")
    moved = signed_money(result.consolidated.translation, result.currency)
    note = (
        '<p class="note">Income is dividends and interest received; costs are fees, '
        "borrow, and interest and dividends paid. Realised and unrealised are before "
        "them. Together, flows stand at the rates of their days and what is there at "
        f"the last ones; the difference is the currency translation, {_e(moved)}.</p>"
    )
    return f"{_GAP}By currency</h3>{_table(head, rows, foot)}{note}"


def _statement(name: str, told: Statement, rate: str) -> str:
    return _row(
        name,
        _money(told.cash),
        _money(told.positions),
        _signed(told.realized),
        _signed(told.unrealized),
        _money(told.income),
        _money(told.costs),
        _money(told.exchanged),
        rate,
    )


def _rate(result: BacktestResult, code: str) -> str:
    told = result.rates.get(code)
    if told is None:
        return "1"
    past = told["rate"][told["timestamp"] <= result.end_ns]
    last = past[-1] if len(past) else told["rate"][0]
    return plain(Decimal(int(last)).scaleb(-9))
