"""What a growth portfolio may hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import items
from ai_trading.risk import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PortfolioLimits"]

Range = tuple[float | None, float | None]


_EXAMPLES: Final = {
    "sectors": "{'tech': ['AAPL', 'MSFT']}",
    "sector_net": "{'tech': (0.0, 0.5)}",
    "sector_gross": "{'tech': 0.5}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioLimits:
    """Limits on weights, as fractions of wealth.

    Attributes
    ----------
    lower, upper : float or array_like of shape (n_assets,)
        Of each weight. The default lower limit 0 is long-only; a negative one allows
        that much short. Without `upper`, only `gross` bounds a weight.
    gross : float, default 1
        Of the sum of absolute weights: the leverage. Always finite, since it is what
        makes the proof of an optimum possible; one that does not bind changes nothing.
        With 1 and long-only, what is not invested is cash.
    net : (float or None, float or None)
        Of the sum of weights; (1, 1) is fully invested.
    sectors : mapping of str to sequence of str, optional
        Symbols of each sector. A symbol may be in several, or in none; those that the
        portfolio has no returns of are passed over.
    sector_net : mapping of str to (float or None, float or None), optional
        Of the sum of weights in a sector.
    sector_gross : mapping of str to float, optional
        Of the sum of absolute weights in a sector.
    turnover : float, optional
        Of the sum of absolute changes from the holdings.

    Raises
    ------
    ArgumentError
        If a limit is not a number, negative where it cannot be, a range is empty, or
        the symbols of a sector are one text.

    Examples
    --------
    >>> limits = PortfolioLimits(
    ...     upper=0.2, sectors={"energy": ["XOM", "CVX"]}, sector_gross={"energy": 0.3})
    >>> limits.gross
    1.0
    """

    lower: ArrayLike = 0.0
    upper: ArrayLike | None = None
    gross: float = 1.0
    net: Range = (None, None)
    sectors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sector_net: Mapping[str, Range] = field(default_factory=dict)
    sector_gross: Mapping[str, float] = field(default_factory=dict)
    turnover: float | None = None

    def __post_init__(self) -> None:
        checks.not_negative("gross", self.gross)
        checks.array("lower", self.lower, ArgumentError)
        if self.upper is not None:
            checks.array("upper", self.upper, ArgumentError)
        if self.turnover is not None:
            checks.not_negative("turnover", self.turnover)
        _range("net", self.net)
        for name in ("sectors", "sector_net", "sector_gross"):
            checks.mapping(name, getattr(self, name), _EXAMPLES[name])
        for sector, symbols in self.sectors.items():
            if isinstance(symbols, str):
                msg = (
                    f"sectors[{sector!r}] must be a list of symbols; received the text "
                    f"{symbols!r}, which would be read letter by letter. Did you mean "
                    f"[{symbols!r}]?"
                )
                raise ArgumentError(msg)
            items(f"sectors[{sector!r}]", symbols, "['AAPL', 'MSFT']")
        for sector, pair in self.sector_net.items():
            _range(f"sector_net[{sector!r}]", pair)
            self._known(sector)
        for sector, most in self.sector_gross.items():
            checks.not_negative(f"sector_gross[{sector!r}]", most)
            self._known(sector)

    def bounds(
        self, symbols: Sequence[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the least and the largest weight of each symbol, both finite."""
        many = len(symbols)
        low = checks.vector("lower", self.lower, many, symbols)
        most = 2.0 * self.gross if self.upper is None else self.upper
        high = checks.vector("upper", most, many, symbols)
        # Where nothing else bounds a weight it is gross that shall bind, not this.
        far = 2.0 * self.gross
        low, high = np.maximum(low, -far), np.minimum(high, far)
        wrong = np.flatnonzero(low > high)
        if wrong.size:
            i = wrong[0]
            msg = (
                f"no weight of {symbols[i]} is within its limits: lower is {low[i]:g}, "
                f"upper {high[i]:g}, gross {self.gross:g}"
            )
            raise ArgumentError(msg)
        return low, high

    def members(self, sector: str, symbols: Sequence[str]) -> NDArray[np.bool_]:
        """Return which symbols a sector has."""
        named = set(self.sectors[sector])
        return np.array([symbol in named for symbol in symbols])

    def _known(self, sector: str) -> None:
        if sector not in self.sectors:
            known = ", ".join(self.sectors) or "none"
            msg = (
                f"there is a limit for the sector {sector!r}, but sectors names its "
                f"symbols nowhere; known are: {known}"
            )
            raise ArgumentError(msg)


def _range(name: str, pair: Range) -> None:
    try:
        low, high = pair
    except (TypeError, ValueError):
        msg = (
            f"{name} must be a pair (least, most), None for no limit; received {pair!r}"
        )
        raise ArgumentError(msg) from None
    least = -math.inf if low is None else checks.finite(f"{name}[0]", low)
    most = math.inf if high is None else checks.finite(f"{name}[1]", high)
    if least > most:
        msg = f"{name} must not be empty; received {least:g} above {most:g}"
        raise ArgumentError(msg)
