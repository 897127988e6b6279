"""What the portfolio functions are given, checked and brought into arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import items
from ai_trading.risk import checks
from ai_trading.risk.kelly._moves import Charges

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def checked_covariance(covariance: ArrayLike, many: int) -> NDArray[np.float64]:
    """Return a covariance matrix that is one."""
    found = checks.array("covariance", covariance, DataError)
    if found.shape != (many, many):
        msg = f"covariance must be {many} x {many}; received shape {found.shape}"
        raise DataError(msg)
    size = float(np.abs(found).max())
    if float(np.abs(found - found.T).max()) > 1e-10 * size:
        msg = "covariance must be symmetric; its two halves differ. Average them"
        raise DataError(msg)
    least = float(np.linalg.eigvalsh(found)[0])
    if least < -1e-10 * max(size, 1e-300):
        msg = (
            f"covariance must have no negative eigenvalue, or some portfolio would "
            f"have a negative variance; the least is {least:g}. Shrink it, or mend the "
            "correlations it was made of"
        )
        raise DataError(msg)
    return np.ascontiguousarray((found + found.T) / 2)


def named(returns: Any) -> Any:
    """Return the columns of a data frame by name, and anything else as it is."""
    columns = getattr(returns, "columns", None)
    if columns is None or isinstance(returns, Mapping):
        return returns
    return {str(name): returns[name] for name in columns}


def table_from(
    returns: ArrayLike | Mapping[str, ArrayLike], symbols: Sequence[str] | None
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    returns = named(returns) if symbols is None else returns
    if not isinstance(returns, Mapping):
        table = checks.scenarios(returns)
        return names_of(symbols, table.shape[1]), table
    if symbols is not None:
        msg = "symbols must be left out where returns is a mapping, which has its own"
        raise ArgumentError(msg)
    series = {str(k): checks.returns(v, f"returns[{k!r}]") for k, v in returns.items()}
    checks.aligned_series(returns)
    lengths = {name: len(values) for name, values in series.items()}
    if len(set(lengths.values())) > 1:
        few, most = min(lengths, key=lengths.__getitem__), max(lengths.values())
        msg = (
            f"returns must be of one length, period by period; {few} has "
            f"{lengths[few]} and the longest {most}. Align them by date first"
        )
        raise DataError(msg)
    if not series or not next(iter(lengths.values())):
        msg = "returns is empty; a portfolio needs one asset and one period at least"
        raise DataError(msg)
    return tuple(series), np.ascontiguousarray(np.column_stack(list(series.values())))


def names_of(symbols: Sequence[str] | None, many: int) -> tuple[str, ...]:
    given = range(many) if symbols is None else items("symbols", symbols, "['AAPL']")
    names = tuple(map(str, given))
    if len(names) != many or len(set(names)) != many:
        msg = (
            f"symbols must be {many} different names, one for each column; received "
            f"{len(names)}, {len(set(names))} of them different"
        )
        raise ArgumentError(msg)
    return names


def charges_from(
    names: tuple[str, ...],
    costs: ArrayLike,
    short_fee: ArrayLike,
    borrow_spread: float,
    rate: float,
) -> Charges:
    trade = checks.vector("costs", costs, len(names), names)
    short = checks.vector("short_fee", short_fee, len(names), names)
    for name, values in (("costs", trade), ("short_fee", short)):
        if float(values.min()) < 0.0:
            msg = f"{name} must not be negative; received {values.min():g}"
            raise ArgumentError(msg)
    lent = checks.finite("rate", rate)
    if lent <= -1.0:
        msg = f"rate must be above -1, a fraction per period; received {rate}"
        raise ArgumentError(msg)
    return Charges(
        trade, short, checks.not_negative("borrow_spread", borrow_spread), lent
    )


def holdings_from(
    names: tuple[str, ...], holdings: ArrayLike | Mapping[str, float] | None
) -> NDArray[np.float64]:
    if holdings is None:
        return np.zeros(len(names))
    if not isinstance(holdings, Mapping):
        return checks.vector("holdings", holdings, len(names), names)
    unknown = sorted(set(holdings) - set(names))
    if unknown:
        msg = (
            f"holdings name {', '.join(unknown)}, of which there are no returns; leave "
            "them out, or bring their returns"
        )
        raise ArgumentError(msg)
    values = [checks.finite(f"holdings[{n!r}]", holdings.get(n, 0.0)) for n in names]
    return np.array(values, dtype=np.float64)
