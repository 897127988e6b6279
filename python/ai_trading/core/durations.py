"""Lengths of time as people write them: ``"50us"``, ``"1.5 s"``, ``"5min"``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

__all__ = ["UNITS", "nanoseconds"]

UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "ns": 1,
        "us": 1_000,
        "\N{MICRO SIGN}s": 1_000,
        "ms": 1_000_000,
        "s": 1_000_000_000,
        "m": 60_000_000_000,
        "min": 60_000_000_000,
        "h": 3_600_000_000_000,
        "d": 86_400_000_000_000,
    }
)
"""Nanoseconds of each unit."""

_WRITTEN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z\N{MICRO SIGN}]+)", re.ASCII)


def nanoseconds(text: str) -> Decimal | None:
    """Return a length in nanoseconds, exact; None where the text is no length.

    Examples
    --------
    >>> nanoseconds("1.5 ms")
    Decimal('1500000.0')
    >>> nanoseconds("soon") is None
    True
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or found[2] not in UNITS:
        return None
    return Decimal(found[1]) * UNITS[found[2]]
