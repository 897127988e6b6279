"""The costs of parents as rows: a structured array, CSV, or a pandas data frame.

Money never passes through a binary float: the array has whole numbers of 1e-9 currency
units (`*_nano`), CSV and data frame have decimals. Ratios are floats.
"""

from __future__ import annotations

import csv
import io
import math
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ai_trading.core.clock import ns_to_iso
from ai_trading.core.errors import ConfigError, DataError
from ai_trading.core.exact import file_path
from ai_trading.core.optional import require
from ai_trading.execution.tca.costs import MEASURES
from ai_trading.execution.tca.fills import horizon_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ai_trading.execution.tca.costs import ParentCosts

__all__ = ["MONEY", "columns", "plain", "rows", "to_array", "to_frame", "write_csv"]

MONEY: Final = (
    "paper",
    "delay",
    "impact",
    "timing",
    "trading",
    "opportunity",
    "fees",
    "total",
)
"""Exact amounts of every parent, in currency units."""

_TEXT: Final = ("parent_id", "key", "symbol", "side", "algorithm", "venue", "currency")
_TIMES: Final = ("start", "end", "done")
_QUANTITIES: Final = ("quantity", "filled", "market_volume")
_EXACT_PRICES: Final = {"decision": "decision", "arrival": "release", "end": "end"}
_PRICES: Final = (
    *_EXACT_PRICES,
    "average",
    "vwap",
    "twap",
    "open",
    "close",
    "previous_close",
)
_NANO: Final = 1_000_000_000


def columns(costs: Sequence[ParentCosts]) -> list[str]:
    """Return the names of the columns of `rows`."""
    return [
        *_TEXT,
        *_TIMES,
        *_QUANTITIES,
        "children",
        "fills",
        *(f"{name}_price" for name in _PRICES),
        *MONEY,
        *_figures(costs),
    ]


def rows(costs: Sequence[ParentCosts]) -> list[dict[str, Any]]:
    """Return one mapping per parent.

    Times are UTC nanoseconds; quantities, money and the prices at decision, arrival and
    end `Decimal`, None where not known; average prices and figures floats, NaN where
    not known.
    """
    figures = _figures(costs)
    return [_row(cost, figures) for cost in costs]


def _figures(costs: Sequence[ParentCosts]) -> list[str]:
    own = {h: None for cost in costs for h in cost.horizons}
    names = ("markout", "realised_spread")
    marks = [f"{name}_{horizon_name(h)}_bps" for name in names for h in own]
    return [*MEASURES, *(name for name in marks if name not in MEASURES)]


def _row(cost: ParentCosts, figures: Sequence[str]) -> dict[str, Any]:
    parent, instrument = cost.parent, cost.parent.instrument
    return {
        "parent_id": parent.parent_id,
        "key": parent.key,
        "symbol": parent.symbol,
        "side": str(parent.side),
        "algorithm": parent.algorithm,
        "venue": instrument.venue,
        "currency": instrument.currency,
        "start": parent.start_ns,
        "end": parent.end_ns,
        "done": parent.done_ns,
        "quantity": instrument.to_quantity(parent.quantity),
        "filled": instrument.to_quantity(parent.filled),
        "market_volume": instrument.to_quantity(cost.market_volume),
        "children": parent.children,
        "fills": len(parent.fills),
        **{f"{name}_price": _price(cost, name) for name in _PRICES},
        **{name: getattr(cost.shortfall, name) for name in MONEY},
        **{name: cost.values.get(name, math.nan) for name in figures},
    }


def _price(cost: ParentCosts, name: str) -> Decimal | float | None:
    """Exact where it is a price of the market, a float where it is an average."""
    if name in _EXACT_PRICES:
        exact: Decimal | None = getattr(cost.shortfall, _EXACT_PRICES[name])
        return exact
    return cost.prices[name]


def plain(costs: Sequence[ParentCosts]) -> list[dict[str, Any]]:
    """Return the parents in plain values for JSON: money as text, None for unknown."""

    def value(given: Any) -> Any:
        if isinstance(given, Decimal):
            return f"{given:f}"
        return None if isinstance(given, float) and math.isnan(given) else given

    return [
        {
            **{name: value(cell) for name, cell in row.items()},
            "convention": cost.shortfall.convention,
            "notes": list(cost.notes),
        }
        for cost, row in zip(costs, rows(costs), strict=True)
    ]


def to_array(costs: Sequence[ParentCosts]) -> NDArray[np.void]:
    """Return the parents as a structured array.

    Money is in 1e-9 currency units, columns ``paper_nano``, ``delay_nano`` and so on,
    the smallest int64 where it is not known; quantities are in lots.

    Raises
    ------
    DataError
        If an amount does not fit (9.2e9 currency units).
    """
    figures = _figures(costs)
    texts = [[str(row[name]) for name in _TEXT] for row in rows(costs)]
    widths = [max([1, *(len(r[i]) for r in texts)]) for i in range(len(_TEXT))]
    dtype = np.dtype(
        [
            *((name, f"U{width}") for name, width in zip(_TEXT, widths, strict=True)),
            *((name, "i8") for name in (*_TIMES, *_QUANTITIES, "children", "fills")),
            *((f"{name}_price", "f8") for name in _PRICES),
            *((f"{name}_nano", "i8") for name in MONEY),
            *((name, "f8") for name in figures),
        ]
    )
    out = np.zeros(len(costs), dtype)
    for place, (cost, row) in enumerate(zip(costs, rows(costs), strict=True)):
        lots = (cost.parent.quantity, cost.parent.filled, cost.market_volume)
        money = tuple(_nano(cost, name) for name in MONEY)
        known = [name for name in dtype.names or () if name in row]
        for name in known:
            if name.endswith("_price"):
                out[place][name] = cost.prices[name.removesuffix("_price")]
            elif name not in _QUANTITIES:
                out[place][name] = row[name]
        for name, value in zip(_QUANTITIES, lots, strict=True):
            out[place][name] = value
        for name, amount in zip(MONEY, money, strict=True):
            out[place][f"{name}_nano"] = amount
    return out


_NOT_KNOWN: Final = -(2**63)


def _nano(cost: ParentCosts, name: str) -> int:
    amount: Decimal | None = getattr(cost.shortfall, name)
    if amount is None:
        return _NOT_KNOWN
    whole = int((amount * _NANO).to_integral_value())
    if abs(whole) >= 2**63:
        msg = (
            f"{name} of parent {cost.parent.parent_id} is {amount:f}, beyond what 64 "
            "bits of 1e-9 hold; use to_frame or CSV"
        )
        raise DataError(msg)
    return whole


def to_frame(costs: Sequence[ParentCosts]) -> Any:
    """Return the parents as a pandas ``DataFrame``; times are UTC, money `Decimal`.

    Raises
    ------
    MissingExtraError
        If pandas is not installed (``pip install 'ai_trading[data]'``).
    """
    pandas = require("pandas", "data")
    frame = pandas.DataFrame(rows(costs), columns=columns(costs))
    for name in _TIMES:
        frame[name] = pandas.to_datetime(frame[name], unit="ns", utc=True)
    return frame


def write_csv(costs: Sequence[ParentCosts], path: str | Path | None = None) -> str:
    """Write the parents as CSV and return the text.

    Times are ISO 8601 in UTC, money is exact, and an empty cell is not known.

    Raises
    ------
    ConfigError
        If it cannot be written there.
    """
    return write_rows(columns(costs), rows(costs), path)


def write_rows(
    names: Sequence[str],
    found: Sequence[Mapping[str, Any]],
    path: str | Path | None = None,
) -> str:
    """Write rows as CSV, as `write_csv` does, and return the text."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for row in found:
        writer.writerow([_cell(name, row[name]) for name in names])
    text = file.getvalue()
    if path is not None:
        target = file_path("path", path).expanduser()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        except OSError as error:
            msg = f"cannot write the costs to {target}: {error.strerror or error}"
            raise ConfigError(msg) from error
    return text


def _cell(name: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if name in _TIMES:
        return ns_to_iso(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return repr(value) if isinstance(value, float) else str(value)
