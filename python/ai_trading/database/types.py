"""Column types that store exactly what they are given, or refuse it.

Money and prices are `ExactDecimal`, instants are `UtcNanos` (integers) or `UtcDateTime`
(datetimes with a zone), ids of the core are `Unsigned64`, and words are `Word`. None of
them rounds, truncates, guesses a zone or accepts a float: the caller decides that, by
name, before the value gets here.

SQLite has neither decimals nor 64-bit unsigned integers, so both are kept in its 64-bit
integers; PostgreSQL holds the same range, so that a value accepted by one is accepted
by the other.
"""

# The methods are SQLAlchemy's hooks and documented there.
# ruff: noqa: D102

from __future__ import annotations

import operator
from datetime import UTC, datetime
from decimal import (
    Clamped,
    Context,
    Decimal,
    DecimalException,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    Underflow,
)
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy import BigInteger, DateTime, Integer, Numeric, String
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from ai_trading.core.errors import ArgumentError, DatabaseError

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.operators import OperatorType

__all__ = [
    "INT64_MAX",
    "INT64_MIN",
    "ExactDecimal",
    "Unsigned64",
    "UtcDateTime",
    "UtcNanos",
    "WideDecimal",
    "Word",
    "from_units",
    "to_units",
]

INT64_MAX: Final = 2**63 - 1
INT64_MIN: Final = -(2**63)
# Digits of the largest 64-bit integer.
PRECISION: Final = 19

# Scaling by a power of ten moves the point and must never lose a digit; a caller's own
# decimal context has no say in it.
_EXACT = Context(
    prec=60,
    traps=[Clamped, Inexact, InvalidOperation, Overflow, Rounded, Underflow],
)
_Words = TypeVar("_Words", bound=StrEnum)


class ValueRefusedError(ArgumentError, DontWrapMixin):
    """A value that a column cannot hold exactly; SQLAlchemy passes it on unwrapped."""


def to_units(value: Decimal | int, scale: int) -> int:
    """Return a decimal as a whole number of ``10**-scale``.

    Parameters
    ----------
    value : Decimal or int
        Finite. A float is refused: it does not say which decimal it stands for.
    scale : int
        Digits after the point.

    Returns
    -------
    int
        Fits 64 bits.

    Raises
    ------
    ArgumentError
        If `value` is not a finite decimal, has more than `scale` digits after the
        point, or leaves 64 bits.

    Examples
    --------
    >>> to_units(Decimal("150.25"), 9)
    150250000000
    """
    number = _decimal(value, scale)
    if number.adjusted() + scale >= PRECISION + 1:
        raise _out_of_range(number, scale)
    try:
        scaled = _EXACT.scaleb(number, scale)
        units = int(scaled)
        exact = units == scaled
    except DecimalException:
        exact = False
    if not exact:
        msg = (
            f"{value} has more than the {scale} digits after the point that are "
            f"stored; nothing is rounded silently. Round it yourself, for example "
            f"value.quantize(Decimal('1e-{scale}'))"
        )
        raise ValueRefusedError(msg)
    if not INT64_MIN <= units <= INT64_MAX:
        raise _out_of_range(number, scale)
    return units


def from_units(units: int, scale: int) -> Decimal:
    """Return a whole number of ``10**-scale`` as a decimal with `scale` digits.

    Examples
    --------
    >>> from_units(150250000000, 9)
    Decimal('150.250000000')
    """
    return _EXACT.scaleb(Decimal(units), -scale)


def _decimal(value: object, scale: int) -> Decimal:
    if isinstance(value, Decimal):
        if value.is_finite():
            return value
        msg = f"a stored decimal must be finite; received {value}"
        raise ValueRefusedError(msg)
    if isinstance(value, float):
        msg = (
            f"an exact decimal column does not take a float; received {value!r}. "
            f"Did you mean Decimal({str(float(value))!r})? For a computed value choose "
            f"the rounding: Decimal(value).quantize(Decimal('1e-{scale}'))"
        )
        raise ValueRefusedError(msg)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        msg = (
            f"an exact decimal column takes a Decimal or an int; received {value!r} "
            f"of type {type(value).__name__}"
        )
        raise ValueRefusedError(msg)
    return Decimal(operator.index(value))


def _out_of_range(value: Decimal, scale: int) -> ValueRefusedError:
    return ValueRefusedError(
        f"{value:g} does not fit: with {scale} digits after the point a value must lie "
        f"between {from_units(INT64_MIN, scale)} and {from_units(INT64_MAX, scale)}. "
        f"Is it in the wrong unit?"
    )


class _ExactComparator(TypeDecorator.Comparator[Decimal]):
    """Lets through only the SQL operators that are exact in both databases."""

    def operate(
        self,
        op: OperatorType,
        *other: Any,
        **kwargs: Any,
    ) -> ColumnElement[Any]:
        self._check(op, other)
        return super().operate(op, *other, **kwargs)

    def reverse_operate(
        self,
        op: OperatorType,
        other: Any,
        **kwargs: Any,
    ) -> ColumnElement[Any]:
        self._check(op, (other,))
        return super().reverse_operate(op, other, **kwargs)

    def _check(self, op: Any, others: tuple[Any, ...]) -> None:
        mine = self.type
        if not isinstance(mine, ExactDecimal):
            return
        if op in _INEXACT:
            msg = (
                f"{op.__name__} of an exact decimal column is not exact in SQL; load "
                f"the values and compute with Decimal"
            )
            raise ValueRefusedError(msg)
        for given in others:
            # A mapped attribute stands for its column.
            element = getattr(given, "__clause_element__", None)
            other = given if element is None else element()
            if op is operators.mul:
                _check_factor(other)
            elif isinstance(other, ColumnElement):
                _check_scale(mine, other)


_INEXACT = (
    operators.truediv,
    operators.floordiv,
    operators.mod,
)


def _check_factor(other: object) -> None:
    is_int = isinstance(other, int) and not isinstance(other, bool)
    if is_int or (isinstance(other, ColumnElement) and isinstance(other.type, Integer)):
        return
    msg = (
        "an exact decimal column can be multiplied in SQL by an integer only, since a "
        "product of two decimals has more digits than either column holds; load the "
        "values and multiply Decimals"
    )
    raise ValueRefusedError(msg)


def _check_scale(mine: ExactDecimal, other: ColumnElement[Any]) -> None:
    theirs = other.type
    if isinstance(theirs, ExactDecimal):
        if theirs.scale == mine.scale:
            return
        what = f"a decimal with {theirs.scale}"
    elif isinstance(theirs, Integer | Numeric) and not isinstance(other, BindParameter):
        what = f"a plain {theirs} with other"
    else:
        return
    msg = (
        f"a decimal column with {mine.scale} digits after the point cannot be combined "
        f"in SQL with {what} digits: SQLite keeps both as integers of different units. "
        f"Load the values and compare Decimals"
    )
    raise ValueRefusedError(msg)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal with a fixed number of digits after the point, stored exactly.

    Parameters
    ----------
    scale : int
        Digits after the point, 0 to 18.

    Notes
    -----
    ``NUMERIC(19, scale)`` on PostgreSQL; on SQLite a 64-bit integer that counts
    ``10**-scale``. Both take the values from -(2**63) to 2**63 - 1 of these units.

    Order, comparison, ``+``, ``-``, a product with an integer, ``SUM``, ``MIN`` and
    ``MAX`` are exact in SQL. (A sum that leaves 64 bits is an error in SQLite, not a
    wrong number.) What would not be exact, or would mix units, is refused when the
    statement is built: division, a product of two decimals, columns of different
    scale. ``func.avg`` and other functions that SQLAlchemy does not know to keep their
    argument's type see the raw integer on SQLite.
    """

    impl = BigInteger
    cache_ok = True
    comparator_factory = _ExactComparator

    def __init__(self, scale: int) -> None:
        if not 0 <= scale < PRECISION:
            msg = f"scale must be 0 to {PRECISION - 1} digits; received {scale}"
            raise ArgumentError(msg)
        super().__init__()
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(PRECISION, self.scale))

    def coerce_compared_value(
        self,
        op: OperatorType | None,
        value: Any,
    ) -> TypeEngine[Any]:
        if op is operators.mul and isinstance(value, int):
            return BigInteger()
        return self

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,
    ) -> int | Decimal | None:
        if value is None:
            return None
        units = to_units(value, self.scale)
        return units if dialect.name == "sqlite" else from_units(units, self.scale)

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,
    ) -> Decimal | None:
        if value is None:
            return None
        if dialect.name != "sqlite":
            return Decimal(value)
        if not isinstance(value, int):
            msg = (
                f"expected a whole number of 1e-{self.scale} in the database; found "
                f"{value!r}. Was it written by another program, or by func.avg?"
            )
            raise DatabaseError(msg)
        return from_units(value, self.scale)


class UtcNanos(TypeDecorator[int]):
    """Nanoseconds since 1970 in UTC, an ``int`` in Python and BIGINT in the database.

    Refuses floats and datetimes: `ai_trading.core.clock.datetime_to_ns` converts.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool | float) or not hasattr(value, "__index__"):
            msg = (
                f"a time is stored as whole nanoseconds since 1970 in UTC; received "
                f"{value!r} of type {type(value).__name__}. "
                f"ai_trading.core.clock.datetime_to_ns converts a datetime"
            )
            raise ValueRefusedError(msg)
        nanos = operator.index(value)
        if not INT64_MIN <= nanos <= INT64_MAX:
            msg = (
                f"a time in nanoseconds must fit 64 bits (years 1677 to 2262); "
                f"received {nanos}"
            )
            raise ValueRefusedError(msg)
        return nanos


class UtcDateTime(TypeDecorator[datetime]):
    """A datetime that names its zone; comes back in UTC.

    ``TIMESTAMP WITH TIME ZONE`` on PostgreSQL, UTC text of fixed width on SQLite, so
    that order and comparison hold. Both keep microseconds.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,
    ) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, datetime):
            msg = (
                f"expected a datetime with a time zone; received {value!r} of type "
                f"{type(value).__name__}"
            )
            raise ValueRefusedError(msg)
        if value.utcoffset() is None:
            msg = (
                f"a time needs a zone; received {value.isoformat()} without one. "
                f"Add tzinfo=datetime.UTC, or zoneinfo.ZoneInfo('America/New_York')"
            )
            raise ValueRefusedError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


class WideDecimal(TypeDecorator[Decimal]):
    """A decimal of the core's ledger, kept as its plain text.

    Notes
    -----
    The ledger counts 1e-18 units in 128 bits; neither database adds or compares such
    numbers exactly in one type, so they are loaded to be computed with.
    """

    impl = String(48)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        return format(_decimal(value, 18), "f")

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> Decimal | None:
        del dialect
        return None if value is None else Decimal(value)


class Unsigned64(TypeDecorator[int]):
    """An id or a seed from 0 to 2**64 - 1, kept bit for bit in a signed BIGINT.

    Equality holds for every value, order only among values below 2**63.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> int | None:
        if value is None:
            return None
        usable = hasattr(value, "__index__") and not isinstance(value, bool)
        if not usable or not 0 <= operator.index(value) < 2**64:
            msg = f"expected an integer from 0 to 2**64 - 1; received {value!r}"
            raise ValueRefusedError(msg)
        number = operator.index(value)
        return number if number <= INT64_MAX else number - 2**64

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> int | None:
        return None if value is None else int(value) % 2**64


class Word(TypeDecorator[_Words], Generic[_Words]):
    """A member of one of the string enums of `ai_trading.core.enums`, stored as text.

    Parameters
    ----------
    words : type of StrEnum
        Its values are what is allowed; a plain string with such a value is too.
    """

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[_Words]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        if value is None:
            return None
        try:
            return str(self.words(value).value)
        except ValueError:
            allowed = ", ".join(self.words)
            msg = f"{self.words.__name__} is one of {allowed}; received {value!r}"
            raise ValueRefusedError(msg) from None

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> _Words | None:
        return None if value is None else self.words(value)
