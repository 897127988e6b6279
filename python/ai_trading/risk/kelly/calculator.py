"""Portfolios by symbol with the caps of the settings, and a record of fractions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypedDict

import numpy as np

from ai_trading.core.clock import Clock, SystemClock, ns_to_datetime
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, text
from ai_trading.core.settings import get_settings
from ai_trading.risk import checks
from ai_trading.risk.kelly._inputs import checked_covariance, named
from ai_trading.risk.kelly.covariance import Method, covariance
from ai_trading.risk.kelly.dynamic import DynamicRules
from ai_trading.risk.kelly.limits import PortfolioLimits
from ai_trading.risk.kelly.portfolio import (
    KellyPortfolio,
    growth_portfolio,
    quadratic_portfolio,
)

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import ArrayLike, NDArray


__all__ = ["KellyCalculation", "KellyCalculator"]

_KEPT: Final = 10_000
# Never binds on weights of this size, and still leaves the proof of the optimum exact.
_UNLIMITED: Final = 1e4


class KellyCalculation(TypedDict):
    """One line of the history."""

    id: int
    timestamp: datetime
    symbol: str
    kelly_fraction: float
    method: str
    parameters: dict[str, Any]


class KellyCalculator:
    """Size portfolios by symbol.

    Parameters
    ----------
    min_sample_size : int, optional
        Periods below which nothing is estimated. Without it, the setting
        ``kelly.min_sample_size`` (30).
    max_fraction : float, optional
        Cap of each weight, between 0 and 1. Without it, ``kelly.max_kelly_fraction``
        (0.25).
    lookback : int, optional
        Periods used, the latest. Without it, ``kelly.lookback_periods`` (252).
    rules : DynamicRules, optional
        Of `dynamic_kelly_adjustment`.
    clock : Clock, optional
        Dates the history; the machine's clock where it is None.

    Raises
    ------
    ArgumentError
        If a number lies outside its domain.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> returns = {name: rng.normal(0.001, 0.02, 250) for name in ("AAPL", "MSFT")}
    >>> best = KellyCalculator().calculate_portfolio_kelly(returns)
    >>> all(0 <= best[name] <= 0.25 for name in best)
    True
    """

    def __init__(
        self,
        min_sample_size: int | None = None,
        max_fraction: float | None = None,
        *,
        lookback: int | None = None,
        rules: DynamicRules | None = None,
        clock: Clock | None = None,
    ) -> None:
        settings = get_settings().kelly
        if min_sample_size is None:
            min_sample_size = settings.min_sample_size
        if max_fraction is None:
            max_fraction = settings.max_kelly_fraction
        if lookback is None:
            lookback = settings.lookback_periods
        self.min_sample_size = checks.count("min_sample_size", min_sample_size)
        self.max_fraction = checks.share("max_fraction", max_fraction)
        self.lookback = checks.count("lookback", lookback, 1)
        if rules is not None:
            instance("rules", rules, DynamicRules)
        if clock is not None:
            instance("clock", clock, Clock, "SystemClock()")
        self.rules = rules or DynamicRules()
        self._clock: Clock = clock or SystemClock()
        self._history: deque[KellyCalculation] = deque(maxlen=_KEPT)
        self._recorded = 0

    def calculate_portfolio_kelly(
        self,
        returns: Mapping[str, ArrayLike],
        *,
        limits: PortfolioLimits | None = None,
        **options: Any,
    ) -> KellyPortfolio:
        """Return the weights that would have grown fastest over the lookback.

        Parameters
        ----------
        returns : mapping of str to array_like of shape (n_periods,)
            Simple returns by symbol, of one length, oldest first; or a data frame.
        limits : PortfolioLimits, optional
            Long-only, no leverage and `max_fraction` for each symbol without it.
        **options
            As `growth_portfolio` takes them: rate, holdings, costs and others.

        Returns
        -------
        KellyPortfolio
            Also a mapping of symbols to weights.

        Raises
        ------
        ArgumentError, DataError
            As `growth_portfolio`; DataError also for too few periods.
        """
        series = self._recent(returns)
        if limits is None:
            limits = PortfolioLimits(upper=self.max_fraction)
        return growth_portfolio(series, limits=limits, **options)

    def kelly_with_correlation(
        self,
        returns: Mapping[str, ArrayLike],
        matrix: Mapping[str, float] | None = None,
        *,
        rate: float = 0.0,
        method: Method = "sample",
    ) -> KellyPortfolio:
        r"""Return weights from means, volatilities and correlations.

        Parameters
        ----------
        returns : mapping of str to array_like of shape (n_periods,)
            Simple returns by symbol, of one length, oldest first; or a data frame.
        matrix : mapping of str to float, optional
            Correlation of each pair, keyed "A_B" or "B_A", each once. Without it, that
            of the returns.
        rate : float, default 0
            Per period.
        method : str, default "sample"
            Of the covariance where no matrix is given, and of the volatilities; see
            `ai_trading.risk.kelly.covariance`.

        Returns
        -------
        KellyPortfolio
            One part of the long-only optimum of
            :math:`w'(\mu - r) - \tfrac12 w'\Sigma w`.
            The part is the largest at which no symbol *alone* would deserve more than
            `max_fraction`, none together has more, and all together not more than 1.
            Scaling by one part keeps the proportions, so a hedge stays worth more than
            a twin. `growth` is that of the weights returned, `gap` that of the optimum
            they are a part of.

        Raises
        ------
        ArgumentError
            If a pair is missing, named twice, unknown or outside [-1, 1].
        DataError
            If periods are too few, a series is constant, or the correlations cannot
            hold together.

        Examples
        --------
        The same two bets, once moving against each other and once together:

        >>> rng = np.random.default_rng(2)
        >>> returns = {n: rng.normal(0.02, 0.05, 252) for n in ("A", "B")}
        >>> one = KellyCalculator()
        >>> hedge = one.kelly_with_correlation(returns, {"A_B": -0.5})
        >>> twin = one.kelly_with_correlation(returns, {"A_B": 0.9})
        >>> sum(hedge.values()) > sum(twin.values())
        True
        """
        series = self._recent(returns)
        names = tuple(series)
        table = np.column_stack(list(series.values()))
        spread = covariance(table, method).matrix
        width = np.sqrt(np.diag(spread))
        still = np.flatnonzero(width == 0.0)
        if still.size:
            msg = (
                f"returns of {names[still[0]]} are constant; a series without "
                "volatility has no Kelly fraction. Leave it out: it is cash"
            )
            raise DataError(msg)
        if matrix is not None:
            spread = np.outer(width, width) * _correlations(names, matrix)
        spread = checked_covariance(spread, len(names))
        edge = table.mean(axis=0) - checks.finite("rate", rate)
        limits = PortfolioLimits(gross=_UNLIMITED)
        best = quadratic_portfolio(
            edge + rate, spread, symbols=names, limits=limits, rate=rate
        )
        part = self._part(best.weights, edge / width**2)
        weights = part * best.weights
        growth = rate + float(weights @ edge - 0.5 * weights @ spread @ weights)
        total = float(weights.sum())
        return KellyPortfolio(
            symbols=names,
            weights=weights,
            cash=1.0 - total,
            growth=growth,
            gap=best.gap,
            solved=best.solved,
            gross=total,
            net=total,
            turnover=total,
            cost=0.0,
            multipliers={},
            rounds=best.rounds,
        )

    def dynamic_kelly_adjustment(
        self, base: float, conditions: Mapping[str, Any]
    ) -> float:
        """Return a fraction after the rules for volatility, drawdown and regime.

        Parameters
        ----------
        base : float
            The fraction before.
        conditions : mapping
            Any of volatility (a year's), drawdown (from the peak, 0 to 1) and regime
            (a name of `REGIMES`).

        Returns
        -------
        float
            Between 0 and `max_fraction`; never more than the base.

        See Also
        --------
        ai_trading.risk.kelly.dynamic : the rules, with the factor of each.

        Examples
        --------
        >>> KellyCalculator().dynamic_kelly_adjustment(
        ...     0.2, {"volatility": 0.3, "drawdown": 0.0, "regime": "bear"})
        0.05
        """
        fraction = self.rules.of(base, conditions).fraction
        return min(max(fraction, 0.0), self.max_fraction)

    def record_calculation(
        self,
        symbol: str,
        kelly_fraction: float,
        method: str = "manual",
        parameters: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> KellyCalculation:
        """Note a fraction in the history, which keeps the latest 10,000, and return it.

        Parameters
        ----------
        symbol : str
        kelly_fraction : float
            Finite.
        method : str, default "manual"
        parameters : mapping, optional
            What it came from; further keywords are added.
        """
        text("symbol", symbol, "AAPL")
        text("method", method, "manual")
        fraction = checks.finite("kelly_fraction", kelly_fraction)
        if parameters is not None:
            checks.mapping("parameters", parameters, "{'lookback': 252}")
        self._recorded += 1
        noted: KellyCalculation = {
            "id": self._recorded,
            "timestamp": ns_to_datetime(self._clock.now_ns()),
            "symbol": symbol,
            "kelly_fraction": fraction,
            "method": method,
            "parameters": {**(parameters or {}), **more},
        }
        self._history.append(noted)
        return noted.copy()

    def get_calculation_history(
        self, symbol: str | None = None
    ) -> list[KellyCalculation]:
        """Return what was noted, oldest first, of one symbol or of all."""
        if symbol is not None:
            text("symbol", symbol, "AAPL")
        return [
            noted.copy()
            for noted in self._history
            if symbol is None or noted["symbol"] == symbol
        ]

    def _recent(
        self, returns: Mapping[str, ArrayLike]
    ) -> dict[str, NDArray[np.float64]]:
        returns = named(returns)
        if not isinstance(returns, Mapping) or not returns:
            msg = (
                "returns must map symbols to series and not be empty; received "
                f"{type(returns).__name__}"
            )
            raise DataError(msg)
        series = {
            str(name): checks.returns(values, f"returns[{name!r}]")
            for name, values in returns.items()
        }
        checks.aligned_series(returns)
        for name, values in returns.items():
            checks.ordered(values, f"returns[{name!r}]")
        lengths = {name: values.size for name, values in series.items()}
        if len(set(lengths.values())) > 1:
            few = min(lengths, key=lengths.__getitem__)
            msg = (
                f"returns must be of one length, period by period; {few} has "
                f"{lengths[few]} and the longest {max(lengths.values())}. Align them "
                "by date first"
            )
            raise DataError(msg)
        for values in series.values():
            checks.enough(values, max(self.min_sample_size, 2))
        return {name: values[-self.lookback :] for name, values in series.items()}

    def _part(self, together: NDArray[np.float64], alone: NDArray[np.float64]) -> float:
        highest = max(
            float(together.max(initial=0.0)), float(alone.max(initial=0.0)), 1e-300
        )
        total = max(float(together.sum()), 1e-300)
        return min(1.0, self.max_fraction / highest, 1.0 / total)


def _correlations(
    names: tuple[str, ...], matrix: Mapping[str, float]
) -> NDArray[np.float64]:
    checks.mapping("matrix", matrix, "{'A_B': 0.5}")
    found = np.eye(len(names))
    used = {f"{name}_{name}" for name in names}
    for (i, a), (j, b) in combinations(enumerate(names), 2):
        keys = [key for key in (f"{a}_{b}", f"{b}_{a}") if key in matrix]
        if not keys:
            msg = (
                f"matrix has no correlation of {a} and {b}; add the key '{a}_{b}' "
                "(0 if they are independent)"
            )
            raise ArgumentError(msg)
        values = {checks.finite(f"matrix[{key!r}]", matrix[key]) for key in keys}
        if len(values) > 1:
            msg = f"matrix names {a} and {b} twice, with different correlations"
            raise ArgumentError(msg)
        value = values.pop()
        if not -1.0 <= value <= 1.0:
            msg = f"matrix[{keys[0]!r}] must lie between -1 and 1; received {value}"
            raise ArgumentError(msg)
        found[i, j] = found[j, i] = value
        used.update(keys)
    unknown = sorted(set(matrix) - used)
    if unknown:
        msg = (
            f"matrix names {', '.join(unknown[:5])}, which is no pair of "
            f"{', '.join(names)}"
        )
        raise ArgumentError(msg)
    return found
