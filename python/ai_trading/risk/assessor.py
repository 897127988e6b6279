"""Risk of a portfolio from the returns of its parts and from what might happen to it.

Losses are positive numbers where a function is named for a loss. NaN is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.checks import aligned_series, mapping
from ai_trading.risk.metrics.calculator import tail_risk
from ai_trading.risk.metrics.checks import finite, probability, series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "CorrelationMatrix",
    "PortfolioRiskAssessor",
    "ScenarioOutcome",
    "StressReport",
]

MARKET = "market_shock"


class ScenarioOutcome(TypedDict):
    """What one scenario does to the portfolio; the change is signed."""

    portfolio_value_before: float
    portfolio_value_after: float
    portfolio_change: float
    portfolio_change_pct: float
    not_held: list[str]


class StressReport(TypedDict):
    """The answer of `PortfolioRiskAssessor.stress_test_portfolio`."""

    scenarios: dict[str, ScenarioOutcome]
    worst_case_loss: float
    best_case_gain: float
    scenario_count: int


class CorrelationMatrix(Mapping[str, float]):
    """Correlations of named series.

    ``matrix["A_B"]`` and ``matrix["A", "B"]`` are the correlation of A and B, whatever
    the order; iteration gives every unequal pair once, as ``"A_B"``. `row` has those of
    one series.

    Parameters
    ----------
    symbols : list of str
    array : ndarray of shape (n_symbols, n_symbols)
    """

    def __init__(self, symbols: list[str], array: NDArray[np.float64]) -> None:
        self.symbols = symbols
        self.array = array
        self._place = {symbol: at for at, symbol in enumerate(symbols)}
        self._pairs = {
            f"{a}_{b}": (i, j)
            for i, a in enumerate(symbols)
            for j, b in enumerate(symbols)
        }

    def __repr__(self) -> str:
        pairs = ", ".join(f"{pair} {value:+.2f}" for pair, value in self.items())
        return f"CorrelationMatrix({pairs or ', '.join(self.symbols)})"

    def __getitem__(self, key: str | tuple[str, str]) -> float:
        place = self._pairs.get(key) if isinstance(key, str) else self._of_pair(key)
        if place is None:
            raise KeyError(key)
        return float(self.array[place])

    def __iter__(self) -> Iterator[str]:
        return (key for key, (i, j) in self._pairs.items() if i < j)

    def __len__(self) -> int:
        count = len(self.symbols)
        return count * (count - 1) // 2

    def row(self, symbol: str) -> dict[str, float]:
        """Return the correlations of one series with every one."""
        values = self.array[self._place[symbol]]
        return dict(zip(self.symbols, values.tolist(), strict=True))

    def _of_pair(self, key: tuple[str, str]) -> tuple[int, int] | None:
        try:
            first, second = key
            return self._place[first], self._place[second]
        except (KeyError, TypeError, ValueError):
            return None


class PortfolioRiskAssessor:
    """Answer what a portfolio may lose.

    Examples
    --------
    >>> found = PortfolioRiskAssessor().stress_test_portfolio(
    ...     {"A": 100, "B": 200}, {"crash": {"market_shock": -0.10}})
    >>> found["scenarios"]["crash"]["portfolio_value_after"], found["worst_case_loss"]
    (270.0, 30.0)
    """

    def calculate_var(
        self,
        returns: ArrayLike,
        confidence_level: float = 0.95,
        method: str = "historical",
    ) -> float:
        """Return the loss that is exceeded with probability at most ``1 - level``.

        Parameters
        ----------
        returns : array_like of shape (n_periods,)
            Simple returns.
        confidence_level : float, default 0.95
            Strictly between 0 and 1.
        method : str, default "historical"
            "historical" is the order statistic of the sample; the others are those of
            `ai_trading.risk.metrics.tail_risk`.

        Returns
        -------
        float
            Positive for a loss; negative where even that outcome is a gain.

        Raises
        ------
        ArgumentError
            If the level lies outside (0, 1) or there is no such method.
        DataError
            If the returns are too few or not finite.

        Examples
        --------
        >>> PortfolioRiskAssessor().calculate_var([0.01, 0.02, 0.03], 0.95)
        -0.01
        """
        return tail_risk(returns, probability(confidence_level), method).value_at_risk

    def calculate_expected_shortfall(
        self,
        returns: ArrayLike,
        confidence_level: float = 0.95,
        method: str = "historical",
    ) -> float:
        """Return the mean loss over the worst ``1 - level`` of outcomes.

        Never below `calculate_var` at the same level; for a sample it is Rockafellar
        and Uryasev's. Parameters and errors are those of `calculate_var`.

        Examples
        --------
        >>> PortfolioRiskAssessor().calculate_expected_shortfall(
        ...     [0.01, -0.02, 0.03, -0.04], 0.5)
        0.03
        """
        found = tail_risk(returns, probability(confidence_level), method)
        return found.expected_shortfall

    def calculate_correlation_matrix(
        self, returns: Mapping[str, ArrayLike]
    ) -> CorrelationMatrix:
        """Return the correlations of aligned return series.

        Parameters
        ----------
        returns : mapping of str to array_like of shape (n_periods,)
            By symbol, equally long, at least 2 periods; or a data frame.

        Raises
        ------
        DataError
            If there is no series, lengths differ, one does not vary or is not finite.

        Examples
        --------
        >>> found = PortfolioRiskAssessor().calculate_correlation_matrix(
        ...     {"A": [0.01, -0.01, 0.02], "B": [-0.01, 0.01, -0.02]})
        >>> round(found["A_B"], 9)
        -1.0
        """
        if not hasattr(returns, "items"):
            msg = (
                "returns must map symbols to series, or be a data frame; received "
                f"{type(returns).__name__}"
            )
            raise DataError(msg)
        if not list(returns):
            msg = "returns is empty; name at least one series"
            raise DataError(msg)
        rows = {
            str(symbol): series(values, name=f"returns[{symbol!r}]", least=2)
            for symbol, values in returns.items()
        }
        aligned_series(dict(returns.items()))
        lengths = {symbol: row.size for symbol, row in rows.items()}
        if len(set(lengths.values())) > 1:
            msg = f"the series must be equally long; received lengths {lengths}"
            raise DataError(msg)
        for symbol, row in rows.items():
            if np.ptp(row) == 0.0:
                msg = f"returns[{symbol!r}] do not vary, so they have no correlation"
                raise DataError(msg)
        array = np.atleast_2d(np.corrcoef(np.vstack(list(rows.values()))))
        array = 0.5 * (array + array.T)
        np.fill_diagonal(array, 1.0)
        return CorrelationMatrix(list(rows), np.clip(array, -1.0, 1.0))

    def stress_test_portfolio(
        self,
        positions: Mapping[str, Any],
        scenarios: Mapping[str, Mapping[str, float]],
    ) -> StressReport:
        """Apply shocks to positions, scenario by scenario.

        Parameters
        ----------
        positions : mapping
            Symbol to signed market value, or to a mapping that tells one
            (`market_value`, or `quantity` and `price`).
        scenarios : mapping of str to mapping
            Name to shocks: a symbol's own, and ``"market_shock"`` for every symbol that
            has none. A shock is a return, -0.1 for a fall by a tenth, not below -1.

        Returns
        -------
        StressReport
            `scenarios` by name: `portfolio_value_before`, the gross value, so that a
            hedged book is not worth nothing; `portfolio_change`, the sum of signed
            values times shocks; `portfolio_value_after`, their sum;
            `portfolio_change_pct`, the change as a fraction of the gross value (0 where
            that is 0); `not_held`, shocked symbols without a position.
            `worst_case_loss` and `best_case_gain` are positive or 0.

        Raises
        ------
        ArgumentError
            If a number is not finite, a shock is below -1, a position has no value, or
            there is no scenario.

        Examples
        --------
        >>> found = PortfolioRiskAssessor().stress_test_portfolio(
        ...     {"A": 100, "B": -100}, {"split": {"A": -0.2, "market_shock": 0.1}})
        >>> found["scenarios"]["split"]["portfolio_value_before"]
        200.0
        >>> found["worst_case_loss"]
        30.0
        """
        mapping("positions", positions, "{'AAPL': 10_000.0}")
        mapping("scenarios", scenarios, "{'crash': {'market_shock': -0.2}}")
        if not scenarios:
            msg = "scenarios is empty; name at least one"
            raise ArgumentError(msg)
        held = {str(s): _market_value(str(s), p) for s, p in positions.items()}
        gross = sum(abs(value) for value in held.values())
        found: dict[str, ScenarioOutcome] = {}
        for name, shocks in scenarios.items():
            mapping(f"scenarios[{name!r}]", shocks, "{'market_shock': -0.2}")
            moves = {str(s): _shock(name, str(s), x) for s, x in shocks.items()}
            market = moves.pop(MARKET, 0.0)
            change = sum(v * moves.get(s, market) for s, v in held.items())
            found[str(name)] = {
                "portfolio_value_before": gross,
                "portfolio_value_after": gross + change,
                "portfolio_change": change,
                "portfolio_change_pct": change / gross if gross else 0.0,
                "not_held": [symbol for symbol in moves if symbol not in held],
            }
        changes = [outcome["portfolio_change"] for outcome in found.values()]
        return {
            "scenarios": found,
            "worst_case_loss": max(0.0, -min(changes)),
            "best_case_gain": max(0.0, *changes),
            "scenario_count": len(found),
        }


def _market_value(symbol: str, position: Any) -> float:
    if not isinstance(position, Mapping):
        return finite(position, f"the market value of {symbol}")
    for key in ("market_value", "notional_value", "value"):
        if position.get(key) is not None:
            return finite(position[key], f"{key} of {symbol}")
    price = position.get("price", position.get("current_price"))
    if price is None or position.get("quantity") is None:
        msg = (
            f"{symbol} needs market_value, or quantity and price; received "
            f"{dict(position)!r}"
        )
        raise ArgumentError(msg)
    each = finite(price, f"price of {symbol}")
    if each <= 0.0:
        msg = f"price of {symbol} must be positive; received {each:g}"
        raise ArgumentError(msg)
    return finite(position["quantity"], f"quantity of {symbol}") * each


def _shock(scenario: str, symbol: str, value: float) -> float:
    shock = finite(value, f"shock of {symbol} in {scenario!r}")
    if shock < -1.0:
        msg = (
            f"shock of {symbol} in {scenario!r} must not be below -1; received "
            f"{shock:g}. A tenth is 0.1, not 10"
        )
        raise ArgumentError(msg)
    return shock
