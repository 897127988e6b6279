"""Limits in people's units as the core's whole numbers, and what is wrong with them.

Units: quantities in units of the instrument, money in the account's currency, shares as
fractions, times in nanoseconds or as text such as ``"5s"``, rates per second.
"""

from __future__ import annotations

import difflib
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.durations import UNITS, nanoseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

FLIPS: Final = ("allow", "cut", "refuse")
_MULTIPLES: Final = frozenset({"leverage"})
_LARGEST: Final = Decimal(2**62)


class WrongValueError(ValueError):
    """What is allowed, and the likely fix; whoever knows the place completes it."""


def number(value: object) -> Decimal:
    """Return a finite number as the digits that were written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        msg = "must be a number"
        raise WrongValueError(msg)
    try:
        exact = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        msg = "must be a finite number"
        raise WrongValueError(msg)
    return exact


def scaled(value: object, scale: int, *, least: int = 1, most: Decimal) -> int:
    """Return a number above zero as a whole multiple of 1 / `scale`."""
    exact = number(value)
    whole = exact * scale
    if exact <= 0 or exact > most:
        unbounded = most >= _LARGEST / scale and exact <= most
        limit = "" if unbounded else f" and not above {most:f}"
        msg = f"must be above 0{limit}, or false for no limit"
        raise WrongValueError(msg)
    if whole != whole.to_integral_value() or whole < least or whole > _LARGEST:
        msg = f"must be a multiple of {Decimal(1) / scale:f} that the core can count"
        raise WrongValueError(msg)
    return int(whole)


def duration(value: object) -> int:
    """Return nanoseconds."""
    length: Decimal
    if isinstance(value, int) and not isinstance(value, bool):
        length = Decimal(value)
    else:
        found = nanoseconds(value) if isinstance(value, str) else None
        if found is None:
            msg = f'must be nanoseconds or text such as "5s", in {", ".join(UNITS)}'
            raise WrongValueError(msg)
        length = found
    if length < 1 or length != int(length) or length > _LARGEST:
        msg = "must be 1 nanosecond or more, and whole nanoseconds"
        raise WrongValueError(msg)
    return int(length)


def share(name: str, value: object) -> int:
    """Return millionths of a fraction, or of a multiple where the limit is one."""
    most = Decimal(100 if name in _MULTIPLES else 1)
    exact = number(value)
    if most == 1 and 1 < exact <= 100:
        msg = f"must be a fraction above 0, up to 1. Did you mean {exact / 100:f}?"
        raise WrongValueError(msg)
    return scaled(value, 10**6, most=most)


def flag(value: object) -> int:
    """Return 1 or 0."""
    if not isinstance(value, bool):
        msg = "must be true or false"
        raise WrongValueError(msg)
    return int(value)


def to_core(name: str, unit: str, value: object) -> int | None:
    """Return a limit in the core's units; None where it is lifted."""
    if unit == "flag":
        return flag(value)
    if value is False or value is None:
        return None
    match unit:
        case "flip":
            if value not in FLIPS:
                msg = f"must be one of {', '.join(FLIPS)}{similar(value, FLIPS)}"
                raise WrongValueError(msg)
            return FLIPS.index(str(value))
        case "time":
            return duration(value)
        case "share":
            return share(name, value)
        case "milli":
            return scaled(value, 1000, most=Decimal(10**6))
        case "count":
            return scaled(value, 1, most=Decimal(10**6))
        case _:
            return scaled(value, 10**6, most=_LARGEST / 10**6)


def similar(word: Any, words: Iterable[str]) -> str:
    """Return ``". Did you mean X?"`` where one of `words` is close, else nothing."""
    found = difflib.get_close_matches(str(word), list(words), n=1, cutoff=0.6)
    return f". Did you mean {found[0]}?" if found else ""
