"""What every measure asks of its input, said once.

A *series* is one-dimensional, of finite numbers, and long enough. NaN is a missing
value: where a function takes ``missing``, ``"reject"`` makes it an error and
``"skip"`` leaves the period out. Infinity is always an error, and so are numbers beyond
1e100, whose squares no double holds, texts, dates, and true or false. The masked values
of a masked array are missing. Of pandas series only the index is looked at besides: two
that are compared have the same one, and dates rise where the order of periods matters.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from ai_trading._core import stats
from ai_trading.core import exact
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MOST_DRAWN",
    "Missing",
    "compounded",
    "covariance_matrix",
    "finite",
    "is_single",
    "matrix",
    "ordered",
    "pair",
    "pair_of_numbers",
    "positive",
    "probability",
    "returns_above_ruin",
    "seed_number",
    "series",
    "vector",
    "whole",
    "yearly",
]

Missing = Literal["reject", "skip"]

# Draws, paths or scenarios of one call: more do not fit into memory.
MOST_DRAWN: Final = 10**9

ordered = checks.ordered


def numbers(values: ArrayLike, name: str, ndim: int) -> NDArray[np.float64]:
    try:
        array = checks.real_numbers(name, values)
    except (TypeError, ValueError):
        msg = f"{name} must be numbers in {ndim} dimension(s); received {values!r:.80}"
        raise DataError(msg) from None
    array = np.ascontiguousarray(array)
    # ascontiguousarray makes one dimension out of none.
    if np.ndim(values) != ndim:
        msg = f"{name} must have {ndim} dimension(s); received shape {np.shape(values)}"
        raise DataError(msg)
    return array


def is_single(values: ArrayLike) -> bool:
    """Whether it is one number, not an array; rows of different lengths are none."""
    try:
        return np.ndim(values) == 0
    except ValueError:
        return False


def series(
    values: ArrayLike,
    *,
    name: str = "returns",
    least: int = 1,
    missing: Missing = "reject",
) -> NDArray[np.float64]:
    """Return a checked one-dimensional array, without what is missing."""
    exact.one_of("missing", missing, get_args(Missing))
    array = numbers(values, name, 1)
    bad = stats.first_unusable(array)
    if bad >= 0:
        if missing == "skip":
            array = array[~np.isnan(array)]
            bad = stats.first_unusable(array)
        if bad >= 0:
            _refuse(array, name, bad)
    if array.size < least:
        msg = (
            f"{name} has {array.size} value(s); this needs at least {least}. "
            "Give a longer history"
        )
        raise DataError(msg)
    return array


def _refuse(array: NDArray[np.float64], name: str, at: int) -> None:
    _refuse_large(array, name)
    count = int((~np.isfinite(array)).sum())
    msg = (
        f"{name}[{at}] is {array[at]}, the first of {count} value(s) of {array.size} "
        "that are not finite; drop or fill them first, or say missing='skip' where "
        "there is that argument and they are NaN"
    )
    raise DataError(msg)


def _refuse_large(array: NDArray[np.float64], name: str) -> None:
    """Refuse numbers whose squares no double holds, if all are finite."""
    if np.isfinite(array).all():
        at = np.unravel_index(int(np.abs(array).argmax()), array.shape)
        place = ", ".join(str(i) for i in at)
        msg = (
            f"{name}[{place}] is {array[at]:g}; beyond {checks.LARGEST:g} the sums of "
            "squares leave a double. Are the units right?"
        )
        raise DataError(msg)


def returns_above_ruin(
    values: ArrayLike,
    *,
    name: str = "returns",
    least: int = 1,
    missing: Missing = "reject",
) -> NDArray[np.float64]:
    """Return checked returns, oldest first, that lose no more than everything."""
    checks.ordered(values, name)
    array = series(values, name=name, least=least, missing=missing)
    if array.size and array.min() < -1.0:
        at = int(np.argmax(array < -1.0))
        msg = (
            f"{name}[{at}] is {array[at]}: a return below -1 loses more than there is, "
            "and nothing can be compounded after it. Are these percentages?"
        )
        raise DataError(msg)
    return array


def pair(
    first: ArrayLike,
    second: ArrayLike,
    names: tuple[str, str] = ("returns", "benchmark"),
    *,
    least: int = 2,
    missing: Missing = "reject",
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two checked series of one length; skipping drops the period in both."""
    exact.one_of("missing", missing, get_args(Missing))
    a, b = pair_of_numbers(first, second, names)
    if missing == "skip":
        kept = ~(np.isnan(a) | np.isnan(b))
        if not kept.all():
            a, b = a[kept], b[kept]
    return (
        series(a, name=names[0], least=least, missing="reject"),
        series(b, name=names[1], least=least, missing="reject"),
    )


def pair_of_numbers(
    first: ArrayLike, second: ArrayLike, names: tuple[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two series of one length, of the same dates; NaN and infinity pass."""
    a, b = numbers(first, names[0], 1), numbers(second, names[1], 1)
    if a.size != b.size:
        msg = (
            f"{names[0]} and {names[1]} must be equally long; received {a.size} and "
            f"{b.size}. Align them on their dates first"
        )
        raise DataError(msg)
    checks.aligned(first, second, names)
    return a, b


def matrix(
    values: ArrayLike, *, name: str, least: int = 1, columns: int | None = None
) -> NDArray[np.float64]:
    """Return a checked array of shape (periods, assets)."""
    array = numbers(values, name, 2)
    rows, width = array.shape
    if columns is not None and width != columns:
        msg = f"{name} must have {columns} column(s); received shape {array.shape}"
        raise DataError(msg)
    if rows < least or width == 0:
        msg = (
            f"{name} has shape {array.shape}; this needs at least {least} row(s) and "
            "one column"
        )
        raise DataError(msg)
    bad = stats.first_unusable(array.ravel())
    if bad >= 0:
        _refuse_large(array, name)
        row, column = divmod(bad, width)
        msg = f"{name}[{row}, {column}] is {array[row, column]}; values must be finite"
        raise DataError(msg)
    return array


def vector(
    values: ArrayLike, *, name: str, size: int | None = None
) -> NDArray[np.float64]:
    """Return a checked one-dimensional array of a given size."""
    array = series(values, name=name)
    if size is not None and array.size != size:
        msg = f"{name} must have {size} value(s); received {array.size}"
        raise DataError(msg)
    return array


def covariance_matrix(
    values: ArrayLike, *, name: str = "covariance", size: int | None = None
) -> NDArray[np.float64]:
    """Return a checked covariance: square, symmetric, no negative eigenvalue.

    Eigenvalues down to -1e-10 of the largest are rounding and are let through.
    """
    array = matrix(values, name=name)
    n = array.shape[0]
    if array.shape[1] != n or (size is not None and n != size):
        wanted = n if size is None else size
        msg = f"{name} must have shape ({wanted}, {wanted}); received {array.shape}"
        raise DataError(msg)
    scale = float(np.abs(array).max())
    if np.abs(array - array.T).max() > 1e-10 * scale:
        msg = f"{name} must be symmetric; average it with its transpose first"
        raise DataError(msg)
    eigenvalues = np.linalg.eigvalsh(array)
    if eigenvalues[0] < -1e-10 * max(eigenvalues[-1], 0.0) or eigenvalues[-1] < 0:
        msg = (
            f"{name} must be positive semidefinite; its least eigenvalue is "
            f"{eigenvalues[0]:g}. Estimate it from one set of complete rows, or "
            "repair it with nearest_correlation"
        )
        raise DataError(msg)
    return array


def probability(value: float, name: str = "level") -> float:
    """Return a number strictly between 0 and 1."""
    number = finite(value, name)
    if 0.0 < number < 1.0:
        return number
    hint = f" Did you mean {number / 100:g}?" if 1.0 < number < 100.0 else ""
    msg = f"{name} must lie strictly between 0 and 1; received {number:g}.{hint}"
    raise ArgumentError(msg)


def finite(value: float, name: str) -> float:
    """Return a finite number whose square is one, too."""
    number = checks.finite(name, value)
    if abs(number) <= checks.LARGEST:
        return number
    msg = f"{name} must be within 1e100 in size; received {number:g}"
    raise ArgumentError(msg)


def compounded(growth: float) -> float:
    """Return the simple return of a log growth; infinite where no double holds it."""
    return math.expm1(growth) if growth < 709.0 else math.inf


def yearly(rate: float, periods: float, name: str = "risk_free") -> float:
    """Return a rate per period compounded over a year; the rate is above -1."""
    number = finite(rate, name)
    if number <= -1.0:
        msg = f"{name} must be above -1, or it cannot compound; received {number:g}"
        raise ArgumentError(msg)
    rate = compounded(math.log1p(number) * periods)
    if rate == math.inf:
        msg = (
            f"{name} of {number:g} a period is beyond any number after {periods:g} of "
            "them; it is a fraction per period, such as 0.0001. Is it a percentage?"
        )
        raise ArgumentError(msg)
    return rate


def positive(value: float, name: str) -> float:
    """Return a finite number above zero."""
    number = finite(value, name)
    if number > 0:
        return number
    msg = f"{name} must be positive; received {number:g}"
    raise ArgumentError(msg)


def whole(value: int, name: str, least: int = 1, most: int | None = None) -> int:
    """Return a whole number within bounds."""
    return exact.whole(name, value, least, most)


def seed_number(value: int) -> int:
    """Return a seed of 64 bits."""
    return whole(value, "seed", 0, 2**64 - 1)
