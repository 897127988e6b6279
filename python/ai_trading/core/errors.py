"""Every error this library raises on purpose.

::

    AiTradingError
    ├── ConfigError            a setting is missing, unknown or contradicts another
    ├── DataError              market data is malformed, stale or out of order
    ├── OrderRejectedError     the book, the venue or a limit said no
    ├── DatabaseError          the store cannot be reached, read or written
    ├── (also ImportError)
    │   └── MissingExtraError  an optional package is not installed
    └── (also ValueError)
        └── ArgumentError      a caller passed a value outside its domain

A message says what is wrong, the value received, what is allowed and the likely fix.
`ConcurrentUseError` comes from the compiled core and is a plain `RuntimeError`.
"""

from __future__ import annotations

__all__ = [
    "AiTradingError",
    "ArgumentError",
    "ConfigError",
    "DataError",
    "DatabaseError",
    "MissingExtraError",
    "OrderRejectedError",
]


class AiTradingError(Exception):
    """Root of the tree: catch this to catch everything raised on purpose."""


class ConfigError(AiTradingError):
    """A setting is missing, unknown or contradicts another."""


class DataError(AiTradingError):
    """Market data is malformed, stale or out of order."""


class OrderRejectedError(AiTradingError):
    """The book, the venue or a limit refused an order; nothing was changed.

    Parameters
    ----------
    message : str
        What was refused and why, for a person.
    reason : str, default "rejected"
        The reason code's name, for a program.
    order_id : str, optional
        The refused order, where it had been given an id.

    Examples
    --------
    >>> OrderRejectedError("limit of 100 shares", reason="max_quantity").reason
    'max_quantity'
    """

    def __init__(
        self, message: str, *, reason: str = "rejected", order_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.order_id = order_id


class DatabaseError(AiTradingError):
    """The store cannot be reached, read or written."""


class MissingExtraError(AiTradingError, ImportError):
    """An optional package is not installed; the message names the extra."""


class ArgumentError(AiTradingError, ValueError):
    """A caller passed a value outside its domain."""
