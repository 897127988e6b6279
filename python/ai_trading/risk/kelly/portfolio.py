"""The portfolio that makes wealth grow fastest, within limits, with its proof.

`growth_portfolio` maximises the mean log of wealth over scenarios exactly;
`quadratic_portfolio` its approximation by two moments. Both allow cash, shorts,
leverage, limits on gross, net, sectors and turnover, and linear costs. Neither sees
correlations as a nuisance: a hedge raises growth by lowering variance, and is bought
even where it loses on average.

Weights are fractions of wealth; what is not invested earns the rate, and what is
borrowed costs it. Returns, rates, costs and growth are per period of the scenarios.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk import checks
from ai_trading.risk.kelly._inputs import (
    charges_from,
    checked_covariance,
    holdings_from,
    names_of,
    table_from,
)
from ai_trading.risk.kelly._moves import (
    PENALTIES,
    Charges,
    Moves,
    compiled,
    moves_between,
    refuse_contradiction,
)
from ai_trading.risk.kelly.limits import PortfolioLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    Solve = Callable[[dict[str, Any]], tuple[Any, ...]]

__all__ = ["KellyPortfolio", "growth_portfolio", "quadratic_portfolio"]

_ROUNDS = 200


@dataclass(frozen=True, slots=True, eq=False)
class KellyPortfolio(Mapping[str, float]):
    """A portfolio and what it does; also a mapping of symbols to weights.

    Attributes
    ----------
    symbols : tuple of str
    weights : ndarray of shape (n_assets,)
        Fractions of wealth, negative where short.
    cash : float
        What is left, negative where borrowed.
    growth : float
        Mean log growth per period, costs taken off; in the quadratic approximation the
        approximated one.
    gap : float
        No portfolio within the limits grows faster by more than this, on these
        scenarios.
    solved : bool
        Whether the gap is within the tolerance asked for.
    gross, net, turnover, cost : float
        Of these weights; cost is what trading and selling short take in this period.
    multipliers : mapping of str to float
        Growth that one more unit of a limit would add, of those that bind.
    rounds : int
        Steps the solver took.
    """

    symbols: tuple[str, ...]
    weights: NDArray[np.float64]
    cash: float
    growth: float
    gap: float
    solved: bool
    gross: float
    net: float
    turnover: float
    cost: float
    multipliers: Mapping[str, float]
    rounds: int

    def __getitem__(self, symbol: str) -> float:
        try:
            return float(self.weights[self.symbols.index(symbol)])
        except ValueError:
            raise KeyError(symbol) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    def __len__(self) -> int:
        return len(self.symbols)


def growth_portfolio(
    returns: ArrayLike | Mapping[str, ArrayLike],
    *,
    symbols: Sequence[str] | None = None,
    limits: PortfolioLimits | None = None,
    rate: float = 0.0,
    probabilities: ArrayLike | None = None,
    holdings: ArrayLike | Mapping[str, float] | None = None,
    costs: ArrayLike = 0.0,
    short_fee: ArrayLike = 0.0,
    borrow_spread: float = 0.0,
    tolerance: float = 1e-10,
) -> KellyPortfolio:
    r"""Maximise expected log growth over scenarios, exactly.

    Parameters
    ----------
    returns : array_like of shape (n_scenarios, n_assets) or mapping
        Simple returns; a mapping, or data frame, has a series of one length for each
        symbol.
    symbols : sequence of str, optional
        Names of the columns; "0", "1", ... without. A mapping or data frame brings its
        own.
    limits : PortfolioLimits, optional
        Long-only without leverage by default, cash allowed.
    rate : float, default 0
        Per period, on cash and on what is borrowed.
    probabilities : array_like of shape (n_scenarios,), optional
        All alike without.
    holdings : array_like of shape (n_assets,) or mapping, optional
        Weights now; nothing is held without. They matter for turnover and costs.
    costs : float or array_like of shape (n_assets,), default 0
        Of trading, as a fraction of what is traded.
    short_fee : float or array_like of shape (n_assets,), default 0
        Per period, as a fraction of what is short.
    borrow_spread : float, default 0
        Per period, what borrowed cash costs beyond the rate.
    tolerance : float, default 1e-10
        Of the gap.

    Returns
    -------
    KellyPortfolio

    Raises
    ------
    ArgumentError
        If an option is outside its domain, or the limits contradict each other.
    DataError
        If returns are not finite, of another shape, or of different lengths, or one is
        below -1.

    Notes
    -----
    Maximises :math:`\sum_t p_t \log\bigl(1 + r + \sum_i w_i (R_{ti} - r) - c(w)\bigr)`
    over the weights that leave wealth in every scenario. The problem is concave; the
    gap is that of the Lagrange dual at the multipliers found, which bounds the growth
    of every other portfolio, so it does not rest on the solver's word.

    References
    ----------
    .. [1] L. C. MacLean, E. O. Thorp and W. T. Ziemba (eds.), "The Kelly Capital Growth
       Investment Criterion", World Scientific, 2011.

    Examples
    --------
    Two independent even-money bets, each won six times in ten:

    >>> coins = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> best = growth_portfolio(coins, probabilities=[0.36, 0.24, 0.24, 0.16])
    >>> [round(float(w), 7) for w in best.weights], best.gap < 1e-10
    ([0.1923077, 0.1923077], True)
    """
    names, table = table_from(returns, symbols)
    if float(table.min()) < -1.0:
        t, i = (int(k) for k in np.argwhere(table < -1.0)[0])
        msg = (
            f"returns[{t}, {i}] of {names[i]} is {table[t, i]:g}; an asset cannot lose "
            "more than everything (-1). Returns are fractions: 5 % is 0.05"
        )
        raise DataError(msg)
    weights = np.empty(0)
    if probabilities is not None:
        weights = checks.probabilities(probabilities, len(table))
        if not weights.all():
            table = np.ascontiguousarray(table[weights > 0.0])
            weights = weights[weights > 0.0]
    charges = charges_from(names, costs, short_fee, borrow_spread, rate)
    held = holdings_from(names, holdings)
    moves = moves_between(names, limits, held, charges)
    base = 1.0 + charges.rate - moves.spent
    wealth = np.full(len(table), base)
    if moves.anchor.any():
        wealth += (table - charges.rate) @ moves.anchor

    def solve(arrays: dict[str, Any]) -> tuple[Any, ...]:
        found: tuple[Any, ...] = compiled().maximise_log(
            table, probabilities=weights, base=wealth, rounds=_ROUNDS, **arrays
        )
        return found

    start = _survivable(moves, table, wealth)
    return _solved(names, moves, held, charges, start, solve, tolerance)


def quadratic_portfolio(
    mean: ArrayLike,
    covariance: ArrayLike,
    *,
    symbols: Sequence[str] | None = None,
    limits: PortfolioLimits | None = None,
    rate: float = 0.0,
    holdings: ArrayLike | Mapping[str, float] | None = None,
    costs: ArrayLike = 0.0,
    short_fee: ArrayLike = 0.0,
    borrow_spread: float = 0.0,
    tolerance: float = 1e-10,
) -> KellyPortfolio:
    r"""Maximise the quadratic approximation of log growth.

    Parameters
    ----------
    mean : array_like of shape (n_assets,)
        Of the returns.
    covariance : array_like of shape (n_assets, n_assets)
        Symmetric, no negative eigenvalue; see `ai_trading.risk.kelly.covariance`.

    Raises
    ------
    ArgumentError
        As `growth_portfolio`.
    DataError
        If a moment is not finite, of another shape, or the covariance is not symmetric
        or has a negative eigenvalue.

    See Also
    --------
    growth_portfolio : the exact problem, with all other parameters.

    Notes
    -----
    Maximises :math:`r + w'(\mu - r) - \tfrac12 w'\Sigma w - c(w)`, which is exact for
    assets that diffuse and are traded continuously. Without limits that bind it is
    :math:`\Sigma^{-1}(\mu - r)`.

    Examples
    --------
    >>> best = quadratic_portfolio(
    ...     [0.06, 0.08], [[0.04, 0.012], [0.012, 0.09]], rate=0.02,
    ...     limits=PortfolioLimits(gross=10))
    >>> [round(float(w), 6) for w in best.weights], round(best.growth, 7)
    ([0.833333, 0.555556], 0.0533333)
    """
    drift = checks.returns(mean, "mean")
    if not drift.size:
        msg = "mean is empty; a portfolio needs at least one asset"
        raise DataError(msg)
    names = names_of(symbols, drift.size)
    bends = checked_covariance(covariance, drift.size)
    charges = charges_from(names, costs, short_fee, borrow_spread, rate)
    held = holdings_from(names, holdings)
    moves = moves_between(names, limits, held, charges)

    def solve(arrays: dict[str, Any]) -> tuple[Any, ...]:
        found: tuple[Any, ...] = compiled().maximise_quadratic(
            drift,
            covariance=bends,
            weights=moves.anchor,
            base=charges.rate * (1.0 - float(moves.anchor.sum())) - moves.spent,
            rounds=_ROUNDS,
            **arrays,
        )
        return found

    start = np.zeros(moves.asset.size)
    return _solved(names, moves, held, charges, start, solve, tolerance)


def _solved(  # noqa: PLR0917 - all that a problem is
    names: tuple[str, ...],
    moves: Moves,
    held: NDArray[np.float64],
    charges: Charges,
    start: NDArray[np.float64],
    solve: Solve,
    tolerance: float,
) -> KellyPortfolio:
    limit = checks.size("tolerance", tolerance)
    for penalty in PENALTIES:
        arrays = moves.arrays(penalty, start)
        amounts, prices, growth, gap, rounds, solved = solve(
            {**arrays, "tolerance": limit}
        )
        left = amounts[moves.asset.size :]
        if not np.any(left > 1e-9):
            break
    refuse_contradiction(moves, left, arrays["rows"])  # type: ignore[arg-type]
    weights = moves.weights(amounts)
    traded = np.abs(weights - held)
    return KellyPortfolio(
        symbols=names,
        weights=weights,
        cash=1.0 - float(weights.sum()),
        growth=growth,
        gap=gap,
        solved=solved,
        gross=float(np.abs(weights).sum()),
        net=float(weights.sum()),
        turnover=float(traded.sum()),
        cost=float(charges.trade @ traded + charges.short @ np.maximum(-weights, 0.0)),
        multipliers={
            name: float(price)
            for name, price in zip(moves.names, prices, strict=True)
            if price > 0.0
        },
        rounds=rounds,
    )


def _survivable(
    moves: Moves, table: NDArray[np.float64], wealth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Amounts that leave wealth in every scenario: none, or all into cash."""
    nothing = np.zeros(moves.asset.size)
    if float(wealth.min()) > 0.0:
        return nothing
    sold = moves.to_cash()
    after = wealth + table @ (moves.weights(sold) - moves.anchor) + moves.offset @ sold
    if float(after.min()) > 0.0:
        return sold
    msg = (
        f"scenario {int(wealth.argmin())} takes all wealth from the holdings, and "
        f"scenario {int(after.argmin())} still does after selling what the limits "
        "allow; loosen lower limits or costs"
    )
    raise ArgumentError(msg)
