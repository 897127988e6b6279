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
from ai_trading.backtest.report.text import count, instant, plain, signed_money
from ai_trading.backtest.translation import currency_rates
from ai_trading.core.records import NO_INSTRUMENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.core.statement import Statement

__all__ = ["currencies", "holding"]

_KINDS = ("Borrow", "Funding", "Dividends", "Interest")
_LISTED = 200
_GAP = '<h3 style="margin-top:22px">'


def holding(result: BacktestResult) -> str:
    """Return the charges by instrument and kind, or nothing where there are none."""
    charges = result.charges
    if not len(charges):
        return ""
    codes = (result.currency, *result.rates)
    groups = np.unique(charges[["instrument", "currency", "kind"]])
    rows, total = [], Decimal(0)
    for group in groups:
        paid = charges[charges[["instrument", "currency", "kind"]] == group]
        code = codes[group["currency"]]
        own = sum(_own(result, code, paid), Decimal(0))
        total += own
        amount = _in(_nano(sum(map(_exact, paid), Decimal(0))), code)
        rows.append(
            _row(
                _holder(result, group, code),
                _KINDS[group["kind"]],
                count(len(paid)),
                amount,
                _money(_nano(own)),
            )
        )
    unit = f"In {result.currency}"
    head = ("Holding", "For", "Charges", "Paid", unit)
    foot = _row("Together", "", count(len(charges)), "", _money(_nano(total)))
    note = (
        '<p class="note">What borrowed shares, funding, dividends and interest took '
        "from the cash; negative was received. In "
        f"{_e(result.currency)} at the rate of each charge.</p>"
    )
    table = _table(head, "".join(rows), foot)
    return f"{_GAP}Holding positions</h3>{table}{note}{_dated(result, codes)}"


def _dated(result: BacktestResult, codes: tuple[str, ...]) -> str:
    """Return the charges one by one, the last of many."""
    charges = result.charges[-_LISTED:]
    rows = [
        _row(
            instant(int(row["timestamp"])),
            _holder(result, row, codes[row["currency"]]),
            _KINDS[row["kind"]],
            _held(result, row),
            _in(_nano(_exact(row)), codes[row["currency"]]),
        )
        for row in charges
    ]
    head = ("Time", "Holding", "For", "Quantity", "Paid")
    shown = f"the last {len(charges)} of " if len(charges) < len(result.charges) else ""
    title = f"By date: {shown}{count(len(result.charges))}"
    return f"<details><summary>{title}</summary>{_table(head, ''.join(rows))}</details>"


def _exact(row: np.void) -> Decimal:
    amount, rest = int(row["amount"]), int(row["rest"])
    return Decimal(amount * 10**9 + rest).scaleb(-18)


def _nano(amount: Decimal) -> Decimal:
    """Return an amount as it is shown, to 1e-9."""
    return amount.quantize(Decimal("1e-9"))


def _own(result: BacktestResult, code: str, paid: NDArray[np.void]) -> list[Decimal]:
    """Return amounts in the account's own currency, at the rates of their times."""
    rates = currency_rates(result, code, paid["timestamp"]).tolist()
    pairs = zip(map(_exact, paid), rates, strict=True)
    return [amount * Decimal(rate).scaleb(-9) for amount, rate in pairs]


def _holder(result: BacktestResult, row: np.void, code: str) -> str:
    """Return whose charge it is: interest is the cash's."""
    index = int(row["instrument"])
    return (
        f"Cash {code}" if index == NO_INSTRUMENT else result.instruments[index].symbol
    )


def _held(result: BacktestResult, row: np.void) -> str:
    index = int(row["instrument"])
    if index == NO_INSTRUMENT:
        return ""
    return plain(result.instruments[index].to_quantity(int(row["quantity"])))


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
