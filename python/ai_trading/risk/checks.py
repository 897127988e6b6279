"""What sizing by growth, sizers and breakers accept, said once.

Needs no extension; `risk.metrics.checks` holds what measures of a series ask besides.

Returns are refused with the place of the first bad value; numbers with the value, what
is allowed, and a guess where a percentage was meant. Of pandas series only the index is
looked at besides: those of one table have the same one, and dates rise where the order
of periods matters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core import exact
from ai_trading.core.errors import ArgumentError, DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LARGEST = 1e100


def returns(values: ArrayLike, name: str = "returns") -> NDArray[np.float64]:
    """Return finite returns, one-dimensional."""
    found = array(name, values, DataError)
    if found.ndim != 1:
        msg = (
            f"{name} must be one-dimensional, one number for each trade or period; "
            f"received shape {found.shape}"
        )
        raise DataError(msg)
    return found


def scenarios(values: ArrayLike, name: str = "returns") -> NDArray[np.float64]:
    """Return finite returns, a row for each period and a column for each asset."""
    found = array(name, values, DataError)
    if found.ndim != 2 or 0 in found.shape:
        msg = (
            f"{name} must be two-dimensional and not empty, a row for each period "
            f"and a column for each asset; received shape {found.shape}"
        )
        raise DataError(msg)
    return np.ascontiguousarray(found)


def real_numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return floats, NaN where masked; a ValueError or TypeError for what is none.

    NumPy reads dates as days since 1970, texts as the numbers they spell, and what is
    true as 1: a mask in the place of the returns it was made of.
    """
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    given = np.asarray(values)
    if given.dtype.kind == "c":
        msg = f"{name} must be real numbers; received complex ones"
        raise DataError(msg)
    if given.dtype.kind not in "iufO":
        msg = f"{name} must be numbers; received {given.dtype}"
        raise TypeError(msg)
    try:
        return given.astype(np.float64, copy=False)
    except OverflowError:
        msg = f"{name} must be numbers that a double holds"
        raise ValueError(msg) from None


def array(name: str, values: ArrayLike, error: type[Exception]) -> NDArray[np.float64]:
    """Return finite numbers; `error` where they are not."""
    try:
        found = real_numbers(name, values)
    except (TypeError, ValueError):
        msg = f"{name} must be numbers, in rows of one length; received {values!r:.80}"
        raise error(msg) from None
    # One pass; only where the sum of squares tells of something are places looked up.
    with np.errstate(over="ignore", invalid="ignore"):
        squares = float(np.dot(found.ravel(), found.ravel()))
    if not squares <= LARGEST**2:
        refuse_not_finite(name, found, error)
        msg = (
            f"{name} reach {np.abs(found).max():g}; a return is a fraction such as "
            f"0.02, and beyond {LARGEST:g} its square leaves a double"
        )
        raise error(msg)
    return found


def refuse_not_finite(
    name: str, values: NDArray[np.float64], error: type[Exception]
) -> None:
    """Raise `error` with the place of the first value that is not finite."""
    bad = np.argwhere(~np.isfinite(values))
    if len(bad) and not values.ndim:
        msg = f"{name} must be finite; received {values}"
        raise error(msg)
    if len(bad):
        place = ", ".join(str(i) for i in bad[0])
        msg = (
            f"{name}[{place}] is {values[tuple(bad[0])]}, the first of {len(bad)} "
            f"values that are not finite (of {values.size}); drop or fill them first"
        )
        raise error(msg)


def ordered(values: ArrayLike, name: str = "returns") -> None:
    """Refuse a pandas series whose dates do not rise, where the order matters."""
    index = getattr(values, "index", None)
    if _dated(index) and not getattr(index, "is_monotonic_increasing", True):
        msg = (
            f"{name} must be oldest first, and its dates do not rise; sort them first "
            f"({name}.sort_index())"
        )
        raise DataError(msg)


def aligned(first: ArrayLike, second: ArrayLike, names: tuple[str, str]) -> None:
    """Refuse two pandas series that are not of the same dates."""
    one, two = getattr(first, "index", None), getattr(second, "index", None)
    equals = getattr(one, "equals", None)
    if equals is not None and hasattr(two, "equals") and not equals(two):
        msg = (
            f"{names[0]} and {names[1]} have different indexes, and are compared by "
            f"position; align them first ({names[0]}.align({names[1]}, join='inner'))"
        )
        raise DataError(msg)


def _dated(index: Any) -> bool:
    if getattr(getattr(index, "dtype", None), "kind", "") == "M":
        return True
    if type(index).__name__ == "PeriodIndex":
        return True
    # An index of Python's own dates has no type of its own.
    return bool(getattr(index, "size", 0)) and isinstance(index[0], date)


def aligned_series(series: Mapping[Any, ArrayLike], name: str = "returns") -> None:
    """Refuse pandas series of one table that are not of the same dates."""
    pairs = list(series.items())
    for key, values in pairs[1:]:
        first = f"{name}[{pairs[0][0]!r}]"
        aligned(pairs[0][1], values, (first, f"{name}[{key!r}]"))


def enough(values: NDArray[np.float64], needed: int) -> None:
    """Refuse a sample of fewer than `needed` rows."""
    if values.shape[0] < needed:
        msg = (
            f"{values.shape[0]} returns are too few; at least {needed} are needed. A "
            "fraction from so small a sample would be noise"
        )
        raise DataError(msg)


def probabilities(values: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return `count` probabilities that sum to 1."""
    found = array("probabilities", values, ArgumentError)
    if found.shape != (count,):
        msg = (
            f"probabilities must be {count} numbers, one for each outcome; received "
            f"shape {found.shape}"
        )
        raise ArgumentError(msg)
    wrong = np.flatnonzero((found < 0.0) | (found > 1.0))
    if wrong.size:
        msg = (
            f"probabilities[{wrong[0]}] is {found[wrong[0]]:g}; each must lie "
            "between 0 and 1"
        )
        raise ArgumentError(msg)
    total = math.fsum(found)
    if abs(total - 1.0) > 1e-9:
        msg = (
            f"probabilities must sum to 1; received a sum of {total!r}. Divide by it "
            "if they are weights"
        )
        raise ArgumentError(msg)
    return found


def vector(
    name: str, values: ArrayLike, count: int, symbols: Sequence[str] = ()
) -> NDArray[np.float64]:
    """A number for all, or one for each."""
    found = array(name, values, ArgumentError)
    if found.shape not in {(), (count,)}:
        msg = (
            f"{name} must be one number or {count}, one for each asset; received shape "
            f"{found.shape}" + (f" for {', '.join(symbols[:8])}" if symbols else "")
        )
        raise ArgumentError(msg)
    return np.full(count, float(found)) if found.ndim == 0 else found


def finite(name: str, value: float) -> float:
    """Return a finite number."""
    return exact.real(name, value)


def count(name: str, value: float, least: int = 0) -> int:
    """Return a whole number, `least` or more."""
    number = finite(name, value)
    if number >= least and number == int(number):
        return int(number)
    msg = f"{name} must be a whole number from {least}; received {value}"
    raise ArgumentError(msg)


def share(name: str, value: float) -> float:
    """Return a number from 0 to 1."""
    number = finite(name, value)
    if 0.0 <= number <= 1.0:
        return number
    hint = f" Did you mean {number / 100:g}?" if 1.0 < number <= 100.0 else ""
    msg = f"{name} must lie between 0 and 1; received {value}.{hint}"
    raise ArgumentError(msg)


def inner(name: str, value: float) -> float:
    """Return a number strictly between 0 and 1."""
    number = finite(name, value)
    if 0.0 < number < 1.0:
        return number
    hint = f" Did you mean {number / 100:g}?" if 1.0 < number < 100.0 else ""
    msg = f"{name} must lie strictly between 0 and 1; received {value}.{hint}"
    raise ArgumentError(msg)


def size(name: str, value: float) -> float:
    """Return a number above zero."""
    number = finite(name, value)
    if number > 0.0:
        return number
    hint = " A loss is given as a positive number." if "loss" in name else ""
    msg = f"{name} must be positive; received {value}.{hint}"
    raise ArgumentError(msg)


def not_negative(name: str, value: float) -> float:
    """Return a number of zero or more."""
    number = finite(name, value)
    if number >= 0.0:
        return number
    msg = f"{name} must not be negative; received {value}"
    raise ArgumentError(msg)


def mapping(name: str, value: object, example: str) -> Mapping[Any, Any]:
    """Return a mapping; `example` shows what one looks like."""
    if isinstance(value, Mapping):
        return value
    msg = f"{name} must be a mapping such as {example}; received {value!r:.80}"
    raise ArgumentError(msg)
