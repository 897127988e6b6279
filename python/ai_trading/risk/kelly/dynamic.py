"""Rules that take a Kelly fraction down when conditions are worse than estimated.

Three factors, none above 1, multiply the base fraction:

- *volatility*: target over current. Kelly's fraction is Sharpe over volatility, so
  where the Sharpe ratio stays as estimated the fraction falls as volatility rises. Calm
  markets do not raise it above the base.
- *drawdown*: the share of the bearable drawdown L that is left at d,
  ``(L - d) / (L (1 - d))``. This keeps the stake in proportion to the wealth above the
  floor ``(1 - L) x peak``, the optimal policy of [1]_; at L and beyond nothing is bet.
- *regime*: a table of factors by name.

References
----------
.. [1] S. J. Grossman and Z. Zhou, "Optimal Investment Strategies for Controlling
   Drawdowns", Mathematical Finance 3(3), 1993.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from ai_trading.core.errors import ArgumentError
from ai_trading.core.settings import get_settings
from ai_trading.risk import checks

__all__ = ["REGIMES", "Adjustment", "DynamicRules"]

REGIMES: Final[Mapping[str, float]] = MappingProxyType(
    {"bull": 1.0, "normal": 1.0, "sideways": 0.75, "bear": 0.5, "crisis": 0.25}
)
"""Factors of the named regimes: conventions of this library, not estimates."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A fraction after the rules, and what each of them did."""

    fraction: float
    volatility_factor: float
    drawdown_factor: float
    regime_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicRules:
    """The rules and their numbers.

    Attributes
    ----------
    target_volatility : float, default 0.15
        A year's; volatility up to this changes nothing.
    max_drawdown : float, optional
        At which nothing is bet, strictly between 0 and 1. Without it, the setting
        ``performance.max_drawdown`` (0.20).
    regimes : mapping of str to float
        Factors between 0 and 1; `REGIMES` by default.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain.

    Examples
    --------
    >>> found = DynamicRules(max_drawdown=0.2).adjust(
    ...     0.2, volatility=0.30, drawdown=0.1)
    >>> found.volatility_factor, round(found.drawdown_factor, 6)
    (0.5, 0.555556)
    >>> round(found.fraction, 6)
    0.055556
    """

    target_volatility: float = 0.15
    max_drawdown: float | None = None
    regimes: Mapping[str, float] = field(default_factory=lambda: REGIMES)

    def __post_init__(self) -> None:
        checks.size("target_volatility", self.target_volatility)
        if self.max_drawdown is None:
            object.__setattr__(
                self, "max_drawdown", get_settings().performance.max_drawdown
            )
        checks.inner("max_drawdown", self.max_drawdown or 0.0)
        factors = checks.mapping("regimes", self.regimes, "{'bear': 0.5}")
        for name, factor in factors.items():
            checks.share(f"regimes[{name!r}]", factor)

    def adjust(
        self,
        base: float,
        *,
        volatility: float | None = None,
        drawdown: float | None = None,
        regime: str | None = None,
    ) -> Adjustment:
        """Apply the rules; a condition left out changes nothing.

        Parameters
        ----------
        base : float
            The fraction before; its sign is kept.
        volatility : float, optional
            A year's, positive.
        drawdown : float, optional
            From the peak, between 0 and 1.
        regime : str, optional
            One of `regimes`.
        """
        whole = checks.finite("base", base)
        by_volatility = 1.0
        if volatility is not None:
            now = checks.size("volatility", volatility)
            by_volatility = min(self.target_volatility / now, 1.0)
        by_drawdown = 1.0
        if drawdown is not None:
            by_drawdown = self.left_after(drawdown)
        by_regime = 1.0 if regime is None else self._regime(regime)
        fraction = whole * by_volatility * by_drawdown * by_regime
        return Adjustment(fraction, by_volatility, by_drawdown, by_regime)

    def left_after(self, drawdown: float) -> float:
        """Return the factor of a drawdown."""
        fallen = checks.share("drawdown", drawdown)
        most = float(self.max_drawdown or 0.0)
        if fallen >= most:
            return 0.0
        return (most - fallen) / (most * (1.0 - fallen))

    def of(self, base: float, conditions: Mapping[str, Any]) -> Adjustment:
        """Apply the rules to conditions in a mapping, which may name no others."""
        checks.mapping("conditions", conditions, "{'drawdown': 0.1}")
        unknown = sorted(set(conditions) - {"volatility", "drawdown", "regime"})
        if unknown:
            msg = (
                "conditions may be volatility, drawdown and regime; received "
                f"{', '.join(map(str, unknown))}"
            )
            raise ArgumentError(msg)
        return self.adjust(base, **conditions)

    def _regime(self, regime: str) -> float:
        name = str(regime).lower()
        if name in self.regimes:
            return self.regimes[name]
        msg = f"regime must be one of {', '.join(self.regimes)}; received {regime!r}"
        raise ArgumentError(msg)
