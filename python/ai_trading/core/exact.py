"""Values from people and files: exact decimals, whole counts, finite floats, words.

True and false are no numbers here, and neither is a text where a float is asked for:
each would be a slip that a conversion hides. Every refusal is an `ArgumentError` that
says the name, the value and what is allowed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

from ai_trading.core.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Number",
    "decimal",
    "file_path",
    "function",
    "instance",
    "is_number",
    "is_whole",
    "items",
    "mapping",
    "one_of",
    "real",
    "scaled",
    "text",
    "whole",
]

Number: TypeAlias = Decimal | int | float | str
_WIDE = 10**15
_Key = TypeVar("_Key")
_Kind = TypeVar("_Kind")


def decimal(name: str, value: Number) -> Decimal:
    """Return a finite decimal; a float is taken as the shortest text that gives it."""
    given: Any = value
    if isinstance(given, float):
        given = str(given)
    elif is_whole(given):
        given = int(given)
    elif not isinstance(given, str | Decimal):
        given = str(given) if is_number(given) else "NaN"
    try:
        exact = Decimal(given)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        msg = f"{name} must be a finite number; received {value!r:.80}"
        raise ArgumentError(msg)
    return exact


def scaled(name: str, value: Number, scale: int) -> int:
    """Return ``value * scale`` as a whole number, refusing what it would round."""
    exact = decimal(name, value) * scale
    if exact != exact.to_integral_value():
        msg = (
            f"{name} must be a multiple of {Decimal(1) / scale:f}; received {value!r}. "
            "Round it first"
        )
        raise ArgumentError(msg)
    if abs(exact) >= 2**62:
        msg = f"{name} is too large for the core; received {value!r:.80}"
        raise ArgumentError(msg)
    return int(exact)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is an integer, of Python's or NumPy's, and neither true nor false."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether it is one real number: no text, no array, neither true nor false."""
    if isinstance(value, Real | Decimal):
        return not isinstance(value, bool)
    # An array without dimensions is what NumPy makes of many a calculation.
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return kind in {"i", "u", "f"} and getattr(value, "ndim", None) == 0


def whole(
    name: str, value: object, least: int = 0, most: int | None = None, *, of: str = ""
) -> int:
    """Return a whole number within bounds, refusing 3.0 and True; `of` is its unit."""
    if is_whole(value) and value >= least and (most is None or value <= most):
        return int(value)
    # Bounds that are only those of 64 bits would say nothing to a reader.
    bounds = "" if least < -_WIDE else f", {least:,} or more"
    if most is not None and most < _WIDE:
        bounds = f", {least:,} to {most:,}"
    unit = f" of {of}" if of else ""
    msg = f"{name} must be a whole number{unit}{bounds}; received {value!r:.80}"
    raise ArgumentError(msg)


def real(name: str, value: object) -> float:
    """Return a finite number as a float."""
    given: Any = value
    if not is_number(given):
        hint = ". Convert the text first" if isinstance(given, str) else ""
        msg = f"{name} must be a number; received {value!r:.80}{hint}"
        raise ArgumentError(msg)
    try:
        number = float(given)
    except (OverflowError, ValueError):
        number = math.inf
    if math.isfinite(number):
        return number
    msg = f"{name} must be finite; received {value!s:.80}"
    raise ArgumentError(msg)


def text(name: str, value: object, example: str) -> str:
    """Return a text that is not empty; `example` shows what one looks like."""
    if isinstance(value, str) and value.strip():
        return value
    msg = f"{name} must be a text such as {example!r}; received {value!r:.80}"
    raise ArgumentError(msg)


def one_of(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return one of the allowed words."""
    words = tuple(allowed)
    if isinstance(value, str) and value in words:
        return value
    from difflib import get_close_matches

    close = get_close_matches(value, words, n=1) if isinstance(value, str) else ()
    hint = f". Did you mean {close[0]!r}?" if close else ""
    msg = f"{name} must be one of {', '.join(words)}; received {value!r:.80}{hint}"
    raise ArgumentError(msg)


def items(name: str, value: Iterable[_Kind], example: str) -> tuple[_Kind, ...]:
    """Return what a list holds; a text, which is letters, is none."""
    given: Any = value
    if not isinstance(given, str | bytes):
        try:
            return tuple(given)
        except TypeError:
            pass
    msg = f"{name} must be several, such as {example}; received {value!r:.80}"
    raise ArgumentError(msg)


def instance(name: str, value: _Kind, kind: type, example: str = "") -> _Kind:
    """Return a value of a kind, or that does what a protocol asks."""
    if isinstance(value, kind):
        return value
    hint = f", such as {example}" if example else ""
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    msg = f"{name} must be {article} {kind.__name__}{hint}; received {value!r:.80}"
    raise ArgumentError(msg)


def mapping(name: str, value: Mapping[_Key, _Kind] | None) -> Mapping[_Key, _Kind]:
    """Return a mapping; nothing is an empty one."""
    if value is None:
        return {}
    given: object = value
    if isinstance(given, Mapping):
        return value
    msg = f"{name} must be a mapping, names to values; received {value!r:.80}"
    raise ArgumentError(msg)


def function(name: str, value: object, call: str) -> None:
    """Refuse what cannot be called; `call` shows how it will be."""
    if not callable(value):
        msg = f"{name} must be callable as {call}; received {value!r:.80}"
        raise ArgumentError(msg)


def file_path(name: str, value: object) -> Path:
    """Return a path that is not empty."""
    if isinstance(value, str | os.PathLike):
        found = os.fspath(value)
        if isinstance(found, str) and found:
            return Path(found)
    msg = f"{name} must be a path such as 'data/aapl.csv'; received {value!r:.80}"
    raise ArgumentError(msg)
