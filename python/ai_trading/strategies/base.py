"""The signal-driven strategy: beliefs out of bars, sizes out of beliefs.

A `BaseStrategy` says what it believes and how much it would trade on it; when it is
asked, and how its answers become orders, is the affair of who runs it: see
`ai_trading.strategies.backtest.BacktestEngine`. It keeps no clock and does no input or
output of its own.

Units: returns are simple fractions (0.01 is one percent), compounding; sizes are units
of quantity.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ai_trading.core.enums import RiskLevel
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import is_number, items, mapping, text
from ai_trading.strategies.signals import StrategySignal, refusal

if TYPE_CHECKING:
    from ai_trading.backtest.terms import FeeModel, Limits
    from ai_trading.market.source import MarketData
    from ai_trading.strategies.adapter import SignalStrategy

__all__ = ["BaseStrategy"]


class BaseStrategy(ABC):
    """Base class of signal-driven strategies.

    Parameters
    ----------
    strategy_id : str
        Names the strategy in a registry.
    name : str, optional
        For people; the id by default.
    risk_level : RiskLevel or str, default moderate
        The appetite for risk; its ``max_position_size`` and ``max_drawdown_threshold``
        are there for `calculate_position_size`.
    symbols : iterable of str, optional
        What it trades; everything it is shown where none is named.
    parameters : mapping, optional
        Recorded with every run.

    Raises
    ------
    ArgumentError
        If the id is empty or the risk level unknown.

    Examples
    --------
    >>> class Rising(BaseStrategy):
    ...     def generate_signals(self, market_data):
    ...         return [
    ...             StrategySignal(symbol, "buy", 1.0)
    ...             for symbol, bars in market_data.items()
    ...             if len(bars) > 1 and bars.close[-1] > bars.close[-2]
    ...         ]
    ...
    ...     def calculate_position_size(self, signal, portfolio_value, current):
    ...         return 100 if current == 0 else 0
    >>> Rising(strategy_id="rising", risk_level="conservative").risk_level
    <RiskLevel.CONSERVATIVE: 'conservative'>
    """

    def __init__(
        self,
        strategy_id: str,
        name: str | None = None,
        risk_level: RiskLevel | str = RiskLevel.MODERATE,
        *,
        symbols: Iterable[str] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        text("strategy_id", strategy_id, "crossover")
        if name is not None:
            text("name", name, "Crossover of averages")
        try:
            self.risk_level = RiskLevel(risk_level)
        except ValueError:
            allowed = ", ".join(RiskLevel)
            msg = f"risk_level must be one of {allowed}; received {risk_level!r}"
            raise ArgumentError(msg) from None
        self.strategy_id = strategy_id
        self.name = name or strategy_id
        self.is_active = False
        self.parameters: dict[str, Any] = dict(mapping("parameters", parameters))
        self._symbols: dict[str, None] = {}
        self._returns: list[float] = []
        several = (symbols,) if isinstance(symbols, str) else symbols
        for symbol in items("symbols", several, "['AAPL']"):
            self.add_symbol(symbol)

    @abstractmethod
    def generate_signals(self, market_data: Mapping[str, Any]) -> list[StrategySignal]:
        """Return what is believed now.

        Parameters
        ----------
        market_data : mapping of symbol to bars
            What is known at this moment. In a backtest the bars are a
            `ai_trading.strategies.window.BarWindow`: arrays that end with the bar that
            has just ended.
        """

    @abstractmethod
    def calculate_position_size(
        self, signal: StrategySignal, portfolio_value: float, current_position: float
    ) -> float:
        """Return how many units to trade on the side of a signal; 0 for none.

        Parameters
        ----------
        signal : StrategySignal
            One of those just generated, valid.
        portfolio_value : float
            Cash and positions at the last known prices.
        current_position : float
            Units held of the signal's symbol, negative where short.

        Returns
        -------
        float
            The size of the order, not of the position it leads to. What is no multiple
            of the lot size is rounded down to one.
        """

    def for_backtest(
        self, data: MarketData, fees: FeeModel, limits: Limits
    ) -> SignalStrategy:
        """Return this strategy as an event-driven one that trades these bars.

        What a run does that is named in a file; see
        `ai_trading.strategies.adapter.SignalStrategy`.

        Raises
        ------
        DataError
            If the data holds no bars, or none of a symbol of the strategy.
        """
        from ai_trading.strategies.adapter import SignalStrategy

        return SignalStrategy(self, data, fees, limits)

    def validate_signal(self, signal: StrategySignal) -> bool:
        """Return whether a signal may be acted on.

        It may not without strength, with a confidence below 0.3 or a risk score above
        0.8, or for a symbol that is not among this strategy's own.
        """
        if self._symbols and signal.symbol not in self._symbols:
            return False
        return refusal(signal) is None

    @property
    def symbols(self) -> tuple[str, ...]:
        """What it trades, in the order added; empty: everything it is shown."""
        return tuple(self._symbols)

    def add_symbol(self, symbol: str) -> bool:
        """Trade a symbol; False if it did already."""
        text("symbol", symbol, "AAPL")
        if symbol in self._symbols:
            return False
        self._symbols[symbol] = None
        return True

    def remove_symbol(self, symbol: str) -> bool:
        """Trade a symbol no longer; False if it was not among them."""
        text("symbol", symbol, "AAPL")
        if symbol not in self._symbols:
            return False
        del self._symbols[symbol]
        return True

    def activate(self) -> bool:
        """Take part in a registry's rounds; False if it did already."""
        changed, self.is_active = not self.is_active, True
        return changed

    def deactivate(self) -> bool:
        """Take no part any more; False if it did not anyway."""
        changed, self.is_active = self.is_active, False
        return changed

    def update_parameters(
        self, parameters: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Set parameters, keeping those not named, and return all of them."""
        self.parameters.update(mapping("parameters", parameters), **more)
        return dict(self.parameters)

    def update_performance(self, returns: float | Iterable[float]) -> float:
        """Take note of one or more period returns and return the total, compounded.

        Parameters
        ----------
        returns : float or iterable of float
            Simple returns in the order they were made; -1 is the loss of everything.

        Returns
        -------
        float
            ``prod(1 + r) - 1`` over every return noted so far.

        Raises
        ------
        ArgumentError
            If a return is not finite or below -1; then none of them is noted.
        """
        new: Iterable[float] = (
            items("returns", returns, "[0.01, -0.02]")
            if isinstance(returns, Iterable)
            else (returns,)
        )
        checked = [_period_return(value) for value in new]
        self._returns += checked
        return _total(self._returns)

    def get_performance_summary(self) -> dict[str, Any]:
        """Return what it is and how it did; figures without data are None."""
        noted = self._returns
        wins = sum(r > 0 for r in noted)
        return {
            "strategy_id": self.strategy_id,
            "name": self.name,
            "risk_level": str(self.risk_level),
            "is_active": self.is_active,
            "symbols": list(self._symbols),
            "parameters": dict(self.parameters),
            "periods": len(noted),
            "total_return": _total(noted) if noted else None,
            "average_return": math.fsum(noted) / len(noted) if noted else None,
            "win_rate": wins / len(noted) if noted else None,
            "best_return": max(noted, default=None),
            "worst_return": min(noted, default=None),
            "max_drawdown": _drawdown(noted) if noted else None,
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}(strategy_id={self.strategy_id!r})"


def _period_return(value: float) -> float:
    try:
        number = float(value) if is_number(value) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < -1:
        hint = " A return of 5 % is 0.05." if abs(number) > 1 else ""
        msg = (
            "a return must be a finite fraction, -1 (everything lost) or more; "
            f"received {value!r}.{hint}"
        )
        raise ArgumentError(msg)
    return number


def _total(returns: list[float]) -> float:
    return math.prod(1 + r for r in returns) - 1


def _drawdown(returns: list[float]) -> float:
    value = high = 1.0
    deepest = 0.0
    for r in returns:
        value *= 1 + r
        high = max(high, value)
        deepest = max(deepest, 1 - value / high)
    return deepest
