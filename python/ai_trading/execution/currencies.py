"""An account in several currencies: what each is worth, and what it holds.

An instrument is paid for, and pays, in its own currency. The account has cash in each;
a purchase that its currency's cash does not cover leaves that cash negative, as at a
broker, and nothing is exchanged unless somebody says so. In the account's own currency
values stand at the present rate and flows at the rate of their day; the difference is
the currency translation. After every event, exactly::

    cash + positions = deposits + exchanged + realised + unrealised
                       + income - costs [+ translation, consolidated]

Units: money in units of the currency named; rates in the account's currency for one.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from ai_trading.core.clock import datetime_to_ns
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import Number, file_path, scaled
from ai_trading.core.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Currency", "Rates", "Statement", "currency_numbers", "read_rates"]

Rates: TypeAlias = Number | Sequence[tuple[int, Number]]
_NANO: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A currency besides the account's own.

    Parameters
    ----------
    rate : number, or sequence of (time, number)
        What one unit is worth in the account's currency, to 1e-9: a constant, or from
        times on, UTC nanoseconds and rising; the first holds before its time too.
    cash : number, default 0
        Cash at the start, in this currency.

    Raises
    ------
    ArgumentError
        If a rate is not above 0 or finer than 1e-9, or times do not rise.

    Examples
    --------
    >>> Currency(rate="1.0825", cash=10_000).changes(0)
    ((0, 1082500000),)
    """

    rate: Rates
    cash: Number = 0

    def __post_init__(self) -> None:
        before: int | None = None
        for at, rate in self._pairs(0):
            if scaled("rate", rate, _NANO) < 1:
                msg = f"a rate must be above 0; received {rate!r}"
                raise ArgumentError(msg)
            if before is not None and at <= before:
                msg = f"the times of rates must rise; {at} follows {before}"
                raise ArgumentError(msg)
            before = at
        if before is None:
            msg = "rate holds no rate; give a number, or one (time, rate) at least"
            raise ArgumentError(msg)
        scaled("cash", self.cash, 10**6)

    def _pairs(self, start_ns: int) -> Sequence[tuple[int, Number]]:
        if isinstance(self.rate, Sequence) and not isinstance(self.rate, str):
            return self.rate
        return [(start_ns, self.rate)]

    def changes(self, start_ns: int) -> tuple[tuple[int, int], ...]:
        """Return (time, rate in 1e-9), a constant one from `start_ns` on."""
        return tuple(
            (int(at), scaled("rate", rate, _NANO)) for at, rate in self._pairs(start_ns)
        )


def read_rates(path: str | Path) -> list[tuple[int, Decimal]]:
    """Read the rates of a currency from a CSV file with the columns time and rate.

    Parameters
    ----------
    path : path-like
        Times are UTC nanoseconds, or ISO 8601 (UTC where no offset is given).

    Raises
    ------
    DataError
        If the file cannot be read, or a row is not a time and a rate.
    """
    rows: list[tuple[int, Decimal]] = []
    try:
        with file_path("path", path).open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                try:
                    rows.append((_time(row["time"]), Decimal(row["rate"])))
                except (KeyError, TypeError, ValueError, ArithmeticError):
                    msg = (
                        f"{path}:{number}: a row needs a time (UTC nanoseconds or ISO "
                        f"8601) and a rate; received {dict(row)!r}"
                    )
                    raise DataError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the rates {path}: {error}"
        raise DataError(msg) from error
    return rows


def _time(text: str) -> int:
    if text.lstrip("-").isdecimal():
        return int(text)
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return datetime_to_ns(moment)


def currency_numbers(
    own: str, others: Mapping[str, Currency], used: Mapping[str, str]
) -> dict[str, int]:
    """Return the core's number of each currency, 0 being the account's own.

    Parameters
    ----------
    own : str
    others : mapping of str to Currency
    used : mapping of symbol to currency
        What will be traded.

    Raises
    ------
    ArgumentError
        If an instrument's currency is neither, or the own one is among the others.
    """
    if own in others:
        msg = f"{own} is the account's own currency; leave it out of currencies"
        raise ArgumentError(msg)
    numbers = {own: 0, **{code: place for place, code in enumerate(others, 1)}}
    for symbol, currency in used.items():
        if currency not in numbers:
            msg = (
                f"{symbol} is quoted in {currency}, the account is in "
                f"{', '.join(numbers)}; give currencies={{{currency!r}: "
                f"Currency(rate=...)}}, set currency={currency!r}, or leave the symbol "
                "out"
            )
            raise ArgumentError(msg)
    return numbers
