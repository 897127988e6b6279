"""Decimal text to exact integers, and the grid that some texts need.

Prices and sizes in text files become ticks and lots without passing through a float.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from ai_trading.core.errors import DataError
from ai_trading.core.instrument import Instrument

__all__ = ["Grid", "decimals_of", "places", "scaled", "step"]


def places(fraction: bytes) -> int:
    """Return how many digits after the point say something (``b"6300"`` has two)."""
    return len(fraction.rstrip(b"0"))


def step(decimals: int) -> Decimal:
    """Return ten to the minus `decimals`: a tick or lot size."""
    return Decimal(1).scaleb(-decimals)


def decimals_of(instrument: Instrument) -> tuple[int, int]:
    """Return the decimals of an instrument's tick and lot.

    Raises
    ------
    DataError
        If one of them is not a power of ten of at most one.
    """
    found = []
    for size in (instrument.tick_size, instrument.lot_size):
        shape = size.normalize().as_tuple()
        if shape.digits != (1,) or int(shape.exponent) > 0:
            msg = (
                f"{instrument.symbol}: this format needs tick and lot sizes such as "
                f"0.01; received {size}"
            )
            raise DataError(msg)
        found.append(-int(shape.exponent))
    return found[0], found[1]


@lru_cache(maxsize=1 << 16)  # the same prices and sizes come again and again
def scaled(text: str, decimals: int) -> int:
    """Return a decimal text as a whole number of ``10 ** -decimals``.

    Raises
    ------
    ValueError
        If the text is not a plain decimal number, or has digits beyond `decimals`.

    Examples
    --------
    >>> scaled("61837.63000000", 2)
    6183763
    """
    whole, _, fraction = text.partition(".")
    if not whole.removeprefix("-").isdigit() or not (fraction or "0").isdigit():
        msg = f"{text!r} is not a decimal number"
        raise ValueError(msg)
    if len(fraction) > decimals:
        if fraction[decimals:].strip("0"):
            msg = f"{text} has more than {decimals} decimals"
            raise ValueError(msg)
        fraction = fraction[:decimals]
    return int(whole + fraction.ljust(decimals, "0"))


class Grid:
    """The finest decimals seen among prices and sizes of one symbol."""

    __slots__ = ("price", "size")

    def __init__(self) -> None:
        self.price = 0
        self.size = 0

    def widen(self, prices: Iterable[bytes], sizes: Iterable[bytes]) -> None:
        """Take notice of some fractional parts (the digits after the point)."""
        self.price = max(self.price, max(map(places, set(prices)), default=0))
        self.size = max(self.size, max(map(places, set(sizes)), default=0))
